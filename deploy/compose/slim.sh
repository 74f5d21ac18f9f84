#!/usr/bin/env bash
# Takes from an environment's packages what the commands and pages of hitstream never load: symbols, headers, tests, what only
# developers of pages use, and the parts of a few large packages that are listed below.
set -euo pipefail
cd "$1"/lib/python3*/site-packages
find . -type d \( -name tests -o -name test -o -name include -o -name cmake \) -prune -exec rm -rf {} +
find . -type f \( -name '*.pxd' -o -name '*.pyx' -o -name '*.pxi' -o -name '*.a' -o -name '*.h' -o -name '*.map' -o -name '*.pyi' \) -delete
# Arrow: stores in a cloud, a protocol between machines.
rm -rf pyarrow/src pyarrow/libarrow_{flight,python_flight,s3}.so* pyarrow/_{flight,s3fs,pyarrow_cpp_tests}.*.so pyarrow/libarrow_python*.so{,.*.*}
# Dash: tables of its own, mathematics, React for developers and of older pages.
rm -f dash/dash-renderer/build/dash_renderer.dev.js dash_ag_grid/async-enterprise.js dash/dcc/async-mathjax.js \
      dash/dash_table/{commons,async-*,demo}.js dash/deps/react*@1{6,8.2}*.js dash/deps/react-dom@*[0-9].js
# Plotly's figures in Python: what remains is its script, and what Dash imports.
rm -rf plotly/{labextension,validators,express,figure_factory,matplotlylib} plotly/package_data/{datasets,widgetbundle.js} ../../../share/jupyter plotly/graph_objs/*/
find plotly/graph_objs -name '*.py' -not -name __init__.py -not -name _figure.py -delete
# Names of colours for languages in a terminal: Rich imports one.
find pygments/lexers -name '*.py' -not -name '_mapping.py' -not -name '__init__.py' -not -name python.py -not -name special.py -delete
# What builds packages, watches source code, speaks as Spark does, and twins of what stays.
rm -rf watchfiles* duckdb/experimental setuptools* _distutils_hack distutils-precedence.pth numpy/{distutils,f2py} numpy/_core/_simd.*.so zstandard/_cffi.*.so
# Libraries that wheels bring in a folder of their own were relocated when they were packed; stripping breaks them.
find . -type f -name '*.so*' -not -path '*.libs/*' -exec strip --strip-unneeded {} +

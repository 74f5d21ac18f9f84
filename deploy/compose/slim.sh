#!/usr/bin/env bash
# Takes from an environment's packages what hitstream never loads: symbols, headers, tests, what only developers of pages use,
# and Arrow's ways to other places.
set -euo pipefail
cd "$1"/lib/python3*/site-packages
find . -type d \( -name tests -o -name test -o -name include -o -name cmake \) -prune -exec rm -rf {} +
find . -type f \( -name '*.pxd' -o -name '*.pyx' -o -name '*.a' -o -name '*.h' -o -name '*.map' -o -name '*.pyi' \) -delete
rm -f pyarrow/libarrow_{flight,python_flight,s3}.so* pyarrow/_{flight,s3fs}.*.so pyarrow/libarrow_python*.so{,.*.*}
rm -rf dash/dash-renderer/build/dash_renderer.dev.js dash_ag_grid/async-enterprise.js
rm -rf plotly/labextension plotly/package_data/{datasets,widgetbundle.js} plotly/graph_objs/*/
# Libraries that wheels bring in a folder of their own were relocated when they were packed; stripping breaks them.
find . -type f -name '*.so*' -not -path '*.libs/*' -exec strip --strip-unneeded {} +

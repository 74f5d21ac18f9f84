#!/usr/bin/env bash
# Uses hitstream once, so that kernels and modules are compiled.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
hitstream generate --lines 20000 --output log
hitstream ingest log --data data
hitstream top target --data data --filter 'status>=400'
hitstream query 'SELECT count(*) FROM hits' --data data
hitstream report --data data --output report.html
hitstream rebuild --data data
hitstream serve --data data --port 0 2>served &
page=$!
until grep -q http:// served; do kill -0 $page; sleep 0.1; done
python3 - "$(grep -o 'http://[0-9.:]*' served)" <<'P'
import sys, urllib.request
for path in ("/", "/healthz", "/metrics", "/api/v1/openapi.json"):
    urllib.request.urlopen(sys.argv[1] + path).read()
P
kill $page
wait $page
# The compiler is loaded again only on another kind of processor.
find /opt/hitstream/lib -path '*/site-packages/numba/*' -name '*.pyc' -delete

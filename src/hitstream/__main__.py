"""`python -m hitstream` is `hitstream`."""

from hitstream.cli import main

main()

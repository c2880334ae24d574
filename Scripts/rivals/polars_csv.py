"""Reads a table with polars: whole, or streamed to the sum of each column (`streamed`). POLARS_MAX_THREADS is 1."""

import sys

import polars

path = sys.argv[1]
if sys.argv[2:] == ["streamed"]:
    print(polars.scan_csv(path).sum().collect(engine="streaming").row(0))
else:
    frame = polars.read_csv(path)
    print(frame.height, frame.sum().row(0))

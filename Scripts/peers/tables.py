"""Tables and JSON Lines of other programs: writes some, and reads ours with polars and the compressions' own modules.

Usage: tables.py write FOLDER | tables.py read FILE   (prints JSON: columns and rows, doubles as hexadecimal text)
"""

import gzip
import io
import json
import math
import pathlib
import random
import sys

import lz4.frame
import polars
import zstandard

decoders = {
    ".zst": lambda data: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read(),
    ".gz": gzip.decompress,
    ".lz4": lambda data: lz4.frame.open(io.BytesIO(data)).read(),
}
encoders = {
    "": lambda data: data,
    ".zst": lambda data: zstandard.ZstdCompressor(level=7, write_checksum=True).compress(data),
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".lz4": lambda data: lz4.frame.compress(data, block_linked=True, content_checksum=True),
}


def text(value):
    """A cell without loss: doubles by their bits."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value.hex()
    return value


def read(path):
    data = path.read_bytes()
    if path.suffix in decoders:
        data = decoders[path.suffix](data)
        path = path.with_suffix("")
    if path.suffix == ".jsonl":
        # Their own parser turns whole numbers into integers, which loses nothing here.
        frame = polars.read_ndjson(io.BytesIO(data), infer_schema_length=None)
    else:
        separator = "\t" if path.suffix == ".tsv" else ","
        frame = polars.read_csv(io.BytesIO(data), separator=separator, infer_schema_length=None)
    numbers = [name for name in frame.columns if name not in ("label", "segment")]
    frame = frame.with_columns([polars.col(name).cast(polars.Float64) for name in numbers])
    rows = [[text(value) for value in row] for row in frame.rows()]
    print(json.dumps({"columns": frame.columns, "rows": rows}))


def write(folder):
    source = random.Random(5)
    rows = 2000
    frame = polars.DataFrame(
        {
            "time_s": [index / 128 for index in range(rows)],
            "a": [source.uniform(-1, 1) * 10 ** source.randint(-300, 300) for _ in range(rows)],
            "b": [None if index % 7 == 0 else round(source.gauss(0, 9), 6) for index in range(rows)],
            "label": [source.choice(["walk", "sit, still", 'say "x"', "\u00e9", None]) for _ in range(rows)],
        }
    )
    buffers = {}
    for name, write_to in {
        "csv": frame.write_csv, "tsv": lambda file: frame.write_csv(file, separator="\t"), "jsonl": frame.write_ndjson
    }.items():
        buffer = io.BytesIO()
        write_to(buffer)
        buffers[name] = buffer.getvalue()
    for name, data in buffers.items():
        for suffix, encode in encoders.items():
            # Several frames, as programs write that flush now and then.
            middle = len(data) // 2
            (folder / f"theirs.{name}{suffix}").write_bytes(encode(data[:middle]) + encode(data[middle:]))
    rows = [[text(value) for value in row] for row in frame.rows()]
    print(json.dumps({"columns": frame.columns, "rows": rows}))


if sys.argv[1] == "read":
    read(pathlib.Path(sys.argv[2]))
else:
    write(pathlib.Path(sys.argv[2]))

"""WFDB records by the Python package wfdb.

    wfdb_files.py write FOLDER   writes records p212 and p16 from synthetic data and prints what wfdb reads of them
    wfdb_files.py read RECORD    prints what wfdb reads of a record (a path without an ending)

What is printed is JSON: physical values by frame, null where there is none, and annotations.
"""

import json
import math
import os
import sys

import numpy
import wfdb


def physical(record):
    return [[None if math.isnan(v) else float(v) for v in row] for row in record.p_signal]


def report(path):
    record = wfdb.rdrecord(path)
    result = {
        "rate": float(record.fs),
        "channels": record.sig_name,
        "units": record.units,
        "values": physical(record),
        "annotations": [],
    }
    if os.path.exists(path + ".atr"):
        notes = wfdb.rdann(path, "atr")
        result["annotations"] = [
            {
                "sample": int(sample),
                "symbol": symbol,
                "text": text.rstrip("\0"),
                "subtype": int(subtype),
                "channel": int(channel),
                "number": int(number),
            }
            for sample, symbol, text, subtype, channel, number in zip(
                notes.sample, notes.symbol, notes.aux_note, notes.subtype, notes.chan, notes.num
            )
        ]
    return result


def write(folder, name, fmt, frames, signals):
    limit = 2047 if fmt == "212" else 32767
    generator = numpy.random.default_rng(11)
    time = numpy.arange(frames)
    digital = numpy.stack(
        [
            numpy.rint(limit * 0.8 * numpy.sin(time * (0.05 + 0.02 * k)) + generator.normal(0, 20, frames))
            for k in range(signals)
        ],
        axis=1,
    ).astype(int)
    digital = numpy.clip(digital, -limit, limit)
    # The number that stands for a missing sample.
    digital[5:8, 0] = -limit - 1
    wfdb.wrsamp(
        name,
        fs=360,
        units=["mV"] * signals,
        sig_name=[f"lead {k}" for k in range(signals)],
        d_signal=digital,
        fmt=[fmt] * signals,
        adc_gain=[200.0 + k for k in range(signals)],
        baseline=[0 - 7 * k for k in range(signals)],
        write_dir=folder,
    )
    positions = [0, 4, 30, 61, 62, frames - 4, frames + 3000]
    wfdb.wrann(
        name,
        "atr",
        numpy.array(positions),
        symbol=["+", "N", "V", "+", "N", "N", "~"],
        aux_note=["(N", "", "", "(AFIB", "", "odd", ""],
        subtype=numpy.array([0, 0, 0, 0, 0, 3, -1]),
        chan=numpy.array([0, 0, 1, 1, 0, 0, 0]),
        num=numpy.array([0, 0, 2, 2, 2, 0, 0]),
        write_dir=folder,
    )


if sys.argv[1] == "write":
    # An odd number of samples ends within a pair.
    write(sys.argv[2], "p212", "212", 101, 3)
    write(sys.argv[2], "p16", "16", 90, 2)
    print(json.dumps({name: report(os.path.join(sys.argv[2], name)) for name in ["p212", "p16"]}))
else:
    print(json.dumps(report(sys.argv[2])))

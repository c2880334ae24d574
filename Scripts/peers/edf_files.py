"""EDF+ and BDF+ files by the Python package pyEDFlib.

    edf_files.py write FOLDER   writes p.edf and p.bdf from synthetic data and prints what pyEDFlib reads of them
    edf_files.py read FILE      prints what pyEDFlib reads of a file

What is printed is JSON: physical values by signal, and annotations.
"""

import datetime
import json
import os
import sys

import numpy
import pyedflib


def report(path):
    with pyedflib.EdfReader(path) as reader:
        onsets, durations, texts = reader.readAnnotations()
        start = reader.getStartdatetime()
        return {
            "start": start.isoformat(),
            "channels": reader.getSignalLabels(),
            "units": [reader.getPhysicalDimension(k) for k in range(reader.signals_in_file)],
            "rates": [float(reader.getSampleFrequency(k)) for k in range(reader.signals_in_file)],
            "values": [reader.readSignal(k).tolist() for k in range(reader.signals_in_file)],
            "annotations": [
                {"onset": float(o), "duration": float(d), "text": str(t)} for o, d, t in zip(onsets, durations, texts)
            ],
        }


def write(path, file_type, bits):
    limit = 2 ** (bits - 1) - 1
    rates = [50, 50, 10]
    seconds = 4
    with pyedflib.EdfWriter(path, len(rates), file_type=file_type) as writer:
        writer.setStartdatetime(datetime.datetime(2021, 3, 4, 5, 6, 7))
        writer.setSignalHeaders(
            [
                {
                    "label": f"signal {k}",
                    "dimension": ["uV", "g", "degC"][k],
                    "sample_frequency": rate,
                    "physical_min": -100.0 - k,
                    "physical_max": 100.0 + 2 * k,
                    "digital_min": -limit - 1,
                    "digital_max": limit,
                    "transducer": "",
                    "prefilter": "",
                }
                for k, rate in enumerate(rates)
            ]
        )
        writer.writeSamples(
            [90 * numpy.sin(numpy.arange(rate * seconds) * 0.1 + k) for k, rate in enumerate(rates)]
        )
        writer.writeAnnotation(0.5, 1.0, "walk")
        writer.writeAnnotation(2.0, 0.5, "r\u00fcn")
        writer.writeAnnotation(3.1, -1, "click")


if sys.argv[1] == "write":
    folder = sys.argv[2]
    write(os.path.join(folder, "p.edf"), pyedflib.FILETYPE_EDFPLUS, 16)
    write(os.path.join(folder, "p.bdf"), pyedflib.FILETYPE_BDFPLUS, 24)
    print(json.dumps({name: report(os.path.join(folder, name)) for name in ["p.edf", "p.bdf"]}))
else:
    print(json.dumps(report(sys.argv[2])))

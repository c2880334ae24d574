"""Writes Tests/PipelineRunnerTests/Fixtures/filters.json: what SciPy makes of a synthetic signal.

    python3 Scripts/Reference/filters.py > Tests/PipelineRunnerTests/Fixtures/filters.json

The signal is drawn here from a fixed seed; nothing in the file is of anybody's recording.
"""
import json
import math
import sys

import numpy
import scipy
from scipy import signal

RATE = 50.0
random = numpy.random.default_rng(20)
time = numpy.arange(90) / RATE
x = 1 + numpy.sin(2 * math.pi * 1.5 * time) + 0.4 * numpy.sin(2 * math.pi * 17 * time) + 0.2 * random.standard_normal(90)
x = numpy.round(x, 4)

filters = []
for kind, edges in [("lowpass", [20]), ("lowpass", [0.3]), ("highpass", [2]), ("bandpass", [0.5, 12])]:
    for order in [1, 2, 3, 4, 8]:
        if order == 8 and edges[0] < 1:
            continue  # so narrow that double precision itself rounds visibly
        sos = signal.butter(order, edges if len(edges) > 1 else edges[0], kind, fs=RATE, output="sos")
        rest = signal.sosfilt_zi(sos)
        causal, _ = signal.sosfilt(sos, x, zi=rest * x[0])
        filters.append({
            "kind": kind, "edges": edges, "order": order,
            "causal": causal.tolist(), "zeroPhase": signal.sosfiltfilt(sos, x).tolist(),
        })

rates = []
for up, down in [(1, 2), (2, 1), (25, 52), (3, 2), (2, 3), (160, 147), (1, 5)]:
    rates.append({"up": up, "down": down, "values": signal.resample_poly(x, up, down, padtype="edge").tolist()})

medians = [{"frames": n, "values": signal.medfilt(x, n).tolist()} for n in [3, 5, 7, 9]]

json.dump({"scipy": scipy.__version__, "rateHz": RATE, "signal": x.tolist(), "filters": filters, "rates": rates,
           "medians": medians}, sys.stdout)
sys.stdout.write("\n")

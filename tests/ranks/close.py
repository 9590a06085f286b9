# SPDX-License-Identifier: Apache-2.0
"""close.py A.safetensors B.safetensors A.csv B.csv: whether two trainings came to the same weights
and losses but for rounding."""
import json
import struct
import sys

import numpy


def tensors(path):
    with open(path, "rb") as file:
        (n,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(n))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: numpy.frombuffer(data[slice(*entry["data_offsets"])], "<f4") for name, entry in header.items() if not name.endswith(".alpha")}


def losses(path):
    return numpy.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)[:, 1]


a, b = tensors(sys.argv[1]), tensors(sys.argv[2])
assert a.keys() == b.keys() and len(a) > 10
apart = numpy.concatenate([numpy.abs(a[name] - b[name]) for name in a])
size = max(numpy.abs(a[name]).max() for name in a)
print("weights: largest difference %g of %g, 99.5 %% under %g" % (apart.max(), size, numpy.quantile(apart, 0.995)))
# AdamW divides by the size of a gradient: where that is rounding, so is the step.
assert numpy.quantile(apart, 0.995) < 2e-5 * size
a, b = losses(sys.argv[3]), losses(sys.argv[4])
print("losses: largest difference %g" % numpy.abs(a - b).max())
assert len(a) == len(b) == 6 and numpy.allclose(a, b, rtol=1e-5, atol=0)

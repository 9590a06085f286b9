#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NumPy reads our .npz (without pickle), and we NumPy's, stored and deflated: npz_numpy.py
TORCHLIGHT CAPTURE. What NumPy saved again decodes to the same capture, byte for byte."""
import csv
import json
import subprocess
import sys
import tempfile
import zipfile

import numpy

torchlight, capture = sys.argv[1:]


def run(*words):
    subprocess.run([torchlight, *words], check=True, stdout=subprocess.DEVNULL)


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


with tempfile.TemporaryDirectory() as folder:
    ours = folder + "/ours.npz"
    run("encode", capture, "-o", ours)
    run("encode", capture, "-o", folder + "/bare.npy")
    run("encode", capture, "-o", folder + "/rows.csv")
    assert zipfile.ZipFile(ours).testzip() is None
    archive = numpy.load(ours, allow_pickle=False)
    arrays = {name: archive[name] for name in archive.files}
    trits = arrays["trits"]
    n = len(trits)
    assert trits.dtype == numpy.int8 and n > 0
    assert (trits == numpy.load(folder + "/bare.npy")).all()
    assert arrays["layout"].item() == "torchlight"
    assert json.loads(arrays["provenance"].item())["source"] == capture.split("/")[-1]
    with open(folder + "/rows.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for name, kind, from_csv in [
        ("time_ns", "int64", lambda r: int(r["tv_sec"]) * 10**9 + int(r["tv_nsec"])),
        ("direction", "uint8", lambda r: int(r["direction"])),
        ("length", "uint32", lambda r: int(r["length"])),
        ("src", None, lambda r: r["src_ip"]),
        ("dst", None, lambda r: r["dst_ip"]),
    ]:
        assert arrays[name].shape == (n,)
        assert kind is None or arrays[name].dtype == kind, name
        assert list(arrays[name]) == [from_csv(row) for row in rows], name
    assert (arrays["frame"] > 0).all()

    odd = dict(arrays)
    odd["time_ns"] = odd["time_ns"].astype(">i8")
    odd["direction"] = odd["direction"].astype(numpy.int64)
    odd["length"] = odd["length"].astype(numpy.uint16)
    odd["src"] = odd["src"].astype("S")
    odd["dst"] = odd["dst"].astype(">U45")
    odd["layout"] = numpy.array(b"torchlight")
    numpy.savez(folder + "/stored.npz", **arrays)
    numpy.savez_compressed(folder + "/deflated.npz", **arrays)
    numpy.savez(folder + "/odd.npz", **odd)
    numpy.savez_compressed(folder + "/only.npz", trits)
    run("decode", ours, "-o", folder + "/ours.pcap")
    for name in ["stored", "deflated", "odd"]:
        run("decode", f"{folder}/{name}.npz", "-o", f"{folder}/{name}.pcap")
        assert content(f"{folder}/{name}.pcap") == content(folder + "/ours.pcap"), name
    run("decode", folder + "/only.npz", "-o", folder + "/only.pcap")
    run("encode", folder + "/only.pcap", "-o", folder + "/only.npy")
    assert content(folder + "/only.npy") == content(folder + "/bare.npy")
    print(f"{n} rows, {', '.join(sorted(arrays))}")

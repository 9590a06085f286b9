#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What OpenCV says Canny's edges are.

canny_opencv.py cases > canny_cases.h     makes the table that test_canny.c compares with
canny_opencv.py compare TORCHLIGHT DEVICE CAPTURE...
    the command's edges of each capture's picture against OpenCV's, both gradients; exit status 77
    without OpenCV
"""
import subprocess
import sys
import tempfile

try:
    import cv2
    import numpy
except ImportError:
    print("skipped: python3-opencv is not installed")
    sys.exit(77)

MASK = (1 << 32) - 1


def picture(kind, width, height, channels, seed):
    """The same pictures as picture_make() of test_canny.c draws."""
    state = seed
    values = numpy.zeros((height, width, channels), numpy.uint8)
    row_state = [0] * width
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                state = (state * 1664525 + 1013904223) & MASK
                if kind == "noise":
                    v = state >> 24
                elif kind == "faint":
                    v = 100 + (state >> 28) + (40 if (x // 7 + y // 5) % 2 else 0)
                elif kind == "slope":
                    v = (x * 3 + y * 2 + c * 40) & 255
                elif kind == "rings":
                    v = ((x - width // 2) ** 2 + (y - height // 3) ** 2) // (9 + c) & 255
                else:  # trace: runs of the three colours, as bits of packets have
                    if c == 0 and (y == 0 or state >> 28 == 0):
                        row_state[x] = (state >> 20) % 3
                    v = row_state[x] * 120 if channels == 1 else 255 * (row_state[x] == c)
                values[y, x, c] = v
    return values


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & ((1 << 64) - 1)
    return value


def cases():
    rows = []
    seed = 1
    for kind in ("trace", "noise", "faint", "slope", "rings"):
        for width, height in ((67, 41), (128, 33), (1, 19), (23, 1), (1, 1), (2, 3), (35, 97)):
            for channels in (1, 3):
                for low, high, l2 in ((100, 200, 0), (100, 200, 1), (20.5, 500, 0), (300, 40, 1)):
                    if width * height < 70 and (low, l2) != (100, 0):
                        continue
                    rows.append((kind, width, height, channels, seed, low, high, l2))
                    seed += 1
    for low, high, l2 in ((-1, 5, 0), (0, 0, 0), (0, 0, 1), (40000, 50000, 1), (1020, 2039, 0)):
        rows.append(("rings", 67, 41, 3, seed, low, high, l2))
        rows.append(("trace", 67, 41, 3, seed, low, high, l2))
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Made by canny_opencv.py with OpenCV %s: kind, size, channels, seed, thresholds, L2;"
          % cv2.__version__)
    print(" * OpenCV's count of edge pixels and the FNV-1a hash of its edges. */")
    print("#pragma once\n")
    print("#include <stdint.h>\n")
    print("typedef struct {\n    const char *kind;\n    int width, height, n_channels;")
    print("    uint32_t seed;\n    double low, high;\n    int l2_gradient;\n    int n_edges;")
    print("    uint64_t hash;\n} CannyCase;\n")
    print("/* clang-format off */\nstatic const CannyCase canny_cases[] = {")
    for row in rows:
        kind, width, height, channels, seed, low, high, l2 = row
        edges = cv2.Canny(picture(kind, width, height, channels, seed), low, high,
                          apertureSize=3, L2gradient=bool(l2))
        print('    {"%s", %d, %d, %d, %d, %g, %g, %d, %d, UINT64_C(0x%016x)},'
              % (*row, int((edges == 255).sum()), fnv(edges.tobytes())))
    print("};\n/* clang-format on */")


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("%s: %s" % (" ".join(command), done.stderr.strip()))


def compare(torchlight, device, captures):
    """Every pixel of the edges of the captures' pictures; the input is the picture's grey."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        picture, edges = folder + "/picture.png", folder + "/edges.png"
        for capture in captures:
            run([torchlight, "encode", capture, "-o", picture])
            grey = cv2.cvtColor(cv2.imread(picture, cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY)
            for l2 in (False, True):
                run([torchlight, "canny", picture, "-o", edges, "--device", device]
                    + (["--l2"] if l2 else []))
                expected = cv2.Canny(grey, 100, 200, apertureSize=3, L2gradient=l2)
                different = int((expected != cv2.imread(edges, cv2.IMREAD_GRAYSCALE)).sum())
                print("%s %s: %d edge pixels, %d differ"
                      % (capture, "L2" if l2 else "L1", int((expected > 0).sum()), different))
                wrong += different
    sys.exit(1 if wrong else 0)


if sys.argv[1:] == ["cases"]:
    cases()
elif len(sys.argv) > 4 and sys.argv[1] == "compare":
    compare(sys.argv[2], sys.argv[3], sys.argv[4:])
else:
    sys.exit(__doc__)

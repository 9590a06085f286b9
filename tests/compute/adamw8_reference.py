# SPDX-License-Identifier: Apache-2.0
"""Three steps of bitsandbytes' block-wise 8-bit AdamW in numpy, as adamw8_cases.h:

    /usr/bin/python3 adamw8_reference.py > adamw8_cases.h

create_dynamic_map is bitsandbytes' functional.py, the step its kOptimizerStatic8bit2StateBlockwise,
both written down anew from their description (Dettmers et al. 2022, arXiv 2110.02861).
"""

import numpy as np

N, BLOCK, STEPS = 300, 256, 3
LR, BETA1, BETA2, EPS, DECAY = 1e-2, 0.9, 0.999, 1e-8, 0.1


def create_dynamic_map(signed, max_exponent_bits=7, total_bits=8):
    data = []
    non_sign_bits = total_bits - 1
    for i in range(max_exponent_bits):
        shift = i + non_sign_bits - max_exponent_bits
        items = 2**shift + 1 if signed else 2 ** (shift + 1) + 1
        bounds = np.linspace(0.1, 1, items)
        means = (bounds[:-1] + bounds[1:]) / 2 * 10.0 ** (i - (max_exponent_bits - 1))
        data += list(means)
        if signed:
            data += list(-means)
    data += [0, 1.0]
    assert len(data) == 2**total_bits
    return np.sort(np.array(data, dtype=np.float32))


def nearest(table, x):
    return np.abs(x[:, None].astype(np.float64) - table[None, :]).argmin(axis=1)


def gradient(step):
    i = np.arange(N)
    return (np.sin(0.37 * i + step) * 10.0 ** -(i % 5)).astype(np.float32)


def main():
    tables = create_dynamic_map(True), create_dynamic_map(False)
    param = np.cos(np.arange(N)).astype(np.float32)
    codes = [np.full(N, 127), np.zeros(N, dtype=int)]
    largest = [np.zeros(N), np.zeros(N)]
    for step in range(1, STEPS + 1):
        g = gradient(step)
        m = BETA1 * tables[0][codes[0]] * largest[0] + (1 - BETA1) * g
        v = BETA2 * tables[1][codes[1]] * largest[1] + (1 - BETA2) * g.astype(np.float64) ** 2
        correction1, correction2 = 1 - BETA1**step, np.sqrt(1 - BETA2**step)
        param = param - LR * correction2 / correction1 * m / (np.sqrt(v) + correction2 * EPS)
        param = param * (1 - LR * DECAY)
        for which, value in enumerate((m, v)):
            for first in range(0, N, BLOCK):
                part = slice(first, min(N, first + BLOCK))
                largest[which][part] = np.abs(value[part]).max()
                codes[which][part] = nearest(tables[which], value[part] / largest[which][part])
        codes[0] = np.where((m < 0) & (codes[0] == 127), 126, codes[0])
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Made by adamw8_reference.py. */")
    print("#pragma once")
    print("/* clang-format off */")
    for name, kind, values in (
        ("adamw8_param", "float", ["%.9gf" % x if "." in "%.9g" % x else "%.9g" % x for x in param]),
        ("adamw8_m", "unsigned char", codes[0]),
        ("adamw8_v", "unsigned char", codes[1]),
    ):
        print("static const %s %s[%d] = {" % (kind, name, N))
        for first in range(0, N, 6):
            print("    " + " ".join("%s," % x for x in values[first : first + 6]))
        print("};")
    print("/* clang-format on */")


if __name__ == "__main__":
    main()

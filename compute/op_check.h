/* SPDX-License-Identifier: Apache-2.0 */
/* The generic op runner: every test case of every op, forward and backward, on a device against
 * the CPU; on the CPU itself gradients against finite differences. Also `torchlight selftest`.
 * A device that stores 16 bits is given values that these hold, and may be off by two of their
 * roundings more (and four times that in a gradient), relative to the largest magnitude. */
#pragma once

#include "compute/op.h"

typedef struct {
    const char *op, *name; /* op and case */
    const char *what;      /* "y", "dx0", "finite difference 1" */
    double error;          /* largest, relative to the largest magnitude of the expectation */
    double tolerance;
    bool passed;
} OpCheckLine;

typedef void (*OpCheckFunc)(const OpCheckLine *line, void *data);

/* The unit roundoff of a dtype: 2^-11 for f16, 2^-8 for bf16, 0 for f32, whose share is part of a
 * case's tolerance. */
double op_check_unit(DType storage);

/* False only when something could not run (error); a failed comparison is a line. */
bool op_check_case(const Op *op, const OpCase *c, Device *device, OpCheckFunc func, void *data,
                   GError **error);
bool op_check_all(Device *device, GCancellable *cancellable, OpCheckFunc func, void *data,
                  GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* The golden run: every tensor of a folder of golden data (made with PyTorch and diffusers, see the
 * README in such a folder) computed on a device and compared. `torchlight selftest --goldens DIR`
 * and the tests call it. */
#pragma once

#include "compute/device.h"

typedef struct {
    char *file;       /* golden file without its ending: "unet" */
    char *name;       /* tensor, or a group: "output.step*.latents" */
    int n;            /* tensors compared */
    double error;     /* largest absolute difference of the tensor nearest to its tolerance */
    double tolerance; /* of that tensor */
    bool passed;      /* all of them */
} GoldenLine;

typedef void (*GoldenFunc)(const GoldenLine *line, void *data);

/* Runs what matches the glob pattern filter (file names such as "unet" or "sampling_*"; NULL: all)
 * and calls func (may be NULL) for each line as soon as it is known. Returns all lines (GoldenLine,
 * owned; the caller unrefs). A failed comparison is a line, and so is a golden tensor that nothing
 * was compared with, a file that nothing checks, and what stopped a file half-way; an error is an
 * index that cannot be read, or cancellation.
 *
 * A set of goldens that is about another set's models (files "sd1_*") finds them in DIR/../A. */
GPtrArray *golden_run(Device *device, const char *dir, const char *filter, GoldenFunc func,
                      void *data, GCancellable *cancellable, GError **error);
/* Whether every line passed and there is at least one. */
bool golden_passed(const GPtrArray *lines);

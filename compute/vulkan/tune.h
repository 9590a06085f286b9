/* SPDX-License-Identifier: Apache-2.0 */
/* Tuner: which of several ways of running an operation a device takes. An op offers its ways in an
 * order that depends on shapes alone, the plain one first. A way that was never asked for is tried
 * while the program is compiled, on tensors of the operation's own shapes with made-up numbers, and
 * kept in a file beside the pipeline cache (tune_cache.h).
 *
 * Two kinds of question:
 *   TUNE_FASTEST    the fastest by the device's clock, of those that give the very bits of the
 *                   first: what comes out never depends on what was measured. No more than two
 *                   seconds a program are spent; what is left over is asked again next time.
 *   TUNE_CORRECT    the last of those that agree with the first within the rounding of the result's
 *                   type: for other arithmetic, such as cooperative matrices. No clock is asked, so
 *                   the same device and driver always choose the same.
 *
 * TORCHLIGHT_AUTOTUNE: "on" (the default; but not for drivers that run on the CPU), "off": always
 * the way that shapes suggest, in plain arithmetic, as any other machine would take it, "force":
 * also on the CPU, without limit of time, and whatever the file says. */
#pragma once

#include "compute/graph.h"

typedef struct VulkanDevice VulkanDevice;
typedef struct Tuner Tuner;
typedef enum { TUNE_FASTEST, TUNE_CORRECT } TuneBy;

#define TUNE_MAX_WAYS 16

/* Reads the file. NULL when tuning is off. */
Tuner *tuner_new(VulkanDevice *device);
void tuner_free(Tuner *tuner); /* tuner may be NULL */

/* Which of the n ways, by name, the node takes: `otherwise` where that is not known (yet), and then
 * the question is noted. key says what is asked, for a node of these shapes. tuner may be NULL. */
int tuner_choose(Tuner *tuner, const Node *node, const char *key, TuneBy by,
                 const char *const *names, int n, int otherwise);
/* Answers what was noted; true when there is something new. Writes the file. Fails only where the
 * device does. */
bool tuner_run(Tuner *tuner, bool *news, GError **error);
/* Forgets what was noted: the graph is gone. */
void tuner_forget(Tuner *tuner);

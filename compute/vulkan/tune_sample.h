/* SPDX-License-Identifier: Apache-2.0 */
/* One node alone, with made-up numbers, to try ways of running it. Private to tune.c. */
#pragma once

#include "compute/graph.h"

typedef struct VulkanDevice VulkanDevice;
typedef struct TuneSample TuneSample;

typedef struct {
    bool same;      /* the very bits of the first trial */
    bool agrees;    /* within the rounding of the result's type */
    double seconds; /* least of a few runs; 0 when not timed */
} TuneTrial;

/* NULL when the node cannot be tried: it reads integers, writes in place, or takes more than an
 * eighth of the device's memory. */
TuneSample *tune_sample_new(VulkanDevice *device, const Node *node);
void tune_sample_free(TuneSample *sample);
/* Compiles the node as tuner_choose answers now, and runs it. A trial that is slower than slow_s by
 * half is not run again. The first trial is what later ones are compared with. */
bool tune_sample_try(TuneSample *sample, bool timed, double slow_s, TuneTrial *trial,
                     GError **error);

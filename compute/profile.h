/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time of programs goes: an event for each operation that a device ran, measured on the
 * CPU by the clock and on Vulkan by timestamp queries, an event a dispatch. Profiled, dispatches of
 * a program wait for each other: its time as a whole is a little longer than without. */
#pragma once

#include "compute/graph.h"

typedef struct {
    const char *op;     /* "conv2d" */
    const char *kernel; /* Vulkan: the shader; else the op */
    char *layer;        /* of the weight that it uses: "down_blocks.0.resnets.0.conv1", or "" */
    double start_s;     /* since profiling began, or, on Vulkan, since the program's first event */
    double seconds;
    bool is_first;      /* of its operation: the others of it count no operations and bytes */
    double flop, bytes; /* of the whole operation, about; bytes: of its tensors */
} ProfileEvent;

/* Keeps events from now on, of programs that exist already too. cpu_time: the CPU device counts the
 * processor time of all its threads, which compares where others use the machine too, in place of
 * time by the clock. */
void device_profile_start(Device *device, bool cpu_time);
/* The events since the start or the last call (of ProfileEvent, which free themselves); goes on.
 * The caller unrefs. NULL when the device does not profile. */
GArray *device_profile_take(Device *device);
/* Whether the device has a clock to profile with. */
bool device_can_profile(const Device *device);

/* SPDX-License-Identifier: Apache-2.0 */
/* A device that computes nothing: its buffers have a size and no memory, its programs are placed,
 * and their operations counted when they are run. What a model, a LoRA or a trainer will need is
 * found by using it here here first: in milliseconds, and whatever memory the machine has. Of
 * weight files only the headers are read and checked. Reads give zeros. */
#pragma once

#include "compute/device.h"

Device *planning_device_new(void);
bool device_is_planning(const Device *device);

/* Bytes of all buffers, weights and arenas alike, when they were most. */
size_t planning_device_peak(const Device *device);
/* Floating-point operations of the programs run since the last call. */
double planning_device_take_work(Device *device);

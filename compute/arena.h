/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of what programs make while they run. One program runs at a time on a device, so all
 * of a device's programs share one set of buffers, each as large as the largest of them asks for:
 * text encoder, UNet, ControlNet and VAE of a pipeline take the memory of one. Private to compute/.
 */
#pragma once

#include "compute/device_class.h"

/* For a new program. */
void arena_join(Device *device);
/* The last one takes the buffers with it. */
void arena_leave(Device *device);

/* Makes buffers 0 .. n - 1 at least so large. A larger buffer takes the place of what was there,
 * whose contents are lost: device->arena_generation grows, and a program that was compiled at
 * another generation must be compiled again before it runs. */
bool arena_reserve(Device *device, const size_t *size, int n, GError **error);
/* The same for one buffer that stands outside the arena (the dispatcher's scratch). */
bool arena_grow(Device *device, DeviceBuffer **buffer, size_t size, GError **error);

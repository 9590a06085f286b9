/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a device is at what diffusion models do most: 3x3 convolutions and matrix products. */
#pragma once

#include "compute/device.h"

/* Floating-point operations a second, measured for about a tenth of a second. 0 and error when the
 * device fails. */
double device_measure_speed(Device *device, GError **error);

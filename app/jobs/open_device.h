/* SPDX-License-Identifier: Apache-2.0 */
/* The device of a job, in the precision its parameters name. */
#pragma once

#include "compute/device.h"

/* device: as device_open takes it. precision: NULL or "auto", "f32", "f16", "bf16". */
Device *open_device(const char *device, const char *precision, GError **error);

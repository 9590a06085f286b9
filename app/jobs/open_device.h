/* SPDX-License-Identifier: Apache-2.0 */
/* The device of a job, in the precision its parameters name. */
#pragma once

#include "compute/device.h"

/* device: as device_open takes it. precision: NULL or "auto", "f32", "f16", "bf16". */
Device *open_device(const char *device, const char *precision, GError **error);
/* One that only plans (compute/planning.h), auto being f32. */
Device *open_planning_device(const char *precision, GError **error);
/* For training auto means bf16 where a generation would take f16, whose small gradients are lost
 * unless the loss is scaled, as a training in f16 does. */
Device *open_training_device(const char *device, const char *precision, GError **error);

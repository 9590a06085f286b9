/* SPDX-License-Identifier: Apache-2.0 */
/* A row to choose the device that models run on. The devices are looked for on a thread when the
 * row is first seen, since that wakes up the graphics drivers. The choice is kept in the settings;
 * a device that is not there any more stays chosen and is said to be missing. */
#pragma once

#include <adwaita.h>

#define TORCHLIGHT_TYPE_DEVICE_ROW (torchlight_device_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightDeviceRow, torchlight_device_row, TORCHLIGHT, DEVICE_ROW,
                     AdwComboRow)

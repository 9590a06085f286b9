/* SPDX-License-Identifier: Apache-2.0 */
/* The preferences: appearance, and the device that models run on with a check of it. */
#pragma once

#include <adwaita.h>

#define TORCHLIGHT_TYPE_PREFERENCES (torchlight_preferences_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPreferences, torchlight_preferences, TORCHLIGHT, PREFERENCES,
                     AdwWindow)

GtkWidget *torchlight_preferences_new(void);

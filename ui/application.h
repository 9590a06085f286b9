/* SPDX-License-Identifier: Apache-2.0 */
/* The workbench as an application: its windows, keys, style, and what it is told to open. */
#pragma once

#include <adwaita.h>

#define TORCHLIGHT_TYPE_APPLICATION (torchlight_application_get_type())
G_DECLARE_FINAL_TYPE(TorchlightApplication, torchlight_application, TORCHLIGHT, APPLICATION,
                     AdwApplication)

TorchlightApplication *torchlight_application_new(void);

/* SPDX-License-Identifier: Apache-2.0 */
/* Asks which two settings a grid of pictures goes over, and with what values. */
#pragma once

#include <adwaita.h>

#include "app/jobs/grid_job.h"

#define TORCHLIGHT_TYPE_GRID_WINDOW (torchlight_grid_window_get_type())
G_DECLARE_FINAL_TYPE(TorchlightGridWindow, torchlight_grid_window, TORCHLIGHT, GRID_WINDOW,
                     AdwWindow)

/* Signal "draw" (GridAxis *x, GridAxis *y, pointers): the listener copies them; either may be NULL,
 * not both. has_lora, has_control: whether their weights make a difference. */
GtkWidget *torchlight_grid_window_new(GtkWindow *parent, bool has_lora, bool has_control);

/* SPDX-License-Identifier: Apache-2.0 */
/* The spaces of a narrow window as a bar at its foot: one tab for each page of an AdwViewStack,
 * with its icon above its title. All are as wide, and get by with so little that six fit beside
 * each other on 360 pixels, which an AdwViewSwitcherBar does not. */
#pragma once

#include <adwaita.h>

#define TORCHLIGHT_TYPE_SPACE_BAR (torchlight_space_bar_get_type())
G_DECLARE_FINAL_TYPE(TorchlightSpaceBar, torchlight_space_bar, TORCHLIGHT, SPACE_BAR, GtkWidget)

/* The pages that the stack has by now: none may come or go later. */
void torchlight_space_bar_set_stack(TorchlightSpaceBar *bar, AdwViewStack *stack);
void torchlight_space_bar_set_reveal(TorchlightSpaceBar *bar, bool reveal);

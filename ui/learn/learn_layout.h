/* SPDX-License-Identifier: Apache-2.0 */
/* A layout of two children, text and what it is about: beside each other where there is room, else
 * the text first and the other below. */
#pragma once

#include <gtk/gtk.h>

#define TORCHLIGHT_TYPE_LEARN_LAYOUT (torchlight_learn_layout_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLearnLayout, torchlight_learn_layout, TORCHLIGHT, LEARN_LAYOUT,
                     GtkLayoutManager)

GtkLayoutManager *torchlight_learn_layout_new(void);

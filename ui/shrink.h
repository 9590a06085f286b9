/* SPDX-License-Identifier: Apache-2.0 */
/* Rather a cut title than a window that cannot be made narrower. */
#pragma once

#include <gtk/gtk.h>

/* The labels of all buttons in a box or a GtkStackSwitcher end in "…" where there is no room. */
void shrink_buttons(GtkWidget *box);

/* SPDX-License-Identifier: Apache-2.0 */
/* What traces are filtered by besides words: chips for protocols, origin, use and size. Within a
 * kind any of those that are chosen will do. */
#pragma once

#include <gtk/gtk.h>

#include "ui/library/library_filter.h"

#define TORCHLIGHT_TYPE_FILTER_PANEL (torchlight_filter_panel_get_type())
G_DECLARE_FINAL_TYPE(TorchlightFilterPanel, torchlight_filter_panel, TORCHLIGHT, FILTER_PANEL,
                     GtkWidget)

/* Signal "changed": another choice was made. */

/* The protocols that there are, sorted; those chosen that are among them stay so. */
void torchlight_filter_panel_set_protocols(TorchlightFilterPanel *panel, GPtrArray *protocols);
/* Puts what is chosen into filter, whose words stay. */
void torchlight_filter_panel_apply(TorchlightFilterPanel *panel, LibraryFilter *filter);
guint torchlight_filter_panel_count(TorchlightFilterPanel *panel); /* chips that are chosen */
void torchlight_filter_panel_clear(TorchlightFilterPanel *panel);

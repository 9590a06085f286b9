/* SPDX-License-Identifier: Apache-2.0 */
/* A trace in a grid: its picture, what it is called and its caption, and marks for where it came
 * from. It draws its texts itself and is always of one size, so that thousands of them scroll by
 * without anything being laid out again. */
#pragma once

#include <gtk/gtk.h>

#include "app/project/item.h"
#include "ui/library/thumbnails.h"

#define TORCHLIGHT_TYPE_TRACE_CELL (torchlight_trace_cell_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTraceCell, torchlight_trace_cell, TORCHLIGHT, TRACE_CELL, GtkWidget)

/* size: pixels of the picture each way. thumbnails is borrowed, and outlives the cell's items. */
GtkWidget *torchlight_trace_cell_new(Thumbnails *thumbnails, int size);
void torchlight_trace_cell_set_size(TorchlightTraceCell *cell, int size);
/* NULL: none. */
void torchlight_trace_cell_set_item(TorchlightTraceCell *cell, TorchlightItem *item,
                                    Palette palette);
TorchlightItem *torchlight_trace_cell_get_item(TorchlightTraceCell *cell); /* borrowed, or NULL */

/* A caption for a place with little room: without what all say, on one line, and not all of a text
 * that is longer than any caption. The caller frees. */
char *trace_cell_short_caption(const char *caption);

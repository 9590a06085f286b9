/* SPDX-License-Identifier: Apache-2.0 */
/* One row of the tree of a packet: the name of a header, or a field with its value and bits. */
#pragma once

#include <gtk/gtk.h>

#include "ui/trace/field_node.h"
#include "ui/trace/trace_picture.h"

#define TORCHLIGHT_TYPE_FIELD_ROW (torchlight_field_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightFieldRow, torchlight_field_row, TORCHLIGHT, FIELD_ROW, GtkWidget)

/* Signal "bit-clicked" (int column). */
GtkWidget *torchlight_field_row_new(void);
void torchlight_field_row_set_tree_row(TorchlightFieldRow *row, GtkTreeListRow *tree_row);
TorchlightFieldNode *torchlight_field_row_get_node(TorchlightFieldRow *row); /* or NULL */
/* The packet to tell of; bit: the column in a frame, -1 for none. */
void torchlight_field_row_show(TorchlightFieldRow *row, TracePicture *picture, int packet,
                               Palette palette, int bit);

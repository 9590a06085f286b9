/* SPDX-License-Identifier: Apache-2.0 */
/* The headers and fields of one packet as a tree, each field with its value and its bits. */
#pragma once

#include <gtk/gtk.h>

#include "ui/trace/trace_view.h"

#define TORCHLIGHT_TYPE_FIELD_TREE (torchlight_field_tree_get_type())
G_DECLARE_FINAL_TYPE(TorchlightFieldTree, torchlight_field_tree, TORCHLIGHT, FIELD_TREE, GtkWidget)

/* Signals: "columns-chosen" (int first column, int n: a header or field), "bit-chosen" (int
 * column), "hovered" (int column, -1: none). */

/* The packet of a picture; NULL or row -1: none. palette: of the bits. */
void torchlight_field_tree_set_packet(TorchlightFieldTree *tree, TracePicture *picture, int row,
                                      Palette palette);
/* What is chosen elsewhere: n 0 nothing; bit: the chosen column, -1 none. Signals nothing. */
void torchlight_field_tree_choose(TorchlightFieldTree *tree, int first_column, int n_columns,
                                  int bit);
/* Marks the field of a column that the pointer is over elsewhere, -1 for none. Signals nothing. */
void torchlight_field_tree_show_hover(TorchlightFieldTree *tree, int column);

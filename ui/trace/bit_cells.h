/* SPDX-License-Identifier: Apache-2.0 */
/* The bits of a field as a row of small squares in the palette's colours with their digits, 16 to a
 * line, parted by nibbles and bytes. A click tells which. */
#pragma once

#include <gtk/gtk.h>

#include "app/trace/image.h"

#define TORCHLIGHT_TYPE_BIT_CELLS (torchlight_bit_cells_get_type())
G_DECLARE_FINAL_TYPE(TorchlightBitCells, torchlight_bit_cells, TORCHLIGHT, BIT_CELLS, GtkWidget)

enum { BIT_CELLS_MAX = 320 };

/* Signal "clicked" (int: which bit, from 0). */
GtkWidget *torchlight_bit_cells_new(void);
/* trits are copied, BIT_CELLS_MAX at most; marked: the bit in a frame, -1 for none. */
void torchlight_bit_cells_set(TorchlightBitCells *cells, const int8_t *trits, int n,
                              Palette palette, int marked);
/* Black or white, whichever is better read on a colour. */
GdkRGBA colour_to_read_on(const uint8_t *rgb);

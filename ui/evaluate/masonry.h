/* SPDX-License-Identifier: Apache-2.0 */
/* A layout of cards in columns of one width, as many as fit: each card goes below the column that
 * is shortest so far, so that cards of different heights leave no holes. */
#pragma once

#include <gtk/gtk.h>

#define TORCHLIGHT_TYPE_MASONRY (torchlight_masonry_get_type())
G_DECLARE_FINAL_TYPE(TorchlightMasonry, torchlight_masonry, TORCHLIGHT, MASONRY, GtkLayoutManager)

/* min_width: of a column, pixels; gap: between cards. */
GtkLayoutManager *torchlight_masonry_new(int min_width, int gap);

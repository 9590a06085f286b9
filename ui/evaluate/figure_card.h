/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightFigureCard: a figure with its title, what it means, its source, and a menu to save it.
 * A click makes it large, in a window of its own. */
#pragma once

#include <gtk/gtk.h>

#include "app/evaluate/figure.h"

#define TORCHLIGHT_TYPE_FIGURE_CARD (torchlight_figure_card_get_type())
G_DECLARE_FINAL_TYPE(TorchlightFigureCard, torchlight_figure_card, TORCHLIGHT, FIGURE_CARD,
                     GtkWidget)

/* Takes a reference of the figure. */
GtkWidget *torchlight_figure_card_new(Figure *figure);

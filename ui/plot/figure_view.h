/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightFigureView shows a Figure of an evaluation as high as its rows need: pointing at a
 * value or walking there with the arrow keys reads it out. Colours follow light, dark and high
 * contrast.
 */
#pragma once

#include <gtk/gtk.h>

#include "app/evaluate/figure.h"

#define TORCHLIGHT_TYPE_FIGURE_VIEW (torchlight_figure_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightFigureView, torchlight_figure_view, TORCHLIGHT, FIGURE_VIEW,
                     GtkWidget)

/* Property, notified: "readout" (string; NULL where nothing is pointed at). Signal "activate": it
 * was clicked, or Enter was pressed. Takes a reference of the figure. */
GtkWidget *torchlight_figure_view_new(Figure *figure);
/* Text larger than labels are by this factor (1): for a wall. */
void torchlight_figure_view_set_text_scale(TorchlightFigureView *view, double scale);
Figure *torchlight_figure_view_get_figure(TorchlightFigureView *view); /* borrowed */

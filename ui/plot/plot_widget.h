/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightPlot shows a Plot: hover or arrow keys read values out, the context menu (right button,
 * Menu key) saves it as PNG, SVG or CSV. Colours follow light, dark and high contrast. */
#pragma once

#include <gtk/gtk.h>

#include "app/plot/plot.h"

#define TORCHLIGHT_TYPE_PLOT (torchlight_plot_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPlot, torchlight_plot, TORCHLIGHT, PLOT, GtkWidget)

GtkWidget *torchlight_plot_new(void);
/* Its plot, to be changed; then call torchlight_plot_changed. */
Plot *torchlight_plot_get_plot(TorchlightPlot *self);
/* Takes another plot. */
void torchlight_plot_take_plot(TorchlightPlot *self, Plot *plot);
void torchlight_plot_changed(TorchlightPlot *self);
/* Opens the file chooser; as the menu does. */
void torchlight_plot_save(TorchlightPlot *self);

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/train/lr_plot.h"

#include <glib/gi18n.h>

#include "ui/plot/plot_widget.h"

enum { HEIGHT = 150, N_POINTS = 400 };

static const char plot_key[] = "torchlight-lr-plot";

GtkWidget *
lr_plot_row_new(void)
{
    GtkWidget *row = adw_preferences_row_new(), *view = torchlight_plot_new();
    Plot *plot = torchlight_plot_get_plot(TORCHLIGHT_PLOT(view));

    plot_axis_set(&plot->x, _("Step"), NAN, NAN);
    gtk_widget_set_size_request(view, -1, HEIGHT);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), _("Course of the learning rate"));
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), view);
    g_object_set_data(G_OBJECT(row), plot_key, view);
    return row;
}

void
lr_plot_row_update(GtkWidget *row, const TrainParams *params)
{
    TorchlightPlot *view = g_object_get_data(G_OBJECT(row), plot_key);
    Plot *plot = torchlight_plot_get_plot(view);
    int every = MAX(1, params->steps / N_POINTS);
    PlotSeries *series;

    plot_clear_series(plot);
    series = plot_add_series(plot, PLOT_LINE, _("Learning rate"), 0);
    for (int step = 0; step < params->steps; step += every)
        plot_series_append(series, step + 1, train_params_lr(params, step));
    torchlight_plot_changed(view);
}

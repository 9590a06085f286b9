/* SPDX-License-Identifier: Apache-2.0 */
/* A row that draws how the learning rate goes over the steps of a training. */
#pragma once

#include <adwaita.h>

#include "app/jobs/train_params.h"

GtkWidget *lr_plot_row_new(void);
void lr_plot_row_update(GtkWidget *row, const TrainParams *params);

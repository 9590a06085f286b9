/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for the table of settings (app/jobs/train_settings.h): a name, its sentence, its value. */
#pragma once

#include <adwaita.h>

#include "app/jobs/train_settings.h"

/* changed is called (with data) after a row wrote its value into params. params outlives the row.
 */
GtkWidget *settings_row_new(const TrainSetting *setting, TrainParams *params,
                            void (*changed)(gpointer data), gpointer data);
/* Shows the value that params has now; changed is not called. */
void settings_row_update(GtkWidget *row);

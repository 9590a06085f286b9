/* SPDX-License-Identifier: Apache-2.0 */
/* What the training will take, said while it is set up. */
#include <glib/gi18n.h>

#include "app/jobs/train_predict.h"
#include "ui/train/train_setup_private.h"

enum { SETTLE_MS = 300 };

TrainParams *
train_setup_dup_params(TorchlightTrainSetup *setup)
{
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);
    guint model = adw_combo_row_get_selected(ADW_COMBO_ROW(setup->model));
    g_autoptr(GPtrArray) prompts = g_ptr_array_new_with_free_func(g_free);
    TrainParams *params = train_params_copy(setup->params);
    g_autofree char *device = NULL;

    params->dataset = g_build_filename(torchlight_project_get_dir(project), "pictures", NULL);
    params->names = train_choice_dup_names(setup->choice);
    if (model < setup->models->len)
        params->model = g_strdup(setup->models->pdata[model]);
    device = g_settings_get_string(torchlight_workspace_get_settings(setup->workspace), "device");
    if (*device)
        params->device = g_steal_pointer(&device);
    for (guint i = 0; i < N_PROMPTS; i++) {
        char *text = g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(setup->prompts[i]))));

        g_ptr_array_add(prompts, text);
        if (!*text)
            g_ptr_array_set_size(prompts, (int)prompts->len - 1);
    }
    if (prompts->len == 0) {
        params->preview_every = 0;
        return params;
    }
    g_ptr_array_add(prompts, NULL);
    params->preview_prompts = (char **)g_ptr_array_steal(prompts, NULL);
    return params;
}

void
train_setup_update_start(TorchlightTrainSetup *setup)
{
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);

    gtk_widget_set_sensitive(setup->start, setup->can_start && project && !setup->waiting_for &&
                                               torchlight_project_is_writable(project) &&
                                               setup->params->warmup <= setup->params->steps);
}

static void
say(TorchlightTrainSetup *setup, const char *text, const char *source, bool can_start)
{
    setup->can_start = can_start;
    gtk_label_set_label(GTK_LABEL(setup->prediction), text);
    gtk_label_set_label(GTK_LABEL(setup->source), source);
    gtk_widget_set_visible(setup->source, *source != '\0');
    train_setup_update_start(setup);
}

static void
prediction_free(gpointer data)
{
    train_prediction_clear(data);
    g_free(data);
}

static void
predict_in_thread(GTask *task, gpointer source, gpointer params, GCancellable *cancellable)
{
    TrainPrediction *prediction = g_new0(TrainPrediction, 1);
    GError *error = NULL;

    if (train_predict(params, prediction, cancellable, &error)) {
        g_task_return_pointer(task, prediction, prediction_free);
    } else {
        g_free(prediction);
        g_task_return_error(task, error);
    }
}

static void
on_predicted(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightTrainSetup *setup = TORCHLIGHT_TRAIN_SETUP(source);
    g_autoptr(GError) error = NULL;
    TrainPrediction *prediction = g_task_propagate_pointer(G_TASK(result), &error);

    if (g_task_get_cancellable(G_TASK(result)) == setup->predicting) {
        gtk_spinner_stop(GTK_SPINNER(setup->spinner));
        if (prediction) {
            g_autofree char *what = train_prediction_to_text(prediction);
            g_autofree char *text = g_strdup_printf(_("Will take %s"), what);

            say(setup, text,
                prediction->is_tight
                    ? _("That is more memory than is free now: fewer rows, a smaller batch or a "
                        "lower rank need less.")
                    : train_time_source_text(prediction->source),
                true);
        } else {
            g_autofree char *valid = g_utf8_make_valid(error->message, -1);

            say(setup, valid, "", false);
        }
    }
    if (prediction)
        prediction_free(prediction);
}

static gboolean
predict(gpointer data)
{
    TorchlightTrainSetup *setup = data;
    g_autoptr(GTask) task = NULL;

    setup->prediction_timer = 0;
    if (!torchlight_workspace_get_project(setup->workspace) || !setup->choice)
        return G_SOURCE_REMOVE;
    if (setup->choice->items->len == 0) {
        say(setup, _("No picture is chosen."), "", false);
        return G_SOURCE_REMOVE;
    }
    if (setup->params->warmup > setup->params->steps) {
        say(setup, _("The warmup is longer than the training: choose fewer steps for it."), "",
            false);
        return G_SOURCE_REMOVE;
    }
    gtk_spinner_start(GTK_SPINNER(setup->spinner));
    setup->predicting = g_cancellable_new();
    task = g_task_new(setup, setup->predicting, on_predicted, NULL);
    g_task_set_task_data(task, train_setup_dup_params(setup), (GDestroyNotify)train_params_free);
    g_task_run_in_thread(task, predict_in_thread);
    return G_SOURCE_REMOVE;
}

void
train_setup_stop_predicting(TorchlightTrainSetup *setup)
{
    g_clear_handle_id(&setup->prediction_timer, g_source_remove);
    g_cancellable_cancel(setup->predicting);
    g_clear_object(&setup->predicting);
    gtk_spinner_stop(GTK_SPINNER(setup->spinner));
}

void
train_setup_predict(TorchlightTrainSetup *setup)
{
    train_setup_stop_predicting(setup);
    setup->prediction_timer = g_timeout_add(SETTLE_MS, predict, setup);
}

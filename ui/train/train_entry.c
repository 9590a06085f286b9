/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of a training, from its job while it runs and from its folder afterwards. */
#include "ui/train/train_entry.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/time_text.h"

struct _TorchlightTrainEntry {
    GObject parent;

    TorchlightItem *item;
    TrainRun *run;
    TorchlightJob *job;
    guint timer; /* 0: nothing to tell */
};

enum { CHANGED_MS = 150 };
enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightTrainEntry, torchlight_train_entry, G_TYPE_OBJECT)

static gboolean
emit_changed(gpointer data)
{
    TorchlightTrainEntry *entry = data;

    entry->timer = 0;
    g_signal_emit(entry, signals[CHANGED], 0);
    return G_SOURCE_REMOVE;
}

static void
on_changed(TorchlightTrainEntry *entry)
{
    if (entry->timer == 0)
        entry->timer = g_timeout_add(CHANGED_MS, emit_changed, entry);
}

static void
read_run(TorchlightTrainEntry *entry)
{
    g_autofree char *dir = torchlight_item_dup_path(entry->item);

    g_clear_pointer(&entry->run, train_run_free);
    entry->run = dir ? train_run_open(dir, NULL) : NULL;
}

TorchlightTrainEntry *
torchlight_train_entry_new(TorchlightItem *item, TrainRun *run)
{
    TorchlightTrainEntry *entry = g_object_new(TORCHLIGHT_TYPE_TRAIN_ENTRY, NULL);

    entry->item = g_object_ref(item);
    entry->run = run;
    g_signal_connect_object(item, "changed", G_CALLBACK(on_changed), entry, G_CONNECT_SWAPPED);
    return entry;
}

void
torchlight_train_entry_set_job(TorchlightTrainEntry *entry, TorchlightJob *job)
{
    static const char *const news[] = {"notify", "point-added", "log-added", "preview-changed",
                                       "finished"};

    if (entry->job)
        g_signal_handlers_disconnect_by_data(entry->job, entry);
    g_set_object(&entry->job, job);
    for (guint i = 0; job && i < G_N_ELEMENTS(news); i++)
        g_signal_connect_object(job, news[i], G_CALLBACK(on_changed), entry, G_CONNECT_SWAPPED);
    if (!job)
        read_run(entry);
    on_changed(entry);
}

TorchlightItem *
torchlight_train_entry_get_item(TorchlightTrainEntry *entry)
{
    return entry->item;
}

TorchlightJob *
torchlight_train_entry_get_job(TorchlightTrainEntry *entry)
{
    return entry->job;
}

const TrainRun *
torchlight_train_entry_get_run(TorchlightTrainEntry *entry)
{
    return entry->run;
}

bool
torchlight_train_entry_is_active(TorchlightTrainEntry *entry)
{
    return entry->job != NULL;
}

static char *
active_status(TorchlightTrainEntry *entry)
{
    TrainProgress progress = train_job_get_progress(entry->job);
    g_autofree char *left = time_left_text(progress.seconds_to_go);
    g_autofree char *message = NULL;

    if (train_job_is_stopping(entry->job))
        return g_strdup_printf(_("Stopping after this step, %d of %d"), progress.step + 1,
                               progress.n_steps);
    if (torchlight_job_get_state(entry->job) == JOB_PAUSED)
        return g_strdup_printf(_("Paused at step %d of %d"), progress.step, progress.n_steps);
    if (progress.step == 0 && !progress.previewing) {
        message = torchlight_job_dup_message(entry->job);
        return g_strdup_printf(_("Preparing: %s"), message);
    }
    if (progress.previewing)
        return g_strdup_printf(_("Step %d of %d · drawing previews"), progress.step,
                               progress.n_steps);
    if (*left) /* Translators: the last is "about 4 min left" */
        return g_strdup_printf(_("Step %d of %d · %s"), progress.step, progress.n_steps, left);
    return g_strdup_printf(_("Step %d of %d"), progress.step, progress.n_steps);
}

char *
torchlight_train_entry_dup_status(TorchlightTrainEntry *entry)
{
    const TrainRun *run = entry->run;

    if (entry->job)
        return active_status(entry);
    if (!run)
        return g_strdup(_("Its folder is gone or damaged"));
    switch (run->state) {
    case TRAIN_RUN_RUNNING:
        return g_strdup(_("Another program is at work on it"));
    case TRAIN_RUN_INTERRUPTED:
        return run->can_resume ? g_strdup_printf(_("Interrupted at step %d of %d"), run->step,
                                                 run->params->steps)
                               : g_strdup(_("Interrupted before its first checkpoint"));
    case TRAIN_RUN_FAILED:
        return g_strdup_printf(_("Failed: %s"), run->message ? run->message : _("unknown"));
    case TRAIN_RUN_DONE:
        if (run->step < run->params->steps)
            return g_strdup_printf(_("Stopped and kept at step %d of %d · loss %.4f"), run->step,
                                   run->params->steps, run->loss);
        return g_strdup_printf(_("Done: %d steps · loss %.4f"), run->step, run->loss);
    }
    return NULL;
}

double
torchlight_train_entry_get_fraction(TorchlightTrainEntry *entry)
{
    if (entry->job)
        return torchlight_job_get_fraction(entry->job);
    if (!entry->run || entry->run->params->steps == 0)
        return 0;
    return CLAMP((double)entry->run->step / entry->run->params->steps, 0, 1);
}

GArray *
torchlight_train_entry_dup_curve(TorchlightTrainEntry *entry, const char *name)
{
    if (entry->job)
        return torchlight_job_dup_points(entry->job, name, 0);
    return entry->run ? train_run_curve(entry->run->dir, name)
                      : g_array_new(FALSE, FALSE, sizeof(JobPoint));
}

GPtrArray *
torchlight_train_entry_list_previews(TorchlightTrainEntry *entry)
{
    const TrainParams *params = entry->job   ? train_job_get_params(entry->job)
                                : entry->run ? entry->run->params
                                             : NULL;

    return params && params->run ? train_run_previews(params->run, params) : g_ptr_array_new();
}

char *
torchlight_train_entry_dup_log(TorchlightTrainEntry *entry)
{
    g_autofree char *path = NULL;
    char *text = NULL, *valid;

    if (entry->job) {
        g_auto(GStrv) lines = torchlight_job_dup_log(entry->job, 0);

        return g_strjoinv("\n", lines);
    }
    path = entry->run ? train_run_file(entry->run->dir, "log.txt") : NULL;
    if (!path || !g_file_get_contents(path, &text, NULL, NULL))
        return g_strdup("");
    valid = g_utf8_make_valid(text, -1);
    g_free(text);
    return valid;
}

static void
torchlight_train_entry_dispose(GObject *object)
{
    TorchlightTrainEntry *entry = TORCHLIGHT_TRAIN_ENTRY(object);

    g_clear_handle_id(&entry->timer, g_source_remove);
    g_clear_object(&entry->item);
    g_clear_object(&entry->job);
    g_clear_pointer(&entry->run, train_run_free);
    G_OBJECT_CLASS(torchlight_train_entry_parent_class)->dispose(object);
}

static void
torchlight_train_entry_class_init(TorchlightTrainEntryClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_train_entry_dispose;
    signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void
torchlight_train_entry_init(TorchlightTrainEntry *entry)
{
}

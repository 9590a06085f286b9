/* SPDX-License-Identifier: Apache-2.0 */
/* The worker thread writes its state under a mutex and marks what changed; one idle source on the
 * creator's context carries every mark made until it runs, and tells the observers. */
#include "app/jobs/job_private.h"

#include <glib/gi18n-lib.h>

enum { PROP_TITLE = 1, PROP_STATE, PROP_FRACTION, PROP_MESSAGE, PROP_ETA_SECONDS, N_PROPS };
enum { SIGNAL_FINISHED, SIGNAL_PREVIEW_CHANGED, SIGNAL_POINT_ADDED, SIGNAL_LOG_ADDED, N_SIGNALS };

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];
static const char *const signal_names[N_SIGNALS] = {
    [SIGNAL_FINISHED] = "finished",
    [SIGNAL_PREVIEW_CHANGED] = "preview-changed",
    [SIGNAL_POINT_ADDED] = "point-added",
    [SIGNAL_LOG_ADDED] = "log-added",
};

G_DEFINE_FINAL_TYPE(TorchlightJob, torchlight_job, G_TYPE_OBJECT)

static void
notify_observers(TorchlightJob *job, JobChanges changes)
{
    g_object_freeze_notify(G_OBJECT(job));
    if (changes & CHANGED_STATE)
        g_object_notify_by_pspec(G_OBJECT(job), props[PROP_STATE]);
    if (changes & CHANGED_PROGRESS) {
        g_object_notify_by_pspec(G_OBJECT(job), props[PROP_FRACTION]);
        g_object_notify_by_pspec(G_OBJECT(job), props[PROP_MESSAGE]);
        g_object_notify_by_pspec(G_OBJECT(job), props[PROP_ETA_SECONDS]);
    }
    g_object_thaw_notify(G_OBJECT(job));
    if (changes & CHANGED_PREVIEW)
        g_signal_emit(job, signals[SIGNAL_PREVIEW_CHANGED], 0);
    if (changes & CHANGED_POINTS)
        g_signal_emit(job, signals[SIGNAL_POINT_ADDED], 0);
    if (changes & CHANGED_LOG)
        g_signal_emit(job, signals[SIGNAL_LOG_ADDED], 0);
    if (changes & CHANGED_FINISHED)
        g_signal_emit(job, signals[SIGNAL_FINISHED], 0);
}

static gboolean
on_idle(gpointer data)
{
    TorchlightJob *job = data;
    JobChanges changes;

    g_mutex_lock(&job->mutex);
    changes = job->changes;
    job->changes = 0;
    job->idle_pending = false;
    g_mutex_unlock(&job->mutex);
    notify_observers(job, changes);
    if (changes & CHANGED_FINISHED) {
        g_mutex_lock(&job->mutex);
        job->told_finished = true;
        g_mutex_unlock(&job->mutex);
    }
    return G_SOURCE_REMOVE;
}

void
job_mark(TorchlightJob *job, JobChanges changes)
{
    GSource *source;

    job->changes |= changes;
    if (job->idle_pending)
        return;
    job->idle_pending = true;
    source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT_IDLE);
    g_source_set_callback(source, on_idle, g_object_ref(job), g_object_unref);
    g_source_attach(source, job->context);
    g_source_unref(source);
}

static void
set_cancelled_error(TorchlightJob *job, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                _("“%s” was cancelled; nothing was written."), job->title);
}

static gboolean
do_nothing(gpointer data)
{
    return G_SOURCE_REMOVE;
}

/* Drops the worker's reference on the creator's context, so that no observer and no result is ever
 * freed on the worker thread. */
static void
drop_on_context(TorchlightJob *job)
{
    GSource *source = g_idle_source_new();

    g_source_set_callback(source, do_nothing, job, g_object_unref);
    g_source_attach(source, job->context);
    g_source_unref(source);
}

static gpointer
work(gpointer data)
{
    TorchlightJob *job = data;
    GError *error = NULL;
    JobState state;

    if (torchlight_job_checkpoint(job, &error) && job->func(job, job->data, &error)) {
        g_clear_error(&error);
        state = JOB_DONE;
    } else {
        if (!error)
            g_set_error(&error, G_IO_ERROR, G_IO_ERROR_FAILED, _("“%s” failed."), job->title);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
            g_clear_error(&error);
            set_cancelled_error(job, &error);
            state = JOB_CANCELLED;
        } else {
            state = JOB_FAILED;
        }
    }
    g_mutex_lock(&job->mutex);
    job->error = error;
    job->state = state;
    if (state == JOB_DONE)
        job->fraction = 1;
    job_mark(job, CHANGED_STATE | CHANGED_PROGRESS | CHANGED_FINISHED);
    g_mutex_unlock(&job->mutex);
    drop_on_context(job);
    return NULL;
}

void
torchlight_job_start(TorchlightJob *job)
{
    GThread *thread;

    g_return_if_fail(TORCHLIGHT_IS_JOB(job) && job->state == JOB_PENDING);
    g_mutex_lock(&job->mutex);
    job->state = job->paused ? JOB_PAUSED : JOB_RUNNING;
    job_rate_update(&job->rate, 0);
    job_mark(job, CHANGED_STATE);
    g_mutex_unlock(&job->mutex);
    thread = g_thread_new("job", work, g_object_ref(job));
    g_thread_unref(thread);
}

bool
torchlight_job_run(TorchlightJob *job, GError **error)
{
    bool finished = false;

    torchlight_job_start(job);
    while (!finished) {
        g_main_context_iteration(job->context, TRUE);
        g_mutex_lock(&job->mutex);
        finished = job->told_finished;
        g_mutex_unlock(&job->mutex);
    }
    if (job->error && error)
        *error = g_error_copy(job->error);
    return job->state == JOB_DONE;
}

static void
on_cancelled(GCancellable *cancellable, gpointer data)
{
    TorchlightJob *job = data;

    g_mutex_lock(&job->mutex);
    g_cond_broadcast(&job->resumed);
    g_mutex_unlock(&job->mutex);
}

void
torchlight_job_cancel(TorchlightJob *job)
{
    g_return_if_fail(TORCHLIGHT_IS_JOB(job));
    g_cancellable_cancel(job->cancellable);
}

void
torchlight_job_set_paused(TorchlightJob *job, bool paused)
{
    g_return_if_fail(TORCHLIGHT_IS_JOB(job));
    g_mutex_lock(&job->mutex);
    job->paused = paused;
    if (job->state == JOB_RUNNING && paused)
        job->state = JOB_PAUSED;
    else if (job->state == JOB_PAUSED && !paused)
        job->state = JOB_RUNNING;
    /* What was paused is not slow. */
    if (!paused && job->rate.last_us)
        job->rate.last_us = g_get_monotonic_time();
    job_mark(job, CHANGED_STATE);
    g_cond_broadcast(&job->resumed);
    g_mutex_unlock(&job->mutex);
}

bool
torchlight_job_checkpoint(TorchlightJob *job, GError **error)
{
    g_mutex_lock(&job->mutex);
    while (job->paused && !g_cancellable_is_cancelled(job->cancellable))
        g_cond_wait(&job->resumed, &job->mutex);
    g_mutex_unlock(&job->mutex);
    if (!g_cancellable_is_cancelled(job->cancellable))
        return true;
    set_cancelled_error(job, error);
    return false;
}

JobState
torchlight_job_get_state(TorchlightJob *job)
{
    JobState state;

    g_mutex_lock(&job->mutex);
    state = job->state;
    g_mutex_unlock(&job->mutex);
    return state;
}

double
torchlight_job_get_fraction(TorchlightJob *job)
{
    double fraction;

    g_mutex_lock(&job->mutex);
    fraction = job->fraction;
    g_mutex_unlock(&job->mutex);
    return fraction;
}

double
torchlight_job_get_eta_seconds(TorchlightJob *job)
{
    double eta = -1;

    g_mutex_lock(&job->mutex);
    if (job->state == JOB_RUNNING)
        eta = job_rate_eta(&job->rate, job->fraction);
    g_mutex_unlock(&job->mutex);
    return eta;
}

char *
torchlight_job_dup_message(TorchlightJob *job)
{
    char *message;

    g_mutex_lock(&job->mutex);
    message = g_strdup(job->message ? job->message : "");
    g_mutex_unlock(&job->mutex);
    return message;
}

const char *
torchlight_job_get_title(TorchlightJob *job)
{
    return job->title;
}

const GError *
torchlight_job_get_error(TorchlightJob *job)
{
    const GError *error;

    g_mutex_lock(&job->mutex);
    error = job->error; /* set once, before the state says so */
    g_mutex_unlock(&job->mutex);
    return error;
}

void *
torchlight_job_get_data(TorchlightJob *job)
{
    return job->data;
}

GCancellable *
torchlight_job_get_cancellable(TorchlightJob *job)
{
    return job->cancellable;
}

TorchlightJob *
torchlight_job_new(const char *title, JobFunc func, void *data, GDestroyNotify destroy)
{
    TorchlightJob *job = g_object_new(TORCHLIGHT_TYPE_JOB, NULL);

    job->title = g_strdup(title);
    job->func = func;
    job->data = data;
    job->destroy = destroy;
    return job;
}

static void
torchlight_job_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    TorchlightJob *job = TORCHLIGHT_JOB(object);

    switch (id) {
    case PROP_TITLE:
        g_value_set_string(value, job->title);
        break;
    case PROP_STATE:
        g_value_set_int(value, torchlight_job_get_state(job));
        break;
    case PROP_FRACTION:
        g_value_set_double(value, torchlight_job_get_fraction(job));
        break;
    case PROP_MESSAGE:
        g_value_take_string(value, torchlight_job_dup_message(job));
        break;
    case PROP_ETA_SECONDS:
        g_value_set_double(value, torchlight_job_get_eta_seconds(job));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
torchlight_job_finalize(GObject *object)
{
    TorchlightJob *job = TORCHLIGHT_JOB(object);

    g_cancellable_disconnect(job->cancellable, job->cancelled_handler);
    if (job->destroy)
        job->destroy(job->data);
    g_clear_error(&job->error);
    g_clear_pointer(&job->preview, image_free);
    g_hash_table_unref(job->curves);
    g_ptr_array_unref(job->log);
    g_object_unref(job->cancellable);
    g_main_context_unref(job->context);
    g_mutex_clear(&job->mutex);
    g_cond_clear(&job->resumed);
    g_free(job->message);
    g_free(job->title);
    G_OBJECT_CLASS(torchlight_job_parent_class)->finalize(object);
}

static void
torchlight_job_class_init(TorchlightJobClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object_class->get_property = torchlight_job_get_property;
    object_class->finalize = torchlight_job_finalize;
    props[PROP_TITLE] = g_param_spec_string("title", NULL, NULL, NULL, flags);
    props[PROP_STATE] =
        g_param_spec_int("state", NULL, NULL, JOB_PENDING, JOB_CANCELLED, JOB_PENDING, flags);
    props[PROP_FRACTION] = g_param_spec_double("fraction", NULL, NULL, 0, 1, 0, flags);
    props[PROP_MESSAGE] = g_param_spec_string("message", NULL, NULL, NULL, flags);
    props[PROP_ETA_SECONDS] =
        g_param_spec_double("eta-seconds", NULL, NULL, -1, G_MAXDOUBLE, -1, flags);
    g_object_class_install_properties(object_class, N_PROPS, props);
    for (int i = 0; i < N_SIGNALS; i++)
        signals[i] = g_signal_new(signal_names[i], G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
torchlight_job_init(TorchlightJob *job)
{
    g_mutex_init(&job->mutex);
    g_cond_init(&job->resumed);
    job->context = g_main_context_ref_thread_default();
    job->cancellable = g_cancellable_new();
    job->log = g_ptr_array_new_with_free_func(g_free);
    job->curves =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    job->cancelled_handler =
        g_cancellable_connect(job->cancellable, G_CALLBACK(on_cancelled), job, NULL);
}

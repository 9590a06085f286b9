/* SPDX-License-Identifier: Apache-2.0 */
/* A Job is the one way to do something long: a worker thread with progress, ETA, message,
 * cancellation, pause, points for curves and the latest preview. Jobs know no widget; the window
 * and the command line observe the same properties. Notifications arrive on the main context that
 * was thread-default where the job was created, at most one idle per burst of updates. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include "app/trace/image.h"

typedef enum {
    JOB_PENDING,
    JOB_RUNNING,
    JOB_PAUSED,
    JOB_DONE,
    JOB_FAILED,
    JOB_CANCELLED,
} JobState;

#define TORCHLIGHT_TYPE_JOB (torchlight_job_get_type())
G_DECLARE_FINAL_TYPE(TorchlightJob, torchlight_job, TORCHLIGHT, JOB, GObject)

/* Runs on the worker thread. Returns false with error set (G_IO_ERROR_CANCELLED when cancelled).
 * data is what the job was made with; results go there. */
typedef bool (*JobFunc)(TorchlightJob *job, void *data, GError **error);

/* title is copied; data is freed with destroy when the job is finalised.
 * Properties (read-only, notified on the creator's context): "title", "state" (int), "fraction"
 * (0..1), "message", "eta-seconds" (-1 unknown). Signals: "finished", "preview-changed",
 * "point-added", "log-added". */
TorchlightJob *torchlight_job_new(const char *title, JobFunc func, void *data,
                                  GDestroyNotify destroy);
void torchlight_job_start(TorchlightJob *job);
/* Starts and waits, iterating the thread-default main context; false and error as func's. */
bool torchlight_job_run(TorchlightJob *job, GError **error);
void torchlight_job_cancel(TorchlightJob *job);
void torchlight_job_set_paused(TorchlightJob *job, bool paused);

/* Any thread. */
JobState torchlight_job_get_state(TorchlightJob *job);
double torchlight_job_get_fraction(TorchlightJob *job);
double torchlight_job_get_eta_seconds(TorchlightJob *job);
char *torchlight_job_dup_message(TorchlightJob *job);
const char *torchlight_job_get_title(TorchlightJob *job);
const GError *torchlight_job_get_error(TorchlightJob *job); /* after finished */
void *torchlight_job_get_data(TorchlightJob *job);
Image *torchlight_job_dup_preview(TorchlightJob *job); /* NULL when there is none yet */
/* Lines of the log from index first on: what a person would want to read afterwards. */
char **torchlight_job_dup_log(TorchlightJob *job, guint first);
/* Points (step, value) of a curve such as "loss": copies those from index first on. */
GArray *torchlight_job_dup_points(TorchlightJob *job, const char *curve, guint first);

typedef struct {
    double step, value;
} JobPoint;

/* For the worker. */
GCancellable *torchlight_job_get_cancellable(TorchlightJob *job);
void torchlight_job_progress(TorchlightJob *job, double fraction, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* A line for the log, without newline. */
void torchlight_job_log(TorchlightJob *job, const char *format, ...) G_GNUC_PRINTF(2, 3);
void torchlight_job_point(TorchlightJob *job, const char *curve, double step, double value);
void torchlight_job_take_preview(TorchlightJob *job, Image *preview);
/* Blocks while paused; false with error set when cancelled. */
bool torchlight_job_checkpoint(TorchlightJob *job, GError **error);

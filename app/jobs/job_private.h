/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by job.c and job_report.c. */
#pragma once

#include "app/jobs/job.h"

typedef enum {
    CHANGED_STATE = 1 << 0,
    CHANGED_PROGRESS = 1 << 1,
    CHANGED_PREVIEW = 1 << 2,
    CHANGED_POINTS = 1 << 3,
    CHANGED_LOG = 1 << 4,
    CHANGED_FINISHED = 1 << 5,
} JobChanges;

/* How fast the fraction grows, smoothed; time spent paused does not count. */
typedef struct {
    gint64 last_us; /* monotonic, of the last sample; 0 before the first */
    double last_fraction;
    double rate; /* of the fraction, per second; 0 unknown */
    double seen; /* seconds that the rate stands on */
} JobRate;

struct _TorchlightJob {
    GObject parent;

    char *title;
    JobFunc func;
    void *data;
    GDestroyNotify destroy;
    GMainContext *context;
    GCancellable *cancellable;
    gulong cancelled_handler;

    GMutex mutex; /* guards all that follows */
    GCond resumed;
    JobState state;
    bool paused, idle_pending, told_finished;
    JobChanges changes;
    double fraction;
    char *message;
    GError *error;
    JobRate rate;
    Image *preview;
    GPtrArray *log;     /* char* */
    GHashTable *curves; /* char* -> GArray of JobPoint */
};

/* With the mutex held: the observers will be told. */
void job_mark(TorchlightJob *job, JobChanges changes);

void job_rate_update(JobRate *rate, double fraction);
/* Seconds to go; -1 unknown. */
double job_rate_eta(const JobRate *rate, double fraction);

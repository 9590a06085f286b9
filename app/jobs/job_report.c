/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker tells of itself (progress, points, log, preview), how its time to go is guessed,
 * and how observers read it. */
#include "app/jobs/job_private.h"

#include <math.h>
#include <string.h>

static const double RATE_SPAN_S = 10;      /* how far back the rate looks */
static const double RATE_SAMPLE_S = 0.1;   /* shortest time between two samples */
static const double RATE_TRUSTED_S = 0.75; /* before that the ETA is unknown */

void
job_rate_update(JobRate *rate, double fraction)
{
    gint64 now_us = g_get_monotonic_time();
    double seconds = (double)(now_us - rate->last_us) / G_USEC_PER_SEC;
    double weight;

    if (rate->last_us == 0 || fraction < rate->last_fraction) {
        *rate = (JobRate){.last_us = now_us, .last_fraction = fraction};
        return;
    }
    if (seconds < RATE_SAMPLE_S)
        return;
    rate->seen += seconds;
    /* At first a plain mean of what was seen, later one that forgets. */
    weight = MAX(1 - exp(-seconds / RATE_SPAN_S), seconds / rate->seen);
    rate->rate += weight * ((fraction - rate->last_fraction) / seconds - rate->rate);
    rate->last_us = now_us;
    rate->last_fraction = fraction;
}

double
job_rate_eta(const JobRate *rate, double fraction)
{
    double since;

    if (fraction >= 1)
        return 0;
    if (rate->seen < RATE_TRUSTED_S || rate->rate <= 0)
        return -1;
    since = (double)(g_get_monotonic_time() - rate->last_us) / G_USEC_PER_SEC;
    return MAX((1 - rate->last_fraction) / rate->rate - since, 0);
}

void
torchlight_job_progress(TorchlightJob *job, double fraction, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    if (format) {
        va_start(args, format);
        message = g_strdup_vprintf(format, args);
        va_end(args);
    }
    g_mutex_lock(&job->mutex);
    job->fraction = isfinite(fraction) ? CLAMP(fraction, 0.0, 1.0) : job->fraction;
    if (message) {
        g_free(job->message);
        job->message = g_steal_pointer(&message);
    }
    job_rate_update(&job->rate, job->fraction);
    job_mark(job, CHANGED_PROGRESS);
    g_mutex_unlock(&job->mutex);
}

void
torchlight_job_log(TorchlightJob *job, const char *format, ...)
{
    va_list args;
    char *line;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    g_mutex_lock(&job->mutex);
    g_ptr_array_add(job->log, line);
    job_mark(job, CHANGED_LOG);
    g_mutex_unlock(&job->mutex);
}

char **
torchlight_job_dup_log(TorchlightJob *job, guint first)
{
    GPtrArray *lines = g_ptr_array_new();

    g_mutex_lock(&job->mutex);
    for (guint i = first; i < job->log->len; i++)
        g_ptr_array_add(lines, g_strdup(job->log->pdata[i]));
    g_mutex_unlock(&job->mutex);
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(lines, FALSE);
}

void
torchlight_job_point(TorchlightJob *job, const char *curve, double step, double value)
{
    JobPoint point = {step, value};
    GArray *points;

    g_mutex_lock(&job->mutex);
    points = g_hash_table_lookup(job->curves, curve);
    if (!points) {
        points = g_array_new(FALSE, FALSE, sizeof(JobPoint));
        g_hash_table_insert(job->curves, g_strdup(curve), points);
    }
    g_array_append_val(points, point);
    job_mark(job, CHANGED_POINTS);
    g_mutex_unlock(&job->mutex);
}

void
torchlight_job_take_preview(TorchlightJob *job, Image *preview)
{
    Image *before;

    g_mutex_lock(&job->mutex);
    before = job->preview;
    job->preview = preview;
    job_mark(job, CHANGED_PREVIEW);
    g_mutex_unlock(&job->mutex);
    image_free(before);
}

Image *
torchlight_job_dup_preview(TorchlightJob *job)
{
    Image *copy = NULL;

    g_mutex_lock(&job->mutex);
    if (job->preview) {
        const Image *preview = job->preview;

        copy = image_new(preview->width, preview->height, preview->n_channels);
        memcpy(copy->pixels, preview->pixels,
               (size_t)preview->width * preview->height * preview->n_channels);
    }
    g_mutex_unlock(&job->mutex);
    return copy;
}

GArray *
torchlight_job_dup_points(TorchlightJob *job, const char *curve, guint first)
{
    GArray *copy = g_array_new(FALSE, FALSE, sizeof(JobPoint));
    GArray *points;

    g_mutex_lock(&job->mutex);
    points = g_hash_table_lookup(job->curves, curve);
    if (points && first < points->len)
        g_array_append_vals(copy, &g_array_index(points, JobPoint, first), points->len - first);
    g_mutex_unlock(&job->mutex);
    return copy;
}

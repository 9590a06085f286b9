/* SPDX-License-Identifier: Apache-2.0 */
/* The worker behind a job: progress, cancel, pause, points, previews, and that a flood of updates
 * costs the main context little. */
#include "app/jobs/job.h"

#include <string.h>

typedef struct {
    int n_updates;
    bool spin; /* until cancelled */
    bool fail;
    bool *freed;
    GThread *worker;
    int n_steps; /* atomic: done so far */
} Work;

static void
work_free(void *data)
{
    Work *work = data;

    if (work->freed)
        *work->freed = true;
    g_free(work);
}

static bool
work_run(TorchlightJob *job, void *data, GError **error)
{
    Work *work = data;

    work->worker = g_thread_self();
    for (int i = 0; i < work->n_updates || work->spin; i++) {
        if (!torchlight_job_checkpoint(job, error))
            return false;
        torchlight_job_progress(job, work->n_updates ? (double)i / work->n_updates : 0.5, "step %d",
                                i);
        torchlight_job_point(job, "loss", i, 1.0 / (i + 1));
        g_atomic_int_inc(&work->n_steps);
        if (work->spin)
            g_usleep(200);
    }
    torchlight_job_log(job, "%d done", work->n_updates);
    torchlight_job_take_preview(job, image_new(3, 2, 3));
    if (work->fail)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "it broke");
    return !work->fail;
}

static TorchlightJob *
new_job(Work **work, bool *freed)
{
    *work = g_new0(Work, 1);
    (*work)->freed = freed;
    return torchlight_job_new("Test", work_run, *work, work_free);
}

static void
count(int *n)
{
    ++*n;
}

static void
note_thread(TorchlightJob *job, GParamSpec *pspec, GThread **thread)
{
    *thread = g_thread_self();
}

/* The worker may be letting go of its own reference only now. */
static void
wait_until_freed(const bool *freed)
{
    for (int ms = 0; !*freed && ms < 10000; ms++) {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_usleep(1000);
    }
    g_assert_true(*freed);
}

static void
test_run(void)
{
    bool freed = false;
    Work *work;
    TorchlightJob *job = new_job(&work, &freed);
    g_autoptr(GError) error = NULL;
    GThread *notified = NULL;
    int n_notified = 0, n_finished = 0;

    work->n_updates = 20000;
    g_signal_connect_swapped(job, "notify::fraction", G_CALLBACK(count), &n_notified);
    g_signal_connect(job, "notify::state", G_CALLBACK(note_thread), &notified);
    g_signal_connect_swapped(job, "finished", G_CALLBACK(count), &n_finished);
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_PENDING);
    g_assert_true(torchlight_job_run(job, &error));
    g_assert_no_error(error);
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_DONE);
    g_assert_cmpfloat(torchlight_job_get_fraction(job), ==, 1);
    g_assert_cmpint(n_finished, ==, 1);
    g_assert_cmpint(n_notified, >, 0);
    g_assert_cmpint(n_notified, <, 20000); /* bursts share an idle */
    g_assert_true(notified == g_thread_self() && work->worker != notified);

    g_autoptr(GArray) points = torchlight_job_dup_points(job, "loss", 19990);
    g_assert_cmpuint(points->len, ==, 10);
    g_assert_cmpfloat(g_array_index(points, JobPoint, 9).step, ==, 19999);
    g_autoptr(GArray) none = torchlight_job_dup_points(job, "other", 0);
    g_assert_cmpuint(none->len, ==, 0);
    g_auto(GStrv) log = torchlight_job_dup_log(job, 0);
    g_assert_cmpuint(g_strv_length(log), ==, 1);
    g_assert_cmpstr(log[0], ==, "20000 done");
    g_autoptr(Image) preview = torchlight_job_dup_preview(job);
    g_assert_cmpint(preview->width, ==, 3);
    g_autofree char *message = NULL;
    g_object_get(job, "message", &message, NULL);
    g_assert_cmpstr(message, ==, "step 19999");
    g_object_unref(job);
    wait_until_freed(&freed);
}

static void
test_fail(void)
{
    Work *work;
    g_autoptr(TorchlightJob) job = new_job(&work, NULL);
    g_autoptr(GError) error = NULL;

    work->fail = true;
    g_assert_false(torchlight_job_run(job, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_FAILED);
    g_assert_cmpstr(torchlight_job_get_error(job)->message, ==, "it broke");
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_FAILED);
}

static gboolean
cancel(gpointer job)
{
    torchlight_job_cancel(job);
    return G_SOURCE_REMOVE;
}

static void
test_cancel(void)
{
    Work *work;
    g_autoptr(TorchlightJob) job = new_job(&work, NULL);
    g_autoptr(GError) error = NULL;

    work->spin = true;
    g_timeout_add(30, cancel, job);
    g_assert_false(torchlight_job_run(job, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_CANCELLED);
    g_assert_cmpint(work->n_steps, >, 0);
}

static void
test_cancel_before_start(void)
{
    Work *work;
    g_autoptr(TorchlightJob) job = new_job(&work, NULL);

    torchlight_job_cancel(job);
    g_assert_false(torchlight_job_run(job, NULL));
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_CANCELLED);
    g_assert_null(work->worker);
}

static void
iterate_ms(int ms)
{
    gint64 end = g_get_monotonic_time() + ms * 1000;

    while (g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(500);
    }
}

static void
test_pause(void)
{
    Work *work;
    g_autoptr(TorchlightJob) job = new_job(&work, NULL);
    int before;

    work->spin = true;
    torchlight_job_start(job);
    while (g_atomic_int_get(&work->n_steps) < 3)
        g_main_context_iteration(NULL, FALSE);
    torchlight_job_set_paused(job, true);
    iterate_ms(30); /* the step under way ends */
    before = g_atomic_int_get(&work->n_steps);
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_PAUSED);
    g_assert_cmpfloat(torchlight_job_get_eta_seconds(job), ==, -1);
    iterate_ms(50);
    g_assert_cmpint(g_atomic_int_get(&work->n_steps), ==, before);
    torchlight_job_set_paused(job, false);
    while (g_atomic_int_get(&work->n_steps) == before)
        g_main_context_iteration(NULL, FALSE);
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_RUNNING);
    /* Cancelling wakes a paused job. */
    torchlight_job_set_paused(job, true);
    torchlight_job_cancel(job);
    while (torchlight_job_get_state(job) != JOB_CANCELLED)
        g_main_context_iteration(NULL, FALSE);
    iterate_ms(5);
}

/* An observer may drop the last reference while it is told. */
static void
drop(TorchlightJob *job, GMainLoop *loop)
{
    g_object_unref(job);
    g_main_loop_quit(loop);
}

static void
test_drop_in_callback(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    bool freed = false;
    Work *work;
    TorchlightJob *job = new_job(&work, &freed);

    work->n_updates = 10;
    g_signal_connect(job, "finished", G_CALLBACK(drop), loop);
    torchlight_job_start(job);
    g_main_loop_run(loop);
    wait_until_freed(&freed);
}

/* Notifications go to the context that was thread-default where the job was made. */
static void
test_context(void)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(TorchlightJob) job = NULL;
    GThread *notified = NULL;
    Work *work;

    g_main_context_push_thread_default(context);
    job = new_job(&work, NULL);
    work->n_updates = 5;
    g_signal_connect(job, "notify::state", G_CALLBACK(note_thread), &notified);
    g_assert_true(torchlight_job_run(job, NULL));
    g_assert_true(notified == g_thread_self());
    while (g_main_context_iteration(context, FALSE))
        ;
    g_main_context_pop_thread_default(context);
}

static bool
steady(TorchlightJob *job, void *data, GError **error)
{
    for (int i = 0; i <= 12; i++) {
        torchlight_job_progress(job, i / 24.0, NULL);
        g_usleep(100 * 1000);
    }
    *(double *)data = torchlight_job_get_eta_seconds(job);
    return true;
}

static void
test_eta(void)
{
    double eta = -2;
    g_autoptr(TorchlightJob) job = torchlight_job_new("Steady", steady, &eta, NULL);

    g_assert_cmpfloat(torchlight_job_get_eta_seconds(job), ==, -1);
    g_assert_true(torchlight_job_run(job, NULL));
    /* Half is done after 1.3 s; a busy machine may stretch that. */
    g_assert_cmpfloat(eta, >, 0.6);
    g_assert_cmpfloat(eta, <, 12);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/job/run", test_run);
    g_test_add_func("/job/fail", test_fail);
    g_test_add_func("/job/cancel", test_cancel);
    g_test_add_func("/job/cancel-before-start", test_cancel_before_start);
    g_test_add_func("/job/pause", test_pause);
    g_test_add_func("/job/drop-in-callback", test_drop_in_callback);
    g_test_add_func("/job/context", test_context);
    g_test_add_func("/job/eta", test_eta);
    return g_test_run();
}

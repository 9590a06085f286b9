/* SPDX-License-Identifier: Apache-2.0 */
/* Steps, and what is done between them. */
#include "app/jobs/train_loop.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "app/jobs/curve.h"
#include "app/jobs/train_advice.h"
#include "app/jobs/train_batch.h"
#include "app/jobs/train_history.h"
#include "app/jobs/train_ranks.h"
#include "app/jobs/train_result.h"
#include "app/jobs/train_run.h"
#include "app/jobs/training.h"
#include "app/trace/atomic.h"

typedef struct {
    Training t;
    TorchlightJob *job;
    TrainWatch *watch;
    TrainRunWriter *run; /* NULL: no folder */
    int first;           /* step it began at */
    double begin;        /* fraction of the stage at which steps begin */
    double step_share;   /* of a step in the fraction */
    double preview_share;
    GTimer *stepping; /* runs in steps only */
    double seconds_per_step, seconds_per_preview;
    double lr; /* of the last step */
} Loop;

/* How long things take against a step: a latent is one pass of an encoder; a step goes forward
 * and back; a step of sampling goes forward twice. */
static const double WEIGHT_LATENT = 0.4, WEIGHT_PREVIEW_STEP = 0.7;

static bool
keeps_checkpoints(const TrainParams *params)
{
    return params->run || params->save_every > 0;
}

static int
n_prompts(const TrainParams *params)
{
    return params->preview_prompts ? (int)g_strv_length(params->preview_prompts) : 0;
}

/* Before the first step, then every so often, and at the end. */
static bool
preview_is_due(const TrainParams *params, int step)
{
    return params->preview_every > 0 &&
           (step % params->preview_every == 0 || step == params->steps);
}

/* --- progress --- */

static void
share_out(Loop *loop)
{
    const TrainParams *p = loop->t.params;
    int every = p->preview_every;
    double latents =
        training_wants_latents(&loop->t) ? WEIGHT_LATENT * latent_set_n(loop->t.set) : 0;
    double preview = WEIGHT_PREVIEW_STEP * p->preview_steps * n_prompts(p);
    double previews = every > 0 ? (p->steps / every + 1 + (p->steps % every != 0)) * preview : 0;
    double steps = (double)p->steps * p->batch, all = latents + previews + steps;

    loop->begin = latents / all;
    loop->step_share = p->batch / all;
    loop->preview_share = preview / all;
}

/* Of previews, the one before the first step aside. */
static int
previews_by(const TrainParams *p, int step)
{
    return p->preview_every > 0
               ? step / p->preview_every + (step == p->steps && step % p->preview_every != 0)
               : 0;
}

static double
fraction_at(const Loop *loop, int step, bool previewed)
{
    const TrainParams *p = loop->t.params;
    int previews = previews_by(p, step) + (p->preview_every > 0);

    if (!previewed && preview_is_due(p, step))
        previews--;
    return MIN(1, loop->begin + step * loop->step_share + previews * loop->preview_share);
}

static void
watch_progress(Loop *loop, bool previewing)
{
    const TrainParams *p = loop->t.params;
    int step = loop->t.state.step;
    double to_go = -1;

    if (!loop->watch)
        return;
    if (loop->seconds_per_step > 0)
        to_go = loop->seconds_per_step * (p->steps - step) +
                loop->seconds_per_preview * (previews_by(p, p->steps) - previews_by(p, step));
    g_mutex_lock(&loop->watch->mutex);
    loop->watch->progress = (TrainProgress){.step = step,
                                            .n_steps = p->steps,
                                            .seconds_per_step = loop->seconds_per_step,
                                            .seconds_to_go = to_go,
                                            .lr = loop->lr,
                                            .previewing = previewing};
    g_mutex_unlock(&loop->watch->mutex);
}

static void
tell_step(Loop *loop)
{
    const TrainState *state = &loop->t.state;
    int n = 0;
    double sum = 0;

    for (guint i = state->losses->len; i-- > 0 && n < 20;) {
        double loss = (double)g_array_index(state->losses, float, i);

        sum += isfinite(loss) ? loss : 0;
        n += isfinite(loss) ? 1 : 0;
    }
    watch_progress(loop, false);
    stage_progress(loop->t.stage, fraction_at(loop, state->step, false),
                   _("step %d of %d · loss %.4f · %.2f s a step"), state->step,
                   loop->t.params->steps, sum / MAX(1, n), loop->seconds_per_step);
}

static void
tell_point(Loop *loop, int step, double loss, double lr)
{
    if (isfinite(loss))
        torchlight_job_point(loop->job, "loss", step, loss);
    torchlight_job_point(loop->job, "lr", step, lr);
}

/* --- what stays on disk --- */

/* Only pictures of what the checkpoint holds: not worth an error. */
static void
write_curves(const Loop *loop)
{
    static const char *const names[] = {"loss", "validation"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GArray) points = torchlight_job_dup_points(loop->job, names[i], 0);
        g_autofree char *file = g_strconcat(names[i], ".csv", NULL);
        g_autofree char *path = train_run_file(loop->t.params->run, file);

        if (points->len > 0)
            curve_write(points, names[i], path, NULL);
    }
}

/* A disk that is full now may not be later: the training goes on. */
static void
save_checkpoint(Loop *loop)
{
    const TrainParams *p = loop->t.params;
    g_autoptr(GError) error = NULL;

    if (!ranks_is_first(p->ranks))
        return;
    if (!train_checkpoint_save(&loop->t.state, &error))
        torchlight_job_log(loop->job, _("No checkpoint at step %d: %s"), loop->t.state.step,
                           error->message);
    else if (p->run) {
        write_curves(loop);
        torchlight_job_log(loop->job, _("Checkpoint at step %d"), loop->t.state.step);
    }
}

static bool
on_preview_step(int step, int n_steps, const float *x0, void *data)
{
    Loop *loop = data;

    stage_progress(loop->t.stage, fraction_at(loop, loop->t.state.step, false),
                   _("step %d of %d · preview, step %d of %d"), loop->t.state.step,
                   loop->t.params->steps, step, n_steps);
    return torchlight_job_checkpoint(loop->job, NULL);
}

static GHashTable *
preview_text(const TrainParams *p, int step, int prompt)
{
    GHashTable *text = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

    g_hash_table_insert(text, (char *)"torchlight:prompt", g_strdup(p->preview_prompts[prompt]));
    g_hash_table_insert(text, (char *)"torchlight:step", g_strdup_printf("%d", step));
    g_hash_table_insert(text, (char *)"torchlight:seed",
                        g_strdup_printf("%" G_GUINT64_FORMAT, p->preview_seed));
    return text;
}

/* False only when cancelled: a preview that fails is a line in the log. */
static bool
make_preview(Loop *loop, int prompt, GError **error)
{
    const TrainParams *p = loop->t.params;
    int step = loop->t.state.step;
    g_autofree char *path = train_run_preview_path(p->run, step, prompt);
    g_autoptr(GError) local = NULL;
    g_autoptr(GHashTable) text = preview_text(p, step, prompt);
    g_autoptr(Image) picture = NULL;

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return true; /* from before it was broken off */
    picture = training_preview(&loop->t, p->preview_prompts[prompt], on_preview_step, loop,
                               torchlight_job_get_cancellable(loop->job), &local);
    if (picture && image_write_png(picture, path, text, &local)) {
        torchlight_job_take_preview(loop->job, g_steal_pointer(&picture));
        return true;
    }
    if (!torchlight_job_checkpoint(loop->job, error))
        return false;
    torchlight_job_log(loop->job, _("No preview at step %d: %s"), step, local->message);
    return true;
}

static bool
make_previews(Loop *loop, GError **error)
{
    const TrainParams *p = loop->t.params;
    g_autoptr(GTimer) timer = g_timer_new();

    if (!preview_is_due(p, loop->t.state.step) || !ranks_is_first(p->ranks))
        return true;
    watch_progress(loop, true);
    for (int i = 0; i < n_prompts(p); i++) {
        if (!make_preview(loop, i, error))
            return false;
    }
    loop->seconds_per_preview = MAX(g_timer_elapsed(timer, NULL), loop->seconds_per_preview);
    watch_progress(loop, false);
    return true;
}

/* --- the run --- */

static bool
prepare(Loop *loop, GError **error)
{
    Training *t = &loop->t;
    int n;

    stage_progress(t->stage, 0, _("opening the model"));
    if (!training_open(t, error))
        return false;
    share_out(loop);
    n = training_wants_latents(t) ? latent_set_n(t->set) : 0;
    for (int i = 0; i < n; i++) {
        stage_progress(t->stage, loop->begin * i / n, _("picture %d of %d to its latent"), i + 1,
                       n);
        if (!training_make_latent(t, i, error))
            return false;
    }
    if (n > 0)
        latent_set_release_vae(t->set);
    return training_begin(t, error);
}

static bool
go_on(Loop *loop, GError **error)
{
    Training *t = &loop->t;
    g_autofree char *checkpoint = train_checkpoint_path(t->params);
    int done;

    if (!t->params->resume || !g_file_test(checkpoint, G_FILE_TEST_EXISTS))
        return true;
    if (!train_checkpoint_load(&t->state, error))
        return false;
    torchlight_job_log(loop->job, _("Going on from “%s” after step %d."), checkpoint,
                       t->state.step);
    done = t->state.step;
    for (t->state.step = 0; t->state.step < done; t->state.step++)
        tell_point(loop, t->state.step + 1, g_array_index(t->state.losses, float, t->state.step),
                   training_lr(t));
    for (guint i = 0; i < t->state.validations->len; i++) {
        const TrainValidation *v = &g_array_index(t->state.validations, TrainValidation, i);

        torchlight_job_point(loop->job, "validation", (double)v->step, (double)v->loss);
    }
    return true;
}

/* Before the first step, then every so often, and at the end; once for each. */
static bool
validate(Loop *loop, GError **error)
{
    Training *t = &loop->t;
    const TrainParams *p = t->params;
    GArray *done = t->state.validations;
    TrainValidation v = {.step = (float)t->state.step};
    double loss;

    if (t->held_out->len == 0 || !ranks_is_first(p->ranks) ||
        (t->state.step % p->validation_every != 0 && t->state.step != p->steps) ||
        (done->len > 0 && g_array_index(done, TrainValidation, done->len - 1).step >= v.step))
        return true;
    if (!train_batch_validate(t, &loss, error))
        return false;
    v.loss = (float)loss;
    g_array_append_val(done, v);
    torchlight_job_point(loop->job, "validation", t->state.step, loss);
    torchlight_job_log(loop->job, _("Step %d: a loss of %.4f on what is held out"), t->state.step,
                       loss);
    return true;
}

/* A mean that forgets: of about the last ten steps. */
static void
time_step(Loop *loop)
{
    double seconds = g_timer_elapsed(loop->stepping, NULL);
    int n = loop->t.state.step - loop->first;

    loop->seconds_per_step += (seconds - loop->seconds_per_step) / MIN(MAX(n, 1), 10);
}

static bool
one_step(Loop *loop, GError **error)
{
    Training *t = &loop->t;
    /* A step that was broken off leaves moments half-written: where checkpoints are kept it runs
     * to its end, so that the state can be saved. */
    GCancellable *cancellable =
        keeps_checkpoints(t->params) ? NULL : torchlight_job_get_cancellable(loop->job);

    loop->lr = training_lr(t);
    g_timer_start(loop->stepping);
    if (!training_step(t, cancellable, error))
        return false;
    time_step(loop);
    if (!isfinite(g_array_index(t->state.losses, float, t->state.step - 1)))
        torchlight_job_log(loop->job,
                           _("Step %d was skipped: its numbers overflowed, as those of %.1f %% of "
                             "all steps so far"),
                           t->state.step, 100.0 * t->state.n_skipped / t->state.step);
    tell_point(loop, t->state.step, g_array_index(t->state.losses, float, t->state.step - 1),
               loop->lr);
    tell_step(loop);
    return true;
}

static bool
is_stopping(const Loop *loop)
{
    return loop->watch && g_atomic_int_get(&loop->watch->stop) && loop->t.state.step > loop->first;
}

enum { LEAVE, STOP, GO_ON }; /* the least wish of all ranks is done */

static bool
may_step(Loop *loop, int *wish, GError **error)
{
    bool leaves = !torchlight_job_checkpoint(loop->job, error);

    *wish = leaves ? LEAVE : is_stopping(loop) ? STOP : GO_ON;
    return train_ranks_agree(&loop->t, wish, torchlight_job_get_cancellable(loop->job),
                             leaves ? NULL : error) &&
           *wish != LEAVE;
}

static bool
run_steps(Loop *loop, GError **error)
{
    const TrainParams *p = loop->t.params;
    const TrainState *state = &loop->t.state;

    int wish = GO_ON;

    loop->first = state->step;
    if (!validate(loop, error) || !make_previews(loop, error))
        return false;
    while (state->step < p->steps) {
        if (!may_step(loop, &wish, error))
            return false;
        if (wish == STOP)
            break;
        if (!one_step(loop, error) || !validate(loop, error))
            return false;
        if (p->save_every > 0 && state->step % p->save_every == 0 && state->step < p->steps)
            save_checkpoint(loop);
        if (!is_stopping(loop) && !make_previews(loop, error))
            return false;
    }
    return true;
}

static bool
finish(Loop *loop, TrainResult *result, GError **error)
{
    Training *t = &loop->t;
    g_autofree char *checkpoint = train_checkpoint_path(t->params);

    if (ranks_is_first(t->params->ranks)) {
        stage_progress(t->stage, 1, _("writing"));
        if (!train_result_save(t, error))
            return false;
        if (keeps_checkpoints(t->params) || t->params->resume)
            g_unlink(checkpoint);
    }
    result->steps = t->state.step;
    result->stopped = t->state.step < t->params->steps;
    result->n_pictures = t->state.n_items;
    result->n_skipped = t->state.n_skipped;
    result->n_layers = lora_n_layers(t->lora);
    result->n_parameters = lora_n_parameters(t->lora);
    result->loss = training_mean_loss(t);
    result->seconds_per_step = loop->seconds_per_step;
    result->device = g_strdup(device_description(t->device));
    if (t->state.step - loop->first >= 3 && !t->params->ranks) /* fewer say little */
        train_history_add(&(TrainSpeed){result->device, t->pipeline->dir,
                                        diffusion_trainer_work(t->trainer),
                                        loop->seconds_per_step});
    return true;
}

/* The last words of a run, in its folder. */
static void
close_run(Loop *loop, const TrainResult *result, const GError *error)
{
    const char *dir = loop->t.params->run;
    bool cancelled = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    const char *state = !error      ? (result->stopped ? "stopped" : "done")
                        : cancelled ? "cancelled"
                                    : "failed";
    g_autofree char *log = train_run_file(dir, "log.txt");
    g_auto(GStrv) lines = torchlight_job_dup_log(loop->job, 0);
    g_autofree char *text = g_strjoinv("\n", lines);

    write_curves(loop);
    atomic_file_write(log, text, strlen(text), NULL);
    train_run_end(loop->run, state, error ? NULL : train_result_to_json(result),
                  error && !cancelled ? error->message : NULL, NULL);
}

static bool
run(Loop *loop, TrainResult *result, GError **error)
{
    g_autoptr(GError) local = NULL;
    bool done = prepare(loop, &local) && go_on(loop, &local) && run_steps(loop, &local) &&
                finish(loop, result, &local);

    if (g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED) && loop->t.state.step > 0 &&
        keeps_checkpoints(loop->t.params))
        save_checkpoint(loop);
    if (g_error_matches(local, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
        train_advice_add(local, loop->t.params, training_memory_limit(&loop->t));
    if (loop->run)
        close_run(loop, result, local);
    if (local)
        g_propagate_error(error, g_steal_pointer(&local));
    return done;
}

bool
train_loop(const Stage *stage, const TrainParams *params, TrainWatch *watch, TrainResult *result,
           GError **error)
{
    Loop loop = {.t = {.params = params, .stage = stage}, .job = stage->job, .watch = watch};
    bool done;

    if (!train_params_check(params, error) || (params->run && ranks_is_first(params->ranks) &&
                                               !(loop.run = train_run_begin(params, error))))
        return false;
    loop.stepping = g_timer_new();
    done = run(&loop, result, error);
    training_clear(&loop.t);
    train_run_writer_free(loop.run);
    g_timer_destroy(loop.stepping);
    return done;
}

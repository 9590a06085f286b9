/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling picture after picture, showing what is coming, and writing each with what made it. */
#include "app/jobs/generate_run.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/vocabulary.h"
#include "app/jobs/generate_controls.h"
#include "app/jobs/generate_files.h"
#include "app/jobs/generate_sampling.h"
#include "app/jobs/generate_session.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/paths.h"
#include "app/jobs/picture.h"
#include "app/jobs/run_folder.h"
#include "app/project/trace_record.h"

/* Decoding a picture takes about as long as this many steps. */
static const double DECODE_STEPS = 1.5;

/* Previews may take a twelfth of the time, and to begin with so much more. */
enum { PREVIEW_SHARE = 12, PREVIEW_CREDIT_US = 100 * 1000 };

/* All that a running generation holds. */
typedef struct {
    GenerateRun *run;
    const Stage *stage;
    const GenerateParams *params;
    const Layout *layout;
    Generator *generator; /* of the session */
    GeneratorOptions options;
    GenerateControls controls;
    float *start;    /* (3, height, width): the picture to start from, or NULL */
    float *pictures; /* (batch, 3, height, width) */
    GenerateSums sums;
    int index;                   /* of the first image in the making */
    int n_now;                   /* so many are in the making */
    bool told;                   /* how the VAE decodes */
    gint64 start_us, preview_us; /* when sampling began; how much of it went into previews */
} Generation;

static void
image_result_free(void *data)
{
    GenerateImage *image = data;

    image_free(image->image);
    trace_free(image->trace);
    g_clear_pointer(&image->facts, json_object_unref);
    g_free(image->path);
    g_free(image);
}

void
generate_run_init(GenerateRun *run, GenerateParams *params, GenerateSession *session)
{
    *run = (GenerateRun){.params = params};
    run->session = session ? generate_session_ref(session) : generate_session_new();
    g_mutex_init(&run->mutex);
    run->result.images = g_ptr_array_new_with_free_func(image_result_free);
    run->film = g_ptr_array_new_with_free_func((GDestroyNotify)generate_frame_unref);
}

void
generate_run_clear(GenerateRun *run)
{
    generate_result_clear(&run->result);
    g_ptr_array_unref(run->film);
    generate_session_unref(run->session);
    g_mutex_clear(&run->mutex);
}

/* --- before the model is opened --- */

/* The picture to start from, whose size counts as the maps' does. */
static bool
read_start(Generation *g, GError **error)
{
    const GenerateParams *p = g->params;
    GeneratorOptions *o = &g->options;
    g_autoptr(Image) image = p->init ? image_read_png(p->init, 3, NULL, error) : NULL;

    if (!image)
        return !p->init;
    o->width = p->width ? p->width : image->width;
    o->height = p->height ? p->height : image->height;
    if (image->width != o->width || image->height != o->height) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("The picture to start from, “%s”, is %d × %d and the picture to draw %d × %d "
                      "pixels: make them the same."),
                    p->init, image->width, image->height, o->width, o->height);
        return false;
    }
    g->start = g_new(float, (size_t)3 * o->width * o->height);
    image_to_floats(image, 0, o->height, g->start);
    o->init = g->start;
    return true;
}

/* Size and maps: what was asked for, else the maps', else the paper's. */
static bool
read_controls(Generation *g, GError **error)
{
    const GenerateParams *p = g->params;
    GeneratorOptions *o = &g->options;
    GenerateControls *c = &g->controls;

    if (!generate_controls_read(c, p, error))
        return false;
    if (!p->init) {
        o->width = p->width ? p->width : c->n ? c->width : o->width;
        o->height = p->height ? p->height : c->n ? c->height : o->height;
    }
    o->controls = c->controls;
    o->n_controls = c->n;
    if (c->n == 0 || (c->width == o->width && c->height == o->height))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("The control map “%s” is %d × %d and the picture %d × %d pixels: make them "
                  "the same."),
                ((GenerateControl *)c->asked->pdata[0])->map, c->width, c->height, o->width,
                o->height);
    return false;
}

bool
generate_check_words(const GenerateParams *p, const char *prompt, GError **error)
{
    g_autofree char *path = p->any_words || p->loras->len ? NULL : paths_vocabulary(p->model);
    g_autoptr(Vocabulary) vocabulary = path ? vocabulary_read(path, error) : NULL;
    g_autofree char *unknown = NULL;
    g_autofree char *words = NULL;
    const char *nearest;

    if (!path)
        return true;
    if (!vocabulary)
        return false;
    unknown = vocabulary_find_unknown(vocabulary, prompt);
    if (!unknown)
        return true;
    nearest = vocabulary_find_nearest(vocabulary, unknown);
    words = vocabulary_to_text(vocabulary);
    if (nearest)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” is no word of the captions that the model knows (“%s”): do you mean "
                      "“%s”? Separate words by commas, or allow any words."),
                    unknown, path, nearest);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” is no word of the captions that the model knows (“%s”): separate by "
                      "commas words from %s, or allow any words."),
                    unknown, path, words);
    return false;
}

static bool
set_options(Generation *g, GError **error)
{
    const GenerateParams *p = g->params;
    const GeneratorOptions defaults = GENERATOR_DEFAULTS;
    GeneratorOptions *o = &g->options;

    *o = defaults;
    o->prompt = p->prompt;
    o->negative = p->negative;
    o->clip_skip = p->clip_skip;
    generate_sampling_set(o, p);
    g->layout = p->layout ? layout_by_name(p->layout, error) : layout_default();
    return g->layout && read_start(g, error) && read_controls(g, error) &&
           generate_sampling_finish(o, p, error);
}

/* --- one picture --- */

static Image *
draw_preview(Generation *g, const float *latent)
{
    Image *image;
    int width, height;

    generator_preview_size(g->generator, &width, &height);
    image = image_new(width, height, 3);
    generator_draw_preview(g->generator, latent, image->pixels);
    return image;
}

/* While the latent is blurred, so is what the preview learns from it: it learns again at steps 2,
 * 4, 8, ... */
static bool
fit_preview(Generation *g, int step, const float *x0)
{
    if (generator_has_preview(g->generator) && (g->index > 0 || (step & (step - 1))))
        return true;
    return generator_fit_preview(g->generator, x0, torchlight_job_get_cancellable(g->stage->job),
                                 NULL) &&
           generator_has_preview(g->generator);
}

static void
keep_frame(Generation *g, int step, int n_steps)
{
    GenerateFrame *frame = g_atomic_rc_box_new0(GenerateFrame);

    frame->step = step;
    frame->n_steps = n_steps;
    frame->time = generator_time(g->generator);
    frame->noisy = draw_preview(g, generator_noisy_latent(g->generator));
    frame->believed = torchlight_job_dup_preview(g->stage->job);
    g_mutex_lock(&g->run->mutex);
    g_ptr_array_add(g->run->film, frame);
    g_mutex_unlock(&g->run->mutex);
}

static void
show_preview(Generation *g, int step, int n_steps, const float *x0)
{
    bool film = g->params->film && g->index == 0;
    gint64 now_us = g_get_monotonic_time();

    if (!film && (!g->params->preview ||
                  g->preview_us > PREVIEW_CREDIT_US + (now_us - g->start_us) / PREVIEW_SHARE))
        return;
    if (fit_preview(g, step, x0)) {
        torchlight_job_take_preview(g->stage->job, draw_preview(g, x0));
        if (film)
            keep_frame(g, step, n_steps);
    }
    g->preview_us += g_get_monotonic_time() - now_us;
}

static bool
on_step(int step, int n_steps, const float *x0, void *data)
{
    Generation *g = data;
    const GenerateParams *p = g->params;
    TorchlightJob *job = g->stage->job;
    double fraction = (g->index + g->n_now * step / (n_steps + DECODE_STEPS)) / p->count;

    int n_pictures = g->run->n_total ? g->run->n_total : p->count;

    if (n_pictures > 1)
        stage_progress(g->stage, fraction, _("step %d of %d, picture %d of %d"), step, n_steps,
                       g->run->first_index + g->index + 1, n_pictures);
    else
        stage_progress(g->stage, fraction, _("step %d of %d"), step, n_steps);
    show_preview(g, step, n_steps, x0);
    return !g_atomic_int_get(&g->run->skip) && torchlight_job_checkpoint(job, NULL);
}

static size_t
picture_size(const Generation *g)
{
    return (size_t)3 * g->options.width * g->options.height;
}

static bool
check_pictures(Generation *g, GError **error)
{
    for (int k = 0; k < g->n_now; k++) {
        const float *picture = g->pictures + (size_t)k * picture_size(g);

        if (!floats_are_finite(picture, picture_size(g))) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                        _("The picture of seed %s came out as no numbers: lower the guidance (%g) "
                          "or the weights of LoRA and control."),
                        generate_seed_text(g->options.seed + (guint64)k).text, g->params->guidance);
            return false;
        }
        torchlight_job_take_preview(
            g->stage->job, image_from_floats(picture, g->options.width, g->options.height));
    }
    return true;
}

static int
count_packets(const Trace *trace)
{
    int n = 0;

    for (int row = 0; row < trace->n_rows; row++)
        n += !trace_row_is_empty(trace, row);
    return n;
}

static GenerateImage *
make_image(Generation *g, int k)
{
    const float *picture = g->pictures + (size_t)k * picture_size(g);
    GenerateImage *image = g_new0(GenerateImage, 1);

    image->index = g->run->first_index + g->index + k;
    image->seed = g->params->seed + (guint64)(g->index + k);
    image->width = g->options.width;
    image->height = g->options.height;
    image->image = image_from_floats(picture, g->options.width, g->options.height);
    if (image->width == g->layout->n_columns)
        image->trace = trace_from_image(image->image, g->layout, PALETTE_TORCHLIGHT, NULL);
    image->is_trace = image->trace != NULL;
    if (image->trace) {
        generate_note_provenance(image->trace, g->params, &g->sums, image->seed);
        image->facts = json_object_new();
        trace_record_describe(image->facts, image->trace);
        json_object_set_int_member(image->facts, "packets", count_packets(image->trace));
    }
    return image;
}

/* Says once how the VAE had to go about it. */
static void
tell_decoding(Generation *g)
{
    int n_tiles = generator_n_tiles(g->generator);

    if (g->told)
        return;
    g->told = true;
    if (n_tiles > 1)
        torchlight_job_log(
            g->stage->job,
            _("The VAE decodes in %d tiles, which are blended; brightness may differ "
              "a little from that of the whole."),
            n_tiles);
    if (generator_decodes_exact(g->generator))
        torchlight_job_log(g->stage->job,
                           _("The VAE’s numbers grew past what 16 bits hold: the picture was "
                             "decoded again in 32 bits."));
}

/* Draws g->n_now pictures; true as well when they are skipped. */
static bool
draw_some(Generation *g, bool *is_skipped, GError **error)
{
    GCancellable *cancellable = torchlight_job_get_cancellable(g->stage->job);
    GError *local = NULL;

    g_atomic_int_set(&g->run->skip, 0);
    g->options.seed = g->params->seed + (guint64)g->index;
    g->options.n_images = g->n_now;
    *is_skipped = false;
    if (generator_run(g->generator, &g->options, g->pictures, on_step, g, cancellable, &local)) {
        tell_decoding(g);
        return check_pictures(g, error);
    }
    if (g_atomic_int_get(&g->run->skip) && !g_cancellable_is_cancelled(cancellable) &&
        g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_error_free(local);
        *is_skipped = true;
        return true;
    }
    g_propagate_error(error, local);
    return false;
}

/* --- all of them --- */

/* Writes it to where it goes; its pixels are then not kept. */
static bool
write_image(Generation *g, RunFolder *folder, GenerateImage *image, GError **error)
{
    const GenerateParams *p = g->params;

    if ((folder && !generate_write_image(folder, image, p, &g->sums, g->layout, error)) ||
        (p->pictures && !generate_write_picture(image, p, &g->sums, g->layout, error)))
        return false;
    if ((folder || p->pictures) && !g->run->keep) {
        g_clear_pointer(&image->image, image_free);
        g_clear_pointer(&image->trace, trace_free);
    }
    return true;
}

/* The pictures in g->pictures become results. */
static bool
keep_some(Generation *g, RunFolder *folder, GError **error)
{
    for (int k = 0; k < g->n_now; k++) {
        GenerateImage *image = make_image(g, k);

        if (!write_image(g, folder, image, error)) {
            image_result_free(image);
            return false;
        }
        g_mutex_lock(&g->run->mutex);
        g_ptr_array_add(g->run->result.images, image);
        g_mutex_unlock(&g->run->mutex);
    }
    return true;
}

/* The images of the rank with that index, of those from first on: a batch, fewer or none. */
static void
choose_some(Generation *g, int first, int rank)
{
    g->index = first + rank * g->params->batch;
    g->n_now = CLAMP(g->params->count - g->index, 0, g->params->batch);
}

/* Draws the rank's share of the images from first on, and waits for the others', which the first
 * rank keeps in their order. */
static bool
generate_round(Generation *g, int first, RunFolder *folder, GError **error)
{
    Ranks *ranks = g->params->ranks;
    GCancellable *cancellable = torchlight_job_get_cancellable(g->stage->job);
    size_t size = sizeof(float) * picture_size(g);
    bool is_first = ranks_is_first(ranks), is_skipped = false, done;

    choose_some(g, first, ranks_index(ranks));
    done = g->n_now == 0 || draw_some(g, &is_skipped, error);
    if (!ranks_all(ranks, done, cancellable, error) ||
        (is_first && !is_skipped && !keep_some(g, folder, error)))
        return false;
    for (int i = 1; i < ranks_count(ranks); i++) {
        choose_some(g, first, i);
        if (g->n_now > 0 &&
            (!ranks_to_first(ranks, i, g->pictures, size * (size_t)g->n_now, cancellable, error) ||
             (is_first && !keep_some(g, folder, error))))
            return false;
    }
    return true;
}

static bool
generate_all(Generation *g, RunFolder *folder, GError **error)
{
    GenerateResult *result = &g->run->result;

    g->pictures = g_new(float, picture_size(g) * (size_t)g->params->batch);
    g->start_us = g_get_monotonic_time();
    for (int first = 0; first < g->params->count;
         first += ranks_count(g->params->ranks) * g->params->batch) {
        if (!torchlight_job_checkpoint(g->stage->job, error) ||
            !generate_round(g, first, folder, error))
            return false;
    }
    result->seconds_per_image = (double)(g_get_monotonic_time() - g->start_us) / G_USEC_PER_SEC /
                                MAX(result->images->len, 1);
    return true;
}

static bool
sample_all(Generation *g, RunFolder *folder, GError **error)
{
    GenerateRun *run = g->run;
    GError *local = NULL;
    bool done;

    stage_progress(g->stage, 0, _("opening the model"));
    if (!generate_session_begin(run->session, g->params, g->stage->job, error))
        return false;
    g->generator = generate_session_generator(run->session);
    run->result.device = g_strdup(generate_session_device(run->session));
    done = generate_controls_open(&g->controls, run->session, &local) &&
           generate_all(g, folder, &local);
    generate_session_end(run->session,
                         done || g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    if (local)
        g_propagate_error(error, local);
    return done;
}

bool
generate_run_all(GenerateRun *run, const Stage *stage, GError **error)
{
    const GenerateParams *params = run->params;
    Generation g = {.run = run, .stage = stage, .params = params};
    g_autoptr(RunFolder) folder = NULL;
    bool done = generate_params_check(params, error) &&
                generate_check_words(params, params->prompt, error) && set_options(&g, error) &&
                generate_sums_init(&g.sums, params, error);

    if (done && params->output && ranks_is_first(params->ranks))
        done = (folder = run_folder_new(params->output, "generate", error)) != NULL;
    done = done && sample_all(&g, folder ? folder : run->folder, error);
    if (done && folder) {
        generate_note_params(folder, params, &g.sums, g.options.width, g.options.height,
                             run->result.device);
        done = torchlight_job_checkpoint(stage->job, error) && run_folder_commit(folder, error);
    }
    generate_controls_clear(&g.controls);
    g_free(g.pictures);
    g_free(g.start);
    generate_sums_clear(&g.sums);
    return done;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures to latents and back, and the bits that did not come back. */
#include "app/jobs/reconstruct_job.h"

#include "app/jobs/latents.h"
#include "app/jobs/open_device.h"
#include "app/jobs/paths.h"
#include "app/jobs/picture_bits.h"
#include "compute/program.h"
#include "compute/sample/rng.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef struct {
    ReconstructParams *params;
    ReconstructResult result;
} ReconstructData;

/* What goes on while a job runs. */
typedef struct {
    TorchlightJob *job;
    const ReconstructParams *params;
    ReconstructResult *result;
    LatentSet *set;
    const Vae *vae;
    const Layout *layout;
    Program *decode;
    Tensor *latent, *image;
    float *values, *noise, *pixels;
    Rng *rng;
} Run;

ReconstructParams *
reconstruct_params_new(void)
{
    return g_new0(ReconstructParams, 1);
}

void
reconstruct_params_free(ReconstructParams *params)
{
    if (!params)
        return;
    g_free(params->model);
    g_free(params->dataset);
    g_free(params->device);
    g_free(params);
}

double
bit_count_share_right(const BitCount *count)
{
    return count->n ? 1.0 - (double)count->n_wrong / (double)count->n : (double)NAN;
}

static bool
record(Run *run, GError **error)
{
    const VaeConfig *c = &run->vae->config;
    int factor = vae_factor(c);
    int height = latent_set_height(run->set) / factor, width = latent_set_width(run->set) / factor;
    Graph *graph = graph_new();

    run->latent = graph_input(graph, DTYPE_F32, &SHAPE(1, c->latent_channels, height, width));
    run->image = graph_keep(graph, vae_decode(graph, run->vae, run->latent));
    run->decode = program_new(graph, run->vae->module->device, error);
    if (!run->decode)
        return false;
    run->values = g_new(float, tensor_count(run->latent));
    run->noise = g_new(float, tensor_count(run->latent));
    run->pixels = g_new(float, tensor_count(run->image));
    return true;
}

static void
run_clear(Run *run)
{
    program_free(run->decode);
    rng_free(run->rng);
    g_free(run->values);
    g_free(run->noise);
    g_free(run->pixels);
}

/* The latent of a picture, with the noise that was asked for, back in pixels. */
static bool
reconstruct(Run *run, int item, GError **error)
{
    GCancellable *cancellable = torchlight_job_get_cancellable(run->job);
    const float *latent = latent_set_latent(run->set, item, cancellable, error);
    int64_t n = tensor_count(run->latent);
    float scale = 1.0f / (float)run->vae->config.scaling_factor;

    if (!latent)
        return false;
    rng_normal(run->rng, run->noise, n);
    for (int64_t i = 0; i < n; i++)
        run->values[i] = (latent[i] + (float)run->params->noise * run->noise[i]) * scale;
    return program_write(run->decode, run->latent, run->values, error) &&
           program_run(run->decode, cancellable, error) &&
           program_read(run->decode, run->image, run->pixels, error);
}

/* The nearest colour of three in the corners of a cube is the greatest channel. */
static int
nearest_trit(const float *pixels, size_t plane, size_t i)
{
    float red = pixels[i], green = pixels[plane + i], blue = pixels[2 * plane + i];

    if (blue >= red && blue >= green)
        return -1;
    return green > red;
}

static void
count(BitCount *count, bool right)
{
    count->n++;
    count->n_wrong += !right;
}

static void
compare(Run *run, const PictureBits *bits)
{
    ReconstructResult *result = run->result;
    size_t plane = (size_t)bits->width * bits->height;

    for (size_t i = 0; i < plane; i++) {
        int trit = picture_bits_trit(bits, i);
        bool right = nearest_trit(run->pixels, plane, i) == trit;
        int bit;

        if (trit < 0) {
            count(&result->absent, right);
            continue;
        }
        count(picture_bits_is_random(bits, i) ? &result->random : &result->present, right);
        if (run->layout->n_columns == bits->width)
            count(
                &result->fields[layout_field_at(run->layout, (int)(i % bits->width), &bit)->field],
                right);
    }
}

static bool
run_item(Run *run, int item, GError **error)
{
    const char *path = latent_set_path(run->set, item);
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) image = image_read_png(path, 3, &text, error);
    g_autoptr(PictureBits) bits = NULL;

    if (!image)
        return false;
    image_use_paper_palette(image, text);
    bits = picture_bits_new(image, run->layout);
    if (!bits) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s has pixels of other colours than a trace's: name a dataset that "
                      "`torchlight dataset` made."),
                    path);
        return false;
    }
    if (!reconstruct(run, item, error))
        return false;
    compare(run, bits);
    run->result->n_pictures++;
    return true;
}

static bool
run_all(Run *run, GError **error)
{
    int n = latent_set_n(run->set), limit = run->params->limit;
    int n_taken = limit > 0 ? MIN(limit, n) : n;

    if (!record(run, error))
        return false;
    for (int i = 0; i < n_taken; i++) {
        torchlight_job_progress(run->job, (double)i / n_taken, _("picture %d of %d"), i + 1,
                                n_taken);
        if (!torchlight_job_checkpoint(run->job, error) ||
            !run_item(run, (int)((int64_t)i * n / n_taken), error))
            return false;
    }
    return true;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    ReconstructData *data = data_;
    const ReconstructParams *params = data->params;
    g_autofree char *bundled = params->model ? NULL : paths_bundled_model();
    const char *model = params->model ? params->model : bundled;
    g_autoptr(Device) device = device_open(params->device, error);
    g_autoptr(Pipeline) pipeline = device ? pipeline_open(device, model, error) : NULL;
    g_autoptr(LatentSet) set = pipeline ? latent_set_open(params->dataset, error) : NULL;
    Run run = {.job = job,
               .params = params,
               .result = &data->result,
               .set = set,
               .layout = layout_default()};
    bool done;

    if (!set)
        return false;
    run.vae = pipeline->vae;
    run.rng = rng_new(params->seed);
    latent_set_use_vae(set, run.vae);
    data->result.device = g_strdup(device_name(device));
    done = run_all(&run, error);
    run_clear(&run);
    return done;
}

static void
data_free(void *data_)
{
    ReconstructData *data = data_;

    reconstruct_params_free(data->params);
    g_free(data->result.device);
    g_free(data);
}

TorchlightJob *
reconstruct_job_new(ReconstructParams *params)
{
    ReconstructData *data = g_new0(ReconstructData, 1);

    data->params = params;
    return torchlight_job_new(_("What the VAE keeps"), work, data, data_free);
}

const ReconstructResult *
reconstruct_job_get_result(TorchlightJob *job)
{
    return &((ReconstructData *)torchlight_job_get_data(job))->result;
}

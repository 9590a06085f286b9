/* SPDX-License-Identifier: Apache-2.0 */
/* The VAE as the generator uses it, whole or in tiles. */
#include "compute/sample/vae_runner.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "compute/program.h"
#include "compute/sample/tiles.h"

struct VaeRunner {
    const Pipeline *pipeline;
    VaeDirection direction;
    int height, width; /* of the latent */
    TileLine rows, columns;
    Program *program;
    Tensor *in, *out; /* of one tile */
    bool again;       /* the last run had to be done once more in f32 */
};

static const char *const tiling_names[] = {
    [VAE_TILING_AUTO] = "auto", [VAE_TILING_ON] = "on", [VAE_TILING_OFF] = "off"};

const char *
vae_tiling_name(int i)
{
    return i >= 0 && i < (int)G_N_ELEMENTS(tiling_names) ? tiling_names[i] : NULL;
}

bool
vae_tiling_parse(const char *name, VaeTiling *tiling, GError **error)
{
    *tiling = VAE_TILING_AUTO;
    for (guint i = 0; name && i < G_N_ELEMENTS(tiling_names); i++) {
        if (g_str_equal(name, tiling_names[i])) {
            *tiling = (VaeTiling)i;
            return true;
        }
    }
    if (!name)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("VAE tiling cannot be “%s”: choose auto, on or off."), name);
    return false;
}

/* --- recording --- */

static Graph *
record(VaeRunner *r)
{
    const VaeConfig *c = &r->pipeline->vae->config;
    int h = r->rows.size, w = r->columns.size, factor = vae_factor(c);
    bool decode = r->direction == VAE_DECODE;
    Graph *graph = graph_new();

    r->in = graph_input(graph, DTYPE_F32,
                        decode ? &SHAPE(1, c->latent_channels, h, w)
                               : &SHAPE(1, c->in_channels, h * factor, w * factor));
    r->out = graph_keep(graph, decode ? vae_decode(graph, r->pipeline->vae, r->in)
                                      : vae_encode(graph, r->pipeline->vae, r->in));
    return graph;
}

static bool
prepare(VaeRunner *r, int tile, bool only_if_it_fits, GError **error)
{
    Graph *graph;

    r->rows = tile_line(r->height, tile, tile / 4);
    r->columns = tile_line(r->width, tile, tile / 4);
    graph = record(r);
    if (only_if_it_fits && !program_fits(graph, r->pipeline->device)) {
        graph_free(graph);
        return false;
    }
    r->program = program_new(graph, r->pipeline->device, error);
    return r->program != NULL;
}

/* The whole, else the largest tiles that fit. */
static bool
prepare_auto(VaeRunner *r, GError **error)
{
    static const int smaller[] = {96, 64, 48, 32, 24};
    int whole = MAX(r->height, r->width);

    if (prepare(r, whole, true, NULL))
        return true;
    for (guint i = 0; i + 1 < G_N_ELEMENTS(smaller); i++) {
        if (smaller[i] < whole && prepare(r, smaller[i], true, NULL))
            return true;
    }
    return prepare(r, smaller[G_N_ELEMENTS(smaller) - 1], false, error);
}

VaeRunner *
vae_runner_new(const Pipeline *p, VaeDirection direction, int height, int width, VaeTiling tiling,
               int tile, GError **error)
{
    g_autoptr(VaeRunner) r = g_new0(VaeRunner, 1);
    bool done;

    r->pipeline = p;
    r->direction = direction;
    r->height = height;
    r->width = width;
    if (tiling == VAE_TILING_AUTO)
        done = prepare_auto(r, error);
    else if (tiling == VAE_TILING_ON)
        done = prepare(r, tile ? tile : VAE_TILE, false, error);
    else
        done = prepare(r, MAX(height, width), false, error);
    return done ? g_steal_pointer(&r) : NULL;
}

void
vae_runner_free(VaeRunner *r)
{
    if (!r)
        return;
    program_free(r->program);
    g_free(r);
}

int
vae_runner_height(const VaeRunner *r)
{
    return r->height;
}

int
vae_runner_width(const VaeRunner *r)
{
    return r->width;
}

int
vae_runner_n_tiles(const VaeRunner *r)
{
    return r->rows.n * r->columns.n;
}

/* --- running --- */

static bool
run_tile(VaeRunner *r, const float *in, float *out, GCancellable *cancellable, GError **error)
{
    return program_write(r->program, r->in, in, error) &&
           program_run(r->program, cancellable, error) &&
           program_read(r->program, r->out, out, error);
}

/* The window of tile (i, j) in planes of scale cells a latent pixel. */
static TileWindow
window_of(const VaeRunner *r, int n, int scale, int i, int j)
{
    return (TileWindow){.n = n,
                        .height = r->height * scale,
                        .width = r->width * scale,
                        .y = tile_line_start(&r->rows, i) * scale,
                        .x = tile_line_start(&r->columns, j) * scale,
                        .h = r->rows.size * scale,
                        .w = r->columns.size * scale};
}

static bool
run_tiles(VaeRunner *r, const float *from, float *to, GCancellable *cancellable, GError **error)
{
    const VaeConfig *c = &r->pipeline->vae->config;
    bool decode = r->direction == VAE_DECODE;
    int factor = vae_factor(c), from_scale = decode ? 1 : factor, to_scale = decode ? factor : 1;
    int n_from = (int)r->in->shape.dim[1], n_to = (int)r->out->shape.dim[1];
    gsize n_in = tensor_count(r->in);
    g_autofree float *in = g_new(float, n_in);
    g_autofree float *out = g_new(float, tensor_count(r->out));
    g_autofree float *row_weights = g_new(float, (gsize)r->rows.size *to_scale);
    g_autofree float *column_weights = g_new(float, (gsize)r->columns.size *to_scale);
    float scale = decode ? (float)(1.0 / c->scaling_factor) : 1;

    memset(to, 0, sizeof *to * (gsize)n_to * r->height * to_scale * r->width * to_scale);
    for (int t = 0; t < vae_runner_n_tiles(r); t++) {
        int i = t / r->columns.n, j = t % r->columns.n;
        TileWindow source = window_of(r, n_from, from_scale, i, j);
        TileWindow target = window_of(r, n_to, to_scale, i, j);

        tile_cut(&source, from, in);
        for (gsize k = 0; k < n_in; k++)
            in[k] *= scale;
        if (!run_tile(r, in, out, cancellable, error))
            return false;
        tile_line_weights(&r->rows, i, to_scale, row_weights);
        tile_line_weights(&r->columns, j, to_scale, column_weights);
        tile_add(&target, out, row_weights, column_weights, to);
    }
    return true;
}

static bool
is_finite(const float *values, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}

/* Records the program anew with results in f32, whatever the device stores otherwise. */
static bool
record_exact(VaeRunner *r, GError **error)
{
    Device *device = r->pipeline->device;
    Precision precision = device_precision(device);
    GError *local = NULL;

    g_clear_pointer(&r->program, program_free);
    if (!device_set_precision(device, PRECISION_F32, error))
        return false;
    r->program = program_new(record(r), device, error);
    if (device_set_precision(device, precision, &local))
        return r->program != NULL;
    g_clear_error(error);
    g_propagate_error(error, local);
    return false;
}

bool
vae_runner_run(VaeRunner *r, const float *from, float *to, GCancellable *cancellable,
               GError **error)
{
    const VaeConfig *c = &r->pipeline->vae->config;
    bool decode = r->direction == VAE_DECODE;
    gsize cells = (gsize)r->height * r->width * (decode ? vae_factor(c) * vae_factor(c) : 1);
    gsize n = cells * (gsize)r->out->shape.dim[1];

    if (!run_tiles(r, from, to, cancellable, error))
        return false;
    if (is_finite(to, n) || r->again || device_precision(r->pipeline->device) == PRECISION_F32)
        return true;
    r->again = true;
    return record_exact(r, error) && run_tiles(r, from, to, cancellable, error);
}

bool
vae_runner_was_exact(const VaeRunner *r)
{
    return r->again;
}

void
vae_sample_moments(const float *moments, const float *eps, int64_t n, double scaling_factor,
                   float *latent)
{
    for (int64_t i = 0; i < n; i++) {
        double spread = exp(0.5 * CLAMP(moments[n + i], -30.0f, 20.0f));

        latent[i] = (float)(scaling_factor * (moments[i] + spread * eps[i]));
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/sample/noise_source.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/sample/philox.h"
#include "compute/sample/rng.h"

typedef enum { DRAW_CPU, DRAW_CPU_F16, DRAW_CPU_BF16, DRAW_CUDA } DrawKind;

/* One generator of either kind. */
typedef union {
    Rng rng;
    Philox philox;
} Source;

#define A1111 "a1111"
#define CUDA_PREFIX "cuda:"

struct NoiseSource {
    DrawKind kind;
    uint64_t *seeds; /* (n_images) */
    int64_t max_threads;
    int n_images;
    bool together;
    Source *sources; /* one, or one an image */
};

static const struct {
    const char *name;
    DrawKind kind;
} names[] = {
    {"cpu", DRAW_CPU},         {"cuda", DRAW_CUDA},         {"a1111", DRAW_CUDA},
    {"cpu:f16", DRAW_CPU_F16}, {"cpu:bf16", DRAW_CPU_BF16},
};

/* The last go over the GPUs of the table. */
const char *
noise_source_name(int n)
{
    const char *gpu;
    char *name;

    if (n >= 0 && n < (int)G_N_ELEMENTS(names))
        return names[n].name;
    gpu = philox_gpu_name(n - (int)G_N_ELEMENTS(names));
    if (!gpu)
        return NULL;
    name = g_strconcat(CUDA_PREFIX, gpu, NULL);
    gpu = g_intern_string(name);
    g_free(name);
    return gpu;
}

static bool
find(const char *name, DrawKind *kind, int64_t *max_threads)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        *kind = names[i].kind;
        if (g_str_equal(names[i].name, name))
            return true;
    }
    *kind = DRAW_CUDA;
    *max_threads =
        g_str_has_prefix(name, CUDA_PREFIX) ? philox_gpu_threads(name + strlen(CUDA_PREFIX)) : 0;
    return *max_threads > 0;
}

static void
refuse(const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (int i = 0; noise_source_name(i); i++)
        g_string_append_printf(known, "%s%s", i ? ", " : "", noise_source_name(i));
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("There is no source of noise “%s”. Choose one of %s."), name, known->str);
}

static void
seed_all(NoiseSource *s)
{
    for (int i = 0; i < (s->together ? 1 : s->n_images); i++) {
        if (s->kind == DRAW_CUDA)
            philox_init(&s->sources[i].philox, s->seeds[i], s->max_threads);
        else
            rng_init(&s->sources[i].rng, s->seeds[i]);
    }
}

NoiseSource *
noise_source_new(const char *name, uint64_t seed, int n_images, bool together, GError **error)
{
    g_autoptr(NoiseSource) s = g_new0(NoiseSource, 1);

    name = name ? name : names[0].name;
    if (!find(name, &s->kind, &s->max_threads)) {
        refuse(name, error);
        return NULL;
    }
    if (together && g_str_equal(name, A1111)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                            _("The source of noise “a1111” has a generator for each picture: leave "
                              "out the common one, or choose “cuda”."));
        return NULL;
    }
    s->n_images = n_images;
    s->seeds = g_new(uint64_t, n_images);
    for (int i = 0; i < n_images; i++)
        s->seeds[i] = seed + (uint64_t)i;
    s->together = together;
    s->sources = g_new(Source, n_images);
    seed_all(s);
    return g_steal_pointer(&s);
}

void
noise_source_free(NoiseSource *s)
{
    if (!s)
        return;
    g_free(s->seeds);
    g_free(s->sources);
    g_free(s);
}

void
noise_source_set_seeds(NoiseSource *s, const uint64_t *seeds)
{
    memcpy(s->seeds, seeds, sizeof *seeds * (size_t)s->n_images);
    seed_all(s);
}

void
noise_source_reseed(NoiseSource *s, uint64_t delta)
{
    for (int i = 0; i < s->n_images; i++)
        s->seeds[i] += delta;
    seed_all(s);
}

static void
draw(const NoiseSource *s, Source *source, float *out, int64_t n)
{
    switch (s->kind) {
    case DRAW_CUDA:
        philox_normal(&source->philox, out, n);
        return;
    case DRAW_CPU_F16:
        rng_normal_rounded(&source->rng, RNG_F16, out, n);
        return;
    case DRAW_CPU_BF16:
        rng_normal_rounded(&source->rng, RNG_BF16, out, n);
        return;
    default:
        rng_normal(&source->rng, out, n);
    }
}

void
noise_source_draw(NoiseSource *s, float *out, int64_t n)
{
    if (s->together) {
        draw(s, &s->sources[0], out, n * s->n_images);
        return;
    }
    for (int i = 0; i < s->n_images; i++)
        draw(s, &s->sources[i], out + i * n, n);
}

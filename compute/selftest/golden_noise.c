/* SPDX-License-Identifier: Apache-2.0 */
/* noise.safetensors: the numbers of PyTorch's CPU generator. seedSEED.OP.DTYPE.SHAPE is drawn by a
 * generator of its own; seedSEED.GROUP.K.OP.DTYPE.SHAPE are drawn one after the other, by K. */
#include <string.h>

#include "compute/sample/rng.h"
#include "compute/selftest/golden_private.h"

/* torch.randperm of few values: Fisher-Yates from the start, a draw a place. */
static void
permute(Rng *rng, float *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)i;
    for (int64_t i = 0; i + 1 < n; i++) {
        int64_t j = i + rng_next(rng) % (n - i);
        float value = out[i];
        out[i] = out[j];
        out[j] = value;
    }
}

/* op: "randn", "rand", "randperm" or "randint_0_N". False: another. */
static bool
draw(Rng *rng, const char *op, WeightsDtype dtype, float *out, int64_t n)
{
    static const char integers[] = "randint_0_";

    if (g_str_equal(op, "randn") && dtype == WEIGHTS_F32) {
        rng_normal(rng, out, n);
    } else if (g_str_equal(op, "randn")) {
        rng_normal_rounded(rng, dtype == WEIGHTS_F16 ? RNG_F16 : RNG_BF16, out, n);
    } else if (g_str_equal(op, "rand")) {
        rng_uniform(rng, out, n);
    } else if (g_str_equal(op, "randperm")) {
        permute(rng, out, n);
    } else if (g_str_has_prefix(op, integers)) {
        guint64 limit = g_ascii_strtoull(op + strlen(integers), NULL, 10);
        for (int64_t i = 0; limit > 0 && i < n; i++)
            out[i] = (float)rng_int(rng, (uint32_t)limit);
    } else {
        return false;
    }
    return true;
}

void
golden_noise(Golden *g)
{
    g_autofree char *group = NULL; /* whose generator goes on */
    Rng rng;

    for (int i = 0; i < weights_n_entries(g->file); i++) { /* by name, so by K in a group */
        const WeightsEntry *entry = weights_entry(g->file, i);
        g_auto(GStrv) parts = g_strsplit(entry->name, ".", -1);
        bool grouped = g_strv_length(parts) == 6;

        if ((!grouped && g_strv_length(parts) != 4) || !g_str_has_prefix(parts[0], "seed"))
            continue; /* nothing is compared with it then, which is said */
        g_autofree char *own = grouped ? g_strdup_printf("%s.%s", parts[0], parts[1]) : NULL;
        if (!own || g_strcmp0(own, group) != 0)
            rng_init(&rng, g_ascii_strtoull(parts[0] + strlen("seed"), NULL, 10));
        g_free(group);
        group = g_steal_pointer(&own);
        g_autofree float *values = g_new(float, MAX(entry->n_elements, 1));
        if (draw(&rng, parts[grouped ? 3 : 1], entry->dtype, values, entry->n_elements))
            golden_compare(g, entry->name, NULL, values, entry->n_elements);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The traces that a set is to have. */
#include "app/jobs/synthesis_real.h"

static void
item_free(void *data)
{
    SynthesisItem *item = data;

    g_free(item->name);
    g_free(item);
}

/* Below 2^53, which every reader of JSON holds exactly. */
static guint64
seed_of(guint64 seed, const char *caption, int index)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "\n%d\n%s", seed, index, caption);
    guint8 digest[32];
    gsize size = sizeof digest;
    guint64 out = 0;

    g_checksum_update(sum, (const guchar *)text, -1);
    g_checksum_get_digest(sum, digest, &size);
    for (int i = 0; i < 8; i++)
        out = out << 8 | digest[i];
    return out >> 11;
}

GPtrArray *
synthesis_plan(const SynthesisReal *real, const SynthesisSetParams *params)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(item_free);

    for (guint i = 0; i < real->classes->len; i++) {
        const SynthesisClass *class = real->classes->pdata[i];
        int n = params->per_class ? params->per_class : (int)class->captures->len;

        for (int index = 0; index < n; index++) {
            SynthesisItem *item = g_new(SynthesisItem, 1);

            *item = (SynthesisItem){class, index, g_strdup_printf("%s_%05d", class->stem, index),
                                    seed_of(params->seed, class->caption, index)};
            g_ptr_array_add(items, item);
        }
    }
    return items;
}

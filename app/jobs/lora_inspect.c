/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to say of a LoRA file. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/jobs/lora_tool.h"
#include "compute/model/lora.h"

enum { MAX_TEXT = 200 }; /* characters of a value of the metadata */

/* "4", "4 to 16" */
static char *
span(double min, double max)
{
    return min == max ? g_strdup_printf("%g", min) : g_strdup_printf(_("%g to %g"), min, max);
}

static void
add_part(Facts *facts, const Lora *lora, LoraPart part, const char *key, const char *label)
{
    const GPtrArray *layers = lora->layers[part];
    double rank[2] = {INFINITY, 0}, alpha[2] = {INFINITY, 0};
    int n_wide = 0;
    Facts *group;

    if (layers->len == 0)
        return;
    for (guint i = 0; i < layers->len; i++) {
        const LoraLayer *layer = layers->pdata[i];
        const Shape *shape = &layer->down->shape;

        rank[0] = MIN(rank[0], lora_layer_rank(layer));
        rank[1] = MAX(rank[1], lora_layer_rank(layer));
        alpha[0] = MIN(alpha[0], (double)layer->alpha);
        alpha[1] = MAX(alpha[1], (double)layer->alpha);
        n_wide += shape->n_dims == 4 && shape->dim[2] * shape->dim[3] > 1;
    }
    g_autofree char *ranks = span(rank[0], rank[1]), *alphas = span(alpha[0], alpha[1]);
    group = facts_add_group(facts, key, label);
    facts_add_int(group, "layers", _("layers"), layers->len);
    if (n_wide)
        facts_add_int(group, "convolutions", _("of them 3 × 3 convolutions"), n_wide);
    facts_add_text(group, "rank", _("rank"), ranks);
    facts_add_text(group, "alpha", _("alpha"), alphas);
}

/* Whether what the file says of its tensors' bytes holds. */
static bool
add_sum(Facts *facts, const Lora *lora, const char *path, GError **error)
{
    const char *said = g_hash_table_lookup(lora->metadata, "sshs_model_hash");
    g_autofree char *bytes = NULL;
    guint64 header;
    gsize size;

    if (!said)
        return true;
    if (!g_file_get_contents(path, &bytes, &size, error))
        return false;
    memcpy(&header, bytes, sizeof header); /* lora_open has checked it */
    g_autofree char *sum = g_compute_checksum_for_data(
        G_CHECKSUM_SHA256, (const guchar *)bytes + 8 + header, size - 8 - header);
    facts_add_text(facts, "sum", _("sum of the weights"),
                   g_str_equal(sum, said) ? _("as the file says")
                                          : _("another than the file says: it was changed"));
    return true;
}

static void
add_metadata(Facts *facts, GHashTable *metadata)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(metadata), (GCompareFunc)strcmp);
    Facts *group = keys ? facts_add_group(facts, "metadata", _("metadata")) : NULL;

    for (GList *at = keys; at; at = at->next) {
        g_autofree char *key = g_utf8_make_valid(at->data, -1);
        g_autofree char *value = g_utf8_make_valid(g_hash_table_lookup(metadata, at->data), -1);

        if (g_utf8_strlen(value, -1) > MAX_TEXT)
            strcpy(g_utf8_offset_to_pointer(value, MAX_TEXT - 3), "...");
        facts_add_text(group, key, key, value);
    }
}

static bool
add_all(Facts *facts, Device *device, const char *path, GError **error)
{
    static const char *const dtypes[] = {"fp32", "fp16", "bf16"};
    g_autoptr(Lora) lora = lora_open(device, path, NULL, error);

    if (!lora)
        return false;
    facts_add_text(facts, "kind", _("kind"), _("LoRA"));
    facts_add_text(facts, "form", _("form"), lora_form_name(lora->form));
    facts_add_text(facts, "numbers", _("numbers"), dtypes[lora->dtype]);
    facts_add_int(facts, "parameters", _("parameters"), lora_n_parameters(lora));
    add_part(facts, lora, LORA_UNET, "unet", _("UNet"));
    add_part(facts, lora, LORA_TEXT_ENCODER, "text_encoder", _("text encoder"));
    if (lora->unmatched->len)
        facts_add_int(facts, "unknown_tensors", _("tensors of another kind"), lora->unmatched->len);
    if (!add_sum(facts, lora, path, error))
        return false;
    add_metadata(facts, lora->metadata);
    return true;
}

Facts *
lora_inspect(const char *path, GError **error)
{
    g_autoptr(Facts) facts = facts_new();
    Device *device = device_open("cpu", error);
    bool done = device && add_all(facts, device, path, error);

    g_clear_pointer(&device, device_close);
    return done ? g_steal_pointer(&facts) : NULL;
}

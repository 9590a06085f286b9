/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the header of a LoRA. */
#include "app/jobs/lora_card.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <math.h>

#include "app/dataset/json_depth.h"
#include "app/jobs/inspect_private.h"
#include "app/jobs/lora_metadata.h"
#include "compute/weights.h"

enum { MAX_WORDS = 8, MAX_WORD = 60 };

typedef struct {
    const char *text;
    gint64 count;
} Word;

static int
compare_words(const void *a, const void *b)
{
    const Word *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : g_strcmp0(x->text, y->text);
}

/* kohya has a table a folder; their words are taken together. */
static void
add_words(JsonObject *folders, GArray *words)
{
    g_autoptr(GList) names = json_object_get_members(folders);

    for (GList *at = names; at; at = at->next) {
        JsonNode *node = json_object_get_member(folders, at->data);
        JsonObject *counts = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
        g_autoptr(GList) texts = counts ? json_object_get_members(counts) : NULL;

        for (GList *text = texts; text; text = text->next) {
            JsonNode *count = json_object_get_member(counts, text->data);

            if (JSON_NODE_HOLDS_VALUE(count) && json_node_get_value_type(count) == G_TYPE_INT64)
                g_array_append_val(words, ((Word){text->data, json_node_get_int(count)}));
        }
    }
}

static char *
read_words(const char *text)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(Word));
    g_autoptr(GString) line = g_string_new(NULL);
    JsonNode *root;

    if (!text || !json_is_shallow(text) || !json_parser_load_from_data(parser, text, -1, NULL) ||
        !(root = json_parser_get_root(parser)) || !JSON_NODE_HOLDS_OBJECT(root))
        return NULL;
    add_words(json_node_get_object(root), words);
    g_array_sort(words, compare_words);
    for (guint i = 0; i < MIN(words->len, MAX_WORDS); i++) {
        const char *word = g_array_index(words, Word, i).text;

        if (g_utf8_strlen(word, -1) <= MAX_WORD)
            g_string_append_printf(line, "%s%s", line->len ? ", " : "", word);
    }
    return line->len ? g_strdup(line->str) : NULL;
}

static char *
dup_valid(const char *text)
{
    return text && *text ? g_utf8_make_valid(text, -1) : NULL;
}

static int
read_count(const WeightsFile *file, const char *key)
{
    const char *text = weights_metadata(file, key);
    guint64 value;

    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &value, NULL) ? (int)value : 0;
}

static double
read_number(const WeightsFile *file, const char *key, double otherwise)
{
    const char *text = weights_metadata(file, key);
    char *end;
    double value = text ? g_ascii_strtod(text, &end) : NAN;

    return text && end != text && isfinite(value) ? value : otherwise;
}

LoraCard *
lora_card_read(const char *path, GError **error)
{
    g_autoptr(WeightsFile) file = weights_open(path, error);
    gint64 rank = file ? inspect_lora_rank(file) : 0;
    LoraCard *card;

    if (!file)
        return NULL;
    if (rank == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds no LoRA: choose a .safetensors file that a LoRA training wrote."),
                    path);
        return NULL;
    }
    card = g_new0(LoraCard, 1);
    card->rank = (int)rank;
    card->words = read_words(weights_metadata(file, LORA_KEY_WORDS));
    card->model = dup_valid(weights_metadata(file, LORA_KEY_MODEL));
    card->dataset = dup_valid(weights_metadata(file, LORA_KEY_DATASET));
    card->alpha = read_number(file, LORA_KEY_ALPHA, 0);
    card->steps = read_count(file, LORA_KEY_STEPS);
    card->pictures = read_count(file, LORA_KEY_PICTURES);
    card->loss = read_number(file, LORA_KEY_LOSS, NAN);
    for (int i = 0; i < weights_n_entries(file); i++)
        card->n_parameters += weights_entry(file, i)->n_elements;
    return card;
}

void
lora_card_free(LoraCard *card)
{
    if (!card)
        return;
    g_free(card->words);
    g_free(card->model);
    g_free(card->dataset);
    g_free(card);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing among traces. */
#include "ui/train/train_choice.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/dataset/caption_query.h"

#define PICTURES "pictures/"

static bool
is_kept_apart(TorchlightItem *item)
{
    const char *split = torchlight_item_get_string(item, "split");
    const char *origin = torchlight_item_get_string(item, "origin");

    return (split && !g_str_equal(split, "train")) || g_strcmp0(origin, "generated") == 0 ||
           g_strcmp0(origin, "repaired") == 0;
}

static bool
is_picture(TorchlightItem *item)
{
    const char *file = torchlight_item_get_string(item, "file");

    return file && g_str_has_prefix(file, PICTURES) && g_str_has_suffix(file, ".png");
}

static void
consider(TrainChoice *choice, TorchlightItem *item, TrainChoose how, const CaptionQuery *query)
{
    const char *caption = torchlight_item_get_caption(item);

    if (how == TRAIN_CHOOSE_CAPTION && !caption_query_matches(query, &caption, 1))
        return;
    if (!*caption)
        choice->n_uncaptioned++;
    else if (how != TRAIN_CHOOSE_SELECTED && is_kept_apart(item))
        choice->n_kept_apart++;
    else if (!is_picture(item))
        choice->n_elsewhere++;
    else
        g_ptr_array_add(choice->items, g_object_ref(item));
}

static GHashTable *
count_captions(const TrainChoice *choice)
{
    GHashTable *counts = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < choice->items->len; i++) {
        const char *caption = torchlight_item_get_caption(choice->items->pdata[i]);
        int n = GPOINTER_TO_INT(g_hash_table_lookup(counts, caption));

        g_hash_table_insert(counts, (char *)caption, GINT_TO_POINTER(n + 1));
    }
    return counts;
}

TrainChoice *
train_choice_new(TorchlightProject *project, TrainChoose how, GPtrArray *selected,
                 const char *query)
{
    TrainChoice *choice = g_new0(TrainChoice, 1);
    GListModel *traces = torchlight_project_get_items(project, ITEM_TRACE);
    g_autoptr(CaptionQuery) words = caption_query_new(query ? query : "");
    g_autoptr(GHashTable) counts = NULL;

    choice->items = g_ptr_array_new_with_free_func(g_object_unref);
    if (how == TRAIN_CHOOSE_SELECTED) {
        for (guint i = 0; i < selected->len; i++)
            consider(choice, selected->pdata[i], how, words);
    } else {
        for (guint i = 0; i < g_list_model_get_n_items(traces); i++) {
            g_autoptr(TorchlightItem) item = g_list_model_get_item(traces, i);

            consider(choice, item, how, words);
        }
    }
    counts = count_captions(choice);
    choice->n_captions = (int)g_hash_table_size(counts);
    return choice;
}

void
train_choice_free(TrainChoice *choice)
{
    if (!choice)
        return;
    g_ptr_array_unref(choice->items);
    g_free(choice);
}

char **
train_choice_dup_names(const TrainChoice *choice)
{
    char **names = g_new0(char *, choice->items->len + 1);

    for (guint i = 0; i < choice->items->len; i++)
        names[i] = g_strdup(torchlight_item_get_string(choice->items->pdata[i], "file") +
                            strlen(PICTURES));
    return names;
}

static int
compare_counts(gconstpointer a, gconstpointer b, gpointer counts)
{
    int x = GPOINTER_TO_INT(g_hash_table_lookup(counts, *(char *const *)a));
    int y = GPOINTER_TO_INT(g_hash_table_lookup(counts, *(char *const *)b));

    return x != y ? y - x : strcmp(*(char *const *)a, *(char *const *)b);
}

char **
train_choice_dup_captions(const TrainChoice *choice, int max)
{
    g_autoptr(GHashTable) counts = count_captions(choice);
    guint n;
    g_autofree char **captions = (char **)g_hash_table_get_keys_as_array(counts, &n);
    char **best = g_new0(char *, max + 1);

    g_qsort_with_data(captions, (int)n, sizeof *captions, compare_counts, counts);
    for (guint i = 0; i < MIN(n, (guint)max); i++)
        best[i] = g_strdup(captions[i]);
    return best;
}

static void
append_left_out(GString *text, int n, const char *format)
{
    if (n == 0)
        return;
    g_string_append(text, " · ");
    g_string_append_printf(text, format, n);
}

char *
train_choice_to_text(const TrainChoice *choice)
{
    GString *text = g_string_new(NULL);
    int n = (int)choice->items->len;

    g_string_append_printf(text, ngettext("%d picture", "%d pictures", n), n);
    if (n > 0)
        append_left_out(text, choice->n_captions,
                        ngettext("%d caption", "%d captions", choice->n_captions));
    append_left_out(text, choice->n_kept_apart,
                    ngettext("%d kept apart", "%d kept apart", choice->n_kept_apart));
    append_left_out(
        text, choice->n_uncaptioned,
        ngettext("%d without a caption", "%d without a caption", choice->n_uncaptioned));
    append_left_out(text, choice->n_elsewhere,
                    ngettext("%d without a picture", "%d without a picture", choice->n_elsewhere));
    return g_string_free(text, FALSE);
}

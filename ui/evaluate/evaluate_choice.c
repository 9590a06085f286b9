/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of traces of a project. */
#include "ui/evaluate/evaluate_choice.h"

#include <glib/gi18n.h>

#include "app/dataset/vocabulary.h"
#include "app/jobs/paths.h"

#define ANY "" /* of a split: all real traces */

static void
choice_free(void *data)
{
    EvaluateChoice *choice = data;

    g_free(choice->label);
    g_free(choice->key);
    g_free(choice);
}

/* Takes the label. */
static void
add_choice(GPtrArray *choices, char *label, const char *key, guint n)
{
    EvaluateChoice *choice = g_new(EvaluateChoice, 1);

    *choice = (EvaluateChoice){label, g_strdup(key), n};
    g_ptr_array_add(choices, choice);
}

static const char *
axis_title(const char *axis)
{
    static const struct {
        const char *axis, *title;
    } titles[] = {{"tunnel", N_("Tunnel")},
                  {"app", N_("Application")},
                  {"quality", N_("Quality")},
                  {"transport", N_("Transport")}};

    for (guint i = 0; i < G_N_ELEMENTS(titles); i++) {
        if (g_str_equal(titles[i].axis, axis))
            return _(titles[i].title);
    }
    return axis;
}

GPtrArray *
evaluate_list_axes(void)
{
    GPtrArray *choices = g_ptr_array_new_with_free_func(choice_free);
    g_autofree char *path = paths_vocabulary(NULL);
    g_autoptr(Vocabulary) vocabulary = path ? vocabulary_read(path, NULL) : NULL;
    g_autoptr(GPtrArray) axes = vocabulary ? vocabulary_list_axes(vocabulary) : NULL;

    for (guint i = 0; axes && i < axes->len; i++)
        add_choice(choices, g_strdup(axis_title(axes->pdata[i])), axes->pdata[i], 0);
    add_choice(choices, g_strdup(_("Whole caption")), "caption", 0);
    add_choice(choices, g_strdup(_("All as one class")), NULL, 0);
    return choices;
}

static bool
is_of(TorchlightItem *item, Side side, const char *key)
{
    const char *origin = torchlight_item_get_string(item, "origin");
    const char *split = torchlight_item_get_string(item, "split");
    bool is_made = g_strcmp0(origin, "generated") == 0 || g_strcmp0(origin, "repaired") == 0;

    if (side == SIDE_GENERATED)
        return g_strcmp0(origin, key) == 0;
    return !is_made && (g_str_equal(key, ANY) || g_strcmp0(split, key) == 0);
}

static guint
count(GListModel *items, Side side, const char *key)
{
    guint n = 0;

    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i);

        n += is_of(item, side, key);
    }
    return n;
}

GPtrArray *
evaluate_list_sets(TorchlightProject *project, Side side)
{
    static const struct {
        Side side;
        const char *key, *format;
    } sets[] = {{SIDE_REAL, ANY, N_("All (%u)")},
                {SIDE_REAL, "train", N_("Training split (%u)")},
                {SIDE_REAL, "validation", N_("Validation split (%u)")},
                {SIDE_REAL, "test", N_("Test split (%u)")},
                {SIDE_GENERATED, "repaired", N_("Repaired (%u)")},
                {SIDE_GENERATED, "generated", N_("As drawn (%u)")}};
    GPtrArray *choices = g_ptr_array_new_with_free_func(choice_free);
    GListModel *items = project ? torchlight_project_get_items(project, ITEM_TRACE) : NULL;

    for (guint i = 0; items && i < G_N_ELEMENTS(sets); i++) {
        guint n = sets[i].side == side ? count(items, side, sets[i].key) : 0;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        if (n > 0)
            add_choice(choices, g_strdup_printf(_(sets[i].format), n), sets[i].key, n);
#pragma GCC diagnostic pop
    }
    return choices;
}

static void
add_items(FiguresParams *params, TorchlightProject *project, Side side, const char *key)
{
    GListModel *items = torchlight_project_get_items(project, ITEM_TRACE);

    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i);
        g_autofree char *path = torchlight_item_dup_path(item);
        const char *parent_id = torchlight_item_get_string(item, "parent");
        TorchlightItem *parent = parent_id ? torchlight_project_find(project, parent_id) : NULL;
        FiguresInput *input;

        if (!path || !is_of(item, side, key))
            continue;
        input = figures_params_add(params, side, path, torchlight_item_get_caption(item));
        input->is_repaired = g_strcmp0(key, "repaired") == 0;
        if (input->is_repaired && parent)
            input->drawn = torchlight_item_dup_path(parent);
    }
}

FiguresParams *
evaluate_params(TorchlightProject *project, const EvaluateChoice *axis, const EvaluateChoice *real,
                const EvaluateChoice *generated)
{
    FiguresParams *params = figures_params_new();

    params->axis = g_strdup(axis->key);
    params->title =
        axis->key ? g_strdup_printf(_("Classes: %s"), axis->label) : g_strdup(_("All traces"));
    add_items(params, project, SIDE_REAL, real->key);
    add_items(params, project, SIDE_GENERATED, generated->key);
    return params;
}

/* The capture that it is of, or was drawn after. */
static void
take_origin(EvaluationTrace *trace, Side side, TorchlightItem *item)
{
    const char *source = torchlight_item_get_string(item, "source");
    const char *split = torchlight_item_get_string(item, "split");

    if (side == SIDE_GENERATED)
        return;
    if (source) {
        g_free(trace->capture);
        trace->capture = g_path_get_basename(source);
    }
    for (int part = 0; split && part < N_SPLIT_PARTS; part++) {
        if (g_str_equal(split, split_part_name((SplitPart)part))) {
            trace->in_split = true;
            trace->part = (SplitPart)part;
        }
    }
}

EvaluationSet *
evaluate_given_set(TorchlightProject *project, Side side, const EvaluateChoice *choice)
{
    GListModel *items = torchlight_project_get_items(project, ITEM_TRACE);
    EvaluationSet *set = evaluation_set_new(
        side == SIDE_REAL ? torchlight_project_get_name(project) : choice->key, side == SIDE_REAL);

    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i);
        g_autofree char *path = torchlight_item_dup_path(item);
        const char *parent_id = torchlight_item_get_string(item, "parent");
        TorchlightItem *parent = parent_id ? torchlight_project_find(project, parent_id) : NULL;
        EvaluationTrace *trace;

        if (!path || !is_of(item, side, choice->key))
            continue;
        trace = evaluation_set_add(set, torchlight_item_get_name(item),
                                   torchlight_item_get_caption(item));
        g_free(trace->path);
        trace->path = g_steal_pointer(&path);
        take_origin(trace, side, item);
        if (side == SIDE_GENERATED && g_str_equal(choice->key, "repaired") && parent)
            trace->drawn = torchlight_item_dup_path(parent);
    }
    return set;
}

char *
evaluate_say_counts(const Figures *figures)
{
    JsonNode *node = json_object_get_member(figures->parameters, "classes");
    JsonArray *classes = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    gint64 real = 0, generated = 0;

    for (guint i = 0; classes && i < json_array_get_length(classes); i++) {
        JsonNode *element = json_array_get_element(classes, i);
        JsonObject *object = JSON_NODE_HOLDS_OBJECT(element) ? json_node_get_object(element) : NULL;

        if (!object)
            continue;
        real += json_object_get_int_member_with_default(object, "real_traces", 0);
        generated += json_object_get_int_member_with_default(object, "generated_traces", 0);
    }
    return real > 0 ? g_strdup_printf(_("%d real and %d generated traces in %u classes"), (int)real,
                                      (int)generated, json_array_get_length(classes))
                    : NULL;
}

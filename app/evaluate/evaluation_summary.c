/* SPDX-License-Identifier: Apache-2.0 */
/* evaluation.json from anybody: what is of another kind counts as not there, where it can. */
#include "app/evaluate/evaluation_summary.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/json_depth.h"

enum { MAX_FILE = 256 << 20, MAX_TEXT = 4096, MAX_LIST = 10000 };

static void
goal_free(void *data)
{
    SummaryGoal *goal = data;

    g_free(goal->statement);
    g_free(goal->detail);
    g_free(goal);
}

static void
set_free(void *data)
{
    SummarySet *set = data;

    g_free(set->name);
    g_free(set->kind);
    g_free(set);
}

void
evaluation_summary_free(EvaluationSummary *summary)
{
    if (!summary)
        return;
    g_free(summary->title);
    g_ptr_array_unref(summary->goals);
    g_ptr_array_unref(summary->sets);
    g_ptr_array_unref(summary->notes);
    figures_free(summary->figures);
    g_free(summary);
}

/* --- members --- */

static JsonObject *
to_object(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static JsonObject *
get_object(JsonObject *object, const char *name)
{
    return object ? to_object(json_object_get_member(object, name)) : NULL;
}

/* How many elements; 0 where it is no list. */
static guint
get_list(JsonObject *object, const char *name, JsonArray **list)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    *list = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    return *list ? MIN(json_array_get_length(*list), MAX_LIST) : 0;
}

static bool
node_is(JsonNode *node, GType type)
{
    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

static char *
node_to_text(JsonNode *node)
{
    const char *text = node_is(node, G_TYPE_STRING) ? json_node_get_string(node) : "";
    const char *end = strlen(text) > MAX_TEXT ? g_utf8_find_prev_char(text, text + MAX_TEXT) : NULL;

    return end ? g_strndup(text, (gsize)(end - text)) : g_strdup(text);
}

static char *
dup_text(JsonObject *object, const char *name)
{
    return node_to_text(object ? json_object_get_member(object, name) : NULL);
}

static bool
text_is(JsonObject *object, const char *name, const char *text)
{
    g_autofree char *its = dup_text(object, name);

    return g_str_equal(its, text);
}

static double
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node_is(node, G_TYPE_INT64) || node_is(node, G_TYPE_DOUBLE) ? json_node_get_double(node)
                                                                       : NAN;
}

/* --- parts --- */

/* "head: text" of each text of a list. */
static void
take_notes(EvaluationSummary *summary, const char *head, JsonObject *object, const char *name)
{
    JsonArray *list;
    guint n = get_list(object, name, &list);

    for (guint i = 0; i < n; i++) {
        g_autofree char *text = node_to_text(json_array_get_element(list, i));

        if (*text)
            g_ptr_array_add(summary->notes,
                            head ? g_strdup_printf("%s: %s", head, text) : g_strdup(text));
    }
}

static void
take_goal(EvaluationSummary *summary, JsonObject *object)
{
    JsonNode *met = object ? json_object_get_member(object, "met") : NULL;
    SummaryGoal *goal = g_new0(SummaryGoal, 1);

    goal->statement = dup_text(object, "statement");
    goal->detail = dup_text(object, "detail");
    goal->value = get_number(object, "value");
    if (node_is(met, G_TYPE_BOOLEAN))
        goal->state = json_node_get_boolean(met) ? GOAL_MET : GOAL_MISSED;
    g_ptr_array_add(summary->goals, goal);
}

static void
take_measure(SummarySet *set, JsonObject *object)
{
    g_autofree char *class = dup_text(object, "class");
    double value = get_number(object, "value");

    if (*class)
        return;
    if (text_is(object, "id", "jensen-shannon-fields")) {
        set->divergence = value;
        set->divergence_floor = get_number(object, "floor");
    } else if (text_is(object, "id", "discriminator-auc")) {
        set->auc = value;
    } else if (text_is(object, "id", "repaired-share")) {
        set->repaired = value;
    }
}

static void
take_set(EvaluationSummary *summary, JsonObject *object)
{
    JsonObject *utility = get_object(object, "utility");
    double n_traces = get_number(object, "traces");
    SummarySet *set = g_new0(SummarySet, 1);
    JsonArray *measures;
    guint n = get_list(object, "measures", &measures);

    g_ptr_array_add(summary->sets, set);
    set->name = dup_text(object, "name");
    set->kind = dup_text(object, "kind");
    set->is_real = text_is(object, "role", "real");
    set->n_traces = n_traces >= 0 && n_traces < G_MAXINT ? (int)n_traces : 0;
    set->divergence = set->divergence_floor = set->auc = set->repaired = NAN;
    for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
        JsonObject *its = get_object(utility, evaluation_features_name(f));

        set->utility[f] = get_number(its, "mean");
        set->least[f] = get_number(its, "least");
    }
    for (guint i = 0; i < n; i++)
        take_measure(set, to_object(json_array_get_element(measures, i)));
    take_notes(summary, set->name, object, "notes");
}

static void
take_axis(EvaluationSummary *summary, JsonObject *object)
{
    g_autofree char *axis = dup_text(object, "axis");
    g_autofree char *problem = dup_text(object, "problem");

    if (*problem)
        g_ptr_array_add(summary->notes, g_strdup_printf("%s: %s", axis, problem));
}

static void
take_list(EvaluationSummary *summary, JsonObject *root, const char *name,
          void (*take)(EvaluationSummary *, JsonObject *))
{
    JsonArray *list;
    guint n = get_list(root, name, &list);

    for (guint i = 0; i < n; i++)
        take(summary, to_object(json_array_get_element(list, i)));
}

static Figures *
take_figures(JsonObject *root, const char *path, GError **error)
{
    JsonNode *node = json_object_get_member(root, "figures");
    g_autofree char *text = node ? json_to_string(node, FALSE) : NULL;

    return text ? figures_from_json(text, strlen(text), path, error) : figures_new("");
}

static const char *
check(const char *text, gsize size, JsonParser *parser)
{
    JsonObject *root;

    if (!g_utf8_validate(text, (gssize)size, NULL) || memchr(text, '\0', size))
        return _("it is no text in UTF-8");
    if (!json_is_shallow(text) || !json_escapes_are_whole(text) ||
        !json_parser_load_from_data(parser, text, (gssize)size, NULL))
        return _("it is no JSON");
    root = to_object(json_parser_get_root(parser));
    if (!root || !text_is(root, "format", EVALUATION_FORMAT))
        return _("it is no evaluation");
    return get_number(root, "version") == EVALUATION_VERSION ? NULL : _("its version is another");
}

EvaluationSummary *
evaluation_summary_read(const char *path, GError **error)
{
    g_autoptr(EvaluationSummary) summary = g_new0(EvaluationSummary, 1);
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autofree char *name = g_filename_display_basename(path);
    g_autofree char *text = NULL;
    JsonObject *root;
    const char *problem;
    gsize size;

    summary->goals = g_ptr_array_new_with_free_func(goal_free);
    summary->sets = g_ptr_array_new_with_free_func(set_free);
    summary->notes = g_ptr_array_new_with_free_func(g_free);
    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    problem = size > MAX_FILE ? _("it is too large") : check(text, size, parser);
    if (problem) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” cannot be read: %s. Choose an evaluation.json that `torchlight "
                      "evaluate` wrote."),
                    name, problem);
        return NULL;
    }
    root = json_node_get_object(json_parser_get_root(parser));
    summary->title = dup_text(root, "title");
    take_notes(summary, NULL, root, "notes");
    take_list(summary, root, "goals", take_goal);
    take_list(summary, root, "axes", take_axis);
    take_list(summary, root, "sets", take_set);
    summary->figures = take_figures(root, name, error);
    return summary->figures ? g_steal_pointer(&summary) : NULL;
}

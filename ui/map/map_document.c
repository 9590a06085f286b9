/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of a control map, and its edges. */
#include "ui/map/map_document_private.h"

#include <glib/gi18n.h>

enum { SIGNAL_CHANGED, SIGNAL_ABOUT, SIGNAL_SOURCE, SIGNAL_ITEM, SIGNAL_FAILED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightMapDocument, torchlight_map_document, G_TYPE_OBJECT)

ControlMap *
torchlight_map_document_get_map(TorchlightMapDocument *document)
{
    return document->map;
}

TorchlightItem *
torchlight_map_document_get_item(TorchlightMapDocument *document)
{
    return document->item && document->project &&
                   torchlight_project_find(document->project,
                                           torchlight_item_get_id(document->item)) == document->item
               ? document->item
               : NULL;
}

bool
torchlight_map_document_is_removed(TorchlightMapDocument *document)
{
    return document->item && !torchlight_map_document_get_item(document);
}

const ControlSource *
torchlight_map_document_get_source(TorchlightMapDocument *document)
{
    return &document->source;
}

/* --- edges --- */

typedef struct {
    Image *picture; /* when there is no field */
    EdgeField *field;
    ControlSource source;
    Image *edges;
} Finding;

static void
finding_free(gpointer data)
{
    Finding *finding = data;

    image_free(finding->picture);
    edge_field_unref(finding->field);
    image_free(finding->edges);
    g_free(finding);
}

static void
find_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Finding *finding = data;
    GError *error = NULL;

    if (!finding->field)
        finding->field = edge_field_new(finding->picture, finding->source.l2, &error);
    if (finding->field)
        finding->edges =
            edge_field_threshold(finding->field, finding->source.low, finding->source.high, &error);
    if (finding->edges)
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void find_edges(TorchlightMapDocument *document);

static void
on_found(GObject *object, GAsyncResult *result, gpointer data)
{
    TorchlightMapDocument *document = TORCHLIGHT_MAP_DOCUMENT(object);
    Finding *finding = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    document->finding = false;
    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_signal_emit(document, signals[SIGNAL_FAILED], 0, error->message);
        return;
    }
    /* What was found may be of a picture that has gone since. */
    if (document->picture && finding->edges->width == document->map->width &&
        finding->edges->height == document->map->height) {
        edge_field_unref(document->field);
        document->field = edge_field_ref(finding->field);
        document->found = finding->source;
        control_map_set_base(document->map, finding->edges);
        g_signal_emit(document, signals[SIGNAL_CHANGED], 0);
        if (document->item)
            map_document_set_unwritten(document);
    }
    if (document->find_again)
        find_edges(document);
}

static Image *
image_dup(const Image *image)
{
    Image *copy = image_new(image->width, image->height, image->n_channels);

    memcpy(copy->pixels, image->pixels, (size_t)image->width * image->height * image->n_channels);
    return copy;
}

/* One search at a time; thresholds that come meanwhile wait, the last of them counts. */
static void
find_edges(TorchlightMapDocument *document)
{
    g_autoptr(GTask) task = NULL;
    Finding *finding;

    document->find_again = document->finding;
    if (document->finding || !document->picture || !document->source.canny)
        return;
    finding = g_new0(Finding, 1);
    finding->source = document->source;
    if (document->field && edge_field_is_l2(document->field) == document->source.l2)
        finding->field = edge_field_ref(document->field);
    else
        finding->picture = image_dup(document->picture);
    document->finding = true;
    task = g_task_new(document, NULL, on_found, NULL);
    g_task_set_task_data(task, finding, finding_free);
    g_task_run_in_thread(task, find_in_thread);
}

static bool
same_source(const ControlSource *a, const ControlSource *b)
{
    return a->low == b->low && a->high == b->high && a->l2 == b->l2;
}

void
torchlight_map_document_set_picture(TorchlightMapDocument *document, Image *picture,
                                    EdgeField *field)
{
    g_clear_pointer(&document->picture, image_free);
    g_clear_pointer(&document->field, edge_field_unref);
    document->picture = picture;
    document->field = field;
    if (!same_source(&document->found, &document->source))
        find_edges(document);
}

/* --- edits --- */

static gboolean
get_bool(TorchlightItem *item, const char *key)
{
    JsonObject *record = torchlight_item_get_record(item);

    return json_object_get_boolean_member_with_default(record, key, FALSE);
}

/* The record is what counts: undo, too, changes thresholds there. */
static void
on_item_changed(TorchlightMapDocument *document)
{
    ControlSource source = document->source;

    if (!source.canny)
        return;
    source.low = torchlight_item_get_double(document->item, "low", source.low);
    source.high = torchlight_item_get_double(document->item, "high", source.high);
    source.l2 = get_bool(document->item, "l2");
    if (same_source(&source, &document->source))
        return;
    document->source = source;
    map_document_set_unwritten(document);
    find_edges(document);
    g_signal_emit(document, signals[SIGNAL_SOURCE], 0);
}

static void
set_item(TorchlightMapDocument *document, TorchlightItem *item)
{
    if (document->item)
        g_signal_handlers_disconnect_by_data(document->item, document);
    g_set_object(&document->item, item);
    if (item)
        g_signal_connect_swapped(item, "changed", G_CALLBACK(on_item_changed), document);
}

static bool
has_map_named(TorchlightProject *project, const char *name)
{
    GListModel *maps = torchlight_project_get_items(project, ITEM_MAP);

    for (guint i = 0; i < g_list_model_get_n_items(maps); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(maps, i);
        if (g_strcmp0(torchlight_item_get_name(item), name) == 0)
            return true;
    }
    return false;
}

/* "web", "web 2", ... */
static char *
unused_name(TorchlightMapDocument *document)
{
    char *name = g_strdup(document->name);

    for (int n = 2; has_map_named(document->project, name); n++) {
        g_free(name);
        name = g_strdup_printf("%s %d", document->name, n);
    }
    return name;
}

static JsonObject *
make_record(TorchlightMapDocument *document)
{
    JsonObject *record = json_object_new();
    g_autofree char *name = unused_name(document);
    g_autofree char *path =
        torchlight_project_new_path(document->project, "maps", document->name, ".png");
    g_autofree char *file = torchlight_project_relative(document->project, path);

    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", file);
    if (document->of)
        json_object_set_string_member(record, "of", document->of);
    if (document->source.canny) {
        json_object_set_double_member(record, "low", document->source.low);
        json_object_set_double_member(record, "high", document->source.high);
        json_object_set_boolean_member(record, "l2", document->source.l2);
    }
    return record;
}

void
torchlight_map_document_create(TorchlightMapDocument *document, const char *label)
{
    TorchlightItem *item;

    if (!document->project || torchlight_map_document_get_item(document))
        return;
    set_item(document, NULL); /* one whose making was undone: this is another */
    torchlight_project_begin(document->project, label);
    item = torchlight_project_add(document->project, ITEM_MAP, make_record(document));
    torchlight_project_end(document->project);
    set_item(document, item);
    if (item)
        map_document_set_unwritten(document);
    g_signal_emit(document, signals[SIGNAL_ITEM], 0);
}

typedef struct {
    TorchlightMapDocument *document;
    ControlDelta *delta;
} Stroke;

static void
stroke_apply(TorchlightProject *project, void *data, bool redo)
{
    Stroke *stroke = data;
    TorchlightMapDocument *document = stroke->document;

    g_signal_emit(document, signals[SIGNAL_ABOUT], 0);
    control_map_apply(document->map, stroke->delta, redo);
    map_document_set_unwritten(document);
    g_signal_emit(document, signals[SIGNAL_CHANGED], 0);
}

static void
stroke_free(void *data)
{
    Stroke *stroke = data;

    control_delta_free(stroke->delta);
    g_object_unref(stroke->document);
    g_free(stroke);
}

void
torchlight_map_document_end_edit(TorchlightMapDocument *document, const char *label)
{
    static const ProjectEditClass class = {stroke_apply, stroke_free};
    g_autoptr(ControlDelta) delta = control_map_end(document->map);
    Stroke *stroke;

    g_signal_emit(document, signals[SIGNAL_CHANGED], 0);
    if (!delta || !document->project)
        return;
    stroke = g_new(Stroke, 1);
    *stroke = (Stroke){g_object_ref(document), g_steal_pointer(&delta)};
    torchlight_project_begin(document->project, label);
    torchlight_map_document_create(document, label);
    torchlight_project_push_edit(document->project, label, &class, stroke);
    torchlight_project_end(document->project);
    map_document_set_unwritten(document);
}

void
torchlight_map_document_set_thresholds(TorchlightMapDocument *document, double low, double high,
                                       bool l2)
{
    g_autofree char *key = g_strdup_printf("map-thresholds-%p", (void *)document);
    TorchlightProject *project = document->project;
    const ControlSource source = {true, low, high, l2};
    JsonNode *node;

    if (!project || !document->source.canny || same_source(&source, &document->source))
        return;
    torchlight_project_begin_merged(project, _("Change Thresholds"), key);
    torchlight_map_document_create(document, _("Change Thresholds"));
    if (document->item) {
        node = json_node_init_boolean(json_node_alloc(), l2);
        torchlight_project_set_double(project, document->item, "low", low);
        torchlight_project_set_double(project, document->item, "high", high);
        torchlight_project_set(project, document->item, "l2", node);
    }
    torchlight_project_end(project);
}

/* --- the object --- */

TorchlightMapDocument *
torchlight_map_document_new(TorchlightProject *project, TorchlightItem *item, const char *of,
                            const char *name, ControlMap *map, const ControlSource *source)
{
    TorchlightMapDocument *document = g_object_new(TORCHLIGHT_TYPE_MAP_DOCUMENT, NULL);

    g_set_weak_pointer(&document->project, project);
    document->of = g_strdup(of);
    document->name = g_strdup(name);
    document->map = map;
    document->source = document->found = *source;
    set_item(document, item);
    return document;
}

static void
torchlight_map_document_finalize(GObject *object)
{
    TorchlightMapDocument *document = TORCHLIGHT_MAP_DOCUMENT(object);

    g_clear_weak_pointer(&document->project);
    set_item(document, NULL);
    g_free(document->of);
    g_free(document->name);
    control_map_free(document->map);
    image_free(document->picture);
    edge_field_unref(document->field);
    g_mutex_clear(&document->lock);
    G_OBJECT_CLASS(torchlight_map_document_parent_class)->finalize(object);
}

static guint
add_signal(TorchlightMapDocumentClass *class, const char *name, bool says)
{
    return says ? g_signal_new(name, G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, G_TYPE_STRING)
                : g_signal_new(name, G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static void
torchlight_map_document_class_init(TorchlightMapDocumentClass *class)
{
    G_OBJECT_CLASS(class)->finalize = torchlight_map_document_finalize;
    signals[SIGNAL_CHANGED] = add_signal(class, "changed", false);
    signals[SIGNAL_ABOUT] = add_signal(class, "about-to-change", false);
    signals[SIGNAL_SOURCE] = add_signal(class, "source-changed", false);
    signals[SIGNAL_ITEM] = add_signal(class, "item-changed", false);
    signals[SIGNAL_FAILED] = add_signal(class, "write-failed", true);
}

static void
torchlight_map_document_init(TorchlightMapDocument *document)
{
    g_mutex_init(&document->lock);
}

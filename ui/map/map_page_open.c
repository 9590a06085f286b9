/* SPDX-License-Identifier: Apache-2.0 */
/* Opening maps: pictures, edges and files are read on a thread; and the list of a trace's maps. */
#include "ui/map/map_page_private.h"

#include <glib/gi18n.h>

typedef struct {
    /* asked for */
    Document *trace; /* or NULL */
    char *path;      /* of a map's file, or NULL */
    TorchlightItem *item;
    TorchlightMapDocument *alive; /* is open already: only pictures are wanted */
    ControlMap *map;              /* given, else read or made */
    Palette palette;
    const char *label; /* of the edit that makes an item of it, or NULL */
    ControlSource source;

    /* found */
    Image *picture, *shown; /* in the paper's palette, and in that of the window */
    EdgeField *field;
    char *problem; /* a sentence, or NULL */
} Opening;

static void
opening_free(gpointer data)
{
    Opening *opening = data;

    document_unref(opening->trace);
    g_free(opening->path);
    g_clear_object(&opening->item);
    g_clear_object(&opening->alive);
    control_map_free(opening->map);
    image_free(opening->picture);
    image_free(opening->shown);
    edge_field_unref(opening->field);
    g_free(opening->problem);
    g_free(opening);
}

static void
draw_pictures(Opening *opening)
{
    const Trace *trace = opening->trace->trace;

    opening->picture = trace_draw(trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT);
    opening->shown = trace_draw(trace, 0, IMAGE_ROWS, opening->palette);
}

static bool
is_size(const Image *image, const ControlMap *map)
{
    return image && image->width == map->width && image->height == map->height;
}

/* The edges of the picture under the map; false: there are none that fit. */
static bool
lay_edges(Opening *opening, ControlMap *map, const ControlSource *source, GError **error)
{
    g_autoptr(Image) edges = NULL;

    if (!source->canny || !is_size(opening->picture, map))
        return false;
    opening->field = edge_field_new(opening->picture, source->l2, error);
    if (opening->field)
        edges = edge_field_threshold(opening->field, source->low, source->high, error);
    if (edges)
        control_map_set_base(map, edges);
    return edges != NULL;
}

static void
open_in_thread(GTask *task, gpointer page, gpointer data, GCancellable *cancellable)
{
    Opening *opening = data;
    GError *error = NULL;

    if (opening->trace)
        draw_pictures(opening);
    if (opening->path) {
        ControlSource source;
        opening->map = control_map_read(opening->path, &source, &error);
        if (!opening->map)
            opening->problem = g_strdup(error->message);
        else if (!source.canny || !opening->source.canny)
            opening->source = source;
        g_clear_error(&error);
    }
    if (!opening->map && !opening->alive && opening->picture) {
        opening->map = control_map_new(opening->picture->width, opening->picture->height);
        opening->source.canny = true;
    }
    if (opening->map && !opening->alive &&
        !lay_edges(opening, opening->map, &opening->source, NULL))
        opening->source.canny = false;
    g_task_return_boolean(task, TRUE);
}

void
map_page_size(TorchlightMapPage *page, int *width, int *height)
{
    Document *trace = torchlight_workspace_get_document(page->workspace);

    *width = trace ? trace->trace->layout->n_columns : layout_default()->n_columns;
    *height = IMAGE_ROWS;
}

/* Named after its trace. */
static TorchlightMapDocument *
make_document(TorchlightMapPage *page, Opening *opening)
{
    TorchlightItem *trace = torchlight_workspace_get_trace(page->workspace);
    TorchlightItem *item = opening->problem ? NULL : opening->item;
    const char *name = item    ? torchlight_item_get_name(item)
                       : trace ? torchlight_item_get_name(trace)
                               : _("Picture");

    return torchlight_map_document_new(page->project, item,
                                       trace ? torchlight_item_get_id(trace) : NULL, name,
                                       g_steal_pointer(&opening->map), &opening->source);
}

static void
on_document_changed(TorchlightMapDocument *document, TorchlightMapPage *page)
{
    if (document != page->current)
        return;
    torchlight_map_canvas_update(page->canvas);
    map_page_update_source(page);
}

static void
on_about_to_change(TorchlightMapDocument *document, TorchlightMapPage *page)
{
    if (document == page->current)
        torchlight_map_canvas_cancel(page->canvas);
}

static void
on_write_failed(TorchlightMapDocument *document, const char *sentence, TorchlightMapPage *page)
{
    torchlight_workspace_toast(page->workspace, sentence);
}

void
map_page_on_document_gone(gpointer page, GObject *document)
{
    g_hash_table_remove(TORCHLIGHT_MAP_PAGE(page)->documents, document);
}

static void
add_document(TorchlightMapPage *page, TorchlightMapDocument *document)
{
    g_hash_table_add(page->documents, document);
    g_object_weak_ref(G_OBJECT(document), map_page_on_document_gone, page);
    g_signal_connect_object(document, "changed", G_CALLBACK(on_document_changed), page, 0);
    g_signal_connect_object(document, "source-changed", G_CALLBACK(map_page_update_source), page,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(document, "item-changed", G_CALLBACK(map_page_list), page,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(document, "about-to-change", G_CALLBACK(on_about_to_change), page, 0);
    g_signal_connect_object(document, "write-failed", G_CALLBACK(on_write_failed), page, 0);
}

static void
leave_current(TorchlightMapPage *page)
{
    if (!page->current)
        return;
    torchlight_map_canvas_set_map(page->canvas, NULL, NULL, NULL, true);
    torchlight_map_document_set_picture(page->current, NULL, NULL);
    g_clear_object(&page->current);
}

/* So that the keys of the tools work at once; not away from something else on the page. */
static void
focus_canvas(TorchlightMapPage *page)
{
    GtkWindow *window = map_page_window(page);
    GtkWidget *focus = window ? gtk_window_get_focus(window) : NULL;

    if (gtk_widget_get_mapped(GTK_WIDGET(page)) &&
        (!focus || !gtk_widget_is_ancestor(focus, GTK_WIDGET(page))))
        gtk_widget_grab_focus(GTK_WIDGET(page->canvas));
}

/* Makes current what was opened. */
static void
on_opened(GObject *object, GAsyncResult *result, gpointer data)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(object);
    Opening *opening = g_task_get_task_data(G_TASK(result));
    g_autoptr(TorchlightMapDocument) document = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), NULL) || !page->workspace || !page->project)
        return;
    if (opening->problem)
        torchlight_workspace_toast(page->workspace, opening->problem);
    if (!opening->alive && !opening->map) {
        map_page_close(page);
        return;
    }
    leave_current(page);
    document = opening->alive ? g_object_ref(opening->alive) : make_document(page, opening);
    if (!opening->alive)
        add_document(page, document);
    page->current = g_object_ref(document);
    page->layout = opening->trace ? opening->trace->trace->layout : layout_default();
    ControlMap *map = torchlight_map_document_get_map(document);
    const bool fits = is_size(opening->picture, map);
    control_map_take_changed(map);
    torchlight_map_document_set_picture(document, fits ? g_steal_pointer(&opening->picture) : NULL,
                                        g_steal_pointer(&opening->field));
    torchlight_map_canvas_set_map(page->canvas, map, fits ? g_steal_pointer(&opening->shown) : NULL,
                                  page->layout, false);
    if (opening->label)
        torchlight_map_document_create(document, opening->label);
    map_page_show(page, "map");
    focus_canvas(page);
}

static TorchlightMapDocument *
find_alive(TorchlightMapPage *page, TorchlightItem *item)
{
    GHashTableIter at;
    gpointer document;

    g_hash_table_iter_init(&at, page->documents);
    while (item && g_hash_table_iter_next(&at, &document, NULL)) {
        if (torchlight_map_document_get_item(document) == item)
            return g_object_ref(document);
    }
    return NULL;
}

static void
start(TorchlightMapPage *page, Opening *opening)
{
    Document *trace = torchlight_workspace_get_document(page->workspace);
    g_autoptr(GTask) task = NULL;

    if (page->opening)
        g_cancellable_cancel(page->opening);
    g_clear_object(&page->opening);
    page->opening = g_cancellable_new();
    opening->trace = trace ? document_ref(trace) : NULL;
    opening->palette = torchlight_workspace_get_palette(page->workspace);
    task = g_task_new(page, page->opening, on_opened, NULL);
    g_task_set_task_data(task, opening, opening_free);
    if (!page->current)
        map_page_show(page, "loading");
    g_task_run_in_thread(task, open_in_thread);
}

void
map_page_open(TorchlightMapPage *page, TorchlightItem *item, bool create)
{
    Opening *opening = g_new0(Opening, 1);

    opening->source = (ControlSource){item == NULL, EDGE_LOW, EDGE_HIGH, false};
    opening->alive = find_alive(page, item);
    opening->label = create ? _("New Map") : NULL;
    if (item) {
        JsonObject *record = torchlight_item_get_record(item);
        opening->item = g_object_ref(item);
        opening->path = opening->alive ? NULL : torchlight_item_dup_path(item);
        opening->source.canny = json_object_has_member(record, "low");
        opening->source.low = torchlight_item_get_double(item, "low", EDGE_LOW);
        opening->source.high = torchlight_item_get_double(item, "high", EDGE_HIGH);
        opening->source.l2 = json_object_get_boolean_member_with_default(record, "l2", FALSE);
    }
    start(page, opening);
}

void
map_page_open_new(TorchlightMapPage *page, ControlMap *map, const ControlSource *source,
                  const char *label)
{
    Opening *opening = g_new0(Opening, 1);

    opening->map = map;
    opening->source = *source;
    opening->label = label;
    start(page, opening);
}

/* Lists may hold NULL. */
void
map_page_unref_listed(TorchlightItem *item)
{
    if (item)
        g_object_unref(item);
}

void
map_page_forget(TorchlightMapPage *page)
{
    map_page_flush(page);
    leave_current(page);
}

void
map_page_close(TorchlightMapPage *page)
{
    if (page->opening)
        g_cancellable_cancel(page->opening);
    g_clear_object(&page->opening);
    leave_current(page);
    map_page_show(page, torchlight_workspace_get_trace(page->workspace) ? "loading" : "empty");
}

void
map_page_flush(TorchlightMapPage *page)
{
    g_autoptr(GList) documents = g_hash_table_get_keys(page->documents);

    for (GList *at = documents; at; at = at->next)
        torchlight_map_document_flush(at->data);
}

/* --- the list --- */

/* Whether a map is of the opened trace; maps of no trace are everybody's. */
static bool
is_listed(TorchlightMapPage *page, TorchlightItem *item)
{
    TorchlightItem *trace = torchlight_workspace_get_trace(page->workspace);
    const char *of = torchlight_item_get_string(item, "of");

    return !of || (trace && g_str_equal(of, torchlight_item_get_id(trace)));
}

static void
fill_listed(TorchlightMapPage *page)
{
    GListModel *all = page->project ? torchlight_project_get_items(page->project, ITEM_MAP) : NULL;

    for (guint i = 0; i < page->listed->len; i++) {
        if (page->listed->pdata[i])
            g_signal_handlers_disconnect_by_func(page->listed->pdata[i], map_page_list, page);
    }
    g_ptr_array_set_size(page->listed, 0);
    for (guint i = 0; all && i < g_list_model_get_n_items(all); i++) {
        TorchlightItem *item = g_list_model_get_item(all, i);
        if (is_listed(page, item)) {
            g_signal_connect_object(item, "notify::name", G_CALLBACK(map_page_list), page,
                                    G_CONNECT_SWAPPED);
            g_ptr_array_add(page->listed, item);
        } else {
            g_object_unref(item);
        }
    }
}

void
map_page_list(TorchlightMapPage *page)
{
    TorchlightItem *current =
        page->current ? torchlight_map_document_get_item(page->current) : NULL;
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);
    guint selected = GTK_INVALID_LIST_POSITION;

    fill_listed(page);
    if (page->current && !current)
        g_ptr_array_add(page->listed, NULL);
    for (guint i = 0; i < page->listed->len; i++) {
        TorchlightItem *item = page->listed->pdata[i];
        gtk_string_list_append(names,
                               item ? torchlight_item_get_name(item) : _("Edges, unchanged"));
        if (item == current)
            selected = i;
    }
    page->refreshing = true;
    gtk_drop_down_set_model(page->maps, G_LIST_MODEL(names));
    gtk_drop_down_set_selected(page->maps, selected);
    page->refreshing = false;
    gtk_widget_set_visible(page->loaded_button, page->listed->len > 0);
    map_page_update_actions(page);
}

void
map_page_open_any(TorchlightMapPage *page)
{
    fill_listed(page);
    TorchlightItem *trace = torchlight_workspace_get_trace(page->workspace);
    TorchlightItem *last = NULL;

    for (guint i = 0; i < page->listed->len; i++) {
        TorchlightItem *item = page->listed->pdata[i];
        if (!trace || torchlight_item_get_string(item, "of"))
            last = item;
    }
    map_page_open(page, last, false);
}

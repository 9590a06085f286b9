/* SPDX-License-Identifier: Apache-2.0 */
/* The list of captions, and what changes are for. */
#include <glib/gi18n.h>
#include <string.h>

#include "app/dataset/caption_tags.h"
#include "app/jobs/paths.h"
#include "ui/captions/caption_row.h"
#include "ui/captions/captions_page_private.h"
#include "ui/captions/change_dialog.h"

G_DEFINE_FINAL_TYPE(TorchlightCaptionsPage, torchlight_captions_page, GTK_TYPE_WIDGET)

/* --- what changes are for --- */

GPtrArray *
captions_page_dup_targets(TorchlightCaptionsPage *page)
{
    GListModel *model = G_LIST_MODEL(page->selection);
    GPtrArray *items = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GtkBitset) set =
        gtk_selection_model_get_selection(GTK_SELECTION_MODEL(page->selection));
    bool all = gtk_bitset_is_empty(set);

    for (guint i = 0, n = g_list_model_get_n_items(model); i < n; i++) {
        if (all || gtk_bitset_contains(set, i))
            g_ptr_array_add(items, g_list_model_get_item(model, i));
    }
    return items;
}

void
captions_page_apply(TorchlightCaptionsPage *page, const CaptionChange *change, const char *label)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    g_autofree char *text = NULL;
    guint n;

    if (!project || !torchlight_project_is_writable(project) ||
        caption_change_n_changed(change) == 0)
        return;
    n = caption_change_apply(change, project, label);
    text = g_strdup_printf(ngettext("%u caption changed", "%u captions changed", n), n);
    torchlight_workspace_toast_action(page->workspace, text, _("_Undo"), "win.undo", NULL);
}

bool
captions_page_is_writable(TorchlightCaptionsPage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);

    return project && torchlight_project_is_writable(project);
}

/* "27 captions, all to be changed together", "3 of 27 captions selected". */
static void
update_scope(TorchlightCaptionsPage *page)
{
    g_autoptr(GtkBitset) set =
        gtk_selection_model_get_selection(GTK_SELECTION_MODEL(page->selection));
    guint n = g_list_model_get_n_items(G_LIST_MODEL(page->selection));
    guint n_all =
        g_list_model_get_n_items(G_LIST_MODEL(torchlight_workspace_get_traces(page->workspace)));
    guint n_selected = (guint)gtk_bitset_get_size(set);
    g_autofree char *text =
        n_selected ? g_strdup_printf(ngettext("%'u of %'u caption selected: tags change these",
                                              "%'u of %'u captions selected: tags change these", n),
                                     n_selected, n)
        : page->only_selected ? g_strdup_printf(ngettext("%'u caption selected in the library",
                                                         "%'u captions selected in the library", n),
                                                n)
                              : g_strdup_printf(ngettext("%'u caption", "%'u captions", n), n);

    gtk_label_set_label(page->scope, text);
    gtk_widget_set_visible(page->show_all, page->only_selected || n < n_all);
    gtk_stack_set_visible_child_name(page->stack, n > 0 ? "list" : n_all > 0 ? "nothing" : "empty");
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "captions.change",
                                  n > 0 && captions_page_is_writable(page));
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "captions.export", n > 0);
    captions_page_want_report(page);
}

/* The traces that are selected in the library, else all that it shows. */
static void
update_model(TorchlightCaptionsPage *page)
{
    GtkSelectionModel *traces = torchlight_workspace_get_traces(page->workspace);
    g_autoptr(GtkBitset) set = gtk_selection_model_get_selection(traces);
    g_autoptr(GtkSelectionFilterModel) selected = NULL;

    page->only_selected = !gtk_bitset_is_empty(set);
    if (page->only_selected) {
        if (GTK_IS_SELECTION_FILTER_MODEL(gtk_filter_list_model_get_model(page->shown)))
            return;
        selected = gtk_selection_filter_model_new(traces);
        gtk_filter_list_model_set_model(page->shown, G_LIST_MODEL(selected));
    } else {
        gtk_filter_list_model_set_model(page->shown, G_LIST_MODEL(traces));
    }
    update_scope(page);
}

/* --- the list --- */

/* On with the next row, when Ctrl+Enter ended the one before. */
static void
on_done(TorchlightCaptionRow *row, int step, TorchlightCaptionsPage *page)
{
    GtkListItem *list_item = g_object_get_data(G_OBJECT(row), "torchlight-list-item");
    guint next = gtk_list_item_get_position(list_item) + (guint)step;

    gtk_widget_grab_focus(gtk_widget_get_parent(GTK_WIDGET(row)));
    if (step != 0)
        gtk_widget_activate_action(GTK_WIDGET(page->list), "list.scroll-to-item", "u", next);
}

static void
on_setup(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightCaptionsPage *page)
{
    GtkWidget *row = torchlight_caption_row_new(page->workspace);

    g_object_set_data(G_OBJECT(row), "torchlight-list-item", list_item);
    g_signal_connect(row, "done", G_CALLBACK(on_done), page);
    gtk_list_item_set_child(list_item, row);
}

static void
on_bind(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightCaptionsPage *page)
{
    torchlight_caption_row_set_item(TORCHLIGHT_CAPTION_ROW(gtk_list_item_get_child(list_item)),
                                    gtk_list_item_get_item(list_item), page->tokens);
}

static void
on_unbind(GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
    torchlight_caption_row_set_item(TORCHLIGHT_CAPTION_ROW(gtk_list_item_get_child(list_item)),
                                    NULL, NULL);
}

static void
make_rows(TorchlightCaptionsPage *page)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();

    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), page);
    g_signal_connect(factory, "bind", G_CALLBACK(on_bind), page);
    g_signal_connect(factory, "unbind", G_CALLBACK(on_unbind), NULL);
    gtk_list_view_set_factory(page->list, factory);
}

static TorchlightCaptionRow *
find_row(TorchlightCaptionsPage *page, TorchlightItem *item)
{
    GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(page->list));

    for (; child; child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *row = gtk_widget_get_first_child(child);

        if (TORCHLIGHT_IS_CAPTION_ROW(row) &&
            torchlight_caption_row_get_item(TORCHLIGHT_CAPTION_ROW(row)) == item)
            return TORCHLIGHT_CAPTION_ROW(row);
    }
    return NULL;
}

/* Enter and a double click. */
static void
on_activate(TorchlightCaptionsPage *page, guint position)
{
    g_autoptr(TorchlightItem) item = g_list_model_get_item(G_LIST_MODEL(page->selection), position);
    TorchlightCaptionRow *row = item ? find_row(page, item) : NULL;

    if (row)
        torchlight_caption_row_edit(row);
}

static void
on_edit(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(widget);
    GtkWidget *focus = gtk_root_get_focus(gtk_widget_get_root(widget));
    GtkWidget *row = focus ? gtk_widget_get_first_child(focus) : NULL;

    if (row && TORCHLIGHT_IS_CAPTION_ROW(row) &&
        gtk_widget_is_ancestor(row, GTK_WIDGET(page->list)))
        torchlight_caption_row_edit(TORCHLIGHT_CAPTION_ROW(row));
}

/* --- words --- */

static gboolean
matches(gpointer item, gpointer data)
{
    TorchlightCaptionsPage *page = data;
    const char *const texts[] = {torchlight_item_get_caption(item), torchlight_item_get_name(item),
                                 torchlight_item_get_string(item, "source")};

    return caption_query_matches(page->query, texts, G_N_ELEMENTS(texts));
}

static void
on_search(TorchlightCaptionsPage *page)
{
    caption_query_free(page->query);
    page->query = caption_query_new(gtk_editable_get_text(GTK_EDITABLE(page->search)));
    gtk_filter_list_model_set_filter(page->shown,
                                     caption_query_is_empty(page->query) ? NULL : page->filter);
    gtk_filter_changed(page->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

static void
on_find_word(TorchlightCaptionsPage *page, const char *word)
{
    g_autofree char *text =
        strpbrk(word, " -\"") ? g_strdup_printf("\"%s\"", word) : g_strdup(word);

    gtk_editable_set_text(GTK_EDITABLE(page->search), text);
}

static void
on_show_all(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(widget);

    gtk_editable_set_text(GTK_EDITABLE(page->search), "");
    gtk_selection_model_unselect_all(torchlight_workspace_get_traces(page->workspace));
}

static void
on_toggle(TorchlightCaptionsPage *page, const char *word, gboolean wanted)
{
    g_autoptr(GPtrArray) items = captions_page_dup_targets(page);
    g_autoptr(CaptionChange) change = caption_change_new(items);
    g_autofree char *label = g_strdup_printf(wanted ? _("Add “%s”") : _("Remove “%s”"), word);

    for (guint i = 0; i < items->len; i++) {
        const char *before = torchlight_item_get_caption(items->pdata[i]);
        g_autofree char *after = wanted ? caption_add_word(before, word, page->vocabulary)
                                        : caption_remove_word(before, word);

        caption_change_set(change, i, after);
    }
    captions_page_apply(page, change, label);
}

static void
on_use(TorchlightCaptionsPage *page, const char *word, const char *nearest)
{
    const CaptionEditSpec spec = {CAPTION_REPLACE, CAPTION_MATCH_WORD, word, nearest, true};
    g_autoptr(GPtrArray) items = captions_page_dup_targets(page);
    g_autoptr(CaptionChange) change = caption_change_new(items);
    g_autofree char *label = g_strdup_printf(_("Replace “%s”"), word);

    if (caption_change_edit(change, &spec, NULL, NULL))
        captions_page_apply(page, change, label);
}

static void
on_show_caption(TorchlightCaptionsPage *page, guint index)
{
    gtk_widget_activate_action(GTK_WIDGET(page->list), "list.scroll-to-item", "u", index);
    gtk_selection_model_select_item(GTK_SELECTION_MODEL(page->selection), index, TRUE);
    if (adw_flap_get_folded(page->flap))
        adw_flap_set_reveal_flap(page->flap, FALSE);
}

static void
on_change(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(widget);
    g_autoptr(GPtrArray) items = captions_page_dup_targets(page);

    if (items->len > 0)
        change_dialog_show(GTK_WINDOW(gtk_widget_get_root(widget)), page->workspace, items,
                           page->vocabulary, NULL);
}

/* --- the page --- */

static void
on_item_changed(TorchlightCaptionsPage *page)
{
    captions_page_want_report(page);
}

static void
on_project(TorchlightCaptionsPage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);

    gtk_editable_set_text(GTK_EDITABLE(page->search), "");
    if (project)
        g_signal_connect_object(project, "notify::undo-label", G_CALLBACK(on_item_changed), page,
                                G_CONNECT_SWAPPED);
    update_scope(page);
}

static void
on_tokens(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(TorchlightCaptionsPage) page = data;
    g_autoptr(CaptionTokens) tokens = caption_tokens_load_finish(result, NULL);

    if (!page->workspace || g_task_get_cancellable(G_TASK(result)) != page->reading)
        return;
    g_clear_pointer(&page->tokens, caption_tokens_unref);
    page->tokens = g_steal_pointer(&tokens);
    make_rows(page);
    captions_page_want_report(page);
}

/* The tokenizer of the model that is set up; captions are not counted where that has none. */
static void
read_tokens(TorchlightCaptionsPage *page)
{
    g_autofree char *model =
        g_settings_get_string(torchlight_workspace_get_settings(page->workspace), "model");

    g_clear_object(&page->reading);
    page->reading = g_cancellable_new();
    caption_tokens_load(model, page->reading, on_tokens, g_object_ref(page));
}

static void
torchlight_captions_page_map(GtkWidget *widget)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(widget);

    GTK_WIDGET_CLASS(torchlight_captions_page_parent_class)->map(widget);
    if (!page->reading && page->workspace)
        read_tokens(page);
    if (page->is_stale)
        captions_page_want_report(page);
    page->is_stale = false;
}

static gboolean
on_find_key(GtkWidget *widget, GVariant *arguments, gpointer data)
{
    return gtk_widget_get_mapped(widget) &&
           gtk_widget_grab_focus(GTK_WIDGET(TORCHLIGHT_CAPTIONS_PAGE(widget)->search));
}

void
torchlight_captions_page_set_workspace(TorchlightCaptionsPage *page, TorchlightWorkspace *workspace)
{
    g_autofree char *model =
        g_settings_get_string(torchlight_workspace_get_settings(workspace), "model");
    g_autofree char *path = paths_vocabulary(*model ? model : NULL);
    GtkSelectionModel *traces = torchlight_workspace_get_traces(workspace);

    g_set_object(&page->workspace, workspace);
    page->vocabulary = path ? vocabulary_read(path, NULL) : NULL;
    torchlight_tags_panel_set_vocabulary(page->tags, page->vocabulary);
    make_rows(page);
    gtk_list_view_set_model(page->list, GTK_SELECTION_MODEL(page->selection));
#define FOLLOW(object, signal, handler)                                                            \
    g_signal_connect_object(object, signal, G_CALLBACK(handler), page, G_CONNECT_SWAPPED)
    FOLLOW(workspace, "notify::project", on_project);
    FOLLOW(workspace, "notify::palette", make_rows);
    FOLLOW(torchlight_workspace_get_settings(workspace), "changed::model", read_tokens);
    FOLLOW(traces, "selection-changed", update_model);
    FOLLOW(traces, "items-changed", update_model);
    FOLLOW(page->selection, "items-changed", update_scope);
    FOLLOW(page->selection, "selection-changed", update_scope);
#undef FOLLOW
    update_model(page);
    on_project(page);
}

static void
torchlight_captions_page_dispose(GObject *object)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(object);

    g_clear_handle_id(&page->delay, g_source_remove);
    if (page->list) {
        gtk_list_view_set_model(page->list, NULL);
        gtk_list_view_set_factory(page->list, NULL);
        page->list = NULL;
    }
    g_clear_pointer(&page->content, gtk_widget_unparent);
    g_clear_object(&page->selection);
    g_clear_object(&page->shown);
    g_clear_object(&page->filter);
    g_clear_object(&page->counting);
    g_clear_object(&page->reading);
    g_clear_object(&page->chooser);
    g_clear_pointer(&page->query, caption_query_free);
    g_clear_pointer(&page->tokens, caption_tokens_unref);
    g_clear_pointer(&page->vocabulary, vocabulary_free);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_captions_page_parent_class)->dispose(object);
}

static void
torchlight_captions_page_class_init(TorchlightCaptionsPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_captions_page_dispose;
    widget->map = torchlight_captions_page_map;
    g_type_ensure(TORCHLIGHT_TYPE_TAGS_PANEL);
    g_type_ensure(TORCHLIGHT_TYPE_WORDS_PANEL);
    g_type_ensure(TORCHLIGHT_TYPE_PROBLEMS_PANEL);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/captions_page.ui");
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightCaptionsPage, child)
    BIND(content);
    BIND(flap);
    BIND(stack);
    BIND(list);
    BIND(search);
    BIND(scope);
    BIND(show_all);
    BIND(tags);
    BIND(words);
    BIND(problems);
#undef BIND
    gtk_widget_class_bind_template_callback(widget, on_activate);
    gtk_widget_class_bind_template_callback(widget, on_find_word);
    gtk_widget_class_bind_template_callback(widget, on_search);
    gtk_widget_class_bind_template_callback(widget, on_show_caption);
    gtk_widget_class_bind_template_callback(widget, on_toggle);
    gtk_widget_class_bind_template_callback(widget, on_use);
    gtk_widget_class_install_action(widget, "captions.change", NULL, on_change);
    gtk_widget_class_install_action(widget, "captions.edit", NULL, on_edit);
    gtk_widget_class_install_action(widget, "captions.show-all", NULL, on_show_all);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_F2, 0, "captions.edit", NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_h, GDK_CONTROL_MASK, "captions.change",
                                        NULL);
    captions_page_add_file_actions(class);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_captions_page_init(TorchlightCaptionsPage *page)
{
    GtkEventController *controller = gtk_shortcut_controller_new();

    page->query = caption_query_new("");
    page->filter = GTK_FILTER(gtk_custom_filter_new(matches, page, NULL));
    page->shown = gtk_filter_list_model_new(NULL, NULL);
    page->selection = gtk_multi_selection_new(g_object_ref(G_LIST_MODEL(page->shown)));
    gtk_widget_init_template(GTK_WIDGET(page));
    gtk_shortcut_controller_set_scope(GTK_SHORTCUT_CONTROLLER(controller),
                                      GTK_SHORTCUT_SCOPE_GLOBAL);
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(controller),
        gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_f, GDK_CONTROL_MASK),
                         gtk_callback_action_new(on_find_key, NULL, NULL)));
    gtk_widget_add_controller(GTK_WIDGET(page), controller);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the form takes out of the project: LoRAs, control maps, models, the words of captions. */
#include <glib/gi18n.h>

#include "app/jobs/edges.h"
#include "app/jobs/paths.h"
#include "app/jobs/edge_field.h"
#include "ui/generate/generate_form_private.h"
#include "ui/generate/lora_row.h"

/* --- words and tokens --- */

typedef struct {
    char *model;         /* NULL: the bundled */
    GPtrArray *captions; /* char* */
    CaptionWords *words[2];
    CaptionTokens *tokens[2]; /* of the prompt and of the negative one */
} WordsData;

static void
words_data_free(void *data_)
{
    WordsData *data = data_;

    g_free(data->model);
    g_ptr_array_unref(data->captions);
    for (int i = 0; i < 2; i++) {
        caption_words_free(data->words[i]);
        caption_tokens_unref(data->tokens[i]);
    }
    g_free(data);
}

static void
words_in_thread(GTask *task, gpointer source, gpointer data_, GCancellable *cancellable)
{
    WordsData *data = data_;
    g_autofree char *path = paths_vocabulary(data->model);
    g_autoptr(Vocabulary) vocabulary = path ? vocabulary_read(path, NULL) : NULL;

    for (int i = 0; i < 2; i++) {
        data->words[i] = caption_words_new(vocabulary);
        data->tokens[i] = caption_tokens_new(data->model, NULL);
        for (guint j = 0; j < data->captions->len; j++)
            caption_words_count(data->words[i], data->captions->pdata[j], 1);
    }
    g_task_return_boolean(task, TRUE);
}

static void
on_words(GObject *source, GAsyncResult *result, gpointer data_)
{
    TorchlightGenerateForm *form = TORCHLIGHT_GENERATE_FORM(source);
    WordsData *data = g_task_get_task_data(G_TASK(result));

    if (!g_task_propagate_boolean(G_TASK(result), NULL))
        return;
    torchlight_prompt_view_take_words(form->prompt, g_steal_pointer(&data->words[0]),
                                      g_steal_pointer(&data->tokens[0]));
    torchlight_prompt_view_take_words(form->negative, g_steal_pointer(&data->words[1]),
                                      g_steal_pointer(&data->tokens[1]));
}

void
generate_form_load_words(TorchlightGenerateForm *form)
{
    TorchlightProject *project = torchlight_workspace_get_project(form->workspace);
    GListModel *traces = project ? torchlight_project_get_items(project, ITEM_TRACE) : NULL;
    WordsData *data = g_new0(WordsData, 1);
    g_autoptr(GTask) task = NULL;

    g_cancellable_cancel(form->loading);
    g_clear_object(&form->loading);
    form->loading = g_cancellable_new();
    data->model = g_strdup(path_choice_get(form->models));
    data->captions = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; traces && i < g_list_model_get_n_items(traces); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(traces, i);

        g_ptr_array_add(data->captions, g_strdup(torchlight_item_get_caption(item)));
    }
    task = g_task_new(form, form->loading, on_words, NULL);
    g_task_set_task_data(task, data, words_data_free);
    g_task_run_in_thread(task, words_in_thread);
}

/* --- LoRAs --- */

void
generate_form_clear_loras(TorchlightGenerateForm *form)
{
    for (guint i = 0; i < form->loras->len; i++)
        adw_preferences_group_remove(form->lora_group, form->loras->pdata[i]);
    g_ptr_array_set_size(form->loras, 0);
    gtk_widget_set_visible(form->no_lora, TRUE);
}

static void
on_lora_removed(TorchlightLoraRow *row, TorchlightGenerateForm *form)
{
    g_ptr_array_remove(form->loras, row);
    adw_preferences_group_remove(form->lora_group, GTK_WIDGET(row));
    gtk_widget_set_visible(form->no_lora, form->loras->len == 0);
    gtk_widget_grab_focus(form->add_lora);
}

/* name NULL: as the project calls it, else the file. */
void
generate_form_add_lora(TorchlightGenerateForm *form, const char *path, const char *name,
                       double weight)
{
    TorchlightProject *project = torchlight_workspace_get_project(form->workspace);
    TorchlightItem *item = project ? torchlight_project_find_file(project, path) : NULL;
    g_autofree char *base = g_filename_display_basename(path);
    GtkWidget *row;

    for (guint i = 0; i < form->loras->len; i++) {
        if (g_str_equal(torchlight_lora_row_get_path(form->loras->pdata[i]), path))
            return; /* it is there already */
    }
    row = torchlight_lora_row_new(path,
                                  name   ? name
                                  : item ? torchlight_item_get_name(item)
                                         : base,
                                  weight);
    g_signal_connect(row, "remove", G_CALLBACK(on_lora_removed), form);
    g_ptr_array_add(form->loras, row);
    adw_preferences_group_add(form->lora_group, row);
    gtk_widget_set_visible(form->no_lora, FALSE);
}

static void
fill_lora_menu(TorchlightGenerateForm *form)
{
    GListModel *loras =
        form->project ? torchlight_project_get_items(form->project, ITEM_LORA) : NULL;
    g_autoptr(GMenu) menu = g_menu_new(), ours = g_menu_new(), others = g_menu_new();

    for (guint i = 0; loras && i < g_list_model_get_n_items(loras); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(loras, i);
        g_autofree char *path = torchlight_item_dup_path(item);
        g_autoptr(GMenuItem) entry = g_menu_item_new(torchlight_item_get_name(item), NULL);

        if (!path)
            continue;
        g_menu_item_set_action_and_target(entry, "form.add-lora", "s", path);
        g_menu_append_item(ours, entry);
    }
    g_menu_append(others, _("From a _File…"), "form.add-lora-file");
    g_menu_append_section(menu, NULL, G_MENU_MODEL(ours));
    g_menu_append_section(menu, NULL, G_MENU_MODEL(others));
    gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(form->add_lora), G_MENU_MODEL(menu));
}

/* --- control maps --- */

static void
show_control(TorchlightGenerateForm *form)
{
    bool on = path_choice_get(form->maps) != NULL;

    gtk_widget_set_visible(form->map_row, on);
    gtk_widget_set_visible(form->control_weight_row, on);
    gtk_widget_set_visible(GTK_WIDGET(form->control_mode), on);
    gtk_widget_set_visible(GTK_WIDGET(form->control_convention), on);
    gtk_widget_set_visible(form->control_start_row, on);
    gtk_widget_set_visible(form->control_end_row, on);
    if (gtk_widget_get_sensitive(form->rows_row) == !on)
        return;
    gtk_widget_set_sensitive(form->rows_row, !on);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(form->rows_row),
                                on ? _("As many as the control map has")
                                   : _("Its rows, by eights"));
}

static void
map_in_thread(GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
    GError *error = NULL;
    GdkTexture *texture = gdk_texture_new_from_filename(path, &error);

    if (texture)
        g_task_return_pointer(task, texture, g_object_unref);
    else
        g_task_return_error(task, error);
}

static void
on_map_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightGenerateForm *form = TORCHLIGHT_GENERATE_FORM(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(GdkTexture) texture = g_task_propagate_pointer(G_TASK(result), &error);
    g_autofree char *size = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !form->map_picture)
        return;
    gtk_picture_set_paintable(GTK_PICTURE(form->map_picture), GDK_PAINTABLE(texture));
    size = texture ? g_strdup_printf(_("%d × %d pixels"), gdk_texture_get_width(texture),
                                     gdk_texture_get_height(texture))
                   : g_strdup(_("It cannot be read: choose another map."));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(form->map_row), size);
}

static void
on_map_chosen(const char *path, void *data)
{
    TorchlightGenerateForm *form = data;
    g_autoptr(GTask) task = NULL;

    show_control(form);
    g_cancellable_cancel(form->map_loading);
    g_clear_object(&form->map_loading);
    gtk_picture_set_paintable(GTK_PICTURE(form->map_picture), NULL);
    if (!path)
        return;
    form->map_loading = g_cancellable_new();
    task = g_task_new(form, form->map_loading, on_map_loaded, NULL);
    g_task_set_task_data(task, g_strdup(path), g_free);
    g_task_run_in_thread(task, map_in_thread);
}

static void
edges_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    char **paths = data; /* from, to */
    const EdgesParams params = {
        .input = paths[0], .output = paths[1], .device = "cpu", .low = EDGE_LOW, .high = EDGE_HIGH};
    EdgesResult edges;
    GError *error = NULL;

    if (edges_run(&params, &edges, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void
on_edges(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightGenerateForm *form = TORCHLIGHT_GENERATE_FORM(source);
    g_autoptr(TorchlightItem) trace = data;
    char **paths = g_task_get_task_data(G_TASK(result));
    g_autofree char *name = NULL, *file = NULL;
    g_autoptr(GError) error = NULL;
    JsonObject *record;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        if (form->workspace)
            torchlight_workspace_tell_error(form->workspace, _("No Edges Could Be Found"),
                                            error->message);
        return;
    }
    if (!form->project)
        return;
    file = torchlight_project_relative(form->project, paths[1]);
    name = g_strdup_printf(_("Edges of %s"), torchlight_item_get_name(trace));
    record = json_object_new();
    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "of", torchlight_item_get_id(trace));
    json_object_set_double_member(record, "low", EDGE_LOW);
    json_object_set_double_member(record, "high", EDGE_HIGH);
    torchlight_project_begin(form->project, _("Make Control Map"));
    torchlight_project_add(form->project, ITEM_MAP, record);
    torchlight_project_end(form->project);
    path_choice_set(form->maps, paths[1]);
}

/* The map that the project has of the opened trace, else one is made. */
static void
use_edges(TorchlightGenerateForm *form)
{
    TorchlightItem *trace = torchlight_workspace_get_trace(form->workspace);
    g_autofree char *stem = NULL;
    char **paths;
    g_autoptr(GTask) task = NULL;

    if (!trace || !form->project || !torchlight_project_is_writable(form->project)) {
        torchlight_workspace_toast(form->workspace,
                                   _("No trace is open: open one in the library first."));
        return;
    }
    stem = g_strdup_printf("%s-edges", torchlight_item_get_name(trace));
    paths = g_new0(char *, 3);
    paths[0] = torchlight_item_dup_path(trace);
    paths[1] =
        torchlight_project_new_path(form->project, "maps", g_strdelimit(stem, "/", '-'), ".png");
    task = g_task_new(form, NULL, on_edges, g_object_ref(trace));
    g_task_set_task_data(task, paths, (GDestroyNotify)g_strfreev);
    g_task_run_in_thread(task, edges_in_thread);
}

static void
fill_maps(TorchlightGenerateForm *form)
{
    GListModel *maps = form->project ? torchlight_project_get_items(form->project, ITEM_MAP) : NULL;

    path_choice_begin(form->maps);
    path_choice_add(form->maps, NULL, _("None"));
    for (guint i = 0; maps && i < g_list_model_get_n_items(maps); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(maps, i);
        g_autofree char *path = torchlight_item_dup_path(item);

        if (path)
            path_choice_add(form->maps, path, torchlight_item_get_name(item));
    }
    path_choice_add_action(form->maps, "edges", _("Edges of the Opened Trace"));
    path_choice_add_action(form->maps, "file", _("Choose a Picture…"));
    path_choice_end(form->maps);
}

/* --- models --- */

void
generate_form_fill_models(TorchlightGenerateForm *form)
{
    GListModel *models =
        form->project ? torchlight_project_get_items(form->project, ITEM_MODEL) : NULL;

    path_choice_begin(form->models);
    path_choice_add(form->models, NULL, _("Bundled"));
    for (guint i = 0; models && i < g_list_model_get_n_items(models); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(models, i);
        g_autofree char *path = torchlight_item_dup_path(item);

        if (path)
            path_choice_add(form->models, path, torchlight_item_get_name(item));
    }
    path_choice_add_action(form->models, "folder", _("Choose a Folder…"));
    path_choice_add_action(form->models, "file", _("Choose a File…"));
    path_choice_end(form->models);
}

static void
on_model_chosen(const char *path, void *data)
{
    TorchlightGenerateForm *form = data;

    if (form->workspace)
        generate_form_load_words(form);
}

/* --- files --- */

typedef enum { CHOOSE_LORA, CHOOSE_MAP, CHOOSE_MODEL, CHOOSE_MODEL_FILE } Choosing;

static void
on_file_chosen(GtkNativeDialog *dialog, int response, TorchlightGenerateForm *form)
{
    Choosing what = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(dialog), "choosing"));
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                : NULL;
    g_autofree char *path = file ? g_file_get_path(file) : NULL;

    g_clear_object(&form->chooser);
    if (!path)
        return;
    if (what == CHOOSE_LORA)
        generate_form_add_lora(form, path, NULL, 1);
    else
        path_choice_set(what == CHOOSE_MAP ? form->maps : form->models, path);
}

static void
choose(TorchlightGenerateForm *form, Choosing what)
{
    static const char *const titles[] = {N_("Choose a LoRA"), N_("Choose a Control Map"),
                                         N_("Choose the Folder of a Model"),
                                         N_("Choose a Model in One File")};
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(form));
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

    g_clear_object(&form->chooser);
    form->chooser = gtk_file_chooser_native_new(
        _(titles[what]), GTK_WINDOW(root),
        what == CHOOSE_MODEL ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN,
        _("_Choose"), NULL);
    gtk_file_filter_set_name(filter, what == CHOOSE_LORA  ? _("LoRAs")
                                     : what == CHOOSE_MAP ? _("Pictures")
                                                          : _("Models"));
    gtk_file_filter_add_suffix(filter, what == CHOOSE_MAP ? "png" : "safetensors");
    if (what != CHOOSE_MODEL)
        gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(form->chooser), filter);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(form->chooser), TRUE);
    g_object_set_data(G_OBJECT(form->chooser), "choosing", GINT_TO_POINTER(what));
    g_signal_connect_object(form->chooser, "response", G_CALLBACK(on_file_chosen), form, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(form->chooser));
}

static void
on_map_asked(const char *action, void *data)
{
    if (g_str_equal(action, "edges"))
        use_edges(data);
    else
        choose(data, CHOOSE_MAP);
}

static void
on_model_asked(const char *action, void *data)
{
    choose(data, g_str_equal(action, "file") ? CHOOSE_MODEL_FILE : CHOOSE_MODEL);
}

static void
on_add_lora(GSimpleAction *action, GVariant *path, gpointer form)
{
    generate_form_add_lora(form, g_variant_get_string(path, NULL), NULL, 1);
}

static void
on_add_lora_file(GSimpleAction *action, GVariant *path, gpointer form)
{
    choose(form, CHOOSE_LORA);
}

void
generate_form_add_actions(TorchlightGenerateForm *form)
{
    const GActionEntry entries[] = {
        {.name = "add-lora", .activate = on_add_lora, .parameter_type = "s"},
        {.name = "add-lora-file", .activate = on_add_lora_file}};
    g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new();

    g_action_map_add_action_entries(G_ACTION_MAP(group), entries, G_N_ELEMENTS(entries), form);
    gtk_widget_insert_action_group(GTK_WIDGET(form), "form", G_ACTION_GROUP(group));
}

void
generate_form_make_choices(TorchlightGenerateForm *form)
{
    form->maps = path_choice_new(form->map, on_map_chosen, on_map_asked, form);
    form->models = path_choice_new(form->model, on_model_chosen, on_model_asked, form);
    fill_maps(form);
    generate_form_fill_models(form);
    fill_lora_menu(form);
    show_control(form);
}

/* --- the project --- */

void
generate_form_unwatch_project(TorchlightGenerateForm *form)
{
    static const ItemKind kinds[] = {ITEM_LORA, ITEM_MAP, ITEM_MODEL};

    for (guint i = 0; form->project && i < G_N_ELEMENTS(kinds); i++)
        g_signal_handlers_disconnect_by_data(torchlight_project_get_items(form->project, kinds[i]),
                                             form);
    g_clear_object(&form->project);
}

void
generate_form_watch_project(TorchlightGenerateForm *form)
{
    TorchlightProject *project = torchlight_workspace_get_project(form->workspace);

    if (project == form->project)
        return;
    generate_form_unwatch_project(form);
    generate_form_clear_loras(form);
    path_choice_set(form->maps, NULL);
    if (project) {
        form->project = g_object_ref(project);
        g_signal_connect_swapped(torchlight_project_get_items(project, ITEM_LORA), "items-changed",
                                 G_CALLBACK(fill_lora_menu), form);
        g_signal_connect_swapped(torchlight_project_get_items(project, ITEM_MAP), "items-changed",
                                 G_CALLBACK(fill_maps), form);
        g_signal_connect_swapped(torchlight_project_get_items(project, ITEM_MODEL), "items-changed",
                                 G_CALLBACK(generate_form_fill_models), form);
    }
    fill_lora_menu(form);
    fill_maps(form);
    generate_form_fill_models(form);
    if (gtk_widget_get_mapped(GTK_WIDGET(form)))
        generate_form_load_words(form);
}

void
torchlight_generate_form_use_lora(TorchlightGenerateForm *form, TorchlightItem *lora)
{
    g_autofree char *path = torchlight_item_dup_path(lora);

    if (path)
        generate_form_add_lora(form, path, torchlight_item_get_name(lora), 1);
}

void
torchlight_generate_form_use_map(TorchlightGenerateForm *form, TorchlightItem *map)
{
    g_autofree char *path = torchlight_item_dup_path(map);

    if (path)
        path_choice_set(form->maps, path);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up a training. */
#include "ui/train/train_setup_private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/short_text.h"
#include "ui/train/lr_plot.h"
#include "ui/train/picture_load.h"
#include "ui/train/settings_rows.h"
#include "ui/train/train_choice.h"

enum { MAX_SHOWN = 24, THUMBNAIL = 72, SETTLE_MS = 250 };
enum { STARTED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightTrainSetup, torchlight_train_setup, GTK_TYPE_WIDGET)

/* --- pictures --- */

static void
show_strip(TorchlightTrainSetup *setup)
{
    GtkWidget *child;
    guint n = MIN(setup->choice->items->len, MAX_SHOWN);

    while ((child = gtk_widget_get_first_child(setup->strip)))
        gtk_box_remove(GTK_BOX(setup->strip), child);
    gtk_widget_set_visible(setup->strip_row, n > 0);
    for (guint i = 0; i < n; i++) {
        TorchlightItem *item = setup->choice->items->pdata[i];
        g_autofree char *path = torchlight_item_dup_path(item);
        g_autofree char *caption = short_text(torchlight_item_get_caption(item));
        GtkWidget *picture = gtk_picture_new();

        gtk_picture_set_can_shrink(GTK_PICTURE(picture), TRUE);
        gtk_picture_set_alternative_text(GTK_PICTURE(picture), caption);
        gtk_widget_set_tooltip_text(picture, caption);
        gtk_widget_set_size_request(picture, THUMBNAIL, THUMBNAIL);
        gtk_widget_set_overflow(picture, GTK_OVERFLOW_HIDDEN);
        gtk_widget_add_css_class(picture, "thumbnail");
        picture_load_thumbnail(GTK_PICTURE(picture), setup->workspace, torchlight_item_get_id(item),
                               path);
        gtk_box_append(GTK_BOX(setup->strip), picture);
    }
}

/* The captions to draw, until somebody writes their own. */
static void
suggest_prompts(TorchlightTrainSetup *setup)
{
    g_auto(GStrv) captions = train_choice_dup_captions(setup->choice, N_PROMPTS - 1);

    for (guint i = 0; i < N_PROMPTS && !setup->own_prompts; i++) {
        setup->suggesting = true;
        gtk_editable_set_text(GTK_EDITABLE(setup->prompts[i]),
                              i < g_strv_length(captions) ? captions[i] : "");
        setup->suggesting = false;
    }
}

static void
choose_pictures(TorchlightTrainSetup *setup)
{
    TrainChoose how = (TrainChoose)adw_combo_row_get_selected(ADW_COMBO_ROW(setup->choose));
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);
    g_autoptr(GPtrArray) selected = torchlight_workspace_dup_selected(setup->workspace);
    g_autofree char *text = NULL;

    gtk_widget_set_visible(setup->query, how == TRAIN_CHOOSE_CAPTION);
    g_clear_pointer(&setup->choice, train_choice_free);
    if (!project)
        return;
    setup->choice =
        train_choice_new(project, how, selected, gtk_editable_get_text(GTK_EDITABLE(setup->query)));
    text = train_choice_to_text(setup->choice);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(setup->choose), text);
    show_strip(setup);
    suggest_prompts(setup);
    train_setup_predict(setup);
}

static gboolean
on_settled(gpointer data)
{
    TorchlightTrainSetup *setup = data;

    setup->settling = 0;
    choose_pictures(setup);
    return G_SOURCE_REMOVE;
}

/* A burst of changes counts once. */
static void
on_pictures_changed(TorchlightTrainSetup *setup)
{
    g_clear_handle_id(&setup->settling, g_source_remove);
    setup->settling = g_timeout_add(SETTLE_MS, on_settled, setup);
}

/* --- settings --- */

static void
show_preset(TorchlightTrainSetup *setup)
{
    guint selected = setup->presets->len;

    for (guint i = 0; i < setup->presets->len && selected == setup->presets->len; i++) {
        if (train_preset_matches(setup->presets->pdata[i], setup->params))
            selected = i;
    }
    setup->showing = true;
    adw_combo_row_set_selected(ADW_COMBO_ROW(setup->preset), selected);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(setup->preset),
                                selected < setup->presets->len
                                    ? ((TrainPreset *)setup->presets->pdata[selected])->description
                                    : _("The settings below, as you have made them."));
    setup->showing = false;
}

static void
on_setting(gpointer data)
{
    TorchlightTrainSetup *setup = data;

    lr_plot_row_update(setup->lr_plot, setup->params);
    show_preset(setup);
    train_setup_predict(setup);
}

static void
on_preset(TorchlightTrainSetup *setup)
{
    guint selected = adw_combo_row_get_selected(ADW_COMBO_ROW(setup->preset));

    if (setup->showing || selected >= setup->presets->len)
        return;
    train_preset_apply(setup->presets->pdata[selected], setup->params, NULL);
    for (guint i = 0; i < setup->rows->len; i++)
        settings_row_update(setup->rows->pdata[i]);
    on_setting(setup);
}

static void
on_prompt(TorchlightTrainSetup *setup)
{
    if (setup->suggesting)
        return;
    setup->own_prompts = true;
    train_setup_predict(setup);
}

static void
add_prompts(TorchlightTrainSetup *setup)
{
    for (guint i = 0; i < N_PROMPTS; i++) {
        g_autofree char *title = g_strdup_printf(_("Caption of Preview %u"), i + 1);

        setup->prompts[i] = adw_entry_row_new();
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(setup->prompts[i]), title);
        adw_expander_row_add_row(ADW_EXPANDER_ROW(setup->groups[TRAIN_GROUP_OUTCOME]),
                                 setup->prompts[i]);
        g_signal_connect_swapped(setup->prompts[i], "changed", G_CALLBACK(on_prompt), setup);
    }
}

static void
add_settings(TorchlightTrainSetup *setup)
{
    const TrainSetting *setting;
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    for (TrainGroup group = 0; group < N_TRAIN_GROUPS; group++)
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(setup->groups[group]),
                                      train_group_label(group));
    for (guint i = 0; (setting = train_setting(i)); i++) {
        GtkWidget *row = settings_row_new(setting, setup->params, on_setting, setup);

        adw_expander_row_add_row(ADW_EXPANDER_ROW(setup->groups[setting->group]), row);
        g_ptr_array_add(setup->rows, row);
        if (g_str_equal(setting->key, "lr_schedule")) {
            setup->lr_plot = lr_plot_row_new();
            adw_expander_row_add_row(ADW_EXPANDER_ROW(setup->groups[setting->group]),
                                     setup->lr_plot);
        }
    }
    add_prompts(setup);
    for (guint i = 0; i < setup->presets->len; i++)
        gtk_string_list_append(names, ((TrainPreset *)setup->presets->pdata[i])->name);
    gtk_string_list_append(names, _("Own Settings"));
    adw_combo_row_set_model(ADW_COMBO_ROW(setup->preset), G_LIST_MODEL(names));
    if (setup->presets->len > 0) {
        train_preset_apply(setup->presets->pdata[0], setup->params, NULL);
        for (guint i = 0; i < setup->rows->len; i++)
            settings_row_update(setup->rows->pdata[i]);
    }
    lr_plot_row_update(setup->lr_plot, setup->params);
    show_preset(setup);
}

/* --- starting --- */

static char *
dup_name(TorchlightTrainSetup *setup)
{
    char *name = g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(setup->name))));

    if (*name)
        return name;
    g_free(name);
    return g_strdup(_("LoRA"));
}

static void
start(TorchlightTrainSetup *setup)
{
    g_autofree char *name = dup_name(setup);
    TorchlightTrainEntry *entry =
        torchlight_train_list_start(setup->list, name, train_setup_dup_params(setup));

    g_signal_emit(setup, signals[STARTED], 0, entry);
}

/* Captions are read from their files: what is written just now is waited for. */
static void
on_saved(TorchlightTrainSetup *setup)
{
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);
    gboolean unsaved = FALSE;

    if (project)
        g_object_get(project, "unsaved", &unsaved, NULL);
    if (unsaved)
        return;
    if (setup->waiting_for)
        g_signal_handlers_disconnect_by_func(setup->waiting_for, on_saved, setup);
    g_clear_object(&setup->waiting_for);
    if (project)
        start(setup);
    train_setup_update_start(setup);
}

static void
on_start(TorchlightTrainSetup *setup)
{
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);

    if (!project || setup->waiting_for)
        return;
    setup->waiting_for = g_object_ref(project);
    g_signal_connect_swapped(project, "notify::unsaved", G_CALLBACK(on_saved), setup);
    gtk_widget_set_sensitive(setup->start, FALSE);
    on_saved(setup);
}

static void
on_project(TorchlightTrainSetup *setup)
{
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);

    if (setup->waiting_for)
        g_signal_handlers_disconnect_by_func(setup->waiting_for, on_saved, setup);
    g_clear_object(&setup->waiting_for);
    setup->own_prompts = false;
    if (project)
        g_signal_connect_object(torchlight_project_get_items(project, ITEM_TRACE), "items-changed",
                                G_CALLBACK(on_pictures_changed), setup, G_CONNECT_SWAPPED);
    train_setup_list_models(setup);
    on_pictures_changed(setup);
}

static void
on_mapped(TorchlightTrainSetup *setup)
{
    on_pictures_changed(setup); /* captions may have changed meanwhile */
}

void
torchlight_train_setup_set_list(TorchlightTrainSetup *setup, TorchlightWorkspace *workspace,
                                TorchlightTrainList *list)
{
    setup->workspace = workspace;
    setup->list = g_object_ref(list);
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(on_project), setup,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(workspace, "selection-changed", G_CALLBACK(on_pictures_changed), setup,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(torchlight_workspace_get_settings(workspace), "changed::device",
                            G_CALLBACK(train_setup_predict), setup, G_CONNECT_SWAPPED);
    g_signal_connect(setup, "map", G_CALLBACK(on_mapped), NULL);
    on_project(setup);
}

static void
torchlight_train_setup_dispose(GObject *object)
{
    TorchlightTrainSetup *setup = TORCHLIGHT_TRAIN_SETUP(object);

    g_clear_handle_id(&setup->settling, g_source_remove);
    if (setup->content)
        train_setup_stop_predicting(setup);
    if (setup->waiting_for)
        g_signal_handlers_disconnect_by_func(setup->waiting_for, on_saved, setup);
    g_clear_object(&setup->waiting_for);
    g_clear_object(&setup->chooser);
    g_clear_pointer(&setup->content, gtk_widget_unparent);
    g_clear_object(&setup->list);
    g_clear_pointer(&setup->choice, train_choice_free);
    g_clear_pointer(&setup->rows, g_ptr_array_unref);
    g_clear_pointer(&setup->presets, g_ptr_array_unref);
    g_clear_pointer(&setup->models, g_ptr_array_unref);
    g_clear_pointer(&setup->params, train_params_free);
    G_OBJECT_CLASS(torchlight_train_setup_parent_class)->dispose(object);
}

static void
torchlight_train_setup_class_init(TorchlightTrainSetupClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_train_setup_dispose;
    signals[STARTED] = g_signal_new("started", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, TORCHLIGHT_TYPE_TRAIN_ENTRY);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/train_setup.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
#define CHILD(name_) gtk_widget_class_bind_template_child(widget, TorchlightTrainSetup, name_)
    CHILD(content);
    CHILD(choose);
    CHILD(query);
    CHILD(strip_row);
    CHILD(strip);
    CHILD(name);
    CHILD(model);
    CHILD(choose_model);
    CHILD(choose_model_file);
    CHILD(preset);
    CHILD(spinner);
    CHILD(prediction);
    CHILD(source);
    CHILD(start);
#undef CHILD
    gtk_widget_class_bind_template_child_full(
        widget, "group_training", FALSE,
        G_STRUCT_OFFSET(TorchlightTrainSetup, groups[TRAIN_GROUP_TRAINING]));
    gtk_widget_class_bind_template_child_full(
        widget, "group_lora", FALSE,
        G_STRUCT_OFFSET(TorchlightTrainSetup, groups[TRAIN_GROUP_LORA]));
    gtk_widget_class_bind_template_child_full(
        widget, "group_outcome", FALSE,
        G_STRUCT_OFFSET(TorchlightTrainSetup, groups[TRAIN_GROUP_OUTCOME]));
    gtk_widget_class_bind_template_child_full(
        widget, "group_advanced", FALSE,
        G_STRUCT_OFFSET(TorchlightTrainSetup, groups[TRAIN_GROUP_ADVANCED]));
}

static void
torchlight_train_setup_init(TorchlightTrainSetup *setup)
{
    gtk_widget_init_template(GTK_WIDGET(setup));
    setup->params = train_params_new();
    setup->rows = g_ptr_array_new();
    setup->presets = train_presets();
    setup->models = g_ptr_array_new_with_free_func(g_free);
    add_settings(setup);
    g_object_bind_property(setup->spinner, "spinning", setup->spinner, "visible",
                           G_BINDING_SYNC_CREATE);
    g_signal_connect_swapped(setup->choose, "notify::selected", G_CALLBACK(on_pictures_changed),
                             setup);
    g_signal_connect_swapped(setup->query, "changed", G_CALLBACK(on_pictures_changed), setup);
    g_signal_connect_swapped(setup->preset, "notify::selected", G_CALLBACK(on_preset), setup);
    g_signal_connect_swapped(setup->model, "notify::selected", G_CALLBACK(train_setup_predict),
                             setup);
    g_signal_connect_swapped(setup->choose_model, "clicked", G_CALLBACK(train_setup_choose_model),
                             setup);
    g_signal_connect_swapped(setup->choose_model_file, "clicked",
                             G_CALLBACK(train_setup_choose_model_file), setup);
    g_signal_connect_swapped(setup->start, "clicked", G_CALLBACK(on_start), setup);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The generate panel: its rows, the settings behind them, and the generation that runs. */
#include "ui/generate/generate_panel.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/jobs/paths.h"
#include "ui/device_row.h"
#include "ui/generate/generation.h"
#include "ui/settings.h"

struct _TorchlightGeneratePanel {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *box;
    GtkEditable *prompt, *negative;
    AdwActionRow *follow_row, *model_row, *lora_row;
    GtkWidget *control_weight_row, *lora_weight_row, *seed_row;
    GtkSwitch *follow, *random;
    GtkSpinButton *control_weight, *lora_weight, *steps, *guidance, *seed;
    GtkWidget *model_clear, *model_choose, *lora_clear, *lora_choose;
    AdwComboRow *sampler;
    GtkRevealer *progress_revealer;
    GtkLabel *status;
    GtkProgressBar *progress;
    GtkWidget *run, *cancel;

    /* owned */
    GSettings *settings;
    TracePicture *source;
    char *prefilled; /* what the prompt was last set to by us */
    TorchlightGeneration *generation;
    GtkNativeDialog *chooser;

    Palette palette;
    bool has_controlnet;
};

enum { PROP_0, PROP_BUSY, PROP_CAN_RUN, N_PROPS };
enum { SIGNAL_PREVIEW, SIGNAL_GENERATED, SIGNAL_FAILED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightGeneratePanel, torchlight_generate_panel, GTK_TYPE_WIDGET)

/* Steps between previews: a decode costs about as much as a step. */
enum { PREVIEW_EVERY = 4 };

bool
torchlight_generate_panel_is_busy(TorchlightGeneratePanel *panel)
{
    return panel->generation != NULL;
}

static bool
can_run(TorchlightGeneratePanel *panel)
{
    g_autofree char *prompt = g_strdup(gtk_editable_get_text(panel->prompt));

    return !panel->generation && *g_strstrip(prompt);
}

static char *
model_path(TorchlightGeneratePanel *panel)
{
    g_autofree char *chosen = g_settings_get_string(panel->settings, "model");

    return *chosen ? g_steal_pointer(&chosen) : paths_bundled_model();
}

static void
show_file(AdwActionRow *row, GtkWidget *clear, const char *path, const char *none)
{
    g_autofree char *name = *path ? g_filename_display_basename(path) : g_strdup(none);
    g_autofree char *escaped = g_markup_escape_text(name, -1);

    adw_action_row_set_subtitle(row, escaped);
    gtk_widget_set_tooltip_text(GTK_WIDGET(row), *path ? path : NULL);
    gtk_widget_set_visible(clear, *path);
}

/* What can be used follows from what is chosen. */
static void
update(TorchlightGeneratePanel *panel)
{
    g_autofree char *model = g_settings_get_string(panel->settings, "model");
    g_autofree char *lora = g_settings_get_string(panel->settings, "lora");
    g_autofree char *folder = model_path(panel);
    g_autofree char *config = g_build_filename(folder, "controlnet", "config.json", NULL);
    bool busy = panel->generation != NULL, can_follow, follow;

    panel->has_controlnet = g_file_test(config, G_FILE_TEST_EXISTS);
    can_follow = panel->has_controlnet && panel->source;
    follow = can_follow && gtk_switch_get_active(panel->follow);
    adw_action_row_set_subtitle(panel->follow_row, !panel->has_controlnet
                                                       ? _("This model has no ControlNet")
                                                   : panel->source ? _("Of the shown trace")
                                                                   : _("Open a trace first"));
    gtk_widget_set_sensitive(GTK_WIDGET(panel->follow_row), can_follow);
    gtk_widget_set_sensitive(panel->control_weight_row, follow);
    show_file(panel->model_row, panel->model_clear, model, _("Bundled (mini)"));
    show_file(panel->lora_row, panel->lora_clear, lora, _("None"));
    gtk_widget_set_visible(panel->lora_weight_row, *lora);
    gtk_widget_set_sensitive(panel->seed_row, !gtk_switch_get_active(panel->random));
    gtk_widget_set_visible(panel->run, !busy);
    gtk_widget_set_visible(panel->cancel, busy);
    gtk_revealer_set_reveal_child(panel->progress_revealer, busy);
    g_object_notify_by_pspec(G_OBJECT(panel), properties[PROP_CAN_RUN]);
}

void
torchlight_generate_panel_set_source(TorchlightGeneratePanel *panel, TracePicture *picture,
                                     const char *caption)
{
    const char *prompt = gtk_editable_get_text(panel->prompt);
    bool untouched = !*prompt || g_strcmp0(prompt, panel->prefilled) == 0;

    if (picture)
        trace_picture_ref(picture);
    g_clear_pointer(&panel->source, trace_picture_unref);
    panel->source = picture;
    if (untouched && caption && *caption && g_strcmp0(prompt, caption) != 0) {
        g_free(panel->prefilled);
        panel->prefilled = g_strdup(caption);
        gtk_editable_set_text(panel->prompt, caption);
    }
    update(panel);
}

void
torchlight_generate_panel_set_palette(TorchlightGeneratePanel *panel, Palette palette)
{
    panel->palette = palette;
}

void
torchlight_generate_panel_focus_prompt(TorchlightGeneratePanel *panel)
{
    gtk_widget_grab_focus(GTK_WIDGET(panel->prompt));
}

static GenerateParams *
collect(TorchlightGeneratePanel *panel)
{
    GenerateParams *params = generate_params_new();
    g_autofree char *lora = g_settings_get_string(panel->settings, "lora");
    g_autofree char *device = g_settings_get_string(panel->settings, "device");
    const char *negative = gtk_editable_get_text(panel->negative);
    guint sampler = adw_combo_row_get_selected(panel->sampler);

    if (gtk_switch_get_active(panel->random))
        gtk_spin_button_set_value(panel->seed, g_random_int());
    params->model = model_path(panel);
    params->device = *device ? g_strdup(device) : NULL;
    params->prompt = g_strstrip(g_strdup(gtk_editable_get_text(panel->prompt)));
    params->negative = *negative ? g_strdup(negative) : NULL;
    params->control_weight = gtk_spin_button_get_value(panel->control_weight);
    params->sampler = sampler > 0 ? g_strdup(generate_sampler_name((int)sampler - 1)) : NULL;
    params->steps = gtk_spin_button_get_value_as_int(panel->steps);
    params->guidance = gtk_spin_button_get_value(panel->guidance);
    params->seed = (guint64)gtk_spin_button_get_value(panel->seed);
    params->count = 1;
    params->preview_every = PREVIEW_EVERY;
    if (*lora)
        generate_params_add_lora(params, lora, gtk_spin_button_get_value(panel->lora_weight));
    return params;
}

static void
set_generation(TorchlightGeneratePanel *panel, TorchlightGeneration *generation)
{
    bool had_focus = gtk_widget_has_focus(panel->run) || gtk_widget_has_focus(panel->cancel);

    if (panel->generation)
        g_signal_handlers_disconnect_by_data(panel->generation, panel);
    g_clear_object(&panel->generation);
    panel->generation = generation;
    update(panel);
    if (had_focus)
        gtk_widget_grab_focus(generation ? panel->cancel : panel->run);
    g_object_notify_by_pspec(G_OBJECT(panel), properties[PROP_BUSY]);
}

static void
on_progress(TorchlightGeneration *generation, GParamSpec *spec, TorchlightGeneratePanel *panel)
{
    g_autofree char *status = NULL;
    double fraction;

    g_object_get(generation, "status", &status, "fraction", &fraction, NULL);
    gtk_label_set_label(panel->status, status);
    if (fraction < 0)
        gtk_progress_bar_pulse(panel->progress);
    else
        gtk_progress_bar_set_fraction(panel->progress, fraction);
}

static void
on_preview(TorchlightGeneration *generation, Pixels *preview, TorchlightGeneratePanel *panel)
{
    g_signal_emit(panel, signals[SIGNAL_PREVIEW], 0, preview);
}

static void
on_finished(TorchlightGeneration *generation, Document *document, const GError *error,
            TorchlightGeneratePanel *panel)
{
    g_object_ref(panel);
    set_generation(panel, NULL);
    g_signal_emit(panel, signals[SIGNAL_GENERATED], 0, document);
    if (error)
        g_signal_emit(panel, signals[SIGNAL_FAILED], 0, error->message);
    g_object_unref(panel);
}

void
torchlight_generate_panel_run(TorchlightGeneratePanel *panel)
{
    bool follow = panel->has_controlnet && panel->source && gtk_switch_get_active(panel->follow);
    TorchlightGeneration *generation;

    if (!can_run(panel))
        return;
    gtk_progress_bar_set_fraction(panel->progress, 0);
    generation =
        torchlight_generation_new(collect(panel), follow ? panel->source : NULL, panel->palette);
    g_signal_connect(generation, "notify::status", G_CALLBACK(on_progress), panel);
    g_signal_connect(generation, "notify::fraction", G_CALLBACK(on_progress), panel);
    g_signal_connect(generation, "preview", G_CALLBACK(on_preview), panel);
    g_signal_connect(generation, "finished", G_CALLBACK(on_finished), panel);
    set_generation(panel, generation);
    torchlight_generation_start(generation);
}

void
torchlight_generate_panel_cancel(TorchlightGeneratePanel *panel)
{
    if (panel->generation)
        torchlight_generation_cancel(panel->generation);
}

typedef struct {
    TorchlightGeneratePanel *panel; /* borrowed: it owns the dialog */
    const char *key;
} Choice;

static void
on_chosen(GtkNativeDialog *dialog, int response, Choice *choice)
{
    TorchlightGeneratePanel *panel = choice->panel;
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                : NULL;
    g_autofree char *path = file ? g_file_get_path(file) : NULL;

    if (path && g_utf8_validate(path, -1, NULL))
        g_settings_set_string(panel->settings, choice->key, path);
    update(panel);
    g_clear_object(&panel->chooser);
}

static void
choose(TorchlightGeneratePanel *panel, const char *key, const char *title,
       GtkFileChooserAction action, const char *pattern)
{
    GtkWindow *parent = GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(panel)));
    GtkFileChooserNative *chooser =
        gtk_file_chooser_native_new(title, parent, action, _("_Choose"), _("_Cancel"));
    Choice *choice = g_new0(Choice, 1);

    *choice = (Choice){panel, key};
    if (pattern) {
        g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
        gtk_file_filter_set_name(filter, _("LoRA files"));
        gtk_file_filter_add_pattern(filter, pattern);
        gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(chooser), filter);
    }
    g_signal_connect_data(chooser, "response", G_CALLBACK(on_chosen), choice,
                          (GClosureNotify)(void (*)(void))g_free, 0);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(chooser), TRUE);
    g_set_object(&panel->chooser, GTK_NATIVE_DIALOG(chooser));
    g_object_unref(chooser);
    gtk_native_dialog_show(panel->chooser);
}

static void
on_model_choose(TorchlightGeneratePanel *panel)
{
    choose(panel, "model", _("Choose a Model Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL);
}

static void
on_lora_choose(TorchlightGeneratePanel *panel)
{
    choose(panel, "lora", _("Choose a LoRA"), GTK_FILE_CHOOSER_ACTION_OPEN, "*.safetensors");
}

static void
on_model_clear(TorchlightGeneratePanel *panel)
{
    g_settings_reset(panel->settings, "model");
    update(panel);
}

static void
on_lora_clear(TorchlightGeneratePanel *panel)
{
    g_settings_reset(panel->settings, "lora");
    update(panel);
}

static void
fill_samplers(TorchlightGeneratePanel *panel)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);
    g_autofree char *chosen = g_settings_get_string(panel->settings, "sampler");
    guint selected = 0;
    const char *name;

    gtk_string_list_append(names, _("The model's own"));
    for (int i = 0; (name = generate_sampler_name(i)); i++) {
        gtk_string_list_append(names, name);
        if (g_str_equal(name, chosen))
            selected = (guint)i + 1;
    }
    adw_combo_row_set_model(panel->sampler, G_LIST_MODEL(names));
    adw_combo_row_set_selected(panel->sampler, selected);
}

static void
on_sampler(TorchlightGeneratePanel *panel)
{
    guint selected = adw_combo_row_get_selected(panel->sampler);
    const char *name = selected > 0 && selected != GTK_INVALID_LIST_POSITION
                           ? generate_sampler_name((int)selected - 1)
                           : NULL;

    g_settings_set_string(panel->settings, "sampler", name ? name : "");
}

static void
bind_settings(TorchlightGeneratePanel *panel)
{
    const struct {
        const char *key;
        void *widget;
        const char *property;
    } bindings[] = {
        {"negative-prompt", panel->negative, "text"},
        {"follow-edges", panel->follow, "active"},
        {"control-weight", panel->control_weight, "value"},
        {"lora-weight", panel->lora_weight, "value"},
        {"steps", gtk_spin_button_get_adjustment(panel->steps), "value"},
        {"cfg", panel->guidance, "value"},
        {"random-seed", panel->random, "active"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bindings); i++)
        g_settings_bind(panel->settings, bindings[i].key, bindings[i].widget, bindings[i].property,
                        G_SETTINGS_BIND_DEFAULT);
    fill_samplers(panel);
}

static void
torchlight_generate_panel_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightGeneratePanel *panel = TORCHLIGHT_GENERATE_PANEL(object);

    switch (id) {
    case PROP_BUSY:
        g_value_set_boolean(value, panel->generation != NULL);
        break;
    case PROP_CAN_RUN:
        g_value_set_boolean(value, can_run(panel));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
torchlight_generate_panel_dispose(GObject *object)
{
    TorchlightGeneratePanel *panel = TORCHLIGHT_GENERATE_PANEL(object);

    if (panel->generation) {
        g_signal_handlers_disconnect_by_data(panel->generation, panel);
        torchlight_generation_cancel(panel->generation);
        g_clear_object(&panel->generation);
    }
    g_clear_object(&panel->chooser);
    g_clear_pointer(&panel->box, gtk_widget_unparent);
    g_clear_pointer(&panel->source, trace_picture_unref);
    g_clear_pointer(&panel->prefilled, g_free);
    g_clear_object(&panel->settings);
    G_OBJECT_CLASS(torchlight_generate_panel_parent_class)->dispose(object);
}

static void
bind_template(GtkWidgetClass *widget)
{
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightGeneratePanel, child)
    BIND(box);
    BIND(prompt);
    BIND(negative);
    BIND(follow_row);
    BIND(model_row);
    BIND(lora_row);
    BIND(control_weight_row);
    BIND(lora_weight_row);
    BIND(seed_row);
    BIND(follow);
    BIND(random);
    BIND(control_weight);
    BIND(lora_weight);
    BIND(steps);
    BIND(guidance);
    BIND(seed);
    BIND(model_clear);
    BIND(model_choose);
    BIND(lora_clear);
    BIND(lora_choose);
    BIND(sampler);
    BIND(progress_revealer);
    BIND(status);
    BIND(progress);
    BIND(run);
    BIND(cancel);
#undef BIND
}

static void
torchlight_generate_panel_class_init(TorchlightGeneratePanelClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);
    GObjectClass *object = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object->get_property = torchlight_generate_panel_get_property;
    object->dispose = torchlight_generate_panel_dispose;
    properties[PROP_BUSY] = g_param_spec_boolean("busy", NULL, NULL, FALSE, flags);
    properties[PROP_CAN_RUN] = g_param_spec_boolean("can-run", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object, N_PROPS, properties);
    signals[SIGNAL_PREVIEW] = g_signal_new("preview", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
    signals[SIGNAL_GENERATED] =
        g_signal_new("generated", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 1, G_TYPE_POINTER);
    signals[SIGNAL_FAILED] = g_signal_new("failed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    g_type_ensure(TORCHLIGHT_TYPE_DEVICE_ROW);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/generate_panel.ui");
    bind_template(widget);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_generate_panel_init(TorchlightGeneratePanel *panel)
{
    gtk_widget_init_template(GTK_WIDGET(panel));
    panel->settings = settings_new();
    bind_settings(panel);
    g_signal_connect_swapped(panel->prompt, "changed", G_CALLBACK(update), panel);
    g_signal_connect_swapped(panel->follow, "notify::active", G_CALLBACK(update), panel);
    g_signal_connect_swapped(panel->random, "notify::active", G_CALLBACK(update), panel);
    g_signal_connect_swapped(panel->sampler, "notify::selected", G_CALLBACK(on_sampler), panel);
    g_signal_connect_swapped(panel->model_choose, "clicked", G_CALLBACK(on_model_choose), panel);
    g_signal_connect_swapped(panel->model_clear, "clicked", G_CALLBACK(on_model_clear), panel);
    g_signal_connect_swapped(panel->lora_choose, "clicked", G_CALLBACK(on_lora_choose), panel);
    g_signal_connect_swapped(panel->lora_clear, "clicked", G_CALLBACK(on_lora_clear), panel);
    update(panel);
}

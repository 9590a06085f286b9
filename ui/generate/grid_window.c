/* SPDX-License-Identifier: Apache-2.0 */
/* Two settings and their values. */
#include "ui/generate/grid_window.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/jobs/generate_settings.h"

typedef struct {
    GtkWidget *setting, *values;
    GridAxis *axis; /* of what is written; NULL: none or wrong */
    bool wrong;
} Side;

struct _TorchlightGridWindow {
    AdwWindow parent_instance;

    GPtrArray *settings; /* const GenerateSetting *, NULL first: none */
    Side sides[2];
    GtkWidget *hint, *draw;
};

static guint draw_signal;

G_DEFINE_FINAL_TYPE(TorchlightGridWindow, torchlight_grid_window, ADW_TYPE_WINDOW)

/* Values to begin with, of the settings that people vary most. */
static const char *
usual_values(const GenerateSetting *setting)
{
    static const struct {
        const char *key, *values;
    } usual[] = {{"steps", "5, 10, 20"},
                 {"guidance", "1, 4, 7"},
                 {"seed", "1, 2, 3"},
                 {"lora_weight", "0..1:5"},
                 {"control_weight", "0..1:5"},
                 {"control_start", "0, 0.25, 0.5"},
                 {"control_end", "0.25, 0.5, 1"},
                 {"control_mode", "balanced, prompt, control"},
                 {"control_convention", "diffusers, a1111"},
                 {"clip_skip", "0, 1, 2"},
                 {"sampler", "ddim, euler, dpmpp_2m"},
                 {"schedule", "normal, karras, exponential"}};

    for (guint i = 0; setting && i < G_N_ELEMENTS(usual); i++) {
        if (g_str_equal(usual[i].key, setting->key))
            return usual[i].values;
    }
    return "";
}

static const GenerateSetting *
chosen(TorchlightGridWindow *window, const Side *side)
{
    return window->settings->pdata[adw_combo_row_get_selected(ADW_COMBO_ROW(side->setting))];
}

static void
read_side(TorchlightGridWindow *window, Side *side, GError **error)
{
    const GenerateSetting *setting = chosen(window, side);

    g_clear_pointer(&side->axis, grid_axis_free);
    side->wrong = false;
    gtk_widget_set_visible(side->values, setting != NULL);
    if (setting) {
        side->axis = grid_axis_new(setting->key, gtk_editable_get_text(GTK_EDITABLE(side->values)),
                                   error && *error ? NULL : error);
        side->wrong = !side->axis;
    }
    if (side->wrong)
        gtk_widget_add_css_class(side->values, "error");
    else
        gtk_widget_remove_css_class(side->values, "error");
}

static void
update(TorchlightGridWindow *window)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    Side *x = &window->sides[0], *y = &window->sides[1];
    int n_x, n_y;
    bool same, good;

    read_side(window, x, &error);
    read_side(window, y, &error);
    n_x = grid_axis_n(x->axis);
    n_y = grid_axis_n(y->axis);
    same = x->axis && y->axis && g_str_equal(x->axis->key, y->axis->key);
    good = !error && !same && (x->axis || y->axis) && n_x * n_y <= GRID_MAX_CELLS;
    if (error)
        text = g_strdup(error->message);
    else if (same)
        text = g_strdup(_("Choose two different settings."));
    else if (!x->axis && !y->axis)
        text = g_strdup(_("Choose a setting to compare."));
    else
        text = g_strdup_printf(ngettext("%d × %d = %d picture", "%d × %d = %d pictures", n_x * n_y),
                               n_x, n_y, n_x * n_y);
    gtk_label_set_label(GTK_LABEL(window->hint), text);
    gtk_widget_set_sensitive(window->draw, good);
}

static void
on_setting(GtkWidget *row, GParamSpec *pspec, TorchlightGridWindow *window)
{
    Side *side = row == window->sides[0].setting ? &window->sides[0] : &window->sides[1];

    gtk_editable_set_text(GTK_EDITABLE(side->values), usual_values(chosen(window, side)));
    update(window);
}

static void
on_draw(TorchlightGridWindow *window)
{
    g_signal_emit(window, draw_signal, 0, window->sides[0].axis, window->sides[1].axis);
    gtk_window_close(GTK_WINDOW(window));
}

static void
make_side(TorchlightGridWindow *window, Side *side, AdwPreferencesGroup *group, const char *title,
          GListModel *names)
{
    side->setting = adw_combo_row_new();
    side->values = adw_entry_row_new();
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(side->setting), title);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(side->values), _("Values"));
    adw_combo_row_set_model(ADW_COMBO_ROW(side->setting), names);
    adw_preferences_group_add(group, side->setting);
    adw_preferences_group_add(group, side->values);
    g_signal_connect(side->setting, "notify::selected", G_CALLBACK(on_setting), window);
    g_signal_connect_swapped(side->values, "changed", G_CALLBACK(update), window);
}

static void
list_settings(TorchlightGridWindow *window, GtkStringList *names, bool has_lora, bool has_control)
{
    const GenerateSetting *setting;

    g_ptr_array_add(window->settings, NULL);
    gtk_string_list_append(names, _("None"));
    for (int i = 0; (setting = generate_setting(i)); i++) {
        if (!setting->in_grid || setting->type == SETTING_PATH ||
            (!has_lora && g_str_equal(setting->key, "lora_weight")) ||
            (!has_control && g_str_has_prefix(setting->key, "control_")))
            continue;
        g_ptr_array_add(window->settings, (void *)setting);
        gtk_string_list_append(names, _(setting->label));
    }
}

static void
choose_setting(TorchlightGridWindow *window, Side *side, const char *key)
{
    guint position;

    if (g_ptr_array_find(window->settings, generate_setting_find(key), &position))
        adw_combo_row_set_selected(ADW_COMBO_ROW(side->setting), position);
}

static GtkWidget *
make_content(TorchlightGridWindow *window, GListModel *names)
{
    GtkWidget *page = adw_preferences_page_new();
    AdwPreferencesGroup *across = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    AdwPreferencesGroup *down = ADW_PREFERENCES_GROUP(adw_preferences_group_new());

    adw_preferences_group_set_description(
        across, _("One picture for each pair of values; all other settings are as in the form. "
                  "Separate values by commas, or by | where they hold commas; 0..1:5 is five "
                  "values from 0 to 1."));
    make_side(window, &window->sides[0], across, _("From Left to Right"), names);
    make_side(window, &window->sides[1], down, _("From Top to Bottom"), names);
    gtk_label_set_wrap(GTK_LABEL(window->hint), TRUE);
    adw_preferences_group_add(down, window->hint);
    gtk_widget_set_margin_top(window->hint, 12);
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(page), across);
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(page), down);
    gtk_widget_set_vexpand(page, TRUE);
    return page;
}

GtkWidget *
torchlight_grid_window_new(GtkWindow *parent, bool has_lora, bool has_control)
{
    TorchlightGridWindow *window =
        g_object_new(TORCHLIGHT_TYPE_GRID_WINDOW, "transient-for", parent, "modal", TRUE, NULL);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *header = adw_header_bar_new();
    GtkWidget *cancel = gtk_button_new_with_mnemonic(_("_Cancel"));
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    list_settings(window, names, has_lora, has_control);
    adw_header_bar_set_show_start_title_buttons(ADW_HEADER_BAR(header), FALSE);
    adw_header_bar_set_show_end_title_buttons(ADW_HEADER_BAR(header), FALSE);
    adw_header_bar_pack_start(ADW_HEADER_BAR(header), cancel);
    adw_header_bar_pack_end(ADW_HEADER_BAR(header), window->draw);
    gtk_box_append(GTK_BOX(box), header);
    gtk_box_append(GTK_BOX(box), make_content(window, G_LIST_MODEL(names)));
    adw_window_set_content(ADW_WINDOW(window), box);
    g_signal_connect_swapped(cancel, "clicked", G_CALLBACK(gtk_window_close), window);
    choose_setting(window, &window->sides[0], "steps");
    choose_setting(window, &window->sides[1], has_lora ? "lora_weight" : "guidance");
    update(window);
    return GTK_WIDGET(window);
}

static void
torchlight_grid_window_dispose(GObject *object)
{
    TorchlightGridWindow *window = TORCHLIGHT_GRID_WINDOW(object);

    for (int i = 0; i < 2; i++) {
        g_clear_pointer(&window->sides[i].axis, grid_axis_free);
        if (window->sides[i].setting)
            g_signal_handlers_disconnect_by_data(window->sides[i].setting, window);
        if (window->sides[i].values)
            g_signal_handlers_disconnect_by_data(window->sides[i].values, window);
        window->sides[i].setting = window->sides[i].values = NULL;
    }
    g_clear_pointer(&window->settings, g_ptr_array_unref);
    G_OBJECT_CLASS(torchlight_grid_window_parent_class)->dispose(object);
}

static void
torchlight_grid_window_class_init(TorchlightGridWindowClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_grid_window_dispose;
    draw_signal = g_signal_new("draw", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_POINTER);
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(class), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static void
torchlight_grid_window_init(TorchlightGridWindow *window)
{
    window->settings = g_ptr_array_new();
    window->hint = gtk_label_new(NULL);
    window->draw = gtk_button_new_with_mnemonic(_("_Draw"));
    gtk_widget_add_css_class(window->draw, "suggested-action");
    g_signal_connect_swapped(window->draw, "clicked", G_CALLBACK(on_draw), window);
    gtk_window_set_title(GTK_WINDOW(window), _("Compare Settings"));
    gtk_window_set_default_size(GTK_WINDOW(window), 480, 560);
    gtk_widget_set_size_request(GTK_WIDGET(window), 360, 294);
}

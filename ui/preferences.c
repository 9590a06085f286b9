/* SPDX-License-Identifier: Apache-2.0 */
/* The preferences window. The check of the device runs as a job, which ends with the window. No
 * AdwPreferencesWindow: searching, which is not needed for so few rows, has it leak its groups in
 * libadwaita 1.2. */
#include "ui/preferences.h"

#include <glib/gi18n.h>

#include "app/jobs/selftest_job.h"
#include "ui/device_row.h"
#include "ui/settings.h"

struct _TorchlightPreferences {
    AdwWindow parent_instance;

    AdwActionRow *check_row;
    GtkButton *check_button;
    GtkProgressBar *check_bar;

    /* owned */
    GSettings *settings;
    TorchlightJob *check; /* NULL: none runs */
};

G_DEFINE_FINAL_TYPE(TorchlightPreferences, torchlight_preferences, ADW_TYPE_WINDOW)

/* An enumeration's values stand in the order of the combo's labels. */
static gboolean
nick_to_index(GValue *value, GVariant *variant, gpointer nicks)
{
    const char *nick = g_variant_get_string(variant, NULL);

    for (guint i = 0; ((const char *const *)nicks)[i]; i++) {
        if (g_str_equal(((const char *const *)nicks)[i], nick)) {
            g_value_set_uint(value, i);
            return TRUE;
        }
    }
    return FALSE;
}

static GVariant *
index_to_nick(const GValue *value, const GVariantType *type, gpointer nicks)
{
    guint index = g_value_get_uint(value);

    return index < g_strv_length(nicks) ? g_variant_new_string(((const char *const *)nicks)[index])
                                        : NULL;
}

static GtkWidget *
combo_row(TorchlightPreferences *preferences, const char *key, const char *title,
          const char *subtitle, const char *const *labels, const char *const *nicks)
{
    GtkWidget *row = adw_combo_row_new();
    g_autoptr(GtkStringList) model = gtk_string_list_new(labels);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
    adw_combo_row_set_model(ADW_COMBO_ROW(row), G_LIST_MODEL(model));
    g_settings_bind_with_mapping(preferences->settings, key, row, "selected",
                                 G_SETTINGS_BIND_DEFAULT, nick_to_index, index_to_nick,
                                 (gpointer)nicks, NULL);
    return row;
}

static void
add_group(AdwPreferencesPage *page, const char *title, const char *description, GtkWidget **rows)
{
    GtkWidget *group = adw_preferences_group_new();

    adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), title);
    adw_preferences_group_set_description(ADW_PREFERENCES_GROUP(group), description);
    for (int i = 0; rows[i]; i++)
        adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), rows[i]);
    adw_preferences_page_add(page, ADW_PREFERENCES_GROUP(group));
}

static void
on_check_progress(TorchlightPreferences *preferences)
{
    g_autofree char *message = torchlight_job_dup_message(preferences->check);

    gtk_progress_bar_set_fraction(preferences->check_bar,
                                  CLAMP(torchlight_job_get_fraction(preferences->check), 0.0, 1.0));
    adw_action_row_set_subtitle(preferences->check_row, message ? message : "");
}

static char *
describe_check(TorchlightJob *job)
{
    const SelftestResult *result;
    const GError *error = torchlight_job_get_error(job);

    if (torchlight_job_get_state(job) == JOB_CANCELLED)
        return g_strdup(_("Cancelled"));
    if (error)
        return g_markup_escape_text(error->message, -1);
    result = selftest_job_get_result(job);
    if (result->n_failed == 0)
        return g_markup_printf_escaped(_("%s computes right: all %d checks passed."),
                                       result->device, (int)result->lines->len);
    return g_markup_printf_escaped(_("%s computes wrong: %d of %d checks failed. Choose another "
                                     "device, or renew its driver."),
                                   result->device, result->n_failed, (int)result->lines->len);
}

static void
on_check_finished(TorchlightPreferences *preferences)
{
    g_autofree char *text = describe_check(preferences->check);

    adw_action_row_set_subtitle(preferences->check_row, text);
    gtk_widget_set_visible(GTK_WIDGET(preferences->check_bar), FALSE);
    gtk_button_set_label(preferences->check_button, _("_Check"));
    g_clear_object(&preferences->check);
}

static void
on_check(TorchlightPreferences *preferences)
{
    SelftestParams *params;
    g_autofree char *device = NULL;

    if (preferences->check) {
        torchlight_job_cancel(preferences->check);
        return;
    }
    device = g_settings_get_string(preferences->settings, "device");
    params = selftest_params_new();
    params->device = *device ? g_steal_pointer(&device) : NULL;
    preferences->check = selftest_job_new(params);
    g_signal_connect_object(preferences->check, "notify::fraction", G_CALLBACK(on_check_progress),
                            preferences, G_CONNECT_SWAPPED);
    g_signal_connect_object(preferences->check, "finished", G_CALLBACK(on_check_finished),
                            preferences, G_CONNECT_SWAPPED);
    gtk_widget_set_visible(GTK_WIDGET(preferences->check_bar), TRUE);
    gtk_button_set_label(preferences->check_button, _("_Stop"));
    torchlight_job_start(preferences->check);
}

static GtkWidget *
make_check_row(TorchlightPreferences *preferences)
{
    GtkWidget *row = adw_action_row_new();

    preferences->check_row = ADW_ACTION_ROW(row);
    preferences->check_button = GTK_BUTTON(gtk_button_new_with_mnemonic(_("_Check")));
    preferences->check_bar = GTK_PROGRESS_BAR(gtk_progress_bar_new());
    gtk_widget_set_visible(GTK_WIDGET(preferences->check_bar), FALSE);
    gtk_widget_set_valign(GTK_WIDGET(preferences->check_bar), GTK_ALIGN_CENTER);
    gtk_widget_set_valign(GTK_WIDGET(preferences->check_button), GTK_ALIGN_CENTER);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), _("Check This Device"));
    adw_action_row_set_subtitle(
        ADW_ACTION_ROW(row),
        _("Every operation is computed on it and compared with what it has to be."));
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(preferences->check_bar));
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(preferences->check_button));
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row),
                                          GTK_WIDGET(preferences->check_button));
    g_signal_connect_swapped(preferences->check_button, "clicked", G_CALLBACK(on_check),
                             preferences);
    return row;
}

static GtkWidget *
make_device_row(void)
{
    GtkWidget *row = g_object_new(TORCHLIGHT_TYPE_DEVICE_ROW, NULL);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), _("Device"));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), _("What models run on"));
    return row;
}

static void
torchlight_preferences_dispose(GObject *object)
{
    TorchlightPreferences *preferences = TORCHLIGHT_PREFERENCES(object);

    if (preferences->check)
        torchlight_job_cancel(preferences->check);
    g_clear_object(&preferences->check);
    g_clear_object(&preferences->settings);
    G_OBJECT_CLASS(torchlight_preferences_parent_class)->dispose(object);
}

static void
torchlight_preferences_class_init(TorchlightPreferencesClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_preferences_dispose;
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(class), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static void
torchlight_preferences_init(TorchlightPreferences *preferences)
{
    static const char *const styles[] = {"system", "light", "dark", NULL};
    static const char *const palettes[] = {"paper", "netdiffusion", "colour-blind", NULL};
    const char *style_labels[] = {_("Follow the System"), _("Light"), _("Dark"), NULL};
    const char *palette_labels[] = {_("1 Green, 0 Red"), _("1 Red, 0 Green"),
                                    _("1 Orange, 0 Blue (Colour-Blind Safe)"), NULL};
    AdwPreferencesPage *page = ADW_PREFERENCES_PAGE(adw_preferences_page_new());
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

    preferences->settings = settings_new();
    add_group(
        page, _("Appearance"), NULL,
        (GtkWidget *[]){combo_row(preferences, "style", _("Style"), NULL, style_labels, styles),
                        combo_row(preferences, "palette", _("Bit Colours"),
                                  _("How ones and zeros are drawn"), palette_labels, palettes),
                        NULL});
    add_group(page, _("Computing"), NULL,
              (GtkWidget *[]){make_device_row(), make_check_row(preferences), NULL});
    gtk_widget_set_vexpand(GTK_WIDGET(page), TRUE);
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(page));
    adw_window_set_content(ADW_WINDOW(preferences), box);
    gtk_window_set_title(GTK_WINDOW(preferences), _("Preferences"));
    gtk_window_set_default_size(GTK_WINDOW(preferences), 640, 576);
}

GtkWidget *
torchlight_preferences_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_PREFERENCES, NULL);
}

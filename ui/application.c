/* SPDX-License-Identifier: Apache-2.0 */
/* Application-wide actions, keys and preferences. */
#include "ui/application.h"

#include <glib/gi18n.h>

#include "ui/preferences.h"
#include "ui/settings.h"
#include "ui/window.h"

struct _TorchlightApplication {
    AdwApplication parent_instance;

    GSettings *settings;
};

G_DEFINE_FINAL_TYPE(TorchlightApplication, torchlight_application, ADW_TYPE_APPLICATION)

static TorchlightWindow *
get_window(GApplication *application)
{
    GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(application));

    for (; window; window = gtk_window_get_transient_for(window)) {
        if (TORCHLIGHT_IS_WINDOW(window)) /* and no dialog of it */
            return TORCHLIGHT_WINDOW(window);
    }
    return torchlight_window_new(GTK_APPLICATION(application));
}

static void
torchlight_application_activate(GApplication *application)
{
    gtk_window_present(GTK_WINDOW(get_window(application)));
}

static void
torchlight_application_open(GApplication *application, GFile **files, int n, const char *hint)
{
    TorchlightWindow *window = get_window(application);

    gtk_window_present(GTK_WINDOW(window));
    torchlight_window_open(window, files, n);
}

static void
on_about(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    static const char *const developers[] = {"The Torchlight authors", NULL};

    adw_show_about_window(
        gtk_application_get_active_window(data), "application-name", _("Torchlight"),
        "application-icon", "io.github.torchlight.Torchlight", "version", TORCHLIGHT_VERSION,
        "developer-name", _("The Torchlight authors"), "developers", developers, "license-type",
        GTK_LICENSE_APACHE_2_0, "comments",
        _("Network captures become pictures, a diffusion model learns from them to draw new ones, "
          "and what it draws becomes a capture again."),
        /* Translators: your names, one a line */
        "translator-credits", _("translator-credits"), NULL);
}

static void
on_new_window(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    gtk_window_present(GTK_WINDOW(torchlight_window_new(data)));
}

static void
on_preferences(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    GtkWindow *parent = gtk_application_get_active_window(data);
    GtkWidget *preferences = torchlight_preferences_new();

    gtk_window_set_transient_for(GTK_WINDOW(preferences), parent);
    gtk_window_set_modal(GTK_WINDOW(preferences), TRUE);
    gtk_window_present(GTK_WINDOW(preferences));
}

/* Each window asks for itself what must not be lost. */
static void
on_quit(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    g_autoptr(GList) windows = g_list_copy(gtk_application_get_windows(data));

    for (GList *at = windows; at; at = at->next)
        gtk_window_close(at->data);
}

static void
apply_style(TorchlightApplication *application)
{
    static const AdwColorScheme schemes[] = {ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT,
                                             ADW_COLOR_SCHEME_FORCE_DARK};
    int style = g_settings_get_enum(application->settings, "style");

    adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                       schemes[CLAMP(style, 0, 2)]);
}

static void
set_keys(GtkApplication *application)
{
    static const struct {
        const char *action;
        const char *const keys[4];
    } bindings[] = {
        {"win.new-project", {"<Control>n"}},
        {"win.open-project", {"<Control>o"}},
        {"win.import", {"<Control>i"}},
        {"win.import-folder", {"<Control><Shift>i"}},
        {"win.undo", {"<Control>z"}},
        {"win.redo", {"<Control><Shift>z", "<Control>y"}},
        {"win.go('library')", {"<Alt>1"}},
        {"win.go('trace')", {"<Alt>2"}},
        {"win.go('train')", {"<Alt>3"}},
        {"win.go('generate')", {"<Alt>4"}},
        {"win.go('evaluate')", {"<Alt>5"}},
        {"win.go('learn')", {"<Alt>6"}},
        {"win.jobs", {"<Control>j"}},
        {"win.fullscreen", {"F11"}},
        {"app.new-window", {"<Control><Shift>n"}},
        {"app.preferences", {"<Control>comma"}},
        {"window.close", {"<Control>w"}},
        {"app.quit", {"<Control>q"}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bindings); i++)
        gtk_application_set_accels_for_action(application, bindings[i].action, bindings[i].keys);
}

static void
torchlight_application_startup(GApplication *application)
{
    TorchlightApplication *self = TORCHLIGHT_APPLICATION(application);
    static const GActionEntry entries[] = {
        {"about", on_about, NULL, NULL, NULL, {0}},
        {"new-window", on_new_window, NULL, NULL, NULL, {0}},
        {"preferences", on_preferences, NULL, NULL, NULL, {0}},
        {"quit", on_quit, NULL, NULL, NULL, {0}},
    };

    G_APPLICATION_CLASS(torchlight_application_parent_class)->startup(application);
    gtk_window_set_default_icon_name("io.github.torchlight.Torchlight");
    self->settings = settings_new();
    g_action_map_add_action_entries(G_ACTION_MAP(application), entries, G_N_ELEMENTS(entries),
                                    application);
    for (int i = 0; i < 2; i++) {
        g_autoptr(GAction) action =
            g_settings_create_action(self->settings, i ? "palette" : "style");
        g_action_map_add_action(G_ACTION_MAP(application), action);
    }
    g_signal_connect_object(self->settings, "changed::style", G_CALLBACK(apply_style), self,
                            G_CONNECT_SWAPPED);
    apply_style(self);
    set_keys(GTK_APPLICATION(application));
}

static void
torchlight_application_finalize(GObject *object)
{
    g_clear_object(&TORCHLIGHT_APPLICATION(object)->settings);
    G_OBJECT_CLASS(torchlight_application_parent_class)->finalize(object);
}

static void
torchlight_application_class_init(TorchlightApplicationClass *class)
{
    GApplicationClass *application = G_APPLICATION_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = torchlight_application_finalize;
    application->activate = torchlight_application_activate;
    application->open = torchlight_application_open;
    application->startup = torchlight_application_startup;
}

static void
torchlight_application_init(TorchlightApplication *application)
{
}

TorchlightApplication *
torchlight_application_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_APPLICATION, "application-id",
                        "io.github.torchlight.Torchlight", "flags", G_APPLICATION_HANDLES_OPEN,
                        NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A figure as a card, as a window, and as a file. */
#include "ui/evaluate/figure_card.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/plot/figure_export.h"
#include "ui/plot/figure_view.h"

struct _TorchlightFigureCard {
    GtkWidget parent;

    /* template */
    GtkWidget *box, *title, *explanation, *menu_button;

    /* owned */
    Figure *figure;
    GtkFileChooserNative *chooser;
    char *suffix; /* of the file that is being chosen: "png" */
};

G_DEFINE_FINAL_TYPE(TorchlightFigureCard, torchlight_figure_card, GTK_TYPE_WIDGET)

static GtkWidget *
new_line(const char *text, const char *class)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_widget_add_css_class(label, class);
    return label;
}

/* --- large --- */

static const double LARGE = 1.5; /* text of a figure on a wall */

static void
enlarge(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightFigureCard *self = TORCHLIGHT_FIGURE_CARD(widget);
    GtkWidget *window = adw_window_new();
    GtkWidget *content = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *inner = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *scroller = gtk_scrolled_window_new();
    GtkWidget *view = torchlight_figure_view_new(self->figure);
    GtkWidget *explanation = new_line(self->figure->explanation, "title-4");
    GtkWidget *readout = new_line(" ", "title-4");
    GtkWidget *clamp = adw_clamp_new();
    GtkRoot *root = gtk_widget_get_root(widget);
    GtkEventController *keys = gtk_shortcut_controller_new();

    torchlight_figure_view_set_text_scale(TORCHLIGHT_FIGURE_VIEW(view), LARGE);
    gtk_widget_set_cursor(view, NULL);
    g_object_bind_property(view, "readout", readout, "label", G_BINDING_DEFAULT);
    gtk_widget_set_vexpand(scroller, TRUE);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_widget_add_css_class(inner, "figure-large");
    gtk_box_append(GTK_BOX(inner), explanation);
    gtk_box_append(GTK_BOX(inner), view);
    gtk_box_append(GTK_BOX(inner), readout);
    if (*self->figure->source)
        gtk_box_append(GTK_BOX(inner), new_line(self->figure->source, "dim-label"));
    adw_clamp_set_maximum_size(ADW_CLAMP(clamp), 1600);
    adw_clamp_set_child(ADW_CLAMP(clamp), inner);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), clamp);
    gtk_box_append(GTK_BOX(content), adw_header_bar_new());
    gtk_box_append(GTK_BOX(content), scroller);
    adw_window_set_content(ADW_WINDOW(window), content);
    gtk_window_set_title(GTK_WINDOW(window), self->figure->title);
    gtk_window_set_transient_for(GTK_WINDOW(window), GTK_WINDOW(root));
    gtk_window_set_destroy_with_parent(GTK_WINDOW(window), TRUE);
    gtk_window_set_default_size(GTK_WINDOW(window),
                                MAX(360, gtk_widget_get_width(GTK_WIDGET(root)) * 9 / 10),
                                MAX(300, gtk_widget_get_height(GTK_WIDGET(root)) * 9 / 10));
    gtk_shortcut_controller_add_shortcut(GTK_SHORTCUT_CONTROLLER(keys),
                                         gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_Escape, 0),
                                                          gtk_named_action_new("window.close")));
    gtk_widget_add_controller(window, keys);
    gtk_window_present(GTK_WINDOW(window));
}

static void
on_activate(TorchlightFigureView *view, TorchlightFigureCard *self)
{
    gtk_widget_activate_action(GTK_WIDGET(self), "figure.enlarge", NULL);
}

/* --- saving --- */

static void
tell(TorchlightFigureCard *self, const char *sentence)
{
    GtkWindow *window = GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(self)));
    GtkWidget *message = adw_message_dialog_new(window, _("The Figure Was Not Saved"), sentence);

    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(message), "close", _("_Close"));
    gtk_window_present(GTK_WINDOW(message));
}

static void
on_response(GtkNativeDialog *dialog, int response, TorchlightFigureCard *self)
{
    g_autoptr(GFile) file = NULL;
    g_autofree char *path = NULL;
    g_autofree char *lower = NULL;
    g_autoptr(GError) error = NULL;

    if (response != GTK_RESPONSE_ACCEPT)
        return;
    file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    path = g_file_get_path(file);
    if (!path) {
        tell(self, _("Figures are saved on this computer only: choose a local folder."));
        return;
    }
    lower = g_ascii_strdown(path, -1);
    if (!g_str_has_suffix(lower, self->suffix)) { /* the name was typed without it */
        char *full = g_strconcat(path, ".", self->suffix, NULL);

        g_free(path);
        path = full;
    }
    if (!figure_export(self->figure, path, &error))
        tell(self, error->message);
}

static void
save(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightFigureCard *self = TORCHLIGHT_FIGURE_CARD(widget);
    const char *suffix = g_variant_get_string(parameter, NULL);
    g_autofree char *name = g_strconcat(self->figure->id, ".", suffix, NULL);
    GtkWindow *window = GTK_WINDOW(gtk_widget_get_root(widget));

    g_free(self->suffix);
    self->suffix = g_strdup(suffix);
    if (self->chooser)
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(self->chooser));
    g_clear_object(&self->chooser);
    self->chooser = gtk_file_chooser_native_new(_("Save Figure"), window,
                                                GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(self->chooser), name);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(self->chooser), TRUE);
    g_signal_connect(self->chooser, "response", G_CALLBACK(on_response), self);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
}

/* --- the object --- */

GtkWidget *
torchlight_figure_card_new(Figure *figure)
{
    TorchlightFigureCard *self = g_object_new(TORCHLIGHT_TYPE_FIGURE_CARD, NULL);
    GtkWidget *view = torchlight_figure_view_new(figure);
    g_autofree char *name = g_strdup_printf(_("Menu of “%s”"), figure->title);

    self->figure = figure_ref(figure);
    gtk_label_set_label(GTK_LABEL(self->title), figure->title);
    gtk_label_set_label(GTK_LABEL(self->explanation), figure->explanation);
    gtk_widget_set_visible(self->explanation, *figure->explanation != '\0');
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   name, -1);
    g_signal_connect(view, "activate", G_CALLBACK(on_activate), self);
    gtk_box_append(GTK_BOX(self->box), view);
    if (*figure->source) {
        GtkWidget *source = new_line(figure->source, "caption");

        gtk_widget_add_css_class(source, "dim-label");
        gtk_box_append(GTK_BOX(self->box), source);
    }
    return GTK_WIDGET(self);
}

static void
torchlight_figure_card_dispose(GObject *object)
{
    TorchlightFigureCard *self = TORCHLIGHT_FIGURE_CARD(object);

    if (self->chooser) {
        g_signal_handlers_disconnect_by_data(self->chooser, self);
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(self->chooser));
    }
    g_clear_object(&self->chooser);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(torchlight_figure_card_parent_class)->dispose(object);
}

static void
torchlight_figure_card_finalize(GObject *object)
{
    TorchlightFigureCard *self = TORCHLIGHT_FIGURE_CARD(object);

    figure_free(self->figure);
    g_free(self->suffix);
    G_OBJECT_CLASS(torchlight_figure_card_parent_class)->finalize(object);
}

static void
torchlight_figure_card_class_init(TorchlightFigureCardClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_figure_card_dispose;
    G_OBJECT_CLASS(class)->finalize = torchlight_figure_card_finalize;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/figure_card.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightFigureCard, box);
    gtk_widget_class_bind_template_child(widget, TorchlightFigureCard, title);
    gtk_widget_class_bind_template_child(widget, TorchlightFigureCard, explanation);
    gtk_widget_class_bind_template_child(widget, TorchlightFigureCard, menu_button);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_install_action(widget, "figure.save", "s", save);
    gtk_widget_class_install_action(widget, "figure.enlarge", NULL, enlarge);
}

static void
torchlight_figure_card_init(TorchlightFigureCard *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

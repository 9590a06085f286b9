/* SPDX-License-Identifier: Apache-2.0 */
/* Step: noise is removed; a drawing as a film to scrub. */
#include <glib/gi18n.h>

#include "ui/learn/learn_gate.h"
#include "ui/learn/learn_parts.h"
#include "ui/learn/learn_picture.h"
#include "ui/learn/learn_steps.h"

enum { FRAME_MS = 350 };

#define LEARN_TYPE_FILM (learn_film_get_type())
G_DECLARE_FINAL_TYPE(LearnFilm, learn_film, LEARN, FILM, GtkWidget)

struct _LearnFilm {
    GtkWidget parent;

    GtkWidget *gate, *picture, *scale, *number, *play;
    guint timer; /* while it plays */
};

G_DEFINE_FINAL_TYPE(LearnFilm, learn_film, GTK_TYPE_WIDGET)

static void
stop(LearnFilm *self)
{
    g_clear_handle_id(&self->timer, g_source_remove);
    gtk_button_set_icon_name(GTK_BUTTON(self->play), "media-playback-start-symbolic");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->play), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Play"), -1);
}

static void
on_step(LearnFilm *self)
{
    GPtrArray *frames = torchlight_learn_gate_get_frames(TORCHLIGHT_LEARN_GATE(self->gate));
    guint i = (guint)gtk_range_get_value(GTK_RANGE(self->scale));
    g_autofree char *text = NULL;

    if (!frames || i >= frames->len)
        return;
    text = i == 0 ? g_strdup(_("Noise, before the first step"))
                  : g_strdup_printf(_("Step %u of %u"), i, frames->len - 1);
    gtk_label_set_label(GTK_LABEL(self->number), text);
    torchlight_learn_picture_describe(TORCHLIGHT_LEARN_PICTURE(self->picture), text);
    torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->picture),
                                       ((LearnFrame *)frames->pdata[i])->image);
}

static gboolean
next_frame(gpointer data)
{
    LearnFilm *self = data;
    double value = gtk_range_get_value(GTK_RANGE(self->scale));
    double last = gtk_adjustment_get_upper(gtk_range_get_adjustment(GTK_RANGE(self->scale)));

    if (value >= last) {
        self->timer = 0;
        stop(self);
        return G_SOURCE_REMOVE;
    }
    gtk_range_set_value(GTK_RANGE(self->scale), value + 1);
    return G_SOURCE_CONTINUE;
}

static void
on_play(LearnFilm *self)
{
    double last = gtk_adjustment_get_upper(gtk_range_get_adjustment(GTK_RANGE(self->scale)));

    if (self->timer) {
        stop(self);
        return;
    }
    if (gtk_range_get_value(GTK_RANGE(self->scale)) >= last)
        gtk_range_set_value(GTK_RANGE(self->scale), 0);
    gtk_button_set_icon_name(GTK_BUTTON(self->play), "media-playback-pause-symbolic");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->play), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Pause"), -1);
    self->timer = g_timeout_add(FRAME_MS, next_frame, self);
}

static void
on_ready(LearnFilm *self)
{
    GPtrArray *frames = torchlight_learn_gate_get_frames(TORCHLIGHT_LEARN_GATE(self->gate));

    gtk_range_set_range(GTK_RANGE(self->scale), 0, frames->len - 1);
    gtk_range_set_value(GTK_RANGE(self->scale), 0);
    on_step(self);
}

static void
learn_film_unmap(GtkWidget *widget)
{
    stop(LEARN_FILM(widget));
    GTK_WIDGET_CLASS(learn_film_parent_class)->unmap(widget);
}

static void
learn_film_dispose(GObject *object)
{
    LearnFilm *self = LEARN_FILM(object);

    g_clear_handle_id(&self->timer, g_source_remove);
    g_clear_pointer(&self->gate, gtk_widget_unparent);
    G_OBJECT_CLASS(learn_film_parent_class)->dispose(object);
}

static void
learn_film_class_init(LearnFilmClass *class)
{
    G_OBJECT_CLASS(class)->dispose = learn_film_dispose;
    GTK_WIDGET_CLASS(class)->unmap = learn_film_unmap;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
learn_film_init(LearnFilm *self)
{
    self->picture = torchlight_learn_picture_new(_("Picture in the making"));
    self->scale = learn_scale(_("Step of the drawing"), 0, 1, 1, 0);
    self->number = learn_label("", "learn-number");
    self->play = gtk_button_new();
    gtk_widget_add_css_class(self->play, "circular");
    stop(self);
    g_signal_connect_swapped(self->scale, "value-changed", G_CALLBACK(on_step), self);
    g_signal_connect_swapped(self->play, "clicked", G_CALLBACK(on_play), self);
}

GtkWidget *
learn_film_new(TorchlightWorkspace *workspace)
{
    LearnFilm *self = g_object_new(LEARN_TYPE_FILM, NULL);
    GtkWidget *box = learn_box();
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

    gtk_box_append(GTK_BOX(row), self->play);
    gtk_box_append(GTK_BOX(row), self->scale);
    gtk_box_append(GTK_BOX(box), self->picture);
    gtk_box_append(GTK_BOX(box), self->number);
    gtk_box_append(GTK_BOX(box), row);
    self->gate = torchlight_learn_gate_new(
        workspace,
        _("A picture is drawn, and each of its steps kept. This takes about half a minute, once."),
        NULL, box);
    gtk_widget_set_parent(self->gate, GTK_WIDGET(self));
    g_signal_connect_swapped(self->gate, "ready", G_CALLBACK(on_ready), self);
    torchlight_learn_gate_set_params(TORCHLIGHT_LEARN_GATE(self->gate),
                                     learn_params_new(LEARN_KIND_FILM));
    return GTK_WIDGET(self);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Step: what a column of a picture is. */
#include <glib/gi18n.h>

#include "ui/learn/learn_parts.h"
#include "ui/learn/learn_picture.h"
#include "ui/learn/learn_steps.h"
#include "ui/learn/learn_trits.h"
#include "ui/trace/trace_picture.h"

#define SAMPLE "none_web_http2_00003.pcap"

enum { ROWS = 64, FIRST_ROW = 12 };

#define LEARN_TYPE_BITS (learn_bits_get_type())
G_DECLARE_FINAL_TYPE(LearnBits, learn_bits, LEARN, BITS, GtkWidget)

struct _LearnBits {
    GtkWidget parent;

    GtkWidget *box, *picture, *field, *value, *trits, *meaning;
    TracePicture *shown;
    GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE(LearnBits, learn_bits, GTK_TYPE_WIDGET)

static void
show_field(LearnBits *self, int column, int row)
{
    const Layout *layout = self->shown->trace->layout;
    const LayoutField *place;
    const Field *field;
    g_autofree char *name = NULL;
    g_autofree char *value = NULL;
    int bit;

    if (row >= self->shown->trace->n_rows)
        return;
    place = layout_field_at(layout, column, &bit);
    field = &field_table[place->field];
    name = g_strdup_printf("%s · %s", header_title(field->header), field->label);
    value = trace_picture_describe(self->shown, row, column);
    gtk_label_set_label(GTK_LABEL(self->field), name);
    gtk_label_set_label(GTK_LABEL(self->value), value ? value : "");
    gtk_label_set_label(GTK_LABEL(self->meaning), _(field->meaning));
    torchlight_learn_trits_set(TORCHLIGHT_LEARN_TRITS(self->trits),
                               trace_row(self->shown->trace, row) + place->first_column,
                               field->width, bit);
    torchlight_learn_picture_mark(TORCHLIGHT_LEARN_PICTURE(self->picture), place->first_column,
                                  field->width, row);
}

static void
on_pointed(TorchlightLearnPicture *picture, int column, int row, LearnBits *self)
{
    if (self->shown)
        show_field(self, column, row);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    LearnBits *self = LEARN_BITS(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = learn_read_sample_finish(result, &error);
    g_autoptr(Image) image = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->box)
        return;
    if (!trace) {
        gtk_label_set_label(GTK_LABEL(self->value), error->message);
        return;
    }
    image = trace_draw(trace, 0, MIN(ROWS, trace->n_rows), PALETTE_TORCHLIGHT);
    self->shown = trace_picture_new(trace, 0, PALETTE_TORCHLIGHT);
    torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->picture), image);
    show_field(self, trace->layout->column_of[FIELD_IPV4_TTL], MIN(FIRST_ROW, trace->n_rows - 1));
}

static void
learn_bits_dispose(GObject *object)
{
    LearnBits *self = LEARN_BITS(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_pointer(&self->shown, trace_picture_unref);
    G_OBJECT_CLASS(learn_bits_parent_class)->dispose(object);
}

static void
learn_bits_class_init(LearnBitsClass *class)
{
    G_OBJECT_CLASS(class)->dispose = learn_bits_dispose;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
learn_bits_init(LearnBits *self)
{
    self->box = learn_box();
    self->picture = torchlight_learn_picture_new(_("Picture of a real trace"));
    self->field = learn_label("", "learn-number");
    self->value = learn_label("", "learn-caption");
    self->trits = torchlight_learn_trits_new();
    self->meaning = learn_label("", "learn-caption");
    self->cancellable = g_cancellable_new();
    torchlight_learn_picture_set_pointable(TORCHLIGHT_LEARN_PICTURE(self->picture), true);
    torchlight_learn_picture_set_height(TORCHLIGHT_LEARN_PICTURE(self->picture), 200);
    gtk_box_append(GTK_BOX(self->box), self->picture);
    gtk_box_append(GTK_BOX(self->box), self->field);
    gtk_box_append(GTK_BOX(self->box), self->trits);
    gtk_box_append(GTK_BOX(self->box), self->value);
    gtk_box_append(GTK_BOX(self->box), self->meaning);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect(self->picture, "pointed", G_CALLBACK(on_pointed), self);
    learn_read_sample(GTK_WIDGET(self), SAMPLE, ROWS, self->cancellable, on_read, NULL);
}

GtkWidget *
learn_bits_new(void)
{
    return g_object_new(LEARN_TYPE_BITS, NULL);
}

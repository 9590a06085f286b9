/* SPDX-License-Identifier: Apache-2.0 */
/* Step: words and pictures. */
#include <glib/gi18n.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/vocabulary.h"
#include "app/jobs/paths.h"
#include "ui/learn/learn_parts.h"
#include "ui/learn/learn_picture.h"
#include "ui/learn/learn_steps.h"

static const char *const samples[] = {
    "none_web_http2_00003.pcap",         "wireguard_web_http2_00003.pcap",
    "none_dash_1080_http1.1_00001.pcap", "wireguard_dash_1080_http1.1_00001.pcap",
    "none_voip_rtp_00003.pcap",          "openvpn-tcp_web_http2_00001.pcap",
};

enum { N = G_N_ELEMENTS(samples), ROWS = 256 };

#define LEARN_TYPE_CAPTIONS (learn_captions_get_type())
G_DECLARE_FINAL_TYPE(LearnCaptions, learn_captions, LEARN, CAPTIONS, GtkWidget)

struct _LearnCaptions {
    GtkWidget parent;

    GtkWidget *box, *words, *grid;
    GtkWidget *cards[N], *pictures[N], *labels[N];
    char **split[N]; /* the words of each caption */
    char *chosen;    /* word, or NULL */
    int n_read;      /* samples that were begun to be read */
    GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE(LearnCaptions, learn_captions, GTK_TYPE_WIDGET)

/* --- a word --- */

static void
show_caption(LearnCaptions *self, int i)
{
    GString *markup = g_string_new(NULL);
    bool has = false;

    for (int k = 0; self->split[i] && self->split[i][k]; k++) {
        g_autofree char *word = g_markup_escape_text(self->split[i][k], -1);
        bool is_chosen = g_strcmp0(self->split[i][k], self->chosen) == 0;

        has |= is_chosen;
        g_string_append_printf(markup, is_chosen ? "%s<b><u>%s</u></b>" : "%s%s", k ? ", " : "",
                               word);
    }
    gtk_label_set_markup(GTK_LABEL(self->labels[i]), markup->str);
    gtk_widget_set_opacity(self->cards[i], has || !self->chosen ? 1 : 0.25);
    g_string_free(markup, TRUE);
}

static void
on_word(GtkToggleButton *button, LearnCaptions *self)
{
    const char *word = gtk_button_get_label(GTK_BUTTON(button));

    if (gtk_toggle_button_get_active(button)) {
        g_free(self->chosen);
        self->chosen = g_strdup(word);
        for (GtkWidget *child = gtk_widget_get_first_child(self->words); child;
             child = gtk_widget_get_next_sibling(child)) {
            GtkWidget *other = gtk_flow_box_child_get_child(GTK_FLOW_BOX_CHILD(child));

            if (other != GTK_WIDGET(button))
                gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(other), FALSE);
        }
    } else if (g_strcmp0(self->chosen, word) == 0) {
        g_clear_pointer(&self->chosen, g_free);
    }
    for (int i = 0; i < N; i++)
        show_caption(self, i);
}

static void
add_word(LearnCaptions *self, const char *word)
{
    GtkWidget *button = gtk_toggle_button_new_with_label(word);

    gtk_widget_add_css_class(button, "learn-word");
    g_signal_connect(button, "toggled", G_CALLBACK(on_word), self);
    gtk_flow_box_append(GTK_FLOW_BOX(self->words), button);
    gtk_widget_set_focusable(gtk_widget_get_parent(button), FALSE);
}

/* Words that at least two of the pictures have, but not all. */
static void
add_words(LearnCaptions *self)
{
    g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) order = g_ptr_array_new();

    for (int i = 0; i < N; i++) {
        for (int k = 0; self->split[i] && self->split[i][k]; k++) {
            char *word = self->split[i][k];
            int n = GPOINTER_TO_INT(g_hash_table_lookup(counts, word));

            if (n == 0)
                g_ptr_array_add(order, word);
            g_hash_table_insert(counts, word, GINT_TO_POINTER(n + 1));
        }
    }
    for (guint i = 0; i < order->len; i++) {
        int n = GPOINTER_TO_INT(g_hash_table_lookup(counts, order->pdata[i]));

        if (n >= 2 && n < N)
            add_word(self, order->pdata[i]);
    }
}

static void
split_captions(LearnCaptions *self)
{
    g_autofree char *path = paths_data("samples", "captions.csv");
    g_autoptr(Captions) captions = captions_read(path, NULL);

    for (int i = 0; i < N; i++) {
        const char *caption = captions ? captions_find(captions, samples[i], NULL) : NULL;

        if (caption && g_str_has_prefix(caption, CAPTION_PREFIX ": "))
            self->split[i] = g_strsplit(caption + strlen(CAPTION_PREFIX ": "), ", ", -1);
    }
}

/* --- pictures, one after the other --- */

static void read_next(LearnCaptions *self);

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    LearnCaptions *self = LEARN_CAPTIONS(source);
    int i = GPOINTER_TO_INT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = learn_read_sample_finish(result, &error);

    if (!self->box || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (trace) {
        g_autoptr(Image) image = trace_draw(trace, 0, ROWS, PALETTE_TORCHLIGHT);

        torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->pictures[i]), image);
    } else {
        gtk_label_set_label(GTK_LABEL(self->labels[i]), error->message);
    }
    read_next(self);
}

static void
read_next(LearnCaptions *self)
{
    if (self->n_read < N) {
        int i = self->n_read++;

        learn_read_sample(GTK_WIDGET(self), samples[i], ROWS, self->cancellable, on_read,
                          GINT_TO_POINTER(i));
    }
}

/* --- the object --- */

static void
add_card(LearnCaptions *self, int i)
{
    g_autofree char *said = self->split[i] ? g_strjoinv(", ", self->split[i]) : g_strdup("");
    GtkWidget *child;

    self->cards[i] = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->pictures[i] = torchlight_learn_picture_new(said);
    self->labels[i] = learn_label("", "learn-caption");
    gtk_box_append(GTK_BOX(self->cards[i]), self->pictures[i]);
    gtk_box_append(GTK_BOX(self->cards[i]), self->labels[i]);
    gtk_flow_box_append(GTK_FLOW_BOX(self->grid), self->cards[i]);
    child = gtk_widget_get_parent(self->cards[i]);
    gtk_widget_set_focusable(child, FALSE);
    show_caption(self, i);
}

static GtkWidget *
new_flow_box(int max_columns, const char *label)
{
    GtkWidget *flow = gtk_flow_box_new();

    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(flow), GTK_SELECTION_NONE);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(flow), (guint)max_columns);
    gtk_flow_box_set_column_spacing(GTK_FLOW_BOX(flow), 12);
    gtk_flow_box_set_row_spacing(GTK_FLOW_BOX(flow), 12);
    gtk_accessible_update_property(GTK_ACCESSIBLE(flow), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
    return flow;
}

static void
learn_captions_dispose(GObject *object)
{
    LearnCaptions *self = LEARN_CAPTIONS(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_pointer(&self->chosen, g_free);
    for (int i = 0; i < N; i++)
        g_clear_pointer(&self->split[i], g_strfreev);
    G_OBJECT_CLASS(learn_captions_parent_class)->dispose(object);
}

static void
learn_captions_class_init(LearnCaptionsClass *class)
{
    G_OBJECT_CLASS(class)->dispose = learn_captions_dispose;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
learn_captions_init(LearnCaptions *self)
{
    self->box = learn_box();
    self->words = new_flow_box(12, _("Words of the captions"));
    self->grid = new_flow_box(2, _("Pictures of real traces"));
    self->cancellable = g_cancellable_new();
    gtk_flow_box_set_homogeneous(GTK_FLOW_BOX(self->grid), TRUE);
    gtk_widget_set_vexpand(self->grid, TRUE);
    gtk_box_append(GTK_BOX(self->box), self->words);
    gtk_box_append(GTK_BOX(self->box), self->grid);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    split_captions(self);
    add_words(self);
    for (int i = 0; i < N; i++)
        add_card(self, i);
    read_next(self);
}

GtkWidget *
learn_captions_new(void)
{
    return g_object_new(LEARN_TYPE_CAPTIONS, NULL);
}

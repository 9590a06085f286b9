/* SPDX-License-Identifier: Apache-2.0 */
/* Step: noise is added. On the pixels as the slider moves; on the latent on a thread, of several
 * positions the last. */
#include <glib/gi18n.h>
#include <math.h>

#include "app/jobs/forward_noise.h"
#include "ui/learn/learn_parts.h"
#include "ui/learn/learn_picture.h"
#include "ui/learn/learn_steps.h"
#include "ui/plot/plot_widget.h"

#define SAMPLE "none_web_http2_00003.pcap"

enum { ROWS = 128, FIRST_STEP = 250 };

#define LEARN_TYPE_NOISE (learn_noise_get_type())
G_DECLARE_FINAL_TYPE(LearnNoise, learn_noise, LEARN, NOISE, GtkWidget)

struct _LearnNoise {
    GtkWidget parent;

    GtkWidget *box, *pixels, *latent, *scale, *number, *plot;

    TorchlightWorkspace *workspace;
    ForwardNoise *noise;
    GCancellable *cancellable;
    bool is_begun, is_decoding;
    int decoded; /* step that the latent's picture is of, or is to be */
};

G_DEFINE_FINAL_TYPE(LearnNoise, learn_noise, GTK_TYPE_WIDGET)

static int
chosen_step(LearnNoise *self)
{
    return (int)gtk_range_get_value(GTK_RANGE(self->scale));
}

/* --- the latent, on a thread --- */

typedef struct {
    ForwardNoise *noise; /* the widget's, which waits */
    int step;
} Decoding;

static void decode_chosen(LearnNoise *self);

static void
decode(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Decoding *decoding = data;
    GError *error = NULL;
    Image *image = forward_noise_decode(decoding->noise, decoding->step, NULL, &error);

    if (image)
        g_task_return_pointer(task, image, (GDestroyNotify)image_free);
    else
        g_task_return_error(task, error);
}

static void
on_decoded(GObject *source, GAsyncResult *result, gpointer data)
{
    LearnNoise *self = LEARN_NOISE(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) image = g_task_propagate_pointer(G_TASK(result), &error);

    self->is_decoding = false;
    if (!self->box) {
        g_clear_pointer(&self->noise, forward_noise_free);
        return;
    }
    if (image)
        torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->latent), image);
    else
        torchlight_workspace_toast(self->workspace, error->message);
    decode_chosen(self);
}

static void
decode_chosen(LearnNoise *self)
{
    g_autoptr(GTask) task = NULL;
    Decoding *decoding;
    int step = chosen_step(self);

    if (self->is_decoding || !self->noise || step == self->decoded)
        return;
    decoding = g_new(Decoding, 1);
    *decoding = (Decoding){self->noise, step};
    self->is_decoding = true;
    self->decoded = step;
    task = g_task_new(self, NULL, on_decoded, NULL);
    g_task_set_task_data(task, decoding, g_free);
    g_task_run_in_thread(task, decode);
}

/* --- the slider --- */

static void
mark_plot(LearnNoise *self, int step, double signal)
{
    Plot *plot = torchlight_plot_get_plot(TORCHLIGHT_PLOT(self->plot));
    PlotSeries *mark = plot->series->pdata[1];

    g_array_set_size(mark->points, 0);
    plot_series_append(mark, step, 0);
    plot_series_append(mark, step + 0.001, signal);
    torchlight_plot_changed(TORCHLIGHT_PLOT(self->plot));
}

static void
on_step(LearnNoise *self)
{
    g_autoptr(Image) image = NULL;
    g_autofree char *text = NULL;
    g_autofree char *said = NULL;
    int step = chosen_step(self);
    double signal;

    if (!self->noise)
        return;
    signal = forward_noise_signal(self->noise, step);
    image = forward_noise_pixels(self->noise, step);
    text = g_strdup_printf(_("t = %d   ᾱ = %.3f"), step, signal);
    said =
        g_strdup_printf(_("%.0f %% of the picture’s strength is left, and %.0f %% of the noise’s "
                          "is added"),
                        100 * sqrt(signal), 100 * sqrt(1 - signal));
    gtk_label_set_label(GTK_LABEL(self->number), text);
    torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->pixels), image);
    torchlight_learn_picture_describe(TORCHLIGHT_LEARN_PICTURE(self->pixels), said);
    torchlight_learn_picture_describe(TORCHLIGHT_LEARN_PICTURE(self->latent), said);
    mark_plot(self, step, signal);
    decode_chosen(self);
}

/* --- opening the model --- */

static void
open_noise(GTask *task, gpointer source, gpointer picture, GCancellable *cancellable)
{
    GError *error = NULL;
    ForwardNoise *noise = forward_noise_new(picture, NULL, NULL, 1, cancellable, &error);

    if (noise)
        g_task_return_pointer(task, noise, (GDestroyNotify)forward_noise_free);
    else
        g_task_return_error(task, error);
}

static void
fill_plot(LearnNoise *self)
{
    Plot *plot = torchlight_plot_get_plot(TORCHLIGHT_PLOT(self->plot));
    int n = forward_noise_n_steps(self->noise);
    PlotSeries *curve = plot_add_series(plot, PLOT_LINE, _("ᾱ, what is left of the picture"), 0);

    plot_add_series(plot, PLOT_LINE, _("here"), 1);
    plot_axis_set(&plot->x, "t", 0, n);
    plot_axis_set(&plot->y, NULL, 0, 1);
    for (int t = 0; t <= n; t += 5)
        plot_series_append(curve, t, forward_noise_signal(self->noise, t));
}

static void
on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    LearnNoise *self = LEARN_NOISE(source);
    g_autoptr(GError) error = NULL;
    ForwardNoise *noise = g_task_propagate_pointer(G_TASK(result), &error);

    if (!self->box) {
        forward_noise_free(noise);
        return;
    }
    if (!noise) {
        gtk_label_set_label(GTK_LABEL(self->number), error->message);
        return;
    }
    self->noise = noise;
    fill_plot(self);
    gtk_widget_set_sensitive(self->scale, TRUE);
    on_step(self);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    LearnNoise *self = LEARN_NOISE(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = learn_read_sample_finish(result, &error);
    g_autoptr(GTask) task = NULL;
    Image *image;

    if (!self->box || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!trace) {
        gtk_label_set_label(GTK_LABEL(self->number), error->message);
        return;
    }
    image = trace_draw(trace, 0, ROWS, PALETTE_TORCHLIGHT);
    torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->pixels), image);
    task = g_task_new(self, self->cancellable, on_opened, NULL);
    g_task_set_task_data(task, image, (GDestroyNotify)image_free);
    g_task_run_in_thread(task, open_noise);
}

static void
learn_noise_map(GtkWidget *widget)
{
    LearnNoise *self = LEARN_NOISE(widget);

    GTK_WIDGET_CLASS(learn_noise_parent_class)->map(widget);
    if (self->is_begun)
        return;
    self->is_begun = true;
    learn_read_sample(widget, SAMPLE, ROWS, self->cancellable, on_read, NULL);
}

/* --- the object --- */

static void
learn_noise_dispose(GObject *object)
{
    LearnNoise *self = LEARN_NOISE(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    if (!self->is_decoding)
        g_clear_pointer(&self->noise, forward_noise_free);
    g_clear_object(&self->workspace);
    G_OBJECT_CLASS(learn_noise_parent_class)->dispose(object);
}

static void
learn_noise_class_init(LearnNoiseClass *class)
{
    G_OBJECT_CLASS(class)->dispose = learn_noise_dispose;
    GTK_WIDGET_CLASS(class)->map = learn_noise_map;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
learn_noise_init(LearnNoise *self)
{
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

    self->box = learn_box();
    self->pixels = torchlight_learn_picture_new(_("Noise on the pixels"));
    self->latent = torchlight_learn_picture_new(_("Noise on the latent, decoded"));
    self->scale = learn_scale(_("Step t of the forward process"), 0, 1000, 1, 0);
    self->number = learn_label(_("Opening the model…"), "learn-number");
    self->plot = torchlight_plot_new();
    self->cancellable = g_cancellable_new();
    self->decoded = -1;
    gtk_range_set_value(GTK_RANGE(self->scale), FIRST_STEP);
    gtk_widget_set_sensitive(self->scale, FALSE);
    gtk_widget_set_size_request(self->plot, -1, 150);
    gtk_box_append(GTK_BOX(row), self->scale);
    gtk_box_append(GTK_BOX(self->box), learn_captioned(_("Pixels"), self->pixels));
    gtk_box_append(GTK_BOX(self->box), learn_captioned(_("Latent, decoded"), self->latent));
    gtk_box_append(GTK_BOX(self->box), self->number);
    gtk_box_append(GTK_BOX(self->box), row);
    gtk_box_append(GTK_BOX(self->box), self->plot);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect_swapped(self->scale, "value-changed", G_CALLBACK(on_step), self);
}

GtkWidget *
learn_noise_new(TorchlightWorkspace *workspace)
{
    LearnNoise *self = g_object_new(LEARN_TYPE_NOISE, NULL);

    self->workspace = g_object_ref(workspace);
    return GTK_WIDGET(self);
}

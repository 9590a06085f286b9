/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of steps. */
#include "ui/learn/learn_parts.h"

#include "app/jobs/paths.h"
#include "app/trace/capture.h"

GtkWidget *
learn_label(const char *text, const char *css_class)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    if (css_class)
        gtk_widget_add_css_class(label, css_class);
    return label;
}

GtkWidget *
learn_box(void)
{
    return gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
}

GtkWidget *
learn_captioned(const char *caption, GtkWidget *picture)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);

    gtk_widget_set_hexpand(box, TRUE);
    gtk_box_append(GTK_BOX(box), learn_label(caption, "learn-caption"));
    gtk_box_append(GTK_BOX(box), picture);
    return box;
}

GtkWidget *
learn_scale(const char *label, double low, double high, double step, int digits)
{
    GtkWidget *scale = gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, low, high, step);

    gtk_scale_set_draw_value(GTK_SCALE(scale), FALSE);
    gtk_scale_set_digits(GTK_SCALE(scale), digits);
    gtk_widget_set_hexpand(scale, TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(scale), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
    return scale;
}

typedef struct {
    char *path;
    int n_rows;
} Sample;

static void
sample_free(void *data)
{
    Sample *sample = data;

    g_free(sample->path);
    g_free(sample);
}

static void
read_sample(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Sample *sample = data;
    GError *error = NULL;
    Trace *trace = trace_read_capture(sample->path, layout_default(), sample->n_rows, NULL, &error);

    if (trace)
        g_task_return_pointer(task, trace, (GDestroyNotify)trace_free);
    else
        g_task_return_error(task, error);
}

void
learn_read_sample(GtkWidget *widget, const char *name, int n_rows, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer data)
{
    g_autoptr(GTask) task = g_task_new(widget, cancellable, callback, data);
    Sample *sample = g_new(Sample, 1);

    *sample = (Sample){paths_data("samples", name), n_rows};
    g_task_set_task_data(task, sample, sample_free);
    g_task_run_in_thread(task, read_sample);
}

Trace *
learn_read_sample_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}

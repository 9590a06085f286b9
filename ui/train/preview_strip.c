/* SPDX-License-Identifier: Apache-2.0 */
/* Scrubbing through previews. */
#include "ui/train/preview_strip.h"

#include <glib/gi18n.h>

#include "app/jobs/train_run.h"
#include "ui/train/picture_load.h"

enum { PICTURE_WIDTH = 270, PICTURE_HEIGHT = 240 };

struct _TorchlightPreviewStrip {
    GtkWidget parent_instance;

    /* children */
    GtkWidget *box, *pictures, *scale, *step;

    /* owned */
    GPtrArray *previews; /* TrainPreview */
    GArray *steps;       /* int, ascending */
};

G_DEFINE_FINAL_TYPE(TorchlightPreviewStrip, torchlight_preview_strip, GTK_TYPE_WIDGET)

static int
shown_step(TorchlightPreviewStrip *strip)
{
    guint at = (guint)gtk_range_get_value(GTK_RANGE(strip->scale));

    return strip->steps->len ? g_array_index(strip->steps, int, MIN(at, strip->steps->len - 1))
                             : -1;
}

static char *
step_text(int step)
{
    return step == 0 ? g_strdup(_("Before the first step"))
                     : g_strdup_printf(_("After step %d"), step);
}

static GtkWidget *
make_cell(const TrainPreview *preview)
{
    GtkWidget *clamp = adw_clamp_new(), *cell = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget *picture = gtk_picture_new();
    GtkWidget *label = gtk_label_new(preview->prompt_text ? preview->prompt_text : "");

    gtk_picture_set_content_fit(GTK_PICTURE(picture), GTK_CONTENT_FIT_FILL); /* as thumbnails */
    gtk_widget_set_size_request(picture, -1, PICTURE_HEIGHT);
    gtk_widget_set_overflow(picture, GTK_OVERFLOW_HIDDEN);
    gtk_widget_add_css_class(picture, "thumbnail");
    gtk_widget_set_vexpand(picture, FALSE);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 30);
    gtk_label_set_lines(GTK_LABEL(label), 2);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(label, "caption");
    gtk_widget_add_css_class(label, "dim-label");
    gtk_box_append(GTK_BOX(cell), picture);
    gtk_box_append(GTK_BOX(cell), label);
    adw_clamp_set_maximum_size(ADW_CLAMP(clamp), PICTURE_WIDTH);
    adw_clamp_set_tightening_threshold(ADW_CLAMP(clamp), PICTURE_WIDTH);
    adw_clamp_set_child(ADW_CLAMP(clamp), cell);
    return clamp;
}

/* The cells stay while the slider moves: only their pictures change. */
static void
show_step(TorchlightPreviewStrip *strip)
{
    int step = shown_step(strip), cell_index = 0;
    g_autofree char *text = step_text(step);

    gtk_label_set_label(GTK_LABEL(strip->step), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(strip->scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                   text, -1);
    for (guint i = 0; i < strip->previews->len; i++) {
        const TrainPreview *preview = strip->previews->pdata[i];
        GtkFlowBoxChild *child;
        GtkWidget *picture;

        if (preview->step != step)
            continue;
        child = gtk_flow_box_get_child_at_index(GTK_FLOW_BOX(strip->pictures), cell_index++);
        if (!child) {
            gtk_flow_box_insert(GTK_FLOW_BOX(strip->pictures), make_cell(preview), -1);
            child = gtk_flow_box_get_child_at_index(GTK_FLOW_BOX(strip->pictures), cell_index - 1);
            gtk_widget_set_focusable(GTK_WIDGET(child), FALSE);
            gtk_widget_set_halign(GTK_WIDGET(child), GTK_ALIGN_START);
        }
        picture = gtk_widget_get_first_child(
            adw_clamp_get_child(ADW_CLAMP(gtk_flow_box_child_get_child(child))));
        gtk_picture_set_alternative_text(GTK_PICTURE(picture), preview->prompt_text);
        picture_load_file(GTK_PICTURE(picture), preview->path);
    }
}

static bool
has_same_pictures(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return false;
    for (guint i = 0; i < a->len; i++) {
        if (g_strcmp0(((TrainPreview *)a->pdata[i])->path, ((TrainPreview *)b->pdata[i])->path) !=
            0)
            return false;
    }
    return true;
}

static void
clear_cells(TorchlightPreviewStrip *strip)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(strip->pictures)))
        gtk_flow_box_remove(GTK_FLOW_BOX(strip->pictures), child);
}

void
torchlight_preview_strip_set_previews(TorchlightPreviewStrip *strip, GPtrArray *previews)
{
    bool at_end = shown_step(strip) < 0 ||
                  (guint)gtk_range_get_value(GTK_RANGE(strip->scale)) + 1 >= strip->steps->len;
    bool grows = strip->previews->len > 0 && previews->len > strip->previews->len;

    if (has_same_pictures(strip->previews, previews))
        return;
    g_ptr_array_ref(previews);
    g_ptr_array_unref(strip->previews);
    strip->previews = previews;
    g_array_set_size(strip->steps, 0);
    for (guint i = 0; i < previews->len; i++) {
        int step = ((TrainPreview *)previews->pdata[i])->step;

        if (strip->steps->len == 0 ||
            g_array_index(strip->steps, int, strip->steps->len - 1) != step)
            g_array_append_val(strip->steps, step);
    }
    if (!grows)
        clear_cells(strip);
    gtk_widget_set_visible(GTK_WIDGET(strip), previews->len > 0);
    gtk_widget_set_visible(strip->scale, strip->steps->len > 1);
    gtk_range_set_range(GTK_RANGE(strip->scale), 0, MAX(1, (double)strip->steps->len - 1));
    if (at_end && strip->steps->len > 0)
        gtk_range_set_value(GTK_RANGE(strip->scale), strip->steps->len - 1);
    show_step(strip);
}

GtkWidget *
torchlight_preview_strip_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_PREVIEW_STRIP, NULL);
}

static void
torchlight_preview_strip_dispose(GObject *object)
{
    TorchlightPreviewStrip *strip = TORCHLIGHT_PREVIEW_STRIP(object);

    g_clear_pointer(&strip->box, gtk_widget_unparent);
    G_OBJECT_CLASS(torchlight_preview_strip_parent_class)->dispose(object);
}

static void
torchlight_preview_strip_finalize(GObject *object)
{
    TorchlightPreviewStrip *strip = TORCHLIGHT_PREVIEW_STRIP(object);

    g_ptr_array_unref(strip->previews);
    g_array_unref(strip->steps);
    G_OBJECT_CLASS(torchlight_preview_strip_parent_class)->finalize(object);
}

static void
torchlight_preview_strip_class_init(TorchlightPreviewStripClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_preview_strip_dispose;
    G_OBJECT_CLASS(class)->finalize = torchlight_preview_strip_finalize;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_preview_strip_init(TorchlightPreviewStrip *strip)
{
    strip->previews = g_ptr_array_new();
    strip->steps = g_array_new(FALSE, FALSE, sizeof(int));
    strip->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    strip->pictures = gtk_flow_box_new();
    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(strip->pictures), GTK_SELECTION_NONE);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(strip->pictures), 3);
    gtk_flow_box_set_column_spacing(GTK_FLOW_BOX(strip->pictures), 12);
    gtk_flow_box_set_row_spacing(GTK_FLOW_BOX(strip->pictures), 12);
    strip->step = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(strip->step), 0);
    strip->scale = gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, 0, 1, 1);
    gtk_scale_set_draw_value(GTK_SCALE(strip->scale), FALSE);
    gtk_range_set_round_digits(GTK_RANGE(strip->scale), 0);
    gtk_accessible_update_property(GTK_ACCESSIBLE(strip->scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Step of the previews"), -1);
    gtk_box_append(GTK_BOX(strip->box), strip->pictures);
    gtk_box_append(GTK_BOX(strip->box), strip->step);
    gtk_box_append(GTK_BOX(strip->box), strip->scale);
    gtk_widget_set_parent(strip->box, GTK_WIDGET(strip));
    gtk_widget_set_visible(GTK_WIDGET(strip), FALSE);
    g_signal_connect_swapped(strip->scale, "value-changed", G_CALLBACK(show_step), strip);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The trace page: which document is shown, and the words around the picture. */
#include "ui/trace_page.h"

#include <glib/gi18n.h>
#include <math.h>

struct _TorchlightTracePage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *box;
    GtkRevealer *result_bar;
    GtkWidget *which;
    GtkToggleButton *show_opened, *show_generated;
    GtkLabel *parameters;
    TorchlightTraceView *view;
    GtkLabel *readout, *page_label, *zoom_label, *facts, *caption_state;
    GtkWidget *pager, *zoom_button;
    GtkEditable *caption;

    /* owned */
    Document *opened, *generated;
    char *saved_caption; /* of the opened document */
    char *draft;         /* what is typed for it while the generated one is shown */
    GCancellable *drawing;

    Palette palette;
    int picture; /* which one of the shown document */
    bool setting;
};

enum { SIGNAL_SHOWN_CHANGED, SIGNAL_CAPTION_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightTracePage, torchlight_trace_page, GTK_TYPE_WIDGET)

Document *
torchlight_trace_page_get_opened(TorchlightTracePage *page)
{
    return page->opened;
}

Document *
torchlight_trace_page_get_shown(TorchlightTracePage *page)
{
    bool generated =
        page->generated && (!page->opened || gtk_toggle_button_get_active(page->show_generated));

    return generated ? page->generated : page->opened;
}

TracePicture *
torchlight_trace_page_get_picture(TorchlightTracePage *page)
{
    return torchlight_trace_view_get_picture(page->view);
}

TorchlightTraceView *
torchlight_trace_page_get_view(TorchlightTracePage *page)
{
    return page->view;
}

const char *
torchlight_trace_page_get_caption(TorchlightTracePage *page)
{
    return gtk_editable_get_text(page->caption);
}

bool
torchlight_trace_page_is_caption_unsaved(TorchlightTracePage *page)
{
    const char *typed = page->draft ? page->draft : gtk_editable_get_text(page->caption);

    return page->opened && page->opened->can_caption && g_strcmp0(typed, page->saved_caption) != 0;
}

static void
update_caption_state(TorchlightTracePage *page)
{
    Document *shown = torchlight_trace_page_get_shown(page);
    bool unsaved = shown == page->opened && torchlight_trace_page_is_caption_unsaved(page);
    const char *text = "";

    if (shown && shown == page->opened)
        text = unsaved                                       ? _("Not saved")
               : page->saved_caption && *page->saved_caption ? _("Saved")
                                                             : "";
    gtk_label_set_label(page->caption_state, text);
    if (unsaved)
        gtk_widget_add_css_class(GTK_WIDGET(page->caption_state), "warning");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(page->caption_state), "warning");
    gtk_accessible_update_property(GTK_ACCESSIBLE(page->caption),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
on_caption_changed(TorchlightTracePage *page)
{
    if (page->setting)
        return;
    update_caption_state(page);
    g_signal_emit(page, signals[SIGNAL_CAPTION_CHANGED], 0);
}

static void
on_caption_activate(TorchlightTracePage *page)
{
    gtk_widget_activate_action(GTK_WIDGET(page), "win.save-caption", NULL);
}

static void
set_caption_text(TorchlightTracePage *page, const char *text, bool editable)
{
    page->setting = true;
    gtk_editable_set_text(page->caption, text ? text : "");
    gtk_editable_set_editable(page->caption, editable);
    page->setting = false;
    update_caption_state(page);
}

static void
on_zoom(TorchlightTracePage *page)
{
    double zoom = torchlight_trace_view_get_zoom(page->view);
    g_autofree char *text = g_strdup_printf(_("%.0f %%"), zoom * 100);
    g_autofree char *label = g_strdup_printf(_("Zoom %.0f %%: fit into the window"), zoom * 100);

    gtk_label_set_label(page->zoom_label, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(page->zoom_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   label, -1);
}

static void
on_readout(TorchlightTracePage *page)
{
    const char *readout = torchlight_trace_view_get_readout(page->view);

    gtk_label_set_label(page->readout, readout ? readout : _("Point at a bit to read it"));
    if (readout)
        gtk_widget_remove_css_class(GTK_WIDGET(page->readout), "dim-label");
    else
        gtk_widget_add_css_class(GTK_WIDGET(page->readout), "dim-label");
}

/* What is cut short is told in full. */
static gboolean
on_label_tooltip(GtkLabel *label, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
    if (!pango_layout_is_ellipsized(gtk_label_get_layout(label)))
        return FALSE;
    gtk_tooltip_set_text(tooltip, gtk_label_get_label(label));
    return TRUE;
}

static void
update_words(TorchlightTracePage *page)
{
    Document *shown = torchlight_trace_page_get_shown(page);
    int n = shown ? document_n_pictures(shown) : 1;
    g_autofree char *facts = shown ? document_facts(shown) : g_strdup("");
    g_autofree char *at = g_strdup_printf(_("%d of %d"), page->picture + 1, n);

    gtk_label_set_label(page->facts, facts);
    gtk_label_set_label(page->page_label, at);
    gtk_widget_set_visible(page->pager, n > 1);
    gtk_revealer_set_reveal_child(page->result_bar, page->generated != NULL);
    gtk_widget_set_visible(page->which, page->generated && page->opened);
    gtk_label_set_label(page->parameters, page->generated ? page->generated->parameters : "");
}

static void
stop_drawing(TorchlightTracePage *page)
{
    if (page->drawing)
        g_cancellable_cancel(page->drawing);
    g_clear_object(&page->drawing);
}

/* The first picture is ready; others are drawn on a thread. */
typedef struct {
    Document *document;
    int first_row;
    Palette palette;
} Drawing;

static void
drawing_free(gpointer data)
{
    Drawing *drawing = data;

    document_unref(drawing->document);
    g_free(drawing);
}

static void
draw_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Drawing *drawing = data;

    g_task_return_pointer(
        task, trace_picture_new(drawing->document->trace, drawing->first_row, drawing->palette),
        (GDestroyNotify)trace_picture_unref);
}

static void
on_drawn(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(source);
    g_autoptr(TracePicture) picture = g_task_propagate_pointer(G_TASK(result), NULL);

    if (!picture)
        return; /* cancelled: another one is wanted */
    torchlight_trace_view_set_picture(page->view, picture, true);
    g_signal_emit(page, signals[SIGNAL_SHOWN_CHANGED], 0);
}

static void
draw(TorchlightTracePage *page)
{
    Document *shown = torchlight_trace_page_get_shown(page);
    Drawing *drawing = g_new0(Drawing, 1);
    g_autoptr(GTask) task = NULL;

    stop_drawing(page);
    page->drawing = g_cancellable_new();
    task = g_task_new(page, page->drawing, on_drawn, NULL);
    *drawing = (Drawing){document_ref(shown), page->picture * IMAGE_ROWS, page->palette};
    g_task_set_task_data(task, drawing, drawing_free);
    g_task_run_in_thread(task, draw_in_thread);
}

static void
show(TorchlightTracePage *page, bool keep_place)
{
    Document *shown = torchlight_trace_page_get_shown(page);

    stop_drawing(page);
    page->picture = 0;
    torchlight_trace_view_set_picture(page->view, shown ? shown->first_picture : NULL, keep_place);
    if (shown && shown == page->opened) {
        set_caption_text(page, page->draft ? page->draft : page->saved_caption, shown->can_caption);
        g_clear_pointer(&page->draft, g_free);
        update_caption_state(page);
    } else {
        if (page->opened && !page->draft)
            page->draft = g_strdup(gtk_editable_get_text(page->caption));
        set_caption_text(page, shown ? shown->caption : "", false);
    }
    update_words(page);
    if (shown && shown->palette != page->palette)
        draw(page);
    g_signal_emit(page, signals[SIGNAL_SHOWN_CHANGED], 0);
}

static void
on_which(TorchlightTracePage *page)
{
    if (!page->setting)
        show(page, true);
}

static void
choose(TorchlightTracePage *page, bool generated)
{
    page->setting = true;
    gtk_toggle_button_set_active(generated ? page->show_generated : page->show_opened, TRUE);
    page->setting = false;
}

void
torchlight_trace_page_set_opened(TorchlightTracePage *page, Document *document, const char *caption)
{
    g_clear_pointer(&page->opened, document_unref);
    g_clear_pointer(&page->draft, g_free);
    g_free(page->saved_caption);
    page->opened = document_ref(document);
    page->saved_caption = g_strdup(document->caption);
    page->draft = g_strdup(caption ? caption : document->caption);
    choose(page, false);
    show(page, false);
}

void
torchlight_trace_page_set_generated(TorchlightTracePage *page, Document *document, bool show_it)
{
    bool was_shown = page->generated && torchlight_trace_page_get_shown(page) == page->generated;

    document_ref(document);
    g_clear_pointer(&page->generated, document_unref);
    page->generated = document;
    if (!show_it && !was_shown && page->opened) {
        update_words(page);
        return;
    }
    choose(page, true);
    show(page, false);
}

void
torchlight_trace_page_set_preview(TorchlightTracePage *page, Pixels *preview)
{
    torchlight_trace_view_set_preview(page->view, preview);
}

bool
torchlight_trace_page_can_step(TorchlightTracePage *page, int by)
{
    Document *shown = torchlight_trace_page_get_shown(page);
    int to = page->picture + by;

    return shown && to >= 0 && to < document_n_pictures(shown);
}

void
torchlight_trace_page_step(TorchlightTracePage *page, int by)
{
    if (!torchlight_trace_page_can_step(page, by))
        return;
    page->picture += by;
    update_words(page);
    draw(page);
}

void
torchlight_trace_page_set_palette(TorchlightTracePage *page, Palette palette)
{
    if (page->palette == palette)
        return;
    page->palette = palette;
    if (torchlight_trace_page_get_shown(page))
        draw(page);
}

void
torchlight_trace_page_caption_saved(TorchlightTracePage *page, const char *caption)
{
    g_free(page->saved_caption);
    page->saved_caption = g_strdup(caption);
    update_caption_state(page);
}

static void
torchlight_trace_page_dispose(GObject *object)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(object);

    stop_drawing(page);
    page->setting = true;
    g_clear_pointer(&page->box, gtk_widget_unparent);
    g_clear_pointer(&page->opened, document_unref);
    g_clear_pointer(&page->generated, document_unref);
    g_clear_pointer(&page->saved_caption, g_free);
    g_clear_pointer(&page->draft, g_free);
    G_OBJECT_CLASS(torchlight_trace_page_parent_class)->dispose(object);
}

static void
torchlight_trace_page_class_init(TorchlightTracePageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_trace_page_dispose;
    signals[SIGNAL_SHOWN_CHANGED] =
        g_signal_new("shown-changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_CAPTION_CHANGED] =
        g_signal_new("caption-changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 0);
    g_type_ensure(TORCHLIGHT_TYPE_TRACE_VIEW);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/trace_page.ui");
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightTracePage, child)
    BIND(box);
    BIND(result_bar);
    BIND(which);
    BIND(show_opened);
    BIND(show_generated);
    BIND(parameters);
    BIND(view);
    BIND(readout);
    BIND(page_label);
    BIND(zoom_label);
    BIND(facts);
    BIND(caption_state);
    BIND(pager);
    BIND(zoom_button);
    BIND(caption);
#undef BIND
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_trace_page_init(TorchlightTracePage *page)
{
    gtk_widget_init_template(GTK_WIDGET(page));
    g_signal_connect_swapped(page->caption, "changed", G_CALLBACK(on_caption_changed), page);
    g_signal_connect_swapped(page->caption, "activate", G_CALLBACK(on_caption_activate), page);
    g_signal_connect_swapped(page->show_generated, "toggled", G_CALLBACK(on_which), page);
    g_signal_connect_swapped(page->view, "notify::zoom", G_CALLBACK(on_zoom), page);
    g_signal_connect_swapped(page->view, "notify::readout", G_CALLBACK(on_readout), page);
    GtkLabel *const labels[] = {page->facts, page->parameters, page->readout};
    for (guint i = 0; i < G_N_ELEMENTS(labels); i++) {
        gtk_widget_set_has_tooltip(GTK_WIDGET(labels[i]), TRUE);
        g_signal_connect(labels[i], "query-tooltip", G_CALLBACK(on_label_tooltip), NULL);
    }
    on_zoom(page);
    on_readout(page);
}

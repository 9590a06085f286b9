/* SPDX-License-Identifier: Apache-2.0 */
/* The page of the opened trace. */
#include "ui/trace/trace_page.h"

#include <glib/gi18n.h>

#include "ui/trace/trace_view.h"

struct _TorchlightTracePage {
    GtkWidget parent_instance;

    /* template */
    GtkStack *stack;
    TorchlightTraceView *view;
    GtkLabel *readout, *facts;

    /* owned */
    TorchlightWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE(TorchlightTracePage, torchlight_trace_page, GTK_TYPE_WIDGET)

static void
on_readout(TorchlightTracePage *page)
{
    const char *readout = torchlight_trace_view_get_readout(page->view);

    gtk_label_set_label(page->readout, readout ? readout : _("Point at a bit to read it"));
}

static void
on_document(TorchlightTracePage *page)
{
    Document *document = torchlight_workspace_get_document(page->workspace);
    g_autofree char *facts = document ? document_facts(document) : g_strdup("");

    gtk_stack_set_visible_child_name(page->stack, document ? "trace" : "empty");
    torchlight_trace_view_set_picture(page->view, document ? document->first_picture : NULL, false);
    gtk_label_set_label(page->facts, facts);
}

void
torchlight_trace_page_set_workspace(TorchlightTracePage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
    g_signal_connect_object(workspace, "notify::document", G_CALLBACK(on_document), page,
                            G_CONNECT_SWAPPED);
    on_document(page);
}

static void
torchlight_trace_page_dispose(GObject *object)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(object);

    if (page->stack)
        gtk_widget_unparent(GTK_WIDGET(page->stack));
    page->stack = NULL;
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_trace_page_parent_class)->dispose(object);
}

static void
torchlight_trace_page_class_init(TorchlightTracePageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_trace_page_dispose;
    g_type_ensure(TORCHLIGHT_TYPE_TRACE_VIEW);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/trace_page.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightTracePage, stack);
    gtk_widget_class_bind_template_child(widget, TorchlightTracePage, view);
    gtk_widget_class_bind_template_child(widget, TorchlightTracePage, readout);
    gtk_widget_class_bind_template_child(widget, TorchlightTracePage, facts);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_trace_page_init(TorchlightTracePage *page)
{
    gtk_widget_init_template(GTK_WIDGET(page));
    g_signal_connect_swapped(page->view, "notify::readout", G_CALLBACK(on_readout), page);
    on_readout(page);
}

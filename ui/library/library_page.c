/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Library”. */
#include "ui/library/library_page.h"

struct _TorchlightLibraryPage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content;

    /* owned */
    TorchlightWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE(TorchlightLibraryPage, torchlight_library_page, GTK_TYPE_WIDGET)

void
torchlight_library_page_set_workspace(TorchlightLibraryPage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
}

static void
torchlight_library_page_dispose(GObject *object)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(object);

    g_clear_pointer(&page->content, gtk_widget_unparent);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_library_page_parent_class)->dispose(object);
}

static void
torchlight_library_page_class_init(TorchlightLibraryPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_library_page_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/library_page.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightLibraryPage, content);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_library_page_init(TorchlightLibraryPage *page)
{
    gtk_widget_init_template(GTK_WIDGET(page));
}

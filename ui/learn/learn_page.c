/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Learn”. */
#include "ui/learn/learn_page.h"

struct _TorchlightLearnPage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content;

    /* owned */
    TorchlightWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE(TorchlightLearnPage, torchlight_learn_page, GTK_TYPE_WIDGET)

void
torchlight_learn_page_set_workspace(TorchlightLearnPage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
}

static void
torchlight_learn_page_dispose(GObject *object)
{
    TorchlightLearnPage *page = TORCHLIGHT_LEARN_PAGE(object);

    g_clear_pointer(&page->content, gtk_widget_unparent);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_learn_page_parent_class)->dispose(object);
}

static void
torchlight_learn_page_class_init(TorchlightLearnPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_learn_page_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/learn_page.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightLearnPage, content);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_learn_page_init(TorchlightLearnPage *page)
{
    gtk_widget_init_template(GTK_WIDGET(page));
}

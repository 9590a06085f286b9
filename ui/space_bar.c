/* SPDX-License-Identifier: Apache-2.0 */
/* The bar of spaces at the foot of a narrow window. */
#include "ui/space_bar.h"

struct _TorchlightSpaceBar {
    GtkWidget parent_instance;

    GtkWidget *tabs;
    AdwViewStack *stack; /* owned */
};

G_DEFINE_FINAL_TYPE(TorchlightSpaceBar, torchlight_space_bar, GTK_TYPE_WIDGET)

static const char *
name_of(GtkWidget *tab)
{
    return gtk_widget_get_name(tab);
}

/* Which tab is down follows the stack alone. */
static void
show_chosen(TorchlightSpaceBar *bar)
{
    const char *chosen = adw_view_stack_get_visible_child_name(bar->stack);

    for (GtkWidget *tab = gtk_widget_get_first_child(bar->tabs); tab;
         tab = gtk_widget_get_next_sibling(tab)) {
        gboolean is_chosen = g_strcmp0(name_of(tab), chosen) == 0;

        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(tab), is_chosen);
        gtk_accessible_update_state(GTK_ACCESSIBLE(tab), GTK_ACCESSIBLE_STATE_SELECTED, is_chosen,
                                    -1);
    }
}

/* A click on the tab that is down leaves it so. */
static void
on_clicked(TorchlightSpaceBar *bar, GtkWidget *tab)
{
    adw_view_stack_set_visible_child_name(bar->stack, name_of(tab));
    show_chosen(bar);
}

static GtkWidget *
make_tab(AdwViewStackPage *page)
{
    const char *title = adw_view_stack_page_get_title(page);
    GtkWidget *content = gtk_box_new(GTK_ORIENTATION_VERTICAL, 3);
    GtkWidget *label = gtk_label_new(title);
    GtkWidget *tab =
        g_object_new(GTK_TYPE_TOGGLE_BUTTON, "accessible-role", GTK_ACCESSIBLE_ROLE_TAB, "name",
                     adw_view_stack_page_get_name(page), "child", content, "tooltip-text", title,
                     "has-frame", FALSE, "hexpand", TRUE, NULL);

    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_box_append(GTK_BOX(content),
                   gtk_image_new_from_icon_name(adw_view_stack_page_get_icon_name(page)));
    gtk_box_append(GTK_BOX(content), label);
    gtk_accessible_update_property(GTK_ACCESSIBLE(tab), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
    return tab;
}

void
torchlight_space_bar_set_stack(TorchlightSpaceBar *bar, AdwViewStack *stack)
{
    g_autoptr(GtkSelectionModel) pages = adw_view_stack_get_pages(stack);

    g_assert(!bar->stack);
    bar->stack = g_object_ref(stack);
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(pages)); i++) {
        g_autoptr(AdwViewStackPage) page = g_list_model_get_item(G_LIST_MODEL(pages), i);
        GtkWidget *tab = make_tab(page);

        g_signal_connect_swapped(tab, "clicked", G_CALLBACK(on_clicked), bar);
        gtk_box_append(GTK_BOX(bar->tabs), tab);
    }
    g_signal_connect_object(stack, "notify::visible-child", G_CALLBACK(show_chosen), bar,
                            G_CONNECT_SWAPPED);
    show_chosen(bar);
}

void
torchlight_space_bar_set_reveal(TorchlightSpaceBar *bar, bool reveal)
{
    gtk_widget_set_visible(GTK_WIDGET(bar), reveal);
}

static void
torchlight_space_bar_dispose(GObject *object)
{
    TorchlightSpaceBar *bar = TORCHLIGHT_SPACE_BAR(object);

    g_clear_pointer(&bar->tabs, gtk_widget_unparent);
    g_clear_object(&bar->stack);
    G_OBJECT_CLASS(torchlight_space_bar_parent_class)->dispose(object);
}

static void
torchlight_space_bar_class_init(TorchlightSpaceBarClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_space_bar_dispose;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(class), "spacebar");
}

static void
torchlight_space_bar_init(TorchlightSpaceBar *bar)
{
    gtk_widget_set_visible(GTK_WIDGET(bar), FALSE);
    bar->tabs = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_TAB_LIST, NULL);
    gtk_widget_add_css_class(bar->tabs, "spacetabs");
    gtk_widget_set_parent(bar->tabs, GTK_WIDGET(bar));
}

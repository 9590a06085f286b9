/* SPDX-License-Identifier: Apache-2.0 */
/* The list of trainings. */
#include "ui/train/runs_view.h"

#include <glib/gi18n.h>

#include "ui/train/run_view.h"

struct _TorchlightRunsView {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *set_up, *leaflet, *list_box, *detail, *back, *run_view;

    /* owned */
    TorchlightTrainList *list;
};

enum { SHOW_LORA, SET_UP, N_SIGNALS };
static guint signals[N_SIGNALS];

static const char entry_key[] = "torchlight-entry";

G_DEFINE_FINAL_TYPE(TorchlightRunsView, torchlight_runs_view, GTK_TYPE_WIDGET)

static void
update_row(GtkWidget *row)
{
    TorchlightTrainEntry *entry = g_object_get_data(G_OBJECT(row), entry_key);
    GtkWidget *box = gtk_list_box_row_get_child(GTK_LIST_BOX_ROW(row));
    GtkWidget *name = gtk_widget_get_first_child(box), *status = gtk_widget_get_next_sibling(name);
    GtkWidget *progress = gtk_widget_get_next_sibling(status);
    g_autofree char *text = torchlight_train_entry_dup_status(entry);

    gtk_label_set_label(GTK_LABEL(name),
                        torchlight_item_get_name(torchlight_train_entry_get_item(entry)));
    gtk_label_set_label(GTK_LABEL(status), text);
    gtk_widget_set_visible(progress, torchlight_train_entry_is_active(entry));
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(progress),
                                  torchlight_train_entry_get_fraction(entry));
}

static GtkWidget *
make_label(const char *style)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    if (style) {
        gtk_widget_add_css_class(label, "caption");
        gtk_widget_add_css_class(label, style);
    }
    return label;
}

static GtkWidget *
make_row(gpointer item, gpointer data)
{
    TorchlightTrainEntry *entry = item;
    GtkWidget *row = gtk_list_box_row_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 3);
    GtkWidget *progress = gtk_progress_bar_new();

    gtk_widget_set_margin_top(box, 6);
    gtk_widget_set_margin_bottom(box, 6);
    gtk_box_append(GTK_BOX(box), make_label(NULL));
    gtk_box_append(GTK_BOX(box), make_label("dim-label"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Progress of the training"), -1);
    gtk_box_append(GTK_BOX(box), progress);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    g_object_set_data_full(G_OBJECT(row), entry_key, g_object_ref(entry), g_object_unref);
    g_signal_connect_object(entry, "changed", G_CALLBACK(update_row), row, G_CONNECT_SWAPPED);
    update_row(row);
    return row;
}

static void
on_row(GtkListBox *box, GtkListBoxRow *row, TorchlightRunsView *view)
{
    if (row)
        torchlight_run_view_set_entry(TORCHLIGHT_RUN_VIEW(view->run_view),
                                      g_object_get_data(G_OBJECT(row), entry_key));
}

static void
on_activated(GtkListBox *box, GtkListBoxRow *row, TorchlightRunsView *view)
{
    adw_leaflet_set_visible_child(ADW_LEAFLET(view->leaflet), view->detail);
}

static void
on_back(TorchlightRunsView *view)
{
    adw_leaflet_navigate(ADW_LEAFLET(view->leaflet), ADW_NAVIGATION_DIRECTION_BACK);
}

static void
on_items(GListModel *entries, guint position, guint removed, guint added, TorchlightRunsView *view)
{
    GtkListBox *box = GTK_LIST_BOX(view->list_box);
    bool empty = g_list_model_get_n_items(entries) == 0;

    gtk_stack_set_visible_child_name(GTK_STACK(view->content), empty ? "empty" : "runs");
    if (empty)
        torchlight_run_view_set_entry(TORCHLIGHT_RUN_VIEW(view->run_view), NULL);
    else if (added > 0 || !gtk_list_box_get_selected_row(box)) /* the latest is of interest */
        gtk_list_box_select_row(box, gtk_list_box_get_row_at_index(box, 0));
}

void
torchlight_runs_view_show(TorchlightRunsView *view, TorchlightTrainEntry *entry)
{
    GtkListBox *box = GTK_LIST_BOX(view->list_box);
    GtkListBoxRow *row;

    for (int i = 0; (row = gtk_list_box_get_row_at_index(box, i)); i++) {
        if (g_object_get_data(G_OBJECT(row), entry_key) == entry)
            gtk_list_box_select_row(box, row);
    }
    adw_leaflet_set_visible_child(ADW_LEAFLET(view->leaflet), view->detail);
}

static void
on_set_up(TorchlightRunsView *view)
{
    g_signal_emit(view, signals[SET_UP], 0);
}

static void
on_show_lora(TorchlightRunsView *view, TorchlightItem *lora)
{
    g_signal_emit(view, signals[SHOW_LORA], 0, lora);
}

void
torchlight_runs_view_set_list(TorchlightRunsView *view, TorchlightTrainList *list)
{
    GListModel *entries = torchlight_train_list_get_entries(list);

    view->list = g_object_ref(list);
    torchlight_run_view_set_list(TORCHLIGHT_RUN_VIEW(view->run_view), list);
    gtk_list_box_bind_model(GTK_LIST_BOX(view->list_box), entries, make_row, NULL, NULL);
    g_signal_connect_object(entries, "items-changed", G_CALLBACK(on_items), view, 0);
    on_items(entries, 0, 0, 0, view);
}

static void
torchlight_runs_view_dispose(GObject *object)
{
    TorchlightRunsView *view = TORCHLIGHT_RUNS_VIEW(object);

    g_clear_pointer(&view->content, gtk_widget_unparent);
    g_clear_object(&view->list);
    G_OBJECT_CLASS(torchlight_runs_view_parent_class)->dispose(object);
}

static void
torchlight_runs_view_class_init(TorchlightRunsViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_runs_view_dispose;
    signals[SHOW_LORA] = g_signal_new("show-lora", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 1, TORCHLIGHT_TYPE_ITEM);
    signals[SET_UP] = g_signal_new("set-up", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
    g_type_ensure(TORCHLIGHT_TYPE_RUN_VIEW);
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/runs_view.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
#define CHILD(name_) gtk_widget_class_bind_template_child(widget, TorchlightRunsView, name_)
    CHILD(content);
    CHILD(set_up);
    CHILD(leaflet);
    CHILD(list_box);
    CHILD(detail);
    CHILD(back);
    CHILD(run_view);
#undef CHILD
}

static void
torchlight_runs_view_init(TorchlightRunsView *view)
{
    gtk_widget_init_template(GTK_WIDGET(view));
    g_object_bind_property(view->leaflet, "folded", view->back, "visible", G_BINDING_SYNC_CREATE);
    g_signal_connect(view->list_box, "row-selected", G_CALLBACK(on_row), view);
    g_signal_connect(view->list_box, "row-activated", G_CALLBACK(on_activated), view);
    g_signal_connect_swapped(view->back, "clicked", G_CALLBACK(on_back), view);
    g_signal_connect_swapped(view->set_up, "clicked", G_CALLBACK(on_set_up), view);
    g_signal_connect_swapped(view->run_view, "show-lora", G_CALLBACK(on_show_lora), view);
}

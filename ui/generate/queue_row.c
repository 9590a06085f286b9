/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the queue. */
#include "ui/generate/queue_row.h"

#include <glib/gi18n.h>

#include "ui/generate/settings_text.h"
#include "ui/library/trace_cell.h"

struct _TorchlightQueueRow {
    GtkListBoxRow parent_instance;

    TorchlightGenerateQueue *queue; /* owned */
    TorchlightQueueEntry *entry;    /* owned */
    GtkLabel *title, *subtitle;
    GtkWidget *up, *down, *retry, *remove, *spinner;
};

G_DEFINE_FINAL_TYPE(TorchlightQueueRow, torchlight_queue_row, GTK_TYPE_LIST_BOX_ROW)

static int
position_of(TorchlightQueueRow *row)
{
    GListModel *entries = torchlight_generate_queue_get_entries(row->queue);
    guint position;

    return g_list_store_find(G_LIST_STORE(entries), row->entry, &position) ? (int)position : -1;
}

static void
update(TorchlightQueueRow *row)
{
    const GenerateParams *params = torchlight_queue_entry_get_params(row->entry);
    const GridAxis *x = torchlight_queue_entry_get_x(row->entry);
    const GridAxis *y = torchlight_queue_entry_get_y(row->entry);
    QueueState state = torchlight_queue_entry_get_state(row->entry);
    const char *error = torchlight_queue_entry_get_error(row->entry);
    g_autofree char *title = trace_cell_short_caption(params->prompt);
    g_autofree char *settings = x || y ? grid_text(x, y) : settings_text(params);
    g_autofree char *text = NULL;

    if (state == QUEUE_FAILED && error)
        text = g_strdup(error);
    else if (params->count > 1 && !x && !y)
        text = g_strdup_printf(ngettext("%d picture · %s", "%d pictures · %s", params->count),
                               params->count, settings);
    else
        text = g_steal_pointer(&settings);
    gtk_label_set_label(row->title, title);
    gtk_label_set_label(row->subtitle, text);
    gtk_label_set_lines(row->subtitle, state == QUEUE_FAILED ? 4 : 1);
    gtk_widget_set_tooltip_text(GTK_WIDGET(row), text);
    if (state == QUEUE_FAILED)
        gtk_widget_add_css_class(GTK_WIDGET(row->subtitle), "error");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(row->subtitle), "error");
    gtk_widget_set_visible(row->spinner, state == QUEUE_RUNNING);
    gtk_spinner_set_spinning(GTK_SPINNER(row->spinner), state == QUEUE_RUNNING);
    gtk_widget_set_visible(row->up, state == QUEUE_WAITING);
    gtk_widget_set_visible(row->down, state == QUEUE_WAITING);
    gtk_widget_set_visible(row->retry, state == QUEUE_FAILED);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
move(TorchlightQueueRow *row, int step)
{
    int position = position_of(row);

    if (position >= 0 && position + step >= 0)
        torchlight_generate_queue_move(row->queue, row->entry, (guint)(position + step));
}

static void
on_up(TorchlightQueueRow *row)
{
    move(row, -1);
}

static void
on_down(TorchlightQueueRow *row)
{
    move(row, 1);
}

static void
on_retry(TorchlightQueueRow *row)
{
    torchlight_generate_queue_retry(row->queue, row->entry);
}

static void
on_remove(TorchlightQueueRow *row)
{
    torchlight_generate_queue_remove(row->queue, row->entry);
}

static gboolean
on_key(GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state,
       TorchlightQueueRow *row)
{
    if (key == GDK_KEY_Delete)
        on_remove(row);
    else if ((state & GDK_ALT_MASK) && key == GDK_KEY_Up)
        move(row, -1);
    else if ((state & GDK_ALT_MASK) && key == GDK_KEY_Down)
        move(row, 1);
    else
        return FALSE;
    return TRUE;
}

/* --- dragging --- */

static GdkContentProvider *
on_drag(GtkDragSource *source, double x, double y, TorchlightQueueRow *row)
{
    g_autoptr(GdkPaintable) picture = gtk_widget_paintable_new(GTK_WIDGET(row));

    if (torchlight_queue_entry_get_state(row->entry) != QUEUE_WAITING)
        return NULL;
    gtk_drag_source_set_icon(source, picture, (int)x, (int)y);
    return gdk_content_provider_new_typed(TORCHLIGHT_TYPE_QUEUE_ENTRY, row->entry);
}

static gboolean
on_drop(GtkDropTarget *target, const GValue *value, double x, double y, TorchlightQueueRow *row)
{
    TorchlightQueueEntry *entry = g_value_get_object(value);
    int position = position_of(row);

    if (!entry || entry == row->entry || position < 0)
        return FALSE;
    torchlight_generate_queue_move(row->queue, entry, (guint)position);
    return TRUE;
}

static GtkWidget *
add_button(GtkBox *box, TorchlightQueueRow *row, const char *icon, const char *label,
           void (*clicked)(TorchlightQueueRow *))
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_set_tooltip_text(button, label);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                   -1);
    g_signal_connect_swapped(button, "clicked", G_CALLBACK(clicked), row);
    gtk_box_append(box, button);
    return button;
}

GtkWidget *
torchlight_queue_row_new(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    TorchlightQueueRow *row = g_object_new(TORCHLIGHT_TYPE_QUEUE_ROW, NULL);

    row->queue = g_object_ref(queue);
    row->entry = g_object_ref(entry);
    g_signal_connect_object(entry, "notify::state", G_CALLBACK(update), row, G_CONNECT_SWAPPED);
    update(row);
    return GTK_WIDGET(row);
}

static void
torchlight_queue_row_dispose(GObject *object)
{
    TorchlightQueueRow *row = TORCHLIGHT_QUEUE_ROW(object);

    g_clear_object(&row->queue);
    g_clear_object(&row->entry);
    G_OBJECT_CLASS(torchlight_queue_row_parent_class)->dispose(object);
}

static void
torchlight_queue_row_class_init(TorchlightQueueRowClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_queue_row_dispose;
}

static GtkLabel *
add_label(GtkBox *box)
{
    GtkLabel *label = GTK_LABEL(gtk_label_new(NULL));

    gtk_label_set_xalign(label, 0);
    gtk_label_set_ellipsize(label, PANGO_ELLIPSIZE_END);
    gtk_box_append(box, GTK_WIDGET(label));
    return label;
}

static void
add_controllers(TorchlightQueueRow *row)
{
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkDragSource *source = gtk_drag_source_new();
    GtkDropTarget *target = gtk_drop_target_new(TORCHLIGHT_TYPE_QUEUE_ENTRY, GDK_ACTION_MOVE);

    gtk_drag_source_set_actions(source, GDK_ACTION_MOVE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key), row);
    g_signal_connect(source, "prepare", G_CALLBACK(on_drag), row);
    g_signal_connect(target, "drop", G_CALLBACK(on_drop), row);
    gtk_widget_add_controller(GTK_WIDGET(row), keys);
    gtk_widget_add_controller(GTK_WIDGET(row), GTK_EVENT_CONTROLLER(source));
    gtk_widget_add_controller(GTK_WIDGET(row), GTK_EVENT_CONTROLLER(target));
}

static void
torchlight_queue_row_init(TorchlightQueueRow *row)
{
    GtkBox *box = GTK_BOX(gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6));
    GtkBox *texts = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 3));

    row->spinner = gtk_spinner_new();
    row->title = add_label(texts);
    row->subtitle = add_label(texts);
    gtk_label_set_wrap(row->subtitle, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(row->subtitle), "caption");
    gtk_widget_add_css_class(GTK_WIDGET(row->subtitle), "dim-label");
    gtk_widget_set_hexpand(GTK_WIDGET(texts), TRUE);
    gtk_widget_set_valign(GTK_WIDGET(texts), GTK_ALIGN_CENTER);
    gtk_box_append(box, row->spinner);
    gtk_box_append(box, GTK_WIDGET(texts));
    row->up = add_button(box, row, "go-up-symbolic", _("Earlier"), on_up);
    row->down = add_button(box, row, "go-down-symbolic", _("Later"), on_down);
    row->retry = add_button(box, row, "view-refresh-symbolic", _("Try again"), on_retry);
    row->remove =
        add_button(box, row, "window-close-symbolic", _("Take out of the queue"), on_remove);
    gtk_widget_set_margin_start(GTK_WIDGET(box), 12);
    gtk_widget_set_margin_end(GTK_WIDGET(box), 6);
    gtk_widget_set_margin_top(GTK_WIDGET(box), 6);
    gtk_widget_set_margin_bottom(GTK_WIDGET(box), 6);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), GTK_WIDGET(box));
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    add_controllers(row);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The list model of a picture's rows. A list keeps some 200 rows as widgets, whose making would
 * hold up the window for some 50 ms: another picture comes in slice by slice, with frames between.
 */
#include "ui/trace/packet_rows.h"

struct _TorchlightPacketRow {
    GObject parent_instance;

    TracePicture *picture; /* owned */
    int index;
};

enum { SLICE = 24, SLICED = 264 }; /* rows; those behind have no widgets */

struct _TorchlightPacketRows {
    GObject parent_instance;

    /* owned, or NULL */
    TracePicture *picture; /* rows from 0 to n_done */
    TracePicture *before;  /* the others, until they are replaced */
    guint n_done;
    guint idle;
};

G_DEFINE_FINAL_TYPE(TorchlightPacketRow, torchlight_packet_row, G_TYPE_OBJECT)

int
torchlight_packet_row_get_index(TorchlightPacketRow *row)
{
    return row->index;
}

TracePicture *
torchlight_packet_row_get_picture(TorchlightPacketRow *row)
{
    return row->picture;
}

static void
torchlight_packet_row_finalize(GObject *object)
{
    trace_picture_unref(TORCHLIGHT_PACKET_ROW(object)->picture);
    G_OBJECT_CLASS(torchlight_packet_row_parent_class)->finalize(object);
}

static void
torchlight_packet_row_class_init(TorchlightPacketRowClass *class)
{
    G_OBJECT_CLASS(class)->finalize = torchlight_packet_row_finalize;
}

static void
torchlight_packet_row_init(TorchlightPacketRow *row)
{
}

static GType
get_item_type(GListModel *model)
{
    return TORCHLIGHT_TYPE_PACKET_ROW;
}

static guint
n_rows(const TracePicture *picture)
{
    return picture ? (guint)picture->trace->n_rows : 0;
}

static guint
get_n_items(GListModel *model)
{
    TorchlightPacketRows *rows = TORCHLIGHT_PACKET_ROWS(model);

    return MIN(rows->n_done, n_rows(rows->picture)) +
           (n_rows(rows->before) > rows->n_done ? n_rows(rows->before) - rows->n_done : 0);
}

static gpointer
get_item(GListModel *model, guint position)
{
    TorchlightPacketRows *rows = TORCHLIGHT_PACKET_ROWS(model);
    guint n_new = MIN(rows->n_done, n_rows(rows->picture));
    bool is_new = position < n_new;
    TorchlightPacketRow *row;

    if (position >= get_n_items(model))
        return NULL;
    row = g_object_new(TORCHLIGHT_TYPE_PACKET_ROW, NULL);
    row->picture = trace_picture_ref(is_new ? rows->picture : rows->before);
    row->index = (int)(is_new ? position : position - n_new + rows->n_done);
    return row;
}

static void
list_model_init(GListModelInterface *interface)
{
    interface->get_item_type = get_item_type;
    interface->get_n_items = get_n_items;
    interface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(TorchlightPacketRows, torchlight_packet_rows, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_model_init))

/* Replaces rows n_done .. n_done + n - 1; false when there are no more. */
static bool
replace(TorchlightPacketRows *rows, guint n)
{
    guint from = rows->n_done, to = from + n;
    guint old = n_rows(rows->before), new = n_rows(rows->picture);
    guint removed = old > from ? MIN(old, to) - from : 0;
    guint added = new > from ? MIN(new, to) - from : 0;
    guint position = MIN(from, new);

    rows->n_done = to;
    g_list_model_items_changed(G_LIST_MODEL(rows), position, removed, added);
    if (to < MAX(old, new))
        return true;
    g_clear_pointer(&rows->before, trace_picture_unref);
    return false;
}

static gboolean
on_idle(gpointer data)
{
    TorchlightPacketRows *rows = data;
    guint n = rows->n_done >= SLICED ? G_MAXINT / 2 : SLICE;

    if (replace(rows, n))
        return G_SOURCE_CONTINUE;
    rows->idle = 0;
    return G_SOURCE_REMOVE;
}

void
torchlight_packet_rows_finish(TorchlightPacketRows *rows)
{
    if (!rows->idle)
        return;
    g_clear_handle_id(&rows->idle, g_source_remove);
    replace(rows, G_MAXINT / 2);
}

void
torchlight_packet_rows_set_picture(TorchlightPacketRows *rows, TracePicture *picture)
{
    torchlight_packet_rows_finish(rows);
    rows->before = rows->picture;
    rows->picture = picture ? trace_picture_ref(picture) : NULL;
    rows->n_done = 0;
    if (replace(rows, SLICE))
        rows->idle = g_idle_add(on_idle, rows);
}

static void
torchlight_packet_rows_finalize(GObject *object)
{
    TorchlightPacketRows *rows = TORCHLIGHT_PACKET_ROWS(object);

    g_clear_handle_id(&rows->idle, g_source_remove);
    trace_picture_unref(rows->picture);
    trace_picture_unref(rows->before);
    G_OBJECT_CLASS(torchlight_packet_rows_parent_class)->finalize(object);
}

static void
torchlight_packet_rows_class_init(TorchlightPacketRowsClass *class)
{
    G_OBJECT_CLASS(class)->finalize = torchlight_packet_rows_finalize;
}

static void
torchlight_packet_rows_init(TorchlightPacketRows *rows)
{
}

TorchlightPacketRows *
torchlight_packet_rows_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_PACKET_ROWS, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The list model of a picture's rows. */
#include "ui/trace/packet_rows.h"

struct _TorchlightPacketRow {
    GObject parent_instance;

    TracePicture *picture; /* owned */
    int index;
};

struct _TorchlightPacketRows {
    GObject parent_instance;

    TracePicture *picture; /* owned, or NULL */
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
get_n_items(GListModel *model)
{
    TorchlightPacketRows *rows = TORCHLIGHT_PACKET_ROWS(model);

    return rows->picture ? (guint)rows->picture->trace->n_rows : 0;
}

static gpointer
get_item(GListModel *model, guint position)
{
    TorchlightPacketRows *rows = TORCHLIGHT_PACKET_ROWS(model);
    TorchlightPacketRow *row;

    if (position >= get_n_items(model))
        return NULL;
    row = g_object_new(TORCHLIGHT_TYPE_PACKET_ROW, NULL);
    row->picture = trace_picture_ref(rows->picture);
    row->index = (int)position;
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

void
torchlight_packet_rows_set_picture(TorchlightPacketRows *rows, TracePicture *picture)
{
    GListModel *model = G_LIST_MODEL(rows);
    guint before = get_n_items(model);

    if (picture)
        trace_picture_ref(picture);
    g_clear_pointer(&rows->picture, trace_picture_unref);
    rows->picture = picture;
    g_list_model_items_changed(model, 0, before, get_n_items(model));
}

static void
torchlight_packet_rows_finalize(GObject *object)
{
    trace_picture_unref(TORCHLIGHT_PACKET_ROWS(object)->picture);
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

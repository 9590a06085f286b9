/* SPDX-License-Identifier: Apache-2.0 */
/* A picture's rows as a list model: its items are made when they are asked for. */
#pragma once

#include <gio/gio.h>

#include "ui/trace/trace_picture.h"

/* One row: which, of which picture. */
#define TORCHLIGHT_TYPE_PACKET_ROW (torchlight_packet_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPacketRow, torchlight_packet_row, TORCHLIGHT, PACKET_ROW, GObject)

int torchlight_packet_row_get_index(TorchlightPacketRow *row);
TracePicture *torchlight_packet_row_get_picture(TorchlightPacketRow *row); /* borrowed */

#define TORCHLIGHT_TYPE_PACKET_ROWS (torchlight_packet_rows_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPacketRows, torchlight_packet_rows, TORCHLIGHT, PACKET_ROWS, GObject)

TorchlightPacketRows *torchlight_packet_rows_new(void);
/* Comes in by and by; the first rows at once. */
void torchlight_packet_rows_set_picture(TorchlightPacketRows *rows, TracePicture *picture);
/* All rows, now. */
void torchlight_packet_rows_finish(TorchlightPacketRows *rows);

/* SPDX-License-Identifier: Apache-2.0 */
/* The packets of a picture as a list like Wireshark's: number, time, direction, protocol, length,
 * info. Rows are made for what is seen, their texts too. */
#pragma once

#include <gtk/gtk.h>

#include "ui/trace/trace_picture.h"

#define TORCHLIGHT_TYPE_PACKET_LIST (torchlight_packet_list_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPacketList, torchlight_packet_list, TORCHLIGHT, PACKET_LIST,
                     GtkWidget)

/* Signals: "chosen" (another packet is), "hovered" (the pointer is over another). */

/* NULL: empty. Nothing is chosen afterwards, and nothing is signalled. */
void torchlight_packet_list_set_picture(TorchlightPacketList *list, TracePicture *picture);
/* Row of the picture, -1: none; scrolls there. Signals where it is another. */
void torchlight_packet_list_choose(TorchlightPacketList *list, int row);
int torchlight_packet_list_get_chosen(TorchlightPacketList *list);
int torchlight_packet_list_get_hovered(TorchlightPacketList *list);
/* Marks what the pointer is over elsewhere. Signals nothing. */
void torchlight_packet_list_show_hover(TorchlightPacketList *list, int row);
/* Rows that are selected, one or several; the caller unrefs. */
GtkBitset *torchlight_packet_list_get_selection(TorchlightPacketList *list);

/* SPDX-License-Identifier: Apache-2.0 */
/* An entry of the queue in a list: what it draws, how far it is, and what can be done with it. It
 * is dragged by its handle, and moved by Alt with Up and Down. */
#pragma once

#include <adwaita.h>

#include "app/jobs/generate_queue.h"

#define TORCHLIGHT_TYPE_QUEUE_ROW (torchlight_queue_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightQueueRow, torchlight_queue_row, TORCHLIGHT, QUEUE_ROW, GtkListBoxRow)

GtkWidget *torchlight_queue_row_new(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry);

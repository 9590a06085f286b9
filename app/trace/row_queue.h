/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that wait to become rows, first in first out, each as the bytes of its headers: some 80
 * bytes, where a row of trits takes 1,088. Private to app/trace. */
#pragma once

#include "app/trace/capture.h"
#include "app/trace/codec.h"

typedef struct {
    GByteArray *bytes;
    uint64_t n_rows;
} RowQueue;

void row_queue_init(RowQueue *queue);
void row_queue_clear(RowQueue *queue);
/* What a packet will take. */
size_t row_queue_cost(const Packet *packet);
static inline size_t
row_queue_size(const RowQueue *queue)
{
    return queue->bytes->len;
}
/* packet: as parsed from captured. direction: of the row. */
void row_queue_append(RowQueue *queue, const CapturePacket *captured, const Packet *packet,
                      uint8_t direction);
/* The first rows, as many as the trace has, into the trace; they stay. */
void row_queue_read(const RowQueue *queue, const Codec *codec, Trace *trace);
/* Forgets the first n rows, or all. */
void row_queue_drop(RowQueue *queue, uint64_t n);

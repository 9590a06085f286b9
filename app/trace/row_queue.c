/* SPDX-License-Identifier: Apache-2.0 */
/* Header bytes one after the other; what they are is found by parsing them again. */
#include "app/trace/row_queue.h"

#include <string.h>

enum { LINK_RAW = 101 };

/* n_bytes of IP packet follow it. */
typedef struct {
    int64_t time_ns;
    uint32_t frame;
    uint32_t length; /* of the IP packet on the wire */
    uint32_t n_bytes;
    uint32_t direction;
} Waiting;

void
row_queue_init(RowQueue *queue)
{
    *queue = (RowQueue){.bytes = g_byte_array_new()};
}

void
row_queue_clear(RowQueue *queue)
{
    g_clear_pointer(&queue->bytes, g_byte_array_unref);
}

/* From the IP header to the end of the last header. */
static Bytes
header_bytes(const Packet *packet)
{
    Bytes ip = packet->header[packet->family == 4 ? HEADER_IPV4 : HEADER_IPV6];
    const uint8_t *end = ip.data + ip.size;

    if (packet->above.size > 0)
        end = MAX(end, packet->above.data); /* extension headers lie between */
    for (int header = 0; header < N_HEADERS; header++) {
        if (packet->header[header].size > 0)
            end = MAX(end, packet->header[header].data + packet->header[header].size);
    }
    return (Bytes){ip.data, (size_t)(end - ip.data)};
}

size_t
row_queue_cost(const Packet *packet)
{
    return sizeof(Waiting) + header_bytes(packet).size;
}

void
row_queue_append(RowQueue *queue, const CapturePacket *captured, const Packet *packet,
                 uint8_t direction)
{
    Bytes bytes = header_bytes(packet);
    const Waiting waiting = {captured->time_ns, captured->frame, packet->length,
                             (uint32_t)bytes.size, direction};

    g_byte_array_append(queue->bytes, (const guint8 *)&waiting, sizeof waiting);
    g_byte_array_append(queue->bytes, bytes.data, (guint)bytes.size);
    queue->n_rows++;
}

void
row_queue_read(const RowQueue *queue, const Codec *codec, Trace *trace)
{
    const uint8_t *at = queue->bytes->data;

    g_return_if_fail((uint64_t)trace->n_rows <= queue->n_rows);
    for (int row = 0; row < trace->n_rows; row++) {
        TraceRow *side = &trace->rows[row];
        SkipReason reason;
        Waiting waiting;
        Packet packet;

        memcpy(&waiting, at, sizeof waiting);
        if (packet_parse(&packet, LINK_RAW, (Bytes){at + sizeof waiting, waiting.n_bytes},
                         waiting.length, &reason) &&
            codec_encode(codec, &packet, trace_row(trace, row), &reason))
            packet_fill_row(&packet, side);
        side->time_ns = waiting.time_ns;
        side->frame = waiting.frame;
        side->length = waiting.length;
        side->direction = (uint8_t)waiting.direction;
        at += sizeof waiting + waiting.n_bytes;
    }
}

void
row_queue_drop(RowQueue *queue, uint64_t n)
{
    size_t at = 0;

    for (n = MIN(n, queue->n_rows); n > 0; n--, queue->n_rows--) {
        Waiting waiting;

        memcpy(&waiting, queue->bytes->data + at, sizeof waiting);
        at += sizeof waiting + waiting.n_bytes;
    }
    if (at > 0)
        g_byte_array_remove_range(queue->bytes, 0, (guint)at);
}

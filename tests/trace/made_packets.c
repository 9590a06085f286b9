/* SPDX-License-Identifier: Apache-2.0 */
/* IP packets byte by byte. */
#include "tests/trace/made_packets.h"

#include <string.h>

enum { TCP = 6, UDP = 17, FRAGMENT = 44, LINK_RAW = 101 };

static void
put_number(GByteArray *bytes, uint32_t value, int n_bytes)
{
    for (int i = n_bytes - 1; i >= 0; i--) {
        guint8 byte = (guint8)(value >> (8 * i));

        g_byte_array_append(bytes, &byte, 1);
    }
}

static void
put_transport(GByteArray *bytes, const Made *made, uint32_t length)
{
    if (made->offset > 0)
        return;
    switch (made->protocol) {
    case TCP:
        put_number(bytes, (uint32_t)made->src_port, 2);
        put_number(bytes, (uint32_t)made->dst_port, 2);
        put_number(bytes, made->seq, 4);
        put_number(bytes, made->ack, 4);
        put_number(bytes, 0x5000 | (uint32_t)made->flags, 2);
        put_number(bytes, 0xffff0000, 4);
        put_number(bytes, 0, 2);
        break;
    case UDP:
        put_number(bytes, (uint32_t)made->src_port, 2);
        put_number(bytes, (uint32_t)made->dst_port, 2);
        put_number(bytes, 8 + length, 2);
        put_number(bytes, 0, 2);
        break;
    case 1:
    case 58:
        put_number(bytes, (uint32_t)made->src_port << 8, 2);
        put_number(bytes, 0, 2);
        put_number(bytes, (uint32_t)made->dst_port << 16 | 1, 4);
        break;
    default:
        break;
    }
}

static void
put_address(GByteArray *bytes, const char *text)
{
    Address address;

    g_assert_true(address_from_string(text, &address));
    g_byte_array_append(bytes, address.bytes, address.family == 4 ? 4 : 16);
}

GByteArray *
made_bytes(const Made *made, uint32_t *length)
{
    GByteArray *bytes = g_byte_array_new(), *above = g_byte_array_new();
    uint32_t payload = made->length ? made->length : (uint32_t)made->n_payload;
    bool v6 = strchr(made->src, ':') != NULL, fragment = made->offset != 0;
    uint32_t offset = (uint32_t)MAX(made->offset, 0), size;

    put_transport(above, made, payload);
    size = above->len + payload + (v6 && fragment ? 8 : 0);
    if (v6) {
        put_number(bytes, 0x60000000, 4);
        put_number(bytes, size, 2);
        put_number(bytes, (uint32_t)(fragment ? FRAGMENT : made->protocol) << 8 | 64, 2);
    } else {
        put_number(bytes, 0x4500, 2);
        put_number(bytes, 20 + size, 2);
        put_number(bytes, made->id, 2);
        put_number(bytes, (made->offset < 0 ? 0x2000 : 0) | offset, 2);
        put_number(bytes, 64u << 8 | (uint32_t)made->protocol, 2);
        put_number(bytes, 0, 2);
    }
    put_address(bytes, made->src);
    put_address(bytes, made->dst);
    if (v6 && fragment) {
        put_number(bytes, (uint32_t)made->protocol << 8, 2);
        put_number(bytes, offset << 3 | (made->offset < 0), 2);
        put_number(bytes, made->id, 4);
    }
    g_byte_array_append(bytes, above->data, above->len);
    if (made->n_payload > 0)
        g_byte_array_append(bytes, (const guint8 *)made->payload, (guint)made->n_payload);
    *length = size + (v6 ? 40 : 20);
    g_byte_array_unref(above);
    return bytes;
}

void
made_add(FlowTable *table, const Made *made, int64_t time_ns)
{
    SkipReason reason;
    Packet packet;
    uint32_t length;
    GByteArray *bytes = made_bytes(made, &length);

    g_assert_true(
        packet_parse(&packet, LINK_RAW, (Bytes){bytes->data, bytes->len}, length, &reason));
    flow_table_add(table, &packet, time_ns, (uint32_t)(time_ns + 1));
    g_byte_array_unref(bytes);
}

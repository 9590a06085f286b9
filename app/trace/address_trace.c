/* SPDX-License-Identifier: Apache-2.0 */
/* A map applied to the rows of a trace, with the checksums that follow. */
#include <string.h>

#include "app/trace/address_map.h"
#include "app/trace/address_map_private.h"
#include "app/trace/checksum.h"
#include "app/trace/codec.h"
#include "app/trace/flow.h"

/* RFC 1624, equation 3: the checksum after `old` became `new` under it. */
static uint16_t
checksum_follow(uint16_t checksum, const Address *old, const Address *new)
{
    size_t size = old->family == 6 ? 16 : 4;
    uint8_t inverted[16];

    for (size_t i = 0; i < size; i++)
        inverted[i] = (uint8_t)~old->bytes[i];
    guint32 sum = checksum_add((guint32)(uint16_t)~checksum, inverted, size);
    return checksum_finish(checksum_add(sum, new->bytes, size));
}

static void
follow_field(Trace *trace, int row, FieldId field, const FlowKey *old, const FlowKey *new)
{
    uint32_t checksum;

    if (!trace_get(trace, row, field, &checksum))
        return;
    uint16_t changed = checksum_follow((uint16_t)checksum, &old->src, &new->src);
    changed = checksum_follow(changed, &old->dst, &new->dst);
    if (field == FIELD_UDP_CKSUM) {
        if (checksum == 0 && old->src.family == 4)
            return; /* none */
        if (changed == 0)
            changed = 0xffff;
    }
    trace_set(trace, row, field, changed);
}

/* A checksum of 0 is mostly one that a network card was to fill in; it follows if it is right. */
static bool
ipv4_has_checksum(const Codec *codec, const Trace *trace, int row, const FlowKey *key)
{
    uint8_t header[60] = {0};
    uint32_t checksum;
    int n = codec_decode(codec, trace_row(trace, row), HEADER_IPV4, header);

    if (!trace_get(trace, row, FIELD_IPV4_CKSUM, &checksum))
        return false;
    memcpy(header + 12, key->src.bytes, 4);
    memcpy(header + 16, key->dst.bytes, 4);
    return checksum != 0 || (n >= 20 && checksum_finish(checksum_add(0, header, n)) == 0);
}

static void
set_address(Trace *trace, int row, FieldId field, Address *beside, const Address *new)
{
    uint32_t word;

    if (new->family == 4 && trace->layout->column_of[field] >= 0) {
        memcpy(&word, new->bytes, 4);
        trace_set(trace, row, field, GUINT32_FROM_BE(word));
    }
    if (beside->family == new->family)
        *beside = *new;
}

/* How often each host sent to the lower of two ports (+) or to the higher (-). */
static GHashTable *
count_roles(const Trace *trace)
{
    GHashTable *roles = g_hash_table_new_full(address_hash, address_hash_equal, g_free, NULL);

    for (int row = 0; row < trace->n_rows; row++) {
        FlowKey key;
        flow_key_init(&key, trace, row);
        int way = (key.src_port > key.dst_port) - (key.src_port < key.dst_port);
        if (key.src.family != key.dst.family || key.src.family == 0)
            continue;
        for (int end = 0; end < 2; end++) {
            const Address *host = end ? &key.dst : &key.src;
            int score = GPOINTER_TO_INT(g_hash_table_lookup(roles, host));
            g_hash_table_replace(roles, g_memdup2(host, sizeof *host),
                                 GINT_TO_POINTER(score + (end ? -way : way)));
        }
    }
    return roles;
}

static bool
is_client(GHashTable *roles, const Address *host, bool is_source)
{
    int score = GPOINTER_TO_INT(g_hash_table_lookup(roles, host));

    return score > 0 || (score == 0 && is_source);
}

static void
map_row(Trace *trace, int row, const Codec *codec, AddressMap *map, GHashTable *roles)
{
    TraceRow *beside = &trace->rows[row];
    FlowKey old, new;

    flow_key_init(&old, trace, row);
    if (old.src.family == 0 && old.dst.family == 0)
        return;
    new = old;
    new.src = address_map_get(map, &old.src, is_client(roles, &old.src, true));
    new.dst = address_map_get(map, &old.dst, is_client(roles, &old.dst, false));
    if (old.src.family == 4 && ipv4_has_checksum(codec, trace, row, &old))
        follow_field(trace, row, FIELD_IPV4_CKSUM, &old, &new);
    follow_field(trace, row, FIELD_TCP_CKSUM, &old, &new);
    follow_field(trace, row, FIELD_UDP_CKSUM, &old, &new);
    set_address(trace, row, FIELD_IPV4_SRC, &beside->src, &new.src);
    set_address(trace, row, FIELD_IPV4_DST, &beside->dst, &new.dst);
}

void
trace_map_addresses(Trace *trace, AddressMap *map)
{
    g_autoptr(GHashTable) roles = count_roles(trace);
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows; row++)
        map_row(trace, row, &codec, map, roles);
}

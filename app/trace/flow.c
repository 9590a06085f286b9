/* SPDX-License-Identifier: Apache-2.0 */
/* Flow keys and grouping. */
#include "app/trace/flow.h"

#include <arpa/inet.h>
#include <string.h>

bool
address_equal(const Address *a, const Address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes,
                                            a->family == 6   ? 16
                                            : a->family == 4 ? 4
                                                             : 0) == 0;
}

char *
address_to_string(const Address *address)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (address->family == 4)
        inet_ntop(AF_INET, address->bytes, text, sizeof text);
    else if (address->family == 6)
        inet_ntop(AF_INET6, address->bytes, text, sizeof text);
    return g_strdup(text);
}

bool
address_from_string(const char *text, Address *address)
{
    memset(address, 0, sizeof *address);
    if (!text)
        return false;
    if (inet_pton(AF_INET, text, address->bytes) == 1)
        address->family = 4;
    else if (inet_pton(AF_INET6, text, address->bytes) == 1)
        address->family = 6;
    return address->family != 0;
}

Address
address_placeholder(int family, int which)
{
    Address address = {.family = family == 6 ? 6 : 4};

    if (address.family == 4)
        memcpy(address.bytes, which == 0 ? "\xc0\x00\x02\x01" : "\xc6\x33\x64\x01", 4);
    else
        memcpy(address.bytes, which == 0 ? "\x20\x01\x0d\xb8\0\0" : "\x20\x01\x0d\xb8\0\1", 6);
    if (address.family == 6)
        address.bytes[15] = 1;
    return address;
}

static void
address_from_field(const Trace *trace, int row, FieldId field, Address *address)
{
    uint32_t value;

    if (!trace_get(trace, row, field, &value))
        return;
    value = g_htonl(value);
    memset(address, 0, sizeof *address);
    address->family = 4;
    memcpy(address->bytes, &value, sizeof value);
}

static bool
port_from_field(const Trace *trace, int row, FieldId field, uint16_t *port)
{
    uint32_t value;

    if (!trace_get(trace, row, field, &value))
        return false;
    *port = (uint16_t)value;
    return true;
}

void
flow_key_init(FlowKey *key, const Trace *trace, int row)
{
    uint32_t protocol = 0;

    memset(key, 0, sizeof *key);
    if (trace->sides & TRACE_HAS_ADDRESSES) {
        key->src = trace->rows[row].src;
        key->dst = trace->rows[row].dst;
    }
    address_from_field(trace, row, FIELD_IPV4_SRC, &key->src);
    address_from_field(trace, row, FIELD_IPV4_DST, &key->dst);
    if (port_from_field(trace, row, FIELD_TCP_SPRT, &key->src_port)) {
        port_from_field(trace, row, FIELD_TCP_DPRT, &key->dst_port);
        protocol = 6;
    } else if (port_from_field(trace, row, FIELD_UDP_SPORT, &key->src_port)) {
        port_from_field(trace, row, FIELD_UDP_DPORT, &key->dst_port);
        protocol = 17;
    } else if (!trace_get(trace, row, FIELD_IPV4_PROTO, &protocol) &&
               !trace_get(trace, row, FIELD_IPV6_NH, &protocol) &&
               trace_has_header(trace, row, HEADER_ICMP)) {
        protocol = 1;
    }
    key->protocol = (uint8_t)protocol;
}

bool
flow_key_normalise(FlowKey *key)
{
    int order = memcmp(&key->src, &key->dst, sizeof key->src);

    if (order < 0 || (order == 0 && key->src_port <= key->dst_port))
        return false;
    *key = (FlowKey){.src = key->dst,
                     .dst = key->src,
                     .src_port = key->dst_port,
                     .dst_port = key->src_port,
                     .protocol = key->protocol};
    return true;
}

void
flow_key_to_hosts(FlowKey *key)
{
    key->src_port = 0;
    key->dst_port = 0;
    key->protocol = 0;
}

guint
flow_key_hash(gconstpointer pointer)
{
    const FlowKey *key = pointer;
    const uint8_t *bytes[2] = {key->src.bytes, key->dst.bytes};
    guint hash = 2166136261u; /* FNV-1a */

    for (int end = 0; end < 2; end++) {
        for (int i = 0; i < 16; i++)
            hash = (hash ^ bytes[end][i]) * 16777619u;
    }
    hash = (hash ^ key->src_port) * 16777619u;
    hash = (hash ^ key->dst_port) * 16777619u;
    return (hash ^ key->protocol) * 16777619u;
}

gboolean
flow_key_equal(gconstpointer a, gconstpointer b)
{
    const FlowKey *left = a, *right = b;

    return address_equal(&left->src, &right->src) && address_equal(&left->dst, &right->dst) &&
           left->src_port == right->src_port && left->dst_port == right->dst_port &&
           left->protocol == right->protocol;
}

typedef struct {
    int number;
    bool swapped; /* of its first row */
} Group;

/* The group of a key, made when new. */
static Group *
group_of(GHashTable *groups, const FlowKey *key, bool swapped)
{
    Group *group = g_hash_table_lookup(groups, key);

    if (!group) {
        group = g_new(Group, 1);
        *group = (Group){(int)g_hash_table_size(groups), swapped};
        g_hash_table_insert(groups, g_memdup2(key, sizeof *key), group);
    }
    return group;
}

int
trace_group_flows(const Trace *trace, int *flow_of, uint8_t *direction_of)
{
    g_autoptr(GHashTable) groups =
        g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, g_free);

    for (int row = 0; row < trace->n_rows; row++) {
        FlowKey key;
        bool swapped;
        const Group *group;

        flow_key_init(&key, trace, row);
        swapped = flow_key_normalise(&key);
        group = group_of(groups, &key, swapped);
        flow_of[row] = group->number;
        if (direction_of)
            direction_of[row] = swapped != group->swapped;
    }
    return (int)g_hash_table_size(groups);
}

void
trace_guess_directions(const Trace *trace, uint8_t *direction_of)
{
    g_autoptr(GHashTable) groups =
        g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, g_free);

    for (int row = 0; row < trace->n_rows; row++) {
        FlowKey key;
        bool swapped;

        flow_key_init(&key, trace, row);
        if (key.src.family && key.dst.family)
            flow_key_to_hosts(&key);
        else
            key.src = key.dst = (Address){0};
        swapped = flow_key_normalise(&key);
        direction_of[row] = swapped != group_of(groups, &key, swapped)->swapped;
    }
}

void
trace_set_directions(Trace *trace)
{
    g_autofree uint8_t *direction_of = g_malloc0(MAX(trace->n_rows, 1));

    trace_guess_directions(trace, direction_of);
    for (int row = 0; row < trace->n_rows; row++)
        trace->rows[row].direction = direction_of[row];
    trace->sides |= TRACE_HAS_DIRECTIONS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Flow keys and grouping. */
#include "app/trace/flow.h"

#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <string.h>

enum { ICMP = 1, TCP = 6, UDP = 17, DCCP = 33, ICMPV6 = 58, SCTP = 132, UDP_LITE = 136 };

static const char *const by_names[] = {
    [FLOW_BY_TUPLE] = "tuple", [FLOW_BY_HOSTS] = "hosts", [FLOW_BY_CAPTURE] = "capture"};

const char *
flow_by_to_name(FlowBy by)
{
    return by_names[by];
}

bool
flow_by_from_name(const char *name, FlowBy *by, GError **error)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(by_names); i++) {
        if (g_str_equal(name, by_names[i])) {
            *by = (FlowBy)i;
            return true;
        }
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” does not say what a flow is: choose tuple (addresses, protocol and ports), "
                  "hosts (the two addresses) or capture (all packets)."),
                name);
    return false;
}

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

/* Queries and replies carry an identifier; errors do not, and stay with their hosts. */
static void
set_identifier(FlowKey *key, uint32_t type, uint32_t rest_of_header)
{
    bool has_identifier = key->protocol == ICMP
                              ? type == 0 || type == 8 || (type >= 13 && type <= 18)
                          : key->protocol == ICMPV6 ? type == 128 || type == 129
                                                    : false;

    if (has_identifier)
        key->src_port = key->dst_port = (uint16_t)(rest_of_header >> 16);
}

void
flow_key_init(FlowKey *key, const Trace *trace, int row)
{
    uint32_t protocol = 0, type, rest;

    memset(key, 0, sizeof *key);
    if (trace->sides & TRACE_HAS_ADDRESSES) {
        key->src = trace->rows[row].src;
        key->dst = trace->rows[row].dst;
    }
    address_from_field(trace, row, FIELD_IPV4_SRC, &key->src);
    address_from_field(trace, row, FIELD_IPV4_DST, &key->dst);
    if (port_from_field(trace, row, FIELD_TCP_SPRT, &key->src_port)) {
        port_from_field(trace, row, FIELD_TCP_DPRT, &key->dst_port);
        protocol = TCP;
    } else if (port_from_field(trace, row, FIELD_UDP_SPORT, &key->src_port)) {
        port_from_field(trace, row, FIELD_UDP_DPORT, &key->dst_port);
        protocol = UDP;
    } else if (!trace_get(trace, row, FIELD_IPV4_PROTO, &protocol) &&
               !trace_get(trace, row, FIELD_IPV6_NH, &protocol) &&
               trace_has_header(trace, row, HEADER_ICMP)) {
        protocol = ICMP;
    }
    key->protocol = (uint8_t)protocol;
    if (trace_get(trace, row, FIELD_ICMP_TYPE, &type) &&
        trace_get(trace, row, FIELD_ICMP_ROH, &rest))
        set_identifier(key, type, rest);
}

void
flow_key_init_packet(FlowKey *key, const Packet *packet)
{
    Bytes above = packet->above;

    for (Header header = HEADER_TCP; header <= HEADER_ICMP; header++) {
        if (packet->header[header].size > 0)
            above = packet->header[header]; /* there whatever the lengths say */
    }
    memset(key, 0, sizeof *key);
    key->src = packet->src;
    key->dst = packet->dst;
    key->protocol = packet->protocol > 0 ? (uint8_t)packet->protocol : 0;
    if (packet->later_fragment)
        return;
    if (flow_key_has_ports(key) && above.size >= 4) {
        key->src_port = (uint16_t)bytes_u16(above, 0);
        key->dst_port = (uint16_t)bytes_u16(above, 2);
    } else if (above.size >= 8) {
        set_identifier(key, above.data[0], bytes_u32(above, 4));
    }
}

bool
flow_key_has_ports(const FlowKey *key)
{
    return key->protocol == TCP || key->protocol == UDP || key->protocol == SCTP ||
           key->protocol == DCCP || key->protocol == UDP_LITE;
}

char *
flow_key_end_to_string(const FlowKey *key, bool source)
{
    const Address *address = source ? &key->src : &key->dst;
    g_autofree char *text = address_to_string(address);
    int port = source ? key->src_port : key->dst_port;

    if (!*text)
        return g_strdup("?");
    if (!flow_key_has_ports(key) || (key->src_port == 0 && key->dst_port == 0))
        return g_steal_pointer(&text);
    return g_strdup_printf(address->family == 6 ? "[%s]:%d" : "%s:%d", text, port);
}

char *
flow_protocol_to_string(int protocol)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {{0, "?"},       {ICMP, "ICMP"},        {2, "IGMP"},    {4, "IPv4"},
                 {TCP, "TCP"},   {UDP, "UDP"},          {DCCP, "DCCP"}, {41, "IPv6"},
                 {47, "GRE"},    {50, "ESP"},           {51, "AH"},     {ICMPV6, "ICMPv6"},
                 {89, "OSPF"},   {103, "PIM"},          {112, "VRRP"},  {115, "L2TP"},
                 {SCTP, "SCTP"}, {UDP_LITE, "UDP-Lite"}};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].number == protocol)
            return g_strdup(names[i].name);
    }
    return g_strdup_printf("protocol %d", protocol);
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

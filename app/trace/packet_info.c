/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a trace are: transport, protocol, lengths, and numbers relative to their flow.
 */
#include "app/trace/packet_info.h"

#include "app/trace/bytes.h"
#include "app/trace/flow.h"
#include "app/trace/tunnel.h"

enum { TCP = 6, UDP = 17, ICMP = 1, NO_SHIFT = -1, SHIFT_REFUSED = -2 };

struct PacketInfoTable {
    const Trace *trace; /* borrowed */
    PacketInfo *rows;   /* n_rows */
};

/* What one end of a TCP connection has shown. */
typedef struct {
    bool has_base;
    int8_t shift;
    uint32_t base; /* sequence number that counts as 0 */
} End;

typedef struct {
    End ends[2]; /* of the normalised key: src, dst */
} Conversation;

/* --- which protocol --- */

typedef struct {
    uint16_t port;
    uint8_t transports; /* 1: TCP, 2: UDP */
    const char *name;
} PortName;

/* In the order of the ports. Of TCP only segments with data are named by their port. */
static const PortName port_names[] = {
    {20, 1, "FTP-DATA"},     {21, 1, "FTP"},      {22, 1, "SSH"},       {23, 1, "TELNET"},
    {25, 1, "SMTP"},         {53, 3, "DNS"},      {67, 2, "DHCP"},      {68, 2, "DHCP"},
    {69, 2, "TFTP"},         {80, 1, "HTTP"},     {110, 1, "POP"},      {123, 2, "NTP"},
    {137, 2, "NBNS"},        {143, 1, "IMAP"},    {161, 2, "SNMP"},     {443, 1, "TLS"},
    {443, 2, "QUIC"},        {465, 1, "TLS"},     {500, 2, "ISAKMP"},   {514, 2, "Syslog"},
    {546, 2, "DHCPv6"},      {547, 2, "DHCPv6"},  {587, 1, "SMTP"},     {853, 1, "TLS"},
    {993, 1, "TLS"},         {995, 1, "TLS"},     {1194, 3, "OpenVPN"}, {1701, 2, "L2TP"},
    {1900, 2, "SSDP"},       {1935, 1, "RTMP"},   {2152, 2, "GTP"},     {3389, 1, "RDP"},
    {3478, 2, "STUN"},       {3544, 2, "Teredo"}, {4500, 2, "ESP"},     {4789, 2, "VXLAN"},
    {5004, 2, "RTP"},        {5005, 2, "RTCP"},   {5060, 3, "SIP"},     {5353, 2, "MDNS"},
    {5355, 2, "LLMNR"},      {6081, 2, "GENEVE"}, {8080, 1, "HTTP"},    {8443, 1, "TLS"},
    {51820, 2, "WireGuard"},
};

static const char *
name_of_port(int transport, uint16_t port)
{
    for (size_t i = 0; i < G_N_ELEMENTS(port_names); i++) {
        if (port_names[i].port == port && port_names[i].transports & (transport == TCP ? 1 : 2))
            return port_names[i].name;
    }
    return NULL;
}

/* Of a flow whose packets proved a tunnel when they were read (flow_note_provenance). */
static const char *
name_of_tunnel(const Trace *trace, int transport)
{
    static const struct {
        Tunnel tunnel;
        int transport;
        const char *name;
    } names[] = {{TUNNEL_WIREGUARD, UDP, "WireGuard"}, {TUNNEL_OPENVPN_UDP, UDP, "OpenVPN"},
                 {TUNNEL_OPENVPN_TCP, TCP, "OpenVPN"}, {TUNNEL_DTLS, UDP, "DTLS"},
                 {TUNNEL_IPSEC, UDP, "ESP"},           {TUNNEL_SSH, TCP, "SSH"},
                 {TUNNEL_L2TP, UDP, "L2TP"},           {TUNNEL_GTP_U, UDP, "GTP"},
                 {TUNNEL_VXLAN, UDP, "VXLAN"},         {TUNNEL_GENEVE, UDP, "GENEVE"},
                 {TUNNEL_TEREDO, UDP, "Teredo"}};
    const char *tunnel = g_hash_table_lookup(trace->provenance, "tunnel");

    for (size_t i = 0; tunnel && i < G_N_ELEMENTS(names); i++) {
        if (names[i].transport == transport && g_str_equal(tunnel, tunnel_to_name(names[i].tunnel)))
            return names[i].name;
    }
    return NULL;
}

/* By the port that is the server's, which is mostly the lower one. */
static const char *
name_above(const Trace *trace, int transport, const PacketInfo *info)
{
    const char *name = name_of_tunnel(trace, transport);

    if (!name)
        name = name_of_port(transport, MIN(info->src_port, info->dst_port));
    return name ? name : name_of_port(transport, MAX(info->src_port, info->dst_port));
}

static const char *
name_of_number(uint32_t number, bool is_ipv6)
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = {{ICMP, "ICMP"}, {2, "IGMP"},      {4, "IPv4"},  {TCP, "TCP"},  {UDP, "UDP"},
                 {33, "DCCP"},   {41, "IPv6"},     {47, "GRE"},  {50, "ESP"},   {51, "AH"},
                 {58, "ICMPv6"}, {89, "OSPF"},     {103, "PIM"}, {112, "VRRP"}, {115, "L2TP"},
                 {132, "SCTP"},  {136, "UDP-Lite"}};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].number == number)
            return names[i].name;
    }
    return is_ipv6 ? "IPv6" : "IPv4";
}

/* The number above IP: of the header that is there, which a drawn row need not name. */
static Header
transport_of(const Trace *trace, int row, uint32_t number)
{
    static const uint8_t numbers[] = {TCP, UDP, ICMP};
    static const FieldId firsts[] = {FIELD_TCP_SPRT, FIELD_UDP_SPORT, FIELD_ICMP_TYPE};
    Header found = N_HEADERS;
    uint32_t value;

    for (int i = 0; i < 3; i++) {
        if (!trace_get(trace, row, firsts[i], &value))
            continue;
        if (numbers[i] == number)
            return (Header)(HEADER_TCP + i);
        if (found == N_HEADERS)
            found = (Header)(HEADER_TCP + i);
    }
    return found;
}

/* --- numbers --- */

static uint32_t
get(const Trace *trace, int row, FieldId field)
{
    uint32_t value = 0;

    return trace_get(trace, row, field, &value) ? value : 0;
}

/* Bytes of the IP header; the extension headers of IPv6 are not in the bits. */
static uint32_t
measure(const Trace *trace, int row, PacketInfo *info)
{
    uint32_t stated = 0, header = 0;

    if (trace_get(trace, row, FIELD_IPV4_TL, &stated)) {
        header = get(trace, row, FIELD_IPV4_HL) * 4;
    } else if (trace_get(trace, row, FIELD_IPV6_LEN, &stated)) {
        header = 40;
        stated += header;
    }
    info->length = trace->sides & TRACE_HAS_LENGTHS && trace->rows[row].length
                       ? trace->rows[row].length
                       : stated;
    return header;
}

static void
read_ports(const Trace *trace, int row, PacketInfo *info)
{
    bool is_tcp = info->transport == HEADER_TCP;

    if (info->transport != HEADER_TCP && info->transport != HEADER_UDP)
        return;
    info->src_port = (uint16_t)get(trace, row, is_tcp ? FIELD_TCP_SPRT : FIELD_UDP_SPORT);
    info->dst_port = (uint16_t)get(trace, row, is_tcp ? FIELD_TCP_DPRT : FIELD_UDP_DPORT);
}

static void
measure_payload(const Trace *trace, int row, uint32_t ip_header, PacketInfo *info)
{
    uint32_t udp_length, headers = ip_header;

    info->payload = -1;
    if (info->transport == HEADER_UDP && trace_get(trace, row, FIELD_UDP_LEN, &udp_length)) {
        info->payload = (int)udp_length - 8;
    } else if (info->transport == HEADER_TCP && info->length > 0) {
        headers += MAX(5, get(trace, row, FIELD_TCP_DOFF)) * 4;
        info->payload = (int)info->length - (int)headers;
    }
    info->payload = MAX(info->payload, -1);
}

/* As Wireshark counts: from the SYN, else so that the first number seen is 1. */
static void
set_base(End *end, uint32_t base)
{
    if (!end->has_base)
        *end = (End){true, end->shift, base};
}

static Conversation *
conversation_of(GHashTable *conversations, const FlowKey *key)
{
    Conversation *conversation = g_hash_table_lookup(conversations, key);

    if (!conversation) {
        conversation = g_new0(Conversation, 1);
        conversation->ends[0].shift = conversation->ends[1].shift = NO_SHIFT;
        g_hash_table_insert(conversations, g_memdup2(key, sizeof *key), conversation);
    }
    return conversation;
}

/* The shift of a window scale option (RFC 7323), SHIFT_REFUSED where there is none. */
static int8_t
shift_of(const Trace *trace, int row)
{
    uint8_t bytes[40];
    Bytes list = {bytes, packet_tcp_options(trace, row, bytes)};

    for (size_t at = 0; at < list.size && list.data[at] != 0;) {
        if (list.data[at] == 3)
            return (int8_t)CLAMP(bytes_u8(list, at + 2), 0, 14);
        at += list.data[at] == 1 ? 1 : (size_t)MAX(bytes_u8(list, at + 1), 2);
    }
    return SHIFT_REFUSED;
}

static void
follow(GHashTable *conversations, const Trace *trace, int row, PacketInfo *info)
{
    uint32_t seq = get(trace, row, FIELD_TCP_SEQ), ack = get(trace, row, FIELD_TCP_ACKN);
    bool is_syn = get(trace, row, FIELD_TCP_SYN), is_ack = get(trace, row, FIELD_TCP_ACKF);
    FlowKey key;
    Conversation *conversation;
    End *end, *peer;
    int side;

    flow_key_init(&key, trace, row);
    side = flow_key_normalise(&key);
    conversation = conversation_of(conversations, &key);
    end = &conversation->ends[side];
    peer = &conversation->ends[!side];
    if (is_syn && !is_ack && end->has_base && end->base != seq)
        *end = *peer = (End){.shift = NO_SHIFT}; /* the ports are used again */
    set_base(end, is_syn ? seq : seq - 1);
    if (is_ack)
        set_base(peer, ack - 1);
    if (is_syn)
        end->shift = shift_of(trace, row);
    info->seq = seq - end->base;
    info->ack = is_ack ? ack - peer->base : 0;
    /* The window of a SYN is never scaled; scaling takes both ends to agree. */
    info->shift = is_syn || peer->shift == SHIFT_REFUSED || end->shift < 0 ? NO_SHIFT : end->shift;
}

static void
fill(PacketInfoTable *table, GHashTable *conversations, int row)
{
    const Trace *trace = table->trace;
    PacketInfo *info = &table->rows[row];
    uint32_t number = 0, ip_header;
    bool is_ipv6 = false;

    info->shift = NO_SHIFT;
    info->transport = N_HEADERS;
    info->payload = -1;
    info->protocol = "";
    if (trace_row_is_empty(trace, row))
        return;
    if (trace->sides & TRACE_HAS_TIMES)
        info->time_ns = trace->rows[row].time_ns - trace->rows[0].time_ns;
    if (!trace_get(trace, row, FIELD_IPV4_PROTO, &number))
        is_ipv6 = trace_get(trace, row, FIELD_IPV6_NH, &number);
    ip_header = measure(trace, row, info);
    info->transport = (uint8_t)transport_of(trace, row, number);
    read_ports(trace, row, info);
    measure_payload(trace, row, ip_header, info);
    info->protocol = info->transport == HEADER_TCP      ? "TCP"
                     : info->transport == HEADER_UDP    ? "UDP"
                     : info->transport == HEADER_ICMP   ? "ICMP"
                     : get(trace, row, FIELD_IPV4_FOFF) ? "IPv4"
                                                        : name_of_number(number, is_ipv6);
    if (info->transport == HEADER_UDP || (info->transport == HEADER_TCP && info->payload > 0)) {
        const char *above = name_above(trace, info->transport == HEADER_TCP ? TCP : UDP, info);
        info->protocol = above ? above : info->protocol;
    }
    if (info->transport == HEADER_TCP)
        follow(conversations, trace, row, info);
}

PacketInfoTable *
packet_info_table(const Trace *trace)
{
    g_autoptr(GHashTable) conversations =
        g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, g_free);
    PacketInfoTable *table = g_new0(PacketInfoTable, 1);

    table->trace = trace;
    table->rows = g_new0(PacketInfo, MAX(trace->n_rows, 1));
    for (int row = 0; row < trace->n_rows; row++)
        fill(table, conversations, row);
    if (trace->sides & TRACE_HAS_DIRECTIONS) {
        for (int row = 0; row < trace->n_rows; row++)
            table->rows[row].direction = trace->rows[row].direction;
    } else if (trace->n_rows > 0) {
        g_autofree uint8_t *directions = g_malloc0((size_t)trace->n_rows);
        trace_guess_directions(trace, directions);
        for (int row = 0; row < trace->n_rows; row++)
            table->rows[row].direction = directions[row];
    }
    return table;
}

void
packet_info_table_free(PacketInfoTable *table)
{
    if (!table)
        return;
    g_free(table->rows);
    g_free(table);
}

const Trace *
packet_info_trace(const PacketInfoTable *table)
{
    return table->trace;
}

const PacketInfo *
packet_info_row(const PacketInfoTable *table, int row)
{
    g_return_val_if_fail(row >= 0 && row < table->trace->n_rows, NULL);
    return &table->rows[row];
}

static void
add_once(GPtrArray *names, const char *name)
{
    if (*name && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, (gpointer)name);
}

char *
packet_info_protocols(const PacketInfoTable *table)
{
    static const char *const transports[] = {"TCP", "UDP", "ICMP"};
    const Trace *trace = table->trace;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (int row = 0; row < trace->n_rows; row++) {
        const PacketInfo *info = &table->rows[row];

        if (!*info->protocol)
            continue;
        add_once(names, trace_has_header(trace, row, HEADER_IPV4)   ? "IPv4"
                        : trace_has_header(trace, row, HEADER_IPV6) ? "IPv6"
                                                                    : "");
        if (info->transport != N_HEADERS)
            add_once(names, transports[info->transport - HEADER_TCP]);
        add_once(names, info->protocol);
    }
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

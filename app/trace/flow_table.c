/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of flows, gathered by 5-tuple and summed up to host pairs or the capture. */
#include "app/trace/flow_table.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A flow while it is gathered: counts by side of its key. */
typedef struct {
    Flow flow;
    uint32_t group;    /* of a 5-tuple: its flow in the table */
    uint8_t initiator; /* side */
    bool has_bare_syn;
    bool has_syn_ack;
    bool has_fin[2], has_rst;
    TunnelEvidence *evidence; /* of a 5-tuple */
    uint64_t ike_bytes;       /* of a flow of several: of key exchanges, if there is IPsec */
    uint64_t *tunnel_bytes;   /* (N_TUNNELS) of a flow of several; NULL while all are 0 */
} Record;

struct FlowTable {
    FlowBy by;
    FlowTracker *tuple_tracker;
    FlowTracker *tracker; /* of flows; NULL by tuple */
    GPtrArray *tuples;    /* Record, owned */
    GPtrArray *flows;     /* Record, owned; the tuples themselves by tuple */
    GHashTable *skipped;
    uint32_t n_read, n_filtered;
};

static void
record_free(void *data)
{
    Record *record = data;

    tunnel_evidence_free(record->evidence);
    g_free(record->tunnel_bytes);
    g_free(record);
}

FlowTable *
flow_table_new(FlowBy by)
{
    FlowTable *table = g_new0(FlowTable, 1);

    table->by = by;
    table->tuple_tracker = flow_tracker_new(FLOW_BY_TUPLE);
    table->tuples = g_ptr_array_new_with_free_func(record_free);
    if (by != FLOW_BY_TUPLE)
        table->tracker = flow_tracker_new(by);
    table->flows = by == FLOW_BY_TUPLE ? g_ptr_array_ref(table->tuples)
                                       : g_ptr_array_new_with_free_func(record_free);
    table->skipped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return table;
}

void
flow_table_free(FlowTable *table)
{
    if (!table)
        return;
    flow_tracker_free(table->tuple_tracker);
    flow_tracker_free(table->tracker);
    g_ptr_array_unref(table->tuples);
    g_ptr_array_unref(table->flows);
    g_hash_table_unref(table->skipped);
    g_free(table);
}

/* --- packet by packet --- */

static void
note_protocol(Flow *flow, int protocol)
{
    int n = MIN(flow->n_protocols, (int)G_N_ELEMENTS(flow->protocols));

    for (int i = 0; i < n; i++) {
        if (flow->protocols[i] == protocol)
            return;
    }
    if (n < (int)G_N_ELEMENTS(flow->protocols))
        flow->protocols[n] = (uint8_t)protocol;
    flow->n_protocols = n + 1; /* past what there is room for: more than that */
}

static void
note_tcp(Record *record, const Packet *packet, int side)
{
    uint32_t seq, ack;
    uint8_t flags;

    if (!packet_tcp_facts(packet, &flags, &seq, &ack))
        return;
    if ((flags & TCP_SYN) && !(flags & TCP_RST)) {
        bool is_bare = !(flags & TCP_ACK);

        if (is_bare ? !record->has_bare_syn : !record->has_bare_syn && !record->has_syn_ack)
            record->initiator = (uint8_t)(is_bare ? side : !side);
        record->has_bare_syn |= is_bare;
        record->has_syn_ack |= !is_bare;
    }
    record->has_fin[side] |= (flags & TCP_FIN) != 0;
    record->has_rst |= (flags & TCP_RST) != 0;
}

/* The record of the place, made when new. */
static Record *
record_at(GPtrArray *records, const FlowPlace *place, int64_t time_ns, uint32_t frame)
{
    Record *record;

    if (place->flow < records->len)
        return records->pdata[place->flow];
    record = g_new0(Record, 1);
    record->flow = (Flow){.number = place->flow + 1,
                          .key = place->key,
                          .first_frame = frame,
                          .first_ns = time_ns,
                          .last_ns = time_ns};
    record->initiator = place->side;
    g_ptr_array_add(records, record);
    return record;
}

static void
note_packet(Record *record, const FlowPlace *place, const Packet *packet, int64_t time_ns)
{
    Flow *flow = &record->flow;

    flow->first_ns = MIN(flow->first_ns, time_ns);
    flow->last_ns = MAX(flow->last_ns, time_ns);
    flow->packets[place->side]++;
    flow->bytes[place->side] += packet->length;
    note_protocol(flow, MAX(packet->protocol, 0));
    note_tcp(record, packet, place->side);
}

void
flow_table_add(FlowTable *table, const Packet *packet, int64_t time_ns, uint32_t frame)
{
    FlowPlace place, group_place;
    Record *tuple;

    flow_tracker_place(table->tuple_tracker, packet, time_ns, &place);
    tuple = record_at(table->tuples, &place, time_ns, frame);
    note_packet(tuple, &place, packet, time_ns);
    tunnel_evidence_add(&tuple->evidence, packet, place.side);
    if (!table->tracker)
        return;
    flow_tracker_place(table->tracker, packet, time_ns, &group_place);
    note_packet(record_at(table->flows, &group_place, time_ns, frame), &group_place, packet,
                time_ns);
    tuple->group = group_place.flow;
}

/* --- afterwards --- */

/* From sides to directions. */
static void
turn(Record *record)
{
    Flow *flow = &record->flow;
    FlowKey key = flow->key;
    uint64_t packets = flow->packets[0], bytes = flow->bytes[0];

    if (record->initiator == 0)
        return;
    flow->key = (FlowKey){key.dst, key.src, key.dst_port, key.src_port, key.protocol};
    flow->packets[0] = flow->packets[1];
    flow->packets[1] = packets;
    flow->bytes[0] = flow->bytes[1];
    flow->bytes[1] = bytes;
}

static void
judge_tuple(Record *record)
{
    Flow *flow = &record->flow;

    flow->n_tuples = 1;
    flow->tunnel = tunnel_judge(record->evidence, &flow->key);
    if (flow->tunnel != TUNNEL_NONE)
        flow->tunnel_bytes = flow->bytes[0] + flow->bytes[1];
    if (flow->key.protocol != 6)
        return;
    flow->start = record->has_bare_syn && record->has_syn_ack ? FLOW_START_HANDSHAKE
                  : record->has_bare_syn                      ? FLOW_START_SYN
                  : record->has_syn_ack                       ? FLOW_START_SYN_ACK
                                                              : FLOW_START_MID_STREAM;
    flow->end = record->has_rst                            ? FLOW_END_RST
                : record->has_fin[0] && record->has_fin[1] ? FLOW_END_FIN
                : record->has_fin[0] || record->has_fin[1] ? FLOW_END_HALF
                                                           : FLOW_END_OPEN;
}

/* The key exchange belongs to the tunnel, though nothing is carried in it (RFC 7296, RFC 3947). */
static bool
may_be_ike(const FlowKey *key)
{
    return key->protocol == 17 && (key->src_port == 500 || key->dst_port == 500 ||
                                   key->src_port == 4500 || key->dst_port == 4500);
}

static void
add_to_group(Record *group, const Record *tuple, FlowBy by)
{
    const Flow *flow = &tuple->flow;

    if (by == FLOW_BY_CAPTURE && group->flow.n_tuples == 0)
        memset(group->flow.packets, 0, sizeof group->flow.packets),
            memset(group->flow.bytes, 0, sizeof group->flow.bytes);
    group->flow.n_tuples++;
    for (int direction = 0; by == FLOW_BY_CAPTURE && direction < 2; direction++) {
        group->flow.packets[direction] += flow->packets[direction];
        group->flow.bytes[direction] += flow->bytes[direction];
    }
    if (flow->tunnel == TUNNEL_NONE && may_be_ike(&flow->key))
        group->ike_bytes += flow->bytes[0] + flow->bytes[1];
    if (flow->tunnel == TUNNEL_NONE)
        return;
    if (!group->tunnel_bytes)
        group->tunnel_bytes = g_new0(uint64_t, N_TUNNELS);
    group->tunnel_bytes[flow->tunnel] += flow->tunnel_bytes;
}

/* The named tunnel of most bytes; what is not named only where it is most of the flow. */
static void
judge_group(Record *group)
{
    Flow *flow = &group->flow;
    uint64_t bytes = flow->bytes[0] + flow->bytes[1];

    for (Tunnel tunnel = TUNNEL_UNKNOWN; group->tunnel_bytes && tunnel < N_TUNNELS; tunnel++) {
        uint64_t of_it = group->tunnel_bytes[tunnel];

        if (tunnel == TUNNEL_IPSEC && of_it > 0)
            of_it += group->ike_bytes;
        if (of_it == 0 || (!tunnel_is_named(tunnel) && of_it * 2 < bytes))
            continue;
        if (of_it > flow->tunnel_bytes ||
            (tunnel_is_named(tunnel) && !tunnel_is_named(flow->tunnel))) {
            flow->tunnel = tunnel;
            flow->tunnel_bytes = of_it;
        }
    }
}

void
flow_table_finish(FlowTable *table)
{
    for (guint i = 0; i < table->tuples->len; i++) {
        Record *tuple = table->tuples->pdata[i];

        turn(tuple);
        judge_tuple(tuple);
        if (table->tracker)
            add_to_group(table->flows->pdata[tuple->group], tuple, table->by);
    }
    for (guint i = 0; table->tracker && i < table->flows->len; i++) {
        Record *group = table->flows->pdata[i];

        if (table->by == FLOW_BY_HOSTS)
            turn(group);
        judge_group(group);
    }
}

static void
count_skipped(FlowTable *table, const SkipReason *reason)
{
    char *text = skip_reason_to_string(reason);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(table->skipped, text));

    g_hash_table_insert(table->skipped, text, GUINT_TO_POINTER(count + 1));
}

FlowTable *
flow_table_read(const char *path, FlowBy by, const CaptureReadOptions *options, char **warning,
                GError **error)
{
    g_autoptr(CaptureReader) reader = capture_open(path, options, error);
    g_autoptr(FlowTable) table = NULL;
    g_autoptr(GError) damage = NULL;
    CapturePacket captured;
    int status;

    if (warning)
        *warning = NULL;
    if (!reader || !capture_check_link_types(reader, error))
        return NULL;
    table = flow_table_new(by);
    while ((status = capture_next(reader, &captured, &damage)) == 1) {
        SkipReason reason;
        Packet packet;

        if (packet_parse(&packet, captured.link_type, (Bytes){captured.data, captured.captured},
                         captured.length, &reason))
            flow_table_add(table, &packet, captured.time_ns, captured.frame);
        else
            count_skipped(table, &reason);
    }
    if (status < 0 && capture_n_read(reader) == 0) {
        g_propagate_error(error, g_steal_pointer(&damage));
        return NULL;
    }
    if (status < 0 && warning)
        *warning = g_strdup(damage->message);
    table->n_read = capture_n_read(reader);
    table->n_filtered = capture_n_filtered(reader);
    flow_table_finish(table);
    return g_steal_pointer(&table);
}

FlowBy
flow_table_by(const FlowTable *table)
{
    return table->by;
}

uint32_t
flow_table_n_flows(const FlowTable *table)
{
    return table->flows->len;
}

const Flow *
flow_table_flow(const FlowTable *table, uint32_t number)
{
    g_return_val_if_fail(number >= 1 && number <= table->flows->len, NULL);
    return &((const Record *)table->flows->pdata[number - 1])->flow;
}

const Flow *
flow_table_biggest(const FlowTable *table)
{
    const Flow *biggest = NULL;

    for (uint32_t number = 1; number <= table->flows->len; number++) {
        const Flow *flow = flow_table_flow(table, number);

        if (!biggest || flow_n_packets(flow) > flow_n_packets(biggest))
            biggest = flow;
    }
    return biggest;
}

GHashTable *
flow_table_skipped(const FlowTable *table)
{
    return table->skipped;
}

uint32_t
flow_table_n_read(const FlowTable *table)
{
    return table->n_read;
}

uint32_t
flow_table_n_filtered(const FlowTable *table)
{
    return table->n_filtered;
}

/* --- words --- */

const char *
flow_start_to_name(FlowStart start)
{
    static const char *const names[] = {"", N_("handshake"), N_("syn"), N_("syn-ack"),
                                        N_("mid-stream")};

    return names[start];
}

const char *
flow_end_to_name(FlowEnd end)
{
    static const char *const names[] = {"", N_("open"), N_("half-closed"), N_("fin"), N_("rst")};

    return names[end];
}

char *
flow_protocols_to_string(const Flow *flow)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < MIN(flow->n_protocols, (int)G_N_ELEMENTS(flow->protocols)); i++) {
        g_autofree char *name = flow_protocol_to_string(flow->protocols[i]);

        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", name);
    }
    if (flow->n_protocols > (int)G_N_ELEMENTS(flow->protocols))
        g_string_append(text, ", …");
    return g_string_free(text, FALSE);
}

char *
flow_to_string(const Flow *flow)
{
    g_autofree char *protocols = flow_protocols_to_string(flow);
    g_autofree char *from = flow_key_end_to_string(&flow->key, true);
    g_autofree char *to = flow_key_end_to_string(&flow->key, false);

    if (flow->key.src.family == 0 && flow->key.dst.family == 0)
        return g_strdup("capture");
    return flow->key.protocol ? g_strdup_printf("%s %s > %s", protocols, from, to)
                              : g_strdup_printf("%s > %s", from, to);
}

static void
note(GHashTable *provenance, const char *key, char *value)
{
    g_hash_table_insert(provenance, g_strdup(key), value);
}

void
flow_note_provenance(const Flow *flow, FlowBy by, GHashTable *provenance)
{
    note(provenance, "flows", g_strdup(flow_by_to_name(by)));
    note(provenance, "flow", flow_to_string(flow));
    note(provenance, "flow_number", g_strdup_printf("%u", flow->number));
    note(provenance, "flow_packets",
         g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)flow_n_packets(flow)));
    note(provenance, "tunnel", g_strdup(tunnel_to_name(flow->tunnel)));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Flow numbers: a table of keys, the state of TCP that tells a reused port, fragments. */
#include "app/trace/flow_track.h"

#include <string.h>

static const int64_t fragment_lifetime_ns = 60 * G_GINT64_CONSTANT(1000000000);

/* What is known of a key; it is its own key in the table. */
typedef struct {
    FlowKey key;
    uint32_t flow;
    uint32_t isn[2]; /* initial sequence number of each side */
    bool is_known[2];
    bool has_ended;
    bool is_lone_syn; /* nothing yet but bare SYNs of one side */
} Entry;

typedef struct {
    FlowKey key; /* the identification stands for the ports */
    int64_t time_ns;
    uint16_t src_port, dst_port;
    bool is_used;
} Fragment;

struct FlowTracker {
    FlowBy by;
    GHashTable *entries;
    Fragment *fragments; /* FLOW_FRAGMENTS, by hash; NULL until there is one */
    uint32_t n_flows;
};

FlowTracker *
flow_tracker_new(FlowBy by)
{
    FlowTracker *tracker = g_new0(FlowTracker, 1);

    tracker->by = by;
    tracker->entries = g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, NULL);
    return tracker;
}

void
flow_tracker_free(FlowTracker *tracker)
{
    if (!tracker)
        return;
    g_hash_table_unref(tracker->entries);
    g_free(tracker->fragments);
    g_free(tracker);
}

uint32_t
flow_tracker_n_flows(const FlowTracker *tracker)
{
    return tracker->n_flows;
}

bool
packet_tcp_facts(const Packet *packet, uint8_t *flags, uint32_t *seq, uint32_t *ack)
{
    Bytes tcp = packet->header[HEADER_TCP];

    if (tcp.size < 14)
        return false;
    *flags = tcp.data[13];
    *seq = bytes_u32(tcp, 4);
    *ack = bytes_u32(tcp, 8);
    return true;
}

/* Notes the ports of a first fragment, or gives a later one those of its first. */
static void
join_fragments(FlowTracker *tracker, const Packet *packet, int64_t time_ns, FlowKey *key)
{
    FlowKey datagram = {.src = key->src,
                        .dst = key->dst,
                        .src_port = (uint16_t)(packet->fragment_id >> 16),
                        .dst_port = (uint16_t)packet->fragment_id,
                        .protocol = key->protocol};
    Fragment *fragment;

    if (!tracker->fragments)
        tracker->fragments = g_new0(Fragment, FLOW_FRAGMENTS);
    fragment = &tracker->fragments[flow_key_hash(&datagram) % FLOW_FRAGMENTS];
    if (!packet->later_fragment) {
        *fragment = (Fragment){datagram, time_ns, key->src_port, key->dst_port, true};
    } else if (fragment->is_used && flow_key_equal(&fragment->key, &datagram) &&
               time_ns >= fragment->time_ns &&
               time_ns - fragment->time_ns <= fragment_lifetime_ns) {
        key->src_port = fragment->src_port;
        key->dst_port = fragment->dst_port;
    }
}

static bool
begins_anew(const Entry *entry, int side, uint8_t flags, uint32_t seq)
{
    bool is_bare = !(flags & TCP_ACK);

    if (!(flags & TCP_SYN) || (flags & TCP_RST))
        return false;
    if (entry->has_ended && is_bare)
        return true;
    if (entry->is_known[side])
        return entry->isn[side] != seq;
    return !entry->is_known[!side] || (is_bare && !entry->is_lone_syn);
}

static void
note_tcp(Entry *entry, int side, uint8_t flags, uint32_t seq, uint32_t ack)
{
    if ((flags & TCP_SYN) && !(flags & TCP_RST)) {
        entry->isn[side] = seq;
        entry->is_known[side] = true;
        if (flags & TCP_ACK) {
            entry->isn[!side] = ack - 1;
            entry->is_known[!side] = true;
        }
    }
    entry->has_ended |= (flags & (TCP_FIN | TCP_RST)) != 0;
    entry->is_lone_syn &= (flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

/* Gives the entry a flow of its own. */
static void
begin(FlowTracker *tracker, Entry *entry)
{
    *entry = (Entry){.key = entry->key, .flow = tracker->n_flows++, .is_lone_syn = true};
}

void
flow_tracker_place(FlowTracker *tracker, const Packet *packet, int64_t time_ns, FlowPlace *place)
{
    uint32_t n_before = tracker->n_flows, seq, ack;
    uint8_t flags;
    Entry *entry;

    flow_key_init_packet(&place->key, packet);
    if (tracker->by != FLOW_BY_TUPLE)
        flow_key_to_hosts(&place->key);
    else if (packet->fragment)
        join_fragments(tracker, packet, time_ns, &place->key);
    place->side = flow_key_normalise(&place->key);
    if (tracker->by == FLOW_BY_CAPTURE)
        memset(&place->key, 0, sizeof place->key);
    entry = g_hash_table_lookup(tracker->entries, &place->key);
    if (!entry) {
        entry = g_new0(Entry, 1);
        entry->key = place->key;
        begin(tracker, entry);
        g_hash_table_add(tracker->entries, entry);
    }
    if (tracker->by == FLOW_BY_TUPLE && packet_tcp_facts(packet, &flags, &seq, &ack)) {
        if (tracker->n_flows == n_before && begins_anew(entry, place->side, flags, seq))
            begin(tracker, entry);
        note_tcp(entry, place->side, flags, seq, ack);
    }
    place->flow = entry->flow;
    place->is_new = tracker->n_flows != n_before;
}

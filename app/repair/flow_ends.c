/* SPDX-License-Identifier: Apache-2.0 */
/* Flow assembly: exact keys first, then the nearest flow, then a vote. */
#include "app/repair/flow_ends.h"

#include "app/trace/flow.h"

#include <string.h>

enum { N_END_BITS = 48, N_VOTE_ROUNDS = 4 };

/* The two ends of a row, or of a flow: address (32 bits, 0 where they are known from beside the
 * row) and port (16 bits). */
typedef struct {
    int group; /* same IP, transport and known host pair */
    uint64_t end[2];
} Ends;

typedef struct {
    Ends ends;    /* as the packet says: source, destination */
    int8_t order; /* known hosts: 0 when the source is the lesser, 1 the greater; else -1 */
    int8_t side;  /* of the flow it joined */
    int cluster;  /* -1 none yet */
} RowEnds;

typedef struct {
    Ends ends;
    int n_rows, n_observed, first_row;
    bool is_voted; /* ends come from a vote, not from rows that say just that */
} Cluster;

typedef struct {
    RepairContext *context;
    RowEnds *rows;
    GArray *clusters; /* Cluster */
    bool has_address_bits;
} Assembly;

static guint
ends_hash(gconstpointer pointer)
{
    const Ends *ends = pointer;
    uint64_t hash = ends->end[0] * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) ^
                    ends->end[1] * G_GUINT64_CONSTANT(0xc2b2ae3d27d4eb4f) ^ (uint64_t)ends->group;
    return (guint)(hash >> 32 ^ hash);
}

static gboolean
ends_equal(gconstpointer a, gconstpointer b)
{
    const Ends *x = a, *y = b;
    return x->group == y->group && x->end[0] == y->end[0] && x->end[1] == y->end[1];
}

static bool
has_ports(const RepairContext *context, int row)
{
    Header transport = context->packets[row].transport;
    return transport == HEADER_TCP || transport == HEADER_UDP;
}

static FieldId
port_field(const RepairContext *context, int row, bool source)
{
    if (context->packets[row].transport == HEADER_TCP)
        return source ? FIELD_TCP_SPRT : FIELD_TCP_DPRT;
    return source ? FIELD_UDP_SPORT : FIELD_UDP_DPORT;
}

static bool
uses_address_bits(const Assembly *assembly, int row)
{
    return assembly->has_address_bits && assembly->context->packets[row].ip == HEADER_IPV4;
}

static int
n_end_bits(const Assembly *assembly, int row)
{
    return (has_ports(assembly->context, row) ? 32 : 0) +
           (uses_address_bits(assembly, row) ? 64 : 0);
}

static uint64_t
read_end(const Assembly *assembly, int row, bool source)
{
    const RepairContext *context = assembly->context;
    uint64_t end = 0;

    if (uses_address_bits(assembly, row))
        end = (uint64_t)repair_get(context, row, source ? FIELD_IPV4_SRC : FIELD_IPV4_DST) << 16;
    if (has_ports(context, row))
        end |= repair_get(context, row, port_field(context, row, source));
    return end;
}

/* Numbers the rows' groups and reads their ends. */
static void
read_rows(Assembly *assembly)
{
    RepairContext *context = assembly->context;
    g_autoptr(GHashTable) groups =
        g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, NULL);
    bool is_known = context->drawn->sides & TRACE_HAS_ADDRESSES;

    for (int row = 0; row < context->trace->n_rows; row++) {
        RowEnds *ends = &assembly->rows[row];
        const TraceRow *side = &context->trace->rows[row];
        uint8_t family = context->packets[row].ip == HEADER_IPV4 ? 4 : 6;
        FlowKey key = {0};

        ends->order = -1;
        ends->cluster = -1;
        if (is_known && side->src.family == family && side->dst.family == family) {
            key.src = side->src;
            key.dst = side->dst;
            bool is_swapped = flow_key_normalise(&key);
            if (!address_equal(&key.src, &key.dst))
                ends->order = is_swapped;
        }
        key.protocol = (uint8_t)context->packets[row].transport;
        key.src_port = family; /* IPv4 and IPv6 apart where hosts are unknown */
        gpointer group;
        if (!g_hash_table_lookup_extended(groups, &key, NULL, &group)) {
            group = GINT_TO_POINTER(g_hash_table_size(groups));
            g_hash_table_insert(groups, g_memdup2(&key, sizeof key), group);
        }
        ends->ends.group = GPOINTER_TO_INT(group);
        ends->ends.end[0] = read_end(assembly, row, true);
        ends->ends.end[1] = read_end(assembly, row, false);
    }
}

static Cluster *
cluster_at(const Assembly *assembly, int cluster)
{
    return &g_array_index(assembly->clusters, Cluster, cluster);
}

static int
ends_distance(const RowEnds *row, const Ends *to, int side)
{
    return __builtin_popcountll(row->ends.end[0] ^ to->end[side]) +
           __builtin_popcountll(row->ends.end[1] ^ to->end[!side]);
}

/* The way the packet goes where its ends do not tell. */
static int
hinted_side(const Assembly *assembly, int row)
{
    const Trace *drawn = assembly->context->drawn;
    const Trace *template_trace = assembly->context->options->template_trace;

    if (drawn->sides & TRACE_HAS_DIRECTIONS)
        return assembly->context->trace->rows[row].direction & 1;
    if (template_trace && template_trace->n_rows > 0 &&
        (template_trace->sides & TRACE_HAS_DIRECTIONS))
        return template_trace->rows[row % template_trace->n_rows].direction & 1;
    return 0;
}

/* The distance to ends the better way round, and that way. */
static int
nearest_side(const Assembly *assembly, int row, const Ends *to, int *side)
{
    const RowEnds *ends = &assembly->rows[row];

    if (ends->order >= 0) {
        *side = ends->order;
        return ends_distance(ends, to, *side);
    }
    int forth = ends_distance(ends, to, 0), back = ends_distance(ends, to, 1);
    *side = forth == back ? hinted_side(assembly, row) : back < forth;
    return MIN(forth, back);
}

static int
nearest_cluster(const Assembly *assembly, int row, int *distance)
{
    int best = -1, side;

    *distance = G_MAXINT;
    for (guint i = 0; i < assembly->clusters->len; i++) {
        const Cluster *cluster = cluster_at(assembly, i);
        if (cluster->ends.group != assembly->rows[row].ends.group)
            continue;
        int d = nearest_side(assembly, row, &cluster->ends, &side);
        if (d < *distance) {
            *distance = d;
            best = (int)i;
        }
    }
    return best;
}

static void
join_cluster(Assembly *assembly, int row, int cluster)
{
    RowEnds *ends = &assembly->rows[row];
    Cluster *to = cluster_at(assembly, cluster);
    int side;

    nearest_side(assembly, row, &to->ends, &side);
    ends->cluster = cluster;
    ends->side = (int8_t)side;
    to->first_row = to->n_rows ? MIN(to->first_row, row) : row;
    to->n_rows++;
    to->n_observed += assembly->context->packets[row].observed;
}

static int
new_cluster(Assembly *assembly, const Ends *ends)
{
    Cluster cluster = {.ends = *ends};
    g_array_append_val(assembly->clusters, cluster);
    return (int)assembly->clusters->len - 1;
}

/* The ends with the lesser host, or where hosts are unknown the lesser end, first. */
static Ends
row_key(const RowEnds *row)
{
    Ends key = row->ends;
    if (row->order == 1 || (row->order < 0 && key.end[1] < key.end[0])) {
        key.end[0] = row->ends.end[1];
        key.end[1] = row->ends.end[0];
    }
    return key;
}

/* Rows that say exactly the same ends. */
typedef struct {
    Ends key;
    GArray *rows; /* int */
} Same;

static void
same_free(gpointer data)
{
    Same *same = data;
    g_array_unref(same->rows);
    g_free(same);
}

static gint
compare_same(gconstpointer a, gconstpointer b)
{
    const Same *x = *(Same *const *)a, *y = *(Same *const *)b;
    if (x->rows->len != y->rows->len)
        return x->rows->len > y->rows->len ? -1 : 1;
    return g_array_index(x->rows, int, 0) < g_array_index(y->rows, int, 0) ? -1 : 1;
}

static GPtrArray *
collect_same(const Assembly *assembly, bool observed)
{
    g_autoptr(GHashTable) by_key = g_hash_table_new(ends_hash, ends_equal);
    GPtrArray *all = g_ptr_array_new_with_free_func(same_free);

    for (int row = 0; row < assembly->context->trace->n_rows; row++) {
        if (assembly->context->packets[row].observed != observed)
            continue;
        Ends key = row_key(&assembly->rows[row]);
        Same *same = g_hash_table_lookup(by_key, &key);
        if (!same) {
            same = g_new0(Same, 1);
            same->key = key;
            same->rows = g_array_new(FALSE, FALSE, sizeof(int));
            g_ptr_array_add(all, same);
            g_hash_table_insert(by_key, &same->key, same);
        }
        g_array_append_val(same->rows, row);
    }
    g_ptr_array_sort(all, compare_same);
    return all;
}

static void
join_all(Assembly *assembly, const Same *same, int cluster)
{
    for (guint i = 0; i < same->rows->len; i++)
        join_cluster(assembly, g_array_index(same->rows, int, i), cluster);
}

static void
cluster_observed(Assembly *assembly)
{
    g_autoptr(GPtrArray) all = collect_same(assembly, true);

    for (guint i = 0; i < all->len; i++) {
        const Same *same = g_ptr_array_index(all, i);
        join_all(assembly, same, new_cluster(assembly, &same->key));
    }
}

/* Ends that several drawn rows agree on are a flow's, unless they are so near to those of a much
 * larger flow that they are its bit errors. */
static void
cluster_agreed(Assembly *assembly)
{
    g_autoptr(GPtrArray) all = collect_same(assembly, false);

    for (guint i = 0; i < all->len; i++) {
        const Same *same = g_ptr_array_index(all, i);
        int row = g_array_index(same->rows, int, 0), distance;
        guint count = same->rows->len;

        if (count < 2 && assembly->clusters->len == 0)
            continue;
        int nearest = nearest_cluster(assembly, row, &distance);
        if (nearest >= 0 && distance <= n_end_bits(assembly, row) / 4) {
            const Cluster *cluster = cluster_at(assembly, nearest);
            if (distance == 0 || count < 3 || count * 10 <= (guint)cluster->n_rows) {
                join_all(assembly, same, nearest);
                continue;
            }
        }
        if (count >= 2)
            join_all(assembly, same, new_cluster(assembly, &same->key));
    }
}

/* Adds one row's evidence for the bits of one end. */
static void
add_votes(const Assembly *assembly, int row, bool source, float votes[N_END_BITS])
{
    const RepairContext *context = assembly->context;
    const Layout *layout = context->drawn->layout;
    const int8_t *trits = repair_drawn_trits(context, row);
    int port = has_ports(context, row) ? layout->column_of[port_field(context, row, source)] : -1;
    int address = uses_address_bits(assembly, row)
                      ? layout->column_of[source ? FIELD_IPV4_SRC : FIELD_IPV4_DST]
                      : -1;

    for (int bit = 0; bit < N_END_BITS; bit++) {
        int column = bit < 16 ? port + 15 - bit : address + 47 - bit;
        if ((bit < 16 ? port : address) < 0 || trits[column] < 0)
            continue;
        votes[bit] += (trits[column] ? 1.0f : -1.0f) * repair_confidence(context, row, column);
    }
}

static uint64_t
count_votes(const float votes[N_END_BITS])
{
    uint64_t end = 0;
    for (int bit = 0; bit < N_END_BITS; bit++)
        end |= (uint64_t)(votes[bit] > 0) << bit;
    return end;
}

/* The ends that rows agree on best, each taken the way round that agrees better. */
static Ends
vote_ends(const Assembly *assembly, const GArray *rows)
{
    Ends centre = row_key(&assembly->rows[g_array_index(rows, int, 0)]);

    for (int round = 0; round < N_VOTE_ROUNDS; round++) {
        float votes[2][N_END_BITS] = {{0}};
        for (guint i = 0; i < rows->len; i++) {
            int row = g_array_index(rows, int, i), side;
            nearest_side(assembly, row, &centre, &side);
            add_votes(assembly, row, true, votes[side]);
            add_votes(assembly, row, false, votes[!side]);
        }
        Ends next = {centre.group, {count_votes(votes[0]), count_votes(votes[1])}};
        if (ends_equal(&next, &centre))
            break;
        centre = next;
    }
    return centre;
}

/* One flow for the rows of a group that no flow claimed; while the vote finds a knot of rows that
 * agree, that is one flow, and what is left votes again. */
static void
cluster_pool(Assembly *assembly, GArray *pool)
{
    int n_allowed = 1 + (int)pool->len / 64;

    while (pool->len > 0) {
        Cluster voted = {.ends = vote_ends(assembly, pool), .is_voted = true};
        int within = n_end_bits(assembly, g_array_index(pool, int, 0)) / 4, side;
        g_autoptr(GArray) far = g_array_new(FALSE, FALSE, sizeof(int));

        for (guint i = 0; i < pool->len; i++) {
            int row = g_array_index(pool, int, i);
            if (nearest_side(assembly, row, &voted.ends, &side) > within)
                g_array_append_val(far, row);
        }
        guint n_near = pool->len - far->len;
        bool takes_all = --n_allowed <= 0 || n_near < MAX(3, pool->len / 20);
        g_array_append_val(assembly->clusters, voted);
        for (guint i = 0, k = 0; i < pool->len; i++) {
            int row = g_array_index(pool, int, i);
            bool is_far = k < far->len && g_array_index(far, int, k) == row;
            k += is_far;
            if (takes_all || !is_far)
                join_cluster(assembly, row, (int)assembly->clusters->len - 1);
        }
        g_array_set_size(pool, 0);
        if (!takes_all)
            g_array_append_vals(pool, far->data, far->len);
    }
}

static void
cluster_rest(Assembly *assembly)
{
    g_autoptr(GHashTable) pools =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    g_autoptr(GPtrArray) order = g_ptr_array_new();

    for (int row = 0; row < assembly->context->trace->n_rows; row++) {
        if (assembly->rows[row].cluster >= 0)
            continue;
        gpointer group = GINT_TO_POINTER(assembly->rows[row].ends.group);
        GArray *pool = g_hash_table_lookup(pools, group);
        if (!pool) {
            pool = g_array_new(FALSE, FALSE, sizeof(int));
            g_hash_table_insert(pools, group, pool);
            g_ptr_array_add(order, pool);
        }
        g_array_append_val(pool, row);
    }
    for (guint i = 0; i < order->len; i++)
        cluster_pool(assembly, g_ptr_array_index(order, i));
}

/* A host's address: not of "this network", loopback, multicast or reserved (RFC 1122, section
 * 3.2.1.3): the nearest first octet that is. */
static uint64_t
host_end(uint64_t end)
{
    int octet = (int)(end >> 40), best = octet, best_distance = 9;

    if (octet != 0 && octet != 127 && octet < 224)
        return end;
    for (int candidate = 1; candidate < 224; candidate++) {
        int distance = __builtin_popcount((unsigned)(candidate ^ octet));
        if (candidate != 127 && distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return (end & G_GUINT64_CONSTANT(0xffffffffff)) | (uint64_t)best << 40;
}

/* Port 0 is reserved (RFC 6335, section 6), and the two ends of drawn flows are two hosts. */
static void
make_ends_legal(const Assembly *assembly, Cluster *cluster)
{
    if (cluster->n_observed > 0)
        return;
    for (int side = 0; side < 2; side++) {
        uint64_t *end = &cluster->ends.end[side];
        if (has_ports(assembly->context, cluster->first_row) && (*end & 0xffff) == 0)
            *end |= 1;
        if (uses_address_bits(assembly, cluster->first_row))
            *end = host_end(*end);
    }
    if (uses_address_bits(assembly, cluster->first_row) &&
        cluster->ends.end[0] >> 16 == cluster->ends.end[1] >> 16)
        cluster->ends.end[1] ^= 1 << 16;
}

/* Clusters that ended up with the same ends are one; into receives the cluster each became. */
static void
merge_clusters(Assembly *assembly, int *into)
{
    g_autoptr(GHashTable) by_ends = g_hash_table_new(ends_hash, ends_equal);

    for (guint i = 0; i < assembly->clusters->len; i++) {
        Cluster *cluster = cluster_at(assembly, i);
        Ends back = {cluster->ends.group, {cluster->ends.end[1], cluster->ends.end[0]}};
        gpointer same = g_hash_table_lookup(by_ends, &cluster->ends);
        if (!same && assembly->rows[cluster->first_row].order < 0)
            same = g_hash_table_lookup(by_ends, &back);
        into[i] = same ? GPOINTER_TO_INT(same) - 1 : (int)i;
        if (!same)
            g_hash_table_insert(by_ends, &cluster->ends, GINT_TO_POINTER(i + 1));
    }
}

static Address
end_address(uint64_t end)
{
    Address address = {.family = 4};
    for (int i = 0; i < 4; i++)
        address.bytes[i] = (uint8_t)(end >> (40 - 8 * i));
    return address;
}

static RepairFlow *
new_flow(const Assembly *assembly, const Cluster *cluster, int row, int first_side)
{
    const RepairContext *context = assembly->context;
    const TraceRow *beside = &context->trace->rows[row];
    RepairFlow *flow = g_new0(RepairFlow, 1);

    flow->ip = context->packets[row].ip;
    flow->transport = context->packets[row].transport;
    flow->rows = g_array_new(FALSE, FALSE, sizeof(int));
    for (int side = 0; side < 2; side++) {
        flow->port[side] = (uint16_t)cluster->ends.end[side ^ first_side];
        if (uses_address_bits(assembly, row))
            flow->address[side] = end_address(cluster->ends.end[side ^ first_side]);
    }
    uint8_t family = flow->ip == HEADER_IPV4 ? 4 : 6;
    if ((context->drawn->sides & TRACE_HAS_ADDRESSES) && beside->src.family == family &&
        beside->dst.family == family) {
        flow->address[0] = beside->src;
        flow->address[1] = beside->dst;
    }
    return flow;
}

static void
build_flows(Assembly *assembly, const int *into)
{
    RepairContext *context = assembly->context;
    g_autofree RepairFlow **flow_of = g_new0(RepairFlow *, MAX(assembly->clusters->len, 1));
    g_autofree uint8_t *first_side = g_new0(uint8_t, MAX(assembly->clusters->len, 1));

    for (int row = 0; row < context->trace->n_rows; row++) {
        RowEnds *ends = &assembly->rows[row];
        int cluster = into[ends->cluster], side = ends->side;
        const Cluster *to = cluster_at(assembly, cluster);

        if (cluster != ends->cluster)
            nearest_side(assembly, row, &to->ends, &side);
        if (!flow_of[cluster]) {
            flow_of[cluster] = new_flow(assembly, to, row, side);
            first_side[cluster] = (uint8_t)side;
            g_ptr_array_add(context->flows, flow_of[cluster]);
        }
        RepairFlow *flow = flow_of[cluster];
        context->packets[row].side = (uint8_t)(side ^ first_side[cluster]);
        flow->n_observed += context->packets[row].observed;
        g_array_append_val(flow->rows, row);
    }
    for (guint i = 0; i < context->flows->len; i++) {
        const RepairFlow *flow = g_ptr_array_index(context->flows, i);
        for (guint k = 0; k < flow->rows->len; k++)
            context->packets[g_array_index(flow->rows, int, k)].flow = (int)i;
    }
}

void
flow_ends_assemble(RepairContext *context)
{
    Assembly assembly = {.context = context};

    assembly.rows = g_new0(RowEnds, MAX(context->trace->n_rows, 1));
    assembly.clusters = g_array_new(FALSE, FALSE, sizeof(Cluster));
    assembly.has_address_bits = context->trace->layout->column_of[FIELD_IPV4_SRC] >= 0 &&
                                !(context->drawn->sides & TRACE_HAS_ADDRESSES);
    read_rows(&assembly);
    cluster_observed(&assembly);
    cluster_agreed(&assembly);
    cluster_rest(&assembly);
    for (guint i = 0; i < assembly.clusters->len; i++)
        make_ends_legal(&assembly, cluster_at(&assembly, i));
    g_autofree int *into = g_new0(int, MAX(assembly.clusters->len, 1));
    merge_clusters(&assembly, into);
    build_flows(&assembly, into);
    g_array_unref(assembly.clusters);
    g_free(assembly.rows);
}

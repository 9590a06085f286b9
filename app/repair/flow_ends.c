/* SPDX-License-Identifier: Apache-2.0 */
/* Flow assembly: exact keys first, then the nearest flow, then a vote. */
#include "app/repair/flow_ends.h"

#include "app/repair/ends_legal.h"
#include "app/repair/flow_affinity.h"
#include "app/repair/row_ends.h"

#include <math.h>
#include <string.h>

typedef struct {
    Ends ends;
    int n_rows, n_observed, first_row;
    int n_exact; /* rows that drew just these ends, when it was made */
} Cluster;

typedef struct {
    EndsTable table;
    GArray *clusters; /* Cluster */
} Assembly;

/* Of the rows of a flow, those that a patch of errors may hold. */
static const double patch_share = 0.25;

/* Below it a trace counts as free of errors. */
static const double least_error_rate = 0.001;

static Cluster *
cluster_at(const Assembly *assembly, int cluster)
{
    return &g_array_index(assembly->clusters, Cluster, cluster);
}

static int
nearest_cluster(const Assembly *assembly, int row, int *distance)
{
    int best = -1, side;

    *distance = G_MAXINT;
    for (guint i = 0; i < assembly->clusters->len; i++) {
        const Cluster *cluster = cluster_at(assembly, i);
        if (cluster->ends.group != assembly->table.rows[row].ends.group)
            continue;
        int d = ends_nearest_side(&assembly->table, row, &cluster->ends, &side);
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
    RowEnds *ends = &assembly->table.rows[row];
    Cluster *to = cluster_at(assembly, cluster);
    int side;

    ends_nearest_side(&assembly->table, row, &to->ends, &side);
    ends->cluster = cluster;
    ends->side = (int8_t)side;
    to->first_row = to->n_rows ? MIN(to->first_row, row) : row;
    to->n_rows++;
    to->n_observed += assembly->table.context->packets[row].observed;
}

static int
new_cluster(Assembly *assembly, const Ends *ends)
{
    Cluster cluster = {.ends = *ends};
    g_array_append_val(assembly->clusters, cluster);
    return (int)assembly->clusters->len - 1;
}

/* Rows that say exactly the same ends. */
typedef struct {
    Ends key;
    GArray *rows; /* int */
    bool has_observed;
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
collect_same(const Assembly *assembly)
{
    g_autoptr(GHashTable) by_key = g_hash_table_new(ends_hash, ends_equal);
    GPtrArray *all = g_ptr_array_new_with_free_func(same_free);

    for (int row = 0; row < assembly->table.context->trace->n_rows; row++) {
        Ends key = row_ends_key(&assembly->table.rows[row]);
        Same *same = g_hash_table_lookup(by_key, &key);
        if (!same) {
            same = g_new0(Same, 1);
            same->key = key;
            same->rows = g_array_new(FALSE, FALSE, sizeof(int));
            g_ptr_array_add(all, same);
            g_hash_table_insert(by_key, &same->key, same);
        }
        g_array_append_val(same->rows, row);
        same->has_observed |= assembly->table.context->packets[row].observed;
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

/* In a drawn picture a wrong bit is rarely alone: neighbouring rows go wrong together. */
static bool
errors_are_patches(const Assembly *assembly)
{
    const Trace *drawn = assembly->table.context->drawn;
    return drawn->confidence && !(drawn->sides & TRACE_HAS_ADDRESSES);
}

/* True when ends so near to those of a larger flow are likely its bit errors: as many rows as drew
 * them are to be expected from the rows that drew the flow's ends without error. */
static bool
is_bit_error(const Assembly *assembly, const Same *same, int nearest, int distance)
{
    if (nearest < 0)
        return false;
    if (distance == 0)
        return true;
    if (assembly->table.error_rate < least_error_rate ||
        distance > row_end_bits(&assembly->table, g_array_index(same->rows, int, 0)) / 4)
        return false;
    double odds = assembly->table.error_rate / (1 - assembly->table.error_rate);
    double expected = cluster_at(assembly, nearest)->n_exact * pow(odds, distance);
    if (errors_are_patches(assembly))
        expected = MAX(expected, cluster_at(assembly, nearest)->n_rows * patch_share);
    return same->rows->len <= expected + 4 * sqrt(expected) + 2;
}

static void
cluster_same(Assembly *assembly, const Same *same)
{
    int cluster = new_cluster(assembly, &same->key);
    cluster_at(assembly, cluster)->n_exact = (int)same->rows->len;
    join_all(assembly, same, cluster);
}

/* Rows that are near a larger flow's ends by error join it, and cannot have been observed whole. */
static void
join_nearest(Assembly *assembly, const Same *same, int nearest, int distance)
{
    if (distance == 0)
        cluster_at(assembly, nearest)->n_exact += (int)same->rows->len;
    for (guint i = 0; i < same->rows->len && distance > 0; i++)
        assembly->table.context->packets[g_array_index(same->rows, int, i)].observed = false;
    join_all(assembly, same, nearest);
}

/* Ends that several rows agree on are a flow's, as are those of an observed row; in a trace without
 * errors any are. */
static void
cluster_agreed(Assembly *assembly)
{
    g_autoptr(GPtrArray) all = collect_same(assembly);
    guint least = assembly->table.error_rate < least_error_rate ? 1 : 2;

    for (guint i = 0; i < all->len; i++) {
        const Same *same = g_ptr_array_index(all, i);
        bool is_flow = same->rows->len >= least || same->has_observed;
        int distance = G_MAXINT, nearest = -1;

        if (least > 1 && assembly->clusters->len > 0)
            nearest = nearest_cluster(assembly, g_array_index(same->rows, int, 0), &distance);
        if (is_bit_error(assembly, same, nearest, distance))
            join_nearest(assembly, same, nearest, distance);
        else if (is_flow)
            cluster_same(assembly, same);
    }
}

/* One flow for the rows of a group that no flow claimed; while the vote finds a knot of rows that
 * agree, that is one flow, and what is left votes again. */
static void
cluster_pool(Assembly *assembly, GArray *pool)
{
    int n_allowed = 1 + (int)pool->len / 64;

    while (pool->len > 0) {
        Cluster voted = {.ends = ends_vote(&assembly->table, pool)};
        int within = row_end_bits(&assembly->table, g_array_index(pool, int, 0)) / 4, side;
        g_autoptr(GArray) far = g_array_new(FALSE, FALSE, sizeof(int));

        for (guint i = 0; i < pool->len; i++) {
            int row = g_array_index(pool, int, i);
            if (ends_nearest_side(&assembly->table, row, &voted.ends, &side) > within)
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

    for (int row = 0; row < assembly->table.context->trace->n_rows; row++) {
        if (assembly->table.rows[row].cluster >= 0)
            continue;
        gpointer group = GINT_TO_POINTER(assembly->table.rows[row].ends.group);
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

/* Drawn rows that joined a flow have their say on its ends. */
static void
vote_again(Assembly *assembly)
{
    guint n = assembly->clusters->len;
    g_autofree float(*votes)[2][N_END_BITS] = g_malloc0(MAX(n, 1) * sizeof *votes);

    for (int row = 0; row < assembly->table.context->trace->n_rows; row++) {
        const RowEnds *ends = &assembly->table.rows[row];
        ends_add_votes(&assembly->table, row, true, votes[ends->cluster][ends->side]);
        ends_add_votes(&assembly->table, row, false, votes[ends->cluster][!ends->side]);
    }
    for (guint i = 0; i < n; i++) {
        Cluster *cluster = cluster_at(assembly, i);
        for (int side = 0; side < 2 && cluster->n_observed * 2 < cluster->n_rows; side++)
            cluster->ends.end[side] = ends_count_votes(votes[i][side], cluster->ends.end[side]);
    }
}

/* Rows may move to a flow that their numbers agree with. */
static void
settle_rows(Assembly *assembly)
{
    guint n = assembly->clusters->len;
    g_autofree Ends *centres = g_new(Ends, MAX(n, 1));

    for (guint i = 0; i < n; i++)
        centres[i] = cluster_at(assembly, i)->ends;
    flow_affinity_settle(&assembly->table, centres, (int)n);
    for (guint i = 0; i < n; i++)
        cluster_at(assembly, i)->n_rows = cluster_at(assembly, i)->n_observed = 0;
    for (int row = 0; row < assembly->table.context->trace->n_rows; row++) {
        Cluster *cluster = cluster_at(assembly, assembly->table.rows[row].cluster);
        if (cluster->n_rows++ == 0)
            cluster->first_row = row;
        cluster->n_observed += assembly->table.context->packets[row].observed;
    }
}

/* The share of a flow's rows that drew its ends without error. */
static double
exact_share(const Assembly *assembly, int cluster)
{
    int n = 0, n_exact = 0;

    for (int row = 0; row < assembly->table.context->trace->n_rows; row++) {
        const RowEnds *ends = &assembly->table.rows[row];
        int side;
        if (ends->cluster != cluster)
            continue;
        n++;
        n_exact += ends_nearest_side(&assembly->table, row, &cluster_at(assembly, cluster)->ends,
                                     &side) == 0;
    }
    return n ? (double)n_exact / n : 0;
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
        if (!same && assembly->table.rows[cluster->first_row].order < 0)
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
    const RepairContext *context = assembly->table.context;
    const TraceRow *beside = &context->trace->rows[row];
    RepairFlow *flow = g_new0(RepairFlow, 1);

    flow->ip = context->packets[row].ip;
    flow->transport = context->packets[row].transport;
    flow->rows = g_array_new(FALSE, FALSE, sizeof(int));
    for (int side = 0; side < 2; side++) {
        flow->port[side] = (uint16_t)cluster->ends.end[side ^ first_side];
        if (row_has_address_bits(&assembly->table, row))
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
    RepairContext *context = assembly->table.context;
    g_autofree RepairFlow **flow_of = g_new0(RepairFlow *, MAX(assembly->clusters->len, 1));
    g_autofree uint8_t *first_side = g_new0(uint8_t, MAX(assembly->clusters->len, 1));

    for (int row = 0; row < context->trace->n_rows; row++) {
        RowEnds *ends = &assembly->table.rows[row];
        int cluster = into[ends->cluster], side = ends->side;
        const Cluster *to = cluster_at(assembly, cluster);

        if (cluster != ends->cluster)
            ends_nearest_side(&assembly->table, row, &to->ends, &side);
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

/* Ends that no row was observed to have follow the rules for ports and hosts. */
static void
make_drawn_legal(const Assembly *assembly)
{
    for (guint i = 0; i < assembly->clusters->len; i++) {
        Cluster *cluster = cluster_at(assembly, i);
        if (cluster->n_observed == 0 && cluster->n_rows > 0)
            ends_make_legal(&assembly->table, cluster->first_row, exact_share(assembly, (int)i),
                            &cluster->ends);
    }
}

void
flow_ends_assemble(RepairContext *context)
{
    Assembly assembly = {.clusters = g_array_new(FALSE, FALSE, sizeof(Cluster))};

    ends_table_init(&assembly.table, context);
    cluster_agreed(&assembly);
    cluster_rest(&assembly);
    vote_again(&assembly);
    settle_rows(&assembly);
    vote_again(&assembly);
    make_drawn_legal(&assembly);
    g_autofree int *into = g_new0(int, MAX(assembly.clusters->len, 1));
    merge_clusters(&assembly, into);
    build_flows(&assembly, into);
    g_array_unref(assembly.clusters);
    ends_table_clear(&assembly.table);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of rows: read, compared, voted on. */
#include "app/repair/row_ends.h"

#include "app/trace/flow.h"

enum { N_VOTE_ROUNDS = 4 };

/* At least that of the ports of a picture, which are harder to draw than bits that never change. */
static const double picture_error_rate = 0.02;

guint
ends_hash(gconstpointer pointer)
{
    const Ends *ends = pointer;
    uint64_t hash = ends->end[0] * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) ^
                    ends->end[1] * G_GUINT64_CONSTANT(0xc2b2ae3d27d4eb4f) ^ (uint64_t)ends->group;
    return (guint)(hash >> 32 ^ hash);
}

gboolean
ends_equal(gconstpointer a, gconstpointer b)
{
    const Ends *x = a, *y = b;
    return x->group == y->group && x->end[0] == y->end[0] && x->end[1] == y->end[1];
}

bool
row_has_ports(const RepairContext *context, int row)
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

bool
row_has_address_bits(const EndsTable *table, int row)
{
    return table->has_address_bits && table->context->packets[row].ip == HEADER_IPV4;
}

int
row_end_bits(const EndsTable *table, int row)
{
    return (row_has_ports(table->context, row) ? 32 : 0) +
           (row_has_address_bits(table, row) ? 64 : 0);
}

static uint64_t
read_end(const EndsTable *table, int row, bool source)
{
    const RepairContext *context = table->context;
    uint64_t end = 0;

    if (row_has_address_bits(table, row))
        end = (uint64_t)repair_get(context, row, source ? FIELD_IPV4_SRC : FIELD_IPV4_DST) << 16;
    if (row_has_ports(context, row))
        end |= repair_get(context, row, port_field(context, row, source));
    return end;
}

/* Numbers the rows' groups and reads their ends. */
static void
read_rows(EndsTable *table)
{
    RepairContext *context = table->context;
    g_autoptr(GHashTable) groups =
        g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, NULL);
    bool is_known = context->drawn->sides & TRACE_HAS_ADDRESSES;

    for (int row = 0; row < context->trace->n_rows; row++) {
        RowEnds *ends = &table->rows[row];
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
        ends->ends.end[0] = read_end(table, row, true);
        ends->ends.end[1] = read_end(table, row, false);
    }
}

static int
ends_distance(const RowEnds *row, const Ends *to, int side)
{
    return __builtin_popcountll(row->ends.end[0] ^ to->end[side]) +
           __builtin_popcountll(row->ends.end[1] ^ to->end[!side]);
}

/* The way the packet goes where its ends do not tell. */
static int
hinted_side(const EndsTable *table, int row)
{
    const Trace *drawn = table->context->drawn;
    const Trace *template_trace = table->context->options->template_trace;

    if (drawn->sides & TRACE_HAS_DIRECTIONS)
        return table->context->trace->rows[row].direction & 1;
    if (template_trace && template_trace->n_rows > 0 &&
        (template_trace->sides & TRACE_HAS_DIRECTIONS))
        return template_trace->rows[row % template_trace->n_rows].direction & 1;
    return 0;
}

int
ends_nearest_side(const EndsTable *table, int row, const Ends *to, int *side)
{
    const RowEnds *ends = &table->rows[row];

    if (ends->order >= 0) {
        *side = ends->order;
        return ends_distance(ends, to, *side);
    }
    int forth = ends_distance(ends, to, 0), back = ends_distance(ends, to, 1);
    *side = forth == back ? hinted_side(table, row) : back < forth;
    return MIN(forth, back);
}

Ends
row_ends_key(const RowEnds *row)
{
    Ends key = row->ends;
    if (row->order == 1 || (row->order < 0 && key.end[1] < key.end[0])) {
        key.end[0] = row->ends.end[1];
        key.end[1] = row->ends.end[0];
    }
    return key;
}

/* The share of drawn bits that are wrong, by those of which the rules so far know what they are. */
static double
estimate_error_rate(const RepairContext *context)
{
    static const FieldId known[] = {FIELD_IPV4_VER,   FIELD_IPV4_RBIT, FIELD_IPV4_FOFF,
                                    FIELD_IPV4_PROTO, FIELD_IPV6_VER,  FIELD_IPV6_NH,
                                    FIELD_TCP_RES};
    const Layout *layout = context->drawn->layout;
    guint64 n = 0, n_wrong = 0;

    for (int row = 0; row < context->trace->n_rows; row++) {
        const int8_t *drawn = repair_drawn_trits(context, row);
        const int8_t *now = trace_row(context->trace, row);
        for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
            int column = layout->column_of[known[i]];
            for (int bit = 0; column >= 0 && bit < field_table[known[i]].width; bit++) {
                n += now[column + bit] >= 0;
                n_wrong += now[column + bit] >= 0 && now[column + bit] != drawn[column + bit];
            }
        }
    }
    return n ? MIN((double)n_wrong / (double)n, 0.5) : 0;
}

void
ends_add_votes(const EndsTable *table, int row, bool source, float votes[N_END_BITS])
{
    const RepairContext *context = table->context;
    const Layout *layout = context->drawn->layout;
    const int8_t *trits = repair_drawn_trits(context, row);
    int port =
        row_has_ports(context, row) ? layout->column_of[port_field(context, row, source)] : -1;
    int address = row_has_address_bits(table, row)
                      ? layout->column_of[source ? FIELD_IPV4_SRC : FIELD_IPV4_DST]
                      : -1;

    for (int bit = 0; bit < N_END_BITS; bit++) {
        int column = bit < 16 ? port + 15 - bit : address + 47 - bit;
        if ((bit < 16 ? port : address) < 0 || trits[column] < 0)
            continue;
        votes[bit] += (trits[column] ? 1.0f : -1.0f) * repair_confidence(context, row, column);
    }
}

uint64_t
ends_count_votes(const float votes[N_END_BITS], uint64_t now)
{
    uint64_t end = 0;
    for (int bit = 0; bit < N_END_BITS; bit++)
        end |= (votes[bit] == 0 ? now >> bit & 1 : votes[bit] > 0) << bit;
    return end;
}

Ends
ends_vote(const EndsTable *table, const GArray *rows)
{
    Ends centre = row_ends_key(&table->rows[g_array_index(rows, int, 0)]);

    for (int round = 0; round < N_VOTE_ROUNDS; round++) {
        float votes[2][N_END_BITS] = {{0}};
        for (guint i = 0; i < rows->len; i++) {
            int row = g_array_index(rows, int, i), side;
            ends_nearest_side(table, row, &centre, &side);
            ends_add_votes(table, row, true, votes[side]);
            ends_add_votes(table, row, false, votes[!side]);
        }
        Ends next = {
            centre.group,
            {ends_count_votes(votes[0], centre.end[0]), ends_count_votes(votes[1], centre.end[1])}};
        if (ends_equal(&next, &centre))
            break;
        centre = next;
    }
    return centre;
}

void
ends_table_init(EndsTable *table, RepairContext *context)
{
    bool is_known = context->drawn->sides & TRACE_HAS_ADDRESSES;

    *table = (EndsTable){.context = context};
    table->rows = g_new0(RowEnds, MAX(context->trace->n_rows, 1));
    table->has_address_bits = context->trace->layout->column_of[FIELD_IPV4_SRC] >= 0 && !is_known;
    table->error_rate = estimate_error_rate(context);
    if (!is_known)
        table->error_rate = MAX(table->error_rate, picture_error_rate);
    context->error_rate = MIN(table->error_rate, 0.49);
    read_rows(table);
}

void
ends_table_clear(EndsTable *table)
{
    g_clear_pointer(&table->rows, g_free);
}

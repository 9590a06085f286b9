/* SPDX-License-Identifier: Apache-2.0 */
/* What a host sets once for all packets of a flow, in their IP headers. */
#include "app/repair/drawn_column.h"
#include "app/repair/repair_flow.h"
#include "app/repair/rules.h"

#include <math.h>

/* Less than this share of errors gives no reason to doubt a value. */
static const double least_doubt = 0.001;

enum { MAX_VALUES = 8, SHORT_COLUMN = 12 };

static gint
compare_numbers(gconstpointer a, gconstpointer b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Values that more rows drew exactly than errors of the voted one, or of one already found,
 * explain; the most frequent first, after the voted one. */
static int
likely_values(const RepairContext *context, const DrawnColumn *column, int width,
              uint32_t values[MAX_VALUES])
{
    g_autofree uint32_t *sorted = g_new(uint32_t, MAX(column->n, 1));
    int n_values = 0;

    values[n_values++] = drawn_column_vote(column, width);
    for (int i = 0; i < column->n; i++)
        sorted[i] = column->drawn[i].bits;
    qsort(sorted, (size_t)column->n, sizeof *sorted, compare_numbers);
    for (int from = 0, to; from < column->n && n_values < MAX_VALUES; from = to) {
        double expected = 0;
        for (to = from; to < column->n && sorted[to] == sorted[from]; to++)
            ;
        for (int i = 0; i < n_values; i++)
            expected +=
                column->n * pow(context->error_rate, __builtin_popcount(sorted[from] ^ values[i]));
        if (to - from > 2 * expected + 3)
            values[n_values++] = sorted[from];
    }
    return n_values;
}

static uint32_t
nearest_value(const DrawnNumber *drawn, const uint32_t *values, int n_values)
{
    uint32_t best = values[0];

    for (int i = 1; i < n_values; i++) {
        if (drawn_number_cost(drawn, values[i]) < drawn_number_cost(drawn, best))
            best = values[i];
    }
    return best;
}

/* The one value that all rows of a short column agree on best. */
static uint32_t
common_value(const DrawnColumn *column, const uint32_t *values, int n_values)
{
    uint32_t best = values[0];
    float best_cost = INFINITY;

    for (int i = 0; i < n_values; i++) {
        float cost = 0;
        for (int k = 0; k < column->n; k++)
            cost += drawn_number_cost(&column->drawn[k], values[i]);
        if (cost < best_cost) {
            best = values[i];
            best_cost = cost;
        }
    }
    return best;
}

/* What another rule saw to stays: a hop count is never 0, and TCP has its own rule for the two bits
 * of congestion notification. */
static void
write_value(RepairContext *context, int row, FieldId field, uint32_t value)
{
    bool is_class = field == FIELD_IPV4_TOS || field == FIELD_IPV6_TC;
    bool is_hops = field == FIELD_IPV4_TTL || field == FIELD_IPV6_HL;

    if (is_class && context->packets[row].transport == HEADER_TCP)
        value = (value & ~3u) | (repair_get(context, row, field) & 3);
    if (!is_hops || value > 0)
        repair_set(context, row, field, value);
}

/* Flows too short to tell their own values have those of the whole trace to choose from. */
static void
settle_field(RepairContext *context, const RepairFlow *flow, int side, FieldId field,
             const uint32_t *shared, int n_shared)
{
    DrawnColumn column = drawn_column_of_side(context, flow, side, field);
    uint32_t values[MAX_VALUES];
    int n_values = 1;

    if (column.n < SHORT_COLUMN && n_shared > 0)
        values[0] = common_value(&column, shared, n_shared);
    else
        n_values = likely_values(context, &column, field_table[field].width, values);
    for (int i = 0; i < column.n; i++) {
        if (!context->packets[column.rows[i]].observed)
            write_value(context, column.rows[i], field,
                        nearest_value(&column.drawn[i], values, n_values));
    }
    drawn_column_clear(&column);
}

static const struct {
    Header ip;
    FieldId field;
} constants[] = {
    {HEADER_IPV4, FIELD_IPV4_TTL}, {HEADER_IPV4, FIELD_IPV4_TOS}, {HEADER_IPV4, FIELD_IPV4_DFBIT},
    {HEADER_IPV6, FIELD_IPV6_HL},  {HEADER_IPV6, FIELD_IPV6_TC},  {HEADER_IPV6, FIELD_IPV6_FL},
};

static void
settle_constant(RepairContext *context, Header ip, FieldId field)
{
    DrawnColumn column = drawn_column_of_trace(context, ip, field);
    uint32_t shared[MAX_VALUES];
    int n_shared = column.n >= SHORT_COLUMN
                       ? likely_values(context, &column, field_table[field].width, shared)
                       : 0;

    drawn_column_clear(&column);
    for (guint i = 0; i < context->flows->len; i++) {
        const RepairFlow *flow = g_ptr_array_index(context->flows, i);
        for (int side = 0; side < 2 && flow->ip == ip && flow_is_repaired(flow); side++)
            settle_field(context, flow, side, field, shared, n_shared);
    }
}

static void
repair_constants(RepairContext *context)
{
    if (context->error_rate < least_doubt || context->error_rate > REPAIR_MOST_DOUBT)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(constants); i++)
        settle_constant(context, constants[i].ip, constants[i].field);
}

/* clang-format off */
#define FIELDS_CONSTANT                                                                            \
    (F(IPV4_TTL) | F(IPV4_TOS) | F(IPV4_DFBIT) | F(IPV6_HL) | F(IPV6_TC) | F(IPV6_FL))

const RepairRule rules_constant[] = {
    {.id = "flow-constants", .tree = REPAIR_INTER_PACKET,
     .statement = N_("The packets that one end sends in a flow have one hop count, class, flow label and "
                  "leave to be fragmented, or one of a few that many of them share."),
     .source = N_("RFC 6437, section 3; RFC 2474, section 4; RFC 6864, section 4"),
     .reads = FIELDS_CONSTANT, .writes = FIELDS_CONSTANT,
     .after = AFTER("tcp-ecn"), .apply = repair_constants},
    {NULL},
};
/* clang-format on */

/* SPDX-License-Identifier: Apache-2.0 */
/* What a host sets in the IP headers of a flow: values that stay the same along it, and how it
 * numbers its packets. */
#include "app/repair/counter_track.h"
#include "app/repair/rules.h"
#include "app/repair/tcp_flow.h"

#include <math.h>

/* Between these a trace has errors enough to doubt a value, and few enough to tell which. */
static const double least_doubt = 0.001, most_doubt = 0.35;

enum { MAX_VALUES = 8 };

/* The rows of one side of a flow, with a field as it was drawn. */
typedef struct {
    int *rows;
    DrawnNumber *drawn;
    int n;
} Column;

static Column
column_of(const RepairContext *context, const RepairFlow *flow, int side, FieldId field)
{
    Column column = {g_new(int, flow->rows->len), g_new(DrawnNumber, flow->rows->len), 0};

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].side != side)
            continue;
        column.rows[column.n] = row;
        column.drawn[column.n++] = drawn_number(context, row, field, 0, field_table[field].width);
    }
    return column;
}

static void
column_clear(Column *column)
{
    g_free(column->rows);
    g_free(column->drawn);
}

/* Bit by bit what most rows drew. */
static uint32_t
vote_bits(const Column *column, int width)
{
    uint32_t voted = 0;

    for (int bit = 0; bit < width; bit++) {
        float sum = 0;
        for (int i = 0; i < column->n; i++) {
            const DrawnNumber *drawn = &column->drawn[i];
            float confidence = drawn->confidence ? drawn->confidence[width - 1 - bit] : 1;
            if (drawn->known >> bit & 1)
                sum += drawn->bits >> bit & 1 ? confidence : -confidence;
        }
        voted |= (uint32_t)(sum > 0) << bit;
    }
    return voted;
}

static gint
compare_numbers(gconstpointer a, gconstpointer b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The voted value, and those that more rows drew exactly than errors of the voted one explain. */
static int
likely_values(const RepairContext *context, const Column *column, int width, uint32_t *values)
{
    g_autofree uint32_t *sorted = g_new(uint32_t, MAX(column->n, 1));
    int n_values = 0;

    values[n_values++] = vote_bits(column, width);
    for (int i = 0; i < column->n; i++)
        sorted[i] = column->drawn[i].bits;
    qsort(sorted, (size_t)column->n, sizeof *sorted, compare_numbers);
    for (int from = 0, to; from < column->n && n_values < MAX_VALUES; from = to) {
        for (to = from; to < column->n && sorted[to] == sorted[from]; to++)
            ;
        int distance = __builtin_popcount(sorted[from] ^ values[0]);
        double expected = column->n * pow(context->error_rate, distance);
        if (distance > 0 && to - from > 3 * expected + 3)
            values[n_values++] = sorted[from];
    }
    return n_values;
}

static void
settle_field(RepairContext *context, const RepairFlow *flow, int side, FieldId field)
{
    Column column = column_of(context, flow, side, field);
    uint32_t values[MAX_VALUES];
    int n_values = likely_values(context, &column, field_table[field].width, values);

    for (int i = 0; i < column.n; i++) {
        uint32_t best = values[0];
        for (int k = 1; k < n_values; k++) {
            if (drawn_number_cost(&column.drawn[i], values[k]) <
                drawn_number_cost(&column.drawn[i], best))
                best = values[k];
        }
        /* What another rule had to change stays. */
        if (!context->packets[column.rows[i]].observed &&
            repair_get(context, column.rows[i], field) == column.drawn[i].bits)
            repair_set(context, column.rows[i], field, best);
    }
    column_clear(&column);
}

static bool
is_repaired(const RepairFlow *flow)
{
    return flow->kind != FLOW_OBSERVED;
}

static void
settle_flow(RepairContext *context, RepairFlow *flow)
{
    static const FieldId ipv4[] = {FIELD_IPV4_TTL, FIELD_IPV4_TOS, FIELD_IPV4_DFBIT};
    static const FieldId ipv6[] = {FIELD_IPV6_HL, FIELD_IPV6_TC, FIELD_IPV6_FL};
    const FieldId *fields = flow->ip == HEADER_IPV4 ? ipv4 : ipv6;

    for (int side = 0; side < 2; side++) {
        for (guint i = 0; i < G_N_ELEMENTS(ipv4); i++)
            settle_field(context, flow, side, fields[i]);
    }
}

static void
repair_constants(RepairContext *context)
{
    if (context->error_rate >= least_doubt && context->error_rate <= most_doubt)
        for_each_flow(context, is_repaired, settle_flow);
}

/* How a host numbers the packets of a flow. */
typedef enum { NUMBER_FREELY, NUMBER_ZERO, NUMBER_COUNTING } Numbering;

static const TrackStep identification_steps[] = {
    {0, 0.1f, false}, {1, 3, false}, {2, 3.5f, false}, {3, 4, false}, {4, 4.5f, false},
    {5, 4.5f, false}, {6, 5, false}, {7, 5, false},    {8, 5, false},
};

static void
count_packets(const RepairContext *context, const Column *column, TrackItem *items)
{
    TrackModel model = {.bit_weight = repair_bit_weight(context),
                        .mask = 0xffff,
                        .steps = identification_steps,
                        .n_steps = G_N_ELEMENTS(identification_steps),
                        .jump_cost = 9,
                        .max_jump = 4096,
                        .repeat_cost = INFINITY};

    for (int i = 0; i < column->n; i++)
        items[i] = (TrackItem){.drawn = column->drawn[i], .advance = 1};
    track_counter(&model, items, column->n);
}

/* Nats that each way to number needs to explain what was drawn: the bits that are then wrong, and
 * for a counter its steps, for free numbers all their bits. */
static Numbering
likely_numbering(const RepairContext *context, const Column *column, const TrackItem *items)
{
    double weight = repair_bit_weight(context), right = log1p(exp(-weight));
    double zero = 2, counting = 12, freely = 0;

    for (int i = 0; i < column->n; i++) {
        bool is_next = i > 0 && items[i].number == ((items[i - 1].number + 1) & 0xffff);
        zero += weight * drawn_number_cost(&column->drawn[i], 0) + 16 * right;
        counting += weight * drawn_number_cost(&column->drawn[i], items[i].number) + 16 * right +
                    (is_next ? 0.1 : 5);
        freely += 16 * G_LN2;
    }
    if (zero < freely && zero <= counting)
        return NUMBER_ZERO;
    return counting < freely ? NUMBER_COUNTING : NUMBER_FREELY;
}

/* Of packets that may be fragmented no two have one number (RFC 6864, section 4.3). */
static uint32_t
unused_number(const DrawnNumber *drawn, uint32_t number, const uint8_t *is_used)
{
    uint32_t best = number;
    float best_cost = INFINITY;

    for (int bit = 0; bit < 16 && is_used[number]; bit++) {
        uint32_t other = number ^ 1u << bit;
        if (!is_used[other] && drawn_number_cost(drawn, other) < best_cost) {
            best = other;
            best_cost = drawn_number_cost(drawn, other);
        }
    }
    for (int i = 0; i < 0x10000 && is_used[best]; i++)
        best = (best + 1) & 0xffff;
    return best;
}

static void
write_numbers(RepairContext *context, const Column *column, const TrackItem *items,
              Numbering numbering)
{
    g_autofree uint8_t *is_used = g_malloc0(0x10000);

    for (int i = 0; i < column->n; i++) {
        int row = column->rows[i];
        bool may_fragment = !repair_get(context, row, FIELD_IPV4_DFBIT);
        uint32_t now = repair_get(context, row, FIELD_IPV4_ID), number = now;

        if (context->packets[row].observed) {
            is_used[now] = 1;
            continue;
        }
        if (numbering == NUMBER_ZERO && !may_fragment)
            number = 0;
        else if (numbering == NUMBER_COUNTING)
            number = items[i].number;
        if (may_fragment)
            number = unused_number(&column->drawn[i], number, is_used);
        is_used[number] = 1;
        repair_set(context, row, FIELD_IPV4_ID, number);
    }
}

static void
identify_flow(RepairContext *context, RepairFlow *flow)
{
    for (int side = 0; side < 2 && flow->ip == HEADER_IPV4; side++) {
        Column column = column_of(context, flow, side, FIELD_IPV4_ID);
        g_autofree TrackItem *items = g_new0(TrackItem, MAX(column.n, 1));

        count_packets(context, &column, items);
        write_numbers(context, &column, items, likely_numbering(context, &column, items));
        column_clear(&column);
    }
}

static void
repair_identifications(RepairContext *context)
{
    for_each_flow(context, is_repaired, identify_flow);
}

/* clang-format off */
#define FIELDS_CONSTANT                                                                            \
    (F(IPV4_TTL) | F(IPV4_TOS) | F(IPV4_DFBIT) | F(IPV6_HL) | F(IPV6_TC) | F(IPV6_FL))

const RepairRule rules_ip_flow[] = {
    {.id = "flow-constants", .tree = REPAIR_INTER_PACKET,
     .statement = "The packets that one end sends in a flow have one hop count, class, flow label and "
                  "leave to be fragmented, or one of a few that many of them share.",
     .source = "RFC 6437, section 3; RFC 2474, section 4; RFC 6864, section 4",
     .reads = FIELDS_CONSTANT, .writes = FIELDS_CONSTANT,
     .after = AFTER("tcp-ecn"), .apply = repair_constants},
    {.id = "ipv4-identification", .tree = REPAIR_INTER_PACKET,
     .statement = "A host numbers its packets by counting, with 0 throughout where they may not be "
                  "fragmented, or freely; those that may be fragmented all differ.",
     .source = "RFC 6864, sections 4.1 to 4.3",
     .reads = F(IPV4_DFBIT) | F(IPV4_ID), .writes = F(IPV4_ID),
     .after = AFTER("flow-constants"), .apply = repair_identifications},
    {NULL},
};
/* clang-format on */

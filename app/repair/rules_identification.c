/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 identifications: how hosts number their packets. */
#include "app/repair/counter_track.h"
#include "app/repair/drawn_column.h"
#include "app/repair/fragments.h"
#include "app/repair/packet_bytes.h"
#include "app/repair/repair_flow.h"
#include "app/repair/rules.h"

#include <math.h>

/* How a host numbers the packets of a flow. */
typedef enum { NUMBER_FREELY, NUMBER_ZERO, NUMBER_COUNTING } Numbering;

static const TrackStep identification_steps[] = {
    {0, 0.1f, false}, {1, 3, false}, {2, 3.5f, false}, {3, 4, false}, {4, 4.5f, false},
    {5, 4.5f, false}, {6, 5, false}, {7, 5, false},    {8, 5, false},
};

static void
count_packets(const RepairContext *context, const DrawnColumn *column, TrackItem *items)
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
likely_numbering(const RepairContext *context, const DrawnColumn *column, const TrackItem *items)
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

/* The number of a row and its header checksum vouch for each other. */
typedef struct {
    DrawnNumber number, checksum;
    guint32 sum; /* of the rest of the header */
} Pair;

/* False where the addresses that the checksum covers are not the drawn ones. */
static bool
pair_init(Pair *pair, const RepairContext *context, int row, const DrawnNumber *number)
{
    uint8_t bytes[60];
    bool is_whole;
    int n = packet_ip_bytes(context, row, bytes, &is_whole);

    if (!is_whole || !(context->drawn->sides & TRACE_HAS_ADDRESSES) ||
        context->error_rate > REPAIR_MOST_DOUBT)
        return false;
    bytes[4] = bytes[5] = bytes[10] = bytes[11] = 0;
    *pair = (Pair){*number, drawn_number(context, row, FIELD_IPV4_CKSUM, 0, 16),
                   checksum_add(0, bytes, n)};
    return true;
}

static float
pair_cost(const Pair *pair, uint32_t number)
{
    return drawn_number_cost(&pair->number, number) +
           drawn_number_cost(&pair->checksum, checksum_finish(pair->sum + number));
}

/* The number within two bits of the drawn one that leaves least wrong in both. */
static uint32_t
fit_pair(const Pair *pair)
{
    uint32_t best = pair->number.bits;
    float best_cost = INFINITY;

    /* Bit 16 is none: from no flip to two. */
    for (int a = 16; a >= 0; a--) {
        for (int b = a; b >= 0; b--) {
            uint32_t number = pair->number.bits ^ ((1u << a ^ (a == b ? 0 : 1u << b)) & 0xffff);
            float cost = pair_cost(pair, number);
            if (cost < best_cost) {
                best = number;
                best_cost = cost;
            }
        }
    }
    return best;
}

/* What it takes not to believe the way a host numbers, in nats. */
static const double irregular_cost = 5;

/* The number that the host's way gives, unless the checksum speaks for another. */
static uint32_t
choose_number(const RepairContext *context, int row, const DrawnNumber *drawn, uint32_t regular,
              bool is_free)
{
    Pair pair;

    if (!pair_init(&pair, context, row, drawn))
        return regular;
    uint32_t fitting = fit_pair(&pair);
    double weight = repair_bit_weight(context);
    bool is_regular = !is_free && weight * pair_cost(&pair, regular) <=
                                      weight * pair_cost(&pair, fitting) + irregular_cost;
    return is_regular ? regular : fitting;
}

static void
write_numbers(RepairContext *context, const DrawnColumn *column, const TrackItem *items,
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
        number = choose_number(context, row, &column->drawn[i], number, number == now);
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
        DrawnColumn column = drawn_column_of_side(context, flow, side, FIELD_IPV4_ID);
        g_autofree TrackItem *items = g_new0(TrackItem, MAX(column.n, 1));

        count_packets(context, &column, items);
        write_numbers(context, &column, items, likely_numbering(context, &column, items));
        drawn_column_clear(&column);
    }
}

static void
repair_identifications(RepairContext *context)
{
    for_each_flow(context, flow_is_repaired, identify_flow);
    fragment_share_numbers(context);
}

/* clang-format off */
const RepairRule rules_identification[] = {
    {.id = "ipv4-identification", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A host numbers its packets by counting, with 0 throughout where they may not be "
                  "fragmented, or freely; those that may be fragmented all differ, and the "
                  "fragments of one have the same."),
     .source = N_("RFC 6864, sections 4.1 to 4.3"),
     .reads = FIELDS_IPV4_HEADER, .writes = F(IPV4_ID),
     .after = AFTER("flow-constants", "flow-addresses", "ipv4-total-length"), .apply = repair_identifications},
    {NULL},
};
/* clang-format on */

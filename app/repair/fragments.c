/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments: which rows are such, what they are fragments of. */
#include "app/repair/fragments.h"

#include <math.h>

#include "app/trace/flow.h"

enum { NEAR_ROWS = 4, OFFSET_UNIT = 8, LEAST_VOTES = 5 };

static bool
is_sound_opaque(const RepairContext *context, int row)
{
    const RepairPacket *packet = &context->packets[row];

    return packet->ip == HEADER_IPV4 && packet->transport == N_HEADERS && packet->sound;
}

/* True when nothing above the IPv4 header was drawn, not a bit. */
static bool
is_opaque(const RepairContext *context, int row)
{
    const int8_t *trits = repair_drawn_trits(context, row);

    for (int header = HEADER_TCP; header <= HEADER_ICMP; header++) {
        int first, n;
        if (!layout_header_span(context->drawn->layout, (Header)header, &first, &n))
            continue;
        for (int column = first; column < first + n; column++) {
            if (trits[column] >= 0)
                return false;
        }
    }
    return context->packets[row].ip == HEADER_IPV4;
}

/* What a row without transport header may be: protocol, more fragments, offset. */
typedef struct {
    uint32_t value[3];
} Kin;

static const FieldId kin_fields[3] = {FIELD_IPV4_PROTO, FIELD_IPV4_MFBIT, FIELD_IPV4_FOFF};

static bool
kin_is_opaque(const Kin *kin)
{
    return kin->value[2] > 0 || (kin->value[0] != 1 && kin->value[0] != 6 && kin->value[0] != 17);
}

/* Whether another sound row says the same: two flips may leave a checksum right. */
static bool
has_twin(const RepairContext *context, int row)
{
    for (int other = 0; other < context->trace->n_rows; other++) {
        bool is_same = other != row && is_sound_opaque(context, other);
        for (int i = 0; i < 3 && is_same; i++)
            is_same = repair_get(context, row, kin_fields[i]) ==
                      repair_get(context, other, kin_fields[i]);
        if (is_same)
            return true;
    }
    return false;
}

/* The sound row with a twin that is nearest in what was drawn, lengths being equal or not. */
static bool
find_sound_kin(const RepairContext *context, int row, Kin *kin)
{
    float best_cost = INFINITY;

    for (int other = 0; other < context->trace->n_rows; other++) {
        if (!is_sound_opaque(context, other))
            continue;
        Kin its;
        float cost = context->trace->rows[row].length != context->trace->rows[other].length;
        for (int i = 0; i < 3; i++) {
            its.value[i] = repair_get(context, other, kin_fields[i]);
            cost += repair_cost(context, row, kin_fields[i], its.value[i]);
        }
        if (cost < best_cost && has_twin(context, other)) {
            best_cost = cost;
            *kin = its;
        }
    }
    return best_cost < INFINITY;
}

/* Where none is sound: each bit as most rows of that length and without transport header drew it.
 */
static bool
vote_kin(const RepairContext *context, int row, Kin *kin)
{
    const Layout *layout = context->drawn->layout;
    int votes[3][16] = {{0}}, n = 0;

    for (int other = 0; other < context->trace->n_rows; other++) {
        if (context->trace->rows[other].length != context->trace->rows[row].length ||
            !is_opaque(context, other))
            continue;
        const int8_t *trits = repair_drawn_trits(context, other);
        for (int i = 0; i < 3; i++) {
            for (int bit = 0; bit < field_table[kin_fields[i]].width; bit++) {
                int8_t trit = trits[layout->column_of[kin_fields[i]] + bit];
                votes[i][bit] += trit > 0 ? 1 : trit == 0 ? -1 : 0;
            }
        }
        n++;
    }
    for (int i = 0; i < 3; i++) {
        kin->value[i] = 0;
        for (int bit = 0; bit < field_table[kin_fields[i]].width; bit++)
            kin->value[i] = kin->value[i] << 1 | (votes[i][bit] > 0);
    }
    return n >= LEAST_VOTES && kin_is_opaque(kin);
}

bool
fragment_repair_opaque(RepairContext *context, int row)
{
    Kin kin = {{0}};

    if (!(context->drawn->sides & TRACE_HAS_LENGTHS) || !is_opaque(context, row) ||
        (!find_sound_kin(context, row, &kin) && !vote_kin(context, row, &kin)))
        return false;
    for (int i = 0; i < 3; i++)
        repair_set(context, row, kin_fields[i], kin.value[i]);
    return true;
}

static bool
holds_rest(const RepairContext *context, int row, int other)
{
    if (other < 0 || other >= context->trace->n_rows || context->packets[other].ip != HEADER_IPV4 ||
        context->packets[other].transport != N_HEADERS)
        return false;
    int offset = (int)repair_get(context, other, FIELD_IPV4_FOFF) * OFFSET_UNIT;
    if (offset == 0 ||
        (int)context->trace->rows[row].length != repair_ip_header_bytes(context, row) + offset)
        return false;
    Address src = repair_address(context, row, true), dst = repair_address(context, row, false);
    Address other_src = repair_address(context, other, true);
    Address other_dst = repair_address(context, other, false);
    return address_equal(&src, &other_src) && address_equal(&dst, &other_dst);
}

int
fragment_rest(const RepairContext *context, int row)
{
    if (!(context->drawn->sides & TRACE_HAS_LENGTHS) || context->packets[row].ip != HEADER_IPV4 ||
        context->packets[row].transport == N_HEADERS)
        return -1;
    /* The nearest, unless another has the same number. */
    uint32_t number = repair_get(context, row, FIELD_IPV4_ID);
    int nearest = -1;
    for (int other = row + 1; other <= row + NEAR_ROWS; other++) {
        if (!holds_rest(context, row, other))
            continue;
        if (repair_get(context, other, FIELD_IPV4_ID) == number)
            return other;
        if (nearest < 0)
            nearest = other;
    }
    return nearest;
}

void
fragment_share_numbers(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        int rest = repair_get(context, row, FIELD_IPV4_MFBIT) ? fragment_rest(context, row) : -1;
        if (rest < 0)
            continue;
        if (!context->packets[rest].sound)
            repair_set(context, rest, FIELD_IPV4_ID, repair_get(context, row, FIELD_IPV4_ID));
        else if (!context->packets[row].sound)
            repair_set(context, row, FIELD_IPV4_ID, repair_get(context, rest, FIELD_IPV4_ID));
    }
}

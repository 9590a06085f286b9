/* SPDX-License-Identifier: Apache-2.0 */
/* A number of up to 32 bits as it was drawn, and how much its bits hold against another value. */
#pragma once

#include "app/repair/repair_context.h"

typedef struct {
    uint32_t bits;           /* right-aligned; absent bits 0 */
    uint32_t known;          /* 1 where a bit was drawn at all */
    const float *confidence; /* of each bit, the most significant first; NULL: all 1. Borrowed */
    int width;
} DrawnNumber;

/* The number that the drawn trits have from a bit of a field on (width 1..32); what no trit says is
 * not known. A field that the layout lacks gives a number of which nothing is known. */
DrawnNumber drawn_number(const RepairContext *context, int row, FieldId field, int first_bit,
                         int width);

/* Confidence that is lost when it becomes value: 0 when the drawn bits say just that. */
static inline float
drawn_number_cost(const DrawnNumber *number, uint32_t value)
{
    uint32_t wrong = (number->bits ^ value) & number->known;
    float cost = 0;

    if (!number->confidence)
        return (float)__builtin_popcount(wrong);
    for (; wrong; wrong &= wrong - 1)
        cost += number->confidence[number->width - 1 - __builtin_ctz(wrong)];
    return cost;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Drawn trits read as a number. */
#include "app/repair/drawn_number.h"

DrawnNumber
drawn_number(const RepairContext *context, int row, FieldId field, int first_bit, int width)
{
    const Trace *drawn = context->drawn;
    int column = drawn->layout->column_of[field];
    DrawnNumber number = {.width = width};

    g_return_val_if_fail(width >= 1 && width <= 32 && first_bit >= 0, number);
    if (!field_set_has(context->reads | context->writes, field))
        context->audit->reads |= (FieldSet)1 << field;
    if (column < 0 || first_bit + width > field_table[field].width)
        return number;
    column += first_bit;
    const int8_t *trits = repair_drawn_trits(context, row) + column;
    for (int i = 0; i < width; i++) {
        number.bits = number.bits << 1 | (trits[i] > 0);
        number.known = number.known << 1 | (trits[i] >= 0);
    }
    if (drawn->confidence)
        number.confidence =
            drawn->confidence + (size_t)context->row_of[row] * drawn->layout->n_columns + column;
    return number;
}

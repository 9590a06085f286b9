/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of rows, side by side. */
#include "app/repair/drawn_column.h"

#include "app/repair/repair_flow.h"

DrawnColumn
drawn_column_of_side(const RepairContext *context, const RepairFlow *flow, int side, FieldId field)
{
    DrawnColumn column = {g_new(int, flow->rows->len), g_new(DrawnNumber, flow->rows->len), 0};

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].side != side)
            continue;
        column.rows[column.n] = row;
        column.drawn[column.n++] = drawn_number(context, row, field, 0, field_table[field].width);
    }
    return column;
}

void
drawn_column_clear(DrawnColumn *column)
{
    g_free(column->rows);
    g_free(column->drawn);
}

DrawnColumn
drawn_column_of_trace(const RepairContext *context, Header ip, FieldId field)
{
    DrawnColumn column = {g_new(int, MAX(context->trace->n_rows, 1)),
                          g_new(DrawnNumber, MAX(context->trace->n_rows, 1)), 0};

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].ip != ip)
            continue;
        column.rows[column.n] = row;
        column.drawn[column.n++] = drawn_number(context, row, field, 0, field_table[field].width);
    }
    return column;
}

uint32_t
drawn_column_vote(const DrawnColumn *column, int width)
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

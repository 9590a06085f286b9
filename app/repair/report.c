/* SPDX-License-Identifier: Apache-2.0 */
/* The report: the difference between the trace as drawn and as it came out, field by field, with
 * the rule that wrote it. */
#include "app/repair/repair_context.h"
#include "app/repair/report_tally.h"

#include <string.h>

void
repair_report_free(RepairReport *report)
{
    if (!report)
        return;
    g_clear_pointer(&report->changes, g_array_unref);
    g_clear_pointer(&report->trits, g_byte_array_unref);
    g_free(report->row_of);
    g_free(report);
}

/* after NULL: all absent. */
static void
add_change(RepairReport *report, int row, FieldId field, const int8_t *before, const int8_t *after,
           int rule)
{
    int width = field_table[field].width;
    RepairChange change = {.row = row, .field = field, .rule = (int16_t)rule};

    for (int i = 0; i < width; i++)
        change.n_bits += before[i] != (after ? after[i] : -1);
    if (change.n_bits == 0)
        return;
    change.before = report_first_bits(before, width);
    change.after = after ? report_first_bits(after, width) : 0;
    change.trits = report->trits->len;
    g_byte_array_append(report->trits, (const guint8 *)before, width);
    guint at = report->trits->len;
    g_byte_array_set_size(report->trits, at + width);
    if (after)
        memcpy(report->trits->data + at, after, width);
    else
        memset(report->trits->data + at, -1, width);
    report->n_bits_changed += change.n_bits;
    g_array_append_val(report->changes, change);
}

RepairReport *
repair_report_new(const RepairContext *context)
{
    const Trace *drawn = context->drawn, *trace = context->trace;
    const Layout *layout = drawn->layout;
    RepairReport *report = g_new0(RepairReport, 1);
    guint next_drop = 0;
    int out = 0;

    report->changes = g_array_new(FALSE, FALSE, sizeof(RepairChange));
    report->trits = g_byte_array_new();
    report->n_rows_in = drawn->n_rows;
    report->n_rows_out = trace->n_rows;
    report->n_padding = context->n_padding;
    report->n_dropped = (int)context->drops->len;
    report->n_flows = (int)context->flows->len;
    report->n_bits = (guint64)drawn->n_rows * layout->n_columns;
    memcpy(report->n_sides, context->n_sides, sizeof report->n_sides);
    report->row_of = g_memdup2(context->row_of, MAX(trace->n_rows, 1) * sizeof(int));
    for (int row = 0; row < drawn->n_rows; row++) {
        const int8_t *before = trace_row(drawn, row), *after = NULL;
        const int16_t *by = context->written_by + (size_t)row * N_FIELDS;
        int dropped_by = -1;

        if (out < trace->n_rows && context->row_of[out] == row)
            after = trace_row(trace, out++);
        else if (next_drop < context->drops->len &&
                 g_array_index(context->drops, RepairDrop, next_drop).row == row)
            dropped_by = g_array_index(context->drops, RepairDrop, next_drop++).rule;
        else
            continue; /* padding */
        for (int i = 0; i < layout->n_fields; i++) {
            FieldId field = layout->fields[i].field;
            int column = layout->fields[i].first_column;
            if (after && by[field] < 0)
                continue;
            add_change(report, row, field, before + column, after ? after + column : NULL,
                       after ? by[field] : dropped_by);
        }
    }
    return report;
}

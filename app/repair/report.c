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
    g_clear_pointer(&report->declined, g_array_unref);
    g_clear_pointer(&report->trits, g_byte_array_unref);
    g_free(report->row_of);
    g_free(report->flow_of);
    g_free(report);
}

/* after NULL: all absent. Nothing where nothing differs. */
static void
add_change(RepairReport *report, GArray *to, RepairChange change, const int8_t *before,
           const int8_t *after)
{
    int width = field_table[change.field].width;

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
    if (to == report->changes)
        report->n_bits_changed += change.n_bits;
    g_array_append_val(to, change);
}

static int
compare_wishes(gconstpointer a, gconstpointer b)
{
    const RepairWish *one = a, *two = b;

    return one->row != two->row       ? one->row - two->row
           : one->field != two->field ? (int)one->field - (int)two->field
                                      : one->rule - two->rule;
}

/* Of what was wished for, what did not come about by another way. */
static void
add_declined(RepairReport *report, const RepairContext *context)
{
    const Layout *layout = context->drawn->layout;
    int out = 0;

    g_array_sort(context->wishes, compare_wishes);
    for (guint i = 0; i < context->wishes->len; i++) {
        const RepairWish *wish = &g_array_index(context->wishes, RepairWish, i);
        size_t at = (size_t)wish->row * N_FIELDS + wish->field;
        RepairChange change = {.row = wish->row,
                               .field = wish->field,
                               .rule = wish->rule,
                               .rules = context->writers[at] | (uint64_t)1 << wish->rule};
        while (out < context->trace->n_rows && context->row_of[out] < wish->row)
            out++;
        if (out < context->trace->n_rows && context->row_of[out] == wish->row)
            add_change(report, report->declined, change,
                       trace_row(context->trace, out) + layout->column_of[wish->field],
                       (const int8_t *)context->wished->data + wish->trits);
    }
}

/* Of the trace as it came out. */
static int *
copy_flows(const RepairContext *context)
{
    int *flow_of = g_new(int, MAX(context->trace->n_rows, 1));

    for (int row = 0; row < context->trace->n_rows; row++)
        flow_of[row] = context->packets[row].flow;
    return flow_of;
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
    report->declined = g_array_new(FALSE, FALSE, sizeof(RepairChange));
    report->trits = g_byte_array_new();
    report->n_rows_in = drawn->n_rows;
    report->n_rows_out = trace->n_rows;
    report->n_padding = context->n_padding;
    report->n_dropped = (int)context->drops->len;
    report->n_as_drawn = context->n_as_drawn;
    report->n_flows = (int)context->flows->len;
    report->n_bits = (guint64)drawn->n_rows * layout->n_columns;
    memcpy(report->n_sides, context->n_sides, sizeof report->n_sides);
    report->row_of = g_memdup2(context->row_of, MAX(trace->n_rows, 1) * sizeof(int));
    report->flow_of = copy_flows(context);
    for (int row = 0; row < drawn->n_rows; row++) {
        const int8_t *before = trace_row(drawn, row), *after = NULL;
        const int16_t *by = context->written_by + (size_t)row * N_FIELDS;
        const uint64_t *writers = context->writers + (size_t)row * N_FIELDS;
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
            RepairChange change = {.row = row,
                                   .field = field,
                                   .rule = (int16_t)(after ? by[field] : dropped_by),
                                   .rules = writers[field]};
            change.rules |= (uint64_t)1 << change.rule;
            add_change(report, report->changes, change, before + column,
                       after ? after + column : NULL);
        }
    }
    add_declined(report, context);
    return report;
}

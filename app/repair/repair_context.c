/* SPDX-License-Identifier: Apache-2.0 */
/* Fields written with a note of the rule, evidence weighed bit by bit. */
#include "app/repair/repair_context.h"

#include <math.h>
#include <string.h>

static void
flow_free(gpointer data)
{
    RepairFlow *flow = data;
    g_array_unref(flow->rows);
    g_clear_pointer(&flow->marks[0], g_array_unref);
    g_clear_pointer(&flow->marks[1], g_array_unref);
    g_free(flow);
}

void
repair_context_init(RepairContext *context, const Trace *drawn, const RepairOptions *options)
{
    size_t n_stamps = (size_t)drawn->n_rows * N_FIELDS;

    *context = (RepairContext){.drawn = drawn, .options = options};
    context->trace = trace_copy(drawn);
    g_clear_pointer(&context->trace->confidence, g_free);
    context->row_of = g_new(int, MAX(drawn->n_rows, 1));
    for (int row = 0; row < drawn->n_rows; row++)
        context->row_of[row] = row;
    context->packets = g_new0(RepairPacket, MAX(drawn->n_rows, 1));
    context->flows = g_ptr_array_new_with_free_func(flow_free);
    context->column_vote = g_new0(int8_t, drawn->layout->n_columns);
    context->written_by = g_new(int16_t, MAX(n_stamps, 1));
    memset(context->written_by, 0xff, n_stamps * sizeof *context->written_by);
    context->writers = g_new0(uint64_t, MAX(n_stamps, 1));
    context->wishes = g_array_new(FALSE, FALSE, sizeof(RepairWish));
    context->wished = g_byte_array_new();
    context->is_dropped = g_new0(uint8_t, MAX(drawn->n_rows, 1));
    context->drops = g_array_new(FALSE, FALSE, sizeof(RepairDrop));
    context->audit = g_new0(RepairAudit, 1);
}

void
repair_context_clear(RepairContext *context)
{
    trace_free(context->trace);
    g_free(context->row_of);
    g_free(context->packets);
    g_ptr_array_unref(context->flows);
    g_free(context->column_vote);
    g_free(context->written_by);
    g_free(context->writers);
    g_array_unref(context->wishes);
    g_byte_array_unref(context->wished);
    g_free(context->is_dropped);
    g_array_unref(context->drops);
    g_free(context->audit);
}

/* All that a rule may change. */
struct RepairSaved {
    Trace *trace;
    int16_t *written_by;
    uint64_t *writers;
    int n_sides[N_REPAIR_SIDES];
    int n_padding;
    guint n_drops;
};

RepairSaved *
repair_context_save(const RepairContext *context)
{
    RepairSaved *saved = g_new0(RepairSaved, 1);
    size_t n_stamps = MAX((size_t)context->drawn->n_rows * N_FIELDS, 1);

    saved->trace = trace_copy(context->trace);
    saved->written_by = g_memdup2(context->written_by, n_stamps * sizeof *saved->written_by);
    saved->writers = g_memdup2(context->writers, n_stamps * sizeof *saved->writers);
    memcpy(saved->n_sides, context->n_sides, sizeof saved->n_sides);
    saved->n_padding = context->n_padding;
    saved->n_drops = context->drops->len;
    return saved;
}

/* What the rule did, before it is taken back. */
static void
note_wishes(RepairContext *context, const RepairSaved *saved)
{
    const Layout *layout = context->trace->layout;

    for (int row = 0; row < context->trace->n_rows; row++) {
        const int16_t *by = context->written_by + (size_t)context->row_of[row] * N_FIELDS;
        for (int i = 0; i < layout->n_fields; i++) {
            FieldId field = layout->fields[i].field;
            int column = layout->fields[i].first_column, width = field_table[field].width;
            const int8_t *trits = trace_row(context->trace, row) + column;
            RepairWish wish = {.row = context->row_of[row],
                               .field = field,
                               .rule = (int16_t)context->rule,
                               .trits = context->wished->len};
            if (by[field] != context->rule ||
                memcmp(trits, trace_row(saved->trace, row) + column, (size_t)width) == 0)
                continue;
            g_byte_array_append(context->wished, (const guint8 *)trits, (guint)width);
            g_array_append_val(context->wishes, wish);
        }
    }
}

void
repair_context_restore(RepairContext *context, RepairSaved *saved)
{
    note_wishes(context, saved);
    trace_free(context->trace);
    context->trace = saved->trace;
    g_free(context->written_by);
    context->written_by = saved->written_by;
    g_free(context->writers);
    context->writers = saved->writers;
    memcpy(context->n_sides, saved->n_sides, sizeof saved->n_sides);
    context->n_padding = saved->n_padding;
    g_array_set_size(context->drops, saved->n_drops);
    memset(context->is_dropped, 0, MAX(context->drawn->n_rows, 1));
    g_free(saved);
}

void
repair_context_compact(RepairContext *context)
{
    Trace *trace = context->trace;
    size_t width = trace->layout->n_columns;
    int kept = 0;

    for (int row = 0; row < trace->n_rows; row++) {
        if (context->is_dropped[row])
            continue;
        if (kept != row) {
            memcpy(trace->trits + kept * width, trace->trits + row * width, width);
            trace->rows[kept] = trace->rows[row];
            context->row_of[kept] = context->row_of[row];
            context->packets[kept] = context->packets[row];
        }
        kept++;
    }
    trace->n_rows = kept;
    memset(context->is_dropped, 0, context->drawn->n_rows);
}

void
repair_context_vote(RepairContext *context)
{
    int n_columns = context->drawn->layout->n_columns;
    g_autofree float *sums = g_new0(float, n_columns);

    for (int row = 0; row < context->trace->n_rows; row++) {
        const int8_t *trits = trace_row(context->trace, row);
        for (int column = 0; column < n_columns; column++) {
            if (trits[column] >= 0)
                sums[column] +=
                    (trits[column] ? 1.0f : -1.0f) * repair_confidence(context, row, column);
        }
    }
    for (int column = 0; column < n_columns; column++)
        context->column_vote[column] = sums[column] > 0;
}

/* The column of a field that is read. */
static inline int
field_column(const RepairContext *context, FieldId field)
{
    if (!field_set_has(context->reads | context->writes, field))
        context->audit->reads |= (FieldSet)1 << field;
    return context->trace->layout->column_of[field];
}

static inline void
note(RepairContext *context, int row, FieldId field)
{
    if (!field_set_has(context->writes, field))
        context->audit->writes |= (FieldSet)1 << field;
    size_t at = (size_t)context->row_of[row] * N_FIELDS + field;
    context->written_by[at] = (int16_t)context->rule;
    context->writers[at] |= (uint64_t)1 << context->rule;
}

bool
repair_has(const RepairContext *context, int row, FieldId field)
{
    int column = field_column(context, field);
    if (column < 0)
        return false;
    const int8_t *trits = trace_row(context->trace, row) + column;
    for (int i = 0; i < field_table[field].width; i++) {
        if (trits[i] < 0)
            return false;
    }
    return true;
}

uint32_t
repair_get(const RepairContext *context, int row, FieldId field)
{
    uint32_t value;
    return trace_get(context->trace, row, field, &value) ? value : 0;
}

void
repair_set(RepairContext *context, int row, FieldId field, uint32_t value)
{
    uint32_t now;
    if (field_column(context, field) < 0)
        return;
    if (trace_get(context->trace, row, field, &now) && now == value)
        return;
    trace_set(context->trace, row, field, value);
    note(context, row, field);
}

void
repair_set_bytes(RepairContext *context, int row, FieldId field, const uint8_t *bytes, int n)
{
    int column = field_column(context, field), width = field_table[field].width;
    bool is_changed = false;

    g_return_if_fail(n >= 0 && n * 8 <= width);
    if (column < 0)
        return;
    int8_t *trits = trace_row(context->trace, row) + column;
    for (int i = 0; i < width; i++) {
        int8_t trit = i < n * 8 ? bytes[i / 8] >> (7 - i % 8) & 1 : -1;
        is_changed |= trits[i] != trit;
        trits[i] = trit;
    }
    if (is_changed)
        note(context, row, field);
}

void
repair_get_bytes(const RepairContext *context, int row, FieldId field, uint8_t *bytes, int n)
{
    int column = field_column(context, field);

    memset(bytes, 0, n);
    if (column < 0)
        return;
    const int8_t *trits = trace_row(context->trace, row) + column;
    for (int i = 0; i < n * 8 && i < field_table[field].width; i++) {
        int bit = trits[i] >= 0 ? trits[i] : context->column_vote[column + i];
        bytes[i / 8] |= (uint8_t)(bit << (7 - i % 8));
    }
}

void
repair_void(RepairContext *context, int row, FieldId field)
{
    repair_set_bytes(context, row, field, NULL, 0);
}

void
repair_fill(RepairContext *context, int row, FieldId field)
{
    int column = field_column(context, field);
    bool is_changed = false;

    if (column < 0)
        return;
    int8_t *trits = trace_row(context->trace, row) + column;
    for (int i = 0; i < field_table[field].width; i++) {
        if (trits[i] < 0) {
            trits[i] = context->column_vote[column + i];
            is_changed = true;
        }
    }
    if (is_changed)
        note(context, row, field);
}

void
repair_drop(RepairContext *context, int row)
{
    RepairDrop drop = {context->row_of[row], (int16_t)context->rule};

    context->is_dropped[row] = 1;
    if (trace_row_is_empty(context->drawn, drop.row))
        context->n_padding++;
    else
        g_array_append_val(context->drops, drop);
}

bool
repair_row_is_changed(const RepairContext *context, int row)
{
    const int16_t *by = context->written_by + (size_t)context->row_of[row] * N_FIELDS;
    for (int field = 0; field < N_FIELDS; field++) {
        if (by[field] >= 0)
            return true;
    }
    return false;
}

float
repair_presence(const RepairContext *context, int row, int first, int n)
{
    const int8_t *trits = repair_drawn_trits(context, row) + first;
    float sum = 0;

    for (int i = 0; i < n; i++) {
        float confidence = repair_confidence(context, row, first + i);
        sum += trits[i] >= 0 ? confidence : -confidence;
    }
    return n > 0 ? sum / n : -1.0f;
}

double
repair_bit_weight(const RepairContext *context)
{
    double rate = CLAMP(context->error_rate, 0.001, 0.49);
    return log((1 - rate) / rate);
}

float
repair_cost(const RepairContext *context, int row, FieldId field, uint32_t value)
{
    int column = field_column(context, field), width = field_table[field].width;
    float cost = 0;

    if (column < 0)
        return 0;
    const int8_t *trits = repair_drawn_trits(context, row) + column;
    for (int i = 0; i < width; i++) {
        if (trits[i] >= 0 && trits[i] != (int)(value >> (width - 1 - i) & 1))
            cost += repair_confidence(context, row, column + i);
    }
    return cost;
}

void
repair_costs(const RepairContext *context, int row, FieldId field, RepairCosts *costs)
{
    int column = field_column(context, field), width = field_table[field].width;

    *costs = (RepairCosts){{{0}}};
    g_return_if_fail(width <= 16);
    if (column < 0)
        return;
    const int8_t *trits = repair_drawn_trits(context, row) + column;
    for (int i = 0; i < width; i++) {
        int place = width - 1 - i;
        float *of = costs->of[place >> 3];
        if (trits[i] < 0)
            continue;
        float confidence = repair_confidence(context, row, column + i);
        for (int byte = 0; byte < 256; byte++) {
            if ((byte >> (place & 7) & 1) != trits[i])
                of[byte] += confidence;
        }
    }
}

uint32_t
repair_nearest(const RepairContext *context, int row, FieldId field, uint32_t low, uint32_t high)
{
    uint32_t now = repair_get(context, row, field), best = low;
    float best_cost = INFINITY;
    RepairCosts costs;

    repair_costs(context, row, field, &costs);
    for (uint32_t value = low; value <= high; value++) {
        float cost = repair_costs_of(&costs, value);
        if (cost < best_cost ||
            (cost == best_cost && abs((int)value - (int)now) < abs((int)best - (int)now))) {
            best = value;
            best_cost = cost;
        }
    }
    return best;
}

void
repair_clamp(RepairContext *context, int row, FieldId field, uint32_t low, uint32_t high)
{
    uint32_t now = repair_get(context, row, field);
    if (!repair_has(context, row, field) || now < low || now > high)
        repair_set(context, row, field, repair_nearest(context, row, field, low, high));
}

uint32_t
repair_nearest_of(const RepairContext *context, int row, FieldId field, const uint32_t *values,
                  int n)
{
    uint32_t best = values[0];
    float best_cost = INFINITY;

    for (int i = 0; i < n; i++) {
        float cost = repair_cost(context, row, field, values[i]);
        if (cost < best_cost) {
            best = values[i];
            best_cost = cost;
        }
    }
    return best;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The driver: rules in their order over one context. */
#include "app/repair/repair_context.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
run_rule(RepairContext *context, const RepairRule *rule)
{
    const RepairOptions *options = context->options;
    bool is_off = options->without && g_strv_contains(options->without, rule->id);
    RepairSaved *saved = is_off ? repair_context_save(context) : NULL;

    context->reads = rule->reads;
    context->writes = rule->writes;
    rule->apply(context);
    if (saved)
        repair_context_restore(context, saved);
    else
        repair_context_compact(context);
    if (context->audit->reads | context->audit->writes) {
        g_autofree char *reads = field_set_to_string(context->audit->reads);
        g_autofree char *writes = field_set_to_string(context->audit->writes);
        g_critical("rule %s does not declare that it reads %s, writes %s", rule->id, reads, writes);
        *context->audit = (RepairAudit){0};
    }
}

static bool
check_without(const RepairOptions *options, GError **error)
{
    for (int i = 0; options->without && options->without[i]; i++) {
        if (repair_rule_find(options->without[i], error) < 0)
            return false;
    }
    return true;
}

static bool
run_rules(RepairContext *context, GError **error)
{
    const RepairOptions *options = context->options;
    int n;
    const RepairRule *const *rules = repair_rules(&n);

    for (int i = 0; i < n && context->trace->n_rows > 0; i++) {
        if (options->cancellable &&
            g_cancellable_set_error_if_cancelled(options->cancellable, error))
            return false;
        context->rule = i;
        run_rule(context, rules[i]);
        if (options->progress)
            options->progress((i + 1.0) / n, options->progress_data);
    }
    return true;
}

/* What was done to the bits of the packet becomes a wish. */
static bool
take_back(RepairContext *context, int row)
{
    const Layout *layout = context->drawn->layout;
    int16_t *by = context->written_by + (size_t)context->row_of[row] * N_FIELDS;
    int8_t *trits = trace_row(context->trace, row);
    const int8_t *drawn = repair_drawn_trits(context, row);
    guint n_before = context->wishes->len;

    for (int i = 0; i < layout->n_fields; i++) {
        FieldId field = layout->fields[i].field;
        int column = layout->fields[i].first_column, width = field_table[field].width;
        RepairWish wish = {.row = context->row_of[row],
                           .field = field,
                           .rule = by[field],
                           .trits = context->wished->len};
        if (by[field] < 0 || memcmp(trits + column, drawn + column, (size_t)width) == 0)
            continue;
        g_byte_array_append(context->wished, (const guint8 *)trits + column, (guint)width);
        g_array_append_val(context->wishes, wish);
        memcpy(trits + column, drawn + column, (size_t)width);
        by[field] = -1;
    }
    return context->wishes->len > n_before;
}

static void
keep_as_drawn(RepairContext *context)
{
    const RepairOptions *options = context->options;
    int next = 0;

    for (int row = 0; row < context->trace->n_rows; row++) {
        while (next < options->n_as_drawn && options->as_drawn[next] < context->row_of[row])
            next++;
        if (next < options->n_as_drawn && options->as_drawn[next] == context->row_of[row])
            context->n_as_drawn += take_back(context, row);
    }
}

Trace *
repair_trace(const Trace *drawn, const RepairOptions *options, RepairReport **report,
             GError **error)
{
    static const RepairOptions defaults = {0};
    RepairContext context;
    Trace *repaired = NULL;

    g_return_val_if_fail(drawn && drawn->layout, NULL);
    repair_context_init(&context, drawn, options ? options : &defaults);
    if (check_without(context.options, error) && run_rules(&context, error)) {
        if (context.trace->n_rows > 0) {
            keep_as_drawn(&context);
            if (report)
                *report = repair_report_new(&context);
            repaired = g_steal_pointer(&context.trace);
        } else {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("None of the %d rows of the trace can be a packet: in each, absence "
                          "outweighs the bits of every header. Give a trace that holds packets."),
                        drawn->n_rows);
        }
    }
    repair_context_clear(&context);
    return repaired;
}

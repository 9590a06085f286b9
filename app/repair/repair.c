/* SPDX-License-Identifier: Apache-2.0 */
/* The driver: rules in their order over one context. */
#include "app/repair/repair_context.h"

#include <glib/gi18n-lib.h>

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
        rules[i]->apply(context);
        repair_context_compact(context);
        if (options->progress)
            options->progress((i + 1.0) / n, options->progress_data);
    }
    return true;
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
    if (run_rules(&context, error)) {
        if (context.trace->n_rows > 0) {
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

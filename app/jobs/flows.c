/* SPDX-License-Identifier: Apache-2.0 */
/* Which flows to show, in which order, and as CSV. */
#include "app/jobs/flows.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

bool
flows_order_by_name(const char *name, FlowsOrder *order, GError **error)
{
    static const char *const names[] = {"packets", "bytes", "time"};

    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
        if (g_str_equal(name, names[i])) {
            *order = (FlowsOrder)i;
            return true;
        }
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no order of flows: choose packets, bytes or time."), name);
    return false;
}

void
flows_result_clear(FlowsResult *result)
{
    g_clear_pointer(&result->flows, g_ptr_array_unref);
    g_clear_pointer(&result->table, flow_table_free);
    g_clear_pointer(&result->warning, g_free);
}

/* The same order whatever the sort: flows that are alike stand by number. */
static int
compare(const void *a, const void *b, void *order)
{
    const Flow *x = *(const Flow *const *)a, *y = *(const Flow *const *)b;
    uint64_t more = 0, less = 0;

    switch (GPOINTER_TO_INT(order)) {
    case FLOWS_BY_PACKETS:
        more = flow_n_packets(x);
        less = flow_n_packets(y);
        break;
    case FLOWS_BY_BYTES:
        more = x->bytes[0] + x->bytes[1];
        less = y->bytes[0] + y->bytes[1];
        break;
    default:
        if (x->first_ns != y->first_ns)
            return x->first_ns < y->first_ns ? -1 : 1;
        break;
    }
    if (more != less)
        return more > less ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void
add_up(FlowsResult *result, const Flow *flow)
{
    bool is_first = result->packets == 0;

    result->first_ns = is_first ? flow->first_ns : MIN(result->first_ns, flow->first_ns);
    result->last_ns = is_first ? flow->last_ns : MAX(result->last_ns, flow->last_ns);
    result->packets += flow_n_packets(flow);
    result->bytes += flow->bytes[0] + flow->bytes[1];
}

bool
flows_list(const FlowsParams *params, FlowsResult *result, GError **error)
{
    *result = (FlowsResult){0};
    result->table = flow_table_read(params->input, params->by,
                                    &(CaptureReadOptions){params->filter}, &result->warning, error);
    if (!result->table)
        return false;
    result->flows = g_ptr_array_new();
    for (uint32_t number = 1; number <= flow_table_n_flows(result->table); number++) {
        const Flow *flow = flow_table_flow(result->table, number);

        add_up(result, flow);
        if (flow_n_packets(flow) >= (uint64_t)MAX(params->min_packets, 1))
            g_ptr_array_add(result->flows, (gpointer)flow);
    }
    result->n_matching = result->flows->len;
    g_ptr_array_sort_with_data(result->flows, compare, GINT_TO_POINTER((int)params->order));
    if (params->max_flows > 0 && result->flows->len > (guint)params->max_flows)
        g_ptr_array_set_size(result->flows, params->max_flows);
    return true;
}

void
flows_append_csv_header(GString *out)
{
    g_string_append(out, "flow,protocol,src,src_port,dst,dst_port,icmp_id,first_frame,first_time,"
                         "duration,packets_forward,packets_back,bytes_forward,bytes_back,tuples,"
                         "start,end,tunnel,tunnel_bytes\n");
}

static void
append_end(GString *out, const FlowKey *key, bool source)
{
    g_autofree char *address = address_to_string(source ? &key->src : &key->dst);

    g_string_append_printf(out, "%s,", address);
    if (flow_key_has_ports(key))
        g_string_append_printf(out, "%d", source ? key->src_port : key->dst_port);
    g_string_append_c(out, ',');
}

/* Seconds with all nine digits, as a double would not keep them. */
static void
append_ns(GString *out, int64_t ns)
{
    uint64_t whole = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

    g_string_append_printf(out, "%s%" G_GUINT64_FORMAT ".%09" G_GUINT64_FORMAT ",",
                           ns < 0 ? "-" : "", (guint64)(whole / 1000000000),
                           (guint64)(whole % 1000000000));
}

void
flows_append_csv(GString *out, const Flow *flow)
{
    g_autofree char *protocols = flow_protocols_to_string(flow);
    const FlowKey *key = &flow->key;

    g_string_append_printf(out, flow->n_protocols > 1 ? "%u,\"%s\"," : "%u,%s,", flow->number,
                           protocols);
    append_end(out, key, true);
    append_end(out, key, false);
    if (!flow_key_has_ports(key) && key->src_port)
        g_string_append_printf(out, "%d", key->src_port);
    g_string_append_printf(out, ",%u,", flow->first_frame);
    append_ns(out, flow->first_ns);
    append_ns(out, flow->last_ns - flow->first_ns);
    for (int i = 0; i < 4; i++)
        g_string_append_printf(out, "%" G_GUINT64_FORMAT ",",
                               (guint64)(i < 2 ? flow->packets[i] : flow->bytes[i - 2]));
    g_string_append_printf(out, "%u,%s,%s,%s,%" G_GUINT64_FORMAT "\n", flow->n_tuples,
                           flow_start_to_name(flow->start), flow_end_to_name(flow->end),
                           flow->tunnel == TUNNEL_NONE ? "" : tunnel_to_name(flow->tunnel),
                           (guint64)flow->tunnel_bytes);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One TCP segment by itself (RFC 9293). */
#include "app/repair/option_list.h"
#include "app/repair/rules.h"

static bool
is_tcp(const RepairContext *context, int row)
{
    return context->packets[row].transport == HEADER_TCP;
}

static void
repair_reserved(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (is_tcp(context, row))
            repair_set(context, row, FIELD_TCP_RES, 0);
    }
}

/* Of two flags that exclude each other, the one drawn with less confidence goes; of equals, less.
 */
static void
exclude(RepairContext *context, int row, FieldId less, FieldId more)
{
    if (!repair_get(context, row, less) || !repair_get(context, row, more))
        return;
    bool keep_less = repair_cost(context, row, less, 0) > repair_cost(context, row, more, 0);
    repair_set(context, row, keep_less ? more : less, 0);
}

static void
repair_flags(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (!is_tcp(context, row))
            continue;
        exclude(context, row, FIELD_TCP_SYN, FIELD_TCP_FIN);
        exclude(context, row, FIELD_TCP_RST, FIELD_TCP_SYN);
        exclude(context, row, FIELD_TCP_RST, FIELD_TCP_FIN);
        if (!repair_get(context, row, FIELD_TCP_SYN) && !repair_get(context, row, FIELD_TCP_RST))
            repair_set(context, row, FIELD_TCP_ACKF, 1);
    }
}

/* Whether more packets of a flow have URG than errors explain; hardly anything sends it (RFC 6093).
 */
static bool
flow_is_urgent(const RepairContext *context, const RepairFlow *flow)
{
    int n = 0;

    for (guint i = 0; i < flow->rows->len; i++)
        n += repair_get(context, g_array_index(flow->rows, int, i), FIELD_TCP_URG) != 0;
    return n > 3 * context->error_rate * flow->rows->len + 3;
}

/* Urgent data ends within the segment that says so. Where the pointer points to nothing, either
 * there is none or the pointer was drawn wrongly, whichever the bits hold against less. */
static void
repair_urgent_row(RepairContext *context, int row, bool is_believed)
{
    uint32_t payload = (uint32_t)MIN(repair_payload_bytes(context, row), 0xffff);
    uint32_t pointer = repair_get(context, row, FIELD_TCP_URP);

    if (is_believed && repair_get(context, row, FIELD_TCP_URG) && payload > 0) {
        uint32_t nearest = pointer >= 1 && pointer <= payload
                               ? pointer
                               : repair_nearest(context, row, FIELD_TCP_URP, 1, payload);
        float none = repair_cost(context, row, FIELD_TCP_URG, 0) +
                     repair_cost(context, row, FIELD_TCP_URP, 0);
        if (nearest == pointer || repair_cost(context, row, FIELD_TCP_URP, nearest) < none) {
            repair_set(context, row, FIELD_TCP_URP, nearest);
            return;
        }
    }
    repair_set(context, row, FIELD_TCP_URG, 0);
    repair_set(context, row, FIELD_TCP_URP, 0);
}

static void
repair_urgent(RepairContext *context)
{
    for (guint i = 0; i < context->flows->len; i++) {
        const RepairFlow *flow = g_ptr_array_index(context->flows, i);
        bool is_believed = flow->transport == HEADER_TCP && flow_is_urgent(context, flow);
        for (guint k = 0; k < flow->rows->len && flow->transport == HEADER_TCP; k++) {
            int row = g_array_index(flow->rows, int, k);
            if (!context->packets[row].observed)
                repair_urgent_row(context, row, is_believed);
        }
    }
}

/* Drawn connections had theirs chosen together. */
static bool
options_are_chosen(const RepairContext *context, int row)
{
    const RepairFlow *flow = g_ptr_array_index(context->flows, context->packets[row].flow);
    return flow->kind == FLOW_DRAWN;
}

static void
repair_options(RepairContext *context)
{
    uint8_t bytes[OPTION_LIST_MAX_BYTES];

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (!is_tcp(context, row) || context->packets[row].observed ||
            options_are_chosen(context, row))
            continue;
        OptionFamily family =
            repair_get(context, row, FIELD_TCP_SYN) ? OPTIONS_TCP_SYN : OPTIONS_TCP;
        int words = option_list_words(context, row, FIELD_TCP_OPT, FIELD_TCP_DOFF);
        repair_get_bytes(context, row, FIELD_TCP_OPT, bytes, words * 4);
        if (!option_list_is_legal(family, bytes, words * 4))
            option_list_repair(context, row, family, bytes, words * 4);
        repair_set(context, row, FIELD_TCP_DOFF, 5 + words);
        repair_set_bytes(context, row, FIELD_TCP_OPT, bytes, words * 4);
    }
}

/* clang-format off */
const RepairRule rules_tcp[] = {
    {.id = "tcp-reserved", .tree = REPAIR_INTRA_PACKET, .statement = N_("Reserved bits are 0."),
     .source = N_("RFC 9293, section 3.1"), .reads = 0, .writes = F(TCP_RES),
     .after = AFTER("header-presence"), .apply = repair_reserved},
    {.id = "tcp-flags", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("SYN, FIN and RST exclude each other, and what is neither SYN nor RST acknowledges."),
     .source = N_("RFC 9293, sections 3.1 and 3.10.7.4"),
     .reads = 0, .writes = F(TCP_SYN) | F(TCP_FIN) | F(TCP_RST) | F(TCP_ACKF),
     .after = AFTER("header-presence"), .apply = repair_flags},
    {.id = "tcp-urgent", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("With URG the urgent pointer points into the data; without it is 0; a drawn flow has URG only "
         "where errors cannot explain it."),
     .source = N_("RFC 9293, sections 3.1 and 3.8.5; RFC 6093"),
     .reads = FIELDS_LENGTHS, .writes = F(TCP_URG) | F(TCP_URP),
     .after = AFTER("tcp-handshake", "tcp-teardown"), .apply = repair_urgent},
    {.id = "tcp-options", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("Data offset is 5 words and the options; options are a well-formed list, MSS, window scale "
         "and SACK-permitted on SYN alone."),
     .source = N_("RFC 9293, sections 3.1 and 3.2; RFC 7323, section 2.1; RFC 2018, section 2"),
     .reads = F(TCP_SYN), .writes = F(TCP_DOFF) | F(TCP_OPT),
     .after = AFTER("tcp-agreement"), .apply = repair_options},
    {NULL},
};
/* clang-format on */

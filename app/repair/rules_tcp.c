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

static void
repair_urgent(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (is_tcp(context, row) && !repair_get(context, row, FIELD_TCP_URG))
            repair_set(context, row, FIELD_TCP_URP, 0);
    }
}

static void
repair_options(RepairContext *context)
{
    uint8_t bytes[OPTION_LIST_MAX_BYTES];

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (!is_tcp(context, row))
            continue;
        OptionFamily family =
            repair_get(context, row, FIELD_TCP_SYN) ? OPTIONS_TCP_SYN : OPTIONS_TCP;
        int words = context->packets[row].observed
                        ? (int)repair_get(context, row, FIELD_TCP_DOFF) - 5
                        : option_list_words(context, row, FIELD_TCP_OPT, FIELD_TCP_DOFF);
        repair_get_bytes(context, row, FIELD_TCP_OPT, bytes, words * 4);
        if (!option_list_is_legal(family, bytes, words * 4))
            option_list_repair(context, row, family, bytes, words * 4);
        repair_set(context, row, FIELD_TCP_DOFF, 5 + words);
        repair_set_bytes(context, row, FIELD_TCP_OPT, bytes, words * 4);
    }
}

/* clang-format off */
const RepairRule rules_tcp[] = {
    {"tcp-reserved", REPAIR_INTRA_PACKET, "Reserved bits are 0.",
     "RFC 9293, section 3.1", AFTER("header-presence"), repair_reserved},
    {"tcp-flags", REPAIR_INTRA_PACKET,
     "SYN, FIN and RST exclude each other, and what is neither SYN nor RST acknowledges.",
     "RFC 9293, sections 3.1 and 3.10.7.4", AFTER("header-presence"), repair_flags},
    {"tcp-urgent", REPAIR_INTRA_PACKET, "Without URG the urgent pointer is 0.",
     "RFC 9293, section 3.1", AFTER("tcp-flags", "tcp-handshake", "tcp-teardown"), repair_urgent},
    {"tcp-options", REPAIR_INTRA_PACKET,
     "Data offset is 5 words and the options; options are a well-formed list, MSS, window scale "
     "and SACK-permitted on SYN alone.",
     "RFC 9293, sections 3.1 and 3.2; RFC 7323, section 2.1; RFC 2018, section 2",
     AFTER("tcp-flags", "tcp-handshake"), repair_options},
    {NULL},
};
/* clang-format on */

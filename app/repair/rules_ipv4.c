/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv4 header by itself (RFC 791), but for its length and checksum. */
#include "app/repair/fragments.h"
#include "app/repair/option_list.h"
#include "app/repair/packet_bytes.h"
#include "app/repair/rules.h"

static bool
is_ipv4(const RepairContext *context, int row)
{
    return context->packets[row].ip == HEADER_IPV4;
}

static void
repair_version(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (is_ipv4(context, row))
            repair_set(context, row, FIELD_IPV4_VER, 4);
    }
}

static void
repair_options(RepairContext *context)
{
    uint8_t bytes[OPTION_LIST_MAX_BYTES];

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (!is_ipv4(context, row))
            continue;
        int words = context->packets[row].sound
                        ? (int)repair_get(context, row, FIELD_IPV4_HL) - 5
                        : option_list_words(context, row, FIELD_IPV4_OPT, FIELD_IPV4_HL);
        repair_get_bytes(context, row, FIELD_IPV4_OPT, bytes, words * 4);
        if (!option_list_is_legal(OPTIONS_IPV4, bytes, words * 4))
            option_list_repair(context, row, OPTIONS_IPV4, bytes, words * 4);
        repair_set(context, row, FIELD_IPV4_HL, 5 + words);
        repair_set_bytes(context, row, FIELD_IPV4_OPT, bytes, words * 4);
    }
}

/* What has no transport header, and a protocol that would have one, is a later fragment. */
static void
keep_fragment(RepairContext *context, int row)
{
    uint32_t protocol = repair_get(context, row, FIELD_IPV4_PROTO);

    repair_set(context, row, FIELD_IPV4_MFBIT, 0);
    if (protocol == 1 || protocol == 6 || protocol == 17)
        repair_clamp(context, row, FIELD_IPV4_FOFF, 1, 0x1fff);
}

/* Fragments of a sound packet are kept; a drawn one could not be put together again, unless the
 * rest of its datagram is there. */
static void
repair_fragment(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        const RepairPacket *packet = &context->packets[row];
        if (!is_ipv4(context, row))
            continue;
        repair_set(context, row, FIELD_IPV4_RBIT, 0);
        if (!packet->sound && packet->transport == N_HEADERS &&
            !fragment_repair_opaque(context, row))
            keep_fragment(context, row);
    }
    for (int row = 0; row < context->trace->n_rows; row++) {
        const RepairPacket *packet = &context->packets[row];
        if (!is_ipv4(context, row) || packet->sound || packet->transport == N_HEADERS)
            continue;
        repair_set(context, row, FIELD_IPV4_MFBIT, fragment_rest(context, row) >= 0);
        repair_set(context, row, FIELD_IPV4_FOFF, 0);
    }
}

static void
repair_ttl(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (is_ipv4(context, row))
            repair_clamp(context, row, FIELD_IPV4_TTL, 1, 255);
    }
}

static void
repair_protocol(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        Header transport = context->packets[row].transport;
        if (is_ipv4(context, row) && transport != N_HEADERS)
            repair_set(context, row, FIELD_IPV4_PROTO, transport_protocol(transport));
    }
}

/* clang-format off */
const RepairRule rules_ipv4[] = {
    {.id = "ipv4-version", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The version of an IPv4 header is 4."), .source = N_("RFC 791, section 3.1"),
     .reads = 0, .writes = F(IPV4_VER),
     .after = AFTER("header-presence"), .apply = repair_version},
    {.id = "ipv4-options", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("IHL is 5 words and the options; options are a well-formed list of kind, length "
                  "and value."),
     .source = N_("RFC 791, section 3.1; RFC 1122, section 3.2.1.8"),
     .reads = 0, .writes = F(IPV4_HL) | F(IPV4_OPT),
     .after = AFTER("header-presence"), .apply = repair_options},
    {.id = "ipv4-fragment", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The reserved flag is 0, and a drawn packet is no fragment (MF 0, offset 0) but where "
                  "it has no transport header, or the rest of its datagram follows."),
     .source = N_("RFC 791, section 3.1"),
     .reads = F(IPV4_HL) | F(IPV4_PROTO) | F(IPV4_MFBIT) | F(IPV4_FOFF),
     .writes = F(IPV4_RBIT) | F(IPV4_MFBIT) | F(IPV4_FOFF) | F(IPV4_PROTO),
     .after = AFTER("header-presence", "ipv4-options"), .apply = repair_fragment},
    {.id = "ipv4-ttl", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("A packet is never sent with a time to live of 0."),
     .source = N_("RFC 1122, section 3.2.1.7"),
     .reads = 0, .writes = F(IPV4_TTL),
     .after = AFTER("header-presence"), .apply = repair_ttl},
    {.id = "ipv4-protocol", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The protocol number names the header that follows."),
     .source = N_("RFC 791, section 3.1"),
     .reads = 0, .writes = F(IPV4_PROTO),
     .after = AFTER("header-presence"), .apply = repair_protocol},
    {NULL},
};
/* clang-format on */

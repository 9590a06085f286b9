/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv6 header by itself (RFC 8200), but for its payload length. */
#include "app/repair/packet_bytes.h"
#include "app/repair/rules.h"

static bool
is_ipv6(const RepairContext *context, int row)
{
    return context->packets[row].ip == HEADER_IPV6;
}

static void
repair_version(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (is_ipv6(context, row))
            repair_set(context, row, FIELD_IPV6_VER, 6);
    }
}

/* A sound packet may name an extension header, which the picture does not hold. */
static void
repair_next_header(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        Header transport = context->packets[row].transport;
        if (!is_ipv6(context, row) || transport == N_HEADERS)
            continue;
        if (context->packets[row].sound &&
            ipv6_extension_bytes(repair_get(context, row, FIELD_IPV6_NH)) > 0)
            continue;
        repair_set(context, row, FIELD_IPV6_NH, transport_protocol(transport));
    }
}

static void
repair_hop_limit(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (is_ipv6(context, row))
            repair_clamp(context, row, FIELD_IPV6_HL, 1, 255);
    }
}

/* clang-format off */
const RepairRule rules_ipv6[] = {
    {.id = "ipv6-version", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The version of an IPv6 header is 6."), .source = N_("RFC 8200, section 3"),
     .reads = 0, .writes = F(IPV6_VER),
     .after = AFTER("header-presence"), .apply = repair_version},
    {.id = "ipv6-next-header", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The next header names the header that follows."), .source = N_("RFC 8200, section 3"),
     .reads = 0, .writes = F(IPV6_NH),
     .after = AFTER("header-presence"), .apply = repair_next_header},
    {.id = "ipv6-hop-limit", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("A packet is never sent with a hop limit of 0."), .source = N_("RFC 8200, section 3"),
     .reads = 0, .writes = F(IPV6_HL),
     .after = AFTER("header-presence"), .apply = repair_hop_limit},
    {NULL},
};
/* clang-format on */

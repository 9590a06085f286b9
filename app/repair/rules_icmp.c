/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP messages (RFC 792): type, code and the rest of the header; echoes in pairs. */
#include "app/repair/rules.h"

#include <math.h>
#include <string.h>
#include "app/repair/repair_flow.h"

enum {
    ECHO_REPLY = 0,
    UNREACHABLE = 3,
    REDIRECT = 5,
    ECHO = 8,
    TIME_EXCEEDED = 11,
    PARAMETER = 12
};

/* The kinds of message that are legal with one header of eight bytes and a body of zeros or of a
 * quoted packet. The first of equals is the likeliest. */
static const struct {
    uint8_t type, max_code;
    uint32_t rest_mask; /* bits of the rest of the header that mean something */
} kinds[] = {
    {ECHO, 0, 0xffffffff},         {ECHO_REPLY, 0, 0xffffffff},
    {UNREACHABLE, 15, 0x0000ffff}, /* next-hop MTU, RFC 1191 */
    {TIME_EXCEEDED, 1, 0},         {REDIRECT, 3, 0xffffffff},
    {PARAMETER, 2, 0xff000000},    {4, 0, 0},           /* source quench */
    {13, 0, 0xffffffff},                                /* timestamp */
    {14, 0, 0xffffffff},           {17, 0, 0xffffffff}, /* address mask */
    {18, 0, 0xffffffff},
};

static int
find_kind(uint32_t type)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].type == type)
            return (int)i;
    }
    return -1;
}

/* The rest that stays: RFC 4884 gives errors a length in the second byte, which is kept in sound
 * packets. */
static uint32_t
rest_mask(const RepairContext *context, int row, int kind)
{
    uint32_t mask = kinds[kind].rest_mask;
    bool has_length = kinds[kind].type == UNREACHABLE || kinds[kind].type == TIME_EXCEEDED ||
                      kinds[kind].type == PARAMETER;

    if (kinds[kind].type == UNREACHABLE && repair_get(context, row, FIELD_ICMP_CODE) != 4)
        mask = 0;
    return has_length && context->packets[row].sound ? mask | 0x00ff0000 : mask;
}

/* Kinds that are legal where they were seen, and not drawn: their bodies mean something. */
static bool
is_other_kind(const RepairContext *context, int row)
{
    static const uint8_t others[] = {9, 10, 15, 16, 30, 40, 42, 43}; /* IANA, ICMP Parameters */
    uint8_t type = (uint8_t)repair_get(context, row, FIELD_ICMP_TYPE);

    return context->packets[row].sound && memchr(others, type, sizeof others);
}

static void
repair_type(RepairContext *context)
{
    uint32_t offered[4];

    for (guint i = 0; i < G_N_ELEMENTS(offered); i++)
        offered[i] = kinds[i].type;
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].transport != HEADER_ICMP)
            continue;
        if (is_other_kind(context, row))
            continue;
        int kind = find_kind(repair_get(context, row, FIELD_ICMP_TYPE));
        if (kind < 0) {
            uint32_t type =
                repair_nearest_of(context, row, FIELD_ICMP_TYPE, offered, G_N_ELEMENTS(offered));
            repair_set(context, row, FIELD_ICMP_TYPE, type);
            kind = find_kind(type);
        }
        repair_clamp(context, row, FIELD_ICMP_CODE, 0, kinds[kind].max_code);
        repair_set(context, row, FIELD_ICMP_ROH,
                   repair_get(context, row, FIELD_ICMP_ROH) & rest_mask(context, row, kind));
    }
}

/* Echoes of a flow: requests that wait for their reply, and those that have one. */
typedef struct {
    GArray *waiting, *answered; /* int: rows */
    GHashTable *asked;          /* identifier and sequence number of every request so far */
} Echoes;

/* Of requests (rows) from the other side the one whose identifier and sequence number the drawn
 * reply is nearest to; its index, -1 when there is none. Where sides are not known any will do. */
static int
nearest_request(const RepairContext *context, int row, const GArray *requests, bool knows_sides)
{
    int best = -1;
    float best_cost = 0;

    for (guint i = 0; i < requests->len; i++) {
        int request = g_array_index(requests, int, i);
        if (knows_sides && context->packets[request].side == context->packets[row].side)
            continue;
        float cost =
            repair_cost(context, row, FIELD_ICMP_ROH, repair_get(context, request, FIELD_ICMP_ROH));
        if (best < 0 || cost < best_cost) {
            best = (int)i;
            best_cost = cost;
        }
    }
    return best;
}

static void
answer_request(RepairContext *context, int row, int request, bool knows_sides)
{
    RepairPacket *packet = &context->packets[row];

    packet->answers = request;
    if (!knows_sides)
        packet->side = !context->packets[request].side;
    repair_set(context, row, FIELD_ICMP_TYPE, ECHO_REPLY);
    repair_set(context, row, FIELD_ICMP_ROH, repair_get(context, request, FIELD_ICMP_ROH));
}

/* Takes a waiting request, else one that was answered before; false when there is none. */
static bool
find_answer(RepairContext *context, int row, Echoes *echoes, bool knows_sides)
{
    int at = nearest_request(context, row, echoes->waiting, knows_sides);

    if (at >= 0) {
        int request = g_array_index(echoes->waiting, int, at);
        g_array_remove_index(echoes->waiting, (guint)at);
        g_array_append_val(echoes->answered, request);
        answer_request(context, row, request, knows_sides);
        return true;
    }
    at = nearest_request(context, row, echoes->answered, knows_sides);
    if (at >= 0)
        answer_request(context, row, g_array_index(echoes->answered, int, at), knows_sides);
    return at >= 0;
}

/* No two requests are the same: the sequence number (the lower half) of a second one is the nearest
 * that is free. */
static void
ask_once(RepairContext *context, int row, Echoes *echoes)
{
    uint32_t rest = repair_get(context, row, FIELD_ICMP_ROH), best = rest;
    float best_cost = INFINITY;

    if (!context->packets[row].observed &&
        g_hash_table_contains(echoes->asked, GUINT_TO_POINTER(rest))) {
        for (int bit = 0; bit < 16; bit++) {
            uint32_t other = rest ^ 1u << bit;
            float cost = repair_cost(context, row, FIELD_ICMP_ROH, other);
            if (cost < best_cost &&
                !g_hash_table_contains(echoes->asked, GUINT_TO_POINTER(other))) {
                best = other;
                best_cost = cost;
            }
        }
        for (int i = 0; i < 0x10000 && g_hash_table_contains(echoes->asked, GUINT_TO_POINTER(best));
             i++)
            best = (best & 0xffff0000) | ((best + 1) & 0xffff);
        repair_set(context, row, FIELD_ICMP_ROH, best);
    }
    g_hash_table_add(echoes->asked, GUINT_TO_POINTER(best));
}

static void
pair_echo(RepairContext *context, int row, Echoes *echoes, bool knows_sides)
{
    RepairPacket *packet = &context->packets[row];
    uint32_t type = repair_get(context, row, FIELD_ICMP_TYPE);

    if (type != ECHO && type != ECHO_REPLY)
        return;
    if (type == ECHO_REPLY && !packet->observed &&
        !find_answer(context, row, echoes, knows_sides)) {
        repair_set(context, row, FIELD_ICMP_TYPE, ECHO); /* one bit */
        type = ECHO;
    }
    if (type == ECHO) {
        ask_once(context, row, echoes);
        g_array_append_val(echoes->waiting, row);
    }
}

/* Drawn requests that nothing answers are taken, one bit, for the reply to another: the last of two
 * that wait answers the first. */
static void
pair_rest(RepairContext *context, Echoes *echoes, bool knows_sides)
{
    while (echoes->waiting->len > 0) {
        int last = g_array_index(echoes->waiting, int, echoes->waiting->len - 1);

        g_array_set_size(echoes->waiting, echoes->waiting->len - 1);
        if (context->packets[last].observed)
            continue;
        for (guint i = echoes->answered->len; i-- > 0;) {
            if (g_array_index(echoes->answered, int, i) > last)
                g_array_remove_index(echoes->answered, i);
        }
        if (!find_answer(context, last, echoes, knows_sides) && !knows_sides)
            repair_set(context, last, FIELD_ICMP_TYPE, ECHO_REPLY);
    }
}

static void
repair_echo(RepairContext *context, RepairFlow *flow)
{
    bool knows_sides = context->drawn->sides & (TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS);
    Echoes echoes = {g_array_new(FALSE, FALSE, sizeof(int)), g_array_new(FALSE, FALSE, sizeof(int)),
                     g_hash_table_new(NULL, NULL)};

    for (guint i = 0; i < flow->rows->len; i++)
        pair_echo(context, flow_row(flow, i), &echoes, knows_sides);
    pair_rest(context, &echoes, knows_sides);
    g_array_unref(echoes.waiting);
    g_array_unref(echoes.answered);
    g_hash_table_unref(echoes.asked);
}

static bool
is_repaired_icmp(const RepairFlow *flow)
{
    return flow->transport == HEADER_ICMP && flow->kind != FLOW_OBSERVED;
}

static void
repair_echoes(RepairContext *context)
{
    for_each_flow(context, is_repaired_icmp, repair_echo);
}

/* A reply returns the data of its request, so their checksums differ by their types alone. */
static void
repair_echo_data(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        int request = context->packets[row].answers;
        if (request < 0 || context->packets[row].observed)
            continue;
        uint32_t sum = (~repair_get(context, request, FIELD_ICMP_CKSUM) & 0xffff) + 0xffff - 0x0800;
        sum = (sum & 0xffff) + (sum >> 16);
        /* One's complement has two zeros: of a reply of nothing but zeros the sum is the other. */
        if (sum == 0xffff && repair_get(context, row, FIELD_ICMP_ROH) == 0)
            sum = 0;
        repair_set(context, row, FIELD_ICMP_CKSUM, ~sum & 0xffff);
    }
}

/* clang-format off */
const RepairRule rules_icmp[] = {
    {.id = "icmp-type", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("Type and code are assigned ones, and unused bits of the header are 0."),
     .source = N_("RFC 792; RFC 4884, section 4"),
     .reads = 0, .writes = F(ICMP_TYPE) | F(ICMP_CODE) | F(ICMP_ROH),
     .after = AFTER("header-presence"), .apply = repair_type},
    {.id = "icmp-echo", .tree = REPAIR_INTER_PACKET,
     .statement = N_("An echo reply answers a request before it, with its identifier and sequence "
                  "number, and drawn requests are answered."),
     .source = N_("RFC 792; RFC 1122, section 3.2.2.6"),
     .reads = F(ICMP_TYPE) | F(ICMP_ROH), .writes = F(ICMP_TYPE) | F(ICMP_ROH),
     .after = AFTER("icmp-type", "flow-ends"), .apply = repair_echoes},
    {.id = "icmp-echo-data", .tree = REPAIR_INTER_PACKET,
     .statement = N_("An echo reply returns the data of its request."),
     .source = N_("RFC 1122, section 3.2.2.6"),
     .reads = F(ICMP_CKSUM), .writes = F(ICMP_CKSUM),
     .after = AFTER("icmp-echo", "icmp-checksum"), .apply = repair_echo_data},
    {NULL},
};
/* clang-format on */

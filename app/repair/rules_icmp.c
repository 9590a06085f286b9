/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP messages (RFC 792): type, code and the rest of the header; echoes in pairs. */
#include "app/repair/rules.h"

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

static void
repair_type(RepairContext *context)
{
    uint32_t offered[4];

    for (guint i = 0; i < G_N_ELEMENTS(offered); i++)
        offered[i] = kinds[i].type;
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].transport != HEADER_ICMP)
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

/* Requests of a flow that wait for their reply. */
typedef struct {
    GQueue waiting[2]; /* rest of the header of each request, by side */
} Echoes;

static void
repair_echo(RepairContext *context, int row, Echoes *echoes)
{
    RepairPacket *packet = &context->packets[row];
    uint32_t type = repair_get(context, row, FIELD_ICMP_TYPE);
    uint32_t rest = repair_get(context, row, FIELD_ICMP_ROH);
    GQueue *mine = &echoes->waiting[packet->side], *theirs = &echoes->waiting[!packet->side];

    if (type != ECHO && type != ECHO_REPLY)
        return;
    if (type == ECHO_REPLY && g_queue_is_empty(theirs) && !packet->observed) {
        repair_set(context, row, FIELD_ICMP_TYPE, ECHO); /* one bit */
        type = ECHO;
    }
    if (type == ECHO) {
        g_queue_push_tail(mine, GUINT_TO_POINTER(rest));
        return;
    }
    GList *match = g_queue_find(theirs, GUINT_TO_POINTER(rest));
    if (match) {
        g_queue_delete_link(theirs, match);
    } else if (!packet->observed) {
        repair_set(context, row, FIELD_ICMP_ROH, GPOINTER_TO_UINT(g_queue_pop_head(theirs)));
    }
}

static void
repair_echoes(RepairContext *context)
{
    for (guint i = 0; i < context->flows->len; i++) {
        const RepairFlow *flow = g_ptr_array_index(context->flows, i);
        if (flow->transport != HEADER_ICMP || flow->kind == FLOW_OBSERVED)
            continue;
        Echoes echoes = {.waiting = {G_QUEUE_INIT, G_QUEUE_INIT}};
        for (guint k = 0; k < flow->rows->len; k++)
            repair_echo(context, g_array_index(flow->rows, int, k), &echoes);
        g_queue_clear(&echoes.waiting[0]);
        g_queue_clear(&echoes.waiting[1]);
    }
}

/* clang-format off */
const RepairRule rules_icmp[] = {
    {"icmp-type", REPAIR_INTRA_PACKET,
     "Type and code are assigned ones, and unused bits of the header are 0.",
     "RFC 792; RFC 4884, section 4", AFTER("header-presence"), repair_type},
    {"icmp-echo", REPAIR_INTER_PACKET,
     "An echo reply answers a request that waits, with its identifier and sequence number.",
     "RFC 792; RFC 1122, section 3.2.2.6", AFTER("icmp-type", "flow-ends"), repair_echoes},
    {NULL},
};
/* clang-format on */

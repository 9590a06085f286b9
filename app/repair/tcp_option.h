/* SPDX-License-Identifier: Apache-2.0 */
/* The option lists that TCP stacks send, and which of them the segments of a connection drew: all
 * of a connection's segments are weighed together, as timestamps and selective acknowledgments are
 * agreed on once, in the handshake (RFC 7323 section 1.3, RFC 2018 section 2). */
#pragma once

#include "app/repair/repair_context.h"
#include "app/repair/repair_flow.h"

enum {
    TCP_OPTION_END = 0,
    TCP_OPTION_NOP = 1,
    TCP_OPTION_MSS = 2,
    TCP_OPTION_WINDOW_SCALE = 3,
    TCP_OPTION_SACK_PERMITTED = 4,
    TCP_OPTION_SACK = 5,
    TCP_OPTION_TIMESTAMPS = 8,
    TCP_OPTION_MAX_SHIFT = 14, /* of the window scale, RFC 7323 section 2.3 */
};

/* Writes, for each packet of a drawn connection, data offset and options: the lists that the drawn
 * bits hold against least, in keeping with each other. */
void tcp_options_choose(RepairContext *context, RepairFlow *flow);

/* Reads the row's options into bytes; how many. */
int tcp_options_get(const RepairContext *context, int row, uint8_t bytes[40]);
/* Offset of an option of a kind in a well-formed list, -1 when it is not there. */
int tcp_option_find(const uint8_t *bytes, int n, uint8_t kind);
/* Offset of the row's option of a kind, -1. */
int tcp_option_at(const RepairContext *context, int row, uint8_t kind);
/* The window scale of a side of a connection: 0 where it was not agreed on. */
int tcp_window_shift(const RepairContext *context, const RepairFlow *flow, int side);

/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 fragments of a damaged capture (RFC 791, section 3.2): told by the sound ones beside them
 * and by the lengths, which only a trace that carries lengths knows. */
#pragma once

#include "app/repair/repair_context.h"

/* Gives a row of which nothing above the IPv4 header was drawn the protocol and fragment fields of
 * the sound row without transport header that it is nearest to, or what most such rows of its
 * length drew. False where it is no such row, or nothing tells. */
bool fragment_repair_opaque(RepairContext *context, int row);
/* The row near this one that holds the rest of its datagram: same hosts, and an offset of just what
 * this one carries; -1 when there is none. */
int fragment_rest(const RepairContext *context, int row);
/* The fragments of a datagram have one identification: the sound one's. */
void fragment_share_numbers(RepairContext *context);

/* SPDX-License-Identifier: Apache-2.0 */
/* Finding fields and packets by what a person types.
 *
 *   64           the packet of that number, and packets and fields that hold the text
 *   syn          text: in protocol or info of a packet, in name, label or meaning of a field
 *   ipv4_ttl=64  packets whose field has the value; also != < <= > >=, and 0x40, 192.0.2.1. A field
 *                may be given without its header where only one has that name ("ttl"); "absent" as
 *                the value finds packets that lack it. Terms may be joined by "and". */
#pragma once

#include "app/trace/packet_info.h"

typedef struct PacketQuery PacketQuery;

/* NULL and error, a sentence, where text speaks of a field there is none of, or of no value. */
PacketQuery *packet_query_new(const char *text, GError **error);
void packet_query_free(PacketQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PacketQuery, packet_query_free)
bool packet_query_matches(const PacketQuery *query, const PacketInfoTable *table, int row);
/* The field of the first term, N_FIELDS when it names none. */
FieldId packet_query_field(const PacketQuery *query);

/* Fields of a layout that are called so or mean that, the best ones first; text that is a name or a
 * label finds only what has it. An array of FieldId; the caller unrefs. */
GArray *fields_find(const Layout *layout, const char *text);

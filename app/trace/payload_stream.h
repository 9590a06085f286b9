/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that run over TCP segments, of protocols that count their messages (DNS, OpenVPN). A
 * segment is a message of its own (payload.h), but where that is too short to hold the count, what
 * a message begins with and a word for the checksum, and another ends where it begins: then it is
 * the end of that one's message. What is sent again is as it was. */
#pragma once

#include "app/trace/policy.h"
#include "app/trace/trace.h"

/* Of all rows of a trace, by their headers and addresses; NULL where none runs over segments. */
PayloadStreams *payload_streams_new(const Trace *trace);
void payload_streams_free(PayloadStreams *streams); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PayloadStreams, payload_streams_free)

/* How many bytes of later segments belong to the message that a row begins; -1 where the row is the
 * end of an earlier one's. */
int payload_streams_more(const PayloadStreams *streams, int row);

/* The ports of such protocols. */
enum { PAYLOAD_PORT_DNS = 53, PAYLOAD_PORT_OPENVPN = 1194 };
/* The least bytes that hold all that a message needs; 0 for another port. */
int payload_least_counted(unsigned port);

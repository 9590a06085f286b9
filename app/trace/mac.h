/* SPDX-License-Identifier: Apache-2.0 */
/* The Ethernet addresses of a packet, by MacPolicy (policy.h). */
#pragma once

#include "app/trace/policy.h"
#include "app/trace/trace.h"

/* src and dst are of the same family, 4 or 6. is_answer: the packet goes against the first one
 * between its hosts. */
void macs_of_packet(const WritePolicy *policy, const Address *src, const Address *dst,
                    bool is_answer, uint8_t src_mac[6], uint8_t dst_mac[6]);

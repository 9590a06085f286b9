/* SPDX-License-Identifier: Apache-2.0 */
/* Which way a packet goes between two hosts: as the first packet between them, or the other way. In
 * bounded memory: pairs of which nothing was seen for 65,536 other pairs may be forgotten, and are
 * new when they come again. Private to app/trace. */
#pragma once

#include "app/trace/trace.h"

typedef struct HostPairs HostPairs;

HostPairs *host_pairs_new(void);
void host_pairs_free(HostPairs *pairs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostPairs, host_pairs_free)

/* 0: as the first packet of its pair, 1: the other way. */
uint8_t host_pairs_direction(HostPairs *pairs, const Address *src, const Address *dst);

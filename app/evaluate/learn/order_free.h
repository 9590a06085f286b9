/* SPDX-License-Identifier: Apache-2.0 */
/* Features of a trace that do not depend on where in a connection it begins:
 *
 *   columns   of each column of the layout the share of packets where it is there, and where it
 *             is 1 (of all packets)
 *   sizes     size of the IP packet by direction: the share of packets in steps of 64 bytes
 *   gaps      time to the packet before, to the one before of the same direction for either
 *             direction: shares in steps of a factor 2 from 1 microsecond on
 *   bursts    runs of packets of one direction: shares of their lengths in packets, by direction,
 *             and of their bytes in steps of a factor 2
 *   counts    packets, share and mean and deviation of size per direction, bytes per direction,
 *             duration, rate
 *
 * What a trace does not hold is 0: gaps without times; sizes without lengths are read off the
 * headers; without directions every packet counts as direction 0. */
#pragma once

#include "app/trace/trace.h"

/* How many there are under a layout. */
int order_free_n_features(const Layout *layout);
/* Of the first n_packets packets of trace at most; values has room for all. */
void order_free_features(const Trace *trace, int n_packets, float *values);
/* "ones ipv4_ttl_3", "size up 64", "gap 1024 us"; the caller frees. */
char *order_free_name(const Layout *layout, int feature);
/* A FieldId or FEATURE_GROUP_* (feature_matrix.h). */
int order_free_group(const Layout *layout, int feature);
bool order_free_is_time(const Layout *layout, int feature);

/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a header field as a bin of a histogram.
 *
 *   up to 8 bits   the value itself
 *   more           its six highest significant bits: exact below 64, from there on bins that are at
 *                  most 1/32 of the value wide (the binning of HdrHistogram). Exact values would
 *                  make histograms of thousands of bins that a few captures cannot fill: two halves
 *                  of the real ones would then differ by sparseness alone, and the floor drown what
 *                  is to be seen. A fixed number of highest bits would put all small values, the
 *                  lengths of an Ethernet's packets among them, into a few bins.
 *   options        (ipv4_opt, tcp_opt) the kinds and lengths of the list, in their order, as far as
 *                  it is well formed: "no-op, no-op, timestamps". What they hold is told by bit
 * and one bin for a field any of whose bits is absent. */
#pragma once

#include "app/trace/field.h"

#define FIELD_VALUE_ABSENT ((guint64)0)

/* The bin of the field whose trits these are (field_table[field].width); FIELD_VALUE_ABSENT, or
 * more than 0. Options with no byte at all are absent. */
guint64 field_value_bin(FieldId field, const int8_t *trits);

/* Of a number: 1 + the number below 64, else the bin as above; rises with the number. */
guint64 field_value_bin_of(guint32 value);

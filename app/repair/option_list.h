/* SPDX-License-Identifier: Apache-2.0 */
/* Option lists of IPv4 and TCP: kind, length, value; one byte for "end" (0) and "no operation" (1).
 * Tells a legal list, and finds the legal list nearest to what was drawn. */
#pragma once

#include "app/repair/repair_context.h"

enum { OPTION_LIST_MAX_BYTES = 40 };

typedef enum { OPTIONS_IPV4, OPTIONS_TCP, OPTIONS_TCP_SYN } OptionFamily;

/* True when bytes (n) is a well-formed list of options that belong where it stands: RFC 791 section
 * 3.1 for IPv4, RFC 9293 section 3.1 and the RFCs of each kind for TCP. */
bool option_list_is_legal(OptionFamily family, const uint8_t *bytes, int n);

/* Turns bytes (n, a multiple of 4) into the legal list that the drawn bits of the row's option
 * field hold against least (see repair_cost), option by option. */
void option_list_repair(const RepairContext *context, int row, OptionFamily family, uint8_t *bytes,
                        int n);

/* The length in 32-bit words of the row's option field that agrees best with which of its bits are
 * present and with what the header length field (5 + words) says. */
int option_list_words(const RepairContext *context, int row, FieldId options, FieldId length);

/* SPDX-License-Identifier: Apache-2.0 */
/* What tells an observed packet, which is to stay as it is, from a drawn one. A picture cannot
 * know the addresses that its IPv4 checksums cover, nor the length beside a row, so a header that
 * agrees with them was read from a capture or has been repaired. */
#pragma once

#include "app/repair/repair_context.h"

/* True when the row's IP header, as drawn, is whole, agrees with what is known beside the row, and
 * announces transport (N_HEADERS: a later fragment, or a protocol that the layout lacks). */
bool packet_is_sound(const RepairContext *context, int row, Header transport);

/* True when the row is sound and nothing in its transport header breaks a rule or was changed.
 * TCP options cut short by the capture are no fault. */
bool packet_is_observed(const RepairContext *context, int row);

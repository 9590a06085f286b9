/* SPDX-License-Identifier: Apache-2.0 */
/* Ends that a drawn flow may have: ports that are free for it, addresses that hosts have. */
#pragma once

#include "app/repair/row_ends.h"

/* Makes the ends of a flow that nothing was observed of legal. row: one of its rows. exact_share:
 * of its rows, those that drew just these ends. Port 0 is reserved (RFC 6335, section 6). A port
 * that promises messages of a form that ours do not have (port_table.h) is believed where half of
 * the rows agree on it; else it becomes the nearest one, in bits, that promises none. The two ends
 * of a flow are two hosts. */
void ends_make_legal(const EndsTable *table, int row, double exact_share, Ends *ends);

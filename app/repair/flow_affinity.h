/* SPDX-License-Identifier: Apache-2.0 */
/* Rows whose drawn ports are near to those of more than one connection: which it is, their sequence
 * and acknowledgment numbers tell, whose upper bits a connection of modest length never changes. */
#pragma once

#include "app/repair/row_ends.h"

/* Moves TCP rows between flows of their group where that agrees better; centres: the ends of the n
 * flows. Writes cluster and side of the table's rows. */
void flow_affinity_settle(EndsTable *table, const Ends *centres, int n);

/* SPDX-License-Identifier: Apache-2.0 */
/* A field of some rows as it was drawn. */
#pragma once

#include "app/repair/drawn_number.h"

typedef struct {
    int *rows;
    DrawnNumber *drawn;
    int n;
} DrawnColumn;

/* Of the rows that one side of a flow sends. The field is at most 32 bits wide. */
DrawnColumn drawn_column_of_side(const RepairContext *context, const RepairFlow *flow, int side,
                                 FieldId field);
/* Of all rows of an IP version. */
DrawnColumn drawn_column_of_trace(const RepairContext *context, Header ip, FieldId field);
void drawn_column_clear(DrawnColumn *column);

/* Bit by bit what most of the rows drew. */
uint32_t drawn_column_vote(const DrawnColumn *column, int width);

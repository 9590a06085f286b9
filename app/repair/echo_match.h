/* SPDX-License-Identifier: Apache-2.0 */
/* Finds which of the marks that one side has set so far each packet of the other side answers, when
 * answers never go back: acknowledgments (marks are the ends of segments) and echoed timestamps. */
#pragma once

#include "app/repair/drawn_number.h"

typedef struct {
    DrawnNumber drawn;
    int n_available;   /* marks 0 .. n_available-1 were set before it; at least 1 */
    bool must_be_last; /* it answers the last of them, whatever was drawn */
    int mark;          /* result; never less than that of the answer before */
} EchoItem;

/* Fills mark of items (n). Contradicted bits cost bit_weight times their confidence; an answer to
 * other than the last mark costs a little, so that where evidence is mute all is answered. Marks
 * more than some hundred before the last available are not considered. */
void echo_match(double bit_weight, const uint32_t *marks, EchoItem *items, int n);

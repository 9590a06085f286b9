/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the likeliest run of a counter (sequence numbers, timestamps, identifications) behind
 * numbers that were drawn with errors: a beam search over where the counter may stand, in which
 * each drawn bit that is contradicted costs its weight, and each way to go on what that way is
 * unlikely (nats: minus the logarithm of a probability). */
#pragma once

#include "app/repair/drawn_number.h"

typedef struct {
    uint32_t step; /* from where the counter stands to the number; may be negative, modulo 2^32 */
    float cost;
    bool is_aside; /* the number does not move the counter: a keep-alive */
} TrackStep;

typedef struct {
    double bit_weight; /* repair_bit_weight */
    uint32_t mask;     /* the counter counts modulo mask + 1 */
    const TrackStep *steps;
    int n_steps;
    float jump_cost;   /* for going on from where the drawn numbers are, INFINITY: never */
    uint32_t max_jump; /* as far ahead */
    float repeat_cost; /* for one of the last numbers once more, INFINITY: never */
} TrackModel;

typedef enum { TRACK_ON, TRACK_ASIDE, TRACK_JUMP, TRACK_REPEAT } TrackKind;

typedef struct {
    DrawnNumber drawn;
    uint32_t advance; /* what the counter moves on by after it: bytes of a segment, 1, ticks */
    uint32_t number;  /* result */
    TrackKind kind;   /* result */
} TrackItem;

/* Fills number and kind of items (n). */
void track_counter(const TrackModel *model, TrackItem *items, int n);

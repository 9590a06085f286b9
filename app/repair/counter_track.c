/* SPDX-License-Identifier: Apache-2.0 */
/* The beam search of counter_track.h. */
#include "app/repair/counter_track.h"

#include <math.h>
#include <string.h>

enum {
    BEAM = 10,        /* hypotheses kept after each item */
    N_RECENT = 12,    /* numbers that may be repeated */
    N_STARTS = 6,     /* hypotheses on where the counter starts */
    START_FROM = 24,  /* items whose numbers are led back to a start */
    START_ITEMS = 48, /* items a start is judged by */
    JUMP_FROM = 6,    /* the same of where a jump may lead to */
    JUMP_ITEMS = 14,
    MAX_CANDIDATES = BEAM * (N_RECENT + 16),
};

/* A wrong number costs a start no more than this many bits: it may be a jump. */
static const float start_most_wrong = 9;

typedef struct {
    uint32_t next; /* where the counter stands */
    float cost;
    int16_t parent;
    uint8_t kind;
    uint32_t number;
    uint32_t left;             /* where the counter stood before */
    uint32_t n_recent;         /* numbers that moved the counter on, so far */
    uint32_t recent[N_RECENT]; /* a ring of the last of them */
} State;

/* What is needed to walk back. */
typedef struct {
    uint32_t number;
    int16_t parent;
    uint8_t kind;
} Link;

typedef struct {
    const TrackModel *model;
    const TrackItem *items;
    int n;
    State beam[BEAM];
    int n_beam;
    State *candidates; /* (MAX_CANDIDATES) */
    int n_candidates;
} Search;

/* What a run of n items from the first on costs when it starts at a number. */
static float
start_cost(const Search *search, int first, int n, uint32_t start, float limit)
{
    float cost = 0;
    uint32_t at = start;

    for (int i = first; i < MIN(search->n, first + n) && cost < limit; i++) {
        cost += MIN(drawn_number_cost(&search->items[i].drawn, at), start_most_wrong);
        at = (at + search->items[i].advance) & search->model->mask;
    }
    return cost;
}

/* Mends single bits of a start while that makes it likelier. */
static uint32_t
climb(const Search *search, int first, int n, uint32_t start, float *cost)
{
    for (int round = 0; round < 16; round++) {
        uint32_t best = start;
        for (uint32_t bit = 1; bit & search->model->mask; bit <<= 1) {
            float other = start_cost(search, first, n, start ^ bit, *cost);
            if (other < *cost) {
                *cost = other;
                best = start ^ bit;
            }
        }
        if (best == start)
            break;
        start = best;
    }
    return start;
}

/* Where the counter seems to stand at an item, by it and those that follow. */
static uint32_t
local_start(const Search *search, int first)
{
    uint32_t offset = 0, best = search->items[first].drawn.bits & search->model->mask;
    float best_cost = start_cost(search, first, JUMP_ITEMS, best, INFINITY);

    for (int i = first; i < MIN(search->n, first + JUMP_FROM) && best_cost > 0; i++) {
        uint32_t start = (search->items[i].drawn.bits - offset) & search->model->mask;
        float cost = start_cost(search, first, JUMP_ITEMS, start, INFINITY);
        start = climb(search, first, JUMP_ITEMS, start, &cost);
        if (cost < best_cost) {
            best = start;
            best_cost = cost;
        }
        offset += search->items[i].advance;
    }
    return best;
}

static void
add_start(Search *search, uint32_t start, float cost)
{
    int at = search->n_beam;

    for (int i = 0; i < search->n_beam; i++) {
        if (search->beam[i].next == start)
            return;
    }
    if (at == N_STARTS) {
        if (search->beam[at - 1].cost <= cost)
            return;
        at--;
    }
    while (at > 0 && search->beam[at - 1].cost > cost) {
        search->beam[at] = search->beam[at - 1];
        at--;
    }
    search->beam[at] = (State){.next = start, .cost = cost};
    search->n_beam = MIN(search->n_beam + 1, N_STARTS);
}

static void
find_starts(Search *search)
{
    uint32_t offset = 0;

    for (int i = 0; i < MIN(search->n, START_FROM); i++) {
        uint32_t start = (search->items[i].drawn.bits - offset) & search->model->mask;
        float cost = start_cost(search, 0, START_ITEMS, start, INFINITY);
        start = climb(search, 0, START_ITEMS, start, &cost);
        add_start(search, start, cost);
        offset += search->items[i].advance;
    }
    for (int i = 0; i < search->n_beam; i++)
        search->beam[i].cost = 0;
}

/* The one of equal standing that is likelier stays. */
static void
offer(Search *search, const State *from, uint32_t number, uint32_t next, float cost, TrackKind kind)
{
    State *state;

    for (int i = 0; i < search->n_candidates; i++) {
        if (search->candidates[i].next != next)
            continue;
        if (search->candidates[i].cost <= cost)
            return;
        state = &search->candidates[i];
        goto fill;
    }
    if (search->n_candidates == MAX_CANDIDATES)
        return;
    state = &search->candidates[search->n_candidates++];
fill:
    *state = *from;
    state->parent = (int16_t)(from - search->beam);
    state->number = number;
    state->left = from->next;
    state->next = next;
    state->cost = cost;
    state->kind = (uint8_t)kind;
}

static void
offer_repeats(Search *search, const State *from, const TrackItem *item)
{
    const TrackModel *model = search->model;
    int n = (int)MIN(from->n_recent, N_RECENT);

    for (int i = 0; i < n; i++) {
        uint32_t number = from->recent[i], end = (number + item->advance) & model->mask;
        bool is_past = (int32_t)(end - from->next) <= 0;
        float cost = (float)(model->bit_weight * drawn_number_cost(&item->drawn, number)) +
                     model->repeat_cost;
        offer(search, from, number, is_past ? from->next : end, from->cost + cost, TRACK_REPEAT);
    }
}

static void
offer_all(Search *search, int at)
{
    const TrackModel *model = search->model;
    const TrackItem *item = &search->items[at];
    uint32_t jump = isfinite(model->jump_cost) ? local_start(search, at) : 0;
    float jump_cost =
        model->jump_cost + (float)(model->bit_weight * drawn_number_cost(&item->drawn, jump));

    search->n_candidates = 0;
    for (int i = 0; i < search->n_beam; i++) {
        const State *from = &search->beam[i];
        for (int k = 0; k < model->n_steps; k++) {
            const TrackStep *step = &model->steps[k];
            uint32_t number = (from->next + step->step) & model->mask;
            float wrong = (float)(model->bit_weight * drawn_number_cost(&item->drawn, number));
            uint32_t next = step->is_aside ? from->next : (number + item->advance) & model->mask;
            offer(search, from, number, next, from->cost + wrong + step->cost,
                  step->is_aside ? TRACK_ASIDE : TRACK_ON);
        }
        if (((jump - from->next) & model->mask) <= model->max_jump)
            offer(search, from, jump, (jump + item->advance) & model->mask, from->cost + jump_cost,
                  TRACK_JUMP);
        if (isfinite(model->repeat_cost) && item->advance > 0)
            offer_repeats(search, from, item);
    }
}

static int
compare_states(const void *a, const void *b)
{
    const State *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    if (x->parent != y->parent)
        return x->parent - y->parent;
    return x->next < y->next ? -1 : x->next > y->next;
}

/* Notes what may come again: the number, the hole that a jump left behind, what follows a repeat.
 */
static void
remember(State *state, const TrackItem *item)
{
    if (item->advance == 0 || state->kind == TRACK_ASIDE)
        return;
    if (state->kind == TRACK_JUMP && state->left != state->number)
        state->recent[state->n_recent++ % N_RECENT] = state->left;
    state->recent[state->n_recent++ % N_RECENT] =
        state->kind == TRACK_REPEAT ? state->number + item->advance : state->number;
}

/* Keeps the likeliest. */
static void
prune(Search *search, const TrackItem *item, Link *links)
{
    qsort(search->candidates, search->n_candidates, sizeof *search->candidates, compare_states);
    search->n_beam = MIN(search->n_candidates, BEAM);
    for (int i = 0; i < search->n_beam; i++) {
        State *state = &search->beam[i];
        *state = search->candidates[i];
        links[i] = (Link){state->number, state->parent, state->kind};
        remember(state, item);
    }
}

void
track_counter(const TrackModel *model, TrackItem *items, int n)
{
    Search search = {.model = model, .items = items, .n = n};
    int at = 0;

    if (n == 0)
        return;
    g_autofree Link *links = g_new(Link, (size_t)n * BEAM);
    search.candidates = g_new(State, MAX_CANDIDATES);
    find_starts(&search);
    for (int i = 0; i < n; i++) {
        offer_all(&search, i);
        prune(&search, &items[i], links + (size_t)i * BEAM);
    }
    for (int i = n - 1; i >= 0; i--) {
        const Link *link = &links[(size_t)i * BEAM + at];
        items[i].number = link->number;
        items[i].kind = (TrackKind)link->kind;
        at = link->parent;
    }
    g_free(search.candidates);
}

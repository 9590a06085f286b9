/* SPDX-License-Identifier: Apache-2.0 */
/* Dividing a program into chunks: by estimate at first, by measured time afterwards. Chunks that
 * took too long are halved and short neighbours joined, so that no GPU's watchdog fires, cancelling
 * is prompt and the queue stays full. How a program is divided never changes its results. */
#include "compute/vulkan/replay.h"

#include <string.h>

#define MAX_SLICES 256 /* a chunk */
#define LONG_S 0.5
#define SHORT_S 0.1
#define FIRST_FLOP_GPU 2e10 /* of a chunk before anything is measured */
#define FIRST_FLOP_SOFTWARE 2e8

/* Cuts a slice in two along its longest side; false when it cannot be cut. */
static bool
slice_halve(const Replay *replay, const Slice *slice, Slice *first, Slice *second)
{
    const Dispatch *dispatch = replay_dispatch(replay, slice->dispatch);
    int side = 2;
    for (int i = 1; i >= 0; i--) {
        if (slice->count[i] > slice->count[side])
            side = i;
    }
    if (slice->count[side] < 2 || !dispatch->pipeline->splittable)
        return false;
    *first = *second = *slice;
    first->count[side] /= 2;
    second->count[side] -= first->count[side];
    second->base[side] += first->count[side];
    return true;
}

static void
append_slice(Replay *replay, const Slice *slice, double flop, double limit)
{
    Slice first, second;
    if (flop > limit && slice_halve(replay, slice, &first, &second)) {
        append_slice(replay, &first, flop / 2, limit);
        append_slice(replay, &second, flop / 2, limit);
    } else {
        g_array_append_val(replay->slices, *slice);
    }
}

void
chunk_divide(Replay *replay, bool software)
{
    double limit = software ? FIRST_FLOP_SOFTWARE : FIRST_FLOP_GPU;
    Chunk chunk = {0};
    double chunk_flop = 0;
    for (guint i = 0; i < replay->list.dispatches->len; i++) {
        const Dispatch *dispatch = replay_dispatch(replay, i);
        Slice whole = {.dispatch = i};
        memcpy(whole.count, dispatch->groups, sizeof whole.count);
        guint before = replay->slices->len;
        append_slice(replay, &whole, dispatch->flop, limit);
        guint n_slices = replay->slices->len - before;
        for (guint j = 0; j < n_slices; j++) {
            double flop = dispatch->flop / n_slices;
            if (chunk.n > 0 && (chunk_flop + flop > limit || chunk.n >= MAX_SLICES)) {
                g_array_append_val(replay->chunks, chunk);
                chunk = (Chunk){.first = before + j};
                chunk_flop = 0;
            }
            chunk.n++;
            chunk_flop += flop;
        }
    }
    if (chunk.n > 0)
        g_array_append_val(replay->chunks, chunk);
}

/* Appends a chunk of slices to the new division, in two parts when it was long. */
static bool
append_halved(Replay *replay, const Chunk *old, GArray *slices, GArray *chunks)
{
    const Slice *from = &g_array_index(replay->slices, Slice, old->first);
    Chunk a = {.first = slices->len, .n = old->n, .seconds = old->seconds / 2};
    Chunk b = a;
    if (old->n == 1) {
        Slice halves[2];
        if (!slice_halve(replay, from, &halves[0], &halves[1]))
            return false;
        g_array_append_vals(slices, halves, 2);
        a.n = b.n = 1;
        b.first++;
    } else {
        g_array_append_vals(slices, from, old->n);
        a.n = old->n / 2;
        b.n = old->n - a.n;
        b.first += a.n;
    }
    g_array_append_val(chunks, a);
    g_array_append_val(chunks, b);
    return true;
}

void
chunk_rebalance(Replay *replay)
{
    GArray *slices = g_array_new(FALSE, FALSE, sizeof(Slice));
    GArray *chunks = g_array_new(FALSE, FALSE, sizeof(Chunk));
    bool changed = false;
    for (guint i = 0; i < replay->chunks->len; i++) {
        const Chunk *old = &g_array_index(replay->chunks, Chunk, i);
        if (old->seconds > LONG_S && append_halved(replay, old, slices, chunks)) {
            changed = true;
            continue;
        }
        Chunk *last = chunks->len ? &g_array_index(chunks, Chunk, chunks->len - 1) : NULL;
        bool join =
            last && last->seconds + old->seconds < SHORT_S && last->n + old->n <= MAX_SLICES;
        if (join) {
            last->n += old->n;
            last->seconds += old->seconds;
            changed = true;
        } else {
            Chunk chunk = {.first = slices->len, .n = old->n, .seconds = old->seconds};
            g_array_append_val(chunks, chunk);
        }
        g_array_append_vals(slices, &g_array_index(replay->slices, Slice, old->first), old->n);
    }
    if (changed) {
        g_array_unref(replay->slices);
        g_array_unref(replay->chunks);
        replay->slices = slices;
        replay->chunks = chunks;
        replay->recorded = false;
    } else {
        g_array_unref(slices);
        g_array_unref(chunks);
    }
}

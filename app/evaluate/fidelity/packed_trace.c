/* SPDX-License-Identifier: Apache-2.0 */
/* Trits packed, and counted where they differ. */
#include "app/evaluate/fidelity/packed_trace.h"

#include <math.h>
#include <stdlib.h>

#include "app/evaluate/learn/simd.h"
#include "app/trace/field_random.h"

enum { PLANE_PRESENT, PLANE_STEADY, PLANE_RANDOM, N_PLANES, WORD_BITS = 64 };

const char *
bit_scope_name(BitScope scope)
{
    static const char *const names[N_SCOPES] = {"all", "steady"};

    g_return_val_if_fail((unsigned)scope < N_SCOPES, NULL);
    return names[scope];
}

static guint64 *
planes_of(const PackedTrace *trace, int row)
{
    return trace->planes + (gsize)row * N_PLANES * (gsize)trace->n_words;
}

/* The first planes are those of the scope: they lie side by side. */
static int
words_of(const PackedTrace *trace, BitScope scope)
{
    return trace->n_words * (scope == SCOPE_ALL ? N_PLANES : PLANE_RANDOM);
}

static void
pack_row(PackedTrace *packed, const Trace *trace, int row, uint8_t *is_random)
{
    guint64 *planes = planes_of(packed, row);
    const int8_t *trits = trace_row(trace, row);

    trace_mark_random(trace, row, RANDOM_ANY, is_random);
    for (int column = 0; column < trace->layout->n_columns; column++) {
        guint64 bit = (guint64)1 << column % WORD_BITS;
        int word = column / WORD_BITS, plane = is_random[column] ? PLANE_RANDOM : PLANE_STEADY;

        if (trits[column] >= 0)
            planes[PLANE_PRESENT * packed->n_words + word] |= bit;
        if (trits[column] == 1)
            planes[plane * packed->n_words + word] |= bit;
    }
}

/* The finaliser of SplitMix64 over word after word (app/trace/random.h). */
static guint64
hash_words(guint64 hash, const guint64 *words, int n)
{
    for (int i = 0; i < n; i++) {
        hash = (hash ^ words[i]) + G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
        hash = (hash ^ hash >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
        hash = (hash ^ hash >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
        hash ^= hash >> 31;
    }
    return hash;
}

static int
compare_hashes(const void *a, const void *b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

    return (x > y) - (x < y);
}

static void
hash_rows(PackedTrace *packed, const Trace *trace)
{
    packed->n_hashes = 0;
    for (int row = 0; row < packed->n_rows; row++) {
        bool is_packet = !trace_row_is_empty(trace, row);

        for (int scope = 0; scope < N_SCOPES; scope++) {
            guint64 hash = hash_words(0, planes_of(packed, row), words_of(packed, (BitScope)scope));

            packed->hash[scope] = hash_words(packed->hash[scope], &hash, 1);
            if (is_packet)
                packed->row_hashes[scope][packed->n_hashes] = hash;
        }
        packed->n_hashes += is_packet;
    }
    for (int scope = 0; scope < N_SCOPES; scope++) {
        if (packed->n_hashes > 1)
            qsort(packed->row_hashes[scope], (size_t)packed->n_hashes, sizeof(guint64),
                  compare_hashes);
    }
}

PackedTrace *
packed_trace_new(const Trace *trace, int max_packets)
{
    PackedTrace *packed = g_new0(PackedTrace, 1);
    g_autofree uint8_t *is_random = g_new(uint8_t, trace->layout->n_columns);

    packed->layout = trace->layout;
    packed->n_words = (trace->layout->n_columns + WORD_BITS - 1) / WORD_BITS;
    packed->n_rows = max_packets > 0 ? MIN(max_packets, trace->n_rows) : trace->n_rows;
    while (packed->n_rows > 0 && trace_row_is_empty(trace, packed->n_rows - 1))
        packed->n_rows--;
    packed->planes =
        g_new0(guint64, (gsize)MAX(packed->n_rows, 1) * N_PLANES * (gsize)packed->n_words);
    for (int scope = 0; scope < N_SCOPES; scope++)
        packed->row_hashes[scope] = g_new(guint64, MAX(packed->n_rows, 1));
    for (int row = 0; row < packed->n_rows; row++)
        pack_row(packed, trace, row, is_random);
    hash_rows(packed, trace);
    return packed;
}

void
packed_trace_free(PackedTrace *trace)
{
    if (!trace)
        return;
    g_free(trace->planes);
    for (int scope = 0; scope < N_SCOPES; scope++)
        g_free(trace->row_hashes[scope]);
    g_free(trace);
}

/* Trits of n_words words that differ: present in one alone, or another value. */
LEARN_BIT_KERNEL static guint64
count_differences(const guint64 *a, const guint64 *b, int n_words, bool with_random)
{
    guint64 n = 0;

    for (int i = 0; i < n_words; i++) {
        guint64 differs = (a[i] ^ b[i]) | (a[n_words + i] ^ b[n_words + i]);

        if (with_random)
            differs |= a[2 * n_words + i] ^ b[2 * n_words + i];
        n += (guint64)__builtin_popcountll(differs);
    }
    return n;
}

/* Trits that are present in rows from row on. */
static guint64
count_rest(const PackedTrace *trace, int row)
{
    guint64 n = 0;

    for (; row < trace->n_rows; row++) {
        for (int i = 0; i < trace->n_words; i++)
            n += (guint64)__builtin_popcountll(planes_of(trace, row)[i]);
    }
    return n;
}

double
packed_trace_distance(const PackedTrace *a, const PackedTrace *b, BitScope scope)
{
    int shared = MIN(a->n_rows, b->n_rows), longer = MAX(a->n_rows, b->n_rows);
    guint64 n = 0;

    if (longer == 0)
        return NAN;
    g_return_val_if_fail(a->layout == b->layout, NAN);
    for (int row = 0; row < shared; row++)
        n +=
            count_differences(planes_of(a, row), planes_of(b, row), a->n_words, scope == SCOPE_ALL);
    n += count_rest(a, shared) + count_rest(b, shared);
    return (double)n / ((double)longer * a->layout->n_columns);
}

/* Marks the rows of trace that from has too; both lists of hashes rise. */
static void
mark_copied(const PackedTrace *trace, const PackedTrace *from, BitScope scope, bool *is_copied)
{
    const guint64 *rows = trace->row_hashes[scope], *others = from->row_hashes[scope];
    int at = 0;

    for (int row = 0; row < trace->n_hashes; row++) {
        while (at < from->n_hashes && others[at] < rows[row])
            at++;
        is_copied[row] |= at < from->n_hashes && others[at] == rows[row];
    }
}

double
packed_trace_copied(const PackedTrace *trace, const PackedTrace *const *from, int n, BitScope scope)
{
    g_autofree bool *is_copied = g_new0(bool, MAX(trace->n_hashes, 1));
    int n_copied = 0;

    if (trace->n_hashes == 0)
        return NAN;
    for (int i = 0; i < n; i++)
        mark_copied(trace, from[i], scope, is_copied);
    for (int row = 0; row < trace->n_hashes; row++)
        n_copied += is_copied[row];
    return (double)n_copied / trace->n_hashes;
}

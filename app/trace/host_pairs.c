/* SPDX-License-Identifier: Apache-2.0 */
/* Two generations of open hashing: when the young one is full it becomes the old one, and what was
 * old is forgotten. What is found in the old one comes back to the young. */
#include "app/trace/host_pairs.h"

#include <string.h>

/* Slots of a generation, a power of two; at most half of them are taken. */
enum { FEWEST_SLOTS = 1 << 6, MOST_SLOTS = 1 << 17 };

/* The bytes of two addresses, the lower first; families are in the hash's low bits. */
typedef struct {
    uint64_t words[4];
    uint8_t families[2];
    uint8_t is_taken;
    uint8_t was_swapped; /* the first packet went from the higher address to the lower */
} Pair;

typedef struct {
    Pair *slots; /* n_slots, or NULL */
    size_t n_slots, n_taken;
} Generation;

struct HostPairs {
    Generation young, old;
    Pair last; /* of the packet before */
};

HostPairs *
host_pairs_new(void)
{
    HostPairs *pairs = g_new0(HostPairs, 1);

    pairs->young = (Generation){g_new0(Pair, FEWEST_SLOTS), FEWEST_SLOTS, 0};
    return pairs;
}

void
host_pairs_free(HostPairs *pairs)
{
    if (!pairs)
        return;
    g_free(pairs->young.slots);
    g_free(pairs->old.slots);
    g_free(pairs);
}

static bool
pair_equal(const Pair *a, const Pair *b)
{
    return a->words[0] == b->words[0] && a->words[1] == b->words[1] && a->words[2] == b->words[2] &&
           a->words[3] == b->words[3] && a->families[0] == b->families[0] &&
           a->families[1] == b->families[1];
}

/* Fills in the pair, ordered; whether the order was turned. */
static bool
pair_init(Pair *pair, const Address *src, const Address *dst)
{
    bool swapped = memcmp(src, dst, sizeof *src) > 0;
    const Address *ends[2] = {swapped ? dst : src, swapped ? src : dst};

    for (int end = 0; end < 2; end++) {
        memcpy(&pair->words[2 * end], ends[end]->bytes, sizeof ends[end]->bytes);
        pair->families[end] = ends[end]->family;
    }
    pair->is_taken = true;
    pair->was_swapped = swapped;
    return swapped;
}

/* Multiplied by odd constants (of the golden ratio and of MurmurHash3) and folded. */
static size_t
pair_hash(const Pair *pair)
{
    uint64_t hash = pair->families[0];

    for (int i = 0; i < 4; i++) {
        hash = (hash ^ pair->words[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    hash *= 0xff51afd7ed558ccdu;
    return hash >> 40;
}

/* The slot of a pair, or a free one where it would be. */
static Pair *
find(const Generation *generation, const Pair *pair, size_t hash)
{
    size_t slot = hash & (generation->n_slots - 1);

    while (generation->slots[slot].is_taken && !pair_equal(&generation->slots[slot], pair))
        slot = (slot + 1) & (generation->n_slots - 1);
    return &generation->slots[slot];
}

static void
grow(Generation *generation)
{
    Generation larger = {g_new0(Pair, 2 * generation->n_slots), 2 * generation->n_slots,
                         generation->n_taken};

    for (size_t i = 0; i < generation->n_slots; i++) {
        const Pair *pair = &generation->slots[i];

        if (pair->is_taken)
            *find(&larger, pair, pair_hash(pair)) = *pair;
    }
    g_free(generation->slots);
    *generation = larger;
}

static void
begin_generation(HostPairs *pairs)
{
    g_free(pairs->old.slots);
    pairs->old = pairs->young;
    pairs->young = (Generation){g_new0(Pair, MOST_SLOTS), MOST_SLOTS, 0};
}

/* Remembers whether the first packet was swapped, where there was none before this one. */
static void
look_up(HostPairs *pairs, Pair *pair)
{
    size_t hash = pair_hash(pair);
    Pair *at = find(&pairs->young, pair, hash);

    if (at->is_taken) {
        pair->was_swapped = at->was_swapped;
        return;
    }
    if (pairs->old.slots) {
        const Pair *before = find(&pairs->old, pair, hash);

        if (before->is_taken)
            pair->was_swapped = before->was_swapped;
    }
    if (pairs->young.n_taken == pairs->young.n_slots / 2) {
        if (pairs->young.n_slots < MOST_SLOTS)
            grow(&pairs->young);
        else
            begin_generation(pairs);
        at = find(&pairs->young, pair, hash);
    }
    *at = *pair;
    pairs->young.n_taken++;
}

uint8_t
host_pairs_direction(HostPairs *pairs, const Address *src, const Address *dst)
{
    Pair pair;
    bool swapped = pair_init(&pair, src, dst);

    if (!pairs->last.is_taken || !pair_equal(&pairs->last, &pair)) {
        look_up(pairs, &pair);
        pairs->last = pair;
    }
    return swapped != pairs->last.was_swapped;
}

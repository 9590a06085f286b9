/* SPDX-License-Identifier: Apache-2.0 */
/* Two generations of open hashing: when the young one is full it becomes the old one, and what was
 * old is forgotten. What is found in the old one comes back to the young. */
#include "app/trace/host_pairs.h"

#include <string.h>

enum {
    N_SLOTS = 1 << 17, /* of a generation; at most half of them taken */
    MAX_PAIRS = N_SLOTS / 2,
};

/* The bytes of two addresses, the lower first; families are in the hash's low bits. */
typedef struct {
    uint64_t words[4];
    uint8_t families[2];
    uint8_t is_taken;
    uint8_t was_swapped; /* the first packet went from the higher address to the lower */
} Pair;

typedef struct {
    Pair *slots; /* N_SLOTS, or NULL */
    int n_taken;
} Generation;

struct HostPairs {
    Generation young, old;
    Pair last; /* of the packet before */
};

HostPairs *
host_pairs_new(void)
{
    HostPairs *pairs = g_new0(HostPairs, 1);

    pairs->young.slots = g_new0(Pair, N_SLOTS);
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
pair_slot(const Pair *pair)
{
    uint64_t hash = pair->families[0];

    for (int i = 0; i < 4; i++) {
        hash = (hash ^ pair->words[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    hash *= 0xff51afd7ed558ccdu;
    return (hash >> 40) % N_SLOTS;
}

/* The slot of a pair, or a free one where it would be. */
static Pair *
find(const Generation *generation, const Pair *pair, size_t slot)
{
    Pair *at = &generation->slots[slot];

    while (at->is_taken && !pair_equal(at, pair)) {
        slot = (slot + 1) % N_SLOTS;
        at = &generation->slots[slot];
    }
    return at;
}

static void
begin_generation(HostPairs *pairs)
{
    Pair *slots = pairs->old.slots;

    pairs->old = pairs->young;
    if (slots)
        memset(slots, 0, N_SLOTS * sizeof *slots);
    else
        slots = g_new0(Pair, N_SLOTS);
    pairs->young = (Generation){slots, 0};
}

/* Remembers whether the first packet was swapped, where there was none before this one. */
static void
look_up(HostPairs *pairs, Pair *pair)
{
    size_t slot = pair_slot(pair);
    Pair *at = find(&pairs->young, pair, slot);

    if (at->is_taken) {
        pair->was_swapped = at->was_swapped;
        return;
    }
    if (pairs->old.slots) {
        const Pair *before = find(&pairs->old, pair, slot);

        if (before->is_taken)
            pair->was_swapped = before->was_swapped;
    }
    if (pairs->young.n_taken == MAX_PAIRS) {
        begin_generation(pairs);
        at = find(&pairs->young, pair, slot);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Huffman's algorithm with two queues; where a code gets too long, the counts are evened out. */
#include "app/trace/huffman.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t count;
    uint32_t told;  /* the count before it was evened out, to tell equals apart */
    int16_t symbol; /* -1: a node above two others */
    int16_t parent;
} Node;

static int
compare_nodes(const void *a_, const void *b_)
{
    const Node *a = a_, *b = b_;

    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    if (a->told != b->told)
        return a->told < b->told ? -1 : 1;
    return a->symbol - b->symbol;
}

/* Of the leaves not yet taken and the nodes not yet taken, both in order, that which counts less.
 */
static int
take_least(const Node *nodes, int *leaf, int n_leaves, int *inner, int n_nodes)
{
    if (*leaf < n_leaves && (*inner >= n_nodes || nodes[*leaf].count <= nodes[*inner].count))
        return (*leaf)++;
    return (*inner)++;
}

/* Lengths of the codes from the tree; the longest. */
static int
find_lengths(HuffmanCode *code, const uint32_t *counts, const uint32_t *told, int n)
{
    Node nodes[2 * HUFFMAN_MAX_SYMBOLS];
    uint8_t depths[2 * HUFFMAN_MAX_SYMBOLS] = {0};
    int n_leaves = 0, n_nodes, leaf = 0, inner, longest = 0;

    for (int symbol = 0; symbol < n; symbol++) {
        if (counts[symbol] > 0)
            nodes[n_leaves++] = (Node){counts[symbol], told[symbol], (int16_t)symbol, -1};
    }
    qsort(nodes, n_leaves, sizeof *nodes, compare_nodes);
    inner = n_nodes = n_leaves;
    while (n_nodes < 2 * n_leaves - 1) {
        int a = take_least(nodes, &leaf, n_leaves, &inner, n_nodes);
        int b = take_least(nodes, &leaf, n_leaves, &inner, n_nodes);

        nodes[n_nodes] = (Node){nodes[a].count + nodes[b].count, 0, -1, -1};
        nodes[a].parent = nodes[b].parent = (int16_t)n_nodes++;
    }
    for (int i = n_nodes - 2; i >= 0; i--) {
        depths[i] = depths[nodes[i].parent] + 1;
        if (nodes[i].symbol < 0)
            continue;
        code->lengths[nodes[i].symbol] = depths[i];
        longest = MAX(longest, depths[i]);
    }
    return longest;
}

static uint16_t
reverse_bits(unsigned bits, int n)
{
    unsigned reversed = 0;

    for (int i = 0; i < n; i++)
        reversed |= (bits >> i & 1) << (n - 1 - i);
    return (uint16_t)reversed;
}

/* Codes of the same length follow each other, shorter ones come first. */
static void
set_codes(HuffmanCode *code, int n)
{
    unsigned n_of_length[HUFFMAN_MAX_LENGTH + 1] = {0}, next[HUFFMAN_MAX_LENGTH + 2] = {0};

    for (int symbol = 0; symbol < n; symbol++)
        n_of_length[code->lengths[symbol]]++;
    n_of_length[0] = 0;
    for (int length = 1; length <= HUFFMAN_MAX_LENGTH; length++)
        next[length] = (next[length - 1] + n_of_length[length - 1]) << 1;
    for (int symbol = 0; symbol < n; symbol++) {
        if (code->lengths[symbol])
            code->codes[symbol] =
                reverse_bits(next[code->lengths[symbol]]++, code->lengths[symbol]);
    }
}

void
huffman_code_init(HuffmanCode *code, const uint32_t *counts, int n, int max_length)
{
    uint32_t evened[HUFFMAN_MAX_SYMBOLS];
    int n_used = 0;

    memset(code, 0, sizeof *code);
    memcpy(evened, counts, n * sizeof *counts);
    for (int symbol = 0; symbol < n; symbol++)
        n_used += counts[symbol] > 0;
    for (int symbol = 0; symbol < n && n_used < 2; symbol++) {
        if (evened[symbol] == 0) {
            evened[symbol] = 1;
            n_used++;
        }
    }
    while (find_lengths(code, evened, counts, n) > max_length) {
        for (int symbol = 0; symbol < n; symbol++)
            evened[symbol] = evened[symbol] > 0 ? evened[symbol] / 2 + 1 : 0;
    }
    set_codes(code, n);
}

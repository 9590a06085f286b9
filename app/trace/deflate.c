/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to literals and matches, those to blocks with Huffman codes of their own. */
#include "app/trace/deflate.h"

#include <stdbool.h>
#include <string.h>

#include "app/trace/adler.h"
#include "app/trace/huffman.h"

enum {
    MIN_MATCH = 3,
    MAX_MATCH = 258,
    WINDOW = 32768,
    N_LITERALS = 286, /* bytes, the end of a block, and lengths */
    N_DISTANCES = 30,
    N_LENGTHS = 19, /* symbols of the code that sends the codes' lengths */
    END_OF_BLOCK = 256,
    MAX_TOKENS = 1 << 16, /* a block */
    TOKEN_SIZE = 6,       /* bytes at most: a length of 20 bits and a distance of 28 */
    CODES_SIZE = 1024,    /* bytes at most, for what is sent before the tokens of a block */
};
enum { LEFT, ABOVE, N_PLACES };
enum { IS_MATCH = 0x8000, IS_ABOVE = 0x100 }; /* of a token, over the length less MIN_MATCH */

/* A number in DEFLATE's two scales: a symbol, and bits that follow it. */
typedef struct {
    int symbol;
    int n_extra;
    unsigned extra;
} Scaled;

typedef struct {
    uint64_t bits; /* the first to send is the lowest */
    int n;
} Bits;

typedef struct {
    GByteArray *out;
    uint8_t *at; /* where the next byte goes */
    Bits pending;
    uint16_t *tokens; /* MAX_TOKENS */
    int n_tokens;
    size_t distances[N_PLACES]; /* in bytes; 0 when out of reach */
} Packer;

/* RFC 1951, 3.2.5: scales of 4 (lengths) or 2 (distances) symbols to the doubling. */
static Scaled
scale(unsigned number, int log_steps)
{
    unsigned steps = 1u << log_steps;
    int log;

    if (number < 2 * steps)
        return (Scaled){(int)number, 0, 0};
    log = 31 - __builtin_clz(number) - log_steps;
    return (Scaled){log * (int)steps + (int)(number >> log), log, number & ((1u << log) - 1)};
}

static Scaled
scale_length(int length)
{
    Scaled scaled = scale((unsigned)(length - MIN_MATCH), 2);

    scaled.symbol += END_OF_BLOCK + 1;
    return length == MAX_MATCH ? (Scaled){N_LITERALS - 1, 0, 0} : scaled;
}

static Scaled
scale_distance(size_t distance)
{
    return scale((unsigned)distance - 1, 1);
}

/* Room was made by reserve(): whole words are written, of which the last may not be full. */
static inline void
put_bits(Packer *packer, uint64_t bits, int n)
{
    uint64_t word;

    packer->pending.bits |= bits << packer->pending.n;
    packer->pending.n += n;
    word = GUINT64_TO_LE(packer->pending.bits);
    memcpy(packer->at, &word, sizeof word);
    packer->at += packer->pending.n / 8;
    packer->pending.bits >>= packer->pending.n / 8 * 8;
    packer->pending.n %= 8;
}

/* Room for n bytes and a word more at `at`. */
static void
reserve(Packer *packer, size_t n)
{
    guint used = packer->out->len;

    g_byte_array_set_size(packer->out, used + (guint)n + 8);
    packer->at = packer->out->data + used;
}

/* What was put stays, the rest of the room goes. */
static void
settle(Packer *packer)
{
    g_byte_array_set_size(packer->out, (guint)(packer->at - packer->out->data));
}

static void
put_symbol(Packer *packer, const HuffmanCode *code, int symbol)
{
    put_bits(packer, code->codes[symbol], code->lengths[symbol]);
}

/* Lengths as they are sent: a run of zeros, or of the length before, is one symbol with extra bits
 * (RFC 1951, 3.2.7). */
static int
fold_lengths(const uint8_t *lengths, int n, Scaled *folded)
{
    int n_folded = 0;

    for (int i = 0; i < n;) {
        int run = 1;

        while (i + run < n && lengths[i + run] == lengths[i])
            run++;
        if (lengths[i] == 0 && run >= 11) {
            run = MIN(run, 138);
            folded[n_folded++] = (Scaled){18, 7, (unsigned)run - 11};
        } else if (lengths[i] == 0 && run >= 3) {
            folded[n_folded++] = (Scaled){17, 3, (unsigned)run - 3};
        } else if (i > 0 && lengths[i] == lengths[i - 1] && run >= 3) {
            run = MIN(run, 6);
            folded[n_folded++] = (Scaled){16, 2, (unsigned)run - 3};
        } else {
            run = 1;
            folded[n_folded++] = (Scaled){lengths[i], 0, 0};
        }
        i += run;
    }
    return n_folded;
}

static void
put_codes(Packer *packer, const HuffmanCode *literals, const HuffmanCode *distances)
{
    static const uint8_t order[N_LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[N_LITERALS + N_DISTANCES];
    Scaled folded[N_LITERALS + N_DISTANCES];
    uint32_t counts[N_LENGTHS] = {0};
    HuffmanCode code;
    int n_folded;

    memcpy(lengths, literals->lengths, N_LITERALS);
    memcpy(lengths + N_LITERALS, distances->lengths, N_DISTANCES);
    n_folded = fold_lengths(lengths, N_LITERALS + N_DISTANCES, folded);
    for (int i = 0; i < n_folded; i++)
        counts[folded[i].symbol]++;
    huffman_code_init(&code, counts, N_LENGTHS, 7);
    put_bits(packer, N_LITERALS - 257, 5);
    put_bits(packer, N_DISTANCES - 1, 5);
    put_bits(packer, N_LENGTHS - 4, 4);
    for (int i = 0; i < N_LENGTHS; i++)
        put_bits(packer, code.lengths[order[i]], 3);
    for (int i = 0; i < n_folded; i++) {
        put_symbol(packer, &code, folded[i].symbol);
        put_bits(packer, folded[i].extra, folded[i].n_extra);
    }
}

static Bits
join(const HuffmanCode *code, Scaled scaled)
{
    int n = code->lengths[scaled.symbol];

    return (Bits){code->codes[scaled.symbol] | (uint64_t)scaled.extra << n, n + scaled.n_extra};
}

/* What each token is sent as: of a match the length, and of either place the distance. */
typedef struct {
    Bits literals[256];
    Bits lengths[MAX_MATCH - MIN_MATCH + 1];
    Bits places[N_PLACES];
} Sent;

static void
put_tokens(Packer *packer, const Sent *sent)
{
    for (int i = 0; i < packer->n_tokens; i++) {
        unsigned token = packer->tokens[i];

        if (token & IS_MATCH) {
            const Bits *length = &sent->lengths[token & 0xff];
            const Bits *place = &sent->places[token & IS_ABOVE ? ABOVE : LEFT];

            put_bits(packer, length->bits | place->bits << length->n, length->n + place->n);
        } else {
            put_bits(packer, sent->literals[token].bits, sent->literals[token].n);
        }
    }
}

static void
count_tokens(const Packer *packer, uint32_t *literals, uint32_t *distances)
{
    uint32_t lengths[256] = {0}, places[N_PLACES] = {0};

    for (int i = 0; i < packer->n_tokens; i++) {
        unsigned token = packer->tokens[i];

        if (token & IS_MATCH) {
            lengths[token & 0xff]++;
            places[token & IS_ABOVE ? ABOVE : LEFT]++;
        } else {
            literals[token]++;
        }
    }
    literals[END_OF_BLOCK] = 1;
    for (int i = 0; i < 256; i++)
        literals[scale_length(i + MIN_MATCH).symbol] += lengths[i];
    for (int place = 0; place < N_PLACES; place++) {
        if (packer->distances[place])
            distances[scale_distance(packer->distances[place]).symbol] += places[place];
    }
}

static void
put_block(Packer *packer, bool is_last)
{
    uint32_t literal_counts[N_LITERALS] = {0}, distance_counts[N_DISTANCES] = {0};
    HuffmanCode literals, distances;
    Sent sent;

    count_tokens(packer, literal_counts, distance_counts);
    huffman_code_init(&literals, literal_counts, N_LITERALS, HUFFMAN_MAX_LENGTH);
    huffman_code_init(&distances, distance_counts, N_DISTANCES, HUFFMAN_MAX_LENGTH);
    reserve(packer, CODES_SIZE + (size_t)packer->n_tokens * TOKEN_SIZE);
    put_bits(packer, is_last, 1);
    put_bits(packer, 2, 2); /* codes of its own */
    put_codes(packer, &literals, &distances);
    for (int i = 0; i < 256; i++) {
        sent.literals[i] = join(&literals, (Scaled){i, 0, 0});
        sent.lengths[i] = join(&literals, scale_length(i + MIN_MATCH));
    }
    for (int place = 0; place < N_PLACES; place++)
        sent.places[place] = packer->distances[place]
                                 ? join(&distances, scale_distance(packer->distances[place]))
                                 : (Bits){0, 0};
    put_tokens(packer, &sent);
    put_symbol(packer, &literals, END_OF_BLOCK);
    if (is_last)
        put_bits(packer, 0, 7); /* to a whole byte */
    settle(packer);
    packer->n_tokens = 0;
}

static inline void
add_token(Packer *packer, unsigned token)
{
    packer->tokens[packer->n_tokens++] = (uint16_t)token;
    if (packer->n_tokens == MAX_TOKENS)
        put_block(packer, false);
}

/* Any number of bytes, of which no part may be shorter than a match can be. */
static void
add_match(Packer *packer, size_t n, int place)
{
    while (n > 0) {
        size_t part = MIN(n, MAX_MATCH);

        if (n > part && n - part < MIN_MATCH)
            part -= MIN_MATCH;
        add_token(packer,
                  IS_MATCH | (place == ABOVE ? IS_ABOVE : 0) | (unsigned)(part - MIN_MATCH));
        n -= part;
    }
}

/* How many of at most n bytes are the same. */
static inline size_t
n_same(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t x, y;

        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        if (x != y)
            return i + (size_t)__builtin_ctzll(GUINT64_TO_LE(x ^ y)) / 8;
    }
    while (i < n && a[i] == b[i])
        i++;
    return i;
}

/* above: the row before, or NULL when there is none in reach. */
static void
pack_row(Packer *packer, const uint8_t *row, const uint8_t *above, size_t stride, size_t pixel_size)
{
    size_t at = 0;

    add_token(packer, 0); /* the filter */
    while (at < stride) {
        size_t n = stride - at;
        size_t n_above = above ? n_same(row + at, above + at, n) : 0;
        size_t n_left =
            at < pixel_size || n_above == n ? 0 : n_same(row + at, row + at - pixel_size, n);
        size_t longest = MAX(n_above, n_left);

        if (longest >= MIN_MATCH) {
            add_match(packer, longest, n_above >= n_left ? ABOVE : LEFT);
            at += longest;
            continue;
        }
        for (size_t i = 0; i < MIN(pixel_size, n); i++)
            add_token(packer, row[at + i]);
        at += MIN(pixel_size, n);
    }
}

GByteArray *
deflate_rows(const uint8_t *pixels, size_t stride, int n_rows, int pixel_size)
{
    g_autofree uint16_t *tokens = g_new(uint16_t, MAX_TOKENS);
    Packer packer = {.out = g_byte_array_sized_new((guint)MIN(stride * n_rows / 16, 1 << 20) + 64),
                     .tokens = tokens,
                     .distances = {(size_t)pixel_size, stride < WINDOW ? stride + 1 : 0}};
    Adler adler = ADLER_INIT;
    const uint8_t *above = NULL;
    uint32_t check;

    g_byte_array_append(packer.out, (const uint8_t *)"\x78\x01", 2); /* window 32 KiB, fastest */
    for (int row = 0; row < n_rows; row++, pixels += stride) {
        pack_row(&packer, pixels, packer.distances[ABOVE] ? above : NULL, stride,
                 (size_t)pixel_size);
        adler_add(&adler, (const uint8_t *)"", 1);
        adler_add(&adler, pixels, stride);
        above = pixels;
    }
    put_block(&packer, true);
    check = GUINT32_TO_BE(adler_value(&adler));
    g_byte_array_append(packer.out, (const uint8_t *)&check, sizeof check);
    return packer.out;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Option lists: a strict parser, and a shortest path over byte offsets for the nearest list. */
#include "app/repair/option_list.h"

#include <math.h>
#include <string.h>

enum {
    TCP_MSS = 2,
    TCP_WINDOW_SCALE = 3,
    TCP_SACK_PERMITTED = 4,
    TCP_SACK = 5,
    TCP_TIMESTAMPS = 8,
    IPV4_ROUTER_ALERT = 148,
    MAX_WINDOW_SCALE = 14, /* RFC 7323, section 2.3 */
};

/* Kinds offered when a list has to be made legal; each at most once. */
typedef struct {
    uint8_t kind, size;
    uint8_t once; /* bit in the set of kinds used */
} Candidate;

static const Candidate syn_candidates[] = {
    {TCP_MSS, 4, 1},
    {TCP_WINDOW_SCALE, 3, 2},
    {TCP_SACK_PERMITTED, 2, 4},
    {TCP_TIMESTAMPS, 10, 8},
};
static const Candidate segment_candidates[] = {
    {TCP_TIMESTAMPS, 10, 8}, {TCP_SACK, 10, 1}, {TCP_SACK, 18, 1},
    {TCP_SACK, 26, 1},       {TCP_SACK, 34, 1},
};
static const Candidate ipv4_candidates[] = {{IPV4_ROUTER_ALERT, 4, 1}};

/* RFC 8684, section 3: sizes by subtype. */
static bool
multipath_is_legal(const uint8_t *option, int size, bool is_syn)
{
    static const uint8_t least[] = {4, 12, 4, 8, 4, 3, 12, 12, 4};
    static const uint8_t most[] = {24, 24, 28, 30, 12, 4, 12, 12, 4};
    int subtype = size > 2 ? option[2] >> 4 : 255;

    return subtype < (int)sizeof least && size >= least[subtype] && size <= most[subtype] &&
           (subtype == 0 || subtype == 1 || !is_syn);
}

static bool
tcp_option_is_legal(const uint8_t *option, int size, bool is_syn)
{
    switch (option[0]) {
    case TCP_MSS:
        return is_syn && size == 4 && (option[2] | option[3]) != 0;
    case TCP_WINDOW_SCALE:
        return is_syn && size == 3 && option[2] <= MAX_WINDOW_SCALE;
    case TCP_SACK_PERMITTED:
        return is_syn && size == 2;
    case TCP_SACK:
        return !is_syn && size >= 10 && size <= 34 && (size - 2) % 8 == 0;
    case TCP_TIMESTAMPS:
        return size == 10;
    case 19: /* MD5 signature, RFC 2385 */
        return size == 18;
    case 28: /* user timeout, RFC 5482 */
        return size == 4;
    case 29: /* authentication, RFC 5925 */
        return size >= 8;
    case 30:
        return multipath_is_legal(option, size, is_syn);
    case 34: /* fast open cookie, RFC 7413 */
        return is_syn && (size == 2 || (size >= 6 && size <= 18 && size % 2 == 0));
    case 253:
    case 254: /* experiments, RFC 6994 */
        return size >= 4;
    default:
        return false;
    }
}

/* RFC 1108, section 2.3: of the flags, which are of any length, the last byte alone has its lowest
 * bit clear. */
static bool
security_ends_well(const uint8_t *option, int size)
{
    for (int i = 3; i < size; i++) {
        if ((option[i] & 1) != (i < size - 1))
            return false;
    }
    return true;
}

static bool
ipv4_option_is_legal(const uint8_t *option, int size)
{
    switch (option[0]) {
    case 7: /* record route */
    case 131:
    case 137: /* loose and strict source route */
        return size >= 3 && (size - 3) % 4 == 0 && option[2] >= 4 && option[2] % 4 == 0 &&
               option[2] <= size + 1;
    case 68: /* timestamps */
        return size >= 4 && size % 4 == 0 && option[2] >= 5 && option[2] % 4 == 1 &&
               option[2] <= size + 1 && ((option[3] & 15) <= 1 || (option[3] & 15) == 3);
    case 130: /* security, RFC 1108 */
        return size >= 3 && size <= 11 && security_ends_well(option, size);
    case IPV4_ROUTER_ALERT: /* RFC 2113 */
        return size == 4;
    default:
        return false;
    }
}

bool
option_list_is_legal(OptionFamily family, const uint8_t *bytes, int n)
{
    guint32 seen[8] = {0}; /* of the 256 kinds */

    for (int at = 0; at < n;) {
        uint8_t kind = bytes[at];
        if (kind == 0) {
            while (++at < n) {
                if (bytes[at] != 0)
                    return false;
            }
            return true;
        }
        if (kind == 1) {
            at++;
            continue;
        }
        int size = at + 1 < n ? bytes[at + 1] : 0;
        bool is_repeatable = family != OPTIONS_IPV4 && (kind == 30 || kind >= 253);
        if (size < 2 || size > n - at || (!is_repeatable && seen[kind / 32] >> kind % 32 & 1))
            return false;
        seen[kind / 32] |= 1u << kind % 32;
        if (family == OPTIONS_IPV4
                ? !ipv4_option_is_legal(bytes + at, size)
                : !tcp_option_is_legal(bytes + at, size, family == OPTIONS_TCP_SYN))
            return false;
        at += size;
    }
    return true;
}

/* The evidence for the bits of an option field, byte by byte. */
typedef struct {
    float against[OPTION_LIST_MAX_BYTES][8][2]; /* cost of the bit being 0 or 1 */
    const uint8_t *bytes;
    int n;
} Evidence;

static void
evidence_init(Evidence *evidence, const RepairContext *context, int row, FieldId field,
              const uint8_t *bytes, int n)
{
    int column = context->drawn->layout->column_of[field];
    const int8_t *trits = repair_drawn_trits(context, row) + column;

    *evidence = (Evidence){.bytes = bytes, .n = n};
    for (int bit = 0; bit < n * 8; bit++) {
        if (trits[bit] >= 0)
            evidence->against[bit / 8][bit % 8][!trits[bit]] =
                repair_confidence(context, row, column + bit);
    }
}

static float
byte_cost(const Evidence *evidence, int at, uint8_t value)
{
    float cost = 0;
    for (int bit = 0; bit < 8; bit++)
        cost += evidence->against[at][bit][value >> (7 - bit) & 1];
    return cost;
}

static uint8_t
nearest_byte(const Evidence *evidence, int at, int low, int high)
{
    uint8_t best = evidence->bytes[at];
    float best_cost = INFINITY;

    if (best >= low && best <= high)
        return best;
    for (int value = low; value <= high; value++) {
        float cost = byte_cost(evidence, at, (uint8_t)value);
        if (cost < best_cost) {
            best = (uint8_t)value;
            best_cost = cost;
        }
    }
    return best;
}

/* Writes the option at offset at into out; what it costs. Values stay as drawn where legal. */
static float
place_option(const Evidence *evidence, OptionFamily family, const Candidate *option, int at,
             uint8_t *out)
{
    memcpy(out + at, evidence->bytes + at, option->size);
    out[at] = option->kind;
    out[at + 1] = option->size;
    if (family == OPTIONS_TCP_SYN && option->kind == TCP_WINDOW_SCALE)
        out[at + 2] = nearest_byte(evidence, at + 2, 0, MAX_WINDOW_SCALE);
    if (family == OPTIONS_TCP_SYN && option->kind == TCP_MSS && (out[at + 2] | out[at + 3]) == 0)
        out[at + 2] = 2; /* 536, RFC 9293 section 3.7.1, without its low byte */
    float cost = 0;
    for (int i = 0; i < option->size; i++) {
        if (out[at + i] != evidence->bytes[at + i])
            cost += byte_cost(evidence, at + i, out[at + i]) -
                    byte_cost(evidence, at + i, evidence->bytes[at + i]);
    }
    return cost;
}

/* A set is the kinds used, and above them how many more "no operation" there may be: a longer run
 * of them looks like options that a router took out. */
enum { KINDS = 16, MAX_NOPS = 3, N_SETS = KINDS * (MAX_NOPS + 1) };
enum { STEP_NOP = 100, STEP_END = 101, STEP_NONE = 255 };

/* Shortest path over (offset, set), from the end back to the start. */
typedef struct {
    float cost[OPTION_LIST_MAX_BYTES + 1][N_SETS];
    uint8_t step[OPTION_LIST_MAX_BYTES + 1][N_SETS]; /* candidate index, STEP_NOP or STEP_END */
} Path;

static void
path_relax(Path *path, int at, int set, float cost, int step)
{
    if (cost < path->cost[at][set]) {
        path->cost[at][set] = cost;
        path->step[at][set] = (uint8_t)step;
    }
}

static void
path_find(Path *path, const Evidence *evidence, OptionFamily family, const Candidate *candidates,
          int n_candidates)
{
    uint8_t scratch[OPTION_LIST_MAX_BYTES];
    float zeros = 0; /* cost of nothing but zeros from here */

    memset(path->step, STEP_NONE, sizeof path->step);
    for (int set = 0; set < N_SETS; set++)
        path->cost[evidence->n][set] = 0;
    for (int at = evidence->n - 1; at >= 0; at--) {
        zeros += byte_cost(evidence, at, 0);
        float nop = byte_cost(evidence, at, 1);
        for (int set = 0; set < N_SETS; set++) {
            path->cost[at][set] = INFINITY;
            if (set >= KINDS)
                path_relax(path, at, set, nop + path->cost[at + 1][set - KINDS], STEP_NOP);
            path_relax(path, at, set, zeros, STEP_END);
        }
        for (int i = 0; i < n_candidates; i++) {
            const Candidate *option = &candidates[i];
            if (at + option->size > evidence->n)
                continue;
            float cost = place_option(evidence, family, option, at, scratch);
            for (int set = 0; set < N_SETS; set++) {
                if (!(set & option->once))
                    path_relax(path, at, set,
                               cost + path->cost[at + option->size][set | option->once], i);
            }
        }
    }
}

void
option_list_repair(const RepairContext *context, int row, OptionFamily family, uint8_t *bytes,
                   int n)
{
    const Candidate *candidates = family == OPTIONS_IPV4      ? ipv4_candidates
                                  : family == OPTIONS_TCP_SYN ? syn_candidates
                                                              : segment_candidates;
    int n_candidates = family == OPTIONS_IPV4      ? (int)G_N_ELEMENTS(ipv4_candidates)
                       : family == OPTIONS_TCP_SYN ? (int)G_N_ELEMENTS(syn_candidates)
                                                   : (int)G_N_ELEMENTS(segment_candidates);
    uint8_t out[OPTION_LIST_MAX_BYTES] = {0};
    Evidence evidence;
    Path path;
    int at = 0, set = MAX_NOPS * KINDS;

    g_return_if_fail(n >= 0 && n <= OPTION_LIST_MAX_BYTES);
    evidence_init(&evidence, context, row, family == OPTIONS_IPV4 ? FIELD_IPV4_OPT : FIELD_TCP_OPT,
                  bytes, n);
    path_find(&path, &evidence, family, candidates, n_candidates);
    while (at < n) {
        int step = path.step[at][set];
        if (step == STEP_END)
            break;
        if (step == STEP_NOP) {
            out[at++] = 1;
            set -= KINDS;
            continue;
        }
        place_option(&evidence, family, &candidates[step], at, out);
        set |= candidates[step].once;
        at += candidates[step].size;
    }
    memcpy(bytes, out, n);
}

int
option_list_words(const RepairContext *context, int row, FieldId options, FieldId length)
{
    int column = context->drawn->layout->column_of[options], best = 0;
    float score = 0, best_score = -INFINITY;

    if (column < 0)
        return 0;
    for (int words = 0; words <= OPTION_LIST_MAX_BYTES / 4; words++) {
        /* A bit of the length field weighs as much as a quarter of an option word. */
        float said = -8 * repair_cost(context, row, length, 5 + words);
        if (score + said > best_score) {
            best = words;
            best_score = score + said;
        }
        if (words < OPTION_LIST_MAX_BYTES / 4)
            score += 32 * repair_presence(context, row, column + words * 32, 32);
    }
    return best;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Option lists of a connection. A list is written as a word, a letter an option: M maximum segment
 * size, S selective acknowledgments permitted, T timestamps, W window scale, N no operation, E end,
 * 1 to 4 that many blocks of selective acknowledgment. */
#include "app/repair/tcp_option.h"

#include "app/repair/drawn_number.h"
#include "app/repair/option_list.h"

#include <math.h>
#include <string.h>

/* As Linux, the BSDs, macOS and Windows send them. */
static const char *const syn_words[] = {"",      "M",    "MNW", "MNNS",   "MNNSNW",    "MNWNNS",
                                        "MSTNW", "MNNT", "MST", "MNWNNT", "MNWNNTSEE", "MNWST"};
static const char *const segment_words[] = {"",    "NNT",    "NN1",    "NN2",   "NN3",
                                            "NN4", "NNTNN1", "NNTNN2", "NNTNN3"};

enum { MAX_LISTS = 16, OPTION_BITS = 320 };

typedef struct {
    uint8_t bytes[OPTION_LIST_MAX_BYTES];
    uint8_t is_form[OPTION_LIST_MAX_BYTES]; /* kind or length, not a value */
    int n;
    bool has_timestamps, has_sack, has_scale, permits_sack;
} List;

typedef struct {
    List lists[MAX_LISTS];
    int n;
} Lists;

static void
list_add(List *list, uint8_t kind, int size)
{
    list->is_form[list->n] = 1;
    list->bytes[list->n] = kind;
    if (size > 1) {
        list->is_form[list->n + 1] = 1;
        list->bytes[list->n + 1] = (uint8_t)size;
    }
    list->n += size;
}

static List
list_of_word(const char *word)
{
    List list = {.n = 0};

    for (; *word; word++) {
        switch (*word) {
        case 'M':
            list_add(&list, TCP_OPTION_MSS, 4);
            break;
        case 'S':
            list_add(&list, TCP_OPTION_SACK_PERMITTED, 2);
            list.permits_sack = true;
            break;
        case 'T':
            list_add(&list, TCP_OPTION_TIMESTAMPS, 10);
            list.has_timestamps = true;
            break;
        case 'W':
            list_add(&list, TCP_OPTION_WINDOW_SCALE, 3);
            list.has_scale = true;
            break;
        case 'N':
            list_add(&list, TCP_OPTION_NOP, 1);
            break;
        case 'E':
            list_add(&list, TCP_OPTION_END, 1);
            break;
        default:
            list_add(&list, TCP_OPTION_SACK, 2 + 8 * (*word - '0'));
            list.has_sack = true;
        }
    }
    return list;
}

static void
lists_init(Lists *lists, const char *const *words, int n)
{
    lists->n = n;
    for (int i = 0; i < n; i++)
        lists->lists[i] = list_of_word(words[i]);
}

int
tcp_option_find(const uint8_t *bytes, int n, uint8_t kind)
{
    for (int at = 0; at < n && bytes[at] != TCP_OPTION_END;) {
        if (bytes[at] == kind)
            return at;
        if (bytes[at] == TCP_OPTION_NOP) {
            at++;
            continue;
        }
        if (at + 1 >= n || bytes[at + 1] < 2)
            break;
        at += bytes[at + 1];
    }
    return -1;
}

int
tcp_options_get(const RepairContext *context, int row, uint8_t bytes[40])
{
    int n = CLAMP(((int)repair_get(context, row, FIELD_TCP_DOFF) - 5) * 4, 0, 40);

    repair_get_bytes(context, row, FIELD_TCP_OPT, bytes, n);
    return n;
}

int
tcp_option_at(const RepairContext *context, int row, uint8_t kind)
{
    uint8_t bytes[40];
    int n = tcp_options_get(context, row, bytes);
    return tcp_option_find(bytes, n, kind);
}

int
tcp_window_shift(const RepairContext *context, const RepairFlow *flow, int side)
{
    uint8_t bytes[40];
    int shift = 0;

    if (!flow->has_handshake || flow->rows->len < 2)
        return 0;
    for (int i = 0; i < 2; i++) {
        int n = tcp_options_get(context, flow_row(flow, (guint)i), bytes);
        int at = tcp_option_find(bytes, n, TCP_OPTION_WINDOW_SCALE);
        if (at < 0)
            return 0;
        if (i == side)
            shift = bytes[at + 2];
    }
    return MIN(shift, TCP_OPTION_MAX_SHIFT);
}

/* The evidence of one row: what it costs to have bits before an offset present, and after it not.
 */
typedef struct {
    const int8_t *trits;
    const float *confidence;           /* NULL: all 1 */
    float ending[OPTION_BITS / 8 + 1]; /* presence cost of a list of so many bytes */
    float length[11];                  /* cost of the data offset that so many words ask for */
    List as_drawn;                     /* of the length that agrees best */
    bool is_legal;                     /* it could stay as it is */
} RowEvidence;

static inline float
bit_confidence(const RowEvidence *evidence, int bit)
{
    return evidence->confidence ? evidence->confidence[bit] : 1;
}

/* Of lists that are sent as they were drawn, only kinds whose values need no key and no state. */
static bool
is_plain(const uint8_t *bytes, int n)
{
    static const uint8_t plain[] = {TCP_OPTION_END,
                                    TCP_OPTION_NOP,
                                    TCP_OPTION_MSS,
                                    TCP_OPTION_WINDOW_SCALE,
                                    TCP_OPTION_SACK_PERMITTED,
                                    TCP_OPTION_SACK,
                                    TCP_OPTION_TIMESTAMPS};
    int n_nops = 0;

    for (int at = 0; at < n && bytes[at] != TCP_OPTION_END;) {
        if (!memchr(plain, bytes[at], sizeof plain))
            return false;
        n_nops += bytes[at] == TCP_OPTION_NOP;
        at += bytes[at] == TCP_OPTION_NOP ? 1 : bytes[at + 1];
    }
    return n_nops < 4; /* more look like options that a router took out */
}

static void
read_as_drawn(RowEvidence *evidence, const RepairContext *context, int row, bool is_syn)
{
    int words = 0;
    List *list = &evidence->as_drawn;

    for (int i = 1; i <= 10; i++) {
        if (evidence->ending[i * 4] + evidence->length[i] <
            evidence->ending[words * 4] + evidence->length[words])
            words = i;
    }
    list->n = words * 4;
    for (int bit = 0; bit < list->n * 8; bit++) {
        if (evidence->trits[bit] < 0)
            return;
        list->bytes[bit / 8] |= (uint8_t)(evidence->trits[bit] << (7 - bit % 8));
    }
    evidence->is_legal =
        option_list_is_legal(is_syn ? OPTIONS_TCP_SYN : OPTIONS_TCP, list->bytes, list->n) &&
        is_plain(list->bytes, list->n);
    list->has_timestamps = tcp_option_find(list->bytes, list->n, TCP_OPTION_TIMESTAMPS) >= 0;
    list->has_sack = tcp_option_find(list->bytes, list->n, TCP_OPTION_SACK) >= 0;
    list->has_scale = tcp_option_find(list->bytes, list->n, TCP_OPTION_WINDOW_SCALE) >= 0;
    list->permits_sack = tcp_option_find(list->bytes, list->n, TCP_OPTION_SACK_PERMITTED) >= 0;
}

static void
evidence_init(RowEvidence *evidence, const RepairContext *context, int row, bool is_syn)
{
    const Trace *drawn = context->drawn;
    int column = drawn->layout->column_of[FIELD_TCP_OPT];
    float present = 0, absent = 0;

    memset(evidence, 0, sizeof *evidence);
    evidence->trits = repair_drawn_trits(context, row) + column;
    if (drawn->confidence)
        evidence->confidence =
            drawn->confidence + (size_t)context->row_of[row] * drawn->layout->n_columns + column;
    for (int bit = 0; bit < OPTION_BITS; bit++)
        present += evidence->trits[bit] >= 0 ? bit_confidence(evidence, bit) : 0;
    for (int n = 0;; n++) {
        evidence->ending[n] = present + absent;
        if (n == OPTION_LIST_MAX_BYTES)
            break;
        for (int bit = n * 8; bit < n * 8 + 8; bit++) {
            if (evidence->trits[bit] >= 0)
                present -= bit_confidence(evidence, bit);
            else
                absent += bit_confidence(evidence, bit);
        }
    }
    for (int words = 0; words <= 10; words++)
        evidence->length[words] = repair_cost(context, row, FIELD_TCP_DOFF, (uint32_t)(5 + words));
    read_as_drawn(evidence, context, row, is_syn);
}

static float
list_cost(const RowEvidence *evidence, const List *list)
{
    float cost = evidence->ending[list->n] + evidence->length[list->n / 4];

    for (int byte = 0; byte < list->n; byte++) {
        if (!list->is_form[byte])
            continue;
        for (int bit = 0; bit < 8; bit++) {
            int8_t trit = evidence->trits[byte * 8 + bit];
            if (trit >= 0 && trit != (list->bytes[byte] >> (7 - bit) & 1))
                cost += bit_confidence(evidence, byte * 8 + bit);
        }
    }
    return cost;
}

/* What a connection agreed on. */
typedef struct {
    bool timestamps, sack;
} Agreement;

typedef enum { SYN, SYN_ACK, SEGMENT } Place;

static bool
list_agrees(const List *list, Place place, Agreement agreed, bool offers_scale)
{
    switch (place) {
    case SYN:
        return list->has_timestamps >= agreed.timestamps && list->permits_sack >= agreed.sack;
    case SYN_ACK:
        return list->has_timestamps == agreed.timestamps && list->permits_sack == agreed.sack &&
               (offers_scale || !list->has_scale);
    default:
        return list->has_timestamps == agreed.timestamps && (agreed.sack || !list->has_sack);
    }
}

/* The likeliest list of a row under an agreement, and its cost. */
static const List *
choose_list(const RowEvidence *evidence, const Lists *lists, Place place, Agreement agreed,
            bool offers_scale, float *cost)
{
    const List *best = NULL;

    *cost = INFINITY;
    if (evidence->is_legal && list_agrees(&evidence->as_drawn, place, agreed, offers_scale)) {
        best = &evidence->as_drawn;
        *cost = evidence->ending[best->n] + evidence->length[best->n / 4];
    }
    for (int i = 0; i < lists->n; i++) {
        float other = list_cost(evidence, &lists->lists[i]);
        if (other < *cost && list_agrees(&lists->lists[i], place, agreed, offers_scale)) {
            *cost = other;
            best = &lists->lists[i];
        }
    }
    return best;
}

/* All rows of a connection. */
typedef struct {
    Lists syn, segment;
    RowEvidence *rows;
    int n, n_syn; /* the first n_syn open it */
    const List **chosen;
} Connection;

static double
choose_all(Connection *connection, Agreement agreed)
{
    bool offers_scale = false;
    double sum = 0;

    for (int i = 0; i < connection->n; i++) {
        bool is_syn = i < connection->n_syn;
        Place place = !is_syn ? SEGMENT : i == 0 ? SYN : SYN_ACK;
        float cost;

        connection->chosen[i] =
            choose_list(&connection->rows[i], is_syn ? &connection->syn : &connection->segment,
                        place, agreed, offers_scale, &cost);
        if (i == 0 && is_syn)
            offers_scale = connection->chosen[i]->has_scale;
        sum += cost;
    }
    return sum;
}

/* The drawn bytes with the list's kinds and lengths in them, and values that are legal. */
static void
write_list(RepairContext *context, int row, const List *list)
{
    uint8_t bytes[OPTION_LIST_MAX_BYTES];

    repair_get_bytes(context, row, FIELD_TCP_OPT, bytes, list->n);
    for (int i = 0; i < list->n; i++) {
        if (list->is_form[i])
            bytes[i] = list->bytes[i];
    }
    int scale = tcp_option_find(bytes, list->n, TCP_OPTION_WINDOW_SCALE);
    if (scale >= 0 && bytes[scale + 2] > TCP_OPTION_MAX_SHIFT) {
        DrawnNumber drawn = drawn_number(context, row, FIELD_TCP_OPT, (scale + 2) * 8, 8);
        int best = 0;
        for (int shift = 1; shift <= TCP_OPTION_MAX_SHIFT; shift++) {
            if (drawn_number_cost(&drawn, (uint32_t)shift) <
                drawn_number_cost(&drawn, (uint32_t)best))
                best = shift;
        }
        bytes[scale + 2] = (uint8_t)best;
    }
    repair_set(context, row, FIELD_TCP_DOFF, (uint32_t)(5 + list->n / 4));
    repair_set_bytes(context, row, FIELD_TCP_OPT, bytes, list->n);
}

void
tcp_options_choose(RepairContext *context, RepairFlow *flow)
{
    Connection connection = {.n = (int)flow->rows->len};
    Agreement best = {false, false};
    double best_cost = INFINITY;

    connection.n_syn = flow->has_handshake ? MIN(2, connection.n) : 0;
    lists_init(&connection.syn, syn_words, G_N_ELEMENTS(syn_words));
    lists_init(&connection.segment, segment_words, G_N_ELEMENTS(segment_words));
    connection.rows = g_new(RowEvidence, connection.n);
    connection.chosen = g_new(const List *, connection.n);
    for (int i = 0; i < connection.n; i++)
        evidence_init(&connection.rows[i], context, flow_row(flow, (guint)i), i < connection.n_syn);
    for (int i = 0; i < 4; i++) {
        Agreement agreed = {.timestamps = i & 1, .sack = i & 2};
        double cost = choose_all(&connection, agreed);
        if (cost < best_cost) {
            best = agreed;
            best_cost = cost;
        }
    }
    choose_all(&connection, best);
    for (int i = 0; i < connection.n; i++)
        write_list(context, flow_row(flow, (guint)i), connection.chosen[i]);
    g_free(connection.rows);
    g_free(connection.chosen);
}

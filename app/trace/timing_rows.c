/* SPDX-License-Identifier: Apache-2.0 */
/* Features of a packet's place in its trace, and which earlier packet it answers. */
#include "app/trace/timing_rows.h"

#include "app/trace/flow.h"

/* Bytes of a flow's one direction that the other has not acknowledged yet. */
typedef struct {
    uint32_t end; /* sequence number after the packet */
    int row;
} Sent;

typedef struct {
    GArray *sent[2]; /* Sent, by direction of the flow */
    guint first[2];  /* those before it are acknowledged */
    int last[2];     /* row of the last packet, -1 */
    int n_packets[2];
} FlowState;

typedef struct {
    const Trace *trace;
    TimingRow *rows;
    FlowState *flows;
    int *flow_of;
    uint8_t *way_of; /* within the flow */
    int n_flows;
} Scan;

/* Half octaves: 0 for 0, 1 for 1, 2 for 2, 3 for 3, 4 for 4 and 5, 5 for 6 and 7, ... */
static uint8_t
log_level(uint32_t value)
{
    int octave;

    if (value < 2)
        return (uint8_t)value;
    octave = (int)g_bit_storage(value) - 1;
    return (uint8_t)MIN(2 * octave + (int)(value >> (octave - 1) & 1), TIMING_LEVELS - 1);
}

/* Eighths of an octave below 128 bytes are told apart no further; full packets end in one step. */
static uint8_t
length_level(uint32_t length)
{
    static const uint16_t steps[] = {44,   56,   64,   76,   90,   104,  120, 136, 160,
                                     200,  250,  320,  400,  520,  640,  800, 960, 1100,
                                     1200, 1280, 1360, 1410, 1440, 1460, 1490};
    guint level = 0;

    while (level < G_N_ELEMENTS(steps) && length > steps[level])
        level++;
    return (uint8_t)level;
}

static int
size_class(uint32_t length)
{
    return length <= 200 ? 0 : length <= 900 ? 1 : 2;
}

uint32_t
timing_row_length(const Trace *trace, int row)
{
    uint32_t length = 0;

    if (trace_get(trace, row, FIELD_IPV4_TL, &length) && length > 0)
        return length;
    if (trace_get(trace, row, FIELD_IPV6_LEN, &length) && length > 0)
        return length + 40;
    return trace->rows[row].length;
}

static uint32_t
get(const Trace *trace, int row, FieldId field)
{
    uint32_t value = 0;

    return trace_get(trace, row, field, &value) ? value : 0;
}

/* Bytes after the TCP header. */
static uint32_t
tcp_payload(const Trace *trace, int row)
{
    uint32_t length = timing_row_length(trace, row);
    uint32_t words = get(trace, row, FIELD_IPV4_HL);
    uint32_t headers = (words ? words : 10) * 4 + get(trace, row, FIELD_TCP_DOFF) * 4;

    return length > headers ? length - headers : 0;
}

static TimingKind
row_kind(const Trace *trace, int row)
{
    if (!trace_has_header(trace, row, HEADER_TCP))
        return TIMING_OTHER;
    if (get(trace, row, FIELD_TCP_SYN))
        return get(trace, row, FIELD_TCP_ACKF) ? TIMING_SYN_ACK : TIMING_SYN;
    if (get(trace, row, FIELD_TCP_FIN) || get(trace, row, FIELD_TCP_RST))
        return TIMING_END;
    if (tcp_payload(trace, row) == 0)
        return TIMING_ACK;
    return get(trace, row, FIELD_TCP_PSH) ? TIMING_PUSH : TIMING_DATA;
}

/* The last packet of the other side that this acknowledgement is the first to cover. */
static void
find_acknowledged(Scan *scan, int row, FlowState *flow, int way)
{
    uint32_t ack = get(scan->trace, row, FIELD_TCP_ACKN);
    const GArray *sent = flow->sent[!way];
    guint *first = &flow->first[!way];
    guint n = 0;
    TimingRow *at = &scan->rows[row];

    while (*first < sent->len && (int32_t)(ack - g_array_index(sent, Sent, *first).end) >= 0) {
        at->answered_row = g_array_index(sent, Sent, *first).row;
        at->answer = TIMING_ACK_OF;
        ++*first;
        n++;
    }
    at->fixed[TIMING_ACKED] = (uint8_t)MIN(n, TIMING_LEVELS - 1);
}

static void
note_sent(Scan *scan, int row, FlowState *flow, int way, TimingKind kind)
{
    uint32_t size = tcp_payload(scan->trace, row) + (kind == TIMING_SYN || kind == TIMING_SYN_ACK) +
                    get(scan->trace, row, FIELD_TCP_FIN);
    Sent sent = {get(scan->trace, row, FIELD_TCP_SEQ) + size, row};
    GArray *of = flow->sent[way];

    /* A retransmission is acknowledged with what is later; its own time tells nothing. */
    if (size == 0 ||
        (of->len > 0 && (int32_t)(sent.end - g_array_index(of, Sent, of->len - 1).end) <= 0))
        return;
    g_array_append_val(of, sent);
}

static void
find_answered(Scan *scan, int row, TimingKind kind)
{
    FlowState *flow = &scan->flows[scan->flow_of[row]];
    int way = scan->way_of[row];
    TimingRow *at = &scan->rows[row];

    at->answered_row = -1;
    if (kind == TIMING_OTHER) {
        if (flow->n_packets[way] == 0 && flow->last[!way] >= 0) {
            at->answered_row = flow->last[!way];
            at->answer = TIMING_FIRST;
        }
        return;
    }
    if (kind != TIMING_SYN)
        find_acknowledged(scan, row, flow, way);
    if (at->answer == TIMING_ACK_OF &&
        (kind == TIMING_SYN_ACK ||
         scan->rows[at->answered_row].fixed[TIMING_KIND] == TIMING_SYN_ACK))
        at->answer = TIMING_HANDSHAKE;
    note_sent(scan, row, flow, way, kind);
}

static void
scan_flows(Scan *scan)
{
    for (int row = 0; row < scan->trace->n_rows; row++) {
        FlowState *flow = &scan->flows[scan->flow_of[row]];
        TimingRow *at = &scan->rows[row];
        TimingKind kind = row_kind(scan->trace, row);
        int way = scan->way_of[row];

        at->fixed[TIMING_KIND] = (uint8_t)kind;
        find_answered(scan, row, kind);
        at->fixed[TIMING_FLOW_AGE] = log_level((uint32_t)(flow->n_packets[0] + flow->n_packets[1]));
        at->fixed[TIMING_SAME_FLOW] = row > 0 && scan->flow_of[row] == scan->flow_of[row - 1];
        at->fixed[TIMING_SINCE_SAME] =
            flow->last[way] < 0 ? 0 : log_level((uint32_t)(row - flow->last[way]));
        at->fixed[TIMING_ANSWER_ROWS] =
            at->answered_row < 0 ? 0 : log_level((uint32_t)(row - at->answered_row));
        flow->last[way] = row;
        flow->n_packets[way]++;
    }
}

/* Runs of one direction, before and after each row. */
static void
scan_runs(Scan *scan)
{
    TimingRow *rows = scan->rows;
    int n_rows = scan->trace->n_rows, run = 0, before = 0;

    for (int row = 0; row < n_rows; row++) {
        if (row > 0 && rows[row].direction != rows[row - 1].direction) {
            before = run;
            run = 0;
        }
        rows[row].fixed[TIMING_RUN] = log_level((uint32_t)run++);
        rows[row].fixed[TIMING_RUN_BEFORE] = log_level((uint32_t)before);
    }
    run = 0;
    for (int row = n_rows - 1; row >= 0; row--) {
        if (row < n_rows - 1 && rows[row].direction != rows[row + 1].direction)
            run = 0;
        rows[row].fixed[TIMING_RUN_NEXT] = log_level((uint32_t)run++);
    }
}

static void
scan_neighbours(Scan *scan)
{
    TimingRow *rows = scan->rows;
    int n_rows = scan->trace->n_rows;

    for (int row = 0; row < n_rows; row++)
        rows[row].fixed[TIMING_LENGTH] = length_level(timing_row_length(scan->trace, row));
    for (int row = 0; row < n_rows; row++) {
        uint8_t *fixed = rows[row].fixed;
        int before = 0, after = 0;

        for (int back = 1; back <= 4; back++)
            before = before << 1 | (row >= back && rows[row - back].direction);
        for (int ahead = 1; ahead <= 2; ahead++)
            after = after << 1 | (row + ahead < n_rows && rows[row + ahead].direction);
        fixed[TIMING_WAYS_BEFORE] = (uint8_t)before;
        fixed[TIMING_WAYS_AFTER] = (uint8_t)after;
        fixed[TIMING_WAY] =
            (uint8_t)((row > 0 && rows[row - 1].direction) << 1 | rows[row].direction);
        fixed[TIMING_LENGTH_1] = row > 0 ? rows[row - 1].fixed[TIMING_LENGTH] : 0;
        fixed[TIMING_LENGTH_2] = row > 1 ? rows[row - 2].fixed[TIMING_LENGTH] : 0;
        fixed[TIMING_LENGTH_NEXT] = row + 1 < n_rows ? rows[row + 1].fixed[TIMING_LENGTH] : 0;
        fixed[TIMING_KIND_1] = row > 0 ? rows[row - 1].fixed[TIMING_KIND] : 0;
        fixed[TIMING_POSITION] = log_level((uint32_t)row);
        rows[row].group = (uint8_t)(fixed[TIMING_WAY] * TIMING_SIZES +
                                    size_class(timing_row_length(scan->trace, row)));
    }
}

static void
flows_new(Scan *scan)
{
    scan->flows = g_new0(FlowState, MAX(scan->n_flows, 1));
    for (int i = 0; i < scan->n_flows; i++) {
        for (int way = 0; way < 2; way++) {
            scan->flows[i].sent[way] = g_array_new(FALSE, FALSE, sizeof(Sent));
            scan->flows[i].last[way] = -1;
        }
    }
}

static void
flows_free(Scan *scan)
{
    for (int i = 0; i < scan->n_flows; i++) {
        g_array_unref(scan->flows[i].sent[0]);
        g_array_unref(scan->flows[i].sent[1]);
    }
    g_free(scan->flows);
}

TimingRow *
timing_rows_new(const Trace *trace)
{
    g_autofree int *flow_of = g_new0(int, MAX(trace->n_rows, 1));
    g_autofree uint8_t *way_of = g_new0(uint8_t, MAX(trace->n_rows, 1));
    Scan scan = {trace, g_new0(TimingRow, MAX(trace->n_rows, 1)), NULL, flow_of, way_of, 0};

    scan.n_flows = trace_group_flows(trace, flow_of, way_of);
    for (int row = 0; row < trace->n_rows; row++)
        scan.rows[row].direction = trace->rows[row].direction & 1;
    flows_new(&scan);
    scan_flows(&scan);
    scan_runs(&scan);
    scan_neighbours(&scan);
    flows_free(&scan);
    return scan.rows;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the headers around a packet tell of the gap before it: the timing model's view of a trace.
 * Nothing here looks at a time. */
#pragma once

#include "app/trace/trace.h"

/* Levels of a feature: every feature is a small whole number, 0 .. TIMING_LEVELS - 1. */
enum { TIMING_LEVELS = 64 };

/* Gaps are told apart first by the way of the packet before, the way of this one, and its size. */
enum { TIMING_SIZES = 3, TIMING_WAYS = 4, TIMING_GROUPS = TIMING_WAYS * TIMING_SIZES };

/* Features that the headers fix. Directions are 0 or 1; lengths are of the IP packet, in
 * logarithmic steps; "next" features look ahead, since all headers are known when times are not. */
typedef enum {
    TIMING_LENGTH,      /* of this packet */
    TIMING_LENGTH_1,    /* of the one before */
    TIMING_LENGTH_2,    /* and before that */
    TIMING_LENGTH_NEXT, /* of the one after */
    TIMING_WAY,         /* directions of the packet before and of this one, as 2 bits */
    TIMING_WAYS_BEFORE, /* directions of the four packets before, as 4 bits */
    TIMING_WAYS_AFTER,  /* directions of the two packets after, as 2 bits */
    TIMING_RUN,         /* packets of the same direction just before this one */
    TIMING_RUN_BEFORE,  /* length of the run before that one */
    TIMING_RUN_NEXT,    /* packets of the same direction just after this one */
    TIMING_KIND,        /* TimingKind of this packet */
    TIMING_KIND_1,      /* and of the one before */
    TIMING_SAME_FLOW,   /* whether the packet before is of the same flow */
    TIMING_FLOW_AGE,    /* packets of the flow so far, logarithmic */
    TIMING_POSITION,    /* row, logarithmic */
    TIMING_ACKED,       /* packets that this one is the first to acknowledge */
    TIMING_ANSWER_ROWS, /* rows since the packet that this one answers, 0 when it answers none */
    TIMING_SINCE_SAME,  /* rows since the last packet of the same flow and direction */
    N_TIMING_FIXED
} TimingFixed;

typedef enum {
    TIMING_OTHER, /* no TCP, or none that can be read */
    TIMING_SYN,
    TIMING_SYN_ACK,
    TIMING_ACK, /* pure */
    TIMING_DATA,
    TIMING_PUSH, /* data with PSH */
    TIMING_END   /* FIN or RST */
} TimingKind;

/* What a packet waited for, where its headers tell: the other side can have sent it no earlier
 * than one round trip (as the observer sees it) after that packet passed. */
typedef enum {
    TIMING_NO_ANSWER,
    TIMING_HANDSHAKE, /* SYN-ACK to SYN, ACK to SYN-ACK (RFC 9293, section 3.5) */
    TIMING_FIRST,     /* the first packet back of a flow that is not TCP: a DNS reply */
    TIMING_ACK_OF,    /* first to acknowledge that packet's bytes (RFC 9293, section 3.4) */
    N_TIMING_ANSWERS
} TimingAnswer;

typedef struct {
    uint8_t fixed[N_TIMING_FIXED];
    uint8_t group;     /* 0 .. TIMING_GROUPS - 1; of row 0 without meaning */
    uint8_t direction; /* 0 or 1 */
    uint8_t answer;    /* TimingAnswer */
    int answered_row;  /* earlier row, -1 when none */
} TimingRow;

/* One for each row of the trace. Directions must be known (TRACE_HAS_DIRECTIONS), else all count
 * as one. g_free. */
TimingRow *timing_rows_new(const Trace *trace);

/* Length of the IP packet: from its header, else from beside the row. */
uint32_t timing_row_length(const Trace *trace, int row);

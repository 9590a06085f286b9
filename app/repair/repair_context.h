/* SPDX-License-Identifier: Apache-2.0 */
/* What a repair rule may see and do: read fields, weigh the evidence of what was drawn, write
 * fields. Whoever writes needs not tell: the context notes which rule changed which field, and the
 * report is the difference between the trace as drawn and as it comes out.
 *
 * Evidence is a drawn trit and its confidence (1 where the trace carries none). It is always that
 * of the drawn trace, whatever earlier rules wrote. */
#pragma once

#include "app/repair/repair.h"

/* What the rules found out about a row. */
typedef struct {
    Header ip;        /* HEADER_IPV4 or HEADER_IPV6 */
    Header transport; /* N_HEADERS: none, an opaque payload follows the IP header */
    bool sound;       /* packet_is_sound: the IP header was not drawn */
    bool observed;    /* packet_is_observed, and of a flow that was not drawn */
    int flow;         /* index into RepairContext.flows, -1 before flow assembly */
    uint8_t side;     /* end of the flow that sends it: 0 or 1 */
    int answers;      /* row of the echo request that it replies to, -1 none */
    int repeats;      /* row of the segment that it sends again, -1 none */
} RepairPacket;

/* Where what one side of a connection sent came to an end, as was drawn and as it came out. */
typedef struct {
    uint32_t drawn, out;
    int at; /* index in the flow's rows of the segment that ends there; -1: before the first */
} RepairMark;

typedef enum { FLOW_DRAWN, FLOW_MIXED, FLOW_OBSERVED } RepairFlowKind;

/* Packets between two ends, in both directions. */
typedef struct {
    Header ip, transport;
    uint16_t port[2];   /* 0 where the transport has none */
    Address address[2]; /* family 0 until known */
    GArray *rows;       /* int, ascending */
    int n_observed;
    RepairFlowKind kind;
    bool has_handshake; /* its first packets are SYN, SYN-ACK, ACK */
    GArray *marks[2];   /* RepairMark, by side; NULL before tcp-sequence */
} RepairFlow;

typedef struct {
    int row; /* of the input */
    int16_t rule;
} RepairDrop;

/* A field of a row that a rule would have changed, had it not been off or the packet to stay as it
 * was drawn, and to what: its trits, in RepairContext.wished. */
typedef struct {
    int row; /* of the input */
    FieldId field;
    int16_t rule;
    uint32_t trits;
} RepairWish;

/* Fields that the running rule touched without having declared them: a fault of the program. */
typedef struct {
    FieldSet reads, writes;
} RepairAudit;

struct RepairContext {
    const Trace *drawn; /* as given */
    const RepairOptions *options;
    Trace *trace;          /* being repaired: side columns may be written directly */
    int *row_of;           /* row of drawn for each row of trace */
    RepairPacket *packets; /* (trace->n_rows) */
    GPtrArray *flows;      /* RepairFlow* */
    int8_t *column_vote;   /* (n_columns) 0 or 1: what most packets with the bit drew */
    int n_sides[N_REPAIR_SIDES];
    /* Share of the drawn bits that are wrong, 0..0.49, by those whose right value is known; set by
     * flow assembly. */
    double error_rate;

    int rule;               /* index of the rule that is running */
    FieldSet reads, writes; /* what it declares */
    RepairAudit *audit;
    int16_t *written_by; /* (drawn rows, N_FIELDS) last rule that changed the field, -1 none */
    uint64_t *writers;   /* (drawn rows, N_FIELDS) bit i: rule i changed the field */
    GArray *wishes;      /* RepairWish */
    GByteArray *wished;  /* int8 */
    uint8_t *is_dropped; /* (trace->n_rows), see repair_drop */
    GArray *drops;       /* RepairDrop */
    int n_padding, n_as_drawn;
};

/* Fields. Reading gives 0 for a field that the layout lacks or that is not wholly present. */
bool repair_has(const RepairContext *context, int row, FieldId field); /* wholly present */
uint32_t repair_get(const RepairContext *context, int row, FieldId field);
void repair_set(RepairContext *context, int row, FieldId field, uint32_t value);
/* Bytes of a wide field from its start; n bytes are written, what follows becomes absent. */
void repair_set_bytes(RepairContext *context, int row, FieldId field, const uint8_t *bytes, int n);
/* As drawn or written so far; absent bits read as what most packets have there. */
void repair_get_bytes(const RepairContext *context, int row, FieldId field, uint8_t *bytes, int n);
/* Makes every bit of the field absent. */
void repair_void(RepairContext *context, int row, FieldId field);
/* Makes every bit present; absent ones become what most packets have there. */
void repair_fill(RepairContext *context, int row, FieldId field);
/* Marks a row as no packet; it is gone when the rule returns. */
void repair_drop(RepairContext *context, int row);
/* True when a rule changed any field of the row so far. */
bool repair_row_is_changed(const RepairContext *context, int row);

/* Evidence. A trace with more errors than this is noise: what its rows have in common says nothing.
 */
#define REPAIR_MOST_DOUBT 0.35

static inline const int8_t *
repair_drawn_trits(const RepairContext *context, int row)
{
    return trace_row(context->drawn, context->row_of[row]);
}

static inline float
repair_confidence(const RepairContext *context, int row, int column)
{
    const Trace *drawn = context->drawn;
    return drawn->confidence
               ? drawn->confidence[(size_t)context->row_of[row] * drawn->layout->n_columns + column]
               : 1.0f;
}

/* -1..1: how much the drawn bits say that columns first .. first+n-1 are present. */
float repair_presence(const RepairContext *context, int row, int first, int n);
/* The confidence that the drawn bits lose if the field became value: 0 when they say just that. */
float repair_cost(const RepairContext *context, int row, FieldId field, uint32_t value);
/* What a wrong drawn bit of full confidence weighs, in nats: ln((1 - e) / e) of the error rate e.
 */
double repair_bit_weight(const RepairContext *context);
/* The same for fields of up to 16 bits, as a table over the low and the high byte of the value. */
typedef struct {
    float of[2][256];
} RepairCosts;
void repair_costs(const RepairContext *context, int row, FieldId field, RepairCosts *costs);
static inline float
repair_costs_of(const RepairCosts *costs, uint32_t value)
{
    return costs->of[0][value & 255] + costs->of[1][value >> 8 & 255];
}
/* Of low..high (fields of up to 16 bits) the value with the least cost; of equals the nearest to
 * what is written now, then the lowest. */
uint32_t repair_nearest(const RepairContext *context, int row, FieldId field, uint32_t low,
                        uint32_t high);
/* Sets the field to the nearest value unless it is within low..high already. */
void repair_clamp(RepairContext *context, int row, FieldId field, uint32_t low, uint32_t high);
/* Of values the one with the least cost; of equals the first. */
uint32_t repair_nearest_of(const RepairContext *context, int row, FieldId field,
                           const uint32_t *values, int n);

/* Lengths in bytes, by the header fields as they stand. */
int repair_ip_header_bytes(const RepairContext *context, int row);
int repair_transport_header_bytes(const RepairContext *context, int row);
int repair_ip_total_bytes(const RepairContext *context, int row);
/* Writes the length of the IP packet, in its header and beside the row. */
void repair_set_total(RepairContext *context, int row, int total);
/* Bytes after the transport header; never negative. */
int repair_payload_bytes(const RepairContext *context, int row);

/* Addresses of a row: from its bits where the layout holds them, else from beside it. */
Address repair_address(const RepairContext *context, int row, bool source);
void repair_set_address(RepairContext *context, int row, bool source, const Address *address);

/* For the driver. A rule that is switched off runs between save and restore. */
typedef struct RepairSaved RepairSaved;
RepairSaved *repair_context_save(const RepairContext *context);
void repair_context_restore(RepairContext *context, RepairSaved *saved); /* frees saved */
void repair_context_init(RepairContext *context, const Trace *drawn, const RepairOptions *options);
void repair_context_clear(RepairContext *context);
void repair_context_compact(RepairContext *context); /* removes dropped rows */
void repair_context_vote(RepairContext *context);    /* fills column_vote from present bits */
RepairReport *repair_report_new(const RepairContext *context); /* report.c */

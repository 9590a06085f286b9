/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of each row of a trace under repair, as drawn: how far they are from those of a
 * flow, which way round they agree better, and what ends many rows vote for. */
#pragma once

#include "app/repair/repair_context.h"

enum { N_END_BITS = 48 };

/* The two ends of a row, or of a flow: address (32 bits, 0 where they are known from beside the
 * row) and port (16 bits). */
typedef struct {
    int group; /* same IP, transport and known host pair */
    uint64_t end[2];
} Ends;

typedef struct {
    Ends ends;    /* as the packet says: source, destination */
    int8_t order; /* known hosts: 0 when the source is the lesser, 1 the greater; else -1 */
    int8_t side;  /* of the flow it joined */
    int cluster;  /* -1 none yet */
} RowEnds;

typedef struct {
    RepairContext *context;
    RowEnds *rows;
    bool has_address_bits; /* the IPv4 addresses of the trits count, none being known beside */
    double error_rate;     /* of the drawn bits, by those whose right value is known */
} EndsTable;

/* Reads the rows as the rules have left them so far. */
void ends_table_init(EndsTable *table, RepairContext *context);
void ends_table_clear(EndsTable *table);

guint ends_hash(gconstpointer ends);
gboolean ends_equal(gconstpointer a, gconstpointer b);

bool row_has_ports(const RepairContext *context, int row);
bool row_has_address_bits(const EndsTable *table, int row);
/* Bits in which the ends of a row can differ from others of its group. */
int row_end_bits(const EndsTable *table, int row);
/* The ends with the lesser host, or where hosts are unknown the lesser end, first. */
Ends row_ends_key(const RowEnds *row);
/* The distance of a row to ends in bits, the better way round, and that way. */
int ends_nearest_side(const EndsTable *table, int row, const Ends *to, int *side);

/* Adds one row's evidence for the bits of its source or destination. */
void ends_add_votes(const EndsTable *table, int row, bool source, float votes[N_END_BITS]);
/* Bits without a majority stay as in now. */
uint64_t ends_count_votes(const float votes[N_END_BITS], uint64_t now);
/* The ends that rows (int) agree on best, each taken the way round that agrees better. */
Ends ends_vote(const EndsTable *table, const GArray *rows);

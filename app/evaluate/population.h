/* SPDX-License-Identifier: Apache-2.0 */
/* A Population: what the traces of one class show, real or generated. It keeps counts and samples,
 * never the traces, and those in parts, so that halves of it can be compared with each other: two
 * halves of what is real differ by chance alone, and no generator has to be nearer than that. */
#pragma once

#include "app/repair/repair.h"
#include "app/trace/trace.h"

enum {
    POPULATION_PARTS = 8,
    /* Values of a field: its 8 highest bits, and one more for a header that is not there. */
    POPULATION_BINS = 257,
    POPULATION_SAMPLE = 16384, /* values of a part that are kept */
    POPULATION_BURST = 1024,   /* packets of the longest burst that is told apart */
};

typedef enum { SAMPLE_SIZES, SAMPLE_GAPS, N_SAMPLES } SampleKind;

/* What share of a trace's packets has what. */
typedef enum {
    SHARE_IPV4,
    SHARE_IPV6,
    SHARE_TCP,
    SHARE_UDP,
    SHARE_ICMP,
    SHARE_OTHER, /* none of the last three */
    N_SHARES
} Share;

typedef struct {
    guint32 n_packets, n[N_SHARES];
} ShareCount;

/* Of one trace that was repaired. */
typedef struct {
    guint64 n_bits, n_intra, n_inter; /* looked at; changed by rules within and between packets */
} RepairCount;

typedef struct {
    GArray *kept;  /* float */
    guint64 n_all; /* of which they are a random part */
} SamplePart;

typedef struct {
    guint n_traces;
    guint64 n_packets;
    guint64 *values; /* (POPULATION_PARTS, N_FIELDS, POPULATION_BINS) */
    SamplePart samples[N_SAMPLES][POPULATION_PARTS]; /* bytes; log10 of seconds */
    guint64 *bursts; /* (POPULATION_BURST + 1): how many of each length */
    GArray *shares;  /* ShareCount, a trace each */
    GArray *repairs; /* RepairCount, of the traces that were repaired */
} Population;

Population *population_new(void);
void population_free(Population *population);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Population, population_free)

/* Counts a trace. alone: it is the only one of its population, and its blocks of 64 packets are
 * what goes to the parts; else whole traces do. */
void population_add(Population *population, const Trace *trace, bool alone);
/* Counts what repair had to change in a trace. */
void population_add_repair(Population *population, const RepairReport *report);

/* A choice of parts, a bit each. */
typedef unsigned PartSet;
#define POPULATION_WHOLE ((PartSet)((1 << POPULATION_PARTS) - 1))

/* The parts that have any packet. */
PartSet population_parts(const Population *population);
/* Sums the histogram of a field over parts into values (POPULATION_BINS). */
void population_values(const Population *population, PartSet parts, FieldId field, guint64 *values);
/* The sample over parts, in rising order: float elements. The caller unrefs. */
GArray *population_sample(const Population *population, PartSet parts, SampleKind kind);

/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the timing model: what its files share. */
#pragma once

#include "app/trace/timing_model.h"
#include "app/trace/timing_rows.h"
#include "app/trace/timing_tree.h"

/* A gap or lag as a level: 128 log2(1 + ns), so that a step is half a percent. */
enum { TIMING_OCTAVE = 128, TIMING_LEVEL_MAX = 62 * TIMING_OCTAVE };
uint16_t timing_level(int64_t ns);
int64_t timing_level_ns(double level);

/* A distribution of levels by its quantiles; n 0: none known. With TIMING_POINTS of them they
 * stand where timing_points says, denser at the ends; with fewer, evenly from least to greatest. */
enum { TIMING_POINTS = 29 };
typedef struct {
    uint8_t n;
    uint16_t level[TIMING_POINTS]; /* never falling */
} TimingQuantiles;

/* levels (uint16_t) get sorted. */
void timing_quantiles_fit(TimingQuantiles *quantiles, GArray *levels);
double timing_quantiles_at(const TimingQuantiles *quantiles, double rank);

/* Gaps of a group, else of its way, else all of them. */
enum { TIMING_SETS = TIMING_GROUPS + TIMING_WAYS + 1, TIMING_LAGS = 2 * N_TIMING_ANSWERS };

/* What mixture of packets a window is: shares, in 255ths, of gaps of each group; of lengths of
 * runs of one direction, by half octaves; of packets by length; of packets that acknowledge so
 * many. Windows alike in these were made by like programs over like paths. */
enum { TIMING_RUNS = 12, TIMING_LENGTHS = 26, TIMING_ACKS = 6 };
enum { TIMING_SHARES = TIMING_GROUPS + TIMING_RUNS + TIMING_LENGTHS + TIMING_ACKS };
typedef struct {
    uint8_t share[TIMING_SHARES];
} TimingMixture;

void timing_mixture_fit(TimingMixture *mixture, const TimingRow *rows, int n_rows);
/* 0 alike, 1 nothing in common. */
double timing_mixture_distance(const TimingMixture *a, const TimingMixture *b);

/* One window of a real trace. */
typedef struct {
    uint16_t class; /* index into classes */
    uint16_t burst; /* packets less than 1 ms apart: mean length, in 16ths */
    TimingMixture mixture;
    TimingQuantiles gaps[TIMING_SETS]; /* groups, then ways, then all */
    TimingQuantiles lags[TIMING_LAGS]; /* timing_lag_index; of the whole trace */
} TimingProfile;

/* Time from what is answered to the answer, by what it is and the way it goes (the two of
 * TIMING_NO_ANSWER stay empty). */
static inline int
timing_lag_index(TimingAnswer answer, int direction)
{
    return (int)answer * 2 + (direction & 1);
}
const TimingQuantiles *timing_profile_gaps(const TimingProfile *profile, int group);

typedef struct {
    char *caption;
    uint32_t n_traces; /* learnt from */
    uint64_t n_packets;
    TimingTree tree;
} TimingClass;

struct TimingModel {
    GPtrArray *classes; /* TimingClass, owned, by caption; at least one */
    TimingClass *all;   /* owned */
    GArray *profiles;   /* TimingProfile, by class; at least one a class */
    GPtrArray *sources; /* char*, owned */
    int64_t first_start_ns, last_start_ns;
    uint32_t resolution_ns; /* 1 or 1000: what all times learnt from are multiples of */
};

TimingClass *timing_class_new(const char *caption);
TimingModel *timing_model_new(void);

/* The features of a gap: fixed by headers, of the gaps before, and of the profile. */
typedef enum {
    TIMING_RANK_1 = N_TIMING_FIXED, /* bin of the gap before in its quantiles */
    TIMING_RANK_2,
    TIMING_RANK_3,
    TIMING_GAP_1, /* the gap before, logarithmic; so are all below */
    TIMING_GAP_2,
    TIMING_MEAN_8, /* geometric mean of about the last 8 gaps */
    TIMING_MEAN_32,
    TIMING_SINCE_WAY,   /* time since the last packet of this direction */
    TIMING_SINCE_OTHER, /* and of the other */
    TIMING_SINCE_ASKED, /* time since the packet that this one answers */
    TIMING_LOW,         /* 10% of all gaps are below; so are the rest of the profile */
    TIMING_MIDDLE,
    TIMING_HIGH,
    TIMING_TRIP, /* the middle of the longer handshake lag */
    N_TIMING_FEATURES
} TimingFeature;

/* What has passed so far, the same when fitting and when sampling. */
typedef struct {
    const TimingProfile *profile;
    int64_t *times; /* of the rows so far, ns, owned */
    int64_t last[2];
    double ranks[3], gaps[2], mean_8, mean_32; /* levels */
    uint8_t of_profile[4];
} TimingPast;

void timing_past_init(TimingPast *past, const TimingProfile *profile, int n_rows);
void timing_past_clear(TimingPast *past);
/* Row 0 has no gap: start with its time. */
void timing_past_start(TimingPast *past, const TimingRow *rows, int64_t time_ns);
void timing_past_features(const TimingPast *past, const TimingRow *rows, int row,
                          uint8_t *features);
void timing_past_add(TimingPast *past, const TimingRow *rows, int row, int64_t time_ns,
                     double rank);

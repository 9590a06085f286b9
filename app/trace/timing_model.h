/* SPDX-License-Identifier: Apache-2.0 */
/* A model of when packets come, fitted to real traces, for traces that have headers and no times.
 *
 * A gap is drawn in two steps. A *profile* says how long the gaps of one real stretch of packets
 * were: for each pair of directions and each size of packet its quantiles, and how long answers
 * took on either side of the observer (SYN-ACK, ACK, first packet back). A *tree* says where in
 * its quantiles the next gap lies, given the headers around the packet and the gaps just drawn; it
 * is fitted to all traces of a caption together, so that bursts, pauses and the correlation of
 * neighbouring gaps survive, while no trace's sequence of gaps is stored or can come back. A
 * sampled trace takes the profile of a real stretch with a like mixture of packets, drawn at
 * random and scaled a little, so that rates and round trips differ from seed to seed as they do in
 * the class. docs/timing.md says how well that does.
 *
 * A model is a set of captions, and one tree for all of them; all functions are pure, and a model
 * that is made is never changed: threads may share it. */
#pragma once

#include "app/trace/bytes.h"
#include "app/trace/trace.h"

typedef struct TimingModel TimingModel;
typedef struct TimingFit TimingFit;

/* Fitting, a trace at a time, in memory that does not grow with their length: what is kept of the
 * rows is a seeded sample. */
TimingFit *timing_fit_new(guint64 seed);
void timing_fit_free(TimingFit *fit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TimingFit, timing_fit_free)
/* Learns from one trace, in windows of TIMING_WINDOW rows. caption (NULL: "") is its class, source
 * (may be NULL) a name to remember. The times of the trace must be known and its directions set.
 * False, and nothing learnt, when they are not or when it has fewer than TIMING_MIN_ROWS rows. */
enum { TIMING_WINDOW = 1024, TIMING_MIN_ROWS = 8 };
bool timing_fit_add(TimingFit *fit, const Trace *trace, const char *caption, const char *source);
/* The model; NULL and error when no trace was learnt from. The same traces in the same order and
 * the same seed give the same bytes. */
TimingModel *timing_fit_finish(TimingFit *fit, GError **error);

void timing_model_free(TimingModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TimingModel, timing_model_free)

/* Gives every row of trace a time, never going back. Directions must have been set; unknown ones
 * count as one. caption says the class: the caption that shares most words with it, where several
 * do, the first; NULL or without a word in common: all classes. The first time is drawn between
 * the first and the last start of the traces learnt from. The same seed gives the same times. */
void timing_model_sample(const TimingModel *model, Trace *trace, const char *caption, guint64 seed);
/* The caption of a trace by its provenance ("caption", else "prompt"); NULL when it has none. */
const char *timing_trace_caption(const Trace *trace);

/* The file: one model, timing_file.c says how. Reading checks every number of it. */
TimingModel *timing_model_read(const char *path, GError **error);
bool timing_model_write(const TimingModel *model, const char *path, GError **error);
GBytes *timing_model_to_bytes(const TimingModel *model);
/* name: for messages. */
TimingModel *timing_model_from_bytes(Bytes bytes, const char *name, GError **error);

/* What a model knows. */
guint timing_model_n_classes(const TimingModel *model);
const char *timing_model_caption(const TimingModel *model, guint i);
/* The names given to timing_fit_add. */
guint timing_model_n_sources(const TimingModel *model);
const char *timing_model_source(const TimingModel *model, guint i);

/* A class in few numbers. Where it is said of several windows, their median; -1: never seen. */
typedef struct {
    const char *caption; /* borrowed */
    guint n_traces;
    guint64 n_packets;
    guint n_profiles;    /* windows kept */
    guint n_contexts;    /* that the tree tells apart */
    double gap_ms[5][3]; /* 10%, 50%, 90% of gaps: packet after one of the same way (0 then 0), 0
                          * then 1, 1 then 0, 1 then 1, and all */
    double trip_ms[3];   /* handshakes' slower side: least, median, greatest of the windows */
    double burst;        /* packets in a row less than 1 ms apart, mean */
} TimingSummary;
void timing_model_summarise(const TimingModel *model, guint i, TimingSummary *summary);

/* SPDX-License-Identifier: Apache-2.0 */
/* How fast the engine is here: single operations, parts of models, whole samplings and training
 * steps, with what the device can do at best beside them, and another implementation in turn with
 * ours (bench_peer.h). */
#pragma once

#include "app/jobs/bench_peer.h"
#include "app/jobs/job.h"

typedef enum {
    BENCH_MODELS, /* items of a model */
    BENCH_OPS,    /* single operations */
    BENCH_SIZES,  /* the UNet at growing latents */
    BENCH_PLAN,   /* memory of a model's items, without running them */
} BenchWhat;

typedef struct {
    BenchWhat what;
    char *device;    /* owned; NULL: the default */
    char *precision; /* owned: as open_device takes it; NULL: auto */
    char *model;     /* owned: a model's folder; NULL: the preset */
    char *preset;    /* owned: mini, sd15, sd21 */
    double width;    /* of the preset: 1 is whole */
    char **items;    /* owned; NULL: all but sample20 */
    char *filter;    /* owned: regular expression of the operations' names; NULL: all */
    char *peer;      /* owned: command line, or NULL */
    int latent_width, latent_height, batch, rank;
    int n_runs, n_turns;
    int n_threads;   /* of the CPU; 0: as it is */
    double budget_s; /* of timed runs, an item */
} BenchParams;

BenchParams *bench_params_new(void); /* with the defaults of the command */
void bench_params_free(BenchParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchParams, bench_params_free)

/* Numbers are NAN where they are not known. */
typedef struct {
    char *name;
    char *error; /* why there are no numbers, or NULL */
    int latent_width, latent_height;
    double ms, ms_min, cpu_ms;
    int n_runs;
    double gflop, gflops, gb_s;
    double share;   /* of the device's measured matrix product, or of its copy where no product */
    double peak_mb; /* memory: see compute/bench/measure.h; planned memory with BENCH_PLAN */
    double base_mb, weight_mb;
    bool has_peer;
    BenchPeerLine peer;
    double time_ratio, cpu_ratio, memory_ratio; /* ours : the peer's, medians of the turns */
} BenchLine;

typedef struct {
    GPtrArray *lines; /* BenchLine, owned by the job */
    char *device_name, *device, *model;
    const char *precision; /* f32, f16, bf16 */
    int n_threads;
    double peak_gflops, peak_gb_s; /* measured in this run; NAN with BENCH_PLAN */
    int n_failed;
} BenchResult;

/* Takes params. A line that fails does not end the job; each also goes to the log. */
TorchlightJob *bench_job_new(BenchParams *params);
/* After the job is done. */
const BenchResult *bench_job_get_result(TorchlightJob *job);

/* Writes the config.json files of a preset into a folder. */
bool bench_export(const char *dir, const char *preset, double width, GError **error);

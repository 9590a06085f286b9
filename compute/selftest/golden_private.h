/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the golden run share: the context with the open golden file and the models, and
 * Run, a graph that takes its inputs from golden tensors. The first error stays in the context and
 * makes every later call do nothing; golden_run returns it. */
#pragma once

#include "compute/model/controlnet.h"
#include "compute/model/lora.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"
#include "compute/ops.h"
#include "compute/program.h"
#include "compute/sample/schedule.h"
#include "compute/selftest/golden.h"

typedef struct {
    Device *device;
    const char *dir;
    char *models_dir; /* where the models of the open file are: dir, or another set's */
    GoldenFunc func;
    void *func_data;
    GCancellable *cancellable;
    GPtrArray *lines;       /* GoldenLine, owned */
    GHashTable *tolerances; /* file -> (tensor -> double *) */

    const char *name; /* of the open golden file */
    WeightsFile *file;
    GHashTable *compared; /* tensor names */
    GPtrArray *groups;    /* GoldenLine, borrowed from lines: of this file */

    Unet *unet; /* models, opened when first asked for */
    ControlNet *controlnet;
    Vae *vae;
    TextEncoder *text_encoder;
    Schedule *schedule;
    GError *error;
} Golden;

/* What checks a golden file. Each subject has a table that ends with a part without pattern; a file
 * belongs to the first part that matches it. To check another file, add a line to a table. */
typedef struct {
    const char *pattern;    /* the file's name without its ending, * and ? stand for others */
    void (*run)(Golden *g); /* NULL: holds only inputs, which other files' parts read */
} GoldenPart;

extern const GoldenPart golden_parts_models[];
extern const GoldenPart golden_parts_lora[];
extern const GoldenPart golden_parts_control[];
extern const GoldenPart golden_parts_sampling[];
extern const GoldenPart golden_parts_train[];

/* Parts that stand in another file than their table. */
void golden_ops(Golden *g);
void golden_blocks(Golden *g);
void golden_vae_sample(Golden *g);
void golden_single_file(Golden *g);
void golden_noise(Golden *g);

/* --- the open file --- */
bool golden_failed(const Golden *g); /* an error stands */
bool golden_has(const Golden *g, const char *key);
/* NULL and an error when it is not there. */
const WeightsEntry *golden_entry(Golden *g, const char *key);
Shape golden_shape(const WeightsEntry *entry); /* more than 4 dimensions: the last ones joined */
/* Values as float; the caller frees. */
float *golden_values(Golden *g, const char *key);
double *golden_doubles(Golden *g, const char *key, int *n);
/* Notes |got - golden|; does nothing when the file has no such tensor. note: NULL or what tells two
 * ways to the same result apart. */
void golden_compare(Golden *g, const char *key, const char *note, const float *got, int64_t n);
/* A line of its own making. */
void golden_line(Golden *g, const char *name, int n, double error, double tolerance);
/* The tensors' names between prefix and suffix, e.g. the cases of "input." NAME ".image"; strings,
 * owned by the array, the caller unrefs. */
GPtrArray *golden_cases(const Golden *g, const char *prefix, const char *suffix);
/* Tolerance of a tensor, 0 if the index has none. */
double golden_tolerance(const Golden *g, const char *key);

/* --- models; NULL after an error --- */
/* Closes what is open, so that others can be put in its place. */
void golden_close_models(Golden *g);
Unet *golden_open_unet(Golden *g);
ControlNet *golden_open_controlnet(Golden *g);
Vae *golden_open_vae(Golden *g);
TextEncoder *golden_open_text_encoder(Golden *g);
Lora *golden_open_lora(Golden *g, const char *name); /* the caller frees */
LoraTarget golden_lora_target(Golden *g);            /* unet and text encoder */
const Schedule *golden_schedule(Golden *g);
/* Below the folder of the golden set, and below that of the models that the file is about. */
char *golden_path(const Golden *g, const char *first, ...) G_GNUC_NULL_TERMINATED;
char *golden_model_path(const Golden *g, const char *first, ...) G_GNUC_NULL_TERMINATED;

/* --- Run --- */
typedef struct {
    Golden *golden;
    Graph *graph;
    Program *program; /* after run_compile; owns the graph */
    GPtrArray *loads; /* inputs and the tensors they start from */
} Run;

void run_init(Run *run, Golden *golden);
void run_clear(Run *run);
/* An input of the shape of a golden tensor, whose values it gets when compiled (i32 for integers).
 * NULL and an error when the file has no such tensor. */
Tensor *run_input(Run *run, const char *key);
bool run_compile(Run *run);
void run_write(Run *run, Tensor *t, const void *data);
bool run_go(Run *run);
/* NULL after an error; the caller frees. */
float *run_read(Run *run, const Tensor *t);
void run_compare(Run *run, const Tensor *t, const char *key, const char *note);
/* Compares the taps of a module with the golden tensors prefix NAME. */
void run_compare_taps(Run *run, GHashTable *taps, const char *prefix);

/* --- the denoising part: UNet, perhaps with ControlNet --- */
typedef struct {
    Golden *golden;
    const Unet *unet;
    const ControlNet *controlnet; /* NULL: none */
    int n;
    Run run, stem;
    Tensor *sample, *time, *context, *hint, *scale, *out; /* of run */
    Tensor *map, *stem_out;                               /* of stem */
    GPtrArray *residuals;
    GHashTable *unet_taps, *controlnet_taps; /* NULL: none asked for */
} Denoiser;

/* Shapes of the inputs; map NULL without ControlNet. taps: keep intermediate results. */
bool denoiser_init(Denoiser *d, Golden *g, const Unet *unet, const ControlNet *controlnet,
                   const Shape *sample, const Shape *context, const Shape *map, bool taps);
void denoiser_clear(Denoiser *d);
/* What stays the same over the steps. map and scale only with a ControlNet. */
void denoiser_condition(Denoiser *d, const float *context, const float *map, float scale);
/* Another weight of the control. */
void denoiser_scale(Denoiser *d, float scale);
/* timesteps: n of them. */
bool denoiser_go(Denoiser *d, const float *sample, const double *timesteps);

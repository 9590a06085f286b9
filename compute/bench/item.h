/* SPDX-License-Identifier: Apache-2.0 */
/* BenchItem: something to be timed, ready to run: a part of a model, a whole sampling, a training
 * step, or a single operation. The names are those of tests/bench/torch_peer.py. */
#pragma once

#include "compute/bench/model.h"
#include "compute/program.h"

typedef struct BenchItem {
    char *name;
    double flop;      /* floating-point operations of a run, about; 0: not known */
    double bytes;     /* that a run must move at least; 0: not known */
    double weight_mb; /* of the model's parts that it uses */
    Program *program; /* NULL: run does not replay just one */
    /* --- private --- */
    bool (*run)(struct BenchItem *item, GCancellable *cancellable, GError **error);
    void *data;
    void (*clear)(struct BenchItem *item);
} BenchItem;

typedef struct {
    int width, height; /* of the latent */
    int batch;
    int rank; /* of the LoRA that is trained */
} BenchSizes;

#define BENCH_SIZES_DEFAULT                                                                        \
    {                                                                                              \
        .width = 136, .height = 128, .batch = 1, .rank = 16                                        \
    }

/* unet, unet+controlnet, vae_encode, vae_decode, text, tokenizer, train, train_ckpt, sample20,
 * sample20+controlnet; NULL-terminated. */
const char *const *bench_model_items(void);
/* Opens the parts it needs, records and places what is to be run. The model must outlive it. */
BenchItem *bench_model_item(BenchModel *model, const char *name, const BenchSizes *sizes,
                            GError **error);

/* The operations at the shapes of Stable Diffusion at a latent of 136x128; NULL past the end. */
const char *bench_op_name(int n);
BenchItem *bench_op_item(Device *device, int n, int batch, GError **error);

bool bench_item_run(BenchItem *item, GCancellable *cancellable, GError **error);
void bench_item_free(BenchItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchItem, bench_item_free)

/* --- for the files of items --- */
BenchItem *bench_item_new(const char *name);
/* Takes the graph, keeps result, fills the inputs with random numbers. False with error. */
bool bench_item_take_graph(BenchItem *item, Device *device, Graph *graph, GError **error);
/* Uniform in +-1, always the same; the caller frees. */
float *bench_noise(int64_t n);

/* SPDX-License-Identifier: Apache-2.0 */
/* A Module is the set of named Weights of one model on a device, under the names that diffusers
 * gives them. A model declares what its config asks for; then the module is either loaded from a
 * safetensors file, every name, shape and dtype checked, or filled with random values.
 * Not thread-safe; graphs that use its weights must be freed before it. */
#pragma once

#include "compute/tensor.h"
#include "compute/weights.h"

/* How module_init_random fills a weight. */
typedef enum {
    INIT_FAN_IN,    /* uniform in +-1/sqrt(fan_in), PyTorch's default of linear and conv layers */
    INIT_ZERO,      /* biases of norms, zero convolutions */
    INIT_ONE,       /* scales of norms */
    INIT_EMBEDDING, /* normal, standard deviation 0.02 */
} WeightInit;

typedef struct Adapter Adapter; /* compute/model/lora.h */

typedef struct {
    char *kind;          /* "unet", for messages */
    Device *device;      /* borrowed */
    GPtrArray *specs;    /* what the config asks for, in the order declared; private */
    GPtrArray *weights;  /* Weight, owned, one a spec; empty before load or init */
    GHashTable *by_name; /* (char *) -> Weight */
    GPtrArray *adapters; /* Adapter, owned: the LoRAs that graphs recorded from now on apply */
    struct Tensor
        *dropout_keys; /* NULL, or (N, 2) i32 of the graph that is recorded for training */
    GHashTable *taps;  /* NULL, or (char *) -> Tensor: where recording notes intermediate results */
    int n_unexpected;  /* tensors of the file that the config did not ask for */
} Module;

Module *module_new(Device *device, const char *kind);
void module_free(Module *module);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Module, module_free)

/* Programmer error to declare a name twice, or after load or init. */
void module_declare(Module *module, const char *name, const Shape *shape, WeightInit init,
                    int64_t fan_in);

/* Another name under which an old file may hold `name`; NULL if there is none. Transfer full. */
typedef char *(*ModuleAlias)(const char *name);
/* What the file calls `name`; transfer full. A tensor that the file holds stacked with others along
 * the first dimension is part *part of *n_parts (0 of 1 before the call). */
typedef char *(*ModuleRename)(const char *name, const void *data, int *part, int *n_parts);

/* Where a module finds its tensors. */
typedef struct {
    const WeightsFile *file;
    ModuleAlias alias;   /* NULL: none */
    ModuleRename rename; /* NULL: the names are those declared */
    const void *data;    /* for rename */
} ModuleSource;

/* Reads every declared tensor (F32, F16, BF16 or F64) and stores it as the device's precision says,
 * straight from the file's bytes where they are stored so already. Trailing dimensions of 1 do not
 * matter. An absent tensor, another shape, an integer dtype, NaN or an infinity is an error that
 * names file, tensor, what was expected and what was found. Other tensors are ignored and counted.
 */
bool module_load(Module *module, const char *path, ModuleAlias alias, GError **error);
bool module_load_from(Module *module, const ModuleSource *source, GError **error);
/* What module_load_from would say of each tensor, without reading values: one sentence for each
 * that is absent or does not fit (owned strings; the caller unrefs). used: NULL, or gets the names
 * in the file of those that are there (owned, as a set). */
GPtrArray *module_survey(const Module *module, const ModuleSource *source, GHashTable *used);
/* Fills every declared weight: the same seed gives the same values on every device. */
bool module_init_random(Module *module, guint64 seed, GError **error);
/* Atomic. dtype: WEIGHTS_F32, WEIGHTS_F16 or WEIGHTS_BF16. */
bool module_save(const Module *module, const char *path, WeightsDtype dtype, GError **error);

/* NULL if there is none of that name. */
Weight *module_find(const Module *module, const char *name);
/* Marks the weights whose name matches the glob pattern (NULL: all); how many did. */
int module_set_trainable(Module *module, const char *pattern, bool trainable);
/* Appends the trainable weights to out (of Weight *, borrowed). */
void module_collect_trainable(const Module *module, GPtrArray *out);
int64_t module_n_parameters(const Module *module);

/* The weights of a folder: DIR/stem.safetensors, else the index of the same in several files
 * (stem.safetensors.index.json), else a variant of either (fp16, bf16, non_ema, fp32); the first
 * of these where there is none. variant: NULL, or gets which (static; NULL: the plain one). The
 * caller frees. */
char *module_file(const char *dir, const char *stem, const char **variant);

// SPDX-License-Identifier: Apache-2.0
//
// Weights: named tensors in a safetensors file. Reading maps the file and checks every name,
// type, shape and offset before anything is handed out; nothing read from the file is trusted.
// Writing is deterministic (names sorted, header padded to 8 bytes) and atomic.
//
// Format: 8 bytes little-endian header length, JSON header, raw little-endian row-major data.
// https://github.com/huggingface/safetensors#format
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define WEIGHTS_MAX_DIMS 8
#define WEIGHTS_MAX_HEADER (64u << 20) /* bytes; SD 1.5 needs about 100 KB */

typedef enum {
    WEIGHTS_F32,
    WEIGHTS_F16,
    WEIGHTS_BF16,
    WEIGHTS_F64,
    WEIGHTS_I64,
    WEIGHTS_I32,
    WEIGHTS_I16,
    WEIGHTS_I8,
    WEIGHTS_U8,
    WEIGHTS_BOOL,
    WEIGHTS_N_DTYPES
} WeightsDtype;

/* One tensor of an open file. All of it is borrowed from the WeightsFile. */
typedef struct {
    const char *name;
    const char *path; /* of the file that it lies in: of a piece, where there are several */
    WeightsDtype dtype;
    int n_dims;                    /* 0 for a scalar */
    int64_t dim[WEIGHTS_MAX_DIMS]; /* outermost first; unused ones are 1 */
    int64_t n_elements;            /* product of the dims; 1 for a scalar, 0 if a dim is 0 */
    const void *data;              /* little-endian, row-major; NOT necessarily aligned */
    size_t size;                   /* bytes = n_elements * weights_dtype_size(dtype) */
} WeightsEntry;

typedef struct WeightsFile WeightsFile;
typedef struct WeightsWriter WeightsWriter;

const char *weights_dtype_name(WeightsDtype dtype); /* "F32", as in the file */
size_t weights_dtype_size(WeightsDtype dtype);      /* bytes per element */

/* Maps and checks `path`: a .safetensors file, or the index (.safetensors.index.json) of a model in
 * several files beside it, which then all have to be there with what the index says. The result is
 * immutable and may be read from any thread. */
WeightsFile *weights_open(const char *path, GError **error);
/* The same over bytes in memory; `name` stands for the path in messages. */
WeightsFile *weights_open_bytes(GBytes *bytes, const char *name, GError **error);
void weights_free(WeightsFile *file);

const char *weights_path(const WeightsFile *file);
int weights_n_shards(const WeightsFile *file); /* files it is in */
int weights_n_entries(const WeightsFile *file);
/* Entries in ascending order of name; 0 <= i < weights_n_entries(). */
const WeightsEntry *weights_entry(const WeightsFile *file, int i);
/* NULL if there is none of that name. */
const WeightsEntry *weights_find(const WeightsFile *file, const char *name);
/* As weights_find, but an absent tensor or another shape is an error that names file and tensor.
 * n_dims < 0 accepts any shape; dims may hold -1 for "any size". */
const WeightsEntry *weights_require(const WeightsFile *file, const char *name, int n_dims,
                                    const int64_t *dims, GError **error);
/* A value of __metadata__, or NULL. */
const char *weights_metadata(const WeightsFile *file, const char *key);
/* All of __metadata__: (char * -> char *), never NULL, borrowed. */
GHashTable *weights_metadata_table(const WeightsFile *file);

/* The rows of part `part` of n_parts equal ones along the first dimension, as an entry of its own
 * that borrows the same data. False when the dimension cannot be divided so. */
bool weights_entry_part(const WeightsEntry *entry, int part, int n_parts, WeightsEntry *out);
/* The first of n values that is NaN or infinite, -1 if none is. */
int64_t weights_first_nonfinite(const float *values, int64_t n);
/* Whether a tensor of type F32, F16, BF16 or F64 holds one; *index is the first. */
bool weights_entry_nonfinite(const WeightsEntry *entry, int64_t *index);
/* Converts all n_elements values to float. Any dtype; integers by value, BOOL to 0 or 1. */
void weights_read_f32(const WeightsEntry *entry, float *out);
/* Elements first .. first+n-1 only (row-major). */
void weights_read_f32_range(const WeightsEntry *entry, int64_t first, int64_t n, float *out);

/* metadata: (char * -> char *) or NULL; copied. `path` is only touched by _finish. */
WeightsWriter *weights_writer_new(const char *path, GHashTable *metadata);
/* Converts and copies `data` (product of dims values). dtype: F32, F16 or BF16 (both rounded to
 * nearest even). A name given twice is an error at _finish, and so is a lack of memory. */
void weights_writer_add(WeightsWriter *writer, const char *name, WeightsDtype dtype, int n_dims,
                        const int64_t *dims, const float *data);
/* Adds an entry of __metadata__ or replaces it. */
void weights_writer_set_metadata(WeightsWriter *writer, const char *key, const char *value);
/* Where the tensors' bytes begin in the file as it would be written now. */
uint64_t weights_writer_data_offset(WeightsWriter *writer);
/* SHA-256, in hexadecimal, of n bytes from first on of the file as it would be written now (fewer
 * where it ends earlier). The caller frees. */
char *weights_writer_checksum(WeightsWriter *writer, uint64_t first, uint64_t n);
/* Writes the file: temporary in the same folder, then rename; nothing is left on failure.
 * The writer is used up, but still to be freed. The same tensors give the same bytes. */
bool weights_writer_finish(WeightsWriter *writer, GError **error);
void weights_writer_free(WeightsWriter *writer);

/* Half-precision conversions, IEEE: round to nearest even, subnormals, inf and NaN kept. */
uint16_t weights_f16_from_f32(float value);
float weights_f32_from_f16(uint16_t bits);
uint16_t weights_bf16_from_f32(float value);
float weights_f32_from_bf16(uint16_t bits);
/* Arrays of the same; use the machine's F16C where it has it. */
void weights_f16_from_f32_n(const float *in, uint16_t *out, size_t n);
void weights_f32_from_f16_n(const uint16_t *in, float *out, size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WeightsFile, weights_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WeightsWriter, weights_writer_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* The header of NumPy's .npy (numpy.lib.format): written in format 1.0, 128 bytes long whatever it
 * says, so that it can be written again; read in 1.0 to 3.0. Private to app/trace. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum { NPY_HEADER_SIZE = 128, NPY_MAX_DIMENSIONS = 2 };

typedef struct {
    char kind;       /* 'i', 'u', 'U' (four bytes a character), 'S', ... */
    bool big_endian; /* of items of more than a byte */
    int item_size;   /* bytes */
    int n_dimensions;
    gint64 shape[NPY_MAX_DIMENSIONS];
} NpyHeader;

/* The bytes of a header in C order; descr as "<i8". */
void npy_header_format(char out[NPY_HEADER_SIZE], const char *descr, int n_dimensions,
                       const gint64 *shape);

/* Reads exactly n bytes, false when they are not there. */
typedef bool (*NpyRead)(void *source, void *out, size_t n);

/* Reads a header; the data follows. NULL, or what is wrong with it: a few words, translated. */
const char *npy_header_read(NpyHeader *header, NpyRead read, void *source);
/* How many items; -1 when that is no number that memory could hold. */
gint64 npy_header_n_items(const NpyHeader *header);
/* NULL when it is of N x n_columns int8, else what is wrong. */
const char *npy_header_check_trits(const NpyHeader *header, int n_columns);

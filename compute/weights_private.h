/* SPDX-License-Identifier: Apache-2.0 */
/* What an open weights file is made of: for weights.c and weights_shards.c. */
#pragma once

#include "compute/weights.h"

struct WeightsFile {
    char *path;
    GBytes *bytes;        /* NULL of a file in pieces */
    GPtrArray *shards;    /* WeightsFile, owned: the pieces, or NULL */
    GPtrArray *entries;   /* WeightsEntry *, by name */
    GHashTable *by_name;  /* borrowed name -> borrowed WeightsEntry */
    GHashTable *metadata; /* owned strings */
    const uint8_t *data;  /* behind the header */
    size_t data_size;     /* bytes */
};

/* Without entries. */
WeightsFile *weights_new(const char *path);
/* Takes the entry and its name; to be sorted once all are there. */
void weights_add(WeightsFile *file, WeightsEntry *entry);
void weights_sort(WeightsFile *file);

/* The pieces that an index (.safetensors.index.json) lists, as one file. */
WeightsFile *weights_open_shards(const char *path, GError **error);

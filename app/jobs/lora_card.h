/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to say of a LoRA, from the header of its file; no weight is read. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *words;   /* of its captions, the most frequent first: "web, http2, ..."; NULL unknown */
    char *model;   /* name of the base model; NULL unknown */
    char *dataset; /* NULL unknown */
    int rank;
    double alpha;        /* 0 unknown */
    int steps, pictures; /* 0 unknown */
    double loss;         /* NAN unknown */
    gint64 n_parameters;
} LoraCard;

/* Errors: it cannot be read; it is no LoRA. */
LoraCard *lora_card_read(const char *path, GError **error);
void lora_card_free(LoraCard *card);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoraCard, lora_card_free)

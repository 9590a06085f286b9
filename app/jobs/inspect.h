/* SPDX-License-Identifier: Apache-2.0 */
/* What a file or folder is and holds: captures, pictures and tables of traces, other pictures,
 * safetensors files, model folders, dataset folders. Quick, so no job. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Facts Facts;

/* One thing to say. key: for machines, stable English. Exactly one of text, facts, or a number. */
typedef struct {
    char *key;
    char *label; /* for people, translated */
    char *text;
    Facts *facts; /* a group */
    double number;
    bool is_integer; /* of number */
} Fact;

struct Facts {
    GPtrArray *facts; /* Fact, owned, in the order to say them */
};

Facts *facts_new(void);
void facts_free(Facts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Facts, facts_free)
void facts_add_text(Facts *facts, const char *key, const char *label, const char *text);
void facts_add_int(Facts *facts, const char *key, const char *label, gint64 value);
void facts_add_number(Facts *facts, const char *key, const char *label, double value);
Facts *facts_add_group(Facts *facts, const char *key, const char *label); /* borrowed */

/* layout: of an .npy, which names none; NULL: the default. */
Facts *inspect_path(const char *path, const char *layout, GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* The sets that an evaluation compares: which traces there are, what they are called and where they
 * come from. Nothing here opens a trace.
 *
 * A real set is a folder of captures with their captions.csv (or with the captions of the split
 * file, or with none), or a dataset folder of pictures. A synthetic set is a folder whose
 * metadata.jsonl has a JSON object a line, all members but file_name optional:
 *   file_name      "captures/NAME.pcapng", or a picture, as it is compared
 *   text           its caption
 *   drawn          "drawn/NAME.png", as it was before repair
 *   parents        [capture, ...] that its control map, template or rows came from
 *   trained_on     [capture, ...] that what drew it was fitted to, or the name of a file of them
 *                  (relative to the folder): a name a line, or a table with a column file_name, of
 *                  which, where it has a column part, the lines of part train
 *   kind           "diffusion", "bootstrap", ...: what drew it
 *   seed, repaired_bits, n_bits
 * Any folder that is good as a real set is also good as a synthetic one, of unknown parents. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "app/dataset/split.h"

/* A list of captures that may be unknown, which is not the same as empty. */
typedef struct {
    bool known;
    GPtrArray *names; /* char*, interned file names without folder */
} CaptureList;

typedef struct {
    char *name;    /* owned: in its folder, "captures/web_00001.pcapng" */
    char *path;    /* owned */
    char *drawn;   /* owned: path of the picture before repair, or NULL */
    char *caption; /* owned: "" when there is none */
    char *capture; /* owned: of a real trace, the file name of the capture that it is of */
    CaptureList parents, trained_on;
    const char *kind;             /* interned: "" when unknown */
    gint64 seed;                  /* -1: unknown */
    gint64 repaired_bits, n_bits; /* -1: unknown */
    bool in_split;                /* part means something */
    SplitPart part;
} EvaluationTrace;

typedef struct {
    char *name; /* owned: of the folder, unique among the sets of an evaluation */
    char *path; /* owned */
    bool is_real;
    const char *kind;  /* interned: that of its traces; "mixed"; "" unknown; "real" */
    GPtrArray *traces; /* EvaluationTrace, owned, by name */
    GPtrArray *notes;  /* char*, owned: what had to be passed over, a sentence each */
} EvaluationSet;

/* Errors: no such folder, no trace in it, a line of its metadata that is no such object, a name
 * that leaves the folder. */
EvaluationSet *evaluation_set_read(const char *path, bool is_real, GError **error);
void evaluation_set_free(EvaluationSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationSet, evaluation_set_free)

static inline EvaluationTrace *
evaluation_set_trace(const EvaluationSet *set, guint i)
{
    return set->traces->pdata[i];
}

/* A set made by hand, for tests and for who has traces elsewhere. Texts are copied. */
EvaluationSet *evaluation_set_new(const char *name, bool is_real);
EvaluationTrace *evaluation_set_add(EvaluationSet *set, const char *name, const char *caption);
void evaluation_set_note(EvaluationSet *set, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Adds a capture (a path or name) to a list, which is known from then on. */
void capture_list_add(CaptureList *list, const char *capture);

/* "web_00001" of "captures/web_00001.pcap": by this captures are told apart, whether a list names
 * the capture, its picture or its table. The caller frees. */
char *evaluation_capture_stem(const char *name);

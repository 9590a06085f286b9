/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be imported, file by file: folders of pictures with their captions, folders of
 * captures with what is in them. Private to app/jobs. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *path;
    char *caption; /* that its folder says, or NULL */
    char *source;  /* the capture it was drawn from, where its folder says so, or NULL */
    gint64 size;   /* bytes */
} ImportInput;

void import_input_free(ImportInput *input);
/* Called with the path of what cannot be taken, and why. */
typedef void (*ImportRefuse)(const char *path, const char *sentence, void *data);
/* ImportInput elements, each file once. */
GPtrArray *import_inputs_list(char *const *paths, ImportRefuse refuse, void *data);

/* SPDX-License-Identifier: Apache-2.0 */
/* The controls of a generation: each a map, the ControlNet that reads it, and how it acts. The
 * first has its members in GenerateParams, as settings of the table; a generation may have more of
 * them. */
#pragma once

#include "app/jobs/generate_job.h"

/* The n-th mode and convention, what NULL stands for first; NULL past the end. */
const char *generate_control_mode(int n);
const char *generate_control_convention(int n);

GenerateControl *generate_control_new(void);
GenerateControl *generate_control_copy(const GenerateControl *control);
void generate_control_free(GenerateControl *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GenerateControl, generate_control_free)

/* How the first of params acts, whether or not it has a map, and the first as one; NULL when it has
 * none. The caller frees. */
GenerateControl *generate_control_settings(const GenerateParams *params);
GenerateControl *generate_control_first(const GenerateParams *params);
/* How many there are, and the n-th; the caller frees. */
int generate_control_count(const GenerateParams *params);
GenerateControl *generate_control_nth(const GenerateParams *params, int n);

/* "MAP[:WEIGHT[:START-END[:MODE[:CONVENTION[:LAYERS]]]]]"; a text that names a file is its path.
 * The error says what is wrong. */
GenerateControl *generate_control_parse(const char *text, GError **error);
/* The same with every part; the map by its last part. The caller frees. */
char *generate_control_text(const GenerateControl *control);

/* Ranges, names, numbers of layers. */
bool generate_control_check(const GenerateControl *control, GError **error);
/* "map" and the rest of it, with paths below base (NULL: none) relative to it. */
JsonObject *generate_control_to_json(const GenerateControl *control, const char *base);
/* NULL and an error that names the member when it is none. */
GenerateControl *generate_control_from_json(JsonNode *node, const char *base, GError **error);

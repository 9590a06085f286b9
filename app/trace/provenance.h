/* SPDX-License-Identifier: Apache-2.0 */
/* Where a trace came from and what was skipped, as one JSON object: texts by key, and under
 * "skipped" how many packets by reason (RFC 8259). */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The tables of a Trace; the caller frees. The same tables give the same text. */
char *provenance_to_json(GHashTable *provenance, GHashTable *skipped);
/* Adds what the text says to the tables; numbers are kept as their text. False when it is no such
 * object: nothing but texts and whole numbers, and "skipped". */
bool provenance_from_json(const char *json, GHashTable *provenance, GHashTable *skipped);

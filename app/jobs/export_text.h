/* SPDX-License-Identifier: Apache-2.0 */
/* What made a trace, and what repair did, as lines for people. The keys are in docs/formats.md.
 * Private to app/jobs. */
#pragma once

#include "app/repair/repair.h"
#include "app/trace/trace.h"

/* Adds a key to a table of provenance. Takes value; nothing where it is NULL. */
void export_put(GHashTable *table, const char *key, char *value);
/* Adds what repair did: "repair", and "repair:RULE" for each rule that changed something. */
void export_put_report(GHashTable *table, const RepairReport *report);
/* "key: value" lines, sorted; newlines in values become spaces. The caller frees. */
char *export_text(GHashTable *table);
/* What repair did to each row of the repaired trace: (n_rows_out + 1) texts, NULL where it did
 * nothing, free with export_notes_free. */
char **export_notes(const RepairReport *report);
void export_notes_free(char **notes, int n);

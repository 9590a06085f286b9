/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of projects share. */
#pragma once

#include "app/project/project.h"

/* A record with these texts: key, value, ..., NULL. */
JsonObject *made_record(const char *key, ...) G_GNUC_NULL_TERMINATED;
/* Writes a picture of n_packets rows at pictures/NAME.png and gives the record of it. */
JsonObject *made_picture(TorchlightProject *project, const char *name, int n_packets);
guint n_items(TorchlightProject *project, ItemKind kind);
/* Borrowed. */
TorchlightItem *item_at(TorchlightProject *project, ItemKind kind, guint position);
/* Whether dir/file is there. */
bool has_file(const char *dir, const char *file);
/* What dir/file holds; the caller frees. */
char *text_of(const char *dir, const char *file);
/* All that a project says, as text to compare; the caller frees. */
char *project_to_text(TorchlightProject *project);

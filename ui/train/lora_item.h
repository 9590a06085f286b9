/* SPDX-License-Identifier: Apache-2.0 */
/* LoRAs as items of a project. Main thread. */
#pragma once

#include "app/project/project.h"

/* Adds the LoRA at path, which stands in the project, with what its header says. name NULL: the
 * file's. run and preview may be NULL: the item of the training, and the path of a picture. NULL
 * and error when it is no LoRA. Borrowed. */
TorchlightItem *lora_item_add(TorchlightProject *project, const char *path, const char *name,
                              TorchlightItem *run, const char *preview, GError **error);
/* Copies a file into the project and adds it, as an edit. */
TorchlightItem *lora_item_load(TorchlightProject *project, const char *path, GError **error);
/* "500 steps · 27 pictures · rank 8 · loss 0.052": what is known; the caller frees. */
char *lora_item_dup_facts(TorchlightItem *item);
/* Absolute path of its picture; NULL when there is none. The caller frees. */
char *lora_item_dup_preview(TorchlightProject *project, TorchlightItem *item);

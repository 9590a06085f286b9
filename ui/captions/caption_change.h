/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of many captions by a change: worked out on a thread, and put into the project as
 * one edit. */
#pragma once

#include "app/dataset/caption_edit.h"
#include "app/project/project.h"

typedef struct CaptionChange CaptionChange;

/* items: TorchlightItem, whose captions are copied. Main thread. */
CaptionChange *caption_change_new(GPtrArray *items);
void caption_change_free(CaptionChange *change); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionChange, caption_change_free)

/* Works it out; any thread. False with an error that is the user's to mend. */
bool caption_change_edit(CaptionChange *change, const CaptionEditSpec *spec,
                         const Vocabulary *vocabulary, GError **error);
/* The captions by caption_template.h from the names of the captures, else of the pictures. */
bool caption_change_template(CaptionChange *change, const char *template,
                             const Vocabulary *vocabulary, GError **error);
/* A caption that is set; NULL: it stays. Main thread or before the others. */
void caption_change_set(CaptionChange *change, guint i, const char *caption);

guint caption_change_n_items(const CaptionChange *change);
guint caption_change_n_changed(const CaptionChange *change);
const char *caption_change_before(const CaptionChange *change, guint i);
const char *caption_change_after(const CaptionChange *change, guint i); /* NULL: it stays */

/* Puts it into the project, but for captions that are others by now; how many. Main thread. */
guint caption_change_apply(const CaptionChange *change, TorchlightProject *project,
                           const char *label);

/* SPDX-License-Identifier: Apache-2.0 */
/* One change for many captions: words added, text removed or replaced, captions made of file names;
 * with what becomes of each shown before it is done, as one edit. */
#pragma once

#include "app/dataset/vocabulary.h"
#include "ui/workspace.h"

/* items: TorchlightItem. vocabulary is copied; may be NULL. find: to begin with, or NULL. */
void change_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace, GPtrArray *items,
                        const Vocabulary *vocabulary, const char *find);

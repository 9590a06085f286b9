/* SPDX-License-Identifier: Apache-2.0 */
/* The side list: files with small pictures and captions, one of them chosen. */
#pragma once

#include <gtk/gtk.h>

#include "ui/library/library.h"
#include "ui/library/library_item.h"

#define TORCHLIGHT_TYPE_LIBRARY_VIEW (torchlight_library_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLibraryView, torchlight_library_view, TORCHLIGHT, LIBRARY_VIEW,
                     GtkWidget)

/* Signal "chosen" (TorchlightLibraryItem): the user wants to see it. Also given for the first item
 * of a library that is set. */
void torchlight_library_view_set_library(TorchlightLibraryView *view, const Library *library);
/* The item of a file; NULL when it is not listed. Borrowed. */
TorchlightLibraryItem *torchlight_library_view_find(TorchlightLibraryView *view, const char *path);
/* The next or the previous one (by -1) is chosen. */
void torchlight_library_view_step(TorchlightLibraryView *view, int by);

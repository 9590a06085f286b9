/* SPDX-License-Identifier: Apache-2.0 */
/* One file of the side list: its name, its caption, and a small picture once there is one. */
#pragma once

#include <gdk/gdk.h>
#include <stdbool.h>

#define TORCHLIGHT_TYPE_LIBRARY_ITEM (torchlight_library_item_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLibraryItem, torchlight_library_item, TORCHLIGHT, LIBRARY_ITEM,
                     GObject)

/* Properties: "name", "caption" (notified), "thumbnail" (GdkPaintable, notified, may be NULL). */
TorchlightLibraryItem *torchlight_library_item_new(const char *path, const char *caption);
const char *torchlight_library_item_get_path(TorchlightLibraryItem *item);
const char *torchlight_library_item_get_caption(TorchlightLibraryItem *item);
void torchlight_library_item_set_caption(TorchlightLibraryItem *item, const char *caption);
/* How many widgets show it now: a picture is made only for those that are seen. */
void torchlight_library_item_add_viewers(TorchlightLibraryItem *item, int n);

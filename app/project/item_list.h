/* SPDX-License-Identifier: Apache-2.0 */
/* A list of items that many of them can enter and leave at once, with one notification for each run
 * of neighbours, and which knows the place of each. Main thread. */
#pragma once

#include "app/project/item.h"

#define TORCHLIGHT_TYPE_ITEM_LIST (torchlight_item_list_get_type())
G_DECLARE_FINAL_TYPE(TorchlightItemList, torchlight_item_list, TORCHLIGHT, ITEM_LIST, GObject)

TorchlightItemList *item_list_new(void);
guint item_list_length(TorchlightItemList *list);
/* item stands in the list. */
guint item_list_position(TorchlightItemList *list, TorchlightItem *item);
/* JsonObject elements with a reference each, in order; the caller unrefs. */
GPtrArray *item_list_dup_records(TorchlightItemList *list);
/* positions (n, ascending): where each stands afterwards; beyond the end counts as the end. */
void item_list_insert(TorchlightItemList *list, TorchlightItem *const *items,
                      const guint *positions, guint n);
/* All of them stand in the list. */
void item_list_remove(TorchlightItemList *list, TorchlightItem *const *items, guint n);

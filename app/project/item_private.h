/* SPDX-License-Identifier: Apache-2.0 */
/* How the project writes items. A record is never changed once it stands in an item: it is replaced
 * by a copy that shares all other members, so that a snapshot of records can be written by a worker
 * while the next change is made. References of JSON are counted without locks: they are taken and
 * dropped on the main thread only. */
#pragma once

#include "app/project/item.h"

/* dir is the project's; record is taken and holds an "id". */
TorchlightItem *item_new(ItemKind kind, GRefString *dir, JsonObject *record);
/* value is taken; NULL removes. Tells who listens. */
void item_set_member(TorchlightItem *item, const char *key, JsonNode *value);
void item_tell_changed(TorchlightItem *item, const char *key);
/* The member's node, or NULL. Borrowed. */
JsonNode *item_get_member(TorchlightItem *item, const char *key);

/* Its place in the list that it stands in, or NULL. */
GSequenceIter *item_get_place(TorchlightItem *item);
void item_set_place(TorchlightItem *item, GSequenceIter *place);

/* "traces", "maps", ...: the member of project.json. */
const char *item_kind_member(ItemKind kind);

/* SPDX-License-Identifier: Apache-2.0 */
/* One thing a project holds: a record (a JSON object of project.json) with an id that never
 * changes. Only the project writes it (project.h); everybody else reads and listens. Main thread.
 *
 * Members by kind, all optional but "file":
 *   every kind  "name" (for people), "file" (relative to the project's folder; of what stands
 *               elsewhere, absolute), "added" (seconds since the epoch), "notes"
 *   trace       "caption", "protocols" ("IPv4 TCP TLS"), "packets", "bytes" (on the wire),
 *               "duration_ns", "source" (file name of the capture), "parent" (id of what it was
 *               made from: a capture, a trace), "flow" (which of the capture's, in words),
 *               "split" ("train", "test", "validation"),
 *               "origin" ("imported", "generated", "repaired"),
 *               "settings" (object: what generated it), "repair" (object: the choices made)
 *   map         "of" (id of the trace), "low", "high", "l2" (thresholds of its edges)
 *   lora        "model", "words", "steps", "rank", "pictures", "loss", "settings", "run"
 *   run         "job" ("train", "generate", "evaluate"), "state", "settings", "results"
 *   capture     "packets" (that make rows), "pictures", "bytes" (of the file)
 *   model       a folder of a base model
 *   figures     an evaluation's results (JSON) */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

typedef enum {
    ITEM_TRACE,
    ITEM_MAP,
    ITEM_LORA,
    ITEM_RUN,
    ITEM_CAPTURE,
    ITEM_MODEL,
    ITEM_FIGURES,
    N_ITEM_KINDS
} ItemKind;

/* "trace", "map", ...: also the members of project.json, as "traces", "maps", ... */
const char *item_kind_name(ItemKind kind);

#define TORCHLIGHT_TYPE_ITEM (torchlight_item_get_type())
G_DECLARE_FINAL_TYPE(TorchlightItem, torchlight_item, TORCHLIGHT, ITEM, GObject)

/* Properties, read-only, notified: "name", "caption" (""), "id", "missing" (bool). Signal "changed"
 * (const char *key, also its detail): a member of the record was written or removed. */

const char *torchlight_item_get_id(TorchlightItem *item);
ItemKind torchlight_item_get_kind(TorchlightItem *item);
/* Absolute path of its file; the caller frees. NULL when it has none. */
char *torchlight_item_dup_path(TorchlightItem *item);
const char *torchlight_item_get_name(TorchlightItem *item);
const char *torchlight_item_get_caption(TorchlightItem *item); /* "" when there is none */
/* A member; NULL, 0 or otherwise where it is missing or of another type. Borrowed. */
const char *torchlight_item_get_string(TorchlightItem *item, const char *key);
gint64 torchlight_item_get_int(TorchlightItem *item, const char *key, gint64 otherwise);
double torchlight_item_get_double(TorchlightItem *item, const char *key, double otherwise);
JsonObject *torchlight_item_get_object(TorchlightItem *item, const char *key);
/* Not to be changed, and borrowed until the next change. */
JsonObject *torchlight_item_get_record(TorchlightItem *item);

/* Whether its file was not there when it was looked for: when the project was opened, or when
 * somebody who wanted to read it said so. */
bool torchlight_item_is_missing(TorchlightItem *item);
void torchlight_item_set_missing(TorchlightItem *item, bool missing);

/* SPDX-License-Identifier: Apache-2.0 */
/* A control map that is worked on: the map, the item of the project that it is (from its first
 * change on), and its file, which is written on a thread a second after the last change. Edits that
 * can be undone keep it alive. Main thread. */
#pragma once

#include "app/dataset/control_map_file.h"
#include "app/jobs/edge_field.h"
#include "app/project/project.h"

#define TORCHLIGHT_TYPE_MAP_DOCUMENT (torchlight_map_document_get_type())
G_DECLARE_FINAL_TYPE(TorchlightMapDocument, torchlight_map_document, TORCHLIGHT, MAP_DOCUMENT,
                     GObject)

/* Signals: "changed": pixels are others now, see control_map_take_changed; "about-to-change": an
 * edit that is not complete has to be given up now; "source-changed": thresholds are others now;
 * "item-changed": it is an item now; "write-failed" (const char *sentence). */

/* Takes map. item NULL: it is none yet. of: id of the trace, or NULL; name: for people and files.
 */
TorchlightMapDocument *torchlight_map_document_new(TorchlightProject *project, TorchlightItem *item,
                                                   const char *of, const char *name,
                                                   ControlMap *map, const ControlSource *source);
ControlMap *torchlight_map_document_get_map(TorchlightMapDocument *document);
/* NULL while it is none, also where its making was undone. */
TorchlightItem *torchlight_map_document_get_item(TorchlightMapDocument *document);
/* Whether it was an item, which was deleted or its making undone. */
bool torchlight_map_document_is_removed(TorchlightMapDocument *document);
const ControlSource *torchlight_map_document_get_source(TorchlightMapDocument *document);

/* What edges are found in, of the map's size; both are taken and may be NULL. Where thresholds
 * moved while there was none, edges follow now. */
void torchlight_map_document_set_picture(TorchlightMapDocument *document, Image *picture,
                                         EdgeField *field);
/* Makes an item of it, if it is none. */
void torchlight_map_document_create(TorchlightMapDocument *document, const char *label);
/* Ends the edit that was begun on the map, as an edit of the project. */
void torchlight_map_document_end_edit(TorchlightMapDocument *document, const char *label);
/* An edit; several in quick succession are one. Edges follow when a thread has found them. */
void torchlight_map_document_set_thresholds(TorchlightMapDocument *document, double low,
                                            double high, bool l2);
/* Writes now what is not written, and waits for it. */
void torchlight_map_document_flush(TorchlightMapDocument *document);

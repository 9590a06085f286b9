/* SPDX-License-Identifier: Apache-2.0 */
/* A project: a folder with project.json and what it speaks of.
 *
 *   project.json   records of everything (item.h), format version, name
 *   pictures/      traces as pictures, NAME.png with its caption in NAME.txt: a dataset folder
 *   maps/          control maps, PNG
 *   loras/         NAME.safetensors
 *   runs/          a folder a run of a job (run_folder.h)
 *   trash/         files of what was deleted, until the project is closed: undo brings them back
 *
 * Every change goes through the functions below, on the main thread. Saving is by itself, on a
 * worker thread, at most two seconds after a change, and never leaves a half-written file. A
 * project that another process has open, that is read-only, or that a newer version wrote is opened
 * read-only: "problem" says why and what to do, torchlight_project_is_writable is false, and the
 * functions that change do nothing.
 *
 * Undo: changes between begin and end are one edit that undo takes back; changes outside (a job's
 * results arriving) are no edit. */
#pragma once

#include "app/project/item.h"

#define PROJECT_FILE "project.json"
enum { PROJECT_VERSION = 1 };

#define TORCHLIGHT_TYPE_PROJECT (torchlight_project_get_type())
G_DECLARE_FINAL_TYPE(TorchlightProject, torchlight_project, TORCHLIGHT, PROJECT, GObject)

/* Properties, read-only, notified: "name", "problem" (a sentence for a banner, or NULL; also while
 * saving fails),
 * "undo-label", "redo-label" (NULL: nothing to take back), "unsaved" (bool).
 * Signal "save-failed" (const char *sentence): the disk is full, the folder is gone, ...; saving is
 * tried again with the next change and every 10 seconds. */

/* A project belongs to the thread that made or opened it, but where it says otherwise. Opening
 * reads every record and looks for every file: some 0.2 s for 10,000. */
/* Makes the folder (it may exist, if it is empty) and an empty project in it. name NULL: the
 * folder's. */
TorchlightProject *torchlight_project_create(const char *dir, const char *name, GError **error);
/* dir may also be the path of its project.json. */
TorchlightProject *torchlight_project_open(const char *dir, GError **error);
/* The same on a thread. finish: on the thread that asked; the caller owns the project. */
void torchlight_project_open_async(const char *dir, GAsyncReadyCallback callback, gpointer data);
TorchlightProject *torchlight_project_open_finish(GAsyncResult *result, GError **error);
/* Saves what is not saved, waits for it, empties the trash, lets go of the lock. Where it cannot be
 * saved the project stays open. */
bool torchlight_project_close(TorchlightProject *project, GError **error);
/* Saves now and waits; a new snapshot on disk when it returns true. */
bool torchlight_project_save(TorchlightProject *project, GError **error);
/* Whether dir holds a project. */
bool project_is_folder(const char *dir);

const char *torchlight_project_get_dir(TorchlightProject *project);
const char *torchlight_project_get_name(TorchlightProject *project);
void torchlight_project_set_name(TorchlightProject *project, const char *name);
bool torchlight_project_is_writable(TorchlightProject *project);
const char *torchlight_project_get_problem(TorchlightProject *project);

/* TorchlightItem elements in the order they were added; borrowed, lives as long as the project. */
GListModel *torchlight_project_get_items(TorchlightProject *project, ItemKind kind);
TorchlightItem *torchlight_project_find(TorchlightProject *project, const char *id); /* or NULL */
/* The item whose file this is; NULL when there is none. */
TorchlightItem *torchlight_project_find_file(TorchlightProject *project, const char *path);

/* Edits. label is for people and translated: "Change Caption". May nest; the outermost counts.
 * An edit with the same non-NULL merge_key as the one before, and less than a second after it, is
 * taken as one with it (typing). */
void torchlight_project_begin(TorchlightProject *project, const char *label);
void torchlight_project_begin_merged(TorchlightProject *project, const char *label,
                                     const char *merge_key);
void torchlight_project_end(TorchlightProject *project);

/* record is taken; its "file" has to stand under the project's folder, or be absolute. It gets an
 * "id" and "added" where it has none. Borrowed; NULL where the project is not writable. */
TorchlightItem *torchlight_project_add(TorchlightProject *project, ItemKind kind,
                                       JsonObject *record);
/* value is taken; NULL removes the member. Setting what is there already is no change. */
void torchlight_project_set(TorchlightProject *project, TorchlightItem *item, const char *key,
                            JsonNode *value);
void torchlight_project_set_string(TorchlightProject *project, TorchlightItem *item,
                                   const char *key, const char *value); /* NULL removes */
void torchlight_project_set_int(TorchlightProject *project, TorchlightItem *item, const char *key,
                                gint64 value);
void torchlight_project_set_double(TorchlightProject *project, TorchlightItem *item,
                                   const char *key, double value);
/* Its files go to the trash, and come back with undo (many a moment later: "changed::file" tells).
 */
void torchlight_project_remove(TorchlightProject *project, TorchlightItem *item);
/* Many at once: lists notify once. */
void torchlight_project_remove_many(TorchlightProject *project,
                                    GPtrArray *items /* TorchlightItem */);
/* Items that came outside of edits (a job's, in the order they came) become one edit that undo
 * takes back; those that are not in the project any more are passed over. */
void torchlight_project_note_added(TorchlightProject *project, const char *label, GPtrArray *items);
/* Many at once: lists notify once. */
void torchlight_project_add_many(
    TorchlightProject *project, ItemKind kind,
    GPtrArray *records /* JsonObject, taken one by one */,
    GPtrArray *items /* TorchlightItem, appended with a reference, or NULL */);

/* An edit of another kind than of records: strokes on a control map. apply is called with redo true
 * or false, on the main thread; the edit was already done once when it is pushed. Within begin and
 * end it becomes part of that edit. */
typedef struct {
    void (*apply)(TorchlightProject *project, void *data, bool redo);
    void (*free)(void *data);
} ProjectEditClass;
void torchlight_project_push_edit(TorchlightProject *project, const char *label,
                                  const ProjectEditClass *class, void *data);
void torchlight_project_undo(TorchlightProject *project);
void torchlight_project_redo(TorchlightProject *project);
const char *torchlight_project_get_undo_label(TorchlightProject *project); /* or NULL */
const char *torchlight_project_get_redo_label(TorchlightProject *project);

/* A path in the project that nothing stands at yet: folder "maps", stem "web" and ".png" give
 * DIR/maps/web.png, else DIR/maps/web_2.png ... Makes the folder. Any thread; the name is not
 * reserved. The caller frees. */
char *torchlight_project_new_path(TorchlightProject *project, const char *folder, const char *stem,
                                  const char *suffix);
/* path as a record's "file" has it: relative where it is in the project. The caller frees. */
char *torchlight_project_relative(TorchlightProject *project, const char *path);
/* The same for who knows only the folder: "pictures/web.png", relative to dir. Any thread. */
char *project_new_file(const char *dir, const char *folder, const char *stem, const char *suffix);

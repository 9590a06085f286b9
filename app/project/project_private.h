/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of app/project. */
#pragma once

#include "app/project/item_list.h"
#include "app/project/item_private.h"
#include "app/project/project.h"

#define PROJECT_BACKUP PROJECT_FILE "~"
#define PROJECT_BROKEN PROJECT_FILE ".broken"
#define PROJECT_LOCK ".lock"
#define PROJECT_TRASH "trash"
#define PROJECT_PICTURES "pictures"
#define PROJECT_FORMAT "torchlight-project"

typedef struct Edit Edit;
typedef struct Save Save;

struct _TorchlightProject {
    GObject parent;

    GRefString *dir; /* absolute, links resolved; never changes: any thread */
    char *name;
    TorchlightItemList *lists[N_ITEM_KINDS];
    GHashTable *by_id;   /* char* (owned) -> TorchlightItem, borrowed */
    GHashTable *by_file; /* "file" (owned) -> TorchlightItem, borrowed */
    /* What the file holds and we do not understand: written back as it is. */
    GPtrArray *unread[N_ITEM_KINDS]; /* JsonNode */
    JsonObject *more;

    bool opening; /* nobody has it yet */
    /* Held while a file is moved to or from the trash, and while a save writes a caption beside its
     * picture: either both are in the trash or none is. */
    GMutex files;
    GCond moved;
    GThreadPool *mover; /* of one thread, or NULL */
    int n_moving;       /* batches that it has not done; with the mutex held */
    bool writable;
    int lock;           /* descriptor, -1: none */
    bool after_crash;   /* who had it last did not close it */
    char *problem;      /* found on opening, or NULL */
    char *save_problem; /* why it cannot be saved just now, or NULL */

    /* Undo (project_undo.c). */
    GQueue undo, redo; /* Edit, the next one first */
    Edit *open;        /* between begin and end */
    int depth;
    bool replaying; /* what changes now is undo or redo itself */

    /* Saving (project_save.c). */
    bool unsaved;
    guint64 n_changes;
    GSource *timer;
    bool is_retry;        /* the timer is one of trying again */
    GHashTable *captions; /* TorchlightItem whose caption file is not as the record says */
    Save *save;           /* running */
    bool has_lost_file;   /* project.json is not what we read: it is no backup */
};

/* --- project.c --- */

TorchlightProject *project_new(const char *dir);
void project_set_problem(TorchlightProject *project, const char *sentence);
void project_set_save_problem(TorchlightProject *project, const char *sentence);
void project_notify_undo(TorchlightProject *project);
void project_notify_unsaved(TorchlightProject *project);
void project_put_name(TorchlightProject *project, const char *name);

/* --- project_edit.c: changes without undo --- */

/* positions NULL: at the end. The items are not in the project. */
void project_attach(TorchlightProject *project, TorchlightItem *const *items,
                    const guint *positions, guint n);
/* Items of one kind that are in the project. */
void project_detach(TorchlightProject *project, TorchlightItem *const *items, guint n);
void project_put_member(TorchlightProject *project, TorchlightItem *item, const char *key,
                        JsonNode *value);
/* Whether it is in the project, and not only kept for undo. */
bool project_holds(TorchlightProject *project, TorchlightItem *item);
/* A record gets an id that no other has, where it lacks one. */
void project_ensure_id(TorchlightProject *project, JsonObject *record);

/* --- project_undo.c --- */

/* Each notes a change that was made; nothing outside begin and end. */
void project_note_set(TorchlightProject *project, TorchlightItem *item, const char *key,
                      JsonNode *before, JsonNode *after);
void project_note_added(TorchlightProject *project, GPtrArray *items);
void project_note_removed(TorchlightProject *project, GPtrArray *items, const guint *positions);
void project_note_name(TorchlightProject *project, const char *before, const char *after);
void project_forget_edits(TorchlightProject *project);

/* --- project_file.c --- */

/* Reads project.json, or what there is in its place. */
bool project_read(TorchlightProject *project, GError **error);

/* --- project_recover.c --- */

/* What a crash may have left: files in the trash that a record names come back, pictures without a
 * record get one, half-written files go. Marks the items whose file is missing. */
void project_recover(TorchlightProject *project);

/* --- project_save.c --- */

/* Something changed: it will be saved. */
void project_touch(TorchlightProject *project);
void project_touch_caption(TorchlightProject *project, TorchlightItem *item);
/* What opening changed will be saved from now on. */
void project_start_saving(TorchlightProject *project);
/* Waits for a save that runs, and stops the timer. */
void project_stop_saving(TorchlightProject *project);

/* --- project_trash.c --- */

void project_trash_files(TorchlightProject *project, TorchlightItem *const *items, guint n);
/* Items whose files are not there afterwards are marked as missing. Of many at once the files come
 * back a little later, and "changed::file" then says so. */
void project_restore_files(TorchlightProject *project, TorchlightItem *const *items, guint n);
/* Until all are where they should be. Any thread. */
void project_wait_for_files(TorchlightProject *project);
void project_empty_trash(TorchlightProject *project);

/* --- project_lock.c --- */

/* False and a sentence when another has it, or when it cannot be locked. */
bool project_lock(TorchlightProject *project, char **sentence);
void project_unlock(TorchlightProject *project);

/* --- project_path.c --- */

/* "pictures/a.png": relative, no way out, UTF-8. */
bool project_file_is_inside(const char *file);
/* The caption file beside a picture of pictures/: absolute, or NULL when file is none. The caller
 * frees. */
char *project_caption_path(const char *dir, const char *file);
/* Whether the folder that the file stands in is really below dir, whatever links there are. */
bool project_is_real_place(const char *dir, const char *file);

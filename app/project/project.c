/* SPDX-License-Identifier: Apache-2.0 */
/* A project as an object: making, opening, closing, what it is and holds. */
#include "app/project/project.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>

#include "app/project/project_private.h"

enum { PROP_0, PROP_NAME, PROP_PROBLEM, PROP_UNDO_LABEL, PROP_REDO_LABEL, PROP_UNSAVED, N_PROPS };
enum { SIGNAL_SAVE_FAILED, N_SIGNALS };

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightProject, torchlight_project, G_TYPE_OBJECT)

/* --- making and opening --- */

TorchlightProject *
project_new(const char *dir)
{
    TorchlightProject *project = g_object_new(TORCHLIGHT_TYPE_PROJECT, NULL);
    char *resolved = realpath(dir, NULL);
    g_autofree char *absolute = g_canonicalize_filename(resolved ? resolved : dir, NULL);
    g_autofree char *name = g_filename_display_basename(absolute);

    free(resolved);
    project->dir = g_ref_string_new(absolute);
    project->name = g_steal_pointer(&name);
    return project;
}

bool
project_is_folder(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, PROJECT_FILE, NULL);
    g_autofree char *backup = g_build_filename(dir, PROJECT_BACKUP, NULL);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR) || g_file_test(backup, G_FILE_TEST_IS_REGULAR);
}

static bool
make_folder(const char *dir, GError **error)
{
    g_autoptr(GDir) listing = NULL;
    int code;

    if (g_mkdir_with_parents(dir, 0777) != 0) {
        code = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot make the folder “%s”: %s; choose a place that you may write to."),
                    dir, g_strerror(code));
        return false;
    }
    listing = g_dir_open(dir, 0, error);
    if (!listing)
        return false;
    if (!g_dir_read_name(listing))
        return true;
    if (project_is_folder(dir))
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("“%s” holds a project already: open it, or choose another folder."), dir);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY,
                    _("The folder “%s” is not empty: choose a new or an empty one."), dir);
    return false;
}

TorchlightProject *
torchlight_project_create(const char *dir, const char *name, GError **error)
{
    g_autoptr(TorchlightProject) project = NULL;
    g_autofree char *sentence = NULL;

    g_return_val_if_fail(dir, NULL);
    if (!make_folder(dir, error))
        return NULL;
    project = project_new(dir);
    if (!project_lock(project, &sentence)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, sentence);
        return NULL;
    }
    project->writable = true;
    if (name && *name)
        torchlight_project_set_name(project, name);
    project_touch(project);
    if (torchlight_project_save(project, error))
        return g_steal_pointer(&project);
    project_stop_saving(project);
    project->writable = false;
    return NULL;
}

/* Without timers: the thread that opens may not be the one that has the project then. */
static TorchlightProject *
open_folder(const char *dir, GError **error)
{
    g_autofree char *base = g_path_get_basename(dir);
    g_autofree char *parent = g_path_get_dirname(dir);
    g_autofree char *sentence = NULL;
    g_autoptr(TorchlightProject) project = NULL;

    if (g_str_equal(base, PROJECT_FILE) && !g_file_test(dir, G_FILE_TEST_IS_DIR))
        dir = parent;
    if (!project_is_folder(dir)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” holds no project: choose a folder with a %s in it, or make a new "
                      "project."),
                    dir, PROJECT_FILE);
        return NULL;
    }
    project = project_new(dir);
    project->opening = true;
    project->writable = project_lock(project, &sentence);
    if (sentence)
        project_set_problem(project, sentence);
    if (!project_read(project, error)) {
        project->writable = false;
        return NULL;
    }
    project_recover(project);
    return g_steal_pointer(&project);
}

static TorchlightProject *
start(TorchlightProject *project)
{
    if (project) {
        project->opening = false;
        project_start_saving(project);
    }
    return project;
}

TorchlightProject *
torchlight_project_open(const char *dir, GError **error)
{
    g_return_val_if_fail(dir, NULL);
    return start(open_folder(dir, error));
}

static void
open_on_thread(GTask *task, gpointer source, gpointer dir, GCancellable *cancellable)
{
    GError *error = NULL;
    TorchlightProject *project = open_folder(dir, &error);

    if (project)
        g_task_return_pointer(task, project, g_object_unref);
    else
        g_task_return_error(task, error);
}

void
torchlight_project_open_async(const char *dir, GAsyncReadyCallback callback, gpointer data)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, callback, data);

    g_task_set_source_tag(task, torchlight_project_open_async);
    g_task_set_task_data(task, g_strdup(dir), g_free);
    g_task_run_in_thread(task, open_on_thread);
}

TorchlightProject *
torchlight_project_open_finish(GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_async_result_is_tagged(result, torchlight_project_open_async), NULL);
    return start(g_task_propagate_pointer(G_TASK(result), error));
}

bool
torchlight_project_close(TorchlightProject *project, GError **error)
{
    g_return_val_if_fail(TORCHLIGHT_IS_PROJECT(project), false);
    if (!project->writable)
        return true;
    if (!torchlight_project_save(project, error))
        return false;
    project_forget_edits(project);
    project_empty_trash(project);
    project->writable = false;
    project_unlock(project);
    project_notify_undo(project);
    return true;
}

/* --- what it is and holds --- */

const char *
torchlight_project_get_dir(TorchlightProject *project)
{
    return project->dir;
}

const char *
torchlight_project_get_name(TorchlightProject *project)
{
    return project->name;
}

bool
torchlight_project_is_writable(TorchlightProject *project)
{
    return project->writable;
}

const char *
torchlight_project_get_problem(TorchlightProject *project)
{
    return project->save_problem ? project->save_problem : project->problem;
}

GListModel *
torchlight_project_get_items(TorchlightProject *project, ItemKind kind)
{
    g_return_val_if_fail(TORCHLIGHT_IS_PROJECT(project) && kind < N_ITEM_KINDS, NULL);
    return G_LIST_MODEL(project->lists[kind]);
}

TorchlightItem *
torchlight_project_find(TorchlightProject *project, const char *id)
{
    return id ? g_hash_table_lookup(project->by_id, id) : NULL;
}

TorchlightItem *
torchlight_project_find_file(TorchlightProject *project, const char *path)
{
    g_autofree char *file = torchlight_project_relative(project, path);

    return g_hash_table_lookup(project->by_file, file);
}

/* --- telling --- */

void
project_put_name(TorchlightProject *project, const char *name)
{
    char *copy = g_strdup(name);

    g_free(project->name);
    project->name = copy;
    g_object_notify_by_pspec(G_OBJECT(project), props[PROP_NAME]);
}

static void
put_problem(TorchlightProject *project, char **problem, const char *sentence)
{
    if (g_strcmp0(*problem, sentence) == 0)
        return;
    g_free(*problem);
    *problem = g_strdup(sentence);
    g_object_notify_by_pspec(G_OBJECT(project), props[PROP_PROBLEM]);
}

void
project_set_problem(TorchlightProject *project, const char *sentence)
{
    put_problem(project, &project->problem, sentence);
}

void
project_set_save_problem(TorchlightProject *project, const char *sentence)
{
    bool is_news = sentence && g_strcmp0(sentence, project->save_problem) != 0;

    put_problem(project, &project->save_problem, sentence);
    if (is_news)
        g_signal_emit(project, signals[SIGNAL_SAVE_FAILED], 0, sentence);
}

void
project_notify_undo(TorchlightProject *project)
{
    g_object_notify_by_pspec(G_OBJECT(project), props[PROP_UNDO_LABEL]);
    g_object_notify_by_pspec(G_OBJECT(project), props[PROP_REDO_LABEL]);
}

void
project_notify_unsaved(TorchlightProject *project)
{
    g_object_notify_by_pspec(G_OBJECT(project), props[PROP_UNSAVED]);
}

/* --- the object --- */

static void
torchlight_project_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    TorchlightProject *project = TORCHLIGHT_PROJECT(object);

    switch (id) {
    case PROP_NAME:
        g_value_set_string(value, project->name);
        break;
    case PROP_PROBLEM:
        g_value_set_string(value, torchlight_project_get_problem(project));
        break;
    case PROP_UNDO_LABEL:
        g_value_set_string(value, torchlight_project_get_undo_label(project));
        break;
    case PROP_REDO_LABEL:
        g_value_set_string(value, torchlight_project_get_redo_label(project));
        break;
    case PROP_UNSAVED:
        g_value_set_boolean(value, project->unsaved);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

/* Who forgot to close it loses nothing but the error. */
static void
torchlight_project_dispose(GObject *object)
{
    TorchlightProject *project = TORCHLIGHT_PROJECT(object);

    torchlight_project_close(project, NULL);
    project_stop_saving(project);
    project->writable = false;
    G_OBJECT_CLASS(torchlight_project_parent_class)->dispose(object);
}

static void
torchlight_project_finalize(GObject *object)
{
    TorchlightProject *project = TORCHLIGHT_PROJECT(object);

    project_forget_edits(project);
    project_unlock(project);
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        g_object_unref(project->lists[kind]);
        g_ptr_array_unref(project->unread[kind]);
    }
    if (project->mover)
        g_thread_pool_free(project->mover, FALSE, TRUE);
    g_mutex_clear(&project->files);
    g_cond_clear(&project->moved);
    g_hash_table_unref(project->by_id);
    g_hash_table_unref(project->by_file);
    g_hash_table_unref(project->captions);
    json_object_unref(project->more);
    g_free(project->problem);
    g_free(project->save_problem);
    g_free(project->name);
    g_clear_pointer(&project->dir, g_ref_string_release);
    G_OBJECT_CLASS(torchlight_project_parent_class)->finalize(object);
}

static void
torchlight_project_class_init(TorchlightProjectClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    object_class->get_property = torchlight_project_get_property;
    object_class->dispose = torchlight_project_dispose;
    object_class->finalize = torchlight_project_finalize;
    props[PROP_NAME] = g_param_spec_string("name", NULL, NULL, "", flags);
    props[PROP_PROBLEM] = g_param_spec_string("problem", NULL, NULL, NULL, flags);
    props[PROP_UNDO_LABEL] = g_param_spec_string("undo-label", NULL, NULL, NULL, flags);
    props[PROP_REDO_LABEL] = g_param_spec_string("redo-label", NULL, NULL, NULL, flags);
    props[PROP_UNSAVED] = g_param_spec_boolean("unsaved", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_SAVE_FAILED] =
        g_signal_new("save-failed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
torchlight_project_init(TorchlightProject *project)
{
    project->lock = -1;
    g_mutex_init(&project->files);
    g_cond_init(&project->moved);
    project->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    project->by_file = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    project->captions = g_hash_table_new_full(NULL, NULL, g_object_unref, NULL);
    project->more = json_object_new();
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        project->lists[kind] = item_list_new();
        project->unread[kind] = g_ptr_array_new_with_free_func((GDestroyNotify)json_node_unref);
    }
}

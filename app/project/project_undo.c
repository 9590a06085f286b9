/* SPDX-License-Identifier: Apache-2.0 */
/* Edits: what was done, as steps that can be taken back and done again. Undone in the order last
 * first, every step meets the project as it left it, so that a position or a value is right again.
 * What changes outside of edits (a job's results) may lie between; steps then do what they still
 * can. */
#include "app/project/project_private.h"

enum { MAX_EDITS = 500 };
#define MERGE_WITHIN_US G_USEC_PER_SEC

typedef enum { STEP_SET, STEP_ADD, STEP_REMOVE, STEP_NAME, STEP_OTHER } StepKind;

typedef struct {
    StepKind kind;
    GPtrArray *items;         /* of SET one */
    guint *positions;         /* of ADD and REMOVE, ascending */
    char *key;                /* of SET */
    JsonNode *before, *after; /* of SET: NULL where there is none; of NAME */
    const ProjectEditClass *class;
    void *data;
} Step;

struct Edit {
    char *label, *merge_key;
    GPtrArray *steps; /* Step */
    gint64 ended_us;  /* monotonic */
};

static void
step_free(void *step_)
{
    Step *step = step_;

    if (step->class && step->class->free)
        step->class->free(step->data);
    g_clear_pointer(&step->items, g_ptr_array_unref);
    g_clear_pointer(&step->before, json_node_unref);
    g_clear_pointer(&step->after, json_node_unref);
    g_free(step->positions);
    g_free(step->key);
    g_free(step);
}

static void
edit_free(void *edit_)
{
    Edit *edit = edit_;

    g_free(edit->label);
    g_free(edit->merge_key);
    g_ptr_array_unref(edit->steps);
    g_free(edit);
}

/* --- noting --- */

/* Where the next step goes; NULL when what happens now is no edit. */
static Step *
new_step(TorchlightProject *project, StepKind kind)
{
    Step *step;

    if (!project->open || project->replaying)
        return NULL;
    step = g_new0(Step, 1);
    step->kind = kind;
    g_ptr_array_add(project->open->steps, step);
    return step;
}

/* The last step where it wrote the same member. */
static Step *
last_set(Edit *edit, TorchlightItem *item, const char *key)
{
    Step *step = edit->steps->len ? edit->steps->pdata[edit->steps->len - 1] : NULL;

    return step && step->kind == STEP_SET && step->items->pdata[0] == item &&
                   g_str_equal(step->key, key)
               ? step
               : NULL;
}

void
project_note_set(TorchlightProject *project, TorchlightItem *item, const char *key,
                 JsonNode *before, JsonNode *after)
{
    Step *step;

    if (!project->open || project->replaying)
        return;
    step = last_set(project->open, item, key);
    if (step) {
        g_clear_pointer(&step->after, json_node_unref);
    } else {
        step = new_step(project, STEP_SET);
        step->items = g_ptr_array_new_with_free_func(g_object_unref);
        g_ptr_array_add(step->items, g_object_ref(item));
        step->key = g_strdup(key);
        step->before = before ? json_node_ref(before) : NULL;
    }
    step->after = after ? json_node_ref(after) : NULL;
}

void
project_note_added(TorchlightProject *project, GPtrArray *items)
{
    Step *step = new_step(project, STEP_ADD);

    if (!step)
        return;
    step->items = g_ptr_array_ref(items);
    step->positions = g_new(guint, items->len);
    for (guint i = 0; i < items->len; i++) {
        TorchlightItem *item = items->pdata[i];

        step->positions[i] =
            item_list_position(project->lists[torchlight_item_get_kind(item)], item);
    }
}

void
torchlight_project_note_added(TorchlightProject *project, const char *label, GPtrArray *items)
{
    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && label && items);
    torchlight_project_begin(project, label);
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        g_autoptr(GPtrArray) of_kind = g_ptr_array_new_with_free_func(g_object_unref);

        for (guint i = 0; i < items->len; i++) {
            if (torchlight_item_get_kind(items->pdata[i]) == kind &&
                project_holds(project, items->pdata[i]))
                g_ptr_array_add(of_kind, g_object_ref(items->pdata[i]));
        }
        if (of_kind->len > 0)
            project_note_added(project, of_kind);
    }
    torchlight_project_end(project);
}

void
project_note_removed(TorchlightProject *project, GPtrArray *items, const guint *positions)
{
    Step *step = new_step(project, STEP_REMOVE);

    if (!step)
        return;
    step->items = g_ptr_array_ref(items);
    step->positions = g_memdup2(positions, items->len * sizeof *positions);
}

void
project_note_name(TorchlightProject *project, const char *before, const char *after)
{
    Step *step = new_step(project, STEP_NAME);

    if (!step)
        return;
    step->before = json_node_init_string(json_node_alloc(), before);
    step->after = json_node_init_string(json_node_alloc(), after);
}

/* --- begin and end --- */

void
torchlight_project_begin_merged(TorchlightProject *project, const char *label,
                                const char *merge_key)
{
    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && label);
    if (project->depth++ > 0 || project->replaying)
        return;
    project->open = g_new0(Edit, 1);
    project->open->label = g_strdup(label);
    project->open->merge_key = g_strdup(merge_key);
    project->open->steps = g_ptr_array_new_with_free_func(step_free);
}

void
torchlight_project_begin(TorchlightProject *project, const char *label)
{
    torchlight_project_begin_merged(project, label, NULL);
}

static void
clear_edits(GQueue *edits)
{
    g_queue_clear_full(edits, edit_free);
}

/* Typing on: the steps become those of the edit before. */
static bool
merge(TorchlightProject *project, Edit *edit)
{
    Edit *before = g_queue_peek_head(&project->undo);

    if (!before || !edit->merge_key || g_strcmp0(before->merge_key, edit->merge_key) != 0 ||
        !g_queue_is_empty(&project->redo) || edit->ended_us - before->ended_us >= MERGE_WITHIN_US)
        return false;
    for (guint i = 0; i < edit->steps->len; i++) {
        Step *step = edit->steps->pdata[i];
        Step *same =
            step->kind == STEP_SET ? last_set(before, step->items->pdata[0], step->key) : NULL;

        if (same) {
            JsonNode *after = step->after;

            step->after = same->after;
            same->after = after;
            step_free(step);
        } else {
            g_ptr_array_add(before->steps, step);
        }
    }
    g_ptr_array_set_free_func(edit->steps, NULL);
    before->ended_us = edit->ended_us;
    return true;
}

void
torchlight_project_end(TorchlightProject *project)
{
    Edit *edit;

    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && project->depth > 0);
    if (--project->depth > 0 || !project->open)
        return;
    edit = g_steal_pointer(&project->open);
    edit->ended_us = g_get_monotonic_time();
    if (edit->steps->len == 0 || merge(project, edit)) {
        edit_free(edit);
        return;
    }
    clear_edits(&project->redo);
    g_queue_push_head(&project->undo, edit);
    while (g_queue_get_length(&project->undo) > MAX_EDITS)
        edit_free(g_queue_pop_tail(&project->undo));
    project_notify_undo(project);
}

void
torchlight_project_push_edit(TorchlightProject *project, const char *label,
                             const ProjectEditClass *class, void *data)
{
    Step *step;

    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && class && class->apply);
    torchlight_project_begin(project, label);
    step = new_step(project, STEP_OTHER);
    if (step) {
        step->class = class;
        step->data = data;
    } else if (class->free) {
        class->free(data);
    }
    torchlight_project_end(project);
}

void
project_forget_edits(TorchlightProject *project)
{
    clear_edits(&project->undo);
    clear_edits(&project->redo);
    g_clear_pointer(&project->open, edit_free);
    project->depth = 0;
}

/* --- undo and redo --- */

/* The items that are (or are not) in the project, with their positions. */
static guint
choose(TorchlightProject *project, const Step *step, bool held, TorchlightItem **items,
       guint *positions)
{
    guint n = 0;

    for (guint i = 0; i < step->items->len; i++) {
        if (project_holds(project, step->items->pdata[i]) != held)
            continue;
        items[n] = step->items->pdata[i];
        positions[n++] = step->positions[i];
    }
    return n;
}

static void
let_in_or_out(TorchlightProject *project, const Step *step, bool in)
{
    g_autofree TorchlightItem **items = g_new(TorchlightItem *, step->items->len);
    g_autofree guint *positions = g_new(guint, step->items->len);
    guint n = choose(project, step, !in, items, positions);

    if (in) {
        project_restore_files(project, items, n);
        project_attach(project, items, positions, n);
        /* Its caption may have been changed while it was away. */
        for (guint i = 0; i < n; i++)
            project_touch_caption(project, items[i]);
    } else {
        project_detach(project, items, n);
        project_trash_files(project, items, n);
    }
    project_touch(project);
}

static void
step_apply(TorchlightProject *project, Step *step, bool redo)
{
    JsonNode *value = redo ? step->after : step->before;

    switch (step->kind) {
    case STEP_SET:
        project_put_member(project, step->items->pdata[0], step->key,
                           value ? json_node_ref(value) : NULL);
        break;
    case STEP_ADD:
        let_in_or_out(project, step, redo);
        break;
    case STEP_REMOVE:
        let_in_or_out(project, step, !redo);
        break;
    case STEP_NAME:
        project_put_name(project, json_node_get_string(value));
        project_touch(project);
        break;
    case STEP_OTHER:
        step->class->apply(project, step->data, redo);
        break;
    }
}

static void
replay(TorchlightProject *project, GQueue *from, GQueue *to, bool redo)
{
    Edit *edit;

    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && project->depth == 0);
    if (!project->writable || project->replaying || g_queue_is_empty(from))
        return;
    edit = g_queue_pop_head(from);
    project->replaying = true;
    for (guint i = 0; i < edit->steps->len; i++)
        step_apply(project, edit->steps->pdata[redo ? i : edit->steps->len - 1 - i], redo);
    project->replaying = false;
    edit->ended_us = G_MININT64 / 2; /* typing after this is an edit of its own */
    g_queue_push_head(to, edit);
    project_notify_undo(project);
}

void
torchlight_project_undo(TorchlightProject *project)
{
    replay(project, &project->undo, &project->redo, false);
}

void
torchlight_project_redo(TorchlightProject *project)
{
    replay(project, &project->redo, &project->undo, true);
}

const char *
torchlight_project_get_undo_label(TorchlightProject *project)
{
    const Edit *edit = g_queue_peek_head(&project->undo);

    return edit ? edit->label : NULL;
}

const char *
torchlight_project_get_redo_label(TorchlightProject *project)
{
    const Edit *edit = g_queue_peek_head(&project->redo);

    return edit ? edit->label : NULL;
}

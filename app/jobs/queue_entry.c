/* SPDX-License-Identifier: Apache-2.0 */
/* One generation in a queue. */
#include "app/jobs/queue_entry.h"

G_DEFINE_FINAL_TYPE(TorchlightQueueEntry, torchlight_queue_entry, G_TYPE_OBJECT)

enum { PROP_ENTRY_STATE = 1, PROP_ENTRY_JOB, N_ENTRY_PROPS };

static GParamSpec *entry_props[N_ENTRY_PROPS];

const GenerateParams *
torchlight_queue_entry_get_params(TorchlightQueueEntry *entry)
{
    return entry->params;
}

const GridAxis *
torchlight_queue_entry_get_x(TorchlightQueueEntry *entry)
{
    return entry->x;
}

const GridAxis *
torchlight_queue_entry_get_y(TorchlightQueueEntry *entry)
{
    return entry->y;
}

QueueState
torchlight_queue_entry_get_state(TorchlightQueueEntry *entry)
{
    return entry->state;
}

TorchlightJob *
torchlight_queue_entry_get_job(TorchlightQueueEntry *entry)
{
    return entry->job;
}

const char *
torchlight_queue_entry_get_error(TorchlightQueueEntry *entry)
{
    return entry->error;
}

TorchlightQueueEntry *
queue_entry_new(GenerateParams *params, GridAxis *x, GridAxis *y)
{
    TorchlightQueueEntry *entry = g_object_new(TORCHLIGHT_TYPE_QUEUE_ENTRY, NULL);

    entry->params = params;
    entry->x = x;
    entry->y = y;
    return entry;
}

void
queue_entry_set_state(TorchlightQueueEntry *entry, QueueState state)
{
    entry->state = state;
    g_object_notify_by_pspec(G_OBJECT(entry), entry_props[PROP_ENTRY_STATE]);
}

void
queue_entry_set_job(TorchlightQueueEntry *entry, TorchlightJob *job)
{
    g_set_object(&entry->job, job);
    g_object_notify_by_pspec(G_OBJECT(entry), entry_props[PROP_ENTRY_JOB]);
}

static void
entry_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    TorchlightQueueEntry *entry = TORCHLIGHT_QUEUE_ENTRY(object);

    if (id == PROP_ENTRY_STATE)
        g_value_set_int(value, entry->state);
    else if (id == PROP_ENTRY_JOB)
        g_value_set_object(value, entry->job);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
entry_finalize(GObject *object)
{
    TorchlightQueueEntry *entry = TORCHLIGHT_QUEUE_ENTRY(object);

    generate_params_free(entry->params);
    grid_axis_free(entry->x);
    grid_axis_free(entry->y);
    g_clear_object(&entry->item);
    g_clear_object(&entry->job);
    g_ptr_array_unref(entry->results);
    g_free(entry->error);
    G_OBJECT_CLASS(torchlight_queue_entry_parent_class)->finalize(object);
}

static void
torchlight_queue_entry_class_init(TorchlightQueueEntryClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object->get_property = entry_get_property;
    object->finalize = entry_finalize;
    entry_props[PROP_ENTRY_STATE] =
        g_param_spec_int("state", NULL, NULL, QUEUE_WAITING, QUEUE_FAILED, QUEUE_WAITING, flags);
    entry_props[PROP_ENTRY_JOB] =
        g_param_spec_object("job", NULL, NULL, TORCHLIGHT_TYPE_JOB, flags);
    g_object_class_install_properties(object, N_ENTRY_PROPS, entry_props);
}

static void
torchlight_queue_entry_init(TorchlightQueueEntry *entry)
{
    entry->results = g_ptr_array_new_with_free_func(g_free);
}

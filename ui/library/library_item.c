/* SPDX-License-Identifier: Apache-2.0 */
/* Items of the side list, and how their small pictures are made on a thread. */
#include "ui/library/library_item.h"

#include <gio/gio.h>

#include "ui/library/thumbnail.h"

struct _TorchlightLibraryItem {
    GObject parent_instance;

    char *path, *name, *caption;
    GdkPaintable *thumbnail; /* NULL: not made yet, or cannot be */
    GCancellable *making;    /* NULL: nobody is at it */
    bool tried;
    int n_viewers;
};

enum { PROP_0, PROP_NAME, PROP_CAPTION, PROP_THUMBNAIL, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(TorchlightLibraryItem, torchlight_library_item, G_TYPE_OBJECT)

static void
on_thumbnail(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightLibraryItem *item = TORCHLIGHT_LIBRARY_ITEM(source);
    GCancellable *cancellable = g_task_get_cancellable(G_TASK(result));
    g_autoptr(GError) error = NULL;
    g_autoptr(GdkPaintable) thumbnail = g_task_propagate_pointer(G_TASK(result), &error);

    if (item->making == cancellable)
        g_clear_object(&item->making);
    item->tried = item->tried || !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    if (!thumbnail)
        return; /* a file that cannot be read says so when it is opened */
    g_set_object(&item->thumbnail, thumbnail);
    g_object_notify_by_pspec(G_OBJECT(item), properties[PROP_THUMBNAIL]);
}

void
torchlight_library_item_add_viewers(TorchlightLibraryItem *item, int n)
{
    item->n_viewers += n;
    if (item->n_viewers > 0 && !item->tried && !item->making) {
        item->making = g_cancellable_new();
        thumbnail_make(G_OBJECT(item), item->path, item->making, on_thumbnail);
    } else if (item->n_viewers <= 0 && item->making) {
        g_cancellable_cancel(item->making);
        g_clear_object(&item->making);
    }
}

const char *
torchlight_library_item_get_path(TorchlightLibraryItem *item)
{
    return item->path;
}

const char *
torchlight_library_item_get_caption(TorchlightLibraryItem *item)
{
    return item->caption;
}

void
torchlight_library_item_set_caption(TorchlightLibraryItem *item, const char *caption)
{
    if (g_strcmp0(item->caption, caption) == 0)
        return;
    g_free(item->caption);
    item->caption = g_strdup(caption);
    g_object_notify_by_pspec(G_OBJECT(item), properties[PROP_CAPTION]);
}

static void
torchlight_library_item_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightLibraryItem *item = TORCHLIGHT_LIBRARY_ITEM(object);

    switch (id) {
    case PROP_NAME:
        g_value_set_string(value, item->name);
        break;
    case PROP_CAPTION:
        g_value_set_string(value, item->caption);
        break;
    case PROP_THUMBNAIL:
        g_value_set_object(value, item->thumbnail);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
torchlight_library_item_finalize(GObject *object)
{
    TorchlightLibraryItem *item = TORCHLIGHT_LIBRARY_ITEM(object);

    g_clear_object(&item->thumbnail);
    g_clear_object(&item->making);
    g_free(item->path);
    g_free(item->name);
    g_free(item->caption);
    G_OBJECT_CLASS(torchlight_library_item_parent_class)->finalize(object);
}

static void
torchlight_library_item_class_init(TorchlightLibraryItemClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object->get_property = torchlight_library_item_get_property;
    object->finalize = torchlight_library_item_finalize;
    properties[PROP_NAME] = g_param_spec_string("name", NULL, NULL, NULL, flags);
    properties[PROP_CAPTION] = g_param_spec_string("caption", NULL, NULL, NULL, flags);
    properties[PROP_THUMBNAIL] =
        g_param_spec_object("thumbnail", NULL, NULL, GDK_TYPE_PAINTABLE, flags);
    g_object_class_install_properties(object, N_PROPS, properties);
}

static void
torchlight_library_item_init(TorchlightLibraryItem *item)
{
}

TorchlightLibraryItem *
torchlight_library_item_new(const char *path, const char *caption)
{
    TorchlightLibraryItem *item = g_object_new(TORCHLIGHT_TYPE_LIBRARY_ITEM, NULL);

    item->path = g_strdup(path);
    item->name = g_filename_display_basename(path);
    item->caption = g_strdup(caption);
    return item;
}

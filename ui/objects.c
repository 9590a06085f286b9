/* SPDX-License-Identifier: Apache-2.0 */
/* Classes copy what they do not override from their parent's, so that two functions put into
 * GObject's own class, before there is any other, see every object come and go. */
#include "ui/objects.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <json-glib/json-glib.h>

/* Of the process, as what is measured is. */
static struct {
    const char *path; /* NULL: nothing is counted */
    GMutex mutex;
    GHashTable *counts; /* GType: number */
    void (*constructed)(GObject *object);
    void (*finalize)(GObject *object);
    guint signal;
} objects;

static void
count(GObject *object, int change)
{
    gpointer type = GSIZE_TO_POINTER(G_OBJECT_TYPE(object));
    int n;

    g_mutex_lock(&objects.mutex);
    n = GPOINTER_TO_INT(g_hash_table_lookup(objects.counts, type)) + change;
    g_hash_table_insert(objects.counts, type, GINT_TO_POINTER(n));
    g_mutex_unlock(&objects.mutex);
}

static void
counted_constructed(GObject *object)
{
    count(object, 1);
    objects.constructed(object);
}

static void
counted_finalize(GObject *object)
{
    count(object, -1);
    objects.finalize(object);
}

static char *
describe(void)
{
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) root = json_node_alloc();
    GHashTableIter iter;
    gpointer type, n;

    g_mutex_lock(&objects.mutex);
    g_hash_table_iter_init(&iter, objects.counts);
    while (g_hash_table_iter_next(&iter, &type, &n)) {
        if (GPOINTER_TO_INT(n) != 0)
            json_object_set_int_member(object, g_type_name(GPOINTER_TO_SIZE(type)),
                                       GPOINTER_TO_INT(n));
    }
    g_mutex_unlock(&objects.mutex);
    json_node_init_object(root, object);
    return json_to_string(root, TRUE);
}

static gboolean
on_asked(gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = describe();

    if (!g_file_set_contents(objects.path, text, -1, &error))
        g_printerr("torchlight-workbench: %s\n", error->message);
    return G_SOURCE_CONTINUE;
}

void
objects_begin(void)
{
    const char *path = g_getenv("TORCHLIGHT_OBJECTS");
    GObjectClass *class;

    if (!path || !*path)
        return;
    class = g_type_class_ref(G_TYPE_OBJECT);
    objects.path = path;
    objects.counts = g_hash_table_new(NULL, NULL);
    objects.constructed = class->constructed;
    objects.finalize = class->finalize;
    class->constructed = counted_constructed;
    class->finalize = counted_finalize;
    objects.signal = g_unix_signal_add(SIGUSR1, on_asked, NULL);
    g_type_class_unref(class);
}

/* The table stays: objects go until the process does. */
void
objects_end(void)
{
    if (objects.path)
        g_source_remove(objects.signal);
}

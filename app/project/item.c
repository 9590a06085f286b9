/* SPDX-License-Identifier: Apache-2.0 */
/* Items and what their records say. */
#include "app/project/item.h"

#include <string.h>

#include "app/project/item_private.h"

struct _TorchlightItem {
    GObject parent;

    ItemKind kind;
    GRefString *dir;
    JsonObject *record; /* replaced, never changed */
    GSequenceIter *place;
    bool missing;
};

enum { PROP_0, PROP_ID, PROP_NAME, PROP_CAPTION, PROP_MISSING, N_PROPS };
enum { SIGNAL_CHANGED, N_SIGNALS };

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightItem, torchlight_item, G_TYPE_OBJECT)

static const struct {
    const char *name, *member;
} kinds[N_ITEM_KINDS] = {
    [ITEM_TRACE] = {"trace", "traces"},       [ITEM_MAP] = {"map", "maps"},
    [ITEM_LORA] = {"lora", "loras"},          [ITEM_RUN] = {"run", "runs"},
    [ITEM_CAPTURE] = {"capture", "captures"}, [ITEM_MODEL] = {"model", "models"},
    [ITEM_FIGURES] = {"figures", "figures"},
};

const char *
item_kind_name(ItemKind kind)
{
    g_return_val_if_fail(kind < N_ITEM_KINDS, NULL);
    return kinds[kind].name;
}

const char *
item_kind_member(ItemKind kind)
{
    return kinds[kind].member;
}

JsonNode *
item_get_member(TorchlightItem *item, const char *key)
{
    return json_object_get_member(item->record, key);
}

static bool
holds(JsonNode *node, GType type)
{
    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

const char *
torchlight_item_get_string(TorchlightItem *item, const char *key)
{
    JsonNode *node = item_get_member(item, key);

    return holds(node, G_TYPE_STRING) ? json_node_get_string(node) : NULL;
}

gint64
torchlight_item_get_int(TorchlightItem *item, const char *key, gint64 otherwise)
{
    JsonNode *node = item_get_member(item, key);

    return holds(node, G_TYPE_INT64) ? json_node_get_int(node) : otherwise;
}

double
torchlight_item_get_double(TorchlightItem *item, const char *key, double otherwise)
{
    JsonNode *node = item_get_member(item, key);

    return holds(node, G_TYPE_DOUBLE) || holds(node, G_TYPE_INT64) ? json_node_get_double(node)
                                                                   : otherwise;
}

JsonObject *
torchlight_item_get_object(TorchlightItem *item, const char *key)
{
    JsonNode *node = item_get_member(item, key);

    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonObject *
torchlight_item_get_record(TorchlightItem *item)
{
    return item->record;
}

const char *
torchlight_item_get_id(TorchlightItem *item)
{
    return torchlight_item_get_string(item, "id");
}

ItemKind
torchlight_item_get_kind(TorchlightItem *item)
{
    return item->kind;
}

const char *
torchlight_item_get_name(TorchlightItem *item)
{
    const char *name = torchlight_item_get_string(item, "name"), *file, *slash;

    if (name && *name)
        return name;
    file = torchlight_item_get_string(item, "file");
    slash = file ? strrchr(file, '/') : NULL;
    return slash ? slash + 1 : file ? file : "";
}

const char *
torchlight_item_get_caption(TorchlightItem *item)
{
    const char *caption = torchlight_item_get_string(item, "caption");

    return caption ? caption : "";
}

char *
torchlight_item_dup_path(TorchlightItem *item)
{
    const char *file = torchlight_item_get_string(item, "file");

    if (!file)
        return NULL;
    return g_path_is_absolute(file) ? g_strdup(file) : g_build_filename(item->dir, file, NULL);
}

bool
torchlight_item_is_missing(TorchlightItem *item)
{
    return item->missing;
}

void
torchlight_item_set_missing(TorchlightItem *item, bool missing)
{
    if (item->missing == missing)
        return;
    item->missing = missing;
    g_object_notify_by_pspec(G_OBJECT(item), props[PROP_MISSING]);
}

GSequenceIter *
item_get_place(TorchlightItem *item)
{
    return item->place;
}

void
item_set_place(TorchlightItem *item, GSequenceIter *place)
{
    item->place = place;
}

/* All members but one, shared. */
static JsonObject *
copy_without(JsonObject *record, const char *left_out)
{
    JsonObject *copy = json_object_new();
    JsonObjectIter iter;
    const char *key;
    JsonNode *node;

    json_object_iter_init_ordered(&iter, record);
    while (json_object_iter_next_ordered(&iter, &key, &node)) {
        if (!g_str_equal(key, left_out))
            json_object_set_member(copy, key, json_node_ref(node));
    }
    return copy;
}

void
item_tell_changed(TorchlightItem *item, const char *key)
{
    g_signal_emit(item, signals[SIGNAL_CHANGED], g_quark_from_string(key), key);
}

void
item_set_member(TorchlightItem *item, const char *key, JsonNode *value)
{
    JsonObject *record = copy_without(item->record, key);

    if (value)
        json_object_set_member(record, key, value);
    json_object_unref(item->record);
    item->record = record;
    if (g_str_equal(key, "name") || g_str_equal(key, "file"))
        g_object_notify_by_pspec(G_OBJECT(item), props[PROP_NAME]);
    if (g_str_equal(key, "caption"))
        g_object_notify_by_pspec(G_OBJECT(item), props[PROP_CAPTION]);
    item_tell_changed(item, key);
}

TorchlightItem *
item_new(ItemKind kind, GRefString *dir, JsonObject *record)
{
    TorchlightItem *item = g_object_new(TORCHLIGHT_TYPE_ITEM, NULL);

    item->kind = kind;
    item->dir = g_ref_string_acquire(dir);
    item->record = record;
    return item;
}

static void
torchlight_item_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    TorchlightItem *item = TORCHLIGHT_ITEM(object);

    switch (id) {
    case PROP_ID:
        g_value_set_string(value, torchlight_item_get_id(item));
        break;
    case PROP_NAME:
        g_value_set_string(value, torchlight_item_get_name(item));
        break;
    case PROP_CAPTION:
        g_value_set_string(value, torchlight_item_get_caption(item));
        break;
    case PROP_MISSING:
        g_value_set_boolean(value, item->missing);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
torchlight_item_finalize(GObject *object)
{
    TorchlightItem *item = TORCHLIGHT_ITEM(object);

    g_clear_pointer(&item->record, json_object_unref);
    g_clear_pointer(&item->dir, g_ref_string_release);
    G_OBJECT_CLASS(torchlight_item_parent_class)->finalize(object);
}

static void
torchlight_item_class_init(TorchlightItemClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    object_class->get_property = torchlight_item_get_property;
    object_class->finalize = torchlight_item_finalize;
    props[PROP_ID] = g_param_spec_string("id", NULL, NULL, NULL, flags);
    props[PROP_NAME] = g_param_spec_string("name", NULL, NULL, "", flags);
    props[PROP_CAPTION] = g_param_spec_string("caption", NULL, NULL, "", flags);
    props[PROP_MISSING] = g_param_spec_boolean("missing", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0,
                     NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
torchlight_item_init(TorchlightItem *item)
{
}

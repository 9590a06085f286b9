/* SPDX-License-Identifier: Apache-2.0 */
/* A GListModel over a balanced tree. */
#include "app/project/item_list.h"

#include "app/project/item_private.h"

enum { MAX_RUNS = 32 }; /* more, and all from the first to the last is told as changed */

struct _TorchlightItemList {
    GObject parent;

    GSequence *items; /* TorchlightItem, owned */
    /* Who reads a list reads on: the place last asked for. */
    guint position;
    GSequenceIter *place;
};

static void list_model_init(GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE(TorchlightItemList, torchlight_item_list, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_model_init))

TorchlightItemList *
item_list_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_ITEM_LIST, NULL);
}

guint
item_list_length(TorchlightItemList *list)
{
    return (guint)g_sequence_get_length(list->items);
}

guint
item_list_position(TorchlightItemList *list, TorchlightItem *item)
{
    return (guint)g_sequence_iter_get_position(item_get_place(item));
}

static void
add_record(gpointer item, gpointer records)
{
    g_ptr_array_add(records, json_object_ref(torchlight_item_get_record(item)));
}

GPtrArray *
item_list_dup_records(TorchlightItemList *list)
{
    GPtrArray *records =
        g_ptr_array_new_full(item_list_length(list), (GDestroyNotify)json_object_unref);

    g_sequence_foreach(list->items, add_record, records);
    return records;
}

static void
tell(TorchlightItemList *list, guint position, guint n_removed, guint n_added)
{
    list->place = NULL;
    g_list_model_items_changed(G_LIST_MODEL(list), position, n_removed, n_added);
}

static void
insert_one(TorchlightItemList *list, TorchlightItem *item, guint position)
{
    GSequenceIter *before = g_sequence_get_iter_at_pos(list->items, (int)position);

    item_set_place(item, g_sequence_insert_before(before, g_object_ref(item)));
}

static guint
count_runs(const guint *positions, guint n)
{
    guint n_runs = 1;

    for (guint i = 1; i < n; i++)
        n_runs += positions[i] != positions[i - 1] + 1;
    return n_runs;
}

void
item_list_insert(TorchlightItemList *list, TorchlightItem *const *items, const guint *positions,
                 guint n)
{
    g_autofree guint *at = g_new(guint, n);
    guint length = item_list_length(list), first = 0;
    bool at_once;

    if (n == 0)
        return;
    for (guint i = 0; i < n; i++)
        at[i] = MIN(positions[i], length + i);
    at_once = count_runs(at, n) > MAX_RUNS;
    for (guint i = 0; i < n; i++) {
        insert_one(list, items[i], at[i]);
        if (!at_once && (i + 1 == n || at[i + 1] != at[i] + 1)) {
            tell(list, at[first], 0, i + 1 - first);
            first = i + 1;
        }
    }
    if (at_once)
        tell(list, at[0], at[n - 1] + 1 - n - at[0], at[n - 1] + 1 - at[0]);
}

static int
compare_positions(const void *a, const void *b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;

    return (x > y) - (x < y);
}

static void
remove_range(TorchlightItemList *list, guint position, guint n)
{
    GSequenceIter *at = g_sequence_get_iter_at_pos(list->items, (int)position);

    for (guint i = 0; i < n; i++) {
        GSequenceIter *next = g_sequence_iter_next(at);

        item_set_place(g_sequence_get(at), NULL);
        g_sequence_remove(at);
        at = next;
    }
}

void
item_list_remove(TorchlightItemList *list, TorchlightItem *const *items, guint n)
{
    g_autofree guint *at = g_new(guint, n);
    guint last = n; /* one past the end of the run, from the end of the list on */
    bool at_once;

    if (n == 0)
        return;
    for (guint i = 0; i < n; i++)
        at[i] = item_list_position(list, items[i]);
    qsort(at, n, sizeof *at, compare_positions);
    at_once = count_runs(at, n) > MAX_RUNS;
    for (guint i = n; i-- > 0;) {
        if (i > 0 && at[i - 1] + 1 == at[i])
            continue;
        remove_range(list, at[i], last - i);
        if (!at_once)
            tell(list, at[i], last - i, 0);
        last = i;
    }
    if (at_once)
        tell(list, at[0], at[n - 1] + 1 - at[0], at[n - 1] + 1 - at[0] - n);
}

static GType
list_get_item_type(GListModel *model)
{
    return TORCHLIGHT_TYPE_ITEM;
}

static guint
list_get_n_items(GListModel *model)
{
    return item_list_length(TORCHLIGHT_ITEM_LIST(model));
}

static gpointer
list_get_item(GListModel *model, guint position)
{
    TorchlightItemList *list = TORCHLIGHT_ITEM_LIST(model);
    GSequenceIter *place;

    if (position >= item_list_length(list))
        return NULL;
    if (list->place && position == list->position)
        place = list->place;
    else if (list->place && position == list->position + 1)
        place = g_sequence_iter_next(list->place);
    else
        place = g_sequence_get_iter_at_pos(list->items, (int)position);
    list->place = place;
    list->position = position;
    return g_object_ref(g_sequence_get(place));
}

static void
list_model_init(GListModelInterface *interface)
{
    interface->get_item_type = list_get_item_type;
    interface->get_n_items = list_get_n_items;
    interface->get_item = list_get_item;
}

static void
forget_place(gpointer item, gpointer data)
{
    item_set_place(item, NULL);
}

static void
torchlight_item_list_finalize(GObject *object)
{
    TorchlightItemList *list = TORCHLIGHT_ITEM_LIST(object);

    g_sequence_foreach(list->items, forget_place, NULL);
    g_sequence_free(list->items);
    G_OBJECT_CLASS(torchlight_item_list_parent_class)->finalize(object);
}

static void
torchlight_item_list_class_init(TorchlightItemListClass *class)
{
    G_OBJECT_CLASS(class)->finalize = torchlight_item_list_finalize;
}

static void
torchlight_item_list_init(TorchlightItemList *list)
{
    list->items = g_sequence_new(g_object_unref);
}

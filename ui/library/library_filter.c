/* SPDX-License-Identifier: Apache-2.0 */
/* Filtering and sorting traces. */
#include "ui/library/library_filter.h"

#include <string.h>

#include "app/dataset/caption_query.h"
#include "app/trace/image.h"

enum { MAX_SORTED = 256 }; /* bytes of a text that count for the order */

struct LibraryFilter {
    CaptionQuery *query;
    GPtrArray *protocols; /* char* */
    guint origins, splits, sizes;
};

static const char *const origin_names[N_ORIGINS] = {"imported", "generated", "repaired"};
static const char *const split_names[N_SPLITS] = {NULL, "train", "validation", "test"};
static const char *const sort_names[N_SORTS] = {"added", "name", "caption", "packets", "duration"};

LibraryFilter *
library_filter_new(void)
{
    LibraryFilter *filter = g_new0(LibraryFilter, 1);

    filter->query = caption_query_new("");
    filter->protocols = g_ptr_array_new_with_free_func(g_free);
    return filter;
}

void
library_filter_free(LibraryFilter *filter)
{
    if (!filter)
        return;
    caption_query_free(filter->query);
    g_ptr_array_unref(filter->protocols);
    g_free(filter);
}

void
library_filter_set_text(LibraryFilter *filter, const char *text)
{
    caption_query_free(filter->query);
    filter->query = caption_query_new(text);
}

void
library_filter_set_protocol(LibraryFilter *filter, const char *protocol, bool wanted)
{
    guint index;
    bool found = g_ptr_array_find_with_equal_func(filter->protocols, protocol, g_str_equal, &index);

    if (wanted && !found)
        g_ptr_array_add(filter->protocols, g_strdup(protocol));
    else if (!wanted && found)
        g_ptr_array_remove_index(filter->protocols, index);
}

void
library_filter_set_origins(LibraryFilter *filter, guint mask)
{
    filter->origins = mask;
}

void
library_filter_set_splits(LibraryFilter *filter, guint mask)
{
    filter->splits = mask;
}

void
library_filter_set_sizes(LibraryFilter *filter, guint mask)
{
    filter->sizes = mask;
}

void
library_filter_clear(LibraryFilter *filter)
{
    library_filter_set_text(filter, "");
    g_ptr_array_set_size(filter->protocols, 0);
    filter->origins = filter->splits = filter->sizes = 0;
}

bool
library_filter_is_empty(const LibraryFilter *filter)
{
    return caption_query_is_empty(filter->query) && filter->protocols->len == 0 &&
           !filter->origins && !filter->splits && !filter->sizes;
}

/* Its place among names, otherwise when it is none of them. */
static int
find_name(const char *name, const char *const *names, int n, int otherwise)
{
    for (int i = 0; name && i < n; i++) {
        if (g_strcmp0(names[i], name) == 0)
            return i;
    }
    return otherwise;
}

LibraryOrigin
library_item_origin(TorchlightItem *item)
{
    return (LibraryOrigin)find_name(torchlight_item_get_string(item, "origin"), origin_names,
                                    N_ORIGINS, ORIGIN_IMPORTED);
}

LibrarySplit
library_item_split(TorchlightItem *item)
{
    return (LibrarySplit)find_name(torchlight_item_get_string(item, "split"), split_names, N_SPLITS,
                                   SPLIT_NONE);
}

const char *
library_split_name(LibrarySplit split)
{
    return split_names[split];
}

static LibrarySize
item_size(TorchlightItem *item)
{
    gint64 packets = torchlight_item_get_int(item, "packets", 0);

    return packets < 64           ? SIZE_TINY
           : packets < 256        ? SIZE_SMALL
           : packets < IMAGE_ROWS ? SIZE_MEDIUM
                                  : SIZE_FULL;
}

/* Whether a list of words ("IPv4 TCP TLS") has one. */
static bool
has_word(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = list; at && (at = strstr(at, word)); at += size) {
        if ((at == list || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    }
    return false;
}

static bool
has_protocol(const LibraryFilter *filter, TorchlightItem *item)
{
    const char *list = torchlight_item_get_string(item, "protocols");

    for (guint i = 0; i < filter->protocols->len; i++) {
        if (has_word(list, filter->protocols->pdata[i]))
            return true;
    }
    return filter->protocols->len == 0;
}

static bool
allows(guint mask, int value)
{
    return !mask || (mask >> value & 1);
}

bool
library_filter_matches(const LibraryFilter *filter, TorchlightItem *item)
{
    const char *const texts[] = {torchlight_item_get_caption(item), torchlight_item_get_name(item),
                                 torchlight_item_get_string(item, "source")};

    return caption_query_matches(filter->query, texts, G_N_ELEMENTS(texts)) &&
           allows(filter->origins, library_item_origin(item)) &&
           allows(filter->splits, library_item_split(item)) &&
           allows(filter->sizes, item_size(item)) && has_protocol(filter, item);
}

/* --- order --- */

const char *
library_sort_name(LibrarySort sort)
{
    return sort_names[sort];
}

/* A text and the key by which it sorts, kept with its item: to sort thousands is to compare each
 * of them a dozen times. */
typedef struct {
    char *text, *key;
} SortKey;

static void
sort_key_free(gpointer data)
{
    SortKey *key = data;

    g_free(key->text);
    g_free(key->key);
    g_free(key);
}

static const char *
key_of(gpointer item, const char *name, const char *text)
{
    SortKey *key = g_object_get_data(item, name);

    if (key && strncmp(key->text, text, MAX_SORTED) == 0)
        return key->key;
    key = g_new(SortKey, 1);
    key->text = g_strndup(text, MAX_SORTED);
    key->key = g_utf8_collate_key_for_filename(key->text, -1);
    g_object_set_data_full(item, name, key, sort_key_free);
    return key->key;
}

typedef struct {
    LibrarySort sort;
    bool descending;
} Order;

static int
compare_ints(gpointer a, gpointer b, const char *key)
{
    gint64 x = torchlight_item_get_int(a, key, 0), y = torchlight_item_get_int(b, key, 0);

    return (x > y) - (x < y);
}

static int
compare(gconstpointer first, gconstpointer second, gpointer data)
{
    const Order *order = data;
    gpointer a = (gpointer)first, b = (gpointer)second;
    int result = 0;

    switch (order->sort) {
    case SORT_NAME:
        result = strcmp(key_of(a, "name-key", torchlight_item_get_name(a)),
                        key_of(b, "name-key", torchlight_item_get_name(b)));
        break;
    case SORT_CAPTION:
        result = strcmp(key_of(a, "caption-key", torchlight_item_get_caption(a)),
                        key_of(b, "caption-key", torchlight_item_get_caption(b)));
        break;
    case SORT_PACKETS:
        result = compare_ints(a, b, "packets");
        break;
    case SORT_DURATION:
        result = compare_ints(a, b, "duration_ns");
        break;
    default:
        result = compare_ints(a, b, "added");
    }
    result = order->descending ? -result : result;
    return result < 0   ? GTK_ORDERING_SMALLER
           : result > 0 ? GTK_ORDERING_LARGER
                        : GTK_ORDERING_EQUAL;
}

GtkSorter *
library_sorter_new(LibrarySort sort, bool descending)
{
    Order *order;

    if (sort == SORT_ADDED && !descending)
        return NULL;
    order = g_new(Order, 1);
    *order = (Order){sort, descending};
    return GTK_SORTER(gtk_custom_sorter_new(compare, order, g_free));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which traces the library shows, and in what order. */
#pragma once

#include <gtk/gtk.h>

#include "app/project/item.h"

/* Bits of the masks of a filter; 0: whatever it is. */
typedef enum { ORIGIN_IMPORTED, ORIGIN_GENERATED, ORIGIN_REPAIRED, N_ORIGINS } LibraryOrigin;
typedef enum { SPLIT_NONE, SPLIT_TRAIN, SPLIT_VALIDATION, SPLIT_TEST, N_SPLITS } LibrarySplit;
/* Packets: under 64, under 256, under 1024, the whole picture. */
typedef enum { SIZE_TINY, SIZE_SMALL, SIZE_MEDIUM, SIZE_FULL, N_SIZES } LibrarySize;

typedef struct LibraryFilter LibraryFilter;

LibraryFilter *library_filter_new(void);
void library_filter_free(LibraryFilter *filter); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LibraryFilter, library_filter_free)

/* Words as caption_query.h has them; of caption, name and source. */
void library_filter_set_text(LibraryFilter *filter, const char *text);
/* Of a protocol that is wanted, "TCP"; any of those that are will do. */
void library_filter_set_protocol(LibraryFilter *filter, const char *protocol, bool wanted);
void library_filter_set_origins(LibraryFilter *filter, guint mask);
void library_filter_set_splits(LibraryFilter *filter, guint mask);
void library_filter_set_sizes(LibraryFilter *filter, guint mask);
void library_filter_clear(LibraryFilter *filter);
/* Whether all traces are shown. */
bool library_filter_is_empty(const LibraryFilter *filter);
bool library_filter_matches(const LibraryFilter *filter, TorchlightItem *item);

LibraryOrigin library_item_origin(TorchlightItem *item);
LibrarySplit library_item_split(TorchlightItem *item);
/* "train", as records have it; NULL for SPLIT_NONE. */
const char *library_split_name(LibrarySplit split);

typedef enum {
    SORT_ADDED,
    SORT_NAME,
    SORT_CAPTION,
    SORT_PACKETS,
    SORT_DURATION,
    N_SORTS
} LibrarySort;

/* "added", "name", ...: also how settings call it. */
const char *library_sort_name(LibrarySort sort);
/* NULL: as they were added. */
GtkSorter *library_sorter_new(LibrarySort sort, bool descending);

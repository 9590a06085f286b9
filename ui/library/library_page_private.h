/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the library page share. Private to ui/library/library_*.c. */
#pragma once

#include "ui/library/filter_panel.h"
#include "ui/library/library_filter.h"
#include "ui/library/library_page.h"
#include "ui/library/thumbnails.h"

struct _TorchlightLibraryPage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content;
    GtkStack *stack; /* "empty", "nothing", "grid" */
    GtkGridView *grid;
    GtkSearchEntry *search;
    GtkWidget *filter_button, *import_button;
    TorchlightFilterPanel *filter_panel;
    GtkRange *size;
    GtkLabel *count;
    GtkWidget *progress_box;
    GtkProgressBar *progress;
    GtkWidget *import_cancel;
    GtkPopoverMenu *menu;

    /* owned */
    TorchlightWorkspace *workspace;
    LibraryFilter *filter;
    GtkFilter *model_filter;          /* asks filter */
    GSimpleActionGroup *view_actions; /* "view": sort, descending */
    TorchlightJob *import;            /* that the bar shows; NULL: none runs */
    GListModel *items;                /* all traces of the project; NULL without one */

    guint columns_idle;
};

/* library_page.c */
void library_page_update(TorchlightLibraryPage *page); /* what is shown, and how many */

/* library_actions.c */
void library_page_add_actions(TorchlightLibraryPageClass *class);
void library_page_update_actions(TorchlightLibraryPage *page);

/* library_import.c */
void library_page_add_import_actions(TorchlightLibraryPageClass *class);
void library_page_watch_jobs(TorchlightLibraryPage *page);

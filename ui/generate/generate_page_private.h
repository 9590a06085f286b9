/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the page share. */
#pragma once

#include "app/jobs/generate_queue.h"
#include "ui/generate/generate_form.h"
#include "ui/generate/generate_page.h"

struct _TorchlightGeneratePage {
    GtkWidget parent_instance;

    /* template */
    AdwFlap *flap;
    TorchlightGenerateForm *form;
    GtkWidget *show_results, *folded_bar;
    GtkWidget *now, *preview, *status, *skip, *progress;
    GtkWidget *queue_box, *queue_title, *toggle;
    GtkListBox *queue_list;
    GtkStack *stack;
    GtkGridView *gallery;
    GtkRevealer *detail;
    GtkLabel *detail_title, *detail_text;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightProject *project;
    TorchlightGenerateQueue *queue; /* of the project */
    TorchlightJob *job;             /* that is shown */
    bool previewing;                /* a preview is on its way to the screen */
    GtkMultiSelection *results;     /* TorchlightItem */
};

/* generate_gallery.c: what was generated */
void generate_page_watch_results(TorchlightGeneratePage *page);
void generate_page_update_stack(TorchlightGeneratePage *page);
void generate_page_make_cells(TorchlightGeneratePage *page);
void generate_page_update_detail(TorchlightGeneratePage *page);
void generate_page_add_gallery_actions(TorchlightGeneratePageClass *class);
void generate_page_open_grid(TorchlightGeneratePage *page, TorchlightItem *run);

/* generate_now.c: what is being generated */
void generate_page_watch_queue(TorchlightGeneratePage *page);
void generate_page_close_queue(TorchlightGeneratePage *page);
void generate_page_add_queue_actions(TorchlightGeneratePageClass *class);

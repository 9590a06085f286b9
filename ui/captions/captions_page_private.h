/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the captions page share. Private to ui/captions/captions_*.c. */
#pragma once

#include "app/dataset/caption_query.h"
#include "app/dataset/vocabulary.h"
#include "app/jobs/caption_tokens.h"
#include "ui/captions/caption_change.h"
#include "ui/captions/captions_page.h"
#include "ui/captions/problems_panel.h"
#include "ui/captions/tags_panel.h"
#include "ui/captions/words_panel.h"

struct _TorchlightCaptionsPage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content;
    AdwFlap *flap;
    GtkStack *stack; /* "empty", "nothing", "list" */
    GtkListView *list;
    GtkSearchEntry *search;
    GtkLabel *scope;
    GtkWidget *show_all;
    TorchlightTagsPanel *tags;
    TorchlightWordsPanel *words;
    TorchlightProblemsPanel *problems;

    /* owned */
    TorchlightWorkspace *workspace;
    Vocabulary *vocabulary; /* NULL: there is none */
    CaptionTokens *tokens;  /* NULL: not read yet, or not to be read */
    CaptionQuery *query;
    GtkFilter *filter;            /* asks query */
    GtkFilterListModel *shown;    /* of the library's traces, or of those selected there */
    GtkMultiSelection *selection; /* of shown: what changes are for, when there are any */
    GCancellable *counting, *reading;
    GtkNativeDialog *chooser;

    guint delay;        /* the report is made anew soon; 0: it is not */
    bool only_selected; /* shown is of those selected in the library */
    bool is_stale;      /* something changed while the page was not seen */
};

/* captions_page.c */
/* TorchlightItem: those selected, else all that are shown. The caller unrefs. */
GPtrArray *captions_page_dup_targets(TorchlightCaptionsPage *page);
/* Does it, and tells with a toast that undoes it. text: a sentence, taken. */
void captions_page_apply(TorchlightCaptionsPage *page, const CaptionChange *change,
                         const char *label);
bool captions_page_is_writable(TorchlightCaptionsPage *page);

/* captions_report.c */
/* Counts soon, or when the page is seen again. */
void captions_page_want_report(TorchlightCaptionsPage *page);

/* captions_files.c */
void captions_page_add_file_actions(TorchlightCaptionsPageClass *class);

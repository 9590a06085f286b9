/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the page share. Private to ui/repair/repair_page*.c. */
#pragma once

#include "ui/repair/compliance_pane.h"
#include "ui/repair/policy_pane.h"
#include "ui/repair/repair_page.h"
#include "ui/repair/review.h"
#include "ui/repair/rule_list.h"
#include "ui/repair/story_pane.h"
#include "ui/trace/trace_view.h"

struct _TorchlightRepairPage {
    GtkWidget parent_instance;

    /* template */
    GtkStack *stack;
    AdwStatusPage *failure;
    GtkWidget *modes;
    GtkToggleButton *before, *after, *changes, *blink, *beside;
    GtkSpinner *spinner;
    AdwFlap *flap;
    TorchlightTraceView *view, *other;
    GtkWidget *scroller, *other_scroller, *parts, *previous, *next, *accept_all, *export;
    GtkLabel *readout, *part, *status;
    GtkImage *status_icon;
    AdwViewStack *panes;
    TorchlightRuleList *rules;
    TorchlightCompliancePane *compliance;
    TorchlightPolicyPane *policies;
    GtkRevealer *story_revealer;
    TorchlightStoryPane *story;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightItem *item;   /* the trace, or NULL */
    RepairChoices *choices; /* of it; files are absolute */
    TorchlightReview *review;
    TracePicture *drawn, *repaired; /* of the shown part */
    Pixels *diff;
    TorchlightJob *tshark; /* running, or NULL */
    GtkNativeDialog *chooser;

    guint drawing;      /* counts what was asked to be drawn: only the last is shown */
    guint blink_source; /* 0: none */
    guint fold_source;  /* 0: none */
    bool blink_phase;
    bool is_stale;   /* what is shown belongs to another trace: not looked at since */
    bool following;  /* one view is being moved with the other */
    bool choosing;   /* a bit is being chosen by the program */
    int first_row;   /* of the shown part */
    int rule;        /* whose bits shine; -1: all */
    int row, column; /* told of; -1: none. Of the drawn trace */
};

/* repair_page_view.c */
void repair_page_draw(TorchlightRepairPage *page); /* the pictures anew, on a thread */
void repair_page_show(TorchlightRepairPage *page); /* what is drawn, by the mode */
void repair_page_clear_pictures(TorchlightRepairPage *page);
void repair_page_set_blinking(TorchlightRepairPage *page, bool blinking);
/* Views that move together. */
void repair_page_link_views(TorchlightRepairPage *page);
/* Shows the part that has the row, and chooses the bit in it. */
void repair_page_choose(TorchlightRepairPage *page, int row, int column);
void repair_page_choose_nothing(TorchlightRepairPage *page);

/* repair_page_status.c */
void repair_page_update_status(TorchlightRepairPage *page);

/* repair_page_choices.c */
/* choices are taken. merge_key: as torchlight_project_begin_merged, or NULL. */
void repair_page_edit(TorchlightRepairPage *page, const char *label, RepairChoices *choices,
                      const char *merge_key);
/* What the record of the trace says. */
RepairChoices *repair_page_read_choices(TorchlightRepairPage *page, TorchlightItem *item);

/* repair_page_export.c */
void repair_page_export(TorchlightRepairPage *page);
void repair_page_export_selected(TorchlightRepairPage *page);
void repair_page_save_choices(TorchlightRepairPage *page);
void repair_page_keep(TorchlightRepairPage *page);
void repair_page_check_with_tshark(TorchlightRepairPage *page);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the trace page share. Private to ui/trace/trace_page*.c. */
#pragma once

#include "ui/trace/field_tree.h"
#include "ui/trace/packet_list.h"
#include "ui/trace/trace_page.h"
#include "ui/trace/trace_view.h"

typedef enum { COMPARE_NONE, COMPARE_SIDE, COMPARE_BLINK, COMPARE_DIFFERENCE } CompareMode;

/* A match of what is sought: a field of all packets, or a packet. */
typedef struct {
    FieldId field; /* N_FIELDS: a packet */
    int row;       /* -1: a field */
} Match;

struct _TorchlightTracePage {
    GtkWidget parent_instance;

    /* template */
    GtkStack *stack;
    GtkSpinner *spinner;
    GtkWidget *scroller, *other_scroller;
    TorchlightTraceView *view, *other_view;
    TorchlightPacketList *list;
    TorchlightFieldTree *tree;
    GtkPaned *paned, *lists;
    GtkWidget *panels, *panel_switch;
    GtkToggleButton *show_packets; /* in a narrow window; else both are seen */
    GtkLabel *readout, *facts, *zoom_label;
    GtkWidget *zoom_button, *compare_button;
    GtkEditable *caption;
    GtkSearchBar *find_bar;
    GtkEditable *find_entry;
    GtkLabel *find_label;
    GtkRevealer *compare_bar;
    GtkPopover *compare_popover;
    GtkEditable *compare_search;
    GtkListView *compare_list;
    GtkLabel *compare_label;
    GtkSpinButton *blink_rate;
    GtkWidget *compare_box, *compare_modes;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightItem *item; /* whose document is shown, or NULL */
    Document *document;   /* what is shown, or NULL */
    GtkShortcutController *shortcuts;
    GtkNativeDialog *chooser;

    /* linking */
    bool linking;   /* what is chosen is being passed on */
    bool following; /* so is a place */
    int tree_row;   /* the packet in the tree */

    /* layout */
    bool narrow, is_laid_out;
    bool panels_shown;
    guint layout_tick;

    /* caption */
    bool setting_caption;

    /* finding */
    GArray *matches; /* Match, fields first */
    int match;       /* index, -1: none yet */
    char *sought;    /* owned: what the matches are of */

    /* comparing */
    CompareMode compare;
    TorchlightItem *other_item;      /* owned; NULL: nothing to compare with */
    Document *other;                 /* owned; NULL while it is loaded */
    Pixels *difference;              /* owned; NULL until it is drawn */
    GCancellable *loading;           /* of the other, or of the difference */
    GtkStringFilter *compare_filter; /* owned */
    GtkFilter *another_filter;       /* borrowed by the list's model */
    bool shows_other;                /* while blinking */
    guint blink_timeout;
};

/* --- trace_page.c --- */

static inline TracePicture *
trace_page_picture(TorchlightTracePage *page)
{
    return page->document ? page->document->first_picture : NULL;
}

/* --- trace_page_link.c: picture, list and tree tell of the same --- */

void trace_page_link(TorchlightTracePage *page);
/* The document is another. */
void trace_page_link_picture(TorchlightTracePage *page, bool same_trace);

/* --- trace_page_actions.c --- */

void trace_page_add_actions(TorchlightTracePageClass *class);
GtkShortcutController *trace_page_make_shortcuts(void);
void trace_page_update_actions(TorchlightTracePage *page);

/* --- trace_page_copy.c, trace_page_save.c --- */

void trace_page_copy_text(TorchlightTracePage *page);
void trace_page_copy_bits(TorchlightTracePage *page);
void trace_page_copy_value(TorchlightTracePage *page);
void trace_page_save_picture(TorchlightTracePage *page);
void trace_page_open_wireshark(TorchlightTracePage *page);

/* --- trace_page_find.c --- */

void trace_page_find_init(TorchlightTracePage *page);
void trace_page_find_run(TorchlightTracePage *page);
void trace_page_find_step(TorchlightTracePage *page, int by);

/* --- trace_page_compare.c --- */

void trace_page_compare_init(TorchlightTracePage *page);
void trace_page_compare_set_mode(TorchlightTracePage *page, CompareMode mode);
/* NULL ends it. */
void trace_page_compare_with(TorchlightTracePage *page, TorchlightItem *item);
void trace_page_compare_flip(TorchlightTracePage *page);
void trace_page_compare_clear(TorchlightTracePage *page);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the page “Control Map” share. */
#pragma once

#include "ui/map/map_canvas.h"
#include "ui/map/map_document.h"
#include "ui/map/map_page.h"

struct _TorchlightMapPage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content; /* a stack: "empty", "loading", "map" */
    GtkWidget *loaded_button;
    AdwFlap *flap;
    GtkToggleButton *tools[N_MAP_TOOLS];
    TorchlightMapCanvas *canvas;
    GtkWidget *selection_bar;
    GtkLabel *selection_label;
    GtkSpinButton *brush;
    GtkToggleButton *filled;
    GtkButton *zoom_button;
    GtkLabel *readout;
    GtkDropDown *maps;
    GtkWidget *edges_group, *edges_note;
    GtkAdjustment *low, *high;
    GtkSwitch *l2, *guide;
    GtkLabel *count;
    GtkToggleButton *show_picture, *show_both, *show_map;
    GtkAdjustment *opacity;
    GtkDropDown *field;
    GtkSpinButton *first_packet, *last_packet;
    GtkWidget *edit_group;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightProject *project;     /* whose maps are listed */
    TorchlightMapDocument *current; /* NULL: none */
    GHashTable *documents;          /* alive: TorchlightMapDocument, weak */
    GPtrArray *listed; /* TorchlightItem of the list, or NULL for what is no item yet */
    GCancellable *opening;
    GtkFileChooserNative *chooser;

    const Layout *layout; /* of the picture that is shown */
    bool refreshing;      /* widgets follow the model: nothing was asked for */
    guint count_timer;
};

/* --- map_page.c --- */

/* A child of the stack, with all around it as the current document is. */
void map_page_show(TorchlightMapPage *page, const char *child);
/* Thresholds and the count of edges, as the current document has them. */
void map_page_update_source(TorchlightMapPage *page);
bool map_page_can_edit(TorchlightMapPage *page);
GtkWindow *map_page_window(TorchlightMapPage *page);

/* --- map_page_open.c --- */

/* Opens a map of the project, or edges that are no map yet (NULL). create: a map is made of them.
 */
void map_page_open(TorchlightMapPage *page, TorchlightItem *item, bool create);
/* Opens a map that is in memory. Takes map. */
void map_page_open_new(TorchlightMapPage *page, ControlMap *map, const ControlSource *source,
                       const char *label);
/* What the opened trace has: its last map, else edges. */
void map_page_open_any(TorchlightMapPage *page);
void map_page_close(TorchlightMapPage *page);
/* Writes what is not written of any map. */
void map_page_flush(TorchlightMapPage *page);
/* At the end: writes, and lets go of what is current. */
void map_page_forget(TorchlightMapPage *page);
void map_page_on_document_gone(gpointer page, GObject *document);
void map_page_unref_listed(TorchlightItem *item);
void map_page_list(TorchlightMapPage *page);
/* A size for a map of nothing: the picture's, else the usual. */
void map_page_size(TorchlightMapPage *page, int *width, int *height);

/* --- map_page_files.c, map_page_tools.c --- */

void map_page_add_file_actions(GtkWidgetClass *class);
void map_page_add_tool_actions(GtkWidgetClass *class);
void map_page_bind_tools(GtkWidgetClass *class);
void map_page_init_tools(TorchlightMapPage *page);
void map_page_update_actions(TorchlightMapPage *page);

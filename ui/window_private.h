/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the window share. Private to ui/window*.c. */
#pragma once

#include "ui/jobs_panel.h"
#include "ui/space_bar.h"
#include "ui/window.h"
#include "ui/workspace.h"

struct _TorchlightWindow {
    AdwApplicationWindow parent_instance;

    /* template */
    AdwToastOverlay *toasts;
    GtkStack *root; /* "welcome", "project" */
    AdwHeaderBar *header;
    AdwViewSwitcherTitle *switcher;
    TorchlightSpaceBar *space_bar;
    GtkWidget *undo, *redo, *jobs_button;
    GtkSpinner *jobs_spinner;
    GtkPopover *jobs_popover;
    TorchlightJobsPanel *jobs_panel;
    GtkWidget *problem_bar, *library_switcher, *trace_switcher;
    GtkLabel *problem, *trace_name;
    AdwViewStack *stack;
    GtkStack *library_modes, *trace_modes;
    GtkWidget *library_page, *captions_page, *trace_page, *map_page, *repair_page, *train_page;
    GtkWidget *generate_page, *evaluate_page, *learn_page;
    GtkListBox *recent_list;
    GtkWidget *recent_box;
    GMenu *recent_section;

    /* owned */
    TorchlightWorkspace *workspace;
    GSettings *settings;
    GtkNativeDialog *chooser;

    guint n_opened;         /* projects asked for */
    const char *first_page; /* of the project on its way; NULL: the library */
    bool is_narrow;         /* too much so for all of it */
    bool may_close;         /* asked and answered */
    bool closing;           /* as far as it was up to the user */
};

/* window_open.c */
/* A project of this name under the user's data folder, for what is opened without one. */
bool window_make_project(TorchlightWindow *window, const char *name);
void window_open_project(TorchlightWindow *window, const char *dir);
/* Saves and closes it; where it cannot be saved the user is asked, and it stays. */
bool window_leave_project(TorchlightWindow *window);
void window_choose_new_project(TorchlightWindow *window);
void window_choose_project(TorchlightWindow *window);
void window_choose_files(TorchlightWindow *window, bool folder);
void window_open_sample(TorchlightWindow *window);
void window_update_recent(TorchlightWindow *window);

/* window_actions.c */
void window_add_actions(TorchlightWindowClass *class);
void window_update_actions(TorchlightWindow *window);

/* window.c */
void window_go(TorchlightWindow *window, const char *page);
void window_close_soon(TorchlightWindow *window);
void window_tell_error(TorchlightWindow *window, const char *heading, const char *sentence);
/* Shows a chooser and calls accepted with its file; borrowed by the window until then. */
void window_run_chooser(TorchlightWindow *window, GtkFileChooserNative *chooser,
                        void (*accepted)(TorchlightWindow *window, GtkFileChooser *chooser));

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the window share. Private to ui/window*.c. */
#pragma once

#include "app/jobs/job.h"
#include "ui/generate_panel.h"
#include "ui/library_view.h"
#include "ui/settings.h"
#include "ui/trace_page.h"
#include "ui/window.h"

struct _TorchlightWindow {
    AdwApplicationWindow parent_instance;

    /* template */
    AdwToastOverlay *toasts;
    AdwWindowTitle *title;
    AdwSplitButton *open_button;
    GtkWidget *library_button, *generate_button;
    GtkSpinner *spinner;
    AdwFlap *library_flap, *generate_flap;
    TorchlightLibraryView *library;
    TorchlightGeneratePanel *panel;
    GtkStack *stack;
    TorchlightTracePage *page;
    GMenu *recent_section;

    /* owned */
    GSettings *settings;
    GCancellable *loading; /* of the last thing asked for; NULL: nothing is being loaded */
    guint spinner_timeout; /* 0: none */
    GHashTable *drafts;    /* char* path -> char* caption that is not saved */
    GHashTable *saving;    /* char* path: captions being written */
    TorchlightJob *export_job;
    char *export_path;
    GtkNativeDialog *chooser;
    guint picture_saves; /* running */

    bool may_close;          /* asked and answered */
    bool follows_generation; /* nothing else was opened since it began: previews are wanted */
};

/* window_open.c */
void window_open_path(TorchlightWindow *window, const char *path);
void window_open_samples(TorchlightWindow *window);
void window_choose_files(TorchlightWindow *window, bool folder);
void window_update_recent(TorchlightWindow *window);
void window_stop_loading(TorchlightWindow *window);

/* window_caption.c */
void window_save_caption(TorchlightWindow *window);
void window_save_all_captions(TorchlightWindow *window); /* closes the window when done */
void window_note_draft(TorchlightWindow *window);

/* window_export.c */
void window_export(TorchlightWindow *window);
void window_save_picture(TorchlightWindow *window);

/* window_actions.c */
void window_add_actions(TorchlightWindowClass *class);

/* window.c */
void window_update(TorchlightWindow *window);
void window_update_spinner(TorchlightWindow *window);
void window_toast(TorchlightWindow *window, const char *text);
void window_tell_error(TorchlightWindow *window, const char *heading, const char *sentence);
/* Shows a chooser and calls accepted with its file; borrowed by the window until then. */
void window_run_chooser(TorchlightWindow *window, GtkFileChooserNative *chooser,
                        void (*accepted)(TorchlightWindow *window, GtkFileChooser *chooser));

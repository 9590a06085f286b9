/* SPDX-License-Identifier: Apache-2.0 */
/* The page of one trace: its picture, what is under the pointer, its caption and its facts. Beside
 * the opened trace it may hold a generated one, and shows either. */
#pragma once

#include <gtk/gtk.h>

#include "ui/document.h"
#include "ui/trace_view.h"

#define TORCHLIGHT_TYPE_TRACE_PAGE (torchlight_trace_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTracePage, torchlight_trace_page, TORCHLIGHT, TRACE_PAGE, GtkWidget)

/* Signals: "shown-changed" (another document is shown), "caption-changed" (the user typed). */

/* caption: what to put into the entry, NULL for the document's own. Shows it. */
void torchlight_trace_page_set_opened(TorchlightTracePage *page, Document *document,
                                      const char *caption);
/* Keeps it beside the opened one, and shows it when told to or when nothing is opened. */
void torchlight_trace_page_set_generated(TorchlightTracePage *page, Document *document, bool show);
void torchlight_trace_page_set_preview(TorchlightTracePage *page, Pixels *preview);

Document *torchlight_trace_page_get_opened(TorchlightTracePage *page); /* borrowed, or NULL */
Document *torchlight_trace_page_get_shown(TorchlightTracePage *page);  /* borrowed, or NULL */
/* The rows that are seen: a picture of the shown document. Borrowed, or NULL. */
TracePicture *torchlight_trace_page_get_picture(TorchlightTracePage *page);
TorchlightTraceView *torchlight_trace_page_get_view(TorchlightTracePage *page);

/* The next or the previous picture (by -1) of a long trace. */
void torchlight_trace_page_step(TorchlightTracePage *page, int by);
bool torchlight_trace_page_can_step(TorchlightTracePage *page, int by);
void torchlight_trace_page_set_palette(TorchlightTracePage *page, Palette palette);

const char *torchlight_trace_page_get_caption(TorchlightTracePage *page);
/* Whether the caption in the entry is another than the saved one, and can be saved. */
bool torchlight_trace_page_is_caption_unsaved(TorchlightTracePage *page);
/* The caption was written: it is the saved one now. */
void torchlight_trace_page_caption_saved(TorchlightTracePage *page, const char *caption);

/* SPDX-License-Identifier: Apache-2.0 */
/* What an export will write, before it does: where, in which format, how much, by which policies,
 * what repair did to it, and what the file will say about itself. */
#pragma once

#include <adwaita.h>

#include "app/jobs/review_job.h"

#define TORCHLIGHT_TYPE_EXPORT_DIALOG (torchlight_export_dialog_get_type())
G_DECLARE_FINAL_TYPE(TorchlightExportDialog, torchlight_export_dialog, TORCHLIGHT, EXPORT_DIALOG,
                     AdwWindow)

/* Signal "export" (const char *path): the user wants it; the dialog is closing. path ends in .pcap
 * or .pcapng, which is the format. path: the one that is suggested. */
GtkWidget *torchlight_export_dialog_new(GtkWindow *parent, const ReviewResult *result,
                                        const RepairChoices *choices, const char *path);

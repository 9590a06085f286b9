/* SPDX-License-Identifier: Apache-2.0 */
/* How legal the reviewed repair is: by the rules themselves, header by header; what stays illegal
 * and why; and, where it is installed, what tshark says. */
#pragma once

#include <gtk/gtk.h>

#include "app/jobs/review_job.h"
#include "app/jobs/tshark_job.h"

#define TORCHLIGHT_TYPE_COMPLIANCE_PANE (torchlight_compliance_pane_get_type())
G_DECLARE_FINAL_TYPE(TorchlightCompliancePane, torchlight_compliance_pane, TORCHLIGHT,
                     COMPLIANCE_PANE, GtkWidget)

/* Signals: "rule-chosen" (int rule), "tshark" (): the user asks for it. */

/* result NULL: nothing is known. What tshark said of another result is forgotten. */
void torchlight_compliance_pane_update(TorchlightCompliancePane *pane, const ReviewResult *result);
void torchlight_compliance_pane_set_running(TorchlightCompliancePane *pane, bool running);
/* lines: TsharkLine elements. */
void torchlight_compliance_pane_show_tshark(TorchlightCompliancePane *pane, GPtrArray *lines);

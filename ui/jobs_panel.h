/* SPDX-License-Identifier: Apache-2.0 */
/* Every job of the workspace, running and finished: its title, message, progress, time left; pause,
 * cancel, dismiss; a click goes to its page. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_JOBS_PANEL (torchlight_jobs_panel_get_type())
G_DECLARE_FINAL_TYPE(TorchlightJobsPanel, torchlight_jobs_panel, TORCHLIGHT, JOBS_PANEL, GtkWidget)

/* Signal "leave": the user went to a job's page. */
void torchlight_jobs_panel_set_workspace(TorchlightJobsPanel *panel,
                                         TorchlightWorkspace *workspace);

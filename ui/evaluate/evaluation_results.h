/* SPDX-License-Identifier: Apache-2.0 */
/* What an evaluation found, as widgets: goals, the table of sets, what to know before believing it.
 */
#pragma once

#include <adwaita.h>

#include "app/evaluate/evaluation_summary.h"

/* Fills an empty box. */
void evaluation_results_fill(GtkBox *box, const EvaluationSummary *summary);

/* SPDX-License-Identifier: Apache-2.0 */
/* The repair of the opened trace as it is looked at: recomputed on a thread whenever a choice
 * changes, of several requests the newest. Knows no widget. Main thread. */
#pragma once

#include "app/jobs/review_job.h"
#include "ui/document.h"

#define TORCHLIGHT_TYPE_REVIEW (torchlight_review_get_type())
G_DECLARE_FINAL_TYPE(TorchlightReview, torchlight_review, TORCHLIGHT, REVIEW, GObject)

/* Properties, notified: "busy" (bool). Signal "changed": there is another result, or another error,
 * or none any more. */
TorchlightReview *torchlight_review_new(void);

/* What is repaired (NULL: nothing), and how; choices are copied, their files absolute. What is
 * shown meanwhile is the last result of the same document. */
void torchlight_review_set(TorchlightReview *review, Document *document,
                           const RepairChoices *choices);

Document *torchlight_review_get_document(TorchlightReview *review); /* borrowed, or NULL */
/* Of the last result; borrowed, NULL before the first and after an error. */
const ReviewResult *torchlight_review_get_result(TorchlightReview *review);
/* The job that holds the result: whoever works with it on a thread keeps a reference. */
TorchlightJob *torchlight_review_get_job(TorchlightReview *review);
/* Why there is no result, a sentence; NULL when there is one, or none yet. */
const char *torchlight_review_get_error(TorchlightReview *review);
bool torchlight_review_is_busy(TorchlightReview *review);

/* The params of a job on this document with these choices; input and outputs are not set. The
 * seed is that of the choices, else that which the trace was generated with. */
RepairParams *review_params_new(const Document *document, const RepairChoices *choices);

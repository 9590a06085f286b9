/* SPDX-License-Identifier: Apache-2.0 */
/* Many captions looked through: which words they have how often, and what may be wrong with each.
 */
#pragma once

#include "app/dataset/caption_check.h"
#include "app/dataset/caption_words.h"
#include "app/jobs/caption_tokens.h"

typedef struct {
    guint index; /* of the caption */
    CaptionProblem problem;
} CaptionReportProblem;

typedef struct {
    CaptionWords *words; /* of all captions, counted */
    GArray *problems;    /* CaptionReportProblem, by index */
} CaptionReport;

/* vocabulary NULL: no word is unknown; tokens NULL: none is too long. Some 20 µs a caption; any
 * thread. */
CaptionReport *caption_report_new(const char *const *captions, guint n,
                                  const Vocabulary *vocabulary, const CaptionTokens *tokens);
void caption_report_free(CaptionReport *report); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionReport, caption_report_free)

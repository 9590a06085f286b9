/* SPDX-License-Identifier: Apache-2.0 */
/* Looking through captions. */
#include "app/jobs/caption_report.h"

static void
problem_clear(void *data)
{
    caption_problem_clear(&((CaptionReportProblem *)data)->problem);
}

static void
check(CaptionReport *report, guint index, const char *caption, const CaptionTokens *tokens)
{
    g_autoptr(GArray) problems = caption_check(caption, report->words);
    int n = tokens ? caption_tokens_count(tokens, caption) : 0;

    for (guint i = 0; i < problems->len; i++) {
        CaptionProblem *found = &g_array_index(problems, CaptionProblem, i);
        CaptionReportProblem problem = {.index = index, .problem = *found};

        *found = (CaptionProblem){.fault = found->fault}; /* its words go with the copy */
        g_array_append_val(report->problems, problem);
    }
    if (tokens && n > caption_tokens_limit(tokens)) {
        CaptionReportProblem problem = {
            .index = index,
            .problem = {CAPTION_IS_TOO_LONG, NULL, NULL, n, caption_tokens_limit(tokens)}};

        g_array_append_val(report->problems, problem);
    }
}

CaptionReport *
caption_report_new(const char *const *captions, guint n, const Vocabulary *vocabulary,
                   const CaptionTokens *tokens)
{
    CaptionReport *report = g_new0(CaptionReport, 1);

    report->words = caption_words_new(vocabulary);
    report->problems = g_array_new(FALSE, FALSE, sizeof(CaptionReportProblem));
    g_array_set_clear_func(report->problems, problem_clear);
    for (guint i = 0; i < n; i++)
        caption_words_count(report->words, captions[i], 1);
    for (guint i = 0; i < n; i++)
        check(report, i, captions[i], tokens);
    return report;
}

void
caption_report_free(CaptionReport *report)
{
    if (!report)
        return;
    caption_words_free(report->words);
    g_array_unref(report->problems);
    g_free(report);
}

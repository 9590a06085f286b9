/* SPDX-License-Identifier: Apache-2.0 */
/* The report of an evaluation as one HTML file that needs no other: a summary, the figures as SVG
 * with a table of numbers beside each, all tables, the method, the parameters. It follows the
 * reader's light or dark style and can be printed. */
#pragma once

#include "app/evaluate/evaluation_report.h"

/* The caller frees; NULL and error where a figure cannot be drawn. */
char *evaluate_page_new(const EvaluationReport *report, GError **error);

/* What the parts of a page share: private to app/jobs. */
typedef struct {
    const EvaluationReport *report;
    GString *html;
    int n_figures; /* so far: their ids begin with it */
} EvaluatePage;

/* Text as it may stand between tags or in an attribute. */
void evaluate_page_text(EvaluatePage *page, const char *text);
/* Text between tags: <h2>text</h2>. */
void evaluate_page_element(EvaluatePage *page, const char *tag, const char *text);
/* A cell: "0.97", "0.97 (0.95 to 0.98)", or "–". */
void evaluate_page_number(EvaluatePage *page, double value, double low, double high);
/* A table's beginning, with a caption and the names of its columns (NULL-terminated); and end. */
void evaluate_page_begin_table(EvaluatePage *page, const char *caption, const char *const *columns);
void evaluate_page_end_table(EvaluatePage *page);

bool evaluate_page_add_figure(EvaluatePage *page, const Figure *figure, GError **error);
/* Summary, sets; accuracies and all else of the protocol; numbers of the sets; method. */
void evaluate_page_add_summary(EvaluatePage *page);
void evaluate_page_add_tables(EvaluatePage *page);
void evaluate_page_add_measures(EvaluatePage *page);
void evaluate_page_add_method(EvaluatePage *page);

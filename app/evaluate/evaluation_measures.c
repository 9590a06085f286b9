/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a set as text, to be kept. */
#include <string.h>

#include "app/evaluate/evaluation_report.h"

enum { N_COLUMNS = 11 };

/* A line each: texts and numbers with tabs between them. */
char *
evaluation_measures_to_text(const EvaluationReport *report, guint set)
{
    const GPtrArray *measures = evaluation_report_set(report, set)->measures;
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < measures->len; i++) {
        const EvaluationMeasure *m = measures->pdata[i];
        const double numbers[] = {m->value, m->low, m->high, m->floor, m->floor_low, m->floor_high};
        g_autofree char *class = g_strescape(m->class, NULL);

        g_string_append_printf(text, "%s\t%s\t%s\t%s\t%s", m->group, m->id, class, m->label,
                               m->unit);
        for (guint k = 0; k < G_N_ELEMENTS(numbers); k++) {
            char number[G_ASCII_DTOSTR_BUF_SIZE];

            g_string_append_printf(text, "\t%s", g_ascii_dtostr(number, sizeof number, numbers[k]));
        }
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

bool
evaluation_measures_from_text(EvaluationReport *report, guint set, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint before = evaluation_report_set(report, set)->measures->len;

    for (int i = 0; lines[i] && *lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        g_autofree char *class = NULL;
        EvaluationMeasure *measure;
        double numbers[6];

        if (g_strv_length(cells) != N_COLUMNS) {
            g_ptr_array_set_size(evaluation_report_set(report, set)->measures, (int)before);
            return false;
        }
        for (int k = 0; k < 6; k++)
            numbers[k] = g_ascii_strtod(cells[5 + k], NULL);
        class = g_strcompress(cells[2]);
        measure = evaluation_report_add(report, set, cells[0], cells[1], class, cells[3], cells[4],
                                        numbers[0], numbers[1], numbers[2]);
        measure->floor = numbers[3];
        measure->floor_low = numbers[4];
        measure->floor_high = numbers[5];
    }
    return true;
}

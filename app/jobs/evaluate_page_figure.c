/* SPDX-License-Identifier: Apache-2.0 */
/* A figure in the page. What Cairo writes is made to fit among others: its ids become its own, its
 * black the colour of the text, and the colours of series those that the style sheet has for the
 * reader's ground. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/evaluate_page.h"
#include "app/plot/figure_export.h"
#include "app/plot/plot_draw.h"

enum { N_SERIES_COLOURS = 6 };
static const double WIDTH = 900;

/* --- colours --- */

static bool
is_near(const double *rgb, double r, double g, double b)
{
    const double slack = 0.006;

    return fabs(rgb[0] - r) < slack && fabs(rgb[1] - g) < slack && fabs(rgb[2] - b) < slack;
}

static gboolean
replace_colour(const GMatchInfo *match, GString *out, gpointer data)
{
    double rgb[3];

    for (int i = 0; i < 3; i++) {
        g_autofree char *percent = g_match_info_fetch(match, i + 1);

        rgb[i] = g_ascii_strtod(percent, NULL) / 100;
    }
    if (is_near(rgb, 0, 0, 0)) {
        g_string_append(out, "currentColor");
        return FALSE;
    }
    for (int i = 0; i < N_SERIES_COLOURS; i++) {
        double series[3];

        plot_series_colour(i, false, series);
        if (is_near(rgb, series[0], series[1], series[2])) {
            g_string_append_printf(out, "var(--series-%d)", i);
            return FALSE;
        }
    }
    {
        g_autofree char *whole = g_match_info_fetch(match, 0);

        g_string_append(out, whole);
    }
    return FALSE;
}

static char *
fit_colours(const char *svg)
{
    g_autoptr(GRegex) colour = g_regex_new("rgb\\(\\s*([0-9.]+)%,\\s*([0-9.]+)%,\\s*([0-9.]+)%\\)",
                                           G_REGEX_OPTIMIZE, 0, NULL);

    return g_regex_replace_eval(colour, svg, -1, 0, 0, replace_colour, NULL, NULL);
}

static char *
fit_ids(const char *svg, int n)
{
    g_autoptr(GRegex) id = g_regex_new("( id=\"|href=\"#|url\\(#)", G_REGEX_OPTIMIZE, 0, NULL);
    g_autofree char *with = g_strdup_printf("\\1f%d-", n);

    return g_regex_replace(id, svg, -1, 0, with, 0, NULL);
}

/* --- tables --- */

static bool
has_x(const Figure *figure)
{
    return figure->x.names->len == 0;
}

static void
add_row_head(EvaluatePage *page, const Figure *figure, guint i)
{
    g_autofree char *number = NULL;

    if (has_x(figure))
        number = figure_number_text(
            figure->series->len > 0 ? figure_at(figure_series(figure, 0)->x, i) : (double)NAN);
    evaluate_page_element(page, "th scope=\"row\"",
                          number ? number : (const char *)figure->x.names->pdata[i]);
}

/* A row a group or a step, a column a series. */
static void
add_numbers(EvaluatePage *page, const Figure *figure)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    guint n = has_x(figure) && figure->series->len > 0 ? figure_series(figure, 0)->y->len
                                                       : figure->x.names->len;

    g_ptr_array_add(columns, figure->x.label);
    for (guint s = 0; s < figure->series->len; s++)
        g_ptr_array_add(columns, figure_series(figure, s)->name);
    g_ptr_array_add(columns, NULL);
    evaluate_page_begin_table(page, figure->title, (const char *const *)columns->pdata);
    for (guint i = 0; i < n; i++) {
        g_string_append(page->html, "<tr>");
        add_row_head(page, figure, i);
        for (guint s = 0; s < figure->series->len; s++) {
            const FigureSeries *series = figure_series(figure, s);

            evaluate_page_number(page, figure_at(series->y, i), figure_at(series->low, i),
                                 figure_at(series->high, i));
        }
        g_string_append(page->html, "</tr>\n");
    }
    evaluate_page_end_table(page);
}

/* Violins hold samples, which no table would tell: their main numbers do. */
static void
add_main_numbers(EvaluatePage *page, const Figure *figure)
{
    static const char *const columns[] = {"", "", NULL};

    evaluate_page_begin_table(page, figure->title, columns);
    for (guint i = 0; i < figure->numbers->len; i++) {
        const FigureNumber *number = figure->numbers->pdata[i];

        g_string_append(page->html, "<tr>");
        evaluate_page_element(page, "th scope=\"row\"", number->name);
        evaluate_page_number(page, number->value, number->low, number->high);
        g_string_append(page->html, "</tr>\n");
    }
    evaluate_page_end_table(page);
}

bool
evaluate_page_add_figure(EvaluatePage *page, const Figure *figure, GError **error)
{
    g_autofree char *drawn = figure_to_svg(figure, WIDTH, error);
    g_autofree char *coloured = drawn ? fit_colours(drawn) : NULL;
    g_autofree char *svg = coloured ? fit_ids(coloured, page->n_figures) : NULL;
    g_autofree char *described = figure_describe(figure);
    const char *body = svg ? strchr(svg, '>') : NULL;

    if (!body)
        return false;
    g_string_append_printf(page->html, "<figure id=\"%s\">\n", figure->id);
    evaluate_page_element(page, "h3", figure->title);
    g_string_append_printf(page->html,
                           "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                           "xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 %g %g\" "
                           "class=\"plot\" role=\"img\" aria-labelledby=\"f%d-title f%d-desc\">\n",
                           WIDTH, figure_svg_height(figure, WIDTH), page->n_figures,
                           page->n_figures);
    g_string_append_printf(page->html, "<title id=\"f%d-title\">", page->n_figures);
    evaluate_page_text(page, figure->title);
    g_string_append_printf(page->html, "</title>\n<desc id=\"f%d-desc\">", page->n_figures);
    evaluate_page_text(page, described);
    g_string_append_printf(page->html, "</desc>%s", body + 1);
    g_string_append(page->html, "<figcaption>");
    evaluate_page_text(page, figure->explanation);
    if (*figure->source) {
        g_string_append(page->html, " <span class=\"dim\">");
        evaluate_page_text(page, figure->source);
        g_string_append(page->html, "</span>");
    }
    g_string_append_printf(page->html, "</figcaption>\n<details><summary>%s</summary>",
                           _("The numbers"));
    if (figure->kind == FIGURE_VIOLIN)
        add_main_numbers(page, figure);
    else
        add_numbers(page, figure);
    g_string_append(page->html, "</details>\n</figure>\n");
    page->n_figures++;
    return true;
}

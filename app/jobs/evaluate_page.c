/* SPDX-License-Identifier: Apache-2.0 */
/* The page as a whole: its head, its style, its parts in order. */
#include "app/jobs/evaluate_page.h"

#include <glib/gi18n-lib.h>

#include "app/plot/plot_draw.h"

enum { N_SERIES_COLOURS = 6 };

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1.5rem;"
    "background:var(--ground);color:var(--ink)}"
    "h1{line-height:1.2;margin-bottom:.3rem}h2{margin-top:2.5rem;border-bottom:1px solid "
    "var(--line)}h3{margin-top:2rem;margin-bottom:.3rem}"
    "p,li{max-width:46rem}.dim,figcaption{color:var(--dim)}"
    ".scroll{overflow-x:auto}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}"
    "caption{text-align:left;font-weight:600;padding:.3rem 0}"
    "th,td{padding:.25rem .7rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px "
    "solid "
    "var(--line)}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "tbody th{font-weight:400}"
    ".met{color:var(--good)}.missed{color:var(--bad)}"
    "figure{margin:2rem 0;break-inside:avoid}svg.plot{width:100%;height:auto;color:var(--ink)}"
    "figcaption{font-size:.9rem}summary{cursor:pointer}"
    "@media "
    "print{body{max-width:none;padding:0;font-size:11px}.scroll{overflow:visible}details{display:"
    "none}h2,h3{break-after:avoid}}";

void
evaluate_page_text(EvaluatePage *page, const char *text)
{
    g_autofree char *safe = g_markup_escape_text(text, -1);

    g_string_append(page->html, safe);
}

void
evaluate_page_element(EvaluatePage *page, const char *tag, const char *text)
{
    const char *space = strchr(tag, ' ');

    g_string_append_printf(page->html, "<%s>", tag);
    evaluate_page_text(page, text);
    g_string_append_printf(page->html, "</%.*s>\n", space ? (int)(space - tag) : (int)strlen(tag),
                           tag);
}

void
evaluate_page_number(EvaluatePage *page, double value, double low, double high)
{
    g_autofree char *text = figure_number_text(value);

    if (isnan(value) || isnan(low) || isnan(high)) {
        g_string_append_printf(page->html, "<td class=\"n\">%s</td>", text);
    } else {
        g_autofree char *from = figure_number_text(low), *to = figure_number_text(high);
        /* TRANSLATORS: a value and its confidence interval */
        g_autofree char *whole = g_strdup_printf(_("%s (%s to %s)"), text, from, to);

        g_string_append_printf(page->html, "<td class=\"n\">%s</td>", whole);
    }
}

void
evaluate_page_begin_table(EvaluatePage *page, const char *caption, const char *const *columns)
{
    g_string_append(page->html, "<div class=\"scroll\" tabindex=\"0\"><table>");
    evaluate_page_element(page, "caption", caption);
    g_string_append(page->html, "<thead><tr>");
    for (int i = 0; columns[i]; i++)
        evaluate_page_element(page, "th scope=\"col\"", columns[i]);
    g_string_append(page->html, "</tr></thead><tbody>\n");
}

void
evaluate_page_end_table(EvaluatePage *page)
{
    g_string_append(page->html, "</tbody></table></div>\n");
}

/* The colours of plots, for both grounds. */
static void
add_colours(GString *html, bool dark)
{
    g_string_append(html, dark ? "--ground:#1e1e22;--ink:#f2f2f2;--dim:#b5b5bb;--line:#45454c;"
                                 "--good:#57e389;--bad:#ff7b63;"
                               : "--ground:#fff;--ink:#1a1a1d;--dim:#5a5a62;--line:#d8d8dd;"
                                 "--good:#1b7a40;--bad:#b3261e;");
    for (int i = 0; i < N_SERIES_COLOURS; i++) {
        double rgb[3];

        plot_series_colour(i, dark, rgb);
        g_string_append_printf(html, "--series-%d:#%02x%02x%02x;", i, (int)(rgb[0] * 255 + 0.5),
                               (int)(rgb[1] * 255 + 0.5), (int)(rgb[2] * 255 + 0.5));
    }
}

static void
add_head(EvaluatePage *page)
{
    const char *const *languages = g_get_language_names();
    bool named = languages[0] && !g_str_equal(languages[0], "C") && strlen(languages[0]) >= 2;

    g_string_append_printf(page->html, "<!DOCTYPE html>\n<html lang=\"%.2s\">\n<head>\n",
                           named ? languages[0] : "en");
    g_string_append(page->html, "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                                "content=\"width=device-width, initial-scale=1\">\n"
                                "<meta name=\"color-scheme\" content=\"light dark\">\n");
    evaluate_page_element(page, "title", page->report->title);
    g_string_append(page->html, "<style>:root{");
    add_colours(page->html, false);
    g_string_append(page->html, "}@media screen and (prefers-color-scheme:dark){:root{");
    add_colours(page->html, true);
    g_string_append_printf(page->html, "}}%s</style>\n</head>\n<body>\n", style);
}

static bool
is_detail(const Figure *figure)
{
    return g_str_has_prefix(figure->id, "confusion") || g_str_has_prefix(figure->id, "importance");
}

static bool
add_figures(EvaluatePage *page, bool details, GError **error)
{
    const GPtrArray *figures = page->report->figures->figures;

    for (guint i = 0; i < figures->len; i++) {
        if (is_detail(figures->pdata[i]) == details &&
            !evaluate_page_add_figure(page, figures->pdata[i], error))
            return false;
    }
    return true;
}

char *
evaluate_page_new(const EvaluationReport *report, GError **error)
{
    EvaluatePage page = {.report = report, .html = g_string_new(NULL)};

    add_head(&page);
    g_string_append(page.html, "<main>\n");
    evaluate_page_element(&page, "h1", report->title);
    evaluate_page_add_summary(&page);
    evaluate_page_element(&page, "h2", _("Figures"));
    if (!add_figures(&page, false, error)) {
        g_string_free(page.html, TRUE);
        return NULL;
    }
    evaluate_page_element(&page, "h2", _("Tables"));
    evaluate_page_add_tables(&page);
    evaluate_page_add_measures(&page);
    evaluate_page_element(&page, "h2", _("What forests look at, and what they mistake"));
    if (!add_figures(&page, true, error)) {
        g_string_free(page.html, TRUE);
        return NULL;
    }
    evaluate_page_add_method(&page);
    g_string_append(page.html, "</main>\n</body>\n</html>\n");
    return g_string_free(page.html, FALSE);
}

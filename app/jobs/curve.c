/* SPDX-License-Identifier: Apache-2.0 */
/* Smoothing and keeping curves. */
#include "app/jobs/curve.h"

#include <math.h>
#include <string.h>

#include "app/trace/atomic.h"

GArray *
curve_smooth(const GArray *points, double span)
{
    GArray *smooth = g_array_sized_new(FALSE, FALSE, sizeof(JobPoint), points->len);
    double keep = span > 0 ? exp(-1 / span) : 0, sum = 0, weight = 0;

    for (guint i = 0; i < points->len; i++) {
        JobPoint point = g_array_index(points, JobPoint, i);

        if (isfinite(point.value)) {
            sum = sum * keep + point.value;
            weight = weight * keep + 1;
        }
        point.value = weight > 0 ? sum / weight : NAN;
        g_array_append_val(smooth, point);
    }
    return smooth;
}

double
curve_span(guint n)
{
    return CLAMP(n / 30.0, 2, 50);
}

bool
curve_write(const GArray *points, const char *name, const char *path, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_printf(text, "step,%s\n", name);
    for (guint i = 0; i < points->len; i++) {
        const JobPoint *point = &g_array_index(points, JobPoint, i);
        char step[G_ASCII_DTOSTR_BUF_SIZE], value[G_ASCII_DTOSTR_BUF_SIZE];

        g_string_append_printf(text, "%s,%s\n",
                               g_ascii_formatd(step, sizeof step, "%.9g", point->step),
                               g_ascii_formatd(value, sizeof value, "%.9g", point->value));
    }
    return atomic_file_write(path, text->str, text->len, error);
}

GArray *
curve_read(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    GArray *points;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    points = g_array_new(FALSE, FALSE, sizeof(JobPoint));
    for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        char *comma, *end;
        JobPoint point = {.step = g_ascii_strtod(line + 1, &comma)};

        if (comma == line + 1 || *comma != ',')
            continue;
        point.value = g_ascii_strtod(comma + 1, &end);
        if (end > comma + 1 && isfinite(point.step))
            g_array_append_val(points, point);
    }
    return points;
}

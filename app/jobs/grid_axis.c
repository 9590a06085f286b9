/* SPDX-License-Identifier: Apache-2.0 */
/* Axes of a grid from text, and the settings of its cells. */
#include "app/jobs/grid_job.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/generate_settings.h"
#include "app/jobs/number_text.h"

void
grid_axis_free(GridAxis *axis)
{
    if (!axis)
        return;
    g_free(axis->key);
    g_strfreev(axis->values);
    g_free(axis);
}

GridAxis *
grid_axis_copy(const GridAxis *axis)
{
    GridAxis *copy = g_new0(GridAxis, 1);

    copy->key = g_strdup(axis->key);
    copy->values = g_strdupv(axis->values);
    return copy;
}

int
grid_axis_n(const GridAxis *axis)
{
    return axis ? (int)g_strv_length(axis->values) : 1;
}

/* "0..1:5" as values; false when the text is none of that kind. */
static bool
split_range(const GenerateSetting *setting, const char *text, GPtrArray *values)
{
    const char *dots = strstr(text, ".."), *colon = strrchr(text, ':');
    char *end_first, *end_last, *end_n;
    double first, last;
    gint64 n;

    if (!dots || !colon || colon < dots)
        return false;
    first = g_ascii_strtod(text, &end_first);
    last = g_ascii_strtod(dots + 2, &end_last);
    n = g_ascii_strtoll(colon + 1, &end_n, 10);
    /* strtod takes the first dot of ".." for its own. */
    if (end_first < dots || end_first > dots + 1 || end_last != colon || *end_n || n < 2 ||
        n > GRID_MAX_VALUES)
        return false;
    for (int i = 0; i < n; i++) {
        double value = first + (last - first) * i / (double)(n - 1);

        g_ptr_array_add(values, setting->type == SETTING_NUMBER ? number_text(value)
                                                                : g_strdup_printf("%.0f", value));
    }
    return true;
}

static void
split_list(const GenerateSetting *setting, const char *text, GPtrArray *values)
{
    bool plain = setting->type != SETTING_TEXT && setting->type != SETTING_PATH;
    static const char *const named[] = {"sampler", "control_mode", "control_convention", NULL};
    /* hold no comma */
    bool names = setting->choice || g_strv_contains(named, setting->key);
    g_auto(GStrv) parts = g_strsplit_set(text, plain || names ? ",|;" : "|", -1);

    for (int i = 0; parts[i]; i++) {
        if (*g_strstrip(parts[i]))
            g_ptr_array_add(values, g_strdup(parts[i]));
    }
}

static bool
check_values(const char *key, const GPtrArray *values, GError **error)
{
    g_autoptr(GenerateParams) scratch = generate_params_new();

    if (values->len == 0 || values->len > GRID_MAX_VALUES) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("A grid takes from 1 to %d values of “%s”: separate them by commas, or by | "
                      "where they hold commas themselves."),
                    GRID_MAX_VALUES, key);
        return false;
    }
    for (guint i = 0; i < values->len; i++) {
        if (!generate_params_set_text(scratch, key, values->pdata[i], error))
            return false;
    }
    return true;
}

GridAxis *
grid_axis_new(const char *key, const char *text, GError **error)
{
    const GenerateSetting *setting = generate_setting_find(key);
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    GridAxis *axis;

    if (!setting || !setting->in_grid) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("A grid cannot go over “%s”: choose another setting, as steps, guidance, "
                      "seed, sampler, lora_weight or control_weight."),
                    key);
        return NULL;
    }
    if (!split_range(setting, text, values))
        split_list(setting, text, values);
    if (!check_values(key, values, error))
        return NULL;
    axis = g_new0(GridAxis, 1);
    axis->key = g_strdup(key);
    g_ptr_array_add(values, NULL);
    axis->values = (char **)g_ptr_array_steal(values, NULL);
    return axis;
}

GridAxis *
grid_axis_parse(const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    g_autofree char *key = equals ? g_strndup(text, (gsize)(equals - text)) : NULL;

    if (equals)
        return grid_axis_new(g_strstrip(key), equals + 1, error);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” names no setting: give it as steps=5,10,20 or lora_weight=0..1:5."), text);
    return NULL;
}

char *
grid_axis_to_text(const GridAxis *axis)
{
    g_autofree char *values = NULL;
    bool commas = false;

    for (int i = 0; axis->values[i]; i++)
        commas |= strchr(axis->values[i], ',') != NULL;
    values = g_strjoinv(commas ? "|" : ",", axis->values);
    return g_strconcat(axis->key, "=", values, NULL);
}

GridParams *
grid_params_new(void)
{
    return g_new0(GridParams, 1);
}

void
grid_params_free(GridParams *params)
{
    if (!params)
        return;
    generate_params_free(params->base);
    grid_axis_free(params->x);
    grid_axis_free(params->y);
    g_free(params->picture);
    g_free(params);
}

GenerateParams *
grid_params_cell(const GridParams *params, int x, int y, GError **error)
{
    g_autoptr(GenerateParams) cell = generate_params_copy(params->base);

    g_clear_pointer(&cell->output, g_free);
    cell->count = 1;
    cell->film = false;
    if ((params->x &&
         !generate_params_set_text(cell, params->x->key, params->x->values[x], error)) ||
        (params->y && !generate_params_set_text(cell, params->y->key, params->y->values[y], error)))
        return NULL;
    return g_steal_pointer(&cell);
}

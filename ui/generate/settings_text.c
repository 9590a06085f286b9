/* SPDX-License-Identifier: Apache-2.0 */
/* Settings in words. */
#include "ui/generate/settings_text.h"

#include <glib/gi18n.h>

#include "app/jobs/generate_settings.h"

static void
append_loras(GString *text, const GenerateParams *params)
{
    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        g_autofree char *name = g_filename_display_basename(lora->path);

        g_string_append_printf(text, _(" · LoRA %s %g"), name, lora->weight);
    }
}

char *
settings_text(const GenerateParams *params)
{
    GString *text = g_string_new(NULL);
    g_autofree char *seed = generate_params_get_text(params, "seed");

    g_string_append_printf(text, _("Seed %s"), seed);
    g_string_append_printf(text, ngettext(" · %d step", " · %d steps", params->steps),
                           params->steps);
    g_string_append_printf(text, _(" · guidance %g"), params->guidance);
    if (params->sampler)
        g_string_append_printf(text, " · %s", params->sampler);
    if (params->schedule)
        g_string_append_printf(text, " · %s", params->schedule);
    if (params->init)
        g_string_append_printf(text, _(" · from a picture, strength %g"), params->strength);
    if (params->hires)
        g_string_append(text, _(" · hires-fix"));
    if (params->model) {
        g_autofree char *name = g_filename_display_basename(params->model);

        g_string_append_printf(text, _(" · model %s"), name);
    }
    append_loras(text, params);
    if (params->control)
        g_string_append_printf(text, _(" · control %g"), params->control_weight);
    if (params->negative)
        g_string_append_printf(text, _(" · not “%s”"), params->negative);
    return g_string_free(text, FALSE);
}

char *
settings_difference(const GenerateParams *a, const GenerateParams *b)
{
    GString *text = g_string_new(NULL);
    const GenerateSetting *setting;

    for (int i = 0; (setting = generate_setting(i)); i++) {
        g_autofree char *first = generate_params_get_text(a, setting->key);
        g_autofree char *second = generate_params_get_text(b, setting->key);

        if (!g_str_equal(first, second))
            g_string_append_printf(text, "%s%s: %s | %s", text->len ? "\n" : "", _(setting->label),
                                   *first ? first : "–", *second ? second : "–");
    }
    if (text->len > 0)
        return g_string_free(text, FALSE);
    g_string_free(text, TRUE);
    return NULL;
}

char *
grid_text(const GridAxis *x, const GridAxis *y)
{
    const GridAxis *first = x ? x : y;
    const char *a = _(generate_setting_find(first->key)->label);

    if (!x || !y)
        return g_strdup_printf(ngettext("%s, %d picture", "%s, %d pictures", grid_axis_n(first)), a,
                               grid_axis_n(first));
    return g_strdup_printf(_("%s × %s, %d × %d pictures"), a,
                           _(generate_setting_find(y->key)->label), grid_axis_n(x), grid_axis_n(y));
}

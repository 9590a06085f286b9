/* SPDX-License-Identifier: Apache-2.0 */
/* Controls of a generation. */
#include "app/jobs/generate_control.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/jobs/check.h"
#include "app/jobs/generate_controls.h"
#include "app/jobs/number_text.h"

enum { MAX_LAYERS = 64 };

const char *
generate_control_mode(int n)
{
    return n >= 0 && n < CONTROL_N_MODES ? control_mode_name((ControlMode)n) : NULL;
}

const char *
generate_control_convention(int n)
{
    return n >= 0 && n < CONTROL_N_CONVENTIONS ? control_convention_name((ControlConvention)n)
                                               : NULL;
}

GenerateControl *
generate_control_new(void)
{
    const GeneratorControl defaults = GENERATOR_CONTROL_DEFAULTS;
    GenerateControl *control = g_new0(GenerateControl, 1);

    control->weight = defaults.weight;
    control->start = defaults.start;
    control->end = defaults.end;
    return control;
}

GenerateControl *
generate_control_copy(const GenerateControl *control)
{
    GenerateControl *copy = g_new(GenerateControl, 1);

    *copy = *control;
    copy->map = g_strdup(control->map);
    copy->net = g_strdup(control->net);
    copy->mode = g_strdup(control->mode);
    copy->convention = g_strdup(control->convention);
    copy->layers = g_strdup(control->layers);
    return copy;
}

void
generate_control_free(GenerateControl *control)
{
    if (!control)
        return;
    g_free(control->map);
    g_free(control->net);
    g_free(control->mode);
    g_free(control->convention);
    g_free(control->layers);
    g_free(control);
}

GenerateControl *
generate_control_settings(const GenerateParams *p)
{
    const GenerateControl first = {.map = p->control,
                                   .weight = p->control_weight,
                                   .start = p->control_start,
                                   .end = p->control_end,
                                   .mode = p->control_mode,
                                   .convention = p->control_convention,
                                   .layers = p->control_layers};

    return generate_control_copy(&first);
}

GenerateControl *
generate_control_first(const GenerateParams *params)
{
    return params->control ? generate_control_settings(params) : NULL;
}

int
generate_control_count(const GenerateParams *params)
{
    return (params->control != NULL) + (int)params->more_controls->len;
}

GenerateControl *
generate_control_nth(const GenerateParams *params, int n)
{
    int first = params->control != NULL;

    return n < first ? generate_control_first(params)
                     : generate_control_copy(params->more_controls->pdata[n - first]);
}

/* --- text --- */

static bool
refuse(const char *text, GError **error)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no control: give MAP, MAP:WEIGHT, MAP:WEIGHT:START-END, and behind that "
                  "perhaps a mode, a convention and weights of layers, each after a colon."),
                text);
    return false;
}

static bool
read_number(const char *text, char **end, double *value)
{
    *value = g_ascii_strtod(text, end);
    return *end != text && isfinite(*value);
}

/* parts: behind the map */
static bool
read_parts(GenerateControl *c, char **parts)
{
    int n = (int)g_strv_length(parts);
    char *end;

    if (n > 0 && (!read_number(parts[0], &end, &c->weight) || *end))
        return false;
    if (n > 1 && (!read_number(parts[1], &end, &c->start) || *end != '-' ||
                  !read_number(end + 1, &end, &c->end) || *end))
        return false;
    c->mode = n > 2 && *parts[2] ? g_strdup(parts[2]) : NULL;
    c->convention = n > 3 && *parts[3] ? g_strdup(parts[3]) : NULL;
    c->layers = n > 4 && *parts[4] ? g_strdup(parts[4]) : NULL;
    return n <= 5;
}

GenerateControl *
generate_control_parse(const char *text, GError **error)
{
    g_autoptr(GenerateControl) control = generate_control_new();
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);

    if (g_file_test(text, G_FILE_TEST_EXISTS) || !parts[0] || !parts[1]) {
        control->map = g_strdup(text);
    } else {
        control->map = g_strdup(parts[0]);
        if (!read_parts(control, parts + 1)) {
            refuse(text, error);
            return NULL;
        }
    }
    if (!*control->map) {
        refuse(text, error);
        return NULL;
    }
    return generate_control_check(control, error) ? g_steal_pointer(&control) : NULL;
}

char *
generate_control_text(const GenerateControl *c)
{
    g_autofree char *name = g_path_get_basename(c->map);
    g_autofree char *map = g_filename_display_name(name);
    g_autofree char *weight = number_text(c->weight);
    g_autofree char *start = number_text(c->start), *end = number_text(c->end);
    GString *text = g_string_new(NULL);

    g_string_printf(text, "%s:%s:%s-%s", map, weight, start, end);
    if (c->mode || c->convention || c->layers)
        g_string_append_printf(text, ":%s:%s", c->mode ? c->mode : "",
                               c->convention ? c->convention : "");
    if (c->layers)
        g_string_append_printf(text, ":%s", c->layers);
    return g_string_free(text, FALSE);
}

/* --- values --- */

/* "1,0.5,..." or with spaces; NULL when it is no list of numbers. The caller frees. */
static double *
parse_layers(const char *text, int *n)
{
    g_auto(GStrv) parts = g_strsplit_set(text, ", ;", -1);
    g_autofree double *layers = g_new(double, MAX_LAYERS);

    *n = 0;
    for (int i = 0; parts[i]; i++) {
        char *end;

        if (!*parts[i])
            continue;
        if (*n == MAX_LAYERS || !read_number(parts[i], &end, &layers[*n]) || *end ||
            layers[*n] < -10 || layers[*n] > 10)
            return NULL;
        (*n)++;
    }
    return *n > 0 ? g_steal_pointer(&layers) : NULL;
}

static bool
check_name(bool found, const char *name, const char *choices, GError **error)
{
    if (!found)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” is no way for a control map to act: choose one of %s."), name, choices);
    return found;
}

bool
generate_control_check(const GenerateControl *c, GError **error)
{
    ControlMode mode;
    ControlConvention convention;
    int n;
    g_autofree double *layers = c->layers ? parse_layers(c->layers, &n) : NULL;

    if (c->layers && !layers) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” are no weights of layers: give numbers from -10 to 10, separated by "
                      "commas, one for each result of the ControlNet (13 for Stable Diffusion)."),
                    c->layers);
        return false;
    }
    return check_range(_("The control weight"), c->weight, 0, 2, error) &&
           check_range(_("The start of control"), c->start, 0, 1, error) &&
           check_range(_("The end of control"), c->end, c->start, 1, error) &&
           check_name(!c->mode || control_mode_find(c->mode, &mode), c->mode,
                      "balanced, prompt, control", error) &&
           check_name(!c->convention || control_convention_find(c->convention, &convention),
                      c->convention, "diffusers, a1111", error);
}

GeneratorControl
generate_control_for(const GenerateControl *c, double **layers)
{
    GeneratorControl out = {.weight = c->weight, .start = c->start, .end = c->end};

    *layers = c->layers ? parse_layers(c->layers, &out.n_layers) : NULL;
    out.layers = *layers;
    if (c->mode)
        control_mode_find(c->mode, &out.mode);
    if (c->convention)
        control_convention_find(c->convention, &out.convention);
    return out;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/cli/bench_options.h"

#include <glib/gi18n.h>
#include <stdio.h>

bool
bench_option_text(char **place, const char *given)
{
    if (given) {
        g_free(*place);
        *place = g_strdup(given);
    }
    return true;
}

bool
bench_option_latent(const Cli *cli, const char *text, int *width, int *height, int *status)
{
    char rest;

    if (!text || (sscanf(text, "%dx%d%c", width, height, &rest) == 2 && *width >= 1 &&
                  *width <= 1024 && *height >= 1 && *height <= 1024))
        return true;
    *status = cli_usage(
        cli, _("--latent is %s: width x height, each from 1 to 1024, as in 136x128."), text);
    return false;
}

bool
bench_option_range(const Cli *cli, const char *name, int value, int min, int max, int *status)
{
    if (value >= min && value <= max)
        return true;
    *status =
        cli_usage(cli, _("%s is %d: a number from %d to %d belongs there."), name, value, min, max);
    return false;
}

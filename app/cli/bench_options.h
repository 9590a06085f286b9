/* SPDX-License-Identifier: Apache-2.0 */
/* Option values that `bench` and `profile` have in common. */
#pragma once

#include "app/cli/cli.h"

/* Puts a text that was given into the place of the default; NULL leaves that. True. GLib would lose
 * the default if the option pointed there itself. */
bool bench_option_text(char **place, const char *given);
/* "136x128"; text NULL leaves the numbers alone. */
bool bench_option_latent(const Cli *cli, const char *text, int *width, int *height, int *status);
bool bench_option_range(const Cli *cli, const char *name, int value, int min, int max, int *status);

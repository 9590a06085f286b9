/* SPDX-License-Identifier: Apache-2.0 */
/* Option values that `bench` and `profile` have in common. */
#pragma once

#include "app/cli/cli.h"

/* "136x128"; text NULL leaves the numbers alone. */
bool bench_option_latent(const Cli *cli, const char *text, int *width, int *height, int *status);
bool bench_option_range(const Cli *cli, const char *name, int value, int min, int max, int *status);

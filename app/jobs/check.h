/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of parameters. What a user chose badly is a G_OPTION_ERROR_BAD_VALUE, so that a command
 * can tell its wrong use from a wrong file. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* what: how the parameter is called, with a capital: "The rank". */
bool check_range(const char *what, double value, double low, double high, GError **error);

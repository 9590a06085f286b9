/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of parameters. */
#include "app/jobs/check.h"

#include <glib/gi18n-lib.h>
#include <math.h>

bool
check_range(const char *what, double value, double low, double high, GError **error)
{
    if (isfinite(value) && value >= low && value <= high)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("%s cannot be %g: choose a value from %g to %g."), what, value, low, high);
    return false;
}

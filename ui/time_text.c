/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time for people. */
#include "ui/time_text.h"

#include <glib/gi18n.h>
#include <math.h>

char *
time_left_text(double seconds)
{
    int minutes = (int)ceil(CLAMP(seconds, 0, 1e7) / 60);

    if (!(seconds >= 0) || seconds > 1e7)
        return g_strdup("");
    if (seconds < 90)
        return g_strdup_printf(_("about %d s left"), MAX(1, (int)ceil(seconds)));
    if (minutes < 120)
        return g_strdup_printf(_("about %d min left"), minutes);
    return g_strdup_printf(_("about %d h left"), (int)ceil(minutes / 60.0));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of one capture. */
#include "app/jobs/capture_pictures.h"

static char *
name_of(const char *stem, const FlowWindow *window, bool alone)
{
    if (window->flow)
        return g_strdup_printf("%s_f%05u_%05u", stem, window->flow->number, window->number);
    return alone ? g_strdup(stem) : g_strdup_printf("%s_%05u", stem, window->number);
}

/* A picture is handed on when it is known whether another follows, as its name says so. */
bool
capture_pictures(TorchlightJob *job, FlowWindows *windows, const char *stem, int max,
                 CapturePictureFunc func, void *data, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(Trace) held = NULL;
    FlowWindow held_window = {0}, window = {0};

    for (int n = 0; !local; n++) {
        g_autoptr(Trace) trace =
            max == 0 || n < max ? flow_windows_next(windows, &window, &local) : NULL;

        if (held && !local && torchlight_job_checkpoint(job, &local)) {
            g_autofree char *name = name_of(stem, &held_window, !trace && n == 1);

            func(held, &held_window, name, data, &local);
        }
        trace_free(held);
        held = g_steal_pointer(&trace);
        held_window = window;
        if (!held)
            break;
    }
    if (!local)
        return true;
    g_propagate_error(error, g_steal_pointer(&local));
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The ladder of zooms. */
#include "ui/zoom.h"

#include <glib.h>

double
zoom_step(double zoom, bool up)
{
    static const double ladder[] = {0.05, 0.07, 0.1, 0.14, 0.2, 0.25, 0.33, 0.5, 0.71, 1,  2, 3,
                                    4,    5,    6,   8,    10,  12,   16,   20,  24,   32, 40};
    const int n = G_N_ELEMENTS(ladder);

    for (int i = 0; i < n; i++) {
        int at = up ? i : n - 1 - i;
        if (up ? ladder[at] > zoom * 1.01 : ladder[at] < zoom * 0.99)
            return ladder[at];
    }
    return up ? ZOOM_MAX : ZOOM_MIN;
}

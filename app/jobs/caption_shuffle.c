/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/caption_shuffle.h"

char *
caption_shuffle(const char *caption, int n_keep, Rng *rng)
{
    g_auto(GStrv) parts = g_strsplit(caption, ",", -1);
    int n = (int)g_strv_length(parts), n_moving = MAX(0, n - n_keep);
    g_autofree int *order = g_new(int, n_moving + 1);
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < n_moving; i++)
        order[i] = i;
    rng_shuffle(rng, order, n_moving);
    for (int i = 0; i < n; i++) {
        char *part = parts[i < n - n_moving ? i : n - n_moving + order[i - (n - n_moving)]];

        g_string_append_printf(text, "%s%s", i ? ", " : "", g_strstrip(part));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Canny's edges from PNG to PNG. */
#include "app/jobs/edges.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/jobs/number_text.h"
#include "app/jobs/paths.h"
#include "app/jobs/picture.h"

/* What the map is of, for who looks at it later. */
static GHashTable *
describe(const EdgesParams *params)
{
    GHashTable *text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *source = g_path_get_basename(params->input);
    g_autofree char *low = number_text(params->low);
    g_autofree char *high = number_text(params->high);

    g_hash_table_insert(text, g_strdup("torchlight:kind"), g_strdup("canny"));
    g_hash_table_insert(text, g_strdup("torchlight:provenance:source"),
                        g_filename_display_name(source));
    g_hash_table_insert(text, g_strdup("torchlight:provenance:thresholds"),
                        g_strjoin(" ", low, high, params->l2_gradient ? "L2" : "L1", NULL));
    return text;
}

bool
edges_run(const EdgesParams *params, EdgesResult *result, GError **error)
{
    const char *const inputs[] = {params->input, NULL};
    g_autoptr(Device) device = NULL;
    g_autoptr(Image) image = NULL;
    g_autoptr(Image) edges = NULL;
    g_autoptr(GHashTable) text = NULL;

    if (!isfinite(params->low) || !isfinite(params->high) || params->low < 0 ||
        params->high < params->low) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("The thresholds %g and %g do not fit: give 0 ≤ low ≤ high."), params->low,
                    params->high);
        return false;
    }
    if (!paths_check_output(params->output, inputs, error))
        return false;
    image = image_read_png(params->input, 3, NULL, error);
    if (!image)
        return false;
    device = device_open(params->device, error);
    if (!device)
        return false;
    edges = image_edges(device, image, params->low, params->high, params->l2_gradient, error);
    if (!edges)
        return false;
    *result = (EdgesResult){.width = edges->width, .height = edges->height};
    for (size_t i = 0; i < (size_t)edges->width * edges->height; i++)
        result->n_edges += edges->pixels[i] != 0;
    text = describe(params);
    return image_write_png(edges, params->output, text, error);
}

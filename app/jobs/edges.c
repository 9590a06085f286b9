/* SPDX-License-Identifier: Apache-2.0 */
/* Canny's edges from PNG to PNG. */
#include "app/jobs/edges.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/dataset/control_map_file.h"
#include "app/jobs/paths.h"
#include "app/jobs/picture.h"

/* The layout a picture names, else the default one. */
static const Layout *
layout_of(GHashTable *text, GError **error)
{
    const char *name = g_hash_table_lookup(text, "torchlight:layout");

    return name ? layout_by_name(name, error) : layout_default();
}

static void
count_edges(const ControlMap *map, EdgesResult *result)
{
    *result = (EdgesResult){.width = map->width, .height = map->height};
    for (size_t i = 0; i < (size_t)map->width * map->height; i++)
        result->n_edges += map->pixels[i] != 0;
}

/* Writes them as a control map, which the workbench can work on. */
static bool
write_map(const EdgesParams *params, const Image *edges, GHashTable *text, EdgesResult *result,
          GError **error)
{
    const ControlSource source = {true, params->low, params->high, params->l2_gradient};
    g_autoptr(ControlMap) map = control_map_new(edges->width, edges->height);
    g_autofree char *base_name = g_path_get_basename(params->input);
    g_autofree char *name = g_filename_display_name(base_name);

    control_map_set_base(map, edges);
    if (params->guide != EDGES_NO_GUIDE) {
        const Layout *layout = layout_of(text, error);
        if (!layout)
            return false;
        control_map_begin(map);
        control_map_draw_fields(map, layout, params->guide == EDGES_GUIDE_HEADERS, MARK_WHITE);
        control_delta_free(control_map_end(map));
    }
    count_edges(map, result);
    return control_map_write(map, &source, name, params->output, error);
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
    image = image_read_png(params->input, 3, &text, error);
    if (!image)
        return false;
    device = device_open(params->device, error);
    if (!device)
        return false;
    edges = image_edges(device, image, params->low, params->high, params->l2_gradient, error);
    if (!edges)
        return false;
    return write_map(params, edges, text, result, error);
}

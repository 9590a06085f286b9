/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/generate_controls.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/picture.h"

static bool
check_size(GenerateControls *c, const GenerateControl *asked, const Image *map, GError **error)
{
    if (c->n == 0) {
        c->width = map->width;
        c->height = map->height;
    }
    if (map->width == c->width && map->height == c->height)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("The control map “%s” is %d × %d and another %d × %d pixels: make them the "
                  "same."),
                asked->map, map->width, map->height, c->width, c->height);
    return false;
}

static bool
read_map(GenerateControls *c, const GenerateControl *asked, GError **error)
{
    g_autoptr(Image) map = image_read_png(asked->map, 3, NULL, error);
    size_t n;

    if (!map || !check_size(c, asked, map, error))
        return false;
    n = (size_t)3 * map->width * map->height;
    c->maps[c->n] = g_new(float, n);
    image_to_floats(map, 0, map->height, c->maps[c->n]);
    for (size_t i = 0; i < n; i++)
        c->maps[c->n][i] = (c->maps[c->n][i] + 1) / 2;
    c->controls[c->n] = generate_control_for(asked, &c->layers[c->n]);
    c->controls[c->n].map = c->maps[c->n];
    c->n++;
    return true;
}

bool
generate_controls_read(GenerateControls *c, const GenerateParams *params, GError **error)
{
    int n = generate_control_count(params);

    *c = (GenerateControls){
        .asked = g_ptr_array_new_with_free_func((GDestroyNotify)generate_control_free)};
    if (n > MAX_CONTROLS) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("%d control maps at once are too many: give at most %d."), n, MAX_CONTROLS);
        return false;
    }
    for (int i = 0; i < n; i++) {
        g_ptr_array_add(c->asked, generate_control_nth(params, i));
        if (!read_map(c, c->asked->pdata[i], error))
            return false;
    }
    return true;
}

bool
generate_controls_open(GenerateControls *c, GenerateSession *session, GError **error)
{
    for (int i = 0; i < c->n; i++) {
        const GenerateControl *asked = c->asked->pdata[i];

        if (asked->net &&
            !(c->controls[i].net = generate_session_controlnet(session, asked->net, error)))
            return false;
    }
    return true;
}

void
generate_controls_clear(GenerateControls *c)
{
    for (int i = 0; i < MAX_CONTROLS; i++) {
        g_clear_pointer(&c->maps[i], g_free);
        g_clear_pointer(&c->layers[i], g_free);
    }
    g_clear_pointer(&c->asked, g_ptr_array_unref);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of data and outputs. */
#include "app/jobs/paths.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>

char *
paths_data(const char *first, const char *second)
{
    const char *dir = g_getenv("TORCHLIGHT_DATADIR");

    return g_build_filename(dir && *dir ? dir : TORCHLIGHT_DATADIR, first, second, NULL);
}

char *
paths_bundled_model(void)
{
    return paths_data("models", "mini");
}

bool
paths_check_output(const char *output, const char *const *inputs, GError **error)
{
    struct stat out, in;

    if (stat(output, &out) != 0)
        return true;
    for (int i = 0; inputs[i]; i++) {
        if (stat(inputs[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                        _("“%s” is read and would be overwritten: give the output another name."),
                        output);
            return false;
        }
    }
    return true;
}

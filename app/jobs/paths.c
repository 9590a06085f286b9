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

static bool
is_same_place(const char *a, const char *b)
{
    struct stat at_a, at_b;

    return stat(a, &at_a) == 0 && stat(b, &at_b) == 0 && at_a.st_dev == at_b.st_dev &&
           at_a.st_ino == at_b.st_ino;
}

char *
paths_vocabulary(const char *model_dir)
{
    g_autofree char *bundled = paths_bundled_model();
    g_autofree char *own =
        g_build_filename(model_dir ? model_dir : bundled, "vocabulary.txt", NULL);
    g_autofree char *installed = paths_data("captions", "vocabulary.txt");

    if (g_file_test(own, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&own);
    if ((!model_dir || is_same_place(model_dir, bundled)) &&
        g_file_test(installed, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&installed);
    return NULL;
}

bool
paths_check_output(const char *output, const char *const *inputs, GError **error)
{
    for (int i = 0; inputs[i]; i++) {
        if (is_same_place(output, inputs[i])) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                        _("“%s” is read and would be overwritten: give the output another name."),
                        output);
            return false;
        }
    }
    return true;
}

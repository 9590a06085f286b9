/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/folder.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

bool
folder_make(const char *dir, GError **error)
{
    if (g_mkdir_with_parents(dir, 0777) == 0)
        return true;
    int code = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code),
                _("Cannot make the folder %s: %s. Choose another place to write to."), dir,
                g_strerror(code));
    return false;
}

bool
folder_save(const Module *module, const char *dir, const char *stem, WeightsDtype dtype,
            GError **error)
{
    g_autofree char *name = g_strconcat(stem, ".safetensors", NULL);
    g_autofree char *path = g_build_filename(dir, name, NULL);
    return module_save(module, path, dtype, error);
}

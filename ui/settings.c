/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and the list of recent files. */
#include "ui/settings.h"

#include <glib/gi18n.h>

#define SCHEMA "io.github.torchlight.Torchlight"

bool
settings_check(GError **error)
{
    GSettingsSchemaSource *source = g_settings_schema_source_get_default();
    g_autoptr(GSettingsSchema) schema =
        source ? g_settings_schema_source_lookup(source, SCHEMA, TRUE) : NULL;

    if (schema)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("The settings schema “%s” is not installed: start the workbench with ./run, or "
                  "let GSETTINGS_SCHEMA_DIR name the folder with gschemas.compiled."),
                SCHEMA);
    return false;
}

GSettings *
settings_new(void)
{
    return g_settings_new(SCHEMA);
}

Palette
settings_get_palette(GSettings *settings)
{
    return (Palette)g_settings_get_enum(settings, "palette");
}

void
settings_add_recent(GSettings *settings, GFile *file)
{
    g_auto(GStrv) before = g_settings_get_strv(settings, "recent-projects");
    g_autofree char *uri = g_file_get_uri(file);
    const char *after[SETTINGS_MAX_RECENT + 1] = {uri};
    int n = 1;

    for (int i = 0; before[i] && n < SETTINGS_MAX_RECENT; i++) {
        if (!g_str_equal(before[i], uri))
            after[n++] = before[i];
    }
    g_settings_set_strv(settings, "recent-projects", after);
}

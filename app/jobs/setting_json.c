/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/setting_json.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/number_text.h"

char *
setting_path_to_json(const char *path, const char *base)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *root = base ? g_canonicalize_filename(base, NULL) : NULL;
    size_t n = root ? strlen(root) : 0;

    if (n > 0 && g_str_has_prefix(absolute, root) && absolute[n] == '/')
        return g_filename_display_name(absolute + n + 1);
    return g_filename_display_name(absolute);
}

char *
setting_path_from_json(const char *path, const char *base)
{
    return g_path_is_absolute(path) || !base ? g_strdup(path) : g_build_filename(base, path, NULL);
}

bool
setting_refuse_member(const char *key, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("The setting “%s” is of another kind than it has to be: mend it, or leave it "
                  "out."),
                key);
    return false;
}

char *
setting_node_text(JsonNode *node)
{
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;

    if (type == G_TYPE_STRING)
        return g_strdup(json_node_get_string(node));
    if (type == G_TYPE_INT64)
        return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    if (type == G_TYPE_DOUBLE)
        return number_text_exact(json_node_get_double(node));
    if (type == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(node) ? "yes" : "no");
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Captions into files that captions_open reads. */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/trace/atomic.h"

bool
captions_form_by_name(const char *name, CaptionsForm *form, GError **error)
{
    static const char *const names[] = {"csv", "jsonl", "txt"};

    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(name, names[i]) == 0) {
            *form = (CaptionsForm)i;
            return true;
        }
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no form of captions: choose csv, jsonl or txt."), name);
    return false;
}

/* A field of RFC 4180. */
static void
append_field(GString *text, const char *field)
{
    if (!strpbrk(field, ",\"\r\n") && !g_ascii_isspace(*field)) {
        g_string_append(text, field);
        return;
    }
    g_string_append_c(text, '"');
    for (; *field; field++) {
        if (*field == '"')
            g_string_append_c(text, '"');
        g_string_append_c(text, *field);
    }
    g_string_append_c(text, '"');
}

static void
append_json(GString *text, const CaptionRow *row)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *line = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "file_name");
    json_builder_add_string_value(builder, row->file);
    json_builder_set_member_name(builder, "text");
    json_builder_add_string_value(builder, row->caption);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    line = json_to_string(root, FALSE);
    g_string_append(text, line);
    g_string_append_c(text, '\n');
}

static bool
write_text(const char *folder, const CaptionRow *row, GError **error)
{
    g_autofree char *base = g_path_get_basename(row->file);
    char *dot = strrchr(base, '.');
    g_autofree char *stem =
        g_strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
    g_autofree char *name = g_strconcat(stem, ".txt", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *line = g_strconcat(row->caption, "\n", NULL);

    return atomic_file_write(path, line, strlen(line), error);
}

static bool
make_folder(const char *path, GError **error)
{
    int code;

    if (g_mkdir_with_parents(path, 0777) == 0)
        return true;
    code = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                _("Cannot make the folder “%s”: %s; choose a place that exists and that you may "
                  "write to."),
                path, g_strerror(code));
    return false;
}

int
captions_write(const char *path, CaptionsForm form, const CaptionRow *rows, guint n_rows,
               GError **error)
{
    g_autoptr(GString) text = g_string_new(form == CAPTIONS_CSV ? "file,caption\r\n" : NULL);
    int n = 0;

    if (form == CAPTIONS_TXT && !make_folder(path, error))
        return -1;
    for (guint i = 0; i < n_rows; i++) {
        if (!rows[i].caption[strspn(rows[i].caption, " \t\r\n")])
            continue;
        if (form == CAPTIONS_CSV) {
            append_field(text, rows[i].file);
            g_string_append_c(text, ',');
            append_field(text, rows[i].caption);
            g_string_append(text, "\r\n");
        } else if (form == CAPTIONS_JSONL) {
            append_json(text, &rows[i]);
        } else if (!write_text(path, &rows[i], error)) {
            return -1;
        }
        n++;
    }
    if (form != CAPTIONS_TXT && !atomic_file_write(path, text->str, text->len, error))
        return -1;
    return n;
}

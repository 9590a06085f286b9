/* SPDX-License-Identifier: Apache-2.0 */
/* The table of captions, read line by line with every length bounded. */
#include "app/dataset/captions.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/dataset_private.h"
#include "app/trace/lines.h"

enum { MAX_CAPTIONS = 1000000, MAX_TEXT = 1 << 20 }; /* MAX_TEXT: bytes of a .txt */

typedef struct {
    LineReader reader;
    GString *record; /* the current one */
    int line;        /* number of its first line */
} Table;

void
captions_free(Captions *captions)
{
    if (!captions)
        return;
    g_clear_pointer(&captions->by_file, g_hash_table_unref);
    g_free(captions->path);
    g_free(captions);
}

/* One field from at on; *next is what follows its comma, NULL at the end of the line. */
static char *
split_field(const char *at, const char **next)
{
    GString *field = g_string_new(NULL);
    bool quoted = *at == '"';

    if (quoted) {
        for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
            if (*at == '"')
                at++;
            g_string_append_c(field, *at);
        }
        if (*at != '"') {
            g_string_free(field, TRUE);
            return NULL;
        }
        at++;
    }
    for (; *at && *at != ','; at++)
        g_string_append_c(field, *at);
    *next = *at == ',' ? at + 1 : NULL;
    return g_string_free(field, FALSE);
}

GPtrArray *
captions_split_line(const char *line)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);

    while (line) {
        char *field = split_field(line, &line);

        if (!field)
            return NULL;
        g_ptr_array_add(fields, field);
    }
    return g_steal_pointer(&fields);
}

static int
find_column(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++) {
        if (g_str_equal(g_strstrip(names->pdata[i]), name))
            return (int)i;
    }
    return -1;
}

static bool
fail(const Table *table, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s”, line %d: %s; give a table with the columns “file” and “caption”."),
                table->reader.path, table->line, what);
    return false;
}

static bool
add_line(Captions *captions, const Table *table, int file_column, int caption_column,
         GError **error)
{
    g_autoptr(GPtrArray) fields = NULL;
    g_autofree char *name = NULL;
    char *caption;

    if (!g_utf8_validate(table->record->str, -1, NULL))
        return fail(table, error, _("it is not UTF-8"));
    fields = captions_split_line(table->record->str);
    if (!fields)
        return fail(table, error, _("a quote is not closed"));
    if ((int)fields->len <= MAX(file_column, caption_column))
        return fail(table, error, _("a column is missing"));
    caption = g_strstrip(fields->pdata[caption_column]);
    name = g_path_get_basename(g_strstrip(fields->pdata[file_column]));
    if (!*caption || g_str_equal(name, "."))
        return fail(table, error, _("the file or its caption is empty"));
    if (g_hash_table_contains(captions->by_file, name))
        return fail(table, error, _("the file was named before"));
    if (g_hash_table_size(captions->by_file) >= MAX_CAPTIONS)
        return fail(table, error, _("the table is too long"));
    g_hash_table_insert(captions->by_file, g_steal_pointer(&name), g_strdup(caption));
    return true;
}

/* Whether a quoted field is still open behind a line that was begun inside of one (quoted). */
static bool
stays_quoted(const char *line, bool quoted)
{
    bool at_start = !quoted;

    for (; *line; line++) {
        if (quoted && *line == '"' && line[1] == '"')
            line++;
        else if (*line == '"' && (quoted || at_start))
            quoted = !quoted;
        at_start = !quoted && *line == ',';
    }
    return quoted;
}

/* The next record: a line, or several where a quoted field goes over their ends. As
 * line_reader_next. */
static int
table_next(Table *table, GError **error)
{
    bool quoted = false;
    int status;

    g_string_truncate(table->record, 0);
    table->line = table->reader.number + 1;
    do {
        status = line_reader_next(&table->reader, error);
        if (status != 1)
            break;
        if (quoted)
            g_string_append_c(table->record, '\n');
        g_string_append(table->record, g_strchomp(table->reader.line));
        quoted = stays_quoted(table->reader.line, quoted);
    } while (quoted && table->record->len < LINE_MAX_SIZE);
    return status == 0 && quoted ? 1 : status; /* split_field says what is wrong */
}

static bool
read_lines(Captions *captions, Table *table, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    int file_column, caption_column;
    int status = table_next(table, error);
    char *line = table->record->str;

    if (status < 0)
        return false;
    if (status == 0)
        return fail(table, error, _("the file is empty"));
    if (g_str_has_prefix(line, "\xef\xbb\xbf"))
        line += 3;
    if (!g_utf8_validate(line, -1, NULL) || !(names = captions_split_line(line)))
        return fail(table, error, _("it names no columns"));
    file_column = find_column(names, "file");
    caption_column = find_column(names, "caption");
    if (file_column < 0 || caption_column < 0)
        return fail(table, error, _("it does not name both columns"));
    while ((status = table_next(table, error)) == 1) {
        if (table->record->len > 0 &&
            !add_line(captions, table, file_column, caption_column, error))
            return false;
    }
    return status == 0;
}

static Captions *
new_empty(const char *path)
{
    Captions *captions = g_new0(Captions, 1);

    captions->path = g_strdup(path);
    captions->by_file = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return captions;
}

Captions *
captions_read(const char *path, GError **error)
{
    g_autoptr(Captions) captions = new_empty(path);
    Table table = {0};
    bool read;

    if (!line_reader_open(&table.reader, path, error))
        return NULL;
    table.record = g_string_new(NULL);
    read = read_lines(captions, &table, error);
    line_reader_close(&table.reader);
    g_string_free(table.record, TRUE);
    return read ? g_steal_pointer(&captions) : NULL;
}

/* --- other forms --- */

static Captions *
read_metadata(const char *path, GError **error)
{
    g_autoptr(GHashTable) items = dataset_read_metadata(path, error);
    g_autoptr(Captions) captions = new_empty(path);
    GHashTableIter iter;
    void *value;

    if (!items)
        return NULL;
    g_hash_table_iter_init(&iter, items);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        DatasetItem *item = value;

        if (*g_strstrip(item->caption))
            g_hash_table_insert(captions->by_file, g_path_get_basename(item->name),
                                g_strdup(item->caption));
    }
    return g_steal_pointer(&captions);
}

static bool
read_text(Captions *captions, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(captions->path, name, NULL);
    g_autofree char *text = NULL;
    size_t size;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return true;
    if (!g_file_get_contents(path, &text, &size, error))
        return false;
    if (size > MAX_TEXT || !g_utf8_validate(text, (gssize)size, NULL)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is no caption: it is not UTF-8, or longer than %d bytes; mend it or "
                      "take it away."),
                    path, MAX_TEXT);
        return false;
    }
    if (*g_strstrip(text))
        g_hash_table_insert(captions->by_file, g_strndup(name, strlen(name) - strlen(".txt")),
                            g_steal_pointer(&text));
    return true;
}

static Captions *
read_folder(const char *path, GError **error)
{
    g_autoptr(Captions) captions = new_empty(path);
    g_autoptr(GDir) folder = g_dir_open(path, 0, error);
    const char *name;

    if (!folder)
        return NULL;
    while ((name = g_dir_read_name(folder))) {
        if (g_str_has_suffix(name, ".txt") && !read_text(captions, name, error))
            return NULL;
    }
    if (g_hash_table_size(captions->by_file) == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” has no caption in a .txt file: choose the folder that has them."),
                    path);
        return NULL;
    }
    return g_steal_pointer(&captions);
}

Captions *
captions_open(const char *path, GError **error)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return read_folder(path, error);
    if (g_str_has_suffix(path, ".jsonl") && g_file_test(path, G_FILE_TEST_EXISTS))
        return read_metadata(path, error);
    return captions_read(path, error);
}

static const char *
lookup(const Captions *captions, const char *file)
{
    g_autofree char *name = g_path_get_basename(file);
    const char *caption = g_hash_table_lookup(captions->by_file, name);
    char *dot = strrchr(name, '.');

    if (!caption && dot && dot > name) {
        *dot = '\0';
        caption = g_hash_table_lookup(captions->by_file, name);
    }
    return caption;
}

const char *
captions_lookup(const Captions *captions, const char *file, const char *source)
{
    const char *caption = lookup(captions, file);

    return caption || !source ? caption : lookup(captions, source);
}

const char *
captions_find(const Captions *captions, const char *capture, GError **error)
{
    g_autofree char *name = g_path_get_basename(capture);
    const char *caption = g_hash_table_lookup(captions->by_file, name);

    if (!caption)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” has no caption for “%s”: add a line for it, or leave the capture out."),
                    captions->path, name);
    return caption;
}

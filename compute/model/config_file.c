// SPDX-License-Identifier: Apache-2.0
//
// ConfigFile: the getters over one config.json.
#include "compute/model/config_file.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "compute/json_text.h"

#define MAX_FILE_SIZE (1u << 20) /* bytes; the configs of large models have about 2000 */

void
config_file_free(ConfigFile *file)
{
    if (!file)
        return;
    g_clear_pointer(&file->fields, g_hash_table_unref);
    g_clear_error(&file->problem);
    g_free(file->text);
    g_free(file);
}

static JsonSlice *
find(const ConfigFile *file, const char *key)
{
    JsonSlice *slice = g_hash_table_lookup(file->fields, key);

    return slice && !(slice->size == 4 && memcmp(slice->text, "null", 4) == 0) ? slice : NULL;
}

/* Notes where each member's value stands. */
static bool
read_fields(ConfigFile *file, JsonText *json)
{
    json_text_enter(json, '{');
    while (!json->problem && json_text_more(json, '}')) {
        g_autofree char *key = json_text_key(json);
        JsonSlice slice;

        if (!key || !json_text_skip(json, &slice))
            return false;
        if (g_hash_table_contains(file->fields, key))
            return json_text_fail(json, "a key is given twice");
        g_hash_table_insert(file->fields, g_steal_pointer(&key), g_memdup2(&slice, sizeof slice));
    }
    return json_text_at_end(json);
}

ConfigFile *
config_file_open(const char *path, const char *part, GError **error)
{
    g_autoptr(ConfigFile) file = g_new0(ConfigFile, 1);
    const JsonSlice *inner;
    JsonText json;
    size_t size;

    file->path = path;
    file->fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    file->text = json_text_load(path, MAX_FILE_SIZE, &size, error);
    if (!file->text)
        return NULL;
    json_text_init(&json, file->text, size);
    if (!read_fields(file, &json)) {
        json_text_set_error(&json, path, error);
        return NULL;
    }
    inner = part ? find(file, part) : NULL;
    if (inner) {
        json_text_init(&json, inner->text, inner->size);
        g_hash_table_remove_all(file->fields);
        if (!read_fields(file, &json)) {
            json_text_set_error(&json, path, error);
            return NULL;
        }
    }
    return g_steal_pointer(&file);
}

bool
config_file_done(ConfigFile *file, GError **error)
{
    if (!file->problem)
        return true;
    g_propagate_error(error, g_steal_pointer(&file->problem));
    return false;
}

bool
config_file_has(const ConfigFile *file, const char *key)
{
    return find(file, key) != NULL;
}

void
config_file_refuse(ConfigFile *file, const char *key, const char *format, ...)
{
    const JsonSlice *slice = find(file, key);
    g_autofree char *value = NULL, *reason = NULL;
    va_list args;

    if (file->problem)
        return;
    value = slice ? g_utf8_make_valid(slice->text, MIN(slice->size, 80)) : g_strdup("null");
    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(&file->problem, G_FILE_ERROR, G_FILE_ERROR_INVAL, _("%s: “%s” is %s: %s"),
                file->path, key, value, reason);
}

int
config_file_int(ConfigFile *file, const char *key, int fallback, int min, int max)
{
    int value = fallback;

    config_file_ints(file, key, &value, 1, 0, min, max);
    return value;
}

double
config_file_double(ConfigFile *file, const char *key, double fallback, double min, double max)
{
    const JsonSlice *slice = find(file, key);
    double value = fallback;
    JsonText json;

    if (!slice)
        return fallback;
    json_text_init(&json, slice->text, slice->size);
    if (json_text_double(&json, &value) && json_text_at_end(&json) && value >= min && value <= max)
        return value;
    config_file_refuse(file, key,
                       _("a number from %g to %g belongs here. Correct the file or download it "
                         "again"),
                       min, max);
    return fallback;
}

bool
config_file_bool(ConfigFile *file, const char *key, bool fallback)
{
    const JsonSlice *slice = find(file, key);
    bool value = fallback;
    JsonText json;

    if (!slice)
        return fallback;
    json_text_init(&json, slice->text, slice->size);
    if (!json_text_bool(&json, &value))
        config_file_refuse(file, key,
                           _("true or false belongs here. Correct the file or download it again"));
    return value;
}

static int
index_of(const char *name, const char *const *names)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    return -1;
}

static void
refuse_choice(ConfigFile *file, const char *key, const char *const *names)
{
    g_autofree char *known = g_strjoinv(", ", (char **)names);

    config_file_refuse(file, key,
                       _("only %s can be run here. Use a Stable Diffusion 1.x or 2.x model in the "
                         "diffusers layout"),
                       known);
}

int
config_file_choice(ConfigFile *file, const char *key, int fallback, const char *const *names)
{
    const JsonSlice *slice = find(file, key);
    g_autofree char *value = NULL;
    JsonText json;
    int index;

    if (!slice)
        return fallback;
    json_text_init(&json, slice->text, slice->size);
    value = json_text_string(&json);
    index = value ? index_of(value, names) : -1;
    if (index >= 0)
        return index;
    refuse_choice(file, key, names);
    return fallback;
}

/* A number without a fraction ("2" or "2.0"), as Python writes either. */
static bool
read_whole(JsonText *json, int min, int max, int *out)
{
    double value;

    if (!json_text_double(json, &value) || !(value >= min && value <= max) ||
        value != (double)(int)value)
        return false;
    *out = (int)value;
    return true;
}

int
config_file_ints(ConfigFile *file, const char *key, int *out, int max_n, int repeat, int min,
                 int max)
{
    const JsonSlice *slice = find(file, key);
    int n = 0, value = 0;
    JsonText json;

    if (!slice)
        return 0;
    json_text_init(&json, slice->text, slice->size);
    if (json_text_peek(&json) == '0' && read_whole(&json, min, max, &value)) {
        for (n = 0; n < MAX(repeat, 1); n++)
            out[n] = value;
        return n;
    }
    if (max_n > 1 && json_text_peek(&json) == '[') {
        json_text_enter(&json, '[');
        while (json_text_more(&json, ']') && n < max_n && read_whole(&json, min, max, &value))
            out[n++] = value;
        if (json_text_at_end(&json) && n > 0)
            return n;
        config_file_refuse(file, key,
                           _("1 to %d whole numbers from %d to %d belong here. Correct the file "
                             "or download it again"),
                           max_n, min, max);
        return 0;
    }
    config_file_refuse(file, key,
                       _("a whole number from %d to %d belongs here. Correct the file or download "
                         "it again"),
                       min, max);
    return 0;
}

int
config_file_choices(ConfigFile *file, const char *key, int *out, int max_n,
                    const char *const *names)
{
    const JsonSlice *slice = find(file, key);
    JsonText json;
    int n = 0;

    if (!slice)
        return 0;
    json_text_init(&json, slice->text, slice->size);
    json_text_enter(&json, '[');
    while (!json.problem && json_text_more(&json, ']')) {
        g_autofree char *value = json_text_string(&json);
        int index = value ? index_of(value, names) : -1;

        if (index < 0 || n == max_n)
            break;
        out[n++] = index;
    }
    if (json_text_at_end(&json) && n > 0)
        return n;
    refuse_choice(file, key, names);
    return 0;
}

/* The string "content" among the members of an object. */
static char *
read_content(JsonText *json)
{
    g_autofree char *content = NULL;

    json_text_enter(json, '{');
    while (!json->problem && json_text_more(json, '}')) {
        g_autofree char *key = json_text_key(json);

        if (key && !content && strcmp(key, "content") == 0)
            content = json_text_string(json);
        else
            json_text_skip(json, NULL);
    }
    return json->problem ? NULL : g_steal_pointer(&content);
}

char *
config_file_text(ConfigFile *file, const char *key)
{
    const JsonSlice *slice = find(file, key);
    JsonText json;
    char *text;

    if (!slice)
        return NULL;
    json_text_init(&json, slice->text, slice->size);
    text = json_text_peek(&json) == '{' ? read_content(&json) : json_text_string(&json);
    if (!text)
        config_file_refuse(file, key,
                           _("a text belongs here. Correct the file or download it again"));
    return text;
}

void
config_file_expect(ConfigFile *file, const char *key, const char *expected)
{
    const JsonSlice *slice = find(file, key);
    double value, wanted;
    JsonText json, other;

    if (!slice)
        return;
    if (slice->size == strlen(expected) && memcmp(slice->text, expected, slice->size) == 0)
        return;
    json_text_init(&json, slice->text, slice->size);
    json_text_init(&other, expected, strlen(expected));
    if (json_text_peek(&json) == '0' && json_text_peek(&other) == '0' &&
        json_text_double(&json, &value) && json_text_double(&other, &wanted) && value == wanted)
        return;
    config_file_refuse(file, key,
                       _("only %s can be run here. Use a Stable Diffusion 1.x or 2.x model in the "
                         "diffusers layout"),
                       expected);
}

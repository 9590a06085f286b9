// SPDX-License-Identifier: Apache-2.0
//
// Weights, the reading half: maps a safetensors file and checks its header, entry by entry,
// before any tensor is handed out. The writing half is weights_writer.c, the conversions
// weights_convert.c, files in several pieces weights_shards.c.
#include "compute/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "compute/json_text.h"
#include "compute/weights_private.h"

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN); /* data is used in the file's byte order */

static const struct {
    const char *name;
    size_t size;
} dtypes[WEIGHTS_N_DTYPES] = {
    [WEIGHTS_F32] = {"F32", 4},   [WEIGHTS_F16] = {"F16", 2}, [WEIGHTS_BF16] = {"BF16", 2},
    [WEIGHTS_F64] = {"F64", 8},   [WEIGHTS_I64] = {"I64", 8}, [WEIGHTS_I32] = {"I32", 4},
    [WEIGHTS_I16] = {"I16", 2},   [WEIGHTS_I8] = {"I8", 1},   [WEIGHTS_U8] = {"U8", 1},
    [WEIGHTS_BOOL] = {"BOOL", 1},
};

const char *
weights_dtype_name(WeightsDtype dtype)
{
    g_return_val_if_fail(dtype < WEIGHTS_N_DTYPES, NULL);
    return dtypes[dtype].name;
}

size_t
weights_dtype_size(WeightsDtype dtype)
{
    g_return_val_if_fail(dtype < WEIGHTS_N_DTYPES, 0);
    return dtypes[dtype].size;
}

static void
entry_free(gpointer data)
{
    WeightsEntry *entry = data;

    g_free((char *)entry->name);
    g_free(entry);
}

void
weights_free(WeightsFile *file)
{
    if (!file)
        return;
    g_clear_pointer(&file->by_name, g_hash_table_unref);
    g_clear_pointer(&file->metadata, g_hash_table_unref);
    g_clear_pointer(&file->entries, g_ptr_array_unref);
    g_clear_pointer(&file->shards, g_ptr_array_unref);
    g_clear_pointer(&file->bytes, g_bytes_unref);
    g_free(file->path);
    g_free(file);
}

static bool
entry_error(const WeightsFile *file, const char *name, const char *problem, GError **error)
{
    g_autofree char *shown = g_utf8_make_valid(name, MIN(strlen(name), 120));

    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("%s: tensor “%s”: %s. The file is damaged or incomplete: copy or download it "
                  "again"),
                file->path, shown, problem);
    return false;
}

/* "shape": [..]. Problems go into `json`. */
static void
read_shape(JsonText *json, WeightsEntry *entry)
{
    json_text_enter(json, '[');
    entry->n_dims = 0;
    while (!json->problem && json_text_more(json, ']')) {
        int64_t dim;

        if (!json_text_int64(json, &dim))
            return;
        if (entry->n_dims == WEIGHTS_MAX_DIMS)
            json_text_fail(json, "a shape has too many dimensions");
        else if (dim < 0)
            json_text_fail(json, "a shape has a negative dimension");
        else
            entry->dim[entry->n_dims++] = dim;
    }
}

static void
read_offsets(JsonText *json, int64_t offsets[2])
{
    int n = 0;

    json_text_enter(json, '[');
    while (!json->problem && json_text_more(json, ']')) {
        int64_t offset;

        if (!json_text_int64(json, &offset))
            return;
        if (n == 2 || offset < 0)
            json_text_fail(json, "data_offsets are not two numbers from 0");
        else
            offsets[n++] = offset;
    }
    if (n != 2)
        json_text_fail(json, "data_offsets are not two numbers from 0");
}

static void
read_dtype(JsonText *json, WeightsEntry *entry)
{
    g_autofree char *name = json_text_string(json);

    if (!name)
        return;
    for (int i = 0; i < WEIGHTS_N_DTYPES; i++) {
        if (strcmp(name, dtypes[i].name) == 0) {
            entry->dtype = i;
            return;
        }
    }
    json_text_fail(json, "a data type is unknown (known: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL)");
}

/* Counts the elements and places the data, with no sum or product left unchecked. */
static bool
place_entry(WeightsFile *file, WeightsEntry *entry, const int64_t offsets[2], GError **error)
{
    uint64_t n = 1, size;
    bool empty = false;

    for (int i = 0; i < entry->n_dims; i++)
        empty = empty || entry->dim[i] == 0;
    for (int i = 0; i < entry->n_dims && !empty; i++) {
        if (!g_uint64_checked_mul(&n, n, entry->dim[i]))
            return entry_error(file, entry->name, _("its shape is impossibly large"), error);
    }
    if (empty)
        n = 0;
    if (!g_uint64_checked_mul(&size, n, dtypes[entry->dtype].size) || size > G_MAXINT64)
        return entry_error(file, entry->name, _("its shape is impossibly large"), error);
    if (offsets[0] > offsets[1] || (uint64_t)offsets[1] > file->data_size)
        return entry_error(file, entry->name, _("its data lie outside the file"), error);
    if ((uint64_t)(offsets[1] - offsets[0]) != size)
        return entry_error(file, entry->name, _("its data have another size than its shape says"),
                           error);
    for (int i = entry->n_dims; i < WEIGHTS_MAX_DIMS; i++)
        entry->dim[i] = 1;
    entry->n_elements = n;
    entry->data = file->data + offsets[0];
    entry->size = size;
    return true;
}

/* {"dtype": .., "shape": .., "data_offsets": ..} behind the tensor's name. */
static bool
read_entry(WeightsFile *file, JsonText *json, WeightsEntry *entry, GError **error)
{
    enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4 };
    unsigned seen = 0, one;
    int64_t offsets[2] = {0, 0};

    json_text_enter(json, '{');
    while (!json->problem && json_text_more(json, '}')) {
        g_autofree char *key = json_text_key(json);

        if (!key)
            break;
        if (strcmp(key, "dtype") == 0) {
            one = DTYPE;
            read_dtype(json, entry);
        } else if (strcmp(key, "shape") == 0) {
            one = SHAPE;
            read_shape(json, entry);
        } else if (strcmp(key, "data_offsets") == 0) {
            one = OFFSETS;
            read_offsets(json, offsets);
        } else {
            one = 0;
            json_text_skip(json, NULL);
        }
        if (seen & one)
            json_text_fail(json, "a key is given twice");
        seen |= one;
    }
    if (!json->problem && seen != (DTYPE | SHAPE | OFFSETS))
        json_text_fail(json, "dtype, shape or data_offsets are missing");
    if (json->problem)
        return entry_error(file, entry->name, json->problem, error);
    return place_entry(file, entry, offsets, error);
}

static void
read_metadata(WeightsFile *file, JsonText *json)
{
    json_text_enter(json, '{');
    while (!json->problem && json_text_more(json, '}')) {
        g_autofree char *key = json_text_key(json);
        g_autofree char *value = key ? json_text_string(json) : NULL;

        if (!value)
            return;
        if (g_hash_table_contains(file->metadata, key))
            json_text_fail(json, "a key of __metadata__ is given twice");
        else
            g_hash_table_insert(file->metadata, g_steal_pointer(&key), g_steal_pointer(&value));
    }
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    const WeightsEntry *const *first = a, *const *second = b;

    return strcmp((*first)->name, (*second)->name);
}

void
weights_sort(WeightsFile *file)
{
    g_ptr_array_sort(file->entries, compare_names);
}

void
weights_add(WeightsFile *file, WeightsEntry *entry)
{
    g_ptr_array_add(file->entries, entry);
    g_hash_table_insert(file->by_name, (char *)entry->name, entry);
}

WeightsFile *
weights_new(const char *path)
{
    WeightsFile *file = g_new0(WeightsFile, 1);

    file->path = g_strdup(path);
    file->entries = g_ptr_array_new_with_free_func(entry_free);
    file->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    file->metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return file;
}

static bool
read_header(WeightsFile *file, JsonText *json, GError **error)
{
    json_text_enter(json, '{');
    while (!json->problem && json_text_more(json, '}')) {
        g_autofree char *name = json_text_key(json);
        WeightsEntry *entry;

        if (!name)
            break;
        if (strcmp(name, "__metadata__") == 0) {
            read_metadata(file, json);
            continue;
        }
        if (g_hash_table_contains(file->by_name, name))
            return entry_error(file, name, _("it is listed twice"), error);
        entry = g_new0(WeightsEntry, 1);
        entry->name = g_steal_pointer(&name);
        entry->path = file->path;
        weights_add(file, entry);
        if (!read_entry(file, json, entry, error))
            return false;
    }
    if (!json_text_at_end(json)) {
        json_text_set_error(json, file->path, error);
        return false;
    }
    weights_sort(file);
    return true;
}

WeightsFile *
weights_open_bytes(GBytes *bytes, const char *name, GError **error)
{
    g_return_val_if_fail(bytes && name, NULL);
    g_autoptr(WeightsFile) file = weights_new(name);
    size_t size;
    const uint8_t *start;
    uint64_t header_size;
    JsonText json;

    start = g_bytes_get_data(bytes, &size);
    file->bytes = g_bytes_ref(bytes);
    if (size >= 4 && memcmp(start, "PK\x03\x04", 4) == 0) {
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
            _("%s is a file of PyTorch's (.ckpt, .bin, .pt), which can run any program when "
              "it is opened, so it is not. Choose the same model as .safetensors"),
            name);
        return NULL;
    }
    header_size = G_MAXUINT64;
    if (size >= sizeof header_size)
        memcpy(&header_size, start, sizeof header_size);
    if (size < 10 || header_size > size - 8 || header_size > WEIGHTS_MAX_HEADER) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%s is not a whole safetensors file: %zu bytes with a header said to be %zu. "
                      "Copy or download it again, or choose a .safetensors file"),
                    name, size, (size_t)(size >= 8 ? header_size : 0));
        return NULL;
    }
    file->data = start + 8 + header_size;
    file->data_size = size - 8 - header_size;
    json_text_init(&json, (const char *)start + 8, header_size);
    if (!read_header(file, &json, error))
        return NULL;
    return g_steal_pointer(&file);
}

/* Maps a regular file; never blocks on a pipe or a device. */
static GBytes *
map_file(const char *path, GError **error)
{
    g_autoptr(GMappedFile) mapped = NULL;
    g_autoptr(GError) reason = NULL;
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        int number = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number),
                    _("%s cannot be opened: %s"), path, g_strerror(number));
        return NULL;
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%s is not a regular file. Choose a .safetensors file"), path);
        return NULL;
    }
    mapped = g_mapped_file_new_from_fd(fd, FALSE, &reason);
    close(fd);
    if (!mapped) {
        g_set_error(error, reason->domain, reason->code, _("%s cannot be mapped: %s"), path,
                    reason->message);
        return NULL;
    }
    return g_mapped_file_get_bytes(mapped);
}

WeightsFile *
weights_open(const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;

    g_return_val_if_fail(path, NULL);
    if (g_str_has_suffix(path, ".json"))
        return weights_open_shards(path, error);
    bytes = map_file(path, error);
    return bytes ? weights_open_bytes(bytes, path, error) : NULL;
}

const char *
weights_path(const WeightsFile *file)
{
    return file->path;
}

int
weights_n_entries(const WeightsFile *file)
{
    return file->entries->len;
}

const WeightsEntry *
weights_entry(const WeightsFile *file, int i)
{
    g_return_val_if_fail(i >= 0 && (guint)i < file->entries->len, NULL);
    return g_ptr_array_index(file->entries, i);
}

const WeightsEntry *
weights_find(const WeightsFile *file, const char *name)
{
    return g_hash_table_lookup(file->by_name, name);
}

/* "2x77x48", "any" for -1, "a scalar" for none. */
static char *
shape_text(int n_dims, const int64_t *dims)
{
    GString *text = g_string_new(n_dims == 0 ? _("a scalar") : NULL);

    for (int i = 0; i < n_dims; i++) {
        if (i)
            g_string_append_c(text, 'x');
        if (dims[i] < 0)
            g_string_append(text, _("any"));
        else
            g_string_append_printf(text, "%" G_GINT64_FORMAT, (gint64)dims[i]);
    }
    return g_string_free(text, FALSE);
}

const WeightsEntry *
weights_require(const WeightsFile *file, const char *name, int n_dims, const int64_t *dims,
                GError **error)
{
    const WeightsEntry *entry = weights_find(file, name);
    bool fits;

    if (!entry) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%s has no tensor “%s”. The file belongs to another model or is incomplete"),
                    file->path, name);
        return NULL;
    }
    fits = n_dims < 0 || entry->n_dims == n_dims;
    for (int i = 0; fits && i < n_dims; i++)
        fits = dims[i] < 0 || entry->dim[i] == dims[i];
    if (!fits) {
        g_autofree char *has = shape_text(entry->n_dims, entry->dim);
        g_autofree char *wants = shape_text(n_dims, dims);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%s: tensor “%s” has the shape %s where the configuration asks for %s. "
                      "Use the config.json that belongs to this file"),
                    file->path, name, has, wants);
        return NULL;
    }
    return entry;
}

const char *
weights_metadata(const WeightsFile *file, const char *key)
{
    return g_hash_table_lookup(file->metadata, key);
}

GHashTable *
weights_metadata_table(const WeightsFile *file)
{
    return file->metadata;
}

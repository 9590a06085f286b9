// SPDX-License-Identifier: Apache-2.0
//
// Weights, the writing half: collects tensors and writes them as one safetensors file, with
// sorted names and no holes, so that equal tensors give equal bytes; atomically.
#include "compute/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "compute/json_text.h"

typedef struct {
    char *name;
    WeightsDtype dtype;
    int n_dims;
    int64_t dim[WEIGHTS_MAX_DIMS];
    void *data;
    size_t size; /* bytes */
} Piece;

struct WeightsWriter {
    char *path;
    GHashTable *metadata; /* owned strings */
    GPtrArray *pieces;    /* Piece * */
    bool no_memory;       /* for one of them */
};

static void
piece_free(gpointer data)
{
    Piece *piece = data;

    g_free(piece->name);
    g_free(piece->data);
    g_free(piece);
}

WeightsWriter *
weights_writer_new(const char *path, GHashTable *metadata)
{
    WeightsWriter *writer = g_new0(WeightsWriter, 1);

    writer->path = g_strdup(path);
    writer->metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    writer->pieces = g_ptr_array_new_with_free_func(piece_free);
    if (metadata) {
        GHashTableIter iter;
        gpointer key, value;

        g_hash_table_iter_init(&iter, metadata);
        while (g_hash_table_iter_next(&iter, &key, &value))
            g_hash_table_insert(writer->metadata, g_strdup(key), g_strdup(value));
    }
    return writer;
}

void
weights_writer_free(WeightsWriter *writer)
{
    if (!writer)
        return;
    g_ptr_array_unref(writer->pieces);
    g_hash_table_unref(writer->metadata);
    g_free(writer->path);
    g_free(writer);
}

void
weights_writer_add(WeightsWriter *writer, const char *name, WeightsDtype dtype, int n_dims,
                   const int64_t *dims, const float *data)
{
    Piece *piece;
    size_t n = 1;

    g_return_if_fail(dtype == WEIGHTS_F32 || dtype == WEIGHTS_F16 || dtype == WEIGHTS_BF16);
    g_return_if_fail(n_dims >= 0 && n_dims <= WEIGHTS_MAX_DIMS);
    for (int i = 0; i < n_dims; i++) {
        g_return_if_fail(dims[i] >= 0 && g_size_checked_mul(&n, n, dims[i]));
    }
    piece = g_new0(Piece, 1);
    piece->name = g_strdup(name);
    piece->dtype = dtype;
    piece->n_dims = n_dims;
    for (int i = 0; i < n_dims; i++)
        piece->dim[i] = dims[i];
    piece->size = n * weights_dtype_size(dtype);
    piece->data = g_try_malloc(MAX(piece->size, 1));
    g_ptr_array_add(writer->pieces, piece);
    if (!piece->data) {
        writer->no_memory = true;
        return;
    }
    if (n == 0)
        return;
    if (dtype == WEIGHTS_F32) {
        memcpy(piece->data, data, piece->size);
    } else if (dtype == WEIGHTS_F16) {
        weights_f16_from_f32_n(data, piece->data, n);
    } else {
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)piece->data)[i] = weights_bf16_from_f32(data[i]);
    }
}

static int
compare_pieces(gconstpointer a, gconstpointer b)
{
    const Piece *const *first = a, *const *second = b;

    return strcmp((*first)->name, (*second)->name);
}

static void
append_metadata(const WeightsWriter *writer, GString *header)
{
    g_autoptr(GList) keys = g_hash_table_get_keys(writer->metadata);

    if (!keys)
        return;
    keys = g_list_sort(keys, (GCompareFunc)strcmp);
    g_string_append(header, "\"__metadata__\":{");
    for (GList *key = keys; key; key = key->next) {
        json_text_append_quoted(header, key->data);
        g_string_append_c(header, ':');
        json_text_append_quoted(header, g_hash_table_lookup(writer->metadata, key->data));
        g_string_append(header, key->next ? "," : "}");
    }
}

static GString *
make_header(const WeightsWriter *writer)
{
    GString *header = g_string_new("{");
    uint64_t offset = 0;

    append_metadata(writer, header);
    for (guint i = 0; i < writer->pieces->len; i++) {
        const Piece *piece = g_ptr_array_index(writer->pieces, i);

        if (header->len > 1)
            g_string_append_c(header, ',');
        json_text_append_quoted(header, piece->name);
        g_string_append_printf(header, ":{\"dtype\":\"%s\",\"shape\":[",
                               weights_dtype_name(piece->dtype));
        for (int d = 0; d < piece->n_dims; d++)
            g_string_append_printf(header, "%s%" G_GINT64_FORMAT, d ? "," : "",
                                   (gint64)piece->dim[d]);
        g_string_append_printf(header,
                               "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
                               (guint64)offset, (guint64)(offset + piece->size));
        offset += piece->size;
    }
    g_string_append_c(header, '}');
    while (header->len % 8)
        g_string_append_c(header, ' ');
    return header;
}

void
weights_writer_set_metadata(WeightsWriter *writer, const char *key, const char *value)
{
    g_hash_table_insert(writer->metadata, g_strdup(key), g_strdup(value));
}

uint64_t
weights_writer_data_offset(WeightsWriter *writer)
{
    g_ptr_array_sort(writer->pieces, compare_pieces);
    g_autoptr(GString) header = make_header(writer);
    return sizeof(uint64_t) + header->len;
}

/* Takes what lies between first and end of `size` bytes that begin at *at of the file. */
static void
update_checksum(GChecksum *sum, const void *data, uint64_t size, uint64_t *at, uint64_t first,
                uint64_t end)
{
    uint64_t from = MAX(*at, first), to = MIN(*at + size, end);

    for (; from < to; from += MIN(to - from, 1u << 30))
        g_checksum_update(sum, (const guchar *)data + (from - *at),
                          (gssize)MIN(to - from, 1u << 30));
    *at += size;
}

char *
weights_writer_checksum(WeightsWriter *writer, uint64_t first, uint64_t n)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    uint64_t end = n > UINT64_MAX - first ? UINT64_MAX : first + n, at = 0, size;

    g_ptr_array_sort(writer->pieces, compare_pieces);
    g_autoptr(GString) header = make_header(writer);
    size = header->len;
    update_checksum(sum, &size, sizeof size, &at, first, end);
    update_checksum(sum, header->str, header->len, &at, first, end);
    for (guint i = 0; i < writer->pieces->len; i++) {
        const Piece *piece = writer->pieces->pdata[i];
        update_checksum(sum, piece->data, piece->size, &at, first, end);
    }
    return g_strdup(g_checksum_get_string(sum));
}

static bool
write_fully(int fd, const void *data, size_t size)
{
    const char *next = data;

    while (size > 0) {
        ssize_t n = write(fd, next, MIN(size, (size_t)1 << 30));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        next += n;
        size -= n;
    }
    return true;
}

static bool
write_all(const WeightsWriter *writer, int fd)
{
    g_autoptr(GString) header = make_header(writer);
    uint64_t size = header->len;

    if (!write_fully(fd, &size, sizeof size) || !write_fully(fd, header->str, header->len))
        return false;
    for (guint i = 0; i < writer->pieces->len; i++) {
        const Piece *piece = g_ptr_array_index(writer->pieces, i);
        if (!write_fully(fd, piece->data, piece->size))
            return false;
    }
    return fsync(fd) == 0;
}

static bool
check_names(const WeightsWriter *writer, GError **error)
{
    for (guint i = 0; i < writer->pieces->len; i++) {
        const Piece *piece = g_ptr_array_index(writer->pieces, i);
        const Piece *last = i ? g_ptr_array_index(writer->pieces, i - 1) : NULL;

        if (strcmp(piece->name, "__metadata__") == 0 ||
            (last && strcmp(last->name, piece->name) == 0)) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        _("%s: two tensors cannot both be named “%s”. Rename one"), writer->path,
                        piece->name);
            return false;
        }
    }
    return true;
}

bool
weights_writer_finish(WeightsWriter *writer, GError **error)
{
    g_autofree char *temporary = g_strconcat(writer->path, ".XXXXXX", NULL);
    bool done;
    int fd, number;

    g_ptr_array_sort(writer->pieces, compare_pieces);
    if (writer->no_memory) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                    _("%s cannot be written: there is no memory for it. Close other programs"),
                    writer->path);
        return false;
    }
    if (!check_names(writer, error))
        return false;
    fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0666);
    done = fd >= 0 && write_all(writer, fd);
    number = errno;
    if (fd >= 0 && close(fd) != 0 && done) {
        done = false;
        number = errno;
    }
    if (done && g_rename(temporary, writer->path) != 0) {
        done = false;
        number = errno;
    }
    if (!done) {
        if (fd >= 0)
            g_unlink(temporary);
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number),
                    _("%s cannot be written: %s. Choose a folder that can be written and has "
                      "space left"),
                    writer->path, g_strerror(number));
    }
    return done;
}

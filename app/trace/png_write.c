/* SPDX-License-Identifier: Apache-2.0 */
/* PNG out: libpng writes the chunks, deflate.h packs the pixels. No row filters: bits as pixels
 * repeat, they have no slopes. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/atomic.h"
#include "app/trace/deflate.h"
#include "app/trace/image.h"
#include "app/trace/png_leave.h"

enum {
    MAX_SIDE = 16384,
    COMPRESS_TEXT_FROM = 512, /* bytes */
    COMPRESSION_LEVEL = 1,
};

/* libpng leaves by longjmp to env; all that must survive it is in here. */
typedef struct {
    PngLeave leave;
    png_structp png;
    png_infop info;
} Transfer;

/* Short ASCII as tEXt, long as zTXt, other UTF-8 as iTXt. Sorted, so the same table gives the
 * same bytes. */
static png_textp
make_text(GHashTable *table, int *n)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);
    png_textp text = g_new0(png_text, g_hash_table_size(table) + 1);

    *n = 0;
    for (GList *at = keys; at; at = at->next) {
        char *value = g_hash_table_lookup(table, at->data);
        size_t size = strlen(value);
        png_textp chunk = &text[(*n)++];

        chunk->key = at->data;
        chunk->text = value;
        if (g_str_is_ascii(value)) {
            chunk->text_length = size;
            chunk->compression =
                size < COMPRESS_TEXT_FROM ? PNG_TEXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_zTXt;
        } else {
            chunk->itxt_length = size;
            chunk->compression =
                size < COMPRESS_TEXT_FROM ? PNG_ITXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_zTXt;
        }
    }
    return text;
}

static bool
write_chunks(Transfer *transfer, FILE *stream, const Image *image, const GByteArray *packed,
             png_textp text, int n_text)
{
    if (setjmp(transfer->leave.env))
        return false;
    png_init_io(transfer->png, stream);
    png_set_user_limits(transfer->png, MAX_SIDE, MAX_SIDE);
    png_set_text_compression_level(transfer->png, COMPRESSION_LEVEL);
    png_set_IHDR(transfer->png, transfer->info, (png_uint_32)image->width,
                 (png_uint_32)image->height, 8,
                 image->n_channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (n_text)
        png_set_text(transfer->png, transfer->info, text, n_text);
    png_write_info(transfer->png, transfer->info);
    png_write_chunk(transfer->png, (png_const_bytep) "IDAT", packed->data, packed->len);
    png_write_chunk(transfer->png, (png_const_bytep) "IEND", NULL, 0);
    return true;
}

static bool
write_png(Transfer *transfer, FILE *stream, const Image *image, png_textp text, int n_text)
{
    GByteArray *packed = deflate_rows(image->pixels, (size_t)image->width * image->n_channels,
                                      image->height, image->n_channels);
    bool written;

    transfer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &transfer->leave,
                                            png_leave_on_error, png_leave_on_warning);
    transfer->info = png_create_info_struct(transfer->png);
    written = write_chunks(transfer, stream, image, packed, text, n_text);
    png_destroy_write_struct(&transfer->png, &transfer->info);
    g_byte_array_unref(packed);
    return written;
}

bool
image_write_png(const Image *image, const char *path, GHashTable *text, GError **error)
{
    g_autoptr(AtomicFile) file = NULL;
    g_autofree png_text *chunks = NULL;
    Transfer transfer = {.png = NULL};
    int n_chunks = 0;

    g_return_val_if_fail(image && (image->n_channels == 1 || image->n_channels == 3), false);
    file = atomic_file_new(path, error);
    if (!file)
        return false;
    if (text)
        chunks = make_text(text, &n_chunks);
    if (!write_png(&transfer, atomic_file_stream(file), image, chunks, n_chunks) &&
        !ferror(atomic_file_stream(file))) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("Cannot write “%s” as PNG (%s): choose a picture of 1 to %d pixels each way."), path,
            transfer.leave.message, MAX_SIDE);
        return false;
    }
    return atomic_file_commit(file, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* PNG in through libpng, with every size bounded before memory is asked for. */
#include "app/trace/image.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "app/trace/png_leave.h"

enum {
    MAX_SIDE = 16384,
    MAX_PIXELS = 1 << 26,
    MAX_TEXT = 8 << 20,            /* bytes of one text chunk, unpacked */
    MAX_ALLOCATION = 2 * MAX_TEXT, /* bytes that libpng may ask for at once */
    MAX_TEXT_CHUNKS = 256,
};

/* libpng leaves by longjmp to env; all that must survive it is in here. */
typedef struct {
    PngLeave leave;
    png_structp png;
    png_infop info;
    png_bytep *rows;
    uint8_t *pixels; /* (height, width, channels) */
    png_uint_32 width, height;
    int channels;
    bool on_black; /* what is transparent: black shows through */
} Transfer;

/* libpng only warns of a chunk that is too large, and then asks for as much memory as it claims. */
static png_voidp
bounded_malloc(png_structp png, png_alloc_size_t size)
{
    return size <= MAX_ALLOCATION ? malloc(size) : NULL;
}

static void
bounded_free(png_structp png, png_voidp memory)
{
    free(memory);
}

/* Any kind of PNG to 8 bits of RGB. */
static void
ask_for_rgb(Transfer *transfer)
{
    int type = png_get_color_type(transfer->png, transfer->info);

    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(transfer->png);
    if (!(type & PNG_COLOR_MASK_COLOR)) {
        png_set_expand_gray_1_2_4_to_8(transfer->png);
        png_set_gray_to_rgb(transfer->png);
    }
    png_set_strip_16(transfer->png);
    if (transfer->on_black) {
        png_set_tRNS_to_alpha(transfer->png);
        png_set_background_fixed(transfer->png, &(png_color_16){0}, PNG_BACKGROUND_GAMMA_SCREEN, 0,
                                 0);
    } else {
        png_set_strip_alpha(transfer->png);
    }
    png_set_interlace_handling(transfer->png);
    png_read_update_info(transfer->png, transfer->info);
}

static bool
read_pixels(Transfer *transfer, FILE *stream)
{
    size_t stride;

    if (setjmp(transfer->leave.env))
        return false;
    png_init_io(transfer->png, stream);
    png_set_user_limits(transfer->png, MAX_SIDE, MAX_SIDE);
    png_set_chunk_cache_max(transfer->png, MAX_TEXT_CHUNKS);
    png_set_chunk_malloc_max(transfer->png, MAX_TEXT);
    png_read_info(transfer->png, transfer->info);
    transfer->width = png_get_image_width(transfer->png, transfer->info);
    transfer->height = png_get_image_height(transfer->png, transfer->info);
    if ((size_t)transfer->width * transfer->height > MAX_PIXELS)
        png_error(transfer->png, "more than 64 million pixels");
    ask_for_rgb(transfer);
    transfer->channels = png_get_channels(transfer->png, transfer->info);
    stride = png_get_rowbytes(transfer->png, transfer->info);
    if (transfer->channels != 3 || stride != (size_t)transfer->width * 3)
        png_error(transfer->png, "a kind of pixel that is not known");
    transfer->pixels = g_try_malloc_n(transfer->height, stride);
    transfer->rows = g_try_malloc_n(transfer->height, sizeof *transfer->rows);
    if (!transfer->pixels || !transfer->rows)
        png_error(transfer->png, "no memory for its pixels");
    for (png_uint_32 row = 0; row < transfer->height; row++)
        transfer->rows[row] = transfer->pixels + row * stride;
    png_read_image(transfer->png, transfer->rows);
    png_read_end(transfer->png, transfer->info);
    return true;
}

/* Text of any encoding as valid UTF-8; tEXt and zTXt are Latin-1. */
static GHashTable *
take_text(const Transfer *transfer)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    png_textp text = NULL;
    int n = 0;

    png_get_text(transfer->png, transfer->info, &text, &n);
    for (int i = 0; i < n; i++) {
        bool latin = text[i].compression < PNG_ITXT_COMPRESSION_NONE;
        size_t size = latin ? text[i].text_length : text[i].itxt_length;
        char *value = latin ? g_convert(text[i].text, size, "UTF-8", "ISO-8859-1", NULL, NULL, NULL)
                            : g_utf8_make_valid(text[i].text, size);

        if (value)
            g_hash_table_insert(table, g_utf8_make_valid(text[i].key, -1), value);
    }
    return table;
}

/* OpenCV's RGB2GRAY: 15-bit weights, rounded. */
static void
to_grey(Image *grey, const uint8_t *rgb)
{
    size_t n = (size_t)grey->width * grey->height;

    for (size_t i = 0; i < n; i++, rgb += 3)
        grey->pixels[i] =
            (uint8_t)((rgb[0] * 9798u + rgb[1] * 19235u + rgb[2] * 3735u + (1u << 14)) >> 15);
}

static Image *
take_image(Transfer *transfer, int n_channels)
{
    Image *image;

    if (n_channels == 1) {
        image = image_new((int)transfer->width, (int)transfer->height, 1);
        to_grey(image, transfer->pixels);
        return image;
    }
    image = g_new0(Image, 1);
    *image =
        (Image){(int)transfer->width, (int)transfer->height, 3, g_steal_pointer(&transfer->pixels)};
    return image;
}

static FILE *
open_png(const char *path, GError **error)
{
    FILE *stream = g_file_test(path, G_FILE_TEST_IS_DIR) ? NULL : fopen(path, "rbe");
    int code = g_file_test(path, G_FILE_TEST_IS_DIR) ? EISDIR : errno;

    if (!stream)
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; give the name of a PNG picture."), path,
                    g_strerror(code));
    return stream;
}

static Image *
read_png(const char *path, int n_channels, bool on_black, GHashTable **text, GError **error)
{
    Transfer transfer = {.on_black = on_black};
    Image *image = NULL;
    FILE *stream;

    g_return_val_if_fail(path && (n_channels == 1 || n_channels == 3), NULL);
    if (text)
        *text = NULL;
    stream = open_png(path, error);
    if (!stream)
        return NULL;
    transfer.png =
        png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &transfer.leave, png_leave_on_error,
                                 png_leave_on_warning, NULL, bounded_malloc, bounded_free);
    transfer.info = png_create_info_struct(transfer.png);
    if (read_pixels(&transfer, stream)) {
        image = take_image(&transfer, n_channels);
        if (text)
            *text = take_text(&transfer);
    } else {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is no PNG that can be read (%s): give a whole PNG picture of at most "
                      "%d × %d pixels."),
                    path, transfer.leave.message, MAX_SIDE, MAX_SIDE);
    }
    png_destroy_read_struct(&transfer.png, &transfer.info, NULL);
    g_free(transfer.rows);
    g_free(transfer.pixels);
    fclose(stream);
    return image;
}

Image *
image_read_png(const char *path, int n_channels, GHashTable **text, GError **error)
{
    return read_png(path, n_channels, false, text, error);
}

Image *
image_read_png_on_black(const char *path, GHashTable **text, GError **error)
{
    return read_png(path, 1, true, text, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Palettes, drawing trits as pixels, and the way back: colour correction. */
#include "app/trace/image.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/trace/excerpt.h"

enum { N_PALETTES = 3, N_FILE_PALETTES = 2 };

static const struct {
    const char *name;
    uint8_t colours[3][3]; /* of -1, 0, 1 */
} palettes[N_PALETTES] = {
    [PALETTE_TORCHLIGHT] = {"torchlight", {{0, 0, 255}, {255, 0, 0}, {0, 255, 0}}},
    [PALETTE_NETDIFFUSION] = {"netdiffusion", {{0, 0, 255}, {0, 255, 0}, {255, 0, 0}}},
    [PALETTE_COLOUR_BLIND] = {"colour-blind", {{28, 28, 32}, {0, 103, 186}, {255, 194, 74}}},
};

bool
palette_by_name(const char *name, Palette *palette, GError **error)
{
    for (int i = 0; i < N_FILE_PALETTES; i++) {
        if (g_strcmp0(name, palettes[i].name) == 0) {
            *palette = (Palette)i;
            return true;
        }
    }
    g_autofree char *shown = excerpt(name ? name : "");
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("Unknown palette “%s”: choose torchlight or netdiffusion."), shown);
    return false;
}

const char *
palette_name(Palette palette)
{
    g_return_val_if_fail((unsigned)palette < N_PALETTES, NULL);
    return palettes[palette].name;
}

const uint8_t *
palette_colour(Palette palette, int trit)
{
    g_return_val_if_fail((unsigned)palette < N_PALETTES && trit >= -1 && trit <= 1, NULL);
    return palettes[palette].colours[trit + 1];
}

Image *
image_new(int width, int height, int n_channels)
{
    Image *image;

    g_return_val_if_fail(width > 0 && height > 0 && (n_channels == 1 || n_channels == 3), NULL);
    image = g_new0(Image, 1);
    *image = (Image){width, height, n_channels, NULL};
    image->pixels = g_malloc0_n((size_t)width * height, n_channels);
    return image;
}

void
image_free(Image *image)
{
    if (!image)
        return;
    g_free(image->pixels);
    g_free(image);
}

Image *
trace_draw(const Trace *trace, int first_row, int n_rows, Palette palette)
{
    uint8_t colours[3][4] = {{0}}; /* a byte more, which the next pixel writes over */
    int width = trace->layout->n_columns;
    Image *image;

    g_return_val_if_fail(first_row >= 0 && n_rows > 0, NULL);
    for (int trit = 0; trit < 3; trit++)
        memcpy(colours[trit], palettes[palette].colours[trit], 3);
    image = image_new(width, n_rows, 3);
    for (int y = 0; y < n_rows; y++) {
        bool padding = first_row >= trace->n_rows - y;
        const int8_t *trits = padding ? NULL : trace_row(trace, first_row + y);
        uint8_t *pixel = image->pixels + (size_t)y * width * 3;

        for (int x = 0; x < width - 1; x++, pixel += 3)
            memcpy(pixel, colours[padding ? 0 : trits[x] + 1], 4);
        memcpy(pixel, colours[padding ? 0 : trits[width - 1] + 1], 3);
    }
    return image;
}

/* Squared distance in RGB. */
static inline int
distance(const uint8_t *a, const uint8_t *b)
{
    int red = a[0] - b[0], green = a[1] - b[1], blue = a[2] - b[2];

    return red * red + green * green + blue * blue;
}

/* Nearest of three; of equally near ones absence, then 0. */
static int8_t
nearest_colour(const uint8_t *pixel, const uint8_t colours[3][3], float *confidence)
{
    int absent = distance(pixel, colours[0]);
    int zero = distance(pixel, colours[1]);
    int one = distance(pixel, colours[2]);
    int nearest = MIN(absent, MIN(zero, one));
    int farthest = MAX(absent, MAX(zero, one));
    int second = absent + zero + one - nearest - farthest;

    *confidence = 1 - sqrtf((float)nearest / (float)second);
    return nearest == absent ? -1 : nearest == zero ? 0 : 1;
}

static inline uint32_t
packed(const uint8_t *pixel)
{
    return (uint32_t)pixel[0] | (uint32_t)pixel[1] << 8 | (uint32_t)pixel[2] << 16;
}

Trace *
trace_from_image(const Image *image, const Layout *layout, Palette palette, GError **error)
{
    const uint8_t(*colours)[3] = palettes[palette].colours;
    uint32_t absent = packed(colours[0]), zero = packed(colours[1]), one = packed(colours[2]);
    Trace *trace;
    size_t n;

    g_return_val_if_fail(image && layout, NULL);
    if (image->n_channels != 3 || image->width != layout->n_columns) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("The picture is %d pixels wide in %d channels, but layout %s is %d wide in 3: "
              "give a picture of that layout."),
            image->width, image->n_channels, layout->name, layout->n_columns);
        return NULL;
    }
    trace = trace_new(layout, image->height);
    n = (size_t)image->width * image->height;
    trace->confidence = g_new(float, n);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *pixel = image->pixels + i * 3;
        uint32_t rgb = packed(pixel);
        bool is_zero = rgb == zero, is_one = rgb == one;

        /* Most pixels are exactly one of the colours; which of them, no branch could foretell. */
        trace->trits[i] = (int8_t)(is_zero + 2 * is_one - 1);
        trace->confidence[i] = 1;
        if (G_UNLIKELY(!(is_zero | is_one | (rgb == absent))))
            trace->trits[i] = nearest_colour(pixel, colours, &trace->confidence[i]);
    }
    return trace;
}

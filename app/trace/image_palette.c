/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of either palette as pictures of the paper's. */
#include "app/trace/image.h"

#include <string.h>

#define KEY_PALETTE "torchlight:palette"
#define KEY_LAYOUT "torchlight:layout"

/* Four pixels as a number, green for 1 and red for 0; -1 when one of them is absence. */
static int
nibble_at(const Image *image, int x, int y)
{
    const uint8_t *pixel = image->pixels + ((size_t)y * image->width + x) * 3;
    int value = 0;

    for (int i = 0; i < 4; i++, pixel += 3) {
        if (pixel[2] > pixel[0] && pixel[2] > pixel[1])
            return -1;
        value = value << 1 | (pixel[1] > pixel[0]);
    }
    return value;
}

/* Whether more rows are of an IP version with red for 1 than with green. before: columns in front
 * of the layout's. */
static bool
versions_are_red(const Image *image, const Layout *layout, int before)
{
    const int version_of[2][2] = {{layout->column_of[FIELD_IPV4_VER], 4},
                                  {layout->column_of[FIELD_IPV6_VER], 6}};
    int n_green = 0, n_red = 0;

    for (int y = 0; y < image->height; y++) {
        for (int i = 0; i < 2; i++) {
            int nibble = nibble_at(image, version_of[i][0] + before, y);

            n_green += nibble == version_of[i][1];
            n_red += nibble == (~version_of[i][1] & 15);
        }
    }
    return n_red > n_green;
}

static void
drop_first_column(Image *image)
{
    size_t stride = (size_t)image->width * 3, narrow = stride - 3;

    for (int y = 0; y < image->height; y++)
        memmove(image->pixels + y * narrow, image->pixels + y * stride + 3, narrow);
    image->width--;
}

/* The two palettes have red and green the other way round. */
static void
swap_red_and_green(Image *image)
{
    size_t n = (size_t)image->width * image->height;

    for (size_t i = 0; i < n; i++) {
        uint8_t *pixel = image->pixels + 3 * i, red = pixel[0];

        pixel[0] = pixel[1];
        pixel[1] = red;
    }
}

void
image_use_paper_palette(Image *image, GHashTable *text)
{
    const char *named = text ? g_hash_table_lookup(text, KEY_PALETTE) : NULL;
    bool says_layout = text && g_hash_table_contains(text, KEY_LAYOUT);
    int before = image->width - layout_default()->n_columns;
    Palette palette = PALETTE_TORCHLIGHT;

    if (image->n_channels != 3)
        return;
    if (named) {
        if (palette_by_name(named, &palette, NULL) && palette == PALETTE_NETDIFFUSION)
            swap_red_and_green(image);
        return;
    }
    if (says_layout || (before != 0 && before != 1) ||
        !versions_are_red(image, layout_default(), before))
        return;
    if (before)
        drop_first_column(image);
    swap_red_and_green(image);
}

void
image_recolour(Image *image, Palette palette)
{
    const uint8_t *of[3] = {palette_colour(palette, 0), palette_colour(palette, 1),
                            palette_colour(palette, -1)};
    size_t n = (size_t)image->width * image->height;

    if (image->n_channels != 3 || palette == PALETTE_TORCHLIGHT)
        return;
    for (size_t i = 0; i < n; i++) {
        uint8_t *pixel = image->pixels + 3 * i;
        int share[3] = {pixel[0], pixel[1], pixel[2]};

        for (int channel = 0; channel < 3; channel++) {
            int sum =
                share[0] * of[0][channel] + share[1] * of[1][channel] + share[2] * of[2][channel];
            pixel[channel] = (uint8_t)MIN((sum + 127) / 255, 255);
        }
    }
}

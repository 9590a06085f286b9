/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as a picture: W x H RGB, one packet a row, padded to 1024 rows of -1. PNG in and out. */
#pragma once

#include "app/trace/trace.h"

#define IMAGE_ROWS 1024 /* packets a picture */

typedef struct {
    int width, height;
    int n_channels;  /* 3 RGB, 1 grey */
    uint8_t *pixels; /* (height, width, n_channels), owned */
} Image;

Image *image_new(int width, int height, int n_channels); /* zeroed */
void image_free(Image *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

typedef enum {
    PALETTE_TORCHLIGHT,   /* the paper's: 1 green, 0 red, -1 blue */
    PALETTE_NETDIFFUSION, /* NetDiffusion's: 1 red, 0 green, -1 blue */
    /* For the screen alone, never for files: 1 light orange, 0 blue, -1 near black. Told apart by
     * lightness as much as by hue, so that it holds for every kind of colour vision. */
    PALETTE_COLOUR_BLIND,
} Palette;

/* The palette that a picture on disk has where the screen has this one. */
static inline Palette
palette_for_files(Palette palette)
{
    return palette == PALETTE_COLOUR_BLIND ? PALETTE_TORCHLIGHT : palette;
}

/* Of the palettes that files can have. */
bool palette_by_name(const char *name, Palette *palette, GError **error);
const char *palette_name(Palette palette);
/* RGB of a trit (-1, 0, 1). */
const uint8_t *palette_colour(Palette palette, int trit);

/* PNG of any RGB, RGBA, grey or indexed kind as 3-channel (or 1-channel if grey wanted) pixels.
 * text (may be NULL) receives a new table of the PNG's text chunks. Sizes are bounded:
 * at most 16384 each way. */
Image *image_read_png(const char *path, int n_channels, GHashTable **text, GError **error);
/* The grey of a PNG of any kind, laid on black where it is transparent. */
Image *image_read_png_on_black(const char *path, GHashTable **text, GError **error);
/* Atomic; text may be NULL. */
bool image_write_png(const Image *image, const char *path, GHashTable *text, GError **error);

/* Draws rows first .. first+rows-1, padding with -1 when the trace is shorter. */
Image *trace_draw(const Trace *trace, int first_row, int n_rows, Palette palette);

/* Shows a picture that is in the paper's palette, or on its way there, in another: each pixel is
 * mixed of the palette's colours as it was of red, green and blue. RGB. */
void image_recolour(Image *image, Palette palette);

/* Colour correction: each pixel to its nearest palette colour, with confidence
 * 1 - nearest/second-nearest distance. The image must be layout->n_columns wide. */
Trace *trace_from_image(const Image *image, const Layout *layout, Palette palette, GError **error);

/* Makes a picture in NetDiffusion's palette one in the paper's; any other stays as it is. Which it
 * is the text chunks say (image_read_png; may be NULL). One that says neither palette nor layout
 * and is as wide as the default layout, or a column wider, is somebody else's: there the versions
 * of the IP headers tell, 4 or 6 under one palette alone; NetDiffusion's index column then goes. */
void image_use_paper_palette(Image *image, GHashTable *text);

/* One picture of up to IMAGE_ROWS packets; text chunks carry layout, palette, rows, side columns
 * and provenance. */
bool trace_write_png(const Trace *trace, const char *path, Palette palette, GError **error);
/* The layout is the one the PNG names; layout_name (may be NULL) is used when it names none, and
 * is an error when it contradicts; when neither names one it is the default.
 * palette NULL: the one the PNG names, else the paper's. Rows are as many as the PNG says, else
 * all but the padding at the end. With PALETTE_NETDIFFUSION a picture one column too wide loses
 * its first, NetDiffusion's index. */
Trace *trace_read_png(const char *path, const char *layout_name, const Palette *palette,
                      GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels ready to be shown: of a part of a trace, or of a picture in the making. They are made off
 * the main thread, never change, and are shared by reference, from any thread. */
#pragma once

#include <cairo.h>

#include "app/trace/image.h"
#include "app/trace/packet_info.h"

enum { PIXELS_MAX_LEVELS = 8 };

/* A picture, and the same at half, a quarter, ... of its size, for zooming out. */
typedef struct {
    int width, height;
    int n_levels;
    cairo_surface_t *levels[PIXELS_MAX_LEVELS]; /* (height >> i, width >> i) RGB24 */
} Pixels;

Pixels *pixels_new(const Image *image);
Pixels *pixels_ref(Pixels *pixels);
void pixels_unref(Pixels *pixels); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pixels, pixels_unref)
/* The level to draw from at a zoom, and its scale against the picture (1, 1/2, 1/4, ...). */
cairo_surface_t *pixels_level(const Pixels *pixels, double zoom, double *scale);

/* A part of a trace that is one picture: at most IMAGE_ROWS packets. */
typedef struct {
    Trace *trace;    /* the shown rows, owned */
    int first_row;   /* of them in the whole trace */
    Palette palette; /* of the pixels */
    Pixels *pixels;
    PacketInfoTable *packets; /* of trace, owned */
} TracePicture;

/* Rows first_row .. of a trace, as many as there are and a picture holds. */
TracePicture *trace_picture_new(const Trace *trace, int first_row, Palette palette);
TracePicture *trace_picture_ref(TracePicture *picture);
void trace_picture_unref(TracePicture *picture); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TracePicture, trace_picture_unref)

/* "Packet 12 · IPv4 TTL = 64 (0x40) · bit 3 of 8 is 1"; row and column of the picture. NULL
 * outside. The caller frees. */
char *trace_picture_describe(const TracePicture *picture, int row, int column);
/* The same without the bit. The caller frees. */
char *trace_picture_describe_field(const TracePicture *picture, int row, int column);
/* "Packet 12 · 1.204511 s · TLS · 51034 → 443 [ACK] …"; NULL outside. The caller frees. */
char *trace_picture_describe_packet(const TracePicture *picture, int row);
/* "IPv4 TTL: Time to live: …"; NULL outside. The caller frees. */
char *trace_picture_describe_column(const TracePicture *picture, int column);
/* What the field of a column means, one sentence; NULL outside. */
const char *trace_picture_meaning(const TracePicture *picture, int column);

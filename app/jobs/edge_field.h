/* SPDX-License-Identifier: Apache-2.0 */
/* The edges of a picture under thresholds that a hand moves: what does not hang on them is computed
 * once. The same bytes as image_edges (picture.h) on any device. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "app/trace/image.h"

/* Thresholds above find nothing in the picture of a trace: its greys, 29, 76 and 150, differ by 121
 * at most, and Sobel's L1 norm takes in six times that. */
#define EDGE_MAX_THRESHOLD 726.0
#define EDGE_LOW 100.0 /* NetDiffusion's */
#define EDGE_HIGH 200.0

typedef struct EdgeField EdgeField;

/* Of the grey of a picture of 1 or 3 channels. l2: the gradient's L2 norm instead of L1. It never
 * changes: any thread. */
EdgeField *edge_field_new(const Image *image, bool l2, GError **error);
EdgeField *edge_field_ref(EdgeField *field);
void edge_field_unref(EdgeField *field); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EdgeField, edge_field_unref)
int edge_field_width(const EdgeField *field);
int edge_field_height(const EdgeField *field);
bool edge_field_is_l2(const EdgeField *field);
/* 255 on an edge, else 0, one channel. low and high are exchanged when low > high; error: one is no
 * number. */
Image *edge_field_threshold(const EdgeField *field, double low, double high, GError **error);

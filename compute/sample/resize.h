/* SPDX-License-Identifier: Apache-2.0 */
/* Planes of floats in another size: latents, pictures, control maps. Cells are centred on halves
 * (align_corners false). */
#pragma once

typedef enum {
    RESIZE_NEAREST,  /* torch's "nearest": cell floor(i * in / out) */
    RESIZE_BILINEAR, /* torch's, without antialiasing */
    RESIZE_BICUBIC,  /* torch's, a = -0.75, without antialiasing */
    RESIZE_LANCZOS,  /* Pillow's, 3 lobes, wider where it shrinks */
    RESIZE_AREA      /* the mean of what a cell covers; made for shrinking */
} ResizeKind;

/* from (n, h, w) -> to (n, to_h, to_w) */
void resize_planes(ResizeKind kind, const float *from, int n, int h, int w, float *to, int to_h,
                   int to_w);

/* SPDX-License-Identifier: Apache-2.0 */
/* A control map as one file: a grey PNG of its pixels, for whatever reads pictures; what is beneath
 * and the marks are in its text chunks, so that it can be worked on again.
 *   torchlight:kind              control-map
 *   torchlight:control:canny     "LOW HIGH L1" or "... L2": what is beneath are these edges
 *   torchlight:control:marks     runs of marks (a byte of a mark, a byte how often less one),
 * base64 torchlight:control:beneath   the same of what is beneath, when it is no edges and marks
 * cover it torchlight:provenance:source whose edges they are */
#pragma once

#include "app/dataset/control_map.h"

typedef struct {
    bool canny; /* what is beneath are edges, found with: */
    double low, high;
    bool l2;
} ControlSource;

/* Atomic. name: of the picture that the edges are of, for people; may be NULL. */
bool control_map_write(const ControlMap *map, const ControlSource *source, const char *name,
                       const char *path, GError **error);
/* Of any PNG: without chunks of the kind its pixels are what is beneath. What lies under marks on
 * edges is not in the file: it is there once control_map_set_base is given the edges. At most 16
 * million pixels. */
ControlMap *control_map_read(const char *path, ControlSource *source, GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the control map. */
#pragma once

#include "app/dataset/control_map.h"

/* Marks in a rectangle were written: makes its pixels anew. Clipped to the map. */
void control_map_touch(ControlMap *map, ControlRect rect);
/* From map->before to map->marks, no larger than what differs within rect; NULL: nothing does. */
ControlDelta *control_delta_new(const ControlMap *map, ControlRect rect);

/* Marks as runs: pairs of a mark and how often it comes, 1 to 256, less one. Into at most room
 * bytes; 0 when there is not enough. Any n marks fit into 2 n bytes. */
size_t control_pack_runs(const uint8_t *marks, size_t n, uint8_t *to, size_t room);
/* False when the bytes are no runs of exactly n marks. */
bool control_unpack_runs(const uint8_t *bytes, size_t size, uint8_t *marks, size_t n);

/* SPDX-License-Identifier: Apache-2.0 */
/* The zooms of everything that shows pictures of traces, in screen pixels a picture pixel. */
#pragma once

#include <stdbool.h>

#define ZOOM_MIN 0.05
#define ZOOM_MAX 40.0

/* The next step up or down; from 1 on whole numbers, so that every bit is as wide as the next. */
double zoom_step(double zoom, bool up);

/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of one capture and how they are called: by capture STEM where it is alone, else
 * STEM_00001 and so on; of flows STEM_f00012_00001, by their numbers. Private to app/jobs. */
#pragma once

#include "app/jobs/job.h"
#include "app/trace/flow_windows.h"

/* The rows of a picture, what they are of, and its name. */
typedef bool (*CapturePictureFunc)(Trace *trace, const FlowWindow *window, const char *stem,
                                   void *data, GError **error);

/* Calls func for each picture, at most max (0: all) of them; the job may be cancelled between two.
 * False when it was, when the capture cannot be read, or when func says so. */
bool capture_pictures(TorchlightJob *job, FlowWindows *windows, const char *stem, int max,
                      CapturePictureFunc func, void *data, GError **error);

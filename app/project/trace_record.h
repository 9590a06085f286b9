/* SPDX-License-Identifier: Apache-2.0 */
/* What the record of a trace (item.h) says of its rows: how many packets, bytes on the wire,
 * nanoseconds from first to last, which protocols, and the file name of the capture. */
#pragma once

#include <json-glib/json-glib.h>

#include "app/trace/trace.h"

void trace_record_describe(JsonObject *record, const Trace *trace);
/* The record of a picture that stands in the folder of a project, file relative to it; with the
 * caption that is beside it. A picture that cannot be read gets one too. */
JsonObject *trace_record_of_file(const char *dir, const char *file);
/* A caption as the file beside a picture has it, one line; "" for none. The caller frees. */
char *trace_record_caption_line(const char *caption);

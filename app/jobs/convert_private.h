/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of convert. */
#pragma once

#include "app/jobs/convert.h"

/* convert_encode of an input that is a picture or table itself (trace_file_is_table). */
bool convert_encode_table(const EncodeParams *params, TraceFormat format, EncodeResult *result,
                          GError **error);

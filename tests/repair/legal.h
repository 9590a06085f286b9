/* SPDX-License-Identifier: Apache-2.0 */
/* An oracle for repaired traces that shares nothing with the rules: it looks at the bytes that the
 * writer makes of each row. */
#pragma once

#include "app/trace/capture.h"

typedef struct {
    PayloadPolicy payload;
    guint64 seed;
    bool is_drawn; /* every TCP flow must open with a handshake and be numbered without a gap */
} LegalOptions;

/* NULL when the trace is legal, else a sentence with the row; the caller frees. */
char *legal_find_fault(const Trace *trace, const LegalOptions *options);

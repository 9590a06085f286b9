/* SPDX-License-Identifier: Apache-2.0 */
/* How libpng's errors come back to us: by longjmp, with its message. Private to app/trace. */
#pragma once

#include <glib.h>
#include <png.h>
#include <setjmp.h>

typedef struct {
    jmp_buf env;
    char message[128];
} PngLeave;

static inline void
png_leave_on_error(png_structp png, png_const_charp message)
{
    PngLeave *leave = png_get_error_ptr(png);

    g_strlcpy(leave->message, message, sizeof leave->message);
    longjmp(leave->env, 1);
}

static inline void
png_leave_on_warning(png_structp png, png_const_charp message)
{
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A text file line by line, with a bound on the length of a line. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

enum { LINE_SLACK = 32 }; /* bytes behind any line that may be looked at, whatever they are */
enum { LINE_MAX_SIZE = 1 << 24 }; /* bytes, newline included */

typedef struct {
    FILE *stream;
    const char *path; /* borrowed */
    char *line;       /* the current line without its newline, NUL-terminated */
    size_t size;      /* of it */
    size_t room;      /* bytes at line, the slack not counted */
    int number;       /* of it, from 1 */
} LineReader;

bool line_reader_open(LineReader *reader, const char *path, GError **error);
void line_reader_close(LineReader *reader);
/* 1 a line, 0 end of file, -1 error. */
int line_reader_next(LineReader *reader, GError **error);

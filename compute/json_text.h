// SPDX-License-Identifier: Apache-2.0
//
// JsonText: a strict, streaming JSON reader for files from outside (safetensors headers,
// vocabularies, config.json). It allocates nothing but the strings it hands out, refuses deep
// nesting, invalid UTF-8 and NUL characters, and shows every member, so that a name given twice
// can be noticed. Beyond RFC 8259 it takes Python's NaN, Infinity and -Infinity as numbers.
//
// The first problem sticks: later calls fail too, so a caller may check once at the end.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define JSON_TEXT_MAX_DEPTH 32

typedef struct {
    const char *text; /* borrowed, not terminated */
    size_t size, at;  /* bytes */
    bool fresh;       /* just behind an opening bracket */
    int depth;
    const char *problem; /* static sentence about the bytes at `at`, or NULL */
} JsonText;

typedef struct {
    const char *text;
    size_t size;
} JsonSlice;

void json_text_init(JsonText *json, const char *text, size_t size);

/* What stands next: '{' '[' '"', '0' for a number, 't' for a boolean, 'n' for null, or 0. */
char json_text_peek(JsonText *json);

/* enter: consumes '{' or '['. more: whether another member or element follows; consumes the comma
 * or, at the end, the closing bracket. while (json_text_more(&json, '}')) { key; value; } */
bool json_text_enter(JsonText *json, char open);
bool json_text_more(JsonText *json, char close);

/* Each consumes one value; false or NULL sets the problem. Strings: transfer full, valid UTF-8. */
char *json_text_key(JsonText *json);
char *json_text_string(JsonText *json);
bool json_text_int64(JsonText *json, int64_t *value); /* "3", not "3.0" */
bool json_text_double(JsonText *json, double *value);
bool json_text_bool(JsonText *json, bool *value);
/* Any value, checked; *slice (may be NULL) gets its bytes. */
bool json_text_skip(JsonText *json, JsonSlice *slice);
/* Whether nothing but white space is left, and no problem has been met. */
bool json_text_at_end(JsonText *json);

/* Sets the problem if there is none yet; `problem` must be static. Always returns false. */
bool json_text_fail(JsonText *json, const char *problem);

/* Reads a whole regular file of at most `max_size` bytes. NULL and an error otherwise. */
char *json_text_load(const char *path, size_t max_size, size_t *size, GError **error);
/* "<path> is not valid JSON: <problem> (byte N). <remedy>" */
void json_text_set_error(const JsonText *json, const char *path, GError **error);

/* Appends `text` quoted and escaped. Non-ASCII characters stay as they are. */
void json_text_append_quoted(GString *out, const char *text);
/* Appends the shortest decimal that reads back as the same number ("1e-05", "0.012", "8"). */
void json_text_append_double(GString *out, double value);

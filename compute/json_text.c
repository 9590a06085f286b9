// SPDX-License-Identifier: Apache-2.0
//
// JsonText: the strict, streaming JSON reader and the two writers of scalars.
#include "compute/json_text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

void
json_text_init(JsonText *json, const char *text, size_t size)
{
    *json = (JsonText){.text = text, .size = size};
}

bool
json_text_fail(JsonText *json, const char *problem)
{
    if (!json->problem)
        json->problem = problem;
    return false;
}

/* The next byte that is no white space, not consumed; 0 at the end or after a problem. */
static char
next_byte(JsonText *json)
{
    if (json->problem)
        return 0;
    while (json->at < json->size && strchr(" \t\r\n", json->text[json->at]) &&
           json->text[json->at] != 0)
        json->at++;
    return json->at < json->size ? json->text[json->at] : 0;
}

static bool
take_byte(JsonText *json, char byte, const char *problem)
{
    if (next_byte(json) != byte)
        return json_text_fail(json, problem);
    json->at++;
    return true;
}

static bool
take_word(JsonText *json, const char *word)
{
    size_t length = strlen(word);

    if (json->problem || json->size - json->at < length ||
        memcmp(json->text + json->at, word, length) != 0)
        return false;
    json->at += length;
    json->fresh = false;
    return true;
}

char
json_text_peek(JsonText *json)
{
    char byte = next_byte(json);

    switch (byte) {
    case '{':
    case '[':
    case '"':
    case 'n':
        return byte;
    case 't':
    case 'f':
        return 't';
    case '-':
    case 'N':
    case 'I':
        return '0';
    default:
        return g_ascii_isdigit(byte) ? '0' : 0;
    }
}

bool
json_text_enter(JsonText *json, char open)
{
    if (!take_byte(json, open, open == '{' ? "an object was expected" : "a list was expected"))
        return false;
    if (++json->depth > JSON_TEXT_MAX_DEPTH)
        return json_text_fail(json, "the values are nested too deeply");
    json->fresh = true;
    return true;
}

bool
json_text_more(JsonText *json, char close)
{
    if (next_byte(json) == close) {
        json->at++;
        json->depth--;
        json->fresh = false;
        return false;
    }
    if (!json->fresh && !take_byte(json, ',', "a comma or a closing bracket is missing"))
        return false;
    json->fresh = false;
    return json->problem == NULL;
}

/* Four hexadecimal digits at the cursor; -1 if they are not. */
static int
take_hex4(JsonText *json)
{
    int code = 0;

    if (json->size - json->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(json->text[json->at + i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    json->at += 4;
    return code;
}

/* Behind "\u": one code point, surrogate pairs joined. */
static bool
take_unicode_escape(JsonText *json, GString *out)
{
    int code = take_hex4(json);

    if (code >= 0xD800 && code < 0xDC00 && take_word(json, "\\u")) {
        int low = take_hex4(json);
        code =
            low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : -1;
    }
    if (code == 0)
        return json_text_fail(json, "a string holds a NUL character");
    if (code < 0 || (code >= 0xD800 && code < 0xE000))
        return json_text_fail(json, "a string holds a broken \\u escape");
    g_string_append_unichar(out, code);
    return true;
}

static bool
take_escape(JsonText *json, GString *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *place;
    char byte;

    if (json->at >= json->size)
        return json_text_fail(json, "a string does not end");
    byte = json->text[json->at++];
    if (byte == 'u')
        return take_unicode_escape(json, out);
    place = byte ? strchr(from, byte) : NULL;
    if (!place)
        return json_text_fail(json, "a string holds an unknown escape");
    g_string_append_c(out, to[place - from]);
    return true;
}

char *
json_text_string(JsonText *json)
{
    g_autoptr(GString) out = NULL;

    if (!take_byte(json, '"', "a string was expected"))
        return NULL;
    out = g_string_new(NULL);
    for (;;) {
        size_t start = json->at;
        unsigned char byte = 0;

        while (json->at < json->size) {
            byte = json->text[json->at];
            if (byte == '"' || byte == '\\' || byte < 0x20)
                break;
            json->at++;
        }
        g_string_append_len(out, json->text + start, json->at - start);
        if (json->at >= json->size || byte < 0x20) {
            json_text_fail(json, json->at >= json->size ? "a string does not end"
                                                        : "a string holds a control character");
            return NULL;
        }
        json->at++;
        if (byte == '"')
            break;
        if (!take_escape(json, out))
            return NULL;
    }
    json->fresh = false;
    if (!g_utf8_validate(out->str, out->len, NULL)) {
        json_text_fail(json, "a string is not valid UTF-8");
        return NULL;
    }
    return g_string_free(g_steal_pointer(&out), false);
}

char *
json_text_key(JsonText *json)
{
    g_autofree char *key = json_text_string(json);

    if (!key || !take_byte(json, ':', "a colon is missing"))
        return NULL;
    return g_steal_pointer(&key);
}

/* The length of the number that `text` starts with, or 0. JSON's grammar: no leading zeros or plus.
 */
static size_t
number_length(const char *text, size_t size, bool *is_integer)
{
    size_t n = 0, digits;

    *is_integer = true;
    if (n < size && text[n] == '-')
        n++;
    for (digits = n; n < size && g_ascii_isdigit(text[n]);)
        n++;
    if (n == digits || (n > digits + 1 && text[digits] == '0'))
        return 0;
    if (n < size && text[n] == '.') {
        *is_integer = false;
        for (digits = ++n; n < size && g_ascii_isdigit(text[n]);)
            n++;
        if (n == digits)
            return 0;
    }
    if (n < size && (text[n] == 'e' || text[n] == 'E')) {
        *is_integer = false;
        n++;
        if (n < size && (text[n] == '+' || text[n] == '-'))
            n++;
        for (digits = n; n < size && g_ascii_isdigit(text[n]);)
            n++;
        if (n == digits)
            return 0;
    }
    return n;
}

bool
json_text_int64(JsonText *json, int64_t *value)
{
    char digits[32];
    bool is_integer;
    size_t length;

    next_byte(json);
    if (json->problem)
        return false;
    length = number_length(json->text + json->at, json->size - json->at, &is_integer);
    if (length == 0 || !is_integer || length >= sizeof digits)
        return json_text_fail(json, "a whole number was expected");
    memcpy(digits, json->text + json->at, length);
    digits[length] = 0;
    errno = 0;
    *value = g_ascii_strtoll(digits, NULL, 10);
    if (errno)
        return json_text_fail(json, "a number is too large");
    json->at += length;
    json->fresh = false;
    return true;
}

bool
json_text_double(JsonText *json, double *value)
{
    char digits[64];
    bool is_integer;
    size_t length;

    next_byte(json);
    if (json->problem)
        return false;
    if (take_word(json, "NaN")) {
        *value = (double)NAN;
        return true;
    }
    if (take_word(json, "Infinity")) {
        *value = (double)INFINITY;
        return true;
    }
    if (take_word(json, "-Infinity")) {
        *value = (double)-INFINITY;
        return true;
    }
    length = number_length(json->text + json->at, json->size - json->at, &is_integer);
    if (length == 0 || length >= sizeof digits)
        return json_text_fail(json, "a number was expected");
    memcpy(digits, json->text + json->at, length);
    digits[length] = 0;
    *value = g_ascii_strtod(digits, NULL);
    json->at += length;
    json->fresh = false;
    return true;
}

bool
json_text_bool(JsonText *json, bool *value)
{
    next_byte(json);
    if (take_word(json, "true"))
        *value = true;
    else if (take_word(json, "false"))
        *value = false;
    else
        return json_text_fail(json, "true or false was expected");
    return true;
}

static bool
skip_value(JsonText *json)
{
    double number;
    bool boolean;
    char kind = json_text_peek(json);

    switch (kind) {
    case '{':
        json_text_enter(json, '{');
        while (!json->problem && json_text_more(json, '}')) {
            g_autofree char *key = json_text_key(json);
            if (!key || !skip_value(json))
                return false;
        }
        return json->problem == NULL;
    case '[':
        json_text_enter(json, '[');
        while (!json->problem && json_text_more(json, ']')) {
            if (!skip_value(json))
                return false;
        }
        return json->problem == NULL;
    case '"': {
        g_autofree char *string = json_text_string(json);
        return string != NULL;
    }
    case '0':
        return json_text_double(json, &number);
    case 't':
        return json_text_bool(json, &boolean);
    case 'n':
        return take_word(json, "null") || json_text_fail(json, "a value was expected");
    default:
        return json_text_fail(json, "a value was expected");
    }
}

bool
json_text_skip(JsonText *json, JsonSlice *slice)
{
    size_t start;

    next_byte(json);
    start = json->at;
    if (!skip_value(json))
        return false;
    if (slice)
        *slice = (JsonSlice){json->text + start, json->at - start};
    return true;
}

bool
json_text_at_end(JsonText *json)
{
    next_byte(json);
    if (json->problem)
        return false;
    return json->at == json->size || json_text_fail(json, "something follows the last bracket");
}

static bool
set_errno_error(const char *path, const char *what, GError **error)
{
    int number = errno;

    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s (%s)", path, what,
                g_strerror(number));
    return false;
}

/* Reads until `size` bytes or the end of the file; false on a read error. */
static bool
read_fully(int fd, char *buffer, size_t size, size_t *n_read)
{
    *n_read = 0;
    while (*n_read < size) {
        ssize_t n = read(fd, buffer + *n_read, size - *n_read);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        *n_read += n;
    }
    return true;
}

char *
json_text_load(const char *path, size_t max_size, size_t *size, GError **error)
{
    g_autofree char *text = NULL;
    struct stat info;
    bool read_ok;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        set_errno_error(path, _("cannot be opened"), error);
        return NULL;
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || (uint64_t)info.st_size > max_size) {
        close(fd);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%s is not a regular file of at most %zu bytes. Choose the file of a "
                      "complete model folder"),
                    path, max_size);
        return NULL;
    }
    text = g_try_malloc((size_t)info.st_size + 1);
    if (!text) {
        close(fd);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                    _("%s cannot be read: there is no memory for it. Close other programs"), path);
        return NULL;
    }
    read_ok = read_fully(fd, text, info.st_size, size);
    if (!read_ok)
        set_errno_error(path, _("cannot be read"), error);
    close(fd);
    if (!read_ok)
        return NULL;
    text[*size] = 0;
    return g_steal_pointer(&text);
}

void
json_text_set_error(const JsonText *json, const char *path, GError **error)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("%s is not valid: %s (byte %zu). The file is damaged or of another kind: copy or "
                  "download it again"),
                path, json->problem ? json->problem : "it cannot be understood", json->at);
}

void
json_text_append_quoted(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_printf(out, "\\%c", *c);
        else if (*c == '\n')
            g_string_append(out, "\\n");
        else if ((unsigned char)*c < 0x20)
            g_string_append_printf(out, "\\u%04x", *c);
        else
            g_string_append_c(out, *c);
    }
    g_string_append_c(out, '"');
}

void
json_text_append_double(GString *out, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    for (int precision = 1; precision <= 17; precision++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", precision);
        g_ascii_formatd(digits, sizeof digits, format, value);
        if (g_ascii_strtod(digits, NULL) == value)
            break;
    }
    g_string_append(out, digits);
}

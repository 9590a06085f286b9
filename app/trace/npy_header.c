/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary at the start of an .npy. */
#include "app/trace/npy_header.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};
enum { PREAMBLE = 10, MAX_HEADER = 1 << 16 }; /* bytes */

void
npy_header_format(char out[NPY_HEADER_SIZE], const char *descr, int n_dimensions,
                  const gint64 *shape)
{
    GString *text = g_string_new(NULL);
    const char size[4] = {1, 0, NPY_HEADER_SIZE - PREAMBLE, 0};

    g_string_append_printf(text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int i = 0; i < n_dimensions; i++)
        g_string_append_printf(text, "%s%" G_GINT64_FORMAT "%s", i ? " " : "", shape[i],
                               i == 0 || i + 1 < n_dimensions ? "," : "");
    g_string_append(text, "), }");
    memcpy(out, magic, sizeof magic);
    memcpy(out + sizeof magic, size, sizeof size);
    memset(out + PREAMBLE, ' ', NPY_HEADER_SIZE - PREAMBLE);
    memcpy(out + PREAMBLE, text->str, MIN(text->len, (gsize)NPY_HEADER_SIZE - PREAMBLE - 1));
    out[NPY_HEADER_SIZE - 1] = '\n';
    g_string_free(text, TRUE);
}

/* The text after 'key': in a dictionary, or NULL. */
static const char *
find_value(const char *header, const char *key)
{
    g_autofree char *single = g_strdup_printf("'%s'", key);
    g_autofree char *twofold = g_strdup_printf("\"%s\"", key);
    const char *at = strstr(header, single);

    if (!at)
        at = strstr(header, twofold);
    if (!at)
        return NULL;
    at += strlen(single);
    while (*at == ' ')
        at++;
    if (*at++ != ':')
        return NULL;
    while (*at == ' ')
        at++;
    return at;
}

/* "(N, W)", "(N,)" or "()". */
static bool
parse_shape(const char *text, NpyHeader *header)
{
    header->n_dimensions = 0;
    if (*text++ != '(')
        return false;
    while (true) {
        char *end;

        text += strspn(text, " ");
        if (*text == ')')
            return true;
        if (!g_ascii_isdigit(*text) || header->n_dimensions == NPY_MAX_DIMENSIONS)
            return false;
        header->shape[header->n_dimensions] = g_ascii_strtoll(text, &end, 10);
        if (header->shape[header->n_dimensions++] == G_MAXINT64)
            return false;
        text = end + strspn(end, " ");
        if (*text == ',')
            text++;
        else if (*text != ')')
            return false;
    }
}

/* "'<i8'": byte order, kind, size; characters of U are four bytes. */
static bool
parse_descr(const char *text, NpyHeader *header)
{
    guint64 size;

    if (*text != '\'' && *text != '"')
        return false;
    text++;
    if (!strchr("<>|=", *text) || *text == '\0' || !g_ascii_isalpha(text[1]) ||
        !g_ascii_isdigit(text[2]))
        return false;
    size = g_ascii_strtoull(text + 2, NULL, 10);
    header->big_endian = *text == '>' || (*text == '=' && G_BYTE_ORDER == G_BIG_ENDIAN);
    header->kind = text[1];
    if (size > G_MAXINT / 4)
        return false;
    header->item_size = (int)size * (header->kind == 'U' ? 4 : 1);
    return true;
}

/* The header's dictionary, or NULL. */
static char *
read_dictionary(NpyRead read, void *source)
{
    guint8 start[12] = {0};
    size_t size, length_size;
    char *text;

    if (!read(source, start, 8) || memcmp(start, magic, sizeof magic) != 0 || start[6] < 1 ||
        start[6] > 3)
        return NULL;
    length_size = start[6] == 1 ? 2 : 4;
    if (!read(source, start + 8, length_size))
        return NULL;
    size = start[8] | (size_t)start[9] << 8 | (size_t)start[10] << 16 | (size_t)start[11] << 24;
    if (size > MAX_HEADER)
        return NULL;
    text = g_malloc0(size + 1);
    if (!read(source, text, size))
        g_clear_pointer(&text, g_free);
    return text;
}

const char *
npy_header_read(NpyHeader *header, NpyRead read, void *source)
{
    g_autofree char *text = read_dictionary(read, source);
    const char *descr, *order, *shape;

    *header = (NpyHeader){.kind = '?'};
    if (!text)
        return _("it is cut or of another kind");
    descr = find_value(text, "descr");
    order = find_value(text, "fortran_order");
    shape = find_value(text, "shape");
    if (!descr || !order || !shape)
        return _("its header is not whole");
    if (!parse_descr(descr, header))
        return _("its type is neither numbers nor text");
    if (!g_str_has_prefix(order, "False"))
        return _("it is in Fortran order");
    if (!parse_shape(shape, header))
        return _("it has not two dimensions");
    return NULL;
}

gint64
npy_header_n_items(const NpyHeader *header)
{
    gint64 n = 1;

    for (int i = 0; i < header->n_dimensions; i++) {
        if (__builtin_mul_overflow(n, header->shape[i], &n))
            return -1;
    }
    return n > G_MAXINT64 / MAX(header->item_size, 1) ? -1 : n;
}

const char *
npy_header_check_trits(const NpyHeader *header, int n_columns)
{
    if (header->kind != 'i' || header->item_size != 1)
        return _("its type is not int8");
    if (header->n_dimensions != 2 || header->shape[0] > G_MAXINT)
        return _("it has not two dimensions");
    if (header->shape[1] != n_columns)
        return _("its width is not the layout's");
    return NULL;
}

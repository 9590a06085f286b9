/* SPDX-License-Identifier: Apache-2.0 */
/* The user's list of addresses: "old,new" or "old,new,mac" a line. */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/trace/address_map_private.h"
#include "app/trace/flow.h"

enum { MAX_LIST_BYTES = 1 << 20, MAX_LINES = 16384, MAX_SHOWN = 60 };

static int
family_bits(int family)
{
    return family == 6 ? 128 : 32;
}

/* "192.0.2.1" or "192.0.2.0/24"; *n_bits of the prefix. */
static bool
parse_prefix(const char *text, Address *address, int *n_bits)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 3);
    guint64 bits;

    if (!parts[0] || !address_from_string(parts[0], address))
        return false;
    *n_bits = family_bits(address->family);
    if (!parts[1])
        return true;
    if (parts[2] || !g_ascii_string_to_unsigned(parts[1], 10, 0, (guint64)*n_bits, &bits, NULL))
        return false;
    *n_bits = (int)bits;
    for (int bit = *n_bits; bit < family_bits(address->family); bit++) {
        if (address->bytes[bit / 8] & 0x80 >> (bit & 7))
            return false; /* bits of a host in a prefix */
    }
    return true;
}

static bool
parse_mac(const char *text, uint8_t mac[6])
{
    if (strlen(text) != 17)
        return false;
    for (int i = 0; i < 6; i++) {
        int high = g_ascii_xdigit_value(text[i * 3]), low = g_ascii_xdigit_value(text[i * 3 + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':' && text[i * 3 + 2] != '-'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return (mac[0] & 1) == 0; /* of one host */
}

/* What is wrong with a line, or NULL. */
static const char *
parse_line(const char *text, AddressLine *line)
{
    g_auto(GStrv) cells = g_strsplit(text, ",", 4);
    guint n_cells = g_strv_length(cells);
    int n_new_bits;

    *line = (AddressLine){0};
    for (guint i = 0; i < n_cells; i++)
        g_strstrip(cells[i]);
    if (n_cells < 2 || n_cells > 3)
        return _("it does not have two or three cells");
    if (!parse_prefix(cells[0], &line->old, &line->n_bits))
        return _("its first cell is no address and no prefix");
    if (*cells[1] == '\0') {
        line->new = line->old;
    } else {
        if (!parse_prefix(cells[1], &line->new, &n_new_bits))
            return _("its second cell is no address and no prefix");
        if (line->new.family != line->old.family || n_new_bits != line->n_bits)
            return _("its two prefixes are not of the same kind and length");
    }
    if (n_cells < 3 || *cells[2] == '\0')
        return NULL;
    if (line->n_bits != family_bits(line->old.family))
        return _("a hardware address belongs to one host, not to a prefix");
    line->has_mac = parse_mac(cells[2], line->mac);
    return line->has_mac ? NULL : _("its third cell is no hardware address of a host");
}

static gint
compare_lines(gconstpointer a, gconstpointer b)
{
    const AddressLine *x = a, *y = b;

    return y->n_bits - x->n_bits;
}

/* Prefixes of lines as keys: the same only for the same prefix. */
static char *
prefix_key(const Address *address, int n_bits)
{
    g_autofree char *text = address_to_string(address);

    return g_strdup_printf("%s/%d", text, n_bits);
}

static bool
is_passed_over(const char *text, int number)
{
    g_auto(GStrv) cells = g_strsplit(text, ",", 2);

    if (*text == '\0' || *text == '#')
        return true;
    /* A line of names. */
    return number == 1 && g_ascii_isalpha(*text) && !strpbrk(cells[0], ".:/");
}

static bool
parse_list(const char *path, char *const *texts, GArray *lines, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    AddressLine line;

    for (int i = 0; texts[i]; i++) {
        g_strchomp(texts[i]);
        if (is_passed_over(texts[i], i + 1))
            continue;
        const char *fault = g_utf8_validate(texts[i], -1, NULL) ? parse_line(texts[i], &line)
                                                                : _("it is no text in UTF-8");
        if (!fault && !g_hash_table_add(seen, prefix_key(&line.old, line.n_bits)))
            fault = _("another line is about the same address");
        if (!fault && lines->len == MAX_LINES)
            fault = _("there are too many before it");
        if (fault) {
            g_autofree char *shown = g_utf8_make_valid(texts[i], MIN(strlen(texts[i]), MAX_SHOWN));
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("“%s”, line %d (“%s”): %s; write “old,new” or “old,new,mac”."), path,
                        i + 1, shown, fault);
            return false;
        }
        g_array_append_val(lines, line);
    }
    return true;
}

/* Up to a byte more than a list may have. */
static char *
read_content(const char *path, size_t *size, GError **error)
{
    bool folder = g_file_test(path, G_FILE_TEST_IS_DIR);
    FILE *stream = folder ? NULL : fopen(path, "rbe");
    int code = folder ? EISDIR : errno;
    char *content;

    if (!stream) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; check its name and permissions."), path,
                    g_strerror(code));
        return NULL;
    }
    content = g_malloc(MAX_LIST_BYTES + 2);
    *size = fread(content, 1, MAX_LIST_BYTES + 1, stream);
    fclose(stream);
    return content;
}

bool
address_map_read(AddressMap *map, const char *path, GError **error)
{
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(AddressLine));
    size_t size = 0;
    g_autofree char *content = read_content(path, &size, error);

    if (!content)
        return false;
    if (size > MAX_LIST_BYTES || memchr(content, '\0', size)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is no list of addresses: it is longer than %d bytes or holds zeros; "
                      "write lines “old,new”."),
                    path, MAX_LIST_BYTES);
        return false;
    }
    content[size] = '\0';
    g_auto(GStrv) texts = g_strsplit(content, "\n", -1);
    if (!parse_list(path, texts, lines, error))
        return false;
    g_array_append_vals(lines, map->lines->data, map->lines->len);
    g_array_sort(lines, compare_lines);
    g_array_unref(map->lines);
    map->lines = g_steal_pointer(&lines);
    return true;
}

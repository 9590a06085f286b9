/* SPDX-License-Identifier: Apache-2.0 */
/* From the names of the columns to the layout and the place of each. */
#include "app/trace/csv_header.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/excerpt.h"

char *
csv_take_field(char **at)
{
    char *start = *at, *to, *from;

    if (*start != '"') {
        *at = strchr(start, ',');
        if (*at)
            *(*at)++ = '\0';
        return start;
    }
    to = start;
    from = start + 1;
    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        *to++ = *from;
    }
    if (*from)
        from++;
    *at = *from == ',' ? from + 1 : NULL;
    *to = '\0';
    return start;
}

static void
split_names(CsvHeader *header, char *line)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    char *at = line;

    if (g_str_has_prefix(line, byte_order_mark))
        at += strlen(byte_order_mark);
    while (at) {
        char *name = g_utf8_make_valid(csv_take_field(&at), -1);
        g_ptr_array_add(names, g_strstrip(name));
    }
    header->n_columns = (int)names->len;
    g_ptr_array_add(names, NULL);
    header->names = (char **)g_ptr_array_steal(names, NULL);
}

/* Where each name stands, numbered from 1. A name that stands twice is an error; columns without
 * one are no matter. */
static GHashTable *
name_table(const CsvHeader *header, const char *path, GError **error)
{
    g_autoptr(GHashTable) table = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; i < header->n_columns; i++) {
        if (*header->names[i] == '\0')
            continue;
        if (!g_hash_table_insert(table, header->names[i], GINT_TO_POINTER(i + 1))) {
            g_autofree char *shown = excerpt(header->names[i]);

            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("“%s” has the column %s twice: it must stand once."), path, shown);
            return NULL;
        }
    }
    return g_steal_pointer(&table);
}

/* How many bits of a field the file has. */
static int
n_bits_there(GHashTable *table, FieldId field)
{
    int n = 0;

    for (int bit = 0; bit < field_table[field].width; bit++) {
        g_autofree char *name = g_strdup_printf("%s_%d", field_table[field].name, bit);
        n += g_hash_table_contains(table, name);
    }
    return n;
}

/* The layout that the names tell, NULL when they name no header bit. */
static const Layout *
infer_layout(GHashTable *table)
{
    const unsigned ip = 1 << HEADER_IPV4 | 1 << HEADER_IPV6;
    bool addresses = false;
    unsigned headers = 0;

    for (int field = 0; field < N_FIELDS; field++) {
        bool there = n_bits_there(table, (FieldId)field) > 0;

        if (there)
            headers |= 1u << field_table[field].header;
        addresses |= there && (field == FIELD_IPV4_SRC || field == FIELD_IPV4_DST ||
                               field == FIELD_IPV6_SRC || field == FIELD_IPV6_DST);
    }
    return addresses || !(headers & ip) ? layout_nprint(headers) : layout_default();
}

/* The first column of a layout that the file lacks of a header that it has in part, -1 when there
 * is none. *any: the file has columns of the layout at all. */
static int
first_missing(GHashTable *table, const Layout *layout, bool *any)
{
    int missing[N_HEADERS], n_there[N_HEADERS] = {0};

    memset(missing, -1, sizeof missing);
    *any = false;
    for (int column = 0; column < layout->n_columns; column++) {
        g_autofree char *name = layout_column_name(layout, column);
        Header header = field_table[layout_field_at(layout, column, NULL)->field].header;

        if (g_hash_table_contains(table, name))
            n_there[header]++;
        else if (missing[header] < 0)
            missing[header] = column;
    }
    for (int header = 0; header < N_HEADERS; header++) {
        *any |= n_there[header] > 0;
        if (n_there[header] > 0 && missing[header] >= 0)
            return missing[header];
    }
    return -1;
}

static bool
choose_layout(CsvHeader *header, GHashTable *table, const char *path, const Layout *asked,
              GError **error)
{
    const Layout *layout = asked ? asked : infer_layout(table);
    g_autofree char *name = NULL;
    bool any = false;
    int missing = layout ? first_missing(table, layout, &any) : -1;

    header->layout = layout;
    if (any && missing < 0)
        return true;
    if (!any) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” has the columns of no known layout: give an nPrint CSV with its header "
                      "line."),
                    path);
        return false;
    }
    name = layout_column_name(layout, missing);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” lacks the column %s of layout %s: choose the layout it was written in."),
                path, name, layout->name);
    return false;
}

static bool
bit_is_there(GHashTable *table, const TraceExtra *extra, int bit)
{
    g_autofree char *name = csv_extra_name(extra, bit);

    return g_hash_table_contains(table, name);
}

/* Which bits beside the layout's are there whole: the Ethernet header, and payload from its first
 * byte on. */
static void
find_extra(CsvHeader *header, GHashTable *table)
{
    const TraceExtra ethernet = {.ethernet = true}, payload = {.ethernet = false};
    int n = 0;

    while (n < ETHERNET_BITS && bit_is_there(table, &ethernet, n))
        n++;
    header->extra.ethernet = n == ETHERNET_BITS;
    for (n = 0; n < TRACE_MAX_PAYLOAD * 8 && bit_is_there(table, &payload, n);)
        n++;
    header->extra.payload_bytes = n / 8;
}

const FieldId csv_address_fields[4] = {FIELD_IPV4_SRC, FIELD_IPV4_DST, FIELD_IPV6_SRC,
                                       FIELD_IPV6_DST};

static void
set_meaning(CsvHeader *header, GHashTable *table, const char *name, int meaning)
{
    int at = GPOINTER_TO_INT(g_hash_table_lookup(table, name));

    if (at > 0)
        header->meaning[at - 1] = meaning;
}

static void
find_addresses(CsvHeader *header, GHashTable *table)
{
    for (size_t i = 0; i < G_N_ELEMENTS(csv_address_fields); i++) {
        FieldId field = csv_address_fields[i];
        int width = field_table[field].width;

        if (header->layout->column_of[field] >= 0 || n_bits_there(table, field) != width)
            continue;
        header->address_cells[i] = header->n_cells;
        for (int bit = 0; bit < width; bit++) {
            g_autofree char *name = g_strdup_printf("%s_%d", field_table[field].name, bit);
            set_meaning(header, table, name, header->n_cells + bit);
        }
        header->n_cells += width;
        header->sides |= TRACE_HAS_ADDRESSES;
    }
}

static void
set_meanings(CsvHeader *header, GHashTable *table)
{
    int n = header->layout->n_columns;
    bool has_seconds = g_hash_table_contains(table, csv_column_table[COLUMN_TV_SEC].name);

    header->meaning = g_new(int, header->n_columns);
    for (int i = 0; i < header->n_columns; i++)
        header->meaning[i] = MEANING_NONE;
    for (int column = 0; column < n; column++) {
        g_autofree char *name = layout_column_name(header->layout, column);
        set_meaning(header, table, name, column);
    }
    for (int bit = 0; bit < trace_extra_width(&header->extra); bit++) {
        g_autofree char *name = csv_extra_name(&header->extra, bit);
        set_meaning(header, table, name, n + bit);
    }
    header->n_cells = n + trace_extra_width(&header->extra);
    find_addresses(header, table);
    for (int column = 0; column < N_CSV_COLUMNS; column++) {
        const CsvColumnKind *kind = &csv_column_table[column];
        bool is_time = column >= COLUMN_RTS && column <= COLUMN_TV_NSEC;

        if (!kind->known || !g_hash_table_contains(table, kind->name) ||
            (is_time && (column == COLUMN_RTS) == has_seconds))
            continue;
        set_meaning(header, table, kind->name, ~column);
        header->sides |= kind->known;
        header->relative |= column == COLUMN_RTS;
    }
}

static void
find_runs(CsvHeader *header)
{
    const int *meaning = header->meaning;

    header->run = g_new0(int, header->n_columns);
    for (int i = header->n_columns - 1; i >= 0; i--) {
        if (meaning[i] < 0 || meaning[i] == MEANING_NONE)
            continue;
        header->run[i] = 1;
        if (i + 1 < header->n_columns && meaning[i + 1] == meaning[i] + 1)
            header->run[i] += header->run[i + 1];
    }
}

bool
csv_header_parse(CsvHeader *header, char *line, const char *path, const Layout *asked,
                 GError **error)
{
    g_autoptr(GHashTable) table = NULL;

    split_names(header, line);
    table = name_table(header, path, error);
    if (!table || !choose_layout(header, table, path, asked, error))
        return false;
    find_extra(header, table);
    set_meanings(header, table);
    find_runs(header);
    return true;
}

void
csv_header_clear(CsvHeader *header)
{
    g_strfreev(header->names);
    g_free(header->meaning);
    g_free(header->run);
}

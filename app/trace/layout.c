/* SPDX-License-Identifier: Apache-2.0 */
/* The known layouts, made once: the paper's, and nPrint's for each choice of headers. */
#include "app/trace/layout.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/excerpt.h"

enum { N_CHOICES = 1 << N_HEADERS, NPRINT_DEFAULT = (N_CHOICES - 1) & ~(1 << HEADER_IPV6) };

#define NPRINT "nprint"

/* nPrint's flags, in the order of its columns. */
static const char letters[N_HEADERS + 1] = "46tui";

typedef struct {
    Layout layout;
    LayoutField fields[N_FIELDS];
    char name[16], description[80];
} LayoutEntry;

typedef struct {
    LayoutEntry torchlight;
    LayoutEntry nprint[N_CHOICES]; /* by the set of headers; the first is not used */
} LayoutTable;

static bool
field_is_address(int field)
{
    return field == FIELD_IPV4_SRC || field == FIELD_IPV4_DST || field == FIELD_IPV6_SRC ||
           field == FIELD_IPV6_DST;
}

static void
entry_fill(LayoutEntry *entry, unsigned headers, bool is_nprint)
{
    Layout *layout = &entry->layout;

    layout->name = entry->name;
    layout->description = entry->description;
    layout->transport_only = is_nprint;
    layout->fields = entry->fields;
    for (int field = 0; field < N_FIELDS; field++) {
        layout->column_of[field] = -1;
        if (!(headers >> field_table[field].header & 1))
            continue;
        if (!is_nprint && field_is_address(field))
            continue;
        layout->column_of[field] = (int16_t)layout->n_columns;
        entry->fields[layout->n_fields++] = (LayoutField){(FieldId)field, layout->n_columns};
        layout->n_columns += field_table[field].width;
    }
}

static void
entry_name_nprint(LayoutEntry *entry, unsigned headers)
{
    GString *flags = g_string_new(NULL);
    GString *name = g_string_new(NPRINT ":");

    for (int header = 0; header < N_HEADERS; header++) {
        if (!(headers >> header & 1))
            continue;
        g_string_append_c(name, letters[header]);
        g_string_append_printf(flags, " -%c", letters[header]);
    }
    g_strlcpy(entry->name, headers == NPRINT_DEFAULT ? NPRINT : name->str, sizeof entry->name);
    g_snprintf(entry->description, sizeof entry->description,
               "The header bits that nPrint%s prints, with addresses", flags->str);
    g_string_free(flags, TRUE);
    g_string_free(name, TRUE);
}

/* Made on first use and never changed after. */
static const LayoutTable *
layout_table(void)
{
    static LayoutTable table;
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        g_strlcpy(table.torchlight.name, "torchlight", sizeof table.torchlight.name);
        g_strlcpy(table.torchlight.description,
                  "IPv4, IPv6, TCP, UDP and ICMP bits without addresses, as NetDiffusion cuts them",
                  sizeof table.torchlight.description);
        entry_fill(&table.torchlight, N_CHOICES - 1, false);
        for (unsigned headers = 1; headers < N_CHOICES; headers++) {
            entry_name_nprint(&table.nprint[headers], headers);
            entry_fill(&table.nprint[headers], headers, true);
        }
        g_once_init_leave(&ready, 1);
    }
    return &table;
}

const Layout *
layout_nprint(unsigned headers)
{
    headers &= N_CHOICES - 1;
    return headers ? &layout_table()->nprint[headers].layout : NULL;
}

const Layout *
layout_nth(int n)
{
    return n == 0 ? &layout_table()->torchlight.layout
                  : (n == 1 ? layout_nprint(NPRINT_DEFAULT) : NULL);
}

const Layout *
layout_default(void)
{
    return layout_nth(0);
}

static const Layout *
layout_by_letters(const char *chosen, GError **error)
{
    g_autoptr(GString) wrong = g_string_new(NULL);
    g_autofree char *shown = NULL;
    unsigned headers = 0;

    for (const char *at = chosen; *at; at++) {
        const char *letter = strchr(letters, *at);

        if (letter)
            headers |= 1u << (letter - letters);
        else
            g_string_append_c(wrong, *at);
    }
    if (headers && wrong->len == 0)
        return layout_nprint(headers);
    shown = excerpt(wrong->str);
    g_set_error(
        error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("“%s” is no choice of headers after “nprint:”: put together the letters 4 (IPv4), "
          "6 (IPv6), t (TCP), u (UDP) and i (ICMP)."),
        shown);
    return NULL;
}

const Layout *
layout_by_name(const char *name, GError **error)
{
    g_autofree char *shown = NULL;

    for (int i = 0; layout_nth(i); i++) {
        if (g_strcmp0(name, layout_nth(i)->name) == 0)
            return layout_nth(i);
    }
    if (name && g_str_has_prefix(name, NPRINT ":"))
        return layout_by_letters(name + strlen(NPRINT ":"), error);
    shown = excerpt(name ? name : "");
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("Unknown layout “%s”: choose one of torchlight, nprint, or nprint: and the "
                  "letters of its headers, as nprint:46tui."),
                shown);
    return NULL;
}

const LayoutField *
layout_field_at(const Layout *layout, int column, int *bit)
{
    int low = 0, high;

    g_return_val_if_fail(layout && column >= 0 && column < layout->n_columns, NULL);
    high = layout->n_fields - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (layout->fields[middle].first_column <= column)
            low = middle;
        else
            high = middle - 1;
    }
    if (bit)
        *bit = column - layout->fields[low].first_column;
    return &layout->fields[low];
}

char *
layout_column_name(const Layout *layout, int column)
{
    int bit;
    const LayoutField *at = layout_field_at(layout, column, &bit);

    return at ? g_strdup_printf("%s_%d", field_table[at->field].name, bit) : NULL;
}

bool
layout_header_span(const Layout *layout, Header header, int *first, int *n)
{
    int from = -1, count = 0;

    g_return_val_if_fail(layout, false);
    for (int i = 0; i < layout->n_fields; i++) {
        const LayoutField *at = &layout->fields[i];
        if (field_table[at->field].header != header)
            continue;
        if (from < 0)
            from = at->first_column;
        count += field_table[at->field].width;
    }
    if (first)
        *first = from;
    if (n)
        *n = count;
    return from >= 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The known layouts, made once from a choice of headers with or without their addresses. */
#include "app/trace/layout.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

enum { N_LAYOUTS = 2 };

static const struct {
    const char *name;
    const char *description;
    bool with_addresses;
    bool transport_only;
    bool with_header[N_HEADERS];
} choices[N_LAYOUTS] = {
    {"torchlight",
     "IPv4, IPv6, TCP, UDP and ICMP bits without addresses, as NetDiffusion cuts them",
     false,
     false,
     {true, true, true, true, true}},
    {"nprint",
     "IPv4, TCP, UDP and ICMP bits with addresses, as nPrint -4 -t -u -i",
     true,
     true,
     {true, false, true, true, true}},
};

typedef struct {
    Layout layouts[N_LAYOUTS];
    LayoutField fields[N_LAYOUTS][N_FIELDS];
} LayoutTable;

static bool
field_is_address(int field)
{
    return field == FIELD_IPV4_SRC || field == FIELD_IPV4_DST || field == FIELD_IPV6_SRC ||
           field == FIELD_IPV6_DST;
}

static void
layout_fill(Layout *layout, LayoutField *fields, int choice)
{
    layout->name = choices[choice].name;
    layout->description = choices[choice].description;
    layout->transport_only = choices[choice].transport_only;
    layout->fields = fields;
    for (int field = 0; field < N_FIELDS; field++) {
        layout->column_of[field] = -1;
        if (!choices[choice].with_header[field_table[field].header])
            continue;
        if (!choices[choice].with_addresses && field_is_address(field))
            continue;
        layout->column_of[field] = (int16_t)layout->n_columns;
        fields[layout->n_fields++] = (LayoutField){(FieldId)field, layout->n_columns};
        layout->n_columns += field_table[field].width;
    }
}

/* Made on first use and never changed after. */
static const LayoutTable *
layout_table(void)
{
    static LayoutTable table;
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        for (int i = 0; i < N_LAYOUTS; i++)
            layout_fill(&table.layouts[i], table.fields[i], i);
        g_once_init_leave(&ready, 1);
    }
    return &table;
}

const Layout *
layout_nth(int n)
{
    return n >= 0 && n < N_LAYOUTS ? &layout_table()->layouts[n] : NULL;
}

const Layout *
layout_default(void)
{
    return layout_nth(0);
}

const Layout *
layout_by_name(const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (int i = 0; i < N_LAYOUTS; i++) {
        if (g_strcmp0(name, choices[i].name) == 0)
            return layout_nth(i);
        g_string_append_printf(known, "%s%s", i ? ", " : "", choices[i].name);
    }
    g_autofree char *printable = g_utf8_make_valid(name ? name : "", -1);
    g_autofree char *shown = g_utf8_substring(printable, 0, MIN(g_utf8_strlen(printable, -1), 64));
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("Unknown layout “%s”: choose one of %s."), shown, known->str);
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

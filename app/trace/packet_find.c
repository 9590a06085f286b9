/* SPDX-License-Identifier: Apache-2.0 */
/* Queries for packets and fields. */
#include "app/trace/packet_find.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/excerpt.h"

typedef enum { IS, IS_NOT, LESS, AT_MOST, MORE, AT_LEAST } Comparison;

typedef struct {
    FieldId field;
    Comparison comparison;
    bool absent; /* in place of value */
    uint32_t value;
} Term;

struct PacketQuery {
    GArray *terms; /* Term; empty: text and number */
    char *text;    /* casefolded */
    int number;    /* of a packet, 0: none */
};

/* Case does not matter. */
static bool
holds(const char *haystack, const char *folded)
{
    g_autofree char *lower = g_utf8_casefold(haystack, -1);

    return strstr(lower, folded) != NULL;
}

/* By its name; or by the part behind its header, or its label, where only one has that. */
static FieldId
field_by_name(const char *name)
{
    FieldId found = N_FIELDS;
    int n_found = 0;

    for (FieldId field = 0; field < N_FIELDS; field++) {
        const char *own = field_table[field].name;
        if (g_ascii_strcasecmp(own, name) == 0)
            return field;
        if (g_ascii_strcasecmp(strchr(own, '_') + 1, name) == 0 ||
            g_ascii_strcasecmp(field_table[field].label, name) == 0) {
            found = field;
            n_found++;
        }
    }
    return n_found == 1 ? found : N_FIELDS;
}

static bool
read_value(const char *text, const Field *field, Term *term)
{
    uint64_t limit = field->width >= 32 ? G_MAXUINT32 : (1ull << field->width) - 1;
    struct in_addr address;
    guint64 value;

    if (g_ascii_strcasecmp(text, "absent") == 0) {
        term->absent = true;
        return true;
    }
    if (field->width > 32)
        return false;
    if (field->width == 32 && inet_pton(AF_INET, text, &address) == 1) {
        term->value = g_ntohl(address.s_addr);
        return true;
    }
    bool is_hex = g_ascii_strncasecmp(text, "0x", 2) == 0;
    if (!g_ascii_string_to_unsigned(is_hex ? text + 2 : text, is_hex ? 16 : 10, 0, limit, &value,
                                    NULL))
        return false;
    term->value = (uint32_t)value;
    return true;
}

static void G_GNUC_PRINTF(2, 3) fail(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_propagate_error(error,
                      g_error_new_valist(G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format, args));
    va_end(args);
}

static bool
read_term(const char *text, Term *term, GError **error)
{
    static const struct {
        const char *sign;
        Comparison comparison;
    } signs[] = {{"<=", AT_MOST}, {">=", AT_LEAST}, {"!=", IS_NOT}, {"==", IS},
                 {"=", IS},       {"<", LESS},      {">", MORE}};
    const char *at = text + strcspn(text, "=<>!");

    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (!g_str_has_prefix(at, signs[i].sign))
            continue;
        g_autofree char *name = g_strstrip(g_strndup(text, (gsize)(at - text)));
        g_autofree char *value = g_strstrip(g_strdup(at + strlen(signs[i].sign)));
        g_autofree char *shown = excerpt(name), *shown_value = excerpt(value);
        *term = (Term){.field = field_by_name(name), .comparison = signs[i].comparison};
        if (term->field == N_FIELDS) {
            fail(error,
                 _("“%s” is not the name of one field: write it with its header, as "
                   "ipv4_ttl."),
                 shown);
            return false;
        }
        if (!read_value(value, &field_table[term->field], term)) {
            fail(error,
                 _("“%s” is no value of %s, which has %d bits: write a number, 0x and hex "
                   "digits, or absent."),
                 shown_value, field_table[term->field].name, field_table[term->field].width);
            return false;
        }
        return true;
    }
    g_autofree char *shown = excerpt(text);
    fail(error, _("“%s” is no comparison: write a field, = and a value."), shown);
    return false;
}

PacketQuery *
packet_query_new(const char *text, GError **error)
{
    g_autoptr(PacketQuery) query = g_new0(PacketQuery, 1);
    g_autofree char *stripped = g_strstrip(g_utf8_make_valid(text, -1));
    guint64 number;

    query->terms = g_array_new(FALSE, FALSE, sizeof(Term));
    query->text = g_utf8_casefold(stripped, -1);
    if (g_ascii_string_to_unsigned(stripped, 10, 1, G_MAXINT, &number, NULL))
        query->number = (int)number;
    if (!strpbrk(stripped, "=<>!") || strstr(stripped, "<None>"))
        return g_steal_pointer(&query);
    g_auto(GStrv) terms = g_strsplit(query->text, " and ", -1);
    for (int i = 0; terms[i]; i++) {
        Term term;
        if (!read_term(g_strstrip(terms[i]), &term, error))
            return NULL;
        g_array_append_val(query->terms, term);
    }
    return g_steal_pointer(&query);
}

void
packet_query_free(PacketQuery *query)
{
    if (!query)
        return;
    g_array_unref(query->terms);
    g_free(query->text);
    g_free(query);
}

static bool
term_matches(const Term *term, const Trace *trace, int row)
{
    int column = trace->layout->column_of[term->field];
    uint32_t value;

    if (column < 0)
        return false;
    if (term->absent)
        return (trace_row(trace, row)[column] < 0) == (term->comparison == IS);
    if (!trace_get(trace, row, term->field, &value))
        return false;
    switch (term->comparison) {
    case IS:
        return value == term->value;
    case IS_NOT:
        return value != term->value;
    case LESS:
        return value < term->value;
    case AT_MOST:
        return value <= term->value;
    case MORE:
        return value > term->value;
    default:
        return value >= term->value;
    }
}

bool
packet_query_matches(const PacketQuery *query, const PacketInfoTable *table, int row)
{
    const Trace *trace = packet_info_trace(table);

    if (!*packet_info_row(table, row)->protocol || !*query->text)
        return false;
    for (guint i = 0; i < query->terms->len; i++) {
        if (!term_matches(&g_array_index(query->terms, Term, i), trace, row))
            return false;
    }
    if (query->terms->len > 0 || query->number == row + 1)
        return true;
    g_autofree char *text = packet_info_text(table, row);
    return holds(packet_info_row(table, row)->protocol, query->text) || holds(text, query->text);
}

FieldId
packet_query_field(const PacketQuery *query)
{
    return query->terms->len > 0 ? g_array_index(query->terms, Term, 0).field : N_FIELDS;
}

/* 0: not; else the lower the better. */
static int
rank(FieldId field, const char *folded)
{
    const Field *entry = &field_table[field];

    if (g_ascii_strcasecmp(entry->name, folded) == 0 ||
        g_ascii_strcasecmp(entry->label, folded) == 0 ||
        g_ascii_strcasecmp(strchr(entry->name, '_') + 1, folded) == 0)
        return 1;
    if (holds(entry->name, folded) || holds(entry->label, folded))
        return 2;
    return holds(entry->meaning, folded) ? 3 : 0;
}

GArray *
fields_find(const Layout *layout, const char *text)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(FieldId));
    g_autofree char *stripped = g_strstrip(g_utf8_make_valid(text, -1));
    g_autofree char *folded = g_utf8_casefold(stripped, -1);

    for (int wanted = 1; wanted <= 3 && *folded; wanted++) {
        for (int i = 0; i < layout->n_fields; i++) {
            if (rank(layout->fields[i].field, folded) == wanted)
                g_array_append_val(found, layout->fields[i].field);
        }
        if (wanted == 1 && found->len > 0)
            break;
    }
    return found;
}

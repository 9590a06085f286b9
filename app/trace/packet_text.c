/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields and whole packets as text. */
#include "app/trace/packet_text.h"

#include <string.h>

#include "app/trace/flow.h"

enum { MAX_BYTES = 40 };

int
field_n_bits(const Trace *trace, int row, FieldId field)
{
    int column = trace->layout->column_of[field], n = 0;

    while (column >= 0 && n < field_table[field].width && trace_row(trace, row)[column + n] >= 0)
        n++;
    return n;
}

/* The bits that are there, from the first on, as bytes; how many bits. */
static int
read_bytes(const Trace *trace, int row, FieldId field, uint8_t bytes[MAX_BYTES])
{
    int n = field_n_bits(trace, row, field);
    const int8_t *trits = trace_row(trace, row) + MAX(trace->layout->column_of[field], 0);

    memset(bytes, 0, MAX_BYTES);
    for (int bit = 0; bit < n; bit++)
        bytes[bit / 8] |= (uint8_t)(trits[bit] << (7 - bit % 8));
    return n;
}

static bool
is_options(FieldId field)
{
    return field == FIELD_IPV4_OPT || field == FIELD_TCP_OPT;
}

static bool
is_address(FieldId field)
{
    return field == FIELD_IPV4_SRC || field == FIELD_IPV4_DST || field == FIELD_IPV6_SRC ||
           field == FIELD_IPV6_DST;
}

char *
field_hex_text(const Trace *trace, int row, FieldId field)
{
    uint8_t bytes[MAX_BYTES];
    int n = read_bytes(trace, row, field, bytes);
    uint32_t value;

    if (n == 0 || (n < field_table[field].width && !is_options(field)))
        return NULL;
    if (trace_get(trace, row, field, &value))
        return g_strdup_printf("0x%0*x", (n + 3) / 4, value);
    GString *text = g_string_new(NULL);
    for (int i = 0; i < (n + 7) / 8; i++)
        g_string_append_printf(text, "%s%02x", i ? " " : "", bytes[i]);
    return g_string_free(text, FALSE);
}

static char *
address_text(const Trace *trace, int row, FieldId field)
{
    Address address = {.family = field_table[field].width == 32 ? 4 : 6};
    uint8_t bytes[MAX_BYTES];

    read_bytes(trace, row, field, bytes);
    memcpy(address.bytes, bytes, address.family == 4 ? 4 : 16);
    return address_to_string(&address);
}

char *
field_value_text(const Trace *trace, int row, FieldId field)
{
    int n = field_n_bits(trace, row, field);
    uint32_t value;

    if (n == 0 || (n < field_table[field].width && !is_options(field)))
        return NULL;
    if (is_address(field))
        return address_text(trace, row, field);
    if (field == FIELD_TCP_OPT) {
        g_autoptr(GString) options = g_string_new(NULL);
        packet_info_append_options(options, trace, row);
        if (options->len > 0)
            return g_strdup(options->str + 1);
    }
    if (!trace_get(trace, row, field, &value))
        return field_hex_text(trace, row, field);
    return value < 10 ? g_strdup_printf("%u", value) : g_strdup_printf("%u (0x%x)", value, value);
}

char *
field_full_label(FieldId field)
{
    const char *label = field_table[field].label, *title = header_title(field_table[field].header);

    return strncmp(label, title, 2) == 0 ? g_strdup(label) : g_strconcat(title, " ", label, NULL);
}

void
packet_append_title(GString *text)
{
    g_string_append(text, "No.\tTime\tDirection\tProtocol\tLength\tInfo\n");
}

void
packet_append_summary(GString *text, const PacketInfoTable *table, int row)
{
    const PacketInfo *info = packet_info_row(table, row);
    g_autofree char *time = packet_info_time_text(table, row);
    g_autofree char *line = packet_info_text(table, row);

    g_string_append_printf(text, "%d\t%s\t%s\t%s\t%u\t%s\n", row + 1, time,
                           !*info->protocol  ? ""
                           : info->direction ? "←"
                                             : "→",
                           info->protocol, info->length, line);
}

void
packet_append_text(GString *text, const PacketInfoTable *table, int row)
{
    const Trace *trace = packet_info_trace(table);
    int header = -1;

    packet_append_summary(text, table, row);
    for (int i = 0; i < trace->layout->n_fields; i++) {
        FieldId id = trace->layout->fields[i].field;
        const Field *field = &field_table[id];
        g_autofree char *value = field_value_text(trace, row, id);

        if (!value)
            continue;
        if ((int)field->header != header)
            g_string_append_printf(text, "%s\n", header_title(field->header));
        header = (int)field->header;
        g_string_append_printf(text, "    %s: %s\n", field->label, value);
    }
}

void
packet_append_bits_title(GString *text, const Trace *trace)
{
    for (int column = 0; column < trace->layout->n_columns; column++) {
        g_autofree char *name = layout_column_name(trace->layout, column);
        g_string_append_printf(text, "%s%s", column ? "," : "", name);
    }
    g_string_append_c(text, '\n');
}

void
packet_append_bits(GString *text, const Trace *trace, int row)
{
    const int8_t *trits = trace_row(trace, row);

    for (int column = 0; column < trace->layout->n_columns; column++) {
        if (column > 0)
            g_string_append_c(text, ',');
        g_string_append(text, trits[column] < 0 ? "-1" : trits[column] ? "1" : "0");
    }
    g_string_append_c(text, '\n');
}

void
packet_append_csv_title(GString *text)
{
    g_string_append(text, "no,time_s,direction,protocol,length,info\n");
}

void
packet_append_csv(GString *text, const PacketInfoTable *table, int row)
{
    const PacketInfo *info = packet_info_row(table, row);
    g_autofree char *time = packet_info_time_text(table, row);
    g_autofree char *line = packet_info_text(table, row);
    bool quoted = strpbrk(line, ",\"") != NULL;

    g_string_append_printf(text, "%d,%s,%d,%s,%u,%s%s%s\n", row + 1, time, info->direction,
                           info->protocol, info->length, quoted ? "\"" : "", line,
                           quoted ? "\"" : "");
}

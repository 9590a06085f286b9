/* SPDX-License-Identifier: Apache-2.0 */
/* Writing nPrint CSV: eight cells at a time. */
#include <arpa/inet.h>
#include <string.h>

#include "app/trace/csv_index.h"
#include "app/trace/flow.h"
#include "app/trace/table_write.h"

static const int64_t ns_per_second = 1000000000, us_per_second = 1000000;
enum { CHUNK_SIZE = 1 << 20 }; /* bytes handed to the stream at a time */
enum { CELL_SIZE = 5 };        /* "-128," */

/* The text of an absent bit with its comma, and of eight of them. */
typedef struct {
    char text[8 * CELL_SIZE];
    int size; /* of one */
} Fill;

typedef struct {
    CsvOptions options;
    Fill fill;
    CsvColumn columns[N_CSV_COLUMNS]; /* before the bits */
    int n_columns;
    int64_t before_us; /* time of the row before; 0 before the first */
} CsvState;

static void
fill_init(Fill *fill, int value)
{
    g_autofree char *one = g_strdup_printf("%d,", CLAMP(value, G_MININT8, G_MAXINT8));

    fill->size = (int)strlen(one);
    for (int i = 0; i < 8; i++)
        memcpy(fill->text + i * fill->size, one, fill->size);
}

TableWriter *
table_writer_new_csv_with(const char *path, const CsvOptions *options, GError **error)
{
    TableWriter *writer = table_writer_new(&table_kind_csv, path, error);
    CsvState *state;

    if (!writer)
        return NULL;
    writer->state = state = g_new0(CsvState, 1);
    state->options = options ? *options : CSV_OPTIONS_DEFAULT;
    fill_init(&state->fill, state->options.fill);
    return writer;
}

TableWriter *
table_writer_new_csv(const char *path, GError **error)
{
    return table_writer_new_csv_with(path, NULL, error);
}

static bool
has_column(const CsvState *state, CsvColumn column)
{
    for (int i = 0; i < state->n_columns; i++) {
        if (state->columns[i] == column)
            return true;
    }
    return false;
}

static void
choose_columns(CsvState *state, const Trace *trace)
{
    static const CsvColumn sides[] = {COLUMN_SRC_IP,  COLUMN_DST_IP, COLUMN_TV_SEC,
                                      COLUMN_TV_NSEC, COLUMN_LENGTH, COLUMN_DIRECTION};

    state->n_columns = 0;
    state->columns[state->n_columns++] = (CsvColumn)state->options.index;
    if (state->options.relative_time)
        state->columns[state->n_columns++] = COLUMN_RTS;
    if (state->options.absolute_time) {
        state->columns[state->n_columns++] = COLUMN_TV_SEC;
        state->columns[state->n_columns++] = COLUMN_TV_USEC;
    }
    if (trace->layout->transport_only)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        bool said = has_column(state, sides[i]) ||
                    (sides[i] == COLUMN_TV_NSEC && has_column(state, COLUMN_TV_USEC));

        if (!said && (trace->sides & csv_column_table[sides[i]].known))
            state->columns[state->n_columns++] = sides[i];
    }
}

/* A number a row is too often for printf. */
static void
append_number(GString *out, int64_t value)
{
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char text[24], *at = text + sizeof text;

    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0)
        *--at = '-';
    g_string_append_len(out, at, text + sizeof text - at);
}

static void
append_address(GString *out, const Address *address)
{
    char text[INET6_ADDRSTRLEN] = "NULL";

    if (address->family == 4) {
        for (int i = 0; i < 4; i++) {
            append_number(out, address->bytes[i]);
            g_string_append_c(out, '.');
        }
        g_string_truncate(out, out->len - 1);
        return;
    }
    if (address->family == 6)
        inet_ntop(AF_INET6, address->bytes, text, sizeof text);
    g_string_append(out, text);
}

/* As flow_key_init has it, and nothing more. */
static Address
row_address(const Trace *trace, int row, bool source)
{
    const TraceRow *side = &trace->rows[row];
    Address address = {0};
    uint32_t number;

    if (trace->sides & TRACE_HAS_ADDRESSES)
        address = source ? side->src : side->dst;
    if (trace_get(trace, row, source ? FIELD_IPV4_SRC : FIELD_IPV4_DST, &number)) {
        number = GUINT32_TO_BE(number);
        address = (Address){.family = 4};
        memcpy(address.bytes, &number, sizeof number);
    }
    return address;
}

/* 6 with ports, 17 with ports, or 0: by the bits where the layout holds them. */
static int
find_ports(FlowKey *key, const Trace *trace, int row)
{
    const TraceRow *side = &trace->rows[row];
    bool tcp = trace_has_header(trace, row, HEADER_TCP);

    if (tcp || trace_has_header(trace, row, HEADER_UDP))
        return tcp ? 6 : 17;
    key->src_port = side->src_port;
    key->dst_port = side->dst_port;
    return side->transport;
}

static void
append_port(GString *out, int transport, uint16_t port)
{
    if (transport)
        append_number(out, port);
    else
        g_string_append(out, "NULL");
}

static void
append_ends(GString *out, const Trace *trace, int row, CsvColumn column)
{
    FlowKey key;
    int transport;

    if (column == COLUMN_SRC_IP || column == COLUMN_DST_IP) {
        Address address = row_address(trace, row, column == COLUMN_SRC_IP);

        append_address(out, &address);
        return;
    }
    flow_key_init(&key, trace, row);
    transport = find_ports(&key, trace, row);
    switch (column) {
    case COLUMN_SRC_PORT:
    case COLUMN_DST_PORT:
        append_port(out, transport, column == COLUMN_SRC_PORT ? key.src_port : key.dst_port);
        break;
    default:
        append_address(out, &key.src);
        g_string_append_c(out, '_');
        append_address(out, &key.dst);
        g_string_append_c(out, '_');
        append_port(out, transport, key.src_port);
        g_string_append_c(out, '_');
        append_port(out, transport, key.dst_port);
        g_string_append(out, transport == 6 ? "_TCP" : transport == 17 ? "_UDP" : "_NULL");
        break;
    }
}

/* nPrint counts from the row before, in whole microseconds, and takes a row before of second 0 for
 * none. */
static int64_t
relative_us(CsvState *state, int64_t time_us)
{
    bool first = state->before_us >= 0 && state->before_us < us_per_second;
    int64_t before_us = state->before_us;

    state->before_us = time_us;
    return first ? 0 : time_us - before_us;
}

static void
append_column(GString *out, CsvState *state, const Trace *trace, int row, CsvColumn column)
{
    const TraceRow *side = &trace->rows[row];
    int64_t seconds = side->time_ns / ns_per_second, ns = side->time_ns % ns_per_second;

    if (ns < 0) {
        seconds--;
        ns += ns_per_second;
    }
    switch (column) {
    case COLUMN_TX_MAC:
        g_string_append(out, "NULL");
        break;
    case COLUMN_RTS:
        append_number(out, relative_us(state, seconds * us_per_second + ns / 1000));
        break;
    case COLUMN_TV_SEC:
        append_number(out, seconds);
        break;
    case COLUMN_TV_USEC:
        append_number(out, ns / 1000);
        break;
    case COLUMN_TV_NSEC:
        append_number(out, ns);
        break;
    case COLUMN_LENGTH:
        append_number(out, side->length);
        break;
    case COLUMN_DIRECTION:
        append_number(out, side->direction);
        break;
    default:
        append_ends(out, trace, row, column);
        break;
    }
}

/* Digits and commas of four trits of 0 and 1: every byte is spread to two and a comma put in. */
static inline void
put_four(char *at, uint32_t trits)
{
    uint64_t spread = GUINT32_FROM_LE(trits);

    spread = (spread | spread << 16) & 0x0000ffff0000ffffu;
    spread = (spread | spread << 8) & 0x00ff00ff00ff00ffu;
    spread = GUINT64_TO_LE(spread + 0x2c302c302c302c30u);
    memcpy(at, &spread, sizeof spread);
}

/* Cells of eight trits at a time: mostly all absent or all present. At most CELL_SIZE a trit and
 * eight cells more are written to. */
static char *
put_trits(char *at, const int8_t *trits, int n, const Fill *fill)
{
    int i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t eight;
        uint32_t four[2];

        memcpy(&eight, trits + i, sizeof eight);
        if (eight == UINT64_MAX) {
            memcpy(at, fill->text, sizeof fill->text);
            at += 8 * fill->size;
        } else if (!(eight & 0x8080808080808080u)) {
            memcpy(four, trits + i, sizeof four);
            put_four(at, four[0]);
            put_four(at + 8, four[1]);
            at += 16;
        } else {
            break;
        }
    }
    for (; i < n; i++) {
        if (trits[i] < 0) {
            memcpy(at, fill->text, CELL_SIZE);
            at += fill->size;
        } else {
            *at++ = trits[i] == 0 ? '0' : '1';
            *at++ = ',';
        }
    }
    return at;
}

static void
csv_begin(TableWriter *writer, const Trace *trace)
{
    int n_extra = trace_extra_width(&trace->extra);
    int n_ethernet = trace->extra.ethernet ? ETHERNET_BITS : 0;
    CsvState *state = writer->state;
    GString *out = writer->out;

    choose_columns(state, trace);
    for (int i = 0; i < state->n_columns; i++)
        g_string_append_printf(out, "%s,", csv_column_table[state->columns[i]].name);
    for (int bit = 0; bit < n_ethernet; bit++) {
        g_autofree char *name = csv_extra_name(&trace->extra, bit);
        g_string_append_printf(out, "%s,", name);
    }
    for (int column = 0; column < trace->layout->n_columns; column++) {
        g_autofree char *name = layout_column_name(trace->layout, column);
        g_string_append_printf(out, "%s,", name);
    }
    for (int bit = n_ethernet; bit < n_extra; bit++) {
        g_autofree char *name = csv_extra_name(&trace->extra, bit);
        g_string_append_printf(out, "%s,", name);
    }
    out->str[out->len - 1] = '\n';
}

static void
hand_over(TableWriter *writer)
{
    fwrite(writer->out->str, 1, writer->out->len, table_stream(writer));
    g_string_truncate(writer->out, 0);
}

static void
append_row(GString *out, CsvState *state, const Trace *trace, int row)
{
    int n_ethernet = trace->extra.ethernet ? ETHERNET_BITS : 0;
    int n_extra = trace_extra_width(&trace->extra), n = trace->layout->n_columns;
    gsize used;
    char *end;

    for (int i = 0; i < state->n_columns; i++) {
        append_column(out, state, trace, row, state->columns[i]);
        g_string_append_c(out, ',');
    }
    used = out->len;
    g_string_set_size(out, used + CELL_SIZE * ((gsize)n + n_extra + 8));
    end = out->str + used;
    if (n_ethernet)
        end = put_trits(end, trace_extra_row(trace, row), n_ethernet, &state->fill);
    end = put_trits(end, trace_row(trace, row), n, &state->fill);
    if (n_extra > n_ethernet)
        end = put_trits(end, trace_extra_row(trace, row) + n_ethernet, n_extra - n_ethernet,
                        &state->fill);
    end[-1] = '\n';
    g_string_truncate(out, end - out->str);
}

static void
csv_append(TableWriter *writer, const Trace *trace)
{
    for (int row = 0; row < trace->n_rows && !ferror(table_stream(writer)); row++) {
        append_row(writer->out, writer->state, trace, row);
        if (writer->out->len > CHUNK_SIZE)
            hand_over(writer);
    }
}

static bool
csv_end(TableWriter *writer, GError **error)
{
    hand_over(writer);
    return true;
}

const TableKind table_kind_csv = {csv_begin, csv_append, csv_end, NULL};

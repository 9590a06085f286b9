/* SPDX-License-Identifier: Apache-2.0 */
/* Which cells are determined: version, protocol, reserved bits, fragment fields and header lengths
 * by the packet itself; the lengths of IP and UDP where the length stands beside the row, and the
 * IPv4 checksum where addresses do and the identification, which is free, is not damaged; ports,
 * TTL, type of service and the like by the flow, where all packets of that direction agree. What
 * only the lost payload could tell (transport checksums) is not. */
#include "tests/compliance/scores.h"

#include <glib/gstdio.h>
#include <stdio.h>

#include "app/trace/flow.h"

enum { LEAST_FLOW = 4 }; /* packets one way that make an agreement */

static bool
is_as_given(const Trace *original, const Trace *given, int row, FieldId field)
{
    uint32_t was, is;

    return trace_get(original, row, field, &was) && trace_get(given, row, field, &is) && was == is;
}

static bool
is_own(FieldId field, const Trace *original, const Trace *given, int row)
{
    switch (field) {
    case FIELD_IPV4_TL:
    case FIELD_UDP_LEN:
        return given->sides & TRACE_HAS_LENGTHS;
    case FIELD_IPV4_CKSUM: /* a lost identification takes it along */
        return (given->sides & TRACE_HAS_ADDRESSES) &&
               is_as_given(original, given, row, FIELD_IPV4_ID);
    case FIELD_IPV4_VER:
    case FIELD_IPV4_HL:
    case FIELD_IPV4_RBIT:
    case FIELD_IPV4_MFBIT:
    case FIELD_IPV4_FOFF:
    case FIELD_IPV4_PROTO:
    case FIELD_IPV6_VER:
    case FIELD_IPV6_LEN:
    case FIELD_IPV6_NH:
    case FIELD_TCP_DOFF:
    case FIELD_TCP_RES:
    case FIELD_TCP_URG:
    case FIELD_TCP_URP:
        return true;
    default:
        return false;
    }
}

static bool
is_of_flow(FieldId field)
{
    switch (field) {
    case FIELD_IPV4_TOS:
    case FIELD_IPV4_DFBIT:
    case FIELD_IPV4_TTL:
    case FIELD_IPV6_TC:
    case FIELD_IPV6_FL:
    case FIELD_IPV6_HL:
    case FIELD_TCP_SPRT:
    case FIELD_TCP_DPRT:
    case FIELD_UDP_SPORT:
    case FIELD_UDP_DPORT:
    case FIELD_TCP_NS:
    case FIELD_TCP_CWR:
    case FIELD_TCP_ECE:
        return true;
    default:
        return false;
    }
}

/* What a direction of a flow agrees on. */
typedef struct {
    int n;
    bool is_mixed[N_FIELDS];
    uint32_t value[N_FIELDS];
} Agreement;

static Agreement *
find_agreements(const Trace *trace, int *way_of)
{
    g_autofree uint8_t *direction_of = g_malloc0(MAX(trace->n_rows, 1));
    int n_flows = trace_group_flows(trace, way_of, direction_of);
    Agreement *ways = g_new0(Agreement, 2 * n_flows + 1);

    for (int row = 0; row < trace->n_rows; row++) {
        way_of[row] = way_of[row] * 2 + direction_of[row];
        Agreement *way = &ways[way_of[row]];
        for (int field = 0; field < N_FIELDS; field++) {
            uint32_t value;
            if (!is_of_flow((FieldId)field))
                continue;
            if (!trace_get(trace, row, (FieldId)field, &value) ||
                (way->n > 0 && value != way->value[field]))
                way->is_mixed[field] = true;
            else
                way->value[field] = value;
        }
        way->n++;
    }
    return ways;
}

static void
add_field(Score *score, const int8_t *original, const int8_t *given, const int8_t *repaired, int n)
{
    bool is_damaged = false;

    for (int i = 0; i < n; i++)
        is_damaged |= given[i] != original[i];
    for (int i = 0; i < n; i++) {
        if (given[i] != original[i]) {
            score->n_flipped++;
            score->n_restored += repaired[i] == original[i];
        } else if (!is_damaged) {
            score->n_intact += original[i] >= 0;
            score->n_wronged += repaired[i] != original[i];
        }
    }
}

void
scores_add(Scores *scores, const Trace *original, const Trace *given, const Trace *repaired,
           const int *row_of)
{
    const Layout *layout = original->layout;
    g_autofree int *way_of = g_new0(int, MAX(original->n_rows, 1));
    g_autofree Agreement *ways = find_agreements(original, way_of);

    scores->n_rows += original->n_rows;
    scores->n_lost += original->n_rows - repaired->n_rows;
    for (int out = 0; out < repaired->n_rows; out++) {
        int row = row_of[out];
        for (int i = 0; i < layout->n_fields; i++) {
            FieldId field = layout->fields[i].field;
            int first = layout->fields[i].first_column;
            const Agreement *way = &ways[way_of[row]];
            bool is_determined =
                is_own(field, original, given, row) ||
                (is_of_flow(field) && !way->is_mixed[field] && way->n >= LEAST_FLOW);
            add_field(&scores->of[field][is_determined], trace_row(original, row) + first,
                      trace_row(given, row) + first, trace_row(repaired, out) + first,
                      field_table[field].width);
        }
    }
}

static void
write_line(FILE *file, const char *group, const char *field, const char *cells, const Score *score)
{
    if (score->n_flipped == 0 && score->n_intact == 0 && score->n_wronged == 0)
        return;
    fprintf(file,
            "%s,%s,%s,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
            ",%" G_GUINT64_FORMAT "\n",
            group, field, cells, score->n_flipped, score->n_restored, score->n_intact,
            score->n_wronged);
}

void
scores_write(GHashTable *scores, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "fields.csv", NULL);
    FILE *file = g_fopen(path, "w");
    GHashTableIter iter;
    gpointer group, value;

    g_return_if_fail(file != NULL);
    fputs("group,field,determined,flipped,restored,intact,wronged\n", file);
    g_hash_table_iter_init(&iter, scores);
    while (g_hash_table_iter_next(&iter, &group, &value)) {
        const Scores *of = value;
        for (int field = 0; field < N_FIELDS; field++) {
            write_line(file, group, field_table[field].name, "yes", &of->of[field][1]);
            write_line(file, group, field_table[field].name, "no", &of->of[field][0]);
        }
    }
    fclose(file);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Repaired traces held against the rules once more, and against what tshark's experts say. */
#include "app/evaluate/fidelity/compliance.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum { SEED = 1 };

/* --- our rules --- */

static void
count_flows(ComplianceCount *count, const RepairReport *report, const bool *is_changed)
{
    g_autofree bool *is_broken = g_new0(bool, MAX(report->n_flows, 1));

    for (int out = 0; out < report->n_rows_out; out++) {
        int flow = report->flow_of[out];

        count->n_legal_packets += !is_changed[report->row_of[out]];
        if (flow >= 0)
            is_broken[flow] |= is_changed[report->row_of[out]];
    }
    count->n_flows += (guint64)report->n_flows;
    for (int flow = 0; flow < report->n_flows; flow++)
        count->n_legal_flows += !is_broken[flow];
}

bool
compliance_count(ComplianceCount *count, const Trace *repaired, GCancellable *cancellable,
                 GError **error)
{
    const RepairOptions options = {.cancellable = cancellable};
    g_autofree bool *is_changed = g_new0(bool, MAX(repaired->n_rows, 1));
    g_autoptr(GError) local = NULL;
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) again = NULL;
    guint64 n_packets = 0;

    for (int row = 0; row < repaired->n_rows; row++)
        n_packets += !trace_row_is_empty(repaired, row);
    count->n_packets += n_packets;
    if (n_packets == 0)
        return true;
    again = repair_trace(repaired, &options, &report, &local);
    if (!again && g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (!again) /* nothing of it can be a packet */
        return true;
    count->n_bits_changed += report->n_bits_changed;
    for (guint i = 0; i < report->changes->len; i++)
        is_changed[g_array_index(report->changes, RepairChange, i).row] = true;
    count_flows(count, report, is_changed);
    return true;
}

/* --- tshark --- */

/* In the order of the fields of expert_command. */
enum {
    COLUMN_TCP,
    COLUMN_UDP,
    COLUMN_FIRST_ADDRESS,
    COLUMN_MALFORMED = 6,
    COLUMN_SEVERITY,
    N_COLUMNS
};

const char *
expert_severity_name(ExpertSeverity severity)
{
    static const char *const names[N_EXPERT_SEVERITIES] = {"error", "warning", "note", "chat"};

    g_return_val_if_fail((unsigned)severity < N_EXPERT_SEVERITIES, NULL);
    return names[severity];
}

const char *const *
expert_command(void)
{
    static const char *const command[] = {
        "tshark",
        "-n",
        "-2",
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "udp.check_checksum:TRUE",
        "-T",
        "fields",
        "-E",
        "separator=/t",
        "-E",
        "occurrence=a",
        "-E",
        "aggregator=,",
        "-e",
        "tcp.stream",
        "-e",
        "udp.stream",
        "-e",
        "ip.src",
        "-e",
        "ip.dst",
        "-e",
        "ipv6.src",
        "-e",
        "ipv6.dst",
        "-e",
        "_ws.malformed",
        "-e",
        "_ws.expert.severity",
        NULL,
    };

    return command;
}

/* Wireshark's epan/proto.h: PI_ERROR and the others. */
static bool
severity_of(guint64 number, ExpertSeverity *severity)
{
    static const guint64 numbers[N_EXPERT_SEVERITIES] = {0x800000, 0x600000, 0x400000, 0x200000};

    for (int i = 0; i < N_EXPERT_SEVERITIES; i++) {
        if (number == numbers[i]) {
            *severity = (ExpertSeverity)i;
            return true;
        }
    }
    return false;
}

/* Counts the items of a packet; the worst of them, N_EXPERT_SEVERITIES when there is none. Comments
 * and groups without a severity are none. */
static int
count_events(ExpertCount *count, const char *text)
{
    g_auto(GStrv) numbers = g_strsplit(text, ",", -1);
    int worst = N_EXPERT_SEVERITIES;

    for (int i = 0; numbers[i]; i++) {
        ExpertSeverity severity;

        if (!severity_of(g_ascii_strtoull(numbers[i], NULL, 0), &severity))
            continue;
        count->n_events[severity]++;
        worst = MIN(worst, (int)severity);
    }
    return worst;
}

/* The outermost stream: of a message about another packet the first number. */
static char *
flow_of(char *const *columns)
{
    const char *protocol = *columns[COLUMN_TCP] ? "tcp" : *columns[COLUMN_UDP] ? "udp" : NULL;
    const char *number = *columns[COLUMN_TCP] ? columns[COLUMN_TCP] : columns[COLUMN_UDP];
    const char *const *address = (const char *const *)columns + COLUMN_FIRST_ADDRESS;

    if (protocol)
        return g_strdup_printf("%s %.*s", protocol, (int)strcspn(number, ","), number);
    address += **address ? 0 : 2;
    return strcmp(address[0], address[1]) < 0 ? g_strjoin(" ", address[0], address[1], NULL)
                                              : g_strjoin(" ", address[1], address[0], NULL);
}

static void
count_packet(ExpertCount *count, char *const *columns, GHashTable *flows)
{
    int worst = count_events(count, columns[COLUMN_SEVERITY]);
    bool is_malformed = *columns[COLUMN_MALFORMED] != '\0';
    bool is_clean = !is_malformed && worst > EXPERT_WARNING;
    char *flow = flow_of(columns);
    gpointer was_clean;

    count->n_packets++;
    count->n_malformed += is_malformed;
    count->n_clean_packets += is_clean;
    if (worst < N_EXPERT_SEVERITIES)
        count->n_packets_of[worst]++;
    if (g_hash_table_lookup_extended(flows, flow, NULL, &was_clean))
        is_clean = is_clean && GPOINTER_TO_INT(was_clean);
    g_hash_table_insert(flows, flow, GINT_TO_POINTER(is_clean));
}

bool
expert_count(ExpertCount *count, const char *output, GError **error)
{
    g_autoptr(GHashTable) flows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    GHashTableIter iter;
    gpointer is_clean;

    for (int i = 0; lines[i]; i++) {
        g_auto(GStrv) columns = g_strsplit(lines[i], "\t", N_COLUMNS + 1);

        if (!*lines[i] && !lines[i + 1])
            break;
        if (g_strv_length(columns) != N_COLUMNS) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("Line %d of what tshark printed is not %d columns: is this another "
                          "program of that name? Try “tshark -v” in a terminal."),
                        i + 1, N_COLUMNS);
            return false;
        }
        count_packet(count, columns, flows);
    }
    count->n_flows += g_hash_table_size(flows);
    g_hash_table_iter_init(&iter, flows);
    while (g_hash_table_iter_next(&iter, NULL, &is_clean))
        count->n_clean_flows += GPOINTER_TO_INT(is_clean) != 0;
    return true;
}

/* --- shares --- */

/* The ratio of two numbers of each element of an array of counts. */
static Estimate
ratio(const void *counts, gsize size, guint n, gsize part, gsize whole)
{
    g_autofree double *parts = g_new0(double, MAX(n, 1));
    g_autofree double *wholes = g_new0(double, MAX(n, 1));

    for (guint i = 0; i < n; i++) {
        const char *element = (const char *)counts + i * size;

        parts[i] = (double)*(const guint64 *)(const void *)(element + part);
        wholes[i] = (double)*(const guint64 *)(const void *)(element + whole);
    }
    return estimate_ratio(parts, wholes, n, SEED);
}

Estimate
compliance_packets(const ComplianceCount *counts, guint n)
{
    return ratio(counts, sizeof *counts, n, offsetof(ComplianceCount, n_legal_packets),
                 offsetof(ComplianceCount, n_packets));
}

Estimate
compliance_flows(const ComplianceCount *counts, guint n)
{
    return ratio(counts, sizeof *counts, n, offsetof(ComplianceCount, n_legal_flows),
                 offsetof(ComplianceCount, n_flows));
}

Estimate
expert_clean_packets(const ExpertCount *counts, guint n)
{
    return ratio(counts, sizeof *counts, n, offsetof(ExpertCount, n_clean_packets),
                 offsetof(ExpertCount, n_packets));
}

Estimate
expert_clean_flows(const ExpertCount *counts, guint n)
{
    return ratio(counts, sizeof *counts, n, offsetof(ExpertCount, n_clean_flows),
                 offsetof(ExpertCount, n_flows));
}

Estimate
expert_events(const ExpertCount *counts, guint n, ExpertSeverity severity)
{
    return ratio(counts, sizeof *counts, n,
                 offsetof(ExpertCount, n_events) + severity * sizeof(guint64),
                 offsetof(ExpertCount, n_packets));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Provenance as text. Its keys and values are for programs too, so they are not translated. */
#include "app/jobs/export_text.h"

#include <string.h>

void
export_put(GHashTable *table, const char *key, char *value)
{
    if (value)
        g_hash_table_replace(table, g_strdup(key), value);
}

/* How many packets and bits each rule changed. */
typedef struct {
    int last_row, n_packets;
    guint64 n_bits;
} RuleCount;

static void
count_change(RuleCount *count, const RepairChange *change)
{
    count->n_packets += count->last_row != change->row;
    count->last_row = change->row;
    count->n_bits += change->n_bits;
}

void
export_put_report(GHashTable *table, const RepairReport *report)
{
    int n_rules;
    const RepairRule *const *rules = repair_rules(&n_rules);
    g_autofree RuleCount *counts = g_new(RuleCount, n_rules);
    RuleCount all = {.last_row = -1};

    for (int i = 0; i < n_rules; i++)
        counts[i] = all;
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        count_change(&all, change);
        if (change->rule >= 0 && change->rule < n_rules)
            count_change(&counts[change->rule], change);
    }
    export_put(table, "repair",
               g_strdup_printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                               " bits changed, in %d of %d packets",
                               report->n_bits_changed, report->n_bits, all.n_packets,
                               report->n_rows_out));
    if (report->n_as_drawn > 0)
        export_put(table, "as_drawn", g_strdup_printf("%d packets", report->n_as_drawn));
    for (int i = 0; i < n_rules; i++) {
        g_autofree char *key = g_strconcat("repair:", rules[i]->id, NULL);
        if (counts[i].n_bits > 0)
            export_put(table, key,
                       g_strdup_printf("%" G_GUINT64_FORMAT " bits in %d packets", counts[i].n_bits,
                                       counts[i].n_packets));
    }
}

static GList *
sorted_keys(GHashTable *table)
{
    return g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)g_strcmp0);
}

/* Provenance may come from a stranger's picture: it stays on its line. */
static void
append_line(GString *text, const char *key, const char *value)
{
    g_autofree char *whole = g_strdup_printf("%s: %s", key, value);
    g_autofree char *valid = g_utf8_make_valid(whole, -1);

    for (char *at = valid; *at; at++) {
        if (g_ascii_iscntrl(*at))
            *at = ' ';
    }
    g_string_append(text, valid);
    g_string_append_c(text, '\n');
}

char *
export_text(GHashTable *table)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GList) keys = sorted_keys(table);

    for (GList *at = keys; at; at = at->next)
        append_line(text, at->data, g_hash_table_lookup(table, at->data));
    if (text->len > 0)
        g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}

static bool
is_whole(const int8_t *trits, int n)
{
    return n <= 64 && !memchr(trits, -1, (size_t)n);
}

/* "tcp-flags: tcp_syn 1 to 0" */
static void
append_change(GString *text, const RepairReport *report, const RepairChange *change)
{
    const RepairRule *rule = repair_rules(NULL)[change->rule];
    const int8_t *before = (const int8_t *)report->trits->data + change->trits;
    int width = field_table[change->field].width;

    if (text->len > 0)
        g_string_append_c(text, '\n');
    g_string_append_printf(text, "%s: %s", rule->id, field_table[change->field].name);
    if (is_whole(before, width) && is_whole(before + width, width))
        g_string_append_printf(text, " %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, change->before,
                               change->after);
    else
        g_string_append_printf(text, " %d bits", change->n_bits);
}

char **
export_notes(const RepairReport *report)
{
    char **notes = g_new0(char *, report->n_rows_out + 1);
    g_autofree int *row_to = g_new(int, MAX(report->n_rows_in, 1));
    g_autoptr(GString) text = g_string_new(NULL);

    memset(row_to, 0xff, (size_t)report->n_rows_in * sizeof *row_to);
    for (int row = 0; row < report->n_rows_out; row++)
        row_to[report->row_of[row]] = row;
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        bool is_last = i + 1 == report->changes->len ||
                       g_array_index(report->changes, RepairChange, i + 1).row != change->row;
        append_change(text, report, change);
        if (!is_last)
            continue;
        if (row_to[change->row] >= 0)
            notes[row_to[change->row]] = g_strdup(text->str);
        g_string_truncate(text, 0);
    }
    return notes;
}

void
export_notes_free(char **notes, int n)
{
    for (int i = 0; notes && i < n; i++)
        g_free(notes[i]);
    g_free(notes);
}

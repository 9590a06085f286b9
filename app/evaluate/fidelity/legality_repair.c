/* SPDX-License-Identifier: Apache-2.0 */
/* What repair changed, by field; and shares of what was counted. */
#include "app/evaluate/fidelity/legality.h"
#include "app/trace/field_random.h"

enum { SEED = 1 };

static guint64
count_present(const int8_t *trits, int n)
{
    guint64 sum = 0;

    for (int i = 0; i < n; i++)
        sum += trits[i] >= 0;
    return sum;
}

void
legality_count_repair(LegalityCount *count, const Trace *drawn, const RepairReport *report)
{
    int out = 0;

    for (int row = 0; row < drawn->n_rows; row++) {
        bool is_kept = out < report->n_rows_out && report->row_of[out] == row;

        out += is_kept;
        if (!is_kept && trace_row_is_empty(drawn, row))
            continue;
        for (int i = 0; i < drawn->layout->n_fields; i++) {
            const LayoutField *at = &drawn->layout->fields[i];
            int width = field_table[at->field].width;
            count->n_bits[at->field] += (guint64)width;
            count->n_present[at->field] +=
                count_present(trace_row(drawn, row) + at->first_column, width);
        }
    }
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        const int8_t *before = (const int8_t *)report->trits->data + change->trits;
        int width = field_table[change->field].width;

        count->n_changed[change->field] += change->n_bits;
        for (int bit = 0; bit < width; bit++)
            count->n_present[change->field] += before[bit] < 0 && before[width + bit] >= 0;
    }
}

/* --- shares --- */

/* What of a count is divided by what. */
typedef void (*Parts)(const LegalityCount *count, int which, double *part, double *whole);

static Estimate
share(const LegalityCount *counts, guint n, Parts parts_of, int which)
{
    g_autofree double *parts = g_new0(double, MAX(n, 1));
    g_autofree double *wholes = g_new0(double, MAX(n, 1));

    for (guint i = 0; i < n; i++)
        parts_of(&counts[i], which, &parts[i], &wholes[i]);
    return estimate_ratio(parts, wholes, n, SEED);
}

static void
parts_of_masks(const LegalityCount *count, int which, double *part, double *whole)
{
    (void)which;
    *part = (double)count->n_legal_masks;
    *whole = (double)count->n_rows;
}

static void
parts_of_check(const LegalityCount *count, int which, double *part, double *whole)
{
    *part += (double)count->n_right[which];
    *whole += (double)count->n_about[which];
}

static void
parts_of_checks(const LegalityCount *count, int which, double *part, double *whole)
{
    (void)which;
    for (int check = 0; check < N_LEGAL_CHECKS; check++)
        parts_of_check(count, check, part, whole);
}

static void
parts_of_field(const LegalityCount *count, int which, double *part, double *whole)
{
    *part += (double)count->n_changed[which];
    *whole += (double)count->n_bits[which];
}

static void
parts_of_present(const LegalityCount *count, int which, double *part, double *whole)
{
    *part += (double)count->n_changed[which];
    *whole += (double)count->n_present[which];
}

static void
parts_of_fields(const LegalityCount *count, int of_present, double *part, double *whole)
{
    for (int field = 0; field < N_FIELDS; field++) {
        if (field_random((FieldId)field) & RANDOM_CHECKSUM)
            continue;
        if (of_present)
            parts_of_present(count, field, part, whole);
        else
            parts_of_field(count, field, part, whole);
    }
}

Estimate
legality_masks(const LegalityCount *counts, guint n)
{
    return share(counts, n, parts_of_masks, 0);
}

Estimate
legality_check(const LegalityCount *counts, guint n, LegalCheck check)
{
    return share(counts, n, parts_of_check, (int)check);
}

Estimate
legality_checks(const LegalityCount *counts, guint n)
{
    return share(counts, n, parts_of_checks, 0);
}

Estimate
legality_changed(const LegalityCount *counts, guint n, FieldId field, bool of_present)
{
    return share(counts, n, of_present ? parts_of_present : parts_of_field, (int)field);
}

Estimate
legality_changed_all(const LegalityCount *counts, guint n, bool of_present)
{
    return share(counts, n, parts_of_fields, of_present);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The report by packets and by rules. */
#include "app/repair/repair_story.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/repair/report_tally.h"

/* Where the changes of each row begin in an array sorted by row: (n_rows + 1). */
typedef struct {
    const GArray *changes; /* RepairChange */
    guint *first;
} ChangeIndex;

struct RepairStory {
    const Trace *drawn, *repaired;
    const RepairReport *report;
    int *out_row; /* (drawn->n_rows) */
    ChangeIndex done, declined;
    RepairRuleCount *counts; /* by rule */
    uint8_t (*colours)[3];   /* by rule */
};

static ChangeIndex
index_changes(const GArray *changes, int n_rows)
{
    ChangeIndex index = {changes, g_new(guint, n_rows + 1)};
    guint at = 0;

    for (int row = 0; row <= n_rows; row++) {
        while (at < changes->len && g_array_index(changes, RepairChange, at).row < row)
            at++;
        index.first[row] = at;
    }
    return index;
}

static const RepairChange *
changes_of(const ChangeIndex *index, int row, int *n)
{
    *n = (int)(index->first[row + 1] - index->first[row]);
    return *n ? &g_array_index(index->changes, RepairChange, index->first[row]) : NULL;
}

static RepairRuleCount *
count_rules(const RepairReport *report)
{
    int n;
    repair_rules(&n);
    g_autofree ReportTally *done = report_tally(report->changes, n, true);
    g_autofree ReportTally *declined = report_tally(report->declined, n, true);
    RepairRuleCount *counts = g_new(RepairRuleCount, n);

    for (int i = 0; i < n; i++)
        counts[i] = (RepairRuleCount){done[i].n_packets, done[i].n_bits, declined[i].n_packets,
                                      declined[i].n_bits};
    return counts;
}

RepairStory *
repair_story_new(const Trace *drawn, const Trace *repaired, const RepairReport *report)
{
    RepairStory *story = g_new0(RepairStory, 1);
    int n_rules;

    g_return_val_if_fail(report->n_rows_in == drawn->n_rows, NULL);
    *story = (RepairStory){.drawn = drawn, .repaired = repaired, .report = report};
    story->out_row = g_new(int, MAX(drawn->n_rows, 1));
    memset(story->out_row, 0xff, (size_t)drawn->n_rows * sizeof *story->out_row);
    for (int row = 0; row < repaired->n_rows; row++)
        story->out_row[report->row_of[row]] = row;
    story->done = index_changes(report->changes, drawn->n_rows);
    story->declined = index_changes(report->declined, drawn->n_rows);
    story->counts = count_rules(report);
    repair_rules(&n_rules);
    story->colours = g_malloc_n((gsize)n_rules, sizeof *story->colours);
    for (int rule = 0; rule < n_rules; rule++)
        repair_rule_colour(rule, story->colours[rule]);
    return story;
}

void
repair_story_free(RepairStory *story)
{
    if (!story)
        return;
    g_free(story->out_row);
    g_free(story->done.first);
    g_free(story->declined.first);
    g_free(story->counts);
    g_free(story->colours);
    g_free(story);
}

const RepairChange *
repair_story_changes(const RepairStory *story, int row, int *n)
{
    return changes_of(&story->done, row, n);
}

const RepairChange *
repair_story_declined(const RepairStory *story, int row, int *n)
{
    return changes_of(&story->declined, row, n);
}

int
repair_story_out_row(const RepairStory *story, int row)
{
    return story->out_row[row];
}

/* Those of a field among the changes of a row. */
static const RepairChange *
changes_of_field(const ChangeIndex *index, int row, FieldId field, int *n_found)
{
    const RepairChange *found = NULL;
    int n;
    const RepairChange *changes = changes_of(index, row, &n);

    *n_found = 0;
    for (int i = 0; i < n; i++) {
        if (changes[i].field != field)
            continue;
        if (!found)
            found = &changes[i];
        ++*n_found;
    }
    return found;
}

bool
repair_story_bit(const RepairStory *story, int row, int column, RepairBit *bit)
{
    const Layout *layout = story->drawn->layout;
    int n;

    if (row < 0 || row >= story->drawn->n_rows || column < 0 || column >= layout->n_columns)
        return false;
    const LayoutField *field = layout_field_at(layout, column, &bit->bit);
    bit->row = row;
    bit->out_row = story->out_row[row];
    bit->field = field->field;
    bit->drawn = trace_row(story->drawn, row) + field->first_column;
    bit->now =
        bit->out_row < 0 ? NULL : trace_row(story->repaired, bit->out_row) + field->first_column;
    bit->change = changes_of_field(&story->done, row, field->field, &n);
    bit->declined = changes_of_field(&story->declined, row, field->field, &bit->n_declined);
    return true;
}

RepairRuleCount
repair_story_count(const RepairStory *story, int rule)
{
    return story->counts[rule];
}

static bool
has_rule(const ChangeIndex *index, int row, int rule)
{
    int n;
    const RepairChange *changes = changes_of(index, row, &n);

    for (int i = 0; i < n; i++) {
        if (changes[i].rule == rule)
            return true;
    }
    return false;
}

GArray *
repair_story_rows(const RepairStory *story, int rule)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(int));

    for (int row = 0; row < story->drawn->n_rows; row++) {
        if (has_rule(&story->done, row, rule) || has_rule(&story->declined, row, rule))
            g_array_append_val(rows, row);
    }
    return rows;
}

Trace *
repair_story_align(const RepairStory *story)
{
    const Trace *repaired = story->repaired;
    Trace *aligned = trace_new(repaired->layout, story->drawn->n_rows);
    GHashTableIter iter;
    gpointer key, value;

    aligned->sides = repaired->sides;
    for (int row = 0; row < aligned->n_rows; row++) {
        int out = story->out_row[row];
        if (out < 0)
            continue;
        memcpy(trace_row(aligned, row), trace_row(repaired, out),
               (size_t)repaired->layout->n_columns);
        aligned->rows[row] = repaired->rows[out];
    }
    g_hash_table_iter_init(&iter, repaired->provenance);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_replace(aligned->provenance, g_strdup(key), g_strdup(value));
    return aligned;
}

static void
draw_dimmed(const int8_t *trits, int n, uint8_t *pixels)
{
    static const uint8_t shades[][3] = {{18, 20, 23}, {33, 36, 41}, {54, 59, 67}};

    for (int i = 0; i < n; i++)
        memcpy(pixels + i * 3, shades[trits[i] + 1], 3);
}

/* The bits of a field that differ, in the colour of the rule: of that so much of 256. */
static void
draw_change(const RepairStory *story, const RepairChange *change, int share, uint8_t *pixels)
{
    const int8_t *before = (const int8_t *)story->report->trits->data + change->trits;
    int width = field_table[change->field].width;
    const uint8_t *rgb = story->colours[change->rule];

    pixels += story->drawn->layout->column_of[change->field] * 3;
    for (int bit = 0; bit < width; bit++) {
        if (before[bit] == before[width + bit])
            continue;
        for (int i = 0; i < 3; i++)
            pixels[bit * 3 + i] =
                (uint8_t)((pixels[bit * 3 + i] * (256 - share) + rgb[i] * share) >> 8);
    }
}

static void
draw_changes(const RepairStory *story, const ChangeIndex *index, int row, int rule, int share,
             uint8_t *pixels)
{
    int n;
    const RepairChange *changes = changes_of(index, row, &n);

    for (int i = 0; i < n; i++) {
        bool shines = rule < 0 || changes[i].rule == rule;
        draw_change(story, &changes[i], shines ? share : share / 8, pixels);
    }
}

Image *
repair_story_draw(const RepairStory *story, int first_row, int n_rows, int rule)
{
    const Trace *drawn = story->drawn;
    int width = drawn->layout->n_columns;
    Image *image = image_new(width, n_rows, 3);
    g_autofree int8_t *absent = g_malloc((size_t)width);

    memset(absent, -1, (size_t)width);
    for (int i = 0; i < n_rows; i++) {
        uint8_t *pixels = image->pixels + (size_t)i * width * 3;
        int row = first_row + i;
        bool is_there = row < drawn->n_rows;

        draw_dimmed(is_there ? trace_row(drawn, row) : absent, width, pixels);
        if (!is_there)
            continue;
        draw_changes(story, &story->declined, row, rule, 128, pixels);
        draw_changes(story, &story->done, row, rule, 256, pixels);
    }
    return image;
}

char *
repair_trits_to_text(const int8_t *trits, int width)
{
    GString *text = g_string_new(NULL);
    int n_present = 0;

    for (int i = 0; i < width; i++)
        n_present += trits[i] >= 0;
    if (n_present == 0) {
        g_string_append(text, _("absent"));
    } else if (n_present == width && width <= 32) {
        guint64 value = report_first_bits(trits, width);
        g_string_append_printf(text, "%" G_GUINT64_FORMAT, value);
        if (value > 9)
            g_string_append_printf(text, " (0x%" G_GINT64_MODIFIER "x)", value);
    } else {
        while (width > 0 && trits[width - 1] < 0)
            width--;
        for (int i = 0; i < width; i++)
            g_string_append_c(text, trits[i] < 0 ? '-' : (char)('0' + trits[i]));
    }
    return g_string_free(text, FALSE);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Makes what repair is judged on: noise, pictures, and real captures whole and damaged, repaired
 * and written as captures. What can be known here is counted here: flipped bits that came back,
 * bits changed that were whole, repairs that do not stand when repeated. run.sh lets the tools of
 * others judge the captures. */
#include "app/repair/repair.h"
#include "app/trace/flow.h"
#include "app/trace/interchange.h"

#include <string.h>

#include "tests/compliance/scores.h"
#include "tests/repair/drawings.h"

typedef struct {
    char *folder; /* of what is written */
    int first, n_seeds, n_rows;
    char *kinds;        /* of "noise,damaged,untouched,pictures" */
    char **captures;    /* real ones */
    char **pictures;    /* folders of PNG */
    GHashTable *scores; /* group -> Scores */
    int n_cases, n_failed;
} Matrix;

/* One trace to repair. */
typedef struct {
    const char *name, *group;
    const Trace *original; /* what damaged was, NULL where nothing is known of it */
    const Trace *given;
    RepairOptions options;
} Case;

static bool
has_kind(const Matrix *matrix, const char *kind)
{
    g_auto(GStrv) kinds = g_strsplit(matrix->kinds, ",", -1);

    return g_strv_contains((const char *const *)kinds, kind);
}

static void
fail(Matrix *matrix, const Case *item, const char *what)
{
    g_print("FAIL %s: %s\n", item->name, what);
    matrix->n_failed++;
}

static bool
is_same_row(const TraceRow *a, const TraceRow *b)
{
    return a->time_ns == b->time_ns && address_equal(&a->src, &b->src) &&
           address_equal(&a->dst, &b->dst) && a->length == b->length &&
           a->direction == b->direction;
}

/* Repair of what repair made changes nothing. */
static void
repeat(Matrix *matrix, const Case *item, const Trace *repaired)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) again = repair_trace(repaired, &item->options, &report, &error);

    if (!again) {
        fail(matrix, item, error->message);
        return;
    }
    if (report->changes->len > 0) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, 0);
        g_autofree char *what = g_strdup_printf("a second repair changes %" G_GUINT64_FORMAT
                                                " bits in %u fields, first %s of packet %d by %s",
                                                report->n_bits_changed, report->changes->len,
                                                field_table[change->field].name, change->row + 1,
                                                repair_rules(NULL)[change->rule]->id);
        fail(matrix, item, what);
        return;
    }
    int n_other = again->n_rows != repaired->n_rows;
    for (int row = 0; row < MIN(again->n_rows, repaired->n_rows); row++)
        n_other += !is_same_row(&again->rows[row], &repaired->rows[row]);
    if (n_other > 0)
        fail(matrix, item, "a second repair changes times, addresses, directions or lengths");
}

static Scores *
group_scores(Matrix *matrix, const char *group)
{
    Scores *scores = g_hash_table_lookup(matrix->scores, group);

    if (!scores) {
        scores = g_new0(Scores, 1);
        g_hash_table_insert(matrix->scores, g_strdup(group), scores);
    }
    return scores;
}

static void
run_case(Matrix *matrix, const Case *item)
{
    /* Of every four seeds one is written as pcapng. */
    g_autofree char *file =
        g_strdup_printf("%s.%s", item->name, item->options.seed % 4 == 3 ? "pcapng" : "pcap");
    g_autofree char *path = g_build_filename(matrix->folder, file, NULL);
    CaptureWriteOptions write = {
        .policy = {.payload = item->options.payload, .seed = item->options.seed}};
    g_autoptr(GError) error = NULL;
    g_autoptr(RepairReport) report = NULL;
    int n_dropped = 0;

    g_autoptr(Trace) repaired = repair_trace(item->given, &item->options, &report, &error);
    matrix->n_cases++;
    if (!repaired || !trace_write_capture(repaired, path, &write, &n_dropped, &error)) {
        fail(matrix, item, error->message);
        return;
    }
    if (n_dropped > 0)
        fail(matrix, item, "repaired rows could not be written");
    g_print("case %s: %d rows of %d, %" G_GUINT64_FORMAT " bits changed\n", item->name,
            repaired->n_rows, item->given->n_rows, report->n_bits_changed);
    repeat(matrix, item, repaired);
    if (item->original)
        scores_add(group_scores(matrix, item->group), item->original, item->given, repaired,
                   report->row_of);
}

static void
run_noise(Matrix *matrix, int seed)
{
    for (int drawing = 0; drawing < N_DRAWINGS; drawing++) {
        g_autofree char *kind = g_strdelimit(g_strdup(drawing_name(drawing)), " ", '-');
        g_autofree char *name = g_strdup_printf("noise-%s-%04d", kind, seed);
        g_autoptr(Trace) drawn =
            drawing_new(drawing, layout_nth(seed % 2), matrix->n_rows, (guint64)seed);
        Case item = {.name = name, .group = "noise", .given = drawn};
        item.options.seed = (guint64)seed;
        run_case(matrix, &item);
    }
}

static Trace *
read_capture(Matrix *matrix, const char *path)
{
    g_autoptr(GError) error = NULL;
    Trace *trace = trace_read_capture(path, layout_default(), matrix->n_rows, NULL, &error);

    if (!trace)
        g_print("note %s: %s\n", path, error->message);
    return trace;
}

static char *
stem_of(const char *path)
{
    char *stem = g_path_get_basename(path);
    char *dot = strrchr(stem, '.');

    if (dot)
        *dot = '\0';
    return g_strdelimit(stem, " ", '_');
}

/* A damaged capture keeps what stands beside its rows; a picture of it has nothing there. */
static void
run_damaged(Matrix *matrix, int seed)
{
    static const int percents[] = {1, 5, 20};
    /* A prime step, so that a few seeds are of captures of many kinds. */
    guint at = (guint)seed * 7919u % g_strv_length(matrix->captures);
    const char *path = matrix->captures[at];
    g_autofree char *stem = stem_of(path);
    g_autoptr(Trace) real = read_capture(matrix, path);

    for (guint i = 0; real && i < G_N_ELEMENTS(percents); i++) {
        for (int is_bare = 0; is_bare < 2; is_bare++) {
            const char *mode = is_bare ? "bare" : "beside";
            g_autofree char *group = g_strdup_printf("damaged-%02d-%s", percents[i], mode);
            g_autofree char *name = g_strdup_printf("%s-%04d-%s", group, seed, stem);
            g_autoptr(Trace) damaged = sample_with_flips(real, percents[i] / 100.0, (guint64)seed);
            Case item = {.name = name, .group = group, .original = real, .given = damaged};
            item.options.seed = (guint64)seed;
            if (is_bare) {
                damaged->sides = 0;
                memset(damaged->rows, 0, (size_t)damaged->n_rows * sizeof *damaged->rows);
            }
            if (is_bare && seed % 2)
                item.options.template_trace = real;
            run_case(matrix, &item);
        }
    }
}

static void
run_untouched(Matrix *matrix)
{
    for (int i = 0; matrix->captures[i]; i++) {
        g_autofree char *stem = stem_of(matrix->captures[i]);
        g_autofree char *name = g_strdup_printf("untouched-%s", stem);
        g_autoptr(Trace) real = read_capture(matrix, matrix->captures[i]);
        if (!real)
            continue;
        Case item = {.name = name, .group = "untouched", .original = real, .given = real};
        run_case(matrix, &item);
    }
}

static void
run_pictures(Matrix *matrix)
{
    for (int i = 0; matrix->pictures && matrix->pictures[i]; i++) {
        g_autoptr(GDir) folder = g_dir_open(matrix->pictures[i], 0, NULL);
        const char *file;
        while (folder && (file = g_dir_read_name(folder))) {
            if (!g_str_has_suffix(file, ".png") || strstr(file, ".trace."))
                continue;
            g_autofree char *path = g_build_filename(matrix->pictures[i], file, NULL);
            g_autofree char *parent = g_path_get_basename(matrix->pictures[i]);
            g_autofree char *stem = stem_of(path);
            g_autofree char *name = g_strdup_printf("picture-%s-%s", parent, stem);
            g_autoptr(GError) error = NULL;
            g_autoptr(Trace) drawn = trace_read_any(path, NULL, NULL, &error);
            if (!drawn) {
                g_print("note %s: %s\n", path, error->message);
                continue;
            }
            Case item = {.name = name, .group = "picture", .given = drawn};
            item.options.seed = (guint64)i;
            run_case(matrix, &item);
        }
    }
}

int
main(int argc, char **argv)
{
    Matrix matrix = {.n_seeds = 1, .n_rows = 1024};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &matrix.folder, "Where captures go", "FOLDER"},
        {"first", 0, 0, G_OPTION_ARG_INT, &matrix.first, "The first seed", "N"},
        {"seeds", 0, 0, G_OPTION_ARG_INT, &matrix.n_seeds, "How many seeds", "N"},
        {"rows", 0, 0, G_OPTION_ARG_INT, &matrix.n_rows, "Rows of a trace", "N"},
        {"kinds", 0, 0, G_OPTION_ARG_STRING, &matrix.kinds,
         "Of noise,damaged,untouched,pictures (all)", "KINDS"},
        {"pictures", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &matrix.pictures, "Pictures to repair",
         "FOLDER"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &matrix.captures, NULL, NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("CAPTURE…");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !matrix.folder) {
        g_printerr("%s\n", error ? error->message : "matrix: --output is missing");
        return 2;
    }
    if (!matrix.kinds)
        matrix.kinds = g_strdup("noise,damaged,untouched,pictures");
    matrix.scores = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_mkdir_with_parents(matrix.folder, 0755);
    for (int seed = matrix.first; seed < matrix.first + matrix.n_seeds; seed++) {
        if (has_kind(&matrix, "noise"))
            run_noise(&matrix, seed);
        if (matrix.captures && has_kind(&matrix, "damaged"))
            run_damaged(&matrix, seed);
    }
    if (matrix.captures && has_kind(&matrix, "untouched"))
        run_untouched(&matrix);
    if (has_kind(&matrix, "pictures"))
        run_pictures(&matrix);
    scores_write(matrix.scores, matrix.folder);
    g_print("%d cases, %d failures\n", matrix.n_cases, matrix.n_failed);
    return matrix.n_failed > 0;
}

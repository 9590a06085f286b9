/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol on traces whose class is one bit: who learns from what, what is right, what is kept,
 * what the report says. */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "app/evaluate/evaluation_cache.h"
#include "app/evaluate/evaluation_report.h"
#include "tests/evaluate/evaluation_support.h"

typedef struct {
    char *dir;
    Vocabulary *vocabulary;
    EvaluationData *data;
    EvaluationPlan *plan;
} World;

static const EvaluationOptions options = {.n_folds = 2,
                                          .n_repeats = 1,
                                          .n_rounds = 2,
                                          .n_mixture_rounds = 1,
                                          .n_scarce = 2,
                                          .n_ablation_rounds = 1,
                                          .n_trees = 10,
                                          .seed = 1};

static void
set_up(World *world, int n_train, int n_test, int n_drawn)
{
    world->dir = support_dir();
    world->vocabulary = support_vocabulary(world->dir);
    world->data = support_data(world->dir, n_train, n_test, n_drawn);
    world->plan = evaluation_plan_new(world->data, world->vocabulary, &options);
}

static void
tear_down(World *world)
{
    evaluation_plan_free(world->plan);
    evaluation_data_free(world->data);
    vocabulary_free(world->vocabulary);
    support_remove(world->dir);
}

static int
count_of(const World *world, const GArray *samples, int first, int end, int class)
{
    int n = 0;

    for (guint i = 0; i < samples->len; i++) {
        int sample = g_array_index(samples, int, i);

        n += sample >= first && sample < end &&
             (class < 0 || world->plan->labels[0][sample] == class);
    }
    return n;
}

static void
test_samples(void)
{
    World world;
    EvaluationCell cell = {.protocol = PROTOCOL_MIXTURE, .set = 1};
    int n_real, n_all;

    set_up(&world, 6, 4, 5);
    n_real = world.data->first[1];
    n_all = world.data->first[2];
    g_assert_cmpint(n_real, ==, 20);
    g_assert_cmpint(n_all, ==, 30);
    g_assert_cmpstr(evaluation_plan_task(world.plan, 0)->axis, ==, "tunnel");
    g_assert_null(evaluation_plan_task(world.plan, 0)->problem);
    g_assert_nonnull(evaluation_plan_task(world.plan, 1)->problem); /* all of one app */
    for (cell.step = 0; cell.step <= EVALUATION_TENTHS; cell.step++) {
        g_autoptr(GArray) mixture = evaluation_cell_train(world.plan, &cell);

        /* As many as the smaller has, so many tenths of them synthetic, both classes alike. */
        g_assert_cmpuint(mixture->len, ==, 10);
        g_assert_cmpint(count_of(&world, mixture, n_real, n_all, -1), ==, cell.step);
        g_assert_cmpint(count_of(&world, mixture, 0, n_real, 0), <=, (11 - cell.step) / 2);
        g_assert_cmpint(count_of(&world, mixture, 0, n_real, 1), <=, (11 - cell.step) / 2);
    }
    cell = (EvaluationCell){.protocol = PROTOCOL_SCARCE_BOTH, .set = 1};
    {
        g_autoptr(GArray) both = evaluation_cell_train(world.plan, &cell);
        g_autoptr(GArray) test = evaluation_cell_test(world.plan, &cell, 0);
        g_autoptr(GArray) drawn = evaluation_cell_test(world.plan, &cell, 1);

        g_assert_cmpint(count_of(&world, both, 0, n_real, 0), ==, 2);
        g_assert_cmpint(count_of(&world, both, 0, n_real, 1), ==, 2);
        g_assert_cmpint(count_of(&world, both, n_real, n_all, -1), ==, 10);
        g_assert_cmpuint(test->len, ==, 8);
        g_assert_cmpuint(drawn->len, ==, 0);
        for (guint i = 0; i < test->len; i++)
            g_assert_cmpint(count_of(&world, both, g_array_index(test, int, i),
                                     g_array_index(test, int, i) + 1, -1),
                            ==, 0);
    }
    cell = (EvaluationCell){.protocol = PROTOCOL_CROSS_VALIDATION};
    for (cell.step = 0; cell.step < 2; cell.step++) {
        g_autoptr(GArray) train = evaluation_cell_train(world.plan, &cell);
        g_autoptr(GArray) test = evaluation_cell_test(world.plan, &cell, 0);

        g_assert_cmpuint(train->len + test->len, ==, 20);
        g_assert_cmpuint(test->len, ==, 10);
    }
    tear_down(&world);
}

static GPtrArray *
find_all(const World *world)
{
    GPtrArray *answers = g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_answer_free);

    for (guint i = 0; i < world->plan->cells->len; i++) {
        const EvaluationCell *cell = &g_array_index(world->plan->cells, EvaluationCell, i);
        g_autoptr(GError) error = NULL;

        g_ptr_array_add(answers, evaluation_answer_find(world->plan, cell, NULL, &error));
        g_assert_no_error(error);
    }
    return answers;
}

static void
check_json(const World *world, const EvaluationReport *report)
{
    g_autofree char *text = evaluation_report_to_json(report);
    g_autofree char *again = evaluation_report_to_json(report);
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    JsonObject *object, *result;

    g_assert_cmpstr(text, ==, again);
    g_assert_null(strstr(text, world->dir));
    g_assert_nonnull(root);
    object = json_node_get_object(root);
    g_assert_cmpstr(json_object_get_string_member(object, "format"), ==, EVALUATION_FORMAT);
    result = json_array_get_object_element(json_object_get_array_member(object, "results"), 0);
    g_assert_cmpstr(json_object_get_string_member(result, "axis"), ==, "tunnel");
    g_assert_cmpint(json_array_get_length(json_object_get_array_member(result, "confusion")), ==,
                    2);
    g_assert_cmpint(json_array_get_length(json_object_get_array_member(object, "goals")), ==, 10);
}

/* The class is one bit in every packet: whoever learns from either knows the other. */
static void
test_protocol(void)
{
    World world;
    g_autoptr(EvaluationResults) results = NULL;
    g_autoptr(EvaluationReport) report = NULL;
    double groups[N_FEATURE_GROUPS];
    EvaluationUtility utility;

    set_up(&world, 6, 4, 5);
    results = evaluation_results_new(world.plan, find_all(&world));
    for (guint i = 0; i < results->results->len; i++) {
        const EvaluationResult *result = results->results->pdata[i];

        g_assert_cmpfloat(result->accuracy.mean, ==, 1);
        g_assert_cmpfloat(result->macro_f1.mean, ==, 1);
        g_assert_cmpuint(result->confusion[1] + result->confusion[2], ==, 0);
        g_assert_cmpint(result->n_runs, ==, (int)result->runs->len);
    }
    g_assert_true(evaluation_results_importance(results, 0, EVALUATION_FLATTENED, 1, groups));
    g_assert_cmpfloat_with_epsilon(groups[FIELD_IPV4_TOS], 1, 1e-9);
    g_assert_cmpfloat(evaluation_results_overlap(results, 0, EVALUATION_FLATTENED, 1).fields, ==,
                      1);
    report = evaluation_report_new(results, "Title");
    utility = evaluation_report_utility(report, 1, EVALUATION_ORDER_FREE);
    g_assert_cmpfloat(utility.mean, ==, 1);
    g_assert_cmpint(utility.worst, ==, 0);
    evaluation_report_judge(report);
    evaluation_report_draw(report);
    g_assert_cmpint(((EvaluationGoal *)report->goals->pdata[0])->state, ==, GOAL_MET);
    g_assert_cmpint(((EvaluationGoal *)report->goals->pdata[4])->state, ==, GOAL_UNKNOWN);
    check_json(&world, report);
    tear_down(&world);
}

/* Answers given by hand: 8 asked about twice; 3 wrong the first time, 1 of them the second. */
static void
test_scores(void)
{
    World world;
    g_autoptr(EvaluationResults) results = NULL;
    GPtrArray *answers = g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_answer_free);
    const EvaluationResult *synthetic, *real;
    EvaluationCell cell = {
        .protocol = PROTOCOL_SYNTHETIC, .set = 1, .classifier = CLASSIFIER_FOREST};
    Interval ratio, gap;

    set_up(&world, 2, 4, 2);
    for (cell.round = 0; cell.round < 2; cell.round++) {
        EvaluationAnswer *answer = evaluation_answer_find(world.plan, &cell, NULL, NULL);
        EvaluationCell by_real = cell;
        EvaluationTest *test = answer->tests->pdata[0];

        for (guint i = 0; i < test->samples->len; i++) {
            int truth = world.plan->labels[0][g_array_index(test->samples, int, i)];
            bool wrong = i == 0 || (cell.round == 0 && i < 3);

            g_array_index(test->predicted, int, i) = wrong ? 1 - truth : truth;
        }
        g_ptr_array_add(answers, answer);
        by_real.protocol = PROTOCOL_REAL;
        by_real.set = 0;
        g_ptr_array_add(answers, evaluation_answer_find(world.plan, &by_real, NULL, NULL));
    }
    results = evaluation_results_new(world.plan, answers);
    cell.round = 0;
    synthetic = evaluation_results_find(results, cell, 0);
    cell.protocol = PROTOCOL_REAL;
    cell.set = 0;
    real = evaluation_results_find(results, cell, 0);
    g_assert_cmpfloat(g_array_index(synthetic->runs, double, 0), ==, 5.0 / 8);
    g_assert_cmpfloat(g_array_index(synthetic->runs, double, 1), ==, 7.0 / 8);
    g_assert_cmpfloat_with_epsilon(synthetic->accuracy.mean, 0.75, 1e-12);
    /* Class 0: 1, 3 and 0 others right of 4; class 1: 4 of 4, with 3 and 1 too many. F1 of class 0:
     * 2/(2+3) and 6/(6+1); of class 1: 8/(8+3) and 8/(8+1). */
    g_assert_cmpfloat_with_epsilon(synthetic->macro_f1.mean,
                                   ((2 / 5.0 + 8 / 11.0) / 2 + (6 / 7.0 + 8 / 9.0) / 2) / 2, 1e-12);
    g_assert_cmpuint(synthetic->confusion[0], ==, 4);
    g_assert_cmpuint(synthetic->confusion[1], ==, 4);
    g_assert_cmpuint(synthetic->confusion[3], ==, 8);
    g_assert_cmpfloat(synthetic->accuracy.low, >=, 0.3);
    g_assert_cmpfloat(synthetic->accuracy.low, <, 0.75);
    g_assert_cmpfloat(synthetic->accuracy.high, <=, 1);
    ratio = evaluation_result_ratio(synthetic, real);
    g_assert_cmpfloat_with_epsilon(ratio.mean, 0.75, 1e-12);
    gap = evaluation_result_difference(synthetic, real);
    g_assert_cmpfloat_with_epsilon(gap.mean, -0.25, 1e-12);
    g_assert_true(isnan(evaluation_result_ratio(synthetic, NULL).mean));
    tear_down(&world);
}

/* --- kept --- */

static void
test_cache(void)
{
    World world;
    const EvaluationCell cell = {.protocol = PROTOCOL_REAL, .classifier = CLASSIFIER_FOREST};
    EvaluationCell other = cell;
    g_autoptr(EvaluationAnswer) answer = NULL, again = NULL;
    g_autofree char *key = NULL, *other_key = NULL, *text = NULL, *cache = NULL, *path = NULL;
    g_autofree char *kept = NULL, *second = NULL, *whole = NULL;
    gsize size;

    set_up(&world, 3, 2, 3);
    cache = g_build_filename(world.dir, "cache", NULL);
    key = evaluation_cell_key(world.plan, &cell);
    other.round = 1;
    other_key = evaluation_cell_key(world.plan, &other);
    g_assert_cmpstr(key, !=, other_key);
    answer = evaluation_answer_find(world.plan, &cell, NULL, NULL);
    text = evaluation_answer_to_text(answer);
    g_assert_null(evaluation_cache_read(cache, key));
    g_assert_true(evaluation_cache_write(cache, key, text, NULL));
    kept = evaluation_cache_read(cache, key);
    g_assert_cmpstr(kept, ==, text);
    again = evaluation_answer_from_text(kept, world.plan, &cell);
    g_assert_nonnull(again);
    second = evaluation_answer_to_text(again);
    g_assert_cmpstr(second, ==, text);
    g_assert_cmpuint(again->tests->len, ==, 2);
    /* Any byte that is not as it was: found again. */
    path = g_build_filename(cache, key, NULL);
    g_assert_true(g_file_get_contents(path, &whole, &size, NULL));
    for (gsize i = 0; i < size; i += 7) {
        char was = whole[i];

        whole[i] = was == '0' ? '1' : '0';
        g_assert_true(g_file_set_contents(path, whole, (gssize)size, NULL));
        g_assert_null(evaluation_cache_read(cache, key));
        whole[i] = was;
    }
    g_assert_true(g_file_set_contents(path, whole, (gssize)size / 2, NULL));
    g_assert_null(evaluation_cache_read(cache, key));
    g_assert_null(evaluation_answer_from_text("predicted 0 1: 0\n", world.plan, &cell));
    g_assert_null(evaluation_answer_from_text("", world.plan, &cell));
    tear_down(&world);
}

/* --- bad input --- */

static EvaluationData *
read_one_set(EvaluationSet *set, GError **error)
{
    GPtrArray *sets = g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_set_free);
    const EvaluationReading reading = {.n_packets = 8};

    g_ptr_array_add(sets, set);
    return evaluation_data_read(sets, &reading, error);
}

static void
test_bad_traces(void)
{
    char *dir = support_dir();
    EvaluationSet *set = support_set(dir, "real", true);
    g_autoptr(GError) error = NULL;
    g_autoptr(EvaluationData) data = NULL;
    g_autofree char *broken = g_build_filename(dir, "broken.npz", NULL);

    support_add(set, "short", "one", 0, 3, SPLIT_INTO_TRAIN);
    support_add(set, "long", "two", 8, 20, SPLIT_INTO_TRAIN);
    support_add(set, "empty", "one", 0, 0, SPLIT_INTO_TRAIN);
    support_add(set, "copy", "two", 8, 20, SPLIT_INTO_TEST);
    support_add(set, "broken", "two", 8, 20, SPLIT_INTO_TEST);
    g_assert_true(g_file_set_contents(broken, "no trace", -1, NULL));
    data = read_one_set(set, &error);
    g_assert_no_error(error);
    g_assert_cmpint(evaluation_data_n(data, 0), ==, 3);
    g_assert_cmpint(g_array_index(data->lengths, int, 0), ==, 3);
    g_assert_cmpint(g_array_index(data->lengths, int, 1), ==, 8);
    g_assert_cmpuint(set->notes->len, ==, 3);
    g_assert_nonnull(strstr(set->notes->pdata[0], "empty"));
    g_assert_nonnull(strstr(set->notes->pdata[1], "broken"));
    g_assert_nonnull(strstr(set->notes->pdata[2], "from 3 to 8"));
    support_remove(dir);
}

static void
test_nothing_left(void)
{
    char *dir = support_dir();
    EvaluationSet *set = support_set(dir, "real", true);
    g_autoptr(GError) error = NULL;

    support_add(set, "empty", "one", 0, 0, SPLIT_INTO_TRAIN);
    g_assert_null(read_one_set(set, &error));
    g_assert_nonnull(strstr(error->message, "no packets"));
    support_remove(dir);
}

/* One capture: nobody to test with. All is said, nothing asked, the report still stands. */
static void
test_one_capture(void)
{
    char *dir = support_dir();
    EvaluationSet *set = support_set(dir, "real", true);
    g_autoptr(Vocabulary) vocabulary = support_vocabulary(dir);
    g_autoptr(EvaluationData) data = NULL;
    g_autoptr(EvaluationPlan) plan = NULL;
    g_autoptr(EvaluationResults) results = NULL;
    g_autoptr(EvaluationReport) report = NULL;
    g_autofree char *json = NULL;

    support_add(set, "only", "one, web", 0, 4, SPLIT_INTO_TRAIN);
    data = read_one_set(set, NULL);
    plan = evaluation_plan_new(data, vocabulary, &options);
    g_assert_cmpuint(plan->cells->len, ==, 0);
    for (guint i = 0; i < plan->tasks->len; i++)
        g_assert_nonnull(evaluation_plan_task(plan, (int)i)->problem);
    results = evaluation_results_new(plan, g_ptr_array_new());
    report = evaluation_report_new(results, "Title");
    evaluation_report_judge(report);
    evaluation_report_draw(report);
    json = evaluation_report_to_json(report);
    g_assert_nonnull(strstr(json, "\"problem\""));
    support_remove(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evaluation/samples", test_samples);
    g_test_add_func("/evaluation/protocol", test_protocol);
    g_test_add_func("/evaluation/scores", test_scores);
    g_test_add_func("/evaluation/cache", test_cache);
    g_test_add_func("/evaluation/bad-traces", test_bad_traces);
    g_test_add_func("/evaluation/nothing-left", test_nothing_left);
    g_test_add_func("/evaluation/one-capture", test_one_capture);
    return g_test_run();
}

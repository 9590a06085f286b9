/* SPDX-License-Identifier: Apache-2.0 */
/* The story of a repair agrees with what was repaired; what is declined is left alone, told, and
 * found by the check; choices survive JSON. */
#include "app/repair/repair_story.h"

#include <math.h>
#include <string.h>

#include "app/repair/repair_choices.h"
#include "app/repair/repair_compliance.h"
#include "tests/repair/drawings.h"
#include "tests/trace/support.h"

/* A drawing with its repair. */
typedef struct {
    Trace *drawn, *repaired;
    RepairReport *report;
    RepairStory *story;
} Told;

static Told
tell(const RepairOptions *options)
{
    g_autoptr(Trace) sample = sample_new("none_web_http2_00003.pcap", layout_default(), 200);
    g_autoptr(GError) error = NULL;
    Told told = {0};

    if (!sample)
        return told;
    told.drawn = sample_as_picture(sample, 0.02, 5);
    told.repaired = repair_trace(told.drawn, options, &told.report, &error);
    g_assert_no_error(error);
    told.story = repair_story_new(told.drawn, told.repaired, told.report);
    return told;
}

static void
told_clear(Told *told)
{
    repair_story_free(told->story);
    g_clear_pointer(&told->report, repair_report_free);
    g_clear_pointer(&told->repaired, trace_free);
    g_clear_pointer(&told->drawn, trace_free);
}

static int
rule_named(const char *id)
{
    int rule = repair_rule_find(id, NULL);

    g_assert_cmpint(rule, >=, 0);
    return rule;
}

/* Every bit's story is the difference of the traces; rules, packets and bits add up. */
static void
test_bits(void)
{
    Told told = tell(&(RepairOptions){.seed = 1});
    guint64 n_changed = 0, n_counted = 0;
    int n_rules;

    if (!told.drawn)
        return;
    g_autoptr(Trace) aligned = repair_story_align(told.story);
    g_assert_cmpint(aligned->n_rows, ==, told.drawn->n_rows);
    for (int row = 0; row < told.drawn->n_rows; row++) {
        for (int column = 0; column < told.drawn->layout->n_columns; column++) {
            RepairBit bit;
            g_assert_true(repair_story_bit(told.story, row, column, &bit));
            g_assert_cmpint(bit.drawn[bit.bit], ==, trace_row(told.drawn, row)[column]);
            g_assert_cmpint(trace_row(aligned, row)[column], ==, bit.now ? bit.now[bit.bit] : -1);
            if (repair_bit_is_changed(&bit)) {
                g_assert_nonnull(bit.change);
                g_assert_true(bit.change->rules >> bit.change->rule & 1);
                n_changed++;
            }
        }
    }
    g_assert_cmpuint(n_changed, ==, told.report->n_bits_changed);
    g_assert_cmpuint(n_changed, >, 100);
    repair_rules(&n_rules);
    for (int rule = 0; rule < n_rules; rule++) {
        RepairRuleCount count = repair_story_count(told.story, rule);
        g_autoptr(GArray) rows = repair_story_rows(told.story, rule);
        g_assert_cmpint(rows->len, ==, count.n_packets);
        g_assert_cmpint(count.n_declined_bits, ==, 0);
        n_counted += (guint64)count.n_bits;
    }
    g_assert_cmpuint(n_counted, ==, n_changed);
    RepairBit none;
    g_assert_false(repair_story_bit(told.story, told.drawn->n_rows, 0, &none));
    g_assert_false(repair_story_bit(told.story, 0, told.drawn->layout->n_columns, &none));
    told_clear(&told);
}

static void
test_everything_legal(void)
{
    const RepairOptions options = {.seed = 1};
    Told told = tell(&options);
    g_autoptr(GError) error = NULL;

    if (!told.drawn)
        return;
    g_autoptr(RepairCompliance) check =
        repair_compliance_new(told.repaired, told.report, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpint(check->n_legal_packets, ==, told.repaired->n_rows);
    g_assert_cmpint(check->n_legal_flows, ==, told.report->n_flows);
    for (int about = 0; about < N_REPAIR_ABOUT; about++)
        g_assert_cmpint(check->about[about].n_hold, ==, check->about[about].n_rules);
    g_assert_cmpint(check->about[REPAIR_ABOUT_TCP].n_packets, >, 0);
    g_assert_cmpint(check->about[REPAIR_ABOUT_ICMP].n_packets, ==, 0);
    told_clear(&told);
}

/* A rule that is off changes nothing, says what it would have changed, and is found broken. */
static void
test_rule_off(void)
{
    const char *const without[] = {"tcp-reserved", NULL};
    const RepairOptions options = {.seed = 1, .without = without};
    int rule = rule_named("tcp-reserved");
    Told on = tell(&(RepairOptions){.seed = 1}), off = tell(&options);
    g_autoptr(GError) error = NULL;

    if (!on.drawn)
        return;
    RepairRuleCount is = repair_story_count(off.story, rule),
                    was = repair_story_count(on.story, rule);
    g_assert_cmpint(was.n_packets, >, 0);
    g_assert_cmpint(is.n_packets, ==, 0);
    g_assert_cmpint(is.n_declined_packets, ==, was.n_packets);
    g_assert_cmpint(is.n_declined_bits, ==, was.n_bits);
    for (guint i = 0; i < off.report->declined->len; i++) {
        const RepairChange *change = &g_array_index(off.report->declined, RepairChange, i);
        g_assert_cmpint(change->rule, ==, rule);
        g_assert_cmpuint(change->after, ==, 0);
        g_assert_cmpuint(change->before, >, 0);
    }
    g_autoptr(RepairCompliance) check =
        repair_compliance_new(off.repaired, off.report, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpint(check->n_broken[rule], ==, was.n_packets);
    g_assert_cmpint(check->n_legal_packets, <=, check->n_packets - was.n_packets);
    g_assert_cmpint(check->about[REPAIR_ABOUT_TCP].n_hold, <,
                    check->about[REPAIR_ABOUT_TCP].n_rules);
    g_assert_cmpint(check->about[REPAIR_ABOUT_IPV6].n_hold, ==,
                    check->about[REPAIR_ABOUT_IPV6].n_rules);
    told_clear(&on);
    told_clear(&off);
}

/* Packets as drawn: just these differ from the repair of all, and they are the drawing. */
static void
test_as_drawn(void)
{
    const int as_drawn[] = {3, 50, 51, 100000};
    const RepairOptions options = {
        .seed = 1, .as_drawn = as_drawn, .n_as_drawn = G_N_ELEMENTS(as_drawn)};
    Told all = tell(&(RepairOptions){.seed = 1}), some = tell(&options);
    g_autoptr(GError) error = NULL;

    if (!all.drawn)
        return;
    size_t width = (size_t)all.drawn->layout->n_columns;
    g_assert_cmpint(some.repaired->n_rows, ==, all.repaired->n_rows);
    g_assert_cmpint(some.report->n_as_drawn, ==, 3);
    for (int row = 0; row < all.drawn->n_rows; row++) {
        bool kept = row == 3 || row == 50 || row == 51;
        int out = repair_story_out_row(some.story, row), n_done, n_declined, n_all;
        repair_story_changes(some.story, row, &n_done);
        repair_story_declined(some.story, row, &n_declined);
        repair_story_changes(all.story, row, &n_all);
        g_assert_cmpint(n_done, ==, kept ? 0 : n_all);
        g_assert_cmpint(n_declined, ==, kept ? n_all : 0);
        g_assert_cmpint(memcmp(trace_row(some.repaired, out),
                               kept ? trace_row(some.drawn, row) : trace_row(all.repaired, out),
                               width),
                        ==, 0);
    }
    g_autoptr(RepairCompliance) check =
        repair_compliance_new(some.repaired, some.report, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpint(check->n_legal_packets, <=, check->n_packets - 3);
    g_assert_cmpuint(check->broken[repair_story_out_row(some.story, 50)], !=, 0);
    told_clear(&all);
    told_clear(&some);
}

static void
test_picture(void)
{
    Told told = tell(&(RepairOptions){.seed = 1});

    if (!told.drawn)
        return;
    const RepairChange *change = &g_array_index(told.report->changes, RepairChange, 0);
    const int8_t *trits = (const int8_t *)told.report->trits->data + change->trits;
    int width = field_table[change->field].width, bit = 0;
    uint8_t rgb[3];
    g_autoptr(Image) all = repair_story_draw(told.story, 0, IMAGE_ROWS, -1);
    g_autoptr(Image) other =
        repair_story_draw(told.story, 0, IMAGE_ROWS, change->rule == 0 ? 1 : 0);

    while (trits[bit] == trits[width + bit])
        bit++;
    size_t at = ((size_t)change->row * (size_t)all->width +
                 (size_t)told.drawn->layout->column_of[change->field] + (size_t)bit) *
                3;
    repair_rule_colour(change->rule, rgb);
    g_assert_cmpint(all->height, ==, IMAGE_ROWS);
    g_assert_cmpmem(all->pixels + at, 3, rgb, 3);
    g_assert_cmpint(memcmp(other->pixels + at, rgb, 3), !=, 0);
    told_clear(&told);
}

static double
luminance(const uint8_t rgb[3])
{
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        double c = rgb[i] / 255.0;
        sum += weights[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* No two rules have the same colour; each stands out from the brightest dimmed bit. */
static void
test_colours(void)
{
    const uint8_t brightest[] = {54, 59, 67};
    int n;
    repair_rules(&n);

    for (int a = 0; a < n; a++) {
        uint8_t one[3], two[3];
        repair_rule_colour(a, one);
        double contrast = (luminance(one) + 0.05) / (luminance(brightest) + 0.05);
        if (contrast < 3)
            g_error("the contrast of %s is %.2f", repair_rules(NULL)[a]->id, contrast);
        for (int b = a + 1; b < n; b++) {
            repair_rule_colour(b, two);
            if (memcmp(one, two, 3) == 0)
                g_error("%s and %s have one colour", repair_rules(NULL)[a]->id,
                        repair_rules(NULL)[b]->id);
        }
    }
    g_assert_cmpint(repair_rule_about(rule_named("tcp-window")), ==, REPAIR_ABOUT_TCP);
    g_assert_cmpint(repair_rule_about(rule_named("ipv4-ttl")), ==, REPAIR_ABOUT_IPV4);
    g_assert_cmpint(repair_rule_about(rule_named("times")), ==, REPAIR_ABOUT_FLOW);
    g_assert_cmpint(repair_rule_about(rule_named("padding")), ==, REPAIR_ABOUT_PACKET);
}

static void
test_text(void)
{
    const int8_t number[] = {0, 1, 0, 1, 1}, part[] = {1, -1, 0, -1}, none[] = {-1, -1};
    g_autofree char *a = repair_trits_to_text(number, 5), *b = repair_trits_to_text(part, 4);
    g_autofree char *c = repair_trits_to_text(none, 2);

    g_assert_cmpstr(a, ==, "11 (0xb)");
    g_assert_cmpstr(b, ==, "1-0");
    g_assert_cmpstr(c, ==, "absent");
}

static void
test_choices(void)
{
    g_autoptr(RepairChoices) choices = repair_choices_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(repair_choices_take_all(choices));
    repair_choices_set_rule(choices, rule_named("tcp-window"), false);
    repair_choices_set_rule(choices, rule_named("padding"), false);
    repair_choices_set_packet(choices, 17, true);
    repair_choices_set_packet(choices, 3, true);
    repair_choices_set_packet(choices, 17, true);
    repair_choices_set_packet(choices, 5, true);
    repair_choices_set_packet(choices, 5, false);
    g_assert_cmpint(choices->as_drawn->len, ==, 2);
    g_assert_true(repair_choices_has_packet(choices, 3));
    g_assert_false(repair_choices_has_packet(choices, 5));
    choices->mid_stream = choices->annotate = choices->has_seed = true;
    choices->seed = 77;
    choices->addresses = ADDRESSES_PRIVATE;
    choices->macs = MACS_RANDOM;
    choices->payload = PAYLOAD_TEMPLATE;
    choices->link = CAPTURE_RAW;
    choices->snaplen = 96;
    choices->timing = g_strdup("none");
    choices->template = g_strdup("a/b.pcap");
    choices->map = g_strdup("/map.csv");
    g_autoptr(JsonNode) node = repair_choices_to_json(choices);
    g_autoptr(RepairChoices) back = repair_choices_from_json(node, "test", &error);
    g_assert_no_error(error);
    g_assert_true(repair_choices_equal(choices, back));
    g_assert_false(repair_choices_take_all(back));
    repair_choices_resolve(back, "/folder");
    g_assert_cmpstr(back->template, ==, "/folder/a/b.pcap");
    g_assert_cmpstr(back->timing, ==, "none");
    g_assert_cmpstr(back->map, ==, "/map.csv");
    g_autoptr(RepairChoices) copy = repair_choices_copy(back);
    g_assert_true(repair_choices_equal(copy, back));
    g_autofree const char **without = repair_choices_without(copy);
    g_assert_cmpuint(g_strv_length((char **)without), ==, 2);
    g_assert_cmpstr(without[0], ==, "padding");

    g_autoptr(RepairChoices) nothing = repair_choices_new();
    g_autoptr(JsonNode) empty = repair_choices_to_json(nothing);
    g_assert_cmpuint(json_object_get_size(json_node_get_object(empty)), ==, 0);
}

/* What is no choice is refused with a sentence that names it. */
static void
test_bad_choices(void)
{
    static const char *const bad[][2] = {
        {"[]", "JSON object"},
        {"{\"rules_off\": [\"tcp-windo\"]}", "tcp-window"},
        {"{\"rules_off\": \"tcp-window\"}", "rules_off"},
        {"{\"rules_off\": [7]}", "rules_off"},
        {"{\"as_drawn\": [-1]}", "as_drawn"},
        {"{\"as_drawn\": [1.5]}", "as_drawn"},
        {"{\"mid_stream\": 1}", "mid_stream"},
        {"{\"addresses\": \"none\"}", "mixed"},
        {"{\"link\": \"token-ring\"}", "ethernet"},
        {"{\"snaplen\": 300000}", "262144"},
        {"{\"template\": null}", "template"},
        {"{\"rule_off\": []}", "rule_off"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(JsonNode) node = json_from_string(bad[i][0], NULL);
        g_autoptr(GError) error = NULL;
        g_assert_null(repair_choices_from_json(node, "file.json", &error));
        g_assert_nonnull(error);
        if (!strstr(error->message, bad[i][1]))
            g_error("%s: %s", bad[i][0], error->message);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/repair-story/bits", test_bits);
    g_test_add_func("/repair-story/everything-legal", test_everything_legal);
    g_test_add_func("/repair-story/rule-off", test_rule_off);
    g_test_add_func("/repair-story/as-drawn", test_as_drawn);
    g_test_add_func("/repair-story/picture", test_picture);
    g_test_add_func("/repair-story/colours", test_colours);
    g_test_add_func("/repair-story/text", test_text);
    g_test_add_func("/repair-choices/round-trip", test_choices);
    g_test_add_func("/repair-choices/bad", test_bad_choices);
    return g_test_run();
}

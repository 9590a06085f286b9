/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the page of repair: reviews that are asked for and replaced, the trees of
 * rules, what tshark says. */
#include <string.h>

#include "app/jobs/tshark_job.h"
#include "ui/repair/review.h"
#include "ui/repair/rule_node.h"

static void
count(TorchlightReview *review, int *n)
{
    ++*n;
}

static void
wait_for_review(TorchlightReview *review)
{
    while (torchlight_review_is_busy(review))
        g_main_context_iteration(NULL, TRUE);
}

/* Of two requests the newer one is shown, and a choice is recomputed. */
static void
test_review(void)
{
    g_autofree char *path = g_build_filename(g_getenv("TORCHLIGHT_SOURCE_ROOT"), "data", "samples",
                                             "none_dns_udp53_00001.pcap", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Document) document = document_read(path, PALETTE_TORCHLIGHT, &error);
    g_autoptr(TorchlightReview) review = torchlight_review_new();
    g_autoptr(RepairChoices) choices = repair_choices_new();
    int rule = repair_rule_find("ipv4-checksum", NULL), n = 0;

    g_assert_no_error(error);
    for (int row = 0; row < document->trace->n_rows; row++)
        trace_set(document->trace, row, FIELD_IPV4_CKSUM, 0xdead);
    g_signal_connect(review, "changed", G_CALLBACK(count), &n);
    torchlight_review_set(review, document, choices);
    g_assert_cmpint(n, ==, 1); /* nothing to show */
    g_assert_null(torchlight_review_get_result(review));
    repair_choices_set_rule(choices, rule, false);
    torchlight_review_set(review, document, choices);
    wait_for_review(review);
    g_assert_cmpint(n, ==, 2);
    const ReviewResult *result = torchlight_review_get_result(review);
    g_assert_cmpint(repair_story_count(result->story, rule).n_bits, ==, 0);
    g_assert_cmpint(repair_story_count(result->story, rule).n_declined_bits, >, 0);
    g_assert_cmpint(result->repair.compliance->n_legal_packets, ==, 0);
    g_assert_nonnull(strstr(result->repair.comment, "rules_off: ipv4-checksum"));

    repair_choices_set_rule(choices, rule, true);
    torchlight_review_set(review, document, choices);
    g_assert_nonnull(torchlight_review_get_result(review)); /* the last, meanwhile */
    wait_for_review(review);
    result = torchlight_review_get_result(review);
    g_assert_cmpint(result->repair.compliance->n_legal_packets, ==, document->trace->n_rows);
    g_assert_cmpint(result->repair.measure.n_packets, ==, document->trace->n_rows);
    g_assert_cmpint(result->repair.measure.n_bytes, >, 0);

    choices->template = g_strdup("/nowhere/missing.pcap");
    torchlight_review_set(review, document, choices);
    wait_for_review(review);
    g_assert_null(torchlight_review_get_result(review));
    g_assert_nonnull(strstr(torchlight_review_get_error(review), "missing.pcap"));
}

/* Each rule stands once in one of the two trees, under the one it hangs from. */
static int
count_nodes(GListModel *nodes, int parent)
{
    int n = 0;

    for (guint i = 0; nodes && i < g_list_model_get_n_items(nodes); i++) {
        g_autoptr(TorchlightRuleNode) node = g_list_model_get_item(nodes, i);
        int rule = torchlight_rule_node_get_rule(node);
        g_assert_true(rule < 0 || repair_rule_parent(rule) == parent);
        n += (rule >= 0) + count_nodes(torchlight_rule_node_get_children(node), rule);
    }
    return n;
}

static void
test_rule_nodes(void)
{
    g_autoptr(GListModel) roots = rule_nodes_new();
    g_autoptr(RepairChoices) choices = repair_choices_new();
    g_autoptr(TorchlightRuleNode) head = g_list_model_get_item(roots, 0);
    int n;

    repair_rules(&n);
    g_assert_cmpuint(g_list_model_get_n_items(roots), ==, 2);
    g_assert_cmpint(count_nodes(roots, -1), ==, n);
    rule_nodes_update(roots, NULL, choices);
    g_assert_false(torchlight_rule_node_has_active(head));
    repair_choices_set_rule(choices, repair_rule_find("ipv4-checksum", NULL), false);
    rule_nodes_update(roots, NULL, choices);
    g_assert_true(torchlight_rule_node_has_active(head));
    g_assert_false(torchlight_rule_node_is_active(head));
}

static void
test_tshark_table(void)
{
    static const char text[] =
        "\nErrors (2)\n=============\n   Frequency      Group           "
        "Protocol  Summary\n           2  Malformed               DNS  Malformed "
        "Packet (Exception occurred)\n\nWarns (411)\n=============\n   Frequency "
        "     Group           Protocol  Summary\n         112   Sequence        "
        "        TCP  Previous segment(s) not captured\n\nChats (3)\n====\n    "
        "       3   Sequence                TCP  Connection establish\n";
    g_autoptr(GPtrArray) lines = tshark_parse(text);
    const TsharkLine *first = lines->pdata[0], *second = lines->pdata[1];

    g_assert_cmpuint(lines->len, ==, 2);
    g_assert_cmpint(first->severity, ==, TSHARK_ERROR);
    g_assert_cmpint(first->n, ==, 2);
    g_assert_cmpstr(first->protocol, ==, "DNS");
    g_assert_cmpstr(first->summary, ==, "Malformed Packet (Exception occurred)");
    g_assert_cmpint(second->severity, ==, TSHARK_WARNING);
    g_assert_cmpint(second->n, ==, 112);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/repair-page/review", test_review);
    g_test_add_func("/repair-page/rule-nodes", test_rule_nodes);
    g_test_add_func("/repair-page/tshark-table", test_tshark_table);
    return g_test_run();
}

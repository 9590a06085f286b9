/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of rules: their order follows from what each waits for. */
#include "app/repair/rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const RepairRule *const families[] = {
    rules_packet,         rules_ipv4,     rules_ipv6,       rules_tcp,
    rules_length,         rules_icmp,     rules_flow,       rules_constant,
    rules_identification, rules_tcp_flow, rules_tcp_number, rules_tcp_option,
    rules_tcp_window,     rules_side,     rules_checksum,
};

enum { MAX_RULES = 64 }; /* a set of them is one number: RepairChange.rules */

typedef struct {
    const RepairRule *rules[MAX_RULES + 1];
    int n;
} RuleOrder;

static bool
is_placed(const RuleOrder *order, const char *id)
{
    for (int i = 0; i < order->n; i++) {
        if (strcmp(order->rules[i]->id, id) == 0)
            return true;
    }
    return false;
}

static bool
is_ready(const RuleOrder *order, const RepairRule *rule)
{
    for (int i = 0; rule->after && rule->after[i]; i++) {
        if (!is_placed(order, rule->after[i]))
            return false;
    }
    return true;
}

/* Places the first rule, in registry order, that waits for nothing more. */
static bool
place_next(RuleOrder *order)
{
    for (guint family = 0; family < G_N_ELEMENTS(families); family++) {
        for (const RepairRule *rule = families[family]; rule->id; rule++) {
            if (is_placed(order, rule->id) || !is_ready(order, rule))
                continue;
            order->rules[order->n++] = rule;
            return true;
        }
    }
    return false;
}

const RepairRule *const *
repair_rules(int *n)
{
    static RuleOrder order; /* made on first use and never changed after */
    static gsize is_ordered;

    if (g_once_init_enter(&is_ordered)) {
        while (order.n < MAX_RULES && place_next(&order))
            ;
        g_once_init_leave(&is_ordered, 1);
    }
    if (n)
        *n = order.n;
    return order.rules;
}

/* Equal letters from the start. */
static int
common_prefix(const char *a, const char *b)
{
    int n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

int
repair_rule_find(const char *id, GError **error)
{
    int n, best = 0;
    const RepairRule *const *rules = repair_rules(&n);

    for (int i = 0; i < n; i++) {
        if (strcmp(rules[i]->id, id) == 0)
            return i;
        if (common_prefix(rules[i]->id, id) > common_prefix(rules[best]->id, id))
            best = i;
    }
    g_autofree char *printable = g_utf8_make_valid(id, -1);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("There is no rule “%.64s” (did you mean “%s”?): “torchlight repair --explain” "
                  "names them all."),
                printable, rules[best]->id);
    return -1;
}

char *
field_set_to_string(FieldSet set)
{
    GString *text = g_string_new(NULL);

    if (set == FIELDS_EVERY)
        return g_string_free(g_string_append(text, "every field"), FALSE);
    for (int field = 0; field < N_FIELDS; field++) {
        if (field_set_has(set, (FieldId)field))
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", field_table[field].name);
    }
    return g_string_free(text->len ? text : g_string_append(text, "nothing"), FALSE);
}

int
repair_rule_parent(int rule)
{
    const RepairRule *const *rules = repair_rules(NULL);

    for (int i = rule - 1; i >= 0; i--) {
        if (rules[i]->tree == rules[rule]->tree && rules[rule]->after &&
            g_strv_contains(rules[rule]->after, rules[i]->id))
            return i;
    }
    return -1;
}

static void
explain_rule(GString *text, const RepairRule *const *rules, int n, int rule, int depth)
{
    int parent = repair_rule_parent(rule);
    g_autoptr(GString) others = g_string_new(NULL);

    for (int i = 0; rules[rule]->after && rules[rule]->after[i]; i++) {
        if (parent < 0 || strcmp(rules[rule]->after[i], rules[parent]->id) != 0)
            g_string_append_printf(others, "%s%s", others->len ? ", " : "", rules[rule]->after[i]);
    }
    g_string_append_printf(text, "%*s%s", depth * 2, "", rules[rule]->id);
    if (others->len)
        g_string_append_printf(text, " (%s %s)", parent < 0 ? "after" : "also after", others->str);
    g_autofree char *reads = field_set_to_string(rules[rule]->reads);
    g_autofree char *writes = field_set_to_string(rules[rule]->writes);
    g_string_append_printf(text, "\n%*s%s\n%*s[%s]\n", depth * 2 + 4, "", _(rules[rule]->statement),
                           depth * 2 + 4, "", _(rules[rule]->source));
    g_string_append_printf(text, "%*sreads %s\n%*swrites %s\n", depth * 2 + 4, "", reads,
                           depth * 2 + 4, "", writes);
    for (int i = rule + 1; i < n; i++) {
        if (rules[i]->tree == rules[rule]->tree && repair_rule_parent(i) == rule)
            explain_rule(text, rules, n, i, depth + 1);
    }
}

char *
repair_rules_explain(void)
{
    static const char *const titles[] = {
        [REPAIR_INTRA_PACKET] = N_("Intra-packet: what one packet owes to itself"),
        [REPAIR_INTER_PACKET] = N_("Inter-packet: what the packets of a trace owe to each other"),
    };
    GString *text = g_string_new(NULL);
    int n;
    const RepairRule *const *rules = repair_rules(&n);

    for (int tree = REPAIR_INTRA_PACKET; tree <= REPAIR_INTER_PACKET; tree++) {
        g_string_append_printf(text, "%s%s\n\n", tree ? "\n" : "", _(titles[tree]));
        for (int i = 0; i < n; i++) {
            if ((int)rules[i]->tree == tree && repair_rule_parent(i) < 0)
                explain_rule(text, rules, n, i, 1);
        }
    }
    return g_string_free(text, FALSE);
}

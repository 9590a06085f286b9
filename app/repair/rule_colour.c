/* SPDX-License-Identifier: Apache-2.0 */
/* What rules are about, and the colours that follow from it. */
#include "app/repair/repair_story.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

RepairAbout
repair_rule_about(int rule)
{
    const char *id = repair_rules(NULL)[rule]->id;

    /* A rule is named after the header it is about. */
    for (int header = 0; header < N_HEADERS; header++) {
        const char *name = header_name((Header)header);
        if (g_str_has_prefix(id, name) && id[strlen(name)] == '-')
            return (RepairAbout)(REPAIR_ABOUT_IPV4 + header);
    }
    return repair_rules(NULL)[rule]->tree == REPAIR_INTER_PACKET ? REPAIR_ABOUT_FLOW
                                                                 : REPAIR_ABOUT_PACKET;
}

const char *
repair_about_title(RepairAbout about)
{
    if (about == REPAIR_ABOUT_PACKET)
        return _("Packet");
    if (about == REPAIR_ABOUT_FLOW)
        return _("Flow");
    return header_title((Header)(about - REPAIR_ABOUT_IPV4));
}

/* Hues in degrees, chosen apart from each other also where red and green are not told apart: what
 * is near in hue there differs in lightness. */
typedef struct {
    double hue, spread; /* of the first rule to the last */
    double saturation, lightness, lighter;
} Hues;

static const Hues hues_of[] = {
    [REPAIR_ABOUT_PACKET] = {0, 0, 0, 0.72, 0.96},
    [REPAIR_ABOUT_IPV4] = {22, 22, 1.0, 0.54, 0.74},
    [REPAIR_ABOUT_IPV6] = {52, 12, 0.95, 0.56, 0.78},
    [REPAIR_ABOUT_TCP] = {192, 24, 0.95, 0.60, 0.80},
    [REPAIR_ABOUT_UDP] = {120, 30, 0.65, 0.50, 0.72},
    [REPAIR_ABOUT_ICMP] = {352, 8, 0.9, 0.62, 0.78},
    [REPAIR_ABOUT_FLOW] = {164, 14, 0.8, 0.46, 0.70},
};
static const Hues hues_of_connections = {250, 84, 0.95, 0.73, 0.86};

/* All that share the hues of a rule, in their order; its place among them. */
static bool
shares_hues(int a, int b)
{
    const RepairRule *const *rules = repair_rules(NULL);

    return repair_rule_about(a) == repair_rule_about(b) &&
           (repair_rule_about(a) != REPAIR_ABOUT_TCP || rules[a]->tree == rules[b]->tree);
}

static double
hsl_channel(const double hsl[3], double n)
{
    double k = fmod(n + hsl[0] / 30, 12), a = hsl[1] * MIN(hsl[2], 1 - hsl[2]);

    return hsl[2] - a * MAX(-1, MIN(MIN(k - 3, 9 - k), 1));
}

void
repair_rule_colour(int rule, uint8_t rgb[3])
{
    const RepairAbout about = repair_rule_about(rule);
    bool is_of_connection =
        about == REPAIR_ABOUT_TCP && repair_rules(NULL)[rule]->tree == REPAIR_INTER_PACKET;
    const Hues *hues = is_of_connection ? &hues_of_connections : &hues_of[about];
    int n_rules, n = 0, place = 0;

    repair_rules(&n_rules);
    for (int i = 0; i < n_rules; i++) {
        if (!shares_hues(i, rule))
            continue;
        if (i < rule)
            place++;
        n++;
    }
    double share = n > 1 ? (double)place / (n - 1) : 0;
    /* Neighbours in hue are one darker, one lighter. */
    double hsl[3] = {hues->hue + hues->spread * share, hues->saturation,
                     place % 2 ? hues->lighter : hues->lightness};
    if (hues->spread == 0)
        hsl[2] = hues->lightness + (hues->lighter - hues->lightness) * share;
    rgb[0] = (uint8_t)lround(255 * hsl_channel(hsl, 0));
    rgb[1] = (uint8_t)lround(255 * hsl_channel(hsl, 8));
    rgb[2] = (uint8_t)lround(255 * hsl_channel(hsl, 4));
}

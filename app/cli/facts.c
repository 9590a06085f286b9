/* SPDX-License-Identifier: Apache-2.0 */
#include "app/cli/facts.h"

static void
say_facts(const Cli *cli, const Facts *facts, int depth)
{
    int width = 0;

    for (guint i = 0; i < facts->facts->len; i++) {
        const Fact *fact = facts->facts->pdata[i];

        width = MAX(width, (int)g_utf8_strlen(fact->label, -1));
    }
    width = MIN(width, 48);
    for (guint i = 0; i < facts->facts->len; i++) {
        const Fact *fact = facts->facts->pdata[i];
        int pad = MAX(0, width - (int)g_utf8_strlen(fact->label, -1));

        if (fact->facts) {
            cli_say(cli, "%*s%s:", depth * 2, "", fact->label);
            say_facts(cli, fact->facts, depth + 1);
        } else if (fact->text) {
            cli_say(cli, "%*s%s%*s  %s", depth * 2, "", fact->label, pad, "", fact->text);
        } else {
            cli_say(cli, fact->is_integer ? "%*s%s%*s  %.0f" : "%*s%s%*s  %.6g", depth * 2, "",
                    fact->label, pad, "", fact->number);
        }
    }
}

void
cli_json_facts(JsonBuilder *builder, const Facts *facts)
{
    json_builder_begin_object(builder);
    for (guint i = 0; i < facts->facts->len; i++) {
        const Fact *fact = facts->facts->pdata[i];

        if (fact->facts) {
            json_builder_set_member_name(builder, fact->key);
            cli_json_facts(builder, fact->facts);
        } else if (fact->text) {
            cli_json_text(builder, fact->key, fact->text);
        } else if (fact->is_integer) {
            cli_json_int(builder, fact->key, (gint64)fact->number);
        } else {
            cli_json_number(builder, fact->key, fact->number);
        }
    }
    json_builder_end_object(builder);
}

void
cli_say_facts(const Cli *cli, const Facts *facts)
{
    say_facts(cli, facts, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight info */
#include <glib/gi18n.h>

#include "app/cli/facts.h"
#include "app/jobs/inspect.h"

/* One object for one path, else {"files": [...]}. */
static int
inform(const Cli *cli, char **paths, const char *layout)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    bool several = paths[1] != NULL;

    if (several) {
        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "files");
        json_builder_begin_array(builder);
    }
    for (int i = 0; paths[i]; i++) {
        GError *error = NULL;
        g_autoptr(Facts) facts = inspect_path(paths[i], layout, &error);

        if (!facts)
            return cli_fail(cli, error);
        if (i > 0)
            cli_say(cli, "%s", "");
        cli_say_facts(cli, facts);
        cli_json_facts(builder, facts);
    }
    if (several) {
        json_builder_end_array(builder);
        json_builder_end_object(builder);
    }
    cli_print_json(cli, builder);
    return CLI_DONE;
}

int
command_info(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) paths = NULL;
    g_autofree char *layout = NULL;
    int status;
    const GOptionEntry entries[] = {
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &layout,
         _("What the columns are where the file does not say: torchlight, nprint, or nprint: and "
           "the letters of its headers"),
         _("LAYOUT")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("FILE…"),
                   _("Says what a file or folder is and holds: captures, pictures and tables of "
                     "traces, models in folders or single files, LoRAs, ControlNets and other "
                     "safetensors files, datasets."),
                   "  torchlight info web.pcap\n"
                   "  torchlight info v1-5-pruned-emaonly.safetensors\n"
                   "  torchlight info lora.safetensors --json",
                   entries, 0, &status) ||
        !cli_check_words(&cli, paths, 1, -1, &status) || !cli_check_layout(&cli, layout, &status))
        return status;
    return inform(&cli, paths, layout);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight devices */
#include "app/jobs/devices.h"

#include <glib/gi18n.h>

#include "app/cli/cli.h"

static void
say_device(const Cli *cli, const JobDevice *device)
{
    g_autofree char *memory =
        device->memory ? g_format_size_full(device->memory, G_FORMAT_SIZE_IEC_UNITS) : g_strdup("");

    cli_say(cli, "%c %-10s %s%s%s%s", device->is_default ? '*' : ' ', device->name,
            device->description, *memory ? ", " : "", memory,
            device->software ? _(" (software: slow, only when asked for)") : "");
}

int
command_devices(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(GPtrArray) devices = NULL;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    int status;
    const GOptionEntry entries[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL}, {NULL}};

    if (!cli_parse(&cli, argc, argv, "",
                   _("Lists where this machine can compute. The star marks what is taken when no "
                     "--device is given: a graphics card through Vulkan, else the CPU."),
                   "  torchlight devices\n"
                   "  torchlight selftest --device vulkan",
                   entries, 0, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status))
        return status;
    devices = job_devices();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "devices");
    json_builder_begin_array(builder);
    for (guint i = 0; i < devices->len; i++) {
        const JobDevice *device = devices->pdata[i];

        say_device(&cli, device);
        json_builder_begin_object(builder);
        cli_json_text(builder, "name", device->name);
        cli_json_text(builder, "description", device->description);
        cli_json_int(builder, "memory", (gint64)device->memory);
        cli_json_bool(builder, "software", device->software);
        cli_json_bool(builder, "default", device->is_default);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(&cli, builder);
    return CLI_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight canny */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/edges.h"

static int
find_edges(const Cli *cli, const EdgesParams *params)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    EdgesResult result = {0};
    GError *error = NULL;

    if (!edges_run(params, &result, &error))
        return cli_fail(cli, error);
    cli_say(cli, _("%s: %d × %d pixels, %d of them on an edge"), params->output, result.width,
            result.height, (int)result.n_edges);
    json_builder_begin_object(builder);
    cli_json_path(builder, "input", params->input);
    cli_json_path(builder, "output", params->output);
    cli_json_int(builder, "width", result.width);
    cli_json_int(builder, "height", result.height);
    cli_json_int(builder, "edge_pixels", result.n_edges);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

int
command_canny(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) images = NULL;
    g_autofree char *output = NULL;
    gboolean l2_gradient = FALSE, guide_fields = FALSE, guide_headers = FALSE;
    EdgesParams params = {.low = 100, .high = 200};
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, _("The picture to write"),
         _("EDGES.png")},
        {"low", 0, 0, G_OPTION_ARG_DOUBLE, &params.low,
         _("An edge goes on while the gradient is above this (100)"), _("T")},
        {"high", 0, 0, G_OPTION_ARG_DOUBLE, &params.high,
         _("An edge begins where the gradient is above this (200)"), _("T")},
        {"l2", 0, 0, G_OPTION_ARG_NONE, &l2_gradient,
         _("Measure the gradient by its L2 norm instead of L1"), NULL},
        {"guide-fields", 0, 0, G_OPTION_ARG_NONE, &guide_fields,
         _("Draw a line where each field begins, too"), NULL},
        {"guide-headers", 0, 0, G_OPTION_ARG_NONE, &guide_headers,
         _("Draw a line where each header begins, too"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &images, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("IMAGE -o EDGES.png"),
                   _("Finds the edges of a picture as OpenCV's Canny does (aperture 3, on its "
                     "grey): the control map that guides a drawing to the shape of a real "
                     "trace."),
                   "  torchlight canny web.png -o edges.png\n"
                   "  torchlight canny web.png --low 50 --high 150 -o edges.png",
                   entries, CLI_WITH_DEVICE, &status) ||
        !cli_check_words(&cli, images, 1, 1, &status) || !cli_check_output(&cli, output, &status))
        return status;
    params.input = images[0];
    params.output = output;
    params.device = cli.device;
    params.l2_gradient = l2_gradient;
    params.guide = guide_fields    ? EDGES_GUIDE_FIELDS
                   : guide_headers ? EDGES_GUIDE_HEADERS
                                   : EDGES_NO_GUIDE;
    return find_edges(&cli, &params);
}

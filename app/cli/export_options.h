/* SPDX-License-Identifier: Apache-2.0 */
/* The options of subcommands that write captures. */
#pragma once

#include "app/cli/cli.h"
#include "app/jobs/export.h"

/* As given; all zeros before parsing. */
typedef struct {
    char *addresses, *macs, *payload, *link; /* owned */
    int snaplen;
    gboolean annotate;
    ExportParams params; /* map and provenance as given, the rest by cli_export_check */
} CliExport;

void cli_export_clear(CliExport *export);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliExport, cli_export_clear)

/* The entries of a subcommand and after them those of export; free with g_free. with_repair: there
 * are rules that may be told of at each packet. */
GOptionEntry *cli_export_entries(CliExport *export, const GOptionEntry *own, bool with_repair);
/* Fills export->params; the caller may take them. Says what is wrong; then *status is how to
 * leave. */
bool cli_export_check(const Cli *cli, CliExport *export, int *status);
/* Tells where the provenance went, or that it found no room. */
void cli_export_say(const Cli *cli, const ExportParams *params, const char *output);

/* SPDX-License-Identifier: Apache-2.0 */
/* The options of subcommands that make synthetic sets, and what they say when one is made. */
#pragma once

#include "app/cli/export_options.h"
#include "app/jobs/synthesis_set.h"

/* As given; all zeros before parsing. */
typedef struct {
    CliExport export;
    char *real, *captions, *split, *trained_on, *output, *timing, *classes; /* owned */
    int per_class, rows;
    gboolean like_real;
} CliSynthesis;

void cli_synthesis_clear(CliSynthesis *synthesis);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliSynthesis, cli_synthesis_clear)

/* The entries of a subcommand and after them those of sets and of captures; free with g_free. */
GOptionEntry *cli_synthesis_entries(CliSynthesis *synthesis, const GOptionEntry *own);
/* Moves what was given into params. Says what is wrong; then *status is how to leave. */
bool cli_synthesis_check(const Cli *cli, CliSynthesis *synthesis, SynthesisSetParams *params,
                         int *status);
/* Runs the job that makes the set in output; result is the job's. */
int cli_synthesis_run(const Cli *cli, TorchlightJob *job, const char *output,
                      const SynthesisResult *result);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands of `torchlight` share: options, the progress line, output for machines,
 * exit statuses. A subcommand is one file with one function command_NAME. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "app/jobs/job.h"
#include "app/ranks/ranks.h"

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* Options that many subcommands take. */
typedef enum {
    CLI_WITH_DEVICE = 1 << 0,
    CLI_WITH_SEED = 1 << 1,
    CLI_WITH_PRECISION = 1 << 2,
} CliWith;

typedef struct {
    const char *name; /* "encode", for messages */
    gboolean json;    /* one JSON object on stdout, nothing else, no progress */
    int rank;         /* among those that share the run; the first speaks, others say what fails */
    bool piped;       /* what is made goes to stdout: lines for people to stderr */
    char *device;     /* NULL: the default */
    char *precision;  /* NULL: the default */
    char *seed_text;
    guint64 seed; /* 0 when not given */
    GOptionContext *context;
} Cli;

/* Reads the options of a subcommand. usage: what follows its name ("CAPTURE -o OUT"); summary: what
 * it does, one paragraph; examples: lines to try. --json is always there. Prints help or what is
 * wrong; then *status is how to leave, and the answer false. */
bool cli_parse(Cli *cli, int argc, char **argv, const char *usage, const char *summary,
               const char *examples, const GOptionEntry *entries, CliWith with, int *status);
void cli_clear(Cli *cli);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Cli, cli_clear)

/* Says what is wrong about the use of the command; CLI_USAGE. */
int cli_usage(const Cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Says what failed: CLI_FAILED, or CLI_USAGE where an option's value was bad. Frees error. */
int cli_fail(const Cli *cli, GError *error);
/* The words that are left over, when there must be from min to max (-1: any) of them. */
bool cli_check_words(const Cli *cli, char **words, int min, int max, int *status);
/* Whether the option that must be there is; name: "-o". */
bool cli_require(const Cli *cli, const char *value, const char *name, int *status);
/* The option -o of a command that writes one file; - is standard output. */
bool cli_check_output(Cli *cli, const char *output, int *status);
/* Whether name is a layout (NULL is). */
bool cli_check_layout(const Cli *cli, const char *name, int *status);

/* A warning or note on stderr; nothing with --json. */
void cli_note(const Cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A line on stdout, or where that is piped on stderr; nothing with --json. */
void cli_say(const Cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Prints the object on stdout when --json asks for it. Takes the builder's root. */
void cli_print_json(const Cli *cli, JsonBuilder *builder);
void cli_json_text(JsonBuilder *builder, const char *key, const char *value);
void cli_json_path(JsonBuilder *builder, const char *key, const char *value);
void cli_json_int(JsonBuilder *builder, const char *key, gint64 value);
void cli_json_number(JsonBuilder *builder, const char *key, double value);
void cli_json_bool(JsonBuilder *builder, const char *key, bool value);
/* "0:07", "1:02:03"; the caller frees. */
char *cli_duration(double seconds);

/* The processes that an MPI launcher started for this command; NULL when none did. When it fails,
 * *status is how to leave. */
bool cli_open_ranks(Cli *cli, Ranks **ranks, int *status);

/* Where the lines of a job's log go. */
typedef enum { CLI_LOG_STDERR, CLI_LOG_STDOUT } CliLog;

/* Runs a job to its end with a progress line on stderr. SIGINT and SIGTERM cancel it. */
bool cli_run_job(const Cli *cli, TorchlightJob *job, CliLog log, GError **error);

/* The subcommands: how to leave. argv[0] is the subcommand. */
int command_baseline(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_canny(int argc, char **argv);
int command_captions(int argc, char **argv);
int command_classify(int argc, char **argv);
int command_dataset(int argc, char **argv);
int command_decode(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_devices(int argc, char **argv);
int command_encode(int argc, char **argv);
int command_evaluate(int argc, char **argv);
int command_flows(int argc, char **argv);
int command_generate(int argc, char **argv);
int command_info(int argc, char **argv);
int command_lora(int argc, char **argv);
int command_packets(int argc, char **argv);
int command_pretrain(int argc, char **argv);
int command_reconstruct(int argc, char **argv);
int command_profile(int argc, char **argv);
int command_project(int argc, char **argv);
int command_repair(int argc, char **argv);
int command_selftest(int argc, char **argv);
int command_synthesize(int argc, char **argv);
int command_timing(int argc, char **argv);
int command_train(int argc, char **argv);

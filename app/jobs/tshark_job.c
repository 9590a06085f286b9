/* SPDX-License-Identifier: Apache-2.0 */
/* Repair into a temporary folder, tshark on what comes out. */
#include "app/jobs/tshark_job.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/jobs/stages.h"

typedef struct {
    RepairParams *params;
    const Trace *drawn;
    gpointer keeper;
    GDestroyNotify release;
    GPtrArray *lines;
} TsharkData;

static const double SHARE_REPAIR = 0.4;

static void
line_free(gpointer data)
{
    TsharkLine *line = data;

    g_free(line->protocol);
    g_free(line->summary);
    g_free(line);
}

static void
data_free(void *data_)
{
    TsharkData *data = data_;

    repair_params_free(data->params);
    g_clear_pointer(&data->lines, g_ptr_array_unref);
    data->release(data->keeper);
    g_free(data);
}

bool
tshark_is_there(void)
{
    g_autofree char *path = g_find_program_in_path("tshark");

    return path != NULL;
}

/* "Errors (3)" opens a part of the table, as do "Warns", "Notes" and "Chats". */
static bool
opens_part(const char *text, int *severity)
{
    static const char *const names[] = {"Errors (", "Warns (", "Notes (", "Chats ("};

    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
        if (g_str_has_prefix(text, names[i])) {
            *severity = i;
            return true;
        }
    }
    return false;
}

/* "   112   Sequence     TCP  Previous segment(s) not captured": count, group, protocol, words. */
static TsharkLine *
parse_line(const char *text, int severity)
{
    g_autoptr(GRegex) regex =
        g_regex_new("^ *([0-9]+) +\\S+ +(\\S+) +(.+?) *$", G_REGEX_OPTIMIZE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    TsharkLine *line;

    if (!g_regex_match(regex, text, 0, &match))
        return NULL;
    g_autofree char *n = g_match_info_fetch(match, 1);
    line = g_new0(TsharkLine, 1);
    line->severity = (TsharkSeverity)severity;
    line->n = (int)MIN(g_ascii_strtoull(n, NULL, 10), G_MAXINT);
    line->protocol = g_match_info_fetch(match, 2);
    line->summary = g_match_info_fetch(match, 3);
    return line;
}

GPtrArray *
tshark_parse(const char *text)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(line_free);
    g_auto(GStrv) parts = g_strsplit(text, "\n", -1);
    int severity = -1;

    for (int i = 0; parts[i]; i++) {
        TsharkLine *line;
        if (opens_part(parts[i], &severity) || severity < 0 || severity > TSHARK_NOTE)
            continue;
        line = parse_line(parts[i], severity);
        if (line)
            g_ptr_array_add(lines, line);
    }
    return lines;
}

static bool
run_tshark(TsharkData *data, const char *path, GCancellable *cancellable, GError **error)
{
    const char *const command[] = {"tshark",
                                   "-n",
                                   "-q",
                                   "-r",
                                   path,
                                   "-o",
                                   "ip.check_checksum:TRUE",
                                   "-o",
                                   "tcp.check_checksum:TRUE",
                                   "-o",
                                   "udp.check_checksum:TRUE",
                                   "-z",
                                   "expert",
                                   NULL};
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autoptr(GSubprocess) process = NULL;
    g_autofree char *text = NULL;

    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    process = g_subprocess_launcher_spawnv(launcher, command, error);
    if (!process)
        return false;
    if (!g_subprocess_communicate_utf8(process, NULL, cancellable, &text, NULL, error)) {
        g_subprocess_force_exit(process);
        return false;
    }
    if (!g_subprocess_get_successful(process)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                            _("tshark ended with an error: try “tshark -v” in a terminal."));
        return false;
    }
    data->lines = tshark_parse(text ? text : "");
    return true;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    TsharkData *data = data_;
    Stage whole = STAGE_WHOLE(job), first = stage_part(&whole, 0, SHARE_REPAIR);
    g_autofree char *dir = g_dir_make_tmp("torchlight-XXXXXX", error);
    g_autofree char *path = dir ? g_build_filename(dir, "repaired.pcapng", NULL) : NULL;
    RepairResult result = {0};
    bool done;

    if (!dir)
        return false;
    data->params->trace = trace_copy(data->drawn);
    data->params->output = g_strdup(path);
    done = repair_stage(&first, data->params, &result, error);
    repair_result_clear(&result);
    if (done) {
        stage_progress(&whole, SHARE_REPAIR, _("tshark reads it"));
        done = run_tshark(data, path, torchlight_job_get_cancellable(job), error);
    }
    g_unlink(path);
    g_rmdir(dir);
    return done;
}

TorchlightJob *
tshark_job_new(RepairParams *params, const Trace *drawn, gpointer keeper, GDestroyNotify release)
{
    TsharkData *data = g_new0(TsharkData, 1);

    *data = (TsharkData){.params = params, .drawn = drawn, .keeper = keeper, .release = release};
    return torchlight_job_new(_("Check with tshark"), work, data, data_free);
}

GPtrArray *
tshark_job_get_lines(TorchlightJob *job)
{
    return ((TsharkData *)torchlight_job_get_data(job))->lines;
}

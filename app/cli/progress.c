/* SPDX-License-Identifier: Apache-2.0 */
/* Running a job from the terminal: a line that is drawn over itself on a terminal, a line now and
 * then elsewhere, none with --json; signals that cancel. */
#include "app/cli/cli.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_WIDTH = 20, REDRAW_MS = 100, PLAIN_LINE_EVERY_S = 10 };

typedef struct {
    const Cli *cli;
    TorchlightJob *job;
    CliLog log;
    guint n_logged;
    bool terminal, drawn;
    gint64 last_us;   /* when the last line was drawn */
    int last_tenth;   /* of the fraction, in plain lines */
    guint signals[2]; /* sources */
} Progress;

static void
clear_line(Progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}

static int
terminal_columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* "1:23 to go · message", as far as it fits. */
static char *
describe(const Progress *progress, int columns)
{
    g_autofree char *message = torchlight_job_dup_message(progress->job);
    double eta = torchlight_job_get_eta_seconds(progress->job);
    g_autofree char *left = eta >= 0 ? cli_duration(eta) : NULL;
    g_autofree char *to_go = left ? g_strdup_printf(_("%s to go · "), left) : g_strdup("");
    g_autofree char *text = g_strconcat(to_go, message, NULL);

    return g_utf8_strlen(text, -1) > columns ? g_utf8_substring(text, 0, MAX(columns, 0))
                                             : g_steal_pointer(&text);
}

static void
draw_bar(Progress *progress)
{
    double fraction = torchlight_job_get_fraction(progress->job);
    g_autofree char *text = describe(progress, terminal_columns() - BAR_WIDTH - 9);
    char bar[BAR_WIDTH + 1] = "";
    int filled = (int)(fraction * BAR_WIDTH);

    memset(bar, '#', (size_t)filled);
    memset(bar + filled, '.', (size_t)(BAR_WIDTH - filled));
    g_printerr("\r[%s] %3d %% %s\033[K", bar, (int)(fraction * 100), text);
    progress->drawn = true;
}

/* A line for each tenth, or after a while. */
static void
draw_plain(Progress *progress, bool is_due)
{
    double fraction = torchlight_job_get_fraction(progress->job);
    int tenth = (int)(fraction * 10);
    g_autofree char *text = NULL;

    if (tenth == progress->last_tenth && !is_due)
        return;
    progress->last_tenth = tenth;
    progress->last_us = g_get_monotonic_time();
    text = describe(progress, 1000);
    g_printerr("%3d %% %s\n", (int)(fraction * 100), text);
}

static void
on_progress(Progress *progress)
{
    gint64 now_us = g_get_monotonic_time();

    if (progress->cli->json || progress->cli->rank > 0 ||
        torchlight_job_get_state(progress->job) > JOB_PAUSED)
        return;
    if (!progress->terminal) {
        draw_plain(progress, now_us - progress->last_us > PLAIN_LINE_EVERY_S * G_USEC_PER_SEC);
        return;
    }
    if (now_us - progress->last_us < REDRAW_MS * 1000)
        return;
    progress->last_us = now_us;
    draw_bar(progress);
}

static void
on_log(Progress *progress)
{
    g_auto(GStrv) lines = torchlight_job_dup_log(progress->job, progress->n_logged);

    progress->n_logged += g_strv_length(lines);
    if (progress->cli->json || progress->cli->rank > 0)
        return;
    clear_line(progress);
    for (int i = 0; lines[i]; i++) {
        if (progress->log == CLI_LOG_STDOUT)
            g_print("%s\n", lines[i]);
        else
            g_printerr("%s\n", lines[i]);
    }
    if (progress->log == CLI_LOG_STDOUT)
        fflush(stdout);
}

/* The first signal cancels and lets the job tidy up; a second one kills as usual. */
static gboolean
on_signal(gpointer data)
{
    Progress *progress = data;

    clear_line(progress);
    cli_note(progress->cli, _("stopping …"));
    torchlight_job_cancel(progress->job);
    for (int i = 0; i < 2; i++) {
        GSource *source = g_main_context_find_source_by_id(NULL, progress->signals[i]);

        progress->signals[i] = 0;
        if (source && source != g_main_current_source())
            g_source_destroy(source);
    }
    return G_SOURCE_REMOVE;
}

bool
cli_run_job(const Cli *cli, TorchlightJob *job, CliLog log, GError **error)
{
    Progress progress = {.cli = cli,
                         .job = job,
                         .log = log,
                         .terminal = isatty(STDERR_FILENO) != 0,
                         .last_us = g_get_monotonic_time()};
    bool done;

    progress.signals[0] = g_unix_signal_add(SIGINT, on_signal, &progress);
    progress.signals[1] = g_unix_signal_add(SIGTERM, on_signal, &progress);
    g_signal_connect_swapped(job, "notify::fraction", G_CALLBACK(on_progress), &progress);
    g_signal_connect_swapped(job, "log-added", G_CALLBACK(on_log), &progress);
    done = torchlight_job_run(job, error);
    clear_line(&progress);
    on_log(&progress);
    g_signal_handlers_disconnect_by_data(job, &progress);
    for (int i = 0; i < 2; i++) {
        if (progress.signals[i])
            g_source_remove(progress.signals[i]);
    }
    return done;
}

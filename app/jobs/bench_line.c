/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/bench_line.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>

BenchLine *
bench_line_new(const char *name, const BenchParams *params)
{
    BenchLine *line = g_new(BenchLine, 1);

    *line = (BenchLine){.name = g_strdup(name),
                        .latent_width = params->latent_width,
                        .latent_height = params->latent_height,
                        .ms = NAN,
                        .ms_min = NAN,
                        .cpu_ms = NAN,
                        .gflop = NAN,
                        .gflops = NAN,
                        .gb_s = NAN,
                        .share = NAN,
                        .peak_mb = NAN,
                        .base_mb = NAN,
                        .weight_mb = NAN,
                        .time_ratio = NAN,
                        .cpu_ratio = NAN,
                        .memory_ratio = NAN};
    return line;
}

void
bench_line_free(BenchLine *line)
{
    g_free(line->name);
    g_free(line->error);
    g_free(line);
}

void
bench_line_take(BenchLine *line, const BenchItem *item, const BenchTiming *timing,
                const BenchResult *result)
{
    double s = timing->ms * 1e-3;

    line->ms = timing->ms;
    line->ms_min = timing->ms_min;
    line->cpu_ms = timing->cpu_ms;
    line->n_runs = timing->n_runs;
    line->peak_mb = timing->peak_mb;
    line->base_mb = timing->base_mb;
    line->weight_mb = item->weight_mb;
    if (item->flop > 0) {
        line->gflop = item->flop / 1e9;
        line->gflops = line->gflop / s;
        line->share = line->gflops / result->peak_gflops;
    }
    if (item->bytes > 0) {
        line->gb_s = item->bytes / 1e9 / s;
        line->share = line->gb_s / result->peak_gb_s;
    }
}

/* A number in a column, or a dash. */
static char *
cell(double value, int width)
{
    if (!isfinite(value))
        return g_strdup_printf("%*s", width, "-");
    return g_strdup_printf("%*.*f", width, value < 10 ? 2 : value < 1000 ? 1 : 0, value);
}

static void
add_cells(GString *text, const double *values, int n, int width)
{
    for (int i = 0; i < n; i++) {
        g_autofree char *one = cell(values[i], width);

        g_string_append_c(text, ' ');
        g_string_append(text, one);
    }
}

char *
bench_line_columns(const BenchParams *params)
{
    GString *text = g_string_new(NULL);

    if (params->what == BENCH_PLAN) {
        g_string_append_printf(text, "%-22s %10s %10s %12s", _("item"), _("MB in all"),
                               _("weights"), _("GFLOP"));
        return g_string_free(text, FALSE);
    }
    g_string_append_printf(text, "%-44s %9s %9s %9s %4s %9s %8s %6s %9s", _("item"), "ms",
                           _("min ms"), _("CPU ms"), _("runs"), "GFLOP/s", "GB/s", _("share"),
                           _("peak MB"));
    if (params->peer)
        g_string_append_printf(text, " | %9s %9s %9s %7s %7s %7s %7s", _("peer ms"), _("CPU ms"),
                               _("peak MB"), _("threads"), _("time :"), _("CPU :"), _("memory :"));
    return g_string_free(text, FALSE);
}

static void
add_peer(GString *text, const BenchLine *line)
{
    const BenchPeerLine *peer = &line->peer;

    g_string_append(text, " |");
    add_cells(text, (double[]){peer->ms, peer->cpu_ms, peer->peak_mb}, 3, 9);
    add_cells(
        text,
        (double[]){peer->cpu_ms / peer->ms, line->time_ratio, line->cpu_ratio, line->memory_ratio},
        4, 7);
}

char *
bench_line_text(const BenchLine *line, const BenchParams *params)
{
    GString *text = g_string_new(NULL);

    if (line->error && !isfinite(line->ms)) {
        g_string_append_printf(text, "%-22s %s", line->name, line->error);
    } else if (params->what == BENCH_PLAN) {
        g_string_append_printf(text, "%-22s", line->name);
        add_cells(text, (double[]){line->peak_mb, line->weight_mb}, 2, 10);
        add_cells(text, &line->gflop, 1, 12);
    } else {
        g_string_append_printf(text, "%-44s", line->name);
        add_cells(text, (double[]){line->ms, line->ms_min, line->cpu_ms}, 3, 9);
        g_string_append_printf(text, " %4d", line->n_runs);
        add_cells(text, &line->gflops, 1, 9);
        add_cells(text, &line->gb_s, 1, 8);
        add_cells(text, &line->share, 1, 6);
        add_cells(text, &line->peak_mb, 1, 9);
        if (line->has_peer)
            add_peer(text, line);
        if (line->error)
            g_string_append_printf(text, "  %s", line->error);
    }
    return g_string_free(text, FALSE);
}

char **
bench_line_default_items(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (const char *const *name = bench_model_items(); *name; name++) {
        if (!g_str_has_prefix(*name, "sample"))
            g_ptr_array_add(names, g_strdup(*name));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

void
bench_export_remove(const char *dir)
{
    static const char *const parts[] = {"unet", "controlnet", "vae", "text_encoder", "scheduler"};
    g_autofree char *index = g_build_filename(dir, "model_index.json", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *folder = g_build_filename(dir, parts[i], NULL);
        g_autofree char *config = g_build_filename(folder, "config.json", NULL);
        g_autofree char *scheduler = g_build_filename(folder, "scheduler_config.json", NULL);

        g_unlink(config);
        g_unlink(scheduler);
        g_rmdir(folder);
    }
    g_unlink(index);
    g_rmdir(dir);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Another implementation, timed as a program of its own. It is started once an item and turn with
 *   --what ITEM --model DIR --latent WxH --batch N --rank N --runs N --budget S [--threads N]
 * --json behind its own words, and prints a JSON object a line: item, ms, and, as far as it knows,
 * ms_min, cpu_ms, peak_mb, base_mb, or error. tests/bench/torch_peer.py is one. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    double ms, ms_min, cpu_ms, peak_mb, base_mb; /* NAN where it does not say */
} BenchPeerLine;

typedef struct {
    const char *command; /* its own words, as a shell would split them */
    const char *model;   /* folder */
    int latent_width, latent_height, batch, rank, n_runs, n_threads;
    double budget_s;
} BenchPeer;

/* Runs it for one item; an error also where it reports one. */
bool bench_peer_run(const BenchPeer *peer, const char *item, BenchPeerLine *line,
                    GCancellable *cancellable, GError **error);

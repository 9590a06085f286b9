/* SPDX-License-Identifier: Apache-2.0 */
/* A Program is a graph placed and compiled on a device, to be replayed. */
#pragma once

#include "compute/graph.h"

typedef struct Program Program;

/* Takes the graph. Its results are stored as the device's precision says; kept ones in f32.
 * What it needs only while it runs it shares with the device's other programs (arena.h). */
Program *program_new(Graph *graph, Device *device, GError **error);
void program_free(Program *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Program, program_free)

/* Whether the device has memory for a program of the graph, which it prunes as program_new does. */
bool program_fits(Graph *graph, Device *device);
/* Bytes of arena that the graph would take, cut as program_new cuts it; 0 where it cannot be placed
 * at all. */
size_t program_plan_memory(Graph *graph, const Device *device);

/* data: the whole tensor, row-major. t must be an input. */
bool program_write(Program *program, const Tensor *t, const void *data, GError **error);
/* Inputs keep their values between runs. */
bool program_run(Program *program, GCancellable *cancellable, GError **error);
/* t must be kept (or an input or a weight). */
bool program_read(Program *program, const Tensor *t, void *data, GError **error);
size_t program_memory(const Program *program); /* bytes, what it shares with others included */
double program_work(const Program *program);   /* floating-point operations of a run, about */

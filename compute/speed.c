/* SPDX-License-Identifier: Apache-2.0 */
/* A small layer of each kind, timed. */
#include "compute/speed.h"

#include "compute/ops.h"
#include "compute/program.h"

enum { CHANNELS = 64, SIDE = 48, ROWS = SIDE * SIDE };

static const double SECONDS = 0.1;

static double
time_program(Program *program, GError **error)
{
    gint64 start_us, now_us;
    int n = 0;

    if (!program_run(program, NULL, error)) /* the first run has what only a first run has */
        return 0;
    start_us = g_get_monotonic_time();
    do {
        if (!program_run(program, NULL, error))
            return 0;
        n++;
        now_us = g_get_monotonic_time();
    } while (now_us - start_us < SECONDS * G_USEC_PER_SEC);
    return (double)(now_us - start_us) / G_USEC_PER_SEC / n;
}

double
device_measure_speed(Device *device, GError **error)
{
    const ConvOptions options = {.stride = 1, 1, 1, 1, 1};
    Graph *graph = graph_new();
    Tensor *x = graph_input(graph, DTYPE_F32, &SHAPE(1, CHANNELS, SIDE, SIDE));
    Tensor *kernel = graph_input(graph, DTYPE_F32, &SHAPE(CHANNELS, CHANNELS, 3, 3));
    Tensor *matrix = graph_input(graph, DTYPE_F32, &SHAPE(4 * CHANNELS, CHANNELS));
    Tensor *y = op_conv2d(graph, x, kernel, NULL, options);
    g_autoptr(Program) program = NULL;
    double seconds, work = 2.0 * ROWS * CHANNELS * CHANNELS * (9 + 4);

    graph_keep(graph, op_linear(graph, op_image_to_tokens(graph, y), matrix, NULL));
    program = program_new(graph, device, error);
    seconds = program ? time_program(program, error) : 0;
    return seconds > 0 ? work / seconds : 0;
}

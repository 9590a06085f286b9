/* SPDX-License-Identifier: Apache-2.0 */
/* Control maps: when they act, and the part of a ControlNet that runs once. */
#include "compute/sample/control.h"

#include "compute/program.h"

double
generator_control_weight(const GeneratorControl *control, int i, int n)
{
    bool acts =
        (double)i / n >= control->start - 1e-9 && (double)(i + 1) / n <= control->end + 1e-9;

    return acts ? control->weight : 0;
}

float *
generator_control_hint(Device *device, const ControlNet *net, const float *map, int width,
                       int height, GCancellable *cancellable, GError **error)
{
    Graph *graph = graph_new();
    Tensor *in = graph_input(graph, DTYPE_F32, &SHAPE(1, 3, height, width));
    Tensor *out = graph_keep(graph, controlnet_hint_forward(graph, net, in));
    g_autoptr(Program) program = program_new(graph, device, error);
    g_autofree float *hint = program ? g_new(float, tensor_count(out)) : NULL;

    if (!program || !program_write(program, in, map, error) ||
        !program_run(program, cancellable, error) || !program_read(program, out, hint, error))
        return NULL;
    return g_steal_pointer(&hint);
}

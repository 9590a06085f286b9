/* SPDX-License-Identifier: Apache-2.0 */
/* Control maps: when they act, and the part of a ControlNet that runs once. */
#include "compute/sample/control.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "compute/program.h"

static const char *const mode_names[CONTROL_N_MODES] = {"balanced", "prompt", "control"};
static const char *const convention_names[CONTROL_N_CONVENTIONS] = {"diffusers", "a1111"};

static int
find_name(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (g_strcmp0(names[i], name) == 0)
            return i;
    return -1;
}

const char *
control_mode_name(ControlMode mode)
{
    return mode_names[mode];
}

bool
control_mode_find(const char *name, ControlMode *mode)
{
    int i = find_name(mode_names, CONTROL_N_MODES, name);

    *mode = MAX(i, 0);
    return i >= 0;
}

const char *
control_convention_name(ControlConvention convention)
{
    return convention_names[convention];
}

bool
control_convention_find(const char *name, ControlConvention *convention)
{
    int i = find_name(convention_names, CONTROL_N_CONVENTIONS, name);

    *convention = MAX(i, 0);
    return i >= 0;
}

double
generator_control_weight(const GeneratorControl *c, int i, int n)
{
    double begins = (double)i / n, ends = (double)(i + 1) / n;
    double last = c->convention == CONTROL_A1111 ? begins : ends;

    return begins >= c->start - 1e-9 && last <= c->end + 1e-9 ? c->weight : 0;
}

void
generator_control_factors(const GeneratorControl *c, int n, double *factors)
{
    for (int l = 0; l < n; l++) {
        if (c->layers)
            factors[l] = c->layers[l];
        else if (c->mode == CONTROL_BALANCED)
            factors[l] = 1;
        else if (c->convention == CONTROL_A1111)
            factors[l] = pow(0.825, n - 1 - l);
        else
            factors[l] = n > 1 ? pow(10, (double)l / (n - 1) - 1) : 1;
    }
}

bool
generator_control_check(const GeneratorControl *c, const ControlNet *net, GError **error)
{
    int n = controlnet_n_results(&net->config);

    if (!c->layers || c->n_layers == n)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("%d weights of layers are given, but the ControlNet has %d results: give one "
                  "for each, from the finest to the middle."),
                c->n_layers, n);
    return false;
}

struct ControlHint {
    Program *program;
    Tensor *in, *out; /* (1, 3, height, width) -> (1, C0, h, w) */
};

ControlHint *
control_hint_new(Device *device, const ControlNet *net, int width, int height, GError **error)
{
    Graph *graph = graph_new();
    ControlHint *hint = g_new0(ControlHint, 1);

    hint->in = graph_input(graph, DTYPE_F32, &SHAPE(1, 3, height, width));
    hint->out = graph_keep(graph, controlnet_hint_forward(graph, net, hint->in));
    hint->program = program_new(graph, device, error);
    if (!hint->program)
        g_clear_pointer(&hint, control_hint_free);
    return hint;
}

void
control_hint_free(ControlHint *hint)
{
    if (!hint)
        return;
    program_free(hint->program);
    g_free(hint);
}

bool
control_hint_run(ControlHint *hint, const float *map, float *out, GCancellable *cancellable,
                 GError **error)
{
    return program_write(hint->program, hint->in, map, error) &&
           program_run(hint->program, cancellable, error) &&
           program_read(hint->program, hint->out, out, error);
}

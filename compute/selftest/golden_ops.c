/* SPDX-License-Identifier: Apache-2.0 */
/* ops.safetensors: single ops on given inputs. CASE.x (.weight, .bias, ...) -> CASE.y; gradients
 * CASE.gx, ... of sum(y * gy). Also the AdamW steps, timestep embeddings and noise schedule. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compute/model/timestep.h"
#include "compute/selftest/golden_private.h"

/* A recorded case: its inputs by name. */
typedef struct {
    Graph *graph;
    const char *name;
    Tensor *x, *q, *k, *v, *weight, *bias, *temb, *down, *up;
} OpInputs;

static const struct {
    const char *name;
    size_t offset;
} inputs[] = {
    {"x", offsetof(OpInputs, x)},           {"q", offsetof(OpInputs, q)},
    {"k", offsetof(OpInputs, k)},           {"v", offsetof(OpInputs, v)},
    {"weight", offsetof(OpInputs, weight)}, {"bias", offsetof(OpInputs, bias)},
    {"temb", offsetof(OpInputs, temb)},     {"down", offsetof(OpInputs, down)},
    {"up", offsetof(OpInputs, up)},
};

static Tensor **
input_slot(OpInputs *in, guint i)
{
    return (Tensor **)((char *)in + inputs[i].offset);
}

static Tensor *
build_attention(OpInputs *in)
{
    int n_heads = 1;
    const char *at = strstr(in->name, "_h");
    if (at)
        sscanf(at, "_h%d", &n_heads);
    return op_attention(in->graph, in->q, in->k, in->v, n_heads, strstr(in->name, "causal"));
}

static Tensor *
build_conv2d(OpInputs *in)
{
    int padding = strstr(in->name, "_p1") ? 1 : 0;
    ConvOptions options = {strstr(in->name, "_s2") ? 2 : 1, padding, padding, padding, padding};
    if (strstr(in->name, "_asympad_0101"))
        options.pad_right = options.pad_bottom = 1;
    return op_conv2d(in->graph, in->x, in->weight, in->bias, options);
}

static Tensor *
build_group_norm(OpInputs *in)
{
    int n_groups = 1;
    double eps = 1e-5;
    sscanf(in->name, "group_norm_eps%lf_g%d", &eps, &n_groups);
    return op_group_norm(in->graph, in->x, in->weight, in->bias, n_groups, (float)eps, false);
}

static Tensor *
build_layer_norm(OpInputs *in)
{
    return op_layer_norm(in->graph, in->x, in->weight, in->bias, 1e-5f);
}

static Tensor *
build_linear(OpInputs *in)
{
    return op_linear(in->graph, in->x, in->weight, in->bias);
}

static Tensor *
build_lora(OpInputs *in)
{
    Graph *g = in->graph;
    Tensor *h = op_scale(g, op_linear(g, in->x, in->down, NULL), 0.5f);
    return op_add(g, build_linear(in), op_linear(g, h, in->up, NULL));
}

static Tensor *
build_add_channel(OpInputs *in)
{
    return op_add_channel(in->graph, in->x, in->temb);
}

static Tensor *
build_mse(OpInputs *in)
{
    return op_mse_loss(in->graph, in->x, op_fill(in->graph, &in->x->shape, 0));
}

static Tensor *
build_upsample(OpInputs *in)
{
    int h = 2 * (int)in->x->shape.dim[2], w = 2 * (int)in->x->shape.dim[3];
    const char *to = strstr(in->name, "_to_");
    if (to)
        sscanf(to, "_to_%dx%d", &h, &w);
    return op_upsample_nearest(in->graph, in->x, h, w);
}

static Tensor *
build_silu(OpInputs *in)
{
    return op_silu(in->graph, in->x);
}

static Tensor *
build_gelu(OpInputs *in)
{
    return op_gelu(in->graph, in->x);
}

static Tensor *
build_quick_gelu(OpInputs *in)
{
    return op_quick_gelu(in->graph, in->x);
}

static Tensor *
build_geglu(OpInputs *in)
{
    return op_geglu(in->graph, in->x);
}

static Tensor *
build_softmax(OpInputs *in)
{
    return op_softmax(in->graph, in->x);
}

/* By the beginning of the case's name; the inputs that it cannot do without. */
static const struct {
    const char *prefix;
    Tensor *(*build)(OpInputs *in);
    const char *needs;
} builders[] = {
    {"attention_", build_attention, "q k v"},
    {"conv2d_", build_conv2d, "x weight"},
    {"group_norm_", build_group_norm, "x weight bias"},
    {"layer_norm_", build_layer_norm, "x weight bias"},
    {"lora_linear_r4_scale0p5", build_lora, "x weight down up"},
    {"linear", build_linear, "x weight"},
    {"add_bias_time", build_add_channel, "x temb"},
    {"mse_loss_mean", build_mse, "x"},
    {"upsample_nearest_", build_upsample, "x"},
    {"silu", build_silu, "x"},
    {"gelu_erf", build_gelu, "x"},
    {"quick_gelu", build_quick_gelu, "x"},
    {"geglu_", build_geglu, "x"},
    {"softmax_", build_softmax, "x"},
};

static bool
has_inputs(const Golden *g, const char *name, const char *needs)
{
    g_auto(GStrv) words = g_strsplit(needs, " ", -1);
    for (char **word = words; *word; word++) {
        g_autofree char *key = g_strdup_printf("%s.%s", name, *word);
        if (!golden_has(g, key))
            return false;
    }
    return true;
}

static void
compare_case(Run *run, OpInputs *in, Tensor *y)
{
    g_autofree char *key = g_strdup_printf("%s.y", in->name);
    run_compare(run, y, key, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
        Tensor *t = *input_slot(in, i);
        g_autofree char *gradient = g_strdup_printf("%s.g%s", in->name, inputs[i].name);
        if (t && t->grad)
            run_compare(run, t->grad, gradient, NULL);
    }
}

static void
run_case(Golden *g, const char *name, Tensor *(*build)(OpInputs *))
{
    g_autofree char *gy_key = g_strdup_printf("%s.gy", name);
    OpInputs in = {.name = name};
    Run run;

    run_init(&run, g);
    in.graph = run.graph;
    for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
        g_autofree char *key = g_strdup_printf("%s.%s", name, inputs[i].name);
        if (!golden_has(g, key))
            continue;
        *input_slot(&in, i) = run_input(&run, key);
        graph_want_grad(run.graph, *input_slot(&in, i));
    }
    Tensor *y = graph_keep(run.graph, build(&in));
    Tensor *gy = run_input(&run, gy_key);
    if (gy) {
        graph_backward_from(run.graph, y, gy);
        for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
            Tensor *t = *input_slot(&in, i);
            if (t && t->grad)
                graph_keep(run.graph, t->grad);
        }
    }
    if (run_compile(&run) && run_go(&run))
        compare_case(&run, &in, y);
    run_clear(&run);
}

/* --- AdamW --- */

#define ADAMW_STEPS 4

/* param, m, v: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, decay 0.01 */
static void
step_adamw(Golden *g, Weight *const *w)
{
    int64_t n = shape_count(&w[0]->shape);
    g_autofree float *values = g_new(float, n);
    Run run;

    run_init(&run, g);
    Graph *graph = run.graph;
    Tensor *grad = graph_input(graph, DTYPE_F32, &w[0]->shape);
    Tensor *hyper = graph_input(graph, DTYPE_F32, &SHAPE(8));
    op_adamw(graph, graph_weight(graph, w[0]), grad, graph_weight(graph, w[1]),
             graph_weight(graph, w[2]), hyper, NULL);
    run_compile(&run);
    for (int step = 1; step <= ADAMW_STEPS && !golden_failed(g); step++) {
        g_autofree char *from = g_strdup_printf("adamw.grad%d", step - 1);
        g_autofree char *to = g_strdup_printf("adamw.param_after_step%d", step);
        g_autofree float *gradient = golden_values(g, from);
        float hypers[8] = {1e-3f, 0.9f, 0.999f, 1e-8f, 1e-2f};
        hypers[5] = (float)(1 - pow(0.9, step));
        hypers[6] = (float)(1 - pow(0.999, step));
        run_write(&run, grad, gradient);
        run_write(&run, hyper, hypers);
        if (run_go(&run) && weight_read(w[0], values, &g->error))
            golden_compare(g, to, NULL, values, n);
    }
    if (!golden_failed(g) && weight_read(w[1], values, &g->error))
        golden_compare(g, "adamw.exp_avg_after_step4", NULL, values, n);
    if (!golden_failed(g) && weight_read(w[2], values, &g->error))
        golden_compare(g, "adamw.exp_avg_sq_after_step4", NULL, values, n);
    run_clear(&run);
}

static void
run_adamw(Golden *g)
{
    const WeightsEntry *entry = golden_entry(g, "adamw.param0");
    g_autofree float *param = golden_values(g, "adamw.param0");
    Weight *w[3] = {NULL};

    if (!entry)
        return;
    Shape shape = golden_shape(entry);
    for (int i = 0; i < 3 && !golden_failed(g); i++)
        w[i] = weight_new(g->device, "adamw", DTYPE_F32, &shape, &g->error);
    if (!golden_failed(g) && weight_write(w[0], param, &g->error))
        step_adamw(g, w);
    for (int i = 0; i < 3; i++)
        weight_free(w[i]);
}

/* --- computed on the host --- */

static void
run_embedding(Golden *g, const char *key, const char *timesteps, int width)
{
    int n;
    g_autofree double *t = golden_doubles(g, timesteps, &n);
    if (!t)
        return;
    g_autofree float *out = g_new(float, (size_t)n *width);
    for (int i = 0; i < n; i++)
        timestep_sinusoids(t[i], width, true, 0, out + (size_t)i * width);
    golden_compare(g, key, NULL, out, (int64_t)n * width);
}

static void
run_embeddings(Golden *g)
{
    static const char prefix[] = "timestep_embedding.";
    g_autoptr(GPtrArray) cases = golden_cases(g, prefix, "_flip_sin_to_cos_shift0");

    for (guint i = 0; i < cases->len; i++) {
        const char *name = cases->pdata[i];
        bool fractional = g_str_has_prefix(name, "frac.");
        g_autofree char *key = g_strconcat(prefix, name, "_flip_sin_to_cos_shift0", NULL);
        int width = 0;
        if (sscanf(fractional ? name + 5 : name, "dim%d", &width) == 1 && width > 0)
            run_embedding(g, key,
                          fractional ? "timestep_embedding.frac_timestep"
                                     : "timestep_embedding.timesteps",
                          width);
    }
}

static void
run_schedule(Golden *g)
{
    const Schedule *schedule = golden_schedule(g);
    if (!schedule)
        return;
    g_autofree float *ac = g_new(float, schedule->n_train);
    for (int i = 0; i < schedule->n_train; i++)
        ac[i] = (float)schedule->alpha_cumprod[i];
    golden_compare(g, "noise_schedule.alphas_cumprod", NULL, ac, schedule->n_train);
}

void
golden_ops(Golden *g)
{
    g_autoptr(GPtrArray) cases = golden_cases(g, "", ".y");

    for (guint i = 0; i < cases->len && !golden_failed(g); i++) {
        const char *name = cases->pdata[i];
        for (guint j = 0; j < G_N_ELEMENTS(builders); j++)
            if (g_str_has_prefix(name, builders[j].prefix)) {
                if (has_inputs(g, name, builders[j].needs))
                    run_case(g, name, builders[j].build);
                break;
            }
    }
    run_embeddings(g);
    run_schedule(g);
    run_adamw(g);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* train_lora_v*, sd1_train_lora_minsnr5, sd1_train_ten: the graph that the trainer records
 * (compute/train/diffusion_graph.h) with targets of both kinds and min-SNR weights, and ten losses
 * with each optimiser. */
#include <math.h>
#include <string.h>

#include "compute/selftest/golden_train.h"
#include "compute/train/diffusion_graph.h"

enum { N_TEN = 10 };

typedef struct {
    Golden *golden;
    DiffusionTrainerOptions options;
    DiffusionBatch batch;
    DiffusionDraw draw;
    DiffusionGraph inputs;
    Optimiser *optimiser;
    LoraTarget target;
    Lora *lora;
    GPtrArray *weights, *grads;
    Run run;
    float *latents, *context, *noise;
    double *timesteps;
    int n_steps; /* that the file has noise for */
} Loss;

static bool
read_inputs(Loss *l)
{
    Golden *g = l->golden;
    const WeightsEntry *latents = golden_entry(g, "input.latents");
    const WeightsEntry *noise = golden_entry(g, "input.noise");
    const WeightsEntry *context = golden_entry(g, "input.encoder_hidden_states");
    int n_timesteps = 0;

    if (golden_failed(g) || !golden_open_unet(g) || !golden_schedule(g))
        return false;
    l->latents = golden_values(g, "input.latents");
    l->context = golden_values(g, "input.encoder_hidden_states");
    l->noise = golden_values(g, "input.noise");
    l->timesteps = golden_doubles(g, "input.timesteps", &n_timesteps);
    if (golden_failed(g))
        return false;
    l->n_steps = (int)(noise->n_elements / latents->n_elements);
    l->options = (DiffusionTrainerOptions){.unet = g->unet,
                                           .schedule = g->schedule,
                                           .n = (int)latents->dim[0],
                                           .height = (int)latents->dim[2],
                                           .width = (int)latents->dim[3],
                                           .n_tokens = (int)context->dim[1],
                                           .optimiser = OPTIMISER_DEFAULTS};
    l->batch = (DiffusionBatch){.latents = l->latents, .context = l->context};
    return n_timesteps >= l->n_steps * l->options.n;
}

static bool
open_lora(Loss *l, const char *name)
{
    l->target = golden_lora_target(l->golden);
    l->lora = golden_open_lora(l->golden, name);
    l->weights = g_ptr_array_new();
    if (!l->lora)
        return false;
    l->target.part[LORA_TEXT_ENCODER] = NULL;
    lora_set_trainable(l->lora, LORA_UNET, true);
    lora_collect_trainable(l->lora, l->weights);
    lora_attach(l->lora, &l->target, 1);
    return true;
}

static bool
record(Loss *l)
{
    Golden *g = l->golden;
    Graph *graph = l->run.graph;

    l->optimiser = optimiser_new(g->device, &l->options.optimiser);
    if (!optimiser_add_group(l->optimiser, l->weights, 1, &g->error))
        return false;
    diffusion_draw_init(&l->draw, &l->options);
    l->inputs.wants_context_grad = true;
    diffusion_graph_record(&l->inputs, graph, &l->options);
    graph_keep(graph, l->inputs.sample);
    graph_keep(graph, l->inputs.prediction);
    graph_backward(graph, l->inputs.loss);
    l->grads = golden_keep_gradients(graph, l->weights);
    if (l->inputs.context->grad)
        graph_keep(graph, l->inputs.context->grad);
    optimiser_record(l->optimiser, graph, NULL);
    return run_compile(&l->run);
}

/* Everything above in a row; afterwards loss_clear, whether it went well or not. */
static bool
loss_init(Loss *l, Golden *g, const char *lora, OptimiserKind kind, double gamma)
{
    *l = (Loss){.golden = g};
    run_init(&l->run, g);
    if (!read_inputs(l))
        return false;
    l->options.optimiser.kind = kind;
    l->options.min_snr_gamma = gamma;
    if (kind == OPTIMISER_LION)
        l->options.optimiser.beta2 = 0.99;
    return open_lora(l, lora) && record(l);
}

static void
loss_clear(Loss *l)
{
    run_clear(&l->run);
    g_clear_pointer(&l->optimiser, optimiser_free);
    g_clear_pointer(&l->grads, g_ptr_array_unref);
    g_clear_pointer(&l->weights, g_ptr_array_unref);
    if (l->lora) {
        lora_detach(l->lora, &l->target);
        lora_free(l->lora);
    }
    diffusion_draw_clear(&l->draw);
    g_free(l->latents);
    g_free(l->context);
    g_free(l->noise);
    g_free(l->timesteps);
}

static void
compare_one(Loss *l, const char *prefix, const char *name, const float *values, int64_t n)
{
    g_autofree char *key = g_strconcat(prefix, name, NULL);

    golden_compare(l->golden, key, NULL, values, n);
}

/* Signal to noise, weights, targets and unweighted losses follow on the host from what the graph
 * was given and gave. */
static void
compare_host(Loss *l, const char *prefix)
{
    int n = l->options.n;
    int64_t n_sample = l->draw.n_noise / n;
    g_autofree float *prediction = run_read(&l->run, l->inputs.prediction);
    g_autofree float *target = g_new(float, l->draw.n_noise);
    g_autofree float *snr = g_new(float, n), *each = g_new(float, n);

    for (int i = 0; prediction && i < n; i++) {
        int t = (int)l->draw.timesteps[i];
        double sum = 0;

        schedule_target(l->options.schedule, t, l->latents + i * n_sample,
                        l->draw.noise + i * n_sample, target + i * n_sample, n_sample);
        for (int64_t j = i * n_sample; j < (i + 1) * n_sample; j++)
            sum += pow((double)prediction[j] - (double)target[j], 2);
        snr[i] = (float)schedule_snr(l->options.schedule, t);
        each[i] = (float)(sum / (double)n_sample);
    }
    compare_one(l, prefix, "target", target, l->draw.n_noise);
    compare_one(l, prefix, "snr", snr, n);
    compare_one(l, prefix, "mse_loss_weights", l->draw.weight, n);
    compare_one(l, prefix, "loss_per_sample_unweighted", each, n);
}

static bool
go(Loss *l, int step, double lr)
{
    Golden *g = l->golden;
    int n = l->options.n;
    g_autofree int *timesteps = g_new(int, n);
    double norm;

    for (int i = 0; i < n; i++)
        timesteps[i] = (int)l->timesteps[step * n + i];
    diffusion_draw_at(&l->draw, &l->options, timesteps);
    memcpy(l->draw.noise, l->noise + step * l->draw.n_noise,
           sizeof(float) * (size_t)l->draw.n_noise);
    return !golden_failed(g) &&
           diffusion_graph_write(&l->inputs, l->run.program, &l->batch, &l->draw, &g->error) &&
           optimiser_begin_step(l->optimiser, l->run.program, lr, &g->error) && run_go(&l->run) &&
           optimiser_end_step(l->optimiser, l->run.program, &norm, &g->error);
}

static void
compare(Loss *l, const char *prefix)
{
    g_autofree char *loss = g_strconcat(prefix, "loss", NULL);
    g_autofree char *sample = g_strconcat(prefix, "noisy_latents", NULL);
    g_autofree char *prediction = g_strconcat(prefix, "model_pred", NULL);
    g_autofree char *context = g_strconcat(prefix, "grad_input.encoder_hidden_states", NULL);

    run_compare(&l->run, l->inputs.loss, loss, NULL);
    run_compare(&l->run, l->inputs.sample, sample, NULL);
    run_compare(&l->run, l->inputs.prediction, prediction, NULL);
    compare_host(l, prefix);
    golden_compare_gradients(&l->run, l->weights, l->grads, prefix);
    if (l->inputs.context->grad)
        run_compare(&l->run, l->inputs.context->grad, context, NULL);
}

void
golden_train_loss(Golden *g)
{
    double gamma = strstr(g->name, "minsnr5") ? 5 : 0;
    Loss l;

    if (loss_init(&l, g, "kohya_r4_a4", OPTIMISER_ADAMW, gamma)) {
        for (int i = 0; i < l.n_steps && go(&l, i, 1e-3); i++) {
            g_autofree char *prefix = g_strdup_printf("output.step%d.", i);

            compare(&l, prefix);
            golden_compare_lora_weights(g, l.weights, i + 1);
        }
    }
    loss_clear(&l);
}

void
golden_train_loss_once(Golden *g)
{
    Loss l;

    if (loss_init(&l, g, "kohya_proj_r2_a1", OPTIMISER_ADAMW, 0) && go(&l, 0, 0))
        compare(&l, "output.");
    loss_clear(&l);
}

void
golden_train_ten(Golden *g)
{
    static const struct {
        OptimiserKind kind;
        const char *name;
        double lr;
    } ways[] = {{OPTIMISER_ADAMW, "adamw", 1e-3},
                {OPTIMISER_LION, "lion", 1e-4},
                {OPTIMISER_SGD, "sgd", 1}};

    for (guint i = 0; i < G_N_ELEMENTS(ways) && !golden_failed(g); i++) {
        Loss l;
        bool ok = loss_init(&l, g, "kohya_r4_a4", ways[i].kind, 5) && l.n_steps == N_TEN;

        for (int j = 0; ok && j < N_TEN && go(&l, j, ways[i].lr); j++) {
            g_autofree char *key = g_strdup_printf("output.%s.step%d.loss", ways[i].name, j);

            run_compare(&l.run, l.inputs.loss, key, NULL);
        }
        loss_clear(&l);
    }
}

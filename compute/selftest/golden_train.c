/* SPDX-License-Identifier: Apache-2.0 */
/* train_*: losses, gradients and weights after AdamW steps, of LoRAs and of whole models. */
#include <math.h>
#include <string.h>

#include "compute/model/timestep.h"
#include "compute/selftest/golden_train.h"
#include "compute/train/optimiser.h"

/* --- a training step of the denoising part --- */

typedef struct {
    Golden *golden;
    const Unet *unet;
    const ControlNet *controlnet; /* NULL: none */
    const char *ids;              /* golden tensor of token ids, NULL: the context is given */
    const char *prefix;           /* of the inputs: "input.rect." */
    Optimiser *optimiser;         /* NULL: no update */
    const GPtrArray *weights;     /* whose gradients are kept */

    Run run;
    Tensor *noisy, *time, *context, *target, *prediction, *loss;
    GPtrArray *grads;
    float *latents;
    int n;       /* batch */
    int64_t n_x; /* elements of the latents */
} Step;

static char *
step_key(const Step *step, const char *name)
{
    return g_strconcat(step->prefix, name, NULL);
}

static Tensor *
record_context(Step *step)
{
    g_autofree char *key = step_key(step, "encoder_hidden_states");
    if (!step->ids) {
        Tensor *context = run_input(&step->run, key);
        if (context)
            graph_want_grad(step->run.graph, context);
        return context;
    }
    const TextEncoder *encoder = golden_open_text_encoder(step->golden);
    Tensor *ids = encoder ? run_input(&step->run, step->ids) : NULL;
    return ids ? text_encoder_forward(step->run.graph, encoder, ids, 0) : NULL;
}

static bool
record_step(Step *step, const Shape *shape)
{
    Graph *graph = step->run.graph;
    g_autofree char *map_key = step_key(step, "controlnet_cond");
    g_autoptr(GPtrArray) residuals = NULL;

    step->noisy = graph_input(graph, DTYPE_F32, shape);
    graph_want_grad(graph, step->noisy);
    step->target = graph_input(graph, DTYPE_F32, shape);
    step->time =
        graph_input(graph, DTYPE_F32, &SHAPE(step->n, unet_time_width(&step->unet->config)));
    step->context = record_context(step);
    if (step->controlnet) {
        Tensor *map = run_input(&step->run, map_key);
        if (!map || !step->context)
            return false;
        Tensor *hint = controlnet_hint_forward(graph, step->controlnet, map);
        residuals = controlnet_forward(graph, step->controlnet, step->noisy, step->time,
                                       step->context, hint, NULL);
    }
    if (!step->context)
        return false;
    step->prediction =
        unet_forward(graph, step->unet, step->noisy, step->time, step->context, residuals);
    step->loss = op_mse_loss(graph, step->prediction, step->target);
    graph_backward(graph, step->loss);
    graph_keep(graph, step->prediction);
    graph_keep(graph, step->loss);
    if (step->noisy->grad)
        graph_keep(graph, step->noisy->grad);
    if (step->context->grad)
        graph_keep(graph, step->context->grad);
    step->grads = golden_keep_gradients(graph, step->weights);
    if (step->optimiser)
        optimiser_record(step->optimiser, graph, NULL);
    return run_compile(&step->run);
}

/* The fields above `run` are set. */
static bool
step_init(Step *step)
{
    Golden *g = step->golden;
    g_autofree char *key = step_key(step, "latents");
    const WeightsEntry *entry = golden_entry(g, key);

    run_init(&step->run, g);
    if (!entry || !golden_schedule(g))
        return false;
    Shape shape = golden_shape(entry);
    step->latents = golden_values(g, key);
    step->n = (int)shape.dim[0];
    step->n_x = entry->n_elements;
    return record_step(step, &shape);
}

static void
step_clear(Step *step)
{
    run_clear(&step->run);
    g_clear_pointer(&step->grads, g_ptr_array_unref);
    g_clear_pointer(&step->latents, g_free);
}

/* noise (n_x), t (n): one step; prefix stands before the names of what is compared. */
static bool
step_go(Step *step, const float *noise, const double *t, double lr, const char *prefix)
{
    Golden *g = step->golden;
    const UNetConfig *config = &step->unet->config;
    int64_t n_sample = step->n_x / step->n;
    g_autofree float *noisy = g_new(float, step->n_x);
    g_autofree float *time = g_new(float, (size_t)step->n *unet_time_width(config));
    g_autofree char *loss = g_strconcat(prefix, "loss", NULL);
    g_autofree char *noisy_key = g_strconcat(prefix, "noisy_latents", NULL);
    g_autofree char *prediction = g_strconcat(prefix, "model_pred", NULL);
    double norm;

    if (golden_failed(g))
        return false;
    for (int i = 0; i < step->n; i++)
        schedule_add_noise(golden_schedule(g), CLAMP((int)t[i], 0, g->schedule->n_train - 1),
                           step->latents + i * n_sample, noise + i * n_sample, noisy + i * n_sample,
                           n_sample);
    timestep_embedding(config, t, step->n, time);
    run_write(&step->run, step->noisy, noisy);
    run_write(&step->run, step->target, noise);
    run_write(&step->run, step->time, time);
    if (step->optimiser && !golden_failed(g))
        optimiser_begin_step(step->optimiser, step->run.program, lr, &g->error);
    if (!run_go(&step->run))
        return false;
    if (step->optimiser &&
        !optimiser_end_step(step->optimiser, step->run.program, &norm, &g->error))
        return false;
    golden_compare(g, noisy_key, NULL, noisy, step->n_x);
    run_compare(&step->run, step->loss, loss, NULL);
    run_compare(&step->run, step->prediction, prediction, NULL);
    golden_compare_gradients(&step->run, step->weights, step->grads, prefix);
    return !golden_failed(g);
}

/* One step on the inputs that stand beside the latents. */
static void
step_once(Step *step, const char *prefix)
{
    g_autofree char *noise_key = step_key(step, "noise"), *t_key = step_key(step, "timesteps");
    int n;
    g_autofree float *noise = golden_values(step->golden, noise_key);
    g_autofree double *t = golden_doubles(step->golden, t_key, &n);

    if (noise && t && n >= step->n)
        step_go(step, noise, t, 0, prefix);
}

static Optimiser *
open_adamw(Golden *g, const GPtrArray *weights)
{
    OptimiserOptions options = OPTIMISER_DEFAULTS;
    Optimiser *adamw = optimiser_new(g->device, &options);
    if (!optimiser_add_group(adamw, weights, 1, &g->error))
        g_clear_pointer(&adamw, optimiser_free);
    return adamw;
}

/* --- LoRA --- */

#define LORA_LR 1e-3
#define N_LORA_STEPS 5

/* Adam divides by |gradient|, so that where the gradient is near the rounding noise an element may
 * move otherwise: almost all must be near, and none far. */
#define NEAR 2e-5
#define FAR_SHARE 0.005
#define FAR 3e-4

void
golden_compare_lora_weights(Golden *g, const GPtrArray *weights, int step)
{
    double largest = 0;
    int64_t n = 0, n_far = 0;
    int n_tensors = 0;

    for (guint i = 0; i < weights->len && !golden_failed(g); i++) {
        const Weight *w = weights->pdata[i];
        g_autofree char *key = g_strdup_printf("output.after_step%d.param.%s", step, w->name);
        if (!golden_has(g, key) || golden_entry(g, key)->n_elements != shape_count(&w->shape))
            continue;
        int64_t count = shape_count(&w->shape);
        g_autofree float *expected = golden_values(g, key);
        g_autofree float *got = g_new(float, count);
        if (!weight_read(w, got, &g->error))
            return;
        for (int64_t j = 0; j < count; j++) {
            double difference = fabs((double)got[j] - (double)expected[j]);
            largest = isnan(difference) ? INFINITY : MAX(largest, difference);
            n_far += !(difference <= NEAR);
        }
        n += count;
        n_tensors++;
        g_hash_table_add(g->compared, g_steal_pointer(&key));
    }
    if (n == 0)
        return;
    g_autofree char *all = g_strdup_printf("output.after_step%d.param.*", step);
    g_autofree char *share = g_strdup_printf("%s share beyond %g", all, NEAR);
    golden_line(g, all, n_tensors, largest, FAR);
    golden_line(g, share, n_tensors, (double)n_far / (double)n, FAR_SHARE);
}

static void
train_lora(Golden *g, const GPtrArray *weights)
{
    g_autoptr(Optimiser) adamw = open_adamw(g, weights);
    Step step = {
        .golden = g, .unet = g->unet, .prefix = "input.", .optimiser = adamw, .weights = weights};
    int n_t;
    g_autofree float *noise = golden_values(g, "input.noise");
    g_autofree double *t = golden_doubles(g, "input.timesteps", &n_t);

    if (adamw && noise && t && step_init(&step) && n_t >= N_LORA_STEPS * step.n &&
        golden_entry(g, "input.noise")->n_elements >= N_LORA_STEPS * step.n_x) {
        for (int i = 0; i < N_LORA_STEPS; i++) {
            g_autofree char *prefix = g_strdup_printf("output.step%d.", i);
            if (!step_go(&step, noise + i * step.n_x, t + i * step.n, LORA_LR, prefix))
                break;
            golden_compare_lora_weights(g, weights, i + 1);
        }
    }
    step_clear(&step);
}

static void
check_train_lora(Golden *g)
{
    LoraTarget target = golden_lora_target(g);
    g_autoptr(Lora) lora = golden_open_lora(g, "kohya_r4_a4");
    g_autoptr(GPtrArray) weights = g_ptr_array_new();

    if (!lora)
        return;
    target.part[LORA_TEXT_ENCODER] = NULL;
    lora_set_trainable(lora, LORA_UNET, true);
    lora_collect_trainable(lora, weights);
    lora_attach(lora, &target, 1);
    train_lora(g, weights);
    lora_detach(lora, &target);
}

static void
check_train_lora_rect(Golden *g)
{
    for (int joint = 0; joint < 2; joint++) {
        LoraTarget target = golden_lora_target(g);
        g_autoptr(Lora) lora = golden_open_lora(g, "kohya_r4_a4");
        g_autoptr(GPtrArray) weights = g_ptr_array_new();
        Step step = {.golden = g, .unet = g->unet, .prefix = "input.", .weights = weights};
        if (!lora)
            return;
        if (joint)
            step.ids = "input.joint.input_ids";
        else
            target.part[LORA_TEXT_ENCODER] = NULL;
        lora_set_trainable(lora, LORA_UNET, true);
        lora_set_trainable(lora, LORA_TEXT_ENCODER, joint);
        lora_collect_trainable(lora, weights);
        lora_attach(lora, &target, 1);
        if (step_init(&step))
            step_once(&step, joint ? "output.joint." : "output.");
        step_clear(&step);
        lora_detach(lora, &target);
    }
}

/* --- whole models --- */

static void
run_full(Golden *g, Unet *unet, const char *size, const GPtrArray *weights)
{
    g_autofree char *in = g_strdup_printf("input.%s.", size);
    g_autofree char *out = g_strdup_printf("output.%s.", size);
    g_autofree char *dx = g_strconcat(out, "grad_input.noisy_latents", NULL);
    g_autofree char *dcontext = g_strconcat(out, "grad_input.encoder_hidden_states", NULL);
    Step step = {.golden = g, .unet = unet, .prefix = in, .weights = weights};

    if (step_init(&step)) {
        step_once(&step, out);
        run_compare(&step.run, step.noisy->grad, dx, NULL);
        run_compare(&step.run, step.context->grad, dcontext, NULL);
    }
    step_clear(&step);
}

/* Trains the whole UNet, of which nothing is left as it was. */
static void
run_full_adamw(Golden *g, Unet *unet, const GPtrArray *weights)
{
    g_autoptr(Optimiser) adamw = open_adamw(g, weights);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    Step step = {
        .golden = g, .unet = unet, .prefix = "input.sq.", .optimiser = adamw, .weights = none};
    int i = 0;

    if (!adamw || !step_init(&step)) {
        step_clear(&step);
        return;
    }
    for (;; i++) {
        g_autofree char *noise_key = g_strdup_printf("input.adamw.step%d.noise", i);
        g_autofree char *t_key = g_strdup_printf("input.adamw.step%d.timesteps", i);
        g_autofree char *prefix = g_strdup_printf("output.adamw.step%d.", i);
        int n;
        if (!golden_has(g, noise_key) || golden_failed(g))
            break;
        g_autofree float *noise = golden_values(g, noise_key);
        g_autofree double *t = golden_doubles(g, t_key, &n);
        if (!noise || !t || n < step.n || !step_go(&step, noise, t, 1e-4, prefix))
            break;
    }
    for (guint j = 0; j < weights->len && !golden_failed(g); j++) {
        const Weight *w = weights->pdata[j];
        g_autofree char *key = g_strdup_printf("output.adamw.after_step%d.param.%s", i, w->name);
        g_autofree float *values = g_malloc(weight_size(w));
        if (golden_has(g, key) && weight_read(w, values, &g->error))
            golden_compare(g, key, NULL, values, shape_count(&w->shape));
    }
    step_clear(&step);
}

static void
check_train_full(Golden *g)
{
    g_autofree char *dir = golden_model_path(g, "model", "unet", NULL);
    g_autoptr(Unet) unet = unet_open(g->device, dir, &g->error);
    g_autoptr(GPtrArray) weights = g_ptr_array_new();

    if (!unet)
        return;
    module_set_trainable(unet->module, NULL, true);
    module_collect_trainable(unet->module, weights);
    run_full(g, unet, "sq", weights);
    run_full(g, unet, "rect", weights);
    run_full_adamw(g, unet, weights);
}

static void
check_train_controlnet(Golden *g)
{
    const Unet *unet = golden_open_unet(g);
    const ControlNet *controlnet = golden_open_controlnet(g);
    g_autoptr(GPtrArray) weights = g_ptr_array_new();
    Step step = {.golden = g,
                 .unet = unet,
                 .controlnet = controlnet,
                 .prefix = "input.",
                 .weights = weights};

    if (golden_failed(g))
        return;
    module_set_trainable(controlnet->module, NULL, true);
    module_collect_trainable(controlnet->module, weights);
    if (step_init(&step))
        step_once(&step, "output.");
    step_clear(&step);
    module_set_trainable(controlnet->module, NULL, false);
}

/* --- VAE --- */

typedef struct {
    Tensor *image, *mean, *logvar, *reconstruction, *loss, *kl;
} VaeStep;

static void
compare_vae(Run *run, const VaeStep *s, const GPtrArray *weights, const GPtrArray *grads)
{
    g_autofree float *logvar = run_read(run, s->logvar);
    int64_t n = tensor_count(s->logvar);

    for (int64_t i = 0; logvar && i < n; i++)
        logvar[i] = CLAMP(logvar[i], -30.0f, 20.0f);
    if (logvar)
        golden_compare(run->golden, "output.logvar", NULL, logvar, n);
    run_compare(run, s->mean, "output.mean", NULL);
    run_compare(run, s->reconstruction, "output.reconstruction", NULL);
    run_compare(run, s->loss, "output.loss_rec", NULL);
    run_compare(run, s->kl, "output.kl", NULL);
    run_compare(run, s->image->grad, "output.grad_input.image", NULL);
    golden_compare_gradients(run, weights, grads, "output.");
}

static void
run_vae(Golden *g, const Vae *vae, const GPtrArray *weights)
{
    int n_z = vae->config.latent_channels;
    VaeStep s;
    Run run;

    run_init(&run, g);
    Graph *graph = run.graph;
    s.image = run_input(&run, "input.image");
    Tensor *target = run_input(&run, "input.image"); /* again: no gradient flows through it */
    Tensor *eps = run_input(&run, "input.eps");
    if (s.image && target && eps) {
        graph_want_grad(graph, s.image);
        Tensor *moments = vae_encode(graph, vae, s.image);
        s.mean = graph_keep(graph, op_slice(graph, moments, 0, n_z));
        s.logvar = graph_keep(graph, op_slice(graph, moments, n_z, n_z));
        s.kl = graph_keep(graph, op_kl_loss(graph, moments));
        s.reconstruction = vae_decode(graph, vae, op_gaussian_sample(graph, moments, eps));
        graph_keep(graph, s.reconstruction);
        s.loss = graph_keep(graph, op_mse_loss(graph, s.reconstruction, target));
        graph_backward(graph, s.loss);
        graph_keep(graph, s.image->grad);
        g_autoptr(GPtrArray) grads = golden_keep_gradients(graph, weights);
        if (run_compile(&run) && run_go(&run))
            compare_vae(&run, &s, weights, grads);
    }
    run_clear(&run);
}

static void
check_train_vae(Golden *g)
{
    const Vae *vae = golden_open_vae(g);
    g_autoptr(GPtrArray) weights = g_ptr_array_new();

    if (!vae)
        return;
    module_set_trainable(vae->module, NULL, true);
    module_collect_trainable(vae->module, weights);
    run_vae(g, vae, weights);
    module_set_trainable(vae->module, NULL, false);
}

/* clang-format off */
const GoldenPart golden_parts_train[] = {
    {"train_lora_v_rect", golden_train_loss_once}, {"train_lora_v*", golden_train_loss},
    {"sd1_train_lora_minsnr5", golden_train_loss}, {"sd1_train_ten", golden_train_ten},
    {"train_lora", check_train_lora}, {"train_lora_rect", check_train_lora_rect},
    {"train_full", check_train_full}, {"train_controlnet", check_train_controlnet},
    {"train_vae", check_train_vae}, {NULL, NULL},
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of the diffusion trainer: however a batch is cut up, the step is the same; a step on no
 * numbers is none. On the CPU; TORCHLIGHT_TEST_DEVICE takes another device. */
#include "compute/model/lora.h"
#include "compute/train/diffusion_trainer.h"

#include <math.h>
#include <string.h>

enum { HEIGHT = 6, WIDTH = 10, N_SAMPLES = 3, N_STEPS = 3 };

typedef struct {
    Device *device;
    Unet *unet;
    TextEncoder *text_encoder;
    Lora *lora;
    LoraTarget target;
    GPtrArray *weights, *first; /* first: their values before training, float */
    Schedule *schedule;
    float *latents;
    int32_t *ids;
    bool dropout;
} Fixture;

static char *
golden_path(const char *name)
{
    const char *root = g_getenv("TORCHLIGHT_SOURCE_ROOT");
    return g_build_filename(root ? root : ".", "tests", "goldens", "A", "model", name, NULL);
}

static float *
read_weight(const Weight *weight)
{
    float *values = g_malloc(weight_size(weight));
    g_assert_true(weight_read(weight, values, NULL));
    return values;
}

static void
setup(Fixture *f, gconstpointer data)
{
    g_autofree char *unet = golden_path("unet");
    g_autofree char *text = golden_path("text_encoder");
    const char *device = g_getenv("TORCHLIGHT_TEST_DEVICE");
    g_autoptr(Rng) rng = rng_new(7);
    LoraOptions options = {.rank = 2, .alpha = 2, .seed = 5};
    SchedulerConfig config;

    f->device = device_open(device ? device : "cpu", NULL);
    g_assert_nonnull(f->device);
    f->unet = unet_open(f->device, unet, NULL);
    f->text_encoder = text_encoder_open(f->device, text, NULL);
    g_assert_true(f->unet && f->text_encoder);
    f->target = (LoraTarget){{f->unet->module, f->text_encoder->module}};
    f->lora = lora_new(f->device, &f->target, &options, NULL);
    lora_attach(f->lora, &f->target, 1);
    lora_set_trainable(f->lora, LORA_UNET, true);
    lora_set_trainable(f->lora, LORA_TEXT_ENCODER, true);
    f->weights = g_ptr_array_new();
    lora_collect_trainable(f->lora, f->weights);
    f->first = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < f->weights->len; i++)
        g_ptr_array_add(f->first, read_weight(f->weights->pdata[i]));
    scheduler_config_init_sd15(&config);
    f->schedule = schedule_new(&config, NULL);
    f->latents = g_new(float, N_SAMPLES * 4 * HEIGHT * WIDTH);
    rng_normal(rng, f->latents, N_SAMPLES * 4 * HEIGHT * WIDTH);
    f->ids = g_new(int32_t, N_SAMPLES * 77);
    for (int i = 0; i < N_SAMPLES * 77; i++)
        f->ids[i] = (int32_t)rng_int(rng, (uint32_t)f->text_encoder->config.vocab_size);
}

static void
teardown(Fixture *f, gconstpointer data)
{
    lora_detach(f->lora, &f->target);
    g_ptr_array_unref(f->weights);
    g_ptr_array_unref(f->first);
    lora_free(f->lora);
    schedule_free(f->schedule);
    unet_free(f->unet);
    text_encoder_free(f->text_encoder);
    device_close(f->device);
    g_free(f->latents);
    g_free(f->ids);
}

static void
restore(const Fixture *f)
{
    for (guint i = 0; i < f->weights->len; i++)
        g_assert_true(weight_write(f->weights->pdata[i], f->first->pdata[i], NULL));
}

static DiffusionTrainerOptions
make_options(const Fixture *f, int n, int accumulation)
{
    return (DiffusionTrainerOptions){.text_encoder = f->text_encoder,
                                     .unet = f->unet,
                                     .schedule = f->schedule,
                                     .weights = f->weights,
                                     .n = n,
                                     .accumulation = accumulation,
                                     .height = HEIGHT,
                                     .width = WIDTH,
                                     .n_tokens = 77,
                                     .noise_offset = 0.1,
                                     .optimiser = OPTIMISER_DEFAULTS,
                                     .seed = 11};
}

static DiffusionTrainer *
open_trainer(const DiffusionTrainerOptions *options)
{
    g_autoptr(GError) error = NULL;
    DiffusionTrainer *trainer = diffusion_trainer_new(options, &error);
    g_assert_no_error(error);
    return trainer;
}

static void
fill_batches(const Fixture *f, DiffusionBatch *batches, int n, int accumulation)
{
    for (int i = 0; i < accumulation; i++)
        batches[i] = (DiffusionBatch){.latents = f->latents + (size_t)i * n * 4 * HEIGHT * WIDTH,
                                      .ids = f->ids + (size_t)i * n * 77};
}

/* Largest difference of two sets of weights. */
static double
difference(const GPtrArray *weights, const GPtrArray *values)
{
    double worst = 0;
    for (guint i = 0; i < weights->len; i++) {
        const Weight *weight = weights->pdata[i];
        g_autofree float *now = read_weight(weight);
        const float *other = values->pdata[i];
        for (int64_t j = 0; j < shape_count(&weight->shape); j++)
            worst = fmax(worst, fabs((double)now[j] - (double)other[j]));
    }
    return worst;
}

static GPtrArray *
read_all(const GPtrArray *weights)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < weights->len; i++)
        g_ptr_array_add(values, read_weight(weights->pdata[i]));
    return values;
}

/* The weights after some steps; SGD, whose steps are in proportion to the gradient. */
static GPtrArray *
train(const Fixture *f, int n, int accumulation, double losses[N_STEPS])
{
    DiffusionTrainerOptions options = make_options(f, n, accumulation);
    DiffusionBatch batches[N_SAMPLES];
    DiffusionStep step;
    options.optimiser.kind = OPTIMISER_SGD;
    options.dropout = f->dropout;
    g_autoptr(DiffusionTrainer) trainer = open_trainer(&options);
    restore(f);
    fill_batches(f, batches, n, accumulation);
    for (int i = 0; i < N_STEPS; i++) {
        g_assert_true(diffusion_trainer_step(trainer, batches, 0.1, &step, NULL, NULL));
        g_assert_false(step.skipped);
        losses[i] = step.loss;
    }
    return read_all(f->weights);
}

static void
test_accumulation(Fixture *f, gconstpointer data)
{
    double whole_losses[N_STEPS], part_losses[N_STEPS];
    g_autoptr(GPtrArray) whole = train(f, N_SAMPLES, 1, whole_losses);
    g_autoptr(GPtrArray) parts = train(f, 1, N_SAMPLES, part_losses);

    for (int i = 0; i < N_STEPS; i++)
        g_assert_cmpfloat_with_epsilon(whole_losses[i], part_losses[i], 1e-5);
    g_assert_cmpfloat(difference(f->weights, whole), <, 1e-6);
    g_assert_cmpfloat(difference(f->weights, f->first), >, 1e-4); /* it did train */
}

/* What is dropped hangs on the sample and the step: not on how samples are shared out. */
static void
test_dropout(Fixture *f, gconstpointer data)
{
    const LoraDropout some = {0.2f, 0.3f, 0.2f}, none = {0, 0, 0};
    double losses[N_STEPS], whole_losses[N_STEPS];
    f->dropout = true;
    lora_set_dropout(f->lora, &f->target, &some);
    g_autoptr(GPtrArray) whole = train(f, N_SAMPLES, 1, whole_losses);
    g_autoptr(GPtrArray) parts = train(f, 1, N_SAMPLES, losses);
    g_assert_cmpfloat(difference(f->weights, whole), <, 1e-6);
    lora_set_dropout(f->lora, &f->target, &none);
    g_autoptr(GPtrArray) off = train(f, N_SAMPLES, 1, losses);
    g_assert_cmpfloat(difference(f->weights, whole), >, 1e-6);
}

/* Adds another machine's gradients. */
static bool
reduce(const GPtrArray *gradients, void *data, GError **error)
{
    const GPtrArray *others = diffusion_trainer_gradients(data);
    g_assert_cmpuint(gradients->len, ==, others->len);
    for (guint i = 0; i < gradients->len; i++) {
        g_autofree float *a = read_weight(gradients->pdata[i]);
        g_autofree float *b = read_weight(others->pdata[i]);
        for (int64_t j = 0; j < shape_count(&((Weight *)gradients->pdata[i])->shape); j++)
            a[j] += b[j];
        if (!weight_write(gradients->pdata[i], a, error))
            return false;
    }
    return true;
}

static void
test_two_machines(Fixture *f, gconstpointer data)
{
    DiffusionTrainerOptions options = make_options(f, 1, N_SAMPLES);
    DiffusionBatch batches[N_SAMPLES];
    DiffusionStep alone, together;
    g_autoptr(DiffusionTrainer) one = open_trainer(&options);
    g_autoptr(DiffusionTrainer) first = open_trainer(&options);
    g_autoptr(DiffusionTrainer) second = open_trainer(&options);

    fill_batches(f, batches, 1, N_SAMPLES);
    g_assert_true(diffusion_trainer_step(one, batches, 1e-3, &alone, NULL, NULL));
    g_autoptr(GPtrArray) expected = read_all(diffusion_trainer_gradients(one));
    restore(f);
    for (int i = 0; i < N_SAMPLES; i++) {
        DiffusionTrainer *works = i % 2 ? second : first, *passes = i % 2 ? first : second;
        g_assert_true(diffusion_trainer_accumulate(works, &batches[i], NULL, NULL));
        diffusion_trainer_pass(passes);
    }
    diffusion_trainer_set_reduce(first, reduce, second);
    g_assert_true(diffusion_trainer_update(first, 1e-3, &together, NULL, NULL));
    g_assert_cmpfloat_with_epsilon(alone.loss, together.loss, 1e-6);
    g_assert_cmpfloat_with_epsilon(alone.norm, together.norm, 1e-6 * alone.norm);
    g_assert_cmpfloat(difference(diffusion_trainer_gradients(first), expected), <, 1e-7);
}

static void
test_no_numbers(Fixture *f, gconstpointer data)
{
    OptimiserKind kind = GPOINTER_TO_INT(data);
    DiffusionTrainerOptions options = make_options(f, 1, 2);
    DiffusionBatch good[2], bad[2];
    DiffusionStep step;
    g_autofree float *broken = g_new(float, 4 * HEIGHT * WIDTH);
    options.optimiser.kind = kind;
    options.optimiser.ema_decay = 0.9;
    g_autoptr(DiffusionTrainer) trainer = open_trainer(&options);
    Optimiser *optimiser = diffusion_trainer_optimiser(trainer);
    const char *name;

    fill_batches(f, good, 1, 2);
    memcpy(bad, good, sizeof good);
    memcpy(broken, f->latents, sizeof *broken * 4 * HEIGHT * WIDTH);
    broken[17] = NAN;
    bad[0].latents = broken;
    g_assert_true(diffusion_trainer_step(trainer, good, 1e-3, &step, NULL, NULL));
    g_assert_false(step.skipped);
    g_autoptr(GPtrArray) before = read_all(f->weights);
    g_autofree float *m = read_weight(optimiser_state(optimiser, 1, 0, &name));
    g_autofree float *average = read_weight(optimiser_average(optimiser, 1));
    g_assert_true(diffusion_trainer_step(trainer, bad, 1e-3, &step, NULL, NULL));
    g_assert_true(step.skipped);
    g_assert_true(isnan(step.loss));
    g_assert_cmpint(optimiser_n_steps(optimiser), ==, 1);
    g_assert_cmpfloat(difference(f->weights, before), ==, 0);
    g_autofree float *m_after = read_weight(optimiser_state(optimiser, 1, 0, &name));
    g_autofree float *average_after = read_weight(optimiser_average(optimiser, 1));
    size_t size = weight_size(optimiser_average(optimiser, 1));
    g_assert_cmpmem(m, size, m_after, size);
    g_assert_cmpmem(average, size, average_after, size);
    /* and the next good one is as good as ever */
    g_assert_true(diffusion_trainer_step(trainer, good, 1e-3, &step, NULL, NULL));
    g_assert_false(step.skipped);
    g_assert_true(isfinite(step.norm));
    g_assert_cmpfloat(difference(f->weights, before), >, 0);
}

/* Scaled by powers of two nothing is rounded otherwise; scaled beyond all numbers a step is skipped
 * and the scale halved until it fits; good steps double it. */
static void
test_loss_scaling(Fixture *f, gconstpointer data)
{
    DiffusionTrainerOptions options = make_options(f, N_SAMPLES, 1);
    DiffusionBatch batch;
    DiffusionStep plain_step, step;

    fill_batches(f, &batch, N_SAMPLES, 1);
    g_autoptr(DiffusionTrainer) plain = open_trainer(&options);
    options.loss_scaling = true;
    g_autoptr(DiffusionTrainer) scaled = open_trainer(&options);
    g_assert_cmpfloat(diffusion_trainer_loss_scale(scaled).scale, ==, 65536);
    g_assert_true(diffusion_trainer_step(plain, &batch, 1e-3, &plain_step, NULL, NULL));
    g_autoptr(GPtrArray) expected = read_all(f->weights);
    restore(f);
    g_assert_true(diffusion_trainer_step(scaled, &batch, 1e-3, &step, NULL, NULL));
    g_assert_cmpfloat(plain_step.norm, ==, step.norm);
    g_assert_cmpfloat(difference(f->weights, expected), ==, 0);

    diffusion_trainer_set_loss_scale(scaled, (LossScale){0x1p140, 0});
    int n_skipped = 0;
    do {
        g_assert_true(diffusion_trainer_step(scaled, &batch, 1e-3, &step, NULL, NULL));
        g_assert_cmpint(step.skipped, ==, step.rescaled);
        n_skipped += step.skipped;
        if (step.skipped)
            g_assert_cmpfloat(difference(f->weights, expected), ==, 0);
    } while (step.skipped);
    g_assert_cmpint(n_skipped, >, 0);
    g_assert_cmpfloat(diffusion_trainer_loss_scale(scaled).scale, ==, ldexp(1, 140 - n_skipped));
    diffusion_trainer_set_loss_scale(scaled, (LossScale){1024, 1999});
    g_assert_true(diffusion_trainer_step(scaled, &batch, 1e-3, &step, NULL, NULL));
    g_assert_cmpfloat(diffusion_trainer_loss_scale(scaled).scale, ==, 2048);
}

/* The same bytes in less memory, and by itself where that is wanted. */
static void
test_checkpointing(Fixture *f, gconstpointer data)
{
    DiffusionTrainerOptions options = make_options(f, N_SAMPLES, 1);
    DiffusionBatch batch;
    DiffusionStep kept_step, again_step;

    fill_batches(f, &batch, N_SAMPLES, 1);
    options.checkpointing = CHECKPOINTING_OFF;
    g_autoptr(DiffusionTrainer) kept = open_trainer(&options);
    options.checkpointing = CHECKPOINTING_ON;
    g_autoptr(DiffusionTrainer) again = open_trainer(&options);
    size_t most = diffusion_trainer_memory(kept), least = diffusion_trainer_memory(again);
    g_test_message("%zu bytes, with checkpointing %zu; operations %g and %g", most, least,
                   diffusion_trainer_work(kept), diffusion_trainer_work(again));
    g_assert_cmpuint(least, <, most * 3 / 4);
    g_assert_cmpfloat(diffusion_trainer_work(again), <, 1.4 * diffusion_trainer_work(kept));

    g_assert_true(diffusion_trainer_step(kept, &batch, 1e-3, &kept_step, NULL, NULL));
    g_autoptr(GPtrArray) expected = read_all(f->weights);
    restore(f);
    g_assert_true(diffusion_trainer_step(again, &batch, 1e-3, &again_step, NULL, NULL));
    g_assert_cmpfloat(kept_step.loss, ==, again_step.loss);
    g_assert_cmpfloat(kept_step.norm, ==, again_step.norm);
    g_assert_cmpfloat(difference(f->weights, expected), ==, 0);

    options.checkpointing = CHECKPOINTING_AUTO;
    for (int i = 0; i < 3; i++) {
        static const bool expects[] = {false, false, true};
        options.memory_budget = (size_t[]){0, most, least}[i];
        g_autoptr(DiffusionTrainer) trainer = open_trainer(&options);
        g_assert_cmpint(diffusion_trainer_is_checkpointing(trainer), ==, expects[i]);
    }
}

static void
test_validation(Fixture *f, gconstpointer data)
{
    DiffusionTrainerOptions options = make_options(f, N_SAMPLES, 1);
    g_autoptr(DiffusionTrainer) trainer = open_trainer(&options);
    g_autoptr(Rng) rng = rng_new(1);
    g_autofree float *noise = g_new(float, N_SAMPLES * 4 * HEIGHT * WIDTH);
    DiffusionBatch batch;
    Rng before = *diffusion_trainer_rng(trainer);
    double first, second;

    rng_normal(rng, noise, N_SAMPLES * 4 * HEIGHT * WIDTH);
    fill_batches(f, &batch, N_SAMPLES, 1);
    g_assert_true(diffusion_trainer_validate(trainer, &batch, 500, noise, &first, NULL, NULL));
    g_assert_true(diffusion_trainer_validate(trainer, &batch, 500, noise, &second, NULL, NULL));
    g_assert_true(isfinite(first) && first > 0);
    g_assert_cmpfloat(first, ==, second);
    g_assert_cmpmem(&before, sizeof before, diffusion_trainer_rng(trainer), sizeof before);
    g_assert_cmpfloat(difference(f->weights, f->first), ==, 0);
}

/* The loss of one step in which every element weighs the same; 0: no weights at all. */
static double
weighted_loss(const Fixture *f, float weight)
{
    DiffusionTrainerOptions options = make_options(f, 1, 1);
    float roots[4 * HEIGHT * WIDTH];
    DiffusionBatch batch;
    DiffusionStep step;
    for (int i = 0; i < 4 * HEIGHT * WIDTH; i++)
        roots[i] = sqrtf(weight);
    options.weighted = weight > 0;
    g_autoptr(DiffusionTrainer) trainer = open_trainer(&options);
    restore(f);
    fill_batches(f, &batch, 1, 1);
    batch.root_weights = roots;
    g_assert_true(diffusion_trainer_step(trainer, &batch, 0.1, &step, NULL, NULL));
    return step.loss;
}

static void
test_weighted(Fixture *f, gconstpointer data)
{
    double plain = weighted_loss(f, 0);
    g_assert_cmpfloat(plain, >, 0);
    g_assert_cmpfloat_with_epsilon(weighted_loss(f, 1), plain, 1e-6 * plain);
    g_assert_cmpfloat_with_epsilon(weighted_loss(f, 0.25f), plain / 4, 1e-6 * plain);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, data, func) g_test_add(name, Fixture, data, setup, func, teardown)
    ADD("/training/accumulation", NULL, test_accumulation);
    ADD("/training/dropout", NULL, test_dropout);
    ADD("/training/weighted", NULL, test_weighted);
    ADD("/training/two-machines", NULL, test_two_machines);
    ADD("/training/no-numbers/adamw", GINT_TO_POINTER(OPTIMISER_ADAMW), test_no_numbers);
    ADD("/training/no-numbers/lion", GINT_TO_POINTER(OPTIMISER_LION), test_no_numbers);
    ADD("/training/no-numbers/sgd", GINT_TO_POINTER(OPTIMISER_SGD), test_no_numbers);
    ADD("/training/loss-scaling", NULL, test_loss_scaling);
    ADD("/training/checkpointing", NULL, test_checkpointing);
    ADD("/training/validation", NULL, test_validation);
    return g_test_run();
}

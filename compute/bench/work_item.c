/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/bench/work_item.h"

#include "compute/sample/generator.h"
#include "compute/train/diffusion_trainer.h"

static const char *const CAPTION = "pixelated network data: no vpn, web, http2";

/* --- a LoRA step --- */

typedef struct {
    DiffusionTrainer *trainer;
    Schedule *schedule;
    Lora *lora;
    LoraTarget target;
    GPtrArray *weights;
    float *latents, *context;
} Train;

static bool
run_train(BenchItem *item, GCancellable *cancellable, GError **error)
{
    Train *train = item->data;
    const DiffusionBatch batch = {.latents = train->latents, .context = train->context};
    DiffusionStep step;

    return diffusion_trainer_step(train->trainer, &batch, 1e-4, &step, cancellable, error);
}

static void
clear_train(BenchItem *item)
{
    Train *train = item->data;

    g_clear_pointer(&train->trainer, diffusion_trainer_free);
    if (train->lora)
        lora_detach(train->lora, &train->target);
    g_clear_pointer(&train->lora, lora_free);
    g_clear_pointer(&train->schedule, schedule_free);
    g_clear_pointer(&train->weights, g_ptr_array_unref);
    g_free(train->latents);
    g_free(train->context);
    g_free(train);
}

bool
bench_make_train(BenchItem *item, BenchModel *m, const BenchSizes *z, GError **error)
{
    const Pipeline *p = &m->pipeline;
    int n_tokens = m->configs.text_encoder.max_position_embeddings;
    const LoraOptions lora = {.rank = z->rank, .alpha = (float)z->rank, .seed = 1};
    bool checkpointed = g_str_has_suffix(item->name, "_ckpt");
    Train *train = g_new0(Train, 1);

    item->data = train;
    item->clear = clear_train;
    item->run = run_train;
    train->target.part[LORA_UNET] = p->unet->module; /* the UNet's LoRA alone, as the peer's */
    train->lora = lora_new(p->device, &train->target, &lora, error);
    train->schedule = train->lora ? schedule_new(&p->scheduler, error) : NULL;
    if (!train->schedule)
        return false;
    lora_attach(train->lora, &train->target, 1.0f);
    lora_set_trainable(train->lora, LORA_UNET, true);
    train->weights = g_ptr_array_new();
    lora_collect_trainable(train->lora, train->weights);
    const DiffusionTrainerOptions options = {.unet = p->unet,
                                             .schedule = train->schedule,
                                             .weights = train->weights,
                                             .n = z->batch,
                                             .height = z->height,
                                             .width = z->width,
                                             .n_tokens = n_tokens,
                                             .checkpointing = checkpointed ? CHECKPOINTING_ON
                                                                           : CHECKPOINTING_OFF,
                                             .loss_scaling = device_storage(p->device) == DTYPE_F16,
                                             .optimiser = OPTIMISER_DEFAULTS};
    train->latents =
        bench_noise((int64_t)z->batch * p->unet->config.in_channels * z->height * z->width);
    train->context =
        bench_noise((int64_t)z->batch * n_tokens * p->unet->config.cross_attention_dim);
    train->trainer = diffusion_trainer_new(&options, error);
    if (train->trainer)
        item->flop = diffusion_trainer_work(train->trainer);
    return train->trainer != NULL;
}

/* --- sampling --- */

typedef struct {
    Generator *generator;
    GeneratorOptions options;
    GeneratorControl control;
    float *map, *images;
} Sample;

static bool
run_sample(BenchItem *item, GCancellable *cancellable, GError **error)
{
    Sample *sample = item->data;

    return generator_run(sample->generator, &sample->options, sample->images, NULL, NULL,
                         cancellable, error);
}

static void
clear_sample(BenchItem *item)
{
    Sample *sample = item->data;

    generator_free(sample->generator);
    g_free(sample->map);
    g_free(sample->images);
    g_free(sample);
}

bool
bench_make_sample(BenchItem *item, BenchModel *m, const BenchSizes *z, GError **error)
{
    int factor = vae_factor(&m->configs.vae);
    int64_t n = (int64_t)z->batch * 3 * z->width * factor * z->height * factor;
    Sample *sample = g_new0(Sample, 1);

    item->data = sample;
    item->clear = clear_sample;
    item->run = run_sample;
    sample->options = (GeneratorOptions)GENERATOR_DEFAULTS;
    sample->options.prompt = CAPTION;
    sample->options.sampler = "ddim";
    sample->options.width = z->width * factor;
    sample->options.height = z->height * factor;
    sample->options.n_images = z->batch;
    if (m->pipeline.controlnet) {
        sample->map = bench_noise(n / z->batch);
        sample->control = (GeneratorControl)GENERATOR_CONTROL_DEFAULTS;
        sample->control.map = sample->map;
        sample->options.controls = &sample->control;
        sample->options.n_controls = 1;
    }
    sample->images = g_new(float, n);
    sample->generator = generator_new(&m->pipeline);
    return true;
}

/* --- captions --- */

/* Of a size that a clock can see; the peer reads the same. */
#define N_CAPTIONS 100

static bool
run_tokenizer(BenchItem *item, GCancellable *cancellable, GError **error)
{
    const Tokenizer *tokenizer = item->data;
    g_autofree int32_t *ids = g_new(int32_t, tokenizer_max_length(tokenizer));

    for (int i = 0; i < N_CAPTIONS; i++) {
        g_autofree char *caption =
            g_strdup_printf("pixelated network data: flow %d, host h%dk, web, http2", i, i);

        tokenizer_encode(tokenizer, caption, ids, NULL, NULL);
    }
    return true;
}

bool
bench_make_tokenizer(BenchItem *item, BenchModel *m, const BenchSizes *z, GError **error)
{
    item->data = m->pipeline.tokenizer; /* the model's: nothing to clear */
    item->run = run_tokenizer;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* engine_bench MODEL [--device D] [--runs N] [--what LIST]: times what torch_peer.py bench times,
 * under the same names, on one picture of 1088x1024: medians in milliseconds. Not a test. */
#include "compute/model/timestep.h"
#include "compute/program.h"
#include "compute/sample/generator.h"
#include "compute/train/diffusion_trainer.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 1088
#define HEIGHT 1024
#define RANK 16

typedef struct {
    Pipeline *model;
    int factor, h, w, channels;
    GRand *rand;
} Bench;

static float *
noise(Bench *b, int64_t n)
{
    float *values = g_new(float, n);
    for (int64_t i = 0; i < n; i++)
        values[i] = (float)(g_rand_double(b->rand) * 2 - 1);
    return values;
}

static bool
fill(Bench *b, Program *program, const Tensor *t, GError **error)
{
    g_autofree float *values =
        t->dtype == DTYPE_F32 ? noise(b, tensor_count(t)) : g_new0(float, tensor_count(t));
    return program_write(program, t, values, error);
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef bool (*Run)(Bench *b, void *data, GError **error);

static bool
measure(Bench *b, const char *name, int runs, Run run, void *data, size_t memory, GError **error)
{
    g_autofree double *ms = g_new(double, runs);
    for (int i = -1; i < runs; i++) { /* the first warms up */
        gint64 start = g_get_monotonic_time();
        if (!run(b, data, error))
            return false;
        if (i >= 0)
            ms[i] = (double)(g_get_monotonic_time() - start) * 1e-3;
    }
    qsort(ms, (size_t)runs, sizeof *ms, compare_doubles);
    g_print("%-22s %10.1f ms %10.1f min %4d runs %8.1f MB\n", name, ms[runs / 2], ms[0], runs,
            (double)memory / (1 << 20));
    return true;
}

static bool
run_program(Bench *b, void *program, GError **error)
{
    return program_run(program, NULL, error);
}

static bool
bench_program(Bench *b, const char *name, int runs, Graph *graph, Tensor *result, GError **error)
{
    graph_keep(graph, result);
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        if (t->kind == TENSOR_INPUT)
            g_ptr_array_add(inputs, t);
    }
    g_autoptr(Program) program = program_new(graph, b->model->device, error);
    if (!program)
        return false;
    for (guint i = 0; i < inputs->len; i++) {
        if (!fill(b, program, inputs->pdata[i], error))
            return false;
    }
    if (!measure(b, name, runs, run_program, program, program_memory(program), error))
        return false;
    g_autofree char *profile = program_profile(program);
    if (profile)
        g_print("%s", profile);
    return true;
}

static bool
bench_unet(Bench *b, const char *name, int runs, GError **error)
{
    const Pipeline *m = b->model;
    Graph *graph = graph_new();
    Tensor *sample = graph_input(graph, DTYPE_F32, &SHAPE(1, b->channels, b->h, b->w));
    Tensor *time = graph_input(graph, DTYPE_F32, &SHAPE(1, unet_time_width(&m->unet->config)));
    Tensor *context = graph_input(
        graph, DTYPE_F32,
        &SHAPE(1, tokenizer_max_length(m->tokenizer), m->unet->config.cross_attention_dim));
    g_autoptr(GPtrArray) residuals = NULL;
    if (strstr(name, "controlnet")) {
        Tensor *map = graph_input(graph, DTYPE_F32, &SHAPE(1, 3, HEIGHT, WIDTH));
        Tensor *hint = controlnet_hint_forward(graph, m->controlnet, map);
        residuals = controlnet_forward(graph, m->controlnet, sample, time, context, hint, NULL);
    }
    return bench_program(b, name, runs, graph,
                         unet_forward(graph, m->unet, sample, time, context, residuals), error);
}

static bool
bench_vae(Bench *b, const char *name, int runs, GError **error)
{
    Graph *graph = graph_new();
    Tensor *result;
    if (g_str_equal(name, "vae_encode"))
        result = vae_encode(graph, b->model->vae,
                            graph_input(graph, DTYPE_F32, &SHAPE(1, 3, HEIGHT, WIDTH)));
    else
        result = vae_decode(graph, b->model->vae,
                            graph_input(graph, DTYPE_F32, &SHAPE(1, b->channels, b->h, b->w)));
    return bench_program(b, name, runs, graph, result, error);
}

static bool
bench_text(Bench *b, const char *name, int runs, GError **error)
{
    Graph *graph = graph_new();
    Tensor *ids =
        graph_input(graph, DTYPE_I32, &SHAPE(1, tokenizer_max_length(b->model->tokenizer)));
    return bench_program(b, name, runs, graph,
                         text_encoder_forward(graph, b->model->text_encoder, ids, 0), error);
}

typedef struct {
    DiffusionTrainer *trainer;
    DiffusionBatch batch;
} TrainRun;

static bool
run_train(Bench *b, void *data, GError **error)
{
    TrainRun *run = data;
    double loss;
    return diffusion_trainer_step(run->trainer, &run->batch, 1e-4, &loss, NULL, error);
}

static bool
bench_train(Bench *b, const char *name, int runs, GError **error)
{
    const Pipeline *m = b->model;
    LoraTarget target = pipeline_lora_target(m);
    target.part[LORA_TEXT_ENCODER] = NULL; /* as the peer: the UNet's LoRA only */
    g_autoptr(Lora) lora = lora_new(m->device, &target, RANK, RANK, 1, error);
    if (!lora)
        return false;
    lora_attach(lora, &target, 1.0f);
    lora_set_trainable(lora, LORA_UNET, true);
    g_autoptr(GPtrArray) weights = g_ptr_array_new();
    lora_collect_trainable(lora, weights);
    g_autoptr(Schedule) schedule = schedule_new(&m->scheduler, error);
    DiffusionTrainerOptions options = {.text_encoder = m->text_encoder,
                                       .unet = m->unet,
                                       .schedule = schedule,
                                       .weights = weights,
                                       .n = 1,
                                       .height = b->h,
                                       .width = b->w,
                                       .n_tokens = tokenizer_max_length(m->tokenizer),
                                       .adamw = ADAMW_DEFAULTS};
    TrainRun run = {.trainer = schedule ? diffusion_trainer_new(&options, error) : NULL};
    g_autofree float *latents = noise(b, (int64_t)b->channels * b->h * b->w);
    g_autofree int32_t *ids = g_new0(int32_t, options.n_tokens);
    run.batch = (DiffusionBatch){latents, ids, NULL};
    bool ok = run.trainer &&
              measure(b, name, runs, run_train, &run, diffusion_trainer_memory(run.trainer), error);
    diffusion_trainer_free(run.trainer);
    lora_detach(lora, &target);
    return ok;
}

typedef struct {
    Generator *generator;
    GeneratorOptions options;
    float *image;
} SampleRun;

static bool
run_sample(Bench *b, void *data, GError **error)
{
    SampleRun *run = data;
    return generator_run(run->generator, &run->options, run->image, NULL, NULL, NULL, error);
}

static bool
bench_sample(Bench *b, const char *name, int runs, GError **error)
{
    SampleRun run = {.generator = generator_new(b->model), .options = GENERATOR_DEFAULTS};
    g_autofree float *map = noise(b, (int64_t)3 * WIDTH * HEIGHT);
    g_autofree float *image = g_new(float, (gsize)3 * WIDTH * HEIGHT);
    run.image = image;
    run.options.prompt = "pixelated network data: no vpn, web, http2";
    run.options.sampler = "ddim";
    const GeneratorControl control = {.map = map, .weight = 1, .end = 1};
    run.options.controls = &control;
    run.options.n_controls = strstr(name, "controlnet") ? 1 : 0;
    bool ok = measure(b, name, runs, run_sample, &run, 0, error);
    generator_free(run.generator);
    return ok;
}

static bool
bench_one(Bench *b, const char *name, int runs, GError **error)
{
    if (g_str_has_prefix(name, "unet"))
        return bench_unet(b, name, runs, error);
    if (g_str_has_prefix(name, "vae"))
        return bench_vae(b, name, runs, error);
    if (g_str_equal(name, "text"))
        return bench_text(b, name, runs, error);
    if (g_str_equal(name, "train"))
        return bench_train(b, name, runs, error);
    return bench_sample(b, name, MAX(1, runs / 3), error);
}

int
main(int argc, char **argv)
{
    g_autofree char *device_name = NULL, *what = NULL;
    int runs = 5;
    const GOptionEntry entries[] = {{"device", 0, 0, G_OPTION_ARG_STRING, &device_name, NULL, NULL},
                                    {"runs", 0, 0, G_OPTION_ARG_INT, &runs, NULL, NULL},
                                    {"what", 0, 0, G_OPTION_ARG_STRING, &what, NULL, NULL},
                                    {NULL}};
    g_autoptr(GOptionContext) context = g_option_context_new("MODEL");
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
        g_printerr("engine_bench MODEL [--device D] [--runs N] [--what LIST]\n");
        return 2;
    }
    g_autoptr(Device) device = device_open(device_name, &error);
    g_autoptr(Pipeline) model = device ? pipeline_open(device, argv[1], &error) : NULL;
    if (!model) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    Bench b = {.model = model, .factor = vae_factor(&model->vae->config)};
    b.h = HEIGHT / b.factor;
    b.w = WIDTH / b.factor;
    b.channels = model->vae->config.latent_channels;
    b.rand = g_rand_new_with_seed(1);
    g_print("device: %s, model %s\n", device_description(device), argv[1]);
    g_auto(GStrv) names = g_strsplit(
        what ? what : "unet,unet+controlnet,vae_encode,vae_decode,text,train,sample20+controlnet",
        ",", -1);
    int status = 0;
    for (char **name = names; *name && status == 0; name++) {
        if (!bench_one(&b, *name, runs, &error)) {
            g_printerr("%s: %s\n", *name, error->message);
            status = 1;
        }
    }
    g_rand_free(b.rand);
    return status;
}

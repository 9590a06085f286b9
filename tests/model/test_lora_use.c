/* SPDX-License-Identifier: Apache-2.0 */
/* LoRAs applied: merged equals attached, several at once, combined, taken off again. */
#include "lora_fixture.h"

#include <math.h>
#include <string.h>

#include "compute/model/lora_extract.h"
#include "compute/model/timestep.h"
#include "compute/program.h"

#define N_OUT (4 * 8 * 8)

/* The UNet's answer to a fixed input, with whatever is attached or merged. */
static void
run_unet(LoraFixture *f, float *out)
{
    const UNetConfig *config = &f->unet->config;
    g_autoptr(GError) error = NULL;
    Graph *graph = graph_new();
    Tensor *sample = graph_input(graph, DTYPE_F32, &SHAPE(1, 4, 8, 8));
    Tensor *time = graph_input(graph, DTYPE_F32, &SHAPE(1, unet_time_width(config)));
    Tensor *context = graph_input(graph, DTYPE_F32, &SHAPE(1, 5, config->cross_attention_dim));
    Tensor *y = graph_keep(graph, unet_forward(graph, f->unet, sample, time, context, NULL));
    g_autoptr(Program) program = program_new(graph, f->device, &error);
    g_autofree float *x = g_new(float, N_OUT);
    g_autofree float *c = g_new(float, tensor_count(context));
    g_autofree float *t = g_new(float, tensor_count(time));

    g_assert_no_error(error);
    weight_random(x, N_OUT, INIT_FAN_IN, 1, 7, "sample");
    weight_random(c, tensor_count(context), INIT_FAN_IN, 1, 7, "context");
    timestep_embedding(config, (double[]){500}, 1, t);
    g_assert_true(program_write(program, sample, x, &error));
    g_assert_true(program_write(program, time, t, &error));
    g_assert_true(program_write(program, context, c, &error));
    g_assert_true(program_run(program, NULL, &error));
    g_assert_true(program_read(program, y, out, &error));
}

static double
distance(const float *a, const float *b)
{
    double worst = 0;
    for (int i = 0; i < N_OUT; i++)
        worst = MAX(worst, fabs((double)(a[i] - b[i])));
    return worst;
}

/* A LoRA with convolutions too, strong enough to be seen. */
static Lora *
make_strong(LoraFixture *f, guint64 seed, int rank, int conv_rank)
{
    const LoraOptions options = {
        .rank = rank, .alpha = 2, .conv_rank = conv_rank, .conv_alpha = 1, .seed = seed};
    g_autoptr(GError) error = NULL;
    Lora *lora = lora_new(f->device, &f->target, &options, &error);

    g_assert_no_error(error);
    for (int part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            LoraLayer *layer = lora->layers[part]->pdata[i];
            g_autofree float *up = g_malloc(weight_size(layer->up));
            weight_random(up, shape_count(&layer->up->shape), INIT_FAN_IN, 20, seed + 1,
                          layer->up->name);
            g_assert_true(weight_write(layer->up, up, &error));
        }
    return lora;
}

static void
test_merged(LoraFixture *f, const void *data)
{
    g_autoptr(Lora) lora = make_strong(f, 1, 3, 2);
    g_autoptr(GError) error = NULL;
    float plain[N_OUT], attached[N_OUT], merged[N_OUT], detached[N_OUT], back[N_OUT];

    /* 8 attention and feed-forward layers and two projections a transformer, and the resnets */
    g_assert_nonnull(g_hash_table_lookup(lora->by_path[LORA_UNET], "mid_block.resnets.0.conv1"));
    g_assert_nonnull(
        g_hash_table_lookup(lora->by_path[LORA_UNET], "down_blocks.0.downsamplers.0.conv"));
    g_assert_nonnull(
        g_hash_table_lookup(lora->by_path[LORA_UNET], "up_blocks.0.resnets.0.conv_shortcut"));
    g_assert_null(g_hash_table_lookup(lora->by_path[LORA_UNET], "conv_in"));
    g_assert_cmpint(
        lora_layer_rank(g_hash_table_lookup(lora->by_path[LORA_UNET], "mid_block.resnets.0.conv1")),
        ==, 2);
    g_assert_cmpint(lora_layer_rank(g_hash_table_lookup(lora->by_path[LORA_UNET],
                                                        "mid_block.resnets.0.time_emb_proj")),
                    ==, 3);
    run_unet(f, plain);
    lora_attach(lora, &f->target, 0.8f);
    run_unet(f, attached);
    lora_detach(lora, &f->target);
    run_unet(f, detached);
    g_assert_cmpmem(detached, sizeof detached, plain, sizeof plain);
    g_assert_cmpfloat(distance(attached, plain), >, 0.01);

    g_assert_true(lora_merge(lora, &f->target, 0.8f, &error));
    run_unet(f, merged);
    g_assert_cmpfloat(distance(merged, attached), <, 2e-5);
    g_assert_true(lora_merge(lora, &f->target, -0.8f, &error));
    run_unet(f, back);
    g_assert_cmpfloat(distance(back, plain), <, 1e-5);
}

static void
test_several(LoraFixture *f, const void *data)
{
    g_autoptr(Lora) a = make_strong(f, 1, 3, 0), b = make_strong(f, 5, 2, 1);
    g_autoptr(GError) error = NULL;
    Lora *loras[] = {a, b};
    float both[N_OUT], one[N_OUT], combined[N_OUT];

    lora_attach(a, &f->target, 0.5f);
    run_unet(f, one);
    lora_attach(b, &f->target, -1.5f);
    run_unet(f, both);
    lora_detach(a, &f->target);
    lora_detach(b, &f->target);
    g_assert_cmpfloat(distance(one, both), >, 0.01);
    g_autoptr(Lora) c = lora_combine(loras, (float[]){0.5f, -1.5f}, 2, &error);
    g_assert_no_error(error);
    g_assert_cmpint(lora_layer_rank(c->layers[LORA_UNET]->pdata[0]), ==, 5);
    lora_attach(c, &f->target, 1);
    run_unet(f, combined);
    lora_detach(c, &f->target);
    g_assert_cmpfloat(distance(combined, both), <, 2e-5);
}

/* What was merged is found again: the rank is enough for all of it, and half of it for less. */
static void
test_extract(LoraFixture *f, const void *data)
{
    const LoraOptions options = {.rank = 3, .alpha = 3, .conv_rank = 2, .conv_alpha = 2};
    g_autofree char *path = lora_golden_path("model", "unet");
    g_autoptr(Lora) lora = make_strong(f, 1, 3, 2);
    g_autoptr(GError) error = NULL;
    g_autoptr(Unet) base = unet_open(f->device, path, &error);
    const LoraTarget from = {{base->module, NULL}}, to = {{f->unet->module, NULL}};
    float merged[N_OUT], again[N_OUT];
    double left;

    g_assert_true(lora_merge(lora, &to, 1, &error));
    run_unet(f, merged);
    g_autoptr(Lora) found =
        lora_extract(f->device, &from, &to, &options, &left, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(left, <, 1e-3);
    g_assert_true(lora_merge(lora, &to, -1, &error));
    lora_attach(found, &to, 1);
    run_unet(f, again);
    lora_detach(found, &to);
    g_assert_cmpfloat(distance(merged, again), <, 5e-5);
}

/* A multiplier for each part: the UNet's 0 leaves the UNet as it is. */
static void
test_parts(LoraFixture *f, const void *data)
{
    g_autoptr(Lora) lora = make_strong(f, 1, 3, 0);
    float plain[N_OUT], text_only[N_OUT], half[N_OUT], whole[N_OUT];

    run_unet(f, plain);
    lora_attach_parts(lora, &f->target, (float[]){0, 1});
    run_unet(f, text_only);
    g_assert_cmpmem(text_only, sizeof text_only, plain, sizeof plain);
    lora_attach_parts(lora, &f->target, (float[]){0.5f, 0});
    run_unet(f, half);
    lora_attach(lora, &f->target, 0.5f);
    run_unet(f, whole);
    g_assert_cmpmem(half, sizeof half, whole, sizeof whole);
    lora_detach(lora, &f->target);
}

#define ADD(path, test)                                                                            \
    g_test_add("/lora/" path, LoraFixture, NULL, lora_fixture_setup, test, lora_fixture_teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("merged", test_merged);
    ADD("several", test_several);
    ADD("parts", test_parts);
    ADD("extract", test_extract);
    return g_test_run();
}

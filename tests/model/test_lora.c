/* SPDX-License-Identifier: Apache-2.0 */
/* LoRA files: the forms of names agree, round trips, merging, and files that must be refused. */
#include "lora_fixture.h"

#include <math.h>
#include <string.h>

static void
test_forms(LoraFixture *f, const void *data)
{
    g_autoptr(Lora) kohya = lora_open_golden(f, "kohya_r4_a4.safetensors");
    g_autoptr(Lora) peft = lora_open_golden(f, "peft_r4.safetensors");
    g_autoptr(Lora) diffusers = lora_open_golden(f, "diffusers_r4.safetensors");
    g_autoptr(Lora) projections = lora_open_golden(f, "kohya_proj_r2_a1.safetensors");

    assert_loras_equal(kohya, peft);
    assert_loras_equal(kohya, diffusers);
    g_assert_cmpint(lora_n_layers(kohya), ==, 516 / 3);
    g_assert_cmpint(lora_n_layers(projections), ==, 612 / 3);
}

static void
test_round_trip(LoraFixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    const LoraOptions options = {.rank = 3, .alpha = 1.5f, .seed = 11};
    g_autoptr(Lora) lora = lora_new(f->device, &f->target, &options, &error);
    g_assert_no_error(error);
    g_assert_true(lora_save(lora, f->path, LORA_KOHYA, WEIGHTS_F32, NULL, &error));
    g_autoptr(Lora) read = lora_open(f->device, f->path, &f->target, &error);
    g_assert_no_error(error);
    assert_loras_equal(lora, read);
    g_assert_cmpstr(g_hash_table_lookup(read->metadata, "ss_network_dim"), ==, "3");
    g_assert_cmpstr(g_hash_table_lookup(read->metadata, "ss_network_alpha"), ==, "1.5");
    g_assert_false(g_hash_table_contains(read->metadata, "ss_network_args"));

    /* proj_in, proj_out, 2x4 attention, 2 of the feed-forward for each transformer; 6 a text layer
     */
    g_assert_cmpuint(read->layers[LORA_TEXT_ENCODER]->len, ==, 2 * 6);
    g_assert_cmpuint(read->layers[LORA_UNET]->len, ==, 16 * 12);
    const LoraLayer *layer = read->layers[LORA_UNET]->pdata[0];
    g_autofree float *up = read_weight(layer->up), *down = read_weight(layer->down);
    for (int64_t i = 0; i < shape_count(&layer->up->shape); i++)
        g_assert_cmpfloat((double)up[i], ==, 0);
    g_assert_cmpfloat((double)down[0], !=, 0);
}

/* Only the UNet's part, when the text encoder is left out. */
static void
test_part(LoraFixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = lora_golden_path("lora", "kohya_r4_a4.safetensors");
    LoraTarget target = {{f->unet->module, NULL}};
    g_autoptr(Lora) lora = lora_open(f->device, path, &target, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(lora->unmatched->len, ==, 0);
    g_assert_cmpuint(lora->layers[LORA_UNET]->len, ==, 160);
    g_assert_cmpuint(lora->layers[LORA_TEXT_ENCODER]->len, ==, 0);
}

static void
test_merge(LoraFixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Lora) lora = lora_open_golden(f, "kohya_proj_r2_a1.safetensors");
    const LoraLayer *layer = lora->layers[LORA_UNET]->pdata[0];
    g_autofree char *name = g_strconcat(layer->path, ".weight", NULL);
    const Weight *base = module_find(f->unet->module, name);
    g_autofree float *before = read_weight(base), *up = read_weight(layer->up);
    g_autofree float *down = read_weight(layer->down);
    int64_t n_in = base->shape.dim[1], rank = layer->down->shape.dim[0];

    g_assert_true(lora_merge(lora, &f->target, 0.5f, &error));
    g_autofree float *merged = read_weight(base);
    for (int64_t i = 0; i < base->shape.dim[0]; i++)
        for (int64_t j = 0; j < n_in; j++) {
            double delta = 0;
            for (int64_t r = 0; r < rank; r++)
                delta += (double)up[i * rank + r] * (double)down[r * n_in + j];
            delta *= 0.5 * (double)layer->alpha / (double)rank;
            g_assert_cmpfloat(fabs((double)(merged[i * n_in + j] - before[i * n_in + j]) - delta),
                              <, 1e-6);
        }
    g_assert_true(lora_merge(lora, &f->target, -0.5f, &error));
    g_autofree float *after = read_weight(base);
    for (int64_t i = 0; i < shape_count(&base->shape); i++)
        g_assert_cmpfloat(fabs((double)(after[i] - before[i])), <, 1e-6);
}

/* --- files to refuse --- */

typedef struct {
    const char *name;
    int64_t rows, columns;
} Entry;

static Lora *
open_entries(LoraFixture *f, const Entry *entries, int n, GError **error)
{
    g_autoptr(WeightsWriter) writer = weights_writer_new(f->path, NULL);
    for (int i = 0; i < n; i++) {
        g_autofree float *zeros = g_new0(float, entries[i].rows *entries[i].columns);
        weights_writer_add(writer, entries[i].name, WEIGHTS_F32, 2,
                           (int64_t[]){entries[i].rows, entries[i].columns}, zeros);
    }
    g_assert_true(weights_writer_finish(writer, error));
    return lora_open(f->device, f->path, &f->target, error);
}

static void
test_refused(LoraFixture *f, const void *data)
{
#define Q "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
#define K "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
    static const struct {
        Entry entries[2];
        const char *says;
    } cases[] = {
        {{{"something.weight", 2, 2}, {"other", 1, 1}}, "none of its"},
        {{{Q ".lora_down.weight", 4, 47}, {Q ".lora_up.weight", 48, 4}}, "of text width 48"},
        {{{Q ".lora_down.weight", 4, 768}, {Q ".lora_up.weight", 768, 4}}, "Stable Diffusion 1 ("},
        {{{K ".lora_down.weight", 4, 1024}, {K ".lora_up.weight", 32, 4}}, "Stable Diffusion 2 ("},
        {{{K ".lora_down.weight", 4, 2048}, {K ".lora_up.weight", 32, 4}}, "Stable Diffusion XL ("},
        {{{"lora_te2_text_model_x.lora_down.weight", 4, 4}, {K ".lora_up.weight", 32, 4}},
         "Stable Diffusion XL (it has the tensor lora_te2_text_model_x"},
        {{{"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", 4, 4}, {"x", 1, 1}}, "Flux"},
        {{{Q ".lora_down.weight", 4, 48}, {Q ".lora_up.weight", 48, 3}}, "another model"},
        {{{Q ".lora_down.weight", 4, 48}, {"unrelated", 1, 1}}, "lacks one"},
        {{{Q ".lora_down.weight", 4, 48}, {Q ".dora_scale", 48, 1}}, "DoRA"},
        {{{Q ".hada_w1_a", 4, 48}, {Q ".hada_w1_b", 48, 4}}, "LoHa"},
        {{{Q ".lokr_w1", 4, 48}, {Q ".lokr_w2_a", 48, 4}}, "LoKr"},
        {{{Q ".diff", 48, 48}, {"x", 1, 1}}, "full difference"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Lora) lora = open_entries(f, cases[i].entries, 2, &error);
        g_assert_null(lora);
        g_assert_nonnull(error);
        g_assert_nonnull(strstr(error->message, cases[i].says));
        g_assert_nonnull(strstr(error->message, f->path));
    }
}

static void
test_unmatched(LoraFixture *f, const void *data)
{
    static const Entry entries[] = {
        {Q ".lora_down.weight", 4, 48},
        {Q ".lora_up.weight", 48, 4},
        {"lora_unet_no_such_layer.lora_up.weight", 4, 4},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(Lora) lora = open_entries(f, entries, 3, &error);
    g_assert_no_error(error);
    g_assert_cmpint(lora_n_layers(lora), ==, 1);
    g_assert_cmpuint(lora->unmatched->len, ==, 1);
    g_assert_cmpstr(lora->unmatched->pdata[0], ==, "lora_unet_no_such_layer.lora_up.weight");
    const LoraLayer *layer = lora->layers[LORA_TEXT_ENCODER]->pdata[0];
    g_assert_cmpfloat((double)layer->alpha, ==, 4); /* no alpha: scale 1 */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/lora/forms", LoraFixture, NULL, lora_fixture_setup, test_forms,
               lora_fixture_teardown);
    g_test_add("/lora/round-trip", LoraFixture, NULL, lora_fixture_setup, test_round_trip,
               lora_fixture_teardown);
    g_test_add("/lora/part", LoraFixture, NULL, lora_fixture_setup, test_part,
               lora_fixture_teardown);
    g_test_add("/lora/merge", LoraFixture, NULL, lora_fixture_setup, test_merge,
               lora_fixture_teardown);
    g_test_add("/lora/refused", LoraFixture, NULL, lora_fixture_setup, test_refused,
               lora_fixture_teardown);
    g_test_add("/lora/unmatched", LoraFixture, NULL, lora_fixture_setup, test_unmatched,
               lora_fixture_teardown);
    return g_test_run();
}

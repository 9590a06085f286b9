/* SPDX-License-Identifier: Apache-2.0 */
/* LoRA files read and written: round trips of every form and dtype, the sums of A1111, names of the
 * original checkpoint, Tucker factors. */
#include "lora_fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static Lora *
open_alone(LoraFixture *f, const char *path)
{
    g_autoptr(GError) error = NULL;
    Lora *lora = lora_open(f->device, path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(lora->unmatched->len, ==, 0);
    return lora;
}

static void
save(const Lora *lora, const char *path, LoraForm form, WeightsDtype dtype)
{
    g_autoptr(GError) error = NULL;
    lora_save(lora, path, form, dtype, NULL, &error);
    g_assert_no_error(error);
}

/* A LoRA whose every factor is filled, with ranks and alphas of its own. */
static Lora *
make_full(LoraFixture *f, const LoraOptions *options)
{
    g_autoptr(GError) error = NULL;
    Lora *lora = lora_new(f->device, &f->target, options, &error);
    g_assert_no_error(error);
    for (int part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            LoraLayer *layer = lora->layers[part]->pdata[i];
            g_autofree float *up = g_malloc(weight_size(layer->up));
            weight_random(up, shape_count(&layer->up->shape), INIT_FAN_IN, 4, 5, layer->up->name);
            g_assert_true(weight_write(layer->up, up, &error));
        }
    return lora;
}

/* --- round trips --- */

static void
test_same_bytes(LoraFixture *f, const void *data)
{
    static const LoraOptions options = {
        .rank = 3, .alpha = 1, .conv_rank = 2, .conv_alpha = 0.7f, .seed = 3};
    static const WeightsDtype dtypes[] = {WEIGHTS_F32, WEIGHTS_F16, WEIGHTS_BF16};
    g_autoptr(Lora) lora = make_full(f, &options);

    for (LoraForm form = 0; form < LORA_N_FORMS; form++)
        for (guint i = 0; i < G_N_ELEMENTS(dtypes); i++) {
            save(lora, f->path, form, dtypes[i]);
            g_autoptr(Lora) alone = open_alone(f, f->path);
            g_assert_cmpint(alone->form, ==, form);
            g_assert_cmpint(alone->dtype, ==, dtypes[i]);
            save(alone, f->second, form, dtypes[i]);
            assert_files_equal(f->path, f->second);
        }
}

/* kohya -> PEFT -> kohya: bytes where the scale is a power of two. */
static void
test_there_and_back(LoraFixture *f, const void *data)
{
    static const LoraOptions options = {
        .rank = 4, .alpha = 1, .conv_rank = 2, .conv_alpha = 2, .seed = 3};
    static const WeightsDtype dtypes[] = {WEIGHTS_F32, WEIGHTS_BF16};
    g_autoptr(Lora) lora = make_full(f, &options);

    for (guint i = 0; i < G_N_ELEMENTS(dtypes); i++) {
        save(lora, f->path, LORA_KOHYA, dtypes[i]);
        g_autoptr(Lora) kohya = open_alone(f, f->path);
        save(kohya, f->second, LORA_PEFT, dtypes[i]);
        g_autoptr(Lora) peft = open_alone(f, f->second);
        save(peft, f->second, LORA_KOHYA, dtypes[i]);
        assert_files_equal(f->path, f->second);
    }
}

/* What others read of our PEFT form: alpha is in the factor. */
static void
test_folded(LoraFixture *f, const void *data)
{
    static const LoraOptions options = {.rank = 4, .alpha = 1, .seed = 3};
    g_autoptr(Lora) lora = make_full(f, &options);
    const LoraLayer *layer = lora->layers[LORA_UNET]->pdata[0];
    g_autofree float *up = read_weight(layer->up);
    g_autofree char *key = g_strdup_printf("unet.%s.lora_B.weight", layer->path);

    save(lora, f->path, LORA_PEFT, WEIGHTS_F32);
    g_autoptr(WeightsFile) file = weights_open(f->path, NULL);
    const WeightsEntry *entry = weights_find(file, key);
    g_assert_nonnull(entry);
    g_autofree float *found = g_new(float, entry->n_elements);
    weights_read_f32(entry, found);
    for (int64_t i = 0; i < entry->n_elements; i++)
        g_assert_cmpfloat((double)found[i], ==, (double)(up[i] / 4));
}

static void
compare_tensors(const char *a, const char *b)
{
    g_autoptr(WeightsFile) x = weights_open(a, NULL), y = weights_open(b, NULL);

    g_assert_cmpint(weights_n_entries(x), ==, weights_n_entries(y));
    for (int i = 0; i < weights_n_entries(x); i++) {
        const WeightsEntry *p = weights_entry(x, i), *q = weights_entry(y, i);
        g_assert_cmpstr(p->name, ==, q->name);
        g_assert_cmpint(p->dtype, ==, q->dtype);
        g_assert_cmpint(p->n_dims, ==, q->n_dims);
        g_assert_cmpmem(p->data, p->size, q->data, q->size);
    }
}

static void
test_goldens_kept(LoraFixture *f, const void *data)
{
    static const char *const names[] = {"kohya_r4_a4.safetensors", "peft_r4.safetensors",
                                        "kohya_proj_r2_a1.safetensors"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *paths[] = {lora_golden_path("lora", names[i]),
                                    lora_golden_b_path(names[i])};
        for (int set = 0; set < 2; set++) {
            if (!paths[set])
                continue;
            g_autoptr(Lora) lora = open_alone(f, paths[set]);
            save(lora, f->path, lora->form, lora->dtype);
            compare_tensors(paths[set], f->path);
        }
        for (int set = 0; set < 2; set++)
            g_clear_pointer(&paths[set], g_free);
    }
}

/* --- what others know a file by --- */

static char *
checksum(const char *data, gsize size, gsize first, gsize n)
{
    first = MIN(first, size);
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)data + first,
                                       MIN(n, size - first));
}

static void
test_sums(LoraFixture *f, const void *data)
{
    static const LoraOptions options = {
        .rank = 64, .alpha = 8, .conv_rank = 64, .conv_alpha = 8, .seed = 3};
    g_autoptr(Lora) lora = make_full(f, &options);
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) more = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *text = NULL, *legacy_text = NULL;
    gsize size, legacy_size;
    uint64_t header;

    g_hash_table_insert(more, (void *)"modelspec.title", (void *)"a title");
    g_assert_true(lora_save(lora, f->path, LORA_KOHYA, WEIGHTS_F32, more, &error));
    g_assert_true(g_file_get_contents(f->path, &text, &size, NULL));
    memcpy(&header, text, sizeof header);
    g_autofree char *sum = checksum(text, size, 8 + header, size);
    g_autoptr(WeightsFile) file = weights_open(f->path, &error);
    g_assert_cmpstr(weights_metadata(file, "sshs_model_hash"), ==, sum);
    g_assert_cmpstr(weights_metadata(file, "modelspec.title"), ==, "a title");
    g_assert_nonnull(strstr(weights_metadata(file, "ss_network_args"), "\"conv_dim\": \"64\""));

    /* The file with the ss_ entries only, written by the writer itself. */
    g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    void *key, *value;
    g_hash_table_iter_init(&iter, weights_metadata_table(file));
    while (g_hash_table_iter_next(&iter, &key, &value))
        if (g_str_has_prefix(key, "ss_"))
            g_hash_table_insert(kept, key, value);
    g_autoptr(WeightsWriter) writer = weights_writer_new(f->second, kept);
    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);
        g_autofree float *values = g_new(float, entry->n_elements);
        weights_read_f32(entry, values);
        weights_writer_add(writer, entry->name, WEIGHTS_F32, entry->n_dims, entry->dim, values);
    }
    g_assert_true(weights_writer_finish(writer, &error));
    g_assert_true(g_file_get_contents(f->second, &legacy_text, &legacy_size, NULL));
    g_assert_cmpuint(legacy_size, >, 0x110000);
    g_autofree char *legacy = checksum(legacy_text, legacy_size, 0x100000, 0x10000);
    legacy[8] = 0;
    g_assert_cmpstr(weights_metadata(file, "sshs_legacy_hash"), ==, legacy);
}

/* --- names of the original checkpoint --- */

typedef struct {
    const char *name;
    int n_dims;
    int64_t dim[4];
} Entry;

static void
write_entries(LoraFixture *f, const Entry *entries, int n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsWriter) writer = weights_writer_new(f->path, NULL);

    for (int i = 0; i < n; i++) {
        Shape shape = shape_make(entries[i].n_dims, entries[i].dim);
        int64_t count = shape_count(&shape);
        g_autofree float *values = g_new(float, count);
        weight_random(values, count, INIT_FAN_IN, 4, 1, entries[i].name);
        weights_writer_add(writer, entries[i].name, WEIGHTS_F32, entries[i].n_dims, entries[i].dim,
                           values);
    }
    g_assert_true(weights_writer_finish(writer, &error));
}

static void
test_original_names(LoraFixture *f, const void *data)
{
    static const Entry entries[] = {
        {"lora_unet_input_blocks_1_1_proj_in.lora_down.weight", 4, {2, 16, 1, 1}},
        {"lora_unet_input_blocks_1_1_proj_in.lora_up.weight", 4, {16, 2, 1, 1}},
        {"lora_unet_input_blocks_4_0_in_layers_2.lora_down.weight", 4, {3, 16, 3, 3}},
        {"lora_unet_input_blocks_4_0_in_layers_2.lora_up.weight", 4, {32, 3, 1, 1}},
        {"lora_unet_input_blocks_3_0_op.lora_down.weight", 4, {3, 16, 3, 3}},
        {"lora_unet_input_blocks_3_0_op.lora_up.weight", 4, {16, 3, 1, 1}},
        {"lora_unet_middle_block_2_emb_layers_1.lora_down.weight", 2, {1, 64}},
        {"lora_unet_middle_block_2_emb_layers_1.lora_up.weight", 2, {48, 1}},
        {"lora_unet_output_blocks_2_1_conv.lora_down.weight", 4, {1, 48, 3, 3}},
        {"lora_unet_output_blocks_2_1_conv.lora_up.weight", 4, {48, 1, 1, 1}},
        {"lora_unet_output_blocks_5_2_conv.lora_down.weight", 4, {1, 48, 3, 3}},
        {"lora_unet_output_blocks_5_2_conv.lora_up.weight", 4, {48, 1, 1, 1}},
    };
    static const char *const paths[] = {
        "down_blocks.0.attentions.0.proj_in", "down_blocks.1.resnets.0.conv1",
        "down_blocks.0.downsamplers.0.conv",  "mid_block.resnets.1.time_emb_proj",
        "up_blocks.0.upsamplers.0.conv",      "up_blocks.1.upsamplers.0.conv"};
    g_autoptr(GError) error = NULL;

    write_entries(f, entries, G_N_ELEMENTS(entries));
    g_autoptr(Lora) lora = lora_open(f->device, f->path, &f->target, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(lora->unmatched->len, ==, 0);
    g_assert_cmpint(lora_n_layers(lora), ==, G_N_ELEMENTS(paths));
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
        g_assert_nonnull(g_hash_table_lookup(lora->by_path[LORA_UNET], paths[i]));
    save(lora, f->second, LORA_PEFT, WEIGHTS_F32);

    /* Without the model the names cannot be PEFT's. */
    g_autoptr(Lora) alone = open_alone(f, f->path);
    g_assert_false(lora_save(alone, f->second, LORA_PEFT, WEIGHTS_F32, NULL, &error));
    g_assert_nonnull(strstr(error->message, "input_blocks"));
}

/* --- Tucker --- */

static void
test_tucker(LoraFixture *f, const void *data)
{
#define CONV1 "lora_unet_down_blocks_0_resnets_0_conv1"
    static const Entry entries[] = {
        {CONV1 ".lora_down.weight", 4, {2, 16, 1, 1}},
        {CONV1 ".lora_mid.weight", 4, {2, 2, 3, 3}},
        {CONV1 ".lora_up.weight", 4, {16, 2, 1, 1}},
    };
    g_autoptr(GError) error = NULL;
    float down[2 * 16], mid[2 * 2 * 9];

    write_entries(f, entries, G_N_ELEMENTS(entries));
    weight_random(down, G_N_ELEMENTS(down), INIT_FAN_IN, 4, 1, entries[0].name);
    weight_random(mid, G_N_ELEMENTS(mid), INIT_FAN_IN, 4, 1, entries[1].name);
    g_autoptr(Lora) lora = lora_open(f->device, f->path, &f->target, &error);
    g_assert_no_error(error);
    const LoraLayer *layer = lora->layers[LORA_UNET]->pdata[0];
    g_autofree float *found = read_weight(layer->down);
    for (int a = 0; a < 2; a++)
        for (int c = 0; c < 16; c++)
            for (int k = 0; k < 9; k++) {
                double sum = 0;
                for (int b = 0; b < 2; b++)
                    sum += (double)mid[(a * 2 + b) * 9 + k] * (double)down[b * 16 + c];
                g_assert_cmpfloat(fabs((double)found[(a * 16 + c) * 9 + k] - sum), <, 1e-6);
            }
}

#define ADD(path, test)                                                                            \
    g_test_add("/lora/" path, LoraFixture, NULL, lora_fixture_setup, test, lora_fixture_teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("same-bytes", test_same_bytes);
    ADD("there-and-back", test_there_and_back);
    ADD("folded", test_folded);
    ADD("goldens-kept", test_goldens_kept);
    ADD("sums", test_sums);
    ADD("original-names", test_original_names);
    ADD("tucker", test_tucker);
    return g_test_run();
}

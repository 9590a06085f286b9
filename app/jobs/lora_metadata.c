/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata of a LoRA that was trained here. */
#include "app/jobs/lora_metadata.h"

#include "app/dataset/caption_words.h"
#include "app/jobs/number_text.h"
#include "app/jobs/train_settings.h"

static void
put(GHashTable *table, const char *key, char *value)
{
    g_hash_table_insert(table, g_strdup(key), value);
}

static char *
word_counts(const Training *t, const char *dataset)
{
    g_autoptr(CaptionWords) words = caption_words_new(NULL);
    g_autoptr(GArray) list = NULL;
    g_autoptr(JsonNode) root = json_node_alloc();
    JsonObject *outer = json_object_new(), *inner = json_object_new();

    for (int i = 0; i < latent_set_n(t->set); i++)
        caption_words_count(words, latent_set_caption(t->set, i), 1);
    list = caption_words_list(words);
    for (guint i = 0; i < list->len; i++) {
        const CaptionWord *word = &g_array_index(list, CaptionWord, i);

        json_object_set_int_member(inner, word->text, word->count);
    }
    json_object_set_object_member(outer, dataset, inner);
    json_node_take_object(json_node_init(root, JSON_NODE_OBJECT), outer);
    return json_to_string(root, FALSE);
}

static char *
display_base(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);

    return g_filename_display_name(base);
}

static char *
yes_no(bool yes)
{
    return g_strdup(yes ? "True" : "False"); /* as Python prints them */
}

/* What kohya's command takes behind --network_args, as JSON; NULL without. */
static char *
network_args(const TrainParams *p)
{
    const struct {
        const char *key;
        double value;
        bool wanted;
    } args[] = {{"conv_dim", p->conv_rank, p->conv_rank > 0},
                {"conv_alpha", p->conv_alpha, p->conv_rank > 0},
                {"rank_dropout", p->rank_dropout, p->rank_dropout > 0},
                {"module_dropout", p->module_dropout, p->module_dropout > 0}};
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(args); i++) {
        g_autofree char *number = number_text(args[i].value);

        if (args[i].wanted)
            g_string_append_printf(text, "%s\"%s\": \"%s\"", text->len ? ", " : "", args[i].key,
                                   number);
    }
    return text->len ? g_strdup_printf("{%s}", text->str) : NULL;
}

/* Which model it is for, in kohya's words and by the ModelSpec of Stability AI
 * (https://github.com/Stability-AI/ModelSpec). */
static void
put_model(GHashTable *table, const Training *t)
{
    bool v2 = t->pipeline->unet->config.cross_attention_dim == 1024;
    bool v = t->pipeline->scheduler.prediction_type == PREDICTION_V;
    int factor = vae_factor(&t->pipeline->vae->config);
    int width = t->latent_columns * factor, height = t->latent_rows * factor;

    put(table, "ss_v2", yes_no(v2));
    put(table, "ss_base_model_version", g_strconcat(v2 ? "sd_v2" : "sd_v1", v ? "_v" : "", NULL));
    put(table, "ss_resolution", g_strdup_printf("(%d, %d)", width, height));
    put(table, "modelspec.sai_model_spec", g_strdup("1.0.0"));
    put(table, "modelspec.architecture",
        g_strconcat(!v2 ? "stable-diffusion-v1"
                    : v ? "stable-diffusion-v2-768-v"
                        : "stable-diffusion-v2-512",
                    "/lora", NULL));
    put(table, "modelspec.implementation", g_strdup("diffusers"));
    put(table, "modelspec.prediction_type", g_strdup(v ? "v" : "epsilon"));
    put(table, "modelspec.resolution", g_strdup_printf("%dx%d", width, height));
}

/* {"DATASET": {"n_repeats": 1, "img_count": N}} */
static char *
dataset_dirs(const char *dataset, int n)
{
    g_autoptr(JsonNode) root = json_node_alloc();
    JsonObject *outer = json_object_new(), *inner = json_object_new();

    json_object_set_int_member(inner, "n_repeats", 1);
    json_object_set_int_member(inner, "img_count", n);
    json_object_set_object_member(outer, dataset, inner);
    json_node_take_object(json_node_init(root, JSON_NODE_OBJECT), outer);
    return json_to_string(root, FALSE);
}

static void
put_course(GHashTable *table, const Training *t, const char *dataset)
{
    const TrainParams *p = t->params;
    int step_size = MAX(1, p->batch * p->accumulate), n = MAX(1, t->state.n_items);
    int per_epoch = (n + step_size - 1) / step_size;

    put(table, "modelspec.title", g_strdup(dataset));
    put(table, "ss_num_reg_images", g_strdup("0"));
    put(table, "ss_num_batches_per_epoch", g_strdup_printf("%d", per_epoch));
    put(table, "ss_num_epochs", g_strdup_printf("%d", (p->steps + per_epoch - 1) / per_epoch));
    put(table, "ss_epoch", g_strdup_printf("%d", (t->state.step + per_epoch - 1) / per_epoch));
    put(table, "ss_dataset_dirs", dataset_dirs(dataset, t->state.n_items));
    put(table, "ss_cache_latents", yes_no(true));
    put(table, "ss_enable_bucket", yes_no(false));
    put(table, "ss_random_crop", yes_no(p->rows > 0));
    put(table, "ss_gradient_checkpointing", yes_no(diffusion_trainer_is_checkpointing(t->trainer)));
    put(table, "ss_mixed_precision", g_strdup(p->precision ? p->precision : "auto"));
    put(table, "ss_network_dropout", p->dropout > 0 ? number_text(p->dropout) : g_strdup("None"));
}

/* sd-scripts' keys, but none of its session, times and the file's name: equal runs give equal
 * bytes. */
GHashTable *
lora_metadata(const Training *t)
{
    const TrainParams *p = t->params;
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *dataset = display_base(p->dataset);
    g_autofree char *decay = number_text(p->weight_decay);
    char *args = network_args(p);
    static const char *const optimisers[N_OPTIMISERS] = {
        [OPTIMISER_ADAMW] = "torch.optim.adamw.AdamW",
        [OPTIMISER_ADAMW8] = "bitsandbytes.optim.adamw.AdamW8bit",
        [OPTIMISER_LION] = "lion_pytorch.lion_pytorch.Lion",
        [OPTIMISER_SGD] = "torch.optim.sgd.SGD",
    };

    put_model(table, t);
    put_course(table, t, dataset);
    if (args)
        put(table, "ss_network_args", args);
    put(table, LORA_KEY_MODEL, display_base(t->pipeline->dir));
    put(table, LORA_KEY_DATASET, g_strdup(dataset));
    put(table, LORA_KEY_PICTURES, g_strdup_printf("%d", t->state.n_items));
    put(table, LORA_KEY_STEPS, g_strdup_printf("%d", t->state.step));
    put(table, LORA_KEY_WORDS, word_counts(t, dataset));
    put(table, LORA_KEY_LOSS, number_text(training_mean_loss(t)));
    put(table, "ss_max_train_steps", g_strdup_printf("%d", p->steps));
    put(table, "ss_total_batch_size", g_strdup_printf("%d", p->batch));
    put(table, "ss_learning_rate", number_text(p->lr));
    put(table, "ss_unet_lr", number_text(p->lr));
    put(table, "ss_text_encoder_lr", number_text(p->lr * p->text_lr_scale));
    put(table, "ss_lr_warmup_steps", g_strdup_printf("%d", p->warmup));
    put(table, "ss_clip_skip", g_strdup_printf("%d", p->clip_skip));
    put(table, "ss_min_snr_gamma", number_text(p->min_snr_gamma));
    put(table, "ss_caption_dropout_rate", number_text(p->caption_dropout));
    put(table, "ss_optimizer",
        g_strconcat(optimisers[p->optimiser], "(weight_decay=", decay, ")", NULL));
    put(table, "ss_lr_scheduler",
        g_strdup(train_setting_get_word(train_setting_find("lr_schedule"), p)));
    put(table, "ss_gradient_accumulation_steps", g_strdup_printf("%d", p->accumulate));
    put(table, "ss_max_grad_norm", number_text(p->max_norm));
    put(table, "ss_noise_offset", number_text(p->noise_offset));
    put(table, "ss_zero_terminal_snr", yes_no(p->zero_snr));
    put(table, "ss_shuffle_caption", yes_no(p->shuffle_captions));
    put(table, "ss_keep_tokens", g_strdup_printf("%d", p->keep_parts));
    put(table, "ss_seed", g_strdup_printf("%" G_GUINT64_FORMAT, p->seed));
    put(table, "torchlight.version", g_strdup(TORCHLIGHT_VERSION));
    put(table, "torchlight.rows", g_strdup_printf("%d", p->rows));
    return table;
}

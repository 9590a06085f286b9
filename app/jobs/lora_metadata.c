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

GHashTable *
lora_metadata(const Training *t)
{
    const TrainParams *p = t->params;
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *dataset = display_base(p->dataset);
    g_autofree char *decay = number_text(p->weight_decay);
    static const char *const optimisers[N_OPTIMISERS] = {
        [OPTIMISER_ADAMW] = "torch.optim.adamw.AdamW",
        [OPTIMISER_ADAMW8] = "bitsandbytes.optim.adamw.AdamW8bit",
        [OPTIMISER_LION] = "lion_pytorch.lion_pytorch.Lion",
        [OPTIMISER_SGD] = "torch.optim.sgd.SGD",
    };

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
    put(table, "ss_zero_terminal_snr", g_strdup(p->zero_snr ? "True" : "False"));
    put(table, "ss_shuffle_caption", g_strdup(p->shuffle_captions ? "True" : "False"));
    put(table, "ss_keep_tokens", g_strdup_printf("%d", p->keep_parts));
    put(table, "ss_seed", g_strdup_printf("%" G_GUINT64_FORMAT, p->seed));
    put(table, "torchlight.version", g_strdup(TORCHLIGHT_VERSION));
    put(table, "torchlight.rows", g_strdup_printf("%d", p->rows));
    return table;
}

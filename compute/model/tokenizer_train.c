// SPDX-License-Identifier: Apache-2.0
//
// Tokenizer, learning: byte-pair encoding (Sennrich 2016) over the words of captions. The most
// frequent pair of neighbours becomes a token, again and again; of pairs equally frequent the one
// whose text comes first in byte order.
#include "compute/model/tokenizer.h"

#include <errno.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#include "compute/json_text.h"
#include "compute/model/tokenizer_text.h"

#define N_BYTE_TOKENS 512
#define N_SPECIALS 2

typedef struct {
    int32_t *id;
    int n;
    int64_t count; /* in all captions */
} Word;

typedef struct {
    GPtrArray *tokens;                  /* id -> owned text, as in vocab.json */
    GHashTable *known;                  /* the same texts, borrowed */
    GString *merges;                    /* merges.txt */
    GPtrArray *words;                   /* Word *, in order of first appearance */
    uint8_t byte_of[N_BYTE_TOKENS / 2]; /* id -> byte */
    int32_t id_of[N_BYTE_TOKENS / 2];   /* byte -> id */
} Trainer;

static void
word_free(gpointer data)
{
    Word *word = data;

    g_free(word->id);
    g_free(word);
}

static void
trainer_free(Trainer *trainer)
{
    g_clear_pointer(&trainer->words, g_ptr_array_unref);
    g_clear_pointer(&trainer->known, g_hash_table_unref);
    g_clear_pointer(&trainer->tokens, g_ptr_array_unref);
    g_string_free(trainer->merges, TRUE);
    g_free(trainer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trainer, trainer_free)

static void
add_token(Trainer *trainer, char *text)
{
    g_ptr_array_add(trainer->tokens, text);
    g_hash_table_add(trainer->known, text);
}

/* CLIP's order: printable bytes first, then the others; all once more as ends of words. */
static void
add_byte_tokens(Trainer *trainer)
{
    int n = 0;

    for (int plain = 1; plain >= 0; plain--) {
        for (int byte = 0; byte < 256; byte++) {
            if ((tokenizer_byte_symbol(byte) < 256) != plain)
                continue;
            trainer->byte_of[n] = byte;
            trainer->id_of[byte] = n++;
        }
    }
    for (int end = 0; end < 2; end++) {
        for (int i = 0; i < 256; i++) {
            char symbol[16] = {0};
            int length = g_unichar_to_utf8(tokenizer_byte_symbol(trainer->byte_of[i]), symbol);

            strcpy(symbol + length, end ? TOKENIZER_WORD_END : "");
            add_token(trainer, g_strdup(symbol));
        }
    }
}

static Trainer *
trainer_new(void)
{
    Trainer *trainer = g_new0(Trainer, 1);

    trainer->tokens = g_ptr_array_new_with_free_func(g_free);
    trainer->known = g_hash_table_new(g_str_hash, g_str_equal);
    trainer->words = g_ptr_array_new_with_free_func(word_free);
    trainer->merges = g_string_new("#version: 0.2\n");
    add_byte_tokens(trainer);
    return trainer;
}

static Word *
word_new(const Trainer *trainer, const char *text, size_t size)
{
    Word *word = g_new0(Word, 1);

    word->id = g_new(int32_t, size);
    word->n = size;
    for (size_t i = 0; i < size; i++)
        word->id[i] = trainer->id_of[(uint8_t)text[i]] + (i + 1 == size ? 256 : 0);
    return word;
}

static void
add_captions(Trainer *trainer, const char *const *captions, int n_captions)
{
    static const char *const specials[] = {"<|startoftext|>", "<|endoftext|>", NULL};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int i = 0; i < n_captions; i++) {
        g_autofree char *clean = tokenizer_clean(captions[i], NULL);
        g_autoptr(GArray) words = tokenizer_words(clean, specials);

        for (guint j = 0; j < words->len; j++) {
            const TokenWord *found = &g_array_index(words, TokenWord, j);
            g_autofree char *text = g_strndup(found->start, found->size);
            Word *word = g_hash_table_lookup(seen, text);

            if (found->special >= 0)
                continue;
            if (!word) {
                word = word_new(trainer, found->start, found->size);
                g_ptr_array_add(trainer->words, word);
                g_hash_table_insert(seen, g_steal_pointer(&text), word);
            }
            word->count++;
        }
    }
}

static const char *
token(const Trainer *trainer, int32_t id)
{
    return g_ptr_array_index(trainer->tokens, id);
}

/* Whether pair `a` is to be merged before pair `b` of the same count. */
static bool
comes_first(const Trainer *trainer, int64_t a, int64_t b)
{
    int order = strcmp(token(trainer, a >> 32), token(trainer, b >> 32));

    if (order == 0)
        order = strcmp(token(trainer, (int32_t)a), token(trainer, (int32_t)b));
    return order < 0;
}

/* The joined text must be new: "ab"+"c" and "a"+"bc" would be one token. */
static bool
is_new(const Trainer *trainer, int64_t pair)
{
    g_autofree char *joined =
        g_strconcat(token(trainer, pair >> 32), token(trainer, (int32_t)pair), NULL);

    return !g_hash_table_contains(trainer->known, joined);
}

static int64_t
most_frequent_pair(const Trainer *trainer)
{
    g_autoptr(GHashTable) counts =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    int64_t best = -1, best_count = 0, *pair, *count;
    GHashTableIter iter;

    for (guint i = 0; i < trainer->words->len; i++) {
        const Word *word = g_ptr_array_index(trainer->words, i);

        for (int j = 0; j + 1 < word->n; j++) {
            int64_t key = (int64_t)word->id[j] << 32 | word->id[j + 1];

            count = g_hash_table_lookup(counts, &key);
            if (count)
                *count += word->count;
            else
                g_hash_table_insert(counts, g_memdup2(&key, sizeof key),
                                    g_memdup2(&word->count, sizeof word->count));
        }
    }
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, (gpointer *)&pair, (gpointer *)&count)) {
        if (*count < best_count || (*count == best_count && !comes_first(trainer, *pair, best)) ||
            !is_new(trainer, *pair))
            continue;
        best = *pair;
        best_count = *count;
    }
    return best;
}

static void
merge_pair(Trainer *trainer, int64_t pair)
{
    int32_t a = pair >> 32, b = (int32_t)pair, joined = trainer->tokens->len;

    g_string_append_printf(trainer->merges, "%s %s\n", token(trainer, a), token(trainer, b));
    add_token(trainer, g_strconcat(token(trainer, a), token(trainer, b), NULL));
    for (guint i = 0; i < trainer->words->len; i++) {
        Word *word = g_ptr_array_index(trainer->words, i);
        int to = 0;

        for (int from = 0; from < word->n; to++) {
            bool match = from + 1 < word->n && word->id[from] == a && word->id[from + 1] == b;
            word->id[to] = match ? joined : word->id[from];
            from += match ? 2 : 1;
        }
        word->n = to;
    }
}

static GString *
vocabulary_text(const Trainer *trainer)
{
    GString *out = g_string_new("{");

    for (guint i = 0; i < trainer->tokens->len; i++) {
        g_string_append(out, i ? ", " : "");
        json_text_append_quoted(out, token(trainer, i));
        g_string_append_printf(out, ": %u", i);
    }
    g_string_append(out, "}\n");
    return out;
}

static bool
save(const char *dir, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(GError) reason = NULL;

    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0666, &reason))
        return true;
    g_set_error(error, reason->domain, reason->code,
                _("%s cannot be written: %s. Choose a folder that can be written and has space "
                  "left"),
                path, reason->message);
    return false;
}

#define ADDED_TOKEN(text)                                                                          \
    "{\"content\": \"" text "\", \"lstrip\": false, \"normalized\": true, \"rstrip\": false, "     \
    "\"single_word\": false}"

static const char specials_text[] =
    "{\n"
    "  \"bos_token\": " ADDED_TOKEN(
        "<|startoftext|>") ",\n"
                           "  \"eos_token\": " ADDED_TOKEN(
                               "<|endoftext|>") ",\n"
                                                "  \"pad_token\": \"<|endoftext|>\",\n"
                                                "  \"unk_token\": " ADDED_TOKEN(
                                                    "<|endoftext|>") "\n"
                                                                     "}\n";

static const char config_text[] = "{\n"
                                  "  \"add_prefix_space\": false,\n"
                                  "  \"bos_token\": \"<|startoftext|>\",\n"
                                  "  \"do_lower_case\": true,\n"
                                  "  \"eos_token\": \"<|endoftext|>\",\n"
                                  "  \"errors\": \"replace\",\n"
                                  "  \"model_max_length\": 77,\n"
                                  "  \"pad_token\": \"<|endoftext|>\",\n"
                                  "  \"tokenizer_class\": \"CLIPTokenizer\",\n"
                                  "  \"unk_token\": \"<|endoftext|>\"\n"
                                  "}\n";

bool
tokenizer_train(const char *const *captions, int n_captions, int vocab_size, const char *dir,
                GError **error)
{
    g_autoptr(Trainer) trainer = NULL;
    g_autoptr(GString) vocabulary = NULL;

    if (vocab_size < N_BYTE_TOKENS + N_SPECIALS || vocab_size > 49408) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("A vocabulary of %d tokens cannot be learned. Ask for %d to 49408"),
                    vocab_size, N_BYTE_TOKENS + N_SPECIALS);
        return false;
    }
    if (g_mkdir_with_parents(dir, 0777) != 0) {
        int number = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number),
                    _("The folder %s cannot be made: %s"), dir, g_strerror(number));
        return false;
    }
    trainer = trainer_new();
    add_captions(trainer, captions, n_captions);
    while ((int)trainer->tokens->len < vocab_size - N_SPECIALS) {
        int64_t pair = most_frequent_pair(trainer);

        if (pair < 0)
            break;
        merge_pair(trainer, pair);
    }
    add_token(trainer, g_strdup("<|startoftext|>"));
    add_token(trainer, g_strdup("<|endoftext|>"));
    vocabulary = vocabulary_text(trainer);
    return save(dir, "vocab.json", vocabulary->str, error) &&
           save(dir, "merges.txt", trainer->merges->str, error) &&
           save(dir, "special_tokens_map.json", specials_text, error) &&
           save(dir, "tokenizer_config.json", config_text, error);
}

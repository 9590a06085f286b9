// SPDX-License-Identifier: Apache-2.0
//
// Tokenizer: reading a vocabulary, and byte-pair encoding with it. Tokens are ids throughout: a
// merge is a pair of ids with its rank and the id of the joined token.
#include "compute/model/tokenizer.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "compute/json_text.h"
#include "compute/model/config_file.h"
#include "compute/model/tokenizer_text.h"

#define MAX_FILE_SIZE (64u << 20) /* bytes; CLIP's vocab.json has 1 MB */
#define MAX_LENGTH 65536
#define MAX_MERGES 48894 /* Hugging Face's CLIPTokenizer looks at no more */

typedef struct {
    int rank; /* low ranks merge first */
    int32_t joined;
} Merge;

enum { SPECIAL_BOS, SPECIAL_EOS, SPECIAL_UNK, SPECIAL_PAD, N_SPECIALS };

struct Tokenizer {
    GPtrArray *tokens;  /* id -> owned text */
    GHashTable *ids;    /* borrowed text -> id + 1 */
    GHashTable *merges; /* owned int64 pair -> owned Merge */
    int32_t bytes[256]; /* id of a byte inside a word */
    int32_t ends[256];  /* id of a byte that ends a word */
    int max_length;
    char *special[N_SPECIALS + 1]; /* texts, lower case; NULL-terminated */
    int32_t special_id[N_SPECIALS];
    const char *const *in_text; /* those that a text may hold: special, or the first of it */
};

void
tokenizer_free(Tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    g_clear_pointer(&tokenizer->merges, g_hash_table_unref);
    g_clear_pointer(&tokenizer->ids, g_hash_table_unref);
    g_clear_pointer(&tokenizer->tokens, g_ptr_array_unref);
    for (int i = 0; i < N_SPECIALS; i++)
        g_free(tokenizer->special[i]);
    g_free(tokenizer);
}

static int32_t
find_id(const Tokenizer *tokenizer, const char *token)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(tokenizer->ids, token)) - 1;
}

/* {"!": 0, ...} in any order; the ids must be 0 .. n-1. */
static bool
read_vocabulary(Tokenizer *tokenizer, JsonText *json)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    json_text_enter(json, '{');
    while (!json->problem && json_text_more(json, '}')) {
        char *text = json_text_key(json);
        int64_t id;

        if (!text)
            break;
        g_ptr_array_add(texts, text);
        if (!json_text_int64(json, &id))
            break;
        g_array_append_val(ids, id);
    }
    if (!json_text_at_end(json))
        return false;
    g_ptr_array_set_size(tokenizer->tokens, texts->len);
    for (guint i = 0; i < texts->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);

        if (id < 0 || id >= texts->len || g_ptr_array_index(tokenizer->tokens, id))
            return json_text_fail(json, "the tokens are not numbered 0, 1, 2 ... without a gap");
        if (g_hash_table_contains(tokenizer->ids, g_ptr_array_index(texts, i)))
            return json_text_fail(json, "a token is listed twice");
        g_ptr_array_index(tokenizer->tokens, id) = g_steal_pointer(&texts->pdata[i]);
        g_hash_table_insert(tokenizer->ids, g_ptr_array_index(tokenizer->tokens, id),
                            GINT_TO_POINTER((int)id + 1));
    }
    return texts->len > 0 || json_text_fail(json, "it holds no tokens");
}

static bool
load_vocabulary(Tokenizer *tokenizer, const char *path, GError **error)
{
    size_t size;
    g_autofree char *text = json_text_load(path, MAX_FILE_SIZE, &size, error);
    JsonText json;

    if (!text)
        return false;
    json_text_init(&json, text, size);
    if (!read_vocabulary(tokenizer, &json)) {
        json_text_set_error(&json, path, error);
        return false;
    }
    for (int byte = 0; byte < 256; byte++) {
        char symbol[16] = {0};
        int length = g_unichar_to_utf8(tokenizer_byte_symbol(byte), symbol);

        tokenizer->bytes[byte] = find_id(tokenizer, symbol);
        strcpy(symbol + length, TOKENIZER_WORD_END);
        tokenizer->ends[byte] = find_id(tokenizer, symbol);
    }
    return true;
}

/* One line of merges.txt, "netw o". */
static bool
add_merge(Tokenizer *tokenizer, const char *line, int rank)
{
    const char *space = strchr(line, ' ');
    g_autofree char *left = space ? g_strndup(line, space - line) : NULL;
    g_autofree char *joined = space ? g_strconcat(left, space + 1, NULL) : NULL;
    int32_t a, b, c;
    int64_t pair;
    Merge merge;

    if (!space)
        return false;
    a = find_id(tokenizer, left);
    b = find_id(tokenizer, space + 1);
    c = find_id(tokenizer, joined);
    if (a < 0 || b < 0 || c < 0)
        return false;
    pair = (int64_t)a << 32 | b;
    merge = (Merge){rank, c};
    if (!g_hash_table_contains(tokenizer->merges, &pair))
        g_hash_table_insert(tokenizer->merges, g_memdup2(&pair, sizeof pair),
                            g_memdup2(&merge, sizeof merge));
    return true;
}

static bool
load_merges(Tokenizer *tokenizer, const char *path, GError **error)
{
    size_t size;
    g_autofree char *text = json_text_load(path, MAX_FILE_SIZE, &size, error);
    int rank = 0, number = 1;
    char *line = text;

    if (!text)
        return false;
    for (char *end; line && rank < MAX_MERGES; line = end, number++) {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        g_strchomp(line);
        if (*line == 0 || (number == 1 && g_str_has_prefix(line, "#version")))
            continue;
        if (!add_merge(tokenizer, line, rank++)) {
            g_autofree char *shown = g_strndup(line, 60);
            g_autofree char *valid = g_utf8_make_valid(shown, -1);

            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        _("%s, line %d: “%s” is not a pair of tokens of vocab.json. The two files "
                          "do not belong together: copy or download both again"),
                        path, number, valid);
            return false;
        }
    }
    return true;
}

/* Special tokens and the maximum length of one file, over what is known so far. */
static bool
load_settings(Tokenizer *tokenizer, const char *path, GError **error)
{
    static const char *const keys[] = {"bos_token", "eos_token", "unk_token", "pad_token"};
    g_autoptr(ConfigFile) file = NULL;
    double length;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    file = config_file_open(path, NULL, error);
    if (!file)
        return false;
    for (int i = 0; i < N_SPECIALS; i++) {
        char *text = config_file_text(file, keys[i]);

        if (text) {
            g_free(tokenizer->special[i]);
            tokenizer->special[i] = text;
        }
    }
    /* Hugging Face writes 1e30 where there is no limit. */
    length = config_file_double(file, "model_max_length", tokenizer->max_length, 3, 1e300);
    if (length <= MAX_LENGTH)
        tokenizer->max_length = (int)length;
    return config_file_done(file, error);
}

static bool
find_specials(Tokenizer *tokenizer, const char *dir, GError **error)
{
    for (int i = 0; i < N_SPECIALS; i++) {
        char *lower;

        tokenizer->special_id[i] = find_id(tokenizer, tokenizer->special[i]);
        if (tokenizer->special_id[i] < 0 || tokenizer->special[i][0] == 0) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        _("%s: vocab.json does not hold the special token “%s”. Use the "
                          "tokenizer folder that belongs to the model"),
                        dir, tokenizer->special[i]);
            return false;
        }
        lower = tokenizer_clean(tokenizer->special[i], NULL);
        g_free(tokenizer->special[i]);
        tokenizer->special[i] = lower;
    }
    return true;
}

static Tokenizer *
open_files(const char *dir, GError **error)
{
    g_autoptr(Tokenizer) tokenizer = g_new0(Tokenizer, 1);
    g_autofree char *vocabulary = g_build_filename(dir, "vocab.json", NULL);
    g_autofree char *merges = g_build_filename(dir, "merges.txt", NULL);
    g_autofree char *config = g_build_filename(dir, "tokenizer_config.json", NULL);
    g_autofree char *specials = g_build_filename(dir, "special_tokens_map.json", NULL);

    tokenizer->tokens = g_ptr_array_new_with_free_func(g_free);
    tokenizer->ids = g_hash_table_new(g_str_hash, g_str_equal);
    tokenizer->merges = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    tokenizer->max_length = 77;
    tokenizer->special[SPECIAL_BOS] = g_strdup("<|startoftext|>");
    tokenizer->special[SPECIAL_EOS] = g_strdup("<|endoftext|>");
    tokenizer->special[SPECIAL_UNK] = g_strdup("<|endoftext|>");
    tokenizer->special[SPECIAL_PAD] = g_strdup("<|endoftext|>");
    /* Where they differ, as in SD 2, special_tokens_map.json is right. */
    if (!load_vocabulary(tokenizer, vocabulary, error) || !load_merges(tokenizer, merges, error) ||
        !load_settings(tokenizer, config, error) || !load_settings(tokenizer, specials, error) ||
        !find_specials(tokenizer, dir, error))
        return NULL;
    return g_steal_pointer(&tokenizer);
}

Tokenizer *
tokenizer_open(const char *dir, GError **error)
{
    Tokenizer *tokenizer = open_files(dir, error);

    if (tokenizer)
        tokenizer->in_text = (const char *const *)tokenizer->special;
    return tokenizer;
}

Tokenizer *
tokenizer_open_openclip(const char *dir, GError **error)
{
    static const char *const frame[] = {"<|startoftext|>", "<|endoftext|>", NULL};
    Tokenizer *tokenizer = open_files(dir, error);

    G_STATIC_ASSERT(SPECIAL_BOS == 0 && SPECIAL_EOS == 1);
    if (tokenizer) {
        tokenizer->in_text = frame;
        tokenizer->special_id[SPECIAL_PAD] = 0;
    }
    return tokenizer;
}

int
tokenizer_n_tokens(const Tokenizer *tokenizer)
{
    return tokenizer->tokens->len;
}

int
tokenizer_max_length(const Tokenizer *tokenizer)
{
    return tokenizer->max_length;
}

int32_t
tokenizer_bos(const Tokenizer *tokenizer)
{
    return tokenizer->special_id[SPECIAL_BOS];
}

int32_t
tokenizer_eos(const Tokenizer *tokenizer)
{
    return tokenizer->special_id[SPECIAL_EOS];
}

int32_t
tokenizer_pad(const Tokenizer *tokenizer)
{
    return tokenizer->special_id[SPECIAL_PAD];
}

static const Merge *
find_merge(const Tokenizer *tokenizer, int32_t a, int32_t b)
{
    int64_t pair;

    if (a < 0 || b < 0) /* a byte that the vocabulary lacks */
        return NULL;
    pair = (int64_t)a << 32 | b;
    return g_hash_table_lookup(tokenizer->merges, &pair);
}

/* Joins every occurrence of the pair (a, b) in id[0 .. n-1], left to right; the new n. rank[i] is
 * that of the pair that starts at i. */
static size_t
join_pairs(const Tokenizer *tokenizer, int32_t *id, int *rank, size_t n, int32_t a, int32_t b)
{
    int32_t joined = find_merge(tokenizer, a, b)->joined;
    size_t to = 0;

    for (size_t from = 0; from < n; to++) {
        bool match = from + 1 < n && id[from] == a && id[from + 1] == b;

        id[to] = match ? joined : id[from];
        from += match ? 2 : 1;
    }
    for (size_t i = 0; i < to; i++) {
        const Merge *merge = i + 1 < to ? find_merge(tokenizer, id[i], id[i + 1]) : NULL;
        rank[i] = merge ? merge->rank : G_MAXINT;
    }
    return to;
}

/* Appends the ids of one word. */
static void
encode_word(const Tokenizer *tokenizer, const TokenWord *word, GArray *ids)
{
    size_t n = word->size;
    g_autofree int32_t *id = g_new(int32_t, n);
    g_autofree int *rank = g_new(int, n);

    for (size_t i = 0; i < n; i++) {
        uint8_t byte = word->start[i];
        id[i] = i + 1 < n ? tokenizer->bytes[byte] : tokenizer->ends[byte];
    }
    for (size_t i = 0; i < n; i++) {
        const Merge *merge = i + 1 < n ? find_merge(tokenizer, id[i], id[i + 1]) : NULL;
        rank[i] = merge ? merge->rank : G_MAXINT;
    }
    for (;;) {
        size_t best = 0;

        for (size_t i = 1; i < n; i++)
            best = rank[i] < rank[best] ? i : best;
        if (rank[best] == G_MAXINT)
            break;
        n = join_pairs(tokenizer, id, rank, n, id[best], id[best + 1]);
    }
    for (size_t i = 0; i < n; i++)
        id[i] = id[i] < 0 ? tokenizer->special_id[SPECIAL_UNK] : id[i];
    g_array_append_vals(ids, id, n);
}

/* The ids of `text`; stops after `max_n`. */
static GArray *
encode_text(const Tokenizer *tokenizer, const char *text, guint max_n, bool *cut)
{
    g_autofree char *clean = tokenizer_clean(text, cut);
    g_autoptr(GArray) words = tokenizer_words(clean, tokenizer->in_text);
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int32_t));

    for (guint i = 0; i < words->len && ids->len < max_n; i++) {
        const TokenWord *word = &g_array_index(words, TokenWord, i);

        if (word->special >= 0)
            g_array_append_val(ids, tokenizer->special_id[word->special]);
        else
            encode_word(tokenizer, word, ids);
    }
    return ids;
}

GArray *
tokenizer_split(const Tokenizer *tokenizer, const char *text)
{
    return encode_text(tokenizer, text, G_MAXUINT, NULL);
}

void
tokenizer_encode(const Tokenizer *tokenizer, const char *text, int32_t *ids, int *n_used,
                 bool *truncated)
{
    int room = tokenizer->max_length - 2, n;
    bool cut;
    g_autoptr(GArray) all = encode_text(tokenizer, text, room + 1, &cut);

    n = MIN((int)all->len, room);
    ids[0] = tokenizer_bos(tokenizer);
    for (int i = 0; i < n; i++)
        ids[1 + i] = g_array_index(all, int32_t, i);
    ids[1 + n] = tokenizer_eos(tokenizer);
    for (int i = n + 2; i < tokenizer->max_length; i++)
        ids[i] = tokenizer_pad(tokenizer);
    if (n_used)
        *n_used = n + 2;
    if (truncated)
        *truncated = cut || (int)all->len > room;
}

/* Appends the bytes that the characters of a token stand for. */
static void
append_token_bytes(GString *out, const char *token)
{
    bool ends = g_str_has_suffix(token, TOKENIZER_WORD_END);
    const char *end = token + strlen(token) - (ends ? strlen(TOKENIZER_WORD_END) : 0);

    for (; token < end; token = g_utf8_next_char(token)) {
        int byte = tokenizer_symbol_byte(g_utf8_get_char(token));
        if (byte >= 0)
            g_string_append_c(out, byte);
    }
    if (ends)
        g_string_append_c(out, ' ');
}

char *
tokenizer_token_text(const Tokenizer *tokenizer, int32_t id)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (id < 0 || id >= tokenizer_n_tokens(tokenizer))
        return NULL;
    append_token_bytes(out, g_ptr_array_index(tokenizer->tokens, id));
    return g_utf8_make_valid(out->str, out->len);
}

char *
tokenizer_decode(const Tokenizer *tokenizer, const int32_t *ids, int n_ids)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int i = n_ids > 0 && ids[0] == tokenizer_bos(tokenizer) ? 1 : 0;

    for (; i < n_ids && ids[i] != tokenizer_eos(tokenizer); i++) {
        if (ids[i] >= 0 && ids[i] < tokenizer_n_tokens(tokenizer))
            append_token_bytes(out, g_ptr_array_index(tokenizer->tokens, ids[i]));
    }
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    return g_utf8_make_valid(out->str, out->len);
}

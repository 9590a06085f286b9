/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer of a model, for those that see no model. */
#include "app/jobs/caption_tokens.h"

#include <string.h>

#include "app/jobs/paths.h"
#include "compute/model/checkpoint.h"
#include "compute/model/tokenizer.h"

enum { MAX_COUNTED = 1 << 14, MAX_SPLIT = 1 << 12, MAX_SPLIT_WORD = 256 }; /* bytes */

struct CaptionTokens {
    gatomicrefcount refs;
    Tokenizer *tokenizer;
};

CaptionTokens *
caption_tokens_new(const char *model_dir, GError **error)
{
    g_autofree char *bundled = model_dir && *model_dir ? NULL : paths_bundled_model();
    const char *model = bundled ? bundled : model_dir;
    const CheckpointOptions none = {NULL, NULL, NULL, NULL};
    g_autofree char *beside =
        g_file_test(model, G_FILE_TEST_IS_REGULAR) ? checkpoint_find_tokenizer(model, &none) : NULL;
    g_autofree char *dir = beside ? g_strdup(beside) : g_build_filename(model, "tokenizer", NULL);
    Tokenizer *tokenizer = tokenizer_open(dir, error);
    CaptionTokens *tokens;

    if (!tokenizer)
        return NULL;
    tokens = g_new0(CaptionTokens, 1);
    g_atomic_ref_count_init(&tokens->refs);
    tokens->tokenizer = tokenizer;
    return tokens;
}

CaptionTokens *
caption_tokens_ref(CaptionTokens *tokens)
{
    g_atomic_ref_count_inc(&tokens->refs);
    return tokens;
}

void
caption_tokens_unref(CaptionTokens *tokens)
{
    if (!tokens || !g_atomic_ref_count_dec(&tokens->refs))
        return;
    tokenizer_free(tokens->tokenizer);
    g_free(tokens);
}

static void
load(GTask *task, gpointer source, gpointer dir, GCancellable *cancellable)
{
    GError *error = NULL;
    CaptionTokens *tokens = caption_tokens_new(dir, &error);

    if (tokens)
        g_task_return_pointer(task, tokens, (GDestroyNotify)caption_tokens_unref);
    else
        g_task_return_error(task, error);
}

void
caption_tokens_load(const char *model_dir, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer data)
{
    g_autoptr(GTask) task = g_task_new(NULL, cancellable, callback, data);

    g_task_set_source_tag(task, caption_tokens_load);
    g_task_set_task_data(task, g_strdup(model_dir), g_free);
    g_task_run_in_thread(task, load);
}

CaptionTokens *
caption_tokens_load_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}

int
caption_tokens_limit(const CaptionTokens *tokens)
{
    return tokenizer_max_length(tokens->tokenizer);
}

int
caption_tokens_count(const CaptionTokens *tokens, const char *caption)
{
    g_autofree char *start = strlen(caption) > MAX_COUNTED ? g_strndup(caption, MAX_COUNTED) : NULL;
    g_autoptr(GArray) ids = tokenizer_split(tokens->tokenizer, start ? start : caption);
    int n = (int)ids->len + 2;

    return start ? MAX(n, caption_tokens_limit(tokens) + 1) : n;
}

static char *
join_pieces(const CaptionTokens *tokens, const GArray *ids)
{
    GString *pieces = g_string_new(NULL);

    for (guint i = 0; i < ids->len; i++) {
        g_autofree char *piece =
            tokenizer_token_text(tokens->tokenizer, g_array_index(ids, int32_t, i));

        g_string_append_printf(pieces, "%s%s", i ? "·" : "", piece ? g_strchomp(piece) : "");
    }
    return g_string_free(pieces, FALSE);
}

/* The word without the colon or dot behind it. */
static void
add_word(const CaptionTokens *tokens, const char *caption, int start, int end, GArray *found)
{
    g_autofree char *word = NULL;
    g_autoptr(GArray) ids = NULL;
    CaptionPieces pieces;

    while (end > start && strchr(":;.", caption[end - 1]))
        end--;
    if (end == start || end - start > MAX_SPLIT_WORD)
        return;
    word = g_strndup(caption + start, end - start);
    ids = tokenizer_split(tokens->tokenizer, word);
    if (ids->len <= CAPTION_WHOLE_TOKENS)
        return;
    pieces = (CaptionPieces){start, end, (int)ids->len, join_pieces(tokens, ids)};
    g_array_append_val(found, pieces);
}

static void
pieces_clear(void *data)
{
    g_free(((CaptionPieces *)data)->pieces);
}

GArray *
caption_tokens_split_words(const CaptionTokens *tokens, const char *caption)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(CaptionPieces));

    g_array_set_clear_func(found, pieces_clear);
    for (int at = 0; caption[at] && at < MAX_SPLIT;) {
        int start = at;

        at += (int)strcspn(caption + at, " \t\r\n,");
        add_word(tokens, caption, start, at, found);
        at += (int)strspn(caption + at, " \t\r\n,");
    }
    return found;
}

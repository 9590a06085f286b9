/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of captions, counted and shown. */
#include "app/jobs/caption_tokens.h"

#include "app/jobs/paths.h"
#include "compute/model/tokenizer.h"

struct CaptionTokens {
    Tokenizer *tokenizer;
};

CaptionTokens *
caption_tokens_open(const char *model, GError **error)
{
    g_autofree char *bundled = model ? NULL : paths_bundled_model();
    g_autofree char *dir = g_build_filename(model ? model : bundled, "tokenizer", NULL);
    Tokenizer *tokenizer = tokenizer_open(dir, error);
    CaptionTokens *tokens;

    if (!tokenizer)
        return NULL;
    tokens = g_new0(CaptionTokens, 1);
    tokens->tokenizer = tokenizer;
    return tokens;
}

void
caption_tokens_free(CaptionTokens *tokens)
{
    if (!tokens)
        return;
    tokenizer_free(tokens->tokenizer);
    g_free(tokens);
}

int
caption_tokens_count(const CaptionTokens *tokens, const char *text)
{
    g_autoptr(GArray) ids = tokenizer_split(tokens->tokenizer, text);

    return (int)ids->len;
}

int
caption_tokens_limit(const CaptionTokens *tokens)
{
    return tokenizer_max_length(tokens->tokenizer) - 2;
}

char *
caption_tokens_split(const CaptionTokens *tokens, const char *text)
{
    g_autoptr(GArray) ids = tokenizer_split(tokens->tokenizer, text);
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < ids->len; i++) {
        g_autofree char *piece =
            tokenizer_token_text(tokens->tokenizer, g_array_index(ids, int32_t, i));

        g_string_append_printf(out, "%s%s", i ? "·" : "", piece ? piece : "");
    }
    return g_string_free(out, FALSE);
}

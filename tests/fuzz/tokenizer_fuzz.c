/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer over the files of a tokenizer, and over the texts that it takes apart. Whatever is
 * accepted gives ids of its vocabulary, framed and padded, the same twice; an error names a file.
 *
 * Input: a first byte, odd: with a vocabulary of this target's own (its bytes alone and some
 * pairs); even: vocab.json is the first part. The parts stand apart by a byte 1e: vocab.json where
 * it is given, merges.txt, special_tokens_map.json, tokenizer_config.json, text. */
#include "compute/model/tokenizer.h"

#include <glib/gstdio.h>
#include <string.h>

#include "compute/model/tokenizer_text.h"
#include "tests/fuzz/support.h"

static const char *const pairs[] = {"ab", "abc</w>", "pi", "pix", "net</w>", "we", "web</w>"};

/* {"!": 0, ...}: each byte, each as the end of a word, some pairs, the frame. */
static char *
own_vocabulary(void)
{
    GString *out = g_string_new("{");
    int n = 0;

    for (int ends = 0; ends < 2; ends++) {
        for (int byte = 0; byte < 256; byte++) {
            char symbol[8] = {0};
            gunichar c = tokenizer_byte_symbol((uint8_t)byte);

            g_unichar_to_utf8(c, symbol);
            g_string_append_printf(out, "%s\"%s%s%s\": %d", n ? ", " : "",
                                   c == '"' || c == '\\' ? "\\" : "", symbol, ends ? "</w>" : "",
                                   n);
            n++;
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++)
        g_string_append_printf(out, ", \"%s\": %d", pairs[i], n++);
    g_string_append_printf(out, ", \"<|startoftext|>\": %d, \"<|endoftext|>\": %d}", n, n + 1);
    return g_string_free(out, FALSE);
}

static void
write_part(const char *dir, const char *name, const char *text, gssize size)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, size, NULL));
}

static void
check_text(const Tokenizer *tokenizer, const char *text)
{
    int length = tokenizer_max_length(tokenizer), n_used = 0, again = 0;
    g_autofree int32_t *ids = g_new(int32_t, length), *other = g_new(int32_t, length);
    bool truncated = false;
    g_autoptr(GArray) all = tokenizer_split(tokenizer, text);

    tokenizer_encode(tokenizer, text, ids, &n_used, &truncated);
    tokenizer_encode(tokenizer, text, other, &again, NULL);
    g_assert_cmpmem(ids, length * sizeof *ids, other, length * sizeof *other);
    g_assert_cmpint(n_used, ==, again);
    g_assert_true(n_used >= 2 && n_used <= length);
    g_assert_cmpint(n_used, ==, MIN((int)all->len, length - 2) + 2);
    g_assert_true(truncated || (int)all->len <= length - 2);
    g_assert_cmpint(ids[0], ==, tokenizer_bos(tokenizer));
    g_assert_cmpint(ids[n_used - 1], ==, tokenizer_eos(tokenizer));
    for (int i = 0; i < length; i++) {
        g_assert_true(ids[i] >= 0 && ids[i] < tokenizer_n_tokens(tokenizer));
        g_assert_true(i < n_used || ids[i] == tokenizer_pad(tokenizer));
    }
    for (int i = 1; i + 1 < n_used; i++)
        g_assert_cmpint(ids[i], ==, g_array_index(all, int32_t, i - 1));
    g_autofree char *back = tokenizer_decode(tokenizer, ids, length);
    g_assert_true(g_utf8_validate(back, -1, NULL));
}

static void
check_folder(const char *dir, const char *text)
{
    Tokenizer *(*const forms[])(const char *, GError **) = {tokenizer_open,
                                                            tokenizer_open_openclip};

    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Tokenizer) tokenizer = forms[i](dir, &error);

        g_assert((tokenizer != NULL) != (error != NULL));
        if (error && (!g_utf8_validate(error->message, -1, NULL) || !strstr(error->message, dir)))
            g_error("no sentence that names its file: %s", error->message);
        if (tokenizer)
            check_text(tokenizer, text);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const files[] = {"vocab.json", "merges.txt", "special_tokens_map.json",
                                        "tokenizer_config.json"};
    g_autofree char *dir = g_dir_make_tmp("tokenizer-XXXXXX", NULL);
    g_autofree char *own = own_vocabulary();
    bool has_own = size > 0 && (data[0] & 1);
    const char *at = (const char *)data + MIN(size, 1), *end = (const char *)data + size;

    if (has_own)
        write_part(dir, files[0], own, -1);
    for (guint i = has_own; i < G_N_ELEMENTS(files); i++) {
        const char *split = memchr(at, 0x1e, (size_t)(end - at));
        gssize n = (split ? split : end) - at;

        if (n > 0 || i < 2) /* the last two need not be there */
            write_part(dir, files[i], at, n);
        at = split ? split + 1 : end;
    }
    g_autofree char *text = g_strndup(at, (gsize)(end - at));
    check_folder(dir, text);
    fuzz_folder_free(g_steal_pointer(&dir));
    return 0;
}

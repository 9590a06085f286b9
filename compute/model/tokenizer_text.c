// SPDX-License-Identifier: Apache-2.0
//
// Text before the vocabulary: cleaning and splitting as openai/CLIP does it, but for ftfy.
#include "compute/model/tokenizer_text.h"

#include <string.h>

/* Printable characters of Latin-1 stand for themselves, the others for 256, 257 ... in order. */
static bool
is_plain_byte(unsigned byte)
{
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174);
}

gunichar
tokenizer_byte_symbol(uint8_t byte)
{
    gunichar symbol = 256;

    if (is_plain_byte(byte))
        return byte;
    for (unsigned other = 0; other < byte; other++)
        symbol += !is_plain_byte(other);
    return symbol;
}

int
tokenizer_symbol_byte(gunichar symbol)
{
    if (symbol < 256)
        return is_plain_byte(symbol) ? (int)symbol : -1;
    for (unsigned byte = 0; byte < 256; byte++) {
        if (tokenizer_byte_symbol(byte) == symbol)
            return byte;
    }
    return -1;
}

/* "&#38;", "&#x26;" or "&amp;" at `text`: its character, and its length; 0 if it is none. */
static gunichar
entity_at(const char *text, size_t *length)
{
    static const struct {
        const char *name;
        gunichar character;
    } named[] = {{"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},
                 {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", 0xa0}};

    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        *length = strlen(named[i].name);
        if (strncmp(text, named[i].name, *length) == 0)
            return named[i].character;
    }
    if (text[1] == '#') {
        bool hex = text[2] == 'x' || text[2] == 'X';
        const char *digits = text + (hex ? 3 : 2);
        char *end;
        uint64_t code;

        if (!(hex ? g_ascii_isxdigit(*digits) : g_ascii_isdigit(*digits)))
            return 0;
        code = g_ascii_strtoull(digits, &end, hex ? 16 : 10);
        *length = end - text + (*end == ';');
        return code != 0 && code <= 0x10ffff && g_unichar_validate(code) ? (gunichar)code : 0xfffd;
    }
    return 0;
}

static char *
unescape_html(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));

    while (*text) {
        size_t length = 1;
        gunichar character = *text == '&' ? entity_at(text, &length) : 0;

        if (character) {
            g_string_append_unichar(out, character);
            text += length;
        } else {
            g_string_append_c(out, *text++);
        }
    }
    return g_string_free(out, FALSE);
}

/* Python's notion, which also counts the separators 0x1c to 0x1f and the vertical tab. */
static bool
is_space(gunichar c)
{
    return g_unichar_isspace(c) || c == 0x0b || (c >= 0x1c && c <= 0x1f) || c == 0x85;
}

/* Without a look at the locale, in which g_utf8_strdown would turn I into a dotless i. */
static void
append_lower(GString *out, gunichar c, gunichar last, gunichar next)
{
    if (c == 0x130) /* I with a dot: i and a combining dot */
        g_string_append(out, "i\xcc\x87");
    else if (c == 0x3a3 && g_unichar_isalpha(last) && !g_unichar_isalpha(next))
        g_string_append_unichar(out, 0x3c2); /* sigma at the end of a word */
    else
        g_string_append_unichar(out, g_unichar_tolower(c));
}

char *
tokenizer_clean(const char *text, bool *cut)
{
    size_t size = strlen(text);
    g_autofree char *valid = g_utf8_make_valid(text, MIN(size, TOKENIZER_MAX_TEXT));
    g_autofree char *once = unescape_html(valid);
    g_autofree char *twice = unescape_html(once);
    g_autofree char *composed = g_utf8_normalize(twice, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    GString *out = g_string_sized_new(size);
    gunichar last = 0;

    if (cut)
        *cut = size > TOKENIZER_MAX_TEXT;
    for (const char *at = composed; *at;) {
        gunichar c = g_utf8_get_char(at);

        at = g_utf8_next_char(at);
        if (is_space(c)) {
            if (out->len > 0 && out->str[out->len - 1] != ' ')
                g_string_append_c(out, ' ');
        } else if (!g_unichar_iscntrl(c)) {
            append_lower(out, c, last, g_utf8_get_char(at));
        }
        last = c;
    }
    if (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

typedef enum { KIND_SPACE, KIND_LETTER, KIND_NUMBER, KIND_OTHER } Kind;

static Kind
kind_of(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
        return KIND_LETTER;
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
        return KIND_NUMBER;
    default:
        return is_space(c) ? KIND_SPACE : KIND_OTHER;
    }
}

static int
special_at(const char *text, const char *const *specials, size_t *size)
{
    for (int i = 0; specials && specials[i]; i++) {
        *size = strlen(specials[i]);
        if (*size > 0 && strncmp(text, specials[i], *size) == 0)
            return i;
    }
    return -1;
}

static size_t
contraction_at(const char *text)
{
    static const char *const endings[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

    for (size_t i = 0; *text == '\'' && i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_prefix(text, endings[i]))
            return strlen(endings[i]);
    }
    return 0;
}

/* The run of one kind that starts at `text`; a special token ends it. */
static size_t
run_at(const char *text, const char *const *specials)
{
    Kind kind = kind_of(g_utf8_get_char(text));
    const char *end = g_utf8_next_char(text);
    size_t size;

    if (kind == KIND_NUMBER)
        return end - text;
    while (*end && kind_of(g_utf8_get_char(end)) == kind && special_at(end, specials, &size) < 0)
        end = g_utf8_next_char(end);
    return end - text;
}

GArray *
tokenizer_words(const char *text, const char *const *specials)
{
    GArray *words = g_array_new(FALSE, FALSE, sizeof(TokenWord));

    while (*text) {
        TokenWord word = {.start = text};

        if (kind_of(g_utf8_get_char(text)) == KIND_SPACE) {
            text = g_utf8_next_char(text);
            continue;
        }
        word.special = special_at(text, specials, &word.size);
        if (word.special < 0)
            word.size = contraction_at(text);
        if (word.size == 0)
            word.size = run_at(text, specials);
        g_array_append_val(words, word);
        text += word.size;
    }
    return words;
}

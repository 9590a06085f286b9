/* SPDX-License-Identifier: Apache-2.0 */
/* PNG files from an input. Checksums and compression would stop nearly every change that chance
 * makes, so they are made here. */
#include <string.h>
#include <zlib.h>

#include "app/trace/random.h"
#include "tests/fuzz/picture_input.h"

enum { N_SIGNATURE = 8, N_CHUNK = 12, MAX_TEXTS = 8 }; /* a chunk: length, type, data, checksum */

static guint32
get_u32(const guint8 *bytes)
{
    return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

static void
put_u32(guint8 *bytes, guint32 value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (guint8)(value >> (24 - 8 * i));
}

void
picture_mend_checksums(GByteArray *png)
{
    size_t at = N_SIGNATURE;

    while (at + N_CHUNK <= png->len) {
        size_t size = get_u32(png->data + at);

        if (size > png->len - at - N_CHUNK)
            return;
        put_u32(png->data + at + 8 + size, (guint32)crc32(0, png->data + at + 4, (uInt)(4 + size)));
        at += N_CHUNK + size;
    }
}

static void
append_chunk(GByteArray *png, const char *type, const void *data, size_t size)
{
    guint8 number[4];

    put_u32(number, (guint32)size);
    g_byte_array_append(png, number, 4);
    g_byte_array_append(png, (const guint8 *)type, 4);
    g_byte_array_append(png, data, (guint)size);
    put_u32(number, 0);
    g_byte_array_append(png, number, 4);
}

static GByteArray *
compressed(const void *data, size_t size)
{
    uLongf room = compressBound(size);
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_set_size(bytes, (guint)room);
    compress2(bytes->data, &room, data, size, 1);
    g_byte_array_set_size(bytes, (guint)room);
    return bytes;
}

/* Up to a byte 0, as in the file. */
static GString *
take_text(FuzzInput *input)
{
    GString *text = g_string_new(NULL);
    uint8_t byte;

    while (input->size > 0 && (byte = fuzz_u8(input)) != 0)
        g_string_append_c(text, (char)byte);
    return text;
}

/* Keys of the product's own, by one byte, and any other. */
static void
append_text(GByteArray *png, FuzzInput *input)
{
    static const char *const keys[] = {
        "torchlight:layout",  "torchlight:palette",     "torchlight:rows",
        "torchlight:sides",   "torchlight:skipped",     "torchlight:provenance:link_type",
        "torchlight:sides\n", "torchlight:provenance:",
    };
    static const char *const types[] = {"tEXt", "zTXt", "iTXt"};
    uint8_t choice = fuzz_u8(input), kind = choice / 16 % 3;
    GString *key =
        choice % 16 < G_N_ELEMENTS(keys) ? g_string_new(keys[choice % 16]) : take_text(input);
    GString *value = take_text(input);
    g_autoptr(GByteArray) packed = compressed(value->str, value->len);
    g_autoptr(GByteArray) data = g_byte_array_new();
    bool is_packed = kind == 1 || (kind == 2 && choice >= 128);

    g_byte_array_append(data, (const guint8 *)key->str, (guint)key->len + 1);
    if (kind == 1)
        g_byte_array_append(data, (const guint8 *)"\0", 1);
    if (kind == 2)
        g_byte_array_append(data, (const guint8[]){is_packed, 0, 'e', 'n', 0, 0}, 6);
    g_byte_array_append(data, is_packed ? packed->data : (guint8 *)value->str,
                        is_packed ? packed->len : (guint)value->len);
    append_chunk(png, types[kind], data->data, data->len);
    g_string_free(key, TRUE);
    g_string_free(value, TRUE);
}

/* Pixels that are mostly exact colours. */
static GByteArray *
draw_rows(int height, size_t stride, uint8_t seed)
{
    static const guint8 colours[3][3] = {{0, 0, 255}, {255, 0, 0}, {0, 255, 0}};
    GByteArray *rows = g_byte_array_new();
    Random random = random_seeded(seed);
    int n_same = 0;
    guint32 colour = 0;

    g_byte_array_set_size(rows, (guint)(height * stride));
    for (int y = 0; y < height; y++) {
        guint8 *row = rows->data + y * stride;

        row[0] = seed % 8 < 5 ? 0 : (guint8)random_below(&random, 6); /* kind of filter */
        for (size_t x = 1; x < stride; x++) {
            if (x % 3 == 1 && n_same-- <= 0) {
                n_same = (int)random_below(&random, 64);
                colour = random_below(&random, 3);
            }
            row[x] = colours[colour][(x - 1) % 3];
            if (seed % 4 == 3 && random_below(&random, 8) == 0)
                row[x] = (guint8)random_next(&random);
        }
    }
    return rows;
}

void
picture_build(GByteArray *png, FuzzInput *input)
{
    static const guint8 kinds[][2] = {{8, 2}, {8, 2}, {8, 6}, {16, 2}, {8, 0},
                                      {1, 0}, {8, 3}, {2, 3}, {8, 4},  {16, 6}};
    static const int n_samples[7] = {1, 0, 3, 1, 2, 0, 4};
    const guint8 *kind = kinds[fuzz_u8(input) % G_N_ELEMENTS(kinds)];
    uint8_t choice = fuzz_u8(input), seed = fuzz_u8(input), height = fuzz_u8(input) % 40;
    guint32 width = choice % 4 == 3 ? fuzz_u8(input) * 16u : 1088 + choice % 2;
    size_t stride = 1 + ((size_t)width * kind[0] * n_samples[kind[1]] + 7) / 8;
    guint8 header[13] = {[8] = kind[0], kind[1], 0, 0, choice % 32 == 31};
    g_autoptr(GByteArray) rows = draw_rows(height, stride, seed);
    g_autoptr(GByteArray) packed = compressed(rows->data, rows->len);

    put_u32(header, width);
    put_u32(header + 4, height);
    g_byte_array_append(png, (const guint8 *)"\x89PNG\r\n\x1a\n", N_SIGNATURE);
    append_chunk(png, "IHDR", header, sizeof header);
    if (kind[1] == 3)
        append_chunk(png, "PLTE", "\0\0\xff\xff\0\0\0\xff\0", 9);
    for (int n = 0; input->size > 0 && n < MAX_TEXTS; n++)
        append_text(png, input);
    append_chunk(png, "IDAT", packed->data, packed->len);
    append_chunk(png, "IEND", "", 0);
    picture_mend_checksums(png);
}

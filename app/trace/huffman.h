/* SPDX-License-Identifier: Apache-2.0 */
/* Huffman codes as DEFLATE wants them (RFC 1951, 3.2.2): of bounded length, canonical, and with
 * their bits turned round, as they are sent. Private to app/trace. */
#pragma once

#include <glib.h>
#include <stdint.h>

enum { HUFFMAN_MAX_SYMBOLS = 286, HUFFMAN_MAX_LENGTH = 15 };

typedef struct {
    uint8_t lengths[HUFFMAN_MAX_SYMBOLS]; /* bits; 0: the symbol does not occur */
    uint16_t codes[HUFFMAN_MAX_SYMBOLS];  /* the first bit to send is the lowest */
} HuffmanCode;

/* A code for n symbols that occur so often, of at most max_length bits each. Two symbols at least
 * get a code, so that it is complete. */
void huffman_code_init(HuffmanCode *code, const uint32_t *counts, int n, int max_length);

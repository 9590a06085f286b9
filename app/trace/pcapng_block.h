/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of a pcapng stream, their byte order and their options. Private to app/trace. */
#pragma once

#include <stdio.h>

#include "app/trace/bytes.h"

typedef enum {
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_SYSDIG = 0x204,
    BLOCK_SYSDIG_2 = 0x216,
    BLOCK_SYSDIG_2_LARGE = 0x221,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_CUSTOM_NO_COPY = 0x40000bad,
} BlockType;

typedef struct {
    FILE *stream;                /* borrowed */
    bool big_endian;             /* this section */
    guint8 *held;                /* the body of the block read last */
    size_t room;                 /* bytes at held */
    guint64 offset, next_offset; /* of that block and of the one after it */
} BlockReader;

void block_reader_init(BlockReader *reader, FILE *stream);
void block_reader_clear(BlockReader *reader);

/* 1 a block, 0 the end of the file, -1 with *fault (static). The body of a section header, an
 * interface description or a packet is held until the next call; that of others is not, and
 * empty here. */
int block_reader_next(BlockReader *reader, guint32 *type, Bytes *body, const char **fault);

/* Numbers in the section's byte order; past the end 0. */
guint16 block_u16(const BlockReader *reader, Bytes bytes, size_t offset);
guint32 block_u32(const BlockReader *reader, Bytes bytes, size_t offset);
guint64 block_u64(const BlockReader *reader, Bytes bytes, size_t offset);

/* Takes the next option off rest: 1, 0 when there is none, -1 with *fault when it runs past its
 * block. */
int block_next_option(const BlockReader *reader, Bytes *rest, int *code, Bytes *value,
                      const char **fault);

static inline int
block_fail(const char **fault, const char *text)
{
    *fault = text;
    return -1;
}

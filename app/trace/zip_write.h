/* SPDX-License-Identifier: Apache-2.0 */
/* A zip archive written to a stream front to back in constant memory, deflated, with zip64 sizes
 * (APPNOTE 6.3; RFC 1951). Every member begins with a head of a fixed size that is given when the
 * member ends: what a header says of its data need not be known before. The same members give the
 * same bytes: no time stands in it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct ZipWriter ZipWriter;

/* stream is seekable and borrowed; whether every write went well is asked of it (ferror). */
ZipWriter *zip_writer_new(FILE *stream);
void zip_writer_free(ZipWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZipWriter, zip_writer_free)

/* Starts a member whose head has head_size bytes (1 to 65535). */
void zip_writer_begin(ZipWriter *writer, const char *name, size_t head_size);
void zip_writer_add(ZipWriter *writer, const void *data, size_t size);
/* Ends the member; head has the size that was said. */
void zip_writer_end(ZipWriter *writer, const void *head);
/* Writes the directory. False when the archive is not whole: a member that did not compress, or a
 * stream that cannot be sought. */
bool zip_writer_finish(ZipWriter *writer);

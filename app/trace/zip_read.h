/* SPDX-License-Identifier: Apache-2.0 */
/* A zip archive of a few members, stored or deflated, zip64 or not, read member by member. It may
 * come from anybody: every offset and size is checked against the file, every member against its
 * checksum, and nothing is inflated further than the archive says. Errors name the file. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct ZipReader ZipReader;

ZipReader *zip_reader_open(const char *path, GError **error);
void zip_reader_close(ZipReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZipReader, zip_reader_close)

int zip_reader_n(const ZipReader *reader);
const char *zip_reader_name(const ZipReader *reader, int i); /* borrowed */
/* The number of a member, -1 when there is none of that name. */
int zip_reader_find(const ZipReader *reader, const char *name);

/* Begins member i; what was begun before is left. False: it is encrypted, of another method, or
 * its sizes do not fit. */
bool zip_reader_begin(ZipReader *reader, int i, GError **error);
/* Bytes of the member at hand that were not read yet. */
guint64 zip_reader_left(const ZipReader *reader);
/* The next n bytes. False, without an error, when they are not there: zip_reader_end says why. */
bool zip_reader_read(ZipReader *reader, void *out, size_t n);
/* True when the member was read to its end and its checksum holds. */
bool zip_reader_end(ZipReader *reader, GError **error);

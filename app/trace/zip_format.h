/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the zip format (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5). Private to app/trace. */
#pragma once

enum {
    ZIP_LOCAL = 0x04034b50,
    ZIP_ENTRY = 0x02014b50, /* of the central directory */
    ZIP_END = 0x06054b50,
    ZIP_END_64 = 0x06064b50,
    ZIP_LOCATOR_64 = 0x07064b50,
};

/* Bytes of the fixed parts. */
enum {
    ZIP_LOCAL_SIZE = 30,
    ZIP_ENTRY_SIZE = 46,
    ZIP_END_SIZE = 22,
    ZIP_END_64_SIZE = 56,
    ZIP_LOCATOR_64_SIZE = 20,
};

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8, ZIP_VERSION_64 = 45, ZIP_EXTRA_64 = 0x0001 };

/* Stands in a 32-bit field whose value is in the zip64 extra field or record. */
#define ZIP_IN_64 G_GUINT64_CONSTANT(0xffffffff)

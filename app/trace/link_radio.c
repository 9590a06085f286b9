/* SPDX-License-Identifier: Apache-2.0 */
/* IEEE 802.11: data frames, and the headers that capturing radios put before them. */
#include "app/trace/link.h"

enum {
    TYPE_MANAGEMENT = 0,
    TYPE_CONTROL = 1,
    TYPE_DATA = 2,
    SUBTYPE_NO_DATA = 4, /* a bit */
    SUBTYPE_QOS = 8,     /* a bit */
    FLAG_TO_DS = 0x01,
    FLAG_FROM_DS = 0x02,
    FLAG_PROTECTED = 0x40,
    FLAG_ORDER = 0x80, /* of QoS data: an HT control field */
    QOS_AMSDU = 0x80,
};
enum {
    RADIOTAP_TSFT = 1u << 0,
    RADIOTAP_FLAGS = 1u << 1,
    RADIOTAP_MORE = 1u << 31, /* another word of bits */
    RADIOTAP_FCS_AT_END = 0x10,
    RADIOTAP_DATA_PAD = 0x20,
    RADIOTAP_BAD_FCS = 0x40,
};
enum { PPI_80211_COMMON = 2, PPI_FCS_AT_END = 1, PPI_BAD_FCS = 4 };
enum { FCS_SIZE = 4, PRISM_SIZE = 144, LINK_80211 = 105 };

/* Little-endian, -1 past the end. */
static int
u16_le(Bytes bytes, size_t offset)
{
    int number = bytes_u16(bytes, offset);

    return number < 0 ? -1 : number >> 8 | (number & 0xff) << 8;
}

static gint64
u32_le(Bytes bytes, size_t offset)
{
    gint64 low = u16_le(bytes, offset), high = u16_le(bytes, offset + 2);

    return low < 0 || high < 0 ? -1 : high << 16 | low;
}

static gint64
u32_be(Bytes bytes, size_t offset)
{
    gint64 high = bytes_u16(bytes, offset), low = bytes_u16(bytes, offset + 2);

    return low < 0 || high < 0 ? -1 : high << 16 | low;
}

static void
drop_fcs(Frame *frame)
{
    frame->wire_size -= MIN(frame->wire_size, FCS_SIZE);
    frame->bytes = bytes_first(frame->bytes, frame->wire_size);
}

/* Size of the header of a data frame; 0 when it was cut. */
static size_t
data_header_size(Bytes bytes, int subtype, int flags, bool *is_aggregate)
{
    bool four_addresses = (flags & FLAG_TO_DS) && (flags & FLAG_FROM_DS);
    size_t size = four_addresses ? 30 : 24;

    *is_aggregate = false;
    if (subtype & SUBTYPE_QOS) {
        int qos = bytes_u8(bytes, size);

        if (qos < 0)
            return 0;
        *is_aggregate = qos & QOS_AMSDU;
        size += flags & FLAG_ORDER ? 6 : 2;
    }
    return size;
}

static bool
skip_data(Frame *frame, int subtype, int flags, bool is_padded, SkipReason *reason)
{
    int sequence = u16_le(frame->bytes, 22);
    bool is_aggregate;
    size_t size;

    if (subtype & SUBTYPE_NO_DATA)
        return skip_because(reason, "802.11 data frame without data", 0);
    if (flags & FLAG_PROTECTED)
        return skip_because(reason, "802.11 encrypted data", 0);
    size = data_header_size(frame->bytes, subtype, flags, &is_aggregate);
    if (size == 0 || sequence < 0)
        return skip_cut(reason);
    if (is_aggregate)
        return skip_because(reason, "802.11 A-MSDU", 0);
    if (sequence & 15)
        return skip_because(reason, "802.11 later fragment", 0);
    frame_skip(frame, is_padded ? (size + 3) / 4 * 4 : size);
    return link_skip_llc(frame, reason);
}

static bool
skip_80211(Frame *frame, bool is_padded, SkipReason *reason)
{
    int control = bytes_u8(frame->bytes, 0), flags = bytes_u8(frame->bytes, 1);

    if (flags < 0)
        return skip_cut(reason);
    if (control & 3)
        return skip_because(reason, "802.11 version %u", control & 3);
    switch (control >> 2 & 3) {
    case TYPE_DATA:
        return skip_data(frame, control >> 4, flags, is_padded, reason);
    case TYPE_MANAGEMENT:
        return skip_because(reason, "802.11 management frame", 0);
    case TYPE_CONTROL:
        return skip_because(reason, "802.11 control frame", 0);
    default:
        return skip_because(reason, "802.11 extension frame", 0);
    }
}

bool
link_skip_80211(Frame *frame, SkipReason *reason)
{
    return skip_80211(frame, false, reason);
}

/* The flags field is the second of those that bits announce: only the 64-bit TSFT can be before
 * it, aligned as all fields are (radiotap.org). */
static int
radiotap_flags(Bytes header)
{
    gint64 present = u32_le(header, 4), more = present;
    size_t offset = 8;

    while (more >= 0 && more & RADIOTAP_MORE) {
        more = u32_le(header, offset);
        offset += 4;
    }
    if (more < 0 || !(present & RADIOTAP_FLAGS))
        return 0;
    if (present & RADIOTAP_TSFT)
        offset = (offset + 7) / 8 * 8 + 8;
    return MAX(bytes_u8(header, offset), 0);
}

bool
link_skip_radiotap(Frame *frame, SkipReason *reason)
{
    int version = bytes_u8(frame->bytes, 0), size = u16_le(frame->bytes, 2), flags;

    if (version > 0)
        return skip_because(reason, "radiotap version %u", (unsigned)version);
    if (size >= 0 && size < 8)
        return skip_because(reason, "radiotap header of %u bytes", (unsigned)size);
    if (size < 0 || (size_t)size > frame->bytes.size)
        return skip_cut(reason);
    flags = radiotap_flags(bytes_first(frame->bytes, (size_t)size));
    if (flags & RADIOTAP_BAD_FCS)
        return skip_because(reason, "802.11 with a bad checksum", 0);
    frame_skip(frame, (size_t)size);
    if (flags & RADIOTAP_FCS_AT_END)
        drop_fcs(frame);
    return skip_80211(frame, flags & RADIOTAP_DATA_PAD, reason);
}

bool
link_skip_avs(Frame *frame, SkipReason *reason)
{
    gint64 size = u32_be(frame->bytes, 4);

    if (size >= 0 && size < 8)
        return skip_because(reason, "AVS header of %u bytes", (unsigned)size);
    if (size < 0 || (size_t)size > frame->bytes.size)
        return skip_cut(reason);
    frame_skip(frame, (size_t)size);
    return skip_80211(frame, false, reason);
}

/* Some drivers give an AVS header under this link type. A Prism header begins with 0x41 or 0x44
 * and its length, in the byte order of the capturing host. */
bool
link_skip_prism(Frame *frame, SkipReason *reason)
{
    gint64 big = u32_be(frame->bytes, 0), little = u32_le(frame->bytes, 0), size = PRISM_SIZE;

    if ((big & 0xfffff000) == 0x80211000)
        return link_skip_avs(frame, reason);
    if (big == 0x41 || big == 0x44)
        size = u32_be(frame->bytes, 4);
    else if (little == 0x41 || little == 0x44)
        size = u32_le(frame->bytes, 4);
    if (size >= 0 && size < 8)
        return skip_because(reason, "Prism header of %u bytes", (unsigned)size);
    if (size < 0 || (size_t)size > frame->bytes.size)
        return skip_cut(reason);
    frame_skip(frame, (size_t)size);
    return skip_80211(frame, false, reason);
}

/* Flags of the 802.11-Common field, behind its 64-bit timer; 0 when there is none. */
static int
ppi_flags(Bytes header)
{
    Bytes fields = bytes_from(header, 8);
    bool is_aligned = bytes_u8(header, 1) & 1;

    while (fields.size >= 4) {
        int size = u16_le(fields, 2);

        if (u16_le(fields, 0) == PPI_80211_COMMON)
            return MAX(u16_le(fields, 4 + 8), 0);
        fields = bytes_from(fields, 4 + (size_t)(is_aligned ? (size + 3) / 4 * 4 : size));
    }
    return 0;
}

bool
link_skip_ppi(Frame *frame, int *link_type, SkipReason *reason)
{
    int size = u16_le(frame->bytes, 2), flags;
    gint64 inside = u32_le(frame->bytes, 4);

    if (size >= 0 && size < 8)
        return skip_because(reason, "PPI header of %u bytes", (unsigned)size);
    if (size < 0 || inside < 0 || (size_t)size > frame->bytes.size)
        return skip_cut(reason);
    *link_type = inside > G_MAXINT ? -1 : (int)inside;
    flags = *link_type == LINK_80211 ? ppi_flags(bytes_first(frame->bytes, (size_t)size)) : 0;
    if (flags & PPI_BAD_FCS)
        return skip_because(reason, "802.11 with a bad checksum", 0);
    frame_skip(frame, (size_t)size);
    if (flags & PPI_FCS_AT_END)
        drop_fcs(frame);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Header bytes to trits: eight cells at a time, without a branch per bit. */
#include "app/trace/codec.h"

#include <string.h>

void
codec_init(Codec *codec, const Layout *layout)
{
    CodecRun *run = NULL;

    *codec = (Codec){.layout = layout};
    for (int i = 0; i < layout->n_fields; i++) {
        const Field *field = &field_table[layout->fields[i].field];
        const Field *before = i > 0 ? &field_table[layout->fields[i - 1].field] : NULL;

        if (before && before->header == field->header &&
            before->bit_offset + before->width == field->bit_offset) {
            run->n_bytes += field->width; /* bits, until the end */
            continue;
        }
        g_assert(codec->n_runs < (int)G_N_ELEMENTS(codec->runs));
        run = &codec->runs[codec->n_runs++];
        *run = (CodecRun){field->header, field->bit_offset, field->width,
                          layout->fields[i].first_column};
    }
    for (int i = 0; i < codec->n_runs; i++) {
        run = &codec->runs[i];
        g_assert(run->first_byte % 8 == 0 && run->n_bytes % 8 == 0);
        run->first_byte /= 8;
        run->n_bytes /= 8;
    }
}

/* Eight trits of a byte, most significant bit first. */
static inline void
trits_from_byte(int8_t *trits, uint8_t byte)
{
    uint64_t spread = byte * 0x0101010101010101u & 0x0102040810204080u;

    spread = GUINT64_TO_LE((spread + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u);
    memcpy(trits, &spread, sizeof spread);
}

/* False when any of the eight is -1. */
static inline bool
byte_from_trits(const int8_t *trits, uint8_t *byte)
{
    uint64_t spread;

    memcpy(&spread, trits, sizeof spread);
    spread = GUINT64_FROM_LE(spread);
    if (spread & 0x8080808080808080u)
        return false;
    *byte = (uint8_t)((spread & 0x0101010101010101u) * 0x8040201008040201u >> 56);
    return true;
}

static bool
skip(SkipReason *reason, const char *format, int number)
{
    *reason = (SkipReason){format, (unsigned)number};
    return false;
}

static const char *
protocol_reason(const Packet *packet)
{
    bool v4 = packet->family == 4;

    switch (packet->protocol) {
    case 2:
        return v4 ? "IPv4 IGMP" : "IPv6 IGMP";
    case 4:
        return v4 ? "IPv4 in IPv4" : "IPv4 in IPv6";
    case 41:
        return v4 ? "IPv6 in IPv4" : "IPv6 in IPv6";
    case 47:
        return v4 ? "IPv4 GRE" : "IPv6 GRE";
    case 50:
        return v4 ? "IPv4 ESP" : "IPv6 ESP";
    case 51:
        return "IPv4 AH";
    case 58:
        return v4 ? "IPv4 ICMPv6" : "IPv6 ICMPv6";
    case 89:
        return v4 ? "IPv4 OSPF" : "IPv6 OSPF";
    case 132:
        return v4 ? "IPv4 SCTP" : "IPv6 SCTP";
    default:
        return v4 ? "IPv4 protocol %u" : "IPv6 protocol %u";
    }
}

static bool
packet_is_transport(const Packet *packet, SkipReason *reason)
{
    if (packet->extended)
        return skip(reason, "IPv6 extension header", 0);
    if (packet->protocol < 0)
        return skip(reason,
                    packet->family == 4 ? "IPv4 header cut before its protocol"
                                        : "IPv6 header cut before its protocol",
                    0);
    if (packet->protocol != 1 && packet->protocol != 6 && packet->protocol != 17)
        return skip(reason, protocol_reason(packet), packet->protocol);
    return true;
}

bool
codec_encode(const Codec *codec, const Packet *packet, int8_t *trits, SkipReason *reason)
{
    bool any = false;

    if (codec->layout->transport_only && !packet_is_transport(packet, reason))
        return false;
    for (int i = 0; i < codec->n_runs; i++)
        any |= packet->header[codec->runs[i].header].size > (size_t)codec->runs[i].first_byte;
    if (!any && !codec->keep_empty)
        return skip(reason,
                    packet->family == 6 ? "IPv6 without a captured transport header"
                                        : "no header of the layout",
                    0);
    memset(trits, -1, codec->layout->n_columns);
    for (int i = 0; i < codec->n_runs; i++) {
        const CodecRun *run = &codec->runs[i];
        Bytes bytes =
            bytes_first(bytes_from(packet->header[run->header], run->first_byte), run->n_bytes);

        for (size_t byte = 0; byte < bytes.size; byte++)
            trits_from_byte(trits + run->first_column + byte * 8, bytes.data[byte]);
    }
    return true;
}

void
codec_encode_extra(const TraceExtra *extra, const Packet *packet, int8_t *trits)
{
    Bytes parts[2] = {bytes_first(packet->ethernet, extra->ethernet ? ETHERNET_BITS / 8 : 0),
                      bytes_first(packet->payload, extra->payload_bytes)};

    memset(trits, -1, trace_extra_width(extra));
    for (int part = 0; part < 2; part++) {
        int8_t *at = part == 1 && extra->ethernet ? trits + ETHERNET_BITS : trits;

        for (size_t byte = 0; byte < parts[part].size; byte++)
            trits_from_byte(at + byte * 8, parts[part].data[byte]);
    }
}

int
codec_decode_extra(const Trace *trace, int row, bool payload, uint8_t *bytes, int max)
{
    int size = payload ? trace->extra.payload_bytes : ETHERNET_BITS / 8, n = 0;
    const int8_t *trits;

    if (!trace->extra_trits || (!payload && !trace->extra.ethernet))
        return 0;
    trits = trace_extra_row(trace, row) + (payload && trace->extra.ethernet ? ETHERNET_BITS : 0);
    while (n < MIN(size, max) && byte_from_trits(trits + 8 * n, &bytes[n]))
        n++;
    return n;
}

int
codec_decode(const Codec *codec, const int8_t *trits, Header header, uint8_t bytes[60])
{
    const Layout *layout = codec->layout;
    bool v4 = header == HEADER_IPV4;
    FieldId src = v4 ? FIELD_IPV4_SRC : FIELD_IPV6_SRC;
    int n = 0;

    for (int i = 0; i < codec->n_runs; i++) {
        const CodecRun *run = &codec->runs[i];
        const int8_t *cells = trits + run->first_column;
        int end = run->first_byte + run->n_bytes;

        if (run->header != header || run->first_byte != n)
            continue;
        while (n < end && byte_from_trits(cells + (n - run->first_byte) * 8, &bytes[n]))
            n++;
        /* Addresses that the layout leaves out stand here. */
        if ((v4 || header == HEADER_IPV6) && layout->column_of[src] < 0 &&
            n * 8 == field_table[src].bit_offset) {
            int gap = v4 ? 8 : 32;
            memset(bytes + n, 0, gap);
            n += gap;
        }
    }
    return n;
}

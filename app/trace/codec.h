/* SPDX-License-Identifier: Apache-2.0 */
/* Between packets and rows: header bytes to trits and back.
 *
 * A row can be written as a packet exactly when reading that packet back gives the same trits.
 * packet_build makes the packet and checks that; it repairs nothing. What a row does not hold:
 *   addresses    from rows[].src and dst, else the documentation addresses by direction
 *   IPv6 header  under a layout without one, from rows[].src of family 6: hop limit 64, no label
 *   extensions   an ipv6_nh that names an extension header is followed by one of 8 bytes (12 for
 *                authentication) that does nothing
 *   Ethernet     by MacPolicy; as it was where its bits are kept and no policy asks otherwise
 *   payload      by PayloadPolicy (under zeros, the bits that are kept come first), as many bytes
 * as ipv4_tl or ipv6_len states, or, where that is less than the headers, rows[].length, or udp_len
 * A header that ends early, and a protocol whose header the layout cannot hold, end the captured
 * bytes there; the length on the wire stays what the header states. */
#pragma once

#include "app/trace/capture.h"
#include "app/trace/packet.h"

/* Runs of columns that are whole bytes of one header. */
typedef struct {
    Header header;
    int first_byte, n_bytes;
    int first_column;
} CodecRun;

typedef struct {
    const Layout *layout;
    CodecRun runs[2 * N_HEADERS + 2];
    int n_runs;
    /* Transport packets without any of the layout's headers make a row too, of absence: nPrint
     * prints them. Off at first. */
    bool keep_empty;
} Codec;

void codec_init(Codec *codec, const Layout *layout);

/* Fills one row of trits. False and reason, with the trits untouched, when the packet has none of
 * the layout's headers, or the layout takes transport packets only and it is none. */
bool codec_encode(const Codec *codec, const Packet *packet, int8_t *trits, SkipReason *reason);

/* Fills the bits that extra asks for (Trace.extra_trits of a row). */
void codec_encode_extra(const TraceExtra *extra, const Packet *packet, int8_t *trits);

/* The known bytes of the extra bits from their first on, at most max, and how many: of the payload,
 * or of the Ethernet header. None where the trace has no such bits. */
int codec_decode_extra(const Trace *trace, int row, bool payload, uint8_t *bytes, int max);

/* The known bytes of one header from its first on, and how many: addresses the layout leaves out
 * count as known and are zero. */
int codec_decode(const Codec *codec, const int8_t *trits, Header header, uint8_t bytes[60]);

/* Fills bytes with the IPv6 extension header that stands where ipv6_nh names one of kind, and that
 * protocol follows. Its size; 0 where kind is no extension header. */
int ipv6_extension_fill(uint32_t kind, uint8_t protocol, uint8_t bytes[12]);

enum {
    PACKET_MAX_CAPTURED = 262144, /* libpcap's largest snaplen */
    ETHERNET_SIZE = 14,
};

typedef struct {
    GByteArray *bytes;    /* Ethernet frame as captured */
    uint32_t wire_length; /* of the frame */
} BuiltPacket;

/* Builds the packet of a row into *built (bytes are replaced). False when the row is no packet. */
bool packet_build(const Codec *codec, const Trace *trace, int row, const WritePolicy *policy,
                  BuiltPacket *built);

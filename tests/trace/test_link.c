/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers: where the IP header begins, and by which name a frame without one is counted. What
 * has an IP header here was checked to have one for tshark 4.0, frame by frame. */
#include <string.h>

#include "app/trace/link.h"
#include "tests/trace/support.h"

/* IPv4 10.0.0.1 > 10.0.0.2, UDP 53 > 1000; total length 0, so that the wire says how long it is. */
static const guint8 udp_packet[28] = {0x45, 0x00, 0x00, 0x00, 0x12, 0x34, 0x00, 0x00, 0x40, 0x11,
                                      0xbe, 0xef, 10,   0,    0,    1,    10,   0,    0,    2,
                                      0x00, 0x35, 0x03, 0xe8, 0x00, 0x08, 0x12, 0x34};

#define MAC_1 "\2\0\0\0\0\1"
#define MAC_2 "\2\0\0\0\0\2"
#define ETHERNET MAC_1 MAC_2
#define SNAP "\xaa\xaa\3\0\0\0\x08\0"
/* The 24 bytes of an 802.11 header: frame control, addresses, sequence control. */
#define WLAN(CONTROL, FLAGS, FRAGMENT) CONTROL FLAGS "\0\0" MAC_1 MAC_2 MAC_1 FRAGMENT "\0"
#define DATA WLAN("\x08", "\1", "\x10")
#define QOS WLAN("\x88", "\1", "\x10")
#define ZEROS_8 "\0\0\0\0\0\0\0\0"
#define ZEROS_56 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8

typedef struct {
    int link_type;
    const char *link;
    size_t n_link;
    int n_trailer; /* bytes of checksum behind the packet */
    const char *reason;
} Case;
#define IP(TYPE, LINK)                                                                             \
    {                                                                                              \
        TYPE, LINK, sizeof(LINK) - 1, 0, NULL                                                      \
    }
#define IP_FCS(TYPE, LINK)                                                                         \
    {                                                                                              \
        TYPE, LINK, sizeof(LINK) - 1, 4, NULL                                                      \
    }
#define NO_IP(TYPE, LINK, REASON)                                                                  \
    {                                                                                              \
        TYPE, LINK, sizeof(LINK) - 1, 0, REASON                                                    \
    }

static const Case cases[] = {
    IP(1, ETHERNET "\x08\0"),
    IP(1, ETHERNET "\0\x24" SNAP),
    IP(1, ETHERNET "\0\x1f\6\6\3"),
    IP(1, ETHERNET "\x81\0\0\5\0\x24" SNAP),
    IP(1, ETHERNET "\0\x24\xaa\xaa\3\0\0\xf8\x08\0"),
    IP(1, ETHERNET "\x91\0\0\5\x81\0\0\6\x88\x64\x11\0\0\1\0\x1e\0\x21"),
    NO_IP(1, ETHERNET "\0\x26\x42\x42\3", "LLC to access point 0x42"),
    NO_IP(1, ETHERNET "\0\x26\xff\xff", "LLC to access point 0xff"),
    NO_IP(1, ETHERNET "\0\x26\xaa\xaa\3\0\0\x0c\x20\0", "SNAP of 0x00000c"),
    NO_IP(1, ETHERNET "\0\x26\xaa\xaa\3\0\0\0\0\x24", "ethertype 0x0024"),
    NO_IP(1, ETHERNET "\5\xf0", "ethertype 0x05f0"),
    NO_IP(1, ETHERNET "\x80\x35", "RARP"),
    NO_IP(1, ETHERNET "\x88\x63", "PPPoE discovery"),
    NO_IP(1, ETHERNET "\x88\xe5", "MACsec"),
    NO_IP(1, ETHERNET "\x88\x64\x11\0\0\1\0\x1e\xc0\x21", "PPP protocol 0xc021"),
    NO_IP(113, "\0\0\3\x38\0\0\0\0\0\0\0\0\0\0\x08\0", "netlink"),
    IP(113, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\0\4" SNAP),
    IP(50, "\x0f\0\x08\0"),
    IP(104, "\x0f\0\x08\0"),
    NO_IP(104, "\x8f\0\x20\0", "ethertype 0x2000"),
    IP(204, "\1\xff\3\0\x21"),
    IP(219, "\0\1\1\x40"),
    IP(239, "\2\0\0\0\x08\0\1\0\0\0\0\0\x06\0\x0a\0xy\0\0\x20\0\x09\0"),
    IP(239, "\2\0\0\0\0\x08\0\1\0\0\0\0\0\x20\0\x09"),
    NO_IP(239, "\7\0\0\0", "address family 7"),
    IP(242, ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 "\x08\0\0\0"),
    IP(258, "\x14\0\0\0\1\0\0\0\1\0\0\0" ZEROS_8 ETHERNET "\x08\0"),
    NO_IP(258, "\x04\0\0\0\1\0\0\0\1\0\0\0", "PKTAP header of 4 bytes"),
    NO_IP(258, "\x0c\0\0\0\1\0\0\0\xff\0\0\0", "link type 255"),
    IP(105, DATA SNAP),
    IP(105, DATA "\6\6\3"),
    IP(105, WLAN("\x08", "\x81", "\x10") SNAP), /* order, but no QoS: no HT control */
    IP(105, WLAN("\x08", "\3", "\x10") MAC_2 SNAP),
    IP(105, QOS "\0\0" SNAP),
    IP(105, WLAN("\x88", "\x83", "\x10") MAC_2 "\5\0\0\0\0\0" SNAP),
    IP(105, WLAN("\x18", "\1", "\x10") SNAP), /* CF-Ack */
    IP(105, WLAN("\x08", "\5", "\x10") SNAP), /* the first fragment */
    NO_IP(105, WLAN("\x08", "\1", "\x11"), "802.11 later fragment"),
    NO_IP(105, WLAN("\x08", "\x41", "\x10") SNAP, "802.11 encrypted data"),
    NO_IP(105, WLAN("\x48", "\1", "\x10"), "802.11 data frame without data"),
    NO_IP(105, WLAN("\xc8", "\1", "\x10") "\0\0", "802.11 data frame without data"),
    NO_IP(105, QOS "\x80\0", "802.11 A-MSDU"),
    NO_IP(105, WLAN("\x80", "\0", "\x10"), "802.11 management frame"),
    NO_IP(105, "\xd4\0\0\0" MAC_1, "802.11 control frame"),
    NO_IP(105, "\x0c\0", "802.11 extension frame"),
    NO_IP(105, "\x09\0", "802.11 version 1"),
    IP(127, "\0\0\x08\0\0\0\0\0" DATA SNAP),
    IP_FCS(127, "\0\0\x09\0\2\0\0\0\x10" DATA SNAP),
    IP_FCS(127, "\0\0\x11\0\3\0\0\0" ZEROS_8 "\x10" DATA SNAP),
    IP_FCS(127, "\0\0\x19\0\3\0\0\x80\0\0\0\xa0\0\0\0\x20" ZEROS_8 "\x10" DATA SNAP),
    IP(127, "\0\0\x09\0\2\0\0\0\x20" QOS "\0\0\0\0" SNAP),
    NO_IP(127, "\0\0\x09\0\2\0\0\0\x50" DATA SNAP, "802.11 with a bad checksum"),
    NO_IP(127, "\0\0\7\0", "radiotap header of 7 bytes"),
    NO_IP(127, "\1\0\x08\0", "radiotap version 1"),
    NO_IP(127, "\0\0\xff\xff", "frame cut before its IP header"),
    IP(192, "\0\0\x08\0\x69\0\0\0" DATA SNAP),
    IP(192, "\0\0\x08\0\1\0\0\0" ETHERNET "\x08\0"),
    IP_FCS(192, "\0\0\x20\0\x69\0\0\0\2\0\x14\0" ZEROS_8 "\1\0\0\0\0\0\0\0\0\0\0\0" DATA SNAP),
    NO_IP(192, "\0\0\4\0\x69\0\0\0", "PPI header of 4 bytes"),
    NO_IP(192, "\0\0\x08\0\xc0\0\0\0\0\0\x08\0\xc0\0\0\0\0\0\x08\0\xc0\0\0\0\0\0\x08\0\xc0\0\0\0",
          "more than 4 frames in each other"),
    IP(119, "\x44\0\0\0\x90\0\0\0" ZEROS_56 ZEROS_56 ZEROS_8 ZEROS_8 ZEROS_8 DATA SNAP),
    IP(119, "\0\0\0\x44\0\0\0\x90" ZEROS_56 ZEROS_56 ZEROS_8 ZEROS_8 ZEROS_8 DATA SNAP),
    IP(119, "\x80\x21\x10\1\0\0\0\x40" ZEROS_56 DATA SNAP),
    IP(163, "\x80\x21\x10\1\0\0\0\x40" ZEROS_56 DATA SNAP),
    NO_IP(163, "\x80\x21\x10\1\0\0\0\0", "AVS header of 0 bytes"),
    NO_IP(147, "", "link type 147"),
};

static GByteArray *
make_frame(const Case *it)
{
    GByteArray *frame = g_byte_array_new();
    static const guint8 checksum[4] = {0xde, 0xad, 0xbe, 0xef};

    g_byte_array_append(frame, (const guint8 *)it->link, (guint)it->n_link);
    g_byte_array_append(frame, udp_packet, sizeof udp_packet);
    g_byte_array_append(frame, checksum, (guint)it->n_trailer);
    return frame;
}

static void
test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) frame = make_frame(&cases[i]);
        g_autofree char *text = NULL;
        SkipReason reason;
        Packet packet;
        bool found = packet_parse(&packet, cases[i].link_type, (Bytes){frame->data, frame->len},
                                  frame->len, &reason);

        if (!found)
            text = skip_reason_to_string(&reason);
        if (g_strcmp0(text, cases[i].reason) != 0)
            g_error("case %zu, link type %d: “%s”, not “%s”", i, cases[i].link_type,
                    text ? text : "IP", cases[i].reason ? cases[i].reason : "IP");
        if (!found)
            continue;
        g_assert_cmpmem(packet.header[HEADER_UDP].data, packet.header[HEADER_UDP].size,
                        udp_packet + 20, 8);
        g_assert_cmpuint(packet.length, ==, sizeof udp_packet);
    }
}

/* Cut anywhere: a shorter packet or a reason, and no byte past the cut (the sanitizers look). */
static void
test_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) frame = make_frame(&cases[i]);

        for (guint n = 0; n < frame->len; n++) {
            g_autofree guint8 *part = g_memdup2(frame->data, n);
            SkipReason reason;
            Packet packet;

            if (!packet_parse(&packet, cases[i].link_type, (Bytes){part, n}, frame->len, &reason))
                continue;
            g_assert_null(cases[i].reason);
            g_assert_cmpuint(packet.length, ==, sizeof udp_packet);
            g_assert_cmpuint(packet.header[HEADER_IPV4].size, <=, 20);
        }
    }
}

/* Every case's link type is one that a capture may have, but for the last. */
static void
test_known(void)
{
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(cases); i++)
        g_assert_true(link_type_is_known(cases[i].link_type));
    g_assert_false(link_type_is_known(147));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/cases", test_cases);
    g_test_add_func("/link/cut", test_cut);
    g_test_add_func("/link/known", test_known);
    return g_test_run();
}

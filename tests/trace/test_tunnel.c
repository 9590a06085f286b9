/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels named by what their packets show, and what only looks like one is not. Of all that a lab
 * capture holds, eight bytes after the transport header have to do. */
#include "app/trace/tunnel.h"

#include <string.h>

#include "tests/trace/made_packets.h"
#include "tests/trace/support.h"

#define A "198.51.100.1"
#define B "203.0.113.9"

/* A packet of a conversation: the side that sends it, its payload, the length of that. In a
 * payload every 0xEE is the number of the repetition. */
typedef struct {
    int side;
    const char *payload;
    size_t n_payload;
    uint32_t length;
} Said;

#define SAID(side, text, length)                                                                   \
    {                                                                                              \
        side, text, sizeof(text) - 1, length                                                       \
    }

typedef struct {
    const char *name;
    int protocol;
    int port_a, port_b;
    int times; /* how often it is said over again */
    Tunnel tunnel;
    Said said[4];
} Case;

static const Case cases[] = {
    {"gre", 47, 0, 0, 1, TUNNEL_GRE, {SAID(0, "\0\0\x08\0", 80)}},
    {"ip in ip", 4, 0, 0, 1, TUNNEL_IPIP, {SAID(0, "\x45", 80)}},
    {"6in4", 41, 0, 0, 1, TUNNEL_6IN4, {SAID(0, "\x60", 80)}},
    {"esp", 50, 0, 0, 1, TUNNEL_IPSEC, {SAID(0, "\x12\x34\x56\x78\0\0\0\1", 80)}},
    {"ah", 51, 0, 0, 1, TUNNEL_IPSEC, {SAID(0, "\x04\x04\0\0\x12\x34\x56\x78", 80)}},
    {"nat-t",
     17,
     4500,
     4500,
     3,
     TUNNEL_IPSEC,
     {SAID(0, "\x22\x50\xd2\xd8\0\0\0\xee", 1416), SAID(1, "\xff", 1)}},
    {"ike alone", 17, 4500, 4500, 3, TUNNEL_NONE, {SAID(0, "\0\0\0\0\x12\x34\x56\x78", 300)}},
    {"rtp on 4500",
     17,
     4500,
     4500,
     30,
     TUNNEL_NONE,
     {SAID(0, "\x80\xe1\1\xee\xf7\xcb\x58\xee", 170)}},
    {"l2tp", 17, 1701, 1701, 1, TUNNEL_L2TP, {SAID(0, "\xc8\x02\0\x20\0\0\0\0", 32)}},
    {"gtp-u", 17, 2152, 2152, 1, TUNNEL_GTP_U, {SAID(0, "\x30\xff\0\x20\0\0\0\1", 40)}},
    {"gtp-u of a wrong length",
     17,
     2152,
     2152,
     5,
     TUNNEL_NONE,
     {SAID(0, "\x30\xff\0\x21\0\0\0\1", 40)}},
    {"vxlan", 17, 50000, 4789, 1, TUNNEL_VXLAN, {SAID(0, "\x08\0\0\0\0\0\x7b\0", 120)}},
    {"geneve", 17, 50000, 6081, 1, TUNNEL_GENEVE, {SAID(0, "\0\0\x65\x58\0\0\x7b\0", 120)}},
    {"teredo", 17, 50000, 3544, 1, TUNNEL_TEREDO, {SAID(0, "\x60\0\0\0\0\x18\x3a\x40", 64)}},
    {"wireguard",
     17,
     40000,
     51820,
     1,
     TUNNEL_WIREGUARD,
     {SAID(0, "\4\0\0\0\xa4\x63\x69\x54", 112)}},
    {"wireguard elsewhere",
     17,
     40000,
     443,
     3,
     TUNNEL_WIREGUARD,
     {SAID(0, "\4\0\0\0\xa4\x63\x69\x54", 112), SAID(1, "\4\0\0\0\x7e\xf2\x88\xa1", 1452)}},
    {"wireguard shakes hands",
     17,
     40000,
     9999,
     1,
     TUNNEL_WIREGUARD,
     {SAID(0, "\1\0\0\0\xc6\xcb\x48\x42", 148), SAID(1, "\2\0\0\0\x0b\x2e\xe3\x5c", 92),
      SAID(0, "\1\0\0\0\xc6\xcb\x48\x43", 148)}},
    {"as wireguard, other lengths",
     17,
     40000,
     51820,
     9,
     TUNNEL_NONE,
     {SAID(0, "\4\0\0\0\xa4\x63\x69\x54", 113), SAID(0, "\1\0\0\0\xa4\x63\x69\x54", 147)}},
    {"as wireguard, other indices",
     17,
     40000,
     9999,
     30,
     TUNNEL_NONE,
     {SAID(0, "\4\0\0\0\xa4\x63\x69\xee", 112)}},
    {"openvpn",
     17,
     40000,
     1194,
     4,
     TUNNEL_OPENVPN_UDP,
     {SAID(0, "\x48\0\0\3\0\0\0\xee", 90), SAID(1, "\x48\0\0\3\0\0\7\xee", 1360)}},
    {"openvpn elsewhere",
     17,
     40000,
     27458,
     4,
     TUNNEL_OPENVPN_UDP,
     {SAID(0, "\x48\0\0\0\0\0\0\xee", 90)}},
    {"openvpn shakes hands",
     17,
     40000,
     1234,
     4,
     TUNNEL_OPENVPN_UDP,
     {SAID(0, "\x38\x12\x34\x56\x78\x9a\xbc\xde", 54),
      SAID(1, "\x40\xf2\x34\x56\x78\x9a\xbc\xde", 66),
      SAID(0, "\x20\x12\x34\x56\x78\x9a\xbc\xde", 300),
      SAID(1, "\x28\xf2\x34\x56\x78\x9a\xbc\xde", 62)}},
    {"sip",
     17,
     5060,
     5060,
     30,
     TUNNEL_NONE,
     {SAID(0, "REGISTER", 500), SAID(1, "SIP/2.0 ", 400), SAID(0, "INVITE s", 700),
      SAID(0, "ACK sip:", 300)}},
    {"ssdp", 17, 1900, 1900, 30, TUNNEL_NONE, {SAID(0, "M-SEARCH", 120), SAID(1, "HTTP/1.1", 300)}},
    {"openvpn on tcp",
     6,
     40000,
     443,
     3,
     TUNNEL_OPENVPN_TCP,
     {SAID(0, "\0\x5b\x48\0\0\0\0\0", 93), SAID(1, "\0\x6b\x48\0\0\0\0\0", 109)}},
    {"openvpn on tcp, full segments",
     6,
     40000,
     443,
     9,
     TUNNEL_OPENVPN_TCP,
     {SAID(1, "\5\xaa\x48\0\0\0\0\0", 1460), SAID(1, "\x6a\xe7\xab\x3b\xf1\x59\x56\xee", 1460)}},
    {"dns on tcp", 6, 40000, 53, 9, TUNNEL_NONE, {SAID(0, "\0\x5b\x48\0\1\0\0\1", 93)}},
    {"dtls vpn", 17, 40000, 443, 20, TUNNEL_DTLS, {SAID(0, "\x17\xfe\xfd\0\1\0\0\0", 105)}},
    {"dtls elsewhere", 17, 40000, 5684, 20, TUNNEL_NONE, {SAID(0, "\x17\xfe\xfd\0\1\0\0\0", 105)}},
    {"dtls with stun",
     17,
     40000,
     443,
     20,
     TUNNEL_NONE,
     {SAID(0, "\x17\xfe\xfd\0\1\0\0\0", 105), SAID(0, "\0\1\0\x14\x21\x12\xa4\x42", 40)}},
    {"ssh", 6, 40000, 2222, 1, TUNNEL_SSH, {SAID(0, "SSH-2.0-", 21)}},
    {"ssh by its port",
     6,
     40000,
     22,
     1,
     TUNNEL_SSH,
     {SAID(0, "\xa1\xc7\x71\x46\x1d\x52\x40\xed", 604)}},
    {"tls", 6, 40000, 443, 30, TUNNEL_NONE, {SAID(0, "\x17\3\3\0\x9e\xe0\x8e\xb4", 163)}},
    {"quic", 17, 40000, 443, 200, TUNNEL_NONE, {SAID(0, "\x48\x9d\x12\xee\x91\x22\xee\x04", 1252)}},
    {"rtp",
     17,
     40000,
     24416,
     200,
     TUNNEL_NONE,
     {SAID(0, "\x80\x60\x0a\xee\x7c\x7d\xb1\x7e", 1100)}},
    {"gre on udp", 17, 40000, 4754, 3, TUNNEL_NONE, {SAID(0, "\0\0\x08\0\0\0\0\0", 80)}},
};

static void
say(FlowTable *table, const Case *what, const Said *said, int repetition)
{
    char payload[16];

    memcpy(payload, said->payload, said->n_payload);
    for (size_t i = 0; i < said->n_payload; i++) {
        if (payload[i] == '\xee')
            payload[i] = (char)repetition;
    }
    made_add(table,
             &(Made){.src = said->side ? B : A,
                     .dst = said->side ? A : B,
                     .protocol = what->protocol,
                     .src_port = said->side ? what->port_b : what->port_a,
                     .dst_port = said->side ? what->port_a : what->port_b,
                     .flags = TCP_ACK,
                     .payload = payload,
                     .n_payload = said->n_payload,
                     .length = said->length},
             repetition);
}

static Tunnel
tunnel_of(const Case *what, FlowBy by)
{
    g_autoptr(FlowTable) table = flow_table_new(by);

    for (int time = 0; time < what->times; time++) {
        for (size_t i = 0; i < G_N_ELEMENTS(what->said) && what->said[i].payload; i++)
            say(table, what, &what->said[i], time);
    }
    flow_table_finish(table);
    g_assert_cmpuint(flow_table_n_flows(table), ==, 1);
    return flow_table_flow(table, 1)->tunnel;
}

static void
test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Tunnel tuple = tunnel_of(&cases[i], FLOW_BY_TUPLE);
        Tunnel hosts = tunnel_of(&cases[i], FLOW_BY_HOSTS);

        if (tuple != cases[i].tunnel || hosts != cases[i].tunnel)
            g_error("%s is %s by tuple and %s by hosts, not %s", cases[i].name,
                    tunnel_to_name(tuple), tunnel_to_name(hosts), tunnel_to_name(cases[i].tunnel));
    }
}

/* Cut before what would prove it, nothing is named. */
static void
test_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Case cut = cases[i];

        for (size_t j = 0; j < G_N_ELEMENTS(cut.said); j++)
            cut.said[j].n_payload = MIN(cut.said[j].n_payload, 1);
        if (cut.protocol == 6 || cut.protocol == 17)
            g_assert_false(tunnel_is_named(tunnel_of(&cut, FLOW_BY_TUPLE)));
    }
}

static Tunnel
tunnel_of_random(int protocol, int n, int known_at, const char *known)
{
    g_autoptr(FlowTable) table = flow_table_new(FLOW_BY_TUPLE);
    GRand *random = g_rand_new_with_seed(11);

    for (int i = 0; i < n; i++) {
        guint32 words[2] = {g_rand_int(random), g_rand_int(random)};

        made_add(table,
                 &(Made){.src = A,
                         .dst = B,
                         .protocol = protocol,
                         .src_port = 40000,
                         .dst_port = 8388,
                         .flags = TCP_ACK,
                         .payload = i == known_at ? known : (char *)words,
                         .n_payload = 8,
                         .length = 1448},
                 i);
    }
    flow_table_finish(table);
    g_rand_free(random);
    return flow_table_flow(table, 1)->tunnel;
}

/* What looks random throughout may be anything, and says so. */
static void
test_random(void)
{
    g_assert_cmpint(tunnel_of_random(6, 300, -1, NULL), ==, TUNNEL_UNKNOWN);
    g_assert_cmpint(tunnel_of_random(17, 300, -1, NULL), ==, TUNNEL_UNKNOWN);
    g_assert_cmpint(tunnel_of_random(6, 100, -1, NULL), ==, TUNNEL_NONE); /* too few to tell */
    g_assert_cmpint(tunnel_of_random(6, 300, 70, "\x17\3\3\x40\x11\x17\xce\x87"), ==, TUNNEL_NONE);
    g_assert_cmpint(tunnel_of_random(6, 300, 0, "GET / HT"), ==, TUNNEL_NONE);
}

/* The sample captures are named after their tunnels. ssh cannot be told to carry one, and
 * shadowsocks is made to look like nothing. */
static void
test_samples(void)
{
    static const struct {
        const char *prefix;
        Tunnel tunnel;
    } expected[] = {{"wireguard_", TUNNEL_WIREGUARD},
                    {"openvpn-udp_", TUNNEL_OPENVPN_UDP},
                    {"openvpn-tcp_", TUNNEL_OPENVPN_TCP},
                    {"openconnect_", TUNNEL_DTLS},
                    {"ipsec_", TUNNEL_IPSEC},
                    {"ssh-tunnel_", TUNNEL_SSH},
                    {"shadowsocks_", TUNNEL_UNKNOWN},
                    {"none_", TUNNEL_NONE}};
    g_autofree char *folder = source_path("data/samples");
    g_autoptr(GPtrArray) files = list_files(folder, ".pcap");

    g_assert_cmpuint(files->len, >, 20);
    for (guint i = 0; i < files->len; i++) {
        g_autofree char *name = g_path_get_basename(files->pdata[i]);
        g_autoptr(FlowTable) table =
            flow_table_read(files->pdata[i], FLOW_BY_HOSTS, NULL, NULL, NULL);
        Tunnel tunnel = flow_table_biggest(table)->tunnel;
        bool found = false;

        for (size_t j = 0; j < G_N_ELEMENTS(expected); j++) {
            if (!g_str_has_prefix(name, expected[j].prefix))
                continue;
            found = true;
            if (tunnel != expected[j].tunnel)
                g_error("%s: %s", name, tunnel_to_name(tunnel));
        }
        g_assert_true(found);
    }
}

/* In the public captures only those that hold tunnels have some that are named. */
static void
test_corpus(void)
{
    g_autofree char *folder = shared_path_or_skip("traces/corpus");
    g_autoptr(GPtrArray) files = folder ? list_files(folder, ".pcap") : NULL;

    for (guint i = 0; files && i < files->len; i += is_sanitized() ? 5 : 1) {
        g_autofree char *name = g_path_get_basename(files->pdata[i]);
        g_autoptr(FlowTable) table =
            flow_table_read(files->pdata[i], FLOW_BY_TUPLE, NULL, NULL, NULL);
        bool carries_gtp = strstr(name, "zoom") || strstr(name, "rtmp");

        for (uint32_t number = 1; number <= flow_table_n_flows(table); number++) {
            Tunnel tunnel = flow_table_flow(table, number)->tunnel;

            if (tunnel_is_named(tunnel) && !g_str_has_prefix(name, "vpn-") &&
                !(carries_gtp && tunnel == TUNNEL_GTP_U))
                g_error("%s: flow %u is named %s", name, number, tunnel_to_name(tunnel));
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tunnel/cases", test_cases);
    g_test_add_func("/tunnel/cut", test_cut);
    g_test_add_func("/tunnel/random", test_random);
    g_test_add_func("/tunnel/samples", test_samples);
    g_test_add_func("/tunnel/corpus", test_corpus);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that promise a message: the ends of ranges, ports of both kinds, and whether the search
 * sees the whole table. */
#include "app/repair/port_table.h"

#include <glib.h>

enum { NEVER = 0xffff };

static void
test_known(void)
{
    static const struct {
        Header transport;
        uint16_t port;
        bool is_clean, is_never;
    } cases[] = {
        {HEADER_TCP, 443, true, false},  {HEADER_TCP, 80, true, false},
        {HEADER_TCP, 8388, true, false}, {HEADER_TCP, 49999, true, false},
        {HEADER_TCP, 22, false, false},  {HEADER_TCP, 53, false, false},
        {HEADER_TCP, 21, false, true},   {HEADER_TCP, 3306, false, true},
        {HEADER_TCP, 5999, true, false}, {HEADER_TCP, 6000, false, true},
        {HEADER_TCP, 6063, false, true}, {HEADER_TCP, 6064, true, false},
        {HEADER_UDP, 443, true, false},  {HEADER_UDP, 51820, true, false},
        {HEADER_UDP, 53, false, false},  {HEADER_UDP, 123, false, false},
        {HEADER_UDP, 67, false, true},   {HEADER_UDP, 68, false, true},
        {HEADER_UDP, 69, false, false},  {HEADER_UDP, 21, true, false},
        {HEADER_ICMP, 21, true, false},  {HEADER_IPV4, 67, true, false},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        int least = port_least_payload(cases[i].transport, cases[i].port);
        g_assert_cmpint(least == 0, ==, cases[i].is_clean);
        g_assert_cmpint(least == NEVER, ==, cases[i].is_never);
        g_assert_cmpint(port_needs_message(cases[i].transport, cases[i].port), ==,
                        cases[i].is_never);
    }
    /* What stands in every packet of these protocols: a DNS header, an NTP message. */
    g_assert_cmpint(port_least_payload(HEADER_UDP, 53), ==, 12);
    g_assert_cmpint(port_least_payload(HEADER_UDP, 123), ==, 48);
}

/* A table that is not sorted hides ports from the search: most would be clean then. */
static void
test_counts(void)
{
    int n_least[2] = {0, 0}, n_never[2] = {0, 0};

    for (int port = 0; port < 65536; port++) {
        for (int is_udp = 0; is_udp < 2; is_udp++) {
            Header transport = is_udp ? HEADER_UDP : HEADER_TCP;
            int least = port_least_payload(transport, (uint16_t)port);
            g_assert_cmpint(least, >=, 0);
            n_never[is_udp] += least == NEVER;
            n_least[is_udp] += least > 0 && least < NEVER;
        }
    }
    for (int is_udp = 0; is_udp < 2; is_udp++) {
        g_assert_cmpint(n_never[is_udp], >, 50);
        g_assert_cmpint(n_never[is_udp], <, 300);
        g_assert_cmpint(n_least[is_udp], >, 40);
        g_assert_cmpint(n_least[is_udp], <, 300);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/port-table/known", test_known);
    g_test_add_func("/port-table/counts", test_counts);
    return g_test_run();
}

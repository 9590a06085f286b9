/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses made and mapped, lists of them, the checksums that follow, hardware addresses. */
#include "app/trace/address_map.h"

#include <gio/gio.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/checksum.h"
#include "app/trace/codec.h"
#include "app/trace/flow.h"
#include "app/trace/mac.h"
#include "tests/trace/support.h"

static const AddressPolicy policies[] = {ADDRESSES_MIXED, ADDRESSES_DOCUMENTATION,
                                         ADDRESSES_PRIVATE, ADDRESSES_PERMUTE};

static Address
address(const char *text)
{
    Address made;

    g_assert_true(address_from_string(text, &made));
    return made;
}

static void
assert_address(const Address *is, const char *expected)
{
    g_autofree char *text = address_to_string(is);

    g_assert_cmpstr(text, ==, expected);
}

static bool
is_documentation(const Address *a)
{
    static const uint8_t v6[4] = {0x20, 0x01, 0x0d, 0xb8};
    static const uint8_t v4[3][3] = {{192, 0, 2}, {198, 51, 100}, {203, 0, 113}};

    if (a->family == 6)
        return memcmp(a->bytes, v6, 4) == 0;
    for (int i = 0; i < 3; i++) {
        if (memcmp(a->bytes, v4[i], 3) == 0)
            return true;
    }
    return a->bytes[0] == 198 && (a->bytes[1] & 0xfe) == 18; /* RFC 2544 */
}

static void
test_made(void)
{
    for (int family = 4; family <= 6; family += 2) {
        for (int role = 0; role < 2; role++) {
            g_autoptr(GHashTable) seen =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
            for (guint32 i = 0; i < 2000; i++) {
                Address a = address_made(ADDRESSES_MIXED, 7, family, role, i);
                g_assert_true(role ? address_is_private(&a) : is_documentation(&a));
                g_assert_false(address_is_special(&a));
                g_assert_true(g_hash_table_add(seen, address_to_string(&a)));
                a = address_made(ADDRESSES_DOCUMENTATION, 7, family, role, i);
                g_assert_true(is_documentation(&a));
                a = address_made(ADDRESSES_PRIVATE, 7, family, role, i);
                g_assert_true(address_is_private(&a));
            }
        }
    }
    Address one = address_made(ADDRESSES_AUTO, 1, 4, true, 0);
    Address other = address_made(ADDRESSES_AUTO, 2, 4, true, 0);
    g_assert_false(address_equal(&one, &other));
}

static int
common_bits(const Address *a, const Address *b)
{
    int n = 0;

    while (n < (a->family == 6 ? 128 : 32) &&
           ((a->bytes[n / 8] ^ b->bytes[n / 8]) & 0x80 >> n % 8) == 0)
        n++;
    return n;
}

/* Another host never gets the same address, the same always does; nobody's addresses stay. */
static void
test_map(void)
{
    static const char *const nobody[] = {"0.0.0.0", "127.0.0.1", "224.0.0.251", "255.255.255.255",
                                         "::",      "::1",       "ff02::fb"};

    for (guint p = 0; p < G_N_ELEMENTS(policies); p++) {
        g_autoptr(AddressMap) map = address_map_new(policies[p], 3);
        g_autoptr(AddressMap) same = address_map_new(policies[p], 3);
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (int i = 0; i < 1500; i++) {
            g_autofree char *text = i % 3 ? g_strdup_printf("17.%d.3.%d", i / 200, 1 + i % 200)
                                          : g_strdup_printf("2a00:%x::%x", i / 200, 1 + i % 200);
            Address old = address(text), new = address_map_get(map, &old, i % 2);
            Address again = address_map_get(map, &old, !(i % 2));
            Address by_same = address_map_get(same, &old, i % 2);
            g_assert_true(address_equal(&new, &again));
            g_assert_true(address_equal(&new, &by_same));
            g_assert_cmpint(new.family, ==, old.family);
            g_hash_table_add(seen, address_to_string(&new));
        }
        g_assert_cmpuint(g_hash_table_size(seen), ==, (guint)address_map_n_hosts(map));
        for (guint i = 0; i < G_N_ELEMENTS(nobody); i++) {
            Address old = address(nobody[i]), new = address_map_get(map, &old, false);
            assert_address(&new, nobody[i]);
        }
    }
}

static void
test_permute_keeps_prefixes(void)
{
    static const char *const hosts[] = {"17.1.2.3",    "17.1.2.200", "17.1.99.1",  "17.200.1.1",
                                        "93.184.1.1",  "8.8.8.8",    "2a00:1::1",  "2a00:1::2",
                                        "2a00:1:2::1", "2a10::1",    "2600:1:1::1"};

    for (guint64 seed = 0; seed < 20; seed++) {
        g_autoptr(AddressMap) map = address_map_new(ADDRESSES_PERMUTE, seed);
        for (guint i = 0; i < G_N_ELEMENTS(hosts); i++) {
            Address a = address(hosts[i]), new_a = address_map_get(map, &a, false);
            for (guint k = 0; k < i; k++) {
                Address b = address(hosts[k]), new_b = address_map_get(map, &b, false);
                if (a.family != b.family)
                    continue;
                /* One that came out as nobody's was permuted again. */
                if (seed == 5)
                    g_assert_cmpint(common_bits(&new_a, &new_b), ==, common_bits(&a, &b));
                g_assert_cmpint(common_bits(&new_a, &new_b), <, a.family == 6 ? 128 : 32);
            }
        }
    }
}

static void
test_list(void)
{
    static const char text[] = "old,new,mac\n"
                               "# a remark\n"
                               "\n"
                               "10.0.0.0/8, 172.16.0.0/8\n"
                               "10.1.2.3,203.0.113.9,00:11:22:33:44:55\r\n"
                               "2001:db8:1::/48,fd00:0:1::/48\n"
                               "192.0.2.7,,0a-00-00-00-00-01\n";
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "list.csv");
    g_autoptr(AddressMap) map = address_map_new(ADDRESSES_KEEP, 1);
    g_autoptr(GError) error = NULL;
    static const char *const expected[][2] = {
        {"10.1.2.3", "203.0.113.9"},
        {"10.9.8.7", "172.9.8.7"},
        {"2001:db8:1:5::6", "fd00:0:1:5::6"},
        {"192.0.2.7", "192.0.2.7"},
        {"8.8.8.8", "8.8.8.8"},
    };

    put_file(path, text, -1);
    address_map_read(map, path, &error);
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA); /* 172.16 is longer than 8 bits */
    assert_error_says(error, "line 4", "second cell", NULL);
    g_clear_error(&error);
    g_autoptr(GString) mended = g_string_new(text);
    g_string_replace(mended, "172.16.0.0/8", "172.0.0.0/8", 0);
    put_file(path, mended->str, -1);
    g_assert_true(address_map_read(map, path, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        Address old = address(expected[i][0]), new = address_map_get(map, &old, false);
        assert_address(&new, expected[i][1]);
    }
    Address host = address("203.0.113.9"), kept = address("192.0.2.7"), none = address("8.8.8.8");
    g_assert_cmpmem(address_map_mac(map, &host), 6, "\x00\x11\x22\x33\x44\x55", 6);
    g_assert_cmpmem(address_map_mac(map, &kept), 6, "\x0a\0\0\0\0\1", 6);
    g_assert_null(address_map_mac(map, &none));
    scratch_free(g_steal_pointer(&scratch));
}

/* Whoever is not on the list gets no address that the list gives. */
static void
test_list_and_rest(void)
{
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "list.csv");
    g_autoptr(AddressMap) map = address_map_new(ADDRESSES_DOCUMENTATION, 1);
    g_autoptr(GError) error = NULL;

    put_file(path, "8.8.0.0/24,192.0.2.0/24\n8.8.8.8,198.51.100.1\n", -1);
    g_assert_true(address_map_read(map, path, &error));
    for (int i = 0; i < 600; i++) {
        g_autofree char *text = g_strdup_printf("9.9.%d.%d", i / 250, 1 + i % 250);
        Address old = address(text), new = address_map_get(map, &old, false);
        g_autofree char *made = address_to_string(&new);
        g_assert_false(g_str_has_prefix(made, "192.0.2."));
        g_assert_cmpstr(made, !=, "198.51.100.1");
    }
    scratch_free(g_steal_pointer(&scratch));
}

static void
test_hostile_lists(void)
{
    static const char *const bad[] = {
        "1.2.3.4",
        "1.2.3.4,5.6.7.8,00:11:22:33:44:55,9",
        "1.2.3.4,::1",
        "1.2.3.4/33,1.2.3.4/33",
        "1.2.3.4/8,1.0.0.0/8",
        "1.0.0.0/8,2.0.0.0/9",
        "1.0.0.0/8/8,2.0.0.0/8",
        "1.0.0.0/,2.0.0.0/",
        "1.0.0.0/-1,2.0.0.0/-1",
        "1.0.0.0/18446744073709551616,2.0.0.0/8",
        "1.2.3.4,5.6.7.8,00:11:22:33:44",
        "1.2.3.4,5.6.7.8,01:11:22:33:44:55",
        "1.2.3.4,5.6.7.8,0g:11:22:33:44:55",
        "1.0.0.0/8,2.0.0.0/8,00:11:22:33:44:55",
        "1.2.3.4,5.6.7.8\n1.2.3.4,5.6.7.9",
        "1.2.3.4,5.6.7.8\n\xff\xfe,5.6.7.9",
        "1.2.3.4;5.6.7.8",
        ",1.2.3.4",
    };
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "list.csv");
    g_autoptr(AddressMap) map = address_map_new(ADDRESSES_AUTO, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) many = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        put_file(path, bad[i], -1);
        if (address_map_read(map, path, &error))
            g_error("taken as a list: %s", bad[i]);
        assert_error_says(error, "list.csv", "line", "old,new", NULL);
        g_clear_error(&error);
    }
    put_file(path, "1.2.3.4,5.6.7.8\0", 16);
    g_assert_false(address_map_read(map, path, &error));
    g_clear_error(&error);
    for (int i = 0; i < 17000; i++)
        g_string_append_printf(many, "1.%d.%d.1,2.%d.%d.1\n", i / 250, i % 250, i / 250, i % 250);
    put_file(path, many->str, -1);
    g_assert_false(address_map_read(map, path, &error));
    assert_error_says(error, "too many", NULL);
    g_clear_error(&error);
    g_string_set_size(many, 0);
    for (int i = 0; i < 2 << 20; i++)
        g_string_append_c(many, '\n');
    put_file(path, many->str, -1);
    g_assert_false(address_map_read(map, path, &error));
    g_clear_error(&error);
    g_assert_false(address_map_read(map, scratch, &error));
    g_clear_error(&error);
    g_assert_false(address_map_read(map, "/nowhere/list.csv", &error));
    scratch_free(g_steal_pointer(&scratch));
}

/* Every checksum of a row, by the headers alone as if zeros followed: what the map must keep. */
static void
sums_of_row(const Codec *codec, const Trace *trace, int row, guint32 sums[2])
{
    uint8_t ip[60] = {0}, transport[60] = {0};
    int n_ip = codec_decode(codec, trace_row(trace, row), HEADER_IPV4, ip);
    FlowKey key;

    flow_key_init(&key, trace, row);
    memcpy(ip + 12, key.src.bytes, 4);
    memcpy(ip + 16, key.dst.bytes, 4);
    sums[0] = checksum_add(0, ip, n_ip) % 0xffff;
    int n = codec_decode(codec, trace_row(trace, row), HEADER_TCP, transport);
    if (n == 0)
        n = codec_decode(codec, trace_row(trace, row), HEADER_UDP, transport);
    sums[1] = checksum_add(checksum_add(0, ip + 12, 8), transport, n) % 0xffff;
}

static void
test_checksums_follow(void)
{
    g_autofree char *sample = source_path("data/samples/none_web_http2_00003.pcap");

    for (guint i = 0; i < 2 * G_N_ELEMENTS(policies); i++) {
        g_autoptr(Trace) trace = trace_read_capture(sample, layout_nth(i % 2), 400, NULL, NULL);
        g_autoptr(Trace) mapped = trace_copy(trace);
        g_autoptr(AddressMap) map = address_map_new(policies[i / 2], i);
        Codec codec;
        int n_changed = 0;

        codec_init(&codec, trace->layout);
        trace_map_addresses(mapped, map);
        for (int row = 0; row < trace->n_rows; row++) {
            guint32 before[2], after[2];
            FlowKey key, old;
            sums_of_row(&codec, trace, row, before);
            sums_of_row(&codec, mapped, row, after);
            g_assert_cmphex(before[0], ==, after[0]);
            g_assert_cmphex(before[1], ==, after[1]);
            flow_key_init(&key, mapped, row);
            flow_key_init(&old, trace, row);
            n_changed += !address_equal(&key.src, &old.src);
            g_assert_true(address_equal(&key.src, &mapped->rows[row].src));
            g_assert_true(address_equal(&key.dst, &mapped->rows[row].dst));
        }
        g_assert_cmpint(n_changed, ==, trace->n_rows);
    }
}

/* A list and its inverse: the bytes of the capture come back. */
static void
test_map_and_back(void)
{
    g_autofree char *sample = source_path("data/samples/none_web_http2_00003.pcap");
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "list.csv");

    for (int layout = 0; layout < 2; layout++) {
        g_autoptr(Trace) trace = trace_read_capture(sample, layout_nth(layout), 0, NULL, NULL);
        g_autoptr(Trace) mapped = trace_copy(trace);
        for (int back = 0; back < 2; back++) {
            g_autoptr(AddressMap) map = address_map_new(ADDRESSES_KEEP, 0);
            put_file(path,
                     back ? "64.0.0.0/2,0.0.0.0/2\n0.0.0.0/2,64.0.0.0/2\n"
                            "192.0.0.0/2,128.0.0.0/2\n128.0.0.0/2,192.0.0.0/2\n"
                          : "0.0.0.0/2,64.0.0.0/2\n64.0.0.0/2,0.0.0.0/2\n"
                            "128.0.0.0/2,192.0.0.0/2\n192.0.0.0/2,128.0.0.0/2\n",
                     -1);
            g_assert_true(address_map_read(map, path, NULL));
            trace_map_addresses(mapped, map);
            for (int row = 0; row < trace->n_rows && !back; row++)
                g_assert_false(address_equal(&trace->rows[row].src, &mapped->rows[row].src));
        }
        assert_same_trits("mapped and back", trace, mapped);
        assert_same_sides("mapped and back", trace, mapped, TRACE_HAS_ADDRESSES);
    }
    scratch_free(g_steal_pointer(&scratch));
}

static void
test_macs(void)
{
    Address near = address("192.168.1.2"), far = address("203.0.113.1"),
            farther = address("198.51.100.9"), group = address("224.1.2.3"),
            all = address("255.255.255.255"), group6 = address("ff02::1:2"),
            near6 = address("fd00::1");
    WritePolicy derived = {.seed = 1}, drawn = {.seed = 1, .macs = MACS_RANDOM}, other = drawn;
    uint8_t a[6], b[6], c[6], d[6];

    other.seed = 2;
    macs_of_packet(&derived, &near, &far, false, a, b);
    g_assert_cmpmem(a, 6, "\x02\x00\xc0\xa8\x01\x02", 6);
    g_assert_cmpmem(b, 6, "\x02\x00\xcb\x00\x71\x01", 6);
    macs_of_packet(&drawn, &near, &far, false, a, b);
    macs_of_packet(&drawn, &farther, &near, true, c, d);
    g_assert_cmpmem(a, 6, d, 6);
    g_assert_cmpmem(b, 6, c, 6); /* the gateway */
    g_assert_true(memcmp(a, b, 6) != 0);
    g_assert_cmpint(a[0] & 3, ==, 2);
    g_assert_cmpint(b[0] & 3, ==, 2);
    macs_of_packet(&other, &near, &far, false, c, d);
    g_assert_true(memcmp(a, c, 6) != 0 && memcmp(b, d, 6) != 0);
    macs_of_packet(&drawn, &far, &farther, false, a, b); /* neither is private */
    macs_of_packet(&drawn, &farther, &far, true, c, d);
    g_assert_true(memcmp(a, d, 6) == 0 && memcmp(b, c, 6) == 0 && memcmp(a, b, 6) != 0);
    macs_of_packet(&drawn, &near, &group, false, a, b);
    g_assert_cmpmem(b, 6, "\x01\x00\x5e\x01\x02\x03", 6);
    macs_of_packet(&derived, &near, &all, false, a, b);
    g_assert_cmpmem(b, 6, "\xff\xff\xff\xff\xff\xff", 6);
    macs_of_packet(&derived, &near6, &group6, false, a, b);
    g_assert_cmpmem(b, 6, "\x33\x33\x00\x01\x00\x02", 6);
}

static void
test_names(void)
{
    AddressPolicy addresses = ADDRESSES_AUTO;
    MacPolicy macs = MACS_RANDOM;
    PayloadPolicy payload = PAYLOAD_TEMPLATE;
    g_autoptr(GError) error = NULL;

    g_assert_true(mac_policy_by_name(NULL, &macs, NULL) && macs == MACS_DERIVED);
    g_assert_true(payload_policy_by_name("random", &payload, NULL) && payload == PAYLOAD_RANDOM);
    for (int i = ADDRESSES_KEEP; i <= ADDRESSES_PERMUTE; i++) {
        g_assert_true(
            address_policy_by_name(address_policy_name((AddressPolicy)i), &addresses, NULL));
        g_assert_cmpint(addresses, ==, i);
    }
    g_assert_false(address_policy_by_name("auto", &addresses, &error));
    assert_error_says(error, "auto", "documentation", "permute", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/addresses/made", test_made);
    g_test_add_func("/addresses/map", test_map);
    g_test_add_func("/addresses/permute", test_permute_keeps_prefixes);
    g_test_add_func("/addresses/list", test_list);
    g_test_add_func("/addresses/list-and-rest", test_list_and_rest);
    g_test_add_func("/addresses/hostile-lists", test_hostile_lists);
    g_test_add_func("/addresses/checksums-follow", test_checksums_follow);
    g_test_add_func("/addresses/map-and-back", test_map_and_back);
    g_test_add_func("/addresses/macs", test_macs);
    g_test_add_func("/addresses/names", test_names);
    return g_test_run();
}

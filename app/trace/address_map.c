/* SPDX-License-Identifier: Apache-2.0 */
/* Made addresses, and the map from old to new ones. */
#include "app/trace/address_map_private.h"

#include <string.h>

#include "app/trace/flow.h"
#include "app/trace/random.h"

enum { HOSTS_A_SUBNET = 254 };

/* IPv4 ranges as subnets of 254 hosts, the first to be filled first. */
typedef struct {
    guint32 base;
    guint32 n_subnets;
} Range;

static const Range documentation[] = {
    {0xc6336400, 1}, {0xcb007100, 1}, {0xc0000200, 1}, {0xc6120000, 512}};
static const Range private[] = {{0xc0a80000, 256}, {0x0a000000, 65536}};

/* Where in a range the first address is, by the seed. */
static guint64
range_start(guint64 seed, int what)
{
    Random random = random_seeded(seed + (guint64)what * G_GUINT64_CONSTANT(0x632be59bd9b4e019));

    return random_next(&random) >> 1;
}

static guint32
made_v4(const Range *ranges, int n_ranges, guint64 start, guint32 ordinal)
{
    guint64 at = ordinal, size = 0;
    int i = 0;

    while (i < n_ranges - 1 && at >= (size = (guint64)ranges[i].n_subnets * HOSTS_A_SUBNET)) {
        at -= size;
        i++;
    }
    size = (guint64)ranges[i].n_subnets * HOSTS_A_SUBNET;
    at = (start % size + at) % size;
    return ranges[i].base + (guint32)(at / HOSTS_A_SUBNET << 8) + 1 +
           (guint32)(at % HOSTS_A_SUBNET);
}

/* fd, 40 bits of the seed's (RFC 4193, section 3.2.1) and a subnet; or 2001:db8 and 32 bits. */
static void
made_v6(bool is_private, guint64 start, guint32 ordinal, uint8_t bytes[16])
{
    const guint64 fixed = is_private ? G_GUINT64_CONSTANT(0xfd00000000000000)
                                     : G_GUINT64_CONSTANT(0x20010db800000000);
    const guint64 free_bits = is_private ? G_GUINT64_CONSTANT(0x00ffffffffffffff) : 0xffffffff;
    guint64 prefix = GUINT64_TO_BE(fixed | (start & free_bits));
    guint64 host = GUINT64_TO_BE(1 + (guint64)ordinal);

    memcpy(bytes, &prefix, 8);
    memcpy(bytes + 8, &host, 8);
}

Address
address_made(AddressPolicy policy, guint64 seed, int family, bool is_client, guint32 ordinal)
{
    bool is_private =
        policy == ADDRESSES_PRIVATE || (policy != ADDRESSES_DOCUMENTATION && is_client);
    guint64 start = range_start(seed, is_private ? 1 : 2);
    Address address = {.family = family == 6 ? 6 : 4};

    if (family == 6) {
        made_v6(is_private, start, ordinal, address.bytes);
    } else {
        guint32 word = is_private
                           ? made_v4(private, G_N_ELEMENTS(private), start, ordinal)
                           : made_v4(documentation, G_N_ELEMENTS(documentation), start, ordinal);
        word = GUINT32_TO_BE(word);
        memcpy(address.bytes, &word, 4);
    }
    return address;
}

bool
address_is_private(const Address *address)
{
    const uint8_t *b = address->bytes;

    if (address->family == 6)
        return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
    return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 169 && b[1] == 254);
}

bool
address_is_special(const Address *address)
{
    static const uint8_t zeros[15];
    const uint8_t *b = address->bytes;

    if (address->family == 6)
        return b[0] == 0xff || (memcmp(b, zeros, 15) == 0 && b[15] <= 1);
    return b[0] == 0 || b[0] == 127 || b[0] >= 224;
}

guint
address_hash(gconstpointer key)
{
    const Address *address = key;
    guint hash = 2166136261u;

    for (int i = 0; i < (address->family == 6 ? 16 : 4); i++)
        hash = (hash ^ address->bytes[i]) * 16777619u;
    return hash;
}

gboolean
address_hash_equal(gconstpointer a, gconstpointer b)
{
    return address_equal(a, b);
}

AddressMap *
address_map_new(AddressPolicy policy, guint64 seed)
{
    AddressMap *map = g_new0(AddressMap, 1);

    map->policy = policy;
    map->seed = seed;
    map->lines = g_array_new(FALSE, FALSE, sizeof(AddressLine));
    map->new_of = g_hash_table_new_full(address_hash, address_hash_equal, g_free, g_free);
    map->old_of = g_hash_table_new_full(address_hash, address_hash_equal, g_free, NULL);
    return map;
}

void
address_map_free(AddressMap *map)
{
    if (!map)
        return;
    g_array_unref(map->lines);
    g_hash_table_unref(map->new_of);
    g_hash_table_unref(map->old_of);
    g_free(map);
}

bool
address_in_prefix(const Address *address, const Address *prefix, int n_bits)
{
    int n_bytes = n_bits / 8, rest = n_bits % 8;

    return address->family == prefix->family &&
           memcmp(address->bytes, prefix->bytes, n_bytes) == 0 &&
           (rest == 0 || (address->bytes[n_bytes] ^ prefix->bytes[n_bytes]) >> (8 - rest) == 0);
}

/* Lines stand with the longest prefix first. */
static const AddressLine *
find_line(const AddressMap *map, const Address *address)
{
    for (guint i = 0; i < map->lines->len; i++) {
        const AddressLine *line = &g_array_index(map->lines, AddressLine, i);
        if (address_in_prefix(address, &line->old, line->n_bits))
            return line;
    }
    return NULL;
}

static Address
replace_prefix(const Address *address, const AddressLine *line)
{
    Address mapped = *address;

    for (int bit = 0; bit < line->n_bits; bit++) {
        uint8_t mask = (uint8_t)(0x80 >> (bit & 7));
        mapped.bytes[bit / 8] &= (uint8_t)~mask;
        mapped.bytes[bit / 8] |= line->new.bytes[bit / 8] & mask;
    }
    return mapped;
}

static Address
permute(guint64 seed, const Address *address)
{
    Address permuted = *address;
    guint64 words[2] = {0};
    int n_bits = address->family == 6 ? 128 : 32;

    for (int bit = 0; bit < n_bits; bit++) {
        int byte = bit / 8, shift = 7 - bit % 8;
        Random random = random_seeded(seed ^ (guint64)bit << 32 ^ (guint64)address->family << 48);
        random.state = random_next(&random) ^ words[0];
        random.state = random_next(&random) ^ words[1];
        permuted.bytes[byte] ^= (uint8_t)((random_next(&random) >> 63) << shift);
        words[bit / 64] |= (guint64)(address->bytes[byte] >> shift & 1) << (63 - bit % 64);
    }
    return permuted;
}

/* Whether a new address may not be given: it is somebody's already, or a listed one. */
static bool
is_taken(const AddressMap *map, const Address *address)
{
    if (address_is_special(address) || g_hash_table_contains(map->old_of, address))
        return true;
    for (guint i = 0; i < map->lines->len; i++) {
        const AddressLine *line = &g_array_index(map->lines, AddressLine, i);
        if (address_in_prefix(address, &line->new, line->n_bits))
            return true;
    }
    return false;
}

AddressPolicy
address_map_policy(const AddressMap *map)
{
    return map->policy != ADDRESSES_AUTO ? map->policy
           : map->lines->len > 0         ? ADDRESSES_PERMUTE
                                         : ADDRESSES_MIXED;
}

enum { MOST_TRIES = 1 << 18 };

static Address
find_unlisted(AddressMap *map, const Address *address, bool is_client)
{
    AddressPolicy policy = address_map_policy(map);
    Address mapped = *address;

    if (policy == ADDRESSES_KEEP)
        return mapped;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        mapped = policy == ADDRESSES_PERMUTE
                     ? permute(map->seed, &mapped)
                     : address_made(policy, map->seed, address->family, is_client,
                                    map->n_made[address->family == 6][is_client]++);
        if (!is_taken(map, &mapped))
            break;
    }
    return mapped;
}

Address
address_map_get(AddressMap *map, const Address *address, bool is_client)
{
    const Address *known = g_hash_table_lookup(map->new_of, address);
    Address mapped = *address;

    if (known)
        return *known;
    if (address->family == 0)
        return mapped;
    const AddressLine *line = find_line(map, address);
    if (!line && address_is_special(address))
        return mapped;
    mapped = line ? replace_prefix(address, line) : find_unlisted(map, address, is_client);
    g_hash_table_insert(map->new_of, g_memdup2(address, sizeof *address),
                        g_memdup2(&mapped, sizeof mapped));
    g_hash_table_add(map->old_of, g_memdup2(&mapped, sizeof mapped));
    return mapped;
}

const uint8_t *
address_map_mac(const AddressMap *map, const Address *address)
{
    for (guint i = 0; i < map->lines->len; i++) {
        const AddressLine *line = &g_array_index(map->lines, AddressLine, i);
        if (line->has_mac && address_equal(&line->new, address))
            return line->mac;
    }
    return NULL;
}

int
address_map_n_hosts(const AddressMap *map)
{
    return (int)g_hash_table_size(map->new_of);
}

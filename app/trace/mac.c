/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware addresses of hosts. */
#include "app/trace/mac.h"

#include <string.h>

#include "app/trace/address_map.h"
#include "app/trace/random.h"

/* Locally administered: 02:00 and the IPv4 address, 02:06 and a hash of the IPv6 one. */
static void
derive_mac(const Address *address, uint8_t mac[6])
{
    guint32 hash = 2166136261u;

    mac[0] = 0x02;
    mac[1] = address->family == 4 ? 0x00 : 0x06;
    if (address->family == 4) {
        memcpy(mac + 2, address->bytes, 4);
        return;
    }
    for (int i = 0; i < 16; i++)
        hash = (hash ^ address->bytes[i]) * 16777619u;
    hash = GUINT32_TO_BE(hash);
    memcpy(mac + 2, &hash, 4);
}

/* host NULL: the gateway. */
static void
random_mac(guint64 seed, const Address *host, uint8_t mac[6])
{
    Random random = random_seeded(seed ^ G_GUINT64_CONSTANT(0x4d41430000000000));

    for (int i = 0; host && i < (host->family == 6 ? 16 : 4); i++) {
        random.state = random_next(&random) ^ host->bytes[i] ^ (guint64)host->family << 8;
    }
    guint64 word = random_next(&random);
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)(word >> (8 * i));
    mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02); /* of one host, locally administered */
}

/* The one that belongs to a group of hosts. */
static bool
group_mac(const Address *address, uint8_t mac[6])
{
    const uint8_t *b = address->bytes;

    if (address->family == 6 && b[0] == 0xff) {
        memcpy(mac, (const uint8_t[]){0x33, 0x33, b[12], b[13], b[14], b[15]}, 6);
        return true;
    }
    if (address->family == 4 && (b[0] & 0xf0) == 0xe0) {
        memcpy(mac, (const uint8_t[]){0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}, 6);
        return true;
    }
    if (address->family == 4 && (b[0] & b[1] & b[2] & b[3]) == 0xff) {
        memset(mac, 0xff, 6);
        return true;
    }
    return false;
}

static void
host_mac(const WritePolicy *policy, const Address *address, bool is_near, uint8_t mac[6])
{
    const uint8_t *listed = policy->map ? address_map_mac(policy->map, address) : NULL;

    if (listed)
        memcpy(mac, listed, 6);
    else if (policy->macs == MACS_RANDOM)
        random_mac(policy->seed, is_near ? address : NULL, mac);
    else
        derive_mac(address, mac);
}

void
macs_of_packet(const WritePolicy *policy, const Address *src, const Address *dst, bool is_answer,
               uint8_t src_mac[6], uint8_t dst_mac[6])
{
    bool src_is_near = address_is_private(src), dst_is_near = address_is_private(dst);

    if (!src_is_near && !dst_is_near) {
        src_is_near = !is_answer;
        dst_is_near = is_answer;
    }
    host_mac(policy, src, src_is_near, src_mac);
    if (!group_mac(dst, dst_mac))
        host_mac(policy, dst, dst_is_near, dst_mac);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text, and how any checksum is kept with printable bytes alone. */
#include "app/trace/payload_text.h"

#include <string.h>

enum { WORDS = PAYLOAD_TEXT_FREE / 2, LEAST = WORDS * '!', MOST = WORDS * '~' };

bool
payload_port_is_text(int protocol, unsigned port)
{
    static const uint16_t tcp[] = {13, 21, 23, 25, 43, 70, 79, 110, 513, 587, 873, 2401, 6667};
    static const uint16_t udp[] = {13, 514, 17500};
    const uint16_t *ports = protocol == 6 ? tcp : udp;
    guint n = protocol == 6 ? G_N_ELEMENTS(tcp) : G_N_ELEMENTS(udp);

    for (guint i = 0; i < n; i++) {
        if (ports[i] == port)
            return true;
    }
    return false;
}

void
payload_text_fill(uint8_t *bytes, size_t n)
{
    memset(bytes, 'x', n);
    if (payload_text_free(n) >= 0) {
        bytes[n - 2] = '\r';
        bytes[n - 1] = '\n';
    }
}

int
payload_text_free(size_t n)
{
    return n >= PAYLOAD_TEXT_FREE + 3 ? (int)((n - PAYLOAD_TEXT_FREE - 2) & ~(size_t)1) : -1;
}

/* Modulo 65535 sum is high * 256 + low, where high and low are sums of the words' upper and lower
 * bytes. Four printable bytes add up to anything in a range wider than 256, so one of a few low
 * fits, and with sum or sum + 65535 high is in the range as well. */
void
payload_text_fit(uint8_t *bytes, unsigned sum)
{
    for (int total = (int)sum; total <= (int)sum + 0xffff; total += 0xffff) {
        for (int low = total & 0xff; low <= MOST; low += 256) {
            int high = (total - low) / 256;
            if (low < LEAST || high < LEAST || high > MOST)
                continue;
            for (int word = 0; word < WORDS; word++) {
                bytes[2 * word] = (uint8_t)((high + word) / WORDS);
                bytes[2 * word + 1] = (uint8_t)((low + word) / WORDS);
            }
            return;
        }
    }
}

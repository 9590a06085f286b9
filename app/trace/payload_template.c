/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads by protocol, port and direction, each group by length. */
#include "app/trace/payload_template.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/checksum.h"
#include "app/trace/packet.h"
#include "app/trace/payload.h"

enum {
    ANY_PORT = 0x10000,
    FIRST_FREE_PORT = 1024,
    N_CHOICES = 16, /* payloads of about the same length */
};

typedef struct {
    size_t offset, size; /* in bytes */
} Piece;

struct PayloadTemplate {
    GByteArray *bytes;
    GHashTable *groups; /* group_key -> GArray of Piece, the shortest first */
    int n_packets;
};

/* What kind of payload a packet has. */
typedef struct {
    int protocol;
    unsigned port; /* the server's; ICMP: the type */
    bool answers;  /* goes from the server to the client */
} Kind;

static gpointer
group_key(const Kind *kind, unsigned port)
{
    return GUINT_TO_POINTER((guint)kind->protocol << 20 | (guint)kind->answers << 17 | port);
}

static Kind
kind_of(int protocol, const uint8_t *transport)
{
    unsigned from = (unsigned)transport[0] << 8 | transport[1];
    unsigned to = (unsigned)transport[2] << 8 | transport[3];

    if (protocol == 1)
        return (Kind){1, transport[0], false};
    return (Kind){protocol, MIN(from, to), from < to};
}

static void
add_piece(PayloadTemplate *payloads, gpointer key, Piece piece)
{
    GArray *group = g_hash_table_lookup(payloads->groups, key);

    if (!group) {
        group = g_array_new(FALSE, FALSE, sizeof(Piece));
        g_hash_table_insert(payloads->groups, key, group);
    }
    g_array_append_val(group, piece);
}

/* The captured bytes between the transport header and the end of the IP packet. */
static Bytes
find_payload(const Packet *packet, Bytes captured, Header *transport)
{
    Bytes ip = packet->header[packet->family == 4 ? HEADER_IPV4 : HEADER_IPV6];
    size_t ip_at = (size_t)(ip.data - captured.data);

    for (int header = HEADER_TCP; header <= HEADER_ICMP; header++) {
        Bytes found = packet->header[header];
        size_t whole =
            header == HEADER_TCP ? MAX(20, (size_t)MAX(bytes_u8(found, 12), 0) / 16 * 4) : 8;
        *transport = (Header)header;
        if (found.size == whole) {
            Bytes packet_bytes = bytes_first(bytes_from(captured, ip_at), packet->length);
            return bytes_from(packet_bytes, (size_t)(found.data - ip.data) + whole);
        }
    }
    return (Bytes){0};
}

static void
add_packet(PayloadTemplate *payloads, const CapturePacket *captured)
{
    static const int protocols[N_HEADERS] = {
        [HEADER_TCP] = 6, [HEADER_UDP] = 17, [HEADER_ICMP] = 1};
    Bytes bytes = {captured->data, captured->captured};
    SkipReason reason;
    Packet packet;
    Header header;

    if (!packet_parse(&packet, captured->link_type, bytes, captured->length, &reason))
        return;
    Bytes payload = find_payload(&packet, bytes, &header);
    if (payload.size == 0)
        return;
    Kind kind = kind_of(protocols[header], packet.header[header].data);
    Piece piece = {payloads->bytes->len, payload.size};
    g_byte_array_append(payloads->bytes, payload.data, (guint)payload.size);
    add_piece(payloads, group_key(&kind, kind.port), piece);
    if (kind.protocol != 1)
        add_piece(payloads, group_key(&kind, ANY_PORT), piece);
    payloads->n_packets++;
}

/* By length, then as captured. */
static gint
compare_pieces(gconstpointer a, gconstpointer b)
{
    const Piece *x = a, *y = b;

    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static void
group_free(gpointer group)
{
    g_array_unref(group);
}

PayloadTemplate *
payload_template_read(const char *path, char **warning, GError **error)
{
    g_autoptr(CaptureReader) reader = capture_open(path, NULL, error);
    g_autoptr(PayloadTemplate) payloads = NULL;
    g_autoptr(GError) damage = NULL;
    CapturePacket packet;
    GHashTableIter iter;
    gpointer group;

    if (warning)
        *warning = NULL;
    if (!reader)
        return NULL;
    payloads = g_new0(PayloadTemplate, 1);
    payloads->bytes = g_byte_array_new();
    payloads->groups = g_hash_table_new_full(NULL, NULL, NULL, group_free);
    while (payloads->bytes->len < PAYLOAD_TEMPLATE_MAX_BYTES &&
           payloads->n_packets < PAYLOAD_TEMPLATE_MAX_PACKETS &&
           capture_next(reader, &packet, &damage) == 1)
        add_packet(payloads, &packet);
    if (payloads->n_packets == 0) {
        if (damage)
            g_propagate_error(error, g_steal_pointer(&damage));
        else
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("“%s” holds no payload behind any TCP, UDP or ICMP header: give a "
                          "capture that was not cut, or make the payload zeros or random."),
                        path);
        return NULL;
    }
    if (damage && warning)
        *warning = g_strdup(damage->message);
    g_hash_table_iter_init(&iter, payloads->groups);
    while (g_hash_table_iter_next(&iter, NULL, &group))
        g_array_sort(group, compare_pieces);
    return g_steal_pointer(&payloads);
}

void
payload_template_free(PayloadTemplate *payloads)
{
    if (!payloads)
        return;
    g_byte_array_unref(payloads->bytes);
    g_hash_table_unref(payloads->groups);
    g_free(payloads);
}

int
payload_template_n_packets(const PayloadTemplate *payloads)
{
    return payloads->n_packets;
}

static const GArray *
find_group(const PayloadTemplate *payloads, const Kind *kind)
{
    const GArray *group = g_hash_table_lookup(payloads->groups, group_key(kind, kind->port));

    if (!group && kind->protocol != 1 && kind->port >= FIRST_FREE_PORT)
        group = g_hash_table_lookup(payloads->groups, group_key(kind, ANY_PORT));
    return group;
}

/* The first piece that is no shorter than n; the length of the group when there is none. */
static guint
first_as_long(const GArray *group, size_t n)
{
    guint low = 0, high = group->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(group, Piece, middle).size < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void
payload_template_fill(const PayloadTemplate *payloads, guint64 seed, int key,
                      const uint8_t *headers, size_t n_headers, uint8_t *bytes, size_t n)
{
    TransportSum transport;

    memset(bytes, 0, n);
    if (n == 0 || !transport_sum_init(&transport, headers, n_headers, n))
        return;
    Kind kind = kind_of(transport.protocol, headers + transport.at);
    const GArray *group = find_group(payloads, &kind);
    if (!group)
        return;
    guint first = first_as_long(group, n);
    if (first == group->len)
        first -= MIN(first, N_CHOICES);
    uint8_t choice;
    payload_fill_random(seed, key, &choice, 1);
    first += choice % MIN(N_CHOICES, group->len - first);
    const Piece *piece = &g_array_index(group, Piece, first);
    memcpy(bytes, payloads->bytes->data + piece->offset, MIN(n, piece->size));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng: a block at a time. */
#include "app/trace/pcapng.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/pcapng_block.h"

enum { OPTION_TIME_RESOLUTION = 9, OPTION_TIME_OFFSET = 14 };
enum {
    SECTION_BODY = 16, /* bytes of a body before its options or data */
    INTERFACE_BODY = 8,
    PACKET_BODY = 20, /* enhanced, and obsolete */
    SIMPLE_BODY = 4,
    MAX_INTERFACES = 1 << 16,
    MAX_LINK_TYPES = 64,
};

typedef struct {
    int link_type;
    guint32 snaplen; /* 0: no limit */
    PcapngClock clock;
} Interface;

struct Pcapng {
    BlockReader blocks;
    GArray *interfaces; /* of Interface, of this section */
    guint32 frame;
    gint64 time_ns; /* of the packet before */
    int link_types[MAX_LINK_TYPES];
    int n_link_types;
};

Pcapng *
pcapng_new(FILE *stream)
{
    Pcapng *pcapng = g_new0(Pcapng, 1);

    block_reader_init(&pcapng->blocks, stream);
    pcapng->interfaces = g_array_new(FALSE, FALSE, sizeof(Interface));
    return pcapng;
}

void
pcapng_free(Pcapng *pcapng)
{
    if (!pcapng)
        return;
    g_array_unref(pcapng->interfaces);
    block_reader_clear(&pcapng->blocks);
    g_free(pcapng);
}

guint64
pcapng_offset(const Pcapng *pcapng)
{
    return pcapng->blocks.offset;
}

const int *
pcapng_link_types(const Pcapng *pcapng, int *n)
{
    *n = pcapng->n_link_types;
    return pcapng->link_types;
}

gint64
pcapng_time_ns(const PcapngClock *clock, guint64 units)
{
    static const guint32 powers[10] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                       10000,      1000,      100,      10,      1};
    int power = clock->resolution & 0x7f;
    bool binary = clock->resolution & 0x80;
    unsigned __int128 ns = (unsigned __int128)units * powers[binary ? 0 : MIN(power, 9)];
    __int128 whole;

    if (binary)
        ns >>= power;
    else
        for (int i = 9; i < power && ns > 0; i++)
            ns /= 10;
    whole = (__int128)clock->offset_s * 1000000000 + (__int128)ns;
    return whole >= G_MININT64 && whole <= G_MAXINT64 ? (gint64)whole : 0;
}

static int
check_options(const Pcapng *pcapng, Bytes options, const char **fault)
{
    Bytes value;
    int code, status;

    while ((status = block_next_option(&pcapng->blocks, &options, &code, &value, fault)) == 1)
        continue;
    return status < 0 ? -1 : 1;
}

static int
begin_section(Pcapng *pcapng, Bytes body, const char **fault)
{
    guint16 major, minor;

    if (body.size < SECTION_BODY)
        return block_fail(fault, _("a section header is too short"));
    major = block_u16(&pcapng->blocks, body, 4);
    minor = block_u16(&pcapng->blocks, body, 6);
    if (major != 1 || (minor != 0 && minor != 2))
        return block_fail(fault, _("a section is of another version than 1.0"));
    g_array_set_size(pcapng->interfaces, 0);
    return check_options(pcapng, bytes_from(body, SECTION_BODY), fault);
}

/* LINKTYPE_ values are libpcap's DLT_ values but for these. */
static int
dlt_of(int link_type)
{
    static const int pairs[][2] = {{100, 11}, {101, 12}, {102, 15}, {103, 16}, {106, 19}};

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (pairs[i][0] == link_type)
            return pairs[i][1];
    }
    return link_type;
}

static void
note_link_type(Pcapng *pcapng, int link_type)
{
    for (int i = 0; i < pcapng->n_link_types; i++) {
        if (pcapng->link_types[i] == link_type)
            return;
    }
    if (pcapng->n_link_types < MAX_LINK_TYPES)
        pcapng->link_types[pcapng->n_link_types++] = link_type;
}

static int
add_interface(Pcapng *pcapng, Bytes body, const char **fault)
{
    Interface interface = {.clock = {.resolution = 6}};
    Bytes options = bytes_from(body, INTERFACE_BODY), value;
    int code, status;

    if (body.size < INTERFACE_BODY)
        return block_fail(fault, _("an interface description is too short"));
    if (pcapng->interfaces->len == MAX_INTERFACES)
        return block_fail(fault, _("a section has more than 65536 interfaces"));
    interface.link_type = dlt_of(block_u16(&pcapng->blocks, body, 0));
    interface.snaplen = block_u32(&pcapng->blocks, body, 4);
    while ((status = block_next_option(&pcapng->blocks, &options, &code, &value, fault)) == 1) {
        if (code == OPTION_TIME_RESOLUTION && value.size == 1)
            interface.clock.resolution = value.data[0];
        else if (code == OPTION_TIME_OFFSET && value.size == 8)
            interface.clock.offset_s = (gint64)block_u64(&pcapng->blocks, value, 0);
    }
    if (status < 0)
        return -1;
    note_link_type(pcapng, interface.link_type);
    g_array_append_val(pcapng->interfaces, interface);
    return 1;
}

/* A null header holds its address family in the byte order of the section: make it this host's,
 * as a filter expects it. */
static void
turn_null_header(Pcapng *pcapng, const Interface *interface, size_t offset)
{
    guint32 family = block_u32(&pcapng->blocks, (Bytes){pcapng->blocks.held, offset + 4}, offset);

    if (interface->link_type == 0)
        memcpy(pcapng->blocks.held + offset, &family, sizeof family);
}

static int
take_packet(Pcapng *pcapng, guint32 id, Bytes data, guint32 captured, guint32 length,
            CapturePacket *packet, const char **fault)
{
    const Interface *interface;

    if (id >= pcapng->interfaces->len)
        return block_fail(fault, _("a packet is of an interface that was not described"));
    interface = &g_array_index(pcapng->interfaces, Interface, id);
    if (captured > data.size)
        return block_fail(fault, _("a packet is longer than its block"));
    if (captured >= 4)
        turn_null_header(pcapng, interface, data.data - pcapng->blocks.held);
    *packet = (CapturePacket){.time_ns = pcapng->time_ns,
                              .data = data.data,
                              .captured = captured,
                              .length = MAX(length, captured),
                              .link_type = interface->link_type,
                              .frame = ++pcapng->frame};
    return 1;
}

/* Enhanced, and obsolete: that one has two numbers of 16 bits where the interface is. */
static int
take_timed_packet(Pcapng *pcapng, Bytes body, bool old, CapturePacket *packet, const char **fault)
{
    guint32 id = old ? block_u16(&pcapng->blocks, body, 0) : block_u32(&pcapng->blocks, body, 0);
    guint64 units =
        (guint64)block_u32(&pcapng->blocks, body, 4) << 32 | block_u32(&pcapng->blocks, body, 8);

    if (body.size < PACKET_BODY)
        return block_fail(fault, _("a packet block is too short"));
    if (id < pcapng->interfaces->len)
        pcapng->time_ns =
            pcapng_time_ns(&g_array_index(pcapng->interfaces, Interface, id).clock, units);
    return take_packet(pcapng, id, bytes_from(body, PACKET_BODY),
                       block_u32(&pcapng->blocks, body, 12), block_u32(&pcapng->blocks, body, 16),
                       packet, fault);
}

static int
take_simple_packet(Pcapng *pcapng, Bytes body, CapturePacket *packet, const char **fault)
{
    guint32 length = block_u32(&pcapng->blocks, body, 0), snaplen = 0;

    if (body.size < SIMPLE_BODY)
        return block_fail(fault, _("a packet block is too short"));
    if (pcapng->interfaces->len > 0)
        snaplen = g_array_index(pcapng->interfaces, Interface, 0).snaplen;
    return take_packet(pcapng, 0, bytes_from(body, SIMPLE_BODY),
                       snaplen ? MIN(length, snaplen) : length, length, packet, fault);
}

static bool
block_is_numbered(guint32 type)
{
    return type == BLOCK_CUSTOM || type == BLOCK_CUSTOM_NO_COPY || type == BLOCK_JOURNAL ||
           type == BLOCK_SYSDIG || type == BLOCK_SYSDIG_2 || type == BLOCK_SYSDIG_2_LARGE;
}

int
pcapng_next(Pcapng *pcapng, CapturePacket *packet, const char **fault)
{
    guint32 type;
    Bytes body;
    int status;

    while ((status = block_reader_next(&pcapng->blocks, &type, &body, fault)) == 1) {
        switch (type) {
        case BLOCK_ENHANCED_PACKET:
        case BLOCK_OLD_PACKET:
            return take_timed_packet(pcapng, body, type == BLOCK_OLD_PACKET, packet, fault);
        case BLOCK_SIMPLE_PACKET:
            return take_simple_packet(pcapng, body, packet, fault);
        case BLOCK_SECTION:
            status = begin_section(pcapng, body, fault);
            break;
        case BLOCK_INTERFACE:
            status = add_interface(pcapng, body, fault);
            break;
        default:
            pcapng->frame += block_is_numbered(type);
            break;
        }
        if (status < 0)
            break;
    }
    return status;
}

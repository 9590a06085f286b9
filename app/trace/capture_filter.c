/* SPDX-License-Identifier: Apache-2.0 */
/* libpcap's compiler of filters and its machine that runs them. */
#include "app/trace/capture_filter.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <pcap.h>

#include "app/trace/codec.h"

/* One that passes only a part of a packet would be none: as long as libpcap reads. */
enum { SNAPLEN = PACKET_MAX_CAPTURED };

typedef struct {
    int link_type;
    struct bpf_program program; /* of no instructions where the expression means nothing */
} Program;

struct CaptureFilter {
    char *expression;
    GArray *programs; /* of Program, one a link type: few */
};

static void
program_clear(void *program)
{
    pcap_freecode(&((Program *)program)->program);
}

CaptureFilter *
capture_filter_new(const char *expression)
{
    CaptureFilter *filter = g_new0(CaptureFilter, 1);

    filter->expression = g_strdup(expression);
    filter->programs = g_array_new(FALSE, FALSE, sizeof(Program));
    g_array_set_clear_func(filter->programs, program_clear);
    return filter;
}

void
capture_filter_free(CaptureFilter *filter)
{
    if (!filter)
        return;
    g_free(filter->expression);
    g_array_unref(filter->programs);
    g_free(filter);
}

static const Program *
find_program(const CaptureFilter *filter, int link_type)
{
    for (guint i = 0; i < filter->programs->len; i++) {
        const Program *program = &g_array_index(filter->programs, Program, i);

        if (program->link_type == link_type)
            return program;
    }
    return NULL;
}

bool
capture_filter_compile(CaptureFilter *filter, int link_type, struct pcap *pcap, GError **error)
{
    Program program = {.link_type = link_type};
    pcap_t *dead = NULL;
    bool compiled;

    g_return_val_if_fail(!find_program(filter, link_type), true);
    if (!pcap)
        pcap = dead = pcap_open_dead(link_type, SNAPLEN);
    compiled =
        pcap_compile(pcap, &program.program, filter->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    g_array_append_val(filter->programs, program);
    if (!compiled) {
        g_autofree char *expression = g_utf8_make_valid(filter->expression, -1);
        g_autofree char *reason = g_utf8_make_valid(pcap_geterr(pcap), -1);

        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("The filter “%s” cannot be used (%s): write it as for tcpdump, for example "
                      "“tcp port 80”."),
                    expression, reason);
    }
    if (dead)
        pcap_close(dead);
    return compiled;
}

bool
capture_filter_passes(CaptureFilter *filter, const CapturePacket *packet)
{
    struct pcap_pkthdr header = {.caplen = packet->captured, .len = packet->length};
    const Program *program = find_program(filter, packet->link_type);

    if (!program) {
        capture_filter_compile(filter, packet->link_type, NULL, NULL);
        program = find_program(filter, packet->link_type);
    }
    return program->program.bf_len > 0 &&
           pcap_offline_filter(&program->program, &header, packet->data) != 0;
}

bool
capture_filter_check(const char *expression, GError **error)
{
    g_autoptr(CaptureFilter) filter = capture_filter_new(expression);

    return capture_filter_compile(filter, DLT_EN10MB, NULL, error);
}

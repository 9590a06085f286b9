/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and form of a capture, as options. */
#include "app/cli/export_options.h"

#include <glib/gi18n.h>
#include <string.h>

enum { SNAPLEN_LEAST = 1, SNAPLEN_MOST = 262144 };

void
cli_export_clear(CliExport *export)
{
    g_free(export->addresses);
    g_free(export->macs);
    g_free(export->payload);
    g_free(export->link);
    export_params_clear(&export->params);
}

static guint
count_entries(const GOptionEntry *entries)
{
    guint n = 0;

    while (entries[n].long_name)
        n++;
    return n;
}

GOptionEntry *
cli_export_entries(CliExport *export, const GOptionEntry *own, bool with_repair)
{
    const GOptionEntry added[] = {
        {"addresses", 0, 0, G_OPTION_ARG_STRING, &export->addresses,
         _("Of hosts: keep (of the capture), mixed (clients private, servers documentation), "
           "documentation, private, permute (same prefixes stay the same)"),
         _("POLICY")},
        {"map", 0, 0, G_OPTION_ARG_FILENAME, &export->params.map,
         _("Lines “old,new” or “old,new,mac” of addresses or prefixes; hosts that are not there "
           "are permuted unless --addresses says else"),
         _("LIST.csv")},
        {"macs", 0, 0, G_OPTION_ARG_STRING, &export->macs,
         _("Hardware addresses: derived (from the IP address) or random (far hosts behind one "
           "gateway)"),
         _("POLICY")},
        {"payload", 0, 0, G_OPTION_ARG_STRING, &export->payload,
         _("The bytes behind the headers, which no picture holds: zeros, random, or template "
           "(zeros)"),
         _("POLICY")},
        {"link", 0, 0, G_OPTION_ARG_STRING, &export->link,
         _("What frames begin with: ethernet, or raw (the IP header)"), _("TYPE")},
        {"snaplen", 0, 0, G_OPTION_ARG_INT, &export->snaplen,
         _("Write at most so many bytes of a frame (all)"), _("N")},
        {"provenance", 0, 0, G_OPTION_ARG_FILENAME, &export->params.provenance,
         _("Write what made the capture as JSON; a .pcapng says it in its comment"), _("OUT.json")},
        {"annotate", 0, 0, G_OPTION_ARG_NONE, &export->annotate,
         _("Comment each packet of a .pcapng with the rules that changed it"), NULL},
    };
    guint n_own = count_entries(own), n_added = G_N_ELEMENTS(added) - !with_repair;
    GOptionEntry *entries = g_new0(GOptionEntry, n_own + n_added + 2);

    memcpy(entries, own, n_own * sizeof *own);
    memcpy(entries + n_own, added, n_added * sizeof *added);
    return entries;
}

bool
cli_export_check(const Cli *cli, CliExport *export, int *status)
{
    ExportParams *params = &export->params;
    g_autoptr(GError) error = NULL;

    if (export->snaplen != 0 &&
        (export->snaplen < SNAPLEN_LEAST || export->snaplen > SNAPLEN_MOST)) {
        *status = cli_usage(cli, _("A snaplen of %d bytes cannot be written: give %d to %d."),
                            export->snaplen, SNAPLEN_LEAST, SNAPLEN_MOST);
        return false;
    }
    params->snaplen = (guint32) export->snaplen;
    params->annotate = export->annotate;
    if (address_policy_by_name(export->addresses, &params->addresses, &error) &&
        mac_policy_by_name(export->macs, &params->macs, &error) &&
        payload_policy_by_name(export->payload, &params->payload, &error) &&
        capture_link_by_name(export->link, &params->link, &error))
        return true;
    *status = cli_usage(cli, "%s", error->message);
    return false;
}

void
cli_export_say(const Cli *cli, const ExportParams *params, const char *output)
{
    if (params->annotate && !capture_has_comments(output))
        cli_note(cli, _("A pcap has no room for comments: let “%s” end in .pcapng."), output);
    else if (!params->provenance && !capture_has_comments(output))
        cli_note(cli,
                 _("A pcap does not say what made it: let “%s” end in .pcapng, or add "
                   "--provenance."),
                 output);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the columns beside the header bits, as nPrint has them. */
#include "app/trace/csv_index.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

const CsvColumnKind csv_column_table[N_CSV_COLUMNS] = {
    [COLUMN_SRC_IP] = {"src_ip", TRACE_HAS_ADDRESSES},
    [COLUMN_DST_IP] = {"dst_ip", TRACE_HAS_ADDRESSES},
    [COLUMN_SRC_PORT] = {"src_prt", 0},
    [COLUMN_DST_PORT] = {"dst_prt", 0},
    [COLUMN_FLOW] = {"flow", TRACE_HAS_ADDRESSES},
    [COLUMN_TX_MAC] = {"tx_mac", 0},
    [COLUMN_RTS] = {"rts", TRACE_HAS_TIMES},
    [COLUMN_TV_SEC] = {"tv_sec", TRACE_HAS_TIMES},
    [COLUMN_TV_USEC] = {"tv_usec", TRACE_HAS_TIMES},
    [COLUMN_TV_NSEC] = {"tv_nsec", TRACE_HAS_TIMES},
    [COLUMN_LENGTH] = {"length", TRACE_HAS_LENGTHS},
    [COLUMN_DIRECTION] = {"direction", TRACE_HAS_DIRECTIONS},
};

/* As options are spelled; nPrint's own spelling of the columns is taken too. */
static const char *const index_names[] = {"src_ip",   "dst_ip", "src_port",
                                          "dst_port", "flow",   "tx_mac"};

bool
csv_index_by_name(const char *name, CsvIndex *index, GError **error)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(index_names); i++) {
        if (g_strcmp0(name, index_names[i]) == 0 ||
            g_strcmp0(name, csv_column_table[i].name) == 0) {
            *index = (CsvIndex)i;
            return true;
        }
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no index of a CSV: choose one of src_ip, dst_ip, src_port, dst_port, "
                  "flow and tx_mac."),
                name);
    return false;
}

char *
csv_extra_name(const TraceExtra *extra, int bit)
{
    int n_ethernet = extra->ethernet ? ETHERNET_BITS : 0;

    if (bit >= n_ethernet)
        return g_strdup_printf("payload_bit_%d", bit - n_ethernet);
    if (bit < 48)
        return g_strdup_printf("eth_dhost_%d", bit);
    if (bit < 96)
        return g_strdup_printf("eth_shost_%d", bit - 48);
    return g_strdup_printf("eth_ethertype_%d", bit - 96);
}

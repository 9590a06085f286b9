/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome of a repair in a line. */
#include "ui/repair/repair_page_private.h"

#include <glib/gi18n.h>

static char *
status_text(const ReviewResult *result, const RepairChoices *choices)
{
    const RepairReport *report = result->repair.report;
    const RepairCompliance *check = result->repair.compliance;
    double percent = report->n_bits ? 100.0 * (double)report->n_bits_changed / report->n_bits : 0;
    GString *text = g_string_new(NULL);

    if (report->n_bits_changed == 0 && report->declined->len == 0)
        g_string_append(text, _("Nothing to repair: every packet is legal"));
    else
        g_string_append_printf(text,
                               ngettext("%'d bit changed (%.1f %%)", "%'d bits changed (%.1f %%)",
                                        (unsigned long)report->n_bits_changed),
                               (int)report->n_bits_changed, percent);
    if (check->n_legal_packets < check->n_packets)
        g_string_append_printf(text, _(" · %'d of %'d packets are legal"), check->n_legal_packets,
                               check->n_packets);
    if (report->n_as_drawn > 0)
        g_string_append_printf(text,
                               ngettext(" · %'d packet as drawn", " · %'d packets as drawn",
                                        (unsigned long)report->n_as_drawn),
                               report->n_as_drawn);
    if (report->n_dropped > 0)
        g_string_append_printf(text,
                               ngettext(" · %'d row is no packet", " · %'d rows are no packets",
                                        (unsigned long)report->n_dropped),
                               report->n_dropped);
    return g_string_free(text, FALSE);
}

void
repair_page_update_status(TorchlightRepairPage *page)
{
    const ReviewResult *result = torchlight_review_get_result(page->review);
    g_autofree char *text = result ? status_text(result, page->choices) : g_strdup(_("Repairing…"));
    bool is_legal = result && result->repair.compliance->n_legal_packets ==
                                  result->repair.compliance->n_packets;

    gtk_label_set_label(page->status, text);
    gtk_image_set_from_icon_name(page->status_icon, is_legal ? "emblem-ok-symbolic"
                                                    : result ? "dialog-warning-symbolic"
                                                             : "content-loading-symbolic");
}

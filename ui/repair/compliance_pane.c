/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of what holds and what does not. */
#include "ui/repair/compliance_pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _TorchlightCompliancePane {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *broken_group, *tshark_button;
    GtkImage *icon;
    GtkLabel *heading, *detail, *tshark_label;
    GtkListBox *broken, *checks, *lines;

    bool has_tshark;
};

enum { SIGNAL_RULE_CHOSEN, SIGNAL_TSHARK, N_SIGNALS };
static guint signals[N_SIGNALS];
static const char rule_key[] = "torchlight-rule";

G_DEFINE_FINAL_TYPE(TorchlightCompliancePane, torchlight_compliance_pane, GTK_TYPE_WIDGET)

static void
clear(GtkListBox *list)
{
    GtkListBoxRow *row;

    while ((row = gtk_list_box_get_row_at_index(list, 0)))
        gtk_list_box_remove(list, GTK_WIDGET(row));
}

static GtkWidget *
add_row(GtkListBox *list, const char *title, const char *subtitle, const char *icon)
{
    GtkWidget *row = adw_action_row_new(), *image;
    g_autofree char *escaped_title = g_markup_escape_text(title, -1);
    g_autofree char *escaped_subtitle = g_markup_escape_text(subtitle, -1);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), escaped_title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), escaped_subtitle);
    if (icon) {
        image = gtk_image_new_from_icon_name(icon);
        adw_action_row_add_prefix(ADW_ACTION_ROW(row), image);
    }
    gtk_list_box_append(list, row);
    return row;
}

static void
show_heading(TorchlightCompliancePane *pane, const RepairCompliance *check)
{
    bool is_legal = check->n_legal_packets == check->n_packets;
    g_autofree char *heading =
        is_legal
            ? g_strdup_printf(ngettext("%'d packet, and it is legal", "All %'d packets are legal",
                                       (unsigned long)check->n_packets),
                              check->n_packets)
            : g_strdup_printf(_("%'d of %'d packets are legal"), check->n_legal_packets,
                              check->n_packets);
    g_autofree char *detail =
        g_strdup_printf(_("%'d of %'d flows are legal"), check->n_legal_flows, check->n_flows);

    gtk_image_set_from_icon_name(pane->icon,
                                 is_legal ? "emblem-ok-symbolic" : "dialog-warning-symbolic");
    gtk_label_set_label(pane->heading, heading);
    gtk_label_set_label(pane->detail, detail);
}

static void
show_checks(TorchlightCompliancePane *pane, const RepairCompliance *check)
{
    for (int about = 0; about < N_REPAIR_ABOUT; about++) {
        const RepairAboutCheck *one = &check->about[about];
        g_autofree char *subtitle = NULL;

        if (one->n_packets == 0)
            continue;
        subtitle = one->n_hold == one->n_rules
                       ? g_strdup_printf(ngettext("%d check holds, %'d packets",
                                                  "%d checks hold, %'d packets",
                                                  (unsigned long)one->n_rules),
                                         one->n_rules, one->n_packets)
                       : g_strdup_printf(_("%d of %d checks hold, %'d packets"), one->n_hold,
                                         one->n_rules, one->n_packets);
        add_row(pane->checks, repair_about_title((RepairAbout)about), subtitle,
                one->n_hold == one->n_rules ? "object-select-symbolic" : "dialog-warning-symbolic");
    }
}

static void
show_broken(TorchlightCompliancePane *pane, const RepairCompliance *check)
{
    int n_rules, n_shown = 0;
    const RepairRule *const *rules = repair_rules(&n_rules);

    for (int rule = 0; rule < n_rules; rule++) {
        int n = check->n_broken[rule];
        g_autofree char *subtitle = NULL;
        GtkWidget *row;

        if (n == 0)
            continue;
        subtitle = g_strdup_printf(
            ngettext("%'d packet · %s", "%'d packets · %s", (unsigned long)n), n,
            check->rules_off >> rule & 1 ? _("the rule is off") : _(rules[rule]->statement));
        row = add_row(pane->broken, rules[rule]->id, subtitle, NULL);
        gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row),
                                  gtk_image_new_from_icon_name("go-next-symbolic"));
        g_object_set_data(G_OBJECT(row), rule_key, GINT_TO_POINTER(rule + 1));
        n_shown++;
    }
    gtk_widget_set_visible(pane->broken_group, n_shown > 0);
}

static void
forget_tshark(TorchlightCompliancePane *pane)
{
    clear(pane->lines);
    gtk_widget_set_visible(GTK_WIDGET(pane->lines), FALSE);
    gtk_label_set_label(pane->tshark_label,
                        pane->has_tshark
                            ? _("The capture as it would be exported, read by Wireshark’s "
                                "dissectors with every checksum.")
                            : _("With Wireshark’s tshark installed, the capture can be read by its "
                                "dissectors here."));
}

void
torchlight_compliance_pane_update(TorchlightCompliancePane *pane, const ReviewResult *result)
{
    clear(pane->checks);
    clear(pane->broken);
    forget_tshark(pane);
    gtk_widget_set_sensitive(pane->tshark_button, result && pane->has_tshark);
    if (!result)
        return;
    show_heading(pane, result->repair.compliance);
    show_checks(pane, result->repair.compliance);
    show_broken(pane, result->repair.compliance);
}

void
torchlight_compliance_pane_set_running(TorchlightCompliancePane *pane, bool running)
{
    gtk_widget_set_sensitive(pane->tshark_button, pane->has_tshark && !running);
    if (running)
        gtk_label_set_label(pane->tshark_label, _("tshark is reading…"));
    else
        forget_tshark(pane);
}

void
torchlight_compliance_pane_show_tshark(TorchlightCompliancePane *pane, GPtrArray *lines)
{
    static const char *const icons[] = {
        [TSHARK_ERROR] = "dialog-error-symbolic",
        [TSHARK_WARNING] = "dialog-warning-symbolic",
        [TSHARK_NOTE] = "dialog-information-symbolic",
    };
    const char *const names[] = {
        [TSHARK_ERROR] = _("Error"),
        [TSHARK_WARNING] = _("Warning"),
        [TSHARK_NOTE] = _("Note"),
    };
    int n_errors = 0, n_warnings = 0;

    clear(pane->lines);
    for (guint i = 0; i < lines->len; i++) {
        const TsharkLine *line = lines->pdata[i];
        g_autofree char *subtitle = g_strdup_printf(_("%s · %s · %'d times"), names[line->severity],
                                                    line->protocol, line->n);
        n_errors += line->severity == TSHARK_ERROR ? line->n : 0;
        n_warnings += line->severity == TSHARK_WARNING ? line->n : 0;
        add_row(pane->lines, line->summary, subtitle, icons[line->severity]);
    }
    g_autofree char *text =
        n_errors + n_warnings == 0
            ? g_strdup(_("tshark finds no error and gives no warning."))
            : g_strdup_printf(_("tshark: %'d errors, %'d warnings."), n_errors, n_warnings);
    gtk_label_set_label(pane->tshark_label, text);
    gtk_widget_set_visible(GTK_WIDGET(pane->lines), lines->len > 0);
}

static void
on_row_activated(TorchlightCompliancePane *pane, GtkListBoxRow *row)
{
    int rule = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(row), rule_key)) - 1;

    if (rule >= 0)
        g_signal_emit(pane, signals[SIGNAL_RULE_CHOSEN], 0, rule);
}

static void
on_tshark(TorchlightCompliancePane *pane)
{
    g_signal_emit(pane, signals[SIGNAL_TSHARK], 0);
}

static void
torchlight_compliance_pane_dispose(GObject *object)
{
    g_clear_pointer(&TORCHLIGHT_COMPLIANCE_PANE(object)->content, gtk_widget_unparent);
    G_OBJECT_CLASS(torchlight_compliance_pane_parent_class)->dispose(object);
}

static void
torchlight_compliance_pane_class_init(TorchlightCompliancePaneClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_compliance_pane_dispose;
    signals[SIGNAL_RULE_CHOSEN] =
        g_signal_new("rule-chosen", TORCHLIGHT_TYPE_COMPLIANCE_PANE, G_SIGNAL_RUN_LAST, 0, NULL,
                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
    signals[SIGNAL_TSHARK] = g_signal_new("tshark", TORCHLIGHT_TYPE_COMPLIANCE_PANE,
                                          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/compliance_pane.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, content);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, broken_group);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, tshark_button);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, icon);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, heading);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, detail);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, tshark_label);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, broken);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, checks);
    gtk_widget_class_bind_template_child(widget, TorchlightCompliancePane, lines);
    gtk_widget_class_bind_template_callback(widget, on_row_activated);
    gtk_widget_class_bind_template_callback(widget, on_tshark);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_compliance_pane_init(TorchlightCompliancePane *pane)
{
    pane->has_tshark = tshark_is_there();
    gtk_widget_init_template(GTK_WIDGET(pane));
    torchlight_compliance_pane_update(pane, NULL);
}

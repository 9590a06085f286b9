/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and a grid made of a summary. */
#include "ui/evaluate/evaluation_results.h"

#include <glib/gi18n.h>
#include <math.h>

/* --- goals --- */

static void
count_goals(const EvaluationSummary *summary, guint *n_met, guint *n_known)
{
    for (guint i = 0; i < summary->goals->len; i++) {
        const SummaryGoal *goal = summary->goals->pdata[i];

        *n_met += goal->state == GOAL_MET;
        *n_known += goal->state != GOAL_UNKNOWN;
    }
}

static GtkWidget *
goal_row(const SummaryGoal *goal)
{
    static const struct {
        const char *icon, *style, *word;
    } looks[] = {[GOAL_UNKNOWN] = {"action-unavailable-symbolic", "dim-label", N_("Not measured")},
                 [GOAL_MISSED] = {"dialog-warning-symbolic", "warning", N_("Not met")},
                 [GOAL_MET] = {"object-select-symbolic", "success", N_("Met")}};
    GtkWidget *row = adw_action_row_new();
    GtkWidget *icon = gtk_image_new_from_icon_name(looks[goal->state].icon);
    GtkWidget *word = gtk_label_new(_(looks[goal->state].word));
    g_autofree char *detail =
        isnan(goal->value)
            ? g_strdup("")
            : g_strdup_printf("%.3g%s%s", goal->value, *goal->detail ? " · " : "", goal->detail);
    g_autofree char *title = g_markup_escape_text(goal->statement, -1);
    g_autofree char *subtitle = g_markup_escape_text(detail, -1);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 0);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
    gtk_widget_add_css_class(icon, looks[goal->state].style);
    gtk_widget_add_css_class(word, looks[goal->state].style);
    gtk_accessible_update_property(GTK_ACCESSIBLE(icon), GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
    adw_action_row_add_prefix(ADW_ACTION_ROW(row), icon);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), word);
    return row;
}

static void
add_goals(GtkBox *box, const EvaluationSummary *summary)
{
    GtkWidget *group = adw_preferences_group_new();
    guint n_met = 0, n_known = 0;
    g_autofree char *title = NULL;

    count_goals(summary, &n_met, &n_known);
    title = n_known > 0
                ? g_strdup_printf(ngettext("%u of %u Goal Met", "%u of %u Goals Met", n_known),
                                  n_met, n_known)
                : g_strdup(_("No Goal Could Be Measured"));
    adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), title);
    for (guint i = 0; i < summary->goals->len; i++)
        adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), goal_row(summary->goals->pdata[i]));
    gtk_box_append(box, group);
}

/* --- sets --- */

static void
add_cell(GtkGrid *grid, int column, int row, char *text, bool is_number)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), is_number ? 1 : 0);
    if (is_number)
        gtk_widget_add_css_class(label, "numeric");
    if (row == 0) {
        gtk_label_set_wrap(GTK_LABEL(label), TRUE);
        gtk_label_set_max_width_chars(GTK_LABEL(label), 10);
        gtk_label_set_justify(GTK_LABEL(label), is_number ? GTK_JUSTIFY_RIGHT : GTK_JUSTIFY_LEFT);
        gtk_widget_set_valign(label, GTK_ALIGN_END);
        gtk_widget_add_css_class(label, "caption-heading");
    }
    gtk_widget_set_hexpand(label, TRUE);
    gtk_grid_attach(grid, label, column, row, 1, 1);
    g_free(text);
}

static char *
number(double value, const char *format)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return isnan(value) ? g_strdup("–") : g_strdup_printf(format, value);
#pragma GCC diagnostic pop
}

static void
add_set(GtkGrid *grid, int row, const SummarySet *set)
{
    g_autofree char *name = set->is_real         ? g_strdup_printf(_("%s (real)"), set->name)
                            : *set->kind != '\0' ? g_strdup_printf("%s (%s)", set->name, set->kind)
                                                 : g_strdup(set->name);
    int column = 0;

    add_cell(grid, column++, row, g_steal_pointer(&name), false);
    add_cell(grid, column++, row, g_strdup_printf("%d", set->n_traces), true);
    for (int f = 0; f < N_EVALUATION_FEATURES; f++)
        add_cell(grid, column++, row, number(set->utility[f], "%.3f"), true);
    add_cell(grid, column++, row, number(set->divergence, "%.4f"), true);
    add_cell(grid, column++, row, number(set->divergence_floor, "%.4f"), true);
    add_cell(grid, column++, row, number(set->auc, "%.3f"), true);
    add_cell(grid, column++, row, number(100 * set->repaired, "%.2f %%"), true);
}

static void
add_sets(GtkBox *box, const EvaluationSummary *summary)
{
    const char *const heads[] = {_("Set"),
                                 _("Traces"),
                                 _("Teaches, all bits"),
                                 _("Teaches, order-free"),
                                 _("Distance of fields"),
                                 _("Real to real"),
                                 _("Told from real"),
                                 _("Repaired")};
    GtkWidget *group = adw_preferences_group_new();
    GtkWidget *scroller = gtk_scrolled_window_new(), *grid = gtk_grid_new();

    adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), _("Sets"));
    adw_preferences_group_set_description(
        ADW_PREFERENCES_GROUP(group),
        _("Teaches: how much a forest that learned from the set gets right of unseen real traces, "
          "as a share of what one that learned from real traces does. Distance: mean "
          "Jensen–Shannon over the header fields. Told from real: AUC of a classifier that tries; "
          "0.5 is chance."));
    gtk_grid_set_column_spacing(GTK_GRID(grid), 18);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
    gtk_widget_add_css_class(grid, "card");
    gtk_widget_add_css_class(grid, "figure-card");
    gtk_accessible_update_property(GTK_ACCESSIBLE(grid), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Sets"),
                                   -1);
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        add_cell(GTK_GRID(grid), (int)i, 0, g_strdup(heads[i]), i > 0);
    for (guint i = 0; i < summary->sets->len; i++)
        add_set(GTK_GRID(grid), (int)i + 1, summary->sets->pdata[i]);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_AUTOMATIC,
                                   GTK_POLICY_NEVER);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), grid);
    adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), scroller);
    gtk_box_append(box, group);
}

/* --- notes --- */

static void
add_notes(GtkBox *box, const EvaluationSummary *summary)
{
    GtkWidget *group = adw_preferences_group_new();

    if (summary->notes->len == 0) {
        g_object_ref_sink(group);
        g_object_unref(group);
        return;
    }
    adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), _("Before You Believe It"));
    for (guint i = 0; i < summary->notes->len; i++) {
        GtkWidget *row = adw_action_row_new();
        g_autofree char *text = g_markup_escape_text(summary->notes->pdata[i], -1);

        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), text);
        adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 0);
        adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), row);
    }
    gtk_box_append(box, group);
}

void
evaluation_results_fill(GtkBox *box, const EvaluationSummary *summary)
{
    add_goals(box, summary);
    add_sets(box, summary);
    add_notes(box, summary);
}

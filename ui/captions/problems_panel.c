/* SPDX-License-Identifier: Apache-2.0 */
/* The list of problems. */
#include "ui/captions/problems_panel.h"
#include "ui/short_text.h"

#include <adwaita.h>
#include <glib/gi18n.h>

enum { MAX_SHOWN = 60 };

struct _TorchlightProblemsPanel {
    GtkWidget parent_instance;

    GtkWidget *box;
    GtkLabel *count;
    GtkListBox *list;
};

enum { SIGNAL_SHOW, SIGNAL_USE, N_SIGNALS };

static guint signals[N_SIGNALS];

static const char index_key[] = "torchlight-index", word_key[] = "torchlight-word",
                  nearest_key[] = "torchlight-nearest";

G_DEFINE_FINAL_TYPE(TorchlightProblemsPanel, torchlight_problems_panel, GTK_TYPE_WIDGET)

static void
on_activated(TorchlightProblemsPanel *panel, GtkListBoxRow *row)
{
    g_signal_emit(panel, signals[SIGNAL_SHOW], 0,
                  GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(row), index_key)));
}

static void
on_use(GtkButton *button, TorchlightProblemsPanel *panel)
{
    g_autofree char *word = g_strdup(g_object_get_data(G_OBJECT(button), word_key));
    g_autofree char *nearest = g_strdup(g_object_get_data(G_OBJECT(button), nearest_key));

    g_signal_emit(panel, signals[SIGNAL_USE], 0, word, nearest);
}

static void
add_remedy(TorchlightProblemsPanel *panel, GtkWidget *row, const CaptionProblem *problem)
{
    GtkWidget *button = gtk_button_new_with_mnemonic(_("_Replace"));
    g_autofree char *word = short_text(problem->word);
    g_autofree char *hint =
        g_strdup_printf(_("“%s” instead of “%s” in all captions"), problem->nearest, word);

    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_set_tooltip_text(button, hint);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, hint, -1);
    g_object_set_data_full(G_OBJECT(button), word_key, g_strdup(problem->word), g_free);
    g_object_set_data_full(G_OBJECT(button), nearest_key, g_strdup(problem->nearest), g_free);
    g_signal_connect(button, "clicked", G_CALLBACK(on_use), panel);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
}

static void
add_problem(TorchlightProblemsPanel *panel, const CaptionReportProblem *problem, const char *name)
{
    GtkWidget *row = adw_action_row_new();
    g_autofree char *text = caption_problem_to_text(&problem->problem);
    g_autofree char *shown = short_text(text); /* a word may be as long as its caption */
    g_autofree char *title = g_markup_escape_text(shown, -1);
    g_autofree char *subtitle = g_markup_escape_text(name, -1);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 3);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 1);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
    g_object_set_data(G_OBJECT(row), index_key, GUINT_TO_POINTER(problem->index));
    if (problem->problem.nearest)
        add_remedy(panel, row, &problem->problem);
    gtk_list_box_append(panel->list, row);
}

void
torchlight_problems_panel_show(TorchlightProblemsPanel *panel, const CaptionReport *report,
                               GPtrArray *names)
{
    guint n = report ? report->problems->len : 0;
    g_autofree char *count = NULL;
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(panel->list))))
        gtk_list_box_remove(panel->list, child);
    for (guint i = 0; i < MIN(n, MAX_SHOWN); i++) {
        const CaptionReportProblem *problem =
            &g_array_index(report->problems, CaptionReportProblem, i);

        add_problem(panel, problem, names->pdata[problem->index]);
    }
    if (n > MAX_SHOWN)
        count = g_strdup_printf(_("%'u problems, the first %u of them:"), n, MAX_SHOWN);
    else if (n > 0)
        count = g_strdup_printf(ngettext("%u problem", "%u problems", n), n);
    gtk_label_set_label(panel->count, count ? count : _("No problem found."));
    gtk_widget_set_visible(GTK_WIDGET(panel->list), n > 0);
}

static void
torchlight_problems_panel_dispose(GObject *object)
{
    g_clear_pointer(&TORCHLIGHT_PROBLEMS_PANEL(object)->box, gtk_widget_unparent);
    G_OBJECT_CLASS(torchlight_problems_panel_parent_class)->dispose(object);
}

static void
torchlight_problems_panel_class_init(TorchlightProblemsPanelClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_problems_panel_dispose;
    signals[SIGNAL_SHOW] = g_signal_new("show-caption", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                        0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
    signals[SIGNAL_USE] = g_signal_new("use", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_problems_panel_init(TorchlightProblemsPanel *panel)
{
    GtkWidget *label = gtk_label_new(NULL), *list = gtk_list_box_new();

    panel->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    panel->count = GTK_LABEL(label);
    panel->list = GTK_LIST_BOX(list);
    gtk_label_set_xalign(panel->count, 0);
    gtk_label_set_wrap(panel->count, TRUE);
    gtk_widget_add_css_class(label, "dim-label");
    gtk_list_box_set_selection_mode(panel->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Problems of the captions"), -1);
    g_signal_connect_swapped(list, "row-activated", G_CALLBACK(on_activated), panel);
    gtk_widget_add_css_class(panel->box, "sidepanel");
    gtk_box_append(GTK_BOX(panel->box), label);
    gtk_box_append(GTK_BOX(panel->box), list);
    gtk_widget_set_parent(panel->box, GTK_WIDGET(panel));
}

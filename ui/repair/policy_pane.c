/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of policies. */
#include "ui/repair/policy_pane.h"

#include <glib/gi18n.h>

enum { MOST_TRACES = 500 };
/* The entries of "timing" before that of a file. */
enum { TIMING_DEFAULT, TIMING_NONE, TIMING_FILE };

struct _TorchlightPolicyPane {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *template_file, *timing_file;
    AdwComboRow *template, *timing, *addresses, *macs, *payload, *link;
    GtkSpinButton *seed, *snaplen;
    GtkSwitch *mid_stream, *annotate;

    /* owned */
    TorchlightWorkspace *workspace;
    GPtrArray *templates; /* char*: path of each entry of "template", NULL of the first */
    char *timing_path;    /* of the third entry of "timing", or NULL */
    GtkNativeDialog *chooser;
    bool updating, has_seed;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE(TorchlightPolicyPane, torchlight_policy_pane, GTK_TYPE_WIDGET)

static void
on_changed(TorchlightPolicyPane *pane)
{
    if (!pane->updating)
        g_signal_emit(pane, changed_signal, 0);
}

static void
on_seed(TorchlightPolicyPane *pane)
{
    if (!pane->updating)
        pane->has_seed = true;
    on_changed(pane);
}

static bool
is_real(TorchlightItem *item)
{
    const char *origin = torchlight_item_get_string(item, "origin");

    return !origin || g_str_equal(origin, "imported");
}

/* None, the file that is chosen where it is no trace of the project, and those that are. */
static void
list_templates(TorchlightPolicyPane *pane, const char *chosen)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);
    TorchlightProject *project =
        pane->workspace ? torchlight_workspace_get_project(pane->workspace) : NULL;
    GListModel *items = project ? torchlight_project_get_items(project, ITEM_TRACE) : NULL;
    guint n = items ? MIN(g_list_model_get_n_items(items), MOST_TRACES) : 0, selected = 0;

    g_ptr_array_set_size(pane->templates, 0);
    gtk_string_list_append(names, C_("template", "None"));
    g_ptr_array_add(pane->templates, NULL);
    for (guint i = 0; i < n; i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i);
        char *path = is_real(item) ? torchlight_item_dup_path(item) : NULL;
        if (!path)
            continue;
        if (g_strcmp0(path, chosen) == 0)
            selected = pane->templates->len;
        gtk_string_list_append(names, torchlight_item_get_name(item));
        g_ptr_array_add(pane->templates, path);
    }
    if (chosen && selected == 0) {
        g_autofree char *name = g_filename_display_basename(chosen);
        selected = pane->templates->len;
        gtk_string_list_append(names, name);
        g_ptr_array_add(pane->templates, g_strdup(chosen));
    }
    adw_combo_row_set_model(pane->template, G_LIST_MODEL(names));
    adw_combo_row_set_selected(pane->template, selected);
}

static void
list_timings(TorchlightPolicyPane *pane, const char *chosen)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);
    bool is_file = chosen && !g_str_equal(chosen, "none");

    if (is_file && g_strcmp0(pane->timing_path, chosen) != 0) {
        g_free(pane->timing_path);
        pane->timing_path = g_strdup(chosen);
    }
    gtk_string_list_append(names, _("As in real captures"));
    gtk_string_list_append(names, _("1 ms apart"));
    if (pane->timing_path) {
        g_autofree char *name = g_filename_display_basename(pane->timing_path);
        gtk_string_list_append(names, name);
    }
    adw_combo_row_set_model(pane->timing, G_LIST_MODEL(names));
    adw_combo_row_set_selected(pane->timing, !chosen   ? TIMING_DEFAULT
                                             : is_file ? TIMING_FILE
                                                       : TIMING_NONE);
}

void
torchlight_policy_pane_update(TorchlightPolicyPane *pane, const Document *document,
                              const RepairChoices *choices)
{
    const char *generated =
        document ? g_hash_table_lookup(document->trace->provenance, "seed") : NULL;
    bool has_times = document && document->trace->sides & TRACE_HAS_TIMES;

    pane->updating = true;
    list_templates(pane, choices->template);
    list_timings(pane, choices->timing);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(pane->timing),
                                has_times ? _("The trace has times of its own: they stay")
                                          : _("From the template where there is one"));
    gtk_widget_set_sensitive(GTK_WIDGET(pane->timing), !has_times);
    adw_combo_row_set_selected(pane->addresses, choices->addresses);
    adw_combo_row_set_selected(pane->macs, choices->macs);
    adw_combo_row_set_selected(pane->payload, choices->payload);
    adw_combo_row_set_selected(pane->link, choices->link);
    gtk_spin_button_set_value(pane->snaplen, choices->snaplen);
    gtk_switch_set_active(pane->mid_stream, choices->mid_stream);
    gtk_switch_set_active(pane->annotate, choices->annotate);
    pane->has_seed = choices->has_seed;
    gtk_spin_button_set_value(pane->seed,
                              (double)(choices->has_seed ? choices->seed
                                       : generated       ? g_ascii_strtoull(generated, NULL, 10)
                                                         : 0));
    pane->updating = false;
}

void
torchlight_policy_pane_apply(TorchlightPolicyPane *pane, RepairChoices *choices)
{
    guint template = adw_combo_row_get_selected(pane->template);
    guint timing = adw_combo_row_get_selected(pane->timing);

    g_free(choices->template);
    choices->template =
        template <pane->templates->len ? g_strdup(pane->templates->pdata[template]) : NULL;
    g_free(choices->timing);
    choices->timing = timing == TIMING_NONE   ? g_strdup("none")
                      : timing == TIMING_FILE ? g_strdup(pane->timing_path)
                                              : NULL;
    choices->addresses = (AddressPolicy)adw_combo_row_get_selected(pane->addresses);
    choices->macs = (MacPolicy)adw_combo_row_get_selected(pane->macs);
    choices->payload = (PayloadPolicy)adw_combo_row_get_selected(pane->payload);
    choices->link = (CaptureLink)adw_combo_row_get_selected(pane->link);
    choices->snaplen = (guint32)gtk_spin_button_get_value_as_int(pane->snaplen);
    choices->mid_stream = gtk_switch_get_active(pane->mid_stream);
    choices->annotate = gtk_switch_get_active(pane->annotate);
    choices->has_seed = pane->has_seed;
    choices->seed = pane->has_seed ? (guint64)gtk_spin_button_get_value(pane->seed) : 0;
}

void
torchlight_policy_pane_set_fixed(TorchlightPolicyPane *pane, bool fixed)
{
    gtk_widget_set_sensitive(pane->content, !fixed);
}

static void
on_chosen(TorchlightPolicyPane *pane, int response, GtkNativeDialog *dialog)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                : NULL;
    g_autofree char *path = file ? g_file_get_path(file) : NULL;
    bool is_timing = g_object_get_data(G_OBJECT(dialog), "timing") != NULL;

    if (path) {
        pane->updating = true;
        if (is_timing)
            list_timings(pane, path);
        else
            list_templates(pane, path);
        pane->updating = false;
        on_changed(pane);
    }
    g_clear_object(&pane->chooser);
}

static void
choose_file(TorchlightPolicyPane *pane, const char *title, bool is_timing)
{
    GtkFileChooserNative *chooser =
        gtk_file_chooser_native_new(title, GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(pane))),
                                    GTK_FILE_CHOOSER_ACTION_OPEN, _("_Choose"), _("_Cancel"));

    g_object_set_data(G_OBJECT(chooser), "timing", GINT_TO_POINTER(is_timing));
    g_clear_object(&pane->chooser);
    pane->chooser = GTK_NATIVE_DIALOG(chooser);
    gtk_native_dialog_set_modal(pane->chooser, TRUE);
    g_signal_connect_object(chooser, "response", G_CALLBACK(on_chosen), pane, G_CONNECT_SWAPPED);
    gtk_native_dialog_show(pane->chooser);
}

static void
on_template_file(TorchlightPolicyPane *pane)
{
    choose_file(pane, _("Choose a Capture as Template"), false);
}

static void
on_timing_file(TorchlightPolicyPane *pane)
{
    choose_file(pane, _("Choose a Model of Timing"), true);
}

void
torchlight_policy_pane_set_workspace(TorchlightPolicyPane *pane, TorchlightWorkspace *workspace)
{
    g_set_object(&pane->workspace, workspace);
}

static void
torchlight_policy_pane_dispose(GObject *object)
{
    TorchlightPolicyPane *pane = TORCHLIGHT_POLICY_PANE(object);

    pane->updating = true;
    g_clear_pointer(&pane->content, gtk_widget_unparent);
    g_clear_object(&pane->chooser);
    g_clear_object(&pane->workspace);
    g_clear_pointer(&pane->templates, g_ptr_array_unref);
    g_clear_pointer(&pane->timing_path, g_free);
    G_OBJECT_CLASS(torchlight_policy_pane_parent_class)->dispose(object);
}

static void
torchlight_policy_pane_class_init(TorchlightPolicyPaneClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_policy_pane_dispose;
    changed_signal = g_signal_new("changed", TORCHLIGHT_TYPE_POLICY_PANE, G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/policy_pane.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, content);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, template_file);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, timing_file);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, template);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, timing);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, addresses);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, macs);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, payload);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, link);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, seed);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, snaplen);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, mid_stream);
    gtk_widget_class_bind_template_child(widget, TorchlightPolicyPane, annotate);
    gtk_widget_class_bind_template_callback(widget, on_changed);
    gtk_widget_class_bind_template_callback(widget, on_seed);
    gtk_widget_class_bind_template_callback(widget, on_template_file);
    gtk_widget_class_bind_template_callback(widget, on_timing_file);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_policy_pane_init(TorchlightPolicyPane *pane)
{
    pane->templates = g_ptr_array_new_with_free_func(g_free);
    pane->updating = true; /* until there is something to show */
    gtk_widget_init_template(GTK_WIDGET(pane));
}

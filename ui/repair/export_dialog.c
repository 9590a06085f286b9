/* SPDX-License-Identifier: Apache-2.0 */
/* The summary before the writing. */
#include "ui/repair/export_dialog.h"

#include <glib/gi18n.h>
#include <string.h>

enum { FORMAT_PCAPNG, FORMAT_PCAP };
enum { MOST_RULES = 5 };

struct _TorchlightExportDialog {
    AdwWindow parent_instance;

    /* template */
    AdwComboRow *format;
    AdwActionRow *file;
    AdwPreferencesGroup *content_group, *rules_group;
    AdwExpanderRow *comment_row;
    GtkLabel *comment;
    GtkWidget *choose, *write;

    /* owned */
    char *path;
    GtkNativeDialog *chooser;
    bool is_confirmed; /* the chooser asked whether to replace what is there */
    bool updating;
};

static guint export_signal;

G_DEFINE_FINAL_TYPE(TorchlightExportDialog, torchlight_export_dialog, ADW_TYPE_WINDOW)

static void
add_row(AdwPreferencesGroup *group, const char *title, const char *text)
{
    GtkWidget *row = adw_action_row_new(), *label = gtk_label_new(text);
    g_autofree char *escaped = g_markup_escape_text(title, -1);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), escaped);
    gtk_label_set_xalign(GTK_LABEL(label), 1);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_RIGHT);
    gtk_widget_add_css_class(label, "dim-label");
    gtk_widget_add_css_class(label, "numeric");
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), label);
    adw_preferences_group_add(group, row);
}

static char *
duration_text(gint64 ns)
{
    double s = (double)ns / 1e9;

    return s < 1    ? g_strdup_printf(_("%.0f ms"), s * 1000)
           : s < 60 ? g_strdup_printf(_("%.1f s"), s)
                    : g_strdup_printf(_("%d min %d s"), (int)(s / 60), (int)s % 60);
}

static char *
policies_text(const RepairChoices *choices)
{
    const char *const addresses[] = {
        [ADDRESSES_AUTO] = _("addresses automatic"),
        [ADDRESSES_KEEP] = _("addresses as captured"),
        [ADDRESSES_MIXED] = _("addresses mixed"),
        [ADDRESSES_DOCUMENTATION] = _("addresses of documentation"),
        [ADDRESSES_PRIVATE] = _("addresses private"),
        [ADDRESSES_PERMUTE] = _("addresses permuted"),
    };
    const char *const payload[] = {
        [PAYLOAD_ZEROS] = _("payload of zeros"),
        [PAYLOAD_RANDOM] = _("payload random"),
        [PAYLOAD_TEMPLATE] = _("payload of the template"),
    };
    const char *link = choices->link == CAPTURE_RAW ? _("raw IP") : _("Ethernet");

    return g_strdup_printf("%s\n%s\n%s", addresses[choices->addresses], payload[choices->payload],
                           link);
}

static void
add_content(TorchlightExportDialog *dialog, const ReviewResult *result,
            const RepairChoices *choices)
{
    const RepairReport *report = result->repair.report;
    const RepairCompliance *check = result->repair.compliance;
    const ExportMeasure *measure = &result->repair.measure;
    int n_left_out = report->n_dropped + measure->n_dropped;
    g_autofree char *packets = g_strdup_printf("%'d", measure->n_packets);
    g_autofree char *flows = g_strdup_printf("%'d", report->n_flows);
    g_autofree char *duration = duration_text(measure->duration_ns);
    g_autofree char *bytes = g_format_size(measure->n_bytes);
    g_autofree char *left_out = g_strdup_printf("%'d", n_left_out);
    g_autofree char *legal =
        g_strdup_printf(_("%'d of %'d"), check->n_legal_packets, check->n_packets);
    g_autofree char *policies = policies_text(choices);

    add_row(dialog->content_group, _("Packets"), packets);
    add_row(dialog->content_group, _("Flows"), flows);
    add_row(dialog->content_group, _("Duration"), duration);
    add_row(dialog->content_group, _("Bytes of Frames"), bytes);
    if (n_left_out > 0)
        add_row(dialog->content_group, _("Rows Left Out, Being No Packets"), left_out);
    add_row(dialog->content_group, _("Legal Packets"), legal);
    add_row(dialog->content_group, _("Policies"), policies);
    if (choices->annotate)
        add_row(dialog->content_group, _("Comments at Packets"), _("in a pcapng"));
}

static int
compare_counts(gconstpointer a, gconstpointer b, gpointer data)
{
    const RepairStory *story = data;
    gint64 one = repair_story_count(story, *(const int *)a).n_bits;
    gint64 two = repair_story_count(story, *(const int *)b).n_bits;

    return one < two ? 1 : one > two ? -1 : 0;
}

static void
add_rules(TorchlightExportDialog *dialog, const RepairStory *story)
{
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(int));
    int n, n_shown = 0;
    const RepairRule *const *rules = repair_rules(&n);

    for (int i = 0; i < n; i++)
        g_array_append_val(order, i);
    g_array_sort_with_data(order, compare_counts, (gpointer)story);
    for (int i = 0; i < MIN(n, MOST_RULES); i++) {
        int rule = g_array_index(order, int, i), n_bits;
        g_autofree char *text = NULL;

        n_bits = (int)repair_story_count(story, rule).n_bits;
        if (n_bits == 0)
            break;
        text = g_strdup_printf(ngettext("%'d bit", "%'d bits", (unsigned long)n_bits), n_bits);
        add_row(dialog->rules_group, rules[rule]->id, text);
        n_shown++;
    }
    gtk_widget_set_visible(GTK_WIDGET(dialog->rules_group), n_shown > 0);
}

static void
show_path(TorchlightExportDialog *dialog)
{
    g_autofree char *name = g_filename_display_name(dialog->path);
    g_autofree char *escaped = g_markup_escape_text(name, -1);
    bool is_pcapng = capture_has_comments(dialog->path);

    dialog->updating = true;
    adw_action_row_set_subtitle(dialog->file, escaped);
    adw_combo_row_set_selected(dialog->format, is_pcapng ? FORMAT_PCAPNG : FORMAT_PCAP);
    adw_expander_row_set_subtitle(dialog->comment_row,
                                  is_pcapng ? _("In the comment of the file")
                                            : _("A pcap has no room for it: choose pcapng"));
    dialog->updating = false;
}

/* The path with the ending of the format. */
static void
set_ending(TorchlightExportDialog *dialog, bool is_pcapng)
{
    char *dot = strrchr(dialog->path, '.'), *path;
    size_t n = strlen(dialog->path);

    if (dot && (g_str_equal(dot, ".pcap") || g_str_equal(dot, ".pcapng")))
        n = (size_t)(dot - dialog->path);
    path = g_strdup_printf("%.*s%s", (int)n, dialog->path, is_pcapng ? ".pcapng" : ".pcap");
    if (!g_str_equal(path, dialog->path))
        dialog->is_confirmed = false;
    g_free(dialog->path);
    dialog->path = path;
    show_path(dialog);
}

static void
on_format(TorchlightExportDialog *dialog)
{
    if (!dialog->updating && dialog->path)
        set_ending(dialog, adw_combo_row_get_selected(dialog->format) == FORMAT_PCAPNG);
}

static void
on_chosen(TorchlightExportDialog *dialog, int response, GtkNativeDialog *chooser)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(chooser))
                                : NULL;
    char *path = file ? g_file_get_path(file) : NULL;

    if (path) {
        bool is_pcap = g_str_has_suffix(path, ".pcap");
        g_free(dialog->path);
        dialog->path = path;
        dialog->is_confirmed = true;
        set_ending(dialog, !is_pcap);
    }
    g_clear_object(&dialog->chooser);
}

static void
on_choose(TorchlightExportDialog *dialog)
{
    GtkFileChooserNative *chooser =
        gtk_file_chooser_native_new(_("Export Capture As"), GTK_WINDOW(dialog),
                                    GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), _("_Cancel"));
    g_autofree char *name = g_path_get_basename(dialog->path);
    g_autofree char *folder = g_path_get_dirname(dialog->path);
    g_autoptr(GFile) place = g_file_new_for_path(folder);

    gtk_file_chooser_set_current_folder(GTK_FILE_CHOOSER(chooser), place, NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(chooser), name);
    g_clear_object(&dialog->chooser);
    dialog->chooser = GTK_NATIVE_DIALOG(chooser);
    gtk_native_dialog_set_modal(dialog->chooser, TRUE);
    g_signal_connect_object(chooser, "response", G_CALLBACK(on_chosen), dialog, G_CONNECT_SWAPPED);
    gtk_native_dialog_show(dialog->chooser);
}

static void
finish(TorchlightExportDialog *dialog)
{
    g_signal_emit(dialog, export_signal, 0, dialog->path);
    gtk_window_close(GTK_WINDOW(dialog));
}

static void
on_replace(TorchlightExportDialog *dialog, const char *response)
{
    if (g_str_equal(response, "replace"))
        finish(dialog);
}

static void
on_write(TorchlightExportDialog *dialog)
{
    g_autofree char *name = g_filename_display_basename(dialog->path);
    GtkWidget *question;

    if (dialog->is_confirmed || !g_file_test(dialog->path, G_FILE_TEST_EXISTS)) {
        finish(dialog);
        return;
    }
    question = adw_message_dialog_new(GTK_WINDOW(dialog), _("Replace the File?"), NULL);
    adw_message_dialog_format_body(ADW_MESSAGE_DIALOG(question),
                                   _("“%s” is there already; what it holds would be lost."), name);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(question), "cancel", _("_Cancel"),
                                     "replace", _("_Replace"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(question), "replace",
                                               ADW_RESPONSE_DESTRUCTIVE);
    g_signal_connect_object(question, "response", G_CALLBACK(on_replace), dialog,
                            G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(question));
}

static void
torchlight_export_dialog_dispose(GObject *object)
{
    TorchlightExportDialog *dialog = TORCHLIGHT_EXPORT_DIALOG(object);

    g_clear_object(&dialog->chooser);
    g_clear_pointer(&dialog->path, g_free);
    G_OBJECT_CLASS(torchlight_export_dialog_parent_class)->dispose(object);
}

static void
torchlight_export_dialog_class_init(TorchlightExportDialogClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_export_dialog_dispose;
    export_signal =
        g_signal_new("export", TORCHLIGHT_TYPE_EXPORT_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 1, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/export_dialog.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, format);
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, file);
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, content_group);
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, rules_group);
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, comment_row);
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, comment);
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, choose);
    gtk_widget_class_bind_template_child(widget, TorchlightExportDialog, write);
    gtk_widget_class_bind_template_callback(widget, on_format);
    gtk_widget_class_bind_template_callback(widget, on_choose);
    gtk_widget_class_bind_template_callback(widget, on_write);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
torchlight_export_dialog_init(TorchlightExportDialog *dialog)
{
    gtk_widget_init_template(GTK_WIDGET(dialog));
}

GtkWidget *
torchlight_export_dialog_new(GtkWindow *parent, const ReviewResult *result,
                             const RepairChoices *choices, const char *path)
{
    TorchlightExportDialog *dialog =
        g_object_new(TORCHLIGHT_TYPE_EXPORT_DIALOG, "transient-for", parent, NULL);

    dialog->path = g_strdup(path);
    add_content(dialog, result, choices);
    add_rules(dialog, result->story);
    gtk_label_set_label(dialog->comment, result->repair.comment);
    show_path(dialog);
    return GTK_WIDGET(dialog);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Fine-Tune”: setting a training up, trainings, and the LoRAs they leave. */
#include "ui/train/train_page.h"

#include "ui/train/lora_list.h"
#include "ui/train/runs_view.h"
#include "ui/train/train_setup.h"

struct _TorchlightTrainPage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *stack, *setup_stack, *go_library, *setup, *runs, *loras;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightTrainList *list;
};

G_DEFINE_FINAL_TYPE(TorchlightTrainPage, torchlight_train_page, GTK_TYPE_WIDGET)

static void
go(TorchlightTrainPage *page, const char *name)
{
    gtk_stack_set_visible_child_name(GTK_STACK(page->stack), name);
}

static void
on_started(TorchlightTrainPage *page, TorchlightTrainEntry *entry)
{
    torchlight_runs_view_show(TORCHLIGHT_RUNS_VIEW(page->runs), entry);
    go(page, "runs");
}

static void
on_show_lora(TorchlightTrainPage *page, TorchlightItem *lora)
{
    go(page, "loras");
    torchlight_lora_list_show(TORCHLIGHT_LORA_LIST(page->loras), lora);
}

static void
on_set_up(TorchlightTrainPage *page)
{
    go(page, "setup");
}

static void
on_go_library(TorchlightTrainPage *page)
{
    torchlight_workspace_go(page->workspace, "library");
}

static void
on_traces(GListModel *traces, guint position, guint removed, guint added, TorchlightTrainPage *page)
{
    gtk_stack_set_visible_child_name(GTK_STACK(page->setup_stack),
                                     g_list_model_get_n_items(traces) ? "setup" : "empty");
}

static void
on_project(TorchlightTrainPage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    GListModel *traces = project ? torchlight_project_get_items(project, ITEM_TRACE) : NULL;

    if (!traces)
        return;
    g_signal_connect_object(traces, "items-changed", G_CALLBACK(on_traces), page, 0);
    on_traces(traces, 0, 0, 0, page);
}

void
torchlight_train_page_set_workspace(TorchlightTrainPage *page, TorchlightWorkspace *workspace)
{
    g_return_if_fail(!page->workspace);
    page->workspace = g_object_ref(workspace);
    page->list = torchlight_train_list_new(workspace);
    torchlight_train_setup_set_list(TORCHLIGHT_TRAIN_SETUP(page->setup), workspace, page->list);
    torchlight_runs_view_set_list(TORCHLIGHT_RUNS_VIEW(page->runs), page->list);
    torchlight_lora_list_set_workspace(TORCHLIGHT_LORA_LIST(page->loras), workspace);
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(on_project), page,
                            G_CONNECT_SWAPPED);
    on_project(page);
}

static void
torchlight_train_page_dispose(GObject *object)
{
    TorchlightTrainPage *page = TORCHLIGHT_TRAIN_PAGE(object);

    g_clear_pointer(&page->content, gtk_widget_unparent);
    g_clear_object(&page->list);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_train_page_parent_class)->dispose(object);
}

static void
torchlight_train_page_class_init(TorchlightTrainPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_train_page_dispose;
    g_type_ensure(TORCHLIGHT_TYPE_TRAIN_SETUP);
    g_type_ensure(TORCHLIGHT_TYPE_RUNS_VIEW);
    g_type_ensure(TORCHLIGHT_TYPE_LORA_LIST);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/train_page.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
#define CHILD(name_) gtk_widget_class_bind_template_child(widget, TorchlightTrainPage, name_)
    CHILD(content);
    CHILD(stack);
    CHILD(setup_stack);
    CHILD(go_library);
    CHILD(setup);
    CHILD(runs);
    CHILD(loras);
#undef CHILD
}

static void
torchlight_train_page_init(TorchlightTrainPage *page)
{
    gtk_widget_init_template(GTK_WIDGET(page));
    g_signal_connect_swapped(page->go_library, "clicked", G_CALLBACK(on_go_library), page);
    g_signal_connect_swapped(page->setup, "started", G_CALLBACK(on_started), page);
    g_signal_connect_swapped(page->runs, "show-lora", G_CALLBACK(on_show_lora), page);
    g_signal_connect_swapped(page->runs, "set-up", G_CALLBACK(on_set_up), page);
    g_signal_connect_swapped(page->loras, "set-up", G_CALLBACK(on_set_up), page);
}

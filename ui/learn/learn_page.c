/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Learn”: a guided tour of the method, a step at a time. */
#include "ui/learn/learn_page.h"

#include <glib/gi18n.h>

#include "ui/learn/learn_layout.h"
#include "ui/learn/learn_parts.h"
#include "ui/learn/learn_steps.h"

enum { WALL = 1500 }; /* width of a window that is read from afar */

typedef struct {
    const char *title, *text[2];
    GtkWidget *(*make)(TorchlightWorkspace *workspace);
} Step;

static GtkWidget *
make_bits(TorchlightWorkspace *workspace)
{
    return learn_bits_new();
}

static GtkWidget *
make_captions(TorchlightWorkspace *workspace)
{
    return learn_captions_new();
}

static const Step steps[] = {
    {N_("A Packet Is a Row of Bits"),
     {N_("Every row of this picture is one packet, and every column is one bit of a header. Green "
         "is 1, red is 0, and blue says that the packet does not have that header: a packet of UDP "
         "has no TCP bits, so its TCP columns are blue."),
      N_("The columns always stand in the same order, 1,088 of them: IPv4, IPv6, TCP, UDP, ICMP. "
         "That makes a trace a picture, and what learns to draw pictures can learn to draw traces. "
         "Move over the picture, or press the arrow keys in it, and the field is spelled out.")},
     make_bits},
    {N_("A Caption Says What Is Seen"),
     {N_("A model that draws on request has to be told what each picture shows. A caption is a few "
         "words, each from a short list: which tunnel carries the traffic, which application makes "
         "it, how good the video is, which protocol transports it."),
      N_("Choose a word and compare the pictures that have it. What do they share, and where do "
         "they differ? The model answers the same question, some thousands of times, while it "
         "learns what the words mean.")},
     make_captions},
    {N_("Noise Is Added"),
     {N_("To learn to draw, the model first watches pictures dissolve. At each of a thousand steps "
         "a little of the picture is taken away and a little random noise is put in its place. The "
         "number ᾱ says how much is left: it falls from 1 to nearly 0."),
      N_("Move the slider. Above, noise is mixed into the pixels. Below, it is mixed into the "
         "latent, a picture one eighth as wide and high in which the model really works, and then "
         "turned into pixels again. The model learns one thing only: to look at such a picture and "
         "say what in it is noise.")},
     learn_noise_new},
    {N_("Noise Is Removed"),
     {N_("Drawing runs the film backwards. It begins with nothing but noise. At each step the "
         "model "
         "says, with the caption in mind, what it takes to be noise; a part of that is removed, "
         "and "
         "the model looks again."),
      N_("Each frame shows what the model believes the finished picture to be. Coarse things are "
         "settled first: which headers there are at all. Single bits come last. The caption here "
         "is "
         "“no vpn, web, http2”.")},
     learn_film_new},
    {N_("A LoRA Turns the Model a Little"),
     {N_("To teach a large model anew is costly. A LoRA leaves it as it is and adds a small "
         "correction to each of its layers: the product of two thin matrices, with a fraction of "
         "the numbers. Its weight says how strongly the correction counts."),
      N_("The tour’s own was taught a single new word, “office”, by six traces of tunnels over "
         "TCP. Above is weight 0, the model as it was, which does not know the word. Below is the "
         "weight of the slider; noise and caption are the same, only the LoRA differs. See what "
         "becomes of headers that the six traces never had. Beyond 1 the correction is "
         "exaggerated.")},
     learn_lora_new},
    {N_("A Control Map Gives the Shape"),
     {N_("Words do not say which header stands in which packet. A ControlNet is a second network "
         "that looks at a drawing of edges, here those of a real trace, and leads the model to "
         "draw "
         "along them."),
      N_("At weight 0 the map is not looked at. With more weight the columns of the real trace "
         "appear: not its bits, but which headers its packets have. Too much weight leaves the "
         "caption little to say.")},
     learn_control_new},
    {N_("Repair Makes It Legal"),
     {N_("A drawing is close, not exact. A checksum with one wrong bit is wrong, and a TCP "
         "connection that does not begin with a handshake is none. Repair goes through the rules "
         "of "
         "the protocols, as the RFCs state them, and changes as few bits as make them hold."),
      N_("Compare the picture before and after, or let it blink. Under it stand three changes: the "
         "packet, the field, what was drawn, what it became, and the rule that says why. What "
         "comes "
         "out can be written as a capture and opened in Wireshark.")},
     learn_repair_new},
};

enum { N_STEPS = G_N_ELEMENTS(steps) };

struct _TorchlightLearnPage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *stack, *dots;

    /* owned */
    TorchlightWorkspace *workspace;
    GtkWidget *buttons[N_STEPS]; /* of the tree */
    int step;
    GdkSurface *surface; /* that the page is shown on */
    gulong width_handler;
};

G_DEFINE_FINAL_TYPE(TorchlightLearnPage, torchlight_learn_page, GTK_TYPE_WIDGET)

/* --- a step --- */

static GtkWidget *
make_step(TorchlightLearnPage *page, const Step *step)
{
    GtkWidget *scroller = gtk_scrolled_window_new();
    GtkWidget *both = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *text = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);

    gtk_widget_set_layout_manager(both, torchlight_learn_layout_new());
    gtk_box_append(GTK_BOX(text), learn_label(_(step->title), "learn-title"));
    gtk_box_append(GTK_BOX(text), learn_label(_(step->text[0]), "learn-text"));
    gtk_box_append(GTK_BOX(text), learn_label(_(step->text[1]), "learn-text"));
    gtk_box_append(GTK_BOX(both), text);
    gtk_box_append(GTK_BOX(both), step->make(page->workspace));
    gtk_widget_add_css_class(both, "learn-step");
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), both);
    return scroller;
}

/* Steps are made when they are first gone to. */
static void
show_step(TorchlightLearnPage *page, int step)
{
    g_autofree char *name = g_strdup_printf("%d", step);

    if (step < 0 || step >= N_STEPS)
        return;
    page->step = step;
    if (!gtk_stack_get_child_by_name(GTK_STACK(page->stack), name)) {
        GtkWidget *made = make_step(page, &steps[step]);

        gtk_stack_add_named(GTK_STACK(page->stack), made, name);
    }
    gtk_stack_set_visible_child_full(GTK_STACK(page->stack), name,
                                     gtk_widget_get_mapped(page->stack)
                                         ? GTK_STACK_TRANSITION_TYPE_CROSSFADE
                                         : GTK_STACK_TRANSITION_TYPE_NONE);
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(page->buttons[step]), TRUE);
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "learn.previous", step > 0);
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "learn.next", step + 1 < N_STEPS);
}

static void
go_previous(GtkWidget *widget, const char *name, GVariant *parameter)
{
    show_step(TORCHLIGHT_LEARN_PAGE(widget), TORCHLIGHT_LEARN_PAGE(widget)->step - 1);
}

static void
go_next(GtkWidget *widget, const char *name, GVariant *parameter)
{
    show_step(TORCHLIGHT_LEARN_PAGE(widget), TORCHLIGHT_LEARN_PAGE(widget)->step + 1);
}

/* Whatever has the focus while the page is seen: a remote control sends these keys. */
static gboolean
on_page_key(GtkWidget *widget, GVariant *by, gpointer data)
{
    TorchlightLearnPage *page = TORCHLIGHT_LEARN_PAGE(widget);

    if (!gtk_widget_get_mapped(widget))
        return FALSE;
    show_step(page, page->step + g_variant_get_int32(by));
    return TRUE;
}

static void
add_keys(TorchlightLearnPage *page)
{
    GtkEventController *keys = gtk_shortcut_controller_new();
    const struct {
        guint key;
        int by;
    } all[] = {{GDK_KEY_Page_Up, -1}, {GDK_KEY_Page_Down, 1}};

    gtk_shortcut_controller_set_scope(GTK_SHORTCUT_CONTROLLER(keys), GTK_SHORTCUT_SCOPE_GLOBAL);
    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        GtkShortcut *shortcut = gtk_shortcut_new(gtk_keyval_trigger_new(all[i].key, 0),
                                                 gtk_callback_action_new(on_page_key, NULL, NULL));

        gtk_shortcut_set_arguments(shortcut, g_variant_new_int32(all[i].by));
        gtk_shortcut_controller_add_shortcut(GTK_SHORTCUT_CONTROLLER(keys), shortcut);
    }
    gtk_widget_add_controller(GTK_WIDGET(page), keys);
}

static void
on_dot(GtkToggleButton *button, TorchlightLearnPage *page)
{
    for (int i = 0; gtk_toggle_button_get_active(button) && i < N_STEPS; i++) {
        if (page->buttons[i] == GTK_WIDGET(button) && page->step != i)
            show_step(page, i);
    }
}

static void
add_dots(TorchlightLearnPage *page)
{
    for (int i = 0; i < N_STEPS; i++) {
        g_autofree char *number = g_strdup_printf("%d", i + 1);
        g_autofree char *name = g_strdup_printf(_("Step %d: %s"), i + 1, _(steps[i].title));
        GtkWidget *button = gtk_toggle_button_new_with_label(number);

        if (i > 0)
            gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(button),
                                        GTK_TOGGLE_BUTTON(page->buttons[0]));
        page->buttons[i] = button;
        gtk_widget_add_css_class(button, "circular");
        gtk_widget_add_css_class(button, "flat");
        gtk_widget_set_tooltip_text(button, _(steps[i].title));
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                       -1);
        g_signal_connect(button, "toggled", G_CALLBACK(on_dot), page);
        gtk_box_append(GTK_BOX(page->dots), button);
    }
}

/* --- size --- */

static void
on_width(TorchlightLearnPage *page)
{
    if (gdk_surface_get_width(page->surface) >= WALL)
        gtk_widget_add_css_class(page->content, "learn-wall");
    else
        gtk_widget_remove_css_class(page->content, "learn-wall");
}

static void
torchlight_learn_page_realize(GtkWidget *widget)
{
    TorchlightLearnPage *page = TORCHLIGHT_LEARN_PAGE(widget);

    GTK_WIDGET_CLASS(torchlight_learn_page_parent_class)->realize(widget);
    page->surface = g_object_ref(gtk_native_get_surface(gtk_widget_get_native(widget)));
    page->width_handler =
        g_signal_connect_swapped(page->surface, "notify::width", G_CALLBACK(on_width), page);
    on_width(page);
}

static void
torchlight_learn_page_unrealize(GtkWidget *widget)
{
    TorchlightLearnPage *page = TORCHLIGHT_LEARN_PAGE(widget);

    g_clear_signal_handler(&page->width_handler, page->surface);
    g_clear_object(&page->surface);
    GTK_WIDGET_CLASS(torchlight_learn_page_parent_class)->unrealize(widget);
}

/* The first step is made when the page is first seen. */
static void
torchlight_learn_page_map(GtkWidget *widget)
{
    TorchlightLearnPage *page = TORCHLIGHT_LEARN_PAGE(widget);

    GTK_WIDGET_CLASS(torchlight_learn_page_parent_class)->map(widget);
    if (!gtk_stack_get_visible_child(GTK_STACK(page->stack)))
        show_step(page, 0);
}

/* --- the object --- */

void
torchlight_learn_page_set_workspace(TorchlightLearnPage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
}

static void
torchlight_learn_page_dispose(GObject *object)
{
    TorchlightLearnPage *page = TORCHLIGHT_LEARN_PAGE(object);

    g_clear_pointer(&page->content, gtk_widget_unparent);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_learn_page_parent_class)->dispose(object);
}

static void
torchlight_learn_page_class_init(TorchlightLearnPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_learn_page_dispose;
    widget->realize = torchlight_learn_page_realize;
    widget->unrealize = torchlight_learn_page_unrealize;
    widget->map = torchlight_learn_page_map;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/learn_page.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightLearnPage, content);
    gtk_widget_class_bind_template_child(widget, TorchlightLearnPage, stack);
    gtk_widget_class_bind_template_child(widget, TorchlightLearnPage, dots);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_install_action(widget, "learn.previous", NULL, go_previous);
    gtk_widget_class_install_action(widget, "learn.next", NULL, go_next);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Left, 0, "learn.previous", NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Right, 0, "learn.next", NULL);
}

static void
torchlight_learn_page_init(TorchlightLearnPage *page)
{
    gtk_widget_init_template(GTK_WIDGET(page));
    add_dots(page);
    add_keys(page);
}

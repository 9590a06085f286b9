/* SPDX-License-Identifier: Apache-2.0 */
/* Buttons that may be narrower than what they say. */
#include "ui/shrink.h"

void
shrink_buttons(GtkWidget *box)
{
    for (GtkWidget *at = gtk_widget_get_first_child(box); at;
         at = gtk_widget_get_next_sibling(at)) {
        GtkWidget *label = GTK_IS_BUTTON(at) ? gtk_button_get_child(GTK_BUTTON(at)) : NULL;

        if (GTK_IS_LABEL(label))
            gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    }
}

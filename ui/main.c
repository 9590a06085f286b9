/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight-workbench: the window. */
#include <glib/gi18n.h>
#include <locale.h>

#include "app/jobs/wait_policy.h"
#include "ui/application.h"
#include "ui/latency.h"
#include "ui/objects.h"
#include "ui/settings.h"

int
main(int argc, char **argv)
{
    const char *localedir = g_getenv("TORCHLIGHT_LOCALEDIR");
    g_autoptr(TorchlightApplication) application = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    wait_policy_settle(argv);
    objects_begin();
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, localedir && *localedir ? localedir : LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    g_set_application_name(_("Torchlight"));
    if (!settings_check(&error)) {
        g_printerr("torchlight-workbench: %s\n", error->message);
        return 1;
    }
    application = torchlight_application_new();
    latency_begin();
    status = g_application_run(G_APPLICATION(application), argc, argv);
    latency_end();
    objects_end();
    return status;
}

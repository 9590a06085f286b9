/* SPDX-License-Identifier: Apache-2.0 */
/* Policies by name. */
#include "app/trace/policy.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const address_names[] = {"auto",          "keep",    "mixed",
                                            "documentation", "private", "permute"};
static const char *const mac_names[] = {"derived", "random"};
static const char *const payload_names[] = {"zeros", "random", "template"};
static const char *const link_names[] = {"ethernet", "raw"};

/* The first `hidden` names are not for people. -1 and error when name is none of the others. */
static int
find_name(const char *const names[], int n, int hidden, const char *name, const char *message,
          GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    if (!name)
        return 0;
    for (int i = hidden; i < n; i++) {
        if (g_str_equal(names[i], name))
            return i;
        g_string_append_printf(known, "%s%s", i == hidden ? "" : ", ", names[i]);
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message, name, known->str);
    return -1;
}

bool
address_policy_by_name(const char *name, AddressPolicy *policy, GError **error)
{
    int found = find_name(address_names, G_N_ELEMENTS(address_names), 1, name,
                          _("“%s” is no way to make addresses: choose one of %s."), error);

    if (found >= 0)
        *policy = (AddressPolicy)found;
    return found >= 0;
}

bool
mac_policy_by_name(const char *name, MacPolicy *policy, GError **error)
{
    int found = find_name(mac_names, G_N_ELEMENTS(mac_names), 0, name,
                          _("“%s” is no way to make hardware addresses: choose one of %s."), error);

    if (found >= 0)
        *policy = (MacPolicy)found;
    return found >= 0;
}

bool
payload_policy_by_name(const char *name, PayloadPolicy *policy, GError **error)
{
    int found = find_name(payload_names, G_N_ELEMENTS(payload_names), 0, name,
                          _("“%s” is no payload: choose one of %s."), error);

    if (found >= 0)
        *policy = (PayloadPolicy)found;
    return found >= 0;
}

bool
capture_link_by_name(const char *name, CaptureLink *link, GError **error)
{
    int found = find_name(link_names, G_N_ELEMENTS(link_names), 0, name,
                          _("“%s” is no link type to write: choose one of %s."), error);

    if (found >= 0)
        *link = (CaptureLink)found;
    return found >= 0;
}

const char *
address_policy_name(AddressPolicy policy)
{
    return address_names[policy];
}

const char *
mac_policy_name(MacPolicy policy)
{
    return mac_names[policy];
}

const char *
payload_policy_name(PayloadPolicy policy)
{
    return payload_names[policy];
}

const char *
capture_link_name(CaptureLink link)
{
    return link_names[link];
}

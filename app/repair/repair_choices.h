/* SPDX-License-Identifier: Apache-2.0 */
/* What a person takes over of a repair, and by which policies the rest is made. All zeros takes
 * everything. One object of JSON says it, in a file for `torchlight repair --choices` and in the
 * record of a trace of a project alike:
 *
 *   {"rules_off": ["tcp-window"],   rules that change nothing (RepairOptions.without): all others
 *                                   run as if what it looks at were right
 *    "as_drawn": [3, 17],           packets, by row from 0, that stay as they were drawn
 *                                   (RepairOptions.as_drawn)
 *    "mid_stream": true,            drawn connections may start in their middle
 *    "timing": "none" or a file, "template": a capture, "addresses": "mixed", "map": a list,
 *    "macs": "random", "payload": "zeros", "link": "raw", "snaplen": 128, "annotate": true,
 *    "seed": 7}
 *
 * What is not there is the default. Files are named from the folder of the file of choices, or of
 * the project. */
#pragma once

#include <json-glib/json-glib.h>

#include "app/repair/repair.h"
#include "app/trace/capture.h"

typedef struct {
    uint64_t rules_off; /* bit i: rule i of repair_rules() */
    GArray *as_drawn;   /* int, ascending; owned, never NULL */
    bool mid_stream;
    bool annotate; /* say at each packet of a pcapng which rules changed it */
    bool has_seed; /* else that of the trace's own provenance, or 0 */
    guint64 seed;
    AddressPolicy addresses;
    MacPolicy macs;
    PayloadPolicy payload;
    CaptureLink link;
    guint32 snaplen; /* bytes of a frame, 0: all */
    char *timing;    /* owned: a model of timing, "none", or NULL: the one that is installed */
    char *template;  /* owned: a real capture, or NULL */
    char *map;       /* owned: a list of addresses, or NULL */
} RepairChoices;

RepairChoices *repair_choices_new(void);
RepairChoices *repair_choices_copy(const RepairChoices *choices);
void repair_choices_free(RepairChoices *choices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepairChoices, repair_choices_free)
bool repair_choices_equal(const RepairChoices *a, const RepairChoices *b);
/* True when every rule runs and no packet stays as drawn: all is accepted. */
bool repair_choices_take_all(const RepairChoices *choices);

void repair_choices_set_rule(RepairChoices *choices, int rule, bool on);
bool repair_choices_has_packet(const RepairChoices *choices, int row); /* it stays as drawn */
void repair_choices_set_packet(RepairChoices *choices, int row, bool as_drawn);
/* The ids of the rules that are off, NULL-terminated; NULL for none. g_free, not the ids. */
const char **repair_choices_without(const RepairChoices *choices);

/* A new object without the members that are at their default; {} where all are. */
JsonNode *repair_choices_to_json(const RepairChoices *choices);
/* name: of the file or trace, for messages. An unknown member or value is an error that says so. */
RepairChoices *repair_choices_from_json(JsonNode *node, const char *name, GError **error);
/* Paths that are relative become absolute, from dir on. */
void repair_choices_resolve(RepairChoices *choices, const char *dir);
/* A file of choices, with its paths resolved. */
RepairChoices *repair_choices_read(const char *path, GError **error);

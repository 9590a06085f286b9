/* SPDX-License-Identifier: Apache-2.0 */
/* A repair told bit by bit and rule by rule: what was done to a bit, by which rule and why, what a
 * rule did and in which packets, and the picture of it. */
#pragma once

#include "app/repair/repair.h"
#include "app/trace/image.h"

/* What a rule is about: a header, or what packets have in common. */
typedef enum {
    REPAIR_ABOUT_PACKET,
    REPAIR_ABOUT_IPV4,
    REPAIR_ABOUT_IPV6,
    REPAIR_ABOUT_TCP,
    REPAIR_ABOUT_UDP,
    REPAIR_ABOUT_ICMP,
    REPAIR_ABOUT_FLOW,
    N_REPAIR_ABOUT
} RepairAbout;

RepairAbout repair_rule_about(int rule);
const char *repair_about_title(RepairAbout about); /* translated: "Packet", "IPv4", ..., "Flow" */

/* The colour of a rule's bits in a picture of changes: a hue by what it is about, those of TCP
 * connections apart from those of a segment, and a shade by its place among them. All of them are
 * lighter than the picture they lie on (contrast 3 at least). RGB. */
void repair_rule_colour(int rule, uint8_t rgb[3]);

typedef struct RepairStory RepairStory;

/* All are borrowed and have to outlive the story: what was given to repair_trace, what came out,
 * and its report. Rows below are those of the drawn trace. */
RepairStory *repair_story_new(const Trace *drawn, const Trace *repaired,
                              const RepairReport *report);
void repair_story_free(RepairStory *story);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepairStory, repair_story_free)

typedef struct {
    int row, out_row; /* out_row: in the repaired trace, -1: it became no packet */
    FieldId field;
    int bit; /* of it, 0 = most significant */
    /* Trits of the whole field, as drawn and as it came out; now is NULL without out_row. */
    const int8_t *drawn, *now;
    const RepairChange *change;   /* what was done to the field, or NULL */
    const RepairChange *declined; /* (n_declined) what was not done to it, or NULL */
    int n_declined;
} RepairBit;

/* False outside of the drawn trace. */
bool repair_story_bit(const RepairStory *story, int row, int column, RepairBit *bit);
/* Whether that very bit, not only its field, came out otherwise than drawn. */
static inline bool
repair_bit_is_changed(const RepairBit *bit)
{
    return bit->drawn[bit->bit] != (bit->now ? bit->now[bit->bit] : -1);
}

/* What was done to a packet, and what was not; NULL and n 0 for none. */
const RepairChange *repair_story_changes(const RepairStory *story, int row, int *n);
const RepairChange *repair_story_declined(const RepairStory *story, int row, int *n);
int repair_story_out_row(const RepairStory *story, int row); /* -1: it became no packet */

/* What a rule did: it has the last word on so many bits of so many packets; and what it would have
 * done, were it on or the packets not to stay as drawn. */
typedef struct {
    gint64 n_packets, n_bits, n_declined_packets, n_declined_bits;
} RepairRuleCount;
RepairRuleCount repair_story_count(const RepairStory *story, int rule);
/* The packets a rule changed or would have changed: int, ascending; the caller unrefs. */
GArray *repair_story_rows(const RepairStory *story, int rule);

/* The repaired trace with every packet in the row it was drawn in, so that both lie over each
 * other; rows that became no packet are absence. */
Trace *repair_story_align(const RepairStory *story);
/* RGB, as trace_draw draws these rows: the drawn bits dimmed, those that were changed in the colour
 * of their rule; what was declined is half as bright. rule >= 0: only its bits shine, others are
 * dimmed too. */
Image *repair_story_draw(const RepairStory *story, int first_row, int n_rows, int rule);

/* "64 (0x40)", "absent", or bits with - for absence where a field is wide or there in part;
 * translated; the caller frees. */
char *repair_trits_to_text(const int8_t *trits, int width);

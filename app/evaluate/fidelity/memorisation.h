/* SPDX-License-Identifier: Apache-2.0 */
/* Diversity and memorisation: whether generated traces are distinct, nearer to what they were
 * trained on than to captures never seen, copies of rows, and whether they give away who was in the
 * training. Every figure stands beside the same figure of real captures: what is no worse than
 * that, no training caused.
 *
 * Neighbours are looked for within a class. That the training set is larger must not make it look
 * nearer: with t captures trained on and h held out, m = min(t, h - 1) of each are drawn, twenty
 * times, and a trace's nearest among the one m and the other m are compared. The floor asks the
 * same of each held-out capture, against the training and against the others held out, on as many
 * neighbours. With one held-out capture m = 1 and there is no floor.
 *
 * Membership inference (Shokri et al. 2017; for generators Hayes et al. 2019, Chen et al. 2020,
 * GAN-Leaks, full black-box): an attacker holds a capture and the generated set, and scores how
 * likely the capture was trained on. Told as ROC-AUC (0.5: no better than chance) and as the share
 * of members found at 1 % false alarms (Carlini et al. 2022). Its floor has real captures, set
 * apart from both, in the place of the generated ones. */
#pragma once

#include "app/evaluate/fidelity/estimate.h"
#include "app/evaluate/fidelity/packed_trace.h"

#include <gio/gio.h>

typedef enum {
    ROLE_TRAINED_ON, /* real captures that a model, LoRA or baseline was fitted on: members */
    ROLE_HELD_OUT,   /* real captures that it never saw: the test part */
    ROLE_APART,      /* more such, in the place of generated ones: the validation part */
    ROLE_GENERATED,
    N_ROLES
} MemorisationRole;

typedef enum {
    ATTACK_NEAREST, /* less the distance to the nearest generated trace of the class */
    ATTACK_CENTRED, /* the same, less its mean over the class: classes are not alike in width */
    ATTACK_ROWS,    /* the largest share of its rows that one generated trace holds */
    N_ATTACKS
} Attack;

/* "nearest", "centred", "rows". */
const char *attack_name(Attack attack);

typedef struct {
    Estimate generated, real; /* real: the floor */
} BesideReal;

/* Distances and shares are those of packed_trace.h. */
typedef struct {
    char *name; /* owned: of the class; "" of all */
    int n[N_ROLES];
    int n_with_parent;                      /* generated traces that name a parent */
    BesideReal distinct[N_SCOPES];          /* share of different traces; no interval. Real: of
                                                 those trained on */
    BesideReal copies[N_SCOPES];            /* share that equals a trace trained on */
    BesideReal to_trained[N_SCOPES];        /* mean distance to the nearest trained on */
    BesideReal to_held_out[N_SCOPES];       /* ... to the nearest held out */
    BesideReal nearer_to_trained[N_SCOPES]; /* how often the first is less, ties one half */
    BesideReal copied_rows[N_SCOPES];       /* share of rows that stand in any parent; real: in
                                               any of as many captures trained on */
    BesideReal attack_auc[N_SCOPES][N_ATTACKS];
    BesideReal attack_tpr[N_SCOPES][N_ATTACKS]; /* at 1 % false positives */
} MemorisationClass;

typedef struct {
    GPtrArray *classes;     /* MemorisationClass, by name; with no intervals of attacks */
    MemorisationClass *all; /* all traces of all classes, each compared within its class */
} MemorisationReport;

typedef struct Memorisation Memorisation;

Memorisation *memorisation_new(void);
void memorisation_free(Memorisation *memorisation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Memorisation, memorisation_free)

/* Takes the trace; all must be of one layout. One without packets is compared with nothing. Its
 * number, from 0. */
int memorisation_add(Memorisation *memorisation, const char *class, MemorisationRole role,
                     PackedTrace *trace);
/* Says that a generated trace was made after another trace that was added (any role): its control
 * map, template or rows came from there. */
void memorisation_add_parent(Memorisation *memorisation, int generated, int parent);

/* The same for the same traces in the same order, and seed. NULL only when stopped. */
MemorisationReport *memorisation_compare(const Memorisation *memorisation, guint64 seed,
                                         GCancellable *cancellable, GError **error);
void memorisation_report_free(MemorisationReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MemorisationReport, memorisation_report_free)

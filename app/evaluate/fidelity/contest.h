/* SPDX-License-Identifier: Apache-2.0 */
/* A class while it is compared: draws of its real and its generated traces, and what differs
 * between them. Private to fidelity. */
#pragma once

#include "app/evaluate/fidelity/pile.h"
#include "app/trace/random.h"

enum { N_DRAWS = 20 };

typedef enum { AGAINST_GENERATED, AGAINST_REAL, N_AGAINST } Against;

/* The traces of a class as they were given. */
typedef struct {
    char *name;
    GPtrArray *counts[N_SIDES]; /* TraceCounts, owned */
    int n_empty[N_SIDES];
} Group;

typedef struct {
    const Group *group;         /* borrowed */
    GPtrArray *traces[N_SIDES]; /* BinnedTrace, owned */
    Pile *whole;                /* all of them */
    int n_drawn;                /* from each side; 0 where one is empty */
    double *figures[N_AGAINST]; /* (N_DRAWS, figures_n), NAN until drawn */
    Random random;
} Contest;

Contest *contest_new(const BinTable *table, const Group *group, guint64 seed);
void contest_free(void *contest);
bool contest_has_floor(const Contest *contest);
/* (N_DRAWS, figures_n) of NAN; the caller frees. */
double *contest_figures_new(const BinTable *table);

/* The three piles of a draw: real captures, other real ones, generated ones. */
typedef struct {
    Pile *real, *other, *generated;
} Draw;

Draw draw_new(const BinTable *table);
void draw_free(Draw *draw);
void draw_clear(Draw *draw, const BinTable *table);
/* Writes a round's figures. */
void draw_compare(const Draw *draw, const BinTable *table, const Pile *whole, bool with_floor,
                  int round, double *const figures[N_AGAINST]);
/* Draws, n_drawn > 0, and writes the round's figures; draw holds what was drawn, other only with a
 * floor. */
void contest_draw(Contest *contest, const BinTable *table, int round, Draw *draw);

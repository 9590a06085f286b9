/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest path over (packet, mark), marks not falling. */
#include "app/repair/echo_match.h"

#include <math.h>

enum { WINDOW = 192 };

/* Nats. */
static const double not_last_cost = 1.5;

static int
window_start(const EchoItem *item)
{
    return MAX(0, item->n_available - WINDOW);
}

static double
answer_cost(double bit_weight, const uint32_t *marks, const EchoItem *item, int mark)
{
    bool is_last = mark == item->n_available - 1;

    if (item->must_be_last && !is_last)
        return INFINITY;
    return bit_weight * drawn_number_cost(&item->drawn, marks[mark]) +
           (is_last ? 0 : not_last_cost);
}

/* One row of the table from the one before: cost[k] of the cheapest path that ends with mark
 * start + k, and from which mark (its index in the window before) it came. */
static void
relax(double bit_weight, const uint32_t *marks, const EchoItem *item, const EchoItem *before,
      const double *was, double *cost, int16_t *from)
{
    int start = window_start(item), n = item->n_available - start;
    int start_before = before ? window_start(before) : 0;
    int n_before = before ? before->n_available - start_before : 0, next = 0, best = -1;

    for (int k = 0; k < n; k++) {
        /* The cheapest of the marks before that are no later than this one; marks that have left
         * the window count as its first. */
        while (next < n_before && (start_before + next <= start + k)) {
            if (best < 0 || was[next] <= was[best])
                best = next;
            next++;
        }
        double so_far = !before ? 0 : best < 0 ? INFINITY : was[best];
        cost[k] = so_far + answer_cost(bit_weight, marks, item, start + k);
        from[k] = (int16_t)best;
    }
}

void
echo_match(double bit_weight, const uint32_t *marks, EchoItem *items, int n)
{
    double costs[2][WINDOW];
    g_autofree int16_t *from = g_new(int16_t, (size_t)MAX(n, 1) * WINDOW);
    int best = 0;

    for (int i = 0; i < n; i++)
        relax(bit_weight, marks, &items[i], i ? &items[i - 1] : NULL, costs[(i + 1) & 1],
              costs[i & 1], from + (size_t)i * WINDOW);
    if (n == 0)
        return;
    int n_last = items[n - 1].n_available - window_start(&items[n - 1]);
    for (int k = 1; k < n_last; k++) {
        if (costs[(n - 1) & 1][k] <= costs[(n - 1) & 1][best])
            best = k;
    }
    for (int i = n - 1; i >= 0; i--) {
        items[i].mark = window_start(&items[i]) + best;
        best = from[(size_t)i * WINDOW + best];
    }
}

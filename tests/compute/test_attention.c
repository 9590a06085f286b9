/* SPDX-License-Identifier: Apache-2.0 */
/* Tiled attention against the definition in double, forward and backward, and that its bits do not
 * depend on the number of threads. */
#include "compute/cpu/parallel.h"
#include "compute/ops/attention_cpu.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef struct {
    float *q, *k, *v, *upstream; /* inputs */
    float *o, *lse, *dq, *dk, *dv;
} Values;

static float *
random_floats(GRand *rand, int64_t n)
{
    float *x = g_new(float, n);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)g_rand_double_range(rand, -2, 2);
    return x;
}

static void
values_init(Values *x, const AttentionSizes *z)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    int64_t n_q = z->b * z->t * z->c, n_k = z->b * z->s * z->c;
    float **of_q[] = {&x->q, &x->upstream, &x->o, &x->dq};
    float **of_k[] = {&x->k, &x->v, &x->dk, &x->dv};
    for (int i = 0; i < 4; i++) {
        *of_q[i] = random_floats(rand, n_q);
        *of_k[i] = random_floats(rand, n_k);
    }
    x->lse = random_floats(rand, z->b * z->heads * z->t);
}

static void
values_clear(Values *x)
{
    float *all[] = {x->q, x->upstream, x->o, x->dq, x->k, x->v, x->dk, x->dv, x->lse};
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
}

static void
run(const AttentionSizes *z, Values *x)
{
    attention_cpu_forward(z, x->q, x->k, x->v, x->o, x->lse);
    attention_cpu_backward(z, x->q, x->k, x->v, x->o, x->lse, x->upstream, x->dq, x->dk, x->dv);
}

static double
dot(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* p (S) of one query. */
static void
plain_probabilities(const AttentionSizes *z, const float *q, const float *k, int64_t query,
                    double *p)
{
    int64_t d = z->c / z->heads;
    double top = -INFINITY, sum = 0;
    for (int64_t j = 0; j < z->s; j++) {
        p[j] = z->causal && j > query ? -INFINITY : dot(q, k + j * z->c, d) / sqrt((double)d);
        top = fmax(top, p[j]);
    }
    for (int64_t j = 0; j < z->s; j++)
        sum += p[j] = exp(p[j] - top);
    for (int64_t j = 0; j < z->s; j++)
        p[j] /= sum;
}

/* Adds one query's part of the gradients and checks its row of o. */
static void
plain_query(const AttentionSizes *z, const Values *x, int64_t at_q, int64_t at_k, int64_t query,
            double *p, double *dq, double *dk, double *dv)
{
    int64_t d = z->c / z->heads;
    const float *q = x->q + at_q, *u = x->upstream + at_q;
    plain_probabilities(z, q, x->k + at_k, query, p);
    double delta = 0;
    for (int64_t i = 0; i < d; i++) {
        double o = 0;
        for (int64_t j = 0; j < z->s; j++)
            o += p[j] * (double)x->v[at_k + j * z->c + i];
        g_assert_cmpfloat_with_epsilon((double)x->o[at_q + i], o, 4e-6);
        delta += o * (double)u[i];
    }
    for (int64_t j = 0; j < z->s; j++) {
        double dp = dot(u, x->v + at_k + j * z->c, d);
        double ds = p[j] * (dp - delta) / sqrt((double)d);
        for (int64_t i = 0; i < d; i++) {
            dq[at_q + i] += ds * (double)x->k[at_k + j * z->c + i];
            dk[at_k + j * z->c + i] += ds * (double)q[i];
            dv[at_k + j * z->c + i] += p[j] * (double)u[i];
        }
    }
}

static void
assert_close(const float *x, const double *expected, int64_t n)
{
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(expected[i]));
        worst = fmax(worst, fabs((double)x[i] - expected[i]));
    }
    g_assert_cmpfloat(worst, <=, 5e-6 * largest);
}

static void
check(const AttentionSizes *z)
{
    Values x;
    values_init(&x, z);
    run(z, &x);
    int64_t n_q = z->b * z->t * z->c, n_k = z->b * z->s * z->c, d = z->c / z->heads;
    g_autofree double *dq = g_new0(double, n_q), *dk = g_new0(double, n_k);
    g_autofree double *dv = g_new0(double, n_k), *p = g_new0(double, z->s);
    for (int64_t b = 0; b < z->b; b++) {
        for (int64_t h = 0; h < z->heads; h++) {
            for (int64_t t = 0; t < z->t; t++)
                plain_query(z, &x, (b * z->t + t) * z->c + h * d, b * z->s * z->c + h * d, t, p, dq,
                            dk, dv);
        }
    }
    assert_close(x.dq, dq, n_q);
    assert_close(x.dk, dk, n_k);
    assert_close(x.dv, dv, n_k);
    values_clear(&x);
}

static void
test_definition(void)
{
    check(&(AttentionSizes){.b = 2, .t = 7, .s = 5, .c = 15, .heads = 3});
    check(&(AttentionSizes){.b = 1, .t = 131, .s = 77, .c = 48, .heads = 2});
    check(&(AttentionSizes){.b = 1, .t = 67, .s = 1100, .c = 17, .heads = 1});
    check(&(AttentionSizes){.b = 1, .t = 65, .s = 33, .c = 160, .heads = 1});
}

static void
test_causal(void)
{
    check(&(AttentionSizes){.b = 2, .t = 77, .s = 77, .c = 24, .heads = 2, .causal = true});
    check(&(AttentionSizes){.b = 1, .t = 601, .s = 601, .c = 5, .heads = 1, .causal = true});
}

static void
test_threads(void)
{
    AttentionSizes z = {.b = 1, .t = 333, .s = 700, .c = 48, .heads = 3};
    Values one, many;
    values_init(&one, &z);
    values_init(&many, &z);
    int before = omp_get_max_threads();
    omp_set_num_threads(1);
    run(&z, &one);
    omp_set_num_threads(MAX(before, 3));
    run(&z, &many);
    omp_set_num_threads(before);
    size_t n_q = (size_t)(z.t * z.c) * sizeof(float), n_k = (size_t)(z.s * z.c) * sizeof(float);
    g_assert_cmpmem(one.o, n_q, many.o, n_q);
    g_assert_cmpmem(one.dq, n_q, many.dq, n_q);
    g_assert_cmpmem(one.dk, n_k, many.dk, n_k);
    g_assert_cmpmem(one.dv, n_k, many.dv, n_k);
    values_clear(&one);
    values_clear(&many);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attention/definition", test_definition);
    g_test_add_func("/attention/causal", test_causal);
    g_test_add_func("/attention/threads", test_threads);
    return g_test_run();
}

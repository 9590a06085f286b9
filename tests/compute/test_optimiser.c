/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW and the moving average against plain loops in double, several steps, through programs. */
#include "compute/ops.h"
#include "compute/program.h"

#include <math.h>

#define COUNT 1003
#define STEPS 5

static const double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0.01;

typedef struct {
    double param[COUNT], m[COUNT], v[COUNT], average[COUNT];
} Plain;

typedef struct {
    Device *device;
    Weight *param, *m, *v, *average;
    Tensor *grad, *hyper, *rate, *sum;
    Program *program;
} Trainer;

static Weight *
weight(Device *device, const char *name)
{
    g_autoptr(GError) error = NULL;
    Weight *w = weight_new(device, name, DTYPE_F32, &SHAPE(17, 59), &error);
    g_assert_no_error(error);
    return w;
}

static void
trainer_init(Trainer *t, const char *device_name, bool clips)
{
    g_autoptr(GError) error = NULL;
    t->device = device_open(device_name, &error);
    g_assert_no_error(error);
    Weight **weights[] = {&t->param, &t->m, &t->v, &t->average};
    for (int i = 0; i < 4; i++)
        *weights[i] = weight(t->device, "w");
    Graph *g = graph_new();
    Tensor *param = graph_weight(g, t->param);
    t->grad = graph_input(g, DTYPE_F32, &SHAPE(17, 59));
    t->hyper = graph_input(g, DTYPE_F32, &SHAPE(8));
    t->rate = graph_input(g, DTYPE_F32, &SHAPE(1));
    t->sum = clips ? graph_keep(g, op_sum_squares(g, t->grad, NULL)) : NULL;
    op_adamw(g, param, t->grad, graph_weight(g, t->m), graph_weight(g, t->v), t->hyper, t->sum);
    op_ema(g, graph_weight(g, t->average), param, t->rate, t->sum);
    t->program = program_new(g, t->device, &error);
    g_assert_no_error(error);
}

static void
trainer_clear(Trainer *t)
{
    program_free(t->program);
    Weight *weights[] = {t->param, t->m, t->v, t->average};
    for (int i = 0; i < 4; i++)
        weight_free(weights[i]);
    device_close(t->device);
}

static void
trainer_step(Trainer *t, int step, const float *grad, float max_norm, float rate)
{
    g_autoptr(GError) error = NULL;
    float hyper[8] = {(float)lr,
                      (float)beta1,
                      (float)beta2,
                      (float)eps,
                      (float)decay,
                      (float)(1 - pow(beta1, step)),
                      (float)(1 - pow(beta2, step)),
                      max_norm};
    g_assert_true(program_write(t->program, t->grad, grad, &error));
    g_assert_true(program_write(t->program, t->hyper, hyper, &error));
    g_assert_true(program_write(t->program, t->rate, &rate, &error));
    g_assert_true(program_run(t->program, NULL, &error));
    g_assert_no_error(error);
}

static double
norm_of(const float *grad)
{
    double sum = 0;
    for (int i = 0; i < COUNT; i++)
        sum += (double)grad[i] * (double)grad[i];
    return sqrt(sum);
}

/* As torch.optim.AdamW and torch.nn.utils.clip_grad_norm_. */
static void
plain_step(Plain *p, int step, const float *grad, double max_norm, double rate)
{
    double clip = max_norm > 0 ? fmin(1, max_norm / (norm_of(grad) + 1e-6)) : 1;
    for (int i = 0; i < COUNT; i++) {
        double g = (double)grad[i] * clip;
        p->m[i] = beta1 * p->m[i] + (1 - beta1) * g;
        p->v[i] = beta2 * p->v[i] + (1 - beta2) * g * g;
        double root = sqrt(p->v[i] / (1 - pow(beta2, step)));
        p->param[i] *= 1 - lr * decay;
        p->param[i] -= lr * p->m[i] / (1 - pow(beta1, step)) / (root + eps);
        p->average[i] += rate * (p->param[i] - p->average[i]);
    }
}

static void
assert_weight(const Weight *w, const double *expected)
{
    g_autoptr(GError) error = NULL;
    float values[COUNT];
    g_assert_true(weight_read(w, values, &error));
    double worst = 0, largest = 0;
    for (int i = 0; i < COUNT; i++) {
        worst = fmax(worst, fabs((double)values[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    g_assert_cmpfloat(worst, <=, 1e-6 * largest);
}

/* From zero weights, so that nothing hides an error in the update. */
static void
check(const char *device_name, float max_norm)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    g_autofree Plain *plain = g_new0(Plain, 1);
    Trainer t;
    trainer_init(&t, device_name, max_norm > 0);
    for (int step = 1; step <= STEPS; step++) {
        float grad[COUNT];
        for (int i = 0; i < COUNT; i++)
            grad[i] = (float)g_rand_double_range(rand, -1, 1) * (i % 7 ? 1 : 1e-4f);
        trainer_step(&t, step, grad, max_norm, 0.125f);
        plain_step(plain, step, grad, (double)max_norm, 0.125);
    }
    if (t.sum) {
        g_autoptr(GError) error = NULL;
        float sum = 0;
        g_assert_true(program_read(t.program, t.sum, &sum, &error));
        g_assert_cmpfloat(sum, >, 0);
    }
    assert_weight(t.m, plain->m);
    assert_weight(t.v, plain->v);
    assert_weight(t.param, plain->param);
    assert_weight(t.average, plain->average);
    trainer_clear(&t);
}

static void
test_plain(gconstpointer device_name)
{
    check(device_name, 0);
}

static void
test_clipped(gconstpointer device_name)
{
    check(device_name, 0.5f); /* the norm is about 17 */
    check(device_name, 1000); /* not reached */
}

static bool
has_vulkan(void)
{
    g_autoptr(Device) device = device_open("vulkan", NULL);
    return device != NULL;
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/optimiser/cpu/plain", "cpu", test_plain);
    g_test_add_data_func("/optimiser/cpu/clipped", "cpu", test_clipped);
    if (has_vulkan()) {
        g_test_add_data_func("/optimiser/vulkan/plain", "vulkan", test_plain);
        g_test_add_data_func("/optimiser/vulkan/clipped", "vulkan", test_clipped);
    }
    return g_test_run();
}

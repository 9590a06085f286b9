/* SPDX-License-Identifier: Apache-2.0 */
/* A driver that fails, at each call in turn: an error, nothing lost or left behind, and the same
 * device (after want of memory) or the next one (after a lost device) works. */
#include <glib/gstdio.h>
#include <string.h>

#include "compute/ops.h"
#include "compute/program.h"

#define N 300
#define N_STEPS 2

/* A step of training. */
typedef struct {
    Weight *w, *m, *v;
    Tensor *x, *target, *hyper, *loss;
    Program *program;
} Step;

static void
step_clear(Step *step)
{
    g_clear_pointer(&step->program, program_free);
    g_clear_pointer(&step->w, weight_free);
    g_clear_pointer(&step->m, weight_free);
    g_clear_pointer(&step->v, weight_free);
}

static bool
step_init(Step *step, Device *device, GError **error)
{
    const Shape shape = SHAPE(N);
    if (!(step->w = weight_new(device, "w", DTYPE_F32, &shape, error)) ||
        !(step->m = weight_new(device, "m", DTYPE_F32, &shape, error)) ||
        !(step->v = weight_new(device, "v", DTYPE_F32, &shape, error)))
        return false;
    float start[N];
    for (int i = 0; i < N; i++)
        start[i] = (float)i / N;
    if (!weight_write(step->w, start, error))
        return false;
    step->w->trainable = true;
    Graph *g = graph_new();
    step->x = graph_input(g, DTYPE_F32, &shape);
    step->target = graph_input(g, DTYPE_F32, &shape);
    step->hyper = graph_input(g, DTYPE_F32, &SHAPE(8));
    Tensor *w = graph_weight(g, step->w);
    step->loss = graph_keep(g, op_mse_loss(g, op_silu(g, op_mul(g, step->x, w)), step->target));
    graph_backward(g, step->loss);
    op_adamw(g, w, w->grad, graph_weight(g, step->m), graph_weight(g, step->v), step->hyper, NULL);
    return (step->program = program_new(g, device, error)) != NULL;
}

/* The weights after two steps. */
static bool
train(Device *device, float out[N], GError **error)
{
    Step step = {0};
    bool ok = step_init(&step, device, error);
    for (int t = 1; ok && t <= N_STEPS; t++) {
        float hyper[8] = {0.1f, 0.5f, 0.5f, 1e-8f, 0, t == 1 ? 0.5f : 0.75f, t == 1 ? 0.5f : 0.75f};
        float x[N], target[N];
        for (int i = 0; i < N; i++) {
            x[i] = (float)(i % 7) - 3;
            target[i] = (float)(i % 5);
        }
        ok = program_write(step.program, step.x, x, error) &&
             program_write(step.program, step.target, target, error) &&
             program_write(step.program, step.hyper, hyper, error) &&
             program_run(step.program, NULL, error);
    }
    ok = ok && weight_read(step.w, out, error);
    step_clear(&step);
    return ok;
}

static void
set_fault(const char *kind, int n)
{
    g_autofree char *text = g_strdup_printf("%s:%d", kind, n);
    g_setenv("TORCHLIGHT_VULKAN_FAULT", text, TRUE);
}

static bool
expect(float expected[N])
{
    g_autoptr(GError) error = NULL;
    g_unsetenv("TORCHLIGHT_VULKAN_FAULT");
    g_autoptr(Device) device = device_open("vulkan", &error);
    if (!device) {
        g_test_skip(error->message);
        return false;
    }
    g_assert_true(train(device, expected, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(device_memory_used(device), <, 4096); /* what absent tensors are bound to */
    return true;
}

static void
check_error(const GError *error, int n, const char *kind)
{
    g_assert_nonnull(error);
    g_assert_cmpuint(strlen(error->message), >, 20);
    g_test_message("%s %d: %s", kind, n, error->message);
}

static void
test_memory(gconstpointer staging)
{
    float expected[N], got[N];
    g_setenv("TORCHLIGHT_VULKAN_STAGING", staging, TRUE);
    if (!expect(expected))
        return;
    for (int n = 1;; n++) {
        g_autoptr(GError) error = NULL;
        set_fault("make", n);
        g_autoptr(Device) device = device_open("vulkan", &error);
        if (device && train(device, got, &error)) {
            g_assert_no_error(error);
            g_assert_cmpmem(got, sizeof got, expected, sizeof expected);
            g_assert_cmpint(n, >, 30);
            break;
        }
        check_error(error, n, "make");
        if (!device)
            continue;
        size_t used = device_memory_used(device);
        g_assert_cmpuint(used, <, 4096);
        g_clear_error(&error);
        train(device, got, &error); /* it came once */
        g_assert_no_error(error);
        g_assert_cmpmem(got, sizeof got, expected, sizeof expected);
    }
    g_unsetenv("TORCHLIGHT_VULKAN_FAULT");
}

static void
test_lost(gconstpointer staging)
{
    float expected[N], got[N];
    g_setenv("TORCHLIGHT_VULKAN_STAGING", staging, TRUE);
    if (!expect(expected))
        return;
    for (int n = 1;; n++) {
        g_autoptr(GError) error = NULL;
        set_fault("work", n);
        g_autoptr(Device) device = device_open("vulkan", &error);
        if (device && train(device, got, &error)) {
            g_assert_cmpint(n, >, 4);
            break;
        }
        check_error(error, n, "work");
        g_clear_error(&error);
        for (int again = 0; device && again < 2; again++) { /* and ever after */
            g_assert_false(train(device, got, &error));
            check_error(error, n, "after");
            g_clear_error(&error);
        }
        g_clear_pointer(&device, device_close);
        g_unsetenv("TORCHLIGHT_VULKAN_FAULT");
        g_autoptr(Device) next = device_open("vulkan", &error);
        g_assert_no_error(error);
        g_assert_true(train(next, got, &error));
        g_assert_cmpmem(got, sizeof got, expected, sizeof expected);
    }
    g_unsetenv("TORCHLIGHT_VULKAN_FAULT");
}

/* A program that does not fit is refused before anything is taken, with what would. */
static void
test_refused(void)
{
    g_setenv("TORCHLIGHT_VULKAN_MEMORY", "160", TRUE);
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("vulkan", &error);
    if (device) {
        size_t before = device_memory_used(device);
        Graph *g = graph_new();
        Tensor *x = graph_input(g, DTYPE_F32, &SHAPE(8 << 20));
        Tensor *sum = x;
        for (int i = 0; i < 9; i++)
            sum = graph_keep(g, op_add(g, sum, x));
        Program *program = program_new(g, device, &error);
        g_assert_null(program);
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
        g_assert_nonnull(strstr(error->message, "320.0 MiB are needed"));
        g_test_message("%s", error->message);
        g_assert_cmpuint(device_memory_used(device), ==, before);
    } else {
        g_test_skip(error->message);
    }
    g_unsetenv("TORCHLIGHT_VULKAN_MEMORY");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/faults/memory/mapped", "0", test_memory);
    g_test_add_data_func("/faults/memory/staged", "1", test_memory);
    g_test_add_data_func("/faults/lost/mapped", "0", test_lost);
    g_test_add_data_func("/faults/lost/staged", "1", test_lost);
    g_test_add_func("/faults/refused", test_refused);
    return g_test_run();
}

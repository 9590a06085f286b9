/* SPDX-License-Identifier: Apache-2.0 */
/* The searches behind repair, on runs whose truth is known: counters and their answers drawn with
 * errors come back; noise gives a legal run and no invention. */
#include "app/repair/counter_track.h"
#include "app/repair/echo_match.h"

#include <math.h>

#include "app/trace/random.h"

enum { N = 400 };

static const TrackStep on[] = {{0, 0.03f, false}, {(uint32_t)-1, 6, true}};

static TrackModel
sequence_model(double error_rate)
{
    return (TrackModel){.bit_weight = log((1 - error_rate) / error_rate),
                        .mask = UINT32_MAX,
                        .steps = on,
                        .n_steps = G_N_ELEMENTS(on),
                        .jump_cost = 14,
                        .max_jump = 1 << 22,
                        .repeat_cost = 7};
}

static DrawnNumber
draw(uint32_t truth, double error_rate, Random *random)
{
    DrawnNumber number = {truth, UINT32_MAX, NULL, 32};

    for (int bit = 0; bit < 32; bit++) {
        if (random_below(random, 1000000) < error_rate * 1000000)
            number.bits ^= 1u << bit;
    }
    return number;
}

static int
n_right(const TrackItem *items, const uint32_t *truth)
{
    int n = 0;
    for (int i = 0; i < N; i++)
        n += items[i].number == truth[i];
    return n;
}

/* Segments of many sizes, over the wrap of 32 bits, with `event` at every 60th: 1 a hole, 2 a
 * segment sent again, 3 a keep-alive. */
static void
make_stream(TrackItem *items, uint32_t *truth, double error_rate, int event, guint64 seed)
{
    Random random = random_seeded(seed);
    uint32_t next = 0xfffe0000u, last = next;

    for (int i = 0; i < N; i++) {
        uint32_t size = random_below(&random, 3) ? 1448 : random_below(&random, 1000);
        truth[i] = next;
        if (i % 60 == 59 && event == 1)
            truth[i] = next + 2896;
        if (i % 60 == 59 && event == 2) {
            truth[i] = last;
            size = next - last;
        }
        if (i % 60 == 59 && event == 3) {
            truth[i] = next - 1;
            size = 0;
        }
        items[i] = (TrackItem){.drawn = draw(truth[i], error_rate, &random), .advance = size};
        if (truth[i] == next || event == 1) {
            last = truth[i];
            next = truth[i] + size;
        }
    }
}

static void
test_stream(void)
{
    static const struct {
        double error_rate;
        int event;
        double least; /* share of numbers that come back */
    } cases[] = {
        {0.001, 0, 1},   {0.01, 0, 1},    {0.05, 0, 1},    {0.2, 0, 0.99},
        {0.001, 1, 1},   {0.05, 1, 0.97}, {0.2, 1, 0.5},   {0.001, 2, 0.99},
        {0.05, 2, 0.95}, {0.001, 3, 1},   {0.05, 3, 0.95},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        TrackItem items[N];
        uint32_t truth[N];
        TrackModel model = sequence_model(cases[i].error_rate);

        make_stream(items, truth, cases[i].error_rate, cases[i].event, i);
        track_counter(&model, items, N);
        g_test_message("errors %.3f, event %d: %d of %d", cases[i].error_rate, cases[i].event,
                       n_right(items, truth), N);
        g_assert_cmpfloat(n_right(items, truth), >=, cases[i].least * N);
    }
}

/* Of noise comes a run without holes, and nothing is sent again that was not sent. */
static void
test_noise(void)
{
    TrackModel model = sequence_model(0.49);
    Random random = random_seeded(5);
    TrackItem items[N];
    uint32_t next;

    for (int i = 0; i < N; i++)
        items[i] = (TrackItem){.drawn = {(uint32_t)random_next(&random), UINT32_MAX, NULL, 32},
                               .advance = random_below(&random, 1449)};
    track_counter(&model, items, N);
    next = items[0].number;
    for (int i = 0; i < N; i++) {
        g_assert_cmpint(items[i].kind, ==, TRACK_ON);
        g_assert_cmpuint(items[i].number, ==, next);
        next += items[i].advance;
    }
}

/* Sixteen bits that wrap, as identifications do. */
static void
test_mask(void)
{
    static const TrackStep steps[] = {{0, 0.1f, false}, {1, 3, false}};
    TrackModel model = {log(0.95 / 0.05), 0xffff, steps, 2, 9, 4096, INFINITY};
    Random random = random_seeded(8);
    TrackItem items[N];

    for (int i = 0; i < N; i++) {
        uint32_t truth = (65500u + (uint32_t)i) & 0xffff;
        items[i] = (TrackItem){
            .drawn = {draw(truth, 0.05, &random).bits & 0xffff, 0xffff, NULL, 16}, .advance = 1};
    }
    track_counter(&model, items, N);
    for (int i = 0; i < N; i++)
        g_assert_cmpuint(items[i].number, ==, (65500u + (uint32_t)i) & 0xffff);
}

/* Where confidence says which bits are wrong, half of them may be. */
static void
test_confidence(void)
{
    TrackModel model = sequence_model(0.2);
    Random random = random_seeded(2);
    TrackItem items[N];
    g_autofree float *confidence = g_new(float, N * 32);

    for (int i = 0; i < N; i++) {
        uint32_t truth = 1000u * (uint32_t)i, bits = truth;
        for (int bit = 0; bit < 32; bit++) {
            bool is_wrong = random_below(&random, 2);
            confidence[i * 32 + bit] = is_wrong ? 0.02f : 1;
            bits ^= is_wrong && random_below(&random, 4) ? 0x80000000u >> bit : 0;
        }
        items[i] =
            (TrackItem){.drawn = {bits, UINT32_MAX, confidence + i * 32, 32}, .advance = 1000};
    }
    track_counter(&model, items, N);
    for (int i = 0; i < N; i++)
        g_assert_cmpuint(items[i].number, ==, 1000u * (uint32_t)i);
}

/* Every third mark is answered, drawn with errors. */
static void
test_answers(void)
{
    static const double error_rates[] = {0.001, 0.05, 0.2};

    for (guint rate = 0; rate < G_N_ELEMENTS(error_rates); rate++) {
        uint32_t marks[N];
        EchoItem items[N / 3];
        Random random = random_seeded(rate);
        int n_same = 0;

        for (int i = 0; i < N; i++)
            marks[i] = 77777u + 1448u * (uint32_t)i;
        for (int i = 0; i < N / 3; i++)
            items[i] = (EchoItem){.drawn = draw(marks[3 * i], error_rates[rate], &random),
                                  .n_available = MIN(3 * i + 5, N)};
        echo_match(log((1 - error_rates[rate]) / error_rates[rate]), marks, items, N / 3);
        for (int i = 0; i < N / 3; i++) {
            g_assert_cmpint(items[i].mark, <, items[i].n_available);
            g_assert_cmpint(items[i].mark, >=, i ? items[i - 1].mark : 0);
            n_same += items[i].mark == 3 * i;
        }
        g_assert_cmpfloat(n_same, >=, (rate == 2 ? 0.7 : 0.99) * (N / 3));
    }
}

/* Mute evidence: everything is answered; what must be answered is. */
static void
test_answers_of_noise(void)
{
    uint32_t marks[N];
    EchoItem items[N];
    Random random = random_seeded(1);

    for (int i = 0; i < N; i++) {
        marks[i] = (uint32_t)random_next(&random);
        items[i] = (EchoItem){.drawn = {(uint32_t)random_next(&random), UINT32_MAX, NULL, 32},
                              .n_available = i + 1,
                              .must_be_last = i % 7 == 0};
    }
    echo_match(0.001, marks, items, N);
    for (int i = 0; i < N; i++)
        g_assert_cmpint(items[i].mark, ==, i);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoders/stream", test_stream);
    g_test_add_func("/decoders/noise", test_noise);
    g_test_add_func("/decoders/mask", test_mask);
    g_test_add_func("/decoders/confidence", test_confidence);
    g_test_add_func("/decoders/answers", test_answers);
    g_test_add_func("/decoders/answers-of-noise", test_answers_of_noise);
    return g_test_run();
}

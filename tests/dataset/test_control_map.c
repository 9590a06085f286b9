/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing on control maps: each tool by what it leaves, any series of them undone and done again,
 * deltas and their size, marks over edges that change, pictures made to fit. */
#include "app/dataset/control_map.h"

#include <string.h>

enum { WIDTH = 67, HEIGHT = 41 };

static int
count(const ControlMap *map, uint8_t value)
{
    int n = 0;

    for (int i = 0; i < map->width * map->height; i++)
        n += map->pixels[i] == value;
    return n;
}

static uint8_t
at(const ControlMap *map, int x, int y)
{
    return map->pixels[y * map->width + x];
}

/* A base of random stripes and greys. */
static ControlMap *
make_map(GRand *random, int width, int height)
{
    ControlMap *map = control_map_new(width, height);
    g_autoptr(Image) base = image_new(width, height, 1);

    for (int i = 0; i < width * height; i++)
        base->pixels[i] = g_rand_int_range(random, 0, 9)
                              ? (i / 5 % 3 ? 0 : 255)
                              : (uint8_t)g_rand_int_range(random, 0, 256);
    control_map_set_base(map, base);
    return map;
}

static void
test_marks(void)
{
    g_assert_cmpint(mark_of(0), ==, MARK_BLACK);
    g_assert_cmpint(mark_of(255), ==, MARK_WHITE);
    g_autoptr(ControlMap) map = control_map_new(256, 1);
    g_autoptr(Image) ramp = image_new(256, 1, 1);
    for (int i = 0; i < 256; i++)
        ramp->pixels[i] = (uint8_t)i;
    control_map_set_base(map, ramp);
    control_map_begin(map);
    control_map_copy(map, control_map_all(map), 0, 0, false);
    control_delta_free(control_map_end(map));
    for (int i = 0; i < 256; i++)
        g_assert_cmpint(ABS(map->pixels[i] - i), <=, 1);
    g_assert_true(control_map_has_marks(map));
}

static void
test_brush(void)
{
    static const int n_pixels[] = {0, 1, 4, 5, 12, 21};
    g_autoptr(ControlMap) map = control_map_new(WIDTH, HEIGHT);

    for (int size = 1; size <= 5; size++) {
        control_map_begin(map);
        control_map_line(map, 20, 20, 20, 20, size, MARK_WHITE);
        g_assert_cmpint(count(map, 255), ==, n_pixels[size]);
        g_assert_cmpint(at(map, 20, 20), ==, 255);
        control_map_rewind(map);
        g_assert_cmpint(count(map, 255), ==, 0);
        control_map_line(map, 0, 0, 10, 0, size, MARK_WHITE);
        control_map_rewind(map);
        g_assert_null(control_map_end(map));
    }
    /* One pixel a column, and no hole. */
    control_map_begin(map);
    control_map_line(map, 3, 5, 60, 30, 1, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 58);
    control_map_line(map, -1000000, 40, 1000000, 40, 1, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 58 + WIDTH);
    control_delta_free(control_map_end(map));
}

static void
test_shapes(void)
{
    g_autoptr(ControlMap) map = control_map_new(WIDTH, HEIGHT);

    control_map_begin(map);
    control_map_outline(map, (ControlRect){10, 10, 8, 6}, 1, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 2 * 8 + 2 * 4);
    control_map_flood(map, 12, 12, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 48);
    control_map_flood(map, 0, 0, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, WIDTH * HEIGHT);
    control_map_fill(map, (ControlRect){-5, -5, 8, 8}, MARK_BLACK);
    g_assert_cmpint(count(map, 0), ==, 9);
    control_map_invert(map, control_map_all(map));
    g_assert_cmpint(count(map, 255), ==, 9);
    control_map_copy(map, (ControlRect){0, 0, 3, 3}, 60, 39, true);
    g_assert_cmpint(count(map, 255), ==, 6);
    g_assert_cmpint(at(map, 60, 39), ==, 255);
    g_assert_cmpint(at(map, 0, 0), ==, 0);
    control_map_copy(map, control_map_columns(map, 60, 3), 2, 0, false);
    g_assert_cmpint(count(map, 255), ==, 12);
    control_map_fill(map, control_map_rows(map, 4, 2), MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 12 + 2 * WIDTH);
    control_map_outline(map, (ControlRect){1, 1, 0, 4}, 3, MARK_WHITE);
    control_map_flood(map, WIDTH, 0, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 12 + 2 * WIDTH);
    control_delta_free(control_map_end(map));
}

/* Diagonal neighbours do not hang together; a spiral is filled to its end. */
static void
test_flood(void)
{
    enum { SIDE = 33 };
    g_autoptr(ControlMap) map = control_map_new(SIDE, SIDE);
    int x = 0, y = 0, dx = 1, dy = 0;

    control_map_begin(map);
    control_map_line(map, 0, 0, 32, 32, 1, MARK_WHITE);
    control_map_flood(map, 1, 0, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 33 + 33 * 32 / 2);
    control_map_rewind(map);
    for (int length = SIDE - 1; length > 0; length -= 2) {
        for (int side = 0; side < 4 && length > 0; side++) {
            int step = side == 3 ? length - 2 : length;
            control_map_line(map, x, y, x + dx * step, y + dy * step, 1, MARK_WHITE);
            x += dx * step;
            y += dy * step;
            int turned = dx;
            dx = -dy;
            dy = turned;
        }
    }
    const int white = count(map, 255);
    control_map_flood(map, 0, 0, mark_of(100));
    g_assert_cmpint(count(map, 100) + count(map, 99) + count(map, 101), ==, white);
    control_delta_free(control_map_end(map));
}

static void
draw_anything(ControlMap *map, GRand *random)
{
    const int x = g_rand_int_range(random, -20, map->width + 20);
    const int y = g_rand_int_range(random, -20, map->height + 20);
    const int u = g_rand_int_range(random, -20, map->width + 20);
    const int v = g_rand_int_range(random, -20, map->height + 20);
    const int size = g_rand_int_range(random, 1, 9);
    const uint8_t mark = g_rand_boolean(random)
                             ? (uint8_t)g_rand_int_range(random, 0, 256)
                             : (g_rand_boolean(random) ? MARK_WHITE : MARK_BLACK);
    const ControlRect rect = {x, y, u - x, v - y};

    switch (g_rand_int_range(random, 0, 9)) {
    case 0:
    case 1:
        control_map_line(map, x, y, u, v, size, mark);
        break;
    case 2:
        control_map_outline(map, rect, size, mark);
        break;
    case 3:
        control_map_fill(map, rect, mark);
        break;
    case 4:
        control_map_flood(map, x, y, mark);
        break;
    case 5:
        control_map_copy(map, rect, u, y, g_rand_boolean(random));
        break;
    case 6:
        control_map_invert(map, rect);
        break;
    case 7:
        control_map_fill(map, control_map_columns(map, x, size), mark);
        break;
    default:
        control_map_draw_fields(map, layout_default(), g_rand_boolean(random), mark);
    }
}

/* Random edits: all undone is the start, all done again is the end, whatever lies beneath now. */
static void
test_undo(void)
{
    static const int sizes[][2] = {{WIDTH, HEIGHT}, {1, 1}, {1, 30}, {200, 3}};

    for (int seed = 0; seed < 40; seed++) {
        g_autoptr(GRand) random = g_rand_new_with_seed(seed);
        const int *size = sizes[seed % G_N_ELEMENTS(sizes)];
        g_autoptr(ControlMap) map = make_map(random, size[0], size[1]);
        g_autoptr(GPtrArray) deltas =
            g_ptr_array_new_with_free_func((GDestroyNotify)control_delta_free);
        g_autoptr(ControlMap) start = control_map_dup(map), end = NULL;
        const size_t n = (size_t)map->width * map->height;

        for (int edit = 0; edit < 30; edit++) {
            control_map_begin(map);
            for (int i = g_rand_int_range(random, 0, 4); i >= 0; i--)
                draw_anything(map, random);
            if (g_rand_int_range(random, 0, 5) == 0) {
                control_map_rewind(map);
                draw_anything(map, random);
            }
            ControlDelta *delta = control_map_end(map);
            if (!delta)
                continue;
            const ControlRect rect = control_delta_rect(delta);
            g_assert_cmpuint(control_delta_size(delta), <=,
                             2 * (size_t)rect.width * rect.height + 128);
            g_ptr_array_add(deltas, delta);
        }
        end = control_map_dup(map);
        control_map_set_base(map, NULL);
        for (guint i = deltas->len; i > 0; i--)
            control_map_apply(map, deltas->pdata[i - 1], false);
        g_assert_false(control_map_has_marks(map));
        control_map_set_base(map, &(Image){map->width, map->height, 1, start->base});
        g_assert_cmpmem(map->pixels, n, start->pixels, n);
        for (guint i = 0; i < deltas->len; i++)
            control_map_apply(map, deltas->pdata[i], true);
        g_assert_cmpmem(map->pixels, n, end->pixels, n);
    }
}

/* What is told to have changed holds all that did. */
static void
test_changed(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(99);
    g_autoptr(ControlMap) map = make_map(random, WIDTH, HEIGHT);

    control_map_take_changed(map);
    for (int edit = 0; edit < 200; edit++) {
        g_autoptr(ControlMap) before = control_map_dup(map);
        control_map_begin(map);
        draw_anything(map, random);
        control_delta_free(control_map_end(map));
        const ControlRect rect = control_map_take_changed(map);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            const int x = i % WIDTH, y = i / WIDTH;
            if (map->pixels[i] != before->pixels[i])
                g_assert_true(x >= rect.x && x < rect.x + rect.width && y >= rect.y &&
                              y < rect.y + rect.height);
        }
    }
}

/* Strokes stay where the edges beneath them change; a mark of none shows them again. */
static void
test_base(void)
{
    g_autoptr(ControlMap) map = control_map_new(WIDTH, HEIGHT);
    g_autoptr(Image) base = image_new(WIDTH, HEIGHT, 1);

    memset(base->pixels, 255, WIDTH * HEIGHT);
    control_map_begin(map);
    control_map_fill(map, (ControlRect){0, 0, 10, 10}, MARK_WHITE);
    control_map_fill(map, (ControlRect){20, 0, 10, 10}, MARK_BLACK);
    control_map_invert(map, (ControlRect){40, 0, 10, 10});
    control_delta_free(control_map_end(map));
    g_assert_cmpint(count(map, 255), ==, 200);
    control_map_set_base(map, base);
    g_assert_cmpint(count(map, 0), ==, 200);
    g_assert_cmpint(at(map, 25, 5), ==, 0);
    control_map_begin(map);
    control_map_fill(map, control_map_all(map), MARK_NONE);
    control_delta_free(control_map_end(map));
    g_assert_cmpint(count(map, 255), ==, WIDTH * HEIGHT);
}

static void
test_fields(void)
{
    const Layout *layout = layout_default();
    g_autoptr(ControlMap) map = control_map_new(layout->n_columns, 2);
    int n_headers = 0, first, n;

    for (int header = 0; header < N_HEADERS; header++)
        n_headers += layout_header_span(layout, (Header)header, &first, &n);
    control_map_begin(map);
    control_map_draw_fields(map, layout, true, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 2 * (n_headers - 1));
    control_map_draw_fields(map, layout, false, MARK_WHITE);
    g_assert_cmpint(count(map, 255), ==, 2 * (layout->n_fields - 1));
    control_delta_free(control_map_end(map));
}

static void
test_fit(void)
{
    g_autoptr(Image) small = image_new(3, 2, 1);
    memcpy(small->pixels, (uint8_t[]){1, 2, 3, 4, 5, 6}, 6);
    g_autoptr(Image) placed = control_image_fit(small, 2, 3, CONTROL_PLACE);
    g_assert_cmpmem(placed->pixels, 6, ((uint8_t[]){1, 2, 4, 5, 0, 0}), 6);
    g_autoptr(Image) doubled = control_image_fit(small, 6, 2, CONTROL_SCALE);
    g_assert_cmpmem(doubled->pixels, 12, ((uint8_t[]){1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6}), 12);
    g_autoptr(Image) one = control_image_fit(small, 1, 1, CONTROL_SCALE);
    g_assert_cmpint(one->pixels[0], ==, 6);
    g_autoptr(Image) same = control_image_fit(small, 3, 2, CONTROL_SCALE);
    g_assert_cmpmem(same->pixels, 6, small->pixels, 6);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/control_map/marks", test_marks);
    g_test_add_func("/control_map/brush", test_brush);
    g_test_add_func("/control_map/shapes", test_shapes);
    g_test_add_func("/control_map/flood", test_flood);
    g_test_add_func("/control_map/undo", test_undo);
    g_test_add_func("/control_map/changed", test_changed);
    g_test_add_func("/control_map/base", test_base);
    g_test_add_func("/control_map/fields", test_fields);
    g_test_add_func("/control_map/fit", test_fit);
    return g_test_run();
}

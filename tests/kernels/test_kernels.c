/* Every kernel of every instruction set of this machine against the reference. */
#include "support/cmocka.h"
#include "kernels/draw.h"

#include <stdio.h>

enum { CASES = 300, MAX_TABLES = 8 };

typedef void (*draw_function)(kernel_case *c);

/* What was running, for the message when a case fails or crashes. */
static struct running {
    const char *table;
    int seed;
    bool done;
} running;

static void run_case(draw_function draw, const cnn_kernels *kernels, int seed) {
    kernel_case c = {0};
    cnn_random_seed(&c.random, (uint64_t)seed);
    running.seed = seed;
    draw(&c);
    kernel_case_compare(&c, kernels);
    kernel_case_free(&c);
}

static void run_kernel(draw_function draw) {
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    assert_true(count >= 1);
    running.done = false;
    for (int t = 0; t < count; t++) {
        running.table = tables[t]->name;
        for (int seed = 1; seed <= CASES; seed++)
            run_case(draw, tables[t], seed);
    }
    running.done = true;
}

static int report(void **state) {
    (void)state;
    if (!running.done)
        fprintf(stderr, "in the table %s, case %d\n", running.table, running.seed);
    return 0;
}

#define KERNEL_TEST(name, arguments)                                                                         \
    static void name##_agrees_with_the_reference(void **state) {                                             \
        (void)state;                                                                                         \
        run_kernel(kernel_draw_##name);                                                                      \
    }
CNN_KERNEL_LIST(KERNEL_TEST)

#define KERNEL_TEST_ENTRY(name, arguments)                                                                   \
    cmocka_unit_test_teardown(name##_agrees_with_the_reference, report),

int main(void) {
    const struct CMUnitTest tests[] = {CNN_KERNEL_LIST(KERNEL_TEST_ENTRY)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

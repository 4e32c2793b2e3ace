/* Every kernel of every instruction set of this machine against the reference. On an emulated processor CNN_KERNEL_CASES may ask for
 * fewer cases (tools/check_wide). */
#include "support/cmocka.h"
#include "kernels/draw.h"

#include <stdio.h>
#include <stdlib.h>

enum { CASES = 300, MAX_TABLES = 8 };

typedef void (*draw_function)(kernel_case *c);

/* What was running, for the message when a case fails or crashes. */
static struct running {
    const char *table;
    int64_t seed;
    bool done;
} running;

static int64_t case_count(void) {
    const char *wanted = getenv("CNN_KERNEL_CASES");
    return wanted ? strtoll(wanted, NULL, 10) : CASES;
}

static void run_case(draw_function draw, const cnn_kernels *tables[], int count) {
    kernel_case c = {0};
    cnn_random_seed(&c.random, (uint64_t)running.seed);
    draw(&c);
    kernel_case_expect(&c);
    for (int t = 0; t < count; t++) {
        running.table = tables[t]->name;
        kernel_case_compare(&c, tables[t]);
    }
    kernel_case_free(&c);
}

static void run_kernel(draw_function draw) {
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    const int64_t cases = case_count();
    assert_true(count >= 1 && cases >= 1);
    running.done = false;
    for (running.seed = 1; running.seed <= cases; running.seed++)
        run_case(draw, tables, count);
    running.done = true;
}

static int report(void **state) {
    (void)state;
    if (!running.done)
        fprintf(stderr, "in the table %s, case %lld\n", running.table, (long long)running.seed);
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

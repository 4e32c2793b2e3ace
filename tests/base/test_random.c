/* Random numbers: the same on every machine, and random enough. */
#include "base/random.h"
#include "support/cmocka.h"

#include <math.h>

/* The generators' definitions, followed by hand in another language: these numbers must never change, or runs
 * could not be repeated. */
static void known_values(void **state) {
    (void)state;
    cnn_random random;
    cnn_random_seed(&random, 0);
    assert_true(random.state[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(random.state[1] == UINT64_C(0x6e789e6aa1b965f4));
    assert_true(cnn_random_bits(&random) == UINT64_C(0x99ec5f36cb75f2b4));
    assert_true(cnn_random_bits(&random) == UINT64_C(0xbf6e1f784956452a));
}

static void the_same_seed_gives_the_same_numbers(void **state) {
    (void)state;
    cnn_random a, b, other;
    cnn_random_seed(&a, 42);
    cnn_random_seed(&b, 42);
    cnn_random_seed(&other, 43);
    int equal = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t bits = cnn_random_bits(&a);
        assert_true(bits == cnn_random_bits(&b));
        equal += bits == cnn_random_bits(&other);
    }
    assert_int_equal(equal, 0);
}

enum { DRAWS = 100000 };

/* Bounds of five standard errors. */
static void uniform_numbers_are_uniform(void **state) {
    (void)state;
    cnn_random random;
    cnn_random_seed(&random, 1);
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        double value = cnn_random_uniform(&random);
        assert_true(value >= 0 && value < 1);
        sum += value;
        squares += value * value;
    }
    assert_true(fabs(sum / DRAWS - 1.0 / 2) < 5 * sqrt(1.0 / 12 / DRAWS));
    assert_true(fabs(squares / DRAWS - 1.0 / 3) < 5 * sqrt(4.0 / 45 / DRAWS));
}

static void normal_numbers_are_normal(void **state) {
    (void)state;
    cnn_random random;
    cnn_random_seed(&random, 2);
    double sum = 0, squares = 0, fourths = 0;
    for (int i = 0; i < DRAWS; i++) {
        double value = cnn_random_normal(&random);
        sum += value;
        squares += value * value;
        fourths += value * value * value * value;
    }
    assert_true(fabs(sum / DRAWS) < 5 * sqrt(1.0 / DRAWS));
    assert_true(fabs(squares / DRAWS - 1) < 5 * sqrt(2.0 / DRAWS));
    assert_true(fabs(fourths / DRAWS - 3) < 5 * sqrt(96.0 / DRAWS));
}

static void bounded_numbers_come_equally_often(void **state) {
    (void)state;
    enum { BOUND = 7 };
    int64_t seen[BOUND] = {0};
    cnn_random random;
    cnn_random_seed(&random, 3);
    for (int i = 0; i < DRAWS; i++) {
        int64_t value = cnn_random_below(&random, BOUND);
        assert_in_range(value, 0, BOUND - 1);
        seen[value]++;
    }
    double chi_squared = 0, expected = (double)DRAWS / BOUND;
    for (int i = 0; i < BOUND; i++)
        chi_squared += ((double)seen[i] - expected) * ((double)seen[i] - expected) / expected;
    assert_true(chi_squared < 27.86); /* 6 degrees of freedom, once in 10,000 */
}

static void shuffling_keeps_every_value(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    int64_t values[COUNT];
    int seen[COUNT] = {0}, moved = 0;
    cnn_random random;
    cnn_random_seed(&random, 4);
    for (int i = 0; i < COUNT; i++)
        values[i] = i;
    cnn_random_shuffle(&random, values, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_in_range(values[i], 0, COUNT - 1);
        assert_int_equal(seen[values[i]]++, 0);
        moved += values[i] != i;
    }
    assert_true(moved > COUNT - 20);
}

static void every_order_comes_equally_often(void **state) {
    (void)state;
    int64_t seen[3][3] = {{0}};
    cnn_random random;
    cnn_random_seed(&random, 5);
    for (int i = 0; i < DRAWS; i++) {
        int64_t values[] = {0, 1, 2};
        cnn_random_shuffle(&random, values, 3);
        seen[values[0]][values[1]]++;
    }
    for (int first = 0; first < 3; first++)
        for (int second = 0; second < 3; second++) {
            double share = (double)seen[first][second] / DRAWS, expected = first == second ? 0 : 1.0 / 6;
            assert_true(fabs(share - expected) < 5 * sqrt(5.0 / 36 / DRAWS));
        }
}

static void hashes_depend_on_every_bit(void **state) {
    (void)state;
    int changed = 0, pairs = 0;
    for (int bit = 0; bit < 64; bit++)
        for (uint64_t seed = 0; seed < 16; seed++, pairs += 2) {
            uint64_t hash = cnn_random_hash(seed, 99);
            changed += __builtin_popcountll(hash ^ cnn_random_hash(seed ^ (UINT64_C(1) << bit), 99));
            changed += __builtin_popcountll(hash ^ cnn_random_hash(seed, 99 ^ (UINT64_C(1) << bit)));
            assert_true(hash == cnn_random_hash(seed, 99));
        }
    assert_true(fabs((double)changed / pairs - 32) < 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(uniform_numbers_are_uniform),
        cmocka_unit_test(normal_numbers_are_normal),
        cmocka_unit_test(bounded_numbers_come_equally_often),
        cmocka_unit_test(shuffling_keeps_every_value),
        cmocka_unit_test(every_order_comes_equally_often),
        cmocka_unit_test(hashes_depend_on_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

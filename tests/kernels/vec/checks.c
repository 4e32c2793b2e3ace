/* Each word of the vector vocabulary against plain scalar arithmetic. Compiled once for each instruction set: with its
 * flags, its header as VEC_HEADER and its name as VEC_SET. */
#include "kernels/vec/words.h"

#include <stdint.h>

#include VEC_HEADER
#include "kernels/vec/vec.h"

#include "kernels/bf16/number.h"
#include "support/cmocka.h"
#include "support/guarded.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Where arithmetic changes its ways: zeros, ties (2^24 + 1; 1 + 2^-12 squared), the smallest and largest numbers, and what
 * is no number. Volatile, so that no compiler calculates with them before the program runs. */
static const volatile float edges[] = {
    0.0f,        -0.0f,       1.0f,     -1.0f,     1.5f,      3.0f,         -2.5f,   1.000244140625f,
    0.70710677f, 16777216.0f, FLT_MIN,  -FLT_MIN,  0x1p-149f, -0x1.8p-140f, FLT_MAX, -FLT_MAX,
    3e-20f,      -7e25f,      INFINITY, -INFINITY, NAN,
};
enum { EDGES = sizeof edges / sizeof edges[0] };

/* Lane i holds edge number `first` + i. */
static vec edges_from(int first) {
    float lane[VEC];
    for (int i = 0; i < VEC; i++)
        lane[i] = edges[(first + i) % EDGES];
    return vec_load(lane);
}

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Bit for bit, but for which NaN it is. */
static void assert_lane(const char *word, int lane, float got, float wanted) {
    if (bits_of(got) != bits_of(wanted) && !(isnan(got) && isnan(wanted)))
        fail_msg("vec_%s, lane %d: %.9g (%08x), expected %.9g (%08x)", word, lane, got, bits_of(got), wanted,
                 bits_of(wanted));
}

static void assert_lanes(const char *word, vec got, const float wanted[VEC]) {
    float lane[VEC];
    vec_store(lane, got);
    for (int i = 0; i < VEC; i++)
        assert_lane(word, i, lane[i], wanted[i]);
}

/* ---- Into and out of memory ------------------------------------------------------------------------------ */

static void check_set(void) {
    for (int e = 0; e < EDGES; e++) {
        float wanted[VEC];
        for (int i = 0; i < VEC; i++)
            wanted[i] = edges[e];
        assert_lanes("set", vec_set(edges[e]), wanted);
    }
}

static void check_keep(void) {
    for (int e = 0; e < EDGES; e++) {
        float wanted[VEC];
        vec_store(wanted, edges_from(e));
        assert_lanes("keep", vec_keep(edges_from(e)), wanted);
    }
}

/* `count` numbers with a page behind or before them that must not be touched. */
static guarded numbers(int count, guarded_end end) {
    float from[VEC];
    for (int i = 0; i < count; i++)
        from[i] = (float)(i + 1);
    return guarded_new(from, count, end);
}

static void check_load(void) {
    for (guarded_end end = 0; end < GUARDED_ENDS; end++) {
        guarded from = numbers(VEC, end);
        assert_lanes("load", vec_load(from.data), from.data);
        guarded_free(&from);
    }
}

/* What is not loaded reads as 0. */
static void check_load_part(void) {
    for (guarded_end end = 0; end < GUARDED_ENDS; end++)
        for (int count = 1; count <= VEC; count++) {
            float wanted[VEC] = {0};
            guarded from = numbers(count, end);
            memcpy(wanted, from.data, (size_t)count * sizeof(float));
            assert_lanes("load_part", vec_load_part(from.data, count), wanted);
            guarded_free(&from);
        }
}

static void assert_stored(const char *word, guarded *to, const float wanted[VEC]) {
    for (int i = 0; i < to->count; i++)
        assert_lane(word, i, to->data[i], wanted[i]);
    if (!guarded_rest_is_untouched(to))
        fail_msg("vec_%s of %d: something beside it was changed", word, (int)to->count);
    guarded_free(to);
}

static void check_store(void) {
    for (guarded_end end = 0; end < GUARDED_ENDS; end++)
        for (int e = 0; e < EDGES; e++) {
            guarded to = numbers(VEC, end);
            float wanted[VEC];
            for (int i = 0; i < VEC; i++)
                wanted[i] = edges[(e + i) % EDGES];
            vec_store(to.data, edges_from(e));
            assert_stored("store", &to, wanted);
        }
}

static void check_store_part(void) {
    for (guarded_end end = 0; end < GUARDED_ENDS; end++)
        for (int count = 1; count <= VEC; count++) {
            guarded to = numbers(count, end);
            float wanted[VEC];
            vec_store(wanted, edges_from(count));
            vec_store_part(to.data, count, edges_from(count));
            assert_stored("store_part", &to, wanted);
        }
}

static void check_store_whole(void) {
    static const volatile float whole[] = {
        0, -0.0f, 1, -1, 2, -7, 16777215, 2147483520, -2147483520, -2147483648.f, 1 << 30, 100003};
    enum { WHOLE = sizeof whole / sizeof whole[0] };
    for (int first = 0; first < WHOLE; first++) {
        float from[VEC];
        int32_t got[VEC + 1] = {[VEC] = 77};
        for (int i = 0; i < VEC; i++)
            from[i] = whole[(first + i) % WHOLE];
        vec_store_whole(got, vec_load(from));
        for (int i = 0; i < VEC; i++)
            assert_int_equal(got[i], (int32_t)from[i]);
        assert_int_equal(got[VEC], 77);
    }
}

/* ---- Arithmetic ------------------------------------------------------------------------------------------ */

static float plain_add(float a, float b) {
    return a + b;
}
static float plain_sub(float a, float b) {
    return a - b;
}
static float plain_mul(float a, float b) {
    return a * b;
}
static float plain_div(float a, float b) {
    return a / b;
}
/* The second when either is NaN, and of two zeros. */
static float plain_min(float a, float b) {
    return a < b ? a : b;
}
static float plain_max(float a, float b) {
    return a > b ? a : b;
}
/* Rounded once where the processor has a fused multiplication and addition, twice where it has not. */
static float plain_fma(float a, float b, float c) {
#ifdef __FMA__
    return fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

/* Every edge with every other. */
static void check_two(const char *word, vec (*got)(vec, vec), float (*wanted)(float, float)) {
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++) {
            float lane[VEC];
            for (int i = 0; i < VEC; i++)
                lane[i] = wanted(edges[(a + i) % EDGES], edges[(b + i) % EDGES]);
            assert_lanes(word, got(edges_from(a), edges_from(b)), lane);
        }
}

#define CHECK_TWO(word)                                                                                      \
    static void check_##word(void) {                                                                         \
        check_two(#word, vec_##word, plain_##word);                                                          \
    }
CHECK_TWO(add)
CHECK_TWO(sub)
CHECK_TWO(mul)
CHECK_TWO(div)
CHECK_TWO(min)
CHECK_TWO(max)

static void check_fma(void) {
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++)
            for (int c = 0; c < EDGES; c++) {
                float lane[VEC];
                for (int i = 0; i < VEC; i++)
                    lane[i] =
                        plain_fma(edges[(a + i) % EDGES], edges[(b + i) % EDGES], edges[(c + i) % EDGES]);
                assert_lanes("fma", vec_fma(edges_from(a), edges_from(b), edges_from(c)), lane);
            }
}

static void check_sqrt(void) {
    for (int e = 0; e < EDGES; e++) {
        float lane[VEC];
        for (int i = 0; i < VEC; i++)
            lane[i] = sqrtf(edges[(e + i) % EDGES]);
        assert_lanes("sqrt", vec_sqrt(edges_from(e)), lane);
    }
}

/* ---- Comparisons: NaN is neither greater than, nor at most, nor equal to anything ------------------------- */

static bool greater(float a, float b) {
    return a > b;
}
static bool at_most(float a, float b) {
    return a <= b;
}
static bool equal(float a, float b) {
    return a == b;
}
static bool unequal(float a, float b) {
    return a != b;
}

static void check_choice(const char *word, vec (*got)(vec, vec, vec, vec), bool (*holds)(float, float)) {
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++) {
            float lane[VEC];
            for (int i = 0; i < VEC; i++)
                lane[i] =
                    edges[((holds(edges[(a + i) % EDGES], edges[(b + i) % EDGES]) ? 5 : 11) + i) % EDGES];
            assert_lanes(word, got(edges_from(a), edges_from(b), edges_from(5), edges_from(11)), lane);
        }
}

static void check_if_greater(void) {
    check_choice("if_greater", vec_if_greater, greater);
}
static void check_if_at_most(void) {
    check_choice("if_at_most", vec_if_at_most, at_most);
}
static void check_if_equal(void) {
    check_choice("if_equal", vec_if_equal, equal);
}

/* Bit i for lane i, none above. */
static void check_bits(unsigned (*got)(vec, vec), bool (*holds)(float, float)) {
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++) {
            unsigned wanted = 0;
            for (int i = 0; i < VEC; i++)
                wanted |= (unsigned)holds(edges[(a + i) % EDGES], edges[(b + i) % EDGES]) << i;
            assert_int_equal(got(edges_from(a), edges_from(b)), wanted);
        }
}

static void check_equal_bits(void) {
    check_bits(vec_equal_bits, equal);
}
static void check_unequal_bits(void) {
    check_bits(vec_unequal_bits, unequal);
}

/* ---- Exponents ------------------------------------------------------------------------------------------- */

/* Whole powers are exact, the seven between them correctly rounded: double precision decides. */
static void check_power2(void) {
    for (int n = -1008; n + VEC - 1 <= 1023; n++) {
        float shifted[VEC], wanted[VEC];
        for (int i = 0; i < VEC; i++) {
            shifted[i] = (float)(VEC_WHOLE + n + i);
            wanted[i] = (float)exp2((n + i) / 8.0);
        }
        assert_lanes("power2", vec_power2(vec_load(shifted)), wanted);
    }
}

/* x = m 2^power, with m from sqrt(1/2) up to twice that. */
static float plain_split(float x, float *power) {
    int exponent;
    float mantissa = frexpf(x, &exponent);
    if (bits_of(mantissa) < 0x3f3504f3) {
        mantissa *= 2;
        exponent--;
    }
    *power = (float)exponent;
    return mantissa;
}

static void check_split(void) {
    static const uint32_t starts[] = {0x00800000, 0x3f3504f3, 0x3f800000, 0x3fb504f3, 0x4b000000, 0x7f7fffef};
    for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++)
        for (int back = 0; back <= (s > 0 ? VEC : 0); back++) { /* FLT_MIN is the least that is allowed */
            float x[VEC], power[VEC], wanted[VEC];
            vec got_power;
            for (int i = 0; i < VEC; i++) {
                x[i] = float_of(starts[s] + (uint32_t)(i - back));
                wanted[i] = plain_split(x[i], &power[i]);
            }
            assert_lanes("split", vec_split(vec_load(x), &got_power), wanted);
            assert_lanes("split", got_power, power);
        }
}

/* ---- In bfloat16 ----------------------------------------------------------------------------------------- */

static void check_bf16_round(void) {
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++) {
            float both[2 * VEC], got[VEC];
            vec_store(both, edges_from(a));
            vec_store(both + VEC, edges_from(b));
            vec_store(got, vec_bf16_round(edges_from(a), edges_from(b)));
            for (int i = 0; i < VEC; i++) /* of not-a-number, too, the bits are decided */
                assert_int_equal(bits_of(got[i]), bits_of(cnn_bf16_pair(both[2 * i], both[2 * i + 1])));
        }
}

static void check_bf16_widen(void) {
    for (int a = 0; a < EDGES; a++) {
        float pairs[VEC], first[VEC], second[VEC];
        for (int i = 0; i < VEC; i++)
            pairs[i] = cnn_bf16_pair(edges[(a + i) % EDGES], edges[(a + 2 * i) % EDGES]);
        vec rest;
        vec_store(first, vec_bf16_widen(vec_load(pairs), &rest));
        vec_store(second, rest);
        for (int i = 0; i < 2 * VEC; i++) {
            const float pair = pairs[i / 2], wanted = i % 2 ? cnn_bf16_second(pair) : cnn_bf16_first(pair);
            assert_int_equal(bits_of(i < VEC ? first[i] : second[i - VEC]), bits_of(wanted));
        }
    }
}

static void check_bf16_add(void) {
    const unsigned before = vec_bf16_begin();
    vec_bf16_end(before);
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++) {
            float wanted[VEC], got[VEC];
            for (int i = 0; i < VEC; i++)
                wanted[i] = cnn_bf16_add(edges[(a + i) % EDGES], edges[(b + 2 * i) % EDGES]);
            float first[VEC], second[VEC];
            for (int i = 0; i < VEC; i++) {
                first[i] = edges[(a + i) % EDGES];
                second[i] = edges[(b + 2 * i) % EDGES];
            }
            vec_bf16_begin();
            vec_store(got, vec_bf16_add(vec_load(first), vec_load(second)));
            vec_bf16_end(before);
            assert_lanes("bf16_add", vec_load(got), wanted);
        }
}

static void check_bf16_pair(void) {
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++) {
            float first[VEC], second[VEC], got[VEC];
            vec_store(first, edges_from(a));
            vec_store(second, edges_from(b));
            vec_store(got, vec_bf16_pair(edges_from(a), edges_from(b)));
            for (int i = 0; i < VEC; i++)
                assert_int_equal(bits_of(got[i]), bits_of(cnn_bf16_pair(first[i], second[i])));
        }
}

static void check_bf16_dot(void) {
    const unsigned before = vec_bf16_begin();
    vec_bf16_end(before);
    for (int a = 0; a < EDGES; a++)
        for (int b = 0; b < EDGES; b++)
            for (int c = 0; c < EDGES; c++) {
                float first[VEC], second[VEC], sum[VEC], wanted[VEC], got[VEC];
                for (int i = 0; i < VEC; i++) {
                    first[i] = cnn_bf16_pair(edges[(a + i) % EDGES], edges[(b + 2 * i) % EDGES]);
                    second[i] = cnn_bf16_pair(edges[(b + i) % EDGES], edges[(c + 3 * i) % EDGES]);
                    sum[i] = edges[(c + i) % EDGES];
                    wanted[i] = cnn_bf16_dot(first[i], second[i], sum[i]);
                }
                vec_bf16_begin();
                vec_store(got, vec_bf16_dot(vec_load(first), vec_load(second), vec_load(sum)));
                vec_bf16_end(before);
                assert_lanes("bf16_dot", vec_load(got), wanted);
            }
}

/* Afterwards tiny numbers are what they were. */
static void check_bf16_begin(void) {
    static const volatile float tiny = 0x1p-149f;
    const unsigned before = vec_bf16_begin();
    vec_bf16_end(before);
    assert_lane("bf16_begin", 0, tiny + tiny, 0x1p-148f);
    assert_int_equal(vec_bf16_begin(), before);
    vec_bf16_end(before);
}

static void check_bf16_end(void) {
    check_bf16_begin();
}

/* ---- Across lanes ---------------------------------------------------------------------------------------- */

/* Powers of two: the sum says which lanes were counted, and is exact in any order. */
static void check_sum(void) {
    float lane[VEC];
    for (int i = 0; i < VEC; i++)
        lane[i] = (float)(1 << i);
    assert_lane("sum", 0, vec_sum(vec_load(lane)), (float)((1 << VEC) - 1));
    for (int i = 0; i < VEC; i++) {
        lane[i] = -INFINITY;
        assert_lane("sum", i, vec_sum(vec_load(lane)), -INFINITY);
        lane[i] = (float)(1 << i);
    }
}

static void check_sums(void) {
    vec rows[VEC];
    float wanted[VEC];
    for (int row = 0; row < VEC; row++) {
        float lane[VEC];
        for (int i = 0; i < VEC; i++)
            lane[i] = (float)((row + 1) << i);
        rows[row] = vec_load(lane);
        wanted[row] = (float)((row + 1) * ((1 << VEC) - 1));
    }
    assert_lanes("sums", vec_sums(rows), wanted);
}

static void check_transpose(void) {
    vec rows[VEC];
    for (int row = 0; row < VEC; row++) {
        float lane[VEC];
        for (int i = 0; i < VEC; i++)
            lane[i] = (float)(100 * row + i);
        rows[row] = vec_load(lane);
    }
    vec_transpose(rows);
    for (int row = 0; row < VEC; row++) {
        float wanted[VEC];
        for (int i = 0; i < VEC; i++)
            wanted[i] = (float)(100 * i + row);
        assert_lanes("transpose", rows[row], wanted);
    }
}

#define TEXT_OF(set)      #set
#define NAME_OF(set)      TEXT_OF(set)
#define SUITE_OF(set)     vec_suite_##set
#define SUITE(set)        SUITE_OF(set)
#define CHECK_ENTRY(word) check_##word,

extern const vec_suite SUITE(VEC_SET);
const vec_suite SUITE(VEC_SET) = {NAME_OF(VEC_SET), {VEC_WORDS(CHECK_ENTRY)}};

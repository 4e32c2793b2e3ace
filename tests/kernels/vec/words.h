/* The words of the vector vocabulary (src/kernels/vec/), each with a check of its own name in checks.c. */
#ifndef TESTS_KERNELS_VEC_WORDS_H
#define TESTS_KERNELS_VEC_WORDS_H

#define VEC_WORDS(X)                                                                                         \
    X(set)                                                                                                   \
    X(keep)                                                                                                  \
    X(load)                                                                                                  \
    X(load_part)                                                                                             \
    X(store)                                                                                                 \
    X(store_part)                                                                                            \
    X(store_whole)                                                                                           \
    X(add)                                                                                                   \
    X(sub)                                                                                                   \
    X(mul)                                                                                                   \
    X(div)                                                                                                   \
    X(fma)                                                                                                   \
    X(sqrt)                                                                                                  \
    X(min)                                                                                                   \
    X(max)                                                                                                   \
    X(if_greater)                                                                                            \
    X(if_at_most)                                                                                            \
    X(if_equal)                                                                                              \
    X(equal_bits)                                                                                            \
    X(unequal_bits)                                                                                          \
    X(power2)                                                                                                \
    X(split)                                                                                                 \
    X(bf16_round)                                                                                            \
    X(bf16_widen)                                                                                            \
    X(bf16_add)                                                                                              \
    X(bf16_pair)                                                                                             \
    X(bf16_dot)                                                                                              \
    X(bf16_begin)                                                                                            \
    X(bf16_end)                                                                                              \
    X(sum)                                                                                                   \
    X(sums)                                                                                                  \
    X(transpose)

/* One check a word, in the order of the list; they fail the running test. */
enum {
#define VEC_WORD_COUNTED(word) VEC_WORD_##word,
    VEC_WORDS(VEC_WORD_COUNTED)
#undef VEC_WORD_COUNTED
        VEC_WORD_COUNT
};

typedef struct vec_suite {
    const char *cpu; /* the table of kernels that needs the same abilities: "avx2" */
    void (*check[VEC_WORD_COUNT])(void);
} vec_suite;

#endif

/* Which instruction set to use: what the processor and the operating system both offer, or what CNN_CPU says.
 */
#include "kernels/kernels.h"

#include "base/status.h"
#include "base/text.h"
#include "kernels/bf16/self_test.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

extern const cnn_kernels cnn_kernels_scalar;
static bool always(void) {
    return true;
}

#if CNN_X86
extern const cnn_kernels cnn_kernels_avx2, cnn_kernels_avx512;
/* The compiler's support routine asks XGETBV as well, so that a system which does not save the wide registers
 * counts as not having them. */
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

#ifdef CNN_AVX512_BF16
extern const cnn_kernels cnn_kernels_avx512_bf16;
/* The instructions are trusted once they have given the bits that everybody else gets. Threads that ask at the same time all
 * try, and find the same. */
static bool has_avx512_bf16(void) {
    enum { UNKNOWN, FAILED, PASSED };
    static atomic_int found = UNKNOWN;
    if (found == UNKNOWN)
        found =
            has_avx512() && __builtin_cpu_supports("avx512bf16") && cnn_bf16_passes(&cnn_kernels_avx512_bf16)
                ? PASSED
                : FAILED;
    return found == PASSED;
}
#endif

/* One row an instruction set, best last. */
static const struct instruction_set {
    const cnn_kernels *kernels;
    bool (*available)(void);
} instruction_sets[] = {
    {&cnn_kernels_scalar, always},
#if CNN_X86
    {&cnn_kernels_avx2, has_avx2},
    {&cnn_kernels_avx512, has_avx512},
#endif
#ifdef CNN_AVX512_BF16
    {&cnn_kernels_avx512_bf16, has_avx512_bf16},
#endif
};
enum { SETS = sizeof instruction_sets / sizeof instruction_sets[0] };

static const struct instruction_set *set_by_name(const char *name) {
    for (int i = 0; i < SETS; i++)
        if (strcmp(instruction_sets[i].kernels->name, name) == 0)
            return &instruction_sets[i];
    return NULL;
}

static const cnn_kernels *forced(const char *name, cnn_error *error) {
    const struct instruction_set *set = set_by_name(name);
    if (set && set->available())
        return set->kernels;
    cnn_text known = {0};
    for (int i = 0; i < SETS; i++)
        if (instruction_sets[i].available())
            cnn_text_append(&known, "%s%s", known.length ? ", " : "", instruction_sets[i].kernels->name);
    cnn_fail(error, CNN_ERROR_ARGUMENT, "CNN_CPU=%s: %s; this machine supports %s", name,
             set ? "this processor does not support it" : "there is no such instruction set",
             known.failed ? "scalar" : known.data);
    cnn_free(known.data);
    return NULL;
}

const cnn_kernels *cnn_kernels_select(cnn_error *error) {
    const char *name = getenv("CNN_CPU");
    if (name && *name)
        return forced(name, error);
    const cnn_kernels *best = instruction_sets[0].kernels;
    for (int i = 0; i < SETS; i++)
        if (instruction_sets[i].available())
            best = instruction_sets[i].kernels;
    return best;
}

int cnn_kernels_available(const cnn_kernels *tables[], int max) {
    int count = 0;
    for (int i = 0; i < SETS && count < max; i++)
        if (instruction_sets[i].available())
            tables[count++] = instruction_sets[i].kernels;
    return count;
}

const char *cnn_cpu(cnn_error *error) {
    const cnn_kernels *kernels = cnn_kernels_select(error);
    return kernels ? kernels->name : NULL;
}

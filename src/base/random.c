#include "base/random.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t bits, int count) {
    return (bits << count) | (bits >> (64 - count));
}

void cnn_random_seed(cnn_random *random, uint64_t seed) {
    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix64(&seed);
}

uint64_t cnn_random_bits(cnn_random *random) {
    uint64_t *s = random->state;
    uint64_t bits = rotate_left(s[1] * 5, 7) * 9;
    uint64_t carried = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= carried;
    s[3] = rotate_left(s[3], 45);
    return bits;
}

double cnn_random_uniform(cnn_random *random) {
    return (double)(cnn_random_bits(random) >> 11) * 0x1p-53;
}

double cnn_random_normal(cnn_random *random) {
    double radius = sqrt(-2.0 * log(1.0 - cnn_random_uniform(random)));
    return radius * cos(6.283185307179586 * cnn_random_uniform(random));
}

int64_t cnn_random_below(cnn_random *random, int64_t bound) {
    uint64_t range = (uint64_t)bound, rest = -range % range, bits;
    do
        bits = cnn_random_bits(random);
    while (bits < rest);
    return (int64_t)(bits % range);
}

void cnn_random_shuffle(cnn_random *random, int64_t *values, int64_t count) {
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = cnn_random_below(random, i + 1), kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}

uint64_t cnn_random_hash(uint64_t seed, uint64_t position) {
    uint64_t state = seed ^ (position * UINT64_C(0xd1342543de82ef95));
    return splitmix64(&state);
}

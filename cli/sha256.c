#include "sha256.h"

#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* The fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t value, int places) {
    return value >> places | value << (32 - places);
}

/* The block's 16 words and 48 more that are made of them. */
static void expand(const uint8_t *block, uint32_t words[64]) {
    for (int i = 0; i < 16; i++, block += 4)
        words[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 |
                   (uint32_t)block[3];
    for (int i = 16; i < 64; i++) {
        const uint32_t a = words[i - 15], b = words[i - 2];
        words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[i - 7] +
                   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

/* One round of compression (FIPS 180-4, 6.2.2) of 64 bytes. */
static void add_block(cli_sha256 *sha, const uint8_t *block) {
    uint32_t words[64], s[8];
    expand(block, words);
    memcpy(s, sha->state, sizeof s);
    for (int i = 0; i < 64; i++) {
        const uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                               ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + words[i];
        const uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                                ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += first;
        s[0] = first + second;
    }
    for (int i = 0; i < 8; i++)
        sha->state[i] += s[i];
}

void cli_sha256_start(cli_sha256 *sha) {
    *sha = (cli_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                  0x1f83d9ab, 0x5be0cd19}};
}

void cli_sha256_add(cli_sha256 *sha, const void *bytes, size_t count) {
    const uint8_t *from = bytes;
    while (count > 0) {
        const size_t held = sha->bytes % CLI_SHA256_BLOCK, room = CLI_SHA256_BLOCK - held;
        const size_t taken = count < room ? count : room;
        memcpy(sha->block + held, from, taken);
        sha->bytes += taken;
        if (taken == room)
            add_block(sha, sha->block);
        from += taken;
        count -= taken;
    }
}

/* A one bit, zeros, and the number of bits in the last 8 bytes of a block. */
void cli_sha256_end(cli_sha256 *sha, char text[CLI_SHA256_TEXT]) {
    static const uint8_t padding[CLI_SHA256_BLOCK] = {0x80};
    const uint64_t bits = sha->bytes * 8;
    const size_t held = sha->bytes % CLI_SHA256_BLOCK;
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    cli_sha256_add(sha, padding, held < 56 ? 56 - held : 120 - held);
    cli_sha256_add(sha, length, sizeof length);
    for (int i = 0; i < 8; i++)
        snprintf(text + 8 * i, 9, "%08x", sha->state[i]);
}

bool cli_sha256_file(const char *path, char text[CLI_SHA256_TEXT], const char **why) {
    uint8_t bytes[1 << 16];
    cli_sha256 sha;
    FILE *file = cli_open_regular(path, O_RDONLY, why);
    if (!file)
        return false;
    cli_sha256_start(&sha);
    for (size_t count; (count = fread(bytes, 1, sizeof bytes, file)) > 0;)
        cli_sha256_add(&sha, bytes, count);
    if (ferror(file))
        *why = strerror(errno);
    fclose(file);
    cli_sha256_end(&sha, text);
    return !*why;
}

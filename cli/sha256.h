/* SHA-256 (FIPS 180-4), for the checksums of fetched files. */
#ifndef CLI_SHA256_H
#define CLI_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLI_SHA256_BLOCK = 64, CLI_SHA256_TEXT = 65 };

typedef struct cli_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[CLI_SHA256_BLOCK]; /* what does not fill a block yet */
} cli_sha256;

void cli_sha256_start(cli_sha256 *sha);
void cli_sha256_add(cli_sha256 *sha, const void *bytes, size_t count);
/* In hexadecimal digits, terminated. */
void cli_sha256_end(cli_sha256 *sha, char text[CLI_SHA256_TEXT]);

/* Of a whole regular file; false if it cannot be read, with the reason in *why. */
bool cli_sha256_file(const char *path, char text[CLI_SHA256_TEXT], const char **why);

#endif

/* A stream into memory. open_memstream() of the C library leaves bytes out where it gets no more memory, and does not say so. */
#ifndef CLI_MEMORY_STREAM_H
#define CLI_MEMORY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct cli_memory {
    char *bytes; /* for free(); whole when the stream is closed. NULL: none */
    size_t count, room;
    bool lacking; /* memory ended, and something is left out */
} cli_memory;

/* A stream that appends to `memory`; for fclose(), after which memory->lacking is to be looked at. It ends the command with a
 * message where there is no memory for itself. */
FILE *cli_memory_stream(cli_memory *memory);

#endif

#define _GNU_SOURCE /* fopencookie */
#include "memory_stream.h"

#include "output.h"

#include <stdlib.h>
#include <string.h>

static ssize_t append(void *cookie, const char *bytes, size_t count) {
    cli_memory *memory = cookie;
    if (memory->lacking)
        return 0;
    if (count > memory->room - memory->count) {
        const size_t room = 2 * (memory->count + count);
        char *larger = realloc(memory->bytes, room);
        memory->lacking = !larger;
        if (!larger)
            return 0;
        memory->bytes = larger;
        memory->room = room;
    }
    memcpy(memory->bytes + memory->count, bytes, count);
    memory->count += count;
    return (ssize_t)count;
}

FILE *cli_memory_stream(cli_memory *memory) {
    FILE *stream = fopencookie(memory, "w", (cookie_io_functions_t){.write = append});
    if (!stream)
        exit(cli_fail("out of memory: a stream"));
    return stream;
}

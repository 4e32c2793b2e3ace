#define _GNU_SOURCE
#include "faults/events.h"

#include "formats/crc32c.h"

#include <stdint.h>
#include <string.h>

enum { LENGTH = 8, CHECKSUM = 4, STEP_FIELD = 2 << 3, MAX_EPOCHS = 100 };

bool events_named(const char *path) {
    return strncmp(tree_name(path), "events.out.", strlen("events.out.")) == 0;
}

static uint64_t little_endian(const unsigned char *bytes, int count) {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

/* Whether a record's event is of this step and tag. Its first field is the time, of 9 bytes; small steps take one byte. */
static bool is_of(const unsigned char *event, uint64_t size, int step, const char *tag) {
    enum { TIME = 9 };
    return size > TIME + 2 && event[TIME] == STEP_FIELD && event[TIME + 1] == step &&
           memmem(event, size, tag, strlen(tag));
}

/* Whether a file has such a record, whole. */
static bool file_has(const tree_file *file, int step, const char *tag) {
    for (size_t at = 0; at + LENGTH + CHECKSUM <= file->size;) {
        const uint64_t size = little_endian(file->bytes + at, LENGTH);
        const unsigned char *event = file->bytes + at + LENGTH + CHECKSUM;
        if (size > file->size - at - LENGTH - CHECKSUM ||
            file->size - at - LENGTH - CHECKSUM - size < CHECKSUM)
            return false;
        if (cnn_crc32c_masked(event, size) == little_endian(event + size, CHECKSUM) &&
            is_of(event, size, step, tag))
            return true;
        at += LENGTH + CHECKSUM + size + CHECKSUM;
    }
    return false;
}

bool events_have(const tree *run, int epoch) {
    static const char *const tags[] = {"loss/train", "accuracy/train", "learning_rate"};
    int found = 0;
    for (int tag = 0; tag < 3; tag++)
        for (int i = 0, here = 0; i < run->count && !here; i++) {
            here = events_named(run->files[i].path) && file_has(&run->files[i], epoch, tags[tag]);
            found += here;
        }
    return found == 3;
}

int events_last(const tree *run) {
    int last = 0;
    for (int epoch = 1; epoch < MAX_EPOCHS; epoch++)
        if (events_have(run, epoch))
            last = epoch;
    return last;
}

#include "base/number_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t cnn_number_in_file(const char *path, const char *key) {
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    char line[256];
    int64_t number = -1;
    const size_t length = strlen(key);
    while (number < 0 && fgets(line, sizeof line, file)) {
        char *end;
        if (strncmp(line, key, length) != 0)
            continue;
        const long long value = strtoll(line + length, &end, 10);
        if (end != line + length)
            number = value;
    }
    fclose(file);
    return number;
}

/* What a mistyped word was meant to be. */
#include "cnn.h"

#include <string.h>

enum { LONGEST_WORD = 31 };

/* Levenshtein's distance; longer words are as far apart as can be. */
static size_t edit_distance(const char *a, const char *b) {
    size_t rows = strlen(a), columns = strlen(b), cost[LONGEST_WORD + 1];
    if (rows > LONGEST_WORD || columns > LONGEST_WORD)
        return SIZE_MAX;
    for (size_t j = 0; j <= columns; j++)
        cost[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t diagonal = cost[0];
        cost[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            size_t other = 1 + (cost[j] < cost[j - 1] ? cost[j] : cost[j - 1]);
            diagonal = cost[j];
            cost[j] = replace < other ? replace : other;
        }
    }
    return cost[columns];
}

/* "--epochs" -> "epochs", to compare what was meant. */
static const char *without_dashes(const char *word) {
    return word + strspn(word, "-");
}

const char *cnn_nearest_word(const char *word, const char *const *words) {
    if (!word || !words)
        return NULL;
    const char *nearest = NULL, *bare = without_dashes(word);
    size_t length = strlen(bare), bound = length / 3 + 2; /* one edit in three letters, and one */
    for (; *words; words++) {
        const char *candidate = without_dashes(*words);
        size_t distance = edit_distance(bare, candidate);
        if (length >= 2 && !strncmp(bare, candidate, length))
            distance = 1; /* cut short */
        if (distance < bound && distance < strlen(candidate)) {
            bound = distance;
            nearest = *words;
        }
    }
    return nearest;
}

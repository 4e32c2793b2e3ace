/* The list of augmentations, and its text form: "flip,crop:4". */
#include "data/augment/augment.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORD = 64 };

#define WORD(enumerator, word, amount, min, max, meaning) #word,
static const char *const words[] = {CNN_AUGMENTATION_LIST(WORD) NULL};
#undef WORD

#define RANGE(enumerator, word, amount, min, max, meaning) {amount, min, max},
static const struct { double amount, min, max; } ranges[] = {CNN_AUGMENTATION_LIST(RANGE)};
#undef RANGE

const char *cnn_augmentation_word(cnn_augmentation_kind kind) {
    return kind >= 0 && kind < CNN_AUGMENT_KINDS ? words[kind] : "?";
}

/* Whole pixels. */
static bool is_whole(cnn_augmentation_kind kind) {
    return kind == CNN_AUGMENT_CROP || kind == CNN_AUGMENT_CUTOUT;
}

static cnn_status check_amount(cnn_augmentation_kind kind, double amount, cnn_error *error) {
    if (!(amount >= ranges[kind].min && amount <= ranges[kind].max))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "augmentation %s: the amount must be between %g and %g, not %g", words[kind],
                        ranges[kind].min, ranges[kind].max, amount);
    if (is_whole(kind) && amount != floor(amount))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "augmentation %s takes whole pixels, not %g", words[kind],
                        amount);
    return CNN_OK;
}

static cnn_status unknown(const char *word, cnn_error *error) {
    const char *nearest = cnn_nearest_word(word, words);
    if (nearest)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "augmentation '%s' is unknown: did you mean %s?", word,
                        nearest);
    return cnn_fail(error, CNN_ERROR_ARGUMENT, "augmentation '%s' is unknown", word);
}

static cnn_status parse_amount(const char *text, cnn_augmentation *augmentation, cnn_error *error) {
    char *end;
    errno = 0;
    const double amount = strtod(text, &end);
    if (end == text || *end || errno || !isfinite(amount))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "augmentation %s: '%s' is not a number",
                        words[augmentation->kind], text);
    augmentation->amount = amount;
    return check_amount(augmentation->kind, amount, error);
}

/* "crop:4"; the text is cut at the colon. */
static cnn_status parse_one(char *text, cnn_augmentation *augmentation, cnn_error *error) {
    char *amount = strchr(text, ':');
    if (amount)
        *amount++ = '\0';
    for (int kind = 0; words[kind]; kind++) {
        if (strcmp(words[kind], text) != 0)
            continue;
        *augmentation = (cnn_augmentation){(cnn_augmentation_kind)kind, ranges[kind].amount};
        return amount ? parse_amount(amount, augmentation, error) : CNN_OK;
    }
    return unknown(text, error);
}

static cnn_status check_new(const cnn_augmentation *list, int count, cnn_augmentation_kind kind,
                            cnn_error *error) {
    for (int i = 0; i < count; i++)
        if (list[i].kind == kind)
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "augmentation %s is named twice", words[kind]);
    return CNN_OK;
}

/* The word from `text` to the comma, with its amount, added to the list. */
static cnn_status parse_next(const char *text, size_t length, cnn_augmentation *list, int *count,
                             cnn_error *error) {
    char word[MAX_WORD];
    if (length == 0 || length >= sizeof word)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "'%.80s' is not a list of augmentations such as flip,crop:4", text);
    memcpy(word, text, length);
    word[length] = '\0';
    cnn_augmentation augmentation;
    cnn_status status = parse_one(word, &augmentation, error);
    if (status == CNN_OK)
        status = check_new(list, *count, augmentation.kind, error);
    if (status == CNN_OK)
        list[(*count)++] = augmentation;
    return status;
}

cnn_status cnn_augmentations_parse(const char *text, cnn_augmentation augmentations[CNN_AUGMENT_KINDS],
                                   int *count, cnn_error *error) {
    cnn_status status = cnn_required(error, text, augmentations, count);
    if (status != CNN_OK)
        return status;
    *count = 0;
    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, ",");
        status = parse_next(at, length, augmentations, count, error);
        at += length;
        if (status != CNN_OK || !*at)
            return status;
    }
}

/* Colours need three channels, mixing needs labels. */
static cnn_status check_kind(cnn_augmentation_kind kind, int64_t channels, bool targets, cnn_error *error) {
    if ((kind == CNN_AUGMENT_SATURATION || kind == CNN_AUGMENT_HUE) && channels != 3)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "augmentation %s needs images in colour; leave it out for grey ones", words[kind]);
    if ((kind == CNN_AUGMENT_MIXUP || kind == CNN_AUGMENT_CUTMIX) && targets)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "augmentation %s mixes labels, but these images have numeric targets", words[kind]);
    return CNN_OK;
}

cnn_status cnn_augmenting_make(cnn_augmenting *augmenting, const cnn_augmentation *list, int count,
                               uint64_t seed, int64_t channels, bool targets, cnn_error *error) {
    *augmenting = (cnn_augmenting){.seed = seed, .any = count > 0};
    for (int i = 0; i < count; i++) {
        const cnn_augmentation_kind kind = list[i].kind;
        if (kind < 0 || kind >= CNN_AUGMENT_KINDS)
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "augmentation %d of the list is of no known kind", i);
        const double amount = list[i].amount != 0 ? list[i].amount : ranges[kind].amount;
        cnn_status status = check_amount(kind, amount, error);
        if (status == CNN_OK)
            status = check_new(list, i, kind, error);
        if (status == CNN_OK)
            status = check_kind(kind, channels, targets, error);
        if (status != CNN_OK)
            return status;
        augmenting->amount[kind] = amount;
    }
    return CNN_OK;
}

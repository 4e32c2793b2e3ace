#include "predict/views.h"

#include "base/status.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORD = 64, MAX_SHIFT = 64 };

/* ---- The text ----------------------------------------------------------------------------------------- */

enum { MIRROR, SHIFT };
static const char *const words[] = {[MIRROR] = "mirror", [SHIFT] = "shift", NULL};

/* What a text asks for. */
typedef struct wish {
    bool mirror;
    int64_t shift; /* 0: none */
} wish;

static cnn_status parse_shift(const char *text, wish *wish, cnn_error *error) {
    char *end;
    errno = 0;
    const long long pixels = text ? strtoll(text, &end, 10) : 1;
    if (text && (end == text || *end || errno || pixels < 1 || pixels > MAX_SHIFT))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "view shift: the number of pixels must be a whole number between 1 and %d, not '%s'",
                        MAX_SHIFT, text);
    wish->shift = pixels;
    return CNN_OK;
}

/* One word, cut at the colon. */
static cnn_status parse_word(char *word, wish *wish, cnn_error *error) {
    char *amount = strchr(word, ':');
    if (amount)
        *amount++ = '\0';
    const bool mirror = !strcmp(word, words[MIRROR]), shift = !strcmp(word, words[SHIFT]);
    if ((mirror && wish->mirror) || (shift && wish->shift))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "view %s is named twice", word);
    if (shift)
        return parse_shift(amount, wish, error);
    if (mirror && amount)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "view mirror takes no amount, but ':%s' follows it",
                        amount);
    wish->mirror = mirror;
    if (mirror)
        return CNN_OK;
    const char *nearest = cnn_nearest_word(word, words);
    return cnn_fail(error, CNN_ERROR_ARGUMENT, "view '%s' is unknown: %s%s", word,
                    nearest ? "did you mean " : "there are mirror and shift", nearest ? nearest : "");
}

static int views_of(const wish *wish, cnn_view *views) {
    int count = 0;
    for (int mirror = 0; mirror <= wish->mirror; mirror++) {
        views[count++] = (cnn_view){.mirror = mirror, .weight = wish->shift ? 2 : 1};
        for (int side = -1; side <= 1 && wish->shift; side += 2)
            views[count++] = (cnn_view){mirror, side * wish->shift, side * wish->shift, 1};
    }
    return count;
}

cnn_status cnn_views_parse(const char *text, cnn_view views[CNN_MAX_VIEWS], int *count, cnn_error *error) {
    cnn_status status = cnn_required(error, text, views, count);
    wish wish = {0};
    const char *at = text;
    for (bool more = true; status == CNN_OK && more; at++) {
        char word[MAX_WORD];
        const size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof word)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "'%.80s' is not a list of views such as mirror,shift:1", text);
        memcpy(word, at, length);
        word[length] = '\0';
        status = parse_word(word, &wish, error);
        at += length;
        more = *at;
    }
    if (status == CNN_OK)
        *count = views_of(&wish, views);
    return status;
}

/* ---- Showing ------------------------------------------------------------------------------------------ */

static double weight_of(const cnn_view *view) {
    return view->weight != 0 ? view->weight : 1;
}

cnn_status cnn_views_check(const cnn_view *views, int count, const int64_t shape[3], cnn_error *error) {
    for (int i = 0; i < count; i++) {
        const cnn_view *view = &views[i];
        if (!(weight_of(view) > 0 && weight_of(view) <= 1e6))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "the weight of view %d must be above 0 and at most 1e6, but is %g", i,
                            view->weight);
        if (view->down <= -shape[1] || view->down >= shape[1] || view->right <= -shape[2] ||
            view->right >= shape[2])
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "view %d moves images by %" PRId64 " rows and %" PRId64
                            " columns, but they have %" PRId64 " x %" PRId64 ": move them by fewer",
                            i, view->down, view->right, shape[1], shape[2]);
    }
    return CNN_OK;
}

double cnn_view_share(const cnn_view *views, int count, int view) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += weight_of(&views[i]);
    return weight_of(&views[view]) / sum;
}

bool cnn_view_is_plain(const cnn_view *view) {
    return !view->mirror && view->down == 0 && view->right == 0;
}

/* Where, along an axis of `size`, a place lies that may be off the edge by less than that. */
static int64_t reflected(int64_t at, int64_t size) {
    return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
}

static void show_row(const cnn_view *view, int64_t width, const float *from, float *to) {
    for (int64_t x = 0; x < width; x++)
        to[view->mirror ? width - 1 - x : x] = from[reflected(x - view->right, width)];
}

void cnn_view_show(const cnn_view *view, const int64_t shape[3], const float *from, int64_t count,
                   float *to) {
    const int64_t height = shape[1], width = shape[2];
    for (int64_t map = 0; map < count * shape[0]; map++, from += height * width)
        for (int64_t y = 0; y < height; y++, to += width)
            show_row(view, width, from + reflected(y - view->down, height) * width, to);
}

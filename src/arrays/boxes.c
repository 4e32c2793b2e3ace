/* NonMaxSuppression: of boxes that overlap, the one with the largest score. */
#include "arrays/call.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Boxes N,B,4 and scores N,C,B, and what is wanted of them. */
typedef struct suppression {
    const float *boxes, *scores;
    int64_t images, classes, count;
    int64_t most; /* boxes of each class of each image */
    double overlap, score;
    int64_t by_centre; /* a box is its centre's x and y, its width and height; else two corners y, x */
} suppression;

typedef struct candidate {
    float score;
    int64_t box;
} candidate;

typedef struct corners {
    double low[2], high[2];
} corners;

static corners corners_of(const float *box, bool by_centre) {
    corners c;
    for (int i = 0; i < 2; i++) {
        const double a = (double)box[i], b = (double)box[2 + i];
        c.low[i] = by_centre ? a - b / 2 : fmin(a, b);
        c.high[i] = by_centre ? a + b / 2 : fmax(a, b);
    }
    return c;
}

static double area_of(const corners *c) {
    const double height = c->high[0] - c->low[0], width = c->high[1] - c->low[1];
    return height > 0 && width > 0 ? height * width : 0;
}

/* What two boxes share, as a part of what they cover together. */
static double overlap_of(const corners *a, const corners *b) {
    corners both;
    for (int i = 0; i < 2; i++) {
        both.low[i] = fmax(a->low[i], b->low[i]);
        both.high[i] = fmin(a->high[i], b->high[i]);
    }
    const double shared = area_of(&both);
    return shared > 0 ? shared / (area_of(a) + area_of(b) - shared) : 0;
}

/* The largest score first; of equal ones the first box. */
static int by_score(const void *a, const void *b) {
    const candidate *first = a, *second = b;
    if (first->score != second->score)
        return first->score < second->score ? 1 : -1;
    return first->box < second->box ? -1 : 1;
}

/* The candidates of one class, the best first; returns how many. */
static int64_t rank_boxes(const suppression *s, const float *scores, candidate *ranked) {
    int64_t count = 0;
    for (int64_t i = 0; i < s->count; i++)
        if ((double)scores[i] > s->score)
            ranked[count++] = (candidate){scores[i], i};
    if (count > 0)
        qsort(ranked, (size_t)count, sizeof *ranked, by_score);
    return count;
}

/* Keep of `ranked` those that overlap none before them too much, at its beginning; returns how many. */
static int64_t suppress(const suppression *s, const float *boxes, candidate *ranked, int64_t count) {
    int64_t kept = 0;
    for (int64_t i = 0; i < count && kept < s->most; i++) {
        const corners box = corners_of(boxes + 4 * ranked[i].box, s->by_centre);
        bool wanted = true;
        for (int64_t k = 0; wanted && k < kept; k++) {
            const corners other = corners_of(boxes + 4 * ranked[k].box, s->by_centre);
            wanted = overlap_of(&box, &other) <= s->overlap;
        }
        if (wanted)
            ranked[kept++] = ranked[i];
    }
    return kept;
}

/* Triples: image, class, box. */
typedef struct selection {
    int64_t *numbers, count, room;
} selection;

static cnn_status add_triple(cnn_call *call, selection *to, int64_t image, int64_t class, int64_t box) {
    const int64_t triple[] = {image, class, box};
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < 3; i++) {
        status = cnn_grow((void **)&to->numbers, to->count, &to->room, sizeof *to->numbers, "selected boxes",
                          call->error);
        if (status == CNN_OK)
            to->numbers[to->count++] = triple[i];
    }
    return status;
}

static cnn_status select_boxes(cnn_call *call, const suppression *s, candidate *ranked, selection *to) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < s->images * s->classes; i++) {
        const float *boxes = s->boxes + i / s->classes * s->count * 4;
        const int64_t count = rank_boxes(s, s->scores + i * s->count, ranked);
        status = cnn_call_work(call, count, s->most < count ? s->most : count);
        const int64_t kept = status == CNN_OK ? suppress(s, boxes, ranked, count) : 0;
        for (int64_t k = 0; status == CNN_OK && k < kept; k++)
            status = add_triple(call, to, i / s->classes, i % s->classes, ranked[k].box);
    }
    return status;
}

static cnn_status read_suppression(cnn_call *call, suppression *s) {
    const cnn_array *boxes, *scores;
    *s = (suppression){.score = -INFINITY};
    cnn_status status = cnn_call_typed(call, 0, "boxes", CNN_TYPE_FLOAT32, &boxes);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 1, "scores", CNN_TYPE_FLOAT32, &scores);
    if (status == CNN_OK)
        status = cnn_call_integer(call, 2, "number of boxes", &s->most);
    if (status == CNN_OK)
        status = cnn_call_number(call, 3, "overlap", &s->overlap);
    if (status == CNN_OK)
        status = cnn_call_number(call, 4, "least score", &s->score);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "center_point_box", &s->by_centre);
    if (status != CNN_OK)
        return status;
    const int64_t *box = boxes->shape.dim, *score = scores->shape.dim;
    if (boxes->shape.rank != 3 || scores->shape.rank != 3 || box[2] != 4 || box[0] != score[0] ||
        box[1] != score[2])
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the boxes, %s, and the scores, %s, do not fit",
                             cnn_array_describe(boxes).text, cnn_array_describe(scores).text);
    s->boxes = boxes->data;
    s->scores = scores->data;
    s->images = box[0];
    s->count = box[1];
    s->classes = s->count > 0 ? score[1] : 0;
    return CNN_OK;
}

cnn_status cnn_run_NonMaxSuppression(cnn_call *call) {
    suppression s;
    selection selected = {0};
    cnn_status status = read_suppression(call, &s);
    if (status != CNN_OK)
        return status;
    candidate *ranked = cnn_allocate((size_t)s.count, sizeof *ranked, "candidates", call->error);
    status = ranked ? select_boxes(call, &s, ranked, &selected) : CNN_ERROR_MEMORY;
    if (status == CNN_OK) {
        const cnn_shape shape = cnn_shape_2(selected.count / 3, 3);
        const cnn_array found =
            cnn_array_over(CNN_TYPE_INT64, &shape, selected.numbers ? selected.numbers : (const void *)"");
        status = cnn_call_reshaped(call, 0, &found, &shape);
    }
    cnn_free(ranked);
    cnn_free(selected.numbers);
    return status;
}

/* GridSample: values of images at places that a grid names. */
#include "arrays/call.h"

#include <inttypes.h>
#include <math.h>

typedef enum mode { LINEAR, NEAREST, CUBIC } mode;
typedef enum padding { ZEROS, BORDER, REFLECTION } padding;

/* Images N,C,H,W and places N,rows,columns,2 (x, y, from -1 to 1). */
typedef struct sampler {
    const float *input, *grid;
    int64_t images, channels, size[2]; /* rows, columns */
    int64_t places;                    /* of one image */
    int mode, padding;
    int64_t corners; /* -1 and 1 are the centres of the outer values, not their edges */
} sampler;

enum { MAX_TAPS = 4 };

/* Along one axis: places in the input, -1 for those outside, and their weights. */
typedef struct taps {
    int count;
    int64_t at[MAX_TAPS];
    double weight[MAX_TAPS];
} taps;

/* ---- Places ---------------------------------------------------------------------------------------- */

/* Mirrored at the ends of an axis as often as it takes. */
static double reflect(const sampler *s, double x, int64_t size) {
    const double low = s->corners ? 0 : -0.5, length = s->corners ? (double)size - 1 : (double)size;
    if (length <= 0)
        return 0;
    const double distance = fabs(x - low), turns = floor(distance / length);
    const double rest = distance - turns * length;
    return low + (fmod(turns, 2) == 0 ? rest : length - rest);
}

static double limit(double x, int64_t size) {
    return x > 0 ? fmin(x, (double)size - 1) : 0; /* not-a-number, too */
}

/* A place within the axis, unless what lies outside counts as zero. */
static double pad(const sampler *s, double x, int64_t size) {
    if (s->padding == ZEROS)
        return x;
    return limit(s->padding == REFLECTION ? reflect(s, x, size) : x, size);
}

static int64_t index_of(double x, int64_t size) {
    return x >= 0 && x <= (double)size - 1 ? (int64_t)x : -1;
}

static double cubic(double distance) {
    static const double a = -0.75;
    const double x = fabs(distance);
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* Of a place from -1 to 1 along an axis. */
static taps taps_of(const sampler *s, double place, int64_t size) {
    taps t = {0};
    const double wide =
        s->corners ? (place + 1) / 2 * ((double)size - 1) : ((place + 1) * (double)size - 1) / 2;
    const double x = s->mode == CUBIC ? wide : pad(s, wide, size), floored = floor(x);
    if (s->mode == NEAREST) {
        t = (taps){.count = 1, .at = {index_of(rint(x), size)}, .weight = {1}};
        return t;
    }
    const int first = s->mode == CUBIC ? -1 : 0;
    t.count = s->mode == CUBIC ? 4 : 2;
    for (int i = 0; i < t.count; i++) {
        const double at = floored + first + i;
        t.at[i] = index_of(s->mode == CUBIC ? pad(s, at, size) : at, size);
        t.weight[i] = s->mode == CUBIC ? cubic(x - at) : 1 - fabs(x - at);
    }
    return t;
}

/* ---- Values ---------------------------------------------------------------------------------------- */

static double sample(const sampler *s, const float *plane, const taps *rows, const taps *columns) {
    double sum = 0;
    for (int r = 0; r < rows->count; r++)
        for (int c = 0; c < columns->count; c++)
            if (rows->at[r] >= 0 && columns->at[c] >= 0)
                sum += rows->weight[r] * columns->weight[c] *
                       (double)plane[rows->at[r] * s->size[1] + columns->at[c]];
    return sum;
}

static void sample_image(const sampler *s, int64_t image, float *output) {
    const int64_t area = s->size[0] * s->size[1];
    const float *grid = s->grid + image * s->places * 2;
    for (int64_t place = 0; place < s->places; place++) {
        const taps columns = taps_of(s, (double)grid[2 * place], s->size[1]);
        const taps rows = taps_of(s, (double)grid[2 * place + 1], s->size[0]);
        for (int64_t channel = 0; channel < s->channels; channel++)
            output[channel * s->places + place] =
                (float)sample(s, s->input + (image * s->channels + channel) * area, &rows, &columns);
    }
}

static cnn_status read_sampler(cnn_call *call, sampler *s) {
    static const char *const modes[] = {"linear", "nearest", "cubic", NULL};
    static const char *const old_modes[] = {"bilinear", "nearest", "bicubic", NULL};
    static const char *const paddings[] = {"zeros", "border", "reflection", NULL};
    const cnn_array *input, *grid;
    *s = (sampler){0};
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 1, "grid", CNN_TYPE_FLOAT32, &grid);
    if (status == CNN_OK)
        status =
            cnn_attribute_choice(&call->attributes, "mode", call->opset < 20 ? old_modes : modes, &s->mode);
    if (status == CNN_OK)
        status = cnn_attribute_choice(&call->attributes, "padding_mode", paddings, &s->padding);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "align_corners", &s->corners);
    if (status != CNN_OK)
        return status;
    const int64_t *from = input->shape.dim, *to = grid->shape.dim;
    if (input->shape.rank != 4 || grid->shape.rank != 4 || to[3] != 2 || from[0] != to[0] ||
        (input->elements == 0 && grid->elements > 0))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "%s and the grid, %s, do not fit; expected N,C,H,W",
                             cnn_array_describe(input).text, cnn_array_describe(grid).text);
    s->input = input->data;
    s->grid = grid->data;
    s->images = from[0];
    s->channels = from[1];
    s->size[0] = from[2];
    s->size[1] = from[3];
    return CNN_OK;
}

cnn_status cnn_run_GridSample(cnn_call *call) {
    sampler s;
    cnn_array *output;
    cnn_status status = read_sampler(call, &s);
    if (status != CNN_OK)
        return status;
    const int64_t *grid = call->inputs[1]->shape.dim;
    const cnn_shape shape = {.rank = 4, .dim = {s.images, s.channels, grid[1], grid[2]}};
    status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &shape, &output);
    if (status == CNN_OK)
        status = cnn_call_work(call, output->elements, s.mode == CUBIC ? 16 : 4);
    if (status != CNN_OK || output->elements == 0)
        return status;
    s.places = grid[1] * grid[2];
    for (int64_t image = 0; image < s.images; image++)
        sample_image(&s, image, (float *)output->data + image * s.channels * s.places);
    return CNN_OK;
}

/* A data set out of NumPy's arrays: images N,H,W, N,H,W,C or N,C,H,W of bytes or floats; labels, several labels or numbers. */
#include "data/readers.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "data/array_files.h"
#include "data/splits.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MOST_CLASSES = 1 << 16 };

/* ---- Images ------------------------------------------------------------------------------------------ */

/* How images lie in an array. */
typedef struct layout {
    int64_t channels, height, width;
    bool channels_first;
} layout;

static bool are_channels(int64_t size) {
    return size == 1 || size == 3;
}

static cnn_status bad_images(const char *path, const cnn_array *images, cnn_error *error) {
    return cnn_fail(
        error, CNN_ERROR_FORMAT,
        "%s: images of %s; expected uint8 or floats, N,H,W, N,H,W,C or N,C,H,W with 1 or 3 channels", path,
        cnn_array_describe(images).text);
}

/* Where 1 or 3 channels can be; at the end where they could be at both places. */
static cnn_status find_layout(const cnn_array *images, const char *path, layout *l, cnn_error *error) {
    const int64_t *dim = images->shape.dim;
    const int rank = images->shape.rank;
    const bool type = images->type == CNN_TYPE_UINT8 || images->type == CNN_TYPE_FLOAT32 ||
                      images->type == CNN_TYPE_FLOAT64;
    if (!type || images->elements == 0 || rank < 3 || rank > 4)
        return bad_images(path, images, error);
    if (rank == 3)
        *l = (layout){1, dim[1], dim[2], false};
    else if (are_channels(dim[3]))
        *l = (layout){dim[3], dim[1], dim[2], false};
    else if (are_channels(dim[1]))
        *l = (layout){dim[1], dim[2], dim[3], true};
    else
        return bad_images(path, images, error);
    return CNN_OK;
}

static void copy_bytes(cnn_data *data, const layout *l, const uint8_t *from, int64_t index) {
    if (l->channels_first)
        cnn_interleave(from, l->channels, l->height * l->width, cnn_data_pixels(data, index));
    else
        memcpy(cnn_data_pixels(data, index), from, (size_t)cnn_data_image_bytes(data));
}

/* False where a number is not finite. */
static bool copy_floats(cnn_data *data, const layout *l, const cnn_array *images, int64_t from,
                        int64_t index) {
    const int64_t plane = l->height * l->width, values = plane * l->channels;
    float *to = cnn_data_values(data, index);
    for (int64_t i = 0; i < values; i++) {
        const float value = images->type == CNN_TYPE_FLOAT32
                                ? ((const float *)images->data)[from * values + i]
                                : (float)((const double *)images->data)[from * values + i];
        if (!isfinite(value))
            return false;
        to[l->channels_first ? i % plane * l->channels + i / plane : i] = value;
    }
    return true;
}

/* ---- Labels ------------------------------------------------------------------------------------------ */

static bool is_whole(cnn_type type) {
    return type != CNN_TYPE_FLOAT32 && type != CNN_TYPE_FLOAT64;
}

/* A label for each image, or N rows of as many numbers. */
static int64_t columns_of(const cnn_array *labels) {
    return labels->shape.rank > 0 && labels->shape.dim[0] > 0 ? labels->elements / labels->shape.dim[0] : 0;
}

static double value_of(const cnn_array *labels, int64_t index) {
    double value;
    cnn_array one = cnn_array_over(labels->type, &(cnn_shape){.rank = 1, .dim = {1}},
                                   (const char *)labels->data + (size_t)index * cnn_type_size(labels->type));
    cnn_array wide = {.type = CNN_TYPE_FLOAT64, .shape = one.shape, .elements = 1, .data = &value};
    cnn_array_cast(&one, &wide);
    return value;
}

/* What all arrays of labels together say: classes, several classes of 0 and 1, or numbers. */
typedef struct meaning {
    cnn_data_kind kind;
    int64_t classes, columns;
} meaning;

static void look_at(const cnn_array *labels, double *least, double *most, bool *whole) {
    *whole = *whole && is_whole(labels->type);
    for (int64_t i = 0; i < labels->elements; i++) {
        const double value = value_of(labels, i);
        *least = fmin(*least, value);
        *most = fmax(*most, value);
    }
}

static cnn_status find_meaning(const cnn_array_set *set, const char *path, meaning *m, cnn_error *error) {
    double least = 0, most = 0;
    bool whole = true;
    *m = (meaning){.columns = -1};
    for (int i = 0; i <= CNN_SPLIT_ALL; i++) {
        const cnn_array *labels = &set->part[i].labels;
        if (cnn_array_empty(labels))
            continue;
        const int64_t columns = columns_of(labels);
        if (m->columns >= 0 && columns != m->columns)
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: labels of %s beside others of %" PRId64 " columns",
                            path, cnn_array_describe(labels).text, m->columns);
        m->columns = columns;
        look_at(labels, &least, &most, &whole);
    }
    if (m->columns < 1)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: no array of labels, such as y_train or train_labels",
                        path);
    m->kind = !whole            ? CNN_DATA_NUMBERS
              : m->columns == 1 ? CNN_DATA_CLASSES
              : most <= 1       ? CNN_DATA_MULTI_LABEL
                                : CNN_DATA_NUMBERS;
    if (m->kind == CNN_DATA_CLASSES && (least < 0 || most >= MOST_CLASSES))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: a label of %g; expected 0 to %d", path,
                        least < 0 ? least : most, MOST_CLASSES - 1);
    m->classes = m->kind == CNN_DATA_CLASSES   ? (int64_t)most + 1
                 : m->kind == CNN_DATA_NUMBERS ? 1
                                               : m->columns;
    return CNN_OK;
}

/* ---- One part after the other ------------------------------------------------------------------------- */

static int64_t images_of(const cnn_array_set *set, int part) {
    return cnn_array_empty(&set->part[part].images) ? 0 : set->part[part].images.shape.dim[0];
}

static cnn_status check_part(const cnn_array_set *set, int part, const char *path, const layout *first,
                             bool floats, cnn_error *error) {
    const cnn_array *images = &set->part[part].images, *labels = &set->part[part].labels;
    layout l = {0};
    cnn_status status = find_layout(images, path, &l, error);
    if (status != CNN_OK)
        return status;
    if (cnn_array_empty(labels) || labels->shape.dim[0] != images->shape.dim[0])
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: images of %s need as many labels, not %s", path,
                        cnn_array_describe(images).text,
                        cnn_array_empty(labels) ? "none" : cnn_array_describe(labels).text);
    if (l.channels != first->channels || l.height != first->height || l.width != first->width)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: images of %s beside others of %" PRId64 "x%" PRId64 "x%" PRId64, path,
                        cnn_array_describe(images).text, first->channels, first->height, first->width);
    if ((images->type != CNN_TYPE_UINT8) != floats)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: some images are bytes, others floats", path);
    return CNN_OK;
}

static cnn_status copy_label(cnn_data *data, const meaning *m, const cnn_array *labels, int64_t from,
                             int64_t to, cnn_error *error) {
    if (m->kind == CNN_DATA_CLASSES) {
        data->labels[to] = (int32_t)value_of(labels, from);
        return CNN_OK;
    }
    for (int64_t k = 0; k < m->columns; k++) {
        const float value = (float)value_of(labels, from * m->columns + k);
        if (!isfinite(value))
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s: target %" PRId64 " of image %" PRId64 " (from 0) is %g", data->origin, k,
                            from, (double)value);
        data->targets[to * m->columns + k] = value;
    }
    return CNN_OK;
}

/* At most `left` of a part's images, behind `done` others. */
static cnn_status copy_part(cnn_data *data, const cnn_array_set *set, int part, const layout *l,
                            const meaning *m, int64_t done, int64_t count, cnn_error *error) {
    const cnn_array *images = &set->part[part].images;
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < count; i++) {
        if (images->type == CNN_TYPE_UINT8)
            copy_bytes(data, l, (const uint8_t *)images->data + i * cnn_data_image_bytes(data), done + i);
        else if (!copy_floats(data, l, images, i, done + i))
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s: image %" PRId64 " (from 0) has a value that is no number", data->origin, i);
        status = copy_label(data, m, &set->part[part].labels, i, done + i, error);
    }
    return status;
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

static cnn_status reserve(cnn_data *data, const layout *l, const meaning *m, int64_t count, bool floats,
                          cnn_error *error) {
    const int64_t shape[3] = {l->channels, l->height, l->width};
    cnn_status status = floats ? cnn_data_reserve_floats(data, count, shape, error)
                               : cnn_data_reserve(data, count, shape, error);
    if (status == CNN_OK)
        status = cnn_data_name_classes(data, m->classes, NULL, error);
    if (status != CNN_OK || m->kind == CNN_DATA_CLASSES)
        return status;
    data->multi_label = m->kind == CNN_DATA_MULTI_LABEL;
    data->targets_per_image = m->columns;
    data->targets =
        cnn_allocate((size_t)count, (size_t)m->columns * sizeof *data->targets, "the targets", error);
    return data->targets ? CNN_OK : CNN_ERROR_MEMORY;
}

/* The parts that a split means: arrays of no split are all for training. */
static bool is_part(int part, cnn_split split) {
    return split == CNN_SPLIT_ALL || part == (int)split ||
           (part == CNN_SPLIT_ALL && split == CNN_SPLIT_TRAIN);
}

static cnn_status check_split(const cnn_array_set *set, const char *path, cnn_split split, cnn_error *error) {
    for (int i = 0; i <= CNN_SPLIT_ALL; i++)
        if (is_part(i, split) && set->has[i])
            return CNN_OK;
    return cnn_split_missing(path, split, set->has, error);
}

/* The first of the parts, which the others must be like; how many images there are. */
static int find_parts(const cnn_array_set *set, cnn_split split, int64_t *count) {
    int first = -1;
    for (int i = 0; i <= CNN_SPLIT_ALL; i++)
        if (is_part(i, split) && images_of(set, i) > 0) {
            first = first < 0 ? i : first;
            *count += images_of(set, i);
        }
    return first;
}

static cnn_status fill(cnn_data *data, const cnn_array_set *set, const char *path,
                       const cnn_data_options *options, cnn_error *error) {
    int64_t count = 0, done = 0;
    const int first = find_parts(set, options->split, &count);
    meaning m;
    layout l = {0};
    if (first < 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: it holds no images", path);
    const bool floats = set->part[first].images.type != CNN_TYPE_UINT8;
    cnn_status status = find_layout(&set->part[first].images, path, &l, error);
    if (status == CNN_OK)
        status = find_meaning(set, path, &m, error);
    count = options->limit ? cnn_min(options->limit, count) : count;
    if (status == CNN_OK)
        status = reserve(data, &l, &m, count, floats, error);
    for (int i = 0; status == CNN_OK && i <= CNN_SPLIT_ALL && done < count; i++) {
        if (!is_part(i, options->split) || images_of(set, i) == 0)
            continue;
        status = check_part(set, i, path, &l, floats, error);
        const int64_t taken = cnn_min(images_of(set, i), count - done);
        if (status == CNN_OK)
            status = copy_part(data, set, i, &l, &m, done, taken, error);
        done += taken;
    }
    data->picture = (cnn_picture){"NumPy", l.channels, l.height, l.width};
    return status;
}

/* Floats are not resized or changed otherwise. */
static cnn_status convert(cnn_data *data, const cnn_image_options *options, cnn_error *error) {
    const int64_t wanted[3] = {options->channels, options->height, options->width};
    const int64_t shape[3] = {data->channels, data->height, data->width};
    if (!data->values)
        return cnn_data_convert(data, options, error);
    bool same = !options->resize && !options->bgr && !options->invert && !options->centre;
    for (int i = 0; i < 3; i++)
        same = same && (!wanted[i] || wanted[i] == shape[i]);
    if (same)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "%s: images of floats are taken as they are, %" PRId64 "x%" PRId64 "x%" PRId64
                    "; other sizes, channels and changes need images of bytes (uint8)",
                    data->origin, shape[0], shape[1], shape[2]);
}

cnn_status cnn_array_data_has(const char *path, cnn_split split, bool *has, cnn_error *error) {
    cnn_array_set set;
    cnn_status status = cnn_array_set_read(&set, path, NULL, error);
    *has = status == CNN_OK && (split == CNN_SPLIT_ALL || set.has[split]);
    cnn_array_set_free(&set);
    return status;
}

cnn_status cnn_read_array_data(cnn_data *data, const char *path, const cnn_data_options *options,
                               cnn_error *error) {
    cnn_array_set set;
    cnn_status status = cnn_array_set_read(&set, path, &options->split, error);
    if (status == CNN_OK)
        status = check_split(&set, path, options->split, error);
    if (status == CNN_OK)
        status = fill(data, &set, path, options, error);
    cnn_array_set_free(&set);
    return status == CNN_OK ? convert(data, &options->image, error) : status;
}

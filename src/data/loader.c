#include "data/loader.h"

#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

enum { SLOTS = 2, VALUES = 256, FARTHEST = 2 };

typedef struct slot {
    float *images; /* N,H,W,C */
    int32_t *labels;
    float *targets; /* NULL: the data have none */
} slot;

struct cnn_loader {
    const cnn_data *data;
    int64_t batch;
    bool augment;
    uint64_t seed;
    const int32_t *outputs;
    float *table;            /* channels x 256: each pixel value, normalised */
    float *mean, *deviation; /* one a channel, for pixels that are floats */
    slot slots[SLOTS];

    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* guards everything below */
    pthread_cond_t changed;
    bool stopping;
    bool busy; /* the thread is filling a slot, outside the mutex; the pass must not change */

    /* The pass. Batch number b lies in slot b % SLOTS; these count batches from `first` on. */
    const int64_t *indices;
    int64_t count, first, epoch;
    int64_t filled, taken, released;
};

/* ---- Filling a slot -------------------------------------------------------------------------------- */

static void fill_table(float *table, int64_t channels, const float *mean, const float *deviation) {
    for (int64_t c = 0; c < channels; c++)
        for (int v = 0; v < VALUES; v++)
            table[c * VALUES + v] = ((float)v / 255.0f - mean[c]) / deviation[c];
}

static void normalise_floats(const cnn_loader *loader, const float *pixels, int64_t count, float *values) {
    const int64_t channels = loader->data->channels;
    for (int64_t i = 0; i < count; i += channels)
        for (int64_t c = 0; c < channels; c++)
            values[i + c] = (pixels[i + c] - loader->mean[c]) / loader->deviation[c];
}

static void normalise_bytes(const cnn_loader *loader, const uint8_t *pixels, int64_t count, float *values) {
    int64_t channels = loader->data->channels;
    if (channels == 1) {
        for (int64_t i = 0; i < count; i++)
            values[i] = loader->table[pixels[i]];
        return;
    }
    for (int64_t i = 0; i < count; i += channels)
        for (int64_t c = 0; c < channels; c++)
            values[i + c] = loader->table[c * VALUES + pixels[i + c]];
}

/* `count` values of an image from its value `from` on. */
static void normalise(const cnn_loader *loader, int64_t index, int64_t from, int64_t count, float *values) {
    if (loader->data->values)
        normalise_floats(loader, cnn_data_values(loader->data, index) + from, count, values);
    else
        normalise_bytes(loader, cnn_data_pixels(loader->data, index) + from, count, values);
}

static void fill_black(const cnn_loader *loader, int64_t pixels, float *values) {
    for (int64_t i = 0; i < pixels; i++)
        for (int64_t c = 0; c < loader->data->channels; c++)
            *values++ = loader->table[c * VALUES];
}

/* Row `y` of an image moved by `dx` columns to the right; `y` is outside of the image where black comes in.
 */
static void shift_row(const cnn_loader *loader, int64_t index, int64_t y, int64_t dx, float *row) {
    const cnn_data *data = loader->data;
    int64_t channels = data->channels, width = data->width, kept = width - (dx < 0 ? -dx : dx);
    if (y < 0 || y >= data->height || kept <= 0) {
        fill_black(loader, width, row);
        return;
    }
    int64_t from = dx < 0 ? -dx : 0, to = dx > 0 ? dx : 0;
    fill_black(loader, to, row);
    normalise(loader, index, (y * width + from) * channels, kept * channels, row + to * channels);
    fill_black(loader, width - kept - to, row + (to + kept) * channels);
}

/* -FARTHEST .. FARTHEST from 32 random bits. */
static int64_t draw_shift(uint32_t bits) {
    return (int64_t)(((uint64_t)bits * (2 * FARTHEST + 1)) >> 32) - FARTHEST;
}

static void fill_shifted(const cnn_loader *loader, int64_t index, float *image) {
    const cnn_data *data = loader->data;
    uint64_t bits = cnn_random_hash(cnn_random_hash(loader->seed, (uint64_t)loader->epoch), (uint64_t)index);
    int64_t dy = draw_shift((uint32_t)(bits >> 32)), dx = draw_shift((uint32_t)bits);
    for (int64_t y = 0; y < data->height; y++)
        shift_row(loader, index, y - dy, dx, image + y * data->width * data->channels);
}

static int64_t batch_size(const cnn_loader *loader, int64_t number) {
    int64_t left = loader->count - loader->first - number * loader->batch;
    return left < 0 ? 0 : left < loader->batch ? left : loader->batch;
}

static void fill_slot(const cnn_loader *loader, int64_t number) {
    const cnn_data *data = loader->data;
    const slot *target = &loader->slots[number % SLOTS];
    const int64_t *indices = loader->indices + loader->first + number * loader->batch;
    int64_t bytes = cnn_data_image_bytes(data), size = batch_size(loader, number);
    for (int64_t i = 0; i < size; i++) {
        float *image = target->images + i * bytes;
        if (loader->augment)
            fill_shifted(loader, indices[i], image);
        else
            normalise(loader, indices[i], 0, bytes, image);
        int32_t label = data->labels[indices[i]];
        target->labels[i] = loader->outputs ? loader->outputs[label] : label;
        if (target->targets)
            memcpy(target->targets + i * data->targets_per_image,
                   data->targets + indices[i] * data->targets_per_image,
                   (size_t)data->targets_per_image * sizeof *data->targets);
    }
}

/* ---- The thread ------------------------------------------------------------------------------------ */

static bool has_work(const cnn_loader *loader) {
    return loader->filled - loader->released < SLOTS && batch_size(loader, loader->filled) > 0;
}

static void *thread_main(void *argument) {
    cnn_loader *loader = argument;
    pthread_mutex_lock(&loader->mutex);
    for (;;) {
        while (!loader->stopping && !has_work(loader))
            pthread_cond_wait(&loader->changed, &loader->mutex);
        if (loader->stopping)
            break;
        int64_t number = loader->filled;
        loader->busy = true;
        pthread_mutex_unlock(&loader->mutex);
        fill_slot(loader, number);
        pthread_mutex_lock(&loader->mutex);
        loader->busy = false;
        loader->filled++;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->mutex);
    return NULL;
}

void cnn_loader_start(cnn_loader *loader, const int64_t *indices, int64_t count, int64_t first,
                      int64_t epoch) {
    pthread_mutex_lock(&loader->mutex);
    while (loader->busy)
        pthread_cond_wait(&loader->changed, &loader->mutex);
    loader->indices = indices;
    loader->count = count;
    loader->first = first;
    loader->epoch = epoch;
    loader->filled = loader->taken = loader->released = 0;
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->mutex);
}

cnn_batch cnn_loader_next(cnn_loader *loader) {
    cnn_batch batch = {0};
    pthread_mutex_lock(&loader->mutex);
    loader->released = loader->taken;
    pthread_cond_broadcast(&loader->changed);
    batch.count = batch_size(loader, loader->taken);
    if (batch.count > 0) {
        while (loader->filled <= loader->taken)
            pthread_cond_wait(&loader->changed, &loader->mutex);
        const slot *source = &loader->slots[loader->taken++ % SLOTS];
        batch.images = source->images;
        batch.labels = source->labels;
        batch.targets = source->targets;
    }
    pthread_mutex_unlock(&loader->mutex);
    return batch;
}

/* ---- Making and freeing ---------------------------------------------------------------------------- */

/* No batch is larger than the data set. */
static int64_t largest_batch(const cnn_data *data, int64_t batch) {
    return batch < data->count ? batch : data->count;
}

int64_t cnn_loader_bytes(const cnn_data *data, int64_t batch) {
    int64_t images, bytes;
    int64_t table = data->channels * (VALUES + 2) * (int64_t)sizeof(float);
    int64_t image = (cnn_data_image_bytes(data) + data->targets_per_image) * (int64_t)sizeof(float) +
                    (int64_t)sizeof(int32_t);
    if (!cnn_multiply(largest_batch(data, batch), SLOTS, &images) || !cnn_multiply(images, image, &bytes) ||
        bytes > INT64_MAX - table)
        return INT64_MAX;
    return bytes + table;
}

static cnn_status check_options(const cnn_data *data, const cnn_loader_options *options, cnn_error *error) {
    if (options->batch < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "batch must be at least 1, not %" PRId64, options->batch);
    for (int64_t c = 0; c < data->channels; c++)
        if (!(options->deviation[c] > 0))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "channel %" PRId64 ": the standard deviation must be above 0, not %g", c,
                            (double)options->deviation[c]);
    return cnn_data_check_memory(cnn_loader_bytes(data, options->batch), "the batches", "a smaller --batch",
                                 error);
}

static cnn_status allocate(cnn_loader *loader, cnn_error *error) {
    const cnn_data *data = loader->data;
    size_t images = (size_t)largest_batch(data, loader->batch), values = (size_t)cnn_data_image_bytes(data);
    loader->table =
        cnn_allocate((size_t)data->channels * (VALUES + 2), sizeof(float), "the normalisation", error);
    if (!loader->table)
        return CNN_ERROR_MEMORY;
    loader->mean = loader->table + data->channels * VALUES;
    loader->deviation = loader->mean + data->channels;
    for (int i = 0; i < SLOTS; i++) {
        slot *s = &loader->slots[i];
        s->images = cnn_allocate(images, values * sizeof(float), "a batch's images", error);
        s->labels = cnn_allocate(images, sizeof(int32_t), "a batch's labels", error);
        if (data->targets)
            s->targets = cnn_allocate(images, (size_t)data->targets_per_image * sizeof(float),
                                      "a batch's targets", error);
        if (!s->images || !s->labels || (data->targets && !s->targets))
            return CNN_ERROR_MEMORY;
    }
    return CNN_OK;
}

static cnn_status start_thread(cnn_loader *loader, cnn_error *error) {
    int reason = pthread_create(&loader->thread, NULL, thread_main, loader);
    if (reason != 0)
        return cnn_fail(error, CNN_ERROR_MEMORY, "cannot start the thread that prepares batches: %s",
                        strerror(reason));
    loader->has_thread = true;
    return CNN_OK;
}

cnn_status cnn_loader_new(cnn_loader **out, const cnn_data *data, const cnn_loader_options *options,
                          cnn_error *error) {
    *out = NULL;
    cnn_status status = check_options(data, options, error);
    if (status != CNN_OK)
        return status;
    cnn_loader *loader = cnn_allocate(1, sizeof *loader, "a loader", error);
    if (!loader)
        return CNN_ERROR_MEMORY;
    loader->data = data;
    loader->batch = options->batch;
    loader->augment = options->augment;
    loader->seed = options->seed;
    loader->outputs = options->outputs;
    pthread_mutex_init(&loader->mutex, NULL);
    pthread_cond_init(&loader->changed, NULL);
    status = allocate(loader, error);
    if (status == CNN_OK) {
        fill_table(loader->table, data->channels, options->mean, options->deviation);
        memcpy(loader->mean, options->mean, (size_t)data->channels * sizeof(float));
        memcpy(loader->deviation, options->deviation, (size_t)data->channels * sizeof(float));
        status = start_thread(loader, error);
    }
    if (status != CNN_OK)
        cnn_loader_free(loader);
    else
        *out = loader;
    return status;
}

static void stop_thread(cnn_loader *loader) {
    pthread_mutex_lock(&loader->mutex);
    loader->stopping = true;
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->mutex);
    pthread_join(loader->thread, NULL);
}

void cnn_loader_free(cnn_loader *loader) {
    if (!loader)
        return;
    if (loader->has_thread)
        stop_thread(loader);
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->mutex);
    for (int i = 0; i < SLOTS; i++) {
        cnn_free(loader->slots[i].images);
        cnn_free(loader->slots[i].labels);
        cnn_free(loader->slots[i].targets);
    }
    cnn_free(loader->table);
    cnn_free(loader);
}

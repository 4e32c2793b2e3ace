#include "data/loader.h"

#include "base/memory.h"
#include "data/batch_images.h"
#include "data/dataset.h"
#include "data/room.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

enum { SLOTS = 2 };

typedef struct slot {
    float *images; /* N,H,W,C */
    int32_t *labels;
    int32_t *others; /* the labels of the images that these are mixed with */
    float *targets;  /* NULL: the data have none */
    cnn_mix mix;
} slot;

struct cnn_loader {
    const cnn_data *data;
    int64_t batch;
    const int32_t *outputs;
    cnn_batch_images images;
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

static int64_t batch_size(const cnn_loader *loader, int64_t number) {
    int64_t left = loader->count - loader->first - number * loader->batch;
    return left < 0 ? 0 : left < loader->batch ? left : loader->batch;
}

/* The targets of an image; those of classes lie at the outputs of the classes. */
static void fill_targets(const cnn_loader *loader, int64_t index, float *targets) {
    const int64_t count = loader->data->targets_per_image;
    const float *from = loader->data->targets + index * count;
    const bool moved = loader->data->multi_label && loader->outputs;
    for (int64_t i = 0; i < count; i++)
        targets[moved ? loader->outputs[i] : i] = from[i];
}

static void fill_labels(const cnn_loader *loader, slot *target, const int64_t *indices, int64_t size) {
    const cnn_data *data = loader->data;
    for (int64_t i = 0; i < size; i++) {
        const int32_t label = data->labels[indices[i]];
        target->labels[i] = loader->outputs ? loader->outputs[label] : label;
        if (target->targets)
            fill_targets(loader, indices[i], target->targets + i * data->targets_per_image);
    }
    for (int64_t i = 0; i < size; i++)
        target->others[i] = target->labels[size - 1 - i];
}

static void fill_slot(cnn_loader *loader, int64_t number) {
    slot *target = &loader->slots[number % SLOTS];
    const int64_t *indices = loader->indices + loader->first + number * loader->batch;
    const int64_t size = batch_size(loader, number), ahead = batch_size(loader, number + 1),
                  in_epoch = loader->first / loader->batch + number;
    cnn_data_expect(loader->data, indices + size, ahead);
    for (int64_t i = 0; i < size; i++)
        cnn_batch_image(&loader->images, indices[i], loader->epoch,
                        target->images + i * cnn_data_image_bytes(loader->data));
    fill_labels(loader, target, indices, size);
    target->mix = cnn_batch_mix(&loader->images, loader->epoch, in_epoch, target->images, size);
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

void cnn_loader_stop(cnn_loader *loader) {
    cnn_loader_start(loader, NULL, 0, 0, 0);
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
        batch.others = source->mix.mixed ? source->others : NULL;
        batch.share = source->mix.share;
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
    const int64_t once = cnn_batch_images_bytes(data);
    const int64_t image = (cnn_data_image_bytes(data) + data->targets_per_image) * (int64_t)sizeof(float) +
                          2 * (int64_t)sizeof(int32_t);
    if (!cnn_multiply(largest_batch(data, batch), SLOTS, &images) || !cnn_multiply(images, image, &bytes) ||
        bytes > INT64_MAX - once)
        return INT64_MAX;
    return bytes + once;
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
    for (int i = 0; i < SLOTS; i++) {
        slot *s = &loader->slots[i];
        s->images = cnn_allocate(images, values * sizeof(float), "a batch's images", error);
        s->labels = cnn_allocate(images, 2 * sizeof(int32_t), "a batch's labels", error);
        s->others = s->labels ? s->labels + images : NULL;
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
    loader->outputs = options->outputs;
    pthread_mutex_init(&loader->mutex, NULL);
    pthread_cond_init(&loader->changed, NULL);
    status = cnn_batch_images_make(&loader->images, data, options->mean, options->deviation,
                                   &options->augmenting, error);
    if (status == CNN_OK)
        status = allocate(loader, error);
    if (status == CNN_OK)
        status = start_thread(loader, error);
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
    cnn_batch_images_free(&loader->images);
    cnn_free(loader);
}

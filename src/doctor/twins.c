#include "doctor/twins.h"

#include "base/memory.h"
#include "doctor/perceptual_hash.h"
#include "doctor/pixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NEAR = 0.998; /* the least correlation */
/* Hashes of near images differ in a few bits at most, so that one of the bands is the same in both. */
enum { BANDS = 4, BAND_BITS = 64 / BANDS, MAX_BITS = 10 };

typedef struct search {
    const cnn_patient *patient;
    cnn_twins *twins;
    cnn_perceptual_hash *hashes;
    uint64_t *exact; /* of all bytes of each image */
    float *grey;     /* two images */
} search;

static const cnn_data *data_of(const search *s, int64_t number) {
    return s->patient->part[s->twins->list[number].part];
}

/* ---- All images in one list ---------------------------------------------------------------------------- */

static cnn_status list_images(cnn_twins *twins, const cnn_patient *patient, cnn_error *error) {
    static const cnn_split order[CNN_PARTS] = {CNN_SPLIT_TRAIN, CNN_SPLIT_VALIDATION, CNN_SPLIT_TEST};
    int64_t count = 0;
    for (int i = 0; i < CNN_PARTS; i++)
        count += cnn_data_count(patient->part[i]);
    *twins = (cnn_twins){.list = cnn_allocate((size_t)count, sizeof *twins->list, "the images", error)};
    if (!twins->list)
        return CNN_ERROR_MEMORY;
    for (int i = 0; i < CNN_PARTS; i++)
        for (int64_t k = 0; k < cnn_data_count(patient->part[order[i]]); k++)
            twins->list[twins->count++] = (cnn_twin){.part = order[i], .index = k, .of = -1};
    return CNN_OK;
}

static const void *bytes_of(const search *s, int64_t number, size_t *size) {
    const cnn_data *data = data_of(s, number);
    const int64_t index = s->twins->list[number].index;
    const size_t values = (size_t)cnn_data_image_bytes(data);
    *size = data->values ? values * sizeof(float) : values;
    return data->values ? (const void *)cnn_data_values(data, index) : cnn_data_pixels(data, index);
}

/* FNV-1a (Fowler, Noll and Vo 1991), 64 bits. */
static uint64_t exact_hash(const uint8_t *bytes, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static cnn_status hash_images(search *s, cnn_error *error) {
    const cnn_data *first = data_of(s, 0);
    cnn_hasher hasher;
    cnn_status status = cnn_hasher_start(&hasher, first->height, first->width, error);
    if (status != CNN_OK)
        return status;
    for (int64_t i = 0; i < s->twins->count; i++) {
        size_t size;
        const void *bytes = bytes_of(s, i, &size);
        s->exact[i] = exact_hash(bytes, size);
        cnn_grey_image(data_of(s, i), s->twins->list[i].index, s->grey);
        cnn_hash_image(&hasher, s->grey, &s->hashes[i]);
    }
    cnn_hasher_free(&hasher);
    return CNN_OK;
}

/* ---- Groups that have something in common -------------------------------------------------------------- */

typedef struct keyed {
    uint64_t key;
    int64_t number;
} keyed;

static int by_key(const void *a, const void *b) {
    const keyed *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

/* Whether image `b` is like image `a`; a < b. */
typedef bool likeness(const search *s, int64_t a, int64_t b);

/* Each image of a group, in order, is compared with those before it that are like no other. */
static void compare_group(search *s, const keyed *group, int64_t count, likeness *alike, bool exact) {
    for (int64_t j = 1; j < count; j++) {
        cnn_twin *twin = &s->twins->list[group[j].number];
        for (int64_t i = 0; i < j && twin->of < 0; i++)
            if (s->twins->list[group[i].number].of < 0 && alike(s, group[i].number, group[j].number)) {
                twin->of = group[i].number;
                twin->exact = exact;
            }
    }
}

static void compare_groups(search *s, keyed *sorted, likeness *alike, bool exact) {
    const int64_t count = s->twins->count;
    qsort(sorted, (size_t)count, sizeof *sorted, by_key);
    for (int64_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && sorted[end].key == sorted[first].key;)
            end++;
        compare_group(s, sorted + first, end - first, alike, exact);
    }
}

/* ---- What is alike ------------------------------------------------------------------------------------- */

static bool is_uniform(const search *s, int64_t number) {
    return s->hashes[number].bits == 0;
}

static bool same(const search *s, int64_t a, int64_t b) {
    size_t size;
    const void *one = bytes_of(s, a, &size), *other = bytes_of(s, b, &size);
    return !is_uniform(s, a) && memcmp(one, other, size) == 0;
}

static int bits_in(uint64_t word) {
    int count = 0;
    for (; word; word &= word - 1)
        count++;
    return count;
}

/* The correlation of two rows of values. */
static double correlation(const float *a, const float *b, int64_t count) {
    double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
    for (int64_t i = 0; i < count; i++) {
        sum_a += (double)a[i];
        sum_b += (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
        ab += (double)a[i] * (double)b[i];
    }
    const double n = (double)count, va = aa - sum_a * sum_a / n, vb = bb - sum_b * sum_b / n;
    return va > 0 && vb > 0 ? (ab - sum_a * sum_b / n) / sqrt(va * vb) : 0;
}

static bool pixels_are_near(const search *s, int64_t a, int64_t b) {
    const cnn_data *data = data_of(s, a);
    const int64_t pixels = data->height * data->width;
    cnn_grey_image(data, s->twins->list[a].index, s->grey);
    cnn_grey_image(data_of(s, b), s->twins->list[b].index, s->grey + pixels);
    return correlation(s->grey, s->grey + pixels, pixels) >= NEAR;
}

static bool near(const search *s, int64_t a, int64_t b) {
    const cnn_perceptual_hash *one = &s->hashes[a], *other = &s->hashes[b];
    if (is_uniform(s, a) || bits_in(one->bits ^ other->bits) > MAX_BITS)
        return false;
    double product = 0; /* their norms are 1 */
    for (int k = 0; k < CNN_HASH_VALUES; k++)
        product += (double)(one->values[k] * other->values[k]);
    return product >= NEAR && pixels_are_near(s, a, b);
}

/* ---- All of it ----------------------------------------------------------------------------------------- */

static void find_all(search *s, keyed *sorted) {
    for (int64_t i = 0; i < s->twins->count; i++)
        sorted[i] = (keyed){s->exact[i], i};
    compare_groups(s, sorted, same, true);
    for (int band = 0; band < BANDS; band++) {
        for (int64_t i = 0; i < s->twins->count; i++)
            sorted[i] = (keyed){s->hashes[i].bits >> (band * BAND_BITS) & ((1 << BAND_BITS) - 1), i};
        compare_groups(s, sorted, near, false);
    }
}

static cnn_status search_all(search *s, cnn_error *error) {
    const size_t count = (size_t)s->twins->count;
    const cnn_data *first = data_of(s, 0);
    const size_t pixels = (size_t)(first->height * first->width);
    keyed *sorted = cnn_allocate(count, sizeof *sorted, "the order of the images", error);
    s->hashes = cnn_allocate(count, sizeof *s->hashes, "the hashes of the images", error);
    s->exact = cnn_allocate(count, sizeof *s->exact, "the hashes of the images", error);
    s->grey = cnn_allocate(2 * pixels, sizeof *s->grey, "two grey images", error);
    cnn_status status = sorted && s->hashes && s->exact && s->grey ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = hash_images(s, error);
    if (status == CNN_OK)
        find_all(s, sorted);
    cnn_free(sorted);
    cnn_free(s->hashes);
    cnn_free(s->exact);
    cnn_free(s->grey);
    return status;
}

cnn_status cnn_twins_find(cnn_twins *twins, const cnn_patient *patient, cnn_error *error) {
    cnn_status status = list_images(twins, patient, error);
    search s = {.patient = patient, .twins = twins};
    return status == CNN_OK && twins->count > 0 ? search_all(&s, error) : status;
}

void cnn_twins_free(cnn_twins *twins) {
    cnn_free(twins->list);
    *twins = (cnn_twins){0};
}

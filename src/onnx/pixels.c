#define _GNU_SOURCE
#include "onnx/pixels.h"

#include "onnx/graph.h"
#include "graph/text_field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FORMAT_KEY     "Image.BitmapPixelFormat"
#define RANGE_KEY      "Image.NominalPixelRange"
#define GAMMA_KEY      "Image.ColorSpaceGamma"
#define RESIZE_KEY     "cnn.resize_short_side"
#define INVERT_KEY     "cnn.invert"
#define CENTRE_KEY     "cnn.centre"
#define BACKGROUND_KEY "cnn.background"

/* The value of a key of the metadata, which knows no case; NULL: none. */
static const char *entry_of(const CnnOnnx__ModelProto *model, const char *key) {
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const CnnOnnx__StringStringEntryProto *entry = model->metadata_props[i];
        if (entry->key && entry->value && strcasecmp(entry->key, key) == 0)
            return entry->value;
    }
    return NULL;
}

static cnn_status refuse(const char *origin, const char *key, const char *value, const char *why,
                         cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "%s: its metadata %s is \"%s\": %s; cnn run takes tensors as they are", origin, key,
                    cnn_onnx_printable(value).text, why);
}

static cnn_status read_range(const char *value, const char *origin, cnn_pixels *range, cnn_error *error) {
    static const struct {
        const char *word;
        cnn_pixels range;
    } words[] = {{"Normalized_0_1", CNN_PIXELS_0_1},
                 {"NominalRange_0_255", CNN_PIXELS_0_255},
                 {"Normalized_1_1", CNN_PIXELS_MINUS_1_1},
                 {"NominalRange_16_235", CNN_PIXELS_16_235}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(value, words[i].word) == 0) {
            *range = words[i].range;
            return CNN_OK;
        }
    return refuse(origin, RANGE_KEY, value,
                  "expected Normalized_0_1, Normalized_1_1, NominalRange_0_255 or NominalRange_16_235",
                  error);
}

static cnn_status read_format(const char *value, int64_t channels, const char *origin, bool *bgr,
                              cnn_error *error) {
    static const struct {
        const char *word;
        int64_t channels;
    } words[] = {{"Gray8", 1}, {"Rgb8", 3}, {"Bgr8", 3}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(value, words[i].word) == 0) {
            char why[96];
            snprintf(why, sizeof why, "but the network's input has %" PRId64 " %s", channels,
                     channels == 1 ? "channel" : "channels");
            *bgr = words[i].word[0] == 'B';
            return words[i].channels == channels ? CNN_OK : refuse(origin, FORMAT_KEY, value, why, error);
        }
    return refuse(origin, FORMAT_KEY, value, "images are made as Gray8, Rgb8 or Bgr8", error);
}

static cnn_status read_gamma(const char *value, const char *origin, cnn_error *error) {
    return strcasecmp(value, "SRGB") == 0
               ? CNN_OK
               : refuse(origin, GAMMA_KEY, value, "pixels are used as files hold them, which is SRGB", error);
}

static cnn_status read_flag(const CnnOnnx__ModelProto *model, const char *origin, const char *key, bool *flag,
                            cnn_error *error) {
    const char *value = entry_of(model, key);
    *flag = value && strcmp(value, "true") == 0;
    return !value || *flag ? CNN_OK : refuse(origin, key, value, "expected true, or no such entry", error);
}

static cnn_status read_own(const CnnOnnx__ModelProto *model, const char *origin,
                           cnn_preprocessing *preprocessing, cnn_error *error) {
    const char *resize = entry_of(model, RESIZE_KEY), *background = entry_of(model, BACKGROUND_KEY);
    if (resize && !cnn_word_integer(resize, &preprocessing->resize))
        return refuse(origin, RESIZE_KEY, resize, "expected the length of a picture's shorter side in pixels",
                      error);
    if (background && !cnn_word_colour(background, &preprocessing->background))
        return refuse(origin, BACKGROUND_KEY, background, "expected a colour of six hexadecimal digits",
                      error);
    cnn_status status = read_flag(model, origin, INVERT_KEY, &preprocessing->invert, error);
    return status == CNN_OK ? read_flag(model, origin, CENTRE_KEY, &preprocessing->centre, error) : status;
}

cnn_status cnn_onnx_read_pixels(const CnnOnnx__ModelProto *model, int64_t channels, const char *origin,
                                cnn_onnx_pixels *pixels, cnn_error *error) {
    const char *range = entry_of(model, RANGE_KEY), *format = entry_of(model, FORMAT_KEY),
               *gamma = entry_of(model, GAMMA_KEY);
    *pixels = (cnn_onnx_pixels){0};
    cnn_status status = range ? read_range(range, origin, &pixels->range, error) : CNN_OK;
    if (status == CNN_OK && format)
        status = read_format(format, channels, origin, &pixels->preprocessing.bgr, error);
    if (status == CNN_OK && gamma)
        status = read_gamma(gamma, origin, error);
    return status == CNN_OK ? read_own(model, origin, &pixels->preprocessing, error) : status;
}

/* `value` is copied. */
static void add_entry(CnnOnnx__ModelProto *model, cnn_onnx_arena *arena, const char *key, const char *value) {
    model->metadata_props[model->n_metadata_props++] =
        cnn_onnx_make_entry(arena, key, cnn_onnx_join(arena, value, ""));
}

void cnn_onnx_write_pixels(const cnn_net *net, CnnOnnx__ModelProto *model, cnn_onnx_arena *arena) {
    const int64_t channels = net->input.dim[0];
    const cnn_preprocessing *preprocessing = &net->preprocessing;
    char number[32];
    if (channels == 1 || channels == 3)
        add_entry(model, arena, FORMAT_KEY, channels == 1 ? "Gray8" : preprocessing->bgr ? "Bgr8" : "Rgb8");
    if (net->pixels != CNN_PIXELS_UNKNOWN)
        add_entry(model, arena, RANGE_KEY, "Normalized_0_1");
    snprintf(number, sizeof number, "%" PRId64, preprocessing->resize);
    if (preprocessing->resize)
        add_entry(model, arena, RESIZE_KEY, number);
    if (preprocessing->invert)
        add_entry(model, arena, INVERT_KEY, "true");
    if (preprocessing->centre)
        add_entry(model, arena, CENTRE_KEY, "true");
    snprintf(number, sizeof number, "%06" PRIx32, preprocessing->background & 0xffffff);
    if (preprocessing->background)
        add_entry(model, arena, BACKGROUND_KEY, number);
}

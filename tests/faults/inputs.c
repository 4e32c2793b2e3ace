#define _GNU_SOURCE
#include "faults/inputs.h"

#include "data/scratch.h"
#include "golden/pictures.h"
#include "support/graph_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NORM[] = "input 1x8x8\n"
                           "conv 4 3x3 padding same\n"
                           "batchnorm relu\n"
                           "maxpool 2x2 stride 2\n"
                           "flatten\n"
                           "dropout 0.2\n"
                           "dense 4\n"
                           "softmax\n";
static const char DEPTHWISE[] = "input 1x8x8\n"
                                "conv 4 3x3 relu\n"
                                "conv 4 3x3 groups 4 relu\n"
                                "conv 6 1x1 relu\n"
                                "globalavgpool\n"
                                "flatten\n"
                                "dense 4\n"
                                "softmax\n";

static void write_text(const char *name, const char *text) {
    scratch_write(".", name, text, strlen(text));
}

/* Pictures of each format, some of them turned, in two classes. No WebP and no TIFF: libwebp 1.2 and
 * libtiff 4.5 themselves crash where they get no memory. */
static void write_photos(void) {
    enum { STRIDE = 5 };
    static const char *const endings[] = {"PNG", "png", "JPEG", "jpg", "BMP", "bmp", "GIF",
                                          "gif", "PPM", "ppm",  "PGM", "pgm", NULL,  NULL};
    int number = 0;
    for (size_t i = 0; i < sizeof golden_pictures / sizeof golden_pictures[0]; i += STRIDE)
        for (int kind = 0; endings[kind]; kind += 2)
            if (strncmp(golden_pictures[i].name, endings[kind], strlen(endings[kind])) == 0)
                for (char class = 'a'; class <= 'b'; class ++) {
                    char name[64];
                    snprintf(name, sizeof name, "photos/%c/%02d.%s", class, number++, endings[kind + 1]);
                    scratch_write(".", name, golden_pictures[i].file, golden_pictures[i].size);
                }
}

/* CIFAR-10's batches: a byte of class, then 3 planes of 32 x 32. */
static void write_cifar(const char *name, int images) {
    enum { PIXELS = 3 * 32 * 32 };
    unsigned char *bytes = malloc((size_t)images * (PIXELS + 1)), *to = bytes;
    unsigned noise = 1;
    assert_non_null(bytes);
    for (int i = 0; i < images; i++) {
        *to++ = (unsigned char)(i % 10);
        for (int pixel = 0; pixel < PIXELS; pixel++) {
            noise = noise * 1664525u + 1013904223u;
            *to++ = (unsigned char)((i % 10) * 20 + (noise >> 24) % 50);
        }
    }
    scratch_write(".", name, bytes, (size_t)images * (PIXELS + 1));
    free(bytes);
}

/* NumPy's format, float32 0, 1, 2 ... */
static void write_npy(const char *name, const char *shape, int count) {
    enum { HEADER = 128, BEFORE = 10 };
    const size_t size = HEADER + (size_t)count * sizeof(float);
    char *bytes = malloc(size);
    assert_non_null(bytes);
    memset(bytes, ' ', HEADER);
    memcpy(bytes, "\x93NUMPY\x01\x00\x76\x00", BEFORE);
    const int length = snprintf(bytes + BEFORE, HEADER - BEFORE,
                                "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
    bytes[BEFORE + length] = ' ';
    bytes[HEADER - 1] = '\n';
    for (int i = 0; i < count; i++) {
        const float value = (float)(i % 7);
        memcpy(bytes + HEADER + (size_t)i * sizeof value, &value, sizeof value);
    }
    scratch_write(".", name, bytes, size);
    free(bytes);
}

void inputs_write(void) {
    size_t size;
    unsigned char *small = graph_model_small(&size);
    scratch_write(".", "small.onnx", small, size);
    free(small);
    write_text("norm.txt", NORM);
    write_text("depthwise.txt", DEPTHWISE);
    write_photos();
    for (int batch = 1; batch <= 5; batch++) {
        char name[32];
        snprintf(name, sizeof name, "cifar/data_batch_%d.bin", batch);
        write_cifar(name, 10);
    }
    write_cifar("cifar/test_batch.bin", 10);
    write_npy("x.npy", "(3, 2, 8)", 48);
    write_npy("net.npy", "(2, 1, 8, 8)", 128);
}

/* ONNX files cut off at every byte, and with random bytes changed: a clear error or a sound network, never a
 * crash. */
#include "onnx/onnx.h"

#include "base/memory.h"
#include "base/random.h"

#include "support/cmocka.h"
#include "support/odd_model.h"
#include "support/onnx_bytes.h"

#include <stdlib.h>
#include <string.h>

typedef struct onnx_file {
    void *bytes;
    size_t size;
} onnx_file;

static int write_odd_model(void **state) {
    static onnx_file file;
    cnn_net *net = odd_model();
    assert_int_equal(onnx_bytes_of(net, &file.bytes, &file.size, NULL), CNN_OK);
    cnn_net_free(net);
    *state = &file;
    return 0;
}

static int free_odd_model(void **state) {
    cnn_free(((onnx_file *)*state)->bytes);
    return 0;
}

/* Sound: it has layers, and what is written of it reads as the same network. */
static void expect_sound(const cnn_net *net) {
    onnx_file file;
    cnn_net *again = NULL;
    cnn_error error = {0};
    assert_true(cnn_net_layers(net) > 0);
    if (onnx_bytes_of(net, &file.bytes, &file.size, &error) != CNN_OK ||
        cnn_onnx_read(&again, file.bytes, file.size, "again.onnx", NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_true(cnn_net_same_layers(net, again));
    cnn_net_free(again);
    cnn_free(file.bytes);
}

/* Returns whether the bytes read as a network. They lie in memory of their own, so that a sanitizer sees each
 * read past their end. */
static bool read_damaged(const uint8_t *bytes, size_t size) {
    cnn_net *net = (cnn_net *)(void *)&net;
    cnn_error error = {0};
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    cnn_status status = cnn_onnx_read(&net, copy, size, "damaged.onnx", NULL, &error);
    free(copy);
    if (status == CNN_OK) {
        expect_sound(net);
        cnn_net_free(net);
        return true;
    }
    assert_null(net);
    assert_int_equal(error.status, status);
    assert_int_equal(strncmp(error.message, "damaged.onnx: ", 14), 0);
    return false;
}

static void every_beginning_is_refused_or_sound(void **state) {
    const onnx_file *file = *state;
    size_t sound = 0;
    for (size_t size = 0; size < file->size; size++)
        sound += read_damaged(file->bytes, size);
    assert_true(read_damaged(file->bytes, file->size));
    assert_true(sound < 4); /* those that lack nothing but metadata at the end */
}

static void changed_bytes_are_refused_or_sound(void **state) {
    const onnx_file *file = *state;
    cnn_random random;
    int refused = 0;
    uint8_t *changed = malloc(file->size);
    assert_non_null(changed);
    cnn_random_seed(&random, 2);
    for (int i = 0; i < 10000; i++) {
        memcpy(changed, file->bytes, file->size);
        changed[cnn_random_below(&random, (int64_t)file->size)] ^=
            (uint8_t)(1 + cnn_random_below(&random, 255));
        refused += !read_damaged(changed, file->size);
    }
    assert_true(refused > 1000 &&
                refused < 9000); /* both happen: weights may be anything, most else may not */
    free(changed);
}

static void random_bytes_are_refused(void **state) {
    (void)state;
    cnn_random random;
    uint8_t bytes[256];
    cnn_random_seed(&random, 3);
    for (int i = 0; i < 10000; i++) {
        size_t size = (size_t)cnn_random_below(&random, sizeof bytes);
        for (size_t k = 0; k < size; k++)
            bytes[k] = (uint8_t)cnn_random_below(&random, 256);
        assert_false(read_damaged(bytes, size));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_beginning_is_refused_or_sound),
        cmocka_unit_test(changed_bytes_are_refused_or_sound),
        cmocka_unit_test(random_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, write_odd_model, free_odd_model);
}

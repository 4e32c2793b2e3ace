/* cnn explore: what is in the page that it writes, and what it refuses. Whether the page works in a browser is tested by
 * tests/web. */
#define _XOPEN_SOURCE 700
#include "support/cmocka.h"
#include "support/command.h"
#include "support/graph_model.h"

#include "cnn.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Without the tools that make the page there is nothing to test. */
static bool has_page;

static int train(void **state) {
    if (command_set_up(state) != 0)
        return -1;
    command_expect("train model.txt --data data -o run --epochs 1 --seed 3", 0, "Trained in", NULL);
    command_result result = command_run("explore run --quiet");
    has_page = !strstr(result.err, "built without the page");
    command_free(&result);
    return 0;
}

#define NEEDS_PAGE()                                                                                         \
    do {                                                                                                     \
        if (!has_page) {                                                                                     \
            print_message("cnn was built without the page of cnn explore\n");                                \
            skip();                                                                                          \
        }                                                                                                    \
    } while (0)

/* ---- Reading a page -------------------------------------------------------------------------------------- */

static char *file_text(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(*size + 1, 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *size, file), *size);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* What stands in the element with this id, up to the first "</script" as a browser reads it; NULL: no such element. */
static char *element(const char *path, const char *id) {
    size_t size;
    char *text = file_text(path, &size), mark[64];
    snprintf(mark, sizeof mark, "id=\"%s\">", id);
    const char *at = strstr(text, mark);
    char *content = NULL;
    if (at) {
        at += strlen(mark);
        content = strndup(at, (size_t)(strstr(at, "</script") - at));
        assert_non_null(content);
    }
    free(text);
    return content;
}

static json_t *json_element(const char *path, const char *id) {
    char *text = element(path, id);
    assert_non_null(text);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static unsigned digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, c);
    assert_true(at && c);
    return (unsigned)(at - digits);
}

static unsigned char *from_base64(const char *text, size_t *size) {
    const size_t length = strlen(text);
    assert_int_equal(length % 4, 0);
    unsigned char *bytes = calloc(length / 4 * 3 + 1, 1);
    assert_non_null(bytes);
    *size = 0;
    for (size_t i = 0; i < length; i += 4) {
        unsigned bits = 0, given = 0;
        for (size_t k = 0; k < 4; k++) {
            bits = bits << 6 | (text[i + k] == '=' ? 0 : digit_of(text[i + k]));
            given += text[i + k] != '=';
        }
        for (unsigned k = 0; k + 1 < given; k++)
            bytes[(*size)++] = (unsigned char)(bits >> (16 - 8 * k));
    }
    return bytes;
}

/* The bytes of an element, unpacked: `size` of them. */
static unsigned char *unpacked(const char *path, const char *id, size_t size) {
    size_t packed_size;
    char *text = element(path, id);
    assert_non_null(text);
    unsigned char *packed = from_base64(text, &packed_size), *bytes = calloc(size + 1, 1);
    free(text);
    if (packed[0] != 0x1f || packed[1] != 0x8b) {
        assert_int_equal(packed_size, size);
        memcpy(bytes, packed, size);
        free(packed);
        return bytes;
    }
    z_stream stream = {
        .next_in = packed, .avail_in = (uInt)packed_size, .next_out = bytes, .avail_out = (uInt)size + 1};
    assert_int_equal(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, size);
    inflateEnd(&stream);
    free(packed);
    return bytes;
}

/* All parameters of a model, one tensor after the other, for free(). */
static float *parameters_of(const char *model, int64_t *count) {
    cnn_net *net;
    assert_int_equal(cnn_net_open(&net, model, NULL, NULL), CNN_OK);
    *count = cnn_net_parameters(net) + cnn_net_statistics(net);
    float *values = calloc((size_t)*count, sizeof *values), *at = values;
    for (int i = 0; i < cnn_net_tensors(net); i++) {
        cnn_tensor_info tensor;
        assert_int_equal(cnn_net_tensor(net, i, &tensor, NULL), CNN_OK);
        assert_int_equal(cnn_net_get_parameter(net, tensor.name, at, tensor.elements, NULL), CNN_OK);
        at += tensor.elements;
    }
    cnn_net_free(net);
    return values;
}

static double number_of(const json_t *json, const char *key) {
    return json_number_value(json_object_get(json, key));
}

/* ---- What is in it --------------------------------------------------------------------------------------- */

static void the_page_holds_model_and_images(void **state) {
    (void)state;
    NEEDS_PAGE();
    command_expect("explore run --data data --test 5 --train 7", 0, "Wrote explore.html", NULL);
    json_t *info = json_element("explore.html", "model-info"),
           *data = json_element("explore.html", "data-info");
    assert_string_equal(json_string_value(json_object_get(info, "name")), "run");
    assert_non_null(strstr(json_string_value(json_object_get(info, "text")), "input 1x8x8"));
    assert_int_equal(json_array_size(json_object_get(info, "classes")), 4);
    assert_int_equal(json_array_size(json_object_get(info, "mean")), 1);
    const json_t *test = json_object_get(data, "test"), *training = json_object_get(data, "train");
    assert_true(number_of(test, "count") == 5 && number_of(training, "count") == 7);
    assert_true(number_of(test, "channels") == 1 && number_of(test, "height") == 8 &&
                number_of(test, "width") == 8);
    assert_int_equal(json_array_size(json_object_get(training, "labels")), 7);
    json_decref(info);
    json_decref(data);
}

static void its_parameters_are_those_of_the_model_bit_for_bit(void **state) {
    (void)state;
    NEEDS_PAGE();
    int64_t count;
    float *values = parameters_of("run", &count);
    command_expect("explore run -o plain.html", 0, "Wrote plain.html", NULL);
    unsigned char *bytes = unpacked("plain.html", "model-parameters", (size_t)count * sizeof(float));
    assert_memory_equal(bytes, values, (size_t)count * sizeof(float));
    free(bytes);
    free(values);
}

static void its_images_are_the_first_ones_byte_for_byte(void **state) {
    (void)state;
    NEEDS_PAGE();
    cnn_data *data;
    float images[3][64];
    command_expect("explore run --data data --test 3 -o images.html", 0, "Wrote", NULL);
    assert_int_equal(cnn_data_open(&data, "data", &(cnn_data_options){.split = CNN_SPLIT_TEST}, NULL),
                     CNN_OK);
    assert_int_equal(cnn_data_images(data, 0, 3, images[0], NULL), CNN_OK);
    unsigned char *bytes = unpacked("images.html", "data-test", sizeof images / sizeof(float));
    json_t *info = json_element("images.html", "data-info");
    const json_t *labels = json_object_get(json_object_get(info, "test"), "labels");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(json_integer_value(json_array_get(labels, (size_t)i)), cnn_data_label(data, i));
        for (int k = 0; k < 64; k++)
            assert_true((float)bytes[i * 64 + k] / 255.0f == images[i][k]);
    }
    json_decref(info);
    free(bytes);
    cnn_data_free(data);
}

static double half_value(unsigned half) {
    const int exponent = (int)(half >> 10 & 31);
    const double units = (half & 1023) + (exponent ? 1024 : 0);
    return (half & 0x8000 ? -1 : 1) * ldexp(units, (exponent ? exponent : 1) - 25);
}

/* No neighbour of half precision is nearer. */
static void half_the_size_has_the_nearest_parameters(void **state) {
    (void)state;
    NEEDS_PAGE();
    int64_t count;
    float *values = parameters_of("run", &count);
    command_expect("explore run --float16 -o half.html", 0, "Wrote half.html", NULL);
    uint16_t *halves = (uint16_t *)(void *)unpacked("half.html", "model-parameters", (size_t)count * 2);
    for (int64_t i = 0; i < count; i++) {
        const double value = (double)values[i], off = fabs(half_value(halves[i]) - value);
        assert_true(off <= fabs(half_value(halves[i] + 1u) - value));
        assert_true((halves[i] & 0x7fff) == 0 || off <= fabs(half_value(halves[i] - 1u) - value));
    }
    json_t *info = json_element("half.html", "model-info");
    assert_true(json_is_true(json_object_get(info, "float16")));
    json_decref(info);
    free(halves);
    free(values);
}

static void the_same_model_and_data_give_the_same_bytes(void **state) {
    (void)state;
    NEEDS_PAGE();
    size_t sizes[2];
    command_expect("explore run --data data -o first.html", 0, "Wrote", NULL);
    command_expect("explore run --data data -o second.html", 0, "Wrote", NULL);
    char *first = file_text("first.html", &sizes[0]), *second = file_text("second.html", &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(first, second, sizes[0]);
    free(first);
    free(second);
}

/* Names come from files of anybody. */
static void a_name_cannot_end_its_element(void **state) {
    (void)state;
    NEEDS_PAGE();
    static const char *const names[] = {"</script><b>", "<!--<script>", "\"\\", "ok"};
    cnn_net *net;
    assert_int_equal(cnn_net_open(&net, "run", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(net, names, 4, NULL), CNN_OK);
    assert_int_equal(cnn_net_save(net, "hostile.onnx", NULL), CNN_OK);
    cnn_net_free(net);
    command_expect("explore hostile.onnx -o hostile.html", 0, "Wrote", NULL);
    json_t *info = json_element("hostile.html", "model-info");
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(json_string_value(json_array_get(json_object_get(info, "classes"), i)), names[i]);
    json_decref(info);
}

static void without_data_there_are_no_images(void **state) {
    (void)state;
    NEEDS_PAGE();
    command_expect("explore run -o none.html", 0, "Wrote", NULL);
    json_t *data = json_element("none.html", "data-info");
    assert_int_equal(json_object_size(data), 0);
    assert_null(element("none.html", "data-test"));
    json_decref(data);
}

/* ---- What it refuses ------------------------------------------------------------------------------------- */

static void a_model_above_32_megabytes_is_written_only_by_force(void **state) {
    (void)state;
    NEEDS_PAGE();
    FILE *file = fopen("large.txt", "w");
    fputs("input 1x30x30\nflatten\ndense 9000\ndense 4\n", file);
    assert_int_equal(fclose(file), 0);
    command_expect("convert large.txt large.safetensors --seed 1", 0, "large.safetensors", NULL);
    command_expect("explore large.safetensors -o large.html", 1, NULL, "--force writes it all the same");
    assert_null(fopen("large.html", "r"));
    command_expect("explore large.safetensors -o large.html --float16", 0, "Wrote large.html", NULL);
    command_expect("explore large.safetensors -o forced.html --force", 0, "Wrote forced.html", NULL);
}

static void a_model_for_the_interpreter_is_sent_to_run(void **state) {
    (void)state;
    NEEDS_PAGE();
    size_t size;
    unsigned char *bytes = graph_model_small(&size);
    FILE *file = fopen("small.onnx", "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
    command_expect("explore small.onnx", 1, NULL, "'cnn run small.onnx");
}

static void a_page_that_cannot_be_written_says_why(void **state) {
    (void)state;
    NEEDS_PAGE();
    command_expect("explore run -o nowhere/page.html", 1, NULL,
                   "cannot write nowhere/page.html: No such file");
    command_expect("explore model.txt", 1, NULL, "has no trained parameters");
    command_expect("explore run --data nowhere", 1, NULL, "nowhere");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_holds_model_and_images),
        cmocka_unit_test(its_parameters_are_those_of_the_model_bit_for_bit),
        cmocka_unit_test(its_images_are_the_first_ones_byte_for_byte),
        cmocka_unit_test(half_the_size_has_the_nearest_parameters),
        cmocka_unit_test(the_same_model_and_data_give_the_same_bytes),
        cmocka_unit_test(a_name_cannot_end_its_element),
        cmocka_unit_test(without_data_there_are_no_images),
        cmocka_unit_test(a_model_above_32_megabytes_is_written_only_by_force),
        cmocka_unit_test(a_model_for_the_interpreter_is_sent_to_run),
        cmocka_unit_test(a_page_that_cannot_be_written_says_why),
    };
    return cmocka_run_group_tests(tests, train, command_tear_down);
}

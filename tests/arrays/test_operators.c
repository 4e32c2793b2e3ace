/* Operators on arrays: what ONNX's own test data does not reach, worked out by hand; and what is refused. */
#include "arrays/operators.h"

#include "arrays/walk.h"

#include "support/cmocka.h"

#include <string.h>

enum { MOST = 4 };

/* A node with its arrays; freed by `finish`. */
typedef struct node {
    cnn_call call;
    const cnn_array *inputs[MOST];
    cnn_array outputs[MOST];
    cnn_error error;
    cnn_budget budget;
} node;

static void begin(node *n, const char *name, int64_t opset, int outputs) {
    memset(n, 0, sizeof *n);
    n->budget = (cnn_budget){.bytes = 1 << 20, .work = 1 << 20};
    n->call = (cnn_call){.name = name,
                         .opset = opset,
                         .inputs = n->inputs,
                         .outputs = n->outputs,
                         .output_count = outputs,
                         .budget = &n->budget,
                         .error = &n->error};
}

static void give(node *n, const cnn_array *array) {
    n->inputs[n->call.input_count++] = array;
}

static void finish(node *n) {
    for (int k = 0; k < MOST; k++)
        cnn_array_free(&n->outputs[k], &n->budget);
    assert_int_equal(n->budget.bytes, 1 << 20);
}

static void run(node *n) {
    if (cnn_operator_run(&n->call) != CNN_OK)
        fail_msg("%s", n->error.message);
}

static cnn_array over(cnn_type type, int rank, const int64_t *dim, const void *data) {
    const cnn_shape shape = cnn_shape_of(rank, dim);
    return cnn_array_over(type, &shape, data);
}

#define DIMS(...)                                                                                            \
    (sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]) {                                      \
        __VA_ARGS__                                                                                          \
    }

static void expect_integers(const cnn_array *array, int count, const int64_t *values) {
    assert_int_equal(array->type, CNN_TYPE_INT64);
    assert_int_equal(array->elements, count);
    assert_memory_equal(array->data, values, (size_t)count * sizeof *values);
}

static void expect_refused(node *n, cnn_status status, const char *part) {
    assert_int_equal(cnn_operator_run(&n->call), status);
    if (!strstr(n->error.message, part))
        fail_msg("%s", n->error.message);
    finish(n);
}

static void broadcasting_goes_from_the_last_axis(void **state) {
    (void)state;
    const int64_t a[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20};
    const cnn_array first = over(CNN_TYPE_INT64, DIMS(3, 2), a), second = over(CNN_TYPE_INT64, DIMS(2), b);
    node n;
    begin(&n, "Add", 13, 1);
    give(&n, &first);
    give(&n, &second);
    run(&n);
    expect_integers(&n.outputs[0], 6, (int64_t[]){11, 22, 13, 24, 15, 26});
    finish(&n);
}

/* Before operator set 7 the second tensor lay where `axis` said. */
static void old_broadcasting_goes_from_the_axis(void **state) {
    (void)state;
    const int64_t a[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20, 30};
    const cnn_array first = over(CNN_TYPE_INT64, DIMS(3, 2), a), second = over(CNN_TYPE_INT64, DIMS(3), b);
    const cnn_attribute attributes[] = {
        {.name = "broadcast", .kind = CNN_ATTRIBUTE_INTEGER, .integer = 1},
        {.name = "axis", .kind = CNN_ATTRIBUTE_INTEGER, .integer = 0},
    };
    node n;
    begin(&n, "Sub", 6, 1);
    n.call.attributes.all = attributes;
    n.call.attributes.count = 2;
    give(&n, &first);
    give(&n, &second);
    run(&n);
    expect_integers(&n.outputs[0], 6, (int64_t[]){-9, -8, -17, -16, -25, -24});
    finish(&n);
}

static void slices_go_backwards_and_clamp(void **state) {
    (void)state;
    const int64_t a[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const int64_t start[] = {100}, end[] = {INT64_MIN}, axis[] = {-1}, step[] = {-2};
    const cnn_array input = over(CNN_TYPE_INT64, DIMS(2, 4), a),
                    starts = over(CNN_TYPE_INT64, DIMS(1), start), ends = over(CNN_TYPE_INT64, DIMS(1), end),
                    axes = over(CNN_TYPE_INT64, DIMS(1), axis), steps = over(CNN_TYPE_INT64, DIMS(1), step);
    node n;
    begin(&n, "Slice", 13, 1);
    const cnn_array *inputs[] = {&input, &starts, &ends, &axes, &steps};
    n.call.inputs = inputs;
    n.call.input_count = 5;
    run(&n);
    expect_integers(&n.outputs[0], 4, (int64_t[]){3, 1, 7, 5});
    finish(&n);
}

static void empty_tensors_are_tensors(void **state) {
    (void)state;
    const cnn_array input = over(CNN_TYPE_FLOAT32, DIMS(2, 0, 3), "");
    node n;
    begin(&n, "Relu", 14, 1);
    give(&n, &input);
    run(&n);
    assert_int_equal(n.outputs[0].elements, 0);
    assert_int_equal(n.outputs[0].shape.rank, 3);
    finish(&n);
    begin(&n, "Shape", 14, 1);
    give(&n, &input);
    run(&n);
    expect_integers(&n.outputs[0], 3, (int64_t[]){2, 0, 3});
    finish(&n);
}

/* 2^40 rows of nothing: done at once. */
static void nothing_takes_no_time(void **state) {
    (void)state;
    static const char *const names[] = {"Relu", "Neg", "LRN", "Add", "Transpose", "GlobalMaxPool"};
    const cnn_array input = over(CNN_TYPE_FLOAT32, DIMS(INT64_C(1) << 40, 0, 1), "");
    const cnn_attribute size = {.name = "size", .kind = CNN_ATTRIBUTE_INTEGER, .integer = 3};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        node n;
        begin(&n, names[i], 13, 1);
        n.call.attributes.all = &size;
        n.call.attributes.count = strcmp(names[i], "LRN") == 0;
        give(&n, &input);
        if (strcmp(names[i], "Add") == 0)
            give(&n, &input);
        run(&n);
        finish(&n);
    }
}

static void casts_keep_within_range(void **state) {
    (void)state;
    const float a[] = {-1.5F, 1e30F, -1e30F, 0x1p31F, 0.25F};
    const cnn_array input = over(CNN_TYPE_FLOAT32, DIMS(5), a);
    const cnn_attribute to = {.name = "to", .kind = CNN_ATTRIBUTE_INTEGER, .integer = CNN_TYPE_INT64};
    node n;
    begin(&n, "Cast", 13, 1);
    n.call.attributes.all = &to;
    n.call.attributes.count = 1;
    give(&n, &input);
    run(&n);
    expect_integers(&n.outputs[0], 5, (int64_t[]){-1, INT64_MAX, INT64_MIN, INT64_C(1) << 31, 0});
    finish(&n);
}

static void integers_wrap_around_and_are_not_divided_by_zero(void **state) {
    (void)state;
    const int64_t a[] = {INT64_MIN, 7}, minus[] = {-1, 2}, zero[] = {1, 0};
    const cnn_array first = over(CNN_TYPE_INT64, DIMS(2), a), second = over(CNN_TYPE_INT64, DIMS(2), minus),
                    third = over(CNN_TYPE_INT64, DIMS(2), zero);
    node n;
    begin(&n, "Div", 13, 1);
    give(&n, &first);
    give(&n, &second);
    run(&n);
    expect_integers(&n.outputs[0], 2, (int64_t[]){INT64_MIN, 3});
    finish(&n);
    begin(&n, "Div", 13, 1);
    give(&n, &first);
    give(&n, &third);
    expect_refused(&n, CNN_ERROR_ARGUMENT, "integer division by zero");
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    const int64_t a[] = {1, 2, 3, 4, 5, 6};
    const float f[] = {1, 2, 3};
    const cnn_array first = over(CNN_TYPE_INT64, DIMS(3, 2), a), second = over(CNN_TYPE_INT64, DIMS(3), a),
                    third = over(CNN_TYPE_FLOAT32, DIMS(3), f),
                    huge = over(CNN_TYPE_INT64, DIMS(1), &(int64_t){1 << 30});
    node n;
    begin(&n, "Add", 13, 1);
    give(&n, &first);
    give(&n, &second);
    expect_refused(&n, CNN_ERROR_SHAPE, "int64 [3x2] and int64 [3] cannot be broadcast");
    begin(&n, "Add", 13, 1);
    give(&n, &second);
    give(&n, &third);
    expect_refused(&n, CNN_ERROR_FORMAT, "expected numbers of one type");
    begin(&n, "Add", 13, 1);
    give(&n, &second);
    expect_refused(&n, CNN_ERROR_FORMAT, "it has 1 inputs, expected 2 to 2");
    begin(&n, "Wavelet", 13, 1);
    expect_refused(&n, CNN_ERROR_UNSUPPORTED, "not supported; docs/onnx.md");
    begin(&n, "ConstantOfShape", 13, 1);
    give(&n, &huge);
    expect_refused(&n, CNN_ERROR_MEMORY, "needs 4294967296 bytes, but only 1048576 are left");
}

static void expect_reals(const cnn_array *array, int count, const float *values) {
    assert_int_equal(array->type, CNN_TYPE_FLOAT32);
    assert_int_equal(array->elements, count);
    for (int i = 0; i < count; i++)
        assert_float_equal(((const float *)array->data)[i], values[i], 1e-6F);
}

static const cnn_attribute two_groups[] = {
    {.name = "num_groups", .kind = CNN_ATTRIBUTE_INTEGER, .integer = 2},
    {.name = "epsilon", .kind = CNN_ATTRIBUTE_REAL, .real = 0},
};

/* A node whose input has groups of mean 2 and deviation 1, and of mean 2 and deviation 2. */
static void begin_group_norm(node *n, int64_t opset, const cnn_array *input, const cnn_array *scale,
                             const cnn_array *bias) {
    begin(n, "GroupNormalization", opset, 1);
    n->call.attributes.all = two_groups;
    n->call.attributes.count = 2;
    give(n, input);
    give(n, scale);
    give(n, bias);
}

/* Before operator set 21 a group has one scale and one bias. */
static void groups_are_normalised_and_scaled_by_channel_or_group(void **state) {
    (void)state;
    const float x[] = {1, 3, 1, 3, 0, 0, 4, 4}, a[] = {1, 2, 3, 4}, b[] = {0, 10, 0, 0};
    const cnn_array input = over(CNN_TYPE_FLOAT32, DIMS(1, 4, 2), x),
                    scale = over(CNN_TYPE_FLOAT32, DIMS(4), a), bias = over(CNN_TYPE_FLOAT32, DIMS(4), b),
                    scale_2 = over(CNN_TYPE_FLOAT32, DIMS(2), a + 1),
                    bias_2 = over(CNN_TYPE_FLOAT32, DIMS(2), b);
    node n;
    begin_group_norm(&n, 21, &input, &scale, &bias);
    run(&n);
    expect_reals(&n.outputs[0], 8, (float[]){-1, 1, 8, 12, -3, -3, 4, 4});
    finish(&n);
    begin_group_norm(&n, 18, &input, &scale_2, &bias_2);
    run(&n);
    expect_reals(&n.outputs[0], 8, (float[]){-2, 2, -2, 2, 7, 7, 13, 13});
    finish(&n);
    begin_group_norm(&n, 18, &input, &scale, &bias);
    expect_refused(&n, CNN_ERROR_SHAPE, "input 1 is float32 [4], expected 2 values");
    begin_group_norm(&n, 21, &input, &scale, &bias_2);
    expect_refused(&n, CNN_ERROR_SHAPE, "input 2 is float32 [2], expected 4 values");
}

static void groups_that_do_not_divide_the_channels(void **state) {
    (void)state;
    const float x[] = {1, 2, 3};
    const cnn_array values = over(CNN_TYPE_FLOAT32, DIMS(1, 3), x),
                    scale = over(CNN_TYPE_FLOAT32, DIMS(3), x);
    const cnn_attribute types[] = {two_groups[0],
                                   {.name = "stash_type", .kind = CNN_ATTRIBUTE_INTEGER, .integer = 10}};
    node n;
    begin_group_norm(&n, 21, &values, &scale, &scale);
    expect_refused(&n, CNN_ERROR_FORMAT, "num_groups must divide 3 channels, found 2");
    begin_group_norm(&n, 21, &values, &scale, &scale);
    n.call.attributes.count = 0;
    expect_refused(&n, CNN_ERROR_FORMAT, "num_groups must divide 3 channels, found 0");
    const cnn_array four = over(CNN_TYPE_FLOAT32, DIMS(3, 0), x);
    begin_group_norm(&n, 21, &four, &scale, &scale);
    n.call.attributes.all = types;
    expect_refused(&n, CNN_ERROR_UNSUPPORTED, "stash_type 10 is not supported");
}

static void attributes_that_nobody_reads_are_refused(void **state) {
    (void)state;
    const float f[] = {1, 2, 3};
    const cnn_array input = over(CNN_TYPE_FLOAT32, DIMS(3), f);
    const cnn_attribute odd = {.name = "odd", .kind = CNN_ATTRIBUTE_INTEGER};
    node n;
    begin(&n, "Exp", 13, 1);
    n.call.attributes.all = &odd;
    n.call.attributes.count = 1;
    give(&n, &input);
    expect_refused(&n, CNN_ERROR_UNSUPPORTED, "the attribute \"odd\" is not supported");
}

static void work_is_bounded(void **state) {
    (void)state;
    static const float values[64 * 64];
    const cnn_array matrix = over(CNN_TYPE_FLOAT32, DIMS(64, 64), values);
    node n;
    begin(&n, "MatMul", 13, 1);
    n.budget.work = 64 * 64 * 64; /* and the output's elements are work, too */
    give(&n, &matrix);
    give(&n, &matrix);
    expect_refused(&n, CNN_ERROR_UNSUPPORTED, "steps that are left");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broadcasting_goes_from_the_last_axis),
        cmocka_unit_test(old_broadcasting_goes_from_the_axis),
        cmocka_unit_test(slices_go_backwards_and_clamp),
        cmocka_unit_test(empty_tensors_are_tensors),
        cmocka_unit_test(nothing_takes_no_time),
        cmocka_unit_test(casts_keep_within_range),
        cmocka_unit_test(integers_wrap_around_and_are_not_divided_by_zero),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(groups_are_normalised_and_scaled_by_channel_or_group),
        cmocka_unit_test(groups_that_do_not_divide_the_channels),
        cmocka_unit_test(attributes_that_nobody_reads_are_refused),
        cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Text models with numbers near the ends of 64 bits: products of them are checked before they are made. */
#include "graph/text.h"

#include "cnn.h"

#include "support/cmocka.h"

#include <stdio.h>
#include <string.h>

/* "%s": a number of 64 bits. The status and a part of the message say where it ends. */
typedef struct giant {
    const char *text;
    cnn_status status;
    const char *message;
} giant;

static void expect_refused(const giant *given) {
    cnn_net *net;
    cnn_error error = {0};
    const cnn_status status = cnn_net_parse(&net, given->text, "giant.txt", &error);
    if (status != given->status || !strstr(error.message, given->message))
        fail_msg("%s: status %d: %s", given->text, (int)status, error.message);
    cnn_net_free(net);
}

#define TWO_31  "2147483648"
#define TWO_40  "1099511627776"
#define LARGEST "999999999999999" /* of what the text form takes */
#define TWO_62  "4611686018427387904"
#define BEHIND  "input 4x12x12\n"

static void giant_numbers_are_refused_with_what_they_are(void **state) {
    (void)state;
    static const giant cases[] = {
        {"input " TWO_31 "x" TWO_31 "x" TWO_31 "\n", CNN_ERROR_ARGUMENT, "input"},
        {"input " LARGEST "x1x1\n", CNN_ERROR_ARGUMENT, "input"},
        {BEHIND "conv 4 3x3 groups " LARGEST "\n", CNN_ERROR_SHAPE, LARGEST " groups must divide"},
        {BEHIND "conv 4 3x3 groups " TWO_62 "\n", CNN_ERROR_FORMAT, "found \"" TWO_62},
        {BEHIND "conv 4 " TWO_31 "x1\n", CNN_ERROR_ARGUMENT, "the kernel size must be"},
        {BEHIND "conv 4 3x3 dilation " TWO_40 "\n", CNN_ERROR_ARGUMENT, "the dilation must be"},
        {BEHIND "conv 4 3x3 padding " LARGEST "\n", CNN_ERROR_ARGUMENT, "the padding must be"},
        {BEHIND "conv 4 3x3 stride " LARGEST "\n", CNN_ERROR_ARGUMENT, "the stride must be"},
        {BEHIND "conv " TWO_31 " 3x3\n", CNN_ERROR_ARGUMENT, "filter"},
        {BEHIND "conv 2147483647 1000x1000 padding 1000\n", CNN_ERROR_SHAPE, "the weight is too large"},
        {BEHIND "conv 1000000 1x1 padding 1000000\n", CNN_ERROR_SHAPE, "the padded copy is too large"},
        {BEHIND "conv 2147483647 2x1 dilation 1000000 padding 1000000\n", CNN_ERROR_SHAPE, "too large"},
        {BEHIND "convtranspose 4 3x3 groups " LARGEST "\n", CNN_ERROR_SHAPE, "groups must divide"},
        {BEHIND "convtranspose 4 3x3 outputpadding " LARGEST "\n", CNN_ERROR_ARGUMENT, "output padding"},
        {BEHIND "convtranspose 2147483647 1048576x1048576\n", CNN_ERROR_SHAPE, "too large"},
        {BEHIND "convtranspose 1 1x1 stride 1048576\nconvtranspose 1 1x1 stride 1048576\n", CNN_ERROR_SHAPE,
         "too large"},
        {BEHIND "maxpool " TWO_31 "x1\n", CNN_ERROR_ARGUMENT, "the kernel size must be"},
        {BEHIND "avgpool 2x2 padding " LARGEST "\n", CNN_ERROR_ARGUMENT, "the padding must be"},
        {BEHIND "pad " LARGEST "\n", CNN_ERROR_ARGUMENT, "the padding must be"},
        {BEHIND "pad 2147483647\n", CNN_ERROR_SHAPE, "the output is too large"},
        {BEHIND "resize nearest size " TWO_40 "\n", CNN_ERROR_ARGUMENT, "resized map"},
        {BEHIND "lrn " LARGEST "\n", CNN_ERROR_ARGUMENT, "lrn: size must be"},
        {BEHIND "flatten\ndense " LARGEST "\n", CNN_ERROR_ARGUMENT, "unit"},
        {"input 1x1048576x1048576\nflatten\ndense 2147483647\n", CNN_ERROR_SHAPE, "the weight is too large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_refused(&cases[i]);
}

/* 2^60 products an output, 2^40 outputs: more than int64 counts. */
static void operations_beyond_counting_are_the_largest_number(void **state) {
    (void)state;
    cnn_net *net;
    cnn_layer_info info;
    cnn_memory memory;
    cnn_error error = {0};
    const char *text = "input 1x1048576x1048576\nconv 1 1024x1024 padding 512\n";
    if (cnn_net_parse(&net, text, "giant.txt", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_layer(net, 1, &info, &error), CNN_OK);
    assert_int_equal(info.macs, (int64_t)1048577 * 1048577 << 20);
    assert_int_equal(cnn_net_memory(net, 2147483647, NULL, 1, &memory, &error), CNN_ERROR_MEMORY);
    cnn_net_free(net);
    text = "input 4x1048576x1048576\nconv 4 1024x1024 padding 512\n";
    assert_int_equal(cnn_net_parse(&net, text, "giant.txt", &error), CNN_ERROR_SHAPE);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(giant_numbers_are_refused_with_what_they_are),
        cmocka_unit_test(operations_beyond_counting_are_the_largest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

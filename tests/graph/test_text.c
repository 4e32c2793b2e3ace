/* Text models: what is read, what is written, and what is said about mistakes. */
#include "graph/text.h"

#include "base/memory.h"
#include "base/text.h"
#include "graph/builtin.h"

#include "support/cmocka.h"
#include "support/odd_model.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error = {0};
    if (cnn_net_parse(&net, text, "model.txt", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* One layer behind an input of 4x12x12. */
static cnn_net *parse_layer(const char *line) {
    char text[256];
    snprintf(text, sizeof text, "input 4x12x12\n%s\n", line);
    return parse(text);
}

static void expect_text(const cnn_net *net, const char *expected) {
    char *text = cnn_net_text(net);
    assert_string_equal(text, expected);
    cnn_free(text);
}

/* ---- Reading ---------------------------------------------------------------------------------------------
 */

static void reads_the_basic_cnn(void **state) {
    (void)state;
    cnn_net *net = NULL;
    for (size_t i = 0; cnn_builtin_names[i]; i++)
        if (strcmp(cnn_builtin_names[i], "basic") == 0)
            net = parse(cnn_builtin_texts[i]);
    assert_non_null(net);
    assert_int_equal(cnn_net_layers(net), 10);
    assert_int_equal(cnn_net_parameters(net), 1199882);
    assert_int_equal(cnn_net_outputs(net), 10);
    expect_text(net, "input 1x28x28\n"
                     "conv 32 3x3 relu\n"
                     "conv 64 3x3 relu\n"
                     "maxpool 2x2\n"
                     "flatten\n"
                     "dense 128 relu\n"
                     "dense 10\n"
                     "softmax\n");
    cnn_net_free(net);
}

static void reads_every_option_of_conv(void **state) {
    (void)state;
    cnn_net *net =
        parse_layer("conv 8 3x2 stride 2x1 padding 1,2,3,4 dilation 1x3 groups 2 nobias init glorot");
    const cnn_conv2d_options *conv = &net->nodes[0].options.conv2d;
    assert_int_equal(conv->filters, 8);
    assert_memory_equal(conv->kernel, ((const int64_t[]){3, 2}), 16);
    assert_memory_equal(conv->stride, ((const int64_t[]){2, 1}), 16);
    assert_memory_equal(conv->padding, ((const int64_t[]){1, 2, 3, 4}), 32);
    assert_memory_equal(conv->dilation, ((const int64_t[]){1, 3}), 16);
    assert_int_equal(conv->groups, 2);
    assert_true(conv->no_bias);
    assert_int_equal(conv->init, CNN_INIT_GLOROT);
    cnn_net_free(net);
}

static void one_number_stands_for_both_axes(void **state) {
    (void)state;
    cnn_net *net = parse_layer("conv 8 3 stride 2 padding 1 dilation 2");
    const cnn_conv2d_options *conv = &net->nodes[0].options.conv2d;
    assert_memory_equal(conv->kernel, ((const int64_t[]){3, 3}), 16);
    assert_memory_equal(conv->stride, ((const int64_t[]){2, 2}), 16);
    assert_memory_equal(conv->padding, ((const int64_t[]){1, 1, 1, 1}), 32);
    assert_memory_equal(conv->dilation, ((const int64_t[]){2, 2}), 16);
    cnn_net_free(net);
}

static void two_numbers_of_padding_are_rows_and_columns(void **state) {
    (void)state;
    cnn_net *net = parse_layer("maxpool 5x3 padding 2x1");
    assert_memory_equal(net->nodes[0].options.pool2d.padding, ((const int64_t[]){2, 1, 2, 1}), 32);
    cnn_net_free(net);
}

static void same_padding_keeps_the_size(void **state) {
    (void)state;
    cnn_net *net = parse_layer("conv 5 4x2 padding same");
    const cnn_shape expected = cnn_shape_3(5, 12, 12);
    assert_true(cnn_shape_equal(&net->nodes[0].output, &expected));
    cnn_net_free(net);
}

static void dropout_without_a_rate_takes_a_half(void **state) {
    (void)state;
    cnn_net *net = parse_layer("dropout relu");
    assert_true(net->nodes[0].options.dropout.rate == 0.5);
    assert_ptr_equal(net->nodes[1].op, &cnn_op_relu);
    cnn_net_free(net);
}

static void activations_follow_on_the_same_line(void **state) {
    (void)state;
    cnn_net *net = parse_layer("conv 2 3x3 name first relu softmax flatten");
    assert_int_equal(net->node_count, 4);
    assert_string_equal(net->nodes[0].name, "first");
    assert_string_equal(net->nodes[1].name, "relu_1");
    assert_string_equal(net->nodes[2].name, "softmax_1");
    assert_string_equal(net->nodes[3].name, "flatten_1");
    cnn_net_free(net);
}

static void layers_read_others_by_name(void **state) {
    (void)state;
    cnn_net *net =
        parse("input 3x6x6\nconv 3 3x3 padding 1 relu\nadd input\nrelu from conv_1 name r\nadd add_1\n");
    assert_int_equal(net->nodes[2].input[0], 1);
    assert_int_equal(net->nodes[2].input[1], -1);
    assert_int_equal(net->nodes[3].input[0], 0);
    assert_int_equal(net->nodes[4].input[0], 3);
    assert_int_equal(net->nodes[4].input[1], 2);
    cnn_net_free(net);
}

static void layers_read_any_number_of_others(void **state) {
    (void)state;
    const char *text = "input 3x6x6\n"
                       "conv 3 1x1 name a relu\n"
                       "add input a input relu\n"
                       "concat a relu_1 name joined\n"
                       "concat add_1 from a\n"
                       "add concat_2 concat_2 relu\n";
    const cnn_layer joined[] = {4, 1, 2}, sum[] = {2, CNN_NETWORK_INPUT, 1, CNN_NETWORK_INPUT};
    cnn_net *net = parse(text);
    cnn_layer_info info;
    assert_int_equal(cnn_net_layer(net, 3, &info, NULL), CNN_OK);
    assert_string_equal(info.text, "add input a input");
    assert_int_equal(info.inputs, 4);
    assert_memory_equal(info.input, sum, sizeof sum);
    assert_int_equal(cnn_net_layer(net, 5, &info, NULL), CNN_OK);
    assert_string_equal(info.text, "concat a relu_1");
    assert_int_equal(info.inputs, 3);
    assert_memory_equal(info.input, joined, sizeof joined);
    assert_int_equal(info.output[0], 9);
    expect_text(net, text);
    cnn_net_free(net);
}

static void tabs_comments_and_windows_line_ends_do_not_matter(void **state) {
    (void)state;
    cnn_net *net = parse(
        "\xef\xbb\xbf# a model\r\n\r\n\tinput\t1x9x9 # grey\r\n  conv  4   3x3\trelu#no blank before it\r\n"
        "\r\nflatten");
    expect_text(net, "input 1x9x9\nconv 4 3x3 relu\nflatten\n");
    cnn_net_free(net);
}

/* ---- Writing ---------------------------------------------------------------------------------------------
 */

static void odd_options_survive(void **state) {
    (void)state;
    cnn_net *net = parse(odd_model_text);
    expect_text(net, odd_model_text);
    cnn_net_free(net);
}

static void expect_line(const char *line, const char *expected) {
    cnn_net *net = parse_layer(line);
    char *written = cnn_node_line(net, &net->nodes[0], NULL);
    assert_string_equal(written, expected);
    cnn_free(written);
    char text[300];
    snprintf(text, sizeof text, "input 4x12x12\n%s\n", expected);
    cnn_net *again = parse(text);
    assert_true(cnn_net_same_layers(net, again));
    cnn_net_free(again);
    cnn_net_free(net);
}

static void lines_leave_defaults_out(void **state) {
    (void)state;
    expect_line("conv 3 3 stride 1 padding 0 dilation 1x1 groups 1 init default", "conv 3 3x3");
    expect_line("conv 3 3x3 padding same", "conv 3 3x3 padding same");
    expect_line("conv 3 1x1 padding same", "conv 3 1x1 padding same");
    expect_line("conv 4 3x3 stride 2x1 padding 1x0 groups 4", "conv 4 3x3 stride 2x1 padding 1x0 groups 4");
    expect_line("maxpool 3x2 stride 3x2", "maxpool 3x2");
    expect_line("maxpool 3x2 stride 2", "maxpool 3x2 stride 2");
    expect_line("avgpool 2 stride 2 padding 1,0,0,1 countpad", "avgpool 2x2 padding 1,0,0,1 countpad");
    expect_line("dropout 0.1", "dropout 0.1");
    expect_line("dropout 1e-5", "dropout 1e-05");
    expect_line("droppath 0.2", "droppath 0.2");
    expect_line("droppath", "droppath 0.1");
    expect_line("flatten", "flatten");
    expect_line("leakyrelu", "leakyrelu 0.01");
    expect_line("leakyrelu -0.3", "leakyrelu -0.3");
    expect_line("selu gamma 1.050701 alpha 2", "selu alpha 2");
    expect_line("hardsigmoid 0.3", "hardsigmoid 0.3 0.5");
    expect_line("clip 0 6.0", "clip 0 6");
    expect_line("clip -1 0", "clip -1 0");
    expect_line("swish", "swish");
    expect_line("prelu shared", "prelu shared");
    expect_line("resize nearest scale 2x2.0", "resize nearest scale 2");
    expect_line("resize linear scale 0.5x1.75 coordinates asymmetric",
                "resize linear scale 0.5x1.75 coordinates asymmetric");
    expect_line("resize linear size 18x6 rounding floor", "resize linear scale 1.5x0.5 rounding floor");
    expect_line("resize nearest size 7", "resize nearest scale 0.5833334");
    expect_line("pad 1x1", "pad 1");
    expect_line("instancenorm epsilon 0.00001", "instancenorm");
    expect_line("lrn 5 alpha 0.001 beta 0.75 bias 2", "lrn 5 alpha 0.001 bias 2");
    expect_line("pad 0 channels 2", "pad 0 channels 2");
    expect_line("pad 0 channels 0x1 value 2", "pad 0 value 2 channels 0x1");
    expect_line("slice channels 0,1", "slice channels 0,1");
    expect_line("slice channels 0 rows 3,5,1 columns 1,3,2", "slice rows 3,5 columns 1,3,2");
    expect_line("slice rows 0,6,2", "slice rows 0,0,2");
    expect_line("shuffle 2", "shuffle 2");
    expect_line("depthtospace 1 mode DCR", "depthtospace 1");
    expect_line("spacetodepth 2 mode CRD", "spacetodepth 2 mode CRD");
    expect_line("pad 0,1,2,3 mode reflect", "pad 0,1,2,3 mode reflect");
    expect_line("pad 1x2 mode constant value -0.5", "pad 1x2 value -0.5");
    expect_line("convtranspose 3 2 stride 2 outputpadding 0x1",
                "convtranspose 3 2x2 stride 2 outputpadding 0x1");
    expect_line("convtranspose 4 3x2 padding 1,0,0,1 dilation 2 groups 2 nobias",
                "convtranspose 4 3x2 padding 1,0,0,1 dilation 2 groups 2 nobias");
}

/* A network whose names must be written: made ones in another order, a chosen one that looks made. */
static void names_survive(void **state) {
    (void)state;
    const char *text = "input 2x8x8\n"
                       "conv 2 3x3 name conv_2\n"
                       "conv 2 3x3 name conv_1\n"
                       "conv 2 3x3\n"
                       "relu name relu_7\n"
                       "relu from input\n"
                       "relu\n";
    cnn_net *net = parse(text);
    char *written = cnn_net_text(net);
    cnn_net *again = parse(written);
    assert_true(cnn_net_same_layers(net, again));
    for (int64_t i = 0; i < net->node_count; i++)
        assert_string_equal(net->nodes[i].name, again->nodes[i].name);
    cnn_free(written);
    cnn_net_free(again);
    cnn_net_free(net);
}

/* Another language's decimal comma must not get into files; only where such a locale is installed. */
static void numbers_are_the_same_in_every_locale(void **state) {
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8", NULL};
    size_t i = 0;
    while (locales[i] && !setlocale(LC_NUMERIC, locales[i]))
        i++;
    if (!locales[i])
        skip();
    expect_line("dropout 0.25", "dropout 0.25");
    setlocale(LC_NUMERIC, "C");
}

/* ---- Mistakes --------------------------------------------------------------------------------------------
 */

typedef struct mistake {
    const char *text;
    cnn_status status;
    const char *message; /* how it begins */
} mistake;

static const mistake mistakes[] = {
    {"input 1x8x8\nmaxpol 2x2\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"maxpol 2x2\": there is no layer \"maxpol\": did you mean maxpool?"},
    {"input 1x8x8\n\n# x\nconv 3 3x3 strid 2\n", CNN_ERROR_FORMAT,
     "model.txt:4: \"conv 3 3x3 strid 2\": there is no option of conv \"strid\": did you mean stride?"},
    {"input 1x8x8\nconv 3 3x3 rleu\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 rleu\": there is no option of conv \"rleu\": did you mean relu?"},
    {"input 1x8x8\nconv 3 3x3 init hee\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 init hee\": init must be one of default, he, glorot, zeros, dirac, whiten, "
     "found "
     "\"hee\": "
     "did you mean "
     "he?"},
    {"input 1x8x8\nconv 3 3x3\nadd conv_2\n", CNN_ERROR_FORMAT,
     "model.txt:3: \"add conv_2\": there is no earlier layer named \"conv_2\": did you mean conv_1?"},
    {"input 1x8x8\nxyzzy\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"xyzzy\": there is no layer \"xyzzy\"; known ones are conv, relu, maxpool"},
    {"input 1x8x8\nconv 3 9x3\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"conv 3 9x3\": layer 1: conv: a kernel of 9x3 does not fit the input 1x8x8"},
    {"input 1x8x8\nrelu\ndense 3 # no flatten\n", CNN_ERROR_SHAPE,
     "model.txt:3: \"dense 3\": layer 2: dense needs a flat vector, but its input is 1x8x8"},
    {"input 1x8x8\nconv 0 3x3\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"conv 0 3x3\": layer 1: conv needs at least 1"},
    {"input 1x8x8\nconv 3 3x3 relu relu add\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 relu relu add\": "},
    {"input 1x8x8\nconv\n", CNN_ERROR_FORMAT, "model.txt:2: \"conv\": filters is missing after conv"},
    {"input 1x8x8\nconv 3x3\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3x3\": filters must be a whole number"},
    {"input 1x8x8\nconv 3 3x3x3\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3x3\": kernel must be rows x columns"},
    {"input 1x8x8\nconv 3 3x0\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x0\": kernel must be rows x columns"},
    {"input 1x8x8\nconv 3 3x3 stride 0\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 stride 0\": stride must be"},
    {"input 1x8x8\nconv 3 3x3 groups 0\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 groups 0\": groups must be"},
    {"input 1x8x8\nconv 3 3x3 stride\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 stride\": a value is missing"},
    {"input 1x8x8\nconv 3 3x3 stride 1 stride 2\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 stride 1 stride 2\": stride is given twice"},
    {"input 1x8x8\nrelu name a name b\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"relu name a name b\": name is given twice"},
    {"input 1x8x8\nrelu from input from input\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"relu from input from input\": from is given twice"},
    {"input 1x8x8\nrelu name\n", CNN_ERROR_FORMAT, "model.txt:2: \"relu name\": the layer's name is missing"},
    {"input 1x8x8\nrelu from\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"relu from\": the name of an earlier layer is"},
    {"input 1x8x8\nadd\n", CNN_ERROR_FORMAT, "model.txt:2: \"add\": the name of an earlier layer is missing"},
    {"input 1x8x8\nrelu\nconcat input rleu_1\n", CNN_ERROR_FORMAT,
     "model.txt:3: \"concat input rleu_1\": there is no option of concat \"rleu_1\": did you mean relu_1?"},
    {"input 1x8x8\nconv 2 3x3\nadd input\n", CNN_ERROR_SHAPE,
     "model.txt:3: \"add input\": layer 2: add: the inputs must have the same shape, but they are 2x6x6 and "
     "1x8x8"},
    {"input 1x8x8\nconv 2 3x3\nconcat input\n", CNN_ERROR_SHAPE,
     "model.txt:3: \"concat input\": layer 2: concat: the inputs must have the same height and width, or be "
     "vectors, but "
     "they are 2x6x6 and 1x8x8"},
    {"input 1x8x8\nflatten name flat\nconcat input\n", CNN_ERROR_SHAPE,
     "model.txt:3: \"concat input\": layer 2: concat: the inputs must have the same height and width, or be "
     "vectors"},
    {"input 2x8x8\nflatten name flat\ndense 5\nconcat flat\n", CNN_ERROR_UNSUPPORTED,
     "model.txt:4: \"concat flat\": layer 3: concat: one input is a flattened feature map"},
    {"input 4x8x8\nchannelpool\n", CNN_ERROR_FORMAT, "model.txt:2: \"channelpool\": mode is missing"},
    {"input 4x8x8\nchannelpool least\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"channelpool least\": mode must be one of"},
    {"input 4x8x8\nchannelpool sum branches 1\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"channelpool sum branches 1\": layer 1: channelpool's branches must be at least 2, or 0"},
    {"input 4x8x8\nchannelpool sum branches 3\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"channelpool sum branches 3\": layer 1: channelpool: branches 3 must divide the 4 input "
     "channels"},
    {"input 4x8x8\nflatten\nchannelpool sum\n", CNN_ERROR_SHAPE,
     "model.txt:3: \"channelpool sum\": layer 2: channelpool needs feature maps"},
    {"input 4x8x8\nflatten\ngloball2pool\n", CNN_ERROR_SHAPE,
     "model.txt:3: \"globall2pool\": layer 2: a global pooling needs feature maps"},
    {"input 1x2x2\nmaxpool 2 padding 1 dilation 3\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"maxpool 2 padding 1 dilation 3\": layer 1: maxpool: a window of dilation 3"},
    {"input 1x8x8\nmaxpool 2 padding 3 dilation 2\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"maxpool 2 padding 3 dilation 2\": layer 1: the padding of a pooling must be smaller "
     "than its "
     "window (3)"},
    {"input 4x5x1\nflatten\nunflatten 2\n", CNN_ERROR_UNSUPPORTED,
     "model.txt:3: \"unflatten 2\": layer 2: unflatten: the input is a flattened feature map"},
    {"input 4x8x8\nslice channels 2,3\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"slice channels 2,3\": layer 1: slice: of 4 channels, 3 from number 2 on, 1 apart, "
     "cannot"},
    {"input 4x8x8\nslice rows 8\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"slice rows 8\": layer 1: slice: of 8 rows, 0 from number 8 on"},
    {"input 4x8x8\nslice rows 1,2,0\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"slice rows 1,2,0\": rows must be the first (from 0)"},
    {"input 4x8x8\nslice rows 1x2\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"slice rows 1x2\": rows must be the first (from 0)"},
    {"input 4x8x8\nflatten\nslice channels 1\n", CNN_ERROR_UNSUPPORTED,
     "model.txt:3: \"slice channels 1\": layer 2: slice: the input is a flattened feature map: put slice "
     "before"},
    {"input 4x1x1\nflatten\nslice rows 0,1,2\nslice rows 1\n", CNN_ERROR_SHAPE,
     "model.txt:4: \"slice rows 1\": layer 3: slice: of 1 rows"},
    {"input 4x8x8\nshuffle 3\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"shuffle 3\": layer 1: shuffle: 4 channels cannot be divided into 3 groups"},
    {"input 4x8x8\nshuffle 0\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"shuffle 0\": layer 1: shuffle: groups must be at least 1"},
    {"input 6x8x8\ndepthtospace 2\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"depthtospace 2\": layer 1: depthtospace: 6 channels cannot be divided into blocks of "
     "2x2"},
    {"input 4x8x9\nspacetodepth 2\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"spacetodepth 2\": layer 1: spacetodepth: maps of 8x9 cannot be divided into blocks of "
     "2x2"},
    {"input 4x8x8\nspacetodepth 40000\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"spacetodepth 40000\": layer 1: spacetodepth: the block must be 1 to 32768"},
    {"input 4x8x8\nflatten\ndense 10\ndepthtospace 1\n", CNN_ERROR_SHAPE,
     "model.txt:4: \"depthtospace 1\": layer 3: depthtospace"},
    {"input 4x8x8\nflatten\ndense 10\nunflatten 2x3\n", CNN_ERROR_SHAPE,
     "model.txt:4: \"unflatten 2x3\": layer 3: unflatten: 10 values cannot be divided into maps of 2x3"},
    {"input 4x8x8\nunflatten 1\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"unflatten 1\": layer 1: unflatten: the input must be a vector, but it is 4x8x8"},
    {"input 4x8x8\npad 1 mode edge channels 1x0\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"pad 1 mode edge channels 1x0\": layer 1: channels can be added of a constant only"},
    {"input 1x8x8\nconv 2 3x3 name softmax\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"conv 2 3x3 name softmax\": layer 1: no layer may be named softmax: that word"},
    {"input 1x8x8\nrelu name input\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"relu name input\": layer 1: no layer may"},
    {"input 1x8x8\nrelu name a\nrelu name a\n", CNN_ERROR_ARGUMENT,
     "model.txt:3: \"relu name a\": layer 2: there is"},
    {"input 1x8x8\nconv 3 3x3 padding 1,2\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 padding 1,2\": padding must"},
    {"input 1x8x8\nconv 3 3x3 padding -1\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"conv 3 3x3 padding -1\": padding must"},
    {"input 1x8x8\nmaxpool 2x2 padding same\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"maxpool 2x2 padding same\": padding must be one number"},
    {"input 1x8x8\nmaxpool 2x2 padding 2\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"maxpool 2x2 padding 2\": layer 1: "},
    {"input 1x8x8\ndropout 0\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"dropout 0\": rate must be a number other than 0"},
    {"input 1x8x8\ndropout 1\n", CNN_ERROR_ARGUMENT, "model.txt:2: \"dropout 1\": layer 1: dropout's rate"},
    {"input 1x8x8\ndropout nan\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"dropout nan\": there is no option of dropout"},
    {"input 1x8x8\ndroppath 1\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"droppath 1\": layer 1: droppath's rate must be 0 <= rate < 1, not 1"},
    {"input 1x8x8\nconvtranspose 2 3x3 outputpadding 1\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"convtranspose 2 3x3 outputpadding 1\": layer 1: the output padding must be smaller"},
    {"input 1x2x2\nconvtranspose 2 3x3 padding 2\n", CNN_ERROR_SHAPE,
     "model.txt:2: \"convtranspose 2 3x3 padding 2\": layer 1: convtranspose: the padding removes 4 rows "
     "of 4"},
    {"input 2x8x8\nconv 3 1x1\nmul input\n", CNN_ERROR_SHAPE,
     "model.txt:3: \"mul input\": layer 2: the inputs must have the same shape, or one of them a single row "
     "and column, or a single channel, but they are 3x8x8 and 2x8x8"},
    {"input 1x8x8\nclip 6 0\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"clip 6 0\": layer 1: clip: the minimum must be below the maximum, but they are 6 and 0"},
    {"input 1x8x8\nelu 1e99\n", CNN_ERROR_ARGUMENT,
     "model.txt:2: \"elu 1e99\": layer 1: the parameters must be finite as float32, not 1e+99 and 0"},
    {"input 1x8x8\nelu 0\n", CNN_ERROR_FORMAT, "model.txt:2: \"elu 0\": alpha must be a number other than 0"},
    {"input 1x8x8\ndropout 0.5.5\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"dropout 0.5.5\": rate must be a number"},
    {"input 1x8x8\ndense 99999999999999999999\n", CNN_ERROR_FORMAT,
     "model.txt:2: \"dense 99999999999999999999\": units"},
    {"inptu 1x8x8\n", CNN_ERROR_FORMAT, "model.txt:1: \"inptu 1x8x8\": a model must begin with its input"},
    {"conv 3 3x3\n", CNN_ERROR_FORMAT, "model.txt:1: \"conv 3 3x3\": a model must begin with its input"},
    {"input 28x28\n", CNN_ERROR_FORMAT, "model.txt:1: \"input 28x28\": expected channels x height x width"},
    {"input 1x28x28 grey\n", CNN_ERROR_FORMAT,
     "model.txt:1: \"input 1x28x28 grey\": the input's size may be followed by bgr"},
    {"input\n", CNN_ERROR_FORMAT, "model.txt:1: \"input\": expected channels x height x width"},
    {"input 0x8x8\n", CNN_ERROR_ARGUMENT, "model.txt:1: \"input 0x8x8\": the input must be at least 1x1x1"},
    {"input 70000x8x8\n", CNN_ERROR_ARGUMENT, "model.txt:1: \"input 70000x8x8\": the input must"},
    {"input 1x999999999999999999x999999999999999999\n", CNN_ERROR_ARGUMENT, "model.txt:1: "},
    {"input 1x8x8\n", CNN_ERROR_FORMAT, "model.txt: the model has no layers"},
    {"# nothing\n", CNN_ERROR_FORMAT, "model.txt: the model has no input line"},
    {"", CNN_ERROR_FORMAT, "model.txt: the model has no input line"},
    {"input 1x8x8\nrelu\x01\n", CNN_ERROR_FORMAT, "model.txt:2: byte 5 is the control character 1"},
};

static void mistakes_are_named_with_their_line(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const mistake *m = &mistakes[i];
        cnn_net *net = (cnn_net *)(void *)&net;
        cnn_error error = {0};
        cnn_status status = cnn_net_parse(&net, m->text, "model.txt", &error);
        if (status != m->status || strncmp(error.message, m->message, strlen(m->message)) != 0)
            fail_msg("%s: %s, but expected %s: %s", cnn_status_name(status), error.message,
                     cnn_status_name(m->status), m->message);
        assert_null(net);
        assert_int_equal(error.status, status);
    }
}

static void expect_refusal(const cnn_text *text, const char *part) {
    cnn_net *net;
    cnn_error error = {0};
    assert_false(text->failed);
    assert_int_not_equal(cnn_net_parse(&net, text->data, "model.txt", &error), CNN_OK);
    assert_non_null(strstr(error.message, part));
}

static void a_line_has_a_longest_length(void **state) {
    (void)state;
    cnn_text text = {0};
    cnn_text_append(&text, "input 1x8x8\nrelu");
    for (int i = 0; i < 32000; i++)
        cnn_text_append(&text, " ");
    expect_refusal(&text, "model.txt:2: a line has at most 32000 bytes, found 32004");
    cnn_free(text.data);
}

static void a_line_has_a_most_of_words(void **state) {
    (void)state;
    cnn_text text = {0};
    cnn_text_append(&text, "input 1x8x8\nrelu");
    for (int i = 0; i < 300; i++)
        cnn_text_append(&text, " relu");
    expect_refusal(&text, "a line has at most 300 words");
    cnn_free(text.data);
}

static void a_model_has_a_most_of_layers(void **state) {
    (void)state;
    cnn_text text = {0};
    cnn_text_append(&text, "input 1x1x1\n");
    for (int i = 0; i < 10001; i++)
        cnn_text_append(&text, "relu\n");
    expect_refusal(&text, "model.txt:10002: \"relu\": layer 10001: ");
    cnn_free(text.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_basic_cnn),
        cmocka_unit_test(reads_every_option_of_conv),
        cmocka_unit_test(one_number_stands_for_both_axes),
        cmocka_unit_test(two_numbers_of_padding_are_rows_and_columns),
        cmocka_unit_test(same_padding_keeps_the_size),
        cmocka_unit_test(dropout_without_a_rate_takes_a_half),
        cmocka_unit_test(activations_follow_on_the_same_line),
        cmocka_unit_test(layers_read_others_by_name),
        cmocka_unit_test(layers_read_any_number_of_others),
        cmocka_unit_test(tabs_comments_and_windows_line_ends_do_not_matter),
        cmocka_unit_test(odd_options_survive),
        cmocka_unit_test(lines_leave_defaults_out),
        cmocka_unit_test(names_survive),
        cmocka_unit_test(numbers_are_the_same_in_every_locale),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(a_line_has_a_longest_length),
        cmocka_unit_test(a_line_has_a_most_of_words),
        cmocka_unit_test(a_model_has_a_most_of_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

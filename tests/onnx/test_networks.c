/* Networks to ONNX and back: nothing is lost, and the file says what other tools ask for. */
#include "onnx/onnx.h"

#include "base/memory.h"
#include "onnx.pb-c.h"

#include "support/cmocka.h"
#include "support/odd_model.h"
#include "support/onnx_bytes.h"

#include <string.h>

typedef struct onnx_bytes {
    void *data;
    size_t size;
} onnx_bytes;

static onnx_bytes write_net(const cnn_net *net) {
    onnx_bytes bytes;
    cnn_error error = {0};
    if (onnx_bytes_of(net, &bytes.data, &bytes.size, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return bytes;
}

static cnn_net *read_net(const onnx_bytes *bytes) {
    cnn_net *net;
    cnn_error error = {0};
    if (cnn_onnx_read(&net, bytes->data, bytes->size, "m.onnx", NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error = {0};
    if (cnn_net_parse(&net, text, "text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static void expect_round_trip(const cnn_net *net) {
    onnx_bytes bytes = write_net(net);
    cnn_net *again = read_net(&bytes);
    assert_same_net(net, again);
    onnx_bytes second = write_net(again);
    assert_int_equal(bytes.size, second.size);
    assert_memory_equal(bytes.data, second.data, bytes.size);
    cnn_free(second.data);
    cnn_net_free(again);
    cnn_free(bytes.data);
}

static void every_layer_and_odd_option_survives(void **state) {
    (void)state;
    cnn_net *net = odd_model();
    expect_round_trip(net);
    cnn_net_free(net);
}

static void a_network_without_normalisation_and_classes_survives(void **state) {
    (void)state;
    cnn_net *net = parse("input 3x5x4\nconv 2 3x3\n");
    expect_round_trip(net);
    cnn_net_free(net);
}

static void a_network_without_parameters_survives(void **state) {
    (void)state;
    cnn_net *net = parse("input 1x4x4\nadd input from input name twice\nrelu\n");
    expect_round_trip(net);
    cnn_net_free(net);
}

static void activations_survive(void **state) {
    (void)state;
    cnn_net *net = parse("input 1x4x4\nsigmoid\ntanh\nleakyrelu 0.2\nelu 0.5\nselu\nselu alpha 1.5 gamma 2\n"
                         "hardsigmoid 0.25 0.4\nhardswish\nclip 0 6\nclip -1 0\nsoftplus\nsoftsign\n"
                         "thresholdedrelu 0.3\nswish\nabs\nneg\nexp\nlog\nsqrt\ngelu\n");
    expect_round_trip(net);
    cnn_net_free(net);
}

/* An Identity to all other tools; one of theirs that has a description stays what it is. */
static void drop_path_survives(void **state) {
    (void)state;
    cnn_net *net = parse("input 2x5x4\nconv 2 3x3 padding 1\ndroppath 0.2 name path\nadd input\nflatten\n"
                         "dense 3\ndroppath\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    expect_round_trip(net);
    onnx_bytes bytes = write_net(net);
    CnnOnnx__ModelProto *model = cnn_onnx__model_proto__unpack(NULL, bytes.size, bytes.data);
    assert_string_equal(model->graph->node[1]->op_type, "Identity");
    assert_string_equal(model->graph->node[1]->doc_string, "droppath 0.2");
    memcpy(model->graph->node[1]->doc_string, "droppath 2.0", 12);
    cnn_onnx__model_proto__pack(model, bytes.data);
    cnn_net *other = read_net(&bytes);
    assert_int_equal(other->node_count, net->node_count - 1);
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    cnn_net_free(other);
    cnn_free(bytes.data);
    cnn_net_free(net);
}

static void layer_normalisation_survives(void **state) {
    (void)state;
    cnn_net *net = parse("input 3x5x4\nlayernorm epsilon 0.001\nflatten\nlayernorm\ndense 6\nlayernorm\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    expect_round_trip(net);
    cnn_net_free(net);
}

static void pairs_and_transposed_convolutions_survive(void **state) {
    (void)state;
    cnn_net *net =
        parse("input 2x5x4\nconvtranspose 6 3x2 stride 2x3 padding 1,0,2,1 outputpadding 1x0 groups 2\n"
              "relu name a\nconvtranspose 6 1x1 nobias\nmul a\nsub a\ndiv a\nmax a\nmin a\nprelu\nprelu "
              "shared\nlogsoftmax\n"
              "flatten\nprelu\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    expect_round_trip(net);
    cnn_net_free(net);
}

static void maps_of_other_sizes_and_normalised_ones_survive(void **state) {
    (void)state;
    cnn_net *net = parse("input 2x5x4\npad 0,1,2,1 value 0.5\npad 1 mode reflect\npad 2x1 mode edge\n"
                         "resize nearest scale 1.3x2 coordinates asymmetric rounding floor\n"
                         "resize linear size 7x9 coordinates align_corners\n"
                         "resize nearest size 30x40 rounding ceil\n"
                         "instancenorm\ninstancenorm epsilon 0.25\nlrn 5\nlrn 2 alpha 0.5 beta 1 bias 2\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    expect_round_trip(net);
    cnn_net_free(net);
}

static void moved_values_survive(void **state) {
    (void)state;
    cnn_net *net =
        parse("input 8x6x4\nslice channels 1,3,2 rows 1,4 name a\nslice channels 4 from input rows 0,4\n"
              "slice channels 0,3\nconcat a\nshuffle 3\nshuffle 2\nspacetodepth 2\n"
              "depthtospace 2 mode CRD\nspacetodepth 2 mode CRD\ndepthtospace 2\npad 1,0,2,1 channels 1x2\n"
              "flatten\ndense 24\nslice channels 2,18\nunflatten 2x3\nglobalavgpool\nflatten\ndense 4\n"
              "unflatten 1\nconv 2 1x1\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    expect_round_trip(net);
    cnn_net_free(net);
}

static void poolings_survive(void **state) {
    (void)state;
    cnn_net *net =
        parse("input 6x9x8\nmaxpool 3x2 stride 1x2 padding 2,0,1,1 dilation 2x3 name a\ngloball2pool name n\n"
              "channelpool mean name m\ndiv m from n\nmul a\nconv 12 3x3\nchannelpool max branches "
              "2\nchannelpool sum "
              "branches 3 name b\nchannelpool mean\nconv 4 1x1\nchannelpool max\nmul b\nchannelpool sum\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    expect_round_trip(net);
    cnn_net_free(net);
}

/* Names that could clash with those of values, parameters or the graph's own. */
static void confusing_names_survive(void **state) {
    (void)state;
    cnn_net *net = parse("input 2x6x6\n"
                         "conv 2 3x3 name output\n"
                         "conv 2 3x3 name output:0\n"
                         "relu name output.weight\n"
                         "dropout 0.5 name a\n"
                         "relu name a:ratio\n"
                         "flatten name input:centred\n"
                         "dense 4 name input:mean\n"
                         "relu name input:normalised\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    static const float mean[] = {0.5f, 0}, deviation[] = {1, 1};
    assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
    expect_round_trip(net);
    cnn_net_free(net);
}

/* "padding same" becomes the padding that it came to. */
static void same_padding_is_written_as_numbers(void **state) {
    (void)state;
    cnn_net *net = parse("input 1x7x8\nconv 2 4x3 stride 2 padding same\n");
    onnx_bytes bytes = write_net(net);
    cnn_net *again = read_net(&bytes);
    assert_string_equal(again->nodes[0].text, "conv 2 4x3 stride 2 padding 1,0,2,1");
    assert_true(cnn_shape_equal(&again->nodes[0].output, &net->nodes[0].output));
    cnn_net_free(again);
    cnn_free(bytes.data);
    cnn_net_free(net);
}

/* ---- What stands in the file -----------------------------------------------------------------------------
 */

static const char *metadata(const CnnOnnx__ModelProto *model, const char *key) {
    for (size_t i = 0; i < model->n_metadata_props; i++)
        if (strcmp(model->metadata_props[i]->key, key) == 0)
            return model->metadata_props[i]->value;
    return NULL;
}

static CnnOnnx__ModelProto *unpack(const cnn_net *net) {
    onnx_bytes bytes = write_net(net);
    CnnOnnx__ModelProto *model = cnn_onnx__model_proto__unpack(NULL, bytes.size, bytes.data);
    assert_non_null(model);
    cnn_free(bytes.data);
    return model;
}

static void the_head_says_what_the_file_is(void **state) {
    (void)state;
    cnn_net *net = odd_model();
    CnnOnnx__ModelProto *model = unpack(net);
    assert_int_equal(model->ir_version, 7);
    assert_int_equal(model->n_opset_import, 1);
    assert_string_equal(model->opset_import[0]->domain, "");
    assert_int_equal(model->opset_import[0]->version, 13);
    assert_string_equal(model->producer_name, "cnn");
    assert_string_equal(model->producer_version, CNN_VERSION);
    assert_string_equal(metadata(model, "classes"), "[\"cat\",\"Hündchen \\\"Rex\\\"\",\"\"]");
    assert_null(metadata(model, "Image.BitmapPixelFormat")); /* two channels are neither grey nor colour */
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    cnn_net_free(net);
}

static void grey_and_colour_are_named(void **state) {
    (void)state;
    static const char *const texts[] = {"input 1x4x4\nrelu\n", "input 3x4x4\nrelu\n"};
    static const char *const formats[] = {"Gray8", "Rgb8"};
    for (int i = 0; i < 2; i++) {
        static const float mean[3], deviation[] = {1, 1, 1};
        cnn_net *net = parse(texts[i]);
        assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
        CnnOnnx__ModelProto *model = unpack(net);
        assert_string_equal(metadata(model, "Image.BitmapPixelFormat"), formats[i]);
        assert_string_equal(metadata(model, "Image.NominalPixelRange"), "Normalized_0_1");
        assert_null(metadata(model, "classes"));
        cnn_onnx__model_proto__free_unpacked(model, NULL);
        cnn_net_free(net);
    }
}

static void expect_tensor(const CnnOnnx__ValueInfoProto *value, const char *name, const int64_t *sizes,
                          size_t rank) {
    const CnnOnnx__TypeProto__Tensor *tensor = value->type->tensor_type;
    assert_string_equal(value->name, name);
    assert_int_equal(value->type->value_case, CNN_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE);
    assert_int_equal(tensor->elem_type, CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    assert_int_equal(tensor->shape->n_dim, rank + 1);
    assert_string_equal(tensor->shape->dim[0]->dim_param, "N");
    for (size_t i = 0; i < rank; i++)
        assert_int_equal(tensor->shape->dim[i + 1]->dim_value, sizes[i]);
}

static void the_graph_takes_input_and_gives_output(void **state) {
    (void)state;
    cnn_net *net = odd_model();
    CnnOnnx__ModelProto *model = unpack(net);
    const CnnOnnx__GraphProto *graph = model->graph;
    assert_int_equal(graph->n_input, 1);
    assert_int_equal(graph->n_output, 1);
    expect_tensor(graph->input[0], "input", (const int64_t[]){2, 13, 9}, 3);
    expect_tensor(graph->output[0], "output", (const int64_t[]){3}, 1);
    assert_string_equal(graph->node[0]->op_type, "Sub");
    assert_string_equal(graph->node[1]->op_type, "Div");
    assert_string_equal(graph->node[2]->name, "first");
    assert_string_equal(graph->node[graph->n_node - 1]->output[0], "output");
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    cnn_net_free(net);
}

static void without_normalisation_the_first_node_is_the_first_layer(void **state) {
    (void)state;
    cnn_net *net = parse("input 1x4x4\nconv 2 3x3 name c\nflatten\n");
    CnnOnnx__ModelProto *model = unpack(net);
    assert_int_equal(model->graph->n_node, 2);
    assert_string_equal(model->graph->node[0]->op_type, "Conv");
    assert_string_equal(model->graph->initializer[0]->name, "c.weight");
    assert_string_equal(model->graph->initializer[1]->name, "c.bias");
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    cnn_net_free(net);
}

/* ---- What cannot be written ------------------------------------------------------------------------------
 */

static void expect_unwritten(const cnn_net *net, cnn_status expected, const char *message) {
    void *bytes;
    size_t size;
    cnn_error error = {0};
    assert_int_equal(onnx_bytes_of(net, &bytes, &size, &error), expected);
    assert_null(bytes);
    assert_non_null(strstr(error.message, message));
}

static void unfinished_networks_are_not_written(void **state) {
    (void)state;
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 8, 8});
    expect_unwritten(net, CNN_ERROR_ARGUMENT, "a network without layers");
    cnn_add_dense(net, &(cnn_dense_options){.units = 3});
    expect_unwritten(net, CNN_ERROR_SHAPE, "dense needs a flat vector");
    cnn_net_free(net);
}

static void class_names_must_be_utf8(void **state) {
    (void)state;
    static const char *const names[2] = {"fine", "\xff\xfe"};
    cnn_net *net = parse("input 1x1x1\nflatten\ndense 2\n");
    cnn_error error;
    assert_int_equal(cnn_net_set_classes(net, names, 2, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "the name of class 1 is not UTF-8"));
    assert_null(cnn_net_class(net, 0));
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_and_odd_option_survives),
        cmocka_unit_test(a_network_without_normalisation_and_classes_survives),
        cmocka_unit_test(a_network_without_parameters_survives),
        cmocka_unit_test(activations_survive),
        cmocka_unit_test(layer_normalisation_survives),
        cmocka_unit_test(drop_path_survives),
        cmocka_unit_test(pairs_and_transposed_convolutions_survive),
        cmocka_unit_test(maps_of_other_sizes_and_normalised_ones_survive),
        cmocka_unit_test(moved_values_survive),
        cmocka_unit_test(poolings_survive),
        cmocka_unit_test(confusing_names_survive),
        cmocka_unit_test(same_padding_is_written_as_numbers),
        cmocka_unit_test(the_head_says_what_the_file_is),
        cmocka_unit_test(grey_and_colour_are_named),
        cmocka_unit_test(the_graph_takes_input_and_gives_output),
        cmocka_unit_test(without_normalisation_the_first_node_is_the_first_layer),
        cmocka_unit_test(unfinished_networks_are_not_written),
        cmocka_unit_test(class_names_must_be_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

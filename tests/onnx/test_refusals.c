/* ONNX models that are well-formed but wrong or not supported: each is named, none is half-read. A good model
 * is changed in one place at a time. */
#define _GNU_SOURCE
#include "onnx/onnx.h"

#include "base/memory.h"
#include "onnx.pb-c.h"

#include "support/cmocka.h"
#include "support/odd_model.h"
#include "support/onnx_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nodes by number. */
enum { SUB, DIV, CONV, RELU, POOL, DROPOUT, FLATTEN, GEMM, SOFTMAX };

static CnnOnnx__ModelProto *good_model(void) {
    static const float mean = 0.5f, deviation = 0.25f;
    static const char *const classes[2] = {"a", "b"};
    cnn_net *net;
    void *bytes;
    size_t size;
    assert_int_equal(cnn_net_parse(&net,
                                   "input 1x6x6\nconv 2 3x3 name c\nrelu name r\nmaxpool 2x2 name p\n"
                                   "dropout 0.5 name d\nflatten name f\ndense 2 name g\nsoftmax name s\n",
                                   "text", NULL),
                     CNN_OK);
    assert_int_equal(cnn_net_set_normalisation(net, &mean, &deviation, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(net, classes, 2, NULL), CNN_OK);
    assert_int_equal(onnx_bytes_of(net, &bytes, &size, NULL), CNN_OK);
    CnnOnnx__ModelProto *model = cnn_onnx__model_proto__unpack(NULL, size, bytes);
    assert_non_null(model);
    cnn_free(bytes);
    cnn_net_free(net);
    return model;
}

/* ---- Changing a model: what protobuf-c allocated is for free() -------------------------------------------
 */

static void set_string(char **string, const char *value) {
    free(*string);
    *string = value ? strdup(value) : NULL;
}

static CnnOnnx__NodeProto *node(CnnOnnx__ModelProto *model, int index) {
    return model->graph->node[index];
}

static CnnOnnx__TensorProto *tensor(CnnOnnx__ModelProto *model, const char *name) {
    for (size_t i = 0; i < model->graph->n_initializer; i++)
        if (strcmp(model->graph->initializer[i]->name, name) == 0)
            return model->graph->initializer[i];
    fail_msg("no initialiser %s", name);
    return NULL;
}

static CnnOnnx__AttributeProto *attribute(CnnOnnx__ModelProto *model, int index, const char *name) {
    for (size_t i = 0; i < node(model, index)->n_attribute; i++)
        if (strcmp(node(model, index)->attribute[i]->name, name) == 0)
            return node(model, index)->attribute[i];
    fail_msg("no attribute %s", name);
    return NULL;
}

static CnnOnnx__AttributeProto *new_attribute(CnnOnnx__ModelProto *model, int index, const char *name) {
    CnnOnnx__NodeProto *to = node(model, index);
    CnnOnnx__AttributeProto *made = malloc(sizeof *made);
    cnn_onnx__attribute_proto__init(made);
    made->name = strdup(name);
    to->attribute = realloc(to->attribute, (to->n_attribute + 1) * sizeof(CnnOnnx__AttributeProto *));
    to->attribute[to->n_attribute++] = made;
    return made;
}

static void new_integer(CnnOnnx__ModelProto *model, int index, const char *name, int64_t value) {
    CnnOnnx__AttributeProto *made = new_attribute(model, index, name);
    made->has_i = true;
    made->i = value;
}

static void new_word(CnnOnnx__ModelProto *model, int index, const char *name, const char *value) {
    CnnOnnx__AttributeProto *made = new_attribute(model, index, name);
    made->has_s = true;
    made->s.data = (uint8_t *)strdup(value);
    made->s.len = strlen(value);
}

static CnnOnnx__TensorShapeProto *input_shape(CnnOnnx__ModelProto *model) {
    return model->graph->input[0]->type->tensor_type->shape;
}

/* ---- The changes -----------------------------------------------------------------------------------------
 */

static void op_unknown(CnnOnnx__ModelProto *m) {
    set_string(&node(m, RELU)->op_type, "LSTM");
}
static void op_missing(CnnOnnx__ModelProto *m) {
    set_string(&node(m, RELU)->op_type, NULL);
}
static void op_of_other_domain(CnnOnnx__ModelProto *m) {
    set_string(&node(m, RELU)->domain, "com.example\n");
}
static void opset_too_old(CnnOnnx__ModelProto *m) {
    m->opset_import[0]->version = 0;
}
static void opset_too_new(CnnOnnx__ModelProto *m) {
    m->opset_import[0]->version = 99;
}
static void opset_of_other_domain(CnnOnnx__ModelProto *m) {
    set_string(&m->opset_import[0]->domain, "com.example");
}
static void ir_missing(CnnOnnx__ModelProto *m) {
    m->has_ir_version = false;
}
static void graph_missing(CnnOnnx__ModelProto *m) {
    cnn_onnx__graph_proto__free_unpacked(m->graph, NULL);
    m->graph = NULL;
}
static void input_with_free_width(CnnOnnx__ModelProto *m) {
    CnnOnnx__TensorShapeProto__Dimension *width = input_shape(m)->dim[3];
    width->value_case = CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    width->dim_param = strdup("W");
}
static void input_of_negative_width(CnnOnnx__ModelProto *m) {
    input_shape(m)->dim[3]->dim_value = -6;
}
static void input_of_two_axes(CnnOnnx__ModelProto *m) {
    for (int axis = 2; axis < 4; axis++)
        protobuf_c_message_free_unpacked(&input_shape(m)->dim[axis]->base, NULL);
    input_shape(m)->n_dim = 2;
}
static void input_of_bytes(CnnOnnx__ModelProto *m) {
    m->graph->input[0]->type->tensor_type->elem_type = CNN_ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
}
static void input_too_large(CnnOnnx__ModelProto *m) {
    input_shape(m)->dim[1]->dim_value = INT64_MAX;
}
static void input_without_type(CnnOnnx__ModelProto *m) {
    cnn_onnx__type_proto__free_unpacked(m->graph->input[0]->type, NULL);
    m->graph->input[0]->type = NULL;
}
static void input_missing(CnnOnnx__ModelProto *m) {
    cnn_onnx__value_info_proto__free_unpacked(m->graph->input[0], NULL);
    m->graph->n_input = 0;
}
static void output_missing(CnnOnnx__ModelProto *m) {
    cnn_onnx__value_info_proto__free_unpacked(m->graph->output[0], NULL);
    m->graph->n_output = 0;
}
static void output_unknown(CnnOnnx__ModelProto *m) {
    set_string(&m->graph->output[0]->name, "elsewhere");
}
static void output_is_the_input(CnnOnnx__ModelProto *m) {
    set_string(&m->graph->output[0]->name, "input");
}
static void output_is_normalisation_alone(CnnOnnx__ModelProto *m) {
    set_string(&m->graph->output[0]->name, "input:normalised");
}
static void value_unknown(CnnOnnx__ModelProto *m) {
    set_string(&node(m, RELU)->input[0], "elsewhere");
}
static void value_made_later(CnnOnnx__ModelProto *m) {
    CnnOnnx__NodeProto *kept = m->graph->node[RELU];
    m->graph->node[RELU] = m->graph->node[CONV];
    m->graph->node[CONV] = kept;
}
static void value_made_by_itself(CnnOnnx__ModelProto *m) {
    set_string(&node(m, RELU)->input[0], "r:0");
}
static void value_made_twice(CnnOnnx__ModelProto *m) {
    set_string(&node(m, POOL)->output[0], "r:0");
}
static void initialiser_twice(CnnOnnx__ModelProto *m) {
    set_string(&tensor(m, "c.bias")->name, "c.weight");
}
static void input_left_out(CnnOnnx__ModelProto *m) {
    set_string(&node(m, RELU)->input[0], "");
}
static void input_one_too_few(CnnOnnx__ModelProto *m) {
    free(node(m, CONV)->input[2]);
    free(node(m, CONV)->input[1]);
    node(m, CONV)->n_input = 1;
}
static void input_one_too_many(CnnOnnx__ModelProto *m) {
    node(m, RELU)->input = realloc(node(m, RELU)->input, 2 * sizeof(char *));
    node(m, RELU)->input[node(m, RELU)->n_input++] = strdup("c.bias");
}
static void input_a_constant(CnnOnnx__ModelProto *m) {
    set_string(&node(m, RELU)->input[0], "c.weight");
}
static void weight_computed(CnnOnnx__ModelProto *m) {
    set_string(&node(m, CONV)->input[1], "input:normalised");
}
static void weight_elsewhere(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->has_data_location = true;
    tensor(m, "c.weight")->data_location = CNN_ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}
static void weight_of_doubles(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->data_type = CNN_ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
}
static void weight_too_short(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->raw_data.len -= 4;
}
static void weight_too_large(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->dims[0] = INT64_MAX / 2;
}
static void weight_negative(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->dims[0] = -2;
}
static void weight_of_other_rank(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->n_dims = 3; /* 2,1,3 */
    tensor(m, "c.weight")->raw_data.len = 6 * sizeof(float);
}
static void weight_empty(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->dims[2] = 0;
    tensor(m, "c.weight")->raw_data.len = 0;
}
static void weight_for_other_channels(CnnOnnx__ModelProto *m) {
    tensor(m, "c.weight")->dims[0] = 1;
    tensor(m, "c.weight")->dims[1] = 2;
}
static void dense_weight_for_other_inputs(CnnOnnx__ModelProto *m) {
    attribute(m, GEMM, "transB")->i = 0;
}
static void bias_of_other_size(CnnOnnx__ModelProto *m) {
    tensor(m, "c.bias")->dims[0] = 3;
    free(tensor(m, "c.bias")->raw_data.data);
    tensor(m, "c.bias")->raw_data.data = calloc(3, 4);
    tensor(m, "c.bias")->raw_data.len = 12;
}
static void kernel_shape_differs(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "kernel_shape")->ints[0] = 2;
}
static void group_does_not_divide(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "group")->i = 2;
}
static void group_zero(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "group")->i = 0;
}
static void strides_zero(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "strides")->ints[1] = 0;
}
static void strides_of_one_axis(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "strides")->n_ints = 1;
}
static void pads_negative(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "pads")->ints[3] = -1;
}
static void attribute_of_other_type(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "group")->type = CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
}
static void attribute_unknown(CnnOnnx__ModelProto *m) {
    new_integer(m, RELU, "leak", 1);
}
static void attribute_of_a_function(CnnOnnx__ModelProto *m) {
    set_string(&attribute(m, CONV, "group")->ref_attr_name, "outer");
}
static void padding_twice(CnnOnnx__ModelProto *m) {
    attribute(m, CONV, "pads")->ints[0] = 1;
    new_word(m, CONV, "auto_pad", "SAME_UPPER");
}
static void auto_pad_unknown(CnnOnnx__ModelProto *m) {
    new_word(m, CONV, "auto_pad", "SOMEHOW");
}
static void ceil_mode_with_counted_padding(CnnOnnx__ModelProto *m) {
    set_string(&node(m, POOL)->op_type, "AveragePool");
    new_integer(m, POOL, "ceil_mode", 1);
    new_integer(m, POOL, "count_include_pad", 1);
    attribute(m, POOL, "pads")->ints[0] = 1; /* rows 2 by 2 over 1 + 4: the last window hangs over */
}
static void ceil_mode_of_large_strides(CnnOnnx__ModelProto *m) {
    new_integer(m, POOL, "ceil_mode", 1);
    attribute(m, POOL, "strides")->ints[0] = INT64_MAX;
}
static void storage_order(CnnOnnx__ModelProto *m) {
    new_integer(m, POOL, "storage_order", 1);
}
static void pool_dilations(CnnOnnx__ModelProto *m) {
    set_string(&node(m, POOL)->op_type, "AveragePool");
    CnnOnnx__AttributeProto *made = new_attribute(m, POOL, "dilations");
    made->ints = calloc(2, sizeof *made->ints);
    made->n_ints = 2;
    made->ints[0] = made->ints[1] = 2;
}
static void pool_without_kernel(CnnOnnx__ModelProto *m) {
    set_string(&attribute(m, POOL, "kernel_shape")->name, "strides");
}
static void pool_kernel_too_large(CnnOnnx__ModelProto *m) {
    attribute(m, POOL, "kernel_shape")->ints[0] = 5;
}
static void flatten_axis(CnnOnnx__ModelProto *m) {
    attribute(m, FLATTEN, "axis")->i = 2;
}
static void softmax_axis(CnnOnnx__ModelProto *m) {
    attribute(m, SOFTMAX, "axis")->i = 0;
}
static void gemm_trans_a(CnnOnnx__ModelProto *m) {
    new_integer(m, GEMM, "transA", 1);
}
static void dropout_rate_one(CnnOnnx__ModelProto *m) {
    *(float *)(void *)tensor(m, "d:ratio")->raw_data.data = 1;
}
static void second_output_used(CnnOnnx__ModelProto *m) {
    CnnOnnx__NodeProto *dropout = node(m, DROPOUT);
    dropout->output = realloc(dropout->output, 2 * sizeof *dropout->output);
    dropout->output[1] = strdup("mask");
    dropout->n_output = 2;
    set_string(&node(m, FLATTEN)->input[0], "mask");
}
static void deviation_zero(CnnOnnx__ModelProto *m) {
    *(float *)(void *)tensor(m, "input:deviation")->raw_data.data = 0;
}
static void mean_of_each_pixel(CnnOnnx__ModelProto *m) {
    CnnOnnx__TensorProto *mean = tensor(m, "input:mean");
    mean->dims[2] = 6;
    free(mean->raw_data.data);
    mean->raw_data.data = calloc(6, sizeof(float));
    mean->raw_data.len = 6 * sizeof(float);
}
static void constant_behind_a_vector(CnnOnnx__ModelProto *m) {
    cnn_onnx__attribute_proto__free_unpacked(node(m, SOFTMAX)->attribute[--node(m, SOFTMAX)->n_attribute],
                                             NULL);
    set_string(&node(m, SOFTMAX)->op_type, "Mul");
    node(m, SOFTMAX)->input = realloc(node(m, SOFTMAX)->input, 2 * sizeof(char *));
    node(m, SOFTMAX)->input[1] = strdup("input:mean");
    node(m, SOFTMAX)->n_input = 2;
}
static void constant_over_feature(CnnOnnx__ModelProto *m) {
    char *kept = node(m, DIV)->input[0];
    node(m, DIV)->input[0] = node(m, DIV)->input[1];
    node(m, DIV)->input[1] = kept;
}
static void classes_too_few(CnnOnnx__ModelProto *m) {
    for (size_t i = 0; i < m->n_metadata_props; i++)
        if (strcmp(m->metadata_props[i]->key, "classes") == 0)
            set_string(&m->metadata_props[i]->value, "[\"only one\"]");
}
static void classes_no_json(CnnOnnx__ModelProto *m) {
    for (size_t i = 0; i < m->n_metadata_props; i++)
        if (strcmp(m->metadata_props[i]->key, "classes") == 0)
            set_string(&m->metadata_props[i]->value, "cats, dogs");
}

typedef struct refusal {
    void (*change)(CnnOnnx__ModelProto *model);
    cnn_status status;
    const char *message; /* behind "m.onnx: " */
} refusal;

static const refusal refusals[] = {
    {op_unknown, CNN_ERROR_UNSUPPORTED,
     "node \"r\" (LSTM): this operator is not supported; docs/onnx.md lists the supported ones"},
    {op_missing, CNN_ERROR_FORMAT, "node \"r\" (): it has no operator"},
    {op_of_other_domain, CNN_ERROR_UNSUPPORTED,
     "node \"r\" (Relu): the operators of the domain \"com.example?\""},
    {opset_too_old, CNN_ERROR_UNSUPPORTED, "operator sets 1 to 28 are supported, but this model uses 0"},
    {opset_too_new, CNN_ERROR_UNSUPPORTED, "operator sets 1 to 28 are supported, but this model uses 99"},
    {opset_of_other_domain, CNN_ERROR_UNSUPPORTED,
     "operator sets 1 to 28 are supported, but this model uses 0"},
    {ir_missing, CNN_ERROR_FORMAT, "an IR version of at least 3 was expected"},
    {graph_missing, CNN_ERROR_FORMAT, "it has no graph"},
    {input_with_free_width, CNN_ERROR_UNSUPPORTED,
     "its input \"input\" is any x 1 x 6 x any, and a network's images have one size: choose it with "
     "--input-shape"},
    {input_of_negative_width, CNN_ERROR_UNSUPPORTED,
     "its input \"input\" is any x 1 x 6 x any, and a network's images have one size: choose it with "
     "--input-shape"},
    {input_of_two_axes, CNN_ERROR_UNSUPPORTED, "the input must have four axes N,C,H,W"},
    {input_of_bytes, CNN_ERROR_UNSUPPORTED, "the input must be a float32 tensor"},
    {input_too_large, CNN_ERROR_UNSUPPORTED, "the input's size cannot be counted"},
    {input_without_type, CNN_ERROR_UNSUPPORTED, "the input must be a float32 tensor with a shape"},
    {input_missing, CNN_ERROR_FORMAT, "node \"input:subtract_mean\" reads \"input\", which no node produces"},
    {output_missing, CNN_ERROR_FORMAT, "the graph has no outputs"},
    {output_unknown, CNN_ERROR_FORMAT, "no node produces the graph's output \"elsewhere\""},
    {output_is_the_input, CNN_ERROR_FORMAT, "no node produces the graph's output \"input\""},
    {output_is_normalisation_alone, CNN_ERROR_UNSUPPORTED, "the graph has no layers"},
    {value_unknown, CNN_ERROR_FORMAT, "node \"r\" reads \"elsewhere\", which no node produces"},
    {value_made_later, CNN_ERROR_FORMAT, "node \"r\" reads \"c:0\", which is produced after it"},
    {value_made_by_itself, CNN_ERROR_FORMAT, "the graph has a cycle: node \"r\" needs its own result"},
    {value_made_twice, CNN_ERROR_FORMAT, "the value \"r:0\" is produced twice"},
    {initialiser_twice, CNN_ERROR_FORMAT, "the value \"c.weight\" is produced twice"},
    {input_left_out, CNN_ERROR_UNSUPPORTED, "node \"r\" (Relu): input 0 is left out, expected a feature map"},
    {input_one_too_few, CNN_ERROR_FORMAT, "node \"c\" (Conv): it has 1 inputs, expected 2 to 3"},
    {input_one_too_many, CNN_ERROR_FORMAT, "node \"r\" (Relu): it has 2 inputs, expected 1"},
    {input_a_constant, CNN_ERROR_SHAPE,
     "node \"g\" (Gemm): float32 [2x1], float32 [2x8] and float32 [2] do not fit"},
    {weight_computed, CNN_ERROR_UNSUPPORTED,
     "node \"c\" (Conv): the weight (input 1) is computed, expected a constant"},
    {weight_elsewhere, CNN_ERROR_UNSUPPORTED, "the tensor \"c.weight\" lies in another file (external data)"},
    {weight_of_doubles, CNN_ERROR_UNSUPPORTED,
     "node \"c\" (Conv): the weight has elements of double, expected float"},
    {weight_too_short, CNN_ERROR_FORMAT,
     "node \"c\" (Conv): the weight of shape [2x1x3x3] has 68 bytes, expected 18 elements of 4"},
    {weight_too_large, CNN_ERROR_FORMAT, "node \"c\" (Conv): the weight has a negative or too large shape"},
    {weight_negative, CNN_ERROR_FORMAT, "node \"c\" (Conv): the weight has a negative or too large shape"},
    {weight_of_other_rank, CNN_ERROR_UNSUPPORTED,
     "node \"c\" (Conv): the weight has 3 axes and 6 elements, expected 4"},
    {weight_empty, CNN_ERROR_UNSUPPORTED, "node \"c\" (Conv): the weight has 4 axes and 0 elements"},
    {weight_for_other_channels, CNN_ERROR_FORMAT,
     "node \"c\" (Conv): the weight is for 2 channels in each of 1 groups"},
    {dense_weight_for_other_inputs, CNN_ERROR_FORMAT,
     "node \"g\" (Gemm): the weight is for a vector of 2, but the input is 8"},
    {bias_of_other_size, CNN_ERROR_FORMAT, "node \"c\" (Conv): the bias has 3 elements, expected 2"},
    {kernel_shape_differs, CNN_ERROR_FORMAT, "node \"c\" (Conv): kernel_shape does not match the weight"},
    {group_does_not_divide, CNN_ERROR_FORMAT,
     "node \"c\" (Conv): the weight is for 1 channels in each of 2 groups"},
    {group_zero, CNN_ERROR_FORMAT, "node \"c\" (Conv): group must be at least 1, found 0"},
    {strides_zero, CNN_ERROR_FORMAT, "node \"c\" (Conv): strides must be at least 1, found 0"},
    {strides_of_one_axis, CNN_ERROR_FORMAT,
     "node \"c\" (Conv): the attribute strides has 1 value, expected 2"},
    {pads_negative, CNN_ERROR_ARGUMENT, "node \"c\" (Conv): layer 1: the padding must be"},
    {attribute_of_other_type, CNN_ERROR_FORMAT,
     "node \"c\" (Conv): the attribute group is a real number, expected an integer"},
    {attribute_unknown, CNN_ERROR_UNSUPPORTED, "node \"r\" (Relu): the attribute \"leak\" is not supported"},
    {attribute_of_a_function, CNN_ERROR_UNSUPPORTED,
     "node \"c\" (Conv): the attribute \"group\" refers to one of a function"},
    {padding_twice, CNN_ERROR_FORMAT, "node \"c\" (Conv): it has both auto_pad and pads"},
    {auto_pad_unknown, CNN_ERROR_FORMAT, "node \"c\" (Conv): auto_pad \"SOMEHOW\" is unknown"},
    {ceil_mode_with_counted_padding, CNN_ERROR_UNSUPPORTED,
     "node \"p\" (AveragePool): ceil_mode and count_include_pad together with padding"},
    {ceil_mode_of_large_strides, CNN_ERROR_UNSUPPORTED,
     "node \"p\" (MaxPool): kernel, stride, dilation, pads or input is too large"},
    {storage_order, CNN_ERROR_UNSUPPORTED, "node \"p\" (MaxPool): storage_order 1 is not supported, only 0"},
    {pool_dilations, CNN_ERROR_UNSUPPORTED,
     "node \"p\" (AveragePool): the attribute \"dilations\" is not supported here"},
    {pool_without_kernel, CNN_ERROR_FORMAT, "node \"p\" (MaxPool): kernel_shape is missing"},
    {pool_kernel_too_large, CNN_ERROR_SHAPE,
     "node \"p\" (MaxPool): layer 3: maxpool: a kernel of 5x2 does not fit"},
    {flatten_axis, CNN_ERROR_UNSUPPORTED, "node \"f\" (Flatten): axis 2 is not supported, only 1"},
    {softmax_axis, CNN_ERROR_UNSUPPORTED, "node \"s\" (Softmax): axis 0 is not supported"},
    {gemm_trans_a, CNN_ERROR_UNSUPPORTED, "node \"g\" (Gemm): transA 1 is not supported, only 0"},
    {dropout_rate_one, CNN_ERROR_ARGUMENT, "node \"d\" (Dropout): layer 4: dropout's rate"},
    {second_output_used, CNN_ERROR_UNSUPPORTED, "node \"d\" (Dropout): another node uses its output 2"},
    {deviation_zero, CNN_ERROR_UNSUPPORTED,
     "node \"input:divide_by_deviation\" (Div): the constant is infinite, no number, or divides by 0"},
    {mean_of_each_pixel, CNN_ERROR_UNSUPPORTED,
     "node \"input:subtract_mean\" (Sub): the constant must be one number"},
    {constant_behind_a_vector, CNN_ERROR_UNSUPPORTED,
     "node \"s\" (Mul): the constant must be one number or one for each of 2 channels"},
    {constant_over_feature, CNN_ERROR_UNSUPPORTED,
     "node \"input:divide_by_deviation\" (Div): a constant divided by a feature map is not supported"},
    {classes_too_few, CNN_ERROR_ARGUMENT, "1 class names for a network with 2 classes"},
    {classes_no_json, CNN_ERROR_FORMAT, "the class names are not a JSON array"},
};

static cnn_status read_model(CnnOnnx__ModelProto *model, cnn_net **net, cnn_error *error) {
    size_t size = cnn_onnx__model_proto__get_packed_size(model);
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    cnn_onnx__model_proto__pack(model, bytes);
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    cnn_status status = cnn_onnx_read(net, bytes, size, "m.onnx", NULL, error);
    free(bytes);
    return status;
}

static void what_is_wrong_or_unsupported_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const refusal *r = &refusals[i];
        cnn_net *net = (cnn_net *)(void *)&net;
        cnn_error error = {0};
        CnnOnnx__ModelProto *model = good_model();
        r->change(model);
        cnn_status status = read_model(model, &net, &error);
        if (status != r->status || strncmp(error.message, "m.onnx: ", 8) != 0 ||
            strncmp(error.message + 8, r->message, strlen(r->message)) != 0)
            fail_msg("%s: %s, but expected %s: %s", cnn_status_name(status), error.message,
                     cnn_status_name(r->status), r->message);
        assert_null(net);
    }
}

/* ---- Changes that do no harm -----------------------------------------------------------------------------
 */

static cnn_net *read_good(CnnOnnx__ModelProto *model) {
    cnn_net *net;
    cnn_error error = {0};
    if (read_model(model, &net, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* Weights whose names say nothing about the layer, as older files have them. */
static CnnOnnx__ModelProto *model_of_numbered_weights(void) {
    CnnOnnx__ModelProto *model = good_model();
    set_string(&tensor(model, "c.weight")->name, "11");
    set_string(&node(model, CONV)->input[1], "11");
    set_string(&tensor(model, "g.weight")->name, ".weight");
    set_string(&node(model, GEMM)->input[1], ".weight");
    return model;
}

static void nodes_without_names_get_some(void **state) {
    (void)state;
    CnnOnnx__ModelProto *model = model_of_numbered_weights();
    for (size_t i = 0; i < model->graph->n_node; i++)
        set_string(&model->graph->node[i]->name, i % 2 ? NULL : "");
    cnn_net *net = read_good(model);
    assert_string_equal(net->nodes[0].name, "conv_1");
    assert_string_equal(net->nodes[5].name, "fc_1");
    cnn_net_free(net);
}

static void names_are_made_fit_for_layers(void **state) {
    (void)state;
    static const char *const given[] = {
        "x", "x", "/conv1/Conv", "/conv1/Conv", "white space #\n", "inpu\xc3\xa4t", "input", "//", "r"};
    static const char *const expected[] = {
        "conv1/Conv", "conv1/Conv_2", "white_space___", "inpu__t", "input_2", "fc_1", "r"};
    CnnOnnx__ModelProto *model = model_of_numbered_weights();
    for (size_t i = 0; i < model->graph->n_node; i++)
        set_string(&model->graph->node[i]->name, given[i]);
    cnn_net *net = read_good(model);
    for (int64_t i = 0; i < net->node_count; i++)
        assert_string_equal(net->nodes[i].name, expected[i]);
    cnn_net_free(net);
}

static void dropout_in_training(CnnOnnx__ModelProto *m) {
    CnnOnnx__TensorProto *mode = tensor(m, "d:ratio");
    set_string(&mode->name, "mode");
    mode->data_type = CNN_ONNX__TENSOR_PROTO__DATA_TYPE__BOOL;
    mode->raw_data.len = 1;
    mode->raw_data.data[0] = 1;
    CnnOnnx__NodeProto *dropout = node(m, DROPOUT);
    dropout->input = realloc(dropout->input, 3 * sizeof *dropout->input);
    set_string(&dropout->input[1], "");
    dropout->input[2] = strdup("mode");
    dropout->n_input = 3;
}

/* As PyTorch exports a model for training. */
static void a_model_in_training_mode_is_taken_as_layers(void **state) {
    (void)state;
    CnnOnnx__ModelProto *model = good_model();
    dropout_in_training(model);
    cnn_net *net = read_good(model);
    assert_string_equal(net->nodes[DROPOUT - CONV].name, "d");
    assert_float_equal(net->nodes[DROPOUT - CONV].options.dropout.rate, 0.5, 0);
    assert_int_equal(cnn_net_notes(net), 1);
    assert_non_null(strstr(cnn_net_note(net, 0), "training mode"));
    cnn_net_free(net);
}

static void what_has_no_place_in_a_network_is_noted(void **state) {
    (void)state;
    CnnOnnx__ModelProto *model = good_model();
    set_string(&node(model, SOFTMAX)->output[0], "aside");
    set_string(&model->graph->output[0]->name, "g:0");
    set_string(&model->metadata_props[0]->key, "author");
    set_string(&model->doc_string, "by hand");
    set_string(&node(model, GEMM)->input[2], NULL);
    node(model, GEMM)->n_input = 2;
    cnn_net *net = read_good(model);
    static const char *const expected[] = {
        "Left out: 1 node that the output does not need, first \"s\" (Softmax)",
        "Left out: 1 tensor that no remaining node reads, first \"g.bias\"",
        "The metadata \"author\" is not kept", "The model's description (doc_string) is not kept"};
    assert_int_equal(cnn_net_notes(net), 4);
    for (int i = 0; i < 4; i++)
        assert_string_equal(cnn_net_note(net, i), expected[i]);
    assert_null(cnn_net_note(net, 4));
    cnn_net_free(net);
}

/* Exporters store equal biases once: that is no reason not to train. */
static void biases_that_are_shared_are_copied(void **state) {
    (void)state;
    CnnOnnx__ModelProto *model = good_model();
    cnn_trainer *trainer;
    ((float *)(void *)tensor(model, "c.bias")->raw_data.data)[1] = 2;
    set_string(&node(model, GEMM)->input[2], "c.bias");
    cnn_net *net = read_good(model);
    assert_non_null(strstr(cnn_net_note(net, 0), "The layers c and g share only the tensor \"c.bias\""));
    assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){0}, NULL), CNN_OK);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

/* One weight, two biases: a copy each, and no training. */
static void weights_that_are_shared_in_part_refuse_to_train(void **state) {
    (void)state;
    cnn_net *net;
    void *bytes;
    size_t size;
    cnn_trainer *trainer;
    cnn_predictor *predictor;
    cnn_memory memory;
    cnn_error error = {0};
    assert_int_equal(
        cnn_net_parse(&net, "input 1x1x2\nflatten\ndense 2 name a\ndense 2 name b\n", "text", NULL), CNN_OK);
    assert_int_equal(onnx_bytes_of(net, &bytes, &size, NULL), CNN_OK);
    cnn_net_free(net);
    CnnOnnx__ModelProto *model = cnn_onnx__model_proto__unpack(NULL, size, bytes);
    cnn_free(bytes);
    set_string(&node(model, 2)->input[1], "a.weight");
    net = read_good(model);
    assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){0}, &error),
                     CNN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "The layers a and b share the tensor \"a.weight\""));
    assert_non_null(strstr(error.message, "not trained"));
    assert_non_null(strstr(cnn_net_note(net, 0), "The layers a and b"));
    assert_int_equal(cnn_net_memory(net, 1, NULL, 1, &memory, NULL), CNN_OK); /* summary asks */
    assert_int_equal(cnn_predictor_new(&predictor, net, NULL, &error), CNN_OK);
    cnn_predictor_free(predictor);
    cnn_net_free(net);
}

/* PyTorch's parameters keep their names, whatever it calls the nodes. */
static void layers_are_named_after_their_weights(void **state) {
    (void)state;
    CnnOnnx__ModelProto *model = good_model();
    set_string(&node(model, CONV)->name, "node_Conv_17");
    set_string(&node(model, GEMM)->name, "c");
    cnn_net *net = read_good(model);
    assert_string_equal(net->nodes[0].name, "c");
    assert_string_equal(net->parameters[0].name, "c.weight");
    assert_string_equal(net->parameters[2].name, "g.weight");
    cnn_net_free(net);
}

/* Another tool's use of the key "classes" is its own affair. */
static void class_names_of_other_tools_may_be_anything(void **state) {
    (void)state;
    CnnOnnx__ModelProto *model = good_model();
    classes_no_json(model);
    set_string(&model->producer_name, "pytorch");
    cnn_net *net = read_good(model);
    assert_null(cnn_net_class(net, 0));
    cnn_net_free(net);
}

/* What the output does not need may be anything. */
static void nodes_that_nobody_needs_are_left_out(void **state) {
    (void)state;
    CnnOnnx__ModelProto *model = good_model();
    set_string(&node(model, SOFTMAX)->op_type, "Unheard-of");
    set_string(&node(model, SOFTMAX)->output[0], "aside");
    set_string(&model->graph->output[0]->name, "g:0");
    cnn_net *net = read_good(model);
    assert_int_equal(net->node_count, SOFTMAX - CONV);
    cnn_net_free(net);
}

/* A small file makes no large network by using one weight again and again. */
static void shared_weights_are_there_once(void **state) {
    (void)state;
    enum { NODES = 2000, CHANNELS = 32 };
    cnn_net *net;
    void *bytes;
    size_t size;
    assert_int_equal(cnn_net_parse(&net, "input 32x3x3\nconv 32 3x3 padding 1\n", "text", NULL), CNN_OK);
    assert_int_equal(onnx_bytes_of(net, &bytes, &size, NULL), CNN_OK);
    cnn_net_free(net);
    CnnOnnx__ModelProto *model = cnn_onnx__model_proto__unpack(NULL, size, bytes);
    CnnOnnx__GraphProto *graph = model->graph;
    graph->node = realloc(graph->node, NODES * sizeof *graph->node);
    size_t packed = cnn_onnx__node_proto__get_packed_size(graph->node[0]);
    uint8_t *one = malloc(packed);
    cnn_onnx__node_proto__pack(graph->node[0], one);
    for (; graph->n_node < NODES; graph->n_node++) {
        char name[16];
        CnnOnnx__NodeProto *copy = cnn_onnx__node_proto__unpack(NULL, packed, one);
        set_string(&copy->input[0], graph->node[graph->n_node - 1]->output[0]);
        snprintf(name, sizeof name, "v%zu", graph->n_node);
        set_string(&copy->output[0], name);
        graph->node[graph->n_node] = copy;
    }
    set_string(&graph->output[0]->name, graph->node[NODES - 1]->output[0]);
    free(one);
    cnn_free(bytes);
    net = read_good(model);
    assert_int_equal(net->node_count, NODES);
    assert_int_equal(net->parameter_count, 2);
    assert_int_equal(net->value_count, CHANNELS * CHANNELS * 9 + CHANNELS);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_or_unsupported_is_named),
        cmocka_unit_test(nodes_without_names_get_some),
        cmocka_unit_test(names_are_made_fit_for_layers),
        cmocka_unit_test(a_model_in_training_mode_is_taken_as_layers),
        cmocka_unit_test(what_has_no_place_in_a_network_is_noted),
        cmocka_unit_test(biases_that_are_shared_are_copied),
        cmocka_unit_test(weights_that_are_shared_in_part_refuse_to_train),
        cmocka_unit_test(layers_are_named_after_their_weights),
        cmocka_unit_test(class_names_of_other_tools_may_be_anything),
        cmocka_unit_test(nodes_that_nobody_needs_are_left_out),
        cmocka_unit_test(shared_weights_are_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

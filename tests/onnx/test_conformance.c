#define _GNU_SOURCE
/* ONNX's own test data (Debian's libonnx-testdata): every case runs through the interpreter, and through the planned
 * network where it fits one. Those that cannot pass are listed here with the reason: an operator that is not supported,
 * a type, or random values. */
#include "cnn_model.h"

#include "support/cmocka.h"

#include "onnx.pb-c.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_FOLDER "/usr/share/libonnx-testdata/data"

static const char *const groups[] = {"node", "pytorch-converted", "pytorch-operator", "simple"};

/* Operators that are not supported: their cases must be refused with their name. docs/onnx.md has the same table. */
static const char *const absent[] = {
    "Adagrad",
    "Adam",
    "Bernoulli",
    "BlackmanWindow",
    "ConcatFromSequence",
    "DFT",
    "Det",
    "Gradient",
    "HammingWindow",
    "HannWindow",
    "MelWeightMatrix",
    "Momentum",
    "Optional",
    "OptionalGetElement",
    "OptionalHasElement",
    "RandomUniformLike",
    "STFT",
    "Scan",
    "SequenceAt",
    "SequenceConstruct",
    "SequenceEmpty",
    "SequenceErase",
    "SequenceInsert",
    "SequenceLength",
    "SequenceMap",
    "SplitToSequence",
    "StringNormalizer",
    "TfIdfVectorizer",
    "Unique",
};
enum { ABSENT = sizeof absent / sizeof absent[0] };

/* Cases of supported operators that are left out: docs/onnx.md has the same table. */
typedef struct omission {
    const char *name, *reason;
} omission;

static const omission omissions[] = {
    {"test_cast_FLOAT_to_BFLOAT16", "the data is cut off, where ONNX says rounded"},
    {"test_cast_FLOAT_to_STRING", "strings"},
    {"test_cast_STRING_to_FLOAT", "strings"},
    {"test_castlike_BFLOAT16_to_FLOAT", "inputs are not of the declared shape"},
    {"test_castlike_BFLOAT16_to_FLOAT_expanded", "inputs are not of the declared shape"},
    {"test_castlike_FLOAT_to_BFLOAT16", "inputs are not of the declared shape"},
    {"test_castlike_FLOAT_to_BFLOAT16_expanded", "inputs are not of the declared shape"},
    {"test_castlike_FLOAT_to_STRING", "strings"},
    {"test_castlike_FLOAT_to_STRING_expanded", "strings"},
    {"test_castlike_STRING_to_FLOAT", "strings"},
    {"test_castlike_STRING_to_FLOAT_expanded", "strings"},
    {"test_identity_opt", "an optional value"},
    {"test_identity_sequence", "a sequence"},
    {"test_training_dropout", "random"},
    {"test_training_dropout_default", "random"},
    {"test_training_dropout_default_mask", "random"},
    {"test_training_dropout_mask", "random"},
};
enum { OMISSIONS = sizeof omissions / sizeof omissions[0] };

/* What was found. */
typedef struct tally {
    int cases, passed, failed, left_out, without_operator, by_network;
} tally;

/* ---- Files and scope ----------------------------------------------------------------------------------------- */

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static bool is_absent(const char *operator) {
    for (int i = 0; i < ABSENT; i++)
        if (strcmp(absent[i], operator) == 0)
            return true;
    return false;
}

/* Whether the graph, or one within it, has an operator that is not supported. */
static bool lacks_operator(const CnnOnnx__GraphProto *graph) {
    for (size_t i = 0; i < graph->n_node; i++) {
        const CnnOnnx__NodeProto *node = graph->node[i];
        if (is_absent(node->op_type))
            return true;
        for (size_t k = 0; k < node->n_attribute; k++)
            if (node->attribute[k]->g && lacks_operator(node->attribute[k]->g))
                return true;
    }
    return false;
}

static bool is_omitted(const char *name) {
    for (int i = 0; i < OMISSIONS; i++)
        if (strcmp(omissions[i].name, name) == 0)
            return true;
    return false;
}

/* ---- Comparing ------------------------------------------------------------------------------------- */

static double real_at(const cnn_tensor *tensor, int64_t i) {
    return tensor->type == CNN_TYPE_FLOAT32 ? (double)((const float *)tensor->data)[i]
                                            : ((const double *)tensor->data)[i];
}

/* ONNX's own tolerance. */
static bool close_enough(double found, double expected) {
    if (isnan(expected) || isinf(expected))
        return isnan(expected) ? isnan(found) : found == expected;
    return fabs(found - expected) <= 1e-7 + 1e-3 * fabs(expected);
}

/* Type, shape and values. */
static bool same(const cnn_tensor *found, const cnn_tensor *expected) {
    int64_t elements = 1;
    if (found->type != expected->type || found->rank != expected->rank)
        return false;
    for (int i = 0; i < expected->rank; i++) {
        if (found->shape[i] != expected->shape[i])
            return false;
        elements *= expected->shape[i];
    }
    if (expected->type != CNN_TYPE_FLOAT32 && expected->type != CNN_TYPE_FLOAT64)
        return memcmp(found->data, expected->data, (size_t)elements * cnn_type_size(expected->type)) == 0;
    for (int64_t i = 0; i < elements; i++)
        if (!close_enough(real_at(found, i), real_at(expected, i)))
            return false;
    return true;
}

/* ---- One case -------------------------------------------------------------------------------------- */

enum { MAX_INPUTS = 64, LONGEST = 400 };

/* A case's folder and graph, and a message about what went wrong. */
typedef struct test_case {
    const char *folder, *name;
    const CnnOnnx__GraphProto *graph;
    char wrong[1200];
} test_case;

static bool is_initialiser(const CnnOnnx__GraphProto *graph, const char *name) {
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (strcmp(graph->initializer[i]->name, name) == 0)
            return true;
    return false;
}

/* The data has bfloat16 as uint16: what the graph declares so becomes float32. */
static void widen(const CnnOnnx__ValueInfoProto *declared, cnn_tensor *tensor) {
    const CnnOnnx__TypeProto *type = declared->type;
    int64_t elements = 1;
    if (type->value_case != CNN_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || tensor->type != CNN_TYPE_UINT16 ||
        type->tensor_type->elem_type != CNN_ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16)
        return;
    for (int i = 0; i < tensor->rank; i++)
        elements *= tensor->shape[i];
    uint32_t *wide = malloc((size_t)elements * sizeof *wide);
    assert_non_null(wide);
    for (int64_t i = 0; i < elements; i++)
        wide[i] = (uint32_t)((const uint16_t *)tensor->data)[i] << 16;
    free((void *)tensor->data);
    tensor->data = wide;
    tensor->type = CNN_TYPE_FLOAT32;
}

/* The inputs of a data set, in the order of the graph's inputs; -1 if one does not read. */
static int read_inputs(test_case *t, int set, cnn_tensor *inputs) {
    int count = 0;
    cnn_error error;
    for (size_t i = 0; i < t->graph->n_input; i++) {
        char path[LONGEST];
        snprintf(path, sizeof path, "%s/test_data_set_%d/input_%d.pb", t->folder, set, count);
        if (is_initialiser(t->graph, t->graph->input[i]->name))
            continue;
        assert_true(count < MAX_INPUTS);
        if (cnn_tensor_read(&inputs[count], path, &error) != CNN_OK) {
            snprintf(t->wrong, sizeof t->wrong, "%s", error.message);
            return -1 - count;
        }
        widen(t->graph->input[i], &inputs[count]);
        inputs[count++].name = t->graph->input[i]->name;
    }
    return count;
}

static bool compare_outputs(test_case *t, int set, const cnn_model *model) {
    bool equal = true;
    for (int k = 0; equal && k < cnn_model_outputs(model); k++) {
        char path[LONGEST];
        cnn_error error;
        cnn_tensor expected;
        snprintf(path, sizeof path, "%s/test_data_set_%d/output_%d.pb", t->folder, set, k);
        equal = cnn_tensor_read(&expected, path, &error) == CNN_OK;
        if (!equal) {
            snprintf(t->wrong, sizeof t->wrong, "%s", error.message);
            break;
        }
        widen(t->graph->output[k], &expected);
        equal = same(cnn_model_result(model, k), &expected);
        if (!equal)
            snprintf(t->wrong, sizeof t->wrong, "output %d differs", k);
        cnn_tensor_free(&expected);
    }
    return equal;
}

static bool run_set(test_case *t, int set, cnn_model *model) {
    cnn_tensor inputs[MAX_INPUTS];
    cnn_error error;
    const int found = read_inputs(t, set, inputs), count = found < 0 ? -1 - found : found;
    bool passed = found >= 0;
    if (passed && cnn_model_run(model, inputs, count, &error) != CNN_OK) {
        snprintf(t->wrong, sizeof t->wrong, "%s", error.message);
        passed = false;
    }
    passed = passed && compare_outputs(t, set, model);
    for (int i = 0; i < count; i++)
        cnn_tensor_free(&inputs[i]);
    return passed;
}

static bool has_set(const test_case *t, int set) {
    char path[LONGEST];
    snprintf(path, sizeof path, "%s/test_data_set_%d", t->folder, set);
    DIR *folder = opendir(path);
    if (folder)
        closedir(folder);
    return folder != NULL;
}

/* Whether every data set gives what it should. *opened says whether the engine took the model. */
static bool run_case(test_case *t, cnn_engine engine, bool *opened) {
    char path[LONGEST];
    cnn_error error;
    cnn_model *model;
    const cnn_model_options options = {.engine = engine, .threads = 1};
    snprintf(path, sizeof path, "%s/model.onnx", t->folder);
    *opened = cnn_model_open(&model, path, &options, &error) == CNN_OK;
    if (!*opened) {
        snprintf(t->wrong, sizeof t->wrong, "%s", error.message);
        return false;
    }
    assert_int_equal(cnn_model_engine(model), engine);
    bool passed = has_set(t, 0);
    for (int set = 0; passed && has_set(t, set); set++)
        passed = run_set(t, set, model);
    cnn_model_free(model);
    return passed;
}

static void judge(test_case *t, tally *total) {
    bool opened;
    const bool passed = run_case(t, CNN_ENGINE_INTERPRETER, &opened);
    total->cases++;
    if (is_omitted(t->name) || lacks_operator(t->graph)) {
        assert_false(passed); /* an omission that is none any more has to go */
        *(is_omitted(t->name) ? &total->left_out : &total->without_operator) += 1;
        return;
    }
    const bool by_network = passed && run_case(t, CNN_ENGINE_NETWORK, &opened);
    const bool failed = !passed || (opened && !by_network);
    if (failed)
        print_message("FAILED%s %s: %s\n", passed ? " in the network:" : "", t->name, t->wrong);
    total->passed += !failed;
    total->failed += failed;
    total->by_network += by_network;
}

static void try_case(const char *folder, const char *name, tally *total) {
    char path[LONGEST];
    size_t size;
    snprintf(path, sizeof path, "%.380s/model.onnx", folder);
    unsigned char *bytes = read_file(path, &size);
    if (!bytes)
        return;
    CnnOnnx__ModelProto *model = cnn_onnx__model_proto__unpack(NULL, size, bytes);
    assert_non_null(model);
    test_case t = {.folder = folder, .name = name, .graph = model->graph};
    judge(&t, total);
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    free(bytes);
}

/* ---- All of them ----------------------------------------------------------------------------------- */

static void try_group(const char *group, tally *total) {
    char folder[LONGEST / 2], path[LONGEST];
    struct dirent **cases;
    snprintf(folder, sizeof folder, "%s/%s", DATA_FOLDER, group);
    const int count = scandir(folder, &cases, NULL, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%.199s/%.190s", folder, cases[i]->d_name);
        if (cases[i]->d_name[0] != '.')
            try_case(path, cases[i]->d_name, total);
        free(cases[i]);
    }
    free(cases);
}

static void all_cases_of_supported_operators_pass(void **state) {
    (void)state;
    tally total = {0};
    DIR *data = opendir(DATA_FOLDER);
    if (!data) {
        print_message("%s is missing: tools/setup.sh test installs it\n", DATA_FOLDER);
        skip();
    }
    closedir(data);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        try_group(groups[i], &total);
    print_message("NOTE: ONNX's test data: %d of %d cases pass, %d of them as a network, too; %d have "
                  "operators that are not "
                  "supported, %d are left out\n",
                  total.passed, total.cases, total.by_network, total.without_operator, total.left_out);
    assert_int_equal(total.failed, 0);
    assert_true(total.passed >= 900 && total.by_network > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_cases_of_supported_operators_pass)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A model on raw tensors: run as a planned network if possible, otherwise as islands. */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/threads.h"
#include "cnn_model.h"
#include "formats/tensor_file.h"
#include "onnx/onnx.h"
#include "onnx/program.h"
#include "predict/axes.h"
#include "predict/islands.h"
#include "predict/predictor.h"

#include <string.h>

enum { MAX_BATCH = 32 }; /* images that the network takes at once */

struct cnn_model {
    char *path;
    cnn_program *program; /* always present: it knows the inputs and outputs */
    cnn_net *net;         /* NULL: the program runs */
    cnn_islands *islands; /* of the program; NULL: none are wanted */
    cnn_onnx_views views; /* of `net` */
    int threads;
    cnn_precision precision;
    cnn_predictor *predictor; /* of `net`, made for `batch` images */
    int64_t batch;
    cnn_tensor *inputs, *outputs; /* as declared */
    cnn_array *results;           /* of each output */
    cnn_tensor *result_tensors;   /* the same, as cnn.h shows them */
    bool has_run;
};

/* ---- Opening --------------------------------------------------------------------------------------- */

/* An input or output as cnn.h shows it. */
static cnn_tensor describe(const cnn_declared *declared) {
    cnn_tensor tensor = {.name = declared->name, .type = (cnn_type)declared->type, .rank = declared->rank};
    for (int i = 0; i < declared->rank; i++)
        tensor.shape[i] = declared->dim[i];
    return tensor;
}

static cnn_status describe_all(cnn_model *model, cnn_error *error) {
    const int inputs = cnn_program_needed_inputs(model->program);
    const int outputs = cnn_program_outputs(model->program);
    model->inputs = cnn_allocate((size_t)inputs, sizeof *model->inputs, "a model's inputs", error);
    model->outputs = cnn_allocate((size_t)outputs, sizeof *model->outputs, "a model's outputs", error);
    model->results = cnn_allocate((size_t)outputs, sizeof *model->results, "a model's results", error);
    model->result_tensors =
        cnn_allocate((size_t)outputs, sizeof *model->result_tensors, "a model's results", error);
    if (!model->inputs || !model->outputs || !model->results || !model->result_tensors)
        return CNN_ERROR_MEMORY;
    for (int k = 0; k < inputs; k++)
        model->inputs[k] = describe(cnn_program_input(model->program, k));
    for (int k = 0; k < outputs; k++)
        model->outputs[k] = describe(cnn_program_output(model->program, k));
    return CNN_OK;
}

/* A network gives N and its last layer's values: whether the file declares as many axes and sizes as it sees there. What
 * it does not declare may be anything; an empty shape is how exporters write one that they do not know. */
static bool gives_what_is_declared(const cnn_tensor *declared, const cnn_onnx_view *given) {
    bool fits = declared->type == 0 || declared->type == CNN_TYPE_FLOAT32;
    if (declared->rank > 0)
        fits = fits && declared->rank == given->rank;
    for (int i = 1; fits && i < declared->rank; i++)
        fits = declared->shape[i] < 0 || declared->shape[i] == cnn_onnx_view_size(given, i);
    return fits;
}

/* Why the model does not run as a network, if that engine was requested. */
static cnn_status refuse_network(const cnn_model *model, cnn_error *error) {
    if (model->views.trains)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "%s: the file is in training mode: it uses the statistics of the current batch, or "
                        "drops values, which the network does only in training",
                        model->path);
    const cnn_tensor *declared = &model->outputs[0];
    const cnn_shape found = cnn_axes_shape(&model->views.output, -1),
                    expected = cnn_shape_of(declared->rank > 0 ? declared->rank : 0, declared->shape);
    char found_text[CNN_SHAPE_TEXT], expected_text[CNN_SHAPE_TEXT];
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "%s: the network's output does not have the declared shape: it is float32 %s (-1: any "
                    "number), but the file declares %s %s",
                    model->path, cnn_shape_text(&found, found_text),
                    declared->type ? cnn_type_name(declared->type) : "any type",
                    cnn_shape_text(&expected, expected_text));
}

/* Leaves model->net NULL, without an error, where the model does not fit and need not. */
static cnn_status try_network(cnn_model *model, cnn_bytes *spare, bool must, cnn_error *error) {
    cnn_error reason;
    cnn_net *net;
    cnn_status status = cnn_onnx_read_views(&net, &model->views, model->program, spare, &reason);
    if (status == CNN_ERROR_MEMORY || (status != CNN_OK && must))
        return cnn_fail(error, status, "%s", reason.message);
    if (status != CNN_OK)
        return CNN_OK;
    if (!model->views.trains && gives_what_is_declared(&model->outputs[0], &model->views.output)) {
        model->net = net;
        /* With a single input no caller can replace an initialiser: the network runs always. */
        if (cnn_program_inputs(model->program) == 1)
            cnn_program_release_constants(model->program);
        return CNN_OK;
    }
    cnn_net_free(net);
    return must ? refuse_network(model, error) : CNN_OK;
}

static cnn_status open_program(cnn_model *model, const cnn_bytes *bytes, cnn_error *error) {
    char *folder = cnn_path_folder(model->path, error);
    if (!folder)
        return CNN_ERROR_MEMORY;
    cnn_status status =
        cnn_program_open(&model->program, bytes->data, bytes->size, model->path, folder, NULL, error);
    cnn_free(folder);
    return status == CNN_OK ? describe_all(model, error) : status;
}

/* Once the program is there, only the memory of the file's bytes is of use. */
static cnn_status open_bytes(cnn_model *model, cnn_bytes *bytes, const cnn_model_options *options,
                             cnn_error *error) {
    cnn_status status = open_program(model, bytes, error);
    if (status == CNN_OK && (options->engine == CNN_ENGINE_DEFAULT || options->engine == CNN_ENGINE_NETWORK))
        status = try_network(model, bytes, options->engine == CNN_ENGINE_NETWORK, error);
    if (status == CNN_OK && !model->net && options->engine != CNN_ENGINE_INTERPRETER)
        status = cnn_islands_new(&model->islands, model->program, model->threads, model->precision, error);
    return status;
}

static cnn_status open_file(cnn_model *model, const char *path, const cnn_model_options *options,
                            cnn_error *error) {
    cnn_bytes bytes;
    model->path =
        cnn_is_folder(path) ? cnn_path_join(path, "model.onnx", error) : cnn_copy_string(path, error);
    if (!model->path)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_file_read(model->path, &bytes, error);
    if (status == CNN_OK)
        status = open_bytes(model, &bytes, options, error);
    cnn_free(bytes.data);
    return status;
}

cnn_status cnn_model_open(cnn_model **model, const char *path, const cnn_model_options *options,
                          cnn_error *error) {
    static const cnn_model_options defaults = {0};
    if (model)
        *model = NULL;
    cnn_status status = cnn_required(error, model, path);
    if (status != CNN_OK)
        return status;
    cnn_model *made = *model = cnn_allocate(1, sizeof *made, "a model", error);
    if (!made)
        return CNN_ERROR_MEMORY;
    made->threads = options ? options->threads : 0;
    made->precision = options ? options->precision : CNN_PRECISION_FLOAT32;
    status = cnn_threads_check(made->threads, error);
    if (status == CNN_OK)
        status = cnn_precision_check(made->precision, error);
    if (status == CNN_OK)
        status = open_file(made, path, options ? options : &defaults, error);
    if (status == CNN_OK)
        return CNN_OK;
    cnn_model_free(made);
    *model = NULL;
    return status;
}

/* Release the outputs of the last run. */
static void free_results(cnn_model *model) {
    for (int k = 0; model->results && k < cnn_program_outputs(model->program); k++)
        cnn_array_free(&model->results[k], NULL);
    model->has_run = false;
}

void cnn_model_free(cnn_model *model) {
    if (!model)
        return;
    free_results(model);
    cnn_predictor_free(model->predictor);
    cnn_net_free(model->net);
    cnn_islands_free(model->islands);
    cnn_program_free(model->program);
    cnn_free(model->inputs);
    cnn_free(model->outputs);
    cnn_free(model->results);
    cnn_free(model->result_tensors);
    cnn_free(model->path);
    cnn_free(model);
}

/* ---- What it is ------------------------------------------------------------------------------------ */

cnn_engine cnn_model_engine(const cnn_model *model) {
    if (!model)
        return CNN_ENGINE_DEFAULT;
    if (model->net)
        return CNN_ENGINE_NETWORK;
    return cnn_model_islands(model) > 0 ? CNN_ENGINE_ISLANDS : CNN_ENGINE_INTERPRETER;
}

int cnn_model_islands(const cnn_model *model) {
    return model && model->has_run ? cnn_islands_count(model->islands) : 0;
}

cnn_status cnn_model_island(const cnn_model *model, int island, cnn_island_info *info, cnn_error *error) {
    cnn_status status = cnn_required(error, model, info);
    if (status != CNN_OK)
        return status;
    if (island < 0 || island >= cnn_model_islands(model))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there is no island %d; the last run had %d", island,
                        cnn_model_islands(model));
    cnn_islands_describe(model->islands, island, info);
    return CNN_OK;
}

int cnn_model_operators(const cnn_model *model) {
    return model ? cnn_program_operators(model->program) : 0;
}

cnn_status cnn_model_operator(const cnn_model *model, int number, cnn_operator_info *info, cnn_error *error) {
    cnn_status status = cnn_required(error, model, info);
    if (status != CNN_OK)
        return status;
    if (number < 0 || number >= cnn_model_operators(model))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there is no operator %d; the model has %d", number,
                        cnn_model_operators(model));
    *info = cnn_program_operator(model->program, number);
    return CNN_OK;
}

int64_t cnn_model_nodes(const cnn_model *model) {
    return model ? cnn_program_nodes(model->program) : 0;
}

int cnn_model_inputs(const cnn_model *model) {
    return model ? cnn_program_needed_inputs(model->program) : 0;
}

int cnn_model_outputs(const cnn_model *model) {
    return model ? cnn_program_outputs(model->program) : 0;
}

const cnn_tensor *cnn_model_input(const cnn_model *model, int input) {
    return input >= 0 && input < cnn_model_inputs(model) ? &model->inputs[input] : NULL;
}

const cnn_tensor *cnn_model_output(const cnn_model *model, int output) {
    return output >= 0 && output < cnn_model_outputs(model) ? &model->outputs[output] : NULL;
}

const cnn_tensor *cnn_model_result(const cnn_model *model, int output) {
    return model && model->has_run && cnn_model_output(model, output) ? &model->result_tensors[output] : NULL;
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* The input of that name; -1: none. */
static int find_input(const cnn_model *model, const char *name) {
    for (int k = 0; name && k < cnn_program_inputs(model->program); k++)
        if (strcmp(cnn_program_input(model->program, k)->name, name) == 0)
            return k;
    return -1;
}

static cnn_status no_such_input(const cnn_model *model, const char *name, cnn_error *error) {
    cnn_text names = {0};
    for (int k = 0; k < cnn_model_inputs(model); k++)
        cnn_text_append(&names, k ? ", \"%s\"" : "\"%s\"", model->inputs[k].name);
    cnn_status status = cnn_fail(error, CNN_ERROR_ARGUMENT, "%s has no input \"%s\"; its inputs are %s",
                                 model->path, name ? name : "", names.data ? names.data : "none");
    cnn_free(names.data);
    return status;
}

/* Tensors by the number of their input: places[k] is &given[k], or stays NULL. */
static cnn_status place_inputs(const cnn_model *model, const cnn_tensor *inputs, int count, cnn_array *given,
                               const cnn_array **places, cnn_error *error) {
    for (int i = 0; i < count; i++) {
        const int k = find_input(model, inputs[i].name);
        if (k < 0)
            return no_such_input(model, inputs[i].name, error);
        if (places[k])
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: the input \"%s\" is given twice", model->path,
                            inputs[i].name);
        cnn_status status = cnn_tensor_array(&inputs[i], &given[k], error);
        if (status != CNN_OK)
            return status;
        places[k] = &given[k];
    }
    return CNN_OK;
}

static cnn_status make_predictor(cnn_model *model, int64_t images, cnn_error *error) {
    const int64_t batch = images < 1 ? 1 : images < MAX_BATCH ? images : MAX_BATCH;
    if (model->predictor && batch <= model->batch)
        return CNN_OK;
    cnn_predictor_free(model->predictor);
    model->predictor = NULL;
    model->batch = batch;
    const cnn_predictor_options options = {
        .batch = batch, .threads = model->threads, .precision = model->precision};
    return cnn_predictor_new(&model->predictor, model->net, &options, error);
}

/* The values as the network takes them: themselves, or a copy in *copied, which the caller frees. */
static const float *in_order(const cnn_onnx_view *view, const float *values, int64_t images, float **copied,
                             cnn_error *error) {
    if (cnn_onnx_view_is_in_order(view))
        return values;
    *copied = cnn_allocate((size_t)(images * cnn_onnx_view_elements(view)), sizeof **copied,
                           "a model's images", error);
    if (*copied)
        cnn_axes_to_network(view, values, images, *copied);
    return *copied;
}

/* Results as the file has them. */
static cnn_status turn_back(const cnn_onnx_view *view, cnn_array *result, cnn_error *error) {
    if (cnn_onnx_view_is_in_order(view) || result->elements == 0)
        return CNN_OK;
    float *given = cnn_allocate((size_t)result->elements, sizeof *given, "a model's results", error);
    if (!given)
        return CNN_ERROR_MEMORY;
    memcpy(given, result->data, (size_t)result->elements * sizeof *given);
    cnn_axes_from_network(view, given, result->shape.dim[0], result->data);
    cnn_free(given);
    return CNN_OK;
}

/* As many images as the input has, through the predictor; the results in the file's order of axes. */
static cnn_status run_network(cnn_model *model, const cnn_array *input, cnn_error *error) {
    cnn_status status = cnn_declared_check(cnn_program_input(model->program, 0), input, model->path, error);
    if (status != CNN_OK)
        return status;
    const int64_t images = input->shape.dim[0]; /* only the batch is not fixed in the declared shape */
    const cnn_shape shape = cnn_axes_shape(&model->views.output, images);
    const bool last = cnn_onnx_view_is_channels_last(&model->views.input);
    float *copied = NULL;
    const float *values =
        last ? input->data : in_order(&model->views.input, input->data, images, &copied, error);
    status = values ? make_predictor(model, images, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = cnn_array_new(&model->results[0], CNN_TYPE_FLOAT32, &shape, NULL, error);
    if (status == CNN_OK)
        status = (last ? cnn_predictor_run_last : cnn_predictor_run_any)(model->predictor, values, images,
                                                                         model->results[0].data, error);
    cnn_free(copied);
    return status == CNN_OK ? turn_back(&model->views.output, &model->results[0], error) : status;
}

/* By whichever engine the model has. */
static cnn_status run_placed(cnn_model *model, const cnn_array *const *places, cnn_error *error) {
    /* the network has taken in the initialisers already */
    if (model->net && places[0] && !cnn_program_replaces_constants(model->program, places))
        return run_network(model, places[0], error);
    if (model->islands)
        return cnn_islands_run(model->islands, places, model->results, error);
    return cnn_program_run(model->program, places, model->results, NULL, NULL, error);
}

cnn_status cnn_model_run(cnn_model *model, const cnn_tensor *inputs, int count, cnn_error *error) {
    cnn_status status = cnn_required(error, model);
    if (status == CNN_OK && count > 0)
        status = cnn_required(error, inputs);
    if (status != CNN_OK)
        return status;
    const size_t all = (size_t)cnn_program_inputs(model->program);
    cnn_array *given = cnn_allocate(all, sizeof *given, "a model's inputs", error);
    const cnn_array **places = cnn_allocate(all, sizeof *places, "a model's inputs", error);
    status = given && places ? CNN_OK : CNN_ERROR_MEMORY;
    free_results(model);
    if (status == CNN_OK)
        status = place_inputs(model, inputs, count, given, places, error);
    if (status == CNN_OK)
        status = run_placed(model, places, error);
    for (int k = 0; status == CNN_OK && k < cnn_model_outputs(model); k++)
        model->result_tensors[k] = cnn_array_tensor(&model->results[k], model->outputs[k].name);
    model->has_run = status == CNN_OK;
    cnn_free(given);
    cnn_free(places);
    return status;
}

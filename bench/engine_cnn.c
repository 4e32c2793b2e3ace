/* The benchmark's engine for cnn itself, through <cnn.h>: bench_engine_cnn FOLDER THREADS [bf16], where bf16 is half
 * precision in inference. FOLDER/NET has model.txt, weights.f32 (all parameter tensors in order), images.f32 and labels.i32; or model.onnx, images.f32 and, for
 * training, labels.i32. */
#include "engine.h"

#include <cnn.h>

typedef struct state {
    const char *folder;
    int threads;
    cnn_precision precision;
    cnn_net *net;
    float *weights, *images;
    int32_t *labels;
    float *results;               /* room for the outputs of a batch and for all parameters */
    int64_t pixels, count, batch; /* of an image; images there are; at once */
    bool training;
    double rate;
    cnn_trainer *trainer; /* one of the two, as `training` says */
    cnn_predictor *predictor;
} state;

static void about(void *context, char *reply) {
    (void)context;
    cnn_error error;
    const char *cpu = cnn_cpu(&error);
    if (cpu)
        snprintf(reply, ENGINE_LINE, "{\"version\": \"%s (%s)\"}", cnn_version(), cpu);
    else
        engine_fail(reply, error.message);
}

static void forget(state *s) {
    cnn_trainer_free(s->trainer);
    cnn_predictor_free(s->predictor);
    cnn_net_free(s->net);
    free(s->weights);
    free(s->images);
    free(s->results);
    free(s->labels);
    *s = (state){.folder = s->folder, .threads = s->threads, .precision = s->precision};
}

/* ---- The network and its data ----------------------------------------------------------------------------
 */

/* weights.f32 into the network; its length is checked by the sum of all tensors. */
static cnn_status set_weights(state *s, size_t bytes, cnn_error *error) {
    const float *next = s->weights;
    cnn_status status = CNN_OK;
    if (!next || bytes != (size_t)cnn_net_parameters(s->net) * sizeof *next) {
        snprintf(error->message, sizeof error->message, "weights.f32 does not fit the network");
        return CNN_ERROR_FORMAT;
    }
    for (int i = 0; i < cnn_net_tensors(s->net) && status == CNN_OK; i++) {
        cnn_tensor_info tensor;
        status = cnn_net_tensor(s->net, i, &tensor, error);
        if (status == CNN_OK)
            status = cnn_net_set_parameter(s->net, tensor.name, next, tensor.elements, error);
        next += tensor.elements;
    }
    return status;
}

/* model.txt and weights.f32; where they are not, model.onnx, which has its own parameters. */
static cnn_status load_net(state *s, const char *name, cnn_error *error) {
    size_t bytes = 0;
    char path[ENGINE_LINE], *text = engine_read(s->folder, name, "model.txt", &bytes);
    if (!text) {
        snprintf(path, sizeof path, "%s/%s/model.onnx", s->folder, name);
        return cnn_net_open(&s->net, path, NULL, error);
    }
    cnn_status status = cnn_net_parse(&s->net, text, name, error);
    free(text);
    if (status != CNN_OK)
        return status;
    s->weights = engine_read(s->folder, name, "weights.f32", &bytes);
    return set_weights(s, bytes, error);
}

static cnn_status load_images(state *s, const char *name, cnn_error *error) {
    size_t image_bytes = 0, label_bytes = 0;
    int64_t shape[3];
    cnn_net_input(s->net, shape);
    s->pixels = shape[0] * shape[1] * shape[2];
    s->images = engine_read(s->folder, name, "images.f32", &image_bytes);
    s->labels = engine_read(s->folder, name, "labels.i32", &label_bytes);
    s->count = (int64_t)(image_bytes / sizeof *s->images) / s->pixels;
    if (s->count < s->batch || (s->training && (int64_t)(label_bytes / sizeof *s->labels) != s->count)) {
        snprintf(error->message, sizeof error->message, "%s has no images and labels that fit", name);
        return CNN_ERROR_FORMAT;
    }
    return CNN_OK;
}

static cnn_status load(state *s, const char *name, cnn_error *error) {
    cnn_status status = load_net(s, name, error);
    if (status == CNN_OK)
        status = load_images(s, name, error);
    if (status != CNN_OK)
        return status;
    const int64_t outputs = s->batch * cnn_net_outputs(s->net);
    s->results = malloc((size_t)(outputs + cnn_net_parameters(s->net)) * sizeof *s->results);
    return s->results ? CNN_OK : CNN_ERROR_MEMORY;
}

static cnn_status make_runner(state *s, cnn_error *error) {
    cnn_trainer_options train = {
        .update = {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = s->rate, .momentum = ENGINE_MOMENTUM},
        .batch = s->batch,
        .threads = s->threads};
    cnn_predictor_options predict = {.batch = s->batch, .threads = s->threads, .precision = s->precision};
    cnn_trainer_free(s->trainer);
    cnn_predictor_free(s->predictor);
    s->trainer = NULL;
    s->predictor = NULL;
    return s->training ? cnn_trainer_new(&s->trainer, s->net, &train, error)
                       : cnn_predictor_new(&s->predictor, s->net, &predict, error);
}

/* prepare NET train|infer BATCH */
static void prepare(void *context, int count, char **words, char *reply) {
    state *s = context;
    cnn_error error = {0};
    if (count != 3) {
        engine_fail(reply, "prepare NET train|infer BATCH");
        return;
    }
    forget(s);
    s->training = !strcmp(words[1], "train");
    s->batch = atoll(words[2]);
    s->rate = ENGINE_RATE;
    cnn_status status = load(s, words[0], &error);
    if (status == CNN_OK)
        status = make_runner(s, &error);
    if (status == CNN_OK)
        strcpy(reply, ENGINE_DONE);
    else
        engine_fail(reply, error.message);
}

/* ---- Work ------------------------------------------------------------------------------------------------
 */

static cnn_status work_once(state *s, int64_t number, double *loss) {
    const int64_t first = number % (s->count / s->batch) * s->batch;
    const float *images = s->images + first * s->pixels;
    if (!s->training)
        return cnn_predictor_run(s->predictor, images, s->batch, s->results, NULL);
    cnn_status status =
        cnn_trainer_gradients(s->trainer, images, s->labels + first, s->batch, loss, NULL, NULL);
    return status == CNN_OK ? cnn_trainer_update(s->trainer, 1, NULL) : status;
}

static int64_t work(void *context, int64_t number) {
    state *s = context;
    return work_once(s, number, NULL) == CNN_OK ? s->batch : 0;
}

/* Only training changes weights; a trainer that could not be made fails at its first step. */
static void restart(void *context) {
    state *s = context;
    if (s->training)
        make_runner(s, NULL);
}

static cnn_status get_weights(state *s, float *next) {
    cnn_status status = CNN_OK;
    for (int i = 0; i < cnn_net_tensors(s->net) && status == CNN_OK; i++) {
        cnn_tensor_info tensor;
        status = cnn_net_tensor(s->net, i, &tensor, NULL);
        if (status == CNN_OK)
            status = cnn_net_get_parameter(s->net, tensor.name, next, tensor.elements, NULL);
        next += tensor.elements;
    }
    return status;
}

/* The outputs of the last batch, or the parameters that the steps led to; then the network has its initial
 * ones again. Nothing of an imported network, whose losses alone are compared. */
static bool write_result(state *s, const char *path) {
    if (!s->training)
        return engine_write(path, s->results, (size_t)(s->batch * cnn_net_outputs(s->net)));
    if (!s->weights)
        return engine_write(path, s->results, 0);
    const size_t parameters = (size_t)cnn_net_parameters(s->net);
    cnn_error error;
    return cnn_trainer_store(s->trainer, s->net, NULL) == CNN_OK && get_weights(s, s->results) == CNN_OK &&
           engine_write(path, s->results, parameters) &&
           set_weights(s, parameters * sizeof *s->weights, &error) == CNN_OK;
}

static void check(void *context, int64_t steps, double rate, const char *path, char *reply) {
    state *s = context;
    s->rate = rate;
    double losses[64] = {0};
    restart(s);
    for (int64_t i = 0; i < steps && i < 64; i++)
        if (work_once(s, i, &losses[i]) != CNN_OK) {
            engine_fail(reply, "a step failed");
            return;
        }
    if (write_result(s, path))
        engine_losses(reply, losses, s->training ? steps : 0);
    else
        engine_fail(reply, "the result could not be written");
}

int main(int argc, char **argv) {
    const bool half = argc == 4 && !strcmp(argv[3], "bf16");
    if (argc != 3 && !half) {
        fprintf(stderr, "Usage: %s FOLDER THREADS [bf16]\n", argv[0]);
        return 2;
    }
    state s = {.folder = argv[1],
               .threads = atoi(argv[2]),
               .precision = half ? CNN_PRECISION_BF16 : CNN_PRECISION_FLOAT32};
    engine e = {
        .state = &s, .about = about, .prepare = prepare, .work = work, .restart = restart, .check = check};
    int code = engine_serve(&e);
    forget(&s);
    return code;
}

#include "facts.h"

#include "model.h"
#include "options.h"
#include "output.h"
#include "run_command.h"
#include "split_images.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Model and data -------------------------------------------------------------------------------- */

static int open_model(cli_facts *f) {
    cnn_error error;
    const int code = cli_open_trained(&f->net, f->request->model, f->request->input_shape);
    if (code != CLI_GO_ON)
        return code;
    f->run = cli_run_directory(f->request->model);
    if (cnn_training_record_read(&f->record, f->run, &error))
        return cli_fail("%s", error.message);
    f->command = cli_run_command_read(f->run);
    f->lab = cli_run_json(f->run, "lab.json");
    return CLI_GO_ON;
}

/* Test images; of data without any, those that validated or trained. */
static int open_images(cli_facts *f) {
    static const cnn_split order[] = {CNN_SPLIT_TEST, CNN_SPLIT_VALIDATION, CNN_SPLIT_TRAIN};
    const int code =
        cli_data_parts_open(&f->data, f->net, f->request->data, f->record.there ? f->run : NULL, 0);
    for (int i = 0; code == CLI_GO_ON && !f->images && i < 3; i++) {
        f->part = order[i];
        f->images = f->data.part[f->part];
    }
    cnn_preprocessing preprocessing;
    int64_t shape[3];
    cnn_net_input(f->net, shape);
    cnn_net_preprocessing(f->net, &preprocessing);
    f->view = (cli_image_view){shape[0], shape[1], shape[2], preprocessing.bgr};
    return code;
}

static void name_classes(cli_facts *f) {
    f->class_count = cnn_net_classes(f->net);
    f->classes = cli_allocate((size_t)f->class_count, sizeof *f->classes);
    for (int64_t i = 0; i < f->class_count; i++)
        f->classes[i] = cli_class_name(f->net, f->images, i);
}

/* ---- Answers --------------------------------------------------------------------------------------- */

/* An image and what it is sorted by. */
typedef struct ranked {
    double key;
    int64_t image;
} ranked;

/* By ascending key, then by the order of the data. */
static int by_key(const void *a, const void *b) {
    const ranked *left = a, *right = b;
    if (left->key != right->key)
        return (left->key > right->key) - (left->key < right->key);
    return (left->image > right->image) - (left->image < right->image);
}

/* The images of `list`, which is sorted and freed; for free(). */
static int64_t *images_in_order(ranked *list, int64_t count) {
    int64_t *images = cli_allocate((size_t)count, sizeof *images);
    qsort(list, (size_t)count, sizeof *list, by_key);
    for (int64_t i = 0; i < count; i++)
        images[i] = list[i].image;
    free(list);
    return images;
}

static void sort_answers(cli_facts *f, int64_t count) {
    ranked *mistakes = cli_allocate((size_t)count, sizeof *mistakes);
    ranked *all = cli_allocate((size_t)count, sizeof *all);
    for (int64_t i = 0; i < count; i++) {
        const cnn_answer *answer = &f->answers[i];
        all[i] = (ranked){(double)answer->probability - (double)answer->second_probability, i};
        if (answer->predicted != answer->label)
            mistakes[f->mistake_count++] = (ranked){-(double)answer->probability, i};
    }
    f->mistakes = images_in_order(mistakes, f->mistake_count);
    f->uncertain = images_in_order(all, count);
}

/* Everything that follows from the network's answers. */
static int measure(cli_facts *f) {
    cnn_error error;
    const cnn_net *const nets[] = {f->net};
    const cnn_ensemble_options options = {.threads = (int)f->request->threads};
    cnn_ensemble *ensemble = NULL;
    cnn_ensemble_answers a = {0};
    int code = CLI_GO_ON;
    if (cnn_ensemble_new(&ensemble, nets, 1, &options, &error) ||
        cnn_ensemble_answer(ensemble, f->images, &a, &error) ||
        cnn_ensemble_evaluate(&a, &f->evaluation, &error) || cnn_ensemble_list(&a, f->answers, &error) ||
        cnn_metrics_of(a.probabilities, a.labels, a.images, a.classes, NULL, &f->metrics, &error))
        code = cli_fail("%s", error.message);
    cnn_ensemble_free(ensemble);
    cnn_ensemble_answers_free(&a);
    return code;
}

static int ask(cli_facts *f) {
    cnn_error error;
    const int64_t count = cnn_data_count(f->images);
    const cnn_output_kind kind = cnn_net_output_kind(f->net);
    f->scored = kind != CNN_OUTPUT_VALUES;
    if (!f->scored)
        return CLI_GO_ON;
    f->answers = cli_allocate((size_t)count, sizeof *f->answers);
    const int code = measure(f);
    if (code != CLI_GO_ON)
        return code;
    f->calibrated = kind != CNN_OUTPUT_SIGMOIDS && !cnn_calibrate(f->answers, count, &f->calibration, &error);
    sort_answers(f, count);
    return CLI_GO_ON;
}

/* ---- Inside the network, and what is wrong --------------------------------------------------------- */

static int look_inside(cli_facts *f) {
    cnn_error error;
    const cnn_inspector_options inspecting = {.batch = 1, .threads = (int)f->request->threads};
    const cnn_doctor_options doctor = {.training = f->data.part[CNN_SPLIT_TRAIN],
                                       .validation = f->data.part[CNN_SPLIT_VALIDATION],
                                       .test = f->data.part[CNN_SPLIT_TEST],
                                       .net = f->net,
                                       .trained = true,
                                       .run_directory = f->record.there ? f->run : NULL,
                                       .quick = f->request->quick,
                                       .seed = 1,
                                       .threads = (int)f->request->threads};
    if (cnn_inspector_new(&f->inspector, f->net, &inspecting, &error) ||
        cnn_doctor(&f->diagnosis, &doctor, &error))
        return cli_fail("%s", error.message);
    return CLI_GO_ON;
}

/* ---- Hashes ---------------------------------------------------------------------------------------- */

/* SHA-256 over the number of images, channels, rows and columns, then each image's label and pixels as the network gets
 * them before its normalisation: 64-bit and 32-bit integers, 32-bit floats, all little-endian. */
static int hash_part(const cli_facts *f, const cnn_data *data, char text[CLI_SHA256_TEXT]) {
    cnn_error error;
    cli_sha256 sha;
    const int64_t head[4] = {cnn_data_count(data), f->view.channels, f->view.height, f->view.width};
    const size_t pixels = (size_t)(head[1] * head[2] * head[3]);
    float *image = cli_allocate(pixels, sizeof *image);
    int code = CLI_GO_ON;
    cli_sha256_start(&sha);
    cli_sha256_add(&sha, head, sizeof head);
    for (int64_t i = 0; code == CLI_GO_ON && i < head[0]; i++) {
        const int32_t label = cnn_data_label(data, i);
        if (cnn_data_images(data, i, 1, image, &error))
            code = cli_fail("%s", error.message);
        cli_sha256_add(&sha, &label, sizeof label);
        cli_sha256_add(&sha, image, pixels * sizeof *image);
    }
    cli_sha256_end(&sha, text);
    free(image);
    return code;
}

static int hash(cli_facts *f) {
    char *path = f->record.there ? cli_format("%s/model.onnx", f->run) : cli_format("%s", f->request->model);
    const char *why;
    struct stat about;
    int code = CLI_GO_ON;
    if (!cli_sha256_file(path, f->model_hash, &why)) {
        f->model_hash[0] = '\0'; /* a built-in model, or a pipe */
        if (stat(path, &about) == 0 && S_ISREG(about.st_mode))
            code = cli_fail("cannot read %s: %s", path, why);
    }
    free(path);
    for (int part = 0; code == CLI_GO_ON && part < CLI_DATA_PARTS; part++)
        if (f->data.part[part])
            code = hash_part(f, f->data.part[part], f->data_hash[part]);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------------- */

int cli_facts_collect(cli_facts *f, const cli_report_request *request) {
    f->request = request;
    int code = open_model(f);
    if (code == CLI_GO_ON)
        code = open_images(f);
    if (code == CLI_GO_ON)
        name_classes(f);
    if (code == CLI_GO_ON)
        code = ask(f);
    if (code == CLI_GO_ON)
        code = look_inside(f);
    return code == CLI_GO_ON ? hash(f) : code;
}

void cli_facts_free(cli_facts *f) {
    cnn_net_free(f->net);
    cnn_training_record_free(&f->record);
    json_decref(f->command);
    json_decref(f->lab);
    cli_data_parts_free(&f->data);
    for (int64_t i = 0; f->classes && i < f->class_count; i++)
        free(f->classes[i]);
    free(f->classes);
    cnn_evaluation_free(&f->evaluation);
    cnn_metrics_free(&f->metrics);
    free(f->answers);
    free(f->mistakes);
    free(f->uncertain);
    cnn_inspector_free(f->inspector);
    cnn_diagnosis_free(&f->diagnosis);
    free(f->run);
    *f = (cli_facts){0};
}

float *cli_facts_image(const cli_facts *f, int64_t image) {
    float *pixels = cli_allocate((size_t)(f->view.channels * f->view.height * f->view.width), sizeof *pixels);
    cnn_data_images(f->images, image, 1, pixels, NULL);
    return pixels;
}

char *cli_facts_image_name(const cli_facts *f, int64_t image) {
    const char *file = cnn_data_name(f->images, image);
    return file ? cli_format("%s", file) : cli_format("%s %" PRId64, cli_split_word(f->part), image);
}

int cli_facts_layers(const cli_facts *f) {
    return cnn_net_layers(f->net);
}

cnn_layer_info cli_facts_layer(const cli_facts *f, int layer) {
    cnn_layer_info info = {0};
    cnn_net_layer(f->net, layer + 1, &info, NULL);
    return info;
}

bool cli_facts_is_convolution(const cnn_layer_info *layer) {
    return strncmp(layer->kind, "conv", 4) == 0 && layer->rank == 3;
}

bool cli_facts_is_pooling(const cnn_layer_info *layer) {
    return strstr(layer->kind, "pool");
}

bool cli_facts_gives_maps(const cli_facts *f, int layer) {
    const cnn_layer_info info = cli_facts_layer(f, layer);
    return info.rank == 3 && info.output[1] * info.output[2] > 1 && strcmp(info.kind, "dropout") != 0 &&
           strcmp(info.kind, "droppath") != 0;
}

const char *cli_facts_part_words(cnn_split part) {
    static const char *const words[] = {"training images", "test images", "validation images"};
    return words[part];
}

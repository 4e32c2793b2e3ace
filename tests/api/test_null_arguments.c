#define _GNU_SOURCE
/* NULL for every pointer of every public call in turn: nothing crashes, and what is not allowed is said by name. */
#include "api/public_calls.h"
#include "data/image_files.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include "base/file.h"
#include "cnn_augment.h"
#include "cnn_doctor.h"
#include "cnn_ensemble.h"
#include "cnn_lab.h"
#include "cnn_inspect.h"
#include "cnn_metrics.h"
#include "cnn_model.h"
#include "cnn_report.h"

#include <glob.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONV_FILTERS = 6, CLASSES = 4, PIXELS = 64, PATH = 300, MAX_POINTERS = 8, ANSWERS = 20, NOBODY = -1 };

/* What the calls take. */
static struct {
    cnn_net *net, *spare;
    cnn_data *data;
    cnn_predictor *predictor;
    cnn_trainer *trainer, *squared;
    cnn_watch *watch;
    cnn_model *model;
    cnn_inspector *inspector, *judged; /* both have gradients, the second a loss */
    cnn_input_options input;
    cnn_input_size size;
    cnn_tensor tensor;
    cnn_image_options image;
    cnn_data_arrays arrays;
    cnn_bytes file; /* a picture's */
    char pictures[PATH];
    char npy[PATH], onnx[PATH], weights[PATH], png[PATH];
    uint8_t pixels[PIXELS];
    float images[PIXELS], ones[1];
    int32_t labels[1];
    int64_t place[3];
    const char *names[CLASSES];
    cnn_answer answers[1];
    const cnn_net *nets[1];
    cnn_ensemble *ensemble;
    cnn_ensemble_answers ensemble_answers;
    cnn_augmentation augmentation;
} given;

/* What they make. */
static struct {
    cnn_net *net;
    cnn_data *data;
    cnn_predictor *predictor;
    cnn_trainer *trainer;
    cnn_model *model;
    cnn_inspector *inspector;
    cnn_value_summary summary;
    cnn_account account;
    cnn_gradient_account gradient;
    cnn_receptive_field field;
    cnn_patch patches[CONV_FILTERS];
    uint8_t mask[PIXELS];
    cnn_layer number;
    cnn_tensor tensor;
    cnn_evaluation evaluation;
    cnn_view views[CNN_MAX_VIEWS];
    cnn_ensemble *ensemble;
    cnn_ensemble_answers ensemble_answers;
    cnn_metrics metrics;
    cnn_multi_label_metrics several;
    cnn_number_metrics numbers[3];
    cnn_diagnosis diagnosis;
    cnn_lab lab;
    cnn_watch *watch;
    cnn_layer_times times;
    cnn_memory memory;
    cnn_preprocessing preprocessing;
    cnn_layer_info layer;
    cnn_tensor_info tensor_info;
    char *text;
    int64_t shape[3], correct;
    double loss;
    bool trained, has, by_name;
    cnn_train_images counts;
    cnn_train_length length;
    cnn_rate_curve rates;
    cnn_run_part part;
    int32_t outputs[CLASSES];
    float floats[PIXELS];
    cnn_training_record record;
    cnn_answer answers[ANSWERS];
    cnn_calibration calibration;
    cnn_augmentation augmentations[CNN_AUGMENT_KINDS];
    int count;
} made;

static void forget_made(void) {
    cnn_net_free(made.net);
    cnn_data_free(made.data);
    cnn_predictor_free(made.predictor);
    cnn_trainer_free(made.trainer);
    cnn_model_free(made.model);
    cnn_inspector_free(made.inspector);
    cnn_account_free(&made.account);
    cnn_gradient_account_free(&made.gradient);
    cnn_tensor_free(&made.tensor);
    cnn_evaluation_free(&made.evaluation);
    cnn_ensemble_free(made.ensemble);
    cnn_ensemble_answers_free(&made.ensemble_answers);
    cnn_metrics_free(&made.metrics);
    cnn_rate_curve_free(&made.rates);
    cnn_multi_label_metrics_free(&made.several);
    cnn_diagnosis_free(&made.diagnosis);
    cnn_lab_free(&made.lab);
    cnn_watch_free(made.watch);
    cnn_training_record_free(&made.record);
    cnn_layer_times_free(&made.times);
    cnn_free(made.text);
    memset(&made, 0, sizeof made);
}

static int left_out = NOBODY; /* the pointer that is NULL */
static bool silent;           /* the call has no way to give a message */
static cnn_error message, *e = &message;

#define A(k, pointer)                  ((k) == left_out ? NULL : (pointer))
#define VALUE(call)                    status_of((call) != 0)
#define DONE(call)                     ((void)(call), CNN_OK)
#define MADE(call)                     status_of_net(made.net = (call))
#define LAYER(kind, ...)               LAYER_ON(target(), kind, cnn_##kind##_options, __VA_ARGS__)
#define LAYER_ON(net, kind, type, ...) status_of_layer(cnn_add_##kind(net, A(1, (&(type){__VA_ARGS__}))))

static cnn_status status_of(bool given_something) {
    silent = true;
    return given_something ? CNN_OK : CNN_ERROR_ARGUMENT;
}

static cnn_status status_of_net(const cnn_net *net) {
    snprintf(message.message, sizeof message.message, "%s", cnn_net_error(net));
    return cnn_net_status(net);
}

/* A network to add a layer to; NULL when that is left out. */
static cnn_net *target(void) {
    cnn_net_free(made.net);
    made.net = cnn_net_new(&given.input);
    return left_out == 0 ? NULL : made.net;
}

static cnn_net *flat_target(void) {
    cnn_net *net = target();
    cnn_add_flatten(net, NULL);
    return net;
}

static cnn_status status_of_layer(cnn_layer layer) {
    return left_out == 0 ? status_of(layer != 0) : status_of_net(made.net);
}

#define CALL_FUNCTION(name, allowed, call)                                                                   \
    static cnn_status call_##name(void) {                                                                    \
        return call;                                                                                         \
    }
PUBLIC_CALLS(CALL_FUNCTION)

/* A layer that takes no feature maps takes a vector. */
#define LAYER_FUNCTION(how, layer, type, ...)                                                                \
    static cnn_status call_cnn_add_##layer(void) {                                                           \
        cnn_status status = LAYER_ON(target(), layer, cnn_##type##_options, __VA_ARGS__);                    \
        return status == CNN_ERROR_SHAPE ? LAYER_ON(flat_target(), layer, cnn_##type##_options, __VA_ARGS__) \
                                         : status;                                                           \
    }
CNN_LAYER_LIST(LAYER_FUNCTION)

typedef struct call {
    const char *name, *allowed;
    cnn_status (*make)(void);
} call;

static const call calls[] = {
#define CALL_ROW(name, allowed, call) {#name, " " allowed " ", call_##name},
    PUBLIC_CALLS(CALL_ROW)
#define MAY_BE_NULL_GIVEN          ""
#define MAY_BE_NULL_DEFAULT        "options"
#define MAY_BE_NULL_PLAIN          "options"
#define MAY_BE_NULL_JOIN           ""
#define LAYER_ROW(how, layer, ...) CALL_ROW(cnn_add_##layer, MAY_BE_NULL_##how, )
        CNN_LAYER_LIST(LAYER_ROW)};
enum { CALLS = sizeof calls / sizeof calls[0] };

/* ---- What the headers declare ------------------------------------------------------------------------ */

typedef struct declaration {
    char name[64];
    int pointers;
    char pointer[MAX_POINTERS][32]; /* their names, without that of the cnn_error */
} declaration;

/* The last identifier of a parameter: "const int64_t shape[3]" gives shape. */
static void take_parameter(const char *text, size_t length, declaration *to) {
    const bool is_pointer = memchr(text, '*', length) || memchr(text, '[', length);
    while (length > 0 && !(isalnum((unsigned char)text[length - 1]) || text[length - 1] == '_'))
        length--;
    const char *bracket = memchr(text, '[', length);
    length = bracket ? (size_t)(bracket - text) : length;
    size_t start = length;
    while (start > 0 && (isalnum((unsigned char)text[start - 1]) || text[start - 1] == '_'))
        start--;
    if (!is_pointer || (length - start == 5 && strncmp(text + start, "error", 5) == 0))
        return;
    assert_true(to->pointers < MAX_POINTERS);
    snprintf(to->pointer[to->pointers++], sizeof to->pointer[0], "%.*s", (int)(length - start), text + start);
}

/* What stands between "CNN_API" and the semicolon. */
static declaration read_declaration(const char *text) {
    declaration found = {0};
    const char *open = strchr(text, '('), *name = open;
    while (isalnum((unsigned char)name[-1]) || name[-1] == '_')
        name--;
    snprintf(found.name, sizeof found.name, "%.*s", (int)(open - name), name);
    for (const char *at = open + 1; at[-1] != ')'; at++) {
        const size_t length = strcspn(at, ",)");
        take_parameter(at, length, &found);
        at += length;
    }
    return found;
}

static char *read_header(const char *path) {
    cnn_bytes header;
    assert_int_equal(cnn_file_read(path, &header, NULL), CNN_OK);
    header.data[header.size - 1] = '\0';
    return (char *)header.data;
}

/* ---- Calling --------------------------------------------------------------------------------------- */

static const call *find_call(const char *name) {
    for (int i = 0; i < CALLS; i++)
        if (strcmp(calls[i].name, name) == 0)
            return &calls[i];
    fail_msg("%s has no row in tests/api/public_calls.h: add it there", name);
    return NULL;
}

static cnn_status make(const call *call, int without, bool with_error) {
    left_out = without;
    silent = false;
    e = with_error ? &message : NULL;
    message = (cnn_error){0};
    cnn_status status = call->make();
    forget_made();
    return status;
}

static bool may_be_null(const call *call, const char *pointer) {
    char word[40];
    snprintf(word, sizeof word, " %s ", pointer);
    return strstr(call->allowed, word);
}

static void leave_out_one(const call *call, const declaration *declared, int k) {
    const bool allowed = may_be_null(call, declared->pointer[k]);
    make(call, k, false);
    cnn_status status = make(call, k, true);
    if (allowed && status != CNN_OK)
        fail_msg("%s refuses NULL as %s: %s", call->name, declared->pointer[k], message.message);
    if (!allowed && status != CNN_ERROR_ARGUMENT)
        fail_msg("%s gives %s for NULL as %s", call->name, cnn_status_name(status), declared->pointer[k]);
    if (!allowed && !silent && !strstr(message.message, declared->pointer[k]))
        fail_msg("%s says \"%s\" of NULL as %s", call->name, message.message, declared->pointer[k]);
}

static void leave_out_each(const declaration *declared) {
    const call *call = find_call(declared->name);
    if (make(call, NOBODY, true) != CNN_OK)
        fail_msg("%s does not take what its row gives: %s", call->name, message.message);
    for (int k = 0; k < declared->pointers; k++)
        leave_out_one(call, declared, k);
}

static void null_is_allowed_or_named_in_every_public_call(void **state) {
    (void)state;
    char pattern[PATH];
    glob_t headers;
    int declared = 0;
    snprintf(pattern, sizeof pattern, "%s/include/*.h", getenv("CNN_SOURCE_DIR"));
    assert_int_equal(glob(pattern, 0, NULL, &headers), 0);
    for (size_t i = 0; i < headers.gl_pathc; i++) {
        char *header = read_header(headers.gl_pathv[i]);
        for (char *at = header; (at = strstr(at, "\nCNN_API ")); at++, declared++) {
            const declaration declaration = read_declaration(at);
            leave_out_each(&declaration);
        }
        cnn_free(header);
    }
    globfree(&headers);
    assert_int_equal(declared, CALLS);
}

/* ---- NULL within what a pointer points to ---------------------------------------------------------- */

static void a_class_without_a_name_is_said_by_number(void **state) {
    (void)state;
    const char *names[CLASSES] = {"a", "b", NULL, "d"};
    assert_int_equal(cnn_net_set_classes(given.net, names, CLASSES, &message), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(message.message, "class 2"));
}

static void inputs_that_are_counted_must_be_there(void **state) {
    (void)state;
    cnn_net *net = cnn_net_new(&given.input);
    assert_int_equal(cnn_add_concat(net, &(cnn_join_options){.count = 2}), 0);
    assert_int_equal(cnn_net_status(net), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(cnn_net_error(net), "others"));
    cnn_net_free(net);
}

static void arrays_of_no_elements_may_be_null(void **state) {
    (void)state;
    assert_int_equal(cnn_predictor_run(given.predictor, NULL, 0, NULL, &message), CNN_OK);
    assert_int_equal(cnn_data_images(given.data, 0, 0, NULL, &message), CNN_OK);
}

static void a_network_that_is_null_says_so(void **state) {
    (void)state;
    assert_non_null(strstr(cnn_net_error(NULL), "NULL"));
    assert_int_equal(cnn_data_label(NULL, 0), -1);
}

/* ---- What the calls take --------------------------------------------------------------------------- */

static void fill_arrays(void) {
    given.input = (cnn_input_options){1, 8, 8};
    given.size = (cnn_input_size){.shape = {1, 1, 28, 28}};
    given.arrays = (cnn_data_arrays){.count = 1,
                                     .channels = 1,
                                     .height = 8,
                                     .width = 8,
                                     .bytes = given.pixels,
                                     .labels = given.labels,
                                     .classes = CLASSES};
    given.image = (cnn_image_options){.channels = 1, .height = 1, .width = 1};
    given.ones[0] = 1;
    for (int i = 0; i < CLASSES; i++)
        given.names[i] = "a class";
    given.tensor = (cnn_tensor){
        .name = "input", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 1, 8, 8}, .data = given.images};
}

static void write_files(const char *folder) {
    snprintf(given.npy, PATH, "%s/a.npy", folder);
    snprintf(given.onnx, PATH, "%s/a.onnx", folder);
    snprintf(given.weights, PATH, "%s/a.safetensors", folder);
    snprintf(given.pictures, PATH, "%s/pictures", folder);
    for (int label = 0; label < 2; label++) {
        char path[PATH];
        snprintf(path, PATH, "%s/pictures/%d", folder, label);
        assert_int_equal(cnn_make_folders(path, NULL), CNN_OK);
        snprintf(given.png, PATH, "%s/pictures/%d/a.png", folder, label);
        write_png(given.png, 1, 1, &(png_kind){.depth = 8, .colour = PNG_COLOR_TYPE_GRAY}, given.pixels, 1);
    }
    assert_int_equal(cnn_file_read(given.png, &given.file, NULL), CNN_OK);
    assert_int_equal(cnn_tensor_write(&given.tensor, given.npy, NULL), CNN_OK);
    assert_int_equal(cnn_net_save(given.net, given.onnx, NULL), CNN_OK);
    assert_int_equal(cnn_net_save(given.net, given.weights, NULL), CNN_OK);
}

static cnn_inspector *judged_inspector(const cnn_net *net) {
    cnn_inspector *inspector;
    cnn_inspector_new(&inspector, net, NULL, NULL);
    cnn_inspector_run(inspector, given.images, 1, NULL);
    cnn_inspector_loss(inspector, NULL, NULL, NULL);
    return inspector;
}

static int set_up(void **state) {
    if (folder_new(state) != 0)
        return -1;
    fill_arrays();
    given.data = small_data(ANSWERS);
    given.net = small_net();
    given.spare = small_net();
    write_files(*state);
    cnn_predictor_new(&given.predictor, given.net, NULL, NULL);
    given.nets[0] = given.net;
    cnn_ensemble_new(&given.ensemble, given.nets, 1, NULL, NULL);
    cnn_ensemble_answer(given.ensemble, given.data, &given.ensemble_answers, NULL);
    cnn_trainer_new(&given.trainer, given.net, NULL, NULL);
    cnn_trainer_new(&given.squared, given.net, &(cnn_trainer_options){.update.loss = CNN_LOSS_MEAN_SQUARED},
                    NULL);
    cnn_model_open(&given.model, given.onnx, &(cnn_model_options){.engine = CNN_ENGINE_ISLANDS}, NULL);
    cnn_model_run(given.model, &given.tensor, 1, NULL);
    cnn_watch_new(&given.watch, given.net, given.data, 1, NULL);
    given.inspector = judged_inspector(given.net);
    given.judged = judged_inspector(given.net);
    return given.ensemble && given.inspector && given.judged && given.predictor && given.trainer &&
                   given.squared && given.model
               ? 0
               : -1;
}

static int tear_down(void **state) {
    cnn_data_free(given.data);
    cnn_net_free(given.net);
    cnn_net_free(given.spare);
    cnn_predictor_free(given.predictor);
    cnn_ensemble_free(given.ensemble);
    cnn_ensemble_answers_free(&given.ensemble_answers);
    cnn_inspector_free(given.inspector);
    cnn_watch_free(given.watch);
    cnn_inspector_free(given.judged);
    cnn_trainer_free(given.trainer);
    cnn_trainer_free(given.squared);
    cnn_model_free(given.model);
    cnn_free(given.file.data);
    return folder_remove(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_allowed_or_named_in_every_public_call),
        cmocka_unit_test(a_class_without_a_name_is_said_by_number),
        cmocka_unit_test(inputs_that_are_counted_must_be_there),
        cmocka_unit_test(arrays_of_no_elements_may_be_null),
        cmocka_unit_test(a_network_that_is_null_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

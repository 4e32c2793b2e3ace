#include "train_data.h"

#include "class_weights.h"
#include "command.h"
#include "model.h"
#include "options.h"
#include "output.h"

#include <stdlib.h>

/* Held out for testing where the data have no test images of their own. */
static const double TEST_FRACTION = 0.2;

/* Whether the source has such a split; CLI_GO_ON, or CLI_FAILED after a message. */
static int look_for(const char *source, cnn_split split, bool *has) {
    cnn_error error;
    return cnn_data_has(source, split, has, &error) ? cli_fail("%s", error.message) : CLI_GO_ON;
}

/* What is divided already is not divided again unasked. */
static int settle_test(cli_train_data *data, const cli_train_arguments *a) {
    bool test = false, train = false;
    int code = look_for(a->data, CNN_SPLIT_TEST, &test);
    if (code == CLI_GO_ON)
        code = look_for(a->data, CNN_SPLIT_TRAIN, &train);
    if (code != CLI_GO_ON)
        return code;
    if (test && a->test_fraction > 0)
        return cli_fail_usage(
            "train: %s has its own test images; --test-fraction only applies to data without any", a->data);
    data->test_fraction = a->test_fraction >= 0 ? a->test_fraction : test || train ? 0 : TEST_FRACTION;
    data->tested = test || data->test_fraction > 0;
    return CLI_GO_ON;
}

/* Open the images to validate on: the validation split of `source`, or all images if it is not divided into splits. */
static int open_validation(cli_train_data *data, const cli_train_arguments *a, const cnn_net *net,
                           const char *source) {
    bool own = false, train = false, test = false;
    int code = look_for(source, CNN_SPLIT_VALIDATION, &own);
    if (code == CLI_GO_ON)
        code = look_for(source, CNN_SPLIT_TRAIN, &train);
    if (code == CLI_GO_ON)
        code = look_for(source, CNN_SPLIT_TEST, &test);
    if (code != CLI_GO_ON)
        return code;
    if (!own && (train || test))
        return cli_fail("--validation %s: it has %s images, but none for validation; give the folder that "
                        "holds the validation images",
                        source, train ? "training" : "test");
    data->validation = cli_open_data(net, source, own ? CNN_SPLIT_VALIDATION : CNN_SPLIT_ALL, 0, a->skip_bad);
    data->validated_by = source;
    return data->validation ? CLI_GO_ON : CLI_FAILED;
}

/* As --validation says, otherwise with the validation split of DATA, if it has one. */
static int settle_validation(cli_train_data *data, const cli_train_arguments *a, const cnn_net *net) {
    bool own = false;
    data->validation_fraction = a->validation_fraction > 0 ? a->validation_fraction : 0;
    if (a->validation_source)
        return open_validation(data, a, net, a->validation_source);
    int code = a->validation ? CLI_GO_ON : look_for(a->data, CNN_SPLIT_VALIDATION, &own);
    return code == CLI_GO_ON && own ? open_validation(data, a, net, a->data) : code;
}

/* How many images train, validate and test; needs everything else to be settled. */
static int count(cli_train_data *data, const cli_train_arguments *a) {
    cnn_error error;
    cnn_train_options options = cli_train_library_options(a, true); /* the count does not depend on that */
    cli_train_data_apply(data, &options);
    return cnn_train_count(data->images, &options, &data->counts, &error) ? cli_fail("%s", error.message)
                                                                          : CLI_GO_ON;
}

int cli_train_data_open(cli_train_data *data, const cli_train_arguments *a, const cnn_net *net) {
    *data = (cli_train_data){0};
    int code = settle_test(data, a);
    if (code == CLI_GO_ON)
        code = settle_validation(data, a, net);
    if (code != CLI_GO_ON)
        return code;
    data->images = cli_open_data(net, a->data, CNN_SPLIT_TRAIN, a->limit, a->skip_bad);
    if (!data->images)
        return CLI_FAILED;
    if (a->class_weights && !cli_is_balanced(a->class_weights))
        code = cli_class_weights_read(a->class_weights, data->images, &data->class_weights);
    return code == CLI_GO_ON ? count(data, a) : code;
}

void cli_train_data_free(cli_train_data *data) {
    cnn_data_free(data->images);
    cnn_data_free(data->validation);
    free(data->class_weights);
    *data = (cli_train_data){0};
}

void cli_train_data_apply(const cli_train_data *data, cnn_train_options *options) {
    options->test = data->test_fraction;
    options->validation = data->validation_fraction;
    options->validation_data = data->validation;
    options->class_weights = data->class_weights;
    options->class_weight_count = data->class_weights ? cnn_data_classes(data->images) : 0;
}

/* All checks, one after the other. */
#include "doctor/check.h"

#include "data/dataset.h"
#include "train/options.h"

typedef struct check {
    cnn_check_cost cost;
    cnn_check_function *run;
} check;

static const check checks[] = {
#define CHECK_ROW(name, cost) {cost, cnn_check_##name},
    CNN_CHECK_LIST(CHECK_ROW)
#undef CHECK_ROW
};
enum { CHECKS = sizeof checks / sizeof checks[0] };

/* The three parts of a data set must be images of one kind. */
static cnn_status check_parts(const cnn_patient *patient, cnn_error *error) {
    const cnn_data *first = NULL;
    for (int i = 0; i < CNN_PARTS; i++) {
        const cnn_data *data = patient->part[i];
        if (data && first && cnn_data_image_bytes(data) != cnn_data_image_bytes(first))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "the %s images have another shape than the others: open all parts with the same "
                            "cnn_image_options",
                            cnn_part_word((cnn_split)i));
        first = first ? first : data;
    }
    return CNN_OK;
}

/* The options of training: those that the caller asks for, else those of the run, else the defaults. */
static cnn_status settle_training(cnn_patient *patient, cnn_error *error) {
    const cnn_train_options none = {0}, *asked = patient->options->train ? patient->options->train : &none;
    cnn_train_options *train = &patient->train;
    const bool run = patient->record.there;
    *train = run ? patient->record.options : *asked;
    if (run && asked->update.learning_rate > 0)
        train->update.learning_rate = asked->update.learning_rate;
    if (run && asked->batch > 0)
        train->batch = asked->batch;
    patient->will_train = run || !patient->options->trained;
    return cnn_train_options_complete(train, error);
}

static cnn_status check_all(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < CHECKS; i++)
        if (!patient->options->quick || checks[i].cost == CNN_CHECK_FAST)
            status = checks[i].run(patient, diagnosis, error);
    return status;
}

cnn_status cnn_doctor(cnn_diagnosis *diagnosis, const cnn_doctor_options *options, cnn_error *error) {
    cnn_status status = cnn_required(error, diagnosis, options);
    if (status != CNN_OK)
        return status;
    cnn_patient patient = {
        .options = options,
        .part = {[CNN_SPLIT_TRAIN] = options->training,
                 [CNN_SPLIT_TEST] = options->test,
                 [CNN_SPLIT_VALIDATION] = options->validation},
    };
    status = check_parts(&patient, error);
    if (status == CNN_OK)
        status = cnn_run_record_read(&patient.record, options->run_directory, error);
    if (status == CNN_OK)
        status = settle_training(&patient, error);
    if (status == CNN_OK)
        status = check_all(&patient, diagnosis, error);
    cnn_run_record_free(&patient.record);
    return status;
}

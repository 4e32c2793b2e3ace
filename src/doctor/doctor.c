/* All checks, one after the other. */
#include "doctor/check.h"

#include "data/dataset.h"

typedef struct check {
    const char *name;
    cnn_check_cost cost;
    cnn_check_function *run;
} check;

static const check checks[] = {
#define CHECK_ROW(name, cost) {#name, cost, cnn_check_##name},
    CNN_CHECK_LIST(CHECK_ROW)
#undef CHECK_ROW
};
enum { CHECKS = sizeof checks / sizeof checks[0] };

const char *const *cnn_doctor_checks(void) {
    static const char *const names[] = {
#define CHECK_NAME(name, cost) #name,
        CNN_CHECK_LIST(CHECK_NAME)
#undef CHECK_NAME
            NULL};
    return names;
}

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

cnn_status cnn_doctor(cnn_diagnosis *diagnosis, const cnn_doctor_options *options, cnn_error *error) {
    cnn_status status = cnn_required(error, diagnosis, options);
    if (status != CNN_OK)
        return status;
    const cnn_patient patient = {
        .options = options,
        .part = {[CNN_SPLIT_TRAIN] = options->training,
                 [CNN_SPLIT_TEST] = options->test,
                 [CNN_SPLIT_VALIDATION] = options->validation},
    };
    status = check_parts(&patient, error);
    for (int i = 0; status == CNN_OK && i < CHECKS; i++)
        if (!options->quick || checks[i].cost == CNN_CHECK_FAST)
            status = checks[i].run(&patient, diagnosis, error);
    return status;
}

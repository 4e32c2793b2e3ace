#include "doctor/sick.h"

#include "support/cmocka.h"
#include "support/small_training.h"

#include <string.h>

/* Images first .. first + count - 1. */
static cnn_data *part_of_small_data(int64_t first, int64_t count) {
    int64_t indices[TRAINING_IMAGES + TEST_IMAGES];
    cnn_data *data = small_data(TRAINING_IMAGES + TEST_IMAGES);
    for (int64_t i = 0; i < count; i++)
        indices[i] = first + i;
    cnn_data_keep(data, indices, count);
    return data;
}

sick_data sick_data_new(void) {
    return (sick_data){part_of_small_data(0, TRAINING_IMAGES),
                       part_of_small_data(TRAINING_IMAGES, TEST_IMAGES)};
}

void sick_data_free(sick_data *data) {
    cnn_data_free(data->training);
    cnn_data_free(data->test);
}

cnn_diagnosis diagnose(const sick_data *data, bool quick) {
    const cnn_doctor_options options = {
        .training = data->training, .test = data->test, .quick = quick, .seed = 3, .threads = 1};
    cnn_diagnosis diagnosis = {0};
    cnn_error error;
    if (cnn_doctor(&diagnosis, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return diagnosis;
}

void expect_no_finding(const cnn_diagnosis *diagnosis) {
    if (diagnosis->count > 0)
        fail_msg("found %s: %s (%s)", diagnosis->findings[0].check, diagnosis->findings[0].what,
                 diagnosis->findings[0].evidence);
}

const cnn_finding *finding_of(const cnn_diagnosis *diagnosis, const char *check) {
    for (int64_t i = 0; i < diagnosis->count; i++)
        if (strcmp(diagnosis->findings[i].check, check) == 0)
            return &diagnosis->findings[i];
    fail_msg("no finding of %s among %d", check, (int)diagnosis->count);
    return NULL;
}

const cnn_finding *only_finding(const cnn_diagnosis *diagnosis, const char *check) {
    for (int64_t i = 0; i < diagnosis->count; i++)
        if (strcmp(diagnosis->findings[i].check, check) != 0)
            fail_msg("found %s: %s", diagnosis->findings[i].check, diagnosis->findings[i].evidence);
    assert_int_equal(diagnosis->count, 1);
    return &diagnosis->findings[0];
}

bool lists_image(const cnn_finding *finding, cnn_split part, int64_t index) {
    for (int64_t i = 0; i < finding->image_count; i++)
        if (finding->images[i].part == part && finding->images[i].index == index)
            return true;
    return false;
}

/* Small data sets that are well, to be made sick, and what the doctor finds in them. */
#ifndef TESTS_DOCTOR_SICK_H
#define TESTS_DOCTOR_SICK_H

#include "cnn_doctor.h"

#include "data/dataset.h"

enum { TRAINING_IMAGES = 400, TEST_IMAGES = 80 };

/* Images of 8x8, 4 classes, a bright quarter says which; no image of one part is in the other. */
typedef struct sick_data {
    cnn_data *training, *test;
} sick_data;
sick_data sick_data_new(void);
void sick_data_free(sick_data *data);

/* What the doctor finds, without the checks that train networks where `quick`; fails the running test where it fails.
 */
cnn_diagnosis diagnose(const sick_data *data, bool quick);
/* The only finding; fails the running test if there is another one or none, or if it is of another check. */
const cnn_finding *only_finding(const cnn_diagnosis *diagnosis, const char *check);
/* That of a check, which must be there; others may be, too. */
const cnn_finding *finding_of(const cnn_diagnosis *diagnosis, const char *check);
/* Fails the running test with the first finding if there is one. */
void expect_no_finding(const cnn_diagnosis *diagnosis);
/* Whether an image is among those of a finding. */
bool lists_image(const cnn_finding *finding, cnn_split part, int64_t index);

#endif

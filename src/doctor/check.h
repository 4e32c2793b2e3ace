/* What a check of the doctor is: a file each, a row each in the list below. */
#ifndef CNN_DOCTOR_CHECK_H
#define CNN_DOCTOR_CHECK_H

#include "cnn_doctor.h"
#include "train/run_record.h"

/* All checks in the order of their findings: name, what it takes. Each is the function cnn_check_NAME in check_NAME.c. */
#define CNN_CHECK_LIST(X)                                                                                    \
    X(unreadable, CNN_CHECK_FAST)                                                                            \
    X(range, CNN_CHECK_FAST)                                                                                 \
    X(blank, CNN_CHECK_FAST)                                                                                 \
    X(sizes, CNN_CHECK_FAST)                                                                                 \
    X(classes, CNN_CHECK_FAST)                                                                               \
    X(duplicates, CNN_CHECK_FAST)                                                                            \
    X(settings, CNN_CHECK_FAST)                                                                              \
    X(course, CNN_CHECK_FAST)                                                                                \
    X(activations, CNN_CHECK_FAST)                                                                           \
    X(trial, CNN_CHECK_TRAINS)                                                                               \
    X(labels, CNN_CHECK_TRAINS)

/* CNN_CHECK_TRAINS: it trains networks, which may take a minute. */
typedef enum cnn_check_cost { CNN_CHECK_FAST, CNN_CHECK_TRAINS } cnn_check_cost;

enum { CNN_PARTS = 3 }; /* of a data set: CNN_SPLIT_TRAIN, CNN_SPLIT_TEST, CNN_SPLIT_VALIDATION */

/* What the checks look at. */
typedef struct cnn_patient {
    const cnn_doctor_options *options;
    const cnn_data *part[CNN_PARTS]; /* by cnn_split; NULL: there is none */
    cnn_run_record record;           /* of the run, if there is one */
    bool will_train;                 /* the network is to be trained, or a run trained it, */
    cnn_train_options train;         /* with these, complete as far as updates, batch and seed go */
} cnn_patient;

typedef cnn_status cnn_check_function(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error);

#define CNN_CHECK_DECLARATION(name, cost) cnn_check_function cnn_check_##name;
CNN_CHECK_LIST(CNN_CHECK_DECLARATION)
#undef CNN_CHECK_DECLARATION

/* "training", "test", "validation". */
const char *cnn_part_word(cnn_split part);

/* Make a check of each part that there is. */
typedef cnn_status cnn_part_check(const cnn_patient *patient, cnn_split part, cnn_diagnosis *diagnosis,
                                  cnn_error *error);
cnn_status cnn_check_each_part(const cnn_patient *patient, cnn_part_check *check, cnn_diagnosis *diagnosis,
                               cnn_error *error);

/* Copy a finding into the diagnosis, which takes over its images. `status`: of what filled the finding; where that
 * failed it is returned, and the finding is dropped. */
cnn_status cnn_diagnosis_add(cnn_diagnosis *diagnosis, cnn_finding *finding, cnn_status status,
                             cnn_error *error);
/* Release a finding that says too little; returns `status`. */
cnn_status cnn_finding_drop(cnn_finding *finding, cnn_status status);
/* Add an image to a finding that is still the caller's. */
cnn_status cnn_finding_add_image(cnn_finding *finding, const cnn_found_image *image, cnn_error *error);
/* Put them in descending order of their scores; equal ones by part and index. */
void cnn_finding_sort_images(cnn_finding *finding);

#endif

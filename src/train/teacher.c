#include "train/teacher.h"

#include "base/hash.h"
#include "base/memory.h"
#include "graph/output.h"
#include "predict/predictor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Whether it can teach -------------------------------------------------------------------------- */

static cnn_status check_input(const cnn_net *net, const cnn_net *student, cnn_error *error) {
    char its[CNN_SHAPE_TEXT], wanted[CNN_SHAPE_TEXT];
    if (!cnn_shape_equal(&net->input, &student->input))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "the teacher takes images of %s, but the network that is trained takes %s: both "
                        "must see the same images",
                        cnn_shape_text(&net->input, its), cnn_shape_text(&student->input, wanted));
    if (net->preprocessing.bgr != student->preprocessing.bgr ||
        net->preprocessing.invert != student->preprocessing.invert)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the teacher takes other pixels than the network that is trained: one of them takes "
                        "blue, green and red, or inverted pixels");
    return CNN_OK;
}

static cnn_status check_outputs(const cnn_net *net, const cnn_net *student, cnn_error *error) {
    const cnn_output_kind kind = cnn_net_output_kind(net);
    const bool scores =
        kind == CNN_OUTPUT_LOGITS || kind == CNN_OUTPUT_PROBABILITIES || kind == CNN_OUTPUT_LOG_PROBABILITIES;
    if (!scores)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the teacher must end in scores of classes, of which one is right: a dense layer, "
                        "softmax or logsoftmax");
    if (cnn_net_outputs(net) != cnn_net_outputs(student))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "the teacher has %" PRId64 " outputs, but the network that is trained has %" PRId64
                        ": both must know the same classes",
                        cnn_net_outputs(net), cnn_net_outputs(student));
    return CNN_OK;
}

/* ---- Making it ready ------------------------------------------------------------------------------- */

/* By name, where both have names. */
static cnn_status match_outputs(cnn_teacher *teacher, const cnn_net *net, const cnn_net *student,
                                cnn_error *error) {
    teacher->outputs = cnn_net_outputs(student);
    teacher->output_of =
        cnn_allocate((size_t)teacher->outputs, sizeof *teacher->output_of, "a teacher's classes", error);
    if (!teacher->output_of)
        return CNN_ERROR_MEMORY;
    cnn_match_outputs(net, student, teacher->output_of);
    for (int64_t i = 0; i < teacher->outputs; i++)
        if (teacher->output_of[i] < 0)
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "the teacher does not know the class \"%s\"",
                            cnn_net_class(student, i));
    return CNN_OK;
}

/* The student's x becomes scale x + shift, which is the same pixel as the teacher normalises it. */
static cnn_status match_pixels(cnn_teacher *teacher, const cnn_net *net, const cnn_net *student,
                               int64_t batch, cnn_error *error) {
    const int64_t channels = teacher->channels = net->input.dim[0];
    const size_t bytes = (size_t)channels * sizeof(float);
    teacher->values = cnn_shape_elements(&net->input);
    if (memcmp(net->mean, student->mean, bytes) == 0 &&
        memcmp(net->deviation, student->deviation, bytes) == 0)
        return CNN_OK;
    teacher->scale = cnn_allocate((size_t)channels * 2, sizeof(float), "a teacher's normalisation", error);
    teacher->images =
        cnn_allocate((size_t)batch * (size_t)teacher->values, sizeof(float), "a teacher's images", error);
    if (!teacher->scale || !teacher->images)
        return CNN_ERROR_MEMORY;
    teacher->shift = teacher->scale + channels;
    for (int64_t c = 0; c < channels; c++) {
        teacher->scale[c] = student->deviation[c] / net->deviation[c];
        teacher->shift[c] = (student->mean[c] - net->mean[c]) / net->deviation[c];
    }
    return CNN_OK;
}

cnn_status cnn_teacher_make(cnn_teacher *teacher, const cnn_net *net, const cnn_net *student, int64_t batch,
                            int threads, cnn_error *error) {
    const cnn_predictor_options options = {.batch = batch, .threads = threads};
    cnn_status status = check_input(net, student, error);
    if (status == CNN_OK)
        status = check_outputs(net, student, error);
    if (status == CNN_OK)
        status = match_outputs(teacher, net, student, error);
    if (status == CNN_OK)
        status = match_pixels(teacher, net, student, batch, error);
    if (status != CNN_OK)
        return status;
    teacher->answers = cnn_allocate((size_t)batch * (size_t)teacher->outputs, sizeof *teacher->answers,
                                    "a teacher's answers", error);
    return teacher->answers ? cnn_predictor_new_of_logits(&teacher->predictor, net, &options, error)
                            : CNN_ERROR_MEMORY;
}

void cnn_teacher_free(cnn_teacher *teacher) {
    cnn_predictor_free(teacher->predictor);
    cnn_free(teacher->output_of);
    cnn_free(teacher->scale);
    cnn_free(teacher->images);
    cnn_free(teacher->answers);
}

/* ---- Its answers ----------------------------------------------------------------------------------- */

/* The batch as the teacher normalises it; N,H,W,C. */
static const float *images_of(const cnn_teacher *teacher, const cnn_batch *batch) {
    const int64_t values = batch->count * teacher->values, channels = teacher->channels;
    if (!teacher->scale)
        return batch->images;
    for (int64_t i = 0; i < values; i += channels)
        for (int64_t c = 0; c < channels; c++)
            teacher->images[i + c] = teacher->scale[c] * batch->images[i + c] + teacher->shift[c];
    return teacher->images;
}

cnn_lesson cnn_teacher_answer(const cnn_teacher *teacher, const cnn_batch *batch) {
    const int64_t outputs = teacher->outputs;
    if (!teacher->predictor)
        return (cnn_lesson){0};
    const float *given =
        cnn_predictor_run_prepared(teacher->predictor, images_of(teacher, batch), batch->count);
    for (int64_t n = 0; n < batch->count; n++)
        for (int64_t i = 0; i < outputs; i++)
            teacher->answers[n * outputs + i] = given[n * outputs + teacher->output_of[i]];
    return (cnn_lesson){teacher->answers, teacher->weight, teacher->temperature};
}

/* ---- Telling teachers apart ------------------------------------------------------------------------ */

cnn_status cnn_teacher_fingerprint(const cnn_net *net, char fingerprint[CNN_FINGERPRINT_BYTES],
                                   cnn_error *error) {
    const size_t channels = (size_t)net->input.dim[0];
    uint64_t hash = CNN_HASH_START;
    char *text = cnn_net_text(net);
    if (!text)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a teacher's layers");
    cnn_hash_add(&hash, text, strlen(text));
    cnn_free(text);
    cnn_hash_add(&hash, net->mean, channels * sizeof *net->mean);
    cnn_hash_add(&hash, net->deviation, channels * sizeof *net->deviation);
    if (net->values)
        cnn_hash_add(&hash, net->values, (size_t)net->value_count * sizeof *net->values);
    snprintf(fingerprint, CNN_FINGERPRINT_BYTES, "%016" PRIx64, hash);
    return CNN_OK;
}

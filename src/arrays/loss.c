/* What a model is judged by: NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss. */
#include "arrays/call.h"
#include "arrays/softmax.h"
#include "arrays/walk.h"

#include <inttypes.h>

typedef enum reduction { NONE, SUM, MEAN } reduction;

/* Scores N,C and further axes, labels N and those axes, weights of the classes. */
typedef struct loss {
    cnn_around classes;   /* of the scores */
    const float *weights; /* NULL: all 1 */
    bool ignores;
    int64_t ignored; /* this label counts nothing */
    int reduction;
} loss;

static cnn_status check_shapes(const cnn_call *call, const loss *l) {
    const cnn_array *scores = call->inputs[0], *labels = call->inputs[1], *weights = cnn_call_input(call, 2);
    bool fits = labels->shape.rank == scores->shape.rank - 1 &&
                (labels->type == CNN_TYPE_INT64 || labels->type == CNN_TYPE_INT32);
    for (int i = 0; fits && i < labels->shape.rank; i++)
        fits = labels->shape.dim[i] == scores->shape.dim[i + (i > 0)];
    if (!fits || (weights && weights->elements != l->classes.size))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the labels, %s, and the weights, %s, do not fit %s",
                             cnn_array_describe(labels).text,
                             weights ? cnn_array_describe(weights).text : "none",
                             cnn_array_describe(scores).text);
    for (int64_t i = 0; i < labels->elements; i++) {
        const int64_t label = cnn_array_integer(labels, i);
        if (!(l->ignores && label == l->ignored) && (label < 0 || label >= l->classes.size))
            return cnn_call_fail(call, CNN_ERROR_ARGUMENT, "label %" PRId64 " is none of %" PRId64 " classes",
                                 label, l->classes.size);
    }
    return CNN_OK;
}

static cnn_status read_loss(cnn_call *call, loss *l) {
    static const char *const words[] = {"none", "sum", "mean", NULL};
    const cnn_array *scores, *weights = NULL;
    *l = (loss){.reduction = MEAN};
    cnn_status status = cnn_call_typed(call, 0, "scores", CNN_TYPE_FLOAT32, &scores);
    if (status == CNN_OK && cnn_call_input(call, 2))
        status = cnn_call_typed(call, 2, "weights", CNN_TYPE_FLOAT32, &weights);
    if (status == CNN_OK)
        status = cnn_attribute_choice(&call->attributes, "reduction", words, &l->reduction);
    l->ignores = cnn_attribute_given(&call->attributes, "ignore_index");
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "ignore_index", &l->ignored);
    if (status == CNN_OK && scores->shape.rank < 2)
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "the scores are %s, expected N,C and perhaps more axes",
                               cnn_array_describe(scores).text);
    if (status != CNN_OK)
        return status;
    l->classes = cnn_around_axis(&scores->shape, 1);
    l->weights = weights ? weights->data : NULL;
    return check_shapes(call, l);
}

static double weight_of(const loss *l, int64_t label) {
    if (l->ignores && label == l->ignored)
        return 0;
    return l->weights ? (double)l->weights[label] : 1;
}

/* The loss at one label: its logarithm with the sign turned, weighted. */
static double loss_at(const cnn_call *call, const loss *l, const float *logarithms, int64_t i) {
    const int64_t label = cnn_array_integer(call->inputs[1], i);
    const cnn_around *c = &l->classes;
    const double weight = weight_of(l, label);
    if (l->ignores && label == l->ignored)
        return 0;
    return -weight * (double)logarithms[(i / c->behind * c->size + label) * c->behind + i % c->behind];
}

/* Output 0: of each label, or one number. */
static cnn_status give_loss(cnn_call *call, const loss *l, const float *logarithms) {
    const cnn_array *labels = call->inputs[1];
    const cnn_shape one = {0};
    cnn_array *output;
    double total = 0, weights = 0;
    cnn_status status =
        cnn_call_output(call, 0, CNN_TYPE_FLOAT32, l->reduction == NONE ? &labels->shape : &one, &output);
    for (int64_t i = 0; status == CNN_OK && i < labels->elements; i++) {
        const double loss = loss_at(call, l, logarithms, i);
        if (l->reduction == NONE)
            ((float *)output->data)[i] = (float)loss;
        total += loss;
        weights += weight_of(l, cnn_array_integer(labels, i));
    }
    if (status == CNN_OK && l->reduction != NONE)
        *(float *)output->data = (float)(l->reduction == MEAN ? total / weights : total);
    return status;
}

cnn_status cnn_run_NegativeLogLikelihoodLoss(cnn_call *call) {
    loss l;
    cnn_status status = read_loss(call, &l);
    return status == CNN_OK ? give_loss(call, &l, call->inputs[0]->data) : status;
}

/* Output 1 are the logarithms of the probabilities. */
cnn_status cnn_run_SoftmaxCrossEntropyLoss(cnn_call *call) {
    cnn_array *logarithms, unwanted = {0};
    loss l;
    cnn_status status = read_loss(call, &l);
    if (status != CNN_OK)
        return status;
    const cnn_array *scores = call->inputs[0];
    const cnn_around *c = &l.classes;
    logarithms = call->output_count > 1 ? &call->outputs[1] : &unwanted;
    status = cnn_array_new(logarithms, CNN_TYPE_FLOAT32, &scores->shape, call->budget, call->error);
    for (int64_t i = 0; status == CNN_OK && scores->elements > 0 && i < c->before * c->behind; i++) {
        const int64_t at = i / c->behind * c->size * c->behind + i % c->behind;
        cnn_softmax_along((const float *)scores->data + at, (float *)logarithms->data + at, c->size,
                          c->behind, true);
    }
    if (status == CNN_OK)
        status = give_loss(call, &l, logarithms->data);
    cnn_array_free(&unwanted, call->budget);
    return status;
}

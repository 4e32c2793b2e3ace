/* Networks that answer together: the mean of their probabilities over all views, kept as logarithms in double precision so
 * that the surest answer has a loss, too. */
#include "predict/ensemble.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"
#include "predict/classes.h"
#include "predict/measure.h"
#include "predict/views.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A network of it. */
typedef struct member {
    cnn_predictor *predictor; /* of logits */
    cnn_output_kind kind;
    int64_t outputs;
    int32_t *class_of; /* the class of the first network that each of its classes is */
} member;

struct cnn_ensemble {
    member *members;
    int member_count;
    cnn_view *views;
    int view_count;
    cnn_net *net;         /* the first one's layers and names */
    cnn_output_kind kind; /* of the first one; CNN_OUTPUT_VALUES where outputs themselves are averaged */
    int64_t shape[3], batch, classes;
    float *viewed, *outputs; /* of a batch */
    /* Of a batch: logarithms of mean probabilities, or mean outputs; of several sigmoids those of mean probabilities and of
     * 1 minus them, which become logits */
    double *scores, *against;
};

/* Whether the outputs are the probabilities of classes one of which is right. */
static bool tells_classes_apart(cnn_output_kind kind) {
    return kind != CNN_OUTPUT_VALUES && kind != CNN_OUTPUT_SIGMOIDS;
}

/* ---- Networks that fit each other --------------------------------------------------------------------- */

static bool prepares_alike(const cnn_net *a, const cnn_net *b) {
    const cnn_preprocessing *p = &a->preprocessing, *q = &b->preprocessing;
    return p->bgr == q->bgr && p->resize == q->resize && p->invert == q->invert && p->centre == q->centre &&
           p->background == q->background;
}

static cnn_status check_input(const cnn_net *first, const cnn_net *other, int index, cnn_error *error) {
    char a[CNN_SHAPE_TEXT], b[CNN_SHAPE_TEXT];
    if (!cnn_shape_equal(&first->input, &other->input))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "network %d takes images of %s, but the first one takes %s: networks that answer "
                        "together must take the same images",
                        index + 1, cnn_shape_text(&other->input, b), cnn_shape_text(&first->input, a));
    if (!prepares_alike(first, other))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "network %d prepares pictures in another way than the first one (resize, centre, "
                        "invert, bgr, background): networks that answer together must take the same images",
                        index + 1);
    return CNN_OK;
}

static cnn_status check_kind(const cnn_net *first, const cnn_net *other, int index, cnn_error *error) {
    const cnn_output_kind a = cnn_net_output_kind(first), b = cnn_net_output_kind(other);
    if (a != b && !(tells_classes_apart(a) && tells_classes_apart(b)))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the outputs of network %d do not mean what those of the first one mean: their mean "
                        "would mean nothing",
                        index + 1);
    if (cnn_net_classes(first) != cnn_net_classes(other))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "network %d has %" PRId64 " classes, but the first one has %" PRId64
                        ": networks that answer together must have the same classes",
                        index + 1, cnn_net_classes(other), cnn_net_classes(first));
    return CNN_OK;
}

/* Which class of the first network each class is: each of them once. */
static cnn_status match_members(const cnn_net *first, const cnn_net *other, int index, int32_t *class_of,
                                cnn_error *error) {
    cnn_match_outputs(first, other, class_of);
    for (int64_t i = 0; i < cnn_net_classes(other); i++) {
        bool twice = false;
        for (int64_t j = 0; j < i; j++)
            twice = twice || class_of[j] == class_of[i];
        if (class_of[i] < 0 || twice)
            return cnn_fail(
                error, CNN_ERROR_ARGUMENT,
                "network %d has a class \"%s\" that %s: networks that answer together must have the "
                "same classes, which are matched by name",
                index + 1, cnn_net_class(other, i), twice ? "it names twice" : "the first one lacks");
    }
    return CNN_OK;
}

/* Outputs that are averaged as they are have places alone. */
static cnn_status match_outputs(const cnn_net *net, member *made) {
    for (int64_t i = 0; i < cnn_net_outputs(net); i++)
        made->class_of[i] = (int32_t)i;
    made->kind = CNN_OUTPUT_VALUES;
    return CNN_OK;
}

/* ---- Making ------------------------------------------------------------------------------------------- */

static cnn_status add_member(cnn_ensemble *e, const cnn_net *net, const cnn_ensemble_options *options,
                             cnn_error *error) {
    const int index = e->member_count;
    member *made = &e->members[index];
    *made = (member){.kind = cnn_net_output_kind(net), .outputs = cnn_net_outputs(net)};
    cnn_status status = check_input(e->net, net, index, error);
    if (status == CNN_OK)
        status = check_kind(e->net, net, index, error);
    if (status != CNN_OK)
        return status;
    e->member_count++; /* what follows is to be freed */
    made->class_of = cnn_allocate((size_t)cnn_net_classes(net), sizeof *made->class_of, "the classes", error);
    if (!made->class_of)
        return CNN_ERROR_MEMORY;
    const cnn_predictor_options predictor = {
        .batch = e->batch, .threads = options->threads, .precision = options->precision};
    status = options->outputs ? match_outputs(net, made)
                              : match_members(e->net, net, index, made->class_of, error);
    if (status != CNN_OK)
        return status;
    return options->outputs ? cnn_predictor_new(&made->predictor, net, &predictor, error)
                            : cnn_predictor_new_of_logits(&made->predictor, net, &predictor, error);
}

static cnn_status take_views(cnn_ensemble *e, const cnn_ensemble_options *options, cnn_error *error) {
    static const cnn_view plain = {0};
    const cnn_view *views = options->view_count ? options->views : &plain;
    if (options->view_count < 0 || !views)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the number of views is %d, but %s", options->view_count,
                        options->views ? "it must not be negative" : "there are none");
    e->view_count = options->view_count ? options->view_count : 1;
    e->views = cnn_allocate((size_t)e->view_count, sizeof *e->views, "the views", error);
    if (!e->views)
        return CNN_ERROR_MEMORY;
    memcpy(e->views, views, (size_t)e->view_count * sizeof *views);
    return cnn_views_check(e->views, e->view_count, e->shape, error);
}

static cnn_status make_room(cnn_ensemble *e, cnn_error *error) {
    const size_t batch = (size_t)e->batch;
    int64_t outputs = 1;
    for (int i = 0; i < e->member_count; i++)
        outputs = cnn_max(outputs, e->members[i].outputs);
    e->viewed = cnn_allocate(batch, (size_t)(e->shape[0] * e->shape[1] * e->shape[2]) * sizeof *e->viewed,
                             "a batch of images", error);
    e->outputs = cnn_allocate(batch, (size_t)outputs * sizeof *e->outputs, "a batch of outputs", error);
    e->scores =
        cnn_allocate(batch, (size_t)e->classes * sizeof *e->scores, "a batch of probabilities", error);
    e->against = e->kind == CNN_OUTPUT_SIGMOIDS ? cnn_allocate(batch, (size_t)e->classes * sizeof *e->against,
                                                               "a batch of probabilities", error)
                                                : e->scores;
    return e->viewed && e->outputs && e->scores && e->against ? CNN_OK : CNN_ERROR_MEMORY;
}

static cnn_status fill_ensemble(cnn_ensemble *e, const cnn_net *const *nets, int count,
                                const cnn_ensemble_options *options, cnn_error *error) {
    e->members = cnn_allocate((size_t)count, sizeof *e->members, "an ensemble", error);
    e->net = e->members ? cnn_net_copy_layers(nets[0], error) : NULL;
    if (!e->net)
        return CNN_ERROR_MEMORY;
    e->classes = options->outputs ? cnn_net_outputs(e->net) : cnn_net_classes(e->net);
    e->kind = options->outputs ? CNN_OUTPUT_VALUES : cnn_net_output_kind(e->net);
    cnn_net_input(e->net, e->shape);
    cnn_status status = take_views(e, options, error);
    for (int i = 0; i < count && status == CNN_OK; i++)
        status = add_member(e, nets[i], options, error);
    return status == CNN_OK ? make_room(e, error) : status;
}

static cnn_status check_networks(const cnn_net *const *nets, int count, cnn_error *error) {
    if (count < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "an ensemble needs at least one network, not %d", count);
    for (int i = 0; i < count; i++) {
        if (!nets[i])
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "network %d of the ensemble is NULL", i + 1);
        if (cnn_net_status(nets[i]) != CNN_OK)
            return cnn_fail(error, cnn_net_status(nets[i]), "%s", cnn_net_error(nets[i]));
        if (nets[i]->node_count == 0)
            return cnn_fail(error, CNN_ERROR_SHAPE, "network %d of the ensemble has no layers", i + 1);
    }
    return CNN_OK;
}

cnn_status cnn_ensemble_new(cnn_ensemble **ensemble, const cnn_net *const *nets, int count,
                            const cnn_ensemble_options *options, cnn_error *error) {
    if (ensemble)
        *ensemble = NULL;
    cnn_status status = cnn_required(error, ensemble, nets);
    const cnn_ensemble_options given = options ? *options : (cnn_ensemble_options){0};
    if (status == CNN_OK && given.batch < 0)
        status = cnn_fail(error, CNN_ERROR_ARGUMENT, "the batch must not be negative, but is %" PRId64,
                          given.batch);
    if (status == CNN_OK)
        status = check_networks(nets, count, error);
    if (status != CNN_OK)
        return status;
    cnn_ensemble *made = cnn_allocate(1, sizeof *made, "an ensemble", error);
    if (!made)
        return CNN_ERROR_MEMORY;
    made->batch = given.batch ? given.batch : cnn_measuring_batch(nets[0]);
    status = fill_ensemble(made, nets, count, &given, error);
    if (status == CNN_OK)
        *ensemble = made;
    else
        cnn_ensemble_free(made);
    return status;
}

void cnn_ensemble_free(cnn_ensemble *ensemble) {
    if (!ensemble)
        return;
    for (int i = 0; i < ensemble->member_count; i++) {
        cnn_predictor_free(ensemble->members[i].predictor);
        cnn_free(ensemble->members[i].class_of);
    }
    cnn_free(ensemble->members);
    cnn_free(ensemble->views);
    cnn_net_free(ensemble->net);
    cnn_free(ensemble->viewed);
    cnn_free(ensemble->outputs);
    if (ensemble->against != ensemble->scores)
        cnn_free(ensemble->against);
    cnn_free(ensemble->scores);
    cnn_free(ensemble);
}

const cnn_net *cnn_ensemble_net(const cnn_ensemble *ensemble) {
    return ensemble->net;
}

cnn_output_kind cnn_ensemble_kind(const cnn_ensemble *ensemble) {
    return ensemble->kind;
}

int64_t cnn_ensemble_classes(const cnn_ensemble *ensemble) {
    return ensemble->classes;
}

int64_t cnn_ensemble_batch(const cnn_ensemble *ensemble) {
    return ensemble->batch;
}

/* ---- Running ------------------------------------------------------------------------------------------ */

/* log(exp(a) + exp(b)); a may be the logarithm of 0. */
static double log_add(double a, double b) {
    return isinf(a) ? b : fmax(a, b) + log1p(exp(-fabs(a - b)));
}

/* Rows of outputs, of one network, that are added to the scores of their image; `share` of the mean. */
typedef struct addition {
    const member *m;
    double share;
    const float *row;
    double *scores, *against;
} addition;

static void add_probability(double *score, double share, double log_p) {
    *score = log_add(*score, log(share) + log_p);
}

static void add_values(const addition *a) {
    for (int64_t i = 0; i < a->m->outputs; i++)
        a->scores[a->m->class_of[i]] += a->share * (double)a->row[i];
}

/* Logits of sigmoids. */
static void add_sigmoids(const addition *a) {
    for (int64_t i = 0; i < a->m->outputs; i++) {
        const double z = (double)a->row[i];
        add_probability(&a->scores[a->m->class_of[i]], a->share, -cnn_log_one_plus_exp(-z));
        add_probability(&a->against[a->m->class_of[i]], a->share, -cnn_log_one_plus_exp(z));
    }
}

/* One logit for two classes. */
static void add_binary(const addition *a) {
    const double z = (double)a->row[0];
    add_probability(&a->scores[a->m->class_of[0]], a->share, -cnn_log_one_plus_exp(z));
    add_probability(&a->scores[a->m->class_of[1]], a->share, -cnn_log_one_plus_exp(-z));
}

static void add_logits(const addition *a) {
    const double all = cnn_log_sum_exp(a->row, a->m->outputs, 1);
    for (int64_t i = 0; i < a->m->outputs; i++)
        add_probability(&a->scores[a->m->class_of[i]], a->share, (double)a->row[i] - all);
}

static void add_row(const addition *a) {
    static void (*const kinds[])(const addition *) = {
        [CNN_OUTPUT_VALUES] = add_values,     [CNN_OUTPUT_LOGITS] = add_logits,
        [CNN_OUTPUT_BINARY] = add_binary,     [CNN_OUTPUT_PROBABILITIES] = add_logits,
        [CNN_OUTPUT_SIGMOIDS] = add_sigmoids, [CNN_OUTPUT_LOG_PROBABILITIES] = add_logits,
    };
    kinds[a->m->kind](a);
}

/* Show a member a view of `count` images, of which the first is image `first` for messages. */
static cnn_status run_view(cnn_ensemble *e, const member *m, int view, const float *images, int64_t count,
                           int64_t first, cnn_error *error) {
    const float *shown = images;
    if (!cnn_view_is_plain(&e->views[view])) {
        cnn_view_show(&e->views[view], e->shape, images, count, e->viewed);
        shown = e->viewed;
    }
    cnn_status status = cnn_predictor_run_any(m->predictor, shown, count, e->outputs, error);
    if (status == CNN_OK)
        status = cnn_predictor_check(m->predictor, shown, e->outputs, count, first, error);
    const double share = cnn_view_share(e->views, e->view_count, view) / e->member_count;
    for (int64_t i = 0; i < count && status == CNN_OK; i++)
        add_row(&(addition){m, share, e->outputs + i * m->outputs, e->scores + i * e->classes,
                            e->against + i * e->classes});
    return status;
}

cnn_status cnn_ensemble_run_batch(cnn_ensemble *e, const float *images, int64_t count, int64_t first,
                                  const double **scores, cnn_error *error) {
    const int64_t values = count * e->classes;
    for (int64_t i = 0; i < values; i++)
        e->scores[i] = e->against[i] = e->kind == CNN_OUTPUT_VALUES ? 0 : -INFINITY;
    cnn_status status = CNN_OK;
    for (int i = 0; i < e->member_count; i++)
        for (int view = 0; view < e->view_count && status == CNN_OK; view++)
            status = run_view(e, &e->members[i], view, images, count, first, error);
    for (int64_t i = 0; e->kind == CNN_OUTPUT_SIGMOIDS && i < values; i++)
        e->scores[i] -= e->against[i];
    *scores = e->scores;
    return status;
}

void cnn_ensemble_probabilities(const cnn_ensemble *e, const double *scores, int64_t count, float *values) {
    for (int64_t i = 0; i < count * e->classes; i++)
        values[i] = (float)(e->kind == CNN_OUTPUT_VALUES     ? scores[i]
                            : e->kind == CNN_OUTPUT_SIGMOIDS ? 1 / (1 + exp(-scores[i]))
                                                             : exp(scores[i]));
}

cnn_status cnn_ensemble_run(cnn_ensemble *ensemble, const float *images, int64_t count, float *probabilities,
                            cnn_error *error) {
    cnn_status status = cnn_required(error, ensemble);
    if (status == CNN_OK && count > 0)
        status = cnn_required(error, images, probabilities);
    if (status != CNN_OK)
        return status;
    if (count < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the number of images must not be negative, but is %" PRId64, count);
    const int64_t image = ensemble->shape[0] * ensemble->shape[1] * ensemble->shape[2];
    for (int64_t first = 0; first < count && status == CNN_OK; first += ensemble->batch) {
        const int64_t now = cnn_min(count - first, ensemble->batch);
        const double *scores;
        status = cnn_ensemble_run_batch(ensemble, images + first * image, now, first, &scores, error);
        if (status == CNN_OK)
            cnn_ensemble_probabilities(ensemble, scores, now, probabilities + first * ensemble->classes);
    }
    return status;
}

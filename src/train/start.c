#include "train/training.h"

#include "base/clock.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "predict/loss_choice.h"
#include "train/adopt_classes.h"
#include "train/checks.h"
#include "train/class_weights.h"
#include "train/options.h"
#include "train/phases.h"
#include "train/trainer.h"
#include "train/whiten.h"

#include <inttypes.h>
#include <string.h>

bool cnn_training_wants_best(const cnn_training *training) {
    return training->validation_images > 0 || training->state.options.patience > 0;
}

bool cnn_training_complete(const cnn_training *training) {
    const cnn_position *at = &training->state.position;
    const cnn_train_options *options = &training->state.options;
    return at->epoch >= options->epochs ||
           (options->patience > 0 && at->epoch - at->best_epoch >= options->patience);
}

/* Whether the weights at hand are those of the best epoch. */
static bool is_at_best(const cnn_position *at) {
    return at->best_epoch > 0 && at->best_epoch == at->epoch && at->iteration == 0;
}

/* Where the caller's network has the best weights, the checkpoint takes them from there. */
static void hand_over(cnn_training *training, bool best) {
    cnn_checkpoint *state = &training->state;
    const size_t bytes = (size_t)state->net->value_count * sizeof(float);
    float *given = training->net->values;
    const bool has_best = best || is_at_best(&state->position);
    const float *wanted =
        best && !is_at_best(&state->position) ? state->best : cnn_checkpoint_result(state)->values;
    if (!has_best && state->best == given)
        state->best = memcpy(training->best, given, bytes);
    if (wanted != given)
        memcpy(given, wanted, bytes);
    if (has_best)
        state->best = given;
}

void cnn_training_give_weights(cnn_training *training) {
    const cnn_position *at = &training->state.position;
    const bool best = cnn_training_wants_best(training) && at->best_epoch > 0;
    hand_over(training, best);
    training->net_epoch = best ? at->best_epoch : at->iteration > 0 ? 0 : at->epoch;
}

/* ---- The network ----------------------------------------------------------------------------------- */

/* By the training images alone. */
static cnn_status normalise_by_data(cnn_net *net, const cnn_data *data, const cnn_holdout *holdout,
                                    cnn_error *error) {
    size_t channels = (size_t)net->input.dim[0];
    float *mean = cnn_allocate(channels * 2, sizeof *mean, "the normalisation", error),
          *deviation = mean + channels;
    if (!mean)
        return CNN_ERROR_MEMORY;
    cnn_data_statistics_of(data, holdout->indices + holdout->validation, holdout->training, mean, deviation);
    cnn_status status = cnn_net_set_normalisation(net, mean, deviation, error);
    cnn_free(mean);
    return status;
}

/* Which output each class is, and the outputs' names; on the copy, since much can still fail. */
static cnn_status adopt_classes(cnn_training *training, cnn_error *error) {
    training->output_of = cnn_allocate((size_t)cnn_data_classes(training->data), sizeof *training->output_of,
                                       "the outputs of the classes", error);
    if (!training->output_of)
        return CNN_ERROR_MEMORY;
    return cnn_adopt_classes(training->state.net, training->data, training->state.options.keep_parameters,
                             training->output_of, error);
}

/* The copy of the caller's network that is trained. */
static cnn_status make_net(cnn_training *training, cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    cnn_net *net = training->state.net = cnn_net_copy(training->net, error);
    cnn_status status = net ? adopt_classes(training, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = cnn_net_make_values(training->net, error); /* for the weights that it gets in the end */
    if (status != CNN_OK || options->resume || options->keep_parameters)
        return status;
    if (!options->keep_normalisation)
        status = normalise_by_data(net, training->data, &training->holdout, error);
    if (status == CNN_OK)
        status = cnn_net_initialise(net, options->seed);
    const cnn_holdout *holdout = &training->holdout;
    return status == CNN_OK ? cnn_whiten(net, training->data, holdout->indices + holdout->validation,
                                         holdout->training, error)
                            : status;
}

/* Nothing can fail from here on: update the caller's network. */
static cnn_status give_net(cnn_training *training, cnn_error *error) {
    const cnn_net *net = training->state.net;
    cnn_status status = CNN_OK;
    if (net->classes)
        status =
            cnn_net_set_classes(training->net, (const char *const *)net->classes, net->class_count, error);
    if (status == CNN_OK)
        status = cnn_net_set_normalisation(training->net, net->mean, net->deviation, error);
    if (status == CNN_OK)
        cnn_training_give_weights(training);
    return status;
}

/* ---- What cannot be trained ------------------------------------------------------------------------ */

static bool all_frozen(const cnn_net *net) {
    bool frozen = true;
    for (int64_t i = 0; i < net->parameter_count; i++)
        frozen = frozen && net->nodes[net->parameters[i].node].frozen;
    return frozen;
}

/* Whether the first epochs would train the head alone, and the caller holds that. */
static bool head_frozen(const cnn_training *training) {
    const cnn_node *head = cnn_net_head(training->net);
    return training->state.options.freeze_epochs > 0 && head && head->frozen;
}

static cnn_status check_validation(const cnn_training *training, cnn_error *error) {
    cnn_status status = cnn_check_data(training->net, training->state.options.validation_data, error);
    return status == CNN_OK ? status : cnn_fail_within(error, status, "the images to validate with");
}

/* Whether network and data fit together. */
static cnn_status check_fit(cnn_training *training, cnn_error *error) {
    cnn_status status = cnn_check_data(training->net, training->data, error);
    if (status == CNN_OK && training->state.options.validation_data)
        status = check_validation(training, error);
    if (status == CNN_OK && training->net->value_count == 0)
        status = cnn_fail(error, CNN_ERROR_SHAPE, "the network has no parameters to train");
    if (status == CNN_OK && all_frozen(training->net))
        status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "every layer with parameters is frozen: there is nothing to train");
    if (status == CNN_OK && head_frozen(training))
        status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "freeze_epochs trains the last layer with parameters alone at first, but %s is "
                          "frozen: there would be nothing to train",
                          cnn_net_head(training->net)->name);
    return status;
}

/* The default loss becomes that of the targets or of the network's end. */
static cnn_status choose_loss(cnn_training *training, cnn_error *error) {
    (void)error;
    cnn_loss *loss = &training->state.options.update.loss;
    *loss = cnn_loss_for(training->net, training->data, *loss);
    return CNN_OK;
}

/* Refuse configurations that cannot learn. */
static cnn_status check_prospects(cnn_training *training, cnn_error *error) {
    const cnn_setup setup = {.net = training->net,
                             .data = training->data,
                             .options = &training->state.options,
                             .holdout = &training->holdout};
    return cnn_check_setup(&setup, error);
}

/* ---- Memory ---------------------------------------------------------------------------------------- */

/* Who answers the images, too; by the normalisation, which a checkpoint has. */
static cnn_status make_teacher(cnn_training *training, cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    if (!options->teacher)
        return CNN_OK;
    if (options->update.loss != CNN_LOSS_CROSS_ENTROPY)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "a teacher needs cross-entropy as loss, which compares classes of which one is right");
    training->teacher.weight = options->teacher_weight;
    training->teacher.temperature = options->temperature;
    return cnn_teacher_make(&training->teacher, options->teacher, training->state.net,
                            cnn_training_batch(training), options->threads, error);
}

/* The values of the copy, which the trainer has now, move to where they need no memory of their own. */
static cnn_status move_values(cnn_training *training, cnn_error *error) {
    cnn_net *net = training->state.net;
    float *room = cnn_rooms_take(&training->rooms, net->value_count, "a copy of the weights", error);
    if (!room)
        return CNN_ERROR_MEMORY;
    cnn_net_lend_values(net, memcpy(room, net->values, (size_t)net->value_count * sizeof *room));
    return CNN_OK;
}

/* Copies of what the trainer has, for checkpoints. A trainer that is made anew for later epochs has their memory to itself. */
static cnn_status make_state(cnn_training *training, cnn_error *error) {
    cnn_checkpoint *state = &training->state;
    const int64_t values = state->net->value_count;
    const bool remade = state->options.freeze_epochs > 0;
    training->rooms = cnn_rooms_in(remade ? NULL : cnn_trainer_plan(training->trainer));
    state->best = training->best =
        cnn_reserve((size_t)values, sizeof *state->best, "the best weights", error);
    cnn_status status = state->best ? move_values(training, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = cnn_layer_updates_start(&state->history, state->net, error);
    int states = cnn_trainer_states(training->trainer);
    while (status == CNN_OK && state->optimizer_states < states) {
        float *array = cnn_rooms_take(&training->rooms, values, "a copy of the optimizer's state", error);
        status = array ? CNN_OK : CNN_ERROR_MEMORY;
        state->optimizer[state->optimizer_states++] = array;
    }
    return status;
}

/* The average of the weights, if one is asked for. */
static cnn_status make_average(cnn_training *training, cnn_error *error) {
    cnn_checkpoint *state = &training->state;
    cnn_status status =
        cnn_averaging_make(&training->averaging, &state->options, cnn_trainer_plan(training->trainer), error);
    if (status != CNN_OK || !training->averaging.rule)
        return status;
    state->averaged = cnn_net_copy(state->net, error);
    return state->averaged ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Where an update has several batches. */
static cnn_status make_gradient_sum(cnn_training *training, cnn_error *error) {
    int64_t floats;
    if (training->state.options.accumulate == 1)
        return CNN_OK;
    cnn_plan_gradients(cnn_trainer_plan(training->trainer), &floats);
    training->gradient_sum =
        cnn_allocate((size_t)floats, sizeof *training->gradient_sum, "a sum of gradients", error);
    return training->gradient_sum ? CNN_OK : CNN_ERROR_MEMORY;
}

static cnn_status make_updates(cnn_training *training, cnn_error *error) {
    training->updates = cnn_allocate((size_t)training->state.history.layer_count, sizeof *training->updates,
                                     "the layers' updates", error);
    return training->updates ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Loaders of training and validation images. */
static cnn_status make_loaders(cnn_training *training, cnn_error *error) {
    const cnn_net *net = training->state.net;
    const cnn_train_options *options = &training->state.options;
    cnn_loader_options feed = {.batch = options->batch,
                               .mean = net->mean,
                               .deviation = net->deviation,
                               .outputs = training->output_of};
    cnn_status status = cnn_training_augmenting(training, &feed.augmenting, error);
    if (status == CNN_OK)
        status = cnn_loader_new(&training->loader, training->data, &feed, error);
    if (status == CNN_OK && training->validation_images > 0)
        status = cnn_measuring_start(
            &training->validation, net, training->validation_data, options->update.loss,
            (cnn_predictor_options){.threads = options->threads, .precision = options->update.precision},
            error);
    return status;
}

/* ---- Fingerprints ---------------------------------------------------------------------------------- */

/* Of all images that training and validation take, and of the teacher, so that only they may go on with the checkpoint.
 * Taken once: every checkpoint holds it. */
static cnn_status take_fingerprints(cnn_training *training, cnn_error *error) {
    const cnn_holdout *holdout = &training->holdout;
    cnn_data_fingerprint(training->data, holdout->indices, holdout->validation + holdout->training,
                         training->state.fingerprints.images);
    const cnn_data *validation = training->state.options.validation_data;
    if (validation)
        cnn_data_fingerprint(validation, NULL, cnn_data_count(validation),
                             training->state.fingerprints.validation);
    const cnn_net *teacher = training->state.options.teacher;
    return teacher ? cnn_teacher_fingerprint(teacher, training->state.fingerprints.teacher, error) : CNN_OK;
}

/* ---- Going on -------------------------------------------------------------------------------------- */

/* A file on a disk that lies may hold anything; what training makes of it would be blamed on the learning rate. */
static cnn_status check_values(const cnn_checkpoint *state, const char *path, cnn_error *error) {
    char place[CNN_CHECKPOINT_PLACE];
    const cnn_status status = cnn_checkpoint_find_not_finite(state, place, error);
    if (status != CNN_OK)
        return status;
    if (*place)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: %s is not finite, which no training saves: the file is damaged", path, place);
    for (int64_t c = 0; c < state->net->input.dim[0]; c++)
        if (state->net->deviation[c] <= 0)
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s: normalisation.deviation[%" PRId64
                            "] is not greater than 0: the file is damaged",
                            path, c);
    return CNN_OK;
}

static cnn_status load_checkpoint(cnn_training *training, cnn_error *error) {
    cnn_checkpoint *state = &training->state;
    cnn_status status = cnn_checkpoint_read(state, training->folder.checkpoint, error);
    if (status == CNN_OK)
        status = check_values(state, training->folder.checkpoint, error);
    return status == CNN_OK ? cnn_training_restore(training, error) : status;
}

/* Bytes that the run directory must take while checkpoint and model are replaced. */
static int64_t bytes_to_write(const cnn_checkpoint *state) {
    int64_t model = state->net->value_count * (int64_t)sizeof(float);
    return 2 * (cnn_checkpoint_bytes(state) + model);
}

typedef cnn_status (*stage)(cnn_training *training, cnn_error *error);

static cnn_status open_folder(cnn_training *training, cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    cnn_status status = cnn_run_folder_open(&training->folder, bytes_to_write(&training->state), error);
    if (status == CNN_OK && !options->resume &&
        !options->overwrite) /* somebody may have finished meanwhile */
        status = cnn_run_folder_check_free(&training->folder, error);
    return status == CNN_OK ? cnn_run_folder_rehearse(&training->folder, &training->state, error) : status;
}

/* Continue from the checkpoint: position, weights, optimizer, history. */
static cnn_status go_on(cnn_training *training, cnn_error *error) {
    if (!training->state.options.resume)
        return CNN_OK;
    const cnn_status status = cnn_run_folder_lock(&training->folder, error);
    return status == CNN_OK ? load_checkpoint(training, error) : status;
}

cnn_status cnn_training_start(cnn_training *training, cnn_net *net, const cnn_data *data,
                              const cnn_train_options *options, cnn_error *error) {
    static const stage stages[] = {cnn_training_complete_options,
                                   check_fit,
                                   choose_loss,
                                   cnn_training_share_out,
                                   check_prospects,
                                   make_net,
                                   cnn_training_make_trainer,
                                   make_state,
                                   make_average,
                                   make_gradient_sum,
                                   cnn_training_weigh_classes,
                                   make_updates,
                                   take_fingerprints,
                                   go_on,
                                   make_teacher,
                                   make_loaders,
                                   open_folder,
                                   give_net};
    *training = (cnn_training){.net = net, .data = data, .timekeeper = {.start = cnn_seconds(), .phase = -1}};
    if (options)
        training->state.options = *options;
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < sizeof stages / sizeof stages[0]; i++)
        status = stages[i](training, error);
    return status;
}

void cnn_training_free(cnn_training *training) {
    cnn_loader_free(training->loader);
    cnn_measuring_free(&training->validation);
    cnn_averaging_free(&training->averaging);
    cnn_free(training->gradient_sum);
    cnn_free(training->class_weights);
    cnn_trainer_free(training->trainer);
    cnn_teacher_free(&training->teacher);
    if (training->validation_indices != training->holdout.indices)
        cnn_free(training->validation_indices);
    cnn_holdout_free(&training->holdout); /* the loaders read its indices */
    cnn_run_folder_free(&training->folder);
    cnn_history_free(&training->state.history);
    cnn_lengths_free(&training->state.lengths);
    cnn_rooms_free(&training->rooms);
    cnn_free(training->best);
    cnn_free(training->updates);
    cnn_free(training->output_of); /* the loader read it */
    cnn_net_free(training->state.averaged);
    cnn_net_free(training->state.net);
}

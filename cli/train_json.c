/* What `cnn train --json` says: a JSON object a line, each with what it is in "event". */
#include "command.h"
#include "findings.h"
#include "interrupt.h"
#include "iterations.h"
#include "options_json.h"
#include "output.h"
#include "train_report.h"

#include <stdlib.h>

/* What will be trained, on what, with which options. */
static json_t *plan_json(const cli_training *t) {
    int64_t input[3];
    cnn_net_input(t->net, input);
    json_t *model = json_pack("{so so sI sI sb}", "name", cli_json_text(t->model), "input",
                              cli_json_shape(input, 3), "outputs", (json_int_t)cnn_net_outputs(t->net),
                              "parameters", (json_int_t)cnn_net_parameters(t->net), "trained", t->trained);
    json_t *data =
        json_pack("{so sI sI sI sI sI}", "name", cli_json_text(t->arguments->data), "training_images",
                  (json_int_t)t->data.counts.training, "validation_images",
                  (json_int_t)t->data.counts.validation, "test_images", (json_int_t)t->data.counts.test,
                  "classes", (json_int_t)cnn_data_classes(t->data.images), "skipped",
                  (json_int_t)cnn_data_skipped(t->data.images));
    json_t *plan = json_pack("{ss so so si ss so}", "event", "plan", "model", model, "data", data, "threads",
                             cnn_thread_count((int)t->arguments->threads), "cpu", cnn_cpu(NULL), "options",
                             cli_options_json(&cli_train_usage, t->arguments));
    const cli_epoch epoch = cli_training_epoch(t);
    cli_epoch_json(&epoch, plan);
    if (t->length.epochs)
        cli_json_set(plan, "epochs", json_integer(t->length.epochs));
    return plan;
}

static void print_plan(const cli_training *t) {
    cli_json_line(plan_json(t));
}

static json_t *score_json(double loss, double accuracy) {
    return json_pack("{so so}", "loss", cli_json_value(loss), "accuracy", cli_json_value(accuracy));
}

/* Norms of the layers' gradients, and of their updates by those of the weights. */
static json_t *layers_json(const cnn_progress *p) {
    json_t *layers = json_array();
    for (const cnn_layer_update *layer = p->layers; layer < p->layers + p->layer_count; layer++)
        cli_json_add(layers,
                     json_pack("{so so so}", "layer", cli_json_text(layer->layer), "gradient",
                               cli_json_value(layer->gradient), "update", cli_json_value(layer->update)));
    return layers;
}

static void print_epoch(const cnn_progress *p) {
    json_t *validation = p->validated ? score_json(p->validation_loss, p->validation_accuracy) : json_null();
    cli_json_line(json_pack("{ss si si so so so so sb sb so}", "event", "epoch", "epoch", p->epoch, "epochs",
                            p->epochs, "training", score_json(p->loss, p->accuracy), "validation", validation,
                            "learning_rate", cli_json_value(p->learning_rate), "images_per_second",
                            cli_json_value(p->images_per_second), "best", p->best, "diverged", p->diverged,
                            "layers", layers_json(p)));
}

static void print_finding(const cnn_finding *finding) {
    cli_json_line(json_pack("{ss ss ss so so so so}", "event", "finding", "check", finding->check, "severity",
                            cli_severity_word(finding->severity), "what", cli_json_text(finding->what),
                            "where", cli_json_text(finding->where), "evidence",
                            cli_json_text(finding->evidence), "advice", cli_json_text(finding->advice)));
}

/* "finished", "stopped early", ...: how the training ended. */
static const char *outcome(const cli_training *t) {
    if (t->status == CNN_STOPPED)
        return "interrupted";
    if (t->status)
        return "failed";
    return t->progress.last.epoch < t->progress.last.epochs ? "stopped early" : "finished";
}

static int print_end(const cli_training *t) {
    char *model = cli_format("%s/model.onnx", t->arguments->run_directory);
    const cli_progress *p = &t->progress;
    cli_json_line(json_pack(
        "{ss ss si so so so so so}", "event", "result", "outcome", outcome(t), "epoch", p->last.epoch,
        "kept_epoch", p->last.kept_epoch ? json_integer(p->last.kept_epoch) : json_null(), "seconds",
        cli_json_value(t->seconds), "iterations", t->lengths ? cli_json_text(t->lengths) : json_null(),
        "model", cli_json_text(model), "message", t->status ? cli_json_text(t->error.message) : json_null()));
    free(model);
    if (t->status == CNN_STOPPED)
        return cli_interrupt_code();
    return t->status ? cli_fail("%s", t->error.message) : CLI_DONE;
}

const cli_train_report cli_train_json = {print_plan, print_epoch, print_finding, print_end};

/* What `cnn train` says to a person. */
#include "fit.h"
#include "interrupt.h"
#include "iterations.h"
#include "output.h"
#include "text.h"
#include "recipe_file.h"
#include "train_report.h"
#include "wrap.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* "TITLE    text", broken lines below the text. */
static void print_entry(const char *title, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "TITLE    text", wrapped below itself. */
static void print_entry(const char *title, const char *format, ...) {
    enum { TEXT_COLUMN = 9 };
    cli_wrapping line = cli_wrapping_start(stdout, TEXT_COLUMN);
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    cli_wrap(&line, title);
    cli_wrap_column(&line, TEXT_COLUMN);
    cli_wrap(&line, text);
    cli_wrap_end_line(&line);
    free(text);
}

/* How many parameters stay as they are. */
static void print_frozen(const cnn_net *net) {
    int64_t layers = 0, parameters = 0;
    for (cnn_layer layer = 1; layer <= cnn_net_layers(net); layer++) {
        cnn_layer_info info;
        if (cnn_net_layer(net, layer, &info, NULL) || !info.frozen)
            continue;
        layers++;
        parameters += info.parameters;
    }
    print_entry("Frozen", "%s layers with %s parameters", cli_grouped(layers).text,
                cli_grouped(parameters).text);
}

static void print_model(const cli_training *t) {
    int64_t input[3];
    cnn_net_input(t->net, input);
    char *shape = cli_shape(input, 3);
    print_entry("Model", "%s: %s parameters, input %s, %s", t->model,
                cli_grouped(cnn_net_parameters(t->net)).text, shape,
                cli_count(cnn_net_outputs(t->net), "output").text);
    free(shape);
}

static void print_validation(const cli_train_data *data, int64_t folds) {
    const cli_number images = cli_grouped(data->counts.validation);
    if (data->validation)
        print_entry("", "%s validation images of %s", images.text, data->validated_by);
    else if (data->counts.validation)
        print_entry("", "%s validation images, held out (%.3g %% of each class)", images.text,
                    folds ? 100.0 / (double)folds : 100 * data->validation_fraction);
}

static void print_data(const cli_training *t) {
    const cli_train_arguments *a = t->arguments;
    const cli_train_data *data = &t->data;
    int64_t skipped = cnn_data_skipped(data->images);
    print_entry("Data", "%s: %s training images, %s %s%s%s", a->data, cli_grouped(data->counts.training).text,
                cli_grouped(cnn_data_outputs(data->images)).text, cli_data_kind_words(data->images),
                skipped ? ", skipped images: " : "", skipped ? cli_grouped(skipped).text : "");
    print_validation(data, a->folds);
    if (data->counts.test)
        print_entry(
            "",
            "%s test images, held out (%.3g %% of each class; --test-fraction changes that) and listed "
            "in %s/split.csv",
            cli_grouped(data->counts.test).text, 100 * data->test_fraction, a->run_directory);
    if (data->counts.others)
        print_entry("", "%s images were added after training began and are not used",
                    cli_grouped(data->counts.others).text);
}

static void print_batches(const cli_training *t) {
    const cli_epoch epoch = cli_training_epoch(t);
    char *text = cli_epoch_text(&epoch);
    if (t->arguments->accumulate > 1)
        print_entry("Batches", "of %s, the gradients of every %" PRId64 " for one update: %s",
                    cli_count(epoch.batch / t->arguments->accumulate, "image").text, t->arguments->accumulate,
                    text);
    else
        print_entry("Batches", "of %s: %s", cli_count(epoch.batch, "image").text, text);
    free(text);
}

/* Whether a trained network has no names by which the classes of the data could be told. */
static bool goes_by_position(const cli_training *t) {
    int32_t *outputs = cli_allocate((size_t)cnn_data_classes(t->data.images), sizeof *outputs);
    bool by_name = true;
    cnn_status status = cnn_match_classes(t->net, t->data.images, outputs, &by_name, NULL);
    free(outputs);
    return t->trained && !status && !by_name;
}

/* How network and data were brought together, where they did not fit from the start. */
static void print_fit(const cli_training *t) {
    char *images = cli_fit_images_text(&t->fit, t->net, t->data.images);
    char *classes = cli_fit_classes_text(&t->fit, t->net, t->data.images);
    if (images)
        print_entry("Images", "%s", images);
    if (classes)
        print_entry("Classes", "%s", classes);
    else if (goes_by_position(t))
        print_entry("Classes", "matched by position, since the model has no class names");
    free(images);
    free(classes);
}

/* What training starts from, if not from scratch, and which layers stay as they are. */
static void print_origin(const cli_training *t) {
    const cli_train_arguments *a = t->arguments;
    if (a->resume)
        cli_print_words("Training continues from the checkpoint in %s\n", a->run_directory);
    else if (t->trained)
        cli_print_words("Training continues from the parameters of %s\n", a->weights ? a->weights : t->model);
    if (a->classes)
        cli_print_words("The last layer was replaced with a new one for %s classes\n",
                        cli_grouped(a->classes).text);
    if (a->freeze)
        print_frozen(t->net);
    if (a->freeze_epochs > 0)
        cli_print_words(
            "For %s %s\n", cli_count(a->freeze_epochs, "epoch").text,
            a->unfreeze_gradually
                ? "more and more layers are trained, the last one alone at first, then all of them"
                : "the last layer alone is trained, then all layers");
}

static void print_recipe(const char *recipe) {
    char *options = NULL;
    if (recipe && cli_recipe_read(recipe, &options) == CLI_GO_ON)
        print_entry("Recipe", "%s: %s", recipe, options);
    free(options);
}

/* A learning rate that is not the optimizer's own. */
static void print_rate(const cli_training *t) {
    const cnn_train_options options = cli_train_library_options(t->arguments, t->trained);
    double rate;
    bool lowered;
    if (!t->arguments->resume && !cnn_train_rate(t->net, &options, &rate, &lowered, NULL) && lowered)
        cli_print_words("Learning rate %s, a tenth of the default: the model is trained, deep and has no "
                        "normalisation left, as after export\n",
                        cli_value(rate).text);
}

static void print_plan(const cli_training *t) {
    const cli_train_arguments *a = t->arguments;
    print_model(t);
    print_data(t);
    print_batches(t);
    print_fit(t);
    print_recipe(a->recipe);
    if (a->teacher)
        print_entry("Teacher", "%s: %s parameters", a->teacher,
                    cli_grouped(cnn_net_parameters(t->teacher)).text);
    if (a->folds)
        print_entry("Fold", "%" PRId64 " of %" PRId64, a->fold, a->folds);
    if (t->length.epochs)
        print_entry("Time", "%s: %s of about %s", t->arguments->time,
                    cli_count(t->length.epochs, "epoch").text,
                    cli_count(t->length.epoch_updates, "iteration").text);
    print_entry("Machine", "%s, %s%s", cli_count(cnn_thread_count((int)t->arguments->threads), "thread").text,
                cnn_cpu(NULL), t->arguments->precision ? ", products in bf16" : "");
    print_origin(t);
    print_rate(t);
    putchar('\n');
    fflush(stdout);
}

/* The $'...' of bash and zsh, in ASCII. */
static void print_bytes(const char *word, FILE *to) {
    fputs(" $'", to);
    for (const char *c = word; *c; c++)
        fprintf(to, isalnum((unsigned char)*c) || strchr("-_./ ", *c) ? "%c" : "\\x%02x", (unsigned char)*c);
    fputc('\'', to);
}

/* A word as a shell reads it back: in quotes unless it is plain, and with escapes where a terminal would obey it. */
static void print_word(const char *word, FILE *to) {
    bool plain = *word;
    if (!cli_text_is_clean(word, "")) {
        print_bytes(word, to);
        return;
    }
    for (const char *c = word; *c; c++)
        plain = plain && (isalnum((unsigned char)*c) || strchr("-_./=,:+@%", *c));
    if (plain) {
        fprintf(to, " %s", word);
        return;
    }
    fputs(" '", to);
    for (const char *c = word; *c; c++)
        fprintf(to, *c == '\'' ? "'\\''" : "%c", *c);
    fputc('\'', to);
}

/* Say where it stopped and print the command that continues. */
static int report_interruption(const cli_training *t) {
    const cnn_progress *last = &t->progress.last;
    cli_fail("stopped in epoch %d, iteration %" PRId64 " of %" PRId64 "; everything is saved in %s",
             last->epoch, last->iteration, last->iterations, t->arguments->run_directory);
    fputs("To continue: cnn train", stderr);
    for (char *const *word = t->command; *word; word++)
        print_word(*word, stderr);
    fputs(t->arguments->resume ? "\n" : " --resume\n", stderr);
    return cli_interrupt_code();
}

/* How the training went, and where the model is. */
static void print_result(const cli_training *t) {
    const cnn_progress *last = &t->progress.last;
    const char *images = last->validated ? "validation" : "training";
    const bool by_loss = t->arguments->best == 1, last_kept = !last->validated && !t->arguments->patience;
    if (last->epoch < last->epochs)
        cli_print_words("Stopped after epoch %d: the %s %s for %s\n", last->epoch, images,
                        by_loss ? "loss had not fallen" : "accuracy had not risen",
                        cli_count(t->arguments->patience, "epoch").text);
    if (t->progress.reports == 1 && t->arguments->resume)
        cli_print_words("The training was complete already: to go on, raise %s\n",
                        last->epoch < last->epochs ? "--patience" : "--epochs");
    else
        cli_print_words("Trained in %s\n", cli_duration(t->seconds).text);
    if (t->length.epochs)
        print_entry("Repeat", "with --epochs %d --iterations %s", t->length.epochs, t->lengths);
    print_entry("Model", "%s/model.onnx", t->arguments->run_directory);
    print_entry("", "of epoch %d (%s): loss %.4f, accuracy %.2f %% on the %s images", last->kept_epoch,
                last_kept ? "the last"
                : by_loss ? "lowest loss"
                          : "highest accuracy",
                last->kept_loss, 100 * last->kept_accuracy, images);
    if (last->kept_epoch == last->epoch && last->diverged)
        cli_note(
            "the loss has diverged, and the model answers by chance: train again with a lower learning rate "
            "(--lr)");
}

/* A command to go on with: "Test     cnn test RUN_DIR --data DATA". */
static void print_next(const char *title, const char *command, const cli_train_arguments *a,
                       const char *more) {
    printf("%-8s cnn %s", title, command);
    print_word(a->run_directory, stdout);
    fputs(" --data", stdout);
    print_word(a->data, stdout);
    printf("%s%s\n", more, a->skip_bad ? " --skip-bad" : "");
}

/* Why there is no result, if there is none. */
static int end_silently(const cli_training *t) {
    if (t->status == CNN_STOPPED)
        return report_interruption(t);
    return t->status ? cli_fail("%s", t->error.message) : CLI_DONE;
}

/* The result, or why there is none. */
static int end_quietly(const cli_training *t) {
    const int code = end_silently(t);
    if (code == CLI_DONE)
        print_result(t);
    return code;
}

/* The result, and the commands that test it and predict with it. */
static int end_with_advice(const cli_training *t) {
    if (!t->status)
        putchar('\n');
    int code = end_quietly(t);
    if (code != CLI_DONE)
        return code;
    print_next("Test", "test", t->arguments, t->data.tested ? "" : " --split all");
    print_next("Predict", "predict", t->arguments, t->data.tested ? " --count 6" : " --split all --count 6");
    return CLI_DONE;
}

static void say_finding(const cnn_finding *finding) {
    cli_note("doctor (%s), %s: %s; %s; %s", finding->check, finding->where, finding->what, finding->evidence,
             finding->advice);
}

static void say_no_plan(const cli_training *t) {
    (void)t;
}

static void say_no_epoch(const cnn_progress *progress) {
    (void)progress;
}

const cli_train_report cli_train_text = {print_plan, cli_progress_print_epoch, say_finding, end_with_advice};
const cli_train_report cli_train_quiet = {say_no_plan, say_no_epoch, say_finding, end_quietly};
const cli_train_report cli_train_silent = {say_no_plan, say_no_epoch, say_finding, end_silently};

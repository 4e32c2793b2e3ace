#include "train_options.h"

#include "augment_options.h"
#include "class_weights.h"
#include "command.h"
#include "fit.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "recipes.h"
#include "train_recipe.h"
#include "train_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of cnn_optimizer, cnn_schedule and cnn_loss, whose first enumerators mean "not given". */
#define NAME(enumerator, name, rate) #name,
static const char *const optimizers[] = {CNN_OPTIMIZERS(NAME) NULL};
static const char *const schedules[] = {"constant",   "step",       "cosine",  "onecycle",
                                        "polynomial", "triangular", "plateau", NULL};
static const char *const samples[] = {"balanced", NULL};
static const char *const bests[] = {"accuracy", "loss", NULL};
static const char *const losses[] = {"cross-entropy", "binary-cross-entropy", "mse", "huber", NULL};

#define NAME_AND_RATE(enumerator, name, rate) #name " " #rate ", "

#define AT(field) offsetof(cli_train_arguments, field)

static const cli_option options[] = {
    CLI_GROUP("Data"),
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "the images to train on (required)"},
    {"--limit", CLI_INTEGER, AT(limit), "N", .help = "train on the first N images only", .min = 1},
    {"--validation", CLI_TEXT, AT(validation), "FRACTION|DATA",
     .help = "validate after each epoch: on this fraction of the training images, which is held out, or on "
             "the images of DATA (the validation images of --data, or 0 if it has none)"},
    {"--folds", CLI_INTEGER, AT(folds), "K",
     .help =
         "cross-validation: train K times, each time validating on another K-th of the training images of "
         "each class; RUN_DIR/fold-1 and so on, then mean and deviation",
     .min = 2, .max = 1000},
    {"--test-fraction", CLI_REAL, AT(test_fraction), "X",
     .help = "if DATA has no test images, hold out this fraction of each class for 'cnn test' and list the "
             "images in RUN_DIR/split.csv (0.2)",
     .min = 0, .max = 1, .below = true},
    CLI_ROWS(cli_augment_rows, AT(augment)),
    CLI_ROWS(cli_skip_bad_rows, AT(skip_bad)),

    CLI_ROWS(cli_pixel_rows, AT(pixels)),

    CLI_GROUP("Network"),
    {"--image", CLI_TEXT, AT(image), "SIZE",
     .help =
         "image size of an untrained network: 64, 48x64 (rows x columns), or 1x48x64 with channels; default: "
         "from the data, at most 64x64, or what the model's file says"},
    {"--weights", CLI_TEXT, AT(weights), "FILE",
     .help = "start from the parameters in a safetensors file, matched by name"},
    {"--partial", CLI_FLAG, AT(partial),
     .help =
         "with --weights: load the parameters that match by name and shape and leave the others as they are"},
    {"--classes", CLI_INTEGER, AT(classes), "N",
     .help = "replace the last layer with a new one for N classes; by default, only an untrained network is "
             "adapted to the classes of the data",
     .min = 1, .max = 1 << 20},
    {"--freeze", CLI_TEXT, AT(freeze), "PATTERN",
     .help = "do not train the layers whose names match this shell pattern, or one of several patterns "
             "separated by commas: 'conv_*,fc_1'"},
    {"--freeze-epochs", CLI_INTEGER, AT(freeze_epochs), "N",
     .help =
         "train the last layer alone in the first N epochs of a trained model, then all layers; each part "
         "has the whole schedule (0)",
     .min = 0, .max = 1000000},
    {"--unfreeze-gradually", CLI_FLAG, AT(unfreeze_gradually),
     .help = "with --freeze-epochs: train one more part of the layers in each of these epochs, from the last "
             "to the first"},

    CLI_GROUP("Optimisation"),
    {"--recipe", CLI_TEXT, AT(recipe), "NAME|FILE",
     .help = "a set of options that work well together, see above, or a file of options; options given "
             "explicitly override the recipe, and what of it cannot stand beside them: another --optimizer "
             "its rate and momentum, --time its epochs, --swa its --ema"},
    {"--epochs", CLI_INTEGER, AT(epochs), "N", .help = "passes over the images (10)", .min = 1,
     .max = CLI_MOST_EPOCHS},
    {"--iterations", CLI_TEXT, AT(iterations.text), "N[,N...]",
     .help = "iterations an epoch, on so many of the images in random order (as many as all images make), or "
             "those of the first epochs one by one; later ones are as long as the last of these"},
    {
        "--time",
        CLI_TEXT,
        AT(time),
        "TIME",
        .help = "choose --epochs, and --iterations from epoch to epoch, so that the whole training takes "
                "this long: "
                "90s, 10m, 1.5h. They depend on the machine, and are printed and kept for --resume",
    },
    {"--batch", CLI_INTEGER, AT(batch), "N", .help = "images per update, typically 8 to 256 (128)", .min = 1,
     .max = 1 << 24},
    {"--accumulate", CLI_INTEGER, AT(accumulate), "N",
     .help = "add up the gradients of N batches for one update: larger batches in the same memory (1)",
     .min = 1, .max = 1 << 20},
    {"--optimizer", CLI_CHOICE, AT(optimizer),
     .help = "default: sgd with momentum 0.9 and weight decay 0.0005", .choices = optimizers},
    {"--lr", CLI_REAL, AT(learning_rate), "X",
     .help = "learning rate (" CNN_OPTIMIZERS(NAME_AND_RATE) "sgd with momentum 0.05)", .min = 0, .max = 1e6,
     .above = true},
    {"--find-lr", CLI_FLAG, AT(find_lr),
     .help = "only try learning rates: print the loss while the rate rises from 1e-5 to 10, and suggest one; "
             "needs no RUN_DIR"},
    {"--momentum", CLI_REAL, AT(momentum), "X", .help = "momentum of sgd and muon, less than 1", .min = 0,
     .max = 1, .below = true},
    {"--nesterov", CLI_FLAG, AT(nesterov), .help = "use Nesterov momentum with sgd"},
    {"--weight-decay", CLI_REAL, AT(weight_decay), "X",
     .help = "rate at which weights decay towards zero (0; default optimizer: 0.0005)", .min = 0, .max = 1e6},
    {"--lr-factor", CLI_TEXT, AT(lr_factors.text), "PATTERN=X",
     .help = "multiply the learning rate of the parameters whose names match a pattern, or one of several: "
             "'*.bias=2,fc_2.*=0.1'"},
    {"--decay-factor", CLI_TEXT, AT(decay_factors.text), "PATTERN=X",
     .help = "multiply their weight decay likewise"},
    {"--layer-decay", CLI_REAL, AT(layer_decay), "X",
     .help = "for fine-tuning: each layer with weights learns at X times the rate of the one behind it, the "
             "last one at the whole rate (1)",
     .min = 0, .max = 1, .above = true},
    CLI_ROWS(cli_precision_rows, AT(precision)),
    {"--clip-norm", CLI_REAL, AT(clip_norm), "X", .help = "clip the global L2 norm of the gradients to X",
     .min = 0, .max = 1e12, .above = true},
    {"--loss", CLI_CHOICE, AT(loss),
     .help = "default: cross-entropy; binary-cross-entropy for a network that ends in one sigmoid or "
             "several; mse "
             "for data of numbers, for which there is huber, too",
     .choices = losses},
    {"--label-smoothing", CLI_REAL, AT(label_smoothing), "X",
     .help = "spread this share of each label over all classes; not for mse (0)", .min = 0, .max = 1,
     .below = true},
    {"--focal", CLI_REAL, AT(focal), "GAMMA",
     .help = "focal loss: count images less that are right already, by (1 - p)^GAMMA; not for mse (0)",
     .min = 0, .max = 100},
    {"--class-weights", CLI_TEXT, AT(class_weights), "balanced|FILE",
     .help = "weigh the images' losses by their classes: so that every class counts alike, or as each line "
             "CLASS,WEIGHT of FILE says"},
    {"--sample", CLI_CHOICE, AT(sample),
     .help = "balanced: draw every class as often as any other; images of rare classes come several times "
             "in an epoch, those of frequent ones by turns",
     .choices = samples},
    {"--teacher", CLI_TEXT, AT(teacher), "MODEL",
     .help = "learn from the answers of a trained model, too, which has the same input and classes "
             "(distillation)"},
    {"--teacher-weight", CLI_REAL, AT(teacher_weight), "X",
     .help = "the share of the teacher in the loss; the rest is that of the labels (0.5)", .min = 0, .max = 1,
     .above = true},
    {"--temperature", CLI_REAL, AT(temperature), "T",
     .help = "divide the scores of teacher and model by T before they are compared, so that unlikely classes "
             "count, too (4)",
     .min = 0, .max = 1000, .above = true},
    {"--seed", CLI_INTEGER, AT(seed), "N", .help = "seed of initial weights, shuffling and dropout (1)",
     .min = 0},
    CLI_ROWS(cli_threads_rows, AT(threads)),

    CLI_GROUP("Average of the weights"),
    {"--ema", CLI_REAL, AT(ema), "DECAY",
     .help = "validate and keep an exponential moving average of the weights, such as 0.99 (none)", .min = 0,
     .max = 1, .above = true, .below = true},
    {"--lookahead", CLI_INTEGER, AT(lookahead), "N",
     .help = "every N updates, weights and their average meet half way; keep the average (none)", .min = 1,
     .max = 1000000},
    {"--swa", CLI_INTEGER, AT(swa), "EPOCH",
     .help = "keep the mean of the weights at the ends of this epoch and all later ones (none)", .min = 1,
     .max = 1000000},

    CLI_GROUP("Learning rate schedule"),
    {"--schedule", CLI_CHOICE, AT(schedule), .help = "how the learning rate changes; default: onecycle",
     .choices = schedules},
    {"--warmup", CLI_REAL, AT(warmup), "EPOCHS",
     .help = "raise the learning rate from 0 over this many epochs (0); onecycle has its own warm-up",
     .min = 0, .max = 1e6},
    {"--step-epochs", CLI_INTEGER, AT(step_epochs), "N",
     .help = "schedule step: epochs between steps (a third of all epochs); plateau: epochs without a lower "
             "loss before a step (a tenth)",
     .min = 1, .max = 1000000},
    {"--step-factor", CLI_REAL, AT(step_factor), "X",
     .help = "schedules step and plateau: multiply the learning rate by X at each step (0.1)", .min = 0,
     .max = 1, .above = true},
    {"--power", CLI_REAL, AT(power), "X",
     .help = "schedule polynomial: (1 - progress)^X; 1 falls in a line (1)", .min = 0, .max = 100,
     .above = true},

    CLI_GROUP("Stopping"),
    {"--patience", CLI_INTEGER, AT(patience), "N",
     .help = "stop when there has been no better epoch for N epochs (never)", .min = 1, .max = 1000000},
    {"--best", CLI_CHOICE, AT(best),
     .help = "how the best epoch is chosen: on the validation images if there are any, otherwise on the "
             "training images. model.onnx holds the best epoch with validation or --patience, otherwise the "
             "last one. Default: accuracy, with ties broken by the lower loss",
     .choices = bests},

    CLI_GROUP("Output"),
    {"--output", CLI_TEXT, AT(run_directory), "RUN_DIR",
     .help = "folder for model, checkpoint and history (required)", .letter = "-o"},
    {"--resume", CLI_FLAG, AT(resume), .help = "continue from the checkpoint in RUN_DIR"},
    {"--overwrite", CLI_FLAG, AT(overwrite),
     .help = "replace the run in RUN_DIR; its files are deleted when the first epoch is saved"},
    {"--report", CLI_FLAG, AT(report),
     .help = "write RUN_DIR/report.html at the end, as 'cnn report RUN_DIR --quick' does"},
    {"--json", CLI_FLAG, AT(json),
     .help = "print one JSON object per line: the plan, each epoch, the result"},
    {0},
};

const cli_usage cli_train_usage = {
    .command = "train",
    .title = "train a model on images",
    .operands = "MODEL --data DATA -o RUN_DIR",
    .min = 1,
    .max = 1,
    .help = "Train a model on images. If the model is already trained, training continues from its "
            "parameters. RUN_DIR gets model.onnx (of the best epoch, see --best), checkpoint.safetensors, "
            "history.csv, a TensorBoard event file and command.json (this command line). Ctrl-C finishes the "
            "current batch and saves; --resume "
            "continues from there.\n"
            "\n"
            "Augmentations, with their default amounts:\n" CLI_AUGMENTATIONS_HELP "\n"
            "Recipes:\n" CLI_RECIPES_HELP,
    .example = "  cnn train basic --data fashion-mnist -o runs/first --validation 0.1\n"
               "  cnn train basic --data mnist -o runs/quick --recipe fast",
    .options = options,
};

/* The default optimizer takes a zero for its own momentum and weight decay; a zero that was given means none.
 */
static cnn_optimizer optimizer_of(const cli_train_arguments *a) {
    if (a->optimizer < 0 && (a->momentum == 0 || a->weight_decay == 0))
        return CNN_OPTIMIZER_SGD;
    return (cnn_optimizer)(a->optimizer + 1);
}

/* The default optimizer has momentum; one that was named has none unless asked. */
static double momentum_of(const cli_train_arguments *a) {
    if (a->momentum >= 0)
        return a->momentum;
    return a->optimizer < 0 ? 0.9 : 0;
}

static cnn_schedule schedule_of(const cli_train_arguments *a) {
    return (cnn_schedule)(a->schedule + 1);
}

static cnn_loss loss_of(const cli_train_arguments *a) {
    return (cnn_loss)(a->loss + 1);
}

/* Options that say something only beside another one; CLI_GO_ON if all is well. */
static int check_options(const cli_train_arguments *a) {
    cnn_optimizer optimizer = optimizer_of(a);
    cnn_schedule schedule = schedule_of(a);
    const bool has_steps = schedule == CNN_SCHEDULE_STEP || schedule == CNN_SCHEDULE_PLATEAU;
    const struct {
        bool wrong;
        const char *message;
    } rules[] = {
        {!a->data, "--data DATA is missing: give the images to train on"},
        {!a->run_directory && !a->find_lr, "-o RUN_DIR is missing: give a folder for the trained model"},
        {a->momentum >= 0 && optimizer > CNN_OPTIMIZER_SGD && optimizer != CNN_OPTIMIZER_MUON,
         "--momentum only applies to --optimizer sgd and muon"},
        {a->find_lr && (a->time || a->folds || a->resume),
         "--find-lr does not train: leave --time, --folds and --resume out"},
        {a->folds && a->validation,
         "--folds validates on parts of the training images: leave --validation out"},
        {a->sample >= 0 && a->class_weights, "--sample and --class-weights cannot be used together"},
        {a->time && (a->epochs || a->iterations.text),
         "--time chooses --epochs and --iterations: leave these out"},
        {!a->teacher && (a->teacher_weight > 0 || a->temperature > 0),
         "--teacher-weight and --temperature only apply together with --teacher MODEL"},
        {a->unfreeze_gradually && a->freeze_epochs <= 0,
         "--unfreeze-gradually only applies together with --freeze-epochs"},
        {a->partial && !a->weights, "--partial only applies to --weights FILE"},
        {a->nesterov && optimizer > CNN_OPTIMIZER_SGD, "--nesterov only applies to --optimizer sgd"},
        {a->nesterov && momentum_of(a) == 0, "--nesterov needs a --momentum above 0"},
        {a->label_smoothing > 0 && loss_of(a) >= CNN_LOSS_MEAN_SQUARED,
         "--label-smoothing does not apply to --loss mse and huber"},
        {a->focal > 0 && loss_of(a) >= CNN_LOSS_MEAN_SQUARED,
         "--focal does not apply to --loss mse and huber"},
        {a->step_epochs && !has_steps, "--step-epochs only applies to --schedule step and plateau"},
        {a->step_factor > 0 && !has_steps, "--step-factor only applies to --schedule step and plateau"},
        {a->power > 0 && schedule != CNN_SCHEDULE_POLYNOMIAL,
         "--power only applies to --schedule polynomial"},
        {a->resume && a->weights,
         "--weights cannot be used with --resume, whose checkpoint holds the parameters: leave it out"},
        {a->resume && a->overwrite, "--resume and --overwrite cannot be used together"},
        {(a->ema > 0) + (a->lookahead > 0) + (a->swa > 0) > 1,
         "--ema, --lookahead and --swa cannot be used together"},
        {a->warmup > 0 && (schedule == CNN_SCHEDULE_ONECYCLE || schedule == CNN_SCHEDULE_DEFAULT),
         "--warmup cannot be used with --schedule onecycle, which has its own warm-up"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].wrong)
            return cli_fail_usage("train: %s; see 'cnn train --help'", rules[i].message);
    return CLI_GO_ON;
}

static cnn_update_options update_options(const cli_train_arguments *a) {
    return (cnn_update_options){.optimizer = optimizer_of(a),
                                .learning_rate = a->learning_rate,
                                .momentum = momentum_of(a),
                                .nesterov = a->nesterov,
                                .weight_decay = a->weight_decay > 0 ? a->weight_decay : 0,
                                .clip_norm = a->clip_norm,
                                .label_smoothing = a->label_smoothing,
                                .loss = loss_of(a),
                                .focal = a->focal,
                                .rate_factors = a->lr_factors.list,
                                .rate_factor_count = a->lr_factors.count,
                                .decay_factors = a->decay_factors.list,
                                .decay_factor_count = a->decay_factors.count,
                                .layer_decay = a->layer_decay,
                                .precision = (cnn_precision)a->precision};
}

/* Whether it is not known yet how many there are; --resume finds them in the checkpoint. */
static bool chooses_epochs(const cli_train_arguments *a) {
    return a->time && !a->resume;
}

cnn_train_options cli_train_library_options(const cli_train_arguments *a, bool trained) {
    return (cnn_train_options){.update = update_options(a),
                               .epochs = chooses_epochs(a) ? CLI_MOST_EPOCHS : (int)a->epochs,
                               .batch = a->batch,
                               .schedule = schedule_of(a),
                               .warmup_epochs = a->warmup,
                               .step_epochs = (int)a->step_epochs,
                               .step_factor = a->step_factor,
                               .best = (cnn_best)(a->best + 1),
                               .patience = (int)a->patience,
                               .seed = (uint64_t)a->seed,
                               .threads = (int)a->threads,
                               .keep_parameters = trained,
                               .keep_normalisation = cli_gives_normalisation(&a->pixels),
                               .augment = a->augment.alone,
                               .augmentations = a->augment.list,
                               .augmentation_count = a->augment.alone ? 0 : a->augment.count,
                               .power = a->power,
                               .accumulate = (int)a->accumulate,
                               .balance_classes = cli_is_balanced(a->class_weights),
                               .ema = a->ema,
                               .lookahead = (int)a->lookahead,
                               .swa_from = (int)a->swa,
                               .epoch_lengths = a->iterations.list,
                               .epoch_length_count = a->iterations.count,
                               .balance_sampling = a->sample >= 0,
                               .folds = (int)(a->fold ? a->folds : 0),
                               .fold = (int)a->fold,
                               .freeze_epochs = a->freeze_epochs > 0 ? (int)a->freeze_epochs : 0,
                               .unfreeze_gradually = a->unfreeze_gradually,
                               .run_directory = a->run_directory,
                               .resume = a->resume,
                               .overwrite = a->overwrite};
}

int cli_train_parse(int count, char **words, cli_train_arguments *a) {
    *a = (cli_train_arguments){.sample = -1,
                               .optimizer = -1,
                               .schedule = -1,
                               .loss = -1,
                               .best = -1,
                               .seed = 1,
                               .momentum = -1,
                               .weight_decay = -1,
                               .freeze_epochs = -1,
                               .test_fraction = -1};
    cli_train_arguments given = *a;
    int operands;
    char **again = cli_copy_words(count, words); /* cli_parse moves them about */
    int code = cli_parse(&cli_train_usage, count, again, &given, &operands);
    if (code == CLI_GO_ON && given.recipe)
        code = cli_train_take_recipe(&given, a);
    if (code == CLI_GO_ON)
        code = cli_parse(&cli_train_usage, count, words, a, &operands);
    if (code == CLI_GO_ON)
        code = check_options(a);
    if (code == CLI_GO_ON && a->image)
        code = cli_read_image_size(a->image, &a->image_size);
    if (code == CLI_GO_ON)
        code = cli_train_take_validation(a);
    if (code == CLI_GO_ON)
        code = cli_train_take_time(a);
    if (code == CLI_GO_ON)
        code = cli_train_take_iterations(a);
    if (a->find_lr) { /* nothing is written, and nothing held out */
        a->run_directory = NULL;
        a->test_fraction = 0;
    }
    if (code == CLI_GO_ON)
        code = cli_factors_take("--lr-factor", &a->lr_factors);
    if (code == CLI_GO_ON)
        code = cli_factors_take("--decay-factor", &a->decay_factors);
    if (code == CLI_GO_ON)
        code = cli_augment_take("train", &a->augment);
    free(again);
    return code;
}

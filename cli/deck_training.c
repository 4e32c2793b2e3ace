/* The deck's pages on training: a few iterations on six drawn digits, and the arithmetic of batches. */
#include "deck.h"
#include "deck_basic.h"
#include "iterations.h"
#include "output.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>

enum {
    SIDE = 28,
    CLASSES = 10,
    IMAGES = 6,
    ITERATIONS = 8,
    ROWS = 7,
    COLUMNS = 5, /* of a drawn digit, in strokes */
    STROKE = 3   /* pixels */
};

#define LEARNING_RATE 0.005

/* The batch of the deck's slide, by its labels. */
static const int32_t labels[IMAGES] = {6, 5, 6, 8, 8, 1};

static const struct {
    int32_t digit;
    const char *rows[ROWS];
} drawings[] = {
    {1, {"..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."}},
    {5, {"#####", "#....", "####.", "....#", "....#", "#...#", ".###."}},
    {6, {"..##.", ".#...", "#....", "####.", "#...#", "#...#", ".###."}},
    {8, {".###.", "#...#", "#...#", ".###.", "#...#", "#...#", ".###."}},
};

static const char *const *drawing_of(int32_t digit) {
    size_t i = 0;
    while (drawings[i].digit != digit)
        i++;
    return drawings[i].rows;
}

/* White strokes on black, the later images a little further right. */
static void draw(int image, float pixels[SIDE * SIDE]) {
    const char *const *rows = drawing_of(labels[image]);
    const int top = (SIDE - ROWS * STROKE) / 2, left = (SIDE - COLUMNS * STROKE) / 2 - 2 + image;
    for (int row = 0; row < ROWS * STROKE; row++)
        for (int column = 0; column < COLUMNS * STROKE; column++)
            pixels[(top + row) * SIDE + left + column] = rows[row / STROKE][column / STROKE] == '#';
}

/* The batch, the network in training, and what is seen of it. */
typedef struct lesson {
    cnn_net *net;
    cnn_trainer *trainer;
    float *images;                  /* N,1,28,28 */
    float before[IMAGES * CLASSES]; /* probabilities */
    float after[IMAGES * CLASSES];
    double losses[ITERATIONS]; /* before each update */
    int64_t correct[ITERATIONS];
} lesson;

/* Run the network as it is now. */
static cnn_status predict(const lesson *l, float *probabilities, cnn_error *error) {
    cnn_predictor *predictor;
    cnn_predictor_options options = {.batch = IMAGES, .threads = 1};
    cnn_status status = cnn_predictor_new(&predictor, l->net, &options, error);
    if (!status)
        status = cnn_predictor_run(predictor, l->images, IMAGES, probabilities, error);
    cnn_predictor_free(predictor);
    return status;
}

/* Random weights, and the trainer that has them. */
static cnn_status begin(lesson *l, cnn_error *error) {
    cnn_trainer_options options = {.update = {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = LEARNING_RATE},
                                   .batch = IMAGES,
                                   .threads = 1};
    l->images = cli_allocate(IMAGES * SIDE * SIDE, sizeof *l->images);
    for (int i = 0; i < IMAGES; i++)
        draw(i, l->images + i * SIDE * SIDE);
    cnn_net_initialise(l->net, 1);
    cnn_status status = predict(l, l->before, error);
    return status ? status : cnn_trainer_new(&l->trainer, l->net, &options, error);
}

/* The iterations: forward, loss, backward, update. */
static cnn_status train(lesson *l, cnn_error *error) {
    cnn_status status = begin(l, error);
    for (int i = 0; i < ITERATIONS && !status; i++) {
        status = cnn_trainer_gradients(l->trainer, l->images, labels, IMAGES, &l->losses[i], &l->correct[i],
                                       error);
        if (!status)
            status = cnn_trainer_update(l->trainer, 1, error);
    }
    if (!status)
        status = cnn_trainer_store(l->trainer, l->net, error);
    return status ? status : predict(l, l->after, error);
}

/* The batch as drawn, side by side. */
static void show_batch(cli_page *page) {
    cli_table *table = cli_table_new(IMAGES + 1, "l");
    json_t *numbers = json_array();
    for (int row = 0; row < ROWS; row++) {
        cli_table_cell(table, "%s", ""); /* sets the pictures in from the margin */
        for (int i = 0; i < IMAGES; i++)
            cli_table_cell(table, "%s", drawing_of(labels[i])[row]);
    }
    for (int i = 0; i < IMAGES; i++)
        cli_json_add(numbers, json_integer(labels[i]));
    cli_page_table(page, table);
    cli_page_json(page, "labels", numbers);
}

/* Ten rows of probabilities, a column for each image, as on the deck's slide. */
static void show_probabilities(cli_page *page, const char *key, const float *probabilities) {
    cli_table *table = cli_table_new(IMAGES + 1, "lr");
    json_t *images = json_array();
    cli_table_cell(table, "P");
    for (int i = 0; i < IMAGES; i++)
        cli_table_cell(table, "%d", (int)labels[i]);
    cli_table_rule(table);
    for (int c = 0; c < CLASSES; c++) {
        cli_table_cell(table, "%d", c);
        for (int i = 0; i < IMAGES; i++)
            cli_table_cell(table, "%.2f", probabilities[i * CLASSES + c]);
    }
    for (int i = 0; i < IMAGES; i++) {
        json_t *row = json_array();
        for (int c = 0; c < CLASSES; c++)
            cli_json_add(row, cli_json_value(probabilities[i * CLASSES + c]));
        cli_json_add(images, row);
    }
    cli_page_table(page, table);
    cli_page_json(page, key, images);
}

/* "-(ln 0.039 + ... )/6 = 2.571": the loss before the first update. */
static void show_first_loss(cli_page *page, const lesson *l) {
    char *logarithms = cli_format("%s", "");
    for (int i = 0; i < IMAGES; i++)
        cli_append(&logarithms, "%sln %.3f", i ? " + " : "", l->before[i * CLASSES + labels[i]]);
    cli_page_formula(page, "loss = -(%s)/%d = %.3f", logarithms, IMAGES, l->losses[0]);
    free(logarithms);
}

static void show_losses(cli_page *page, const lesson *l) {
    cli_table *table = cli_table_new(3, "rrr");
    json_t *losses = json_array();
    static const char *const heads[] = {"Iteration", "Loss", "Correct"};
    for (int i = 0; i < 3; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < ITERATIONS; i++) {
        cli_table_cell(table, "%d", i + 1);
        cli_table_cell(table, "%.3f", l->losses[i]);
        cli_table_cell(table, "%d of %d", (int)l->correct[i], IMAGES);
        cli_json_add(losses, cli_json_value(l->losses[i]));
    }
    cli_page_table(page, table);
    cli_page_json(page, "losses", losses);
}

static void show_lesson(cli_page *page, const lesson *l) {
    cli_page_say(
        page,
        "The model is designed, and its weights are drawn at random. Then batches of images, typically 8 "
        "to 256, are propagated forward through it. Here is a batch of %d, drawn for this page:",
        IMAGES);
    show_batch(page);
    cli_page_say(
        page,
        "What the Basic CNN with random weights says: a column for each image, headed by its label, and "
        "the probability of each of the ten classes. It has learnt nothing yet:");
    show_probabilities(page, "before", l->before);
    cli_page_say(
        page,
        "The loss is the mean of -ln(p) over the batch, where p is the probability of an image's label:");
    show_first_loss(page, l);
    cli_page_say(page,
                 "Back propagation calculates, from right to left, how the loss changes with each weight: "
                 "its gradient. Gradient descent moves each weight the other way, by its gradient times the "
                 "learning rate, here %s. A forward pass, a backward pass and an update are one iteration:",
                 cli_value(LEARNING_RATE).text);
    show_losses(page, l);
    cli_page_say(page, "And what the network says afterwards:");
    show_probabilities(page, "after", l->after);
    cli_page_say(
        page,
        "When all images of a data set have been used once, an epoch is complete. A training takes 5 to 50 "
        "epochs, and stops when the loss stops decreasing.");
    cli_page_try(page, "cnn train basic --data fashion-mnist -o runs/first",
                 "a whole training; it takes minutes");
    cli_page_try(page, "cnn predict runs/first --data fashion-mnist --count 6",
                 "such a table for six test images");
}

int cli_show_training(cli_page *page) {
    cnn_error error;
    lesson l = {0};
    int code = cli_basic_open(&l.net);
    if (code == CLI_DONE && train(&l, &error))
        code = cli_fail("%s", error.message);
    if (code == CLI_DONE)
        show_lesson(page, &l);
    cnn_trainer_free(l.trainer);
    cnn_net_free(l.net);
    free(l.images);
    return code;
}

/* ---- Batches ----------------------------------------------------------------------------------------------- */

/* One row: a batch size, its iterations, and how many images its last batch has. */
static void add_batch(cli_table *table, json_t *rows, int64_t images, int64_t batch, int64_t epochs) {
    const cli_epoch epoch = cli_epoch_of(images, batch);
    json_t *row = json_pack("{sI sI}", "batch", (json_int_t)batch, "iterations",
                            (json_int_t)(epochs * epoch.iterations));
    cli_epoch_json(&epoch, row);
    cli_json_add(rows, row);
    cli_table_cell(table, "%s", cli_grouped(batch).text);
    cli_table_cell(table, "%" PRId64 " / %" PRId64 " = %s", images, batch,
                   cli_value((double)images / (double)batch).text);
    cli_table_cell(table, "%s", cli_grouped(epoch.iterations).text);
    cli_table_cell(table, "%s", cli_grouped(epoch.last).text);
    cli_table_cell(table, "%s", cli_grouped(epochs * epoch.iterations).text);
}

int cli_show_batches(cli_page *page) {
    static const int64_t batches[] = {1, 8, 32, 128, 256};
    static const char *const heads[] = {"Batch", "Images / batch", "Iterations an epoch", "Last batch",
                                        "In 10 epochs"};
    enum { DATA = 60000, EPOCHS = 10 };
    cli_table *table = cli_table_new(5, "rlr");
    json_t *rows = json_array();
    const cli_epoch epoch = cli_epoch_of(DATA, CLI_DEFAULT_BATCH);
    char *text = cli_epoch_text(&epoch);
    cli_page_say(
        page, "Images can be fed one at a time, but mini-batches are better: a gradient averaged over many "
              "images is less noisy, and the processor computes them faster together. One forward and "
              "backward pass of a batch, with the update that follows, is an iteration; all images once are "
              "an epoch.");
    cli_page_formula(page, "iterations an epoch = images / batch, rounded up");
    for (int i = 0; i < 5; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++)
        add_batch(table, rows, DATA, batches[i], EPOCHS);
    cli_page_table(page, table);
    cli_page_json(page, "batches", rows);
    cli_page_number(page, "images", DATA);
    cli_page_number(page, "epochs", EPOCHS);
    cli_page_say(page, "MNIST has %s training images. At the default batch size of %d: %s.",
                 cli_grouped(DATA).text, CLI_DEFAULT_BATCH, text);
    cli_page_try(page, "cnn summary basic --images 60000 --batch 32 --epochs 10", "numbers of your own");
    free(text);
    return CLI_DONE;
}

/* cnn bench: images per second, on random images. */
#include "command.h"
#include "layer_times.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "table.h"
#include "wrap.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *input_shape;
    int64_t batch, threads, rounds;
    int precision;
    bool layers, json;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    {"--batch", CLI_INTEGER, AT(batch), "N", .help = "batch size (128)", .min = 1, .max = 1 << 24},
    CLI_ROWS(cli_threads_rows, AT(threads)),
    CLI_ROWS(cli_precision_rows, AT(precision)),
    CLI_ROWS(cli_input_shape_rows, AT(input_shape)),
    {"--rounds", CLI_INTEGER, AT(rounds), "N", .help = "measure N times and report the median (5)", .min = 1,
     .max = 1000},
    {"--layers", CLI_FLAG, AT(layers),
     .help = "show each layer: time, GFLOP/s, share of peak, GB/s, which of the two bounds it, algorithm; "
             "with --precision bf16 also the largest error of its outputs, and what they are stored in"},
    CLI_ROWS(cli_json_rows, AT(json)),
    {0},
};

const cli_usage cli_bench_usage = {
    .command = "bench",
    .title = "measure images per second in training and inference, and latency",
    .operands = "MODEL",
    .min = 1,
    .max = 1,
    .help = "Measure a model: images per second in training (forward, backward, update) and in inference, "
            "and the latency of a single image. Each figure is the median over rounds of at least half a "
            "second, after a warm-up.",
    .example = "  cnn bench basic --batch 128 --threads 2\n  cnn bench basic --layers",
    .options = options,
};

static const double SECONDS_OF_A_ROUND = 0.5;

/* The work that is timed: one run is `count` images. */
typedef struct load {
    cnn_trainer *trainer; /* one of the two is set */
    cnn_predictor *predictor;
    const float *images; /* N,C,H,W */
    const int32_t *labels;
    float *outputs;
    int64_t count;
} load;

/* Median over the rounds, and (largest - smallest) / median. */
typedef struct figure {
    double median, spread;
} figure;

typedef struct bench {
    const struct arguments *a;
    const cnn_net *net;
    float *images, *outputs;
    int32_t *labels;
} bench;

/* One forward pass, or one step of training with update. */
static cnn_status run_once(const load *l, cnn_error *error) {
    if (l->predictor)
        return cnn_predictor_run(l->predictor, l->images, l->count, l->outputs, error);
    cnn_status status = cnn_trainer_gradients(l->trainer, l->images, l->labels, l->count, NULL, NULL, error);
    return status ? status : cnn_trainer_update(l->trainer, 1, error);
}

/* Seconds that one run takes, over a round. */
static cnn_status run_round(const load *l, double *seconds, cnn_error *error) {
    double begin = cli_now(), now;
    int64_t runs = 0;
    do {
        cnn_status status = run_once(l, error);
        if (status)
            return status;
        runs++;
        now = cli_now();
    } while (now - begin < SECONDS_OF_A_ROUND);
    *seconds = (now - begin) / (double)runs;
    return CNN_OK;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of the seconds of one run. */
static cnn_status measure(const load *l, int64_t rounds, figure *result, cnn_error *error) {
    double warm_up, *seconds = cli_allocate((size_t)rounds, sizeof *seconds);
    cnn_status status = run_round(l, &warm_up, error);
    for (int64_t i = 0; i < rounds && !status; i++)
        status = run_round(l, &seconds[i], error);
    if (!status) {
        qsort(seconds, (size_t)rounds, sizeof *seconds, compare);
        result->median = (seconds[(rounds - 1) / 2] + seconds[rounds / 2]) / 2;
        result->spread = (seconds[rounds - 1] - seconds[0]) / result->median;
    }
    free(seconds);
    return status;
}

/* Seconds of a training step of one batch. */
static cnn_status measure_training(const bench *b, figure *result, cnn_error *error) {
    cnn_trainer *trainer;
    /* A small learning rate: random images teach nothing, but must not make the weights overflow. */
    cnn_trainer_options train = {.update = {.optimizer = CNN_OPTIMIZER_SGD,
                                            .learning_rate = 1e-4,
                                            .momentum = 0.9,
                                            .precision = (cnn_precision)b->a->precision},
                                 .batch = b->a->batch,
                                 .threads = (int)b->a->threads,
                                 .seed = 1};
    cnn_status status = cnn_trainer_new(&trainer, b->net, &train, error);
    if (status)
        return status;
    load l = {.trainer = trainer, .images = b->images, .labels = b->labels, .count = b->a->batch};
    status = measure(&l, b->a->rounds, result, error);
    cnn_trainer_free(trainer);
    return status;
}

/* Seconds of the predictions for `batch` images. */
static cnn_status measure_inference(const bench *b, int64_t batch, figure *result, cnn_error *error) {
    cnn_predictor *predictor;
    cnn_predictor_options predict = {
        .batch = batch, .threads = (int)b->a->threads, .precision = (cnn_precision)b->a->precision};
    cnn_status status = cnn_predictor_new(&predictor, b->net, &predict, error);
    if (status)
        return status;
    load l = {.predictor = predictor, .images = b->images, .outputs = b->outputs, .count = batch};
    status = measure(&l, b->a->rounds, result, error);
    cnn_predictor_free(predictor);
    return status;
}

/* Pixels in 0..1 and labels, from a linear congruential generator (Knuth's MMIX constants). */
static void make_up_images(bench *b) {
    int64_t shape[3], outputs = cnn_net_outputs(b->net), batch = b->a->batch;
    uint64_t state = 1;
    cnn_net_input(b->net, shape);
    int64_t pixels = shape[0] * shape[1] * shape[2];
    b->images = cli_allocate((size_t)batch, (size_t)pixels * sizeof *b->images);
    b->outputs = cli_allocate((size_t)batch, (size_t)outputs * sizeof *b->outputs);
    b->labels = cli_allocate((size_t)batch, sizeof *b->labels);
    for (int64_t i = 0; i < batch * pixels; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        b->images[i] = (float)(state >> 40) * 0x1p-24f;
    }
    for (int64_t i = 0; i < batch; i++)
        b->labels[i] = (int32_t)(i % outputs);
}

static int print_text(const struct arguments *a, const char *model, const figure f[3]) {
    cli_print_words("%s: batch %" PRId64 ", %s, %s, %smedian of %s\n\n", model, a->batch,
                    cli_count(cnn_thread_count((int)a->threads), "thread").text, cnn_cpu(NULL),
                    a->precision ? "bf16, " : "", cli_count(a->rounds, "round").text);
    static const char *const titles[] = {"Training", "Inference", "Latency of one image"};
    cli_table *table = cli_table_new(4, "lrlr");
    for (int i = 0; i < 3; i++) {
        double value = i < 2 ? (double)a->batch / f[i].median : 1e6 * f[i].median;
        cli_table_cell(table, "%s", titles[i]);
        cli_table_cell(table, "%s", cli_grouped((int64_t)(value + 0.5)).text);
        cli_table_cell(table, "%s", i < 2 ? "images/s" : "us");
        cli_table_cell(table, "spread %.1f %%", 100 * f[i].spread);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
    return CLI_DONE;
}

static int print_json(const struct arguments *a, const figure f[3]) {
    static const char *const keys[] = {"train_images_per_second", "infer_images_per_second", "latency_us"};
    return cli_json_print(
        json_pack("{sI si ss ss so so so s{so so so}}", "batch", (json_int_t)a->batch, "threads",
                  cnn_thread_count((int)a->threads), "cpu", cnn_cpu(NULL), "precision",
                  cli_precisions[a->precision], keys[0], cli_json_real((double)a->batch / f[0].median),
                  keys[1], cli_json_real((double)a->batch / f[1].median), keys[2],
                  cli_json_real(1e6 * f[2].median), "spread", keys[0], cli_json_real(f[0].spread), keys[1],
                  cli_json_real(f[1].spread), keys[2], cli_json_real(f[2].spread)));
}

/* The three figures of the whole network. */
static int bench_net(const struct arguments *a, const char *model, const cnn_net *net) {
    cnn_error error;
    figure figures[3];
    bench b = {.a = a, .net = net};
    make_up_images(&b);
    cnn_status status = measure_training(&b, &figures[0], &error);
    if (!status)
        status = measure_inference(&b, a->batch, &figures[1], &error);
    if (!status)
        status = measure_inference(&b, 1, &figures[2], &error);
    free(b.images);
    free(b.outputs);
    free(b.labels);
    if (status)
        return cli_fail("%s", error.message);
    return a->json ? print_json(a, figures) : print_text(a, model, figures);
}

/* The times of single layers, over as many seconds as the rounds would take. */
static int bench_layers(const struct arguments *a, const char *model, const cnn_net *net) {
    const cnn_layer_times_options options = {.batch = a->batch,
                                             .threads = (int)a->threads,
                                             .seconds = SECONDS_OF_A_ROUND * (double)a->rounds,
                                             .precision = (cnn_precision)a->precision};
    return cli_layer_times(net, model, options, a->json);
}

int cli_bench(int count, char **words) {
    struct arguments a = {.batch = 128, .rounds = 5};
    int operands, code = cli_parse(&cli_bench_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    cnn_error error;
    cnn_net *net = NULL;
    bool trained = false;
    if (!cnn_cpu(&error))
        return cli_fail("%s", error.message);
    code = cli_open_net(&net, words[0], a.input_shape, &trained);
    if (code != CLI_GO_ON)
        return code;
    if (!trained && cnn_net_initialise(net, 1))
        code = cli_fail("%s", cnn_net_error(net));
    else
        code = a.layers ? bench_layers(&a, words[0], net) : bench_net(&a, words[0], net);
    cnn_net_free(net);
    return code;
}

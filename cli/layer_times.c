#include "layer_times.h"

#include "command.h"
#include "output.h"
#include "shared_options.h"
#include "table.h"
#include "wrap.h"

#include <inttypes.h>
#include <string.h>

/* One direction through a layer. */
typedef struct passage {
    double seconds, flops, bytes;
} passage;

static passage forward_of(const cnn_layer_time *layer) {
    return (passage){layer->forward, layer->forward_flops, layer->forward_bytes};
}

static passage backward_of(const cnn_layer_time *layer) {
    return (passage){layer->backward, layer->backward_flops, layer->backward_bytes};
}

/* So many thousand millions a second. */
static double giga(double count, passage p) {
    return p.seconds > 0 ? 1e-9 * count / p.seconds : 0;
}

/* Of what all threads could do together: 0..1. */
static double share_of_peak(const cnn_layer_times *times, passage p) {
    return 1e9 * giga(p.flops, p) / (times->peak * times->threads);
}

/* What the layer as it is defined would wait for: the larger of the times that its operations and its bytes take. */
static const char *bound_of(const cnn_layer_times *times, passage p) {
    const double arithmetic = p.flops / (times->peak * times->threads);
    return times->bandwidth > 0 && p.bytes / times->bandwidth > arithmetic ? "memory" : "arithmetic";
}

/* Time, GFLOP/s, share of peak, GB/s and bound; empty cells for what was not measured or does no arithmetic. */
static void print_passage(cli_table *table, const cnn_layer_times *times, passage p) {
    if (p.seconds <= 0) {
        for (int i = 0; i < 5; i++)
            cli_table_cell(table, "%s", "");
        return;
    }
    cli_table_cell(table, "%.2f", 1e6 * p.seconds);
    if (p.flops > 0) {
        cli_table_cell(table, "%.0f", giga(p.flops, p));
        cli_table_cell(table, "%.0f %%", 100 * share_of_peak(times, p));
    } else {
        cli_table_cell(table, "%s", "");
        cli_table_cell(table, "%s", "");
    }
    cli_table_cell(table, "%.1f", giga(p.bytes, p));
    cli_table_cell(table, "%s", bound_of(times, p));
}

/* A table's columns beside those of forward: backward's, or the errors. */
typedef enum further { NONE, BACKWARD, ERRORS } further;

static void print_row(cli_table *table, const cnn_layer_times *times, const cnn_layer_time *layer,
                      further beside) {
    cli_table_cell(table, "%s", layer->layers);
    print_passage(table, times, forward_of(layer));
    if (beside == BACKWARD)
        print_passage(table, times, backward_of(layer));
    if (beside == ERRORS) {
        cli_table_cell(table, "%.2g %%", 100 * layer->error);
        cli_table_cell(table, "%s", cli_precisions[layer->stored]);
    }
    cli_table_cell(table, "%s, %s", layer->algorithm, cnn_cpu(NULL));
}

/* Of all layers, both directions; the rest of the time is loss, update and waiting. */
static double seconds_of_layers(const cnn_layer_times *times) {
    double sum = 0;
    for (int i = 0; i < times->count; i++)
        sum += times->layers[i].forward + times->layers[i].backward;
    return sum;
}

/* Two directions for training, one for inference. */
static void print_table(const cnn_layer_times *times, further beside) {
    static const char *const heads[] = {"Layers",      "forward us", "GFLOP/s", "of peak", "GB/s", "bound",
                                        "backward us", "GFLOP/s",    "of peak", "GB/s",    "bound"};
    static const char *const columns[] = {"lrrrrll", "lrrrrlrrrrll", "lrrrrlrll"};
    cli_table *table = cli_table_new((int)strlen(columns[beside]), columns[beside]);
    for (int i = 0; i < (beside == BACKWARD ? 11 : 6); i++)
        cli_table_cell(table, "%s", heads[i]);
    if (beside == ERRORS) {
        cli_table_cell(table, "%s", "error");
        cli_table_cell(table, "%s", "stored");
    }
    cli_table_cell(table, "%s", "algorithm");
    cli_table_rule(table);
    for (int i = 0; i < times->count; i++)
        print_row(table, times, &times->layers[i], beside);
    cli_table_print(table, stdout);
    cli_table_free(table);
    const double layers = seconds_of_layers(times);
    cli_print_words("Layers %.2f us, %s %.2f us: %s images/s\n", 1e6 * layers,
                    beside == BACKWARD ? "loss, update and idle time" : "waiting",
                    1e6 * (times->seconds - layers), cli_grouped((int64_t)(1 / times->seconds + 0.5)).text);
}

static int print_text(const cnn_layer_times times[2], const char *model,
                      const cnn_layer_times_options *options) {
    const double peak = 1e-9 * times[0].peak * times[0].threads;
    cli_print_words(
        "%s: batch %" PRId64 ", %s, %s; times are per image; GFLOP/s count the multiplications and "
        "additions that define the layer, GB/s what it has to read and write; measured peak: %.0f GFLOP/s, "
        "memory %.0f GB/s\n",
        model, options->batch, cli_count(times[0].threads, "thread").text, cnn_cpu(NULL), peak,
        1e-9 * times[0].bandwidth);
    printf("\nTraining%s\n", options->precision == CNN_PRECISION_FLOAT32 ? "" : " in bf16");
    print_table(&times[0], BACKWARD);
    if (options->precision == CNN_PRECISION_FLOAT32) {
        printf("\nInference\n");
        print_table(&times[1], NONE);
        return CLI_DONE;
    }
    cli_print_words("\nInference in bf16; error: how far a layer's outputs are from those in float32 at "
                    "most, relative to the "
                    "largest of these; stored: what its outputs lie in until others have read them\n");
    print_table(&times[1], ERRORS);
    return CLI_DONE;
}

static json_t *passage_json(const cnn_layer_times *times, passage p) {
    return json_pack("{so so so so so ss}", "us", cli_json_real(1e6 * p.seconds), "gflops",
                     cli_json_real(giga(p.flops, p)), "share_of_peak", cli_json_real(share_of_peak(times, p)),
                     "bytes", cli_json_real(p.bytes), "gb_per_second", cli_json_real(giga(p.bytes, p)),
                     "bound", bound_of(times, p));
}

static json_t *times_json(const cnn_layer_times *times, further beside) {
    json_t *layers = json_array();
    for (int i = 0; i < times->count; i++) {
        const cnn_layer_time *layer = &times->layers[i];
        json_t *row = json_pack("{so ss so}", "layers", cli_json_text(layer->layers), "algorithm",
                                layer->algorithm, "forward", passage_json(times, forward_of(layer)));
        if (beside == BACKWARD)
            cli_json_set(row, "backward", passage_json(times, backward_of(layer)));
        if (beside == ERRORS) {
            cli_json_set(row, "error", cli_json_real(layer->error));
            cli_json_set(row, "stored", cli_json_text(cli_precisions[layer->stored]));
        }
        cli_json_add(layers, row);
    }
    return json_pack("{so so}", "us", cli_json_real(1e6 * times->seconds), "layers", layers);
}

static int print_json(const cnn_layer_times times[2], const cnn_layer_times_options *options) {
    const further beside = options->precision == CNN_PRECISION_FLOAT32 ? NONE : ERRORS;
    return cli_json_print(
        json_pack("{sI si ss ss so so so so}", "batch", (json_int_t)options->batch, "threads",
                  times[0].threads, "cpu", cnn_cpu(NULL), "precision", cli_precisions[options->precision],
                  "peak_gflops", cli_json_real(1e-9 * times[0].peak * times[0].threads),
                  "memory_gb_per_second", cli_json_real(1e-9 * times[0].bandwidth), "training",
                  times_json(&times[0], BACKWARD), "inference", times_json(&times[1], beside)));
}

int cli_layer_times(const cnn_net *net, const char *model, cnn_layer_times_options options, bool json) {
    cnn_layer_times times[2] = {{0}};
    cnn_error error;
    cnn_status status = CNN_OK;
    for (int i = 0; i < 2 && !status; i++) {
        options.inference = i == 1;
        status = cnn_time_layers(net, &options, &times[i], &error);
    }
    int code = status ? cli_fail("%s", error.message)
               : json ? print_json(times, &options)
                      : print_text(times, model, &options);
    for (int i = 0; i < 2; i++)
        cnn_layer_times_free(&times[i]);
    return code;
}

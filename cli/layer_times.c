#include "layer_times.h"

#include "command.h"
#include "output.h"
#include "table.h"
#include "wrap.h"

#include <inttypes.h>

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

static void print_row(cli_table *table, const cnn_layer_times *times, const cnn_layer_time *layer,
                      bool backward) {
    cli_table_cell(table, "%s", layer->layers);
    print_passage(table, times, forward_of(layer));
    if (backward)
        print_passage(table, times, backward_of(layer));
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
static void print_table(const cnn_layer_times *times, bool training) {
    static const char *const heads[] = {"Layers",      "forward us", "GFLOP/s", "of peak", "GB/s", "bound",
                                        "backward us", "GFLOP/s",    "of peak", "GB/s",    "bound"};
    cli_table *table = cli_table_new(training ? 12 : 7, training ? "lrrrrlrrrrll" : "lrrrrll");
    for (int i = 0; i < (training ? 11 : 6); i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_cell(table, "%s", "algorithm");
    cli_table_rule(table);
    for (int i = 0; i < times->count; i++)
        print_row(table, times, &times->layers[i], training);
    cli_table_print(table, stdout);
    cli_table_free(table);
    const double layers = seconds_of_layers(times);
    cli_print_words("Layers %.2f us, %s %.2f us: %s images/s\n", 1e6 * layers,
                    training ? "loss, update and idle time" : "waiting", 1e6 * (times->seconds - layers),
                    cli_grouped((int64_t)(1 / times->seconds + 0.5)).text);
}

static int print_text(const cnn_layer_times times[2], const char *model, int64_t batch) {
    const double peak = 1e-9 * times[0].peak * times[0].threads;
    cli_print_words(
        "%s: batch %" PRId64 ", %s, %s; times are per image; GFLOP/s count the multiplications and "
        "additions that define the layer, GB/s what it has to read and write; measured peak: %.0f GFLOP/s, "
        "memory %.0f GB/s\n",
        model, batch, cli_count(times[0].threads, "thread").text, cnn_cpu(NULL), peak,
        1e-9 * times[0].bandwidth);
    for (int i = 0; i < 2; i++) {
        printf("\n%s\n", i ? "Inference" : "Training");
        print_table(&times[i], i == 0);
    }
    return CLI_DONE;
}

static json_t *passage_json(const cnn_layer_times *times, passage p) {
    return json_pack("{so so so so so ss}", "us", cli_json_real(1e6 * p.seconds), "gflops",
                     cli_json_real(giga(p.flops, p)), "share_of_peak", cli_json_real(share_of_peak(times, p)),
                     "bytes", cli_json_real(p.bytes), "gb_per_second", cli_json_real(giga(p.bytes, p)),
                     "bound", bound_of(times, p));
}

static json_t *times_json(const cnn_layer_times *times, bool training) {
    json_t *layers = json_array();
    for (int i = 0; i < times->count; i++) {
        const cnn_layer_time *layer = &times->layers[i];
        json_t *row = json_pack("{so ss so}", "layers", cli_json_text(layer->layers), "algorithm",
                                layer->algorithm, "forward", passage_json(times, forward_of(layer)));
        if (training)
            cli_json_set(row, "backward", passage_json(times, backward_of(layer)));
        cli_json_add(layers, row);
    }
    return json_pack("{so so}", "us", cli_json_real(1e6 * times->seconds), "layers", layers);
}

static int print_json(const cnn_layer_times times[2], int64_t batch) {
    return cli_json_print(
        json_pack("{sI si ss so so so so}", "batch", (json_int_t)batch, "threads", times[0].threads, "cpu",
                  cnn_cpu(NULL), "peak_gflops", cli_json_real(1e-9 * times[0].peak * times[0].threads),
                  "memory_gb_per_second", cli_json_real(1e-9 * times[0].bandwidth), "training",
                  times_json(&times[0], true), "inference", times_json(&times[1], false)));
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
               : json ? print_json(times, options.batch)
                      : print_text(times, model, options.batch);
    for (int i = 0; i < 2; i++)
        cnn_layer_times_free(&times[i]);
    return code;
}

/* How long each layer takes here. */
#include "engine.h"

typedef struct engine_times {
    int32_t count;
    int32_t unused; /* so that there is no gap */
    double seconds; /* for one image, of whole runs */
} engine_times;

typedef struct engine_layer_time {
    const char *layers, *algorithm;
    double forward, backward, forward_flops, backward_flops; /* for one image; seconds */
} engine_layer_time;
_Static_assert(offsetof(engine_layer_time, forward) == 2 * sizeof(char *), "no gap");

static cnn_layer_times measured;

/* Run made-up images for so many seconds, by the plan that predicts or by that of training. NULL: engine_message says why.
 * Lives until the next call. */
EXPORTED(engine_time_layers)
const engine_times *engine_time_layers(int32_t training, int32_t batch, double seconds) {
    static engine_times times;
    const cnn_layer_times_options options = {
        .inference = !training, .batch = batch, .threads = 1, .seconds = seconds};
    cnn_layer_times_free(&measured);
    if (cnn_time_layers(the_engine.net, &options, &measured, &the_engine.error) != CNN_OK)
        return NULL;
    times = (engine_times){.count = measured.count, .seconds = measured.seconds};
    return &times;
}

/* Step `number`, from 0, of the last measurement. */
EXPORTED(engine_layer_time) const engine_layer_time *engine_layer_time_of(int32_t number) {
    static engine_layer_time taken;
    const cnn_layer_time *layer = &measured.layers[number];
    taken = (engine_layer_time){.layers = layer->layers,
                                .algorithm = layer->algorithm,
                                .forward = layer->forward,
                                .backward = layer->backward,
                                .forward_flops = layer->forward_flops,
                                .backward_flops = layer->backward_flops};
    return &taken;
}

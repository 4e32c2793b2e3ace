// The benchmark's engine for oneDNN: engine FOLDER THREADS direct|winograd|tuned|nhwc. See ../engine.h for
// what it answers and policy_named() for what the last word means.
#include "../engine.h"

#include "layer.hpp"
#include "net.hpp"

#include <exception>
#include <memory>
#include <stdexcept>

#include <omp.h>

namespace {

struct state {
    std::string folder;
    policy by;
    std::unique_ptr<net> network; // one of the two
    std::unique_ptr<single_layer> alone;
    std::vector<float> images;
    std::vector<int32_t> labels;
    size_t pixels;
    long batch;
    bool training;
    double rate, loss;
    const float *outputs;
};

std::string read(const state &s, const char *name, const char *file) {
    size_t bytes = 0;
    char *content = static_cast<char *>(engine_read(s.folder.c_str(), name, file, &bytes));
    if (!content)
        throw std::runtime_error(std::string("cannot read ") + file + " of " + name);
    std::string all(content, bytes);
    free(content);
    return all;
}

template <class Value> std::vector<Value> values_of(const std::string &bytes) {
    std::vector<Value> values(bytes.size() / sizeof(Value));
    memcpy(values.data(), bytes.data(), values.size() * sizeof(Value));
    return values;
}

// NET train|infer BATCH
void prepare_net(state &s, char **words) {
    const model of = read_model(read(s, words[0], "model.txt"));
    const std::vector<float> weights = values_of<float>(read(s, words[0], "weights.f32"));
    s.images = values_of<float>(read(s, words[0], "images.f32"));
    s.labels = values_of<int32_t>(read(s, words[0], "labels.i32"));
    s.pixels = size_t(of.input[0] * of.input[1] * of.input[2]);
    s.training = !strcmp(words[1], "train");
    s.batch = atol(words[2]);
    s.rate = ENGINE_RATE;
    s.network = std::make_unique<net>(of, weights.data(), weights.size(), s.batch, s.training, s.by);
}

// layer DIRECTION BATCH CHANNELS SIZE FILTERS KERNEL STRIDE PADDING GROUPS
void prepare_layer(state &s, char **words, char *reply) {
    const long size = atol(words[4]), input[3] = {atol(words[3]), size, size};
    layer of{};
    of.kind = layer::conv;
    of.filters = atol(words[5]);
    of.kernel[0] = of.kernel[1] = atol(words[6]);
    of.stride[0] = of.stride[1] = atol(words[7]);
    of.padding = atol(words[8]);
    of.groups = atol(words[9]);
    s.batch = atol(words[2]);
    s.alone = std::make_unique<single_layer>(of, s.batch, input, words[1], s.by);
    s.alone->work();
    const std::vector<float> result = s.alone->result();
    engine_sums(reply, result.data(), result.size());
}

template <class Action> void guarded(char *reply, Action action) {
    try {
        action();
    } catch (const std::exception &problem) {
        engine_fail(reply, problem.what());
    }
}

void about(void *, char *reply) {
    const dnnl_version_t *version = dnnl_version();
    snprintf(reply, ENGINE_LINE, "{\"version\": \"%d.%d.%d\"}", version->major, version->minor,
             version->patch);
}

void prepare(void *context, int count, char **words, char *reply) {
    state &s = *static_cast<state *>(context);
    guarded(reply, [&] {
        s.network.reset();
        s.alone.reset();
        strcpy(reply, ENGINE_DONE);
        if (count == 10 && !strcmp(words[0], "layer"))
            prepare_layer(s, words, reply);
        else if (count == 3)
            prepare_net(s, words);
        else
            throw std::runtime_error("prepare NET train|infer BATCH, or layer DIRECTION and eight numbers");
    });
}

int64_t work(void *context, int64_t number) {
    state &s = *static_cast<state *>(context);
    if (s.alone) {
        s.alone->work();
        return s.batch;
    }
    const size_t first = size_t(number % (long(s.labels.size()) / s.batch) * s.batch);
    const float *images = s.images.data() + first * s.pixels;
    if (s.training)
        s.loss = s.network->step(images, s.labels.data() + first, float(s.rate), float(ENGINE_MOMENTUM));
    else
        s.outputs = s.network->predict(images);
    return s.batch;
}

void restart(void *context) {
    state &s = *static_cast<state *>(context);
    if (s.network && s.training)
        s.network->restart();
}

void write(const char *path, const std::vector<float> &values) {
    if (!engine_write(path, values.data(), values.size()))
        throw std::runtime_error(std::string("cannot write ") + path);
}

void check(void *context, int64_t steps, double rate, const char *path, char *reply) {
    state &s = *static_cast<state *>(context);
    s.rate = rate;
    guarded(reply, [&] {
        if (s.alone) {
            write(path, s.alone->result());
            engine_losses(reply, nullptr, 0);
            return;
        }
        std::vector<double> losses;
        restart(context);
        for (int64_t i = 0; i < steps; i++) {
            work(context, i);
            losses.push_back(s.loss);
        }
        const std::vector<float> result =
            s.training ? s.network->parameters()
                       : std::vector<float>(s.outputs, s.outputs + s.batch * s.network->outputs());
        write(path, result);
        engine_losses(reply, losses.data(), s.training ? steps : 0);
    });
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "Usage: %s FOLDER THREADS direct|winograd|tuned|nhwc\n", argv[0]);
        return 2;
    }
    state s{};
    s.folder = argv[1];
    omp_set_num_threads(atoi(argv[2]));
    s.by = policy_named(argv[3]);
    const engine e = {
        .state = &s, .about = about, .prepare = prepare, .work = work, .restart = restart, .check = check};
    return engine_serve(&e);
}

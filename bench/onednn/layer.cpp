#include "layer.hpp"

#include "../engine.h"

#include <stdexcept>

using dnnl::memory;

// Values from engine_value() by their logical place; `first` keeps tensors different from each other.
memory single_layer::filled(const memory::desc &desc, size_t first) {
    memory user = room.memory(plain(desc.dims()), engine), made = room.memory(desc, engine);
    float *values = static_cast<float *>(user.get_data_handle());
    for (size_t i = 0; i < user.get_desc().get_size() / sizeof(float); i++)
        values[i] = engine_value(first + i);
    dnnl::reorder(user, made).execute(stream, user, made);
    stream.wait();
    return made;
}

single_layer::single_layer(const layer &of, long batch, const long input[3], const std::string &direction,
                           const policy &by) {
    const convolution shape = convolution_of(of, batch, input);
    const memory::desc from = activation(shape.input, by);
    if (direction == "forward") {
        auto best = best_forward(shape, by, false, from, engine);
        written = room.memory(best.dst_desc(), engine);
        it = {dnnl::convolution_forward(best),
              {{DNNL_ARG_SRC, filled(best.src_desc(), 0)},
               {DNNL_ARG_WEIGHTS, filled(best.weights_desc(), 1u << 30)},
               {DNNL_ARG_BIAS, filled(best.bias_desc(), 3u << 29)},
               {DNNL_ARG_DST, written}}};
    } else if (direction == "data") {
        auto best = best_backward_data(shape, by, engine);
        written = room.memory(best.diff_src_desc(), engine);
        it = {dnnl::convolution_backward_data(best),
              {{DNNL_ARG_DIFF_DST, filled(best.diff_dst_desc(), 1u << 31)},
               {DNNL_ARG_WEIGHTS, filled(best.weights_desc(), 1u << 30)},
               {DNNL_ARG_DIFF_SRC, written}}};
    } else if (direction == "weights") {
        auto best = best_backward_weights(shape, by, from, engine);
        written = room.memory(best.diff_weights_desc(), engine);
        it = {dnnl::convolution_backward_weights(best),
              {{DNNL_ARG_SRC, filled(best.src_desc(), 0)},
               {DNNL_ARG_DIFF_DST, filled(best.diff_dst_desc(), 1u << 31)},
               {DNNL_ARG_DIFF_WEIGHTS, written},
               {DNNL_ARG_DIFF_BIAS, room.memory(best.diff_bias_desc(), engine)}}};
    } else {
        throw std::runtime_error("no such direction: " + direction);
    }
}

void single_layer::work() {
    it.primitive.execute(stream, it.with);
    stream.wait();
}

std::vector<float> single_layer::result() {
    memory::desc user = plain(written.get_desc().dims());
    std::vector<float> values(user.get_size() / sizeof(float));
    memory to(user, engine, values.data());
    dnnl::reorder(written, to).execute(stream, written, to);
    stream.wait();
    return values;
}

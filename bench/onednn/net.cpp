#include "net.hpp"

#include <cmath>
#include <stdexcept>

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using tag = dnnl::memory::format_tag;
using type = dnnl::memory::data_type;

memory alternating::next(const memory::desc &desc, const dnnl::engine &engine) {
    all.push_back(memory(desc, engine, DNNL_MEMORY_NONE));
    return all.back();
}

void alternating::place(arena &room) {
    size_t largest = 0;
    for (const memory &one : all)
        largest = std::max(largest, one.get_desc().get_size());
    float *const places[2] = {room.take(largest), room.take(largest)};
    for (size_t i = 0; i < all.size(); i++)
        all[i].set_data_handle(places[i % 2]);
}

namespace {

memory::desc any(const memory::dims &dims) {
    return {dims, type::f32, tag::any};
}

memory::dims dims_of(const memory &of) {
    return of.get_desc().dims();
}

// A ReLU before a maximum is the same as behind it, where it meets fewer values on the way back.
std::vector<layer> relu_behind_maximum(std::vector<layer> layers) {
    for (size_t i = 0; i + 1 < layers.size(); i++)
        if (layers[i].relu && layers[i + 1].kind == layer::max_pool) {
            layers[i].relu = false;
            layers[i + 1].relu = true;
        }
    return layers;
}

} // namespace

net::net(const model &of, const float *given, size_t weight_count, long batch, bool training,
         const policy &by)
    : by(by), batch(batch), training(training), initial(given, given + weight_count) {
    input = memory(plain({batch, of.input[0], of.input[1], of.input[2]}), engine, DNNL_MEMORY_NONE);
    value = input;
    for (const layer &one : training ? relu_behind_maximum(of.layers) : of.layers)
        add_forward(one);
    if (taken != initial.size())
        throw std::runtime_error("the weights do not fit the network");
    logits = value;
    classes = dims_of(logits)[1];
    probabilities.resize(size_t(batch * classes));
    place_parameters();
    values.place(room);
    if (!training)
        return;
    logit_gradient = difference = differences.next(logits.get_desc(), engine);
    for (size_t i = stages.size(); i-- > 0;)
        add_backward(stages[i], i == 0);
    differences.place(room);
    restart();
}

// ---- Parameters -----------------------------------------------------------------------------------------

size_t net::add_parameter(const memory::dims &dims, const memory::desc &held) {
    parameter made{plain(dims), taken, {held, engine, DNNL_MEMORY_NONE}, {held, engine, DNNL_MEMORY_NONE},
                   0,           0};
    made.offset = flat_floats;
    made.floats = (held.get_size() + 63) / 64 * 16;
    flat_floats += made.floats;
    size_t elements = 1;
    for (memory::dim size : dims)
        elements *= size_t(size);
    taken += elements;
    parameter_list.push_back(made);
    return parameter_list.size() - 1;
}

void net::place_parameters() {
    weights = room.take(flat_floats * sizeof(float));
    gradients = training ? room.take(flat_floats * sizeof(float)) : nullptr;
    momenta = training ? room.take(flat_floats * sizeof(float)) : nullptr;
    for (parameter &one : parameter_list) {
        one.held.set_data_handle(weights + one.offset);
        if (training)
            one.gradient.set_data_handle(gradients + one.offset);
    }
    restart();
}

void net::restart() {
    for (parameter &one : parameter_list) {
        memory from(one.user, engine, initial.data() + one.user_offset);
        dnnl::reorder(from, one.held).execute(stream, from, one.held);
    }
    stream.wait();
    if (training)
        std::fill(momenta, momenta + flat_floats, 0.0f);
}

std::vector<float> net::parameters() {
    std::vector<float> all(initial.size());
    for (parameter &one : parameter_list) {
        memory to(one.user, engine, all.data() + one.user_offset);
        dnnl::reorder(one.held, to).execute(stream, one.held, to);
    }
    stream.wait();
    return all;
}

// ---- Forward --------------------------------------------------------------------------------------------

memory net::next_value(const memory::desc &desc) {
    return training ? room.memory(desc, engine) : values.next(desc, engine);
}

memory net::converted(memory from, const memory::desc &to, std::vector<call> &calls,
                      const std::function<memory(const memory::desc &)> &make) {
    if (from.get_desc() == to)
        return from;
    memory made = make(to);
    calls.push_back({dnnl::reorder(from, made), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, made}}});
    return made;
}

void net::add_forward(const layer &of) {
    stage made{};
    made.of = of;
    if (of.kind == layer::conv)
        add_convolution(made);
    else if (of.kind == layer::dense)
        add_dense(made);
    else
        add_pooling(made);
    value = made.output;
    stages.push_back(made);
}

void net::add_convolution(stage &made) {
    const memory::dims dims = dims_of(value);
    const long shape[3] = {dims[1], dims[2], dims[3]};
    made.shape = convolution_of(made.of, batch, shape);
    auto best = best_forward(made.shape, by, training, activation(dims, by), engine);
    made.input = converted(value, best.src_desc(), forward,
                           [&](const memory::desc &desc) { return next_value(desc); });
    made.output = next_value(best.dst_desc());
    made.parameters = add_parameter(made.shape.weights, best.weights_desc());
    add_parameter(made.shape.bias, best.bias_desc());
    forward.push_back({dnnl::convolution_forward(best),
                       {{DNNL_ARG_SRC, made.input},
                        {DNNL_ARG_WEIGHTS, parameter_list[made.parameters].held},
                        {DNNL_ARG_BIAS, parameter_list[made.parameters + 1].held},
                        {DNNL_ARG_DST, made.output}}});
}

void net::add_pooling(stage &made) {
    const layer &of = made.of;
    const algorithm kind =
        of.kind == layer::max_pool ? algorithm::pooling_max : algorithm::pooling_avg_exclude_padding;
    const memory::dims from = dims_of(value), stride = {of.stride[0], of.stride[1]},
                       kernel = {of.kernel[0], of.kernel[1]}, padding = {of.padding, of.padding};
    memory::dims to = from;
    for (int axis = 0; axis < 2; axis++)
        to[size_t(2 + axis)] =
            (from[size_t(2 + axis)] + 2 * of.padding - of.kernel[axis]) / of.stride[axis] + 1;
    made.pool = {{training ? prop_kind::forward_training : prop_kind::forward_inference, kind,
                  value.get_desc(), any(to), stride, kernel, padding, padding},
                 engine};
    made.input = value;
    made.output = next_value(made.pool.dst_desc());
    arguments with = {{DNNL_ARG_SRC, made.input}, {DNNL_ARG_DST, made.output}};
    if (training && of.kind == layer::max_pool) {
        made.workspace = room.memory(made.pool.workspace_desc(), engine);
        with[DNNL_ARG_WORKSPACE] = made.workspace;
    }
    forward.push_back({dnnl::pooling_forward(made.pool), with});
    if (!of.relu)
        return;
    dnnl::eltwise_forward::primitive_desc relu(
        {prop_kind::forward_inference, algorithm::eltwise_relu, made.output.get_desc(), 0.0f, 0.0f}, engine);
    forward.push_back(
        {dnnl::eltwise_forward(relu), {{DNNL_ARG_SRC, made.output}, {DNNL_ARG_DST, made.output}}});
}

// Reads its input as it lies, images with rows and columns too: the weights are laid out to match.
void net::add_dense(stage &made) {
    memory::dims weights = dims_of(value);
    weights[0] = made.of.filters;
    dnnl::primitive_attr attributes;
    dnnl::post_ops after;
    if (made.of.relu)
        after.append_eltwise(1.0f, algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(after);
    made.inner = {{training ? prop_kind::forward_training : prop_kind::forward_inference, value.get_desc(),
                   any(weights), plain({made.of.filters}), plain({batch, made.of.filters})},
                  attributes,
                  engine};
    made.input = value;
    made.output = next_value(made.inner.dst_desc());
    made.parameters = add_parameter(weights, made.inner.weights_desc());
    add_parameter({made.of.filters}, made.inner.bias_desc());
    forward.push_back({dnnl::inner_product_forward(made.inner),
                       {{DNNL_ARG_SRC, made.input},
                        {DNNL_ARG_WEIGHTS, parameter_list[made.parameters].held},
                        {DNNL_ARG_BIAS, parameter_list[made.parameters + 1].held},
                        {DNNL_ARG_DST, made.output}}});
}

// ---- Backward -------------------------------------------------------------------------------------------

void net::add_backward(const stage &of, bool first) {
    if (of.of.relu)
        relu_backward(of);
    if (of.of.kind == layer::conv)
        convolution_backward(of, first);
    else if (of.of.kind == layer::dense)
        dense_backward(of, first);
    else
        pooling_backward(of);
}

// In place, from what the ReLU gave.
void net::relu_backward(const stage &of) {
    const algorithm kind = algorithm::eltwise_relu_use_dst_for_bwd;
    const memory::desc desc = of.output.get_desc();
    difference = converted(difference, desc, backward,
                           [&](const memory::desc &to) { return differences.next(to, engine); });
    dnnl::eltwise_forward::primitive_desc hint({prop_kind::forward_training, kind, desc, 0.0f, 0.0f}, engine);
    dnnl::eltwise_backward::primitive_desc relu({kind, desc, desc, 0.0f, 0.0f}, engine, hint);
    backward.push_back(
        {dnnl::eltwise_backward(relu),
         {{DNNL_ARG_DST, of.output}, {DNNL_ARG_DIFF_DST, difference}, {DNNL_ARG_DIFF_SRC, difference}}});
}

// Where a gradient is computed in another layout than the weights have, it is brought into theirs behind.
void net::gradient_into(size_t number, const memory::desc &computed, arguments &with, int argument,
                        std::vector<call> &after) {
    memory gradient = parameter_list[number].gradient;
    if (computed == gradient.get_desc()) {
        with[argument] = gradient;
        return;
    }
    with[argument] = room.memory(computed, engine);
    after.push_back({dnnl::reorder(with[argument], gradient),
                     {{DNNL_ARG_FROM, with[argument]}, {DNNL_ARG_TO, gradient}}});
}

void net::convolution_backward(const stage &of, bool first) {
    auto aside = [&](const memory::desc &desc) { return room.memory(desc, engine); };
    const memory::dims dims = of.shape.input;
    auto sums = best_backward_weights(of.shape, by, activation(dims, by), engine);
    arguments with = {{DNNL_ARG_SRC, converted(of.input, sums.src_desc(), backward, aside)},
                      {DNNL_ARG_DIFF_DST, converted(difference, sums.diff_dst_desc(), backward, aside)}};
    std::vector<call> after;
    gradient_into(of.parameters, sums.diff_weights_desc(), with, DNNL_ARG_DIFF_WEIGHTS, after);
    gradient_into(of.parameters + 1, sums.diff_bias_desc(), with, DNNL_ARG_DIFF_BIAS, after);
    backward.push_back({dnnl::convolution_backward_weights(sums), with});
    backward.insert(backward.end(), after.begin(), after.end());
    if (first)
        return;
    auto best = best_backward_data(of.shape, by, engine);
    memory from = converted(difference, best.diff_dst_desc(), backward, aside);
    memory weights = converted(parameter_list[of.parameters].held, best.weights_desc(), backward, aside);
    difference = differences.next(best.diff_src_desc(), engine);
    backward.push_back(
        {dnnl::convolution_backward_data(best),
         {{DNNL_ARG_DIFF_DST, from}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DIFF_SRC, difference}}});
}

void net::pooling_backward(const stage &of) {
    auto next = [&](const memory::desc &desc) { return differences.next(desc, engine); };
    const algorithm kind =
        of.of.kind == layer::max_pool ? algorithm::pooling_max : algorithm::pooling_avg_exclude_padding;
    const memory::dims stride = {of.of.stride[0], of.of.stride[1]},
                       kernel = {of.of.kernel[0], of.of.kernel[1]}, padding = {of.of.padding, of.of.padding};
    dnnl::pooling_backward::primitive_desc pool(
        {kind, of.input.get_desc(), of.output.get_desc(), stride, kernel, padding, padding}, engine, of.pool);
    memory from = converted(difference, pool.diff_dst_desc(), backward, next);
    difference = next(pool.diff_src_desc());
    arguments with = {{DNNL_ARG_DIFF_DST, from}, {DNNL_ARG_DIFF_SRC, difference}};
    if (of.workspace)
        with[DNNL_ARG_WORKSPACE] = of.workspace;
    backward.push_back({dnnl::pooling_backward(pool), with});
}

void net::dense_backward(const stage &of, bool first) {
    auto aside = [&](const memory::desc &desc) { return room.memory(desc, engine); };
    const memory::desc input = of.input.get_desc(), output = of.output.get_desc();
    const memory::desc weights = any(of.inner.weights_desc().dims());
    dnnl::inner_product_backward_weights::primitive_desc sums(
        {input, weights, plain({of.of.filters}), output}, engine, of.inner);
    arguments with = {{DNNL_ARG_SRC, of.input}, {DNNL_ARG_DIFF_DST, difference}};
    std::vector<call> after;
    gradient_into(of.parameters, sums.diff_weights_desc(), with, DNNL_ARG_DIFF_WEIGHTS, after);
    gradient_into(of.parameters + 1, sums.diff_bias_desc(), with, DNNL_ARG_DIFF_BIAS, after);
    backward.push_back({dnnl::inner_product_backward_weights(sums), with});
    backward.insert(backward.end(), after.begin(), after.end());
    if (first)
        return;
    dnnl::inner_product_backward_data::primitive_desc best({input, weights, output}, engine, of.inner);
    memory held = converted(parameter_list[of.parameters].held, best.weights_desc(), backward, aside);
    memory from = difference;
    difference = differences.next(best.diff_src_desc(), engine);
    backward.push_back(
        {dnnl::inner_product_backward_data(best),
         {{DNNL_ARG_DIFF_DST, from}, {DNNL_ARG_WEIGHTS, held}, {DNNL_ARG_DIFF_SRC, difference}}});
}

// ---- Running --------------------------------------------------------------------------------------------

namespace {

// Softmax of a row; returns the logarithm of the sum that it was divided by, to be subtracted from a logit.
float softmax(const float *logits, long count, float *probabilities) {
    float largest = logits[0], sum = 0;
    for (long i = 1; i < count; i++)
        largest = std::max(largest, logits[i]);
    for (long i = 0; i < count; i++)
        sum += probabilities[i] = std::exp(logits[i] - largest);
    for (long i = 0; i < count; i++)
        probabilities[i] /= sum;
    return std::log(sum) + largest;
}

} // namespace

// Mean cross-entropy of the batch, and its gradient by the logits.
double net::loss_and_gradient(const int32_t *labels) {
    const float *rows = static_cast<const float *>(logits.get_data_handle());
    float *gradient = static_cast<float *>(logit_gradient.get_data_handle());
    double loss = 0;
    for (long i = 0; i < batch; i++) {
        const float *row = rows + i * classes;
        float *to = gradient + i * classes;
        loss += softmax(row, classes, to) - row[labels[i]];
        to[labels[i]] -= 1;
        for (long c = 0; c < classes; c++)
            to[c] /= float(batch);
    }
    return loss / double(batch);
}

void net::update(float rate, float momentum) {
    float *w = weights, *m = momenta;
    const float *g = gradients;
    const long count = long(flat_floats);
#pragma omp parallel for simd schedule(static)
    for (long i = 0; i < count; i++) {
        m[i] = momentum * m[i] + g[i];
        w[i] -= rate * m[i];
    }
}

double net::step(const float *images, const int32_t *labels, float rate, float momentum) {
    input.set_data_handle(const_cast<float *>(images));
    run(forward, stream);
    stream.wait();
    const double loss = loss_and_gradient(labels);
    run(backward, stream);
    stream.wait();
    update(rate, momentum);
    return loss;
}

const float *net::predict(const float *images) {
    input.set_data_handle(const_cast<float *>(images));
    run(forward, stream);
    stream.wait();
    const float *rows = static_cast<const float *>(logits.get_data_handle());
    for (long i = 0; i < batch; i++)
        softmax(rows + i * classes, classes, probabilities.data() + i * classes);
    return probabilities.data();
}

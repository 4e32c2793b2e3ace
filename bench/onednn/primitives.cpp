#include "primitives.hpp"

#include "../engine.h"

#include <sys/mman.h>

#include <cstdlib>
#include <list>
#include <stdexcept>

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using tag = dnnl::memory::format_tag;
using type = dnnl::memory::data_type;

policy policy_named(const std::string &name) {
    const algorithm direct = algorithm::convolution_direct, winograd = algorithm::convolution_winograd;
    if (name == "direct")
        return {{direct}};
    if (name == "winograd")
        return {{winograd, direct}};
    if (name == "tuned")
        return {{winograd, direct}, tag::any, true};
    if (name == "nhwc")
        return {{winograd, direct}, tag::nhwc, true};
    throw std::runtime_error("no such policy: " + name);
}

void run(const std::vector<call> &calls, dnnl::stream &stream) {
    for (const call &one : calls)
        one.primitive.execute(stream, one.with);
}

// ---- Memory ---------------------------------------------------------------------------------------------

arena::~arena() {
    for (void *block : blocks)
        std::free(block);
}

float *arena::take(size_t bytes) {
    const size_t huge = size_t(2) << 20, page = bytes < huge ? 4096 : huge;
    const size_t whole = (bytes + page - 1) / page * page;
    void *block = std::aligned_alloc(page, whole ? whole : page);
    if (!block)
        throw std::bad_alloc();
    blocks.push_back(block);
    madvise(block, whole, MADV_HUGEPAGE); // advice alone: refusal does not matter
    memset(block, 0, whole);
    return static_cast<float *>(block);
}

memory arena::memory(const memory::desc &desc, const dnnl::engine &engine) {
    return {desc, engine, take(desc.get_size())};
}

memory::desc plain(const memory::dims &dims) {
    static const tag tags[] = {tag::undef, tag::a, tag::ab, tag::abc, tag::abcd, tag::abcde};
    return {dims, type::f32, tags[dims.size()]};
}

memory::desc activation(const memory::dims &dims, const policy &by) {
    return {dims, type::f32, by.activations};
}

// ---- The choice -----------------------------------------------------------------------------------------

namespace {

// Seconds of one execution: the fastest of a few.
double seconds_of(const dnnl::primitive &primitive, const arguments &with, const dnnl::engine &engine) {
    dnnl::stream stream(engine);
    double best = 1e9, spent = 0;
    for (int i = 0; i < 2 || (i < 20 && spent < 0.05); i++) {
        const double begin = engine_now();
        primitive.execute(stream, with);
        stream.wait();
        const double seconds = engine_now() - begin;
        spent += seconds;
        if (seconds < best)
            best = seconds;
    }
    return best;
}

// The fastest of some descriptions, by what `measure` says of each; the first where there is no choice.
template <class Description, class Measure>
Description fastest(const std::vector<Description> &candidates, bool measures, Measure measure) {
    if (candidates.empty())
        throw std::runtime_error("oneDNN has no implementation of this layer");
    if (!measures || candidates.size() == 1)
        return candidates[0];
    size_t best = 0;
    double best_seconds = 1e9;
    for (size_t i = 0; i < candidates.size(); i++) {
        const double seconds = measure(candidates[i]);
        if (seconds < best_seconds) {
            best = i;
            best_seconds = seconds;
        }
    }
    return candidates[best];
}

// Winograd's kernels work on 16 channels at a time: asked for where there are fewer, they waste most of it.
std::vector<algorithm> algorithms_for(const convolution &of, const policy &by) {
    const bool few = of.input[1] < 16 && !by.measures;
    return few ? std::vector<algorithm>{algorithm::convolution_direct} : by.algorithms;
}

// What oneDNN has for what `make` describes by an algorithm: the first implementation for each algorithm, or all
// when they are to be measured; the reference only where there is nothing else. An algorithm that does not exist
// for a shape is no error.
template <class Description, class Make>
std::vector<Description> implementations(const convolution &of, const policy &by, Make make) {
    std::vector<Description> found, last_resort;
    for (algorithm one : algorithms_for(of, by)) {
        try {
            Description description = make(one);
            do {
                const bool reference = !strncmp(description.impl_info_str(), "ref", 3);
                (reference ? last_resort : found).push_back(description);
            } while (by.measures && description.next_impl());
        } catch (const dnnl::error &) {
        }
    }
    return found.empty() ? last_resort : found;
}

dnnl::primitive_attr attributes(const convolution &of) {
    dnnl::primitive_attr attributes;
    dnnl::post_ops after;
    if (of.relu)
        after.append_eltwise(1.0f, algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(after);
    return attributes;
}

memory::desc any(const memory::dims &dims) {
    return {dims, type::f32, tag::any};
}

dnnl::convolution_forward::primitive_desc hint_for(const convolution &of, algorithm one,
                                                   const memory::desc &input, const memory::desc &output,
                                                   const dnnl::engine &engine) {
    return {{prop_kind::forward_training, one, input, any(of.weights), plain(of.bias), output, of.stride,
             of.padding, of.padding},
            engine};
}

} // namespace

// oneDNN reads what a description was asked by until the last implementation has been looked at, so that all of it
// is kept: the lists of the functions below.

convolution convolution_of(const layer &of, long batch, const long input[3]) {
    auto size = [&](int axis) {
        return (input[1 + axis] + 2 * of.padding - of.kernel[axis]) / of.stride[axis] + 1;
    };
    convolution made;
    made.input = {batch, input[0], input[1], input[2]};
    made.weights = {of.filters / of.groups, input[0] / of.groups, of.kernel[0], of.kernel[1]};
    if (of.groups > 1)
        made.weights.insert(made.weights.begin(), of.groups);
    else
        made.weights[0] = of.filters;
    made.bias = {of.filters};
    made.output = {batch, of.filters, size(0), size(1)};
    made.stride = {of.stride[0], of.stride[1]};
    made.padding = {of.padding, of.padding};
    made.relu = of.relu;
    return made;
}

dnnl::convolution_forward::primitive_desc best_forward(const convolution &of, const policy &by, bool training,
                                                       const memory::desc &input,
                                                       const dnnl::engine &engine) {
    using description = dnnl::convolution_forward::primitive_desc;
    const prop_kind kind = training ? prop_kind::forward_training : prop_kind::forward_inference;
    const dnnl::primitive_attr fused = attributes(of);
    std::list<dnnl::convolution_forward::desc> asked;
    auto make = [&](algorithm one) {
        asked.emplace_back(kind, one, input, any(of.weights), plain(of.bias), activation(of.output, by),
                           of.stride, of.padding, of.padding);
        return description(asked.back(), fused, engine);
    };
    auto measure = [&](const description &candidate) {
        arena room;
        auto place = [&](const memory::desc &desc) { return room.memory(desc, engine); };
        return seconds_of(dnnl::convolution_forward(candidate),
                          {{DNNL_ARG_SRC, place(candidate.src_desc())},
                           {DNNL_ARG_WEIGHTS, place(candidate.weights_desc())},
                           {DNNL_ARG_BIAS, place(candidate.bias_desc())},
                           {DNNL_ARG_DST, place(candidate.dst_desc())}},
                          engine);
    };
    return fastest(implementations<description>(of, by, make), by.measures, measure);
}

dnnl::convolution_backward_data::primitive_desc best_backward_data(const convolution &of, const policy &by,
                                                                   const dnnl::engine &engine) {
    using description = dnnl::convolution_backward_data::primitive_desc;
    const memory::desc input = activation(of.input, by), output = activation(of.output, by);
    const dnnl::primitive_attr none;
    std::list<dnnl::convolution_backward_data::desc> asked;
    std::list<dnnl::convolution_forward::primitive_desc> hints;
    auto make = [&](algorithm one) {
        hints.push_back(hint_for(of, one, input, output, engine));
        asked.emplace_back(one, input, any(of.weights), output, of.stride, of.padding, of.padding);
        return description(asked.back(), none, engine, hints.back());
    };
    auto measure = [&](const description &candidate) {
        arena room;
        auto place = [&](const memory::desc &desc) { return room.memory(desc, engine); };
        return seconds_of(dnnl::convolution_backward_data(candidate),
                          {{DNNL_ARG_DIFF_DST, place(candidate.diff_dst_desc())},
                           {DNNL_ARG_WEIGHTS, place(candidate.weights_desc())},
                           {DNNL_ARG_DIFF_SRC, place(candidate.diff_src_desc())}},
                          engine);
    };
    return fastest(implementations<description>(of, by, make), by.measures, measure);
}

dnnl::convolution_backward_weights::primitive_desc best_backward_weights(const convolution &of,
                                                                         const policy &by,
                                                                         const memory::desc &input,
                                                                         const dnnl::engine &engine) {
    using description = dnnl::convolution_backward_weights::primitive_desc;
    const memory::desc output = activation(of.output, by);
    const dnnl::primitive_attr none;
    std::list<dnnl::convolution_backward_weights::desc> asked;
    std::list<dnnl::convolution_forward::primitive_desc> hints;
    auto make = [&](algorithm one) {
        hints.push_back(hint_for(of, one, input, output, engine));
        asked.emplace_back(one, input, any(of.weights), plain(of.bias), output, of.stride, of.padding,
                           of.padding);
        return description(asked.back(), none, engine, hints.back());
    };
    auto measure = [&](const description &candidate) {
        arena room;
        auto place = [&](const memory::desc &desc) { return room.memory(desc, engine); };
        return seconds_of(dnnl::convolution_backward_weights(candidate),
                          {{DNNL_ARG_SRC, place(candidate.src_desc())},
                           {DNNL_ARG_DIFF_DST, place(candidate.diff_dst_desc())},
                           {DNNL_ARG_DIFF_WEIGHTS, place(candidate.diff_weights_desc())},
                           {DNNL_ARG_DIFF_BIAS, place(candidate.diff_bias_desc())}},
                          engine);
    };
    return fastest(implementations<description>(of, by, make), by.measures, measure);
}

// A network assembled from oneDNN's primitives: everything is chosen, created and allocated once; a step only
// executes. Batch norm, branches and groups are not needed by bench/nets/.
#pragma once

#include "primitives.hpp"

#include <cstdint>
#include <memory>

// Memories of which each is written from the one before it, so that two places are enough for all.
class alternating {
  public:
    dnnl::memory next(const dnnl::memory::desc &desc, const dnnl::engine &engine);
    void place(arena &room);

  private:
    std::vector<dnnl::memory> all;
};

class net {
  public:
    // `weights`: all parameter tensors one behind the other as ONNX has them. With `training` a step can be
    // taken, else a batch can be predicted.
    net(const model &of, const float *weights, size_t weight_count, long batch, bool training,
        const policy &by);

    void restart(); // the initial weights again, no momentum
    double step(const float *images, const int32_t *labels, float rate,
                float momentum);               // returns the mean loss
    const float *predict(const float *images); // batch x outputs, softmax
    std::vector<float> parameters();
    long outputs() const {
        return classes;
    }

  private:
    struct parameter {
        dnnl::memory::desc user; // plain
        size_t user_offset;      // within `initial`, floats
        dnnl::memory held, gradient;
        size_t offset, floats; // within the flat arrays
    };
    struct stage {
        layer of;
        convolution shape;                                 // conv
        dnnl::pooling_forward::primitive_desc pool;        // poolings
        dnnl::inner_product_forward::primitive_desc inner; // dense
        dnnl::memory input, output, workspace;
        size_t parameters; // its weight's number; the bias follows
    };

    size_t add_parameter(const dnnl::memory::dims &dims, const dnnl::memory::desc &held);
    dnnl::memory next_value(const dnnl::memory::desc &desc);
    dnnl::memory converted(dnnl::memory from, const dnnl::memory::desc &to, std::vector<call> &calls,
                           const std::function<dnnl::memory(const dnnl::memory::desc &)> &make);
    void place_parameters();

    void add_forward(const layer &of);
    void add_convolution(stage &made);
    void add_pooling(stage &made);
    void add_dense(stage &made);
    void add_backward(const stage &of, bool first);
    void relu_backward(const stage &of);
    void convolution_backward(const stage &of, bool first);
    void pooling_backward(const stage &of);
    void dense_backward(const stage &of, bool first);
    void gradient_into(size_t parameter, const dnnl::memory::desc &computed, arguments &with, int argument,
                       std::vector<call> &after);

    double loss_and_gradient(const int32_t *labels);
    void update(float rate, float momentum);

    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    arena room;
    policy by;
    long batch, classes = 0;
    bool training;
    std::vector<float> initial;
    size_t taken = 0; // floats of `initial` that have found their parameter

    std::vector<parameter> parameter_list;
    size_t flat_floats = 0;
    float *weights = nullptr, *gradients = nullptr, *momenta = nullptr;

    std::vector<stage> stages;
    dnnl::memory input, value, difference; // the images; where building stands, forward and backward
    dnnl::memory logits, logit_gradient;
    alternating values, differences;
    std::vector<call> forward, backward;
    std::vector<float> probabilities;
};

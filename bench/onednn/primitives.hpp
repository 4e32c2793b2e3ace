// What nets and single layers share: memory, the choice among oneDNN's implementations, calls.
#pragma once

#include "model.hpp"

#include <oneapi/dnnl/dnnl.hpp>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

// How the best implementation of a convolution is looked for. `direct` and `winograd` ask for one algorithm
// (winograd: where it exists), `tuned` measures all of them for each primitive and takes the fastest; `nhwc`
// is `tuned` with activations channels-last rather than in the blocked layout that oneDNN prefers.
struct policy {
    std::vector<dnnl::algorithm> algorithms;
    dnnl::memory::format_tag activations = dnnl::memory::format_tag::any;
    bool measures = false;
};
policy policy_named(const std::string &name);

using arguments = std::unordered_map<int, dnnl::memory>;

struct call {
    dnnl::primitive primitive;
    arguments with;
};
void run(const std::vector<call> &calls, dnnl::stream &stream);

// Zeroed memory in huge pages where the system has them; lives as long as its owner.
class arena {
  public:
    arena() = default;
    arena(const arena &) = delete;
    arena &operator=(const arena &) = delete;
    ~arena();
    float *take(size_t bytes);
    dnnl::memory memory(const dnnl::memory::desc &desc, const dnnl::engine &engine);

  private:
    std::vector<void *> blocks;
};

// A convolution as oneDNN describes it; dimensions include the batch.
struct convolution {
    dnnl::memory::dims input, weights, bias, output, stride, padding;
    bool relu = false; // fused
};
convolution convolution_of(const layer &of, long batch, const long input[3]);

// The fastest, or the first, of what a policy allows for each direction. `activations`: see policy; the input
// of the first layer is left to oneDNN.
dnnl::convolution_forward::primitive_desc best_forward(const convolution &of, const policy &by, bool training,
                                                       const dnnl::memory::desc &input,
                                                       const dnnl::engine &engine);
dnnl::convolution_backward_data::primitive_desc best_backward_data(const convolution &of, const policy &by,
                                                                   const dnnl::engine &engine);
dnnl::convolution_backward_weights::primitive_desc best_backward_weights(const convolution &of,
                                                                         const policy &by,
                                                                         const dnnl::memory::desc &input,
                                                                         const dnnl::engine &engine);

// Logical layouts, as a user has them.
dnnl::memory::desc plain(const dnnl::memory::dims &dims);
// `dims` in the layout that a policy wants for activations.
dnnl::memory::desc activation(const dnnl::memory::dims &dims, const policy &by);

/* The operators of ONNX on arrays: one call is one node. */
#ifndef CNN_ARRAYS_OPERATORS_H
#define CNN_ARRAYS_OPERATORS_H

#include "arrays/attributes.h"

/* A node that is to be calculated. Outputs are empty at first, and made by the operator; the caller frees
 * them (with the same budget), also after a failure. An output that nobody wants has `wanted` false and may
 * stay empty. */
typedef struct cnn_call {
    const char *name; /* of the operator, as ONNX writes it */
    int64_t opset;
    const cnn_array *const *inputs; /* NULL: left out */
    int input_count;
    cnn_array *outputs;
    const bool *wanted; /* of each output; NULL: all */
    int output_count;
    cnn_attributes attributes; /* their errors become those of the call */
    cnn_budget *budget;        /* may be NULL */
    cnn_error *error;
} cnn_call;

/* Operator, inputs at least and at most, outputs at most; behind it the operator sets that changed it. */
#define CNN_OPERATOR_LIST(X)                                                                                 \
    X(Abs, 1, 1, 1)                                                                                          \
    X(Acos, 1, 1, 1)                                                                                         \
    X(Acosh, 1, 1, 1)                                                                                        \
    X(Add, 2, 2, 1)    /* 7: broadcasting of both, without attributes */                                     \
    X(And, 2, 2, 1)    /* 7: as Add */                                                                       \
    X(ArgMax, 1, 1, 1) /* 12: select_last_index */                                                           \
    X(ArgMin, 1, 1, 1) /* 12: select_last_index */                                                           \
    X(Asin, 1, 1, 1)                                                                                         \
    X(Asinh, 1, 1, 1)                                                                                        \
    X(Atan, 1, 1, 1)                                                                                         \
    X(Atanh, 1, 1, 1)                                                                                        \
    X(AveragePool, 1, 1, 1)        /* 7: count_include_pad, 10: ceil_mode, 19: dilations */                  \
    X(BatchNormalization, 5, 5, 5) /* 7: no is_test, 9: no spatial, 14: training_mode */                     \
    X(BitShift, 2, 2, 1)                                                                                     \
    X(BitwiseAnd, 2, 2, 1)                                                                                   \
    X(BitwiseNot, 1, 1, 1)                                                                                   \
    X(BitwiseOr, 2, 2, 1)                                                                                    \
    X(BitwiseXor, 2, 2, 1)                                                                                   \
    X(Cast, 1, 1, 1) /* 6: the type as a number */                                                           \
    X(CastLike, 2, 2, 1)                                                                                     \
    X(Ceil, 1, 1, 1)                                                                                         \
    X(Celu, 1, 1, 1)                                                                                         \
    X(Clip, 1, 3, 1) /* 11: limits as inputs */                                                              \
    X(Compress, 2, 2, 1)                                                                                     \
    X(Concat, 1, INT_MAX, 1) /* 4: the axis must be given */                                                 \
    X(Constant, 0, 0, 1)     /* 12: numbers and lists */                                                     \
    X(ConstantOfShape, 1, 1, 1)                                                                              \
    X(Conv, 2, 3, 1)                                                                                         \
    X(ConvInteger, 2, 4, 1)                                                                                  \
    X(ConvTranspose, 2, 3, 1)                                                                                \
    X(Cos, 1, 1, 1)                                                                                          \
    X(Cosh, 1, 1, 1)                                                                                         \
    X(CumSum, 2, 2, 1)                                                                                       \
    X(DepthToSpace, 1, 1, 1)     /* 11: mode */                                                              \
    X(DequantizeLinear, 2, 3, 1) /* 13: along an axis, 21: in blocks */                                      \
    X(Div, 2, 2, 1)              /* 7: as Add */                                                             \
    X(Dropout, 1, 3, 2)          /* 7: no is_test, 12: rate and mode as inputs */                            \
    X(DynamicQuantizeLinear, 1, 1, 3)                                                                        \
    X(Einsum, 1, INT_MAX, 1)                                                                                 \
    X(Elu, 1, 1, 1)                                                                                          \
    X(Equal, 2, 2, 1) /* 7: as Add */                                                                        \
    X(Erf, 1, 1, 1)                                                                                          \
    X(Exp, 1, 1, 1)                                                                                          \
    X(Expand, 2, 2, 1)                                                                                       \
    X(EyeLike, 1, 1, 1)                                                                                      \
    X(Flatten, 1, 1, 1) /* 11: negative axis */                                                              \
    X(Floor, 1, 1, 1)                                                                                        \
    X(GRU, 3, 6, 2)    /* 3: linear_before_reset, 14: layout */                                              \
    X(Gather, 2, 2, 1) /* 11: negative indices */                                                            \
    X(GatherElements, 2, 2, 1)                                                                               \
    X(GatherND, 2, 2, 1) /* 12: batch_dims */                                                                \
    X(Gelu, 1, 1, 1)                                                                                         \
    X(Gemm, 2, 3, 1) /* 7: broadcasting without an attribute */                                              \
    X(GlobalAveragePool, 1, 1, 1)                                                                            \
    X(GlobalLpPool, 1, 1, 1) /* 2: p an integer */                                                           \
    X(GlobalMaxPool, 1, 1, 1)                                                                                \
    X(Greater, 2, 2, 1) /* 7: as Add */                                                                      \
    X(GreaterOrEqual, 2, 2, 1)                                                                               \
    X(GridSample, 2, 2, 1)         /* 20: names of the modes */                                              \
    X(GroupNormalization, 3, 3, 1) /* 21: scale and bias of each channel, not of each group; stash_type */   \
    X(HardSigmoid, 1, 1, 1)                                                                                  \
    X(HardSwish, 1, 1, 1)                                                                                    \
    X(Hardmax, 1, 1, 1) /* 13: as LogSoftmax */                                                              \
    X(Identity, 1, 1, 1)                                                                                     \
    X(InstanceNormalization, 3, 3, 1)                                                                        \
    X(IsInf, 1, 1, 1)                                                                                        \
    X(IsNaN, 1, 1, 1)                                                                                        \
    X(LRN, 1, 1, 1)                                                                                          \
    X(LSTM, 3, 8, 3) /* 14: layout */                                                                        \
    X(LayerNormalization, 2, 3, 3)                                                                           \
    X(LeakyRelu, 1, 1, 1)                                                                                    \
    X(Less, 2, 2, 1) /* 7: as Add */                                                                         \
    X(LessOrEqual, 2, 2, 1)                                                                                  \
    X(Log, 1, 1, 1)                                                                                          \
    X(LogSoftmax, 1, 1, 1) /* 13: one axis instead of all from it on */                                      \
    X(LpNormalization, 1, 1, 1)                                                                              \
    X(LpPool, 1, 1, 1) /* 2: p an integer */                                                                 \
    X(MatMul, 2, 2, 1)                                                                                       \
    X(MatMulInteger, 2, 4, 1)                                                                                \
    X(Max, 1, INT_MAX, 1) /* 8: broadcasting */                                                              \
    X(MaxPool, 1, 1, 2)   /* 8: indices, 10: ceil_mode, dilations */                                         \
    X(MaxUnpool, 2, 3, 1)                                                                                    \
    X(Mean, 1, INT_MAX, 1) /* 8: broadcasting */                                                             \
    X(MeanVarianceNormalization, 1, 1, 1)                                                                    \
    X(Min, 1, INT_MAX, 1) /* 8: broadcasting */                                                              \
    X(Mish, 1, 1, 1)                                                                                         \
    X(Mod, 2, 2, 1)                                                                                          \
    X(Mul, 2, 2, 1) /* 7: as Add */                                                                          \
    X(Neg, 1, 1, 1)                                                                                          \
    X(NegativeLogLikelihoodLoss, 2, 3, 1)                                                                    \
    X(NonMaxSuppression, 2, 5, 1)                                                                            \
    X(NonZero, 1, 1, 1)                                                                                      \
    X(Not, 1, 1, 1)                                                                                          \
    X(OneHot, 3, 3, 1)                                                                                       \
    X(Or, 2, 2, 1)    /* 7: as Add */                                                                        \
    X(PRelu, 2, 2, 1) /* 7: broadcasting of the slope from the last axis */                                  \
    X(Pad, 1, 4, 1)   /* 11: all as inputs, 18: axes, 19: wrap */                                            \
    X(Pow, 2, 2, 1)   /* 7: as Add */                                                                        \
    X(QLinearConv, 8, 9, 1)                                                                                  \
    X(QLinearMatMul, 8, 8, 1)                                                                                \
    X(QuantizeLinear, 2, 3, 1) /* 13: along an axis, 21: in blocks */                                        \
    X(RMSNormalization, 2, 2, 1)                                                                             \
    X(RNN, 3, 6, 2) /* 14: layout */                                                                         \
    X(Range, 3, 3, 1)                                                                                        \
    X(Reciprocal, 1, 1, 1)                                                                                   \
    X(ReduceL1, 1, 2, 1)        /* 18: axes as input */                                                      \
    X(ReduceL2, 1, 2, 1)        /* 18: axes as input */                                                      \
    X(ReduceLogSum, 1, 2, 1)    /* 18: axes as input */                                                      \
    X(ReduceLogSumExp, 1, 2, 1) /* 18: axes as input */                                                      \
    X(ReduceMax, 1, 2, 1)       /* 18: axes as input */                                                      \
    X(ReduceMean, 1, 2, 1)      /* 18: axes as input */                                                      \
    X(ReduceMin, 1, 2, 1)       /* 18: axes as input */                                                      \
    X(ReduceProd, 1, 2, 1)      /* 18: axes as input */                                                      \
    X(ReduceSum, 1, 2, 1)       /* 13: axes as input */                                                      \
    X(ReduceSumSquare, 1, 2, 1) /* 18: axes as input */                                                      \
    X(Relu, 1, 1, 1)                                                                                         \
    X(Reshape, 1, 2, 1) /* 5: shape as input, 14: allowzero */                                               \
    X(Resize, 1, 4, 1)  /* 11: sizes, coordinate transformations, 18: axes */                                \
    X(ReverseSequence, 2, 2, 1)                                                                              \
    X(RoiAlign, 3, 3, 1) /* 16: coordinate_transformation_mode */                                            \
    X(Round, 1, 1, 1)                                                                                        \
    X(Scatter, 3, 3, 1)                                                                                      \
    X(ScatterElements, 3, 3, 1) /* 16: reductions */                                                         \
    X(ScatterND, 3, 3, 1)       /* 16: reductions */                                                         \
    X(Selu, 1, 1, 1)                                                                                         \
    X(Shape, 1, 1, 1) /* 15: start and end */                                                                \
    X(Shrink, 1, 1, 1)                                                                                       \
    X(Sigmoid, 1, 1, 1)                                                                                      \
    X(Sign, 1, 1, 1)                                                                                         \
    X(Sin, 1, 1, 1)                                                                                          \
    X(Sinh, 1, 1, 1)                                                                                         \
    X(Size, 1, 1, 1)                                                                                         \
    X(Slice, 1, 5, 1)   /* 10: all as inputs */                                                              \
    X(Softmax, 1, 1, 1) /* 13: as LogSoftmax */                                                              \
    X(SoftmaxCrossEntropyLoss, 2, 3, 2)                                                                      \
    X(Softplus, 1, 1, 1)                                                                                     \
    X(Softsign, 1, 1, 1)                                                                                     \
    X(SpaceToDepth, 1, 1, 1)                                                                                 \
    X(Split, 1, 2, INT_MAX) /* 13: sizes as input, 18: num_outputs */                                        \
    X(Sqrt, 1, 1, 1)                                                                                         \
    X(Squeeze, 1, 2, 1)   /* 13: axes as input */                                                            \
    X(Sub, 2, 2, 1)       /* 7: as Add */                                                                    \
    X(Sum, 1, INT_MAX, 1) /* 8: broadcasting */                                                              \
    X(Swish, 1, 1, 1)                                                                                        \
    X(Tan, 1, 1, 1)                                                                                          \
    X(Tanh, 1, 1, 1)                                                                                         \
    X(ThresholdedRelu, 1, 1, 1)                                                                              \
    X(Tile, 2, 3, 1) /* 6: repeats of all axes */                                                            \
    X(TopK, 1, 2, 2) /* 10: k as input, 11: the smallest */                                                  \
    X(Transpose, 1, 1, 1)                                                                                    \
    X(Trilu, 1, 2, 1)                                                                                        \
    X(Unsqueeze, 1, 2, 1) /* 13: axes as input */                                                            \
    X(Upsample, 1, 2, 1)  /* 9: scales as input; Resize since 10 */                                          \
    X(Where, 3, 3, 1)                                                                                        \
    X(Xor, 2, 2, 1) /* 7: as Add */

#define CNN_OPERATOR_FUNCTION(name, min, max, outputs) cnn_status cnn_run_##name(cnn_call *call);
CNN_OPERATOR_LIST(CNN_OPERATOR_FUNCTION)
#undef CNN_OPERATOR_FUNCTION

/* Whether there is an operator of that name. */
bool cnn_operator_known(const char *name);
/* Calculate one node: checks how many inputs and outputs it has, and that no attribute is left unread. The
 * caller puts before the message of a failure where the node stands. */
cnn_status cnn_operator_run(cnn_call *call);

#endif

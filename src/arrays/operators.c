#include "arrays/operators.h"

#include "arrays/call.h"

#include <limits.h>
#include <string.h>

typedef struct operator_row {
    const char *name;
    int min_inputs, max_inputs, max_outputs;
    cnn_status (*run)(cnn_call *call);
} operator_row;

static const operator_row operators[] = {
#define ROW(name, min, max, outputs) {#name, min, max, outputs, cnn_run_##name},
    CNN_OPERATOR_LIST(ROW)
#undef ROW
};
enum { OPERATORS = sizeof operators / sizeof operators[0] };

static const operator_row *find(const char *name) {
    for (int i = 0; i < OPERATORS; i++)
        if (*operators[i].name == *name && strcmp(operators[i].name, name) == 0)
            return &operators[i];
    return NULL;
}

bool cnn_operator_known(const char *name) {
    return find(name) != NULL;
}

/* Optional inputs are checked by those who read them; the first ones must be there. */
static cnn_status check_counts(const cnn_call *call, const operator_row *row) {
    if (call->input_count < row->min_inputs || call->input_count > row->max_inputs)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %d inputs, expected %d to %d", call->input_count,
                             row->min_inputs, row->max_inputs);
    for (int i = 0; i < row->min_inputs; i++)
        if (!call->inputs[i])
            return cnn_call_fail(call, CNN_ERROR_FORMAT, "input %d is left out", i);
    if (call->output_count < 1 || call->output_count > row->max_outputs)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %d outputs, expected 1 to %d",
                             call->output_count, row->max_outputs);
    return CNN_OK;
}

/* An output that is wanted must have been made. */
static cnn_status check_outputs(const cnn_call *call) {
    for (int k = 0; k < call->output_count; k++)
        if (cnn_call_wants(call, k) && cnn_array_empty(&call->outputs[k]))
            return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                                 "its output %d is used, which exists only in training", k + 1);
    return CNN_OK;
}

cnn_status cnn_operator_run(cnn_call *call) {
    const operator_row *row = find(call->name);
    if (!row)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                             "this operator is not supported; docs/onnx.md lists those that are");
    call->attributes.error = call->error;
    cnn_status status = check_counts(call, row);
    if (status == CNN_OK)
        status = row->run(call);
    if (status == CNN_OK)
        status = cnn_attributes_all_read(&call->attributes);
    if (status == CNN_OK)
        status = check_outputs(call);
    return status;
}

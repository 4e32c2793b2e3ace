/* ONNX graphs through the interpreter, with inputs of the declared sizes: refused with a message or run, within
 * a budget of memory and work that comes back whole. */
#include "base/memory.h"
#include "onnx/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_INPUTS = 8, MAX_OUTPUTS = 8, MAX_BYTES = 4 << 20, MAX_WORK = 1 << 20 };

/* Something that fits what is declared; sizes that are not fixed are 2. */
static cnn_status make_input(const cnn_declared *declared, cnn_array *array, cnn_budget *budget) {
    cnn_shape shape = {.rank = declared->rank < 0 ? 2 : declared->rank};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = declared->rank < 0 || declared->dim[i] < 0 ? 2 : declared->dim[i];
    if (declared->type && !cnn_type_known(declared->type))
        return CNN_ERROR_UNSUPPORTED;
    cnn_status status = cnn_array_new(array, declared->type ? (cnn_type)declared->type : CNN_TYPE_FLOAT32,
                                      &shape, budget, NULL);
    for (int64_t i = 0; status == CNN_OK && array->type == CNN_TYPE_FLOAT32 && i < array->elements; i++)
        ((float *)array->data)[i] = (float)(i % 7) - 3;
    return status;
}

static void run(const cnn_program *program, cnn_budget *budget) {
    cnn_array arrays[MAX_INPUTS] = {{0}}, outputs[MAX_OUTPUTS] = {{0}};
    const cnn_array *inputs[MAX_INPUTS] = {0};
    cnn_error error = {0};
    cnn_status status = CNN_OK;
    if (cnn_program_inputs(program) > MAX_INPUTS || cnn_program_outputs(program) > MAX_OUTPUTS)
        return;
    for (int k = 0; status == CNN_OK && k < cnn_program_needed_inputs(program); k++) {
        status = make_input(cnn_program_input(program, k), &arrays[k], budget);
        inputs[k] = &arrays[k];
    }
    if (status == CNN_OK && cnn_program_run(program, inputs, outputs, NULL, budget, &error) != CNN_OK &&
        !error.message[0])
        __builtin_trap();
    for (int k = 0; k < MAX_INPUTS; k++)
        cnn_array_free(&arrays[k], budget);
    for (int k = 0; k < MAX_OUTPUTS; k++)
        cnn_array_free(&outputs[k], budget);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    cnn_program *program;
    cnn_error error = {0};
    cnn_budget budget = {.bytes = MAX_BYTES, .work = MAX_WORK};
    cnn_status status = cnn_program_open(&program, bytes, size, "input", NULL, &budget, &error);
    if ((status == CNN_OK) != (program != NULL) || (status != CNN_OK && !error.message[0]))
        __builtin_trap();
    if (program)
        run(program, &budget);
    cnn_program_free(program);
    if (budget.bytes != MAX_BYTES)
        __builtin_trap();
    return 0;
}

/* Parameters in safetensors files: written, opened again, loaded into a network by name. */
#include "formats/safetensors.h"
#include "graph/net.h"

#include "base/memory.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <string.h>

static const char text[] = "input 1x8x8\nconv 2 3x3 name c\nflatten\ndense 3 name d\n";

static cnn_net *make_net(uint64_t seed) {
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net, text, "text", NULL), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, seed), CNN_OK);
    return net;
}

static char *within(void **state, const char *name) {
    char *path = cnn_path_join(*state, name, NULL);
    assert_non_null(path);
    return path;
}

/* Everything comes back: layers, parameters, normalisation, class names. */
static void a_written_network_opens_again(void **state) {
    static const char *const classes[] = {"cat", "d\xc3\xb6g", "\"bird\""};
    char *path = within(state, "net.safetensors");
    cnn_net *net = make_net(1), *opened;
    bool trained = false;
    assert_int_equal(cnn_net_set_normalisation(net, &(float){0.3F}, &(float){0.7F}, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(net, classes, 3, NULL), CNN_OK);
    assert_int_equal(cnn_net_save(net, path, NULL), CNN_OK);
    assert_int_equal(cnn_net_open(&opened, path, &trained, NULL), CNN_OK);
    assert_true(trained);
    assert_true(cnn_net_same_layers(net, opened));
    assert_same_parameters(net, opened);
    assert_float_equal(opened->mean[0], 0.3F, 0);
    assert_float_equal(opened->deviation[0], 0.7F, 0);
    assert_string_equal(cnn_net_class(opened, 1), classes[1]);
    cnn_net_free(opened);
    cnn_net_free(net);
    cnn_free(path);
}

static void weights_are_taken_by_name(void **state) {
    char *path = within(state, "net.safetensors");
    cnn_net *net = make_net(1), *other = make_net(2);
    assert_int_equal(cnn_net_save(net, path, NULL), CNN_OK);
    assert_int_equal(cnn_net_load_weights(other, path, NULL), CNN_OK);
    assert_same_parameters(net, other);
    cnn_net_free(other);
    cnn_net_free(net);
    cnn_free(path);
}

/* The last layer of the other network has another size and a further one another name. */
static void a_part_of_the_weights_is_taken(void **state) {
    char *path = within(state, "net.safetensors");
    cnn_net *net = make_net(1), *larger;
    cnn_partial_weights part;
    cnn_error error = {0};
    const float before[5] = {1, 2, 3, 4, 5};
    float taken[18], kept[5];
    assert_int_equal(
        cnn_net_parse(&larger, "input 1x8x8\nconv 2 3x3 name c\nflatten\ndense 5 name d\ndense 3 name e\n",
                      "text", NULL),
        CNN_OK);
    cnn_net_initialise(larger, 2);
    assert_int_equal(cnn_net_set_normalisation(net, &(float){0.3F}, &(float){0.7F}, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_parameter(larger, "d.bias", before, 5, NULL), CNN_OK);
    assert_int_equal(cnn_net_save(net, path, NULL), CNN_OK);
    assert_int_equal(cnn_net_load_weights(larger, path, &error), CNN_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "--partial takes those that match"));
    assert_int_equal(cnn_net_load_weights_partial(larger, path, &part, &error), CNN_OK);
    assert_int_equal(part.taken, 2);
    assert_string_equal(part.taken_names, "c.weight, c.bias");
    assert_int_equal(part.left, 4);
    assert_string_equal(part.left_names, "d.weight, d.bias, e.weight and 1 more");
    assert_int_equal(part.unused, 0);
    assert_int_equal(cnn_net_get_parameter(larger, "c.weight", taken, 18, NULL), CNN_OK);
    assert_memory_equal(taken, net->values, sizeof taken);
    assert_int_equal(cnn_net_get_parameter(larger, "d.bias", kept, 5, NULL), CNN_OK);
    assert_memory_equal(kept, before, sizeof kept);
    assert_float_equal(larger->mean[0], 0.3F, 0);
    cnn_net_free(larger);
    assert_int_equal(cnn_net_parse(&larger, "input 1x8x8\nflatten\ndense 5 name other\n", "text", NULL),
                     CNN_OK);
    assert_int_equal(cnn_net_load_weights_partial(larger, path, NULL, &error), CNN_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "other.weight"));
    cnn_net_free(larger);
    cnn_net_free(net);
    cnn_free(path);
}

/* A checkpoint has more tensors than parameters; those of the last epoch are taken. */
static void a_checkpoint_is_a_model(void **state) {
    char *path = within(state, "checkpoint.safetensors");
    cnn_net *net = small_net(), *opened;
    cnn_data *data = small_data(100);
    cnn_train_options options = small_options();
    options.run_directory = *state;
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_int_equal(cnn_net_open(&opened, path, NULL, NULL), CNN_OK);
    assert_same_parameters(net, opened);
    assert_float_equal(opened->mean[0], net->mean[0], 0);
    cnn_net_free(opened);
    cnn_net_free(net);
    cnn_data_free(data);
    cnn_free(path);
}

/* ---- Files from elsewhere -------------------------------------------------------------------------- */

static const float zeros[3 * 72 + 3 + 2 * 9 + 2]; /* as many as the network has parameters */

static cnn_safetensor tensor(const char *name, int rank, const int64_t *dim, const char *dtype) {
    cnn_safetensor made = {.name = name, .dtype = dtype, .shape = cnn_shape_of(rank, dim), .data = zeros};
    made.size = (size_t)cnn_shape_elements(&made.shape) * (strcmp(dtype, "F32") == 0 ? 4 : 2);
    return made;
}

enum { WEIGHT, BIAS, DENSE_WEIGHT, DENSE_BIAS, COUNTER, TENSORS };

static void whole_file(cnn_safetensor tensors[TENSORS]) {
    tensors[WEIGHT] = tensor("c.weight", 4, (int64_t[]){2, 1, 3, 3}, "F32");
    tensors[BIAS] = tensor("c.bias", 1, (int64_t[]){2}, "F32");
    tensors[DENSE_WEIGHT] = tensor("d.weight", 2, (int64_t[]){3, 72}, "F32");
    tensors[DENSE_BIAS] = tensor("d.bias", 1, (int64_t[]){3}, "F32");
    tensors[COUNTER] = tensor("bn.num_batches_tracked", 0, NULL, "F32"); /* PyTorch's; means nothing here */
}

static void expect(const char *path, const cnn_safetensor *tensors, const char *message) {
    cnn_error error = {0};
    cnn_net *net = make_net(1), *before = make_net(1);
    assert_int_equal(cnn_safetensors_write(path, tensors, TENSORS, NULL, 0, NULL), CNN_OK);
    cnn_status status = cnn_net_load_weights(net, path, &error);
    if (message) {
        assert_int_equal(status, CNN_ERROR_FORMAT);
        if (!strstr(error.message, message) || !strstr(error.message, path))
            fail_msg("\"%s\" does not say \"%s\"", error.message, message);
        assert_same_parameters(net, before);
    } else {
        assert_int_equal(status, CNN_OK);
        assert_memory_equal(net->values, zeros, (size_t)net->value_count * sizeof *zeros);
    }
    cnn_net_free(net);
    cnn_net_free(before);
}

static void names_shapes_and_types_are_checked(void **state) {
    char *path = within(state, "other.safetensors");
    cnn_safetensor tensors[TENSORS];
    whole_file(tensors);
    expect(path, tensors, NULL);
    tensors[BIAS].name = "c.b";
    expect(path, tensors, "missing are c.bias; the network does not have c.b");
    whole_file(tensors);
    tensors[COUNTER].name = "more";
    expect(path, tensors, "the network does not have more");
    whole_file(tensors);
    for (int i = 0; i < DENSE_BIAS + 1; i++)
        tensors[i].name = &"wxyz"[i];
    expect(path, tensors, "missing are c.weight, c.bias, d.weight and 1 more; the network does not have");
    whole_file(tensors);
    tensors[DENSE_WEIGHT] = tensor("d.weight", 2, (int64_t[]){72, 3}, "F32");
    expect(path, tensors, "tensor d.weight is F32 72x3, but the network's is F32 3x72");
    whole_file(tensors);
    tensors[BIAS] = tensor("c.bias", 1, (int64_t[]){2}, "F16");
    expect(path, tensors, "tensor c.bias is F16 2, but");
    cnn_net *net;
    cnn_error error;
    assert_int_equal(cnn_net_open(&net, path, NULL, &error), CNN_ERROR_FORMAT);
    assert_null(net);
    assert_non_null(strstr(error.message, "has parameters but no network"));
    cnn_free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_written_network_opens_again, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(weights_are_taken_by_name, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(a_checkpoint_is_a_model, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(a_part_of_the_weights_is_taken, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(names_shapes_and_types_are_checked, folder_new, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* cnn convert and cnn diff; and what cnn train does with models that come in. */
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *run_json(const char *arguments) {
    command_result result = command_run(arguments);
    if (result.code != 0)
        fail_msg("cnn %s: exit %d, %s", arguments, result.code, result.err);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    command_free(&result);
    return json;
}

static json_int_t integer(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static double real(const json_t *object, const char *key) {
    return json_real_value(json_object_get(object, key));
}

static void expect_same(const char *arguments) {
    json_t *json = run_json(arguments);
    assert_true(json_is_true(json_object_get(json, "same")));
    assert_float_equal(real(json, "largest"), 0, 0);
    json_decref(json);
}

/* ---- convert --------------------------------------------------------------------------------------- */

static void a_model_goes_through_every_format_and_comes_back(void **state) {
    (void)state;
    command_expect("convert model.txt a.onnx --seed 3", 0, "a.onnx (ONNX): ", NULL);
    command_expect("convert a.onnx a.safetensors", 0, "a.safetensors (safetensors): ", NULL);
    command_expect("convert a.safetensors a.txt", 0, "a.txt (text): ", NULL);
    command_expect("convert a.txt b.onnx --weights a.safetensors", 0, "b.onnx", NULL);
    expect_same("diff a.onnx b.onnx --json");
    expect_same("diff a.safetensors b.onnx --json");
    json_t *json = run_json("convert a.onnx c.safetensors --json");
    assert_string_equal(json_string_value(json_object_get(json, "format")), "safetensors");
    assert_true(integer(json, "parameters") > 0);
    json_decref(json);
}

static void what_cannot_be_converted_is_said(void **state) {
    (void)state;
    command_expect("convert model.txt", 2, NULL, "MODEL FILE");
    command_expect("convert model.txt a.pb", 2, NULL, "must end in .onnx, .safetensors or .txt");
    command_expect("convert model.txt .onnx", 2, NULL, "must end in");
    command_expect("convert model.txt d.onnx", 1, NULL, "model.txt has no parameters");
    command_expect("convert absent.onnx d.onnx", 1, NULL, "there is no file or folder");
    command_expect("convert a.onnx d.onnx --seed 1", 1, NULL, "a.onnx has its own");
    command_expect("convert basic d.onnx --weights a.safetensors", 1, NULL,
                   "a.safetensors: its names do not match");
    command_expect("convert a.onnx missing/d.onnx", 1, NULL, "missing/d.onnx");
}

/* ---- diff ------------------------------------------------------------------------------------------ */

static void differences_of_parameters_and_predictions_are_counted(void **state) {
    (void)state;
    command_expect("convert model.txt e.onnx --seed 4", 0, "e.onnx", NULL);
    json_t *json = run_json("diff a.onnx e.onnx --data data --json");
    const json_t *predictions = json_object_get(json, "predictions");
    assert_true(json_is_false(json_object_get(json, "same")));
    assert_int_equal(integer(json, "different_layers"), 0);
    assert_true(real(json, "largest") > 0.01);
    assert_int_equal(integer(predictions, "images"), 24);
    assert_true(integer(predictions, "different") > 0 && real(predictions, "largest") > 0);
    json_decref(json);
    json = run_json("diff a.onnx a.safetensors --data data --limit 8 --json");
    predictions = json_object_get(json, "predictions");
    assert_int_equal(integer(predictions, "images"), 8);
    assert_int_equal(integer(predictions, "different"), 0);
    json_decref(json);
    command_expect("diff a.onnx e.onnx --data data", 0, "their parameters differ by up to", NULL);
    command_expect("diff a.onnx e.onnx --data data", 0, "label ", NULL);
    command_expect("diff a.onnx a.safetensors", 0, "the same parameters", NULL);
}

static void layers_that_one_model_lacks_are_shown(void **state) {
    (void)state;
    command_expect("diff basic basic-dropout", 0, "dropout_1", NULL);
    command_expect("diff basic basic-dropout", 0, "2 of 12 layers differ", NULL);
    command_expect("diff basic model.txt --data data", 1, NULL, "models with the same input shape");
    command_expect("diff a.onnx", 2, NULL, "MODEL MODEL");
    command_expect("diff a.onnx nowhere", 1, NULL, "nowhere");
}

/* ---- train ----------------------------------------------------------------------------------------- */

/* The number of layers whose parameters are the same in both models. */
static int layers_kept(const char *arguments) {
    json_t *json = run_json(arguments), *layer;
    size_t index;
    int kept = 0;
    json_array_foreach(json_object_get(json, "layers"), index, layer) kept +=
        json_is_real(json_object_get(layer, "largest")) && real(layer, "largest") == 0;
    json_decref(json);
    return kept;
}

static void imported_models_are_trained_on(void **state) {
    (void)state;
    command_expect("train a.onnx --data data -o tuned --epochs 1 --freeze 'conv_*'", 0, "Frozen ", NULL);
    assert_int_equal(layers_kept("diff a.onnx tuned --json"), 1);
    command_expect("train a.onnx --data data -o new --epochs 1 --classes 6 --freeze 'conv_*'", 0,
                   "The last layer was replaced with a new one for 6 classes", NULL);
    json_t *json = run_json("summary new --json");
    assert_int_equal(integer(json, "outputs"), 6);
    json_decref(json);
    assert_int_equal(layers_kept("diff a.onnx new --json"), 1);
    command_expect("train model.txt --data data -o named --epochs 1 --weights a.safetensors", 0,
                   "Classes  matched by position, since the model has no class names", NULL);
    command_expect("train model.txt --data data -o read --epochs 1 --weights a.safetensors", 0,
                   "continues from the parameters of a.safetensors", NULL);
    command_expect("train a.onnx --data data -o first --epochs 2 --freeze-epochs 1", 0,
                   "For 1 epoch the last layer alone is trained, then all layers", NULL);
    command_expect("train a.onnx --data data -o first --epochs 3 --freeze-epochs 2 --resume", 1, "Model ",
                   "freeze_epochs was 1 and is now 2");
    command_expect("train a.onnx --data data -o gradual --epochs 3 --freeze-epochs 2 --unfreeze-gradually "
                   "--layer-decay 0.5",
                   0, "For 2 epochs more and more layers are trained", NULL);
    command_expect("train a.onnx --data data -o gradual --epochs 4 --freeze-epochs 2 --unfreeze-gradually "
                   "--layer-decay 0.6 "
                   "--resume",
                   1, "Model ", "layer_decay was 0.5 and is now 0.6");
    command_expect("train model.txt --data data -o taught --epochs 1 --teacher a.onnx --temperature 2", 0,
                   "Teacher  a.onnx: 188 parameters", NULL);
    command_expect(
        "train model.txt --data data -o taught --epochs 2 --teacher tuned --temperature 2 --resume", 1,
        "Model ", ": teacher was \"");
    command_expect("train a.onnx --data data -o again --epochs 1", 0, "Trained in", NULL);
    expect_same("diff read again --json");
}

static void a_part_of_the_weights_is_enough_when_asked(void **state) {
    (void)state;
    command_expect("convert tuned tuned.safetensors", 0, "tuned.safetensors", NULL);
    command_expect("train new --data data -o part --epochs 1 --weights tuned.safetensors", 1, NULL, "F32");
    command_expect("train new --data data -o part --epochs 1 --weights tuned.safetensors --partial", 0,
                   "left unchanged: ", NULL);
    command_expect("train new --data data -o part2 --epochs 1 --partial", 2, NULL, "--weights");
}

static void what_cannot_be_tuned_is_said(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o x --freeze conv_1", 1, NULL, "has not been trained");
    command_expect("train model.txt --data data -o x --freeze-epochs 1", 1, NULL,
                   "leave out --freeze-epochs");
    command_expect("train a.onnx --data data -o x --epochs 2 --freeze-epochs 2", 1, NULL,
                   "freeze_epochs must be fewer than the epochs");
    command_expect("train a.onnx --data data -o x --teacher model.txt", 1, NULL, "has not been trained");
    command_expect("train a.onnx --data data -o x --teacher none.onnx", 1, NULL, "--teacher: ");
    command_expect("train a.onnx --data data -o x --temperature 2", 2, NULL, "together with --teacher");
    command_expect("train a.onnx --data data -o x --freeze 'none*'", 1, NULL, "matches \"none*\"");
    command_expect("train a.onnx --data data -o x --freeze 'conv_*,fc_*'", 1, "Frozen ", "nothing to train");
    command_expect("train a.onnx --data data -o x --classes 3", 1, "new one for 3", "4 classes");
    command_expect("train a.onnx --data data -o x --classes 0", 2, NULL, "--classes");
    command_expect("train model.txt --data data -o x --weights model.txt", 1, NULL, "not a safetensors file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_goes_through_every_format_and_comes_back),
        cmocka_unit_test(what_cannot_be_converted_is_said),
        cmocka_unit_test(differences_of_parameters_and_predictions_are_counted),
        cmocka_unit_test(layers_that_one_model_lacks_are_shown),
        cmocka_unit_test(imported_models_are_trained_on),
        cmocka_unit_test(a_part_of_the_weights_is_enough_when_asked),
        cmocka_unit_test(what_cannot_be_tuned_is_said),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}

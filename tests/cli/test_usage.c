/* What a person gets who mistypes: the command's own words, exit codes, suggestions. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void help_of_the_whole_names_every_command(void **state) {
    (void)state;
    command_expect("--help", 0, "  train ", NULL);
    command_expect("--help", 0, "  data info ", NULL);
    command_expect("help", 0, "  convolve ", NULL);
    command_expect("data --help", 0, "  data info ", NULL);
}

static void help_on_a_command_is_what_its_help_option_prints(void **state) {
    (void)state;
    command_result by_command = command_run("help data info"), by_option = command_run("data info --help");
    assert_int_equal(by_command.code, 0);
    assert_string_equal(by_command.out, by_option.out);
    assert_non_null(strstr(by_command.out, "Usage: cnn data info DATA [OPTIONS]\n"));
    command_free(&by_command);
    command_free(&by_option);
}

static void version_names_version_and_instruction_set(void **state) {
    (void)state;
    setenv("CNN_CPU", "scalar", 1);
    command_expect("--version", 0, "cnn 0.", NULL);
    command_expect("--version", 0, "(scalar)", NULL);
    unsetenv("CNN_CPU");
}

static void an_unknown_instruction_set_is_refused(void **state) {
    (void)state;
    setenv("CNN_CPU", "abacus", 1);
    command_expect("--version", 1, NULL, "abacus");
    command_expect("train model.txt --data data -o run", 1, NULL, "abacus");
    command_expect("bench model.txt", 1, NULL, "abacus");
    unsetenv("CNN_CPU");
}

/* Every row: wrong usage, exit code 2, nothing on stdout, and on stderr "cnn: " and the text. */
static void wrong_usage_is_explained(void **state) {
    static const struct {
        const char *arguments, *message;
    } rows[] = {
        {"", "no command was given"},
        {"trian basic", "unknown command 'trian': did you mean train?"},
        {"sumary basic", "did you mean summary?"},
        {"xyzzy", "unknown command 'xyzzy'; 'cnn help' lists"},
        {"train", "usage: cnn train MODEL --data DATA -o RUN_DIR"},
        {"train basic -o run", "--data DATA is missing"},
        {"train basic --data data", "-o RUN_DIR is missing"},
        {"train basic more --data data -o run", "unexpected argument 'more'"},
        {"train basic --epoch 3", "unknown option '--epoch': did you mean --epochs?"},
        {"train basic --optimiser sgd", "did you mean --optimizer?"},
        {"train basic --val=0.1", "unknown option '--val': did you mean --validation?"},
        {"train basic --thread 2", "unknown option '--thread': did you mean --threads?"},
        {"train basic --quite", "did you mean --quiet?"},
        {"train basic --qqqqqq", "'cnn train --help' lists all options"},
        {"train basic --epochs", "--epochs needs a value: N"},
        {"train basic --epochs --resume", "--epochs needs a value: N"},
        {"train basic --epochs 0", "--epochs expects a whole number, at least 1"},
        {"train basic --epochs=2.5", "not '2.5'"},
        {"train basic --epochs 99999999999999999999", "--epochs expects a whole number"},
        {"train basic --threads 257", "--threads expects a whole number, at least 0, at most 256, not '257'"},
        {"run model.onnx --threads 257", "--threads expects"},
        {"train basic --lr 0", "--lr expects a number, above 0"},
        {"train basic --lr nan", "--lr expects a number"},
        {"train basic --lr ''", "--lr expects a number"},
        {"train basic --momentum 1", "--momentum expects a number, at least 0, below 1, not '1'"},
        {"train basic --optimizer adm", "'adm' is unknown: did you mean adam?"},
        {"train basic --recipe fats",
         "--recipe fats: neither a built-in recipe nor a file; did you mean fast?"},
        {"train basic --data d -o r --recipe fast --optimizer adam --momentum 0.9",
         "--momentum only applies to --optimizer sgd and muon"},
        {"train basic --schedule fancy", "--schedule expects one of constant, step, cosine, onecycle"},
        {"train basic --resume=yes", "--resume takes no value"},
        {"train basic --data ''", "--data is empty"},
        {"train basic --data d -o r --optimizer adam --momentum 0.9",
         "--momentum only applies to --optimizer sgd and muon"},
        {"train basic --data d -o r --optimizer sgd --nesterov", "--nesterov needs a --momentum above 0"},
        {"train basic --data d -o r --loss mse --label-smoothing 0.1",
         "--label-smoothing does not apply to --loss mse"},
        {"train basic --data d -o r --step-epochs 3", "--step-epochs only applies to --schedule step"},
        {"train basic --data d -o r --warmup 1", "--warmup cannot be used with --schedule onecycle"},
        {"test model.txt", "--data DATA is missing"},
        {"predict run", "nothing to predict"},
        {"predict run a.png --data data", "either image files or --data"},
        {"predict run a.png --count 3", "--count and --first only apply to --data"},
        {"data", "'data' is only the first word of a command"},
        {"help trian", "unknown command 'trian': did you mean train?"},
        {"help data fo", "data: unknown command 'fo'"},
        {"help train more", "'more' is not part of the command 'train'"},
        {"data inf data", "did you mean info?"},
        {"data info", "usage: cnn data info DATA"},
        {"bench", "usage: cnn bench MODEL"},
        {"convolve --stride 0", "--stride expects N or ROWSxCOLUMNS"},
        {"convolve --stride 1x2x3", "--stride expects"},
        {"convolve --padding 1,2", "--padding expects N, ROWSxCOLUMNS, TOP,LEFT,BOTTOM,RIGHT"},
        {"convolve --image '1 2 / 3'", "row 2 has 1 numbers, row 1 has 2"},
        {"convolve --image '1 x / 3 4'", "'x' is not a number"},
        {"convolve --image ' / '", "there are no numbers"},
        {"convolve --image '1 2 |'", "channel 2 has no numbers"},
        {"convolve --image '1 2 | 3 4 / 5 6'", "channel 2 has 2 rows, channel 1 has 1"},
        {"convolve --image '1 2 | 3'", "channel 2 has a row of 1 numbers, channel 1 has rows of 2"},
        {"convolve --pool 0", "--pool expects N or ROWSxCOLUMNS, each from 1 to 1000, not '0'"},
        {"convolve nothing", "unexpected argument 'nothing'"},
        {"convolve -1", "unexpected argument '-1'"},
        {"softmax", "usage: cnn softmax LOGIT... "},
        {"softmax 2.0,1.0,0.1", "'2.0,1.0,0.1' is not a number; expected logits separated by spaces"},
        {"softmax 1 ''", "'' is not a number"},
        {"softmax 1 nan", "must be a finite number in the range of float32, not 'nan'"},
        {"softmax 1 1e39", "must be a finite number in the range of float32, not '1e39'"},
        {"softmax 1 --temperature 0", "--temperature expects a number, above 0"},
        {"softmax 1 --temprature 2", "did you mean --temperature?"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command_expect(rows[i].arguments, 2, NULL, rows[i].message);
        command_expect(rows[i].arguments, 2, NULL, "cnn: ");
    }
}

static void options_stand_anywhere_and_take_an_equals_sign(void **state) {
    (void)state;
    command_expect("summary --batch 7 model.txt", 0, "Memory at batch 7", NULL);
    command_expect("summary model.txt --batch=7", 0, "Memory at batch 7", NULL);
    command_expect("summary --batch 7 -- model.txt", 0, "Memory at batch 7", NULL);
}

/* Every row: exit code 1, nothing on stdout, and the name of what is wrong on stderr. */
static void missing_things_are_named(void **state) {
    static const struct {
        const char *arguments, *message;
    } rows[] = {
        {"summary no/such/model.txt", "no/such/model.txt"},
        {"train model.txt --data no/such/data -o run", "no/such/data"},
        {"test model.txt --data data", "train it first"},
        {"predict model.txt --data data", "train it first"},
        {"data info no/such/data", "no/such/data"},
        {"convolve --image @no/such/image", "no/such/image: No such file or directory"},
        {"convolve --image '1 2 / 3 4'", "kernel"},
        {"convolve --image '1 2 | 3 4'", "the image has 2 channels, the kernel has 1 channel"},
        {"softmax 1e30 --temperature 1e-30", "is beyond the range of float32"},
        {"convolve --relu --pool 4", "a kernel of 4x4 does not fit the input 1x3x3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command_expect(rows[i].arguments, 1, NULL, rows[i].message);
        command_expect(rows[i].arguments, 1, NULL, "cnn: ");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_of_the_whole_names_every_command),
        cmocka_unit_test(help_on_a_command_is_what_its_help_option_prints),
        cmocka_unit_test(version_names_version_and_instruction_set),
        cmocka_unit_test(wrong_usage_is_explained),
        cmocka_unit_test(options_stand_anywhere_and_take_an_equals_sign),
        cmocka_unit_test(missing_things_are_named),
        cmocka_unit_test(an_unknown_instruction_set_is_refused),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}

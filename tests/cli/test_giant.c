/* A text file of a few bytes describes a network of billions of parameters: whatever only describes it takes no memory for
 * them, and what needs them says so before it takes any. */
#include "support/cmocka.h"
#include "support/command.h"

#include <stdio.h>
#include <string.h>

/* `giant.txt` has 206,159,151,114 parameters, 768 GiB: more than any machine that runs this has. */
static int set_up(void **state) {
    static const char text[] = "input 3x1024x1024\nflatten\ndense 65536\ndense 10\n";
    if (command_set_up(state))
        return -1;
    FILE *file = fopen("giant.txt", "wb");
    const int failed = fputs(text, file) < 0;
    return fclose(file) || failed;
}

static void describing_takes_no_memory(void **state) {
    (void)state;
    command_expect("summary giant.txt", 0, "206,159,151,114", NULL);
    command_expect("summary giant.txt", 0, "parameters alone 768.0 GiB", NULL);
    command_expect("summary giant.txt --json", 0, "\"parameters\": 206159151114", NULL);
    command_expect("convert giant.txt same.txt", 0, "same.txt (text): 3 layers", NULL);
    command_expect("convert giant.txt giant.onnx", 1, NULL, "giant.txt has no parameters");
    command_expect("test giant.txt --data data", 1, NULL, "has no trained parameters");
}

static void what_needs_the_parameters_says_how_much_memory(void **state) {
    static const char message[] = "out of memory: 206159151114 parameters need 786435 MiB";
    (void)state;
    command_expect("convert giant.txt giant.onnx --seed 1", 1, NULL, message);
    command_expect("bench giant.txt", 1, NULL, message);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describing_takes_no_memory),
        cmocka_unit_test(what_needs_the_parameters_says_how_much_memory),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}

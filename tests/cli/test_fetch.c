#define _GNU_SOURCE
/* cnn data fetch: what it says where it cannot fetch. What it fetches is in tests/fetch. */
#include "support/cmocka.h"
#include "support/command.h"

#include <stdlib.h>
#include <unistd.h>

static void an_unknown_name_is_wrong_usage(void **state) {
    (void)state;
    command_expect("data fetch mnits", 2, NULL, "did you mean mnist?");
    command_expect("data fetch imagenet", 2, NULL,
                   "the known ones are mnist, fashion-mnist, kmnist and cifar10");
    command_expect("data fetch", 2, NULL, "mnist");
}

static void without_a_server_it_says_what_failed_and_what_to_do(void **state) {
    (void)state;
    setenv("CNN_DATA", "sets", 1);
    command_expect("data fetch kmnist --mirror http://127.0.0.1:1/", 1, NULL,
                   "http://127.0.0.1:1/train-images-idx3-ubyte.gz: ");
    command_expect("data fetch kmnist --mirror http://127.0.0.1:1", 1, NULL,
                   "or put train-images-idx3-ubyte.gz into sets/kmnist by hand");
    assert_int_equal(access("sets/kmnist", F_OK), -1);
}

int main(void) {
    unsetenv("http_proxy");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_name_is_wrong_usage),
        cmocka_unit_test(without_a_server_it_says_what_failed_and_what_to_do),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}

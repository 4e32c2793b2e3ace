/* What stands in the way of saving a training, or was done to what was saved, is said as it is. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <ftw.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* `ulimit -f` would end the process by SIGXFSZ without a word. */
static void a_limit_on_the_size_of_files_is_said_like_a_full_disk(void **state) {
    (void)state;
    struct rlimit usual;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    const struct rlimit small = {.rlim_cur = 2048, .rlim_max = usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    command_result result = command_run("train model.txt --data data -o limited --epochs 1 --quiet");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_int_equal(result.code, 1);
    assert_non_null(strstr(result.err, "limited/checkpoint.safetensors: File too large"));
    assert_int_not_equal(access("limited/checkpoint.safetensors", F_OK), 0); /* whole or not at all */
    assert_int_not_equal(access("limited/model.onnx", F_OK), 0);
    command_free(&result);
}

static void a_folder_that_cannot_be_made_says_why(void **state) {
    (void)state;
    char arguments[512] = "train model.txt --data data --epochs 1 -o ";
    command_expect("train model.txt --data data --epochs 1 -o model.txt/run", 1, "Model", "Not a directory");
    const size_t length = strlen(arguments);
    memset(arguments + length, 'x', 300);
    command_expect(arguments, 1, "Model", "File name too long");
}

/* Wait until a signal that was sent is no longer pending: a second one would be the same until then. */
static void wait_until_taken(pid_t pid, int number) {
    char path[64], line[256];
    unsigned long long pending = 1;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    while (pending) {
        FILE *status = fopen(path, "r");
        assert_non_null(status);
        pending = 0;
        while (fgets(line, sizeof line, status))
            if (sscanf(line, "ShdPnd: %llx", &pending) == 1)
                pending &= 1ull << (number - 1);
        fclose(status);
    }
}

/* Where a terminal closes, both the shell and the system send the signal. */
static void a_second_closed_terminal_does_not_end_saving(void **state) {
    (void)state;
    char line[512], *err;
    command_running running =
        command_start("train model.txt --data data -o closed --epochs 100000 --batch 8");
    while (fgets(line, sizeof line, running.out) && strncmp(line, "Epoch", strlen("Epoch")) != 0)
        ;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kill(running.pid, SIGHUP), 0);
        wait_until_taken(running.pid, SIGHUP);
    }
    assert_int_equal(command_finish(&running, &err), 128 + SIGHUP);
    assert_non_null(strstr(err, "everything is saved in closed"));
    free(err);
    command_expect("test closed --data data", 0, "Accuracy", NULL);
}

/* Where the values of a tensor lie in a safetensors file that is open for reading. */
static long place_of(FILE *file, const char *tensor) {
    uint64_t length; /* little-endian, as all processors are that this is tested on */
    assert_int_equal(fread(&length, sizeof length, 1, file), 1);
    char *header = calloc(1, (size_t)length + 1);
    assert_non_null(header);
    assert_int_equal(fread(header, 1, (size_t)length, file), (size_t)length);
    json_t *json = json_loads(header, 0, NULL);
    json_t *offsets = json_object_get(json_object_get(json, tensor), "data_offsets");
    assert_non_null(offsets);
    const long begin = (long)json_integer_value(json_array_get(offsets, 0));
    json_decref(json);
    free(header);
    return (long)(sizeof length + length) + begin;
}

static void write_at_beginning(const char *path, const char *tensor, float value) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, place_of(file, tensor), SEEK_SET), 0);
    assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

static void expect_damage(const char *place, const char *what) {
    command_result result =
        command_run("train model.txt --data data -o damaged --epochs 2 --optimizer adam --resume");
    assert_int_equal(result.code, 1);
    char expected[256];
    snprintf(expected, sizeof expected, "damaged/checkpoint.safetensors: %s %s", place, what);
    if (!strstr(result.err, expected) || !strstr(result.err, "the file is damaged") ||
        strstr(result.err, "learning rate"))
        fail_msg("no '%s' in '%s'", expected, result.err);
    command_free(&result);
}

/* No training saves one, so it is no question of its learning rate. */
static void not_a_number_in_a_checkpoint_is_a_damaged_file(void **state) {
    (void)state;
    static const char path[] = "damaged/checkpoint.safetensors";
    command_expect("train model.txt --data data -o damaged --epochs 1 --optimizer adam", 0, "Epoch  1/1",
                   NULL);
    /* each lies before the one that is found last */
    write_at_beginning(path, "normalisation.deviation", 0);
    expect_damage("normalisation.deviation[0]", "is not greater than 0");
    write_at_beginning(path, "normalisation.deviation", NAN);
    expect_damage("normalisation.deviation[0]", "is not finite");
    write_at_beginning(path, "optimizer.1.fc_1.weight", INFINITY);
    expect_damage("optimizer.1.fc_1.weight[0,0]", "is not finite");
    write_at_beginning(path, "optimizer.0.conv_1.weight", NAN);
    expect_damage("optimizer.0.conv_1.weight[0,0,0,0]", "is not finite");
    write_at_beginning(path, "best.conv_1.weight", -INFINITY);
    expect_damage("best.conv_1.weight[0,0,0,0]", "is not finite");
    write_at_beginning(path, "conv_1.weight", NAN);
    expect_damage("conv_1.weight[0,0,0,0]", "is not finite");
}

/* nftw tells its function nothing else. */
static mode_t wanted_mask;
static int entries_seen;

static int expect_mode(const char *path, const struct stat *about, int kind, struct FTW *walk) {
    (void)walk;
    const mode_t wanted = (kind == FTW_D ? 0777 : 0666) & ~wanted_mask;
    if ((about->st_mode & 0777) != wanted)
        fail_msg("%s has mode %o, not %o", path, about->st_mode & 0777, wanted);
    entries_seen++;
    return 0;
}

/* All that a training, resuming it, converting, explaining and running write. */
static void files_and_folders_follow_the_umask(void **state) {
    (void)state;
    static const mode_t masks[] = {0077, 0022, 0002};
    for (int i = 0; i < 3; i++) {
        char folder[16], line[256];
        const mode_t before = umask(wanted_mask = masks[i]);
        snprintf(folder, sizeof folder, "masked-%d", i);
        snprintf(line, sizeof line,
                 "train model.txt --data data -o %s/in/run --epochs 1 --validation 0.2 --quiet", folder);
        command_expect(line, 0, "", "");
        snprintf(line, sizeof line,
                 "train model.txt --data data -o %s/in/run --epochs 2 --validation 0.2 --quiet --resume",
                 folder);
        command_expect(line, 0, "", "");
        snprintf(line, sizeof line, "convert %s/in/run %s/net.safetensors --quiet", folder, folder);
        command_expect(line, 0, "", NULL);
        snprintf(line, sizeof line, "convert %s/in/run %s/net.txt --quiet", folder, folder);
        command_expect(line, 0, "", NULL);
        snprintf(line, sizeof line, "explain %s/in/run --data data --layer conv_1 -o %s/maps", folder,
                 folder);
        command_expect(line, 0, "", NULL);
        umask(before);
        entries_seen = 0;
        assert_int_equal(nftw(folder, expect_mode, 16, FTW_PHYS), 0);
        assert_true(entries_seen > 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_on_the_size_of_files_is_said_like_a_full_disk),
        cmocka_unit_test(a_folder_that_cannot_be_made_says_why),
        cmocka_unit_test(a_second_closed_terminal_does_not_end_saving),
        cmocka_unit_test(not_a_number_in_a_checkpoint_is_a_damaged_file),
        cmocka_unit_test(files_and_folders_follow_the_umask),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}

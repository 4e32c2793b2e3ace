/* With everything on at once that goes together, training gives the same bits on 1, 2 and 3 threads, and after kill -9 and
 * --resume: the same SHA-256 of the model and of the history but for its seconds. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SIDE = 12, MANY = 3, SUM = 65 };

static const char MODEL[] = "input 3x12x12\n"
                            "conv 28 3x3 padding same nobias init whiten relu\n"
                            "maxpool 2x2 stride 2\n"
                            "conv 8 3x3 padding same init dirac\n"
                            "batchnorm relu\n"
                            "conv 8 3x3 padding same groups 8 relu\n"
                            "globalavgpool\n"
                            "flatten\n"
                            "dropout 0.2\n"
                            "dense 3\n"
                            "softmax\n";

#define TRAIN(model)                                                                                         \
    "train " model " --data photos --test-fraction 0.1 --validation 0.2 --epochs 4 --batch 8 "

/* What excludes each other is spread over several; the last one goes on from what the first one has trained. */
static const char *const combinations[] = {
    TRAIN("everything.txt") "--augment "
                            "altflip,vflip,crop:2,rotate,shear,zoom,translate,brightness,contrast,saturation,"
                            "hue,erase:0.5,"
                            "cutout:4,mixup,cutmix --ema 0.8 --class-weights balanced --label-smoothing 0.1 "
                            "--accumulate 2 "
                            "--optimizer sgd --momentum 0.9 --nesterov --schedule cosine --warmup 0.5 "
                            "--clip-norm 2 "
                            "--lr-factor '*.bias=2,fc_*=0.5' --decay-factor '*.bias=0' --weight-decay 0.001",
    TRAIN("everything.txt") "--augment flip,resizedcrop,randaugment,erase,cutmix --lookahead 3 --focal 1.5 "
                            "--sample balanced "
                            "--optimizer muon --schedule plateau --step-epochs 1 --iterations 3 --accumulate "
                            "2 --patience 4",
    TRAIN("run-0-1") "--augment altflip,crop:1,hue,cutout:3,mixup --swa 2 --focal 1 --class-weights "
                     "weights.csv --best loss "
                     "--label-smoothing 0.1 --optimizer adamw --weight-decay 0.01 --schedule onecycle "
                     "--freeze conv_3",
};
enum { COMBINATIONS = sizeof combinations / sizeof combinations[0] };

/* Noise about a colour of the class. */
static void write_picture(int class, int number) {
    unsigned state = (unsigned)(class * 100 + number + 1);
    char path[64];
    snprintf(path, sizeof path, "photos/%d/%02d.ppm", class, number);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "P6 %d %d 255\n", SIDE, SIDE);
    for (int i = 0; i < SIDE * SIDE * 3; i++) {
        state = state * 1664525u + 1013904223u;
        fputc((i % 3 == class ? 90 : 0) + (int)(state >> 24) / 2, file);
    }
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Three classes, the rarest with a third of the pictures of the first. */
static int set_up(void **state) {
    static const int counts[] = {36, 24, 12};
    const int code = command_set_up(state);
    if (code)
        return code;
    mkdir("photos", 0700);
    for (int class = 0; class < 3; class ++) {
        char folder[32];
        snprintf(folder, sizeof folder, "photos/%d", class);
        mkdir(folder, 0700);
        for (int i = 0; i < counts[class]; i++)
            write_picture(class, i);
    }
    write_text("everything.txt", MODEL);
    write_text("weights.csv", "2,3\n");
    return 0;
}

/* Of the model and of the history without its second column. */
static void sum_of(const char *run, char sum[SUM]) {
    char *line;
    assert_true(asprintf(&line,
                         "cat %s/model.onnx >both && cut -d, -f1,3- %s/history.csv >>both && sha256sum <both",
                         run, run) > 0);
    FILE *out = popen(line, "r");
    assert_non_null(out);
    assert_int_equal(fread(sum, 1, SUM - 1, out), SUM - 1);
    assert_int_equal(pclose(out), 0);
    sum[SUM - 1] = '\0';
    free(line);
}

static void train(int combination, int threads, const char *run, const char *more) {
    char *line;
    assert_true(
        asprintf(&line, "%s -o %s --threads %d -q %s", combinations[combination], run, threads, more) > 0);
    command_expect(line, 0, "", NULL);
    free(line);
}

static void every_number_of_threads_gives_the_same_sum(void **state) {
    (void)state;
    for (int i = 0; i < COMBINATIONS; i++) {
        char sum[MANY][SUM], run[32];
        for (int threads = 1; threads <= MANY; threads++) {
            snprintf(run, sizeof run, "run-%d-%d", i, threads);
            train(i, threads, run, "");
            sum_of(run, sum[threads - 1]);
        }
        assert_string_equal(sum[0], sum[1]);
        assert_string_equal(sum[0], sum[2]);
    }
}

/* Train on one thread until the first epoch is told, then kill. False if it was faster than that. */
static bool train_until_killed(int combination, const char *run) {
    char *line, *said = NULL, *err;
    size_t room = 0;
    assert_true(asprintf(&line, "%s -o %s --threads 1 --json --overwrite", combinations[combination], run) >
                0);
    command_running running = command_start(line);
    while (getline(&said, &room, running.out) > 0 && !strstr(said, "\"event\":\"epoch\""))
        ;
    kill(running.pid, SIGKILL);
    const int code = command_finish(&running, &err);
    if (code != 0 && code != 128 + SIGKILL)
        fail_msg("%s: code %d: %s", line, code, err);
    free(line);
    free(said);
    free(err);
    return code != 0;
}

static void a_killed_training_goes_on_to_the_same_sum(void **state) {
    (void)state;
    for (int i = 0; i < COMBINATIONS; i++) {
        char whole[SUM], parts[SUM], run[32];
        bool killed = false;
        snprintf(run, sizeof run, "run-%d-2", i);
        sum_of(run, whole);
        for (int attempt = 0; !killed && attempt < 20; attempt++)
            killed = train_until_killed(i, "killed");
        assert_true(killed);
        train(i, 3, "killed", "--resume");
        sum_of("killed", parts);
        assert_string_equal(whole, parts);
    }
}

/* Images that are too many for memory train the same model from a file. */
static void images_in_a_file_give_the_same_sum(void **state) {
    (void)state;
    char held[SUM], spilled[SUM], *line;
    sum_of("run-0-2", held);
    assert_true(asprintf(&line, "%s -o spilled --threads 2 -q", combinations[0]) > 0);
    setenv("CNN_DATA_MEMORY", "0.01", 1);
    command_expect(line, 0, "", "photos: the 72 images, 0.0 MB, lie in a temporary file in ");
    setenv("CNN_DATA_MEMORY", "much", 1);
    command_expect("data info photos", 1, "", "CNN_DATA_MEMORY is much, which is no number of megabytes");
    unsetenv("CNN_DATA_MEMORY");
    sum_of("spilled", spilled);
    assert_string_equal(held, spilled);
    free(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_threads_gives_the_same_sum),
        cmocka_unit_test(a_killed_training_goes_on_to_the_same_sum),
        cmocka_unit_test(images_in_a_file_give_the_same_sum),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}

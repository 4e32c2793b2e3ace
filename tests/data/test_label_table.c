/* Data sets that a table lists: CSV with a heading, JSON lines. */
#define _GNU_SOURCE
#include "data/dataset.h"

#include "data/image_folders.h"

static const char *put_table(const char *folder, const char *name, const char *text, char path[PATH_BYTES]) {
    scratch_write(folder, name, text, strlen(text));
    return scratch_path(folder, name, path);
}

static void put_pictures(const char *folder) {
    for (int i = 1; i <= 4; i++) {
        char name[16];
        snprintf(name, sizeof name, "img/%d.png", i);
        put_png(folder, name, &grey, 10 * i);
    }
}

static cnn_data *open_table(const char *folder, const char *name, const char *text, cnn_split split,
                            int64_t limit) {
    char path[PATH_BYTES];
    put_pictures(folder);
    return open_data(put_table(folder, name, text, path),
                     &(cnn_data_options){.split = split, .limit = limit});
}

static void refuses(const char *folder, const char *name, const char *text, const char *message) {
    char path[PATH_BYTES];
    put_pictures(folder);
    fails(put_table(folder, name, text, path), NULL, CNN_ERROR_FORMAT, message);
}

/* ---- CSV ---- */

static void a_table_gives_files_and_labels(void **state) {
    cnn_data *data =
        open_table(*state, "labels.csv",
                   "\xef\xbb\xbf"
                   "file,label,who\r\nimg/3.png,dog,ann\r\n\r\n\"img/1.png\",\"a \"\"cat\"\"\",bob\r\n"
                   "img/2.png,dog,",
                   CNN_SPLIT_TRAIN, 0);
    assert_int_equal(cnn_data_kind_of(data), CNN_DATA_CLASSES);
    assert_int_equal(cnn_data_classes(data), 2);
    assert_string_equal(cnn_data_class(data, 0), "a \"cat\"");
    assert_string_equal(cnn_data_name(data, 0), "img/3.png");
    assert_non_null(strstr(cnn_data_note(data, 0), "columns that are not read: who"));
    holds(data, 3, (const uint8_t[]){30, 10, 20}, (const int32_t[]){1, 0, 1});
}

static void numbers_as_labels_are_in_their_order(void **state) {
    cnn_data *data = open_table(*state, "t.csv", "file_name,label\nimg/1.png,10\nimg/2.png,9\nimg/3.png,0\n",
                                CNN_SPLIT_TRAIN, 0);
    assert_string_equal(cnn_data_class(data, 1), "9");
    holds(data, 3, (const uint8_t[]){10, 20, 30}, (const int32_t[]){2, 1, 0});
}

static void a_limit_takes_of_each_class_in_turn(void **state) {
    holds(open_table(*state, "t.csv", "file,label\nimg/1.png,a\nimg/2.png,a\nimg/3.png,b\nimg/4.png,b\n",
                     CNN_SPLIT_TRAIN, 3),
          3, (const uint8_t[]){10, 30, 20}, (const int32_t[]){0, 1, 0});
}

static const char divided[] = "split,file,label\ntrain,img/1.png,a\nval,img/2.png,b\ntrain,img/3.png,b\n"
                              "test,img/4.png,a\n";

static void a_column_divides_into_splits(void **state) {
    char path[PATH_BYTES];
    bool has;
    holds(open_table(*state, "t.csv", divided, CNN_SPLIT_TRAIN, 0), 2, (const uint8_t[]){10, 30},
          (const int32_t[]){0, 1});
    holds(open_table(*state, "t.csv", divided, CNN_SPLIT_VALIDATION, 0), 1, (const uint8_t[]){20},
          (const int32_t[]){1});
    holds(open_table(*state, "t.csv", divided, CNN_SPLIT_ALL, 0), 4, (const uint8_t[]){10, 20, 30, 40},
          (const int32_t[]){0, 1, 1, 0});
    assert_int_equal(cnn_data_has(scratch_path(*state, "t.csv", path), CNN_SPLIT_TEST, &has, NULL), CNN_OK);
    assert_true(has);
    put_table(*state, "t.csv", "file,label\nimg/1.png,a\nimg/2.png,b\n", path);
    assert_int_equal(cnn_data_has(path, CNN_SPLIT_TRAIN, &has, NULL), CNN_OK);
    assert_false(has);
    fails(path, &(cnn_data_options){.split = CNN_SPLIT_TEST}, CNN_ERROR_FORMAT,
          "it has no column called split");
}

static void a_picture_may_have_several_labels(void **state) {
    cnn_data *data =
        open_table(*state, "t.csv", "file,labels\nimg/1.png,sky;sea\nimg/2.png,\nimg/3.png,sea | tree\n",
                   CNN_SPLIT_TRAIN, 0);
    static const float expected[] = {1, 1, 0, 0, 0, 0, 1, 0, 1};
    assert_int_equal(cnn_data_kind_of(data), CNN_DATA_MULTI_LABEL);
    assert_string_equal(cnn_data_class(data, 2), "tree");
    assert_memory_equal(cnn_data_targets(data, 0), expected, sizeof expected);
    cnn_data_free(data);
}

static void targets_are_numbers(void **state) {
    cnn_data *data = open_table(
        *state, "t.csv", "file,target_x,target_y\nimg/1.png,1.5,-2\nimg/2.png,3e2,0\n", CNN_SPLIT_TRAIN, 0);
    static const float expected[] = {1.5f, -2, 300, 0};
    assert_int_equal(cnn_data_kind_of(data), CNN_DATA_NUMBERS);
    assert_int_equal(cnn_data_outputs(data), 2);
    assert_memory_equal(cnn_data_targets(data, 0), expected, sizeof expected);
    cnn_data_free(data);
}

/* The targets of what is left out go with it. */
static void what_does_not_decode_is_skipped_with_its_target(void **state) {
    char path[PATH_BYTES];
    put_pictures(*state);
    put_table(*state, "t.csv", "file,target\nimg/1.png,1\nimg/none.png,2\nimg/3.png,3\n", path);
    cnn_data *data = open_data(path, &(cnn_data_options){.skip_bad = true});
    assert_int_equal(cnn_data_count(data), 2);
    assert_int_equal((int)cnn_data_targets(data, 1)[0], 3);
    assert_string_equal(cnn_data_skipped_name(data, 0), "img/none.png");
    assert_non_null(strstr(cnn_data_skipped_reason(data, 0), "t.csv, line 3: cannot "));
    cnn_data_free(data);
}

/* ---- JSON lines ---- */

static void json_lines_say_the_same(void **state) {
    cnn_data *data = open_table(
        *state, "t.jsonl",
        "{\"file_name\": \"img/2.png\", \"label\": 7}\n\n{\"label\": 3, \"file_name\": \"img/1.png\"}",
        CNN_SPLIT_TRAIN, 0);
    assert_string_equal(cnn_data_class(data, 0), "3");
    holds(data, 2, (const uint8_t[]){20, 10}, (const int32_t[]){1, 0});
    data = open_table(*state, "t.jsonl", "{\"file\": \"img/1.png\", \"labels\": [\"b\", \"a;b\"]}\n",
                      CNN_SPLIT_TRAIN, 0);
    assert_int_equal(cnn_data_kind_of(data), CNN_DATA_MULTI_LABEL);
    assert_string_equal(cnn_data_class(data, 0), "a;b");
    cnn_data_free(data);
    data = open_table(*state, "t.jsonl", "{\"file\": \"img/1.png\", \"target\": [1, 2.5]}\n", CNN_SPLIT_TRAIN,
                      0);
    assert_true(cnn_data_targets(data, 0)[1] == 2.5f);
    cnn_data_free(data);
}

/* ---- Bad tables ---- */

static void errors_have_the_number_of_the_line(void **state) {
    static const struct {
        const char *name, *text, *message;
    } bad[] = {
        {"t.csv", "file,label,split\nimg/1.png,cat,train\nimg/3.png,dog,train\nimg/2.png,cta,test\n",
         "line 4: unknown label \"cta\": no picture to train on has it; did you mean \"cat\"?"},
        {"t.csv", "file,label,split\nimg/1.png,cat,tarin\n", "line 2: split \"tarin\": expected train, "},
        {"t.csv", "file,label\nimg/1.png,a;b\n",
         "line 2: \"a;b\" looks like several labels: call the column "},
        {"t.csv", "file,label\nimg/1.png, \n", "line 2: the label is empty"},
        {"t.csv", "file,labels\nimg/1.png,a;;b\n", "line 2: the label is empty"},
        {"t.csv", "file,label\n,a\n", "line 2: no file is named"},
        {"t.csv", "file,label\nimg/1.png,a,b\n", "line 2: 3 values, but the first line names 2 columns"},
        {"t.csv", "file,label\nimg/1.png\n", "line 2: 1 values, but the first line names 2"},
        {"t.csv", "file,label\n\"img/1.png,a\n", "line 2: a quotation is not closed"},
        {"t.csv", "file,label\n\"img/1.png\"x,a\n",
         "line 2: a quotation is not closed, or something follows"},
        {"t.csv", "file,label\n\"a\nb\",x\nimg/1.png,\n", "line 4: the label is empty"},
        {"t.csv", "file,label\nimg/1.png,a\nimg/1.png,b\n", "line 3: line 2 has img/1.png already"},
        {"t.csv", "file,target\nimg/1.png,1;2\nimg/2.png,3\n", "line 3: 1 targets, but line 2 has 2"},
        {"t.csv", "file,target\nimg/1.png,1.5x\n", "line 2: the target \"1.5x\" is not a number"},
        {"t.csv", "file,target\nimg/1.png,1e99\n", "line 2: the target 1e+99 is not a finite number"},
        {"t.csv", "name,label\nimg/1.png,a\n", "line 1: no column is called file or file_name"},
        {"t.csv", "file,label,path\nimg/1.png,a,b\n", "line 1: column \"path\": another one means the same"},
        {"t.csv", "file,what\nimg/1.png,a\n", "line 1: none of the columns label"},
        {"t.csv", "file,label,target\nimg/1.png,a,1\n", "line 1: more than one of the columns label"},
        {"t.csv", "file,label\nimg/1.png,a\nimg/2.png,a\n",
         "all pictures have the label a; expected at least two"},
        {"t.csv", "file,label\n", "t.csv: it lists no pictures"},
        {"t.csv", "file,labels\nimg/1.png,\n", "t.csv: no picture has a label"},
        {"t.csv", "file,label\nimg/1.png,\xff\n", "byte 21 is not UTF-8"},
        {"t.jsonl", "{\"file\": \"a\", \"label\": \"b\"}\n{\"file\": \"a\", ", "t.jsonl, line 2: "},
        {"t.jsonl", "[1]", "line 1: expected a JSON object"},
        {"t.jsonl", "{\"file\": 1, \"label\": 2}", "line 1: \"file\": expected a string"},
        {"t.jsonl", "{\"file\": \"a\", \"label\": 1.5}",
         "line 1: \"label\": expected a string or a whole number"},
        {"t.jsonl", "{\"file\": \"a\", \"target\": \"1\"}", "line 1: \"target\": expected a number"},
        {"t.jsonl", "{\"file\": \"a\", \"target_x\": 1, \"target_y\": 1}",
         "several targets are given as an array"},
        {"t.jsonl", "{\"file\": \"a\", \"label\": 1}\n{\"file\": \"b\", \"target\": 1}",
         "line 2: it says something else of its picture than line 1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(*state, bad[i].name, bad[i].text, bad[i].message);
}

static void a_missing_file_has_the_number_of_its_line(void **state) {
    char path[PATH_BYTES];
    put_pictures(*state);
    put_table(*state, "t.csv", "file,label\nimg/1.png,a\nimg/9.png,b\n", path);
    const cnn_error error = fails(path, NULL, CNN_ERROR_IO, "t.csv, line 3: cannot ");
    assert_says(&error, "img/9.png: No such file or directory (--skip-bad skips it)");
}

static void other_files_are_no_data(void **state) {
    char path[PATH_BYTES];
    put_table(*state, "t.txt", "file,label\n", path);
    fails(path, NULL, CNN_ERROR_IO, "t.txt: neither a folder nor a kind of file that is known");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_scratch(a_table_gives_files_and_labels),
        with_scratch(numbers_as_labels_are_in_their_order),
        with_scratch(a_limit_takes_of_each_class_in_turn),
        with_scratch(a_column_divides_into_splits),
        with_scratch(a_picture_may_have_several_labels),
        with_scratch(targets_are_numbers),
        with_scratch(what_does_not_decode_is_skipped_with_its_target),
        with_scratch(json_lines_say_the_same),
        with_scratch(errors_have_the_number_of_the_line),
        with_scratch(a_missing_file_has_the_number_of_its_line),
        with_scratch(other_files_are_no_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* history.csv: what spreadsheets and scripts read. */
#include "train/history.h"

#include "base/file.h"
#include "base/memory.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static const char expected[] =
    "epoch,seconds,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy\n"
    "1,1.5,0.05,2.25,0.125,,\n"
    "2,0.25,2e-07,1,0.875,0.5,1\n";

static void write_and_compare(const char *folder) {
    cnn_history history = {0};
    const cnn_epoch_record epochs[] = {{1.5, 0.05, 2.25, 0.125, NAN, NAN}, {0.25, 2e-7, 1, 0.875, 0.5, 1}};
    for (int i = 0; i < 2; i++)
        assert_int_equal(cnn_history_append(&history, &epochs[i], NULL), CNN_OK);
    char *path = cnn_path_join(folder, "history.csv", NULL);
    cnn_bytes bytes;
    assert_int_equal(cnn_history_write(&history, path, NULL), CNN_OK);
    assert_int_equal(cnn_file_read(path, &bytes, NULL), CNN_OK);
    assert_int_equal(bytes.size, sizeof expected - 1);
    assert_memory_equal(bytes.data, expected, bytes.size);
    cnn_free(bytes.data);
    cnn_free(path);
    cnn_history_free(&history);
}

static void rows_and_empty_fields(void **state) {
    write_and_compare(*state);
}

/* A program that set a locale with a decimal comma gets the same file. */
static void a_comma_of_the_locale_does_not_split_columns(void **state) {
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "es_ES.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; !set && i < sizeof locales / sizeof locales[0]; i++)
        set = setlocale(LC_NUMERIC, locales[i]);
    if (!set)
        skip();
    write_and_compare(*state);
    setlocale(LC_NUMERIC, "C");
}

static void many_epochs_are_kept(void **state) {
    (void)state;
    cnn_history history = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(cnn_history_append(&history, &(cnn_epoch_record){.loss = i}, NULL), CNN_OK);
    assert_int_equal(history.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_true(history.epochs[i].loss == i);
    cnn_history_free(&history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_and_empty_fields, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(a_comma_of_the_locale_does_not_split_columns, folder_new,
                                        folder_remove),
        cmocka_unit_test(many_epochs_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

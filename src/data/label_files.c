#include "data/label_files.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void cnn_label_files_free(cnn_label_files *found) {
    cnn_picture_files_free(&found->files);
    cnn_free(found->classes);
    cnn_free(found->targets);
    *found = (cnn_label_files){0};
}

/* ---- Twice the same file ----------------------------------------------------------------------------- */

static int by_file(const void *a, const void *b) {
    const cnn_label_row *left = *(const cnn_label_row *const *)a, *right = *(const cnn_label_row *const *)b;
    const int order = strcmp(left->file, right->file);
    return order ? order : (left->line > right->line) - (left->line < right->line);
}

static cnn_status check_files(const cnn_label_table *table, cnn_error *error) {
    const cnn_label_row **rows =
        cnn_allocate((size_t)table->count, sizeof *rows, "the order of the files", error);
    cnn_status status = rows ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; rows && i < table->count; i++)
        rows[i] = &table->rows[i];
    if (rows)
        qsort(rows, (size_t)table->count, sizeof *rows, by_file);
    for (int64_t i = 1; status == CNN_OK && i < table->count; i++)
        if (strcmp(rows[i - 1]->file, rows[i]->file) == 0)
            status = cnn_label_table_fail(table, rows[i]->line, error,
                                          "%s %" PRId64 " has %s already; several labels of a picture belong "
                                          "into one line, in a column called labels",
                                          table->unit, rows[i - 1]->line, rows[i]->file);
    cnn_free(rows);
    return status;
}

/* ---- Classes --------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of digits without zeros in front the longer is the larger. */
static int by_number(const void *a, const void *b) {
    const size_t left = strlen(*(char *const *)a), right = strlen(*(char *const *)b);
    return left == right ? by_bytes(a, b) : left < right ? -1 : 1;
}

static bool is_number(const char *word) {
    return strspn(word, "0123456789") == strlen(word) && (*word != '0' || word[1] == '\0');
}

/* Whether a row's labels make classes: those that train do, where some train. */
static bool names_classes(const cnn_label_table *table, const cnn_label_row *row, bool any_train) {
    return !table->divided || !any_train || row->split == CNN_SPLIT_TRAIN;
}

static bool any_trains(const cnn_label_table *table) {
    for (int64_t i = 0; i < table->count; i++)
        if (table->rows[i].split == CNN_SPLIT_TRAIN)
            return true;
    return false;
}

/* Room for each word of the table; those of its classes into it. */
static cnn_status list_words(cnn_label_files *found, const cnn_label_table *table, cnn_error *error) {
    const bool any_train = any_trains(table);
    int64_t words = 0;
    for (int64_t i = 0; i < table->count; i++)
        words += table->rows[i].word_count;
    found->classes = cnn_allocate((size_t)words, sizeof *found->classes, "the classes", error);
    if (!found->classes)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < table->count; i++)
        for (int64_t k = 0; k < table->rows[i].word_count; k++)
            if (names_classes(table, &table->rows[i], any_train))
                found->classes[found->class_count++] = table->rows[i].words[k];
    return CNN_OK;
}

/* Sorted, each once. */
static void tidy_classes(cnn_label_files *found) {
    int64_t kept = 0;
    bool numbers = true;
    for (int64_t i = 0; i < found->class_count; i++)
        numbers = numbers && is_number(found->classes[i]);
    found->order = numbers ? by_number : by_bytes;
    if (found->class_count > 0)
        qsort(found->classes, (size_t)found->class_count, sizeof *found->classes, found->order);
    for (int64_t i = 0; i < found->class_count; i++)
        if (kept == 0 || strcmp(found->classes[kept - 1], found->classes[i]) != 0)
            found->classes[kept++] = found->classes[i];
    found->class_count = kept;
}

/* -1: there is none of this name. A word that is no number has none among numbers. */
static int64_t find_class(const cnn_label_files *found, const char *word) {
    char *const *at =
        bsearch(&word, found->classes, (size_t)found->class_count, sizeof *found->classes, found->order);
    return at ? at - found->classes : -1;
}

static cnn_status unknown_class(const cnn_label_files *found, const cnn_label_table *table,
                                const cnn_label_row *row, const char *word, cnn_error *error) {
    const char **words =
        cnn_allocate((size_t)found->class_count + 1, sizeof *words, "the names of classes", error);
    if (!words)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < found->class_count; i++)
        words[i] = found->classes[i];
    const char *near = cnn_nearest_word(word, words);
    const cnn_status status = cnn_label_table_fail(
        table, row->line, error, "unknown label \"%s\": no picture to train on has it%s%s%s", word,
        near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    cnn_free(words);
    return status;
}

/* Without two of them there is nothing to tell apart. */
static cnn_status check_classes(const cnn_label_files *found, const cnn_label_table *table,
                                cnn_error *error) {
    const int64_t least = table->kind == CNN_DATA_CLASSES && any_trains(table) ? 2 : 1;
    if (found->class_count >= least)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: %s%s; expected at least %s", table->path,
                    found->class_count ? "all pictures have the label " : "no picture has a label",
                    found->class_count ? found->classes[0] : "", least == 2 ? "two labels" : "one");
}

/* ---- Labels and targets -------------------------------------------------------------------------------- */

/* A row's labels, or what of its classes: `targets` of it, zeros, for several. */
static cnn_status take_words(const cnn_label_files *found, const cnn_label_table *table,
                             const cnn_label_row *row, int32_t *label, float *targets, cnn_error *error) {
    for (int64_t k = 0; k < row->word_count; k++) {
        const int64_t class = find_class(found, row->words[k]);
        if (class < 0)
            return unknown_class(found, table, row, row->words[k], error);
        if (targets)
            targets[class] = 1;
        else
            *label = (int32_t) class;
    }
    return CNN_OK;
}

static cnn_status reserve_targets(cnn_label_files *found, const cnn_label_table *table, cnn_error *error) {
    cnn_picture_files *files = &found->files;
    if (table->kind == CNN_DATA_CLASSES)
        return CNN_OK;
    files->targets_per_image =
        table->kind == CNN_DATA_NUMBERS ? table->rows[0].number_count : found->class_count;
    found->targets =
        cnn_allocate((size_t)table->count, (size_t)files->targets_per_image * sizeof *found->targets,
                     "the targets", error);
    return found->targets ? CNN_OK : CNN_ERROR_MEMORY;
}

/* The path from where the program is, and where the name in the table begins in it. */
static cnn_status make_path(cnn_picture_file *file, const cnn_label_row *row, const char *folder,
                            cnn_error *error) {
    const bool absolute = row->file[0] == '/';
    file->path = absolute ? cnn_copy_string(row->file, error) : cnn_path_join(folder, row->file, error);
    file->name = file->path ? strlen(file->path) - strlen(row->file) : 0;
    return file->path ? CNN_OK : CNN_ERROR_MEMORY;
}

/* `ranks`: the next rank of each class; `wanted`: whether it is of the split. A label is checked in any case. */
static cnn_status add_row(cnn_label_files *found, cnn_label_table *table, int64_t index, const char *folder,
                          bool wanted, int64_t *ranks, cnn_error *error) {
    cnn_label_row *row = &table->rows[index];
    cnn_picture_file file = {.line = row->line};
    float *targets = found->targets ? found->targets + index * found->files.targets_per_image : NULL;
    if (table->kind == CNN_DATA_NUMBERS)
        memcpy(targets, row->numbers, (size_t)row->number_count * sizeof *targets);
    file.targets = targets;
    cnn_status status = take_words(found, table, row, &file.label, targets, error);
    if (status != CNN_OK || !wanted)
        return status;
    status = make_path(&file, row, folder, error);
    file.rank = ranks[file.label]++;
    file.bytes = row->bytes;
    row->bytes = (cnn_bytes){0};
    return status == CNN_OK ? cnn_picture_files_add(&found->files, &file, error) : status;
}

static cnn_status add_rows(cnn_label_files *found, cnn_label_table *table, const char *folder,
                           cnn_split split, cnn_error *error) {
    int64_t *ranks =
        cnn_allocate((size_t)found->class_count + 1, sizeof *ranks, "the classes' pictures", error);
    cnn_status status = ranks ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < table->count; i++)
        status = add_row(found, table, i, folder, split == CNN_SPLIT_ALL || table->rows[i].split == split,
                         ranks, error);
    cnn_free(ranks);
    return status;
}

cnn_status cnn_label_files_find(cnn_label_files *found, cnn_label_table *table, const char *folder,
                                cnn_split split, cnn_error *error) {
    *found = (cnn_label_files){.files = {.table = table->path, .unit = table->unit}};
    cnn_status status = check_files(table, error);
    if (status == CNN_OK)
        status = list_words(found, table, error);
    tidy_classes(found);
    if (status == CNN_OK && table->kind != CNN_DATA_NUMBERS)
        status = check_classes(found, table, error);
    if (status == CNN_OK)
        status = reserve_targets(found, table, error);
    return status == CNN_OK ? add_rows(found, table, folder, split, error) : status;
}

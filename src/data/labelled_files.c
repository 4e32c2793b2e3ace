/* A data set whose pictures a table lists, with their labels or targets. */
#include "data/readers.h"

#include "base/memory.h"
#include "data/label_files.h"
#include "data/splits.h"

static void find_splits(const cnn_label_table *table, bool has[CNN_SPLIT_ALL]) {
    for (int64_t i = 0; table->divided && i < table->count; i++)
        has[table->rows[i].split] = true;
}

cnn_status cnn_label_table_has(const char *path, cnn_split split, bool *has, cnn_error *error) {
    cnn_label_table table;
    cnn_status status = cnn_label_table_read(&table, path, error);
    bool splits[CNN_SPLIT_ALL + 1] = {[CNN_SPLIT_ALL] = true};
    find_splits(&table, splits);
    *has = status == CNN_OK && splits[split];
    cnn_label_table_free(&table);
    return status;
}

static cnn_status check_split(const cnn_label_table *table, cnn_split split, cnn_error *error) {
    bool has[CNN_SPLIT_ALL] = {false};
    find_splits(table, has);
    if (split == CNN_SPLIT_ALL || has[split] || (split == CNN_SPLIT_TRAIN && !table->divided))
        return CNN_OK;
    if (table->divided)
        return cnn_split_missing(table->path, split, has, error);
    return cnn_fail(error, CNN_ERROR_FORMAT,
                    "%s: it has no column called split, so that no pictures are set apart for %s; add the "
                    "column, or ask for all images",
                    table->path, split == CNN_SPLIT_TEST ? "testing" : "validation");
}

static cnn_status note_ignored(const cnn_label_table *table, cnn_data *data, cnn_error *error) {
    cnn_text text = {0};
    if (!table->ignored.length)
        return CNN_OK;
    cnn_text_append(&text, "%s: columns that are not read: %s", table->path, table->ignored.data);
    cnn_status status = text.failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a note")
                                    : cnn_data_note_add(data, text.data, error);
    cnn_free(text.data);
    return status;
}

static cnn_status read_files(cnn_data *data, const cnn_label_table *table, cnn_label_files *found,
                             const cnn_data_options *options, cnn_error *error) {
    if (options->limit > 0 && options->limit < found->files.count)
        cnn_picture_files_limit(&found->files, options->limit);
    const bool numbers = table->kind == CNN_DATA_NUMBERS;
    data->multi_label = table->kind == CNN_DATA_MULTI_LABEL;
    cnn_status status = cnn_data_name_classes(data, numbers ? 1 : found->class_count,
                                              numbers ? NULL : (const char *const *)found->classes, error);
    if (status == CNN_OK)
        status = cnn_picture_files_decode(&found->files, data, options, error);
    return status == CNN_OK ? note_ignored(table, data, error) : status;
}

cnn_status cnn_read_label_table(cnn_data *data, cnn_label_table *table, const char *folder,
                                const cnn_data_options *options, cnn_error *error) {
    cnn_label_files found = {0};
    cnn_status status = cnn_label_files_find(&found, table, folder, options->split, error);
    if (status == CNN_OK)
        status = read_files(data, table, &found, options, error);
    cnn_label_files_free(&found);
    return status;
}

cnn_status cnn_read_labelled_files(cnn_data *data, const char *path, const cnn_data_options *options,
                                   cnn_error *error) {
    cnn_label_table table;
    cnn_status status = cnn_label_table_read(&table, path, error);
    if (status == CNN_OK)
        status = check_split(&table, options->split, error);
    char *folder = status == CNN_OK ? cnn_path_folder(path, error) : NULL;
    if (status == CNN_OK)
        status = folder ? cnn_read_label_table(data, &table, folder, options, error) : CNN_ERROR_MEMORY;
    cnn_label_table_free(&table);
    cnn_free(folder);
    return status;
}

/* Tables of labels, CSV and JSON lines: refused with a message, or rows that are whole. */
#include "base/memory.h"
#include "data/label_files.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_rows(cnn_label_table *table) {
    for (int64_t i = 0; i < table->count; i++) {
        const cnn_label_row *row = &table->rows[i];
        if (!row->file || !*row->file || row->split == CNN_SPLIT_ALL ||
            (table->kind == CNN_DATA_CLASSES && row->word_count != 1) ||
            (table->kind == CNN_DATA_NUMBERS && row->number_count < 1))
            __builtin_trap();
    }
    cnn_label_files found;
    cnn_label_files_find(&found, table, ".", CNN_SPLIT_ALL, NULL);
    cnn_label_files_free(&found);
}

/* The first byte chooses the format. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    cnn_label_table table = {.path = "input", .unit = "line"};
    cnn_error error = {0};
    cnn_text text = {0};
    if (size == 0)
        return 0;
    cnn_text_append_bytes(&text, bytes + 1, size - 1);
    if (text.failed)
        return 0;
    cnn_status status =
        (bytes[0] % 2 ? cnn_label_table_read_csv : cnn_label_table_read_json)(&table, text.data, &error);
    if (status == CNN_OK && table.count > 0)
        check_rows(&table);
    else if (status != CNN_OK && !error.message[0])
        __builtin_trap();
    cnn_label_table_free(&table);
    cnn_free(text.data);
    return 0;
}

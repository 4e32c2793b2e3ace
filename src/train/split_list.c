#include "train/split_list.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"
#include "train/holdout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char heading[] = "split,class,image\n";

const char *cnn_split_word(cnn_split split) {
    static const char *const words[] = {"train", "test", "validation", "all"};
    return words[split];
}

/* ---- Writing --------------------------------------------------------------------------------------- */

/* Quoted if it contains a character that is special in CSV. */
static void append_field(cnn_text *text, const char *field) {
    if (!strpbrk(field, ",\"\r\n")) {
        cnn_text_append(text, "%s", field);
        return;
    }
    cnn_text_append(text, "\"");
    for (const char *c = field; *c; c++)
        cnn_text_append(text, "%s%c", *c == '"' ? "\"" : "", *c);
    cnn_text_append(text, "\"");
}

/* One line: split, class, name or number. */
static void append_image(cnn_text *text, const cnn_data *data, int64_t index, cnn_split split) {
    const char *name = cnn_data_name(data, index);
    cnn_text_append(text, "%s,", cnn_split_word(split));
    append_field(text, cnn_data_class(data, cnn_data_label(data, index)));
    cnn_text_append(text, ",");
    if (name)
        append_field(text, name);
    else
        cnn_text_append(text, "%" PRId64, index);
    cnn_text_append(text, "\n");
}

cnn_status cnn_split_list_write(const char *path, const cnn_data *data, const uint8_t *splits,
                                cnn_error *error) {
    cnn_text text = {0};
    cnn_text_append(&text, "%s", heading);
    for (int64_t i = 0; i < cnn_data_count(data); i++)
        if (splits[i] != CNN_NO_SPLIT)
            append_image(&text, data, i, (cnn_split)splits[i]);
    cnn_status status = text.failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: %s", path)
                                    : cnn_file_replace(path, text.data, text.length, error);
    cnn_free(text.data);
    return status;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

static bool take_split(const char *word, cnn_split *split) {
    for (int i = CNN_SPLIT_TRAIN; word && i < CNN_SPLIT_ALL; i++)
        if (strcmp(word, cnn_split_word((cnn_split)i)) == 0) {
            *split = (cnn_split)i;
            return true;
        }
    return false;
}

/* One line: three fields. */
static bool take_entry(cnn_csv *csv, cnn_split_entry *entry) {
    const char *fields[3] = {NULL};
    for (int i = 0; i < 3; i++) {
        fields[i] = cnn_csv_field(csv);
        if (!fields[i] || csv->after != (i == 2 ? '\n' : ','))
            return false;
    }
    *entry = (cnn_split_entry){.class_name = fields[1], .image = fields[2], .index = -1};
    return take_split(fields[0], &entry->split);
}

/* All lines of the file. */
static cnn_status parse(cnn_split_list *list, cnn_error *error) {
    char *const at = (char *)list->bytes.data;
    if (strncmp(at, heading, sizeof heading - 1) != 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: its first line is not \"%.*s\"", list->path,
                        (int)sizeof heading - 2, heading);
    cnn_csv csv = {.at = at + sizeof heading - 1};
    while (*csv.at) {
        cnn_status status = cnn_grow((void **)&list->entries, list->count, &list->capacity,
                                     sizeof *list->entries, "the list of images", error);
        if (status != CNN_OK)
            return status;
        if (!take_entry(&csv, &list->entries[list->count++]))
            return cnn_fail(
                error, CNN_ERROR_FORMAT,
                "%s: image %" PRId64
                " of the list: expected train, validation or test, a class and an image, separated by commas",
                list->path, list->count);
    }
    return CNN_OK;
}

/* The file's contents, followed by a zero byte. */
static cnn_status read_text(const char *path, cnn_bytes *text, cnn_error *error) {
    cnn_bytes file;
    cnn_status status = cnn_file_read(path, &file, error);
    if (status != CNN_OK)
        return status;
    *text = (cnn_bytes){cnn_allocate(file.size + 1, 1, path, error), file.size};
    if (text->data && file.size)
        memcpy(text->data, file.data, file.size);
    cnn_free(file.data);
    return text->data ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_split_list_read(cnn_split_list *list, const char *path, cnn_error *error) {
    *list = (cnn_split_list){.path = cnn_copy_string(path, error)};
    cnn_status status = list->path ? read_text(path, &list->bytes, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = parse(list, error);
    if (status != CNN_OK)
        cnn_split_list_free(list);
    return status;
}

void cnn_split_list_free(cnn_split_list *list) {
    cnn_free(list->path);
    cnn_free(list->bytes.data);
    cnn_free(list->entries);
    *list = (cnn_split_list){0};
}

int64_t cnn_split_list_count(const cnn_split_list *list, cnn_split split) {
    int64_t count = 0;
    for (int64_t i = 0; i < list->count; i++)
        count += list->entries[i].split == split;
    return count;
}

/* ---- Finding the images in the data ---------------------------------------------------------------- */

typedef struct named_image {
    const char *name;
    int64_t index;
} named_image;

static int by_name(const void *a, const void *b) {
    return strcmp(((const named_image *)a)->name, ((const named_image *)b)->name);
}

/* By the path below the data's folder. */
static cnn_status find_by_name(cnn_split_list *list, const cnn_data *data, cnn_error *error) {
    int64_t count = cnn_data_count(data);
    named_image *images = cnn_allocate((size_t)count, sizeof *images, "the names of the images", error);
    if (!images)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        images[i] = (named_image){cnn_data_name(data, i), i};
    qsort(images, (size_t)count, sizeof *images, by_name);
    for (cnn_split_entry *e = list->entries; e < list->entries + list->count; e++) {
        const named_image wanted = {e->image, 0},
                          *found = bsearch(&wanted, images, (size_t)count, sizeof *images, by_name);
        e->index = found ? found->index : -1;
    }
    cnn_free(images);
    return CNN_OK;
}

/* Images without names are counted. */
static void find_by_number(cnn_split_list *list, const cnn_data *data) {
    for (cnn_split_entry *e = list->entries; e < list->entries + list->count; e++) {
        char *end;
        long long number = strtoll(e->image, &end, 10);
        bool there = end != e->image && !*end && number >= 0 && number < cnn_data_count(data);
        e->index = there ? number : -1;
    }
}

cnn_status cnn_split_list_find(cnn_split_list *list, const cnn_data *data, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (cnn_data_name(data, 0))
        status = find_by_name(list, data, error);
    else
        find_by_number(list, data);
    for (int64_t i = 0; status == CNN_OK && i < list->count; i++) {
        const cnn_split_entry *e = &list->entries[i];
        const char *found = e->index < 0 ? NULL : cnn_data_class(data, cnn_data_label(data, e->index));
        if (found && strcmp(found, e->class_name) != 0)
            status = cnn_fail(error, CNN_ERROR_FORMAT,
                              "%s: image %s is of class \"%s\" in the list, but of \"%s\" in %s: these are "
                              "not the data that it lists",
                              list->path, e->image, e->class_name, found, cnn_data_origin(data));
    }
    return status;
}

cnn_status cnn_split_list_lacks(const cnn_split_list *list, const cnn_data *data, cnn_split split,
                                int64_t missing, cnn_error *error) {
    const char *first = "";
    for (int64_t i = list->count - 1; i >= 0; i--)
        if (list->entries[i].index < 0 && (split == CNN_SPLIT_ALL || list->entries[i].split == split))
            first = list->entries[i].image;
    return cnn_fail(error, CNN_ERROR_FORMAT,
                    "%s has changed: it lacks %" PRId64
                    " of the images that %s lists, first %s; restore them, or use all images that are "
                    "present (--split all)",
                    cnn_data_origin(data), missing, list->path, first);
}

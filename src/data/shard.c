/* A data set in a tar file as WebDataset lays it out: KEY.jpg and KEY.cls, one beside the other, for each picture. */
#include "data/readers.h"

#include "base/memory.h"
#include "data/archive.h"
#include "data/label_files.h"
#include "data/listing.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool cnn_is_shard(const char *path) {
    static const char *const endings[] = {".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst"};
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (length > strlen(endings[i]) && strcasecmp(path + length - strlen(endings[i]), endings[i]) == 0)
            return true;
    return false;
}

/* The picture whose files are being read. */
typedef struct sample {
    char *key;  /* owned; NULL: none yet */
    char *file; /* owned, the name of the picture's file; NULL: it was not there yet */
    cnn_bytes bytes;
    char *word; /* owned, what .cls says */
} sample;

typedef struct shard {
    cnn_label_table *table;
    sample now;
} shard;

static void free_sample(sample *s) {
    cnn_free(s->key);
    cnn_free(s->file);
    cnn_free(s->bytes.data);
    cnn_free(s->word);
    *s = (sample){0};
}

/* The length of what the files of a sample have in common: up to the first dot of the name without its folders. */
static size_t key_length(const char *name) {
    const char *base = cnn_path_name(name), *dot = strchr(base, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

/* Put the sample into the table. */
static cnn_status end_sample(shard *s, cnn_error *error) {
    cnn_label_table *table = s->table;
    sample *now = &s->now;
    if (!now->key)
        return CNN_OK;
    const int64_t number = table->count + 1;
    if (!now->file || !now->word)
        return cnn_label_table_fail(table, number, error, "%s has no %s", now->key,
                                    now->file ? ".cls, which names its class" : "picture");
    cnn_label_row *row = cnn_label_table_add(table, number, error);
    if (!row)
        return CNN_ERROR_MEMORY;
    row->bytes = now->bytes;
    now->bytes = (cnn_bytes){0};
    cnn_status status = cnn_label_row_file(row, table, now->file, error);
    if (status == CNN_OK)
        status = cnn_label_row_word(row, table, now->word, error);
    free_sample(now);
    return status;
}

static cnn_status begin_sample(shard *s, const char *name, size_t length, cnn_error *error) {
    cnn_status status = end_sample(s, error);
    free_sample(&s->now);
    if (status != CNN_OK)
        return status;
    s->now.key = cnn_copy_string(name, error);
    if (!s->now.key)
        return CNN_ERROR_MEMORY;
    s->now.key[length] = '\0';
    return CNN_OK;
}

/* The text of a .cls, without the blanks and the end of line around it. */
static cnn_status take_word(shard *s, const cnn_bytes *bytes, cnn_error *error) {
    size_t begin = 0, end = bytes->size;
    while (begin < end && strchr(" \t\r\n", bytes->data[begin]))
        begin++;
    while (end > begin && strchr(" \t\r\n", bytes->data[end - 1]))
        end--;
    cnn_free(s->now.word);
    s->now.word = cnn_allocate(end - begin + 1, 1, "a label", error);
    if (!s->now.word)
        return CNN_ERROR_MEMORY;
    if (end > begin)
        memcpy(s->now.word, bytes->data + begin, end - begin);
    return CNN_OK;
}

static cnn_status take_picture(shard *s, const char *name, cnn_bytes *bytes, cnn_error *error) {
    if (s->now.file)
        return cnn_label_table_fail(s->table, s->table->count + 1, error, "%s has two pictures: %s and %s",
                                    s->now.key, s->now.file, name);
    s->now.file = cnn_copy_string(name, error);
    s->now.bytes = *bytes;
    *bytes = (cnn_bytes){0};
    return s->now.file ? CNN_OK : CNN_ERROR_MEMORY;
}

static bool is_class(const char *name) {
    return strcasecmp(name + key_length(name), ".cls") == 0;
}

/* Files of other kinds belong to samples too, but say nothing here. */
static bool wants(void *context, const char *name) {
    (void)context;
    return is_class(name) || cnn_is_image_name(name);
}

static cnn_status visit(void *context, const char *name, cnn_bytes *bytes, cnn_error *error) {
    shard *s = context;
    const size_t length = key_length(name);
    const bool same = s->now.key && strlen(s->now.key) == length && strncmp(s->now.key, name, length) == 0;
    cnn_status status = same ? CNN_OK : begin_sample(s, name, length, error);
    if (status != CNN_OK)
        return status;
    return is_class(name) ? take_word(s, bytes, error) : take_picture(s, name, bytes, error);
}

/* The archive as a table of labels, whose rows have their files. */
static cnn_status read_table(cnn_label_table *table, const char *path, cnn_error *error) {
    *table = (cnn_label_table){.path = path, .unit = "sample", .kind = CNN_DATA_CLASSES};
    shard s = {.table = table};
    const cnn_archive_visitor visitor = {.context = &s, .wants = wants, .visit = visit};
    cnn_status status = cnn_archive_read(path, &visitor, error);
    if (status == CNN_OK)
        status = end_sample(&s, error);
    free_sample(&s.now);
    if (status == CNN_OK && table->count == 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: no pictures with a .cls beside them", path);
    return status;
}

/* Shards are not divided: a data set has others for testing. */
cnn_status cnn_shard_has(const char *path, cnn_split split, bool *has, cnn_error *error) {
    (void)path, (void)error;
    *has = split == CNN_SPLIT_ALL;
    return CNN_OK;
}

cnn_status cnn_read_shard(cnn_data *data, const char *path, const cnn_data_options *options,
                          cnn_error *error) {
    cnn_label_table table;
    if (options->split == CNN_SPLIT_TEST || options->split == CNN_SPLIT_VALIDATION)
        return cnn_fail(
            error, CNN_ERROR_FORMAT,
            "%s: a tar file is not divided into splits; give the one with the images for %s, and ask "
            "for all of them",
            path, options->split == CNN_SPLIT_TEST ? "testing" : "validation");
    cnn_status status = read_table(&table, path, error);
    if (status == CNN_OK)
        status = cnn_read_label_table(data, &table, path, options, error);
    cnn_label_table_free(&table);
    return status;
}

/* What a person should know about how class folders were read. */
#include "data/image_list.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/formats.h"

#include <inttypes.h>
#include <string.h>

/* Add the note and release its text. */
static cnn_status note_text(cnn_data *data, cnn_text *text, cnn_error *error) {
    cnn_status status = text->failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a note")
                                     : cnn_data_note_add(data, text->data, error);
    cnn_free(text->data);
    return status;
}

/* Report files that are not images, counted by extension. */
static cnn_status note_ignored(const cnn_ignored *ignored, cnn_data *data, cnn_error *error) {
    char endings[CNN_FORMAT_TEXT];
    int64_t files = 0;
    cnn_text text = {0};
    for (int64_t i = 0; i < ignored->count; i++)
        files += ignored->kinds[i].count;
    if (files == 0)
        return CNN_OK;
    cnn_format_endings(endings);
    cnn_text_append(&text, "%s: %" PRId64 " file%s left out, not an image by name or place: ", data->origin,
                    files, files == 1 ? " is" : "s are");
    for (int64_t i = 0; i < ignored->count; i++)
        cnn_text_append(&text, "%s%" PRId64 " %s", i ? ", " : "", ignored->kinds[i].count,
                        *ignored->kinds[i].ending ? ignored->kinds[i].ending : "without an extension");
    cnn_text_append(&text, " (the names of images end in %s, and they lie in class folders)", endings);
    return note_text(data, &text, error);
}

/* Folders beside train/ and test/. */
static cnn_status note_other_folders(const cnn_splits *splits, cnn_data *data, cnn_error *error) {
    cnn_text text = {0};
    if (!splits->any || splits->others.count == 0)
        return CNN_OK;
    cnn_text_append(&text,
                    "%s: not read, since they lie beside %s/ but are not named like a split: ", data->origin,
                    cnn_path_name(cnn_splits_naming(splits)));
    for (int64_t i = 0; i < splits->others.count; i++)
        cnn_text_append(&text, "%s%s/", i ? ", " : "", cnn_path_name(splits->others.paths[i]));
    return note_text(data, &text, error);
}

static bool same_names(const cnn_listing *a, const cnn_listing *b) {
    bool same = a->count == b->count;
    for (int64_t i = 0; same && i < a->count; i++)
        same = strcmp(cnn_path_name(a->paths[i]), cnn_path_name(b->paths[i])) == 0;
    return same;
}

/* fold1/cat, fold1/dog, fold2/cat, fold2/dog: are fold1 and fold2 classes? */
static cnn_status note_twin_classes(const cnn_listing *classes, cnn_data *data, cnn_error *error) {
    cnn_listing previous = {0}, next;
    cnn_status status = CNN_OK;
    bool told = false;
    for (int64_t c = 0; status == CNN_OK && !told && c < classes->count; c++) {
        status = cnn_list_folder(classes->paths[c], cnn_is_folder, &next, error);
        told = status == CNN_OK && next.count > 1 && same_names(&previous, &next);
        if (told) {
            cnn_text text = {0};
            cnn_text_append(
                &text,
                "%s: the classes %s and %s hold folders of the same names (%s, %s%s); if these are the "
                "classes, call the folders above them train, validation and test",
                data->origin, cnn_path_name(classes->paths[c - 1]), cnn_path_name(classes->paths[c]),
                cnn_path_name(next.paths[0]), cnn_path_name(next.paths[1]), next.count > 2 ? ", ..." : "");
            status = note_text(data, &text, error);
        }
        cnn_listing_free(&previous);
        previous = next;
    }
    cnn_listing_free(&previous);
    return status;
}

static cnn_status copy_ignored(const cnn_ignored *ignored, cnn_data *data, cnn_error *error) {
    for (int64_t i = 0; i < ignored->count; i++) {
        cnn_status status = cnn_ignored_add(&data->ignored, ignored->kinds[i].ending, error);
        if (status != CNN_OK)
            return status;
        data->ignored.kinds[i].count = ignored->kinds[i].count;
    }
    return CNN_OK;
}

cnn_status cnn_image_list_note(const cnn_image_list *list, cnn_split split, cnn_data *data,
                               cnn_error *error) {
    const char *naming = cnn_splits_naming(&list->splits);
    bool whole = !naming || split == CNN_SPLIT_ALL || list->splits.folder[split] == naming;
    cnn_status status = copy_ignored(&list->ignored, data, error);
    if (status == CNN_OK)
        status = note_ignored(&list->ignored, data, error);
    if (status == CNN_OK && whole)
        status = note_other_folders(&list->splits, data, error);
    if (status == CNN_OK && whole)
        status = note_twin_classes(&list->classes, data, error);
    return status;
}

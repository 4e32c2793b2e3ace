/* A data set of class folders: its files decoded, its classes named. */
#include "data/readers.h"

#include "base/memory.h"
#include "data/image_list.h"

static cnn_status name_classes(cnn_data *data, const cnn_listing *folders, cnn_error *error) {
    const char **names = cnn_allocate((size_t)folders->count, sizeof *names, "the class names", error);
    if (!names)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < folders->count; i++)
        names[i] = cnn_path_name(folders->paths[i]);
    cnn_status status = cnn_data_name_classes(data, folders->count, names, error);
    cnn_free(names);
    return status;
}

cnn_status cnn_read_image_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                                 cnn_error *error) {
    cnn_image_list list;
    cnn_status status = cnn_image_list_find(&list, folder, options->split, options->limit, error);
    if (status == CNN_OK)
        status = name_classes(data, &list.classes, error);
    if (status == CNN_OK)
        status = cnn_picture_files_decode(&list.files, data, options, error);
    if (status == CNN_OK)
        status = cnn_image_list_note(&list, options->split, data, error);
    cnn_image_list_free(&list);
    return status;
}

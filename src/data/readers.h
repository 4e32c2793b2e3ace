/* The kinds of folder and file that can hold a data set. Each reader fills an empty data set. */
#ifndef CNN_DATA_READERS_H
#define CNN_DATA_READERS_H

#include "data/dataset.h"

/* IDX files under the names of MNIST, .gz or not. */
bool cnn_is_idx_folder(const char *folder);
bool cnn_idx_folder_has(const char *folder, cnn_split split);
cnn_status cnn_read_idx_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                               cnn_error *error);

/* CIFAR-10's binary files, directly or in cifar-10-batches-bin/. */
bool cnn_is_cifar_folder(const char *folder);
bool cnn_cifar_folder_has(const char *folder, cnn_split split);
cnn_status cnn_read_cifar_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                                 cnn_error *error);

/* A folder of class folders with picture files, directly or below train/, test/ and validation/. */
cnn_status cnn_image_folder_has(const char *folder, cnn_split split, bool *has, cnn_error *error);
cnn_status cnn_read_image_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                                 cnn_error *error);

/* NumPy's arrays in a file .npz or in a folder (data/array_files.h). */
cnn_status cnn_array_data_has(const char *path, cnn_split split, bool *has, cnn_error *error);
cnn_status cnn_read_array_data(cnn_data *data, const char *path, const cnn_data_options *options,
                               cnn_error *error);

/* A tar file as WebDataset lays it out, by its name. */
bool cnn_is_shard(const char *path);
cnn_status cnn_shard_has(const char *path, cnn_split split, bool *has, cnn_error *error);
cnn_status cnn_read_shard(cnn_data *data, const char *path, const cnn_data_options *options,
                          cnn_error *error);

/* Picture files that a table lists (data/label_table.h). */
cnn_status cnn_label_table_has(const char *path, cnn_split split, bool *has, cnn_error *error);
cnn_status cnn_read_labelled_files(cnn_data *data, const char *path, const cnn_data_options *options,
                                   cnn_error *error);

#endif

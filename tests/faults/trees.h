/* A folder with all that is in it, in memory: to compare it with another time, and to put it back. */
#ifndef TESTS_FAULTS_TREES_H
#define TESTS_FAULTS_TREES_H

#include <stdbool.h>
#include <stddef.h>

enum { TREE_PATH = 256, TREE_FILES = 64 };

typedef struct tree_file {
    char path[TREE_PATH]; /* from within the folder */
    unsigned char *bytes;
    size_t size;
} tree_file;

typedef struct tree {
    bool exists;
    int count;
    tree_file files[TREE_FILES]; /* in the order of their paths */
} tree;

/* Each fails the running test if it cannot be done. A folder that is not there is a tree that does not exist. */
tree tree_read(const char *folder);
void tree_write(const tree *tree, const char *folder);
void tree_free(tree *tree);
void tree_remove(const char *folder);

/* Whether two trees have the same files. */
bool trees_equal(const tree *a, const tree *b);

/* The last part of a path. */
const char *tree_name(const char *path);
const tree_file *tree_find(const tree *tree, const char *path);

#endif

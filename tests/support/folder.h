/* A temporary folder for a test: set-up and teardown functions of cmocka, *state is its path. */
#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H

int folder_new(void **state);
/* Removes the folder with all that is in it. */
int folder_remove(void **state);

#endif

/* What the control groups of Linux, by which containers are limited, leave to this process.
 * Source: the kernel's Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst. */
#ifndef CNN_BASE_CONTROL_GROUP_H
#define CNN_BASE_CONTROL_GROUP_H

#include <stdint.h>

/* Both calls read the groups of version 1 and of version 2, from the process's own group up to the outermost one that can be
 * seen, and give the tightest limit. `root` comes before each path: "", but in tests a folder that holds a tree of its own. */

/* Bytes that may still be allocated; cached file contents that the kernel would drop count as free. INT64_MAX: no limit. */
int64_t cnn_control_group_memory(const char *root);

/* Processors' time that the process may use, as a number of processors: 1.5 for 150 ms in each 100 ms. INFINITY: no quota. */
double cnn_control_group_processors(const char *root);

#endif

/* The limits of control groups, read from trees that look as they do in containers. */
#define _GNU_SOURCE
#include "base/control_group.h"
#include "base/file.h"
#include "base/memory.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Write ROOT/PATH with what a file of the kernel would say. */
static void say(const char *root, const char *path, const char *text) {
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    char *folder = cnn_path_folder(whole, NULL);
    assert_int_equal(cnn_make_folders(folder, NULL), CNN_OK);
    assert_int_equal(cnn_file_replace(whole, text, strlen(text), NULL), CNN_OK);
    cnn_free(folder);
}

#define V1_MOUNT(id, root, name)                                                                             \
#id " 31 0:35 " root " /sys/fs/cgroup/" name " rw,relatime shared:9 - cgroup cgroup rw," name "\n"
#define V2_MOUNT(root) "41 31 0:38 " root " /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"

static void assert_limits(const char *root, int64_t memory, double processors) {
    assert_int_equal(cnn_control_group_memory(root), memory);
    assert_true(cnn_control_group_processors(root) == processors);
}

static void without_groups_nothing_is_limited(void **state) {
    assert_limits(*state, INT64_MAX, (double)INFINITY);
}

static void the_group_of_version_1_limits(void **state) {
    const char *root = *state;
    say(root, "/proc/self/cgroup", "9:name=systemd:/\n4:memory:/job\n2:cpuacct:/\n1:cpu:/job\n0::/\n");
    say(root, "/proc/self/mountinfo", V1_MOUNT(32, "/", "cpu") V1_MOUNT(35, "/", "memory") V2_MOUNT("/"));
    say(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    say(root, "/sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n");
    say(root, "/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "262144000\n");
    say(root, "/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "62144000\n");
    say(root, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    say(root, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    say(root, "/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "150000\n");
    say(root, "/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
    assert_limits(root, 200000000, 1.5);
}

static void the_group_of_version_2_limits_and_cached_files_count_as_free(void **state) {
    const char *root = *state;
    say(root, "/proc/self/cgroup", "0::/job\n");
    say(root, "/proc/self/mountinfo", "23 1 0:5 / /proc rw - proc proc rw\n" V2_MOUNT("/"));
    say(root, "/sys/fs/cgroup/job/memory.max", "1000000\n");
    say(root, "/sys/fs/cgroup/job/memory.current", "700000\n");
    say(root, "/sys/fs/cgroup/job/memory.stat", "anon 100000\ninactive_file 500000\nactive_file 9\n");
    say(root, "/sys/fs/cgroup/job/cpu.max", "50000 100000\n");
    assert_limits(root, 800000, 0.5);
}

static void the_tightest_of_nested_groups_counts(void **state) {
    const char *root = *state;
    say(root, "/proc/self/cgroup", "0::/outer/middle/inner\n");
    say(root, "/proc/self/mountinfo", V2_MOUNT("/"));
    say(root, "/sys/fs/cgroup/outer/memory.max", "5000\n");
    say(root, "/sys/fs/cgroup/outer/memory.current", "4000\n");
    say(root, "/sys/fs/cgroup/outer/cpu.max", "100000 100000\n");
    say(root, "/sys/fs/cgroup/outer/middle/memory.max", "2000\n");
    say(root, "/sys/fs/cgroup/outer/middle/memory.current", "500\n");
    say(root, "/sys/fs/cgroup/outer/middle/inner/memory.max", "max\n");
    say(root, "/sys/fs/cgroup/outer/middle/inner/memory.current", "500\n");
    say(root, "/sys/fs/cgroup/outer/middle/inner/cpu.max", "max 100000\n");
    assert_limits(root, 1000, 1);
}

static void a_container_that_sees_only_its_own_part_of_the_tree_is_limited(void **state) {
    const char *root = *state;
    say(root, "/proc/self/cgroup", "4:memory:/docker/0123abc/job\n3:cpu,cpuacct:/docker/0123abc\n");
    say(root, "/proc/self/mountinfo",
        V1_MOUNT(35, "/docker/0123abc", "memory") V1_MOUNT(36, "/docker/0123abc", "cpu,cpuacct"));
    say(root, "/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "900\n");
    say(root, "/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "100\n");
    say(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "700\n");
    say(root, "/sys/fs/cgroup/memory/memory.usage_in_bytes", "100\n");
    say(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
    say(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assert_limits(root, 600, 2);
}

static void a_group_that_is_over_its_limit_leaves_nothing(void **state) {
    const char *root = *state;
    say(root, "/proc/self/cgroup",
        "0::/../../elsewhere\n"); /* of another name space: the mount is the group */
    say(root, "/proc/self/mountinfo", V2_MOUNT("/jobs/9"));
    say(root, "/sys/fs/cgroup/memory.max", "1000\n");
    say(root, "/sys/fs/cgroup/memory.current", "1500\n");
    assert_limits(root, 0, (double)INFINITY);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(without_groups_nothing_is_limited),
        IN_A_FOLDER(the_group_of_version_1_limits),
        IN_A_FOLDER(the_group_of_version_2_limits_and_cached_files_count_as_free),
        IN_A_FOLDER(the_tightest_of_nested_groups_counts),
        IN_A_FOLDER(a_container_that_sees_only_its_own_part_of_the_tree_is_limited),
        IN_A_FOLDER(a_group_that_is_over_its_limit_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

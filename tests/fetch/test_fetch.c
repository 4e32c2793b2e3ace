/* Fetching a data set from a server on loopback that behaves well, badly, or not at all. */
#define _GNU_SOURCE
#include "fetch/loopback.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include "fetch.h"
#include "sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SIZE = 20000, PATH = 300 };

static uint8_t content[SIZE];
static char sum[CLI_SHA256_TEXT];
static cli_fetch_set set = {.name = "small", .files = {{"a.gz", SIZE, sum}}};
static loopback server;

static cli_fetch fetch_from(const char *folder, const char *how) {
    static char address[64];
    return (cli_fetch){
        .set = &set, .folder = folder, .mirror = loopback_address(&server, how, address), .stall = 1};
}

static const char *below(const char *folder, const char *name) {
    static char path[PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int64_t size_below(const char *folder, const char *name) {
    struct stat about;
    return stat(below(folder, name), &about) == 0 ? (int64_t)about.st_size : -1;
}

static void write_below(const char *folder, const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(below(folder, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void assert_fetched(const char *folder) {
    char found[CLI_SHA256_TEXT];
    const char *why;
    assert_true(cli_sha256_file(below(folder, "a.gz"), found, &why));
    assert_string_equal(found, sum);
    assert_int_equal(size_below(folder, "a.gz.part"), -1);
}

static void expect(cli_fetch fetch, cnn_status expected, const char *message) {
    cnn_error error = {0};
    const cnn_status status = cli_fetch_set_files(&fetch, &error);
    if (status != expected || !strstr(error.message, message))
        fail_msg("%s, \"%s\"; expected %s, \"%s\"", cnn_status_name(status), error.message,
                 cnn_status_name(expected), message);
}

static void the_file_comes_once_and_is_there_then(void **state) {
    const int before = server.requests;
    expect(fetch_from(*state, "whole"), CNN_OK, "");
    expect(fetch_from(*state, "whole"), CNN_OK, "");
    assert_fetched(*state);
    assert_int_equal(server.requests, before + 1);
}

static void a_redirection_is_followed(void **state) {
    expect(fetch_from(*state, "moved"), CNN_OK, "");
    assert_fetched(*state);
}

static void what_was_cut_off_goes_on_where_it_ended(void **state) {
    expect(fetch_from(*state, "cut"), CNN_ERROR_IO, "the connection ended after 10000 of 20000 bytes");
    assert_int_equal(size_below(*state, "a.gz"), -1);
    assert_int_equal(size_below(*state, "a.gz.part"), SIZE / 2);
    expect(fetch_from(*state, "whole"), CNN_OK, "");
    assert_int_equal(server.last_from, SIZE / 2);
    assert_fetched(*state);
}

static void a_server_without_parts_begins_anew(void **state) {
    write_below(*state, "a.gz.part", content, 700);
    expect(fetch_from(*state, "plain"), CNN_OK, "");
    assert_fetched(*state);
}

static void wrong_bytes_of_an_earlier_attempt_are_fetched_again(void **state) {
    write_below(*state, "a.gz.part", "these are no bytes of it", 24);
    expect(fetch_from(*state, "whole"), CNN_OK, "");
    assert_fetched(*state);
}

static void another_file_is_deleted_and_said(void **state) {
    expect(fetch_from(*state, "other"), CNN_ERROR_FORMAT, "SHA-256 is wrong");
    assert_int_equal(size_below(*state, "a.gz"), -1);
    assert_int_equal(size_below(*state, "a.gz.part"), -1);
}

static void no_byte_more_than_the_file_has_is_taken(void **state) {
    expect(fetch_from(*state, "long"), CNN_ERROR_IO, "more than the 20000 bytes");
}

static void what_is_not_there_is_said_with_its_address(void **state) {
    expect(fetch_from(*state, "nowhere"), CNN_ERROR_IO, "/nowhere/a.gz: the server answered with status 404");
    assert_int_equal(size_below(*state, "a.gz.part"), -1);
}

static void an_empty_folder_is_not_left_behind(void **state) {
    char folder[PATH];
    snprintf(folder, sizeof folder, "%s/cache/small", (char *)*state);
    expect(fetch_from(folder, "nowhere"), CNN_ERROR_IO, "404");
    assert_int_equal(access(folder, F_OK), -1);
}

static void a_silent_server_is_given_up(void **state) {
    expect(fetch_from(*state, "silent"), CNN_ERROR_IO,
           "nothing was received for 1 seconds (10000 of 20000 bytes so far)");
    assert_int_equal(size_below(*state, "a.gz.part"), SIZE / 2);
}

static void without_a_network_the_message_says_what_to_do(void **state) {
    cli_fetch fetch = fetch_from(*state, "whole");
    fetch.mirror = "http://127.0.0.1:1/";
    expect(fetch, CNN_ERROR_IO, "http://127.0.0.1:1/a.gz");
    expect(fetch, CNN_ERROR_IO, "by hand");
}

static void the_next_mirror_is_asked(void **state) {
    char bad[64], good[64];
    cli_fetch fetch = fetch_from(*state, "whole");
    fetch.mirror = NULL;
    set.mirrors[0] = loopback_address(&server, "other", bad);
    set.mirrors[1] = loopback_address(&server, "whole", good);
    expect(fetch, CNN_OK, "");
    assert_fetched(*state);
}

static void a_file_of_somebody_s_own_is_left_alone(void **state) {
    write_below(*state, "a.gz", "mine", 4);
    expect(fetch_from(*state, "whole"), CNN_ERROR_FORMAT, "exists already");
    assert_int_equal(size_below(*state, "a.gz"), 4);
}

/* Nobody writes into it or reads from it, so whoever opens it waits for ever. */
static void a_pipe_in_the_place_of_a_file_does_not_hang(void **state) {
    static const char reason[] = "it is a pipe or a device, not a file";
    assert_int_equal(mkfifo(below(*state, "a.gz.part"), 0600), 0);
    expect(fetch_from(*state, "whole"), CNN_ERROR_IO, reason);
    assert_int_equal(mkfifo(below(*state, "a.gz"), 0600), 0);
    expect(fetch_from(*state, "whole"), CNN_ERROR_IO, reason);
    assert_int_equal(unlink(below(*state, "a.gz")), 0);
    assert_int_equal(mkdir(below(*state, "a.gz"), 0700), 0);
    expect(fetch_from(*state, "whole"), CNN_ERROR_IO, "a.gz: Is a directory");
}

static bool stop_at_once(void *user, const cli_fetch_file *file, int64_t done) {
    (void)user, (void)file, (void)done;
    return false;
}

static void a_wish_to_stop_is_obeyed(void **state) {
    cli_fetch fetch = fetch_from(*state, "silent");
    fetch.progress = stop_at_once;
    expect(fetch, CNN_STOPPED, "fetch again to continue");
    assert_int_equal(size_below(*state, "a.gz"), -1);
}

/* ---- An archive ---- */

static void add_member(gzFile to, const char *name, const char *text) {
    char header[512] = {0}, block[512] = {0};
    snprintf(header, 100, "%s", name);
    snprintf(header + 124, 12, "%011o", (unsigned)strlen(text));
    snprintf(block, sizeof block, "%s", text);
    gzwrite(to, header, sizeof header);
    gzwrite(to, block, sizeof block);
}

static void an_archive_is_unpacked_and_goes(void **state) {
    static uint8_t archive[SIZE];
    char name[PATH], archive_sum[CLI_SHA256_TEXT], address[64];
    const char *why;
    snprintf(name, sizeof name, "%s/made.tar.gz", (char *)*state);
    gzFile made = gzopen(name, "wb");
    add_member(made, "in/readme", "not wanted");
    add_member(made, "in/a.bin", "wanted");
    gzwrite(made, (char[1024]){0}, 1024);
    gzclose(made);
    assert_true(cli_sha256_file(name, archive_sum, &why));
    const int64_t size = size_below(*state, "made.tar.gz");
    FILE *file = fopen(name, "rb");
    assert_int_equal(fread(archive, 1, SIZE, file), size);
    fclose(file);

    loopback other;
    loopback_start(&other, archive, size);
    const cli_fetch_set packed = {
        .name = "packed", .files = {{"x.tar.gz", size, archive_sum}}, .members = {{"in/a.bin", 6, ""}}};
    cli_fetch fetch = {
        .set = &packed, .folder = *state, .mirror = loopback_address(&other, "whole", address), .stall = 1};
    assert_int_equal(mkdir(below(*state, "in"), 0700) | mkfifo(below(*state, "in/a.bin.part"), 0600), 0);
    expect(fetch, CNN_ERROR_IO, "in/a.bin.part: it is a pipe or a device");
    assert_int_equal(unlink(below(*state, "in/a.bin.part")),
                     0); /* it was not begun here, so it is left alone */
    expect(fetch, CNN_OK, "");
    expect(fetch, CNN_OK, "");
    assert_int_equal(other.requests, 1);
    assert_int_equal(size_below(*state, "in/a.bin"), 6);
    assert_int_equal(size_below(*state, "in/readme"), -1);
    assert_int_equal(size_below(*state, "x.tar.gz"), -1);
    loopback_stop(&other);
}

/* ---- The checksum itself: the examples of FIPS 180-4, and lengths about a block's ---- */

static void checksums_are_those_of_the_standard(void **state) {
    (void)state;
    static const struct {
        int length;
        const char *text, *sum;
    } examples[] = {
        {0, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {3, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {56, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        cli_sha256 sha;
        char found[CLI_SHA256_TEXT];
        cli_sha256_start(&sha);
        for (int k = 0; k < examples[i].length; k++)
            cli_sha256_add(&sha, examples[i].text + k, 1);
        cli_sha256_end(&sha, found);
        assert_string_equal(found, examples[i].sum);
    }
}

static int set_up(void **state) {
    (void)state;
    cli_sha256 sha;
    for (int i = 0; i < SIZE; i++)
        content[i] = (uint8_t)(i * 7 + i / 256);
    cli_sha256_start(&sha);
    cli_sha256_add(&sha, content, SIZE);
    cli_sha256_end(&sha, sum);
    unsetenv("http_proxy");
    loopback_start(&server, content, SIZE);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    loopback_stop(&server);
    return 0;
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        with_folder(the_file_comes_once_and_is_there_then),
        with_folder(a_redirection_is_followed),
        with_folder(what_was_cut_off_goes_on_where_it_ended),
        with_folder(a_server_without_parts_begins_anew),
        with_folder(wrong_bytes_of_an_earlier_attempt_are_fetched_again),
        with_folder(another_file_is_deleted_and_said),
        with_folder(no_byte_more_than_the_file_has_is_taken),
        with_folder(what_is_not_there_is_said_with_its_address),
        with_folder(an_empty_folder_is_not_left_behind),
        with_folder(a_silent_server_is_given_up),
        with_folder(without_a_network_the_message_says_what_to_do),
        with_folder(the_next_mirror_is_asked),
        with_folder(a_file_of_somebody_s_own_is_left_alone),
        with_folder(a_pipe_in_the_place_of_a_file_does_not_hang),
        with_folder(a_wish_to_stop_is_obeyed),
        with_folder(an_archive_is_unpacked_and_goes),
        cmocka_unit_test(checksums_are_those_of_the_standard),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

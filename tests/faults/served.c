#define _GNU_SOURCE
#include "faults/served.h"

#include "support/cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 40 };

/* Take the words apart and become the command. */
static void become(const char *words, int socket) {
    char *copy = strdup(words), *argv[MAX_WORDS] = {"cnn"}, number[16];
    int count = 1;
    for (char *word; copy && count < MAX_WORDS - 1 && (word = strsep(&copy, " "));)
        if (*word)
            argv[count++] = word;
    fcntl(socket, F_SETFD, 0); /* this one stays open */
    snprintf(number, sizeof number, "%d", socket);
    setenv(FAULT_SOCKET, number, 1);
    setenv(FAULT_OUT, SERVED_OUT, 1);
    setenv(FAULT_ERR, SERVED_ERR, 1);
    setenv("LD_PRELOAD", getenv("CNN_FAULTS_LIBRARY"), 1);
    execv(getenv("CNN_COMMAND"), argv);
    _exit(127);
}

served served_start(const char *words) {
    int ends[2];
    assert_non_null(getenv("CNN_FAULTS_LIBRARY"));
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    const served command = {.pid = fork(), .socket = ends[0]};
    assert_true(command.pid >= 0);
    if (!command.pid) {
        become(words, ends[1]);
    }
    close(ends[1]);
    return command;
}

fault_report served_run(const served *command, const fault_request *request) {
    fault_report report = {0};
    if (send(command->socket, request, sizeof *request, MSG_NOSIGNAL) != (ssize_t)sizeof *request ||
        recv(command->socket, &report, sizeof report, 0) != (ssize_t)sizeof report)
        fail_msg("the command with the library of faults before it does not answer");
    return report;
}

void served_stop(served *command) {
    close(command->socket);
    waitpid(command->pid, NULL, 0);
}

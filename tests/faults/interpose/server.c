/* Stands before the command's main(): runs it in a process of its own as often as the test asks. Nothing has to be loaded
 * and linked again for a run, which therefore takes a few milliseconds. */
#define _GNU_SOURCE
#include "plan.h"
#include "streams.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_RUN = 60 /* seconds: then it hangs, and SIGALRM says so */ };

typedef int (*main_function)(int, char **, char **);

static struct {
    main_function main;
    plan_counts *counts;
} server;

/* Runs that are compared take no time. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, now);
    *now = (struct timespec){.tv_sec = 1000};
    return 0;
}

static int run(int count, char **words, char **environment, const fault_request *request) {
    streams_take_output();
    plan_begin(server.counts, request);
    const int code = server.main(count, words, environment);
    server.counts->returned = true;
    return code;
}

static void redirect(int stream, const char *path) {
    const int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (file < 0)
        return;
    dup2(file, stream);
    syscall(SYS_close, file);
}

/* The process that is asked: returns in a child, which runs the command. */
static fault_request serve(int socket) {
    fault_request request;
    while (recv(socket, &request, sizeof request, 0) == (ssize_t)sizeof request) {
        memset(server.counts, 0, sizeof *server.counts);
        const pid_t child = fork();
        if (child == 0) {
            syscall(SYS_close, socket);
            alarm(LONGEST_RUN);
            redirect(STDOUT_FILENO, getenv(FAULT_OUT));
            redirect(STDERR_FILENO, getenv(FAULT_ERR));
            return request;
        }
        const plan_counts *met = server.counts;
        fault_report report = {0};
        waitpid(child, &report.status, 0);
        for (int i = 0; i < FAULT_CLASSES; i++)
            report.counts[i] = met->counts[i];
        report.counted = met->counted;
        report.struck = (int32_t)met->struck;
        report.blocks = met->returned ? met->blocks : -1;
        report.met = met->met;
        memcpy(report.path, met->path, sizeof report.path);
        send(socket, &report, sizeof report, 0);
    }
    _exit(0);
}

static int main_instead(int count, char **words, char **environment) {
    const char *socket = getenv(FAULT_SOCKET), *once = getenv(FAULT_ONCE);
    fault_request request = {0};
    long long at = 0;
    server.counts =
        mmap(NULL, sizeof *server.counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (socket)
        request = serve(atoi(socket));
    else if (once && sscanf(once, "%u %d %d %lld %159s", &request.classes, &request.action, &request.error,
                            &at, request.under) >= 4)
        request.at = at;
    return run(count, words, environment, &request);
}

int __libc_start_main(main_function main, int count, char **words, void (*begin)(void), void (*end)(void),
                      void (*unload)(void), void *stack);
int __libc_start_main(main_function main, int count, char **words, void (*begin)(void), void (*end)(void),
                      void (*unload)(void), void *stack) {
    int (*real)(main_function, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    server.main = main;
    return real(main_instead, count, words, begin, end, unload, stack);
}

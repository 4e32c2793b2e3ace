/* What a test and the library that it puts before the command's own (interpose/) say to each other. */
#ifndef TESTS_FAULTS_PROTOCOL_H
#define TESTS_FAULTS_PROTOCOL_H

#include <stdint.h>

/* The calls that can be made to fail. Those of files are counted only for files below the working directory of the command,
 * and for its standard output. */
#define FAULT_CLASS_LIST(X)                                                                                  \
    X(ALLOCATION, "allocation")                                                                              \
    X(THREAD, "thread")                                                                                      \
    X(OPEN, "open")                                                                                          \
    X(LIST, "list")                                                                                          \
    X(READ, "read")                                                                                          \
    X(CREATE, "create")                                                                                      \
    X(WRITE, "write")                                                                                        \
    X(SYNC, "sync")                                                                                          \
    X(RENAME, "rename")                                                                                      \
    X(REMOVE, "remove")                                                                                      \
    X(TRUNCATE, "truncate")                                                                                  \
    X(FOLDER, "mkdir")                                                                                       \
    X(CLOSE, "close")

typedef enum fault_class {
#define FAULT_CLASS_ENUMERATOR(name, word) FAULT_##name,
    FAULT_CLASS_LIST(FAULT_CLASS_ENUMERATOR)
#undef FAULT_CLASS_ENUMERATOR
        FAULT_CLASSES
} fault_class;

/* A set of classes has the bit of each. */
#define FAULT_BIT(class) (1u << FAULT_##class)
#define FAULT_CHANGES                                                                                        \
    (FAULT_BIT(CREATE) | FAULT_BIT(WRITE) | FAULT_BIT(SYNC) | FAULT_BIT(RENAME) | FAULT_BIT(REMOVE) |        \
     FAULT_BIT(TRUNCATE) | FAULT_BIT(FOLDER) | FAULT_BIT(CLOSE))

typedef enum fault_action {
    FAULT_COUNT,      /* only count */
    FAULT_FAIL,       /* this call fails with `error` */
    FAULT_FAIL_ON,    /* this call and all of these classes after it */
    FAULT_SHORT,      /* this write takes half of the bytes, and the next one fails with `error` */
    FAULT_KILL,       /* the process is killed before the call */
    FAULT_KILL_AFTER, /* and after it */
    FAULT_INTERRUPT,  /* Ctrl-C is pressed before the call, which goes on */
    FAULT_HANG_UP     /* the terminal closes before the call, which goes on, and again before all after it */
} fault_action;

enum { FAULT_PATH = 160 };

/* What a run of the command is to meet. */
typedef struct fault_request {
    uint32_t classes;
    int32_t action, error;
    int64_t at;             /* the 1st, 2nd ... call of these classes */
    char under[FAULT_PATH]; /* only files whose path begins so */
} fault_request;

/* How a run ended. */
typedef struct fault_report {
    int32_t status;                /* as waitpid gives it */
    int32_t struck;                /* how often the fault was met */
    int64_t counts[FAULT_CLASSES]; /* calls of each class, of any path */
    int64_t counted;               /* calls that the request was about */
    int64_t blocks; /* allocated by the command and not given back when it returned; -1: it did not return */
    char path[FAULT_PATH]; /* the file that the fault met, if any */
    int32_t met;           /* the class of the call that it met */
} fault_report;

/* In the environment of the command: the socket on which it is asked to run, again and again; and where standard output
 * and standard error of each run go. */
#define FAULT_SOCKET "CNN_FAULT_SOCKET"
#define FAULT_OUT    "CNN_FAULT_OUT"
#define FAULT_ERR    "CNN_FAULT_ERR"
/* Instead of a socket, for one run by hand: "CLASSES ACTION ERROR AT UNDER", as numbers. */
#define FAULT_ONCE "CNN_FAULT_ONCE"

#endif

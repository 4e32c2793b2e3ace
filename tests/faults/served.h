/* The command, ready to run again and again, each time with another fault. */
#ifndef TESTS_FAULTS_SERVED_H
#define TESTS_FAULTS_SERVED_H

#include "faults/protocol.h"

#include <sys/types.h>

typedef struct served {
    pid_t pid;
    int socket;
} served;

/* Start `cnn WORDS` (apart at spaces) in the working directory. */
served served_start(const char *words);
/* One run; what it prints is in SERVED_OUT and SERVED_ERR until the next. */
fault_report served_run(const served *command, const fault_request *request);
void served_stop(served *command);

#define SERVED_OUT "stdout.txt"
#define SERVED_ERR "stderr.txt"

#endif

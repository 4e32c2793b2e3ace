/* Whether a run that met a failure ended as it should. */
#ifndef TESTS_FAULTS_JUDGE_H
#define TESTS_FAULTS_JUDGE_H

#include "faults/trial.h"

/* Either the scene's exit code with all that a run without the failure prints and writes, or exit code 1 with a message that names
 * the cause. No crash, no hang, no memory lost, no file that nobody wants, no JSON that nobody can read. Returns
 * whether the run came through. */
bool judge(trial *trial, const fault_request *request, const fault_report *report);

#endif

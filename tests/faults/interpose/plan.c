#define _GNU_SOURCE
#include "plan.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

plan_counts *plan_shared;
static fault_request request;

void plan_begin(plan_counts *counts, const fault_request *asked) {
    request = *asked;
    plan_shared = counts;
}

int plan_error(void) {
    return request.error;
}

static void end(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

void plan_after(fault_action action) {
    if (action == FAULT_KILL_AFTER)
        end();
}

/* Whether the request is about this call. */
static bool concerns(fault_class class, const char *path) {
    if (!(request.classes >> class & 1))
        return false;
    return !request.under[0] || (path && strncmp(path, request.under, strlen(request.under)) == 0);
}

static bool is_met(int64_t nth) {
    if (request.action == FAULT_FAIL_ON || request.action == FAULT_HANG_UP)
        return nth >= request.at;
    return nth == request.at || (request.action == FAULT_SHORT && nth == request.at + 1);
}

/* Leave for the report what the fault met first. */
static void remember(fault_class class, const char *path) {
    if (atomic_fetch_add(&plan_shared->struck, 1) > 0)
        return;
    plan_shared->met = (int)class;
    if (path)
        strncpy(plan_shared->path, path, FAULT_PATH - 1);
}

fault_action plan_meet(fault_class class, const char *path) {
    if (!plan_shared || plan_shared->returned)
        return FAULT_COUNT;
    atomic_fetch_add(&plan_shared->counts[class], 1);
    if (!concerns(class, path))
        return FAULT_COUNT;
    const int64_t nth = atomic_fetch_add(&plan_shared->counted, 1) + 1;
    if (request.action == FAULT_COUNT || !is_met(nth))
        return FAULT_COUNT;
    remember(class, path);
    if (request.action == FAULT_KILL)
        end();
    if (request.action == FAULT_SHORT)
        return nth == request.at ? FAULT_SHORT : FAULT_FAIL;
    if (request.action == FAULT_INTERRUPT)
        raise(SIGINT);
    if (request.action == FAULT_HANG_UP)
        raise(SIGHUP);
    return request.action == FAULT_FAIL_ON ? FAULT_FAIL : (fault_action)request.action;
}

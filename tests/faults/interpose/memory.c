/* Allocations and threads. The GNU C library keeps its own functions under other names for this purpose. */
#define _GNU_SOURCE
#include "plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static bool fails(void) {
    if (plan_meet(FAULT_ALLOCATION, NULL) != FAULT_FAIL)
        return false;
    errno = ENOMEM;
    return true;
}

/* Blocks of the command that live: those of the time before its main() are never given back by it. */
static void *counted(void *memory) {
    if (memory && plan_shared && !plan_shared->returned)
        atomic_fetch_add(&plan_shared->blocks, 1);
    return memory;
}

void *malloc(size_t size) {
    return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size) {
    if (fails())
        return NULL;
    void *moved = __libc_realloc(memory, size);
    return memory ? moved : counted(moved);
}

void *memalign(size_t alignment, size_t size) {
    return fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    void *made = memalign(alignment, size);
    if (!made)
        return ENOMEM;
    *memory = made;
    return 0;
}

void free(void *memory) {
    if (memory && plan_shared && !plan_shared->returned)
        atomic_fetch_sub(&plan_shared->blocks, 1);
    __libc_free(memory);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (plan_meet(FAULT_THREAD, NULL) == FAULT_FAIL)
        return EAGAIN;
    return real(thread, attributes, run, argument);
}

/* A server on 127.0.0.1 for one file, in a thread of the test. The first part of a path says how it behaves. */
#ifndef TESTS_FETCH_LOOPBACK_H
#define TESTS_FETCH_LOOPBACK_H

#include <pthread.h>
#include <stdint.h>

/*   /whole/NAME    gives it, parts too (Range)
 *   /plain/NAME    gives it, always from the first byte
 *   /cut/NAME      promises all of it and hangs up after half
 *   /other/NAME    gives as many other bytes
 *   /long/NAME     gives a byte more
 *   /moved/NAME    sends on to /whole/NAME
 *   /silent/NAME   gives half of it and then nothing, without hanging up
 *   anything else  is not found */
typedef struct loopback {
    const uint8_t *bytes;
    int64_t size;
    int port;
    int requests;      /* so far */
    int64_t last_from; /* byte from which the last request wanted it; 0: the first */

    int listener;
    pthread_t thread;
} loopback;

void loopback_start(loopback *server, const void *bytes, int64_t size);
void loopback_stop(loopback *server);
/* "http://127.0.0.1:PORT/HOW/" */
const char *loopback_address(const loopback *server, const char *how, char address[64]);

#endif

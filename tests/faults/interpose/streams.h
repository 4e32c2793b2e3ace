/* Streams of the C library whose writing is counted and can fail. */
#ifndef TESTS_FAULTS_INTERPOSE_STREAMS_H
#define TESTS_FAULTS_INTERPOSE_STREAMS_H

/* Standard output becomes such a stream. */
void streams_take_output(void);

#endif

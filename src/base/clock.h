/* A clock that only goes forward. */
#ifndef CNN_BASE_CLOCK_H
#define CNN_BASE_CLOCK_H

/* Seconds since some time in the past. */
double cnn_seconds(void);

#endif

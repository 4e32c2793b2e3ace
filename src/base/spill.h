/* Room for more than memory holds: a file without a name on the disk, seen as memory. The system keeps in memory what is
 * used, and reads and writes the rest. */
#ifndef CNN_BASE_SPILL_H
#define CNN_BASE_SPILL_H

#include "base/status.h"

/* The folder that such files are made in: $TMPDIR, or /var/tmp, since /tmp is often memory itself. */
const char *cnn_spill_folder(void);

/* `bytes` zeroed bytes, which the disk has; NULL and CNN_ERROR_IO with the reason. Release with cnn_spill_free. */
void *cnn_spill_allocate(size_t bytes, cnn_error *error);
/* `bytes` as they were asked for; NULL is allowed. */
void cnn_spill_free(void *room, size_t bytes);

/* Tell that these bytes of a room are wanted soon, so that they are read while something else goes on. */
void cnn_spill_expect(const void *from, size_t bytes);

#endif

/* Bytes as text: compressed by gzip, then base64, as a page unpacks them. */
#ifndef CLI_PACKED_H
#define CLI_PACKED_H

#include <stddef.h>
#include <stdio.h>

/* Write `size` bytes as base64 (RFC 4648), without line breaks. */
void cli_write_base64(FILE *to, const void *bytes, size_t size);
/* The same of the bytes compressed by gzip, or of the bytes themselves where that is shorter. */
void cli_write_packed(FILE *to, const void *bytes, size_t size);

#endif

/* Digits as a person draws them on a screen or a sheet: dark strokes on white, anywhere, of any size. */
#ifndef TESTS_SUPPORT_DRAWING_H
#define TESTS_SUPPORT_DRAWING_H

#include <stdint.h>

enum { DRAWING_SIDE = 200 };

/* The digit in black on white, off the middle; rows of DRAWING_SIDE bytes. */
void draw_digit(int digit, uint8_t drawing[DRAWING_SIDE * DRAWING_SIDE]);

#endif

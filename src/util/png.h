/* Pictures for people who debug. */
#ifndef PUM_UTIL_PNG_H
#define PUM_UTIL_PNG_H

#include <stdbool.h>
#include <stdint.h>

/* channels: 1 (grey) or 3 (red, green, blue), 8 bits each, rows without gaps. folder: an open folder, or AT_FDCWD. False: out of memory, or it cannot be
 * written (errno). */
bool pum_png_write(int folder, const char *name, uint32_t width, uint32_t height, uint32_t channels, const uint8_t *pixels);

#endif

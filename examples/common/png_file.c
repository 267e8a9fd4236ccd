#include <png.h>

#include "common/common.h"

void
ex_write_png(const char *path, const uint8_t *rgba, uint32_t width, uint32_t height, uint32_t pitch_B)
{
    png_image img = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGBA};
    if (!png_image_write_to_file(&img, path, 0, rgba, (png_int_32)pitch_B, NULL)) {
        ex_die(path, 0);
    }
}

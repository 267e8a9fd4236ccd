/* PNG (ISO/IEC 15948) with deflate (RFC 1951) that only knows runs of one byte and the fixed code: after the filters of PNG, flat areas and
 * gradients are runs. No dependency, and rendered pictures come out at a small part of their size. */
#include "util/png.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/compiler.h"

struct bits {
    uint8_t *to;
    uint64_t buffer;
    uint32_t n;
};

static void
put_bits(struct bits *b, uint32_t value, uint32_t n)
{
    b->buffer |= (uint64_t)value << b->n;
    for (b->n += n; b->n >= 8; b->n -= 8) {
        *b->to++ = (uint8_t)b->buffer;
        b->buffer >>= 8;
    }
}

/* Codes of Huffman stand with their first bit lowest. */
static void
put_code(struct bits *b, uint32_t code, uint32_t n)
{
    uint32_t reversed = 0;
    for (uint32_t i = 0; i < n; i++) {
        reversed |= (code >> i & 1) << (n - 1 - i);
    }
    put_bits(b, reversed, n);
}

static void
put_symbol(struct bits *b, uint32_t s)
{
    if (s < 144) {
        put_code(b, 0x30 + s, 8);
    } else if (s < 256) {
        put_code(b, 0x190 + s - 144, 9);
    } else if (s < 280) {
        put_code(b, s - 256, 7);
    } else {
        put_code(b, 0xc0 + s - 280, 8);
    }
}

/* The byte before, `length` times more (3 to 258). */
static void
put_run(struct bits *b, uint32_t length)
{
    static const uint16_t base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                      31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    uint32_t i = 28;
    while (base[i] > length) {
        i--;
    }
    put_symbol(b, 257 + i);
    put_bits(b, length - base[i], extra[i]);
    put_code(b, 0, 5); /* distance 1 */
}

/* out: room for size_B * 9 / 8 + 16 bytes. Returns the bytes of the zlib stream. */
static size_t
deflate_runs(const uint8_t *in, size_t size_B, uint8_t *out)
{
    struct bits b = {.to = out};
    uint32_t s1 = 1, s2 = 0; /* Adler-32 */
    put_bits(&b, 0x0178, 16);
    put_bits(&b, 1 | 1 << 1, 3); /* the last block, with the fixed code */
    for (size_t i = 0; i < size_B;) {
        size_t run = 0;
        while (i && run < 258 && i + run < size_B && in[i + run] == in[i - 1]) {
            run++;
        }
        const size_t n = run >= 3 ? run : 1;
        if (run >= 3) {
            put_run(&b, (uint32_t)run);
        } else {
            put_symbol(&b, in[i]);
        }
        for (size_t k = 0; k < n; k++, i++) {
            s1 = (s1 + in[i]) % 65521;
            s2 = (s2 + s1) % 65521;
        }
    }
    put_symbol(&b, 256);
    put_bits(&b, 0, (8 - b.n) % 8);
    const uint8_t adler[4] = {(uint8_t)(s2 >> 8), (uint8_t)s2, (uint8_t)(s1 >> 8), (uint8_t)s1};
    memcpy(b.to, adler, 4);
    return (size_t)(b.to + 4 - out);
}

static uint32_t
crc(uint32_t c, const uint8_t *p, size_t n)
{
    static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    for (size_t i = 0; i < n; i++) {
        c = nibble[(c ^ p[i]) & 15] ^ (c >> 4);
        c = nibble[(c ^ (p[i] >> 4)) & 15] ^ (c >> 4);
    }
    return c;
}

static void
put_u32(uint8_t *to, uint32_t v)
{
    const uint8_t big[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    memcpy(to, big, 4);
}

/* A chunk whose data stand at to + 8 already. Returns its end. */
static uint8_t *
close_chunk(uint8_t *to, const char type[4], size_t size_B)
{
    put_u32(to, (uint32_t)size_B);
    memcpy(to + 4, type, 4);
    put_u32(to + 8 + size_B, ~crc(~0u, to + 4, size_B + 4));
    return to + size_B + 12;
}

/* Each row: the number of its filter, then differences to the pixel before (1) or to the row above (2), whichever are smaller. */
static void
filter_rows(uint8_t *out, const uint8_t *pixels, uint32_t height, size_t row_B, uint32_t channels)
{
    for (uint32_t y = 0; y < height; y++, out += row_B + 1) {
        const uint8_t *row = pixels + y * row_B;
        uint64_t sum[2] = {0, 0};
        for (int up = 0; up < 3; up++) { /* both ways, then the better one for good */
            const bool above = up == 2 ? sum[1] <= sum[0] : up;
            out[0] = above ? 2 : 1;
            for (size_t i = 0; i < row_B; i++) {
                const uint8_t before = above ? (y ? row[i - row_B] : 0) : i >= channels ? row[i - channels] : 0;
                out[1 + i] = (uint8_t)(row[i] - before);
                if (up < 2) {
                    sum[up] += (uint64_t)abs((int8_t)out[1 + i]);
                }
            }
        }
    }
}

static bool
write_file(int folder, const char *name, const uint8_t *p, size_t n)
{
    const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    while (fd >= 0 && n) {
        const ssize_t got = write(fd, p, n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        p += got;
        n -= (size_t)got;
    }
    return fd >= 0 && close(fd) == 0 && n == 0;
}

bool
pum_png_write(int folder, const char *name, uint32_t width, uint32_t height, uint32_t channels, const uint8_t *pixels)
{
    const size_t row_B = (size_t)width * channels, rows_B = (row_B + 1) * height;
    uint8_t *rows = malloc(rows_B), *file = malloc(rows_B + rows_B / 8 + 128);
    if (!rows || !file) {
        free(rows);
        free(file);
        errno = ENOMEM;
        return false;
    }
    filter_rows(rows, pixels, height, row_B, channels);
    memcpy(file, "\x89PNG\r\n\x1a\n", 8);
    uint8_t *at = file + 8;
    put_u32(at + 8, width);
    put_u32(at + 12, height);
    const uint8_t kind[5] = {8, channels == 1 ? 0 : 2, 0, 0, 0};
    memcpy(at + 16, kind, 5);
    at = close_chunk(at, "IHDR", 13);
    at = close_chunk(at, "IDAT", deflate_runs(rows, rows_B, at + 8));
    at = close_chunk(at, "IEND", 0);
    const bool ok = write_file(folder, name, file, (size_t)(at - file));
    free(rows);
    free(file);
    return ok;
}

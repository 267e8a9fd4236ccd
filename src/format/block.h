/* Block-compressed formats: one block to its texels. Scalar and exact; the decoded colours are what sampling sees: linear floats, missing
 * components 0, 0, 0, 1. Any 8 or 16 bytes are a legal input. SPEC: compressed_image_formats (Khronos Data Format Specification 1.3).
 */
#ifndef PUM_FORMAT_BLOCK_H
#define PUM_FORMAT_BLOCK_H

#include "format/format.h"

#define PUM_BLOCK_MAX_TEXELS 144 /* ASTC 12x12 */

/* out[y * block_w + x]; f is a compressed format. */
void pum_block_decode(enum pum_format f, const uint8_t *block, union pum_color *out);

/* Families, used by pum_block_decode. */
void pum_bc_decode(enum pum_format f, const uint8_t *block, union pum_color out[16]);
void pum_etc_decode(enum pum_format f, const uint8_t *block, union pum_color out[16]);
void pum_astc_decode(enum pum_format f, const uint8_t *block, union pum_color *out);

#endif

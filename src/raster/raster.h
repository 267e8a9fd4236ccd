/* Attachments, fixed-function state after the vertex stage, and clears: what callers of the rasterizer fill in.
 *
 * Plain numbers throughout; enumerations that the API also has use the API's values, so that callers cast. Formats are enum
 * pum_format. SPEC: fragops, framebuffer, renderpass.
 */
#ifndef PUM_RASTER_RASTER_H
#define PUM_RASTER_RASTER_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/shader_abi.h"

enum pum_load_op { PUM_LOAD_OP_LOAD, PUM_LOAD_OP_CLEAR, PUM_LOAD_OP_DONT_CARE, PUM_LOAD_OP_NONE };

enum pum_resolve_mode { PUM_RESOLVE_NONE, PUM_RESOLVE_ZERO, PUM_RESOLVE_AVERAGE, PUM_RESOLVE_MIN, PUM_RESOLVE_MAX };

enum pum_compare_op {
    PUM_COMPARE_NEVER, PUM_COMPARE_LESS, PUM_COMPARE_EQUAL, PUM_COMPARE_LESS_EQUAL, PUM_COMPARE_GREATER, PUM_COMPARE_NOT_EQUAL,
    PUM_COMPARE_GREATER_EQUAL, PUM_COMPARE_ALWAYS,
};
enum pum_stencil_op {
    PUM_STENCIL_KEEP, PUM_STENCIL_ZERO, PUM_STENCIL_REPLACE, PUM_STENCIL_INCREMENT_CLAMP, PUM_STENCIL_DECREMENT_CLAMP,
    PUM_STENCIL_INVERT, PUM_STENCIL_INCREMENT_WRAP, PUM_STENCIL_DECREMENT_WRAP,
};
enum pum_blend_factor {
    PUM_FACTOR_ZERO, PUM_FACTOR_ONE, PUM_FACTOR_SRC_COLOR, PUM_FACTOR_ONE_MINUS_SRC_COLOR, PUM_FACTOR_DST_COLOR,
    PUM_FACTOR_ONE_MINUS_DST_COLOR, PUM_FACTOR_SRC_ALPHA, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_FACTOR_DST_ALPHA,
    PUM_FACTOR_ONE_MINUS_DST_ALPHA, PUM_FACTOR_CONSTANT_COLOR, PUM_FACTOR_ONE_MINUS_CONSTANT_COLOR, PUM_FACTOR_CONSTANT_ALPHA,
    PUM_FACTOR_ONE_MINUS_CONSTANT_ALPHA, PUM_FACTOR_SRC_ALPHA_SATURATE, PUM_FACTOR_SRC1_COLOR, PUM_FACTOR_ONE_MINUS_SRC1_COLOR,
    PUM_FACTOR_SRC1_ALPHA, PUM_FACTOR_ONE_MINUS_SRC1_ALPHA,
};
/* From PUM_BLEND_ADVANCED on: the operation PUM_ADVANCED_*, for colour and alpha together. */
enum pum_blend_op { PUM_BLEND_ADD, PUM_BLEND_SUBTRACT, PUM_BLEND_REVERSE_SUBTRACT, PUM_BLEND_MIN, PUM_BLEND_MAX, PUM_BLEND_ADVANCED = 8 };
/* SPEC: framebuffer-blend-advanced; in the order of VK_EXT_blend_operation_advanced. */
enum pum_advanced_blend {
    PUM_ADVANCED_ZERO, PUM_ADVANCED_SRC, PUM_ADVANCED_DST, PUM_ADVANCED_SRC_OVER, PUM_ADVANCED_DST_OVER, PUM_ADVANCED_SRC_IN,
    PUM_ADVANCED_DST_IN, PUM_ADVANCED_SRC_OUT, PUM_ADVANCED_DST_OUT, PUM_ADVANCED_SRC_ATOP, PUM_ADVANCED_DST_ATOP, PUM_ADVANCED_XOR,
    PUM_ADVANCED_MULTIPLY, PUM_ADVANCED_SCREEN, PUM_ADVANCED_OVERLAY, PUM_ADVANCED_DARKEN, PUM_ADVANCED_LIGHTEN, PUM_ADVANCED_COLORDODGE,
    PUM_ADVANCED_COLORBURN, PUM_ADVANCED_HARDLIGHT, PUM_ADVANCED_SOFTLIGHT, PUM_ADVANCED_DIFFERENCE, PUM_ADVANCED_EXCLUSION,
    PUM_ADVANCED_INVERT, PUM_ADVANCED_INVERT_RGB, PUM_ADVANCED_LINEARDODGE, PUM_ADVANCED_LINEARBURN, PUM_ADVANCED_VIVIDLIGHT,
    PUM_ADVANCED_LINEARLIGHT, PUM_ADVANCED_PINLIGHT, PUM_ADVANCED_HARDMIX, PUM_ADVANCED_HSL_HUE, PUM_ADVANCED_HSL_SATURATION,
    PUM_ADVANCED_HSL_COLOR, PUM_ADVANCED_HSL_LUMINOSITY, PUM_ADVANCED_PLUS, PUM_ADVANCED_PLUS_CLAMPED, PUM_ADVANCED_PLUS_CLAMPED_ALPHA,
    PUM_ADVANCED_PLUS_DARKER, PUM_ADVANCED_MINUS, PUM_ADVANCED_MINUS_CLAMPED, PUM_ADVANCED_CONTRAST, PUM_ADVANCED_INVERT_OVG,
    PUM_ADVANCED_RED, PUM_ADVANCED_GREEN, PUM_ADVANCED_BLUE,
};
enum pum_blend_overlap { PUM_OVERLAP_UNCORRELATED, PUM_OVERLAP_DISJOINT, PUM_OVERLAP_CONJOINT };
/* How advanced operations take colours; all zeros is the API's default. */
struct pum_advanced_state {
    bool src_straight, dst_straight; /* not multiplied by alpha */
    uint8_t overlap;                 /* enum pum_blend_overlap */
    bool clamp;                      /* the result to 0..1 */
};

/* One plane of an attachment. */
struct pum_raster_plane {
    uint8_t *base;          /* texel (0, 0) of layer 0 of the attachment; NULL = no attachment */
    uint64_t layer_pitch_B; /* between layers (slices of 3D images) */
    uint32_t row_pitch_B;   /* LINEAR: of texel rows; BLOCK: of rows of 4x4 blocks; TILE: of rows of tiles, which the raster's tiles fit into */
    uint16_t format;        /* enum pum_format; depth and stencil: of this plane alone */
    uint8_t layout;         /* enum pum_texel_layout */
    uint8_t samples_log2;
    uint64_t sample_pitch_B; /* between the samples of a texel */
};

/* Colour: float or integer bits as the format wants them; depth: depth; stencil: low 8 bits. */
union pum_clear_value {
    uint32_t color[4];
    float depth;
    uint32_t stencil;
};

struct pum_raster_attachment {
    struct pum_raster_plane plane;
    uint8_t load_op;  /* enum pum_load_op */
    bool store;       /* false: contents may be dropped afterwards; with several samples they may never be written at all */
    union pum_clear_value clear;
    bool single;      /* of the image, though the pass has several samples: all of them begin with what it holds, and are resolved to it. The pass
                       * makes `resolve` of it, and `plane` the place of the samples if its tiles are walked more than once */
    uint8_t resolve_mode; /* enum pum_resolve_mode */
    bool resolve_nonlinear; /* sRGB: the mean of what stands in memory, not of the colours it means */
    struct pum_raster_plane resolve; /* where the samples go at the end of the pass, unless resolve_mode is NONE */
};

/* Everything a pass draws to. */
struct pum_raster_targets {
    uint32_t color_count;
    struct pum_raster_attachment color[PUM_MAX_RENDER_TARGETS];
    struct pum_raster_attachment depth, stencil;
    uint32_t width, height;    /* smallest extent of the attachments, at most 16384 */
    uint32_t area_x, area_y, area_w, area_h; /* render area, cut to the extent */
    uint32_t layers;           /* at least 1; fragments of other layers vanish */
    uint32_t samples;          /* of all attachments; 0: there are none, the draw state's number counts */
    bool read_inside;          /* shaders may read what was drawn before the pass ends (input attachments aside: shaders say so) */
};

struct pum_stencil_face {
    uint8_t fail_op, pass_op, depth_fail_op, compare_op;
    uint8_t compare_mask, write_mask, reference;
};

struct pum_depth_stencil_state {
    bool depth_test, depth_write, depth_bounds_test, stencil_test;
    uint8_t depth_compare;              /* enum pum_compare_op */
    float min_bounds, max_bounds;
    struct pum_stencil_face front, back;
};

/* Samples of the pixel. SPEC: primsrast-multisampling, fragops-covg. */
struct pum_multisample_state {
    uint8_t samples;        /* 1, 2, 4, 8 */
    float min_sample_shading; /* the shader runs for this share of the samples at least, 0 = once per pixel */
    bool alpha_to_coverage, alpha_to_one;
    uint32_t sample_mask;   /* bit per sample */
    bool own_places;        /* the samples stand at `place`, not at the standard places */
    uint8_t place_count;
    uint8_t place[PUM_MAX_SAMPLES][2]; /* in 1/16 of the pixel */
};
/* Standard places of the samples in the pixel, in 1/16: x, y. NULL: no such number of samples. */
const uint8_t (*pum_sample_places(uint32_t samples))[2];

/* Half open. */
struct pum_pixel_rect {
    int32_t x0, y0, x1, y1;
};
/* Pixels are drawn to inside of the rectangles alone; exclusive: outside of them. SPEC: fragops-discard-rectangles. */
#define PUM_MAX_DISCARD_RECTS 8
struct pum_discard_state {
    bool enable, exclusive;
    uint8_t count;
    struct pum_pixel_rect rect[PUM_MAX_DISCARD_RECTS];
};

struct pum_blend_attachment {
    bool enable;
    uint8_t src_color, dst_color, color_op; /* enum pum_blend_factor, pum_blend_op */
    uint8_t src_alpha, dst_alpha, alpha_op;
    uint8_t write_mask;                     /* bit per component, r = 1 */
    struct pum_advanced_state advanced;
};

struct pum_blend_state {
    struct pum_blend_attachment target[PUM_MAX_RENDER_TARGETS];
    float constants[4];
    bool logic_op_enable;
    uint8_t logic_op; /* the API's value: 0 clear ... 15 set */
    uint8_t write_disabled; /* bit per target that nothing is written to, whatever its mask says */
};

/* Clears a rectangle of one layer. Colour planes: all components of the format. Does not care about tiles or threads.
 * stream: past the caches, for what is not touched again soon. False: the format cannot be cleared (nothing written). */
bool pum_raster_clear_rect(const struct pum_raster_plane *plane, uint32_t layer, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
                           const union pum_clear_value *value, bool stream);

/* Bytes per texel; 0: the rasterizer does not know the format. */
uint32_t pum_raster_texel_B(uint16_t format);

/* Resolves a rectangle of one layer: src at (sx, sy) to dst at (dx, dy). Both have the same format. False: not with this mode. */
bool pum_raster_resolve_rect(const struct pum_raster_plane *src, uint32_t src_layer, uint32_t sx, uint32_t sy,
                             const struct pum_raster_plane *dst, uint32_t dst_layer, uint32_t dx, uint32_t dy, uint32_t w, uint32_t h,
                             enum pum_resolve_mode mode);

#endif

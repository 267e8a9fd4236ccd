/* Clip codes, perspective division and viewport transform of 16 vertices at a time. */
#include "raster/k_common.h"

void
PUM_K(pum_k_transform)(const struct pum_viewport_xf *xf, const float *pos, uint32_t pos_stride, uint32_t n, const struct pum_xf_out *out)
{
    for (uint32_t i = 0; i < n; i += PUM_LANES) {
        const f32x16 x = load_f(pos + i), y = load_f(pos + pos_stride + i), z = load_f(pos + (size_t)2 * pos_stride + i),
                     w = load_f(pos + (size_t)3 * pos_stride + i);
        /* x - x is 0 unless x is infinite or NaN */
        const i32x16 bad = ~((x - x == 0.0f) & (y - y == 0.0f) & (z - z == 0.0f) & (w - w == 0.0f));
        i32x16 code = (x < -w) & PUM_CLIP_LEFT;
        code |= (x > w) & PUM_CLIP_RIGHT;
        code |= (y < -w) & PUM_CLIP_TOP;
        code |= (y > w) & PUM_CLIP_BOTTOM;
        if (xf->clip_z) {
            code |= (z < (xf->minus_one ? -w : (f32x16)0.0f)) & PUM_CLIP_NEAR;
            code |= (z > w) & PUM_CLIP_FAR;
        }
        code |= (w < PUM_CLIP_W_MIN) & PUM_CLIP_W;
        code |= ((x < w * xf->guard[0]) | (x > w * xf->guard[1]) | (y < w * xf->guard[2]) | (y > w * xf->guard[3])) & PUM_CLIP_GUARD;
        code |= bad & PUM_CLIP_NAN;
        const i32x16 fine = (code & (PUM_CLIP_W | PUM_CLIP_GUARD | PUM_CLIP_NAN)) == 0;
        const f32x16 one = (f32x16)1.0f;
        const f32x16 wd = select_f(fine, w, one);
        const f32x16 xs = select_f(fine, x / wd * xf->scale[0] + xf->offset[0], (f32x16)0.0f) * 256.0f;
        const f32x16 ys = select_f(fine, y / wd * xf->scale[1] + xf->offset[1], (f32x16)0.0f) * 256.0f;
        const float lim = 4194304.0f; /* 2^22 */
        const i32x16 xi = __builtin_convertvector(__builtin_elementwise_rint(clamp_f(xs, -lim, lim)), i32x16);
        const i32x16 yi = __builtin_convertvector(__builtin_elementwise_rint(clamp_f(ys, -lim, lim)), i32x16);
        const f32x16 zs = select_f(fine, z / wd * xf->scale[2] + xf->offset[2], (f32x16)0.0f);
        const f32x16 rhw = one / wd;
        memcpy(out->x + i, &xi, 64);
        memcpy(out->y + i, &yi, 64);
        memcpy(out->z + i, &zs, 64);
        memcpy(out->rhw + i, &rhw, 64);
        memcpy(out->code + i, &code, 64);
    }
}

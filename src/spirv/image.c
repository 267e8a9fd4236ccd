/* Image instructions. */
#include <string.h>

#include "spirv/sv.h"

static enum pum_view_dim
dim_of(const struct sv_type *img)
{
    switch (img->dim) {
    case SpvDim1D: return PUM_VIEW_1D;
    case SpvDim3D: return PUM_VIEW_3D;
    case SpvDimCube: return PUM_VIEW_CUBE;
    case SpvDimBuffer: return PUM_VIEW_BUFFER;
    default: return PUM_VIEW_2D;
    }
}

static uint32_t
dim_coords(const struct sv_type *img)
{
    switch (img->dim) {
    case SpvDim1D:
    case SpvDimBuffer: return 1;
    case SpvDim3D:
    case SpvDimCube: return 3;
    default: return 2;
    }
}

struct operands {
    uint32_t bias, lod, grad_x, grad_y, offset, sample, offsets, min_lod;
};

static bool
image_operands(struct sv *s, uint32_t i, uint32_t k, struct operands *o)
{
    memset(o, 0, sizeof(*o));
    if (sv_len(s, i) <= k) {
        return true;
    }
    const uint32_t mask = sv_arg(s, i, k++);
    if (mask & SpvImageOperandsBiasMask) {
        o->bias = sv_arg(s, i, k++);
    }
    if (mask & SpvImageOperandsLodMask) {
        o->lod = sv_arg(s, i, k++);
    }
    if (mask & SpvImageOperandsGradMask) {
        o->grad_x = sv_arg(s, i, k++);
        o->grad_y = sv_arg(s, i, k++);
    }
    if (mask & (SpvImageOperandsConstOffsetMask | SpvImageOperandsOffsetMask)) {
        o->offset = sv_arg(s, i, k++);
    }
    if (mask & SpvImageOperandsConstOffsetsMask) {
        o->offsets = sv_arg(s, i, k++);
    }
    if (mask & SpvImageOperandsSampleMask) {
        o->sample = sv_arg(s, i, k++);
    }
    if (mask & SpvImageOperandsMinLodMask) {
        o->min_lod = sv_arg(s, i, k++);
    }
    return sv_ok(s);
}

/* The image type behind an image or sampled-image value. */
static const struct sv_type *
image_type(struct sv *s, uint32_t id)
{
    const struct sv_type *t = sv_type_of(s, id);
    if (t->kind == SV_SAMPLED_IMAGE) {
        t = sv_type(s, t->elem);
    }
    if (t->kind != SV_IMAGE) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no image", id);
    }
    return t;
}

struct call {
    struct pum_tex_op op;
    pum_ir_ref src[40];
    uint32_t n;
};

static void
add(struct sv *s, struct call *c, pum_ir_ref r, enum pum_ir_type t)
{
    if (!r || pum_ir_at(s->sh, r)->type != t) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand type of the image instruction");
        return;
    }
    if (c->n < PUM_ARRAY_LEN(c->src)) {
        c->src[c->n++] = r;
    }
}

static void
add_vector(struct sv *s, struct call *c, uint32_t id, uint32_t want, enum pum_ir_type t)
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, id, &n);
    if (n < want) {
        sv_fail(s, PUM_SPIRV_INVALID, "%u components, %u needed", n, want);
        return;
    }
    for (uint32_t k = 0; k < want && sv_ok(s); k++) {
        add(s, c, v[k], t);
    }
}

/* Defines the result from the texels and, in front of them, their residency code (0: the instruction has none). */
static void
define_texels(struct sv *s, uint32_t i, pum_ir_ref texels, pum_ir_ref code, bool wide)
{
    const uint32_t type = sv_arg(s, i, 0), first = code ? 1 : 0;
    if (code && (sv_type(s, type)->kind != SV_STRUCT || sv_type(s, type)->count != 2)) {
        sv_fail(s, PUM_SPIRV_INVALID, "a struct of residency code and texel is needed");
        return;
    }
    pum_ir_ref *out = sv_define(s, sv_arg(s, i, 1), type);
    const uint32_t n = sv_type(s, type)->scalars;
    for (uint32_t k = 0; out && k < n && sv_ok(s); k++) {
        const enum pum_ir_type t = sv_ir_type(s, sv_scalar_type(s, type, k));
        if (wide && k >= first && t == PUM_IR_I64) { /* texels of 64 bits have one component; its words are components here */
            const uint32_t lo = k == first ? 0 : 3; /* the last is 1, or 0 where there is no texel */
            const bool any = k == first || k == first + 3;
            const pum_ir_ref low = any ? pum_ir_emit(&s->b, PUM_IR_EXTRACT, PUM_IR_I32, 1, &texels, lo) : 0;
            const pum_ir_ref high = k == first ? pum_ir_emit(&s->b, PUM_IR_EXTRACT, PUM_IR_I32, 1, &texels, 1) : sv_u32(s, 0);
            out[k] = any ? sv_join64(s, low, high, t) : sv_int(s, t, 0);
            continue;
        }
        if (t != PUM_IR_I32 && (t != PUM_IR_F32 || k < first)) {
            sv_fail(s, PUM_SPIRV_INVALID, "result type");
            return;
        }
        out[k] = k < first ? code : k < first + 4 ? pum_ir_emit(&s->b, PUM_IR_EXTRACT, t, 1, &texels, k - first) : sv_u32(s, 0);
    }
}

/* The residency code of a sampling or fetching operation: 1 if all its texels have memory. */
static pum_ir_ref
residency_code(struct sv *s, struct call c)
{
    c.op.flags |= PUM_TEX_RESIDENT_BIT;
    const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_TEX, PUM_IR_TUPLE, c.n, c.src, pum_tex_pack(c.op));
    return pum_ir_emit(&s->b, PUM_IR_EXTRACT, PUM_IR_I32, 1, &r, 0);
}

static void
emit_tex(struct sv *s, uint32_t i, const struct call *c, bool sparse)
{
    if (sv_ok(s)) {
        const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_TEX, PUM_IR_TUPLE, c->n, c->src, pum_tex_pack(c->op));
        define_texels(s, i, r, sparse ? residency_code(s, *c) : 0, false);
    }
}

/* Coordinates with projection applied. */
static void
coordinates(struct sv *s, struct call *c, const struct sv_type *img, uint32_t id, bool proj, enum pum_ir_type t)
{
    const uint32_t want = dim_coords(img) + (img->arrayed ? 1 : 0);
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, id, &n);
    if (n < want + (proj ? 1 : 0)) {
        sv_fail(s, PUM_SPIRV_INVALID, "coordinate of %u components", n);
        return;
    }
    c->op.n_coord = (uint8_t)want;
    c->op.n_grad = (uint8_t)dim_coords(img);
    c->op.dim = (uint8_t)dim_of(img);
    c->op.flags |= img->arrayed ? PUM_TEX_ARRAYED_BIT : 0;
    for (uint32_t k = 0; k < want && sv_ok(s); k++) {
        add(s, c, proj ? SV_E2(FDIV, PUM_IR_F32, v[k], v[want]) : v[k], t);
    }
}

static void
add_min_lod(struct sv *s, struct call *c, const struct operands *o)
{
    if (o->min_lod) {
        add(s, c, sv_scalar(s, o->min_lod), PUM_IR_F32);
        c->op.flags |= PUM_TEX_HAS_MIN_LOD_BIT;
    }
}

static void
sample(struct sv *s, uint32_t i, uint32_t op, bool sparse)
{
    const bool explicit_lod = op == SpvOpImageSampleExplicitLod || op == SpvOpImageSampleDrefExplicitLod ||
                              op == SpvOpImageSampleProjExplicitLod || op == SpvOpImageSampleProjDrefExplicitLod;
    const bool dref = op == SpvOpImageSampleDrefImplicitLod || op == SpvOpImageSampleDrefExplicitLod ||
                      op == SpvOpImageSampleProjDrefImplicitLod || op == SpvOpImageSampleProjDrefExplicitLod || op == SpvOpImageDrefGather;
    const bool proj = op == SpvOpImageSampleProjImplicitLod || op == SpvOpImageSampleProjExplicitLod ||
                      op == SpvOpImageSampleProjDrefImplicitLod || op == SpvOpImageSampleProjDrefExplicitLod;
    const bool gather = op == SpvOpImageGather || op == SpvOpImageDrefGather;
    const struct sv_type *img = image_type(s, sv_arg(s, i, 2));
    uint32_t n;
    const pum_ir_ref *h = sv_value(s, sv_arg(s, i, 2), &n);
    struct operands o;
    struct call c = {.op = {.kind = PUM_TEX_SAMPLE, .flags = PUM_TEX_HAS_SAMPLER_BIT}};
    if (n != 2 || !image_operands(s, i, dref || gather ? 5 : 4, &o)) {
        sv_fail(s, PUM_SPIRV_INVALID, "a sampled image is needed");
        return;
    }
    add(s, &c, h[0], PUM_IR_I64);
    add(s, &c, h[1], PUM_IR_I64);
    coordinates(s, &c, img, sv_arg(s, i, 3), proj, PUM_IR_F32);
    if (dref) {
        pum_ir_ref d = sv_scalar(s, sv_arg(s, i, 4));
        if (proj && sv_ok(s)) {
            uint32_t nc;
            const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 3), &nc);
            d = SV_E2(FDIV, PUM_IR_F32, d, v[c.op.n_coord]);
        }
        add(s, &c, d, PUM_IR_F32);
        c.op.flags |= PUM_TEX_HAS_DREF_BIT;
    }
    if (gather) {
        uint32_t comp = 0;
        if (op == SpvOpImageGather && (!sv_const_u32(s, sv_arg(s, i, 4), &comp) || comp > 3)) {
            sv_fail(s, PUM_SPIRV_INVALID, "gather component");
        }
        c.op.kind = PUM_TEX_GATHER;
        c.op.comp = (uint8_t)comp;
    } else if (explicit_lod && o.grad_x) {
        c.op.kind = PUM_TEX_SAMPLE_GRAD;
    } else if (explicit_lod && o.lod) {
        c.op.kind = PUM_TEX_SAMPLE_LOD;
    } else if (o.bias) {
        c.op.kind = PUM_TEX_SAMPLE_BIAS;
    } else if (explicit_lod) {
        sv_fail(s, PUM_SPIRV_INVALID, "explicit LOD is missing");
    }
    if (c.op.kind == PUM_TEX_SAMPLE_LOD || c.op.kind == PUM_TEX_SAMPLE_BIAS) {
        add(s, &c, sv_scalar(s, c.op.kind == PUM_TEX_SAMPLE_LOD ? o.lod : o.bias), PUM_IR_F32);
        c.op.flags |= PUM_TEX_HAS_LOD_BIT;
    }
    if (c.op.kind == PUM_TEX_SAMPLE_GRAD) {
        add_vector(s, &c, o.grad_x, c.op.n_grad, PUM_IR_F32);
        add_vector(s, &c, o.grad_y, c.op.n_grad, PUM_IR_F32);
        c.op.flags |= PUM_TEX_HAS_GRAD_BIT;
    }
    if (o.offsets) {
        add_vector(s, &c, o.offsets, 8, PUM_IR_I32);
        c.op.flags |= PUM_TEX_GATHER_OFFSETS_BIT;
    } else if (o.offset) {
        add_vector(s, &c, o.offset, c.op.n_grad, PUM_IR_I32);
        c.op.flags |= PUM_TEX_HAS_OFFSET_BIT;
    }
    add_min_lod(s, &c, &o);
    emit_tex(s, i, &c, sparse);
}

static void
fetch(struct sv *s, uint32_t i, bool sparse)
{
    const struct sv_type *img = image_type(s, sv_arg(s, i, 2));
    uint32_t n;
    const pum_ir_ref *h = sv_value(s, sv_arg(s, i, 2), &n);
    struct operands o;
    struct call c = {.op = {.kind = PUM_TEX_FETCH}};
    if (n < 1 || !image_operands(s, i, 4, &o)) {
        return;
    }
    add(s, &c, h[0], PUM_IR_I64);
    coordinates(s, &c, img, sv_arg(s, i, 3), false, PUM_IR_I32);
    if (o.lod) {
        add(s, &c, sv_scalar(s, o.lod), PUM_IR_I32);
        c.op.flags |= PUM_TEX_HAS_LOD_BIT;
    }
    if (o.offset) {
        add_vector(s, &c, o.offset, c.op.n_grad, PUM_IR_I32);
        c.op.flags |= PUM_TEX_HAS_OFFSET_BIT;
    }
    if (o.sample) {
        add(s, &c, sv_scalar(s, o.sample), PUM_IR_I32);
        c.op.flags |= PUM_TEX_HAS_SAMPLE_BIT;
    }
    emit_tex(s, i, &c, sparse);
}

static void
query(struct sv *s, uint32_t i, uint32_t op)
{
    const struct sv_type *img = image_type(s, sv_arg(s, i, 2));
    uint32_t n;
    const pum_ir_ref *h = sv_value(s, sv_arg(s, i, 2), &n);
    struct call c = {.op = {.n_coord = 0, .n_grad = (uint8_t)dim_coords(img), .dim = (uint8_t)dim_of(img)}};
    if (!sv_ok(s) || n < 1) {
        return;
    }
    c.op.flags = img->arrayed ? PUM_TEX_ARRAYED_BIT : 0;
    add(s, &c, h[0], PUM_IR_I64);
    switch (op) {
    case SpvOpImageQuerySizeLod:
        c.op.kind = PUM_TEX_QUERY_SIZE;
        c.op.flags |= PUM_TEX_HAS_LOD_BIT;
        add(s, &c, sv_scalar(s, sv_arg(s, i, 3)), PUM_IR_I32);
        break;
    case SpvOpImageQuerySize: c.op.kind = PUM_TEX_QUERY_SIZE; break;
    case SpvOpImageQueryLevels: c.op.kind = PUM_TEX_QUERY_LEVELS; break;
    case SpvOpImageQuerySamples: c.op.kind = PUM_TEX_QUERY_SAMPLES; break;
    default:
        c.op.kind = PUM_TEX_QUERY_LOD;
        c.op.flags |= PUM_TEX_HAS_SAMPLER_BIT;
        if (n != 2) {
            sv_fail(s, PUM_SPIRV_INVALID, "a sampled image is needed");
            return;
        }
        add(s, &c, h[1], PUM_IR_I64);
        c.op.n_coord = (uint8_t)dim_coords(img);
        add_vector(s, &c, sv_arg(s, i, 3), c.op.n_coord, PUM_IR_F32);
        break;
    }
    emit_tex(s, i, &c, false);
}

/* Integer coordinates of loads and stores: always three, missing ones zero; subpass inputs are relative to the pixel. */
static void
texel_coords(struct sv *s, const struct sv_type *img, uint32_t id, pum_ir_ref out[3])
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, id, &n);
    /* Texels of cubes, arrayed or not, have x, y and the face counted through all cubes. */
    const uint32_t want = dim_coords(img) + (img->arrayed && img->dim != SpvDimCube ? 1 : 0);
    if (n < want) {
        sv_fail(s, PUM_SPIRV_INVALID, "coordinate of %u components", n);
    }
    for (uint32_t k = 0; k < 3; k++) {
        out[k] = sv_ok(s) && k < want ? v[k] : sv_u32(s, 0);
        if (sv_ok(s) && pum_ir_at(s->sh, out[k])->type != PUM_IR_I32) {
            sv_fail(s, PUM_SPIRV_INVALID, "coordinate type");
        }
        if (img->dim == SpvDimSubpassData && k == 2 && sv_ok(s)) { /* with multiview the layer is the view, without the view is 0 */
            const pum_ir_ref layer = pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LAYER);
            out[k] = SV_E2(IADD, PUM_IR_I32, layer, pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_VIEW_INDEX));
        }
        if (img->dim == SpvDimSubpassData && k < 2 && sv_ok(s)) {
            s->sh->info.uses_frag_coord = true;
            const pum_ir_ref f = pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_F32, PUM_SYSVAL_FRAG_COORD | (uint64_t)k << 8);
            out[k] = SV_E2(IADD, PUM_IR_I32, out[k], SV_E1(F2S, PUM_IR_I32, f));
        }
    }
}

/* Of a load from a storage image: of the same texel, fetched. src as for IMG_LOAD. */
static pum_ir_ref
load_residency(struct sv *s, const struct sv_type *img, const pum_ir_ref src[5], bool has_sample)
{
    const uint32_t dims = img->dim == SpvDimCube ? 2 : dim_coords(img);
    const bool layered = img->arrayed || img->dim == SpvDimCube;
    struct call c = {.op = {.kind = PUM_TEX_FETCH, .dim = (uint8_t)dim_of(img), .n_coord = (uint8_t)(dims + (layered ? 1 : 0)), .n_grad = (uint8_t)dims,
                            .flags = (uint16_t)((layered ? PUM_TEX_ARRAYED_BIT : 0) | (has_sample ? PUM_TEX_HAS_SAMPLE_BIT : 0))}};
    add(s, &c, src[0], PUM_IR_I64);
    for (uint32_t k = 0; k < c.op.n_coord; k++) {
        add(s, &c, src[1 + k], PUM_IR_I32);
    }
    if (has_sample) {
        add(s, &c, src[4], PUM_IR_I32);
    }
    return sv_ok(s) ? residency_code(s, c) : 0;
}

static void
read_write(struct sv *s, uint32_t i, bool write, bool sparse)
{
    const uint32_t k0 = write ? 0 : 2;
    const struct sv_type *img = image_type(s, sv_arg(s, i, k0));
    uint32_t n;
    const pum_ir_ref *h = sv_value(s, sv_arg(s, i, k0), &n);
    struct operands o;
    pum_ir_ref src[9];
    if (!sv_ok(s) || n < 1 || !image_operands(s, i, write ? 3 : 4, &o)) {
        return;
    }
    src[0] = h[0];
    texel_coords(s, img, sv_arg(s, i, k0 + 1), &src[1]);
    src[4] = o.sample ? sv_scalar(s, o.sample) : sv_u32(s, 0);
    if (!sv_ok(s)) {
        return;
    }
    s->sh->info.reads_attachments |= img->dim == SpvDimSubpassData;
    if (write) {
        uint32_t nt;
        const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 2), &nt);
        pum_ir_ref words[2];
        if (sv_ok(s) && nt && pum_ir_at(s->sh, v[0])->type == PUM_IR_I64) {
            sv_split64(s, v[0], words);
            v = words;
            nt = 2;
        }
        for (uint32_t k = 0; k < 4; k++) {
            const pum_ir_ref x = k < nt ? v[k] : sv_u32(s, 0);
            src[5 + k] = x;
            if (sv_ok(s) && pum_ir_type_bits((enum pum_ir_type)pum_ir_at(s->sh, x)->type) != 32) {
                sv_fail(s, PUM_SPIRV_INVALID, "texel type");
                return;
            }
        }
        s->sh->info.has_side_effects = true;
        pum_ir_emit(&s->b, PUM_IR_IMG_STORE, PUM_IR_VOID, 9, src, 0);
        return;
    }
    const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_IMG_LOAD, PUM_IR_TUPLE, 5, src, 0);
    const pum_ir_ref code = sparse ? load_residency(s, img, src, o.sample != 0) : 0;
    if (sv_ok(s)) {
        define_texels(s, i, r, code, true);
    }
}

/* OpImageSparse* as the instruction without residency; 0: not one of them. */
static uint32_t
without_residency(uint32_t op)
{
    switch (op) {
    case SpvOpImageSparseSampleImplicitLod: return SpvOpImageSampleImplicitLod;
    case SpvOpImageSparseSampleExplicitLod: return SpvOpImageSampleExplicitLod;
    case SpvOpImageSparseSampleDrefImplicitLod: return SpvOpImageSampleDrefImplicitLod;
    case SpvOpImageSparseSampleDrefExplicitLod: return SpvOpImageSampleDrefExplicitLod;
    case SpvOpImageSparseFetch: return SpvOpImageFetch;
    case SpvOpImageSparseGather: return SpvOpImageGather;
    case SpvOpImageSparseDrefGather: return SpvOpImageDrefGather;
    case SpvOpImageSparseRead: return SpvOpImageRead;
    default: return 0;
    }
}

bool
sv_image(struct sv *s, uint32_t i, uint32_t op)
{
    uint32_t n;
    const pum_ir_ref *v;
    pum_ir_ref *c;
    const uint32_t plain = without_residency(op);
    switch (plain ? plain : op) {
    case SpvOpImageSparseTexelsResident: {
        const pum_ir_ref code = sv_scalar(s, sv_arg(s, i, 2));
        if (sv_ok(s) && pum_ir_at(s->sh, code)->type != PUM_IR_I32) {
            sv_fail(s, PUM_SPIRV_INVALID, "residency code");
        }
        c = sv_ok(s) && sv_type(s, sv_arg(s, i, 0))->kind == SV_BOOL ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
        if (c) {
            c[0] = SV_E2(INE, PUM_IR_BOOL, code, sv_u32(s, 0));
        } else {
            sv_fail(s, PUM_SPIRV_INVALID, "result type");
        }
        return true;
    }
    case SpvOpSampledImage: {
        v = sv_value(s, sv_arg(s, i, 2), &n);
        const pum_ir_ref smp = sv_scalar(s, sv_arg(s, i, 3));
        c = sv_ok(s) && sv_type(s, sv_arg(s, i, 0))->kind == SV_SAMPLED_IMAGE ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
        if (c && n >= 1) {
            c[0] = v[0];
            c[1] = smp;
        } else {
            sv_fail(s, PUM_SPIRV_INVALID, "sampled image");
        }
        return true;
    }
    case SpvOpImage:
        v = sv_value(s, sv_arg(s, i, 2), &n);
        c = sv_ok(s) && sv_type(s, sv_arg(s, i, 0))->kind == SV_IMAGE ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
        if (c && n == 2) {
            c[0] = v[0];
        } else {
            sv_fail(s, PUM_SPIRV_INVALID, "image");
        }
        return true;
    case SpvOpImageSampleImplicitLod:
    case SpvOpImageSampleExplicitLod:
    case SpvOpImageSampleDrefImplicitLod:
    case SpvOpImageSampleDrefExplicitLod:
    case SpvOpImageSampleProjImplicitLod:
    case SpvOpImageSampleProjExplicitLod:
    case SpvOpImageSampleProjDrefImplicitLod:
    case SpvOpImageSampleProjDrefExplicitLod:
    case SpvOpImageGather:
    case SpvOpImageDrefGather: sample(s, i, plain ? plain : op, plain); return true;
    case SpvOpImageFetch: fetch(s, i, plain); return true;
    case SpvOpImageQuerySizeLod:
    case SpvOpImageQuerySize:
    case SpvOpImageQueryLod:
    case SpvOpImageQueryLevels:
    case SpvOpImageQuerySamples: query(s, i, op); return true;
    case SpvOpImageRead: read_write(s, i, false, plain); return true;
    case SpvOpImageWrite: read_write(s, i, true, false); return true;
    case SpvOpImageTexelPointer: {
        const struct sv_ptr *ip = sv_pointer(s, sv_arg(s, i, 2));
        struct sv_ptr *p = sv_alloc(s, 1, sizeof(*p));
        if (!p || !sv_ok(s) || ip->kind != SV_PTR_RESOURCE || sv_type(s, ip->type)->kind != SV_IMAGE) {
            sv_fail(s, PUM_SPIRV_INVALID, "an image variable is needed");
            return true;
        }
        *p = (struct sv_ptr){.kind = SV_PTR_TEXEL, .type = sv_type(s, sv_arg(s, i, 0))->elem, .var = ip->var};
        p->image = sv_resource(s, ip);
        texel_coords(s, sv_type(s, ip->type), sv_arg(s, i, 3), p->coord);
        p->sample = sv_scalar(s, sv_arg(s, i, 4));
        struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
        d->kind = SV_PTR_VALUE;
        d->type = sv_arg(s, i, 0);
        d->ptr = p;
        return true;
    }
    default: return false;
    }
}

/* Memory, stage interface, textures and images of the interpreter. Lanes go one by one in rising order. */
#include "abi/atomic.h"
#include "ir/interp_int.h"
#include "ir/scalar.h"

#define EACH for (uint32_t l = 0; l < PUM_LANES; l++)
/* Offsets near 4 GiB are negative ones: lanes beyond this are never in range. */
#define RANGE_CAP 0xffffff00u

static inline bool
is_wide(enum pum_ir_type t)
{
    return t == PUM_IR_I64 || t == PUM_IR_F64;
}

static uint64_t
lane_get(const struct interp_run *r, uint32_t at, enum pum_ir_type t, uint32_t l)
{
    return is_wide(t) ? interp_reg64(r, at)[l] : interp_reg(r, at)[l];
}

static void
lane_set(const struct interp_run *r, uint32_t at, enum pum_ir_type t, uint32_t l, uint64_t v)
{
    if (is_wide(t)) {
        interp_reg64(r, at)[l] = v;
    } else {
        interp_reg(r, at)[l] = (uint32_t)v;
    }
}

static uint64_t
read_at(const uint8_t *at, uint32_t size_B)
{
    uint64_t v = 0;
    memcpy(&v, at, size_B); /* little endian */
    return v;
}

struct space {
    uint8_t *base;
    uint32_t range_B;
};

static struct space
buffer_space(uint64_t desc)
{
    const struct pum_desc_buffer *d = (const struct pum_desc_buffer *)(uintptr_t)desc;
    return (struct space){(uint8_t *)(uintptr_t)d->address, PUM_MIN(d->range_B, RANGE_CAP)};
}

static inline bool
fits(const struct space *s, uint32_t off, uint32_t size_B)
{
    return off < (s->range_B > size_B - 1 ? s->range_B - (size_B - 1) : 0);
}

static inline uint32_t
effect_mask(const struct interp_run *r)
{
    return r->live & r->cover;
}

/* ---- loads and stores. desc: register of buffer descriptors, or UINT32_MAX: all lanes use `s`. ---- */

static void
load(const struct interp_run *r, const struct interp_ins *in, struct space s, uint32_t desc, uint32_t off)
{
    const enum pum_ir_type t = (enum pum_ir_type)in->type;
    const uint32_t size_B = pum_ir_type_bits(t) / 8;
    const uint32_t *o = interp_reg(r, off);
    EACH
    {
        uint64_t v = 0;
        if (r->live >> l & 1) {
            if (desc != UINT32_MAX) {
                s = buffer_space(interp_reg64(r, desc)[l]);
            }
            if (fits(&s, o[l], size_B)) {
                v = read_at(s.base + o[l], size_B);
            }
        }
        lane_set(r, in->dst, t, l, v);
    }
}

static void
store(const struct interp_run *r, const struct interp_ins *in, struct space s, uint32_t desc, uint32_t off, uint32_t value)
{
    const enum pum_ir_type t = (enum pum_ir_type)in->src_type;
    const uint32_t size_B = pum_ir_type_bits(t) / 8;
    const uint32_t *o = interp_reg(r, off);
    for (uint32_t m = effect_mask(r); m; m &= m - 1) {
        const uint32_t l = (uint32_t)__builtin_ctz(m);
        if (desc != UINT32_MAX) {
            s = buffer_space(interp_reg64(r, desc)[l]);
        }
        if (fits(&s, o[l], size_B)) {
            const uint64_t v = lane_get(r, value, t, l);
            memcpy(s.base + o[l], &v, size_B);
        }
    }
}

/* ---- atomics ---- */

/* first: operand of the offset (or, without a space, of the address). Widths other than 32 and 64 have no atomics. */
static void
atomic(const struct interp_run *r, const struct interp_ins *in, struct space s, uint32_t desc, uint32_t first)
{
    const enum pum_atomic op = (enum pum_atomic)in->imm;
    const enum pum_ir_type t = (enum pum_ir_type)(in->type == PUM_IR_VOID ? in->src_type : in->type);
    const uint32_t size_B = pum_ir_type_bits(t) / 8;
    const uint32_t off = interp_operand(r, in, first);
    const uint32_t value = op == PUM_ATOMIC_LOAD ? off : interp_operand(r, in, first + 1);
    const uint32_t cmp = op == PUM_ATOMIC_CMPXCHG ? interp_operand(r, in, first + 2) : value;
    const bool raw = in->op == PUM_IR_ATOM_GLOBAL;
    EACH
    {
        uint64_t old = 0;
        if (effect_mask(r) >> l & 1) {
            uint8_t *at = NULL;
            if (raw) {
                at = (uint8_t *)(uintptr_t)interp_reg64(r, off)[l];
            } else {
                const uint32_t o = interp_reg(r, off)[l];
                if (desc != UINT32_MAX) {
                    s = buffer_space(interp_reg64(r, desc)[l]);
                }
                at = fits(&s, o, size_B) ? s.base + o : NULL;
            }
            if (at && size_B == 4) {
                old = pum_atomic_32((uint32_t *)(void *)at, op, interp_reg(r, value)[l], interp_reg(r, cmp)[l]);
            } else if (at && size_B == 8) {
                old = pum_atomic_64((uint64_t *)(void *)at, op, interp_reg64(r, op == PUM_ATOMIC_LOAD ? in->dst : value)[l],
                                    interp_reg64(r, op == PUM_ATOMIC_LOAD ? in->dst : cmp)[l]);
            }
        }
        if (in->type != PUM_IR_VOID) {
            lane_set(r, in->dst, t, l, old);
        }
    }
}

/* ---- private arrays, raw addresses ---- */

static void
scratch(const struct interp_run *r, const struct interp_ins *in)
{
    const uint32_t private_B = r->p->info.private_B, last_B = private_B >= 4 ? (private_B - 4) & ~3u : 0;
    const uint32_t *o = interp_reg(r, in->a);
    EACH
    {
        const uint32_t off = PUM_MIN(o[l], last_B) & ~3u;
        uint8_t *at = r->private_mem + ((size_t)(off / 4) * PUM_LANES + l) * 4;
        if (in->op == PUM_IR_LD_SCRATCH) {
            memcpy(&interp_reg(r, in->dst)[l], at, 4);
        } else if (r->live >> l & 1) {
            memcpy(at, &interp_reg(r, in->b)[l], 4);
        }
    }
}

/* In the fragment stage lanes of quads without a covered pixel are no invocations: what they compute need make no sense. */
static uint32_t
global_load_mask(const struct interp_run *r)
{
    if (r->p->info.stage != PUM_STAGE_FRAGMENT) {
        return r->live;
    }
    uint32_t m = r->block_cover;
    m |= (m & 0x5555) << 1 | (m >> 1 & 0x5555);
    m |= (m & 0x0f0f) << 4 | (m >> 4 & 0x0f0f);
    return r->live & m;
}

static void
global(const struct interp_run *r, const struct interp_ins *in)
{
    const bool st = in->op == PUM_IR_ST_GLOBAL;
    const enum pum_ir_type t = (enum pum_ir_type)(st ? in->src_type : in->type);
    const uint32_t size_B = pum_ir_type_bits(t) / 8, mask = st ? effect_mask(r) : global_load_mask(r);
    EACH
    {
        uint64_t v = 0;
        uint8_t *at = (uint8_t *)(uintptr_t)interp_reg64(r, in->a)[l];
        if (st && mask >> l & 1) {
            v = lane_get(r, in->b, t, l);
            memcpy(at, &v, size_B);
        } else if (!st) {
            v = mask >> l & 1 ? read_at(at, size_B) : 0;
            lane_set(r, in->dst, t, l, v);
        }
    }
}

static void
descriptor(const struct interp_run *r, const struct interp_ins *in)
{
    const uint64_t base = (uint64_t)(uintptr_t)r->ctx->sets[in->imm & 0xff] + (in->imm >> 8);
    const uint32_t stride_B = (uint32_t)in->imm2 & 0xffff, length = (uint32_t)(in->imm2 >> 16), max = length ? length - 1 : 0;
    EACH
    {
        const uint32_t i = in->n_src ? interp_reg(r, in->a)[l] : 0;
        interp_reg64(r, in->dst)[l] = base + (in->n_src ? (uint64_t)PUM_MIN(i, max) * stride_B : 0);
    }
}

/* ---- stage interface ---- */

static void
input(const struct interp_run *r, const struct interp_ins *in)
{
    uint32_t *d = interp_reg(r, in->dst);
    if (r->p->info.stage == PUM_STAGE_RAYGEN && in->imm >= PUM_ROW_LAUNCH_ID) {
        memcpy(d, r->trace->launch_id + (in->imm - PUM_ROW_LAUNCH_ID) * PUM_LANES, sizeof(uint32_t) * PUM_LANES);
        return;
    }
    if (r->p->info.stage != PUM_STAGE_FRAGMENT) {
        memcpy(d, r->in + in->imm * PUM_LANES, sizeof(uint32_t) * PUM_LANES);
        return;
    }
    const struct pum_plane *p = &r->planes[PUM_FS_PLANE_INPUTS + in->imm];
    const enum pum_interp interp = (enum pum_interp)r->p->info.fs_inputs[in->imm].interp;
    EACH
    {
        float v = p->v + p->dx * r->rel_x[l];
        v = v + p->dy * r->rel_y[l];
        v = interp == PUM_INTERP_PERSPECTIVE ? v * r->inv_w[l] : v;
        d[l] = interp == PUM_INTERP_FLAT ? p->flat : pum_f32_bits(v);
    }
}

static void
input_at(const struct interp_run *r, const struct interp_ins *in)
{
    uint32_t *d = interp_reg(r, in->dst);
    const uint32_t *x = interp_reg(r, in->a), *y = interp_reg(r, in->b);
    const struct pum_plane *p = &r->planes[PUM_FS_PLANE_INPUTS + in->imm], *w = &r->planes[PUM_FS_PLANE_RHW];
    const enum pum_interp interp = (enum pum_interp)r->p->info.fs_inputs[in->imm].interp;
    EACH
    {
        const float rx = r->corner_x[l] + pum_f32(x[l]), ry = r->corner_y[l] + pum_f32(y[l]);
        float v = p->v + p->dx * rx, rhw = w->v + w->dx * rx;
        v = v + p->dy * ry;
        rhw = rhw + w->dy * ry;
        v = interp == PUM_INTERP_PERSPECTIVE ? v * (1.0f / rhw) : v;
        d[l] = interp == PUM_INTERP_FLAT ? p->flat : pum_f32_bits(v);
    }
}

/* ---- textures and images ---- */

static void
put(const struct interp_run *r, void *to, uint32_t at)
{
    memcpy(to, interp_reg(r, at), sizeof(uint32_t) * PUM_LANES);
}

/* Lanes of `mask` with the same descriptors as its first one. */
static uint32_t
same_lanes(const struct interp_run *r, uint32_t mask, uint32_t img, uint32_t smp)
{
    const uint32_t first = (uint32_t)__builtin_ctz(mask);
    const uint64_t *i = interp_reg64(r, img), *s = smp != UINT32_MAX ? interp_reg64(r, smp) : i;
    uint32_t same = 0;
    EACH
    {
        same |= (uint32_t)(i[l] == i[first] && s[l] == s[first]) << l;
    }
    return same & mask;
}

static void
merge(const struct interp_run *r, uint32_t dst, uint32_t mask, const uint32_t (*from)[PUM_LANES], uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        uint32_t *d = interp_reg(r, dst) + k * PUM_LANES;
        EACH
        {
            d[l] = mask >> l & 1 ? from[k][l] : d[l];
        }
    }
}

static void
texture(const struct interp_run *r, const struct interp_ins *in)
{
    struct pum_tex_args a;
    memset(&a, 0, sizeof(a));
    const struct pum_tex_op op = pum_tex_unpack(in->imm);
    uint32_t i = 0;
    const uint32_t img = interp_operand(r, in, i++);
    const uint32_t smp = op.flags & PUM_TEX_HAS_SAMPLER_BIT ? interp_operand(r, in, i++) : UINT32_MAX;
    a.op = op;
    a.quad_step = pum_quad_step(&r->p->info);
    for (uint32_t k = 0; k < op.n_coord; k++) {
        put(r, a.coord[k], interp_operand(r, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_DREF_BIT) {
        put(r, a.dref, interp_operand(r, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_LOD_BIT) {
        put(r, a.lod, interp_operand(r, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_GRAD_BIT) {
        for (uint32_t k = 0; k < op.n_grad; k++) {
            put(r, a.ddx[k], interp_operand(r, in, i++));
        }
        for (uint32_t k = 0; k < op.n_grad; k++) {
            put(r, a.ddy[k], interp_operand(r, in, i++));
        }
    }
    const uint32_t offsets = op.flags & PUM_TEX_GATHER_OFFSETS_BIT ? 8 : op.flags & PUM_TEX_HAS_OFFSET_BIT ? op.n_grad : 0;
    for (uint32_t k = 0; k < offsets; k++) {
        put(r, a.offset[k], interp_operand(r, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_SAMPLE_BIT) {
        put(r, a.sample, interp_operand(r, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_MIN_LOD_BIT) {
        put(r, a.min_lod, interp_operand(r, in, i++));
    }
    memset(interp_reg(r, in->dst), 0, 256);
    for (uint32_t m = r->live; m; m &= ~a.mask) {
        const uint32_t l = (uint32_t)__builtin_ctz(m);
        a.mask = same_lanes(r, m, img, smp);
        r->rt->tex((const struct pum_desc_image *)(uintptr_t)interp_reg64(r, img)[l],
                   smp != UINT32_MAX ? (const struct pum_desc_sampler *)(uintptr_t)interp_reg64(r, smp)[l] : NULL, &a);
        merge(r, in->dst, a.mask, (const uint32_t(*)[PUM_LANES])a.out, 4);
    }
}

static void
image(const struct interp_run *r, const struct interp_ins *in)
{
    struct pum_img_args a;
    memset(&a, 0, sizeof(a));
    const uint32_t img = interp_operand(r, in, 0);
    for (uint32_t k = 0; k < 3; k++) {
        put(r, a.coord[k], interp_operand(r, in, 1 + k));
    }
    put(r, a.sample, interp_operand(r, in, 4));
    a.atomic = (uint32_t)in->imm;
    const bool is_load = in->op == PUM_IR_IMG_LOAD;
    const uint32_t results = is_load || in->type == PUM_IR_TUPLE ? 4 : in->op == PUM_IR_IMG_ATOMIC;
    if (results) {
        memset(interp_reg(r, in->dst), 0, (size_t)results * 64);
    }
    for (uint32_t m = is_load ? r->live : effect_mask(r); m; m &= ~a.mask) {
        const struct pum_desc_image *d = (const struct pum_desc_image *)(uintptr_t)interp_reg64(r, img)[__builtin_ctz(m)];
        a.mask = same_lanes(r, m, img, UINT32_MAX);
        for (uint32_t i = 5; i < in->n_src; i++) { /* a call may have changed them */
            put(r, a.data[i - 5], interp_operand(r, in, i));
        }
        (is_load ? r->rt->img_load : results ? r->rt->img_atomic : r->rt->img_store)(d, &a);
        merge(r, in->dst, a.mask, (const uint32_t(*)[PUM_LANES])a.data, results);
    }
}

static void
print_line(const struct interp_run *r, const struct interp_ins *in)
{
    uint32_t words[PUM_MAX_PRINT_WORDS][PUM_LANES];
    const uint32_t mask = effect_mask(r);
    if (!mask || !r->ctx->host) {
        return;
    }
    for (uint32_t i = 0; i < in->n_src; i++) {
        memcpy(words[i], interp_reg(r, interp_operand(r, in, i)), sizeof(words[i]));
    }
    r->ctx->host->print(r->ctx->host, r->p->texts + in->imm, mask, words[0]);
}

/* ---- rays ---- */

static void
ray(const struct interp_run *r, const struct interp_ins *in)
{
    struct pum_ray_args a = {.rays = (struct pum_ray *)(void *)(r->private_mem + pum_rays_at_B(&r->p->info)), .n_rays = r->p->info.rays,
                             .imm = (uint32_t)in->imm, .mask = global_load_mask(r)};
    if (!a.n_rays) {
        return;
    }
    put(r, a.number, interp_operand(r, in, 0));
    for (uint32_t i = 1, word = 0; i < in->n_src; i++) {
        if (word == 0 && (in->imm & 0xff) == PUM_RAY_OP_BEGIN) { /* an address */
            const uint64_t *v = interp_reg64(r, interp_operand(r, in, i));
            EACH
            {
                a.in[0][l] = (uint32_t)v[l];
                a.in[1][l] = (uint32_t)(v[l] >> 32);
            }
            word = 2;
        } else {
            put(r, a.in[word++], interp_operand(r, in, i));
        }
    }
    r->rt->ray(&a);
    if (in->type == PUM_IR_TUPLE) {
        merge(r, in->dst, (1u << PUM_LANES) - 1, (const uint32_t(*)[PUM_LANES])a.out, 4); /* lanes that are no invocations must leave their loops, too */
    }
}

void
interp_memory(struct interp_run *r, const struct interp_ins *in)
{
    const struct space none = {NULL, 0};
    const struct space shared = {r->shared, r->p->info.shared_B};
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_SYSVAL:
        memcpy(interp_reg(r, in->dst), r->sysval[in->imm & 0xff][in->imm >> 8 & 3], 64);
        break;
    case PUM_IR_LD_SCRATCH:
    case PUM_IR_ST_SCRATCH: scratch(r, in); break;
    case PUM_IR_LD_IN: input(r, in); break;
    case PUM_IR_LD_IN_AT: input_at(r, in); break;
    case PUM_IR_LD_IN_VERTEX: {
        const struct pum_plane *p = &r->planes[PUM_FS_PLANE_INPUTS + (in->imm & 0xffff)];
        const float v = in->imm >> 16 == 0 ? p->v : in->imm >> 16 == 1 ? p->dx : p->dy;
        EACH { memcpy(&interp_reg(r, in->dst)[l], &v, 4); }
        break;
    }
    case PUM_IR_SAMPLE_POS:
        EACH { interp_reg(r, in->dst)[l] = pum_f32_bits(r->sample_pos[interp_reg(r, in->a)[l] % PUM_MAX_SAMPLES][in->imm & 1]); }
        break;
    case PUM_IR_ST_OUT: {
        uint32_t *to = r->out + in->imm * r->out_stride;
        const uint32_t *from = interp_reg(r, in->a);
        EACH { to[l] = r->live >> l & 1 ? from[l] : to[l]; }
        break;
    }
    case PUM_IR_ST_VERTEX: {
        const uint32_t *index = interp_reg(r, in->a), *from = interp_reg(r, in->b);
        EACH
        {
            const size_t vertex = PUM_MIN(index[l], (uint32_t)r->p->info.gs_vertices);
            uint32_t *to = &r->vertices[(vertex * PUM_GS_SLOTS + in->imm) * PUM_LANES + l];
            *to = r->live >> l & 1 ? from[l] : *to;
        }
        break;
    }
    case PUM_IR_LD_TRACE:
    case PUM_IR_ST_TRACE:
    case PUM_IR_TRACE_RAY:
    case PUM_IR_TRACE_CALL:
    case PUM_IR_TRACE_REPORT:
    case PUM_IR_TRACE_END: interp_trace(r, in); break;
    case PUM_IR_LD_PUSH: {
        uint8_t *push = (uint8_t *)(uintptr_t)r->ctx->push; /* only read */
        load(r, in, (struct space){push, PUM_MAX_PUSH_B}, UINT32_MAX, in->a);
        break;
    }
    case PUM_IR_DESC: descriptor(r, in); break;
    case PUM_IR_LD_BUF: load(r, in, none, in->a, in->b); break;
    case PUM_IR_ST_BUF: store(r, in, none, in->a, in->b, in->c); break;
    case PUM_IR_ATOM_BUF: atomic(r, in, none, interp_operand(r, in, 0), 1); break;
    case PUM_IR_BUF_SIZE:
        EACH
        {
            const struct pum_desc_buffer *d = (const struct pum_desc_buffer *)(uintptr_t)interp_reg64(r, in->a)[l];
            interp_reg(r, in->dst)[l] = r->live >> l & 1 ? d->range_B : 0;
        }
        break;
    case PUM_IR_PRINT: print_line(r, in); break;
    case PUM_IR_LD_GLOBAL:
    case PUM_IR_ST_GLOBAL: global(r, in); break;
    case PUM_IR_ATOM_GLOBAL: atomic(r, in, none, UINT32_MAX, 0); break;
    case PUM_IR_LD_SHARED: load(r, in, shared, UINT32_MAX, in->a); break;
    case PUM_IR_ST_SHARED: store(r, in, shared, UINT32_MAX, in->a, in->b); break;
    case PUM_IR_ATOM_SHARED: atomic(r, in, shared, UINT32_MAX, 0); break;
    case PUM_IR_TEX: texture(r, in); break;
    case PUM_IR_IMG_LOAD:
    case PUM_IR_IMG_STORE:
    case PUM_IR_IMG_ATOMIC: image(r, in); break;
    case PUM_IR_RAY: ray(r, in); break;
    case PUM_IR_EXTRACT:
        memcpy(interp_reg(r, in->dst), interp_reg(r, in->a) + (in->imm & 3) * PUM_LANES, 64);
        break;
    case PUM_IR_IS_HELPER:
        EACH { interp_reg(r, in->dst)[l] = r->p->info.stage == PUM_STAGE_FRAGMENT && !(r->cover >> l & 1); }
        break;
    case PUM_IR_DEMOTE:
        if (r->p->info.stage == PUM_STAGE_FRAGMENT) {
            r->cover &= ~r->live;
        }
        break;
    case PUM_IR_MEM_BARRIER: __atomic_thread_fence(__ATOMIC_ACQ_REL); break;
    default: interp_subgroup(r, in); break;
    }
}

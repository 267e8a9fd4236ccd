#include "ir/interp_check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ir/scalar.h"

#define EACH for (uint32_t l = 0; l < PUM_LANES; l++)

/* ---- shadows ---- */

uint32_t
interp_shadow_B(uint32_t regs_B, uint32_t private_B)
{
    return PUM_ALIGN_UP(regs_B / 32 + (private_B + 3) / 4 * 2 + 2, 64u);
}

static uint16_t *
shadow(const struct interp_run *r, uint32_t reg)
{
    return (uint16_t *)(void *)(r->frame + r->p->shadow_at) + reg / 64;
}

static uint16_t *
private_shadow(const struct interp_run *r, uint32_t off_B)
{
    const uint32_t private_B = r->p->info.private_B, last_B = private_B >= 4 ? private_B - 4 : 0;
    return shadow(r, r->p->regs_B) + PUM_MIN(off_B, last_B) / 4;
}

void
interp_check_start(struct interp_run *r)
{
    const struct pum_interp_program *p = r->p;
    if (p->check) {
        memset(shadow(r, 0), 0, p->regs_B / 32);
        memset(shadow(r, p->vars_at), 0xff, p->vars_B / 32);
        memset(private_shadow(r, 0), 0xff, (size_t)(p->info.private_B + 3) / 4 * 2);
    }
}

static uint32_t
undefined(const struct interp_run *r, const struct interp_ins *in, uint32_t operand)
{
    return *shadow(r, interp_operand(r, in, operand));
}

/* ---- reports ---- */

static void
place(const struct interp_run *r, uint32_t lane, char *out, size_t out_B)
{
    const uint32_t(*s)[4][PUM_LANES] = r->sysval;
    if (r->p->info.stage == PUM_STAGE_COMPUTE) {
        snprintf(out, out_B, "invocation %u,%u,%u", s[PUM_SYSVAL_GLOBAL_ID][0][lane], s[PUM_SYSVAL_GLOBAL_ID][1][lane], s[PUM_SYSVAL_GLOBAL_ID][2][lane]);
    } else if (r->p->info.stage == PUM_STAGE_FRAGMENT) {
        snprintf(out, out_B, "pixel %g,%g", (double)floorf(pum_f32(s[PUM_SYSVAL_FRAG_COORD][0][lane])),
                 (double)floorf(pum_f32(s[PUM_SYSVAL_FRAG_COORD][1][lane])));
    } else if (r->p->info.stage == PUM_STAGE_VERTEX) {
        snprintf(out, out_B, "vertex %u of instance %u", s[PUM_SYSVAL_VERTEX_INDEX][0][lane], s[PUM_SYSVAL_INSTANCE_INDEX][0][lane]);
    } else {
        snprintf(out, out_B, "lane %u", lane);
    }
}

static void report(const struct interp_run *r, const struct interp_ins *in, enum pum_interp_finding kind, uint32_t lane, const char *fmt, ...)
    PUM_PRINTF(5, 6);

/* Each operation says each thing once. */
static void
report(const struct interp_run *r, const struct interp_ins *in, enum pum_interp_finding kind, uint32_t lane, const char *fmt, ...)
{
    uint8_t *seen = &r->p->seen[in - r->p->ins];
    if (__atomic_fetch_or(seen, (uint8_t)(1u << kind), __ATOMIC_RELAXED) >> kind & 1) {
        return;
    }
    char text[200], where[64];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    place(r, lane, where, sizeof(where));
    n = PUM_MIN(n, (int)sizeof(text) - 1);
    snprintf(text + n, sizeof(text) - (size_t)n, " (%s)", where);
    r->p->check->report(r->p->check->arg, kind, in->loc, text);
}

static uint32_t
first(uint32_t mask)
{
    return (uint32_t)__builtin_ctz(mask);
}

static void
want_defined(const struct interp_run *r, const struct interp_ins *in, uint32_t mask, const char *what)
{
    mask &= r->live & r->cover;
    if (mask) {
        report(r, in, PUM_INTERP_UNDEFINED, first(mask), "%s a value that was never set", what);
    }
}

/* ---- memory ---- */

enum mode { READ, WRITE, ATOMIC };

/* Invocations of a subgroup run together: a memory barrier between their accesses is enough. */
static bool
is_ordered(const struct interp_checker *c, const struct interp_access *a, uint32_t other)
{
    return (other - 1) / PUM_LANES == c->subgroup && a->fence != c->fence;
}

/* Two accesses in the same epoch by different invocations, one of which writes. */
static void
access(const struct interp_run *r, const struct interp_ins *in, struct interp_access *a, uint32_t lane, uint8_t bytes, enum mode mode, const char *space)
{
    struct interp_checker *c = r->checker;
    const uint32_t self = c->subgroup * PUM_LANES + lane + 1;
    if (a->epoch != c->epoch) {
        const bool filled = a->filled && a->group == c->group;
        *a = (struct interp_access){.epoch = c->epoch, .address = a->address, .filled = filled, .group = c->group};
    }
    uint32_t other = 0;
    if (a->writer && a->writer != self && a->written & bytes && !(mode == ATOMIC && a->atomic) && !is_ordered(c, a, a->writer)) {
        other = a->writer;
    } else if (mode != READ && a->reader && (a->many || a->reader != self) && a->read & bytes && !is_ordered(c, a, a->reader)) {
        other = a->reader;
    }
    if (other) {
        report(r, in, PUM_INTERP_RACE, lane, "%s: invocations %u and %u of a workgroup %s the same bytes, no barrier orders them", space, other - 1, self - 1,
               mode == READ || (a->writer != other) ? "read and write" : "write");
    }
    if (mode == READ) {
        a->many = a->many || (a->reader && a->reader != self);
        a->reader = self;
        a->read |= bytes;
    } else {
        a->written = a->writer == self ? a->written | bytes : bytes;
        a->writer = self;
        a->atomic = mode == ATOMIC;
        a->filled = true;
        a->group = c->group;
    }
    a->fence = c->fence;
}

/* Of a buffer; NULL: the table is full around there. */
static struct interp_access *
find_access(const struct interp_checker *c, uintptr_t address)
{
    const uint32_t at = (uint32_t)((address >> 2) * UINT64_C(0x9e3779b97f4a7c15) >> 40);
    for (uint32_t i = 0; i < 16; i++) {
        struct interp_access *a = &c->table[(at + i) % INTERP_TABLE];
        if (a->address == address) {
            return a;
        }
        if (a->epoch != c->epoch) { /* nobody needs it any more */
            *a = (struct interp_access){.address = address};
            return a;
        }
    }
    return NULL;
}

static void
shared_word(const struct interp_run *r, const struct interp_ins *in, uint32_t lane, uint32_t off, uint32_t size_B, enum mode mode)
{
    for (uint32_t i = 0; i < size_B; i += 4) {
        struct interp_access *a = &r->checker->shared[(off + i) / 4];
        const uint8_t bytes = size_B >= 4 ? 15 : (uint8_t)(((1u << size_B) - 1) << (off & 3));
        if (mode != WRITE && !(a->filled && a->group == r->checker->group)) {
            report(r, in, PUM_INTERP_UNDEFINED, lane, "workgroup memory: reads offset %u, where nothing was written", off + i);
        }
        access(r, in, a, lane, bytes, mode, "workgroup memory");
    }
}

static void
buffer_word(const struct interp_run *r, const struct interp_ins *in, uint32_t lane, uintptr_t address, uint32_t size_B, enum mode mode)
{
    for (uint32_t i = 0; i < size_B; i += 4) {
        struct interp_access *a = find_access(r->checker, (address + i) & ~(uintptr_t)3);
        const uint8_t bytes = size_B >= 4 ? 15 : (uint8_t)(((1u << size_B) - 1) << (address & 3));
        if (a) {
            access(r, in, a, lane, bytes, mode, "buffer");
        }
    }
}

/* desc, off: registers; desc UINT32_MAX: workgroup memory. */
static void
check_memory(const struct interp_run *r, const struct interp_ins *in, uint32_t desc, uint32_t off, enum pum_ir_type t, enum mode mode)
{
    static const char *const verbs[] = {"load", "store", "atomic"};
    const uint32_t size_B = pum_ir_type_bits(t) / 8, *o = interp_reg(r, off);
    want_defined(r, in, *shadow(r, off) | (desc == UINT32_MAX ? 0 : *shadow(r, desc)), "the address is made of");
    for (uint32_t m = r->live & r->cover; m; m &= m - 1) {
        const uint32_t l = first(m);
        const struct pum_desc_buffer *d = desc == UINT32_MAX ? NULL : (const struct pum_desc_buffer *)(uintptr_t)interp_reg64(r, desc)[l];
        const uint32_t range_B = d ? d->range_B : r->p->info.shared_B;
        if (d && !d->address) {
            continue; /* a null descriptor */
        }
        if ((uint64_t)o[l] + size_B > range_B) {
            report(r, in, PUM_INTERP_BOUNDS, l, "%s outside of %s: %u bytes at offset %u of %u", verbs[mode], d ? "the buffer" : "workgroup memory", size_B, o[l],
                   range_B);
        } else if (r->checker->shared && !d) {
            shared_word(r, in, l, o[l], size_B, mode);
        } else if (r->checker->table && d) {
            buffer_word(r, in, l, (uintptr_t)d->address + o[l], size_B, mode);
        }
    }
}

/* co: x, y, z or layer as the view has them. */
static bool
inside(const struct pum_desc_image *d, const uint32_t co[3], uint32_t level)
{
    const uint32_t w = PUM_MAX(d->width >> level, 1u), h = PUM_MAX(d->height >> level, 1u), z = PUM_MAX(d->depth >> level, 1u);
    switch ((enum pum_view_dim)d->dim) {
    case PUM_VIEW_1D: return co[0] < w && (!d->arrayed || co[1] < d->layers);
    case PUM_VIEW_2D: return co[0] < w && co[1] < h && (!d->arrayed || co[2] < d->layers);
    case PUM_VIEW_3D: return co[0] < w && co[1] < h && co[2] < z;
    case PUM_VIEW_CUBE: return co[0] < w && co[1] < h && co[2] < d->layers;
    case PUM_VIEW_BUFFER: return co[0] < d->width;
    case PUM_VIEW_NULL: break;
    }
    return true;
}

/* Integer coordinates from operand `coord` on; level: register, UINT32_MAX: none. */
static void
check_texel(const struct interp_run *r, const struct interp_ins *in, uint32_t coord, uint32_t n_coord, uint32_t level, const char *verb)
{
    uint32_t bad = level == UINT32_MAX ? 0 : *shadow(r, level);
    for (uint32_t k = 0; k < n_coord; k++) {
        bad |= undefined(r, in, coord + k);
    }
    want_defined(r, in, bad, "the coordinates are made of");
    for (uint32_t m = r->live & r->cover; m; m &= m - 1) {
        const uint32_t l = first(m);
        const struct pum_desc_image *d = (const struct pum_desc_image *)(uintptr_t)interp_reg64(r, interp_operand(r, in, 0))[l];
        uint32_t co[3] = {0, 0, 0};
        for (uint32_t k = 0; k < n_coord && k < 3; k++) {
            co[k] = interp_reg(r, interp_operand(r, in, coord + k))[l];
        }
        const uint32_t lod = level == UINT32_MAX ? 0 : interp_reg(r, level)[l];
        if (d->address && d->dim != PUM_VIEW_NULL && (lod >= PUM_MAX(d->levels, (uint8_t)1) || !inside(d, co, lod))) {
            report(r, in, PUM_INTERP_BOUNDS, l, "%s outside of the image: texel %d,%d,%d, level %u of %ux%ux%u, %u layers, %u levels", verb, (int32_t)co[0],
                   (int32_t)co[1], (int32_t)co[2], lod, d->width, d->height, d->depth, d->layers, d->levels);
        }
    }
}

static void
check_texture(const struct interp_run *r, const struct interp_ins *in)
{
    const struct pum_tex_op op = pum_tex_unpack(in->imm);
    const uint32_t coord = op.flags & PUM_TEX_HAS_SAMPLER_BIT ? 2 : 1;
    uint32_t lod = coord + op.n_coord + (op.flags & PUM_TEX_HAS_DREF_BIT ? 1 : 0);
    lod = op.flags & PUM_TEX_HAS_LOD_BIT ? interp_operand(r, in, lod) : UINT32_MAX;
    if (op.kind == PUM_TEX_FETCH) {
        check_texel(r, in, coord, op.n_coord, lod, "fetch");
        return;
    }
    uint32_t bad = 0;
    for (uint32_t k = 0; k < op.n_coord; k++) {
        bad |= undefined(r, in, coord + k);
    }
    want_defined(r, in, bad, "the coordinates are made of");
}

/* ---- undefined values ---- */

static void
define(const struct interp_run *r, const struct interp_ins *in, uint32_t lanes)
{
    if (in->type != PUM_IR_VOID) {
        *shadow(r, in->dst) = (uint16_t)lanes;
    }
}

static uint32_t
any_operand(const struct interp_run *r, const struct interp_ins *in)
{
    uint32_t m = 0;
    for (uint32_t i = 0; i < in->n_src; i++) {
        m |= undefined(r, in, i);
    }
    return m;
}

static uint32_t
selected(const struct interp_run *r, const struct interp_ins *in)
{
    const uint32_t *c = interp_reg(r, in->a), a = *shadow(r, in->b), b = *shadow(r, in->c);
    uint32_t m = *shadow(r, in->a);
    EACH { m |= (c[l] & 1 ? a : b) & 1u << l; }
    return m;
}

static void
private_word(const struct interp_run *r, const struct interp_ins *in)
{
    const uint32_t *o = interp_reg(r, in->a);
    uint32_t m = 0;
    want_defined(r, in, *shadow(r, in->a), "the index is made of");
    EACH
    {
        uint16_t *s = private_shadow(r, o[l]);
        if (in->op == PUM_IR_LD_SCRATCH) {
            m |= *s & 1u << l;
        } else if (r->live >> l & 1) {
            *s = (uint16_t)((*s & ~(1u << l)) | (*shadow(r, in->b) & 1u << l));
        }
    }
    if (in->op == PUM_IR_LD_SCRATCH) {
        define(r, in, m);
    }
}

/* The shaders that are called write what is passed on; they are not followed there. */
static void
passed_words(const struct interp_run *r, const struct interp_ins *in)
{
    for (uint32_t i = 0; (in->imm & 0xff) == PUM_SPACE_OWN && i < in->imm2; i += 4) {
        *private_shadow(r, (uint32_t)(in->imm >> 8) + i) &= (uint16_t)~r->live;
    }
}

static void
copy_shadow(const struct interp_run *r, const struct interp_ins *in)
{
    uint16_t *d = shadow(r, in->dst);
    const uint32_t live = in->op == IO_COPY ? r->live : 0xffff;
    *d = (uint16_t)((*d & ~live) | (*shadow(r, in->a) & live));
}

/* ---- NaN ---- */

static bool
is_float_op(uint32_t op)
{
    return (op >= PUM_IR_FADD && op <= PUM_IR_FFMA) || (op >= PUM_IR_FEXP2 && op <= PUM_IR_FATANH);
}

static uint32_t
nan_lanes(const struct interp_run *r, uint32_t reg, enum pum_ir_type t)
{
    uint32_t m = 0;
    EACH
    {
        const uint32_t v = t == PUM_IR_F64 ? 0 : interp_reg(r, reg)[l];
        const bool nan = t == PUM_IR_F64 ? isnan(pum_f64(interp_reg64(r, reg)[l])) : t == PUM_IR_F16 ? (v & 0x7fff) > 0x7c00 : (v & 0x7fffffff) > 0x7f800000;
        m |= (uint32_t)nan << l;
    }
    return m;
}

static double
number(const struct interp_run *r, uint32_t reg, enum pum_ir_type t, uint32_t l)
{
    return t == PUM_IR_F64   ? pum_f64(interp_reg64(r, reg)[l])
           : t == PUM_IR_F16 ? (double)pum_half_to_float(interp_reg(r, reg)[l])
                             : (double)pum_f32(interp_reg(r, reg)[l]);
}

/* The operands are read before the result takes the place of one. */
static void
remember_operands(const struct interp_run *r, const struct interp_ins *in)
{
    struct interp_checker *c = r->checker;
    const enum pum_ir_type t = (enum pum_ir_type)in->src_type;
    c->nan = 0;
    for (uint32_t i = 0; i < in->n_src && i < 3; i++) {
        const uint32_t reg = interp_operand(r, in, i);
        c->nan |= nan_lanes(r, reg, t);
        EACH { c->operand[i][l] = number(r, reg, t, l); }
    }
}

void
interp_check_after(struct interp_run *r, const struct interp_ins *in)
{
    if (!is_float_op(in->op)) {
        return;
    }
    const struct interp_checker *c = r->checker;
    const uint32_t made = nan_lanes(r, in->dst, (enum pum_ir_type)in->type) & ~c->nan & r->live & r->cover & ~(uint32_t)*shadow(r, in->dst);
    if (made) {
        const uint32_t l = first(made);
        const char *name = pum_ir_op_infos[in->op].name + 1; /* without the f */
        if (in->n_src == 1) {
            report(r, in, PUM_INTERP_NAN, l, "NaN out of numbers: %s of %g", name, c->operand[0][l]);
        } else {
            report(r, in, PUM_INTERP_NAN, l, "NaN out of numbers: %s of %g and %g", name, c->operand[0][l], c->operand[1][l]);
        }
    }
}

/* ---- all operations ---- */

void
interp_check_before(struct interp_run *r, const struct interp_ins *in)
{
    const enum pum_ir_type stored = (enum pum_ir_type)(in->type == PUM_IR_VOID ? in->src_type : in->type);
    switch (in->op) {
    case IO_COPY:
    case IO_COPY_ALL: copy_shadow(r, in); return;
    case IO_IF: want_defined(r, in, *shadow(r, in->a), "a branch depends on"); return;
    case PUM_IR_UNDEF: define(r, in, 0xffff); return;
    case PUM_IR_LD_VAR: define(r, in, *shadow(r, in->a)); return;
    case PUM_IR_SELECT: define(r, in, selected(r, in)); return;
    case PUM_IR_LD_SCRATCH:
    case PUM_IR_ST_SCRATCH: private_word(r, in); return;
    case PUM_IR_ST_OUT: /* other stages give more than the next one takes */
        if (r->p->info.stage == PUM_STAGE_FRAGMENT) {
            want_defined(r, in, *shadow(r, in->a), "the output is");
        }
        return;
    case PUM_IR_DESC: {
        const uint32_t length = (uint32_t)(in->imm2 >> 16);
        for (uint32_t m = in->n_src && length ? r->live & r->cover : 0; m; m &= m - 1) {
            const uint32_t i = interp_reg(r, in->a)[first(m)];
            if (i >= length) {
                report(r, in, PUM_INTERP_BOUNDS, first(m), "descriptor %u of an array of %u", i, length);
            }
        }
        break;
    }
    case PUM_IR_LD_BUF: check_memory(r, in, in->a, in->b, (enum pum_ir_type)in->type, READ); define(r, in, 0); return;
    case PUM_IR_LD_SHARED: check_memory(r, in, UINT32_MAX, in->a, (enum pum_ir_type)in->type, READ); define(r, in, 0); return;
    case PUM_IR_ST_BUF:
        check_memory(r, in, in->a, in->b, (enum pum_ir_type)in->src_type, WRITE);
        want_defined(r, in, *shadow(r, in->c), "stores");
        return;
    case PUM_IR_ST_SHARED:
        check_memory(r, in, UINT32_MAX, in->a, (enum pum_ir_type)in->src_type, WRITE);
        want_defined(r, in, *shadow(r, in->b), "stores");
        return;
    case PUM_IR_ATOM_BUF: check_memory(r, in, interp_operand(r, in, 0), interp_operand(r, in, 1), stored, ATOMIC); define(r, in, 0); return;
    case PUM_IR_ATOM_SHARED: check_memory(r, in, UINT32_MAX, interp_operand(r, in, 0), stored, ATOMIC); define(r, in, 0); return;
    case PUM_IR_IMG_LOAD: check_texel(r, in, 1, 3, UINT32_MAX, "load"); define(r, in, 0); return;
    case PUM_IR_IMG_STORE: check_texel(r, in, 1, 3, UINT32_MAX, "store"); return;
    case PUM_IR_IMG_ATOMIC: check_texel(r, in, 1, 3, UINT32_MAX, "atomic"); define(r, in, 0); return;
    case PUM_IR_TEX: check_texture(r, in); define(r, in, 0); return;
    case PUM_IR_MEM_BARRIER: r->checker->fence++; return;
    case PUM_IR_LD_TRACE:
    case PUM_IR_TRACE_REPORT: define(r, in, 0); return;
    case PUM_IR_TRACE_RAY:
    case PUM_IR_TRACE_CALL: passed_words(r, in); return;
    default: break;
    }
    if (in->op < PUM_IR_OP_COUNT) {
        if (is_float_op(in->op)) {
            remember_operands(r, in);
        }
        define(r, in, any_operand(r, in));
    }
}

void
interp_check_begin(struct interp_run *r, struct interp_checker *c)
{
    const struct pum_interp_program *p = r->p;
    *c = (struct interp_checker){.epoch = 1, .group = 1};
    if (p->check && p->check->workgroups) {
        c->shared = calloc(p->info.shared_B / 4 + 3, sizeof(c->shared[0])); /* without memory less is found */
        c->table = calloc(INTERP_TABLE, sizeof(c->table[0]));
    }
    r->checker = c;
}

void
interp_check_end(struct interp_run *r)
{
    free(r->checker->shared);
    free(r->checker->table);
}

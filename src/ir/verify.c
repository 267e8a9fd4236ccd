/* Checks every rule of ir/ir.h. Runs in debug builds after each pass and in tests; must not crash on any graph that the builder can make. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "abi/tracing.h"
#include "ir/ir.h"

struct verify {
    const struct pum_ir_shader *sh;
    uint32_t *node_order; /* [n_nodes]: position in program order, 0 = not in the tree */
    uint32_t *inst_order; /* [n_insts] */
    uint32_t next_order;
    bool failed;
    char *msg;
    uint32_t msg_B;
};

PUM_PRINTF(2, 3)
static void
fail(struct verify *v, const char *fmt, ...)
{
    if (!v->failed && v->msg && v->msg_B) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(v->msg, v->msg_B, fmt, args);
        va_end(args);
    }
    v->failed = true;
}

/* ---- structure ---- */

static void check_list(struct verify *v, const struct pum_ir_list *list, const struct pum_ir_node *owner, uint32_t depth);

static bool
encloses(const struct pum_ir_node *target, const struct pum_ir_node *block)
{
    for (const struct pum_ir_node *n = block->list->owner; n; n = n->list->owner) {
        if (n == target) {
            return true;
        }
    }
    return false;
}

static void
check_break(struct verify *v, const struct pum_ir_node *block, pum_ir_ref r)
{
    const struct pum_ir_inst *in = &v->sh->insts[r];
    const struct pum_ir_node *t = in->imm && in->imm < v->sh->n_nodes ? v->sh->nodes[in->imm] : NULL;
    if (in->next || block->next) {
        fail(v, "b%u: something follows break %%%u", block->id, r);
    } else if (!t || (t->kind != PUM_IR_LOOP && t->kind != PUM_IR_SCOPE)) {
        fail(v, "b%u: break %%%u does not name a loop or scope", block->id, r);
    } else if (!encloses(t, block)) {
        fail(v, "b%u: break %%%u leaves n%u, which does not enclose it", block->id, r, t->id);
    }
}

static void
check_chain(struct verify *v, const struct pum_ir_node *block)
{
    const struct pum_ir_shader *sh = v->sh;
    pum_ir_ref prev = 0;
    bool phis = true;
    for (pum_ir_ref r = block->first_inst; r && !v->failed; prev = r, r = sh->insts[r].next) {
        if (r >= sh->n_insts) {
            fail(v, "b%u: instruction number %u out of range", block->id, r);
            return;
        }
        const struct pum_ir_inst *in = &sh->insts[r];
        if (in->block != block->id || in->prev != prev || v->inst_order[r]) {
            fail(v, "b%u: %%%u is not linked properly", block->id, r);
        } else if (in->op >= PUM_IR_OP_COUNT || in->type >= PUM_IR_TYPE_COUNT) {
            fail(v, "b%u: %%%u has no valid operation or type", block->id, r);
        } else if (in->op == PUM_IR_PHI && !phis) {
            fail(v, "b%u: phi %%%u is not at the head of its block", block->id, r);
        } else if (in->op == PUM_IR_BREAK) {
            check_break(v, block, r);
        }
        phis = phis && in->op == PUM_IR_PHI;
        v->inst_order[r] = ++v->next_order;
    }
    if (!v->failed && block->last_inst != prev) {
        fail(v, "b%u: wrong last instruction", block->id);
    }
}

static void
check_list(struct verify *v, const struct pum_ir_list *list, const struct pum_ir_node *owner, uint32_t depth)
{
    if (list->owner != owner || !list->first || !list->last || list->first->prev || list->last->next || depth > 1024) {
        fail(v, "n%u: malformed list", owner ? owner->id : 0);
        return;
    }
    const struct pum_ir_node *prev = NULL;
    for (const struct pum_ir_node *n = list->first; n && !v->failed; prev = n, n = n->next) {
        if (!n->id || n->id >= v->sh->n_nodes || v->sh->nodes[n->id] != n || n->list != list || n->prev != prev || v->node_order[n->id]) {
            fail(v, "n%u is not linked properly", n->id);
            return;
        }
        const bool want_block = !prev || prev->kind != PUM_IR_BLOCK;
        if (n->kind > PUM_IR_SCOPE || (n->kind == PUM_IR_BLOCK) != want_block) {
            fail(v, "n%u: blocks and other nodes do not alternate", n->id);
            return;
        }
        v->node_order[n->id] = ++v->next_order;
        if (n->kind == PUM_IR_BLOCK) {
            check_chain(v, n);
            continue;
        }
        check_list(v, &n->a, n, depth + 1);
        if (!v->failed && n->kind == PUM_IR_IF) {
            check_list(v, &n->b, n, depth + 1);
        }
    }
    if (!v->failed && (list->last != prev || prev->kind != PUM_IR_BLOCK)) {
        fail(v, "n%u: a list does not end with a block", owner ? owner->id : 0);
    }
}

/* ---- values ---- */

/* A value may be used at the end of `block` (at == 0) or by instruction `at` of it. */
static void
check_use(struct verify *v, pum_ir_ref value, const struct pum_ir_node *block, pum_ir_ref at, pum_ir_ref user)
{
    const struct pum_ir_shader *sh = v->sh;
    if (!value || value >= sh->n_insts) {
        fail(v, "%%%u uses value %u, which is none", user, value);
        return;
    }
    const struct pum_ir_inst *def = &sh->insts[value];
    if (def->op == PUM_IR_CONST && def->block == 0) {
        return;
    }
    if (def->type == PUM_IR_VOID || !v->inst_order[value]) {
        fail(v, "%%%u uses %%%u, which %s", user, value, v->inst_order[value] ? "has no result" : "stands in no block");
        return;
    }
    const struct pum_ir_node *from = sh->nodes[def->block];
    const uint32_t limit = at ? v->inst_order[at] : UINT32_MAX;
    bool inside = false;
    for (const struct pum_ir_list *l = block->list; l && !inside; l = l->owner ? l->owner->list : NULL) {
        inside = l == from->list;
    }
    if (!inside) {
        fail(v, "%%%u in b%u uses %%%u of b%u, whose list does not enclose it (a phi is missing)", user, block->id, value, from->id);
    } else if (v->node_order[from->id] > v->node_order[block->id] || v->inst_order[value] >= limit) {
        fail(v, "%%%u in b%u uses %%%u, which comes later", user, block->id, value);
    }
}

static uint32_t
count_preds(const struct pum_ir_shader *sh, const struct pum_ir_node *block, const uint32_t *breaks)
{
    const struct pum_ir_node *p = block->prev, *owner = block->list->owner;
    if (!p) {
        return owner && owner->kind == PUM_IR_LOOP ? 1 + !pum_ir_ends_in_break(sh, owner->a.last) : 1;
    }
    switch ((enum pum_ir_node_kind)p->kind) {
    case PUM_IR_IF:
        return (uint32_t)!pum_ir_ends_in_break(sh, p->a.last) + !pum_ir_ends_in_break(sh, p->b.last);
    case PUM_IR_SCOPE:
        return (uint32_t)!pum_ir_ends_in_break(sh, p->a.last) + breaks[p->id];
    case PUM_IR_LOOP:
        return breaks[p->id];
    case PUM_IR_BLOCK:
        break;
    }
    return 0;
}

static bool
is_pred(const struct pum_ir_shader *sh, const struct pum_ir_node *block, uint32_t pred)
{
    if (!pred || pred >= sh->n_nodes || sh->nodes[pred]->kind != PUM_IR_BLOCK) {
        return false;
    }
    const struct pum_ir_node *from = sh->nodes[pred], *p = block->prev, *owner = block->list->owner;
    const bool jumps = pum_ir_ends_in_break(sh, from);
    if (!p) {
        return owner && owner->kind == PUM_IR_LOOP && (from == owner->prev || (from == owner->a.last && !jumps));
    }
    if (jumps) {
        return p->kind != PUM_IR_IF && sh->insts[from->last_inst].imm == p->id;
    }
    return (from == p->a.last && p->kind != PUM_IR_LOOP) || (p->kind == PUM_IR_IF && from == p->b.last);
}

static void
check_phi(struct verify *v, const struct pum_ir_node *block, pum_ir_ref r, const uint32_t *breaks)
{
    const struct pum_ir_shader *sh = v->sh;
    const struct pum_ir_inst *in = &sh->insts[r];
    const bool at_head = !block->prev && !(block->list->owner && block->list->owner->kind == PUM_IR_LOOP);
    if (at_head || in->n_src != count_preds(sh, block, breaks)) {
        fail(v, "b%u: phi %%%u has %u sources, its block has %u predecessors", block->id, r, in->n_src,
             at_head ? 1 : count_preds(sh, block, breaks));
        return;
    }
    for (uint32_t i = 0; i < in->n_src && !v->failed; i++) {
        const uint32_t pred = pum_ir_phi_pred(sh, in, i);
        bool again = false; /* long lists come from big switches; their sources are checked once each */
        for (uint32_t j = 0; j < i && in->n_src <= 64; j++) {
            again = again || pum_ir_phi_pred(sh, in, j) == pred;
        }
        if (again || !is_pred(sh, block, pred)) {
            fail(v, "b%u: b%u is %s of phi %%%u", block->id, pred, again ? "twice a source" : "no predecessor for a source", r);
            return;
        }
        const pum_ir_ref value = pum_ir_phi_value(sh, in, i);
        check_use(v, value, sh->nodes[pred], 0, r);
        if (!v->failed && sh->insts[value].type != in->type) {
            fail(v, "phi %%%u and its source %%%u have different types", r, value);
        }
    }
}

/* ---- types ---- */

static enum pum_ir_type
src_type(const struct verify *v, const struct pum_ir_inst *in, uint32_t i)
{
    return (enum pum_ir_type)v->sh->insts[pum_ir_src(v->sh, in, i)].type;
}

static bool
int_or_bool(enum pum_ir_type t)
{
    return t == PUM_IR_BOOL || pum_ir_type_is_int(t);
}

static bool
storable(enum pum_ir_type t)
{
    return t >= PUM_IR_I8 && t <= PUM_IR_F64;
}

/* All sources have type t. */
static bool
sources_are(const struct verify *v, const struct pum_ir_inst *in, enum pum_ir_type t)
{
    for (uint32_t i = 0; i < in->n_src; i++) {
        if (src_type(v, in, i) != t) {
            return false;
        }
    }
    return true;
}

static bool
check_atomic(const struct verify *v, const struct pum_ir_inst *in, uint32_t at, enum pum_ir_type address)
{
    const uint32_t values = in->imm == PUM_ATOMIC_LOAD ? 0 : in->imm == PUM_ATOMIC_CMPXCHG ? 2 : 1;
    if (in->imm > PUM_ATOMIC_STORE || in->n_src != at + 1 + values || src_type(v, in, at) != address) {
        return false;
    }
    for (uint32_t i = 0; i < values; i++) {
        const enum pum_ir_type t = src_type(v, in, at + 1 + i);
        if (!storable(t) || (in->type != PUM_IR_VOID && t != in->type)) {
            return false;
        }
    }
    return true;
}

static bool
check_tex(const struct verify *v, const struct pum_ir_inst *in)
{
    const struct pum_tex_op op = pum_tex_unpack(in->imm);
    if (op.kind >= PUM_TEX_KIND_COUNT || op.n_coord > 4 || op.n_grad > 3 || in->type != PUM_IR_TUPLE || !in->n_src) {
        return false;
    }
    uint32_t n = 1 + !!(op.flags & PUM_TEX_HAS_SAMPLER_BIT);
    const uint32_t descs = n;
    n += op.n_coord + !!(op.flags & PUM_TEX_HAS_DREF_BIT) + !!(op.flags & PUM_TEX_HAS_LOD_BIT);
    n += op.flags & PUM_TEX_HAS_GRAD_BIT ? 2u * op.n_grad : 0;
    n += op.flags & PUM_TEX_GATHER_OFFSETS_BIT ? 8 : op.flags & PUM_TEX_HAS_OFFSET_BIT ? op.n_grad : 0;
    n += !!(op.flags & PUM_TEX_HAS_SAMPLE_BIT) + !!(op.flags & PUM_TEX_HAS_MIN_LOD_BIT);
    if (in->n_src != n) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        const enum pum_ir_type t = src_type(v, in, i);
        if (i < descs ? t != PUM_IR_I64 : t != PUM_IR_I32 && t != PUM_IR_F32) {
            return false;
        }
    }
    return true;
}

static bool
check_image(const struct verify *v, const struct pum_ir_inst *in)
{
    const bool wide = in->op == PUM_IR_IMG_ATOMIC && in->imm & PUM_ATOMIC_WIDE;
    const uint32_t values = in->op == PUM_IR_IMG_ATOMIC && (in->imm & ~(uint64_t)PUM_ATOMIC_WIDE) == PUM_ATOMIC_CMPXCHG ? 2 : 1;
    const uint32_t more = in->op == PUM_IR_IMG_LOAD ? 0 : in->op == PUM_IR_IMG_STORE ? 4 : wide ? 2 * values : values;
    if (in->n_src != 5 + more || src_type(v, in, 0) != PUM_IR_I64) {
        return false;
    }
    for (uint32_t i = 1; i < in->n_src; i++) {
        const enum pum_ir_type t = src_type(v, in, i);
        if (t != PUM_IR_I32 && (i < 5 || t != PUM_IR_F32)) {
            return false;
        }
    }
    return in->op == PUM_IR_IMG_LOAD    ? in->type == PUM_IR_TUPLE
           : in->op == PUM_IR_IMG_STORE ? in->type == PUM_IR_VOID
           : wide                       ? (in->imm & ~(uint64_t)PUM_ATOMIC_WIDE) <= PUM_ATOMIC_STORE && in->type == PUM_IR_TUPLE
                                        : in->imm <= PUM_ATOMIC_STORE && pum_ir_type_bits((enum pum_ir_type)in->type) == 32;
}

static bool
check_memory(const struct verify *v, const struct pum_ir_inst *in)
{
    const enum pum_ir_type t = (enum pum_ir_type)in->type;
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_LD_SCRATCH: return pum_ir_type_bits(t) == 32 && src_type(v, in, 0) == PUM_IR_I32;
    case PUM_IR_ST_SCRATCH: return src_type(v, in, 0) == PUM_IR_I32 && pum_ir_type_bits(src_type(v, in, 1)) == 32;
    case PUM_IR_LD_PUSH:
    case PUM_IR_LD_SHARED: return storable(t) && src_type(v, in, 0) == PUM_IR_I32;
    case PUM_IR_ST_SHARED: return src_type(v, in, 0) == PUM_IR_I32 && storable(src_type(v, in, 1));
    case PUM_IR_LD_BUF: return storable(t) && src_type(v, in, 0) == PUM_IR_I64 && src_type(v, in, 1) == PUM_IR_I32;
    case PUM_IR_ST_BUF:
        return src_type(v, in, 0) == PUM_IR_I64 && src_type(v, in, 1) == PUM_IR_I32 && storable(src_type(v, in, 2));
    case PUM_IR_BUF_SIZE: return t == PUM_IR_I32 && src_type(v, in, 0) == PUM_IR_I64;
    case PUM_IR_PRINT: return t == PUM_IR_VOID && in->imm < v->sh->n_texts && in->n_src <= PUM_MAX_PRINT_WORDS && sources_are(v, in, PUM_IR_I32);
    case PUM_IR_LD_GLOBAL: return storable(t) && src_type(v, in, 0) == PUM_IR_I64;
    case PUM_IR_ST_GLOBAL: return src_type(v, in, 0) == PUM_IR_I64 && storable(src_type(v, in, 1));
    case PUM_IR_ATOM_BUF: return in->n_src >= 2 && src_type(v, in, 0) == PUM_IR_I64 && check_atomic(v, in, 1, PUM_IR_I32);
    case PUM_IR_ATOM_GLOBAL: return in->n_src >= 1 && check_atomic(v, in, 0, PUM_IR_I64);
    case PUM_IR_ATOM_SHARED: return in->n_src >= 1 && check_atomic(v, in, 0, PUM_IR_I32);
    case PUM_IR_DESC:
        return t == PUM_IR_I64 && in->n_src <= 1 && (in->imm & 0xff) <= PUM_SET_ZEROS && (!in->n_src || src_type(v, in, 0) == PUM_IR_I32);
    default: return true;
    }
}

/* Operands behind the number, by their kinds: l I64, i I32, f F32. */
static bool
check_ray(const struct verify *v, const struct pum_ir_inst *in)
{
    static const char *const operands[] = {[PUM_RAY_OP_BEGIN] = "liiffffffff", [PUM_RAY_OP_PROCEED] = "", [PUM_RAY_OP_GET] = "", [PUM_RAY_OP_CONFIRM] = "",
                                           [PUM_RAY_OP_GENERATE] = "f", [PUM_RAY_OP_TERMINATE] = "", [PUM_RAY_OP_RESET] = "", [PUM_RAY_OP_COPY] = "i"};
    const uint32_t op = in->imm & 0xff;
    const bool asks = op == PUM_RAY_OP_PROCEED || op == PUM_RAY_OP_GET;
    if (op > PUM_RAY_OP_COPY || in->type != (asks ? PUM_IR_TUPLE : PUM_IR_VOID) || (in->imm >> 8 & 0xff) >= PUM_RAY_VALUE_COUNT ||
        in->n_src != 1 + strlen(operands[op]) || src_type(v, in, 0) != PUM_IR_I32) {
        return false;
    }
    for (uint32_t i = 1; i < in->n_src; i++) {
        const char k = operands[op][i - 1];
        if (src_type(v, in, i) != (k == 'l' ? PUM_IR_I64 : k == 'i' ? PUM_IR_I32 : PUM_IR_F32)) {
            return false;
        }
    }
    return true;
}

/* What a space holds, in bytes per lane. */
static uint32_t
trace_space_B(const struct pum_shader_info *info, uint64_t space)
{
    return space == PUM_SPACE_OWN          ? info->private_B
           : space == PUM_SPACE_DATA       ? info->trace_data_B
           : space == PUM_SPACE_ATTRIBUTES ? PUM_MAX_RAY_ATTRIBUTE_B
           : space == PUM_SPACE_CURRENT    ? PUM_ROW_COUNT * 4u
                                         : 0;
}

static bool
check_trace(const struct verify *v, const struct pum_ir_inst *in)
{
    const struct pum_shader_info *info = &v->sh->info;
    const uint64_t at_B = in->imm >> 8;
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_LD_TRACE:
        return in->imm >= PUM_SPACE_DATA && trace_space_B(info, in->imm) >= 4 && pum_ir_type_bits((enum pum_ir_type)in->type) == 32 &&
               src_type(v, in, 0) == PUM_IR_I32;
    case PUM_IR_ST_TRACE:
        return (in->imm == PUM_SPACE_DATA || in->imm == PUM_SPACE_ATTRIBUTES) && trace_space_B(info, in->imm) >= 4 && src_type(v, in, 0) == PUM_IR_I32 &&
               pum_ir_type_bits(src_type(v, in, 1)) == 32;
    case PUM_IR_TRACE_REPORT: return in->type == PUM_IR_I32 && src_type(v, in, 0) == PUM_IR_F32 && src_type(v, in, 1) == PUM_IR_I32;
    case PUM_IR_TRACE_END: return in->type == PUM_IR_VOID && in->imm <= 1;
    default: break;
    }
    const uint32_t all_B = trace_space_B(info, in->imm & 0xff);
    if ((in->imm & 0xff) > PUM_SPACE_DATA || at_B % 4 || at_B > all_B || in->imm2 > all_B - at_B || in->type != PUM_IR_VOID) {
        return false;
    }
    if (in->op == PUM_IR_TRACE_CALL) {
        return src_type(v, in, 0) == PUM_IR_I32;
    }
    for (uint32_t i = 0; i < in->n_src; i++) {
        if (src_type(v, in, i) != (i == 0 ? PUM_IR_I64 : i < 6 ? PUM_IR_I32 : PUM_IR_F32)) {
            return false;
        }
    }
    return in->n_src == 14;
}

static bool
check_types(const struct verify *v, const struct pum_ir_inst *in)
{
    const enum pum_ir_type t = (enum pum_ir_type)in->type;
    const enum pum_ir_type s0 = in->n_src && in->op != PUM_IR_PHI ? src_type(v, in, 0) : PUM_IR_VOID;
    const unsigned bits = pum_ir_type_bits(t), bits0 = pum_ir_type_bits(s0);
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_CONST: return bits && (bits == 64 || !(in->imm >> bits));
    case PUM_IR_UNDEF: return t != PUM_IR_VOID;
    case PUM_IR_PHI: return bits != 0;
    case PUM_IR_SYSVAL: return bits && (in->imm & 0xff) < PUM_SYSVAL_COUNT;
    case PUM_IR_FADD: case PUM_IR_FSUB: case PUM_IR_FMUL: case PUM_IR_FDIV: case PUM_IR_FREM: case PUM_IR_FMOD: case PUM_IR_FNEG:
    case PUM_IR_FABS: case PUM_IR_FSQRT: case PUM_IR_FFLOOR: case PUM_IR_FCEIL: case PUM_IR_FTRUNC: case PUM_IR_FROUND_EVEN:
    case PUM_IR_FMIN: case PUM_IR_FMAX: case PUM_IR_FFMA: case PUM_IR_DDX: case PUM_IR_DDY: case PUM_IR_DDX_COARSE: case PUM_IR_DDY_COARSE:
        return pum_ir_type_is_float(t) && sources_are(v, in, t);
    case PUM_IR_FEXP2: case PUM_IR_FLOG2: case PUM_IR_FEXP: case PUM_IR_FLOG: case PUM_IR_FPOW: case PUM_IR_FSIN: case PUM_IR_FCOS:
    case PUM_IR_FTAN: case PUM_IR_FASIN: case PUM_IR_FACOS: case PUM_IR_FATAN: case PUM_IR_FATAN2: case PUM_IR_FSINH: case PUM_IR_FCOSH:
    case PUM_IR_FTANH: case PUM_IR_FASINH: case PUM_IR_FACOSH: case PUM_IR_FATANH:
        return t == PUM_IR_F32 && sources_are(v, in, t);
    case PUM_IR_FEQ: case PUM_IR_FNE: case PUM_IR_FLT: case PUM_IR_FLE:
        return t == PUM_IR_BOOL && pum_ir_type_is_float(s0) && sources_are(v, in, s0);
    case PUM_IR_IEQ: case PUM_IR_INE:
        return t == PUM_IR_BOOL && int_or_bool(s0) && sources_are(v, in, s0);
    case PUM_IR_SLT: case PUM_IR_SLE: case PUM_IR_ULT: case PUM_IR_ULE:
        return t == PUM_IR_BOOL && pum_ir_type_is_int(s0) && sources_are(v, in, s0);
    case PUM_IR_IADD: case PUM_IR_ISUB: case PUM_IR_IMUL: case PUM_IR_SMULHI: case PUM_IR_UMULHI: case PUM_IR_SDIV: case PUM_IR_UDIV:
    case PUM_IR_SREM: case PUM_IR_UREM: case PUM_IR_SMOD: case PUM_IR_INEG: case PUM_IR_SMIN: case PUM_IR_SMAX: case PUM_IR_UMIN:
    case PUM_IR_UMAX: case PUM_IR_SHL: case PUM_IR_USHR: case PUM_IR_SSHR: case PUM_IR_POPCOUNT: case PUM_IR_CLZ: case PUM_IR_CTZ:
    case PUM_IR_BITREV:
        return pum_ir_type_is_int(t) && sources_are(v, in, t);
    case PUM_IR_AND: case PUM_IR_OR: case PUM_IR_XOR: case PUM_IR_NOT:
        return int_or_bool(t) && sources_are(v, in, t);
    case PUM_IR_SELECT: return s0 == PUM_IR_BOOL && bits && src_type(v, in, 1) == t && src_type(v, in, 2) == t;
    case PUM_IR_F2S: case PUM_IR_F2U: return pum_ir_type_is_int(t) && pum_ir_type_is_float(s0);
    case PUM_IR_S2F: case PUM_IR_U2F: return pum_ir_type_is_float(t) && pum_ir_type_is_int(s0);
    case PUM_IR_F2F: return pum_ir_type_is_float(t) && pum_ir_type_is_float(s0);
    case PUM_IR_SEXT: case PUM_IR_ZEXT: return pum_ir_type_is_int(t) && int_or_bool(s0) && bits >= bits0;
    case PUM_IR_TRUNC: return int_or_bool(t) && pum_ir_type_is_int(s0) && bits <= bits0;
    case PUM_IR_BITCAST: return storable(t) && storable(s0) && bits == bits0;
    case PUM_IR_LD_VAR: return in->imm < v->sh->n_vars && v->sh->vars[in->imm].type == t;
    case PUM_IR_ST_VAR: return in->imm < v->sh->n_vars && v->sh->vars[in->imm].type == s0;
    case PUM_IR_LD_IN:
        return bits == 32 && in->imm < (v->sh->info.stage == PUM_STAGE_FRAGMENT   ? v->sh->info.n_fs_inputs
                                        : v->sh->info.stage == PUM_STAGE_GEOMETRY ? PUM_GS_IN_VERTICES * PUM_VS_SLOTS
                                        : v->sh->info.stage == PUM_STAGE_RAYGEN   ? PUM_ROW_SLOTS
                                                                                  : PUM_MAX_LOCATIONS * 4u);
    case PUM_IR_LD_IN_AT:
        return bits == 32 && v->sh->info.stage == PUM_STAGE_FRAGMENT && in->imm < v->sh->info.n_fs_inputs && sources_are(v, in, PUM_IR_F32);
    case PUM_IR_LD_IN_VERTEX:
        return bits == 32 && v->sh->info.stage == PUM_STAGE_FRAGMENT && (in->imm & 0xffff) < v->sh->info.n_fs_inputs && in->imm >> 16 < 3 &&
               v->sh->info.fs_inputs[in->imm & 0xffff].interp == PUM_INTERP_VERTEX;
    case PUM_IR_SAMPLE_POS:
        return t == PUM_IR_F32 && v->sh->info.stage == PUM_STAGE_FRAGMENT && s0 == PUM_IR_I32 && in->imm < 2;
    case PUM_IR_ST_OUT:
        return bits0 == 32 && in->imm < (v->sh->info.stage == PUM_STAGE_FRAGMENT   ? PUM_FS_SLOTS
                                         : v->sh->info.stage == PUM_STAGE_GEOMETRY ? 1
                                                                                   : PUM_VS_SLOTS);
    case PUM_IR_ST_VERTEX:
        return v->sh->info.stage == PUM_STAGE_GEOMETRY && s0 == PUM_IR_I32 && pum_ir_type_bits(src_type(v, in, 1)) == 32 && in->imm < PUM_GS_SLOTS;
    case PUM_IR_LD_TRACE: case PUM_IR_ST_TRACE: case PUM_IR_TRACE_RAY: case PUM_IR_TRACE_CALL: case PUM_IR_TRACE_REPORT: case PUM_IR_TRACE_END:
        return v->sh->info.stage == PUM_STAGE_RAYGEN && check_trace(v, in);
    case PUM_IR_TEX: return check_tex(v, in);
    case PUM_IR_IMG_LOAD: case PUM_IR_IMG_STORE: case PUM_IR_IMG_ATOMIC: return check_image(v, in);
    case PUM_IR_RAY: return check_ray(v, in);
    case PUM_IR_EXTRACT: return s0 == PUM_IR_TUPLE && bits == 32 && in->imm < 4;
    case PUM_IR_IS_HELPER: case PUM_IR_SG_ELECT: return t == PUM_IR_BOOL;
    case PUM_IR_SG_ALL: case PUM_IR_SG_ANY: return t == PUM_IR_BOOL && s0 == PUM_IR_BOOL;
    case PUM_IR_SG_ALL_EQUAL: return t == PUM_IR_BOOL && bits0 && s0 != PUM_IR_F16;
    case PUM_IR_CLOCK: return t == PUM_IR_I64;
    case PUM_IR_SG_BALLOT: return t == PUM_IR_I32 && s0 == PUM_IR_BOOL;
    case PUM_IR_SG_BROADCAST_FIRST: return bits && s0 == t;
    case PUM_IR_SG_SHUFFLE: return bits && s0 == t && src_type(v, in, 1) == PUM_IR_I32;
    case PUM_IR_SG_REDUCE: return bits && s0 == t && t != PUM_IR_F16 && (in->imm & 0xff) <= PUM_REDUCE_XOR;
    case PUM_IR_DEMOTE: case PUM_IR_BARRIER: case PUM_IR_MEM_BARRIER: case PUM_IR_BREAK: return t == PUM_IR_VOID;
    default: return check_memory(v, in);
    }
}

static void
check_values(struct verify *v, const uint32_t *breaks)
{
    const struct pum_ir_shader *sh = v->sh;
    for (const struct pum_ir_node *b = sh->body.first; b && !v->failed; b = pum_ir_next_block(b)) {
        if (b->prev && b->first_inst && count_preds(sh, b, breaks) == 0) {
            fail(v, "b%u: nothing leads here, but it is not empty", b->id);
        }
        for (pum_ir_ref r = b->first_inst; r && !v->failed; r = sh->insts[r].next) {
            const struct pum_ir_inst *in = &sh->insts[r];
            const uint8_t want = pum_ir_op_infos[in->op].sources;
            if (want != PUM_IR_VARIADIC && in->n_src != want) {
                fail(v, "%%%u (%s) has %u sources, not %u", r, pum_ir_op_infos[in->op].name, in->n_src, want);
            } else if (in->op == PUM_IR_PHI || in->n_src > PUM_IR_INLINE_SRC) {
                const uint64_t words = in->op == PUM_IR_PHI ? 2u * in->n_src : in->n_src;
                if (in->src[0] + words > sh->n_extra) {
                    fail(v, "%%%u: operands outside of the pool", r);
                }
            }
            if (!v->failed && in->op == PUM_IR_PHI) {
                check_phi(v, b, r, breaks);
            }
            for (uint32_t i = 0; i < in->n_src && !v->failed && in->op != PUM_IR_PHI; i++) {
                check_use(v, pum_ir_src(sh, in, i), b, r, r);
            }
            if (!v->failed && !check_types(v, in)) {
                fail(v, "%%%u (%s) in b%u has wrong types or arguments", r, pum_ir_op_infos[in->op].name, b->id);
            }
        }
        if (!v->failed && b->next && b->next->kind == PUM_IR_IF) {
            check_use(v, b->next->cond, b, 0, b->next->id);
            if (!v->failed && sh->insts[b->next->cond].type != PUM_IR_BOOL) {
                fail(v, "n%u: the condition is no bool", b->next->id);
            }
        }
    }
}

bool
pum_ir_verify(const struct pum_ir_shader *sh, char *msg, uint32_t msg_B)
{
    struct verify v = {.sh = sh, .msg = msg, .msg_B = msg_B};
    v.node_order = calloc(sh->n_nodes, sizeof(uint32_t));
    v.inst_order = calloc(sh->n_insts, sizeof(uint32_t));
    uint32_t *breaks = calloc(sh->n_nodes, sizeof(uint32_t));
    if (!v.node_order || !v.inst_order || !breaks) {
        fail(&v, "out of memory");
    } else if (sh->oom) {
        fail(&v, "building ran out of memory");
    } else {
        check_list(&v, &sh->body, NULL, 0);
    }
    if (!v.failed) {
        for (const struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
            if (pum_ir_ends_in_break(sh, b)) {
                breaks[sh->insts[b->last_inst].imm]++;
            }
        }
        check_values(&v, breaks);
    }
    free(v.node_order);
    free(v.inst_order);
    free(breaks);
    return !v.failed;
}

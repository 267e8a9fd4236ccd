/* Constant folding and algebraic simplification, bit-exact only (NaNs may change their payload, as everywhere).
 * Needs: promoted code. Breaks: shapes.
 *
 * Constants are evaluated by the interpreter's own arithmetic, so that folding cannot change a result.
 */
#include <stdlib.h>

#include "ir/interp_int.h"
#include "ir/scalar.h"

struct fold {
    struct pum_ir_shader *sh;
    struct pum_ir_builder b; /* for constants only */
    pum_ir_ref *replace;     /* [cap] */
    uint32_t n;
};

static pum_ir_ref
resolve(const struct fold *f, pum_ir_ref r)
{
    while (r < f->n && f->replace[r]) {
        r = f->replace[r];
    }
    return r;
}

static bool
is_const(const struct fold *f, pum_ir_ref r)
{
    return f->sh->insts[r].op == PUM_IR_CONST;
}

static bool
is_bits(const struct fold *f, pum_ir_ref r, uint64_t bits)
{
    return is_const(f, r) && f->sh->insts[r].imm == bits;
}

static bool
evaluable(enum pum_ir_op op)
{
    return (op >= PUM_IR_FADD && op <= PUM_IR_FLE) || (op >= PUM_IR_IADD && op <= PUM_IR_BITCAST);
}

/* SELECT: src_type is BOOL, the other operands have the result's type. */
bool
pum_ir_evaluate(enum pum_ir_op op, enum pum_ir_type type, enum pum_ir_type src_type, uint32_t n_src, const uint64_t *src, uint64_t *out)
{
    _Alignas(64) uint8_t regs[4][128];
    const struct interp_run run = {.regs = regs[0]};
    const struct interp_ins ins = {.op = (uint16_t)op, .type = (uint8_t)type, .src_type = (uint8_t)src_type, .n_src = (uint16_t)n_src,
                                   .dst = 3 * 128, .a = 0, .b = 128, .c = 256};
    if (!evaluable(op) || n_src > 3) {
        return false;
    }
    memset(regs, 0, sizeof(regs));
    for (uint32_t i = 0; i < n_src; i++) {
        const bool wide = pum_ir_type_bits(op == PUM_IR_SELECT && i ? type : src_type) == 64;
        for (uint32_t l = 0; l < PUM_LANES; l++) {
            if (wide) {
                interp_reg64(&run, i * 128)[l] = src[i];
            } else {
                interp_reg(&run, i * 128)[l] = (uint32_t)src[i];
            }
        }
    }
    if (!interp_alu(&run, &ins)) {
        return false;
    }
    *out = pum_ir_type_bits(type) == 64 ? interp_reg64(&run, 384)[0] : interp_reg(&run, 384)[0];
    return true;
}

static pum_ir_ref
evaluate(struct fold *f, const struct pum_ir_inst *in)
{
    uint64_t src[PUM_IR_INLINE_SRC], bits;
    for (uint32_t i = 0; i < in->n_src; i++) {
        src[i] = f->sh->insts[in->src[i]].imm;
    }
    const enum pum_ir_type t = (enum pum_ir_type)in->type, from = (enum pum_ir_type)f->sh->insts[in->src[0]].type;
    return pum_ir_evaluate((enum pum_ir_op)in->op, t, from, in->n_src, src, &bits) ? pum_ir_const(&f->b, t, bits) : 0;
}

/* Bits of 1.0 and so on in a float type. */
static uint64_t
float_bits(enum pum_ir_type t, float v)
{
    return t == PUM_IR_F64 ? pum_f64_bits((double)v) : t == PUM_IR_F32 ? pum_f32_bits(v) : pum_half_from_float(v);
}

static pum_ir_ref
simplify_float(struct fold *f, struct pum_ir_inst *in)
{
    const enum pum_ir_type t = (enum pum_ir_type)in->type;
    const pum_ir_ref x = in->src[0], y = in->src[1];
    const struct pum_ir_inst *xi = &f->sh->insts[x];
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_FADD: return is_bits(f, y, float_bits(t, -0.0f)) ? x : 0;
    case PUM_IR_FSUB: return is_bits(f, y, 0) ? x : 0;
    case PUM_IR_FMUL:
    case PUM_IR_FDIV: return is_bits(f, y, float_bits(t, 1.0f)) ? x : 0;
    case PUM_IR_FNEG: return xi->op == PUM_IR_FNEG ? xi->src[0] : 0;
    case PUM_IR_FABS:
        if (xi->op == PUM_IR_FNEG) {
            in->src[0] = xi->src[0];
        }
        return xi->op == PUM_IR_FABS ? x : 0;
    case PUM_IR_FFLOOR:
    case PUM_IR_FCEIL:
    case PUM_IR_FTRUNC:
    case PUM_IR_FROUND_EVEN:
        return xi->op >= PUM_IR_FFLOOR && xi->op <= PUM_IR_FROUND_EVEN ? x : 0;
    default: return 0;
    }
}

static void
to_op(struct pum_ir_inst *in, enum pum_ir_op op, pum_ir_ref x, pum_ir_ref y)
{
    in->op = (uint8_t)op;
    in->src[0] = x;
    in->src[1] = y;
}

/* x op power of two. */
static void
strength_reduce(struct fold *f, pum_ir_ref r)
{
    struct pum_ir_inst in = f->sh->insts[r];
    const enum pum_ir_type t = (enum pum_ir_type)in.type;
    const uint64_t c = f->sh->insts[in.src[1]].imm;
    if (!is_const(f, in.src[1]) || !c || (c & (c - 1))) {
        return;
    }
    const uint32_t shift = (uint32_t)__builtin_ctzll(c);
    enum pum_ir_op op;
    uint64_t operand = shift;
    switch ((enum pum_ir_op)in.op) {
    case PUM_IR_IMUL: op = PUM_IR_SHL; break;
    case PUM_IR_UDIV: op = PUM_IR_USHR; break;
    case PUM_IR_UREM:
        op = PUM_IR_AND;
        operand = c - 1;
        break;
    default: return;
    }
    const pum_ir_ref k = pum_ir_const(&f->b, t, operand);
    if (k) {
        to_op(&f->sh->insts[r], op, in.src[0], k);
    }
}

static pum_ir_ref
simplify_int(struct fold *f, pum_ir_ref r)
{
    struct pum_ir_inst in = f->sh->insts[r];
    const enum pum_ir_type t = (enum pum_ir_type)in.type;
    const pum_ir_ref x = in.src[0], y = in.src[1];
    const struct pum_ir_inst xi = f->sh->insts[x];
    const uint64_t all = t == PUM_IR_VOID ? 0 : pum_type_mask(t);
    switch ((enum pum_ir_op)in.op) {
    case PUM_IR_IADD:
        if (xi.op == PUM_IR_IADD && is_const(f, y) && is_const(f, xi.src[1])) {
            const pum_ir_ref sum = pum_ir_const(&f->b, t, (f->sh->insts[y].imm + f->sh->insts[xi.src[1]].imm) & all);
            if (sum) {
                to_op(&f->sh->insts[r], PUM_IR_IADD, xi.src[0], sum);
            }
        }
        return is_bits(f, y, 0) ? x : 0;
    case PUM_IR_ISUB:
        if (x == y) {
            return pum_ir_const(&f->b, t, 0);
        }
        if (is_const(f, y)) { /* one form for constants */
            const pum_ir_ref minus = pum_ir_const(&f->b, t, (0 - f->sh->insts[y].imm) & all);
            if (minus) {
                to_op(&f->sh->insts[r], PUM_IR_IADD, x, minus);
            }
        }
        return is_bits(f, y, 0) ? x : 0;
    case PUM_IR_IMUL:
        if (is_bits(f, y, 0) || is_bits(f, y, 1)) {
            return is_bits(f, y, 0) ? y : x;
        }
        strength_reduce(f, r);
        return 0;
    case PUM_IR_UDIV:
    case PUM_IR_UREM:
        if (is_bits(f, y, 1) && in.op == PUM_IR_UDIV) {
            return x;
        }
        strength_reduce(f, r);
        return 0;
    case PUM_IR_SHL:
    case PUM_IR_USHR:
    case PUM_IR_SSHR: return is_bits(f, y, 0) ? x : 0;
    case PUM_IR_AND: return is_bits(f, y, 0) ? y : x == y || is_bits(f, y, all) ? x : 0;
    case PUM_IR_OR: return is_bits(f, y, all) ? y : x == y || is_bits(f, y, 0) ? x : 0;
    case PUM_IR_XOR: return x == y ? pum_ir_const(&f->b, t, 0) : is_bits(f, y, 0) ? x : 0;
    case PUM_IR_INEG: return xi.op == PUM_IR_INEG ? xi.src[0] : 0;
    case PUM_IR_SMIN:
    case PUM_IR_SMAX:
    case PUM_IR_UMIN:
    case PUM_IR_UMAX: return x == y ? x : 0;
    case PUM_IR_SEXT:
    case PUM_IR_ZEXT:
    case PUM_IR_BITCAST:
    case PUM_IR_TRUNC:
        if (xi.type == t) {
            return x;
        }
        if (in.op == PUM_IR_BITCAST && xi.op == PUM_IR_BITCAST) {
            f->sh->insts[r].src[0] = xi.src[0];
            return f->sh->insts[xi.src[0]].type == t ? xi.src[0] : 0;
        }
        if (in.op == PUM_IR_TRUNC && (xi.op == PUM_IR_SEXT || xi.op == PUM_IR_ZEXT) && f->sh->insts[xi.src[0]].type == t) {
            return xi.src[0];
        }
        return 0;
    default: return 0;
    }
}

static pum_ir_ref
simplify_logic(struct fold *f, pum_ir_ref r)
{
    struct pum_ir_inst *in = &f->sh->insts[r];
    const pum_ir_ref x = in->src[0], y = in->src[1];
    const struct pum_ir_inst *xi = &f->sh->insts[x];
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_NOT: {
        static const uint8_t inverse[][2] = {{PUM_IR_IEQ, PUM_IR_INE}, {PUM_IR_INE, PUM_IR_IEQ}, {PUM_IR_FEQ, PUM_IR_FNE}, {PUM_IR_FNE, PUM_IR_FEQ}};
        if (xi->op == PUM_IR_NOT) {
            return xi->src[0];
        }
        for (uint32_t i = 0; i < PUM_ARRAY_LEN(inverse); i++) {
            if (xi->op == inverse[i][0]) {
                const struct pum_ir_inst old = *xi;
                in->n_src = 2;
                to_op(in, (enum pum_ir_op)inverse[i][1], old.src[0], old.src[1]);
                return 0;
            }
        }
        if (xi->op >= PUM_IR_SLT && xi->op <= PUM_IR_ULE) { /* !(a < b) = b <= a */
            static const uint8_t flip[] = {PUM_IR_SLE, PUM_IR_SLT, PUM_IR_ULE, PUM_IR_ULT};
            const struct pum_ir_inst old = *xi;
            in->n_src = 2;
            to_op(in, (enum pum_ir_op)flip[old.op - PUM_IR_SLT], old.src[1], old.src[0]);
        }
        return 0;
    }
    case PUM_IR_IEQ:
    case PUM_IR_SLE:
    case PUM_IR_ULE:
        if (x == y) {
            return pum_ir_const(&f->b, PUM_IR_BOOL, 1);
        }
        return in->op == PUM_IR_IEQ && xi->type == PUM_IR_BOOL && is_bits(f, y, 1) ? x : 0;
    case PUM_IR_INE:
    case PUM_IR_SLT:
    case PUM_IR_ULT:
        if (x == y) {
            return pum_ir_const(&f->b, PUM_IR_BOOL, 0);
        }
        return in->op == PUM_IR_INE && xi->type == PUM_IR_BOOL && is_bits(f, y, 0) ? x : 0;
    case PUM_IR_SELECT: {
        const pum_ir_ref z = in->src[2];
        if (y == z) {
            return y;
        }
        if (is_const(f, x)) {
            return xi->imm ? y : z;
        }
        if (in->type == PUM_IR_BOOL && is_bits(f, y, 1) && is_bits(f, z, 0)) {
            return x;
        }
        if (in->type == PUM_IR_BOOL && is_bits(f, y, 0) && is_bits(f, z, 1)) {
            in->op = PUM_IR_NOT;
            in->n_src = 1;
        }
        return 0;
    }
    default: return 0;
    }
}

static pum_ir_ref
simplify(struct fold *f, pum_ir_ref r)
{
    struct pum_ir_inst *in = &f->sh->insts[r];
    const enum pum_ir_op op = (enum pum_ir_op)in->op;
    if (op == PUM_IR_UNDEF && in->type != PUM_IR_TUPLE) {
        return pum_ir_const(&f->b, (enum pum_ir_type)in->type, 0);
    }
    if (!evaluable(op)) {
        return 0;
    }
    bool constant = true;
    for (uint32_t i = 0; i < in->n_src; i++) {
        constant = constant && is_const(f, in->src[i]);
    }
    if (constant) {
        const struct pum_ir_inst copy = *in;
        return evaluate(f, &copy);
    }
    if ((pum_ir_op_infos[op].flags & PUM_IR_COMMUTATIVE_BIT) && is_const(f, in->src[0])) {
        const pum_ir_ref c = in->src[0];
        in->src[0] = in->src[1];
        in->src[1] = c;
    }
    if (op <= PUM_IR_FLE) {
        return simplify_float(f, in);
    }
    const pum_ir_ref v = simplify_logic(f, r);
    return v || f->sh->insts[r].op != op ? v : simplify_int(f, r);
}

/* A value of block `def` may be used in block `at` or deeper: its list encloses the place. */
static bool
visible(const struct fold *f, pum_ir_ref v, const struct pum_ir_node *at)
{
    if (f->sh->insts[v].block == 0) {
        return true;
    }
    const struct pum_ir_list *home = f->sh->nodes[f->sh->insts[v].block]->list;
    for (const struct pum_ir_list *l = at->list; l; l = l->owner ? l->owner->list : NULL) {
        if (l == home) {
            return true;
        }
    }
    return false;
}

/* The one value that comes in over all edges (or the PHI itself), if it may be used here. */
static pum_ir_ref
simplify_phi(const struct fold *f, pum_ir_ref r, const struct pum_ir_node *block)
{
    const struct pum_ir_inst *in = &f->sh->insts[r];
    pum_ir_ref same = 0;
    for (uint32_t i = 0; i < in->n_src; i++) {
        const pum_ir_ref v = resolve(f, pum_ir_phi_value(f->sh, in, i));
        if (v == r || v == same) {
            continue;
        }
        if (same) {
            return 0;
        }
        same = v;
    }
    return same && visible(f, same, block) ? same : 0;
}

static void
resolve_sources(struct fold *f, pum_ir_ref r)
{
    struct pum_ir_shader *sh = f->sh;
    struct pum_ir_inst *in = &sh->insts[r];
    for (uint32_t i = 0; i < in->n_src; i++) {
        pum_ir_ref *s = in->op == PUM_IR_PHI                 ? &sh->extra[in->src[0] + 2 * i]
                        : in->n_src <= PUM_IR_INLINE_SRC ? &in->src[i]
                                                             : &sh->extra[in->src[0] + i];
        *s = resolve(f, *s);
    }
}

bool
pum_ir_pass_fold(struct pum_ir_shader *sh)
{
    struct fold f = {.sh = sh, .b = {.sh = sh}, .n = sh->n_insts};
    f.replace = calloc(f.n, sizeof(f.replace[0]));
    if (!f.replace) {
        return false;
    }
    for (int round = 0; round < 2; round++) { /* the second one sees what came over back edges */
        for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
            for (pum_ir_ref r = b->first_inst; r;) {
                const pum_ir_ref next = sh->insts[r].next;
                resolve_sources(&f, r);
                const pum_ir_ref v = sh->insts[r].op == PUM_IR_PHI ? simplify_phi(&f, r, b) : simplify(&f, r);
                if (v && v != r) {
                    f.replace[r] = v;
                    pum_ir_remove(sh, r);
                }
                r = next;
            }
            if (b->next && b->next->kind == PUM_IR_IF) {
                b->next->cond = resolve(&f, b->next->cond);
            }
        }
    }
    for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        for (pum_ir_ref r = b->first_inst; r; r = sh->insts[r].next) {
            resolve_sources(&f, r);
        }
    }
    free(f.replace);
    return !sh->oom;
}

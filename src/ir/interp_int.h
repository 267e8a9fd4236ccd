/* Inside of the interpreter: programs, frames, and what one run carries. Included by interp*.c only. */
#ifndef PUM_IR_INTERP_INT_H
#define PUM_IR_INTERP_INT_H

#include <string.h>

#include "abi/tracing.h"
#include "ir/interp.h"

/* Operations beyond those of the IR. `slot` is the mask slot of the node, `jump` an index into code. */
enum interp_op {
    IO_COPY = PUM_IR_OP_COUNT, /* dst = a in active lanes */
    IO_COPY_ALL,               /* the same in all lanes: to a temporary */
    IO_IF,                     /* a: condition; jump: the ELSE */
    IO_ELSE,                   /* jump: the ENDIF */
    IO_ENDIF,                  /* jump: the end of the list around, if no lane is left; the same for the next three */
    IO_LOOP,
    IO_AGAIN,                  /* jump: the first operation of the body */
    IO_ENDLOOP,
    IO_SCOPE,
    IO_ENDSCOPE,
    IO_LEAVE,                  /* BREAK: active lanes go to the slot's exit mask; jump: the end of the list */
    IO_END,
};

struct interp_ins {
    uint16_t op;
    uint8_t type, src_type; /* of the result; of operand 0 (stores: of the stored value) */
    uint16_t n_src;
    uint16_t slot;
    uint32_t dst, a, b, c;  /* byte offsets of registers */
    uint32_t jump;
    uint32_t extra;         /* more than three operands: all of them, in program.extra */
    uint64_t imm, imm2;
    uint32_t loc;           /* SPIR-V word */
};

struct interp_const {
    uint32_t at;
    uint8_t type;
    uint64_t bits;
};

struct pum_interp_program {
    struct pum_shader_code code; /* first: `self` of a run is the program */
    struct pum_shader_info info;
    const struct pum_rt_table *rt;
    struct interp_ins *ins;
    uint32_t n_ins, cap_ins;
    uint32_t *extra;
    uint32_t n_extra, cap_extra;
    struct interp_const *consts;
    uint32_t n_consts, cap_consts;
    uint8_t *texts;  /* those of the shader, one after the other */
    uint32_t vars_at, vars_B; /* registers of unpromoted variables, zero at the start */
    uint32_t n_slots;
    uint32_t regs_at, private_at, frame_B; /* layout of a frame */
    uint32_t frames;
    bool has_barrier;
    /* interp_check.c; NULL: nobody asked */
    const struct pum_interp_check *check;
    uint8_t *seen;               /* [n_ins], atomic: bit per enum pum_interp_finding */
    uint32_t shadow_at, regs_B;
};

/* At the head of a frame; then exit masks, else masks [n_slots] each; then registers; then private arrays. */
struct interp_frame {
    uint32_t pc;
    uint16_t live;
    bool waiting; /* at a barrier */
};

struct interp_run {
    const struct pum_interp_program *p;
    const struct pum_shader_ctx *ctx;
    const struct pum_rt_table *rt;
    uint8_t *frame, *regs, *private_mem;
    uint32_t live;   /* active lanes */
    uint32_t cover;  /* lanes whose effects count; DEMOTE clears them */
    uint32_t block_cover; /* as the block came */
    uint8_t *shared;
    uint32_t sysval[PUM_SYSVAL_COUNT][4][PUM_LANES];
    const uint32_t *in;  /* vertex: [slot * 16 + lane] */
    uint32_t *out;       /* [slot * out_stride + lane] */
    uint32_t out_stride;
    uint32_t *vertices;  /* geometry: [(vertex * PUM_GS_SLOTS + slot) * 16 + lane] */
    struct pum_tracing_args *trace;
    const struct pum_plane *planes; /* fragment */
    const float (*sample_pos)[2];
    float corner_x[PUM_LANES], corner_y[PUM_LANES]; /* of the pixels, from the tile's corner */
    float rel_x[PUM_LANES], rel_y[PUM_LANES], inv_w[PUM_LANES];
    struct interp_checker *checker;
};

static inline uint32_t *
interp_reg(const struct interp_run *r, uint32_t at)
{
    return (uint32_t *)(void *)(r->regs + at);
}

static inline uint64_t *
interp_reg64(const struct interp_run *r, uint32_t at)
{
    return (uint64_t *)(void *)(r->regs + at);
}

/* Operand i of an operation with more than three of them. */
static inline uint32_t
interp_operand(const struct interp_run *r, const struct interp_ins *in, uint32_t i)
{
    return in->n_src > PUM_IR_INLINE_SRC ? r->p->extra[in->extra + i] : i == 0 ? in->a : i == 1 ? in->b : in->c;
}

/* Bytes of a register: 16 lanes of 4 (BOOL is 0 or 1; I8, I16, F16 have zeros above), or of 8 bytes; a TUPLE is four of them. */
static inline uint32_t
interp_reg_B(enum pum_ir_type t)
{
    return t == PUM_IR_TUPLE ? 256 : t == PUM_IR_I64 || t == PUM_IR_F64 ? 128 : 64;
}

/* Runs the frame's code until it ends (true) or a barrier (false). */
bool interp_execute(struct interp_run *r);
bool interp_alu(const struct interp_run *r, const struct interp_ins *in);      /* false: not of this family */
void interp_memory(struct interp_run *r, const struct interp_ins *in);
void interp_subgroup(const struct interp_run *r, const struct interp_ins *in);
void interp_trace(const struct interp_run *r, const struct interp_ins *in);

void interp_run_vertex(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args);
void interp_run_fragment(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args);
void interp_run_geometry(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args);
void interp_run_trace(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args);
void interp_run_compute(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args);

#endif

/* Table of all IR operations: X(NAME, "print name", sources, flags).
 *
 * sources: number of value operands, or PUM_IR_VARIADIC (operands in the function's extra pool).
 * flags:   P pure (result depends on operands only; may be removed, merged, moved)
 *          L loads (may be removed when unused; not moved over side effects unless marked invariant)
 *          E side effect (never removed, never reordered)
 *          C commutative in the first two operands
 *          Q reads other lanes (needs its quad or subgroup; must not move into or out of divergent control flow)
 *          J jump: ends its block
 *
 * Semantics that both consumers (interpreter and code generator) share bit for bit. `T` is the result type; where an
 * operation takes another type the text says so. Booleans are the type BOOL.
 *   Float: IEEE, round to nearest even, never fused, denormals kept. NaN results may have any payload and sign.
 *   FMIN a,b = (b < a) ? b : a      FMAX a,b = (a < b) ? b : a      (NaN: the first operand, unless it is chosen away)
 *   FREM = a - b * trunc(a / b)     FMOD = a - b * floor(a / b)     each step rounded
 *   FFMA = fused multiply-add with one rounding (exact on every ISA level); imm: PUM_FFMA_EXACT or 0
 *   FEQ FLT FLE are false when an operand is NaN, FNE is true
 *   Transcendental functions (FEXP2 ... FATAN2) are those of rt/, F32 only.
 *   Integer: wrap around. UDIV x/0 = all ones, UREM x%0 = x, SDIV x/0 = -1, SREM x%0 = x, MIN/-1 = MIN, MIN%-1 = 0.
 *   SREM takes the sign of the dividend, SMOD that of the divisor (SMOD x%0 = x). Shift counts are taken modulo the width.
 *   CLZ and CTZ of 0 = the width. MULHI: upper half of the double-width product.
 *   F2S F2U saturate, NaN gives 0. S2F U2F round to nearest even. TRUNC keeps low bits, SEXT ZEXT widen, F2F converts floats
 *   (to F16: round to nearest even, overflow to infinity). BITCAST keeps bits, same width.
 *   SELECT c,a,b = c ? a : b.
 */
#ifndef PUM_IR_IR_OPS_H
#define PUM_IR_IR_OPS_H

#define PUM_IR_OPS(X)                                                                                                   \
    /* values without operands; imm = bits, or the kind */                                                             \
    X(CONST, "const", 0, P)            /* imm: the bits, upper ones zero; BOOL 0 or 1 */                                 \
    X(UNDEF, "undef", 0, P)            /* any value, but zero in both consumers */                                       \
    X(SYSVAL, "sysval", 0, P)          /* imm: enum pum_sysval | component << 8 */                                       \
    /* float */                                                                                                         \
    X(FADD, "fadd", 2, P | C) X(FSUB, "fsub", 2, P) X(FMUL, "fmul", 2, P | C) X(FDIV, "fdiv", 2, P)                     \
    X(FREM, "frem", 2, P) X(FMOD, "fmod", 2, P) X(FNEG, "fneg", 1, P) X(FABS, "fabs", 1, P)                              \
    X(FSQRT, "fsqrt", 1, P) X(FFLOOR, "ffloor", 1, P) X(FCEIL, "fceil", 1, P) X(FTRUNC, "ftrunc", 1, P)                  \
    X(FROUND_EVEN, "fround_even", 1, P) X(FMIN, "fmin", 2, P) X(FMAX, "fmax", 2, P) X(FFMA, "ffma", 3, P)                \
    X(FEQ, "feq", 2, P | C) X(FNE, "fne", 2, P | C) X(FLT, "flt", 2, P) X(FLE, "fle", 2, P)                              \
    /* transcendental, F32 */                                                                                            \
    X(FEXP2, "fexp2", 1, P) X(FLOG2, "flog2", 1, P) X(FEXP, "fexp", 1, P) X(FLOG, "flog", 1, P) X(FPOW, "fpow", 2, P)    \
    X(FSIN, "fsin", 1, P) X(FCOS, "fcos", 1, P) X(FTAN, "ftan", 1, P) X(FASIN, "fasin", 1, P) X(FACOS, "facos", 1, P)    \
    X(FATAN, "fatan", 1, P) X(FATAN2, "fatan2", 2, P) X(FSINH, "fsinh", 1, P) X(FCOSH, "fcosh", 1, P)                    \
    X(FTANH, "ftanh", 1, P) X(FASINH, "fasinh", 1, P) X(FACOSH, "facosh", 1, P) X(FATANH, "fatanh", 1, P)                \
    /* integer */                                                                                                       \
    X(IADD, "iadd", 2, P | C) X(ISUB, "isub", 2, P) X(IMUL, "imul", 2, P | C) X(SMULHI, "smulhi", 2, P | C)              \
    X(UMULHI, "umulhi", 2, P | C) X(SDIV, "sdiv", 2, P) X(UDIV, "udiv", 2, P) X(SREM, "srem", 2, P)                      \
    X(UREM, "urem", 2, P) X(SMOD, "smod", 2, P) X(INEG, "ineg", 1, P) X(SMIN, "smin", 2, P | C)                          \
    X(SMAX, "smax", 2, P | C) X(UMIN, "umin", 2, P | C) X(UMAX, "umax", 2, P | C) X(SHL, "shl", 2, P)                    \
    X(USHR, "ushr", 2, P) X(SSHR, "sshr", 2, P) X(AND, "and", 2, P | C) X(OR, "or", 2, P | C)                            \
    X(XOR, "xor", 2, P | C) X(NOT, "not", 1, P) X(POPCOUNT, "popcount", 1, P) X(CLZ, "clz", 1, P)                        \
    X(CTZ, "ctz", 1, P) X(BITREV, "bitrev", 1, P)                                                                        \
    X(IEQ, "ieq", 2, P | C) X(INE, "ine", 2, P | C) X(SLT, "slt", 2, P) X(SLE, "sle", 2, P)                              \
    X(ULT, "ult", 2, P) X(ULE, "ule", 2, P)                                                                              \
    X(SELECT, "select", 3, P)                                                                                            \
    X(F2S, "f2s", 1, P) X(F2U, "f2u", 1, P) X(S2F, "s2f", 1, P) X(U2F, "u2f", 1, P) X(F2F, "f2f", 1, P)                  \
    X(SEXT, "sext", 1, P) X(ZEXT, "zext", 1, P) X(TRUNC, "trunc", 1, P) X(BITCAST, "bitcast", 1, P)                      \
    /* per-invocation variables: exist only before promotion to SSA. imm: variable number */                             \
    X(LD_VAR, "ld_var", 0, L) X(ST_VAR, "st_var", 1, E)                                                                  \
    /* per-invocation memory, for arrays with dynamic index. src0: byte offset I32 (multiple of 4, clamped by the caller   \
     * into [0, scratch size)); 32-bit types only */                                                                     \
    X(LD_SCRATCH, "ld_scratch", 1, L) X(ST_SCRATCH, "st_scratch", 2, E)                                                  \
    /* stage interface. imm: slot (see shader_abi.h); 32-bit types */                                                    \
    X(LD_IN, "ld_in", 0, P) X(ST_OUT, "st_out", 1, E)                                                                    \
    /* geometry: a slot (imm) of an emitted vertex. src0: its number I32 (clamped to info.gs_vertices), src1: 32 bits */         \
    X(ST_VERTEX, "st_vertex", 2, E)                                                                                      \
    /* ray tracing (abi/tracing.h). imm of LD_TRACE, ST_TRACE: enum pum_tracing_space; src0: byte offset I32, as with LD_SCRATCH.    \
     * TRACE_RAY, TRACE_CALL: imm: space | offset_B << 8 of the payload, imm2: its bytes; operands in the order of              \
     * OpTraceRayKHR; the callable's index. TRACE_REPORT: t F32, kind I32; I32, pum_verdict_bit.                            \
     * TRACE_END: active lanes ignore (imm 0) the intersection, or accept it and end the traversal (1) */                       \
    X(LD_TRACE, "ld_trace", 1, L) X(ST_TRACE, "st_trace", 2, E)                                                                  \
    X(TRACE_RAY, "trace_ray", PUM_IR_VARIADIC, E) X(TRACE_CALL, "trace_call", 1, E) X(TRACE_REPORT, "trace_report", 2, E)        \
    X(TRACE_END, "trace_end", 0, E)                                                                                          \
    /* fragment: an input elsewhere in the pixel. src0, src1: x, y from the pixel's corner, F32 */                        \
    X(LD_IN_AT, "ld_in_at", 2, P)                                                                                        \
    /* fragment: an input as one of the primitive's vertices has it. imm: slot | vertex (0 to 2) << 16 */                 \
    X(LD_IN_VERTEX, "ld_in_vertex", 0, P)                                                                                \
    /* fragment: place of a sample in the pixel, F32. src0: its number I32, modulo PUM_MAX_SAMPLES; imm: 0 x, 1 y */      \
    X(SAMPLE_POS, "sample_pos", 1, P)                                                                                    \
    /* push constants. src0: byte offset I32 */                                                                          \
    X(LD_PUSH, "ld_push", 1, L)                                                                                          \
    /* address of a descriptor record, I64. imm: set | offset_B << 8 (set memory offset of element 0);                     \
     * src0: array index I32 (or none, n_src 0/1); imm2: element stride_B | array length << 16 (index is clamped) */      \
    X(DESC, "desc", PUM_IR_VARIADIC, P)                                                                                  \
    /* buffers. src0: descriptor address (I64, a struct pum_desc_buffer), src1: byte offset I32 (unsigned).               \
     * Out of range: loads give 0, stores and atomics do nothing (always: robustness is cheap where uniform) */           \
    X(LD_BUF, "ld_buf", 2, L) X(ST_BUF, "st_buf", 3, E) X(BUF_SIZE, "buf_size", 1, P) /* I32 bytes */                    \
    X(ATOM_BUF, "atom_buf", PUM_IR_VARIADIC, E)   /* imm: enum pum_atomic; src: desc, offset, value[, compare] */         \
    /* raw 64-bit address: src0 I64 */                                                                                   \
    X(LD_GLOBAL, "ld_global", 1, L) X(ST_GLOBAL, "st_global", 2, E) X(ATOM_GLOBAL, "atom_global", PUM_IR_VARIADIC, E)    \
    /* workgroup memory. src0: byte offset I32; out of [0, info.shared_B): as buffers (loads 0, stores and atomics nothing) */ \
    X(LD_SHARED, "ld_shared", 1, L) X(ST_SHARED, "st_shared", 2, E) X(ATOM_SHARED, "atom_shared", PUM_IR_VARIADIC, E)    \
    /* images: result type TUPLE (four 32-bit components, read by EXTRACT) unless said otherwise.                          \
     * imm: struct pum_tex_op packed, see pum_tex_pack; operands in the order of enum pum_tex_src, absent ones not listed */ \
    X(TEX, "tex", PUM_IR_VARIADIC, L | Q)         /* sampling, fetch, gather, queries */                                  \
    X(IMG_LOAD, "img_load", PUM_IR_VARIADIC, L)   /* src: image desc, coord x, y, z, sample */                            \
    X(IMG_STORE, "img_store", PUM_IR_VARIADIC, E) /* src: image desc, coord x, y, z, sample, 4 components */              \
    X(IMG_ATOMIC, "img_atomic", PUM_IR_VARIADIC, E) /* imm: atomic; src: image desc, x, y, z, sample, value[, compare]; I32. With PUM_ATOMIC_WIDE: two words each, and TUPLE */ \
    X(EXTRACT, "extract", 1, P)                   /* imm: component 0..3 of a TUPLE */                                    \
    /* rays, numbered by src0 (I32), see abi/ray.h. imm: pum_ray_imm; operands as its operation says; TUPLE or nothing */ \
    X(RAY, "ray", PUM_IR_VARIADIC, E)                                                                                     \
    /* quads: lanes l, l ^ 1 (x), l ^ pum_quad_step (y). Fragments, and other stages with info.needs_quads */            \
    X(DDX, "ddx", 1, P | Q) X(DDY, "ddy", 1, P | Q)             /* fine: difference inside the lane's own row / column */ \
    X(DDX_COARSE, "ddx_coarse", 1, P | Q) X(DDY_COARSE, "ddy_coarse", 1, P | Q) /* from the quad's first lane */          \
    X(IS_HELPER, "is_helper", 0, L)               /* BOOL */                                                             \
    X(DEMOTE, "demote", 0, E)                     /* active lanes become helpers: their outputs and stores vanish */      \
    /* subgroup of 16. Bits, numbers and order are those of invocations, see pum_quad_order */                            \
    X(SG_ELECT, "sg_elect", 0, P | Q) X(SG_ALL, "sg_all", 1, P | Q) X(SG_ANY, "sg_any", 1, P | Q)                        \
    X(SG_ALL_EQUAL, "sg_all_equal", 1, P | Q)                                                                            \
    X(SG_BALLOT, "sg_ballot", 1, P | Q)           /* I32, bit per invocation */                                          \
    X(SG_BROADCAST_FIRST, "sg_broadcast_first", 1, P | Q)                                                                \
    X(SG_SHUFFLE, "sg_shuffle", 2, P | Q)         /* src1: invocation I32, taken modulo 16 */                            \
    /* imm: enum pum_reduce | (cluster size log2) << 8 | scan kind << 16 (0 reduce, 1 inclusive, 2 exclusive) */         \
    X(SG_REDUCE, "sg_reduce", 1, P | Q)                                                                                  \
    X(CLOCK, "clock", 0, L)                       /* I64: time stamp counter */                                          \
    /* a line of text for each lane. imm: index into shader.texts; src: its words, I32 */                               \
    X(PRINT, "print", PUM_IR_VARIADIC, E)                                                                               \
    /* control */                                                                                                       \
    X(BARRIER, "barrier", 0, E | Q)               /* workgroup execution and memory barrier */                           \
    X(MEM_BARRIER, "mem_barrier", 0, E)                                                                                  \
    X(PHI, "phi", PUM_IR_VARIADIC, P)             /* see struct pum_ir_phi_src */                                        \
    X(BREAK, "break", 0, E | J)                   /* leaves the LOOP or SCOPE node whose id is imm */

#endif

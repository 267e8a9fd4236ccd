/* PUMICE_DEBUG=check inside of the interpreter: what a shader does that it should not. Included by interp*.c only.
 *
 * Next to the registers of a frame stands a shadow: for each register the lanes whose value is undefined, the same for each word of private
 * arrays. Values made of undefined ones are undefined; that is told where it counts: in conditions, addresses and what is stored. What invocations
 * of a workgroup do to the same bytes between two barriers is kept in a table.
 */
#ifndef PUM_IR_INTERP_CHECK_H
#define PUM_IR_INTERP_CHECK_H

#include "ir/interp_int.h"

struct interp_access { /* to four bytes */
    uint32_t epoch;              /* of the workgroup when the rest was written; older: nothing is known */
    uint32_t writer, reader;     /* invocation + 1; 0: none */
    uint32_t fence;              /* of the writer's subgroup */
    uint8_t written, read;       /* bit per byte */
    bool atomic, many;           /* the writer's access was; there are several readers */
    bool filled;                 /* something was written in this workgroup */
    uint32_t group;              /* when filled was set */
    uintptr_t address;           /* of buffers */
};

#define INTERP_TABLE 32768u /* accesses to buffers that are known; further ones are not looked at */

struct interp_checker { /* of one run, NULL in programs that are not checked */
    uint32_t epoch, group, fence; /* rise with each barrier, workgroup, memory barrier */
    uint32_t subgroup;
    uint32_t nan;                 /* lanes whose operands hold a NaN */
    double operand[3][PUM_LANES];
    struct interp_access *shared; /* [shared_B / 4 + 1], compute alone */
    struct interp_access *table;  /* [INTERP_TABLE] */
};

/* Bytes of the shadow behind a frame. */
uint32_t interp_shadow_B(uint32_t regs_B, uint32_t private_B);
/* A frame begins: variables and private arrays are undefined. */
void interp_check_start(struct interp_run *r);
void interp_check_begin(struct interp_run *r, struct interp_checker *c);
void interp_check_end(struct interp_run *r);
/* Around each operation. */
void interp_check_before(struct interp_run *r, const struct interp_ins *in);
void interp_check_after(struct interp_run *r, const struct interp_ins *in);

#endif

/* PUMICE_DEBUG=check: what the interpreter finds in a shader goes to the debug messengers and to stderr, each kind once for each line. */
#ifndef PUM_PIPELINE_SHADER_CHECK_H
#define PUM_PIPELINE_SHADER_CHECK_H

#include "ir/interp.h"
#include "pipeline/shader_debug.h"

struct pum_device_base;
struct pum_shader_check;

/* Takes *about over; the device lives longer. NULL: out of memory. */
struct pum_shader_check *pum_shader_check_create(struct pum_device_base *dev, struct pum_shader_debug *about, enum pum_stage stage);
void pum_shader_check_destroy(struct pum_shader_check *c); /* NULL is fine */
const struct pum_interp_check *pum_shader_check_of(const struct pum_shader_check *c);

#endif

/* Why a device was lost (VK_EXT_device_fault): the reason, and where the shader stood that had to be stopped. The first report counts.
 * SPEC: debugging, device fault. */
#ifndef PUM_EXEC_FAULT_H
#define PUM_EXEC_FAULT_H

#include <stdbool.h>

struct pum_device_base;

/* The device is lost from now on, with a message unless it was before; wakes whoever waits. timeout: a shader has run too long. */
void pum_device_lose(struct pum_device_base *dev, bool timeout, const char *reason);
/* A shader has left a loop because of that; where: text that says which and where. Any thread. */
void pum_fault_where(struct pum_device_base *dev, const char *where);

#endif

/* What shaders print (NonSemantic.DebugPrintf): lines of text, kept until a submission ends, then messages of VK_EXT_debug_utils (severity INFO,
 * id WARNING-DEBUG-PRINTF) and, with PUMICE_DEBUG=printf, lines on stderr.
 *
 * Lines of one invocation come in its order, those of a subgroup's instruction by lane; more than that is not ordered. A device keeps 1 MiB of
 * text; what comes when it is full is dropped and counted. */
#ifndef PUM_EXEC_SHADER_PRINT_H
#define PUM_EXEC_SHADER_PRINT_H

#include <stdbool.h>

struct pum_device_base;

bool pum_print_create(struct pum_device_base *dev); /* sets dev->host; false: out of memory */
void pum_print_destroy(struct pum_device_base *dev);
/* Delivers what has been printed so far. */
void pum_print_flush(struct pum_device_base *dev);

#endif

/* VkDeferredOperationKHR: work of a host command that the application's own threads do. SPEC: deferred-host-operations */
#ifndef PUM_OBJECT_DEFERRED_H
#define PUM_OBJECT_DEFERRED_H

#include "object/object.h"

/* The operation becomes pending: the first thread that joins it calls run(arg), which frees what arg owns, and whose result is the operation's.
 * op: not VK_NULL_HANDLE, complete. Returns VK_OPERATION_DEFERRED_KHR. */
VkResult pum_deferred_start(VkDeferredOperationKHR op, VkResult (*run)(void *arg), void *arg);

#endif

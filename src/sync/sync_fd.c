/* VK_KHR_external_semaphore_fd and VK_KHR_external_fence_fd. SPEC: synchronization, payload import and export.
 *
 * OPAQUE_FD shares the payload itself (payload.h). SYNC_FD copies: exporting one waits until the payload is signalled and says so with -1,
 * as only kernel drivers can make sync files of work that still runs; importing takes any sync file there is. For consumers that do not
 * know -1, PUMICE_SYNC_FD=stub gives a real sync file that is signalled, where the kernel has a device that makes one.
 */
#include <errno.h>
#include <string.h>

#include "memory/dma_buf.h"
#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "sync/payload.h"
#include "sync/sync.h"
#include "util/env.h"
#include "util/futex.h"
#include "util/log.h"

#define LOOK_NS 5000000u            /* between looks whether a wait makes sense */
#define PEER_TIMEOUT_NS 5000000000u /* for what another process has promised: it may live on and never do it */

/* Waits for the payload that SYNC_FD is made from, and for nothing else; p: where it is shared, else NULL. False: nothing that was submitted
 * will signal it. */
static bool
wait_submitted(struct pum_device_base *dev, struct pum_payload *p, bool (*wait)(void *arg, uint64_t timeout_ns), void *arg)
{
    const uint64_t doubt_ns = pum_now_ns() + PEER_TIMEOUT_NS;
    while (!wait(arg, 0)) {
        const bool trust = pum_now_ns() < doubt_ns;
        const bool help = trust && p && pum_payload_promised_by_peers(p, 1);
        const bool stuck = dev->ops->is_stuck(dev, trust) && !help; /* before the last look, which settles it */
        if (wait(arg, stuck ? 0 : LOOK_NS)) {
            return true;
        }
        if (dev->lost || stuck) {
            return false;
        }
    }
    return true;
}

static VkResult
export_page(struct pum_device_base *dev, const void *object, struct pum_payload *p, const char *what, int *fd)
{
    if (!p || !pum_payload_is_page(p)) {
        return pum_error(dev, object, VK_ERROR_UNKNOWN, "%s: the payload was not created for export as OPAQUE_FD", what);
    }
    *fd = pum_payload_export(p);
    return *fd >= 0 ? VK_SUCCESS
                    : pum_error(dev, object, errno == ENOMEM ? VK_ERROR_OUT_OF_HOST_MEMORY : VK_ERROR_TOO_MANY_OBJECTS, "%s: %s", what,
                                strerror(errno));
}

/* What stands for a payload that is signalled. */
static int
signalled_fd(void)
{
    const int fd = pum_env_get()->sync_fd_stub ? pum_dma_stub_sync_file() : -1;
    if (fd < 0 && pum_env_get()->sync_fd_stub) {
        pum_log(PUM_LOG_WARN, "PUMICE_SYNC_FD=stub: no sync file: %s", strerror(errno));
    }
    return fd;
}

static VkResult
invalid_handle(struct pum_device_base *dev, const void *object, const char *what, int fd, const char *wrong)
{
    return pum_error(dev, object, VK_ERROR_INVALID_EXTERNAL_HANDLE, "%s: descriptor %d: %s", what, fd, wrong);
}

/* Imports into *permanent or *temporary; both stay as they are on failure. */
static VkResult
import(struct pum_device_base *dev, const void *object, const char *what, int fd, bool sync_file, bool temporary,
       enum pum_payload_kind kind, struct pum_payload **perm_slot, struct pum_payload **temp_slot)
{
    const char *wrong;
    struct pum_payload *p =
        sync_file ? pum_payload_import_sync_file(fd, &wrong) : pum_payload_import(fd, kind, dev->driver_uuid, &wrong);
    if (!p) {
        return wrong ? invalid_handle(dev, object, what, fd, wrong)
                     : pum_error(dev, object, VK_ERROR_OUT_OF_HOST_MEMORY, "%s: memory or descriptors have run out", what);
    }
    struct pum_payload **slot = temporary ? temp_slot : perm_slot;
    if (!temporary && *temp_slot) { /* the new payload is in use from now on */
        pum_payload_unref(*temp_slot);
        *temp_slot = NULL;
    }
    pum_payload_unref(*slot);
    *slot = p;
    return VK_SUCCESS;
}

/* ---- semaphores ---- */

VKAPI_ATTR VkResult VKAPI_CALL
pum_ImportSemaphoreFdKHR(VkDevice _dev, const VkImportSemaphoreFdInfoKHR *pInfo)
{
    static const char what[] = "vkImportSemaphoreFdKHR";
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_semaphore *sem = pum_semaphore_from_handle(pInfo->semaphore);
    const bool sync_file = pInfo->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
    const bool temporary = sync_file || (pInfo->flags & VK_SEMAPHORE_IMPORT_TEMPORARY_BIT);
    if (!sync_file && pInfo->handleType != VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) {
        return invalid_handle(dev, sem, what, pInfo->fd, "unknown type");
    }
    if (sem->timeline && temporary) { /* VUID-VkImportSemaphoreFdInfoKHR-flags-03323 */
        return invalid_handle(dev, sem, what, pInfo->fd, "timelines are imported for good");
    }
    return import(dev, sem, what, pInfo->fd, sync_file, temporary, sem->timeline ? PUM_PAYLOAD_TIMELINE : PUM_PAYLOAD_BINARY, &sem->shared,
                  &sem->temporary);
}

struct take {
    struct pum_device_base *dev;
    struct pum_semaphore_op *op;
};

static bool
take_within(void *arg, uint64_t timeout_ns)
{
    const struct take *t = arg;
    return pum_semaphore_op_wait_for(t->op, &t->dev->lost, timeout_ns);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetSemaphoreFdKHR(VkDevice _dev, const VkSemaphoreGetFdInfoKHR *pInfo, int *pFd)
{
    static const char what[] = "vkGetSemaphoreFdKHR";
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_semaphore *sem = pum_semaphore_from_handle(pInfo->semaphore);
    *pFd = -1;
    if (pInfo->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) {
        return export_page(dev, sem, sem->temporary ? sem->temporary : sem->shared, what, pFd);
    }
    if (pInfo->handleType != VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT || sem->timeline) {
        return pum_error(dev, sem, VK_ERROR_UNKNOWN, "%s: not exportable as this type", what);
    }
    /* As a wait: it takes the signal away, and a temporary payload with it. */
    struct pum_semaphore_op op;
    pum_semaphore_op_init_wait(&op, sem, 1);
    struct take t = {dev, &op};
    const bool ok = wait_submitted(dev, op.payload, take_within, &t) && pum_semaphore_op_is_done(&op);
    pum_semaphore_op_finish(&op);
    *pFd = ok ? signalled_fd() : -1;
    return ok ? VK_SUCCESS : pum_error(dev, sem, VK_ERROR_UNKNOWN, "%s: no signal of the semaphore is pending", what);
}

/* ---- fences ---- */

VKAPI_ATTR VkResult VKAPI_CALL
pum_ImportFenceFdKHR(VkDevice _dev, const VkImportFenceFdInfoKHR *pInfo)
{
    static const char what[] = "vkImportFenceFdKHR";
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_fence *fence = pum_fence_from_handle(pInfo->fence);
    const bool sync_file = pInfo->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
    if (!sync_file && pInfo->handleType != VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT) {
        return invalid_handle(dev, fence, what, pInfo->fd, "unknown type");
    }
    return import(dev, fence, what, pInfo->fd, sync_file, sync_file || (pInfo->flags & VK_FENCE_IMPORT_TEMPORARY_BIT), PUM_PAYLOAD_FENCE,
                  &fence->shared, &fence->temporary);
}

static bool
fence_within(void *arg, uint64_t timeout_ns)
{
    return pum_fence_wait(arg, timeout_ns);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetFenceFdKHR(VkDevice _dev, const VkFenceGetFdInfoKHR *pInfo, int *pFd)
{
    static const char what[] = "vkGetFenceFdKHR";
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_fence *fence = pum_fence_from_handle(pInfo->fence);
    if (pInfo->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT) {
        *pFd = -1;
        return export_page(dev, fence, fence->temporary ? fence->temporary : fence->shared, what, pFd);
    }
    if (pInfo->handleType != VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT) {
        *pFd = -1;
        return pum_error(dev, fence, VK_ERROR_UNKNOWN, "%s: not exportable as this type", what);
    }
    if (!wait_submitted(dev, fence->temporary ? fence->temporary : fence->shared, fence_within, fence)) { /* *pFd stays as it is */
        return pum_error(dev, fence, VK_ERROR_UNKNOWN, "%s: the fence is not signalled, and what it waits for was not submitted", what);
    }
    *pFd = signalled_fd();
    const VkFence handle = pInfo->fence;
    return pum_ResetFences(_dev, 1, &handle); /* copying has the same side effects as waiting and resetting */
}

/* Images go out to the application and back to the window. SPEC: vkAcquireNextImageKHR, vkQueuePresentKHR, VK_KHR_present_wait.
 *
 * A present is complete when vkQueuePresentKHR returns, so that its fence is signaled and its id reached by then. */
#include <string.h>
#include <time.h>

#include "exec/frame_capture.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "sync/sync.h"
#include "util/futex.h"
#include "util/names.h"
#include "util/trace.h"
#include "wsi/swapchain.h"

#define FRAME_NS 16666667u /* FIFO: 60 Hz */
#define MOMENT_NS 4000000u

static void
trace(const struct pum_swapchain *c, uint64_t begin_ns, const char *kind)
{
    if (PUM_UNLIKELY(begin_ns)) {
        pum_trace_end(begin_ns, &(struct pum_trace_event){.kind = kind, .name = c->base.name ? pum_name_print("%s: %s", kind, c->base.name) : 0});
        pum_trace_tick();
    }
}

/* An image that neither the application nor the window has. If the application has all, only a present can free one, and the chain is
 * externally synchronised: there is nothing to wait for. */
static VkResult
find_free(struct pum_swapchain *c, uint64_t timeout_ns, uint32_t *index)
{
    const uint64_t deadline_ns = timeout_ns ? pum_deadline_ns(timeout_ns) : 0;
    for (bool first = true;; first = false) { /* each in turn for a moment: windows give images back in any order */
        const uint64_t now_ns = pum_now_ns();
        bool all_acquired = true;
        for (uint32_t k = 0; k < c->count; k++) {
            const uint32_t i = (c->next + k) % c->count;
            all_acquired = all_acquired && c->images[i].acquired;
            if (c->images[i].acquired) {
                continue;
            }
            const uint64_t until_ns = first ? 0 : PUM_MIN(deadline_ns, pum_now_ns() + MOMENT_NS);
            const VkResult r = c->ops->wait_free ? c->ops->wait_free(c, i, until_ns) : VK_SUCCESS;
            if (r != VK_NOT_READY) {
                *index = i;
                return r;
            }
        }
        if (all_acquired || (!first && now_ns >= deadline_ns) || !timeout_ns) {
            return timeout_ns ? VK_TIMEOUT : VK_NOT_READY;
        }
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_AcquireNextImageKHR(VkDevice _dev, VkSwapchainKHR _c, uint64_t timeout_ns, VkSemaphore _sem, VkFence _fence, uint32_t *pIndex)
{
    (void)_dev;
    struct pum_swapchain *c = pum_swapchain_from_handle(_c);
    if (c->retired) {
        return VK_ERROR_OUT_OF_DATE_KHR;
    }
    const uint64_t t0 = pum_trace_begin();
    const VkResult r = find_free(c, timeout_ns, pIndex);
    trace(c, t0, "acquire image");
    if (r != VK_SUCCESS) {
        return r;
    }
    c->images[*pIndex].acquired = true;
    c->next = *pIndex + 1;
    if (_sem) {
        pum_semaphore_signal(pum_semaphore_from_handle(_sem), 1);
    }
    if (_fence) {
        pum_fence_signal(pum_fence_from_handle(_fence));
    }
    return VK_SUCCESS;
}

static void
pace(struct pum_swapchain *c)
{
    if (c->mode == VK_PRESENT_MODE_IMMEDIATE_KHR || c->mode == VK_PRESENT_MODE_MAILBOX_KHR || c->ops->paces) {
        return;
    }
    const uint64_t now = pum_now_ns();
    if (c->next_frame_ns > now) {
        const struct timespec ts = {(time_t)(c->next_frame_ns / 1000000000u), (long)(c->next_frame_ns % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
    }
    c->next_frame_ns = PUM_MAX(c->next_frame_ns, now) + FRAME_NS;
}

/* The present is over: whoever waits for its id goes on. Both id structs count alike. */
static void
reach_id(struct pum_swapchain *c, uint64_t id)
{
    if (id) {
        pthread_mutex_lock(&c->lock);
        c->present_id = PUM_MAX(c->present_id, id);
        pthread_cond_broadcast(&c->presented);
        pthread_mutex_unlock(&c->lock);
    }
}

static VkResult
present_one(struct pum_swapchain *c, struct pum_swapchain_image *si)
{
    if (c->retired && !si->acquired) {
        return VK_ERROR_OUT_OF_DATE_KHR;
    }
    const uint64_t t0 = pum_trace_begin();
    pace(c);
    const VkResult r = c->ops->present(c, si);
    trace(c, t0, "present");
    if (PUM_UNLIKELY(__atomic_load_n(&pum_capture_on, __ATOMIC_RELAXED))) {
        pum_capture_present();
    }
    si->acquired = false;
    return r;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_QueuePresentKHR(VkQueue _q, const VkPresentInfoKHR *pInfo)
{
    const struct pum_object *q = (const struct pum_object *)(uintptr_t)_q;
    VkResult result = VK_SUCCESS;
    for (uint32_t i = 0; i < pInfo->waitSemaphoreCount; i++) {
        if (!pum_semaphore_wait(pum_semaphore_from_handle(pInfo->pWaitSemaphores[i]), 1, &q->dev->lost)) {
            return VK_ERROR_DEVICE_LOST;
        }
    }
    const VkSwapchainPresentFenceInfoKHR *fences = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_SWAPCHAIN_PRESENT_FENCE_INFO_KHR);
    const VkSwapchainPresentModeInfoKHR *modes = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_SWAPCHAIN_PRESENT_MODE_INFO_KHR);
    const VkPresentIdKHR *ids = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_PRESENT_ID_KHR);
    const VkPresentId2KHR *ids2 = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_PRESENT_ID_2_KHR);
    for (uint32_t i = 0; i < pInfo->swapchainCount; i++) {
        struct pum_swapchain *c = pum_swapchain_from_handle(pInfo->pSwapchains[i]);
        if (modes && i < modes->swapchainCount) {
            c->mode = modes->pPresentModes[i];
        }
        const VkResult r = present_one(c, &c->images[pInfo->pImageIndices[i]]);
        reach_id(c, ids && i < ids->swapchainCount && ids->pPresentIds ? ids->pPresentIds[i] : 0);
        reach_id(c, ids2 && i < ids2->swapchainCount && ids2->pPresentIds ? ids2->pPresentIds[i] : 0);
        if (fences && i < fences->swapchainCount && fences->pFences[i]) {
            pum_fence_signal(pum_fence_from_handle(fences->pFences[i]));
        }
        if (pInfo->pResults) {
            pInfo->pResults[i] = r;
        }
        if (r < 0 || (r == VK_SUBOPTIMAL_KHR && result == VK_SUCCESS)) {
            result = r;
        }
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_ReleaseSwapchainImagesKHR(VkDevice _dev, const VkReleaseSwapchainImagesInfoKHR *pInfo)
{
    (void)_dev;
    struct pum_swapchain *c = pum_swapchain_from_handle(pInfo->swapchain);
    for (uint32_t i = 0; i < pInfo->imageIndexCount; i++) {
        if (pInfo->pImageIndices[i] < c->count) {
            c->images[pInfo->pImageIndices[i]].acquired = false;
        }
    }
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_WaitForPresentKHR(VkDevice _dev, VkSwapchainKHR _c, uint64_t id, uint64_t timeout_ns)
{
    struct pum_swapchain *c = pum_swapchain_from_handle(_c);
    const uint64_t deadline_ns = pum_deadline_ns(timeout_ns);
    const struct timespec ts = {(time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u)};
    int late = 0;
    pthread_mutex_lock(&c->lock);
    while (c->present_id < id && !late && !pum_device_base_from_handle(_dev)->lost) {
        late = deadline_ns == UINT64_MAX ? pthread_cond_wait(&c->presented, &c->lock) : pthread_cond_timedwait(&c->presented, &c->lock, &ts);
    }
    const bool reached = c->present_id >= id;
    pthread_mutex_unlock(&c->lock);
    return reached ? VK_SUCCESS : pum_device_base_from_handle(_dev)->lost ? VK_ERROR_DEVICE_LOST : VK_TIMEOUT;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_WaitForPresent2KHR(VkDevice _dev, VkSwapchainKHR _c, const VkPresentWait2InfoKHR *pInfo)
{
    return pum_WaitForPresentKHR(_dev, _c, pInfo->presentId, pInfo->timeout);
}

/* ---- headless: a window that nobody looks at ---- */

static VkResult
headless_extent(const void *surface, uint32_t *width, uint32_t *height)
{
    (void)surface;
    *width = *height = UINT32_MAX;
    return VK_SUCCESS;
}

static VkResult
headless_init(struct pum_swapchain *c)
{
    (void)c;
    return VK_SUCCESS;
}

static void
headless_finish(struct pum_swapchain *c)
{
    (void)c;
}

static VkResult
headless_present(struct pum_swapchain *c, struct pum_swapchain_image *image)
{
    (void)c, (void)image;
    return VK_SUCCESS;
}

const struct pum_window_ops pum_window_headless = {
    .get_extent = headless_extent,
    .init = headless_init,
    .finish = headless_finish,
    .present = headless_present,
    .alpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR | VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR,
    .paces = true,
};

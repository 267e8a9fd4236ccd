/* Dma-bufs, on machines with the devices or with fake_dma.c preloaded. */
#include "ipc.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sync_file.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DMA VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT
#define OPAQUE VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT
#define MIB ((VkDeviceSize)1 << 20)

static VkExternalMemoryProperties
properties(struct kit *k, VkExternalMemoryHandleTypeFlagBits type)
{
    const VkPhysicalDeviceExternalBufferInfo info = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
                                                     .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT, .handleType = type};
    VkExternalBufferProperties p = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
    k->vk.GetPhysicalDeviceExternalBufferProperties(k->physical, &info, &p);
    return p.externalMemoryProperties;
}

static bool
can_export(struct kit *k)
{
    const char *fake = getenv("FAKE_DMA");
    if (kit_has(k, "VK_EXT_external_memory_dma_buf") && properties(k, DMA).externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) {
        return true;
    }
    CHECK(k, !fake || strcmp(fake, "denied") == 0, "the device of fake_dma.c is not used");
    kit_skip(k, "no dma-buf can be made here: neither /dev/udmabuf nor /dev/dma_heap/system");
    return false;
}

static VkResult
allocate(struct kit *k, VkDeviceSize size_B, VkExternalMemoryHandleTypeFlags types, VkDeviceMemory *m)
{
    const VkExportMemoryAllocateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, .handleTypes = types};
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &ex, .allocationSize = size_B};
    return vkAllocateMemory(k->device, &ai, NULL, m);
}

static int
get(struct kit *k, VkDeviceMemory m, VkExternalMemoryHandleTypeFlagBits type)
{
    const VkMemoryGetFdInfoKHR info = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = m, .handleType = type};
    int fd = -1;
    CHECK_VK(k, k->vk.GetMemoryFdKHR(k->device, &info, &fd));
    return fd;
}

static VkResult
import(struct kit *k, VkDeviceSize size_B, int fd, VkDeviceMemory *m)
{
    const VkImportMemoryFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, .handleType = DMA, .fd = fd};
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &imp, .allocationSize = size_B};
    return vkAllocateMemory(k->device, &ai, NULL, m);
}

static void
s12_export(struct kit *k)
{
    if (!can_export(k)) {
        return;
    }
    const int fds = ipc_open_fds();
    const bool both = properties(k, OPAQUE).compatibleHandleTypes & DMA;
    VkDeviceMemory m;
    CHECK_VK(k, allocate(k, MIB, both ? DMA | OPAQUE : DMA, &m));
    const int dma = get(k, m, DMA);
    CHECK(k, fcntl(dma, F_GETFD) & FD_CLOEXEC, "the descriptor would survive exec");
    struct statfs fs;
    REQUIRE(k, fstatfs(dma, &fs) == 0 && fs.f_type == DMA_BUF_MAGIC, "not a dma-buf");
    VkMemoryFdPropertiesKHR fp = {.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR};
    CHECK_VK(k, k->vk.GetMemoryFdPropertiesKHR(k->device, DMA, dma, &fp));
    CHECK(k, fp.memoryTypeBits != 0, "no memory type");
    uint32_t *own;
    MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&own));
    own[7] = 1;
    volatile uint32_t *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, dma, 0);
    REQUIRE(k, p != MAP_FAILED && p[7] == 1, "other bytes through the dma-buf");
    if (both) {
        const int opaque = get(k, m, OPAQUE);
        volatile uint32_t *q = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, opaque, 0);
        q[8] = 2;
        CHECK(k, p[8] == 2 && own[8] == 2, "two handles, two memories");
        munmap((void *)(uintptr_t)q, MIB);
        close(opaque);
    } else { /* a heap's buffer has no other handle */
        VkDeviceMemory none;
        CHECK_RESULT(k, allocate(k, MIB, DMA | OPAQUE, &none), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    }
    munmap((void *)(uintptr_t)p, MIB);
    VkDeviceMemory back, none;
    CHECK_RESULT(k, import(k, 2 * MIB, dma, &none), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_import(k, MIB, dma, NULL, &none), VK_ERROR_INVALID_EXTERNAL_HANDLE); /* not an opaque handle */
    CHECK_VK(k, import(k, MIB, dma, &back));
    uint32_t *theirs;
    MUST(vkMapMemory(k->device, back, 0, VK_WHOLE_SIZE, 0, (void **)&theirs));
    theirs[9] = 3;
    CHECK(k, own[9] == 3, "the import does not alias");
    vkFreeMemory(k->device, back, NULL);
    vkFreeMemory(k->device, m, NULL);
    if (both) { /* udmabuf's limit, as it is by default */
        CHECK_VK(k, allocate(k, 63 * MIB, DMA, &m));
        vkFreeMemory(k->device, m, NULL);
        CHECK_RESULT(k, allocate(k, 65 * MIB, DMA, &m), VK_ERROR_OUT_OF_DEVICE_MEMORY);
    }
    CHECK(k, ipc_open_fds() == fds, "%d descriptors leaked", ipc_open_fds() - fds);
}

/* A buffer with rows of its maker's choice; the kernel is told when we begin and end. */
static void
s13_foreign(struct kit *k)
{
    if (!can_export(k)) {
        return;
    }
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_image_drm_format_modifier"), "needs VK_EXT_image_drm_format_modifier");
    const uint32_t *begins = dlsym(RTLD_DEFAULT, "fake_dma_begins"), *ends = dlsym(RTLD_DEFAULT, "fake_dma_ends");
    enum { W = 50, H = 20, PITCH = 212, OFFSET = 64 };
    VkDeviceMemory maker, m;
    CHECK_VK(k, allocate(k, 2 * 4096 * 4, DMA, &maker));
    const VkSubresourceLayout plane = {.offset = OFFSET, .rowPitch = PITCH};
    const VkImageDrmFormatModifierExplicitCreateInfoEXT ex = {.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
                                                              .drmFormatModifierPlaneCount = 1, .pPlaneLayouts = &plane};
    const VkExternalMemoryImageCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, .pNext = &ex, .handleTypes = DMA};
    VkImageCreateInfo info = ipc_rgba(W, H);
    info.pNext = &ext;
    info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
    VkImage image;
    MUST(vkCreateImage(k->device, &info, NULL, &image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, image);
    CHECK_VK(k, import(k, 2 * 4096 * 4, get(k, maker, DMA), &m));
    MUST(vkBindImageMemory(k->device, image, m, 0));
    const uint32_t began = begins ? *begins : 0, ended = ends ? *ends : 0;
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_FOREIGN_EXT, 0);
    const VkClearColorValue color = {.float32 = {1, 0, 1, 1}};
    const VkImageSubresourceRange r = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdClearColorImage(cmd, image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &r);
    ipc_image_barrier(cmd, image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_FOREIGN_EXT);
    kit_submit(k, cmd);
    if (begins && ends) {
        CHECK(k, *begins > began && *ends - ended == *begins - began, "%u begins, %u ends in a batch", *begins - began, *ends - ended);
    }
    uint8_t *p;
    MUST(vkMapMemory(k->device, maker, 0, VK_WHOLE_SIZE, 0, (void **)&p));
    for (uint32_t at = 0; at < 2 * 4096; at++) {
        const bool inside = at >= OFFSET && (at - OFFSET) / PITCH < H && (at - OFFSET) % PITCH < W * 4;
        REQUIRE(k, p[at] == (inside && (at - OFFSET) % PITCH % 4 != 1 ? 255 : 0), "byte %u is %u", at, p[at]);
    }
    vkFreeMemory(k->device, m, NULL);
    vkFreeMemory(k->device, maker, NULL);
}

/* ---- 17: sync files. fake_dma.c takes eventfds for them ---- */

#define SEMAPHORE_SYNC VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT
#define FENCE_SYNC VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT

static bool
can_fake_sync(struct kit *k)
{
    if (!dlsym(RTLD_DEFAULT, "fake_dma_begins") || !k->vk.ImportSemaphoreFdKHR || !k->vk.ImportFenceFdKHR) {
        kit_skip(k, "needs fake_dma.c: no program can make a sync file that is not signalled");
        return false;
    }
    return true;
}

static void *
signal_file(void *arg)
{
    const uint64_t one = 1;
    usleep(50000);
    return write(*(int *)arg, &one, sizeof(one)) == sizeof(one) ? NULL : arg;
}

static void
s17_sync_file(struct kit *k)
{
    if (!can_fake_sync(k)) {
        return;
    }
    const int fds = ipc_open_fds();
    for (int start = 0; start < 3; start++) { /* not signalled yet, signalled, ended with an error */
        const VkSemaphore s = ipc_semaphore(k, false, SEMAPHORE_SYNC), e = ipc_semaphore(k, false, SEMAPHORE_SYNC);
        const VkFence fence = kit_fence(k, false), waited = kit_fence(k, false);
        int keep = eventfd((unsigned)start, EFD_CLOEXEC);
        CHECK_VK(k, ipc_semaphore_import(k, s, SEMAPHORE_SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, dup(keep)));
        CHECK_VK(k, ipc_semaphore_import(k, e, SEMAPHORE_SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, dup(keep)));
        const VkImportFenceFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_FENCE_FD_INFO_KHR, .fence = fence,
                                            .flags = VK_FENCE_IMPORT_TEMPORARY_BIT, .handleType = FENCE_SYNC, .fd = dup(keep)};
        CHECK_VK(k, k->vk.ImportFenceFdKHR(k->device, &imp));
        CHECK_RESULT(k, vkGetFenceStatus(k->device, fence), start ? VK_SUCCESS : VK_NOT_READY);
        const double before = ipc_seconds();
        ipc_submit(k, k->queue, VK_NULL_HANDLE, s, 0, VK_NULL_HANDLE, 0, waited);
        CHECK(k, ipc_seconds() - before < 1, "vkQueueSubmit waits");
        pthread_t thread;
        if (!start) {
            CHECK(k, !ipc_done_in(k, waited, IPC_SECOND / 50), "not signalled yet");
            REQUIRE(k, pthread_create(&thread, NULL, signal_file, &keep) == 0, "thread");
        }
        const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = e, .handleType = SEMAPHORE_SYNC};
        int fd = 77;
        CHECK_VK(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd)); /* waits for it */
        CHECK(k, (fd == -1) == !getenv("PUMICE_SYNC_FD"), "descriptor %d", fd);
        if (fd >= 0) { /* a consumer that looks inside */
            struct sync_file_info info = {0};
            CHECK(k, ioctl(fd, SYNC_IOC_FILE_INFO, &info) == 0 && info.status == 1, "status %d", info.status);
            CHECK(k, fcntl(fd, F_GETFD) & FD_CLOEXEC, "the descriptor would survive exec");
            CHECK_VK(k, ipc_semaphore_import(k, e, SEMAPHORE_SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, fd));
            ipc_submit(k, k->queue, VK_NULL_HANDLE, e, 0, VK_NULL_HANDLE, 0, VK_NULL_HANDLE);
        }
        CHECK(k, ipc_done_in(k, waited, 10 * IPC_SECOND), "the wait does not end");
        CHECK(k, ipc_done_in(k, fence, 10 * IPC_SECOND), "the fence is not signalled");
        const VkFenceGetFdInfoKHR fget = {.sType = VK_STRUCTURE_TYPE_FENCE_GET_FD_INFO_KHR, .fence = fence, .handleType = FENCE_SYNC};
        CHECK_VK(k, k->vk.GetFenceFdKHR(k->device, &fget, &fd));
        CHECK(k, (fd == -1) == !getenv("PUMICE_SYNC_FD"), "descriptor %d", fd);
        CHECK_RESULT(k, vkGetFenceStatus(k->device, fence), VK_NOT_READY); /* the permanent payload is back */
        if (fd >= 0) {
            close(fd);
        }
        if (!start) {
            pthread_join(thread, NULL);
        }
        close(keep);
        vkDeviceWaitIdle(k->device);
    }
    CHECK(k, ipc_open_fds() == fds, "%d descriptors leaked", ipc_open_fds() - fds);
}

/* ---- 34: a device that refuses everything is no device ---- */

static void
s34_denied(struct kit *k)
{
    const char *fake = getenv("FAKE_DMA");
    SKIP_UNLESS(k, fake && strcmp(fake, "denied") == 0, "needs fake_dma.c with FAKE_DMA=denied");
    kit_messages_expected(k);
    const VkExternalMemoryProperties p = properties(k, DMA);
    CHECK(k, p.externalMemoryFeatures == VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT && p.exportFromImportedHandleTypes == 0, "features 0x%x",
          p.externalMemoryFeatures);
    VkDeviceMemory m;
    CHECK_RESULT(k, allocate(k, 4096, DMA, &m), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_VK(k, allocate(k, 4096, OPAQUE, &m));
    close(get(k, m, OPAQUE));
    vkFreeMemory(k->device, m, NULL);
    CHECK_VK(k, allocate(k, 4096, 0, &m));
    vkFreeMemory(k->device, m, NULL);
}

static const struct kit_case cases[] = {
    {"s12_export", s12_export}, {"s13_foreign", s13_foreign}, {"s17_sync_file", s17_sync_file}, {"s34_denied", s34_denied}};
static const struct ipc_role roles[] = {{"none", NULL, NULL}};
IPC_MAIN(cases, roles)

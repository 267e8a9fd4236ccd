/* Two drivers: another build of this one, and other makers' (IPC_DRIVER_FOREIGN names a manifest). What they export is either taken for
 * what it is, plain bytes, or refused; their semaphores and fences are refused. */
#include "ipc.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPAQUE VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT
#define OPAQUE_FENCE VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT
#define SIDE 65u
#define FRAMES 30u

static bool
can_share(struct kit *k)
{
    if (!kit_has(k, "VK_KHR_external_memory_fd") || !kit_has(k, "VK_KHR_external_semaphore_fd") || !k->vk.GetFenceFdKHR) {
        kit_skip(k, "needs VK_KHR_external_memory_fd, VK_KHR_external_semaphore_fd and VK_KHR_external_fence_fd");
        return false;
    }
    return true;
}

/* Starts a role on another driver; false: there is none. */
static bool
spawn_on(const char *variable, const char *role, struct ipc_peer *peer)
{
    const char *other = getenv(variable), *mine = getenv("VK_DRIVER_FILES"), *older = getenv("VK_ICD_FILENAMES");
    if (!other || !mine) {
        return false;
    }
    char *old = strdup(mine), *old2 = strdup(older ? older : mine);
    setenv("VK_DRIVER_FILES", other, 1);
    setenv("VK_ICD_FILENAMES", other, 1);
    *peer = ipc_spawn(role);
    setenv("VK_DRIVER_FILES", old, 1);
    setenv("VK_ICD_FILENAMES", old2, 1);
    free(old);
    free(old2);
    return true;
}

/* ---- 35: the same driver, another build ---- */

static void
driver_uuid(struct kit *k, uint8_t uuid[VK_UUID_SIZE])
{
    VkPhysicalDeviceIDProperties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    memcpy(uuid, p.driverUUID, VK_UUID_SIZE);
}

/* Scenario 16 between builds: nothing is shared, the descriptor stays the caller's, the object stays as it was. */
static void
refuse_sync(struct kit *k, int sock)
{
    int fd[3];
    for (int i = 0; i < 3; i++) {
        if (!ipc_recv(sock, NULL, 0, &fd[i]) || fd[i] < 0) {
            kit_die("no descriptor");
        }
    }
    const int before = ipc_open_fds();
    const VkSemaphore binary = ipc_semaphore(k, false, 0), line = ipc_semaphore(k, true, 0);
    const VkFence fence = kit_fence(k, false), done = kit_fence(k, false);
    CHECK_RESULT(k, ipc_semaphore_import(k, binary, OPAQUE, 0, fd[0]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_semaphore_import(k, binary, OPAQUE, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, fd[0]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_semaphore_import(k, line, OPAQUE, 0, fd[1]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    for (int temporary = 0; temporary < 2; temporary++) {
        const VkImportFenceFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_FENCE_FD_INFO_KHR, .fence = fence,
                                            .flags = temporary ? VK_FENCE_IMPORT_TEMPORARY_BIT : 0, .handleType = OPAQUE_FENCE, .fd = fd[2]};
        CHECK_RESULT(k, k->vk.ImportFenceFdKHR(k->device, &imp), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    }
    CHECK(k, ipc_open_fds() == before, "%d descriptors leaked", ipc_open_fds() - before);
    for (int i = 0; i < 3; i++) {
        CHECK(k, fcntl(fd[i], F_GETFD) >= 0, "descriptor %d was taken", i);
        close(fd[i]);
    }
    ipc_host_signal(k, line, 3);
    ipc_submit(k, k->queue, VK_NULL_HANDLE, line, 3, binary, 0, fence);
    ipc_submit(k, k->queue, VK_NULL_HANDLE, binary, 0, VK_NULL_HANDLE, 0, done);
    CHECK(k, ipc_done_in(k, fence, 10 * IPC_SECOND) && ipc_done_in(k, done, 10 * IPC_SECOND), "the objects no longer work");
}

static void
offer_sync(struct kit *k, int sock)
{
    const VkExportFenceCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO, .handleTypes = OPAQUE_FENCE};
    const VkFenceCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, .pNext = &ex};
    VkFence fence;
    MUST(vkCreateFence(k->device, &ci, NULL, &fence));
    KIT_OWN(k, VK_OBJECT_TYPE_FENCE, fence);
    const VkFenceGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_FENCE_GET_FD_INFO_KHR, .fence = fence, .handleType = OPAQUE_FENCE};
    int fd[3] = {ipc_semaphore_fd(k, ipc_semaphore(k, false, OPAQUE)), ipc_semaphore_fd(k, ipc_semaphore(k, true, OPAQUE)), -1};
    MUST(k->vk.GetFenceFdKHR(k->device, &get, &fd[2]));
    for (int i = 0; i < 3; i++) {
        ipc_send(sock, NULL, 0, fd[i]);
        close(fd[i]);
    }
}

/* Scenario 1: an image that one build draws, read by the other and by nobody's Vulkan at all. Only refusing it cleanly is as good. */
static void
send_picture(struct kit *k, int sock)
{
    const struct ipc_image img = ipc_image(k, ipc_rgba(SIDE, SIDE), kit_has(k, "VK_NV_external_memory") ? IPC_NV : IPC_KHR, -1);
    const struct kit_image view = {.image = img.image, .info = img.info, .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
    const struct ipc_fan fan = ipc_fan(k, &img.info, img.view);
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    const VkClearColorValue color = {.float32 = {0.1f, 0.9f, 0.4f, 1}};
    const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &range);
    kit_barrier(cmd);
    ipc_fan_draw(cmd, &fan, 1);
    kit_submit(k, cmd);
    const uint8_t *rows = kit_read(k, &view, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    int fd = ipc_get_fd(k, img.memory);
    ipc_send(sock, &img.size_B, sizeof(img.size_B), fd);
    close(fd);
    for (uint32_t y = 0; y < SIDE; y++) { /* what it should show, row by row */
        ipc_send(sock, rows + y * SIDE * 4, SIDE * 4, -1);
    }
    ipc_meet(sock, 10);
}

static void
take_picture(struct kit *k, int sock)
{
    VkDeviceSize size_B;
    uint64_t mapped_B;
    int fd;
    static uint8_t want[SIDE * SIDE * 4];
    if (!ipc_recv(sock, &size_B, sizeof(size_B), &fd)) {
        kit_die("no picture");
    }
    for (uint32_t y = 0; y < SIDE; y++) {
        if (!ipc_recv(sock, want + y * SIDE * 4, SIDE * 4, NULL)) {
            kit_die("no row %u", y);
        }
    }
    const VkImageCreateInfo info = ipc_rgba(SIDE, SIDE);
    const uint8_t *raw = ipc_map(dup(fd), &mapped_B);
    for (uint32_t y = 0; y < SIDE; y++) {
        CHECK(k, memcmp(raw + ipc_texel_offset(&info, 4, 1, 1, 0, 0, 0, y, 0), want + y * SIDE * 4, SIDE * 4) == 0, "row %u in the file", y);
    }
    munmap((void *)(uintptr_t)raw, mapped_B);
    VkDeviceMemory probe;
    const int keep = dup(fd);
    const VkResult r = ipc_import(k, size_B, fd, NULL, &probe);
    if (r == VK_SUCCESS) {
        vkFreeMemory(k->device, probe, NULL);
        const struct ipc_image img = ipc_image(k, info, IPC_KHR, keep);
        const struct kit_image view = {.image = img.image, .info = img.info, .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
        VkCommandBuffer cmd = kit_begin(k);
        ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_EXTERNAL, 0);
        kit_submit(k, cmd);
        kit_same(k, "the other build's picture", kit_read(k, &view, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want, SIDE * SIDE, 4, SIDE);
    } else {
        CHECK_RESULT(k, r, VK_ERROR_INVALID_EXTERNAL_HANDLE);
        CHECK(k, fcntl(fd, F_GETFD) >= 0, "the descriptor was taken");
        close(fd);
        close(keep);
    }
    printf("  memory of the other build: %s\n", kit_result_name(r));
    ipc_meet(sock, 10);
}

/* Scenario 5: frames there and back. Without a common semaphore, messages order them. */
static void
frames(struct kit *k, int sock, bool first)
{
    struct ipc_image img;
    VkDeviceSize size_B;
    VkResult r = VK_SUCCESS;
    int fd;
    if (first) {
        img = ipc_image(k, ipc_rgba(SIDE, SIDE), IPC_KHR, -1);
        fd = ipc_get_fd(k, img.memory);
        ipc_send(sock, &img.size_B, sizeof(img.size_B), fd);
        close(fd);
        ipc_recv(sock, &r, sizeof(r), NULL);
    } else {
        if (!ipc_recv(sock, &size_B, sizeof(size_B), &fd)) {
            kit_die("no frames");
        }
        VkDeviceMemory probe;
        const int keep = dup(fd);
        r = ipc_import(k, size_B, fd, NULL, &probe);
        if (r == VK_SUCCESS) {
            vkFreeMemory(k->device, probe, NULL);
            img = ipc_image(k, ipc_rgba(SIDE, SIDE), IPC_KHR, keep);
        } else {
            close(fd);
            close(keep);
        }
        ipc_send(sock, &r, sizeof(r), -1);
    }
    if (r != VK_SUCCESS) {
        CHECK_RESULT(k, r, VK_ERROR_INVALID_EXTERNAL_HANDLE);
        return;
    }
    const struct kit_image view = {.image = img.image, .info = img.info, .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
    uint8_t *texels = kit_alloc(k, SIDE * SIDE * 4), *want = kit_alloc(k, SIDE * SIDE * 4);
    for (uint32_t f = 0; f < 2 * FRAMES; f++) {
        const bool mine = (f & 1) == (first ? 0u : 1u);
        VkCommandBuffer cmd = kit_begin(k);
        if (mine) {
            kit_noise(texels, SIDE * SIDE * 4, f + 1);
            ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
            kit_submit(k, cmd);
            kit_upload(k, &view, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
            ipc_meet(sock, 100 + (int)f);
        } else {
            ipc_meet(sock, 100 + (int)f);
            kit_noise(want, SIDE * SIDE * 4, f + 1);
            ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_EXTERNAL, 0);
            kit_submit(k, cmd);
            if (!kit_same(k, "a frame of the other build", kit_read(k, &view, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want, SIDE * SIDE, 4, SIDE)) {
                kit_die("frame %u", f);
            }
        }
    }
}

static void
other_build(struct kit *k)
{
    uint8_t mine[VK_UUID_SIZE];
    kit_messages_expected(k);
    driver_uuid(k, mine);
    ipc_send(ipc_parent, mine, sizeof(mine), -1);
    take_picture(k, ipc_parent);
    send_picture(k, ipc_parent);
    refuse_sync(k, ipc_parent);
    offer_sync(k, ipc_parent);
    ipc_meet(ipc_parent, 20);
    frames(k, ipc_parent, false);
}

static void
s35_other_build(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    uint8_t mine[VK_UUID_SIZE], theirs[VK_UUID_SIZE];
    struct ipc_peer peer;
    SKIP_UNLESS(k, spawn_on("IPC_DRIVER_OTHER", "other_build", &peer), "needs IPC_DRIVER_OTHER");
    driver_uuid(k, mine);
    REQUIRE(k, ipc_recv(peer.sock, theirs, sizeof(theirs), NULL), "it does not start");
    CHECK(k, memcmp(mine, theirs, sizeof(mine)) != 0, "another build has the same driverUUID");
    send_picture(k, peer.sock);
    take_picture(k, peer.sock);
    offer_sync(k, peer.sock);
    refuse_sync(k, peer.sock);
    ipc_meet(peer.sock, 20);
    frames(k, peer.sock, true);
    ipc_join(k, &peer);
}

/* ---- 24: what other makers' drivers export ---- */

/* A file as memory of each size that somebody might believe in: refused, or plain bytes. Returns how often it was taken. */
static uint32_t
offer(struct kit *k, const char *what, int fd)
{
    struct stat st;
    uint32_t taken = 0;
    if (fstat(fd, &st) != 0) {
        kit_die("%s: no file", what);
    }
    const uint64_t B = (uint64_t)st.st_size;
    const int fds = ipc_open_fds();
    const VkDeviceSize sizes[] = {1, 4096, 8192, 10000, B - 4096, B - 1, B, B + 1, (B + 4095) / 4096 * 4096, B + 4096, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        VkDeviceMemory m;
        const bool exact = sizes[i] && sizes[i] <= B && (sizes[i] + 4095) / 4096 * 4096 == B;
        const int copy = dup(fd);
        const VkResult r = ipc_import(k, sizes[i], copy, NULL, &m);
        if (r == VK_SUCCESS) {
            volatile uint8_t *p;
            MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)(void *)&p));
            for (uint64_t at = 0; at < sizes[i]; at += 4096) {
                p[at] = (uint8_t)(p[at] + 1);
            }
            CHECK(k, exact, "%s: %llu B of a file of %llu B", what, (unsigned long long)sizes[i], (unsigned long long)B);
            CHECK(k, ftruncate(fd, 0) != 0, "%s: it can still be cut off", what);
            vkFreeMemory(k->device, m, NULL);
            taken++;
        } else {
            CHECK_RESULT(k, r, VK_ERROR_INVALID_EXTERNAL_HANDLE);
            CHECK(k, close(copy) == 0, "%s: the descriptor was taken", what);
        }
    }
    const VkSemaphore binary = ipc_semaphore(k, false, 0), line = ipc_semaphore(k, true, 0);
    CHECK_RESULT(k, ipc_semaphore_import(k, binary, OPAQUE, 0, fd), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_semaphore_import(k, line, OPAQUE, 0, fd), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_semaphore_import(k, binary, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, fd),
                 VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK(k, ipc_open_fds() == fds, "%s: %d descriptors leaked", what, ipc_open_fds() - fds);
    return taken;
}

/* The shape of lavapipe's opaque files: size, offset and identity in the first page, the payload behind it, sealed. */
static int
like_lavapipe(uint64_t payload_B, uint64_t size_B, uint64_t offset_B)
{
    const struct {
        uint64_t size_B, offset_B;
        uint8_t uuid[16];
    } head = {size_B, offset_B, "somebody else"};
    const int fd = memfd_create("vulkan memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)(4096 + payload_B)) != 0 || pwrite(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        kit_die("memfd");
    }
    return fd;
}

/* The shape of SwiftShader's: no header, no seals, sometimes a few bytes more; semaphores are a mutex and a condition in a page. */
static int
like_swiftshader(uint64_t size_B, bool sealable, bool semaphore)
{
    const int fd = memfd_create("vulkan memory", MFD_CLOEXEC | (sealable ? MFD_ALLOW_SEALING : 0));
    if (fd < 0 || ftruncate(fd, (off_t)size_B) != 0) {
        kit_die("memfd");
    }
    if (semaphore) {
        struct {
            pthread_mutex_t mutex;
            pthread_cond_t cond;
            int refs;
            bool signaled;
        } *p = mmap(NULL, size_B, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        pthread_mutexattr_t ma;
        pthread_mutexattr_init(&ma);
        pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
        pthread_mutex_init(&p->mutex, &ma);
        p->refs = 1;
        p->signaled = true;
        pthread_mutex_lock(&p->mutex); /* and its owner died inside */
        munmap(p, size_B);
    }
    return fd;
}

static void
s24_look_alikes(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    const struct {
        const char *what;
        int fd;
        bool plain; /* of whole pages: as good as any memory file */
    } list[] = {
        {"lavapipe's 10000 B", like_lavapipe(10000 + 40, 10000, 4096), false},
        {"lavapipe's two pages", like_lavapipe(8192, 8192, 4096), true},
        {"lavapipe's with an endless size", like_lavapipe(8192, UINT64_MAX, UINT64_MAX - 4095), true},
        {"lavapipe's header alone", like_lavapipe(0, 4096, 4096), true},
        {"SwiftShader's memory", like_swiftshader(8192, false, false), false},
        {"SwiftShader's memory that can be sealed", like_swiftshader(8192, true, false), true},
        {"SwiftShader's memory and 15 B", like_swiftshader(8192 + 15, true, false), false},
        {"SwiftShader's semaphore", like_swiftshader(4096, false, true), false},
        {"SwiftShader's semaphore that can be sealed", like_swiftshader(4096, true, true), true},
        {"a semaphore of our size", like_swiftshader(2048, true, true), false},
    };
    uint32_t all = 0;
    const long maps = ipc_mappings();
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        const uint32_t taken = offer(k, list[i].what, list[i].fd);
        CHECK(k, (taken > 0) == list[i].plain, "%s: taken %u times", list[i].what, taken);
        close(list[i].fd);
        all += taken;
    }
    CHECK(k, all > 15 && ipc_mappings() < maps + 10, "%u imports, %ld mappings leaked", all, ipc_mappings() - maps); /* some are malloc's */
}

/* What the driver of this process can export, to who started it; memory of a given size: the name says it. */
static void
foreign_exporter(struct kit *k)
{
    char name[64];
    static const VkDeviceSize sizes[] = {4096, 10000, 65536};
    for (size_t i = 0; i < ARRAY_LEN(sizes) && k->vk.GetMemoryFdKHR; i++) {
        for (int type = 0; type < 2; type++) {
            const VkExternalMemoryHandleTypeFlagBits handle =
                type ? VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT : VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
            const VkExportMemoryAllocateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, .handleTypes = handle};
            const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &ex, .allocationSize = sizes[i]};
            const VkPhysicalDeviceExternalBufferInfo bi = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
                                                           .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT, .handleType = handle};
            VkExternalBufferProperties p = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
            VkDeviceMemory m;
            k->vk.GetPhysicalDeviceExternalBufferProperties(k->physical, &bi, &p);
            if (!(p.externalMemoryProperties.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) ||
                vkAllocateMemory(k->device, &ai, NULL, &m) != VK_SUCCESS) {
                continue;
            }
            const VkMemoryGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = m, .handleType = handle};
            int fd = -1;
            if (k->vk.GetMemoryFdKHR(k->device, &get, &fd) == VK_SUCCESS && fd >= 0) {
                memset(name, 0, sizeof(name));
                snprintf(name, sizeof(name), "%.32s's %llu B%s", k->properties.deviceName, (unsigned long long)sizes[i], type ? " (dma-buf)" : "");
                ipc_send(ipc_parent, name, sizeof(name), fd);
                close(fd);
                ipc_meet(ipc_parent, 1);
            }
            vkFreeMemory(k->device, m, NULL);
        }
    }
    if (k->vk.GetSemaphoreFdKHR && k->vk.GetPhysicalDeviceExternalSemaphoreProperties) {
        const VkPhysicalDeviceExternalSemaphoreInfo si = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO, .handleType = OPAQUE};
        VkExternalSemaphoreProperties sp = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES};
        k->vk.GetPhysicalDeviceExternalSemaphoreProperties(k->physical, &si, &sp);
        if (sp.externalSemaphoreFeatures & VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT) {
            memset(name, 0, sizeof(name));
            snprintf(name, sizeof(name), "%.32s's semaphore", k->properties.deviceName);
            const int fd = ipc_semaphore_fd(k, ipc_semaphore(k, false, OPAQUE));
            ipc_send(ipc_parent, name, sizeof(name), fd);
            close(fd);
            ipc_meet(ipc_parent, 1);
        }
    }
}

static void
s24_foreign_driver(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    struct ipc_peer peer;
    SKIP_UNLESS(k, spawn_on("IPC_DRIVER_FOREIGN", "foreign_exporter", &peer), "needs IPC_DRIVER_FOREIGN, the manifest of another maker's driver");
    char name[64];
    uint32_t n = 0;
    for (int fd; ipc_recv(peer.sock, name, sizeof(name), &fd); n++) {
        struct stat st;
        fstat(fd, &st);
        const int seals = fcntl(fd, F_GET_SEALS);
        const uint32_t taken = offer(k, name, fd);
        printf("  %s: file of %lld B, seals 0x%x: %s\n", name, (long long)st.st_size, (unsigned)seals, taken ? "taken as plain bytes" : "refused");
        close(fd);
        ipc_meet(peer.sock, 1);
    }
    CHECK(k, n > 0, "the other driver exports nothing");
    ipc_join(k, &peer);
}

static const struct kit_case cases[] = {
    {"s24_look_alikes", s24_look_alikes}, {"s24_foreign_driver", s24_foreign_driver}, {"s35_other_build", s35_other_build}};
static const struct ipc_role roles[] = {{"other_build", other_build, NULL}, {"foreign_exporter", foreign_exporter, NULL}};
IPC_MAIN(cases, roles)

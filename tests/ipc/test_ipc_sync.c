/* Semaphores and fences that two processes hold. */
#include "ipc.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

static bool
can_sync(struct kit *k)
{
    if (!k->vk.GetSemaphoreFdKHR || !k->vk.GetFenceFdKHR || !k->vk.WaitSemaphores) {
        kit_skip(k, "needs VK_KHR_external_semaphore_fd, VK_KHR_external_fence_fd and timelines");
        return false;
    }
    return true;
}

static VkSemaphore
semaphore(struct kit *k, bool timeline, VkExternalSemaphoreHandleTypeFlags export)
{
    const VkExportSemaphoreCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, .handleTypes = export};
    const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, .pNext = export ? &ex : NULL,
                                            .semaphoreType = timeline ? VK_SEMAPHORE_TYPE_TIMELINE : VK_SEMAPHORE_TYPE_BINARY};
    const VkSemaphoreCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    VkSemaphore s;
    MUST(vkCreateSemaphore(k->device, &ci, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SEMAPHORE, s);
    return s;
}

#define OPAQUE VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT
#define SYNC VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT

static int
get_fd(struct kit *k, VkSemaphore sem)
{
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = sem, .handleType = OPAQUE};
    int fd = -1;
    MUST(k->vk.GetSemaphoreFdKHR(k->device, &get, &fd));
    return fd;
}

static VkResult
import_as(struct kit *k, VkSemaphore sem, VkExternalSemaphoreHandleTypeFlagBits type, VkSemaphoreImportFlags flags, int fd)
{
    const VkImportSemaphoreFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, .semaphore = sem, .flags = flags,
                                            .handleType = type, .fd = fd};
    return k->vk.ImportSemaphoreFdKHR(k->device, &imp);
}

static VkSemaphore
received(struct kit *k, bool timeline)
{
    int fd;
    const VkSemaphore s = semaphore(k, timeline, 0);
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        kit_die("no descriptor");
    }
    MUST(import_as(k, s, OPAQUE, 0, fd));
    return s;
}

static void
submit(struct kit *k, VkSemaphore wait, uint64_t wait_value, VkSemaphore signal, uint64_t signal_value, VkFence fence)
{
    const VkTimelineSemaphoreSubmitInfo tl = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, .waitSemaphoreValueCount = wait ? 1 : 0,
                                              .pWaitSemaphoreValues = &wait_value, .signalSemaphoreValueCount = signal ? 1 : 0,
                                              .pSignalSemaphoreValues = &signal_value};
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &tl, .waitSemaphoreCount = wait ? 1 : 0, .pWaitSemaphores = &wait,
                             .pWaitDstStageMask = &stage, .signalSemaphoreCount = signal ? 1 : 0, .pSignalSemaphores = &signal};
    MUST(vkQueueSubmit(k->queue, 1, &si, fence));
}

static VkResult
host_wait(struct kit *k, VkSemaphore sem, uint64_t value, uint64_t timeout_ns)
{
    const VkSemaphoreWaitInfo wi = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &sem, .pValues = &value};
    return k->vk.WaitSemaphores(k->device, &wi, timeout_ns);
}

static void
host_signal(struct kit *k, VkSemaphore sem, uint64_t value)
{
    const VkSemaphoreSignalInfo si = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, .semaphore = sem, .value = value};
    MUST(k->vk.SignalSemaphore(k->device, &si));
}

static bool
done_in(struct kit *k, VkFence fence, uint64_t timeout_ns)
{
    return vkWaitForFences(k->device, 1, &fence, VK_TRUE, timeout_ns) == VK_SUCCESS;
}

/* ---- 16: semaphores ---- */

static void
binary_waiter(struct kit *k)
{
    const VkSemaphore s = received(k, false);
    for (int i = 0; i < 50; i++) {
        const VkFence f = kit_fence(k, false);
        submit(k, s, 0, VK_NULL_HANDLE, 0, f); /* often before the signal */
        ipc_meet(ipc_parent, i);
        if (!done_in(k, f, 10 * SECOND)) {
            kit_die("signal %d never came", i);
        }
        CHECK(k, vkGetFenceStatus(k->device, f) == VK_SUCCESS, "fence");
        ipc_meet(ipc_parent, 1000 + i);
    }
    /* One signal, one wait: a second wait must not pass. */
    const VkFence f = kit_fence(k, false);
    submit(k, s, 0, VK_NULL_HANDLE, 0, f);
    CHECK(k, !done_in(k, f, SECOND / 5), "the signal was not consumed");
    ipc_meet(ipc_parent, 5000);
    CHECK(k, done_in(k, f, 10 * SECOND), "the last signal never came");
}

static void
s16_binary(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkSemaphore s = semaphore(k, false, OPAQUE);
    struct ipc_peer peer = ipc_spawn("binary_waiter");
    const int fd = get_fd(k, s);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    for (int i = 0; i < 50; i++) {
        ipc_meet(peer.sock, i);
        submit(k, VK_NULL_HANDLE, 0, s, 0, VK_NULL_HANDLE);
        ipc_meet(peer.sock, 1000 + i);
    }
    ipc_meet(peer.sock, 5000);
    submit(k, VK_NULL_HANDLE, 0, s, 0, VK_NULL_HANDLE);
    ipc_join(k, &peer);
}

/* A temporary payload serves one wait; then the permanent one is back. */
static void
temporary_peer(struct kit *k)
{
    const VkSemaphore s = received(k, false);
    ipc_meet(ipc_parent, 1);
    submit(k, VK_NULL_HANDLE, 0, s, 0, VK_NULL_HANDLE);
    ipc_meet(ipc_parent, 2);
}

static void
s16_temporary(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkSemaphore owner = semaphore(k, false, OPAQUE), guest = semaphore(k, false, 0);
    const VkFence f1 = kit_fence(k, false), f2 = kit_fence(k, false);
    submit(k, VK_NULL_HANDLE, 0, guest, 0, VK_NULL_HANDLE); /* the permanent payload of the guest is signalled */
    vkQueueWaitIdle(k->queue);
    struct ipc_peer peer = ipc_spawn("temporary_peer");
    int fd = get_fd(k, owner);
    ipc_send(peer.sock, NULL, 0, fd);
    CHECK_VK(k, import_as(k, guest, OPAQUE, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, fd));
    submit(k, guest, 0, VK_NULL_HANDLE, 0, f1); /* on the temporary payload */
    submit(k, guest, 0, VK_NULL_HANDLE, 0, f2); /* on the permanent one */
    CHECK(k, !done_in(k, f1, SECOND / 20), "the wait did not use the temporary payload");
    ipc_meet(peer.sock, 1);
    CHECK(k, done_in(k, f1, 10 * SECOND), "the signal of the other process did not come");
    CHECK(k, done_in(k, f2, 10 * SECOND), "the permanent payload is not back");
    ipc_meet(peer.sock, 2);
    ipc_join(k, &peer);
}

static void
counter_peer(struct kit *k)
{
    const VkSemaphore s = received(k, true);
    uint64_t n;
    if (!ipc_recv(ipc_parent, &n, sizeof(n), NULL)) {
        kit_die("no count");
    }
    for (uint64_t i = 0; i < n; i++) { /* host ping-pong: odd values are ours */
        if (host_wait(k, s, 2 * i + 1, 20 * SECOND) != VK_SUCCESS) {
            kit_die("wake %llu was lost", (unsigned long long)i);
        }
        host_signal(k, s, 2 * i + 2);
    }
}

static void
s16_host_ping_pong(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const uint64_t n = (uint64_t)ipc_count(20000, 1000000);
    const VkSemaphore s = semaphore(k, true, OPAQUE);
    struct ipc_peer peer = ipc_spawn("counter_peer");
    const int fd = get_fd(k, s);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_send(peer.sock, &n, sizeof(n), -1);
    const double start = ipc_seconds();
    for (uint64_t i = 0; i < n; i++) {
        host_signal(k, s, 2 * i + 1);
        REQUIRE(k, host_wait(k, s, 2 * i + 2, 20 * SECOND) == VK_SUCCESS, "wake %llu was lost", (unsigned long long)i);
    }
    printf("  %llu ping-pongs, %.2f us each\n", (unsigned long long)n, (ipc_seconds() - start) / (double)n * 1e6);
    ipc_join(k, &peer);
}

/* Waits for values that nobody has promised yet, on the host and in queues of both processes. */
static void
far_peer(struct kit *k)
{
    const VkSemaphore s = received(k, true);
    uint64_t n;
    if (!ipc_recv(ipc_parent, &n, sizeof(n), NULL)) {
        kit_die("no count");
    }
    for (uint64_t i = 1; i <= n; i++) {
        host_signal(k, s, i);
    }
}

static void
s16_wait_before_signal(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const uint64_t n = (uint64_t)ipc_count(100000, 1000000);
    const VkSemaphore s = semaphore(k, true, OPAQUE);
    const VkFence f = kit_fence(k, false);
    submit(k, s, n / 2, VK_NULL_HANDLE, 0, f);
    CHECK(k, !done_in(k, f, 0), "too early");
    struct ipc_peer peer = ipc_spawn("far_peer");
    const int fd = get_fd(k, s);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_send(peer.sock, &n, sizeof(n), -1);
    CHECK(k, host_wait(k, s, n, 30 * SECOND) == VK_SUCCESS, "value %llu never came", (unsigned long long)n);
    CHECK(k, done_in(k, f, 10 * SECOND), "the queue did not see it");
    uint64_t value = 0;
    MUST(k->vk.GetSemaphoreCounterValue(k->device, s, &value));
    CHECK(k, value == n, "counter %llu", (unsigned long long)value);
    ipc_join(k, &peer);
}

/* Any and all of 64 shared timelines; timeouts. */
static void
many_peer(struct kit *k)
{
    VkSemaphore s[64];
    for (int i = 0; i < 64; i++) {
        s[i] = received(k, true);
        ipc_meet(ipc_parent, i);
    }
    for (int i = 0; i < 64; i++) {
        ipc_meet(ipc_parent, 100 + i);
        usleep(2000);
        host_signal(k, s[(i * 37 + 5) % 64], 1);
    }
}

static void
s16_wait_any(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    VkSemaphore s[64];
    uint64_t one[64];
    struct ipc_peer peer = ipc_spawn("many_peer");
    for (int i = 0; i < 64; i++) {
        s[i] = semaphore(k, true, OPAQUE);
        one[i] = 1;
        const int fd = get_fd(k, s[i]);
        ipc_send(peer.sock, NULL, 0, fd);
        close(fd);
        ipc_meet(peer.sock, i);
    }
    VkSemaphoreWaitInfo all = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 64, .pSemaphores = s, .pValues = one};
    CHECK_RESULT(k, k->vk.WaitSemaphores(k->device, &all, 0), VK_TIMEOUT);
    for (int t = 0; t < 3; t++) { /* timeouts are kept */
        const uint64_t timeout = (uint64_t[]){1, 20, 130}[t] * (SECOND / 1000);
        const double start = ipc_seconds();
        CHECK_RESULT(k, k->vk.WaitSemaphores(k->device, &all, timeout), VK_TIMEOUT);
        const double late = ipc_seconds() - start - (double)timeout * 1e-9;
        CHECK(k, late >= 0 && late < 0.05, "a timeout of %.3f s was %.4f s late", (double)timeout * 1e-9, late);
    }
    for (int i = 0; i < 64; i++) {
        ipc_meet(peer.sock, 100 + i);
        const int at = (i * 37 + 5) % 64;
        VkSemaphoreWaitInfo rest = all;
        VkSemaphore left[64];
        rest.flags = VK_SEMAPHORE_WAIT_ANY_BIT;
        rest.pSemaphores = left;
        rest.semaphoreCount = 0;
        for (int j = i; j < 64; j++) {
            left[rest.semaphoreCount++] = s[(j * 37 + 5) % 64];
        }
        CHECK_VK(k, k->vk.WaitSemaphores(k->device, &rest, 10 * SECOND));
        CHECK(k, host_wait(k, s[at], 1, 0) == VK_SUCCESS, "woken by none");
    }
    CHECK_VK(k, k->vk.WaitSemaphores(k->device, &all, 10 * SECOND));
    ipc_join(k, &peer);
}

/* What an export or import must refuse. */
static void
s16_refusals(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    kit_messages_expected(k);
    const VkSemaphore binary = semaphore(k, false, OPAQUE), line = semaphore(k, true, OPAQUE), plain = semaphore(k, false, 0);
    int fd = 5;
    VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = plain, .handleType = OPAQUE};
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN);
    CHECK(k, fd == -1, "descriptor %d", fd);
    get.handleType = SYNC; /* nothing pending: no endless wait */
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN);
    get.semaphore = line;
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN);

    const int page = get_fd(k, binary);
    CHECK(k, fcntl(page, F_GETFD) & FD_CLOEXEC, "the descriptor would survive exec");
    CHECK_RESULT(k, import_as(k, line, OPAQUE, 0, page), VK_ERROR_INVALID_EXTERNAL_HANDLE);            /* another kind */
    CHECK_RESULT(k, import_as(k, plain, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, page), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, import_as(k, plain, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D12_FENCE_BIT, 0, page), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    const int lfd = get_fd(k, line);
    CHECK_RESULT(k, import_as(k, line, OPAQUE, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, lfd), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, import_as(k, plain, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, -2), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    int pipes[2];
    REQUIRE(k, pipe(pipes) == 0, "pipe");
    CHECK_RESULT(k, import_as(k, plain, OPAQUE, 0, pipes[0]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, import_as(k, plain, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, pipes[0]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    const VkFence fence = kit_fence(k, false);
    const VkImportFenceFdInfoKHR fi = {.sType = VK_STRUCTURE_TYPE_IMPORT_FENCE_FD_INFO_KHR, .fence = fence,
                                       .handleType = VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = page};
    CHECK_RESULT(k, k->vk.ImportFenceFdKHR(k->device, &fi), VK_ERROR_INVALID_EXTERNAL_HANDLE); /* a semaphore */
    /* A file with the right size and another driver's identity. */
    uint8_t bytes[2048];
    REQUIRE(k, pread(page, bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes), "the page");
    for (int at = 0; at < 32; at++) {
        const int forged = memfd_create("forged", MFD_ALLOW_SEALING | MFD_CLOEXEC);
        bytes[at] ^= 0x40;
        REQUIRE(k, write(forged, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes), "write");
        bytes[at] ^= 0x40;
        CHECK(k, import_as(k, plain, OPAQUE, 0, forged) == VK_ERROR_INVALID_EXTERNAL_HANDLE, "byte %d of the head does not matter", at);
        CHECK(k, fcntl(forged, F_GETFD) >= 0, "the descriptor was taken");
        close(forged);
    }
    close(page);
    close(lfd);
    close(pipes[0]);
    close(pipes[1]);
}

/* ---- 17: fences ---- */

static VkFence
shared_fence(struct kit *k, VkFenceCreateFlags flags, VkExternalFenceHandleTypeFlags types)
{
    const VkExportFenceCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO, .handleTypes = types};
    const VkFenceCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, .pNext = types ? &ex : NULL, .flags = flags};
    VkFence f;
    MUST(vkCreateFence(k->device, &ci, NULL, &f));
    KIT_OWN(k, VK_OBJECT_TYPE_FENCE, f);
    return f;
}

static VkResult
fence_fd(struct kit *k, VkFence fence, VkExternalFenceHandleTypeFlagBits type, int *fd)
{
    const VkFenceGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_FENCE_GET_FD_INFO_KHR, .fence = fence, .handleType = type};
    return k->vk.GetFenceFdKHR(k->device, &get, fd);
}

static VkResult
fence_import(struct kit *k, VkFence fence, VkExternalFenceHandleTypeFlagBits type, VkFenceImportFlags flags, int fd)
{
    const VkImportFenceFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_FENCE_FD_INFO_KHR, .fence = fence, .flags = flags, .handleType = type,
                                        .fd = fd};
    return k->vk.ImportFenceFdKHR(k->device, &imp);
}

static void
fence_peer(struct kit *k)
{
    int fd;
    const VkFence f = kit_fence(k, false);
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        kit_die("no descriptor");
    }
    MUST(fence_import(k, f, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, 0, fd));
    CHECK(k, vkGetFenceStatus(k->device, f) == VK_SUCCESS, "created signalled");
    ipc_meet(ipc_parent, 1);
    ipc_meet(ipc_parent, 2); /* the other side has reset it */
    CHECK(k, vkGetFenceStatus(k->device, f) == VK_NOT_READY, "reset is not seen");
    CHECK(k, !done_in(k, f, SECOND / 50), "not signalled");
    ipc_meet(ipc_parent, 3);
    CHECK(k, done_in(k, f, 10 * SECOND), "the signal of the other queue is not seen");
    MUST(vkResetFences(k->device, 1, &f));
    ipc_meet(ipc_parent, 4);
    ipc_meet(ipc_parent, 5);
    submit(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0, f);
}

static void
s17_fence(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkFence f = shared_fence(k, VK_FENCE_CREATE_SIGNALED_BIT, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT);
    int fd;
    MUST(fence_fd(k, f, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, &fd));
    struct ipc_peer peer = ipc_spawn("fence_peer");
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(peer.sock, 1);
    MUST(vkResetFences(k->device, 1, &f));
    ipc_meet(peer.sock, 2);
    ipc_meet(peer.sock, 3);
    submit(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0, f);
    ipc_meet(peer.sock, 4);
    CHECK(k, vkGetFenceStatus(k->device, f) == VK_NOT_READY, "the other side's reset is not seen");
    ipc_meet(peer.sock, 5);
    CHECK(k, done_in(k, f, 10 * SECOND), "the signal of the other process is not seen");
    ipc_join(k, &peer);
}

static void
s17_sync_fd(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    kit_messages_expected(k);
    const VkExternalFenceHandleTypeFlagBits sync = VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
    const VkFence f = shared_fence(k, 0, sync);
    int fd = 77;
    CHECK_RESULT(k, fence_fd(k, f, sync, &fd), VK_ERROR_UNKNOWN); /* neither signalled nor pending: no endless wait */
    submit(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0, f);
    CHECK_VK(k, fence_fd(k, f, sync, &fd));
    CHECK(k, fd == -1, "descriptor %d", fd);
    CHECK(k, vkGetFenceStatus(k->device, f) == VK_NOT_READY, "the export did not reset the fence");
    const VkFence g = kit_fence(k, false);
    CHECK_VK(k, fence_import(k, g, sync, VK_FENCE_IMPORT_TEMPORARY_BIT, -1));
    CHECK(k, vkGetFenceStatus(k->device, g) == VK_SUCCESS, "-1 is not signalled");
    MUST(vkResetFences(k->device, 1, &g)); /* the permanent payload is back */
    CHECK(k, vkGetFenceStatus(k->device, g) == VK_NOT_READY, "still signalled");
    int pipes[2];
    REQUIRE(k, pipe(pipes) == 0, "pipe");
    CHECK_RESULT(k, fence_import(k, g, sync, VK_FENCE_IMPORT_TEMPORARY_BIT, pipes[0]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    close(pipes[0]);
    close(pipes[1]);
    /* The fence's batch waits for a value that only the host can give. */
    const VkSemaphore line = semaphore(k, true, 0);
    const VkFence h = shared_fence(k, 0, sync);
    submit(k, line, 1, VK_NULL_HANDLE, 0, h);
    fd = 77;
    const double start = ipc_seconds();
    CHECK_RESULT(k, fence_fd(k, h, sync, &fd), VK_ERROR_UNKNOWN);
    CHECK(k, fd == 77 && ipc_seconds() - start < 1, "descriptor %d after %.1f s", fd, ipc_seconds() - start);
    host_signal(k, line, 1);
    CHECK_VK(k, fence_fd(k, h, sync, &fd));
    CHECK(k, fd == -1, "descriptor %d", fd);
    /* Semaphores: export waits and consumes, import of -1 is signalled once. */
    const VkSemaphore a = semaphore(k, false, SYNC | OPAQUE);
    submit(k, VK_NULL_HANDLE, 0, a, 0, VK_NULL_HANDLE);
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = a, .handleType = SYNC};
    fd = 77;
    CHECK_VK(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd));
    CHECK(k, fd == -1, "descriptor %d", fd);
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN); /* consumed */
    const VkFence w = kit_fence(k, false);
    CHECK_VK(k, import_as(k, a, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, -1));
    submit(k, a, 0, VK_NULL_HANDLE, 0, w);
    CHECK(k, done_in(k, w, 10 * SECOND), "-1 does not satisfy a wait");
}

/* ---- 19: the other side dies ---- */

enum death { DEATH_IDLE, DEATH_WAITING, DEATH_PENDING };

static void
victim(struct kit *k)
{
    int how;
    ipc_recv(ipc_parent, &how, sizeof(how), NULL);
    const VkSemaphore binary = received(k, false), line = received(k, true), gate = semaphore(k, true, 0);
    int fd;
    const VkFence fence = kit_fence(k, false);
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        kit_die("no descriptor");
    }
    MUST(fence_import(k, fence, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, 0, fd));
    if (how == DEATH_WAITING) {
        submit(k, line, 100, VK_NULL_HANDLE, 0, VK_NULL_HANDLE);
    } else if (how == DEATH_PENDING) { /* promised, and never given: the gate stays shut */
        submit(k, gate, 1, binary, 0, VK_NULL_HANDLE);
        submit(k, VK_NULL_HANDLE, 0, line, 7, fence);
    }
    ipc_meet(ipc_parent, 1);
    pause();
}

static void
one_death(struct kit *k, enum death how)
{
    const VkSemaphore binary = semaphore(k, false, OPAQUE), line = semaphore(k, true, OPAQUE);
    const VkFence fence = shared_fence(k, 0, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT), f = kit_fence(k, false);
    struct ipc_peer peer = ipc_spawn("victim");
    int fd = get_fd(k, binary);
    const int mode = (int)how;
    ipc_send(peer.sock, &mode, sizeof(mode), -1);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    fd = get_fd(k, line);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    MUST(fence_fd(k, fence, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, &fd));
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(peer.sock, 1);
    if (how == DEATH_PENDING) {
        submit(k, binary, 0, VK_NULL_HANDLE, 0, f);
        CHECK(k, !done_in(k, f, SECOND / 5), "a living process has not signalled yet");
    }
    const double start = ipc_seconds();
    ipc_kill(&peer);
    if (how == DEATH_PENDING) {
        CHECK(k, done_in(k, f, 5 * SECOND), "the wait hangs on a dead process");
        CHECK(k, host_wait(k, line, 7, 5 * SECOND) == VK_SUCCESS, "the timeline hangs on a dead process");
        CHECK(k, done_in(k, fence, 5 * SECOND), "the fence hangs on a dead process");
        CHECK(k, ipc_seconds() - start < 2, "%.2f s until the death was noticed", ipc_seconds() - start);
    } else { /* nothing was promised: timeouts, as asked */
        CHECK(k, host_wait(k, line, 7, SECOND / 5) == VK_TIMEOUT, "a signal out of nothing");
        CHECK(k, !done_in(k, fence, SECOND / 5), "a signal out of nothing");
    }
    CHECK(k, host_wait(k, line, 8, SECOND / 5) == VK_TIMEOUT, "more than was promised");
    host_signal(k, line, 100); /* the device goes on */
    CHECK(k, host_wait(k, line, 100, SECOND) == VK_SUCCESS, "the timeline is dead, too");
    submit(k, VK_NULL_HANDLE, 0, binary, 0, VK_NULL_HANDLE);
    MUST(vkResetFences(k->device, 1, &f));
    submit(k, binary, 0, VK_NULL_HANDLE, 0, f);
    CHECK(k, done_in(k, f, SECOND), "the semaphore is dead, too");
}

static void
s19_peer_dies(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    one_death(k, DEATH_IDLE);
    one_death(k, DEATH_WAITING);
    one_death(k, DEATH_PENDING);
}

/* Three holders: one that died with a promise is noticed though another lives. */
static void
bystander(struct kit *k)
{
    const VkSemaphore line = received(k, true), gate = semaphore(k, true, 0);
    submit(k, gate, 1, line, 50, VK_NULL_HANDLE); /* a promise of its own */
    ipc_meet(ipc_parent, 1);
    ipc_meet(ipc_parent, 2);
    host_signal(k, gate, 1);
}

static void
s19_third_holder(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkSemaphore binary = semaphore(k, false, OPAQUE), line = semaphore(k, true, OPAQUE);
    const VkFence fence = shared_fence(k, 0, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT);
    struct ipc_peer by = ipc_spawn("bystander"), dead = ipc_spawn("victim");
    int fd = get_fd(k, line);
    ipc_send(by.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(by.sock, 1);
    const int mode = DEATH_PENDING;
    ipc_send(dead.sock, &mode, sizeof(mode), -1);
    fd = get_fd(k, binary);
    ipc_send(dead.sock, NULL, 0, fd);
    close(fd);
    fd = get_fd(k, line);
    ipc_send(dead.sock, NULL, 0, fd);
    close(fd);
    MUST(fence_fd(k, fence, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, &fd));
    ipc_send(dead.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(dead.sock, 1);
    ipc_kill(&dead);
    CHECK(k, host_wait(k, line, 7, 5 * SECOND) == VK_SUCCESS, "the promise of the dead one is not kept");
    CHECK(k, host_wait(k, line, 50, SECOND / 4) == VK_TIMEOUT, "the promise of the living one was kept for it");
    ipc_meet(by.sock, 2);
    CHECK(k, host_wait(k, line, 50, 10 * SECOND) == VK_SUCCESS, "the living one does not signal");
    ipc_join(k, &by);
}

/* A peer killed at any time, again and again. */
static void
busy_victim(struct kit *k)
{
    const VkSemaphore line = received(k, true);
    ipc_meet(ipc_parent, 1);
    for (uint64_t v = 1;; v++) {
        submit(k, VK_NULL_HANDLE, 0, line, v, VK_NULL_HANDLE);
        submit(k, line, v, VK_NULL_HANDLE, 0, VK_NULL_HANDLE);
    }
}

static void
s19_killed_often(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const long n = ipc_count(10, 500);
    const int fds = ipc_open_fds();
    for (long i = 0; i < n; i++) {
        const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                                .pNext = &(VkExportSemaphoreCreateInfo){.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                                                                                        .handleTypes = OPAQUE},
                                                .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
        const VkSemaphoreCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
        VkSemaphore line;
        MUST(vkCreateSemaphore(k->device, &ci, NULL, &line));
        struct ipc_peer peer = ipc_spawn("busy_victim");
        const int fd = get_fd(k, line);
        ipc_send(peer.sock, NULL, 0, fd);
        close(fd);
        ipc_meet(peer.sock, 1);
        usleep((useconds_t)(i * 131 % 3000));
        ipc_kill(&peer);
        uint64_t v = 0;
        MUST(k->vk.GetSemaphoreCounterValue(k->device, line, &v));
        REQUIRE(k, host_wait(k, line, v, SECOND) == VK_SUCCESS, "kill %ld", i);
        host_signal(k, line, v + 1000000);
        REQUIRE(k, host_wait(k, line, v + 1000000, SECOND) == VK_SUCCESS, "kill %ld: the semaphore is dead, too", i);
        vkDestroySemaphore(k->device, line, NULL);
    }
    CHECK(k, ipc_open_fds() == fds, "%d descriptors leaked", ipc_open_fds() - fds);
    printf("  %ld peers killed\n", n);
}

/* ---- 30: a peer that writes what it likes ---- */

static int
scribbler(void)
{
    int fd;
    uint32_t seed = 9;
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        return 1;
    }
    volatile uint8_t *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ipc_meet(ipc_parent, 1);
    for (;;) { /* until killed */
        const uint32_t r = kit_random(&seed);
        p[r % 2048] = (uint8_t)(r >> 16);
        if (r % 8 == 0) {
            ((volatile uint32_t *)p)[18] = r; /* the futex word */
        }
    }
}

static void
s30_hostile_page(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkSemaphore line = semaphore(k, true, OPAQUE), binary = semaphore(k, false, OPAQUE);
    struct ipc_peer a = ipc_spawn("scribbler"), b = ipc_spawn("scribbler");
    int fd = get_fd(k, line);
    ipc_send(a.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(a.sock, 1);
    fd = get_fd(k, binary);
    ipc_send(b.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(b.sock, 1);
    uint32_t seed = 5;
    const double end = ipc_seconds() + (double)ipc_count(2, 20);
    uint64_t n = 0;
    for (; ipc_seconds() < end; n++) {
        const uint64_t v = kit_random(&seed);
        (void)host_wait(k, line, v << 32, SECOND / 1000);
        host_signal(k, line, v);
        submit(k, VK_NULL_HANDLE, 0, binary, 0, VK_NULL_HANDLE);
        const VkSemaphore guest = semaphore(k, n % 2, 0);
        fd = get_fd(k, n % 2 ? line : binary);
        if (import_as(k, guest, OPAQUE, 0, fd) != VK_SUCCESS) {
            close(fd);
        }
    }
    /* Blocked on a page whose futex word changes all the time: no spinning. */
    const uint64_t never = UINT64_MAX;
    const double cpu = ipc_cpu_seconds(), start = ipc_seconds();
    while (ipc_seconds() - start < 1) {
        (void)host_wait(k, line, never, SECOND);
    }
    printf("  %llu rounds; blocked: %.1f %% of a CPU\n", (unsigned long long)n, (ipc_cpu_seconds() - cpu) / (ipc_seconds() - start) * 100);
    CHECK(k, (ipc_cpu_seconds() - cpu) / (ipc_seconds() - start) < 0.1, "a peer makes us spin");
    ipc_kill(&a);
    ipc_kill(&b);
    vkQueueWaitIdle(k->queue);
    const VkFence f = kit_fence(k, false); /* the device goes on */
    submit(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0, f);
    CHECK(k, done_in(k, f, SECOND), "the device is dead");
}

static const struct kit_case cases[] = {
    {"s16_binary", s16_binary},
    {"s16_temporary", s16_temporary},
    {"s16_host_ping_pong", s16_host_ping_pong},
    {"s16_wait_before_signal", s16_wait_before_signal},
    {"s16_wait_any", s16_wait_any},
    {"s16_refusals", s16_refusals},
    {"s17_fence", s17_fence},
    {"s17_sync_fd", s17_sync_fd},
    {"s19_peer_dies", s19_peer_dies},
    {"s19_third_holder", s19_third_holder},
    {"s19_killed_often", s19_killed_often},
    {"s30_hostile_page", s30_hostile_page},
};
static const struct ipc_role roles[] = {
    {"binary_waiter", binary_waiter, NULL}, {"temporary_peer", temporary_peer, NULL}, {"counter_peer", counter_peer, NULL}, {"far_peer", far_peer, NULL},   {"many_peer", many_peer, NULL},
    {"fence_peer", fence_peer, NULL},       {"victim", victim, NULL},             {"bystander", bystander, NULL}, {"busy_victim", busy_victim, NULL},
    {"scribbler", NULL, scribbler},
};
IPC_MAIN(cases, roles)

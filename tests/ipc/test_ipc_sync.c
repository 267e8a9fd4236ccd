/* Semaphores and fences that two processes hold. */
#include "ipc.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool
can_sync(struct kit *k)
{
    if (!k->vk.GetSemaphoreFdKHR || !k->vk.GetFenceFdKHR || !k->vk.WaitSemaphores) {
        kit_skip(k, "needs VK_KHR_external_semaphore_fd, VK_KHR_external_fence_fd and timelines");
        return false;
    }
    return true;
}

#define OPAQUE VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT
#define SYNC VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT

static void
submit(struct kit *k, VkSemaphore wait, uint64_t wait_value, VkSemaphore signal, uint64_t signal_value, VkFence fence)
{
    ipc_submit(k, k->queue, VK_NULL_HANDLE, wait, wait_value, signal, signal_value, fence);
}

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

/* ---- 16: semaphores ---- */

static void
binary_waiter(struct kit *k)
{
    const VkSemaphore s = ipc_semaphore_received(k, false);
    for (int i = 0; i < 50; i++) {
        const VkFence f = kit_fence(k, false);
        submit(k, s, 0, VK_NULL_HANDLE, 0, f); /* often before the signal */
        ipc_meet(ipc_parent, i);
        if (!ipc_done_in(k, f, 10 * IPC_SECOND)) {
            kit_die("signal %d never came", i);
        }
        CHECK(k, vkGetFenceStatus(k->device, f) == VK_SUCCESS, "fence");
        ipc_meet(ipc_parent, 1000 + i);
    }
    /* One signal, one wait: a second wait must not pass. */
    const VkFence f = kit_fence(k, false);
    submit(k, s, 0, VK_NULL_HANDLE, 0, f);
    CHECK(k, !ipc_done_in(k, f, IPC_SECOND / 5), "the signal was not consumed");
    ipc_meet(ipc_parent, 5000);
    CHECK(k, ipc_done_in(k, f, 10 * IPC_SECOND), "the last signal never came");
}

static void
s16_binary(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkSemaphore s = ipc_semaphore(k, false, OPAQUE);
    struct ipc_peer peer = ipc_spawn("binary_waiter");
    const int fd = ipc_semaphore_fd(k, s);
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
    const VkSemaphore s = ipc_semaphore_received(k, false);
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
    const VkSemaphore owner = ipc_semaphore(k, false, OPAQUE), guest = ipc_semaphore(k, false, 0);
    const VkFence f1 = kit_fence(k, false), f2 = kit_fence(k, false);
    submit(k, VK_NULL_HANDLE, 0, guest, 0, VK_NULL_HANDLE); /* the permanent payload of the guest is signalled */
    vkQueueWaitIdle(k->queue);
    struct ipc_peer peer = ipc_spawn("temporary_peer");
    int fd = ipc_semaphore_fd(k, owner);
    ipc_send(peer.sock, NULL, 0, fd);
    CHECK_VK(k, ipc_semaphore_import(k, guest, OPAQUE, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, fd));
    submit(k, guest, 0, VK_NULL_HANDLE, 0, f1); /* on the temporary payload */
    submit(k, guest, 0, VK_NULL_HANDLE, 0, f2); /* on the permanent one */
    CHECK(k, !ipc_done_in(k, f1, IPC_SECOND / 20), "the wait did not use the temporary payload");
    ipc_meet(peer.sock, 1);
    CHECK(k, ipc_done_in(k, f1, 10 * IPC_SECOND), "the signal of the other process did not come");
    CHECK(k, ipc_done_in(k, f2, 10 * IPC_SECOND), "the permanent payload is not back");
    ipc_meet(peer.sock, 2);
    ipc_join(k, &peer);
}

/* A while that is mostly too short to sleep in, and now and then long enough that the other side does. */
static void
dawdle(uint64_t i)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const int64_t start = t.tv_sec * (int64_t)IPC_SECOND + t.tv_nsec, length = i % 8 ? 0 : (int64_t)(i * 7919 % 40000);
    while (t.tv_sec * (int64_t)IPC_SECOND + t.tv_nsec - start < length) {
        clock_gettime(CLOCK_MONOTONIC, &t);
    }
}

static void
counter_peer(struct kit *k)
{
    const VkSemaphore s = ipc_semaphore_received(k, true);
    uint64_t n;
    if (!ipc_recv(ipc_parent, &n, sizeof(n), NULL)) {
        kit_die("no count");
    }
    for (uint64_t i = 0; i < n; i++) { /* host ping-pong: odd values are ours */
        if (ipc_host_wait(k, s, 2 * i + 1, 20 * IPC_SECOND) != VK_SUCCESS) {
            kit_die("wake %llu was lost", (unsigned long long)i);
        }
        dawdle(i + 4);
        ipc_host_signal(k, s, 2 * i + 2);
    }
}

static long
sleeps(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_nvcsw;
}

/* Ten million with PUMICE_TEST_FULL=1. */
static void
s16_host_ping_pong(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const uint64_t n = (uint64_t)ipc_count(20000, 10000000);
    const VkSemaphore s = ipc_semaphore(k, true, OPAQUE);
    struct ipc_peer peer = ipc_spawn("counter_peer");
    const int fd = ipc_semaphore_fd(k, s);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_send(peer.sock, &n, sizeof(n), -1);
    const double start = ipc_seconds();
    const long slept = sleeps();
    double slowest = 0;
    for (uint64_t i = 0; i < n; i++) {
        ipc_host_signal(k, s, 2 * i + 1);
        const double before = ipc_seconds();
        REQUIRE(k, ipc_host_wait(k, s, 2 * i + 2, 20 * IPC_SECOND) == VK_SUCCESS, "wake %llu was lost", (unsigned long long)i);
        slowest = ipc_seconds() - before > slowest ? ipc_seconds() - before : slowest;
        dawdle(i);
    }
    printf("  %llu ping-pongs, %.2f us each, the slowest %.1f ms, slept %ld times\n", (unsigned long long)n,
           (ipc_seconds() - start) / (double)n * 1e6, slowest * 1e3, sleeps() - slept);
    CHECK(k, sleeps() - slept > (long)n / 100, "hardly ever asleep: a test that tests little");
    ipc_join(k, &peer);
}

/* Waits for values that nobody has promised yet, on the host and in queues of both processes. */
static void
far_peer(struct kit *k)
{
    const VkSemaphore s = ipc_semaphore_received(k, true);
    uint64_t n;
    if (!ipc_recv(ipc_parent, &n, sizeof(n), NULL)) {
        kit_die("no count");
    }
    for (uint64_t i = 1; i <= n; i++) {
        ipc_host_signal(k, s, i);
    }
}

static void
s16_wait_before_signal(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const uint64_t n = (uint64_t)ipc_count(100000, 1000000);
    const VkSemaphore s = ipc_semaphore(k, true, OPAQUE);
    const VkFence f = kit_fence(k, false);
    submit(k, s, n / 2, VK_NULL_HANDLE, 0, f);
    CHECK(k, !ipc_done_in(k, f, 0), "too early");
    struct ipc_peer peer = ipc_spawn("far_peer");
    const int fd = ipc_semaphore_fd(k, s);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_send(peer.sock, &n, sizeof(n), -1);
    CHECK(k, ipc_host_wait(k, s, n, 30 * IPC_SECOND) == VK_SUCCESS, "value %llu never came", (unsigned long long)n);
    CHECK(k, ipc_done_in(k, f, 10 * IPC_SECOND), "the queue did not see it");
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
        s[i] = ipc_semaphore_received(k, true);
        ipc_meet(ipc_parent, i);
    }
    for (int i = 0; i < 64; i++) {
        ipc_meet(ipc_parent, 100 + i);
        usleep(2000);
        ipc_host_signal(k, s[(i * 37 + 5) % 64], 1);
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
        s[i] = ipc_semaphore(k, true, OPAQUE);
        one[i] = 1;
        const int fd = ipc_semaphore_fd(k, s[i]);
        ipc_send(peer.sock, NULL, 0, fd);
        close(fd);
        ipc_meet(peer.sock, i);
    }
    VkSemaphoreWaitInfo all = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 64, .pSemaphores = s, .pValues = one};
    CHECK_RESULT(k, k->vk.WaitSemaphores(k->device, &all, 0), VK_TIMEOUT);
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
        CHECK_VK(k, k->vk.WaitSemaphores(k->device, &rest, 10 * IPC_SECOND));
        CHECK(k, ipc_host_wait(k, s[at], 1, 0) == VK_SUCCESS, "woken by none");
    }
    CHECK_VK(k, k->vk.WaitSemaphores(k->device, &all, 10 * IPC_SECOND));
    ipc_join(k, &peer);
}

/* Timeouts of waits on the host: never early, and within 5 ms when the machine lets us run. */
static void
s16_timeouts(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    enum { MANY = 64, KINDS = 5 };
    static const char *const kinds[KINDS] = {"a shared timeline", "64 shared timelines", "a timeline of our own", "a shared fence", "a fence of our own"};
    VkSemaphore s[MANY];
    uint64_t one[MANY];
    for (int i = 0; i < MANY; i++) {
        s[i] = ipc_semaphore(k, true, OPAQUE);
        one[i] = 1;
        close(ipc_semaphore_fd(k, s[i]));
    }
    const VkSemaphore own = ipc_semaphore(k, true, 0);
    const VkFence fences[2] = {shared_fence(k, 0, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT), kit_fence(k, false)};
    for (int kind = 0; kind < KINDS; kind++) {
        for (int t = 0; t < 5; t++) {
            const uint64_t timeout = (uint64_t[]){0, 1, 7, 20, 130}[t] * (IPC_SECOND / 1000);
            double best = 1;
            for (int again = 0; again < 10 && (again < 2 || best >= 0.005); again++) {
                const VkSemaphoreWaitInfo wi = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = kind == 1 ? MANY : 1,
                                                .pSemaphores = kind == 2 ? &own : s, .pValues = one};
                const double start = ipc_seconds();
                const VkResult r = kind < 3 ? k->vk.WaitSemaphores(k->device, &wi, timeout)
                                            : vkWaitForFences(k->device, 1, &fences[kind - 3], VK_TRUE, timeout);
                const double late = ipc_seconds() - start - (double)timeout * 1e-9;
                CHECK_RESULT(k, r, VK_TIMEOUT);
                CHECK(k, late >= 0, "%s: a timeout of %.3f s came %.6f s early", kinds[kind], (double)timeout * 1e-9, -late);
                best = late < best ? late : best;
            }
            CHECK(k, best < 0.005, "%s: a timeout of %.3f s is %.4f s late at best", kinds[kind], (double)timeout * 1e-9, best);
        }
    }
}

/* What was imported may be exported again, and is the same payload; a temporary payload, too. */
static void
s16_reexport(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkSemaphore owner = ipc_semaphore(k, true, OPAQUE), second = ipc_semaphore(k, true, 0), third = ipc_semaphore(k, true, 0);
    CHECK_VK(k, ipc_semaphore_import(k, second, OPAQUE, 0, ipc_semaphore_fd(k, owner)));
    CHECK_VK(k, ipc_semaphore_import(k, third, OPAQUE, 0, ipc_semaphore_fd(k, second)));
    ipc_host_signal(k, third, 11);
    CHECK(k, ipc_host_wait(k, owner, 11, 0) == VK_SUCCESS, "another payload");
    const VkSemaphore a = ipc_semaphore(k, false, OPAQUE), b = ipc_semaphore(k, false, 0), c = ipc_semaphore(k, false, 0);
    CHECK_VK(k, ipc_semaphore_import(k, b, OPAQUE, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, ipc_semaphore_fd(k, a)));
    CHECK_VK(k, ipc_semaphore_import(k, c, OPAQUE, 0, ipc_semaphore_fd(k, b)));
    const VkFence f = kit_fence(k, false);
    submit(k, VK_NULL_HANDLE, 0, c, 0, VK_NULL_HANDLE);
    submit(k, a, 0, VK_NULL_HANDLE, 0, f);
    CHECK(k, ipc_done_in(k, f, 10 * IPC_SECOND), "another payload");
}

struct late {
    struct kit *k;
    VkSemaphore sem;
};

static void *
signal_last(void *arg)
{
    struct late *l = arg;
    usleep(30000);
    ipc_host_signal(l->k, l->sem, 1);
    return NULL;
}

/* More shared payloads than one sleep can watch. */
static void
s16_many_payloads(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    enum { N = 300 };
    VkSemaphore s[N];
    uint64_t one[N];
    for (int i = 0; i < N; i++) {
        s[i] = ipc_semaphore(k, true, OPAQUE);
        one[i] = 1;
    }
    for (int at = 0; at < N; at += N - 1) { /* the first, which is watched; the last, which is not */
        struct late l = {k, s[at]};
        pthread_t thread;
        const VkSemaphoreWaitInfo any = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .flags = VK_SEMAPHORE_WAIT_ANY_BIT,
                                         .semaphoreCount = (uint32_t)(N - (at ? 1 : 0)), .pSemaphores = s + (at ? 1 : 0), .pValues = one};
        REQUIRE(k, pthread_create(&thread, NULL, signal_last, &l) == 0, "thread");
        CHECK_VK(k, k->vk.WaitSemaphores(k->device, &any, 10 * IPC_SECOND));
        pthread_join(thread, NULL);
    }
}

/* What an export or import must refuse. */
static void
s16_refusals(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    kit_messages_expected(k);
    const VkSemaphore binary = ipc_semaphore(k, false, OPAQUE), line = ipc_semaphore(k, true, OPAQUE), plain = ipc_semaphore(k, false, 0);
    int fd = 5;
    VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = plain, .handleType = OPAQUE};
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN);
    CHECK(k, fd == -1, "descriptor %d", fd);
    get.handleType = SYNC; /* nothing pending: no endless wait */
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN);
    get.semaphore = line;
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN);

    const int page = ipc_semaphore_fd(k, binary);
    CHECK(k, fcntl(page, F_GETFD) & FD_CLOEXEC, "the descriptor would survive exec");
    CHECK_RESULT(k, ipc_semaphore_import(k, line, OPAQUE, 0, page), VK_ERROR_INVALID_EXTERNAL_HANDLE);            /* another kind */
    CHECK_RESULT(k, ipc_semaphore_import(k, plain, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, page), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_semaphore_import(k, plain, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D12_FENCE_BIT, 0, page), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    const int lfd = ipc_semaphore_fd(k, line);
    CHECK_RESULT(k, ipc_semaphore_import(k, line, OPAQUE, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, lfd), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_semaphore_import(k, plain, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, -2), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    int pipes[2];
    REQUIRE(k, pipe(pipes) == 0, "pipe");
    CHECK_RESULT(k, ipc_semaphore_import(k, plain, OPAQUE, 0, pipes[0]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, ipc_semaphore_import(k, plain, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, pipes[0]), VK_ERROR_INVALID_EXTERNAL_HANDLE);
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
        CHECK(k, ipc_semaphore_import(k, plain, OPAQUE, 0, forged) == VK_ERROR_INVALID_EXTERNAL_HANDLE, "byte %d of the head does not matter", at);
        CHECK(k, fcntl(forged, F_GETFD) >= 0, "the descriptor was taken");
        close(forged);
    }
    close(page);
    close(lfd);
    close(pipes[0]);
    close(pipes[1]);
}

/* ---- 17: fences ---- */

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
    CHECK(k, !ipc_done_in(k, f, IPC_SECOND / 50), "not signalled");
    ipc_meet(ipc_parent, 3);
    CHECK(k, ipc_done_in(k, f, 10 * IPC_SECOND), "the signal of the other queue is not seen");
    MUST(vkResetFences(k->device, 1, &f));
    ipc_meet(ipc_parent, 4);
    ipc_meet(ipc_parent, 5);
    submit(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0, f);
    ipc_meet(ipc_parent, 6);
    submit(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0, f);
    vkQueueWaitIdle(k->queue);
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
    CHECK(k, ipc_done_in(k, f, 10 * IPC_SECOND), "the signal of the other process is not seen");
    /* Both submit it at the same time, which they should not: whoever ends first signals, and nothing breaks. */
    const VkSemaphore gate = ipc_semaphore(k, true, 0);
    MUST(vkResetFences(k->device, 1, &f));
    submit(k, gate, 1, VK_NULL_HANDLE, 0, f);
    CHECK(k, !ipc_done_in(k, f, IPC_SECOND / 50), "not signalled yet");
    ipc_meet(peer.sock, 6);
    CHECK(k, ipc_done_in(k, f, 10 * IPC_SECOND), "the signal of the other submission is not seen");
    ipc_host_signal(k, gate, 1);
    vkQueueWaitIdle(k->queue);
    CHECK(k, vkGetFenceStatus(k->device, f) == VK_SUCCESS, "a second signal takes the first away");
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
    const VkSemaphore line = ipc_semaphore(k, true, 0);
    const VkFence h = shared_fence(k, 0, sync);
    submit(k, line, 1, VK_NULL_HANDLE, 0, h);
    fd = 77;
    const double start = ipc_seconds();
    CHECK_RESULT(k, fence_fd(k, h, sync, &fd), VK_ERROR_UNKNOWN);
    CHECK(k, fd == 77 && ipc_seconds() - start < 1, "descriptor %d after %.1f s", fd, ipc_seconds() - start);
    ipc_host_signal(k, line, 1);
    CHECK_VK(k, fence_fd(k, h, sync, &fd));
    CHECK(k, fd == -1, "descriptor %d", fd);
    /* Semaphores: export waits and consumes, import of -1 is signalled once. */
    const VkSemaphore a = ipc_semaphore(k, false, SYNC | OPAQUE);
    submit(k, VK_NULL_HANDLE, 0, a, 0, VK_NULL_HANDLE);
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = a, .handleType = SYNC};
    fd = 77;
    CHECK_VK(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd));
    CHECK(k, fd == -1, "descriptor %d", fd);
    CHECK_RESULT(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN); /* consumed */
    const VkFence w = kit_fence(k, false);
    CHECK_VK(k, ipc_semaphore_import(k, a, SYNC, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, -1));
    submit(k, a, 0, VK_NULL_HANDLE, 0, w);
    CHECK(k, ipc_done_in(k, w, 10 * IPC_SECOND), "-1 does not satisfy a wait");
}

static VkResult
sync_fd(struct kit *k, VkSemaphore sem, int *fd)
{
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = sem, .handleType = SYNC};
    return k->vk.GetSemaphoreFdKHR(k->device, &get, fd);
}

struct open_gate {
    struct kit *k;
    VkSemaphore gate;
};

static void *
open_gate(void *arg)
{
    struct open_gate *g = arg;
    usleep(60000);
    ipc_host_signal(g->k, g->gate, 1);
    return NULL;
}

/* Exporting waits for the object's own signal and for nothing else that was submitted, before it or after it, here or in other queues. */
static void
s17_own_signal(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    const VkExternalFenceHandleTypeFlagBits sync = VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
    const VkQueue other = k->queues[k->n_queues - 1];
    const VkSemaphore never = ipc_semaphore(k, true, 0), gate = ipc_semaphore(k, true, 0);
    for (int shared = 0; shared < 2; shared++) { /* payload in the object, payload in a page */
        const VkSemaphore sem = ipc_semaphore(k, false, SYNC | (shared ? OPAQUE : 0));
        const VkFence fence = shared_fence(k, 0, sync | (shared ? VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT : 0));
        if (other != k->queue) {
            ipc_submit(k, other, VK_NULL_HANDLE, never, 1u + (unsigned)shared, VK_NULL_HANDLE, 0, VK_NULL_HANDLE);
        }
        submit(k, VK_NULL_HANDLE, 0, sem, 0, fence);
        submit(k, never, 1u + (unsigned)shared, VK_NULL_HANDLE, 0, VK_NULL_HANDLE); /* behind it */
        const double start = ipc_seconds();
        int fd = 77, ffd = 77;
        CHECK_VK(k, sync_fd(k, sem, &fd));
        CHECK_VK(k, fence_fd(k, fence, sync, &ffd));
        CHECK(k, fd == -1 && ffd == -1, "descriptors %d, %d", fd, ffd);
        CHECK(k, ipc_seconds() - start < 1, "%.3f s", ipc_seconds() - start);
        ipc_host_signal(k, never, 1u + (unsigned)shared);
        vkDeviceWaitIdle(k->device);
        /* Not before its own signal, which the host lets happen through another queue: that is submitted, so it is no dead end. */
        if (other == k->queue) {
            continue;
        }
        const VkSemaphore late = ipc_semaphore(k, false, SYNC | (shared ? OPAQUE : 0)), step = ipc_semaphore(k, true, 0);
        struct open_gate g = {k, gate};
        pthread_t thread;
        VkCommandBuffer cmd = kit_begin(k);
        const struct kit_buffer big = kit_buffer(k, 64 << 20, NULL);
        for (uint32_t i = 0; i < 4; i++) {
            vkCmdFillBuffer(cmd, big.buffer, 0, VK_WHOLE_SIZE, i);
            kit_barrier(cmd);
        }
        MUST(vkEndCommandBuffer(cmd));
        ipc_submit(k, k->queue, VK_NULL_HANDLE, step, 1, late, 0, VK_NULL_HANDLE);
        ipc_submit(k, other, cmd, VK_NULL_HANDLE, 0, step, 1, VK_NULL_HANDLE);
        fd = 77;
        CHECK_VK(k, sync_fd(k, late, &fd));
        CHECK(k, fd == -1, "descriptor %d", fd);
        CHECK(k, ((const uint32_t *)big.data)[(64 << 18) - 1] == 3, "before the work was done");
        CHECK(k, ipc_host_wait(k, step, 1, 0) == VK_SUCCESS, "before its signal");
        CHECK_RESULT(k, sync_fd(k, late, &fd), VK_ERROR_UNKNOWN); /* exporting took the signal */
        if (shared) { /* a fence may wait for the host: that is told at once, and is no error later */
            const VkFence f = shared_fence(k, 0, sync);
            submit(k, gate, 1, VK_NULL_HANDLE, 0, f);
            CHECK_RESULT(k, fence_fd(k, f, sync, &fd), VK_ERROR_UNKNOWN);
            REQUIRE(k, pthread_create(&thread, NULL, open_gate, &g) == 0, "thread");
            CHECK(k, ipc_done_in(k, f, 10 * IPC_SECOND), "the fence");
            pthread_join(thread, NULL);
            CHECK_VK(k, fence_fd(k, f, sync, &fd));
        }
    }
    kit_messages_expected(k);
}

/* A peer that promises a signal and keeps it after a while; another promise it keeps too late: the export gives up. */
static void
promiser(struct kit *k)
{
    const VkSemaphore s = ipc_semaphore_received(k, false), gate = ipc_semaphore(k, true, 0);
    for (uint64_t i = 1; i <= 2; i++) {
        submit(k, gate, i, s, 0, VK_NULL_HANDLE);
        ipc_meet(ipc_parent, (int)i);
        if (i == 1) {
            usleep(60000);
        } else {
            ipc_meet(ipc_parent, 3);
        }
        ipc_host_signal(k, gate, i);
    }
}

static void
s17_broken_promise(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    kit_messages_expected(k);
    const VkSemaphore s = ipc_semaphore(k, false, OPAQUE), behind = ipc_semaphore(k, false, SYNC);
    struct ipc_peer peer = ipc_spawn("promiser");
    int fd = ipc_semaphore_fd(k, s);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(peer.sock, 1);
    CHECK_VK(k, sync_fd(k, s, &fd)); /* theirs, as it is */
    CHECK(k, fd == -1, "descriptor %d", fd);
    ipc_meet(peer.sock, 2);
    submit(k, s, 0, behind, 0, VK_NULL_HANDLE); /* ours waits for theirs */
    const double start = ipc_seconds();
    CHECK_RESULT(k, sync_fd(k, behind, &fd), VK_ERROR_UNKNOWN);
    const double took = ipc_seconds() - start;
    CHECK(k, took > 1 && took < 15, "after %.2f s", took); /* there was hope for a while */
    ipc_meet(peer.sock, 3);
    CHECK_VK(k, sync_fd(k, behind, &fd)); /* and now it comes */
    ipc_join(k, &peer);
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
        p[r % 4096] = (uint8_t)(r >> 16); /* the file is shorter than its page */
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
    const VkSemaphore line = ipc_semaphore(k, true, OPAQUE), binary = ipc_semaphore(k, false, OPAQUE);
    struct ipc_peer a = ipc_spawn("scribbler"), b = ipc_spawn("scribbler");
    int fd = ipc_semaphore_fd(k, line);
    ipc_send(a.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(a.sock, 1);
    fd = ipc_semaphore_fd(k, binary);
    ipc_send(b.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(b.sock, 1);
    uint32_t seed = 5;
    const double end = ipc_seconds() + (double)ipc_count(2, 20);
    uint64_t n = 0;
    for (; ipc_seconds() < end; n++) {
        const uint64_t v = kit_random(&seed);
        (void)ipc_host_wait(k, line, v << 32, IPC_SECOND / 1000);
        ipc_host_signal(k, line, v);
        submit(k, VK_NULL_HANDLE, 0, binary, 0, VK_NULL_HANDLE);
        const VkSemaphore guest = ipc_semaphore(k, n % 2, 0);
        fd = ipc_semaphore_fd(k, n % 2 ? line : binary);
        if (ipc_semaphore_import(k, guest, OPAQUE, 0, fd) != VK_SUCCESS) {
            close(fd);
        }
    }
    /* Blocked on pages whose futex words change all the time, on the host and in a queue: no spinning. */
    vkQueueWaitIdle(k->queue);
    const VkSemaphore blocked = ipc_semaphore(k, true, OPAQUE);
    struct ipc_peer c = ipc_spawn("scribbler");
    fd = ipc_semaphore_fd(k, blocked);
    ipc_send(c.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(c.sock, 1);
    double share = 1;
    for (int again = 0; again < 3 && share >= 0.05; again++) {
        submit(k, blocked, UINT64_MAX, VK_NULL_HANDLE, 0, VK_NULL_HANDLE);
        const double cpu = ipc_cpu_seconds(), start = ipc_seconds();
        while (ipc_seconds() - start < 1) {
            (void)ipc_host_wait(k, line, UINT64_MAX, IPC_SECOND);
        }
        share = (ipc_cpu_seconds() - cpu) / (ipc_seconds() - start);
        printf("  %llu rounds; blocked: %.1f %% of a CPU\n", (unsigned long long)n, share * 100);
    }
    CHECK(k, share < 0.05, "peers make us spin");
    ipc_kill(&a);
    ipc_kill(&b);
    ipc_kill(&c);
    ipc_host_signal(k, blocked, UINT64_MAX);
    vkQueueWaitIdle(k->queue);
    const VkFence f = kit_fence(k, false); /* the device goes on */
    submit(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0, f);
    CHECK(k, ipc_done_in(k, f, IPC_SECOND), "the device is dead");
}

struct sleeper {
    struct kit *k;
    VkSemaphore sem;
    double woken;
};

static void *
sleeper(void *arg)
{
    struct sleeper *s = arg;
    (void)ipc_host_wait(s->k, s->sem, 1, 10 * IPC_SECOND);
    s->woken = ipc_seconds();
    return NULL;
}

/* A peer says that nobody waits: waits of this process are woken by its own signals all the same. */
static void
s30_denied_waiters(struct kit *k)
{
    if (!can_sync(k)) {
        return;
    }
    double best = 1;
    for (int i = 0; i < 8 && best >= 0.015; i++) {
        struct sleeper s = {k, ipc_semaphore(k, true, OPAQUE), 0};
        uint64_t size_B;
        volatile uint32_t *page = (void *)ipc_map(ipc_semaphore_fd(k, s.sem), &size_B);
        pthread_t thread;
        REQUIRE(k, pthread_create(&thread, NULL, sleeper, &s) == 0, "thread");
        usleep(20000);
        page[19] = 0; /* how many wait */
        const double start = ipc_seconds();
        ipc_host_signal(k, s.sem, 1);
        pthread_join(thread, NULL);
        best = s.woken - start < best ? s.woken - start : best;
        munmap((void *)(uintptr_t)page, size_B);
    }
    CHECK(k, best < 0.015, "woken after %.3f s at best", best);
}

static const struct kit_case cases[] = {
    {"s16_binary", s16_binary},
    {"s16_temporary", s16_temporary},
    {"s16_host_ping_pong", s16_host_ping_pong},
    {"s16_wait_before_signal", s16_wait_before_signal},
    {"s16_wait_any", s16_wait_any},
    {"s16_timeouts", s16_timeouts},
    {"s16_many_payloads", s16_many_payloads},
    {"s16_reexport", s16_reexport},
    {"s16_refusals", s16_refusals},
    {"s17_fence", s17_fence},
    {"s17_sync_fd", s17_sync_fd},
    {"s17_own_signal", s17_own_signal},
    {"s17_broken_promise", s17_broken_promise},
    {"s30_hostile_page", s30_hostile_page},
    {"s30_denied_waiters", s30_denied_waiters},
};
static const struct ipc_role roles[] = {
    {"binary_waiter", binary_waiter, NULL}, {"temporary_peer", temporary_peer, NULL}, {"counter_peer", counter_peer, NULL},
    {"far_peer", far_peer, NULL},           {"many_peer", many_peer, NULL},           {"fence_peer", fence_peer, NULL},
    {"promiser", promiser, NULL},           {"scribbler", NULL, scribbler},
};
IPC_MAIN(cases, roles)

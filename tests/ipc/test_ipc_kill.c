/* The other process is killed: while it is idle, waits, has promised a signal, submits, draws. Who is left goes on. */
#include "ipc.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define OPAQUE VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT
#define OPAQUE_FENCE VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT

static bool
can_play(struct kit *k)
{
    if (!k->vk.GetMemoryFdKHR || !k->vk.GetSemaphoreFdKHR || !k->vk.GetFenceFdKHR || !k->vk.WaitSemaphores) {
        kit_skip(k, "needs VK_KHR_external_memory_fd, VK_KHR_external_semaphore_fd, VK_KHR_external_fence_fd and timelines");
        return false;
    }
    return true;
}

static void
submit(struct kit *k, VkSemaphore wait, uint64_t wait_value, VkSemaphore signal, uint64_t signal_value, VkFence fence)
{
    ipc_submit(k, k->queue, VK_NULL_HANDLE, wait, wait_value, signal, signal_value, fence);
}

static VkFence
shared_fence(struct kit *k, int *fd)
{
    const VkExportFenceCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO, .handleTypes = OPAQUE_FENCE};
    const VkFenceCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, .pNext = &ex};
    VkFence f;
    MUST(vkCreateFence(k->device, &ci, NULL, &f));
    KIT_OWN(k, VK_OBJECT_TYPE_FENCE, f);
    const VkFenceGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_FENCE_GET_FD_INFO_KHR, .fence = f, .handleType = OPAQUE_FENCE};
    MUST(k->vk.GetFenceFdKHR(k->device, &get, fd));
    return f;
}

/* ---- 19: the other side dies ---- */

enum death { DEATH_IDLE, DEATH_WAITING, DEATH_PENDING };

static void
victim(struct kit *k)
{
    int how;
    ipc_recv(ipc_parent, &how, sizeof(how), NULL);
    const VkSemaphore binary = ipc_semaphore_received(k, false), line = ipc_semaphore_received(k, true), gate = ipc_semaphore(k, true, 0);
    int fd;
    const VkFence fence = kit_fence(k, false);
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        kit_die("no descriptor");
    }
    const VkImportFenceFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_FENCE_FD_INFO_KHR, .fence = fence, .handleType = OPAQUE_FENCE, .fd = fd};
    MUST(k->vk.ImportFenceFdKHR(k->device, &imp));
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
    const VkSemaphore binary = ipc_semaphore(k, false, OPAQUE), line = ipc_semaphore(k, true, OPAQUE);
    int fence_fd;
    const VkFence fence = shared_fence(k, &fence_fd), f = kit_fence(k, false);
    struct ipc_peer peer = ipc_spawn("victim");
    int fd = ipc_semaphore_fd(k, binary);
    const int mode = (int)how;
    ipc_send(peer.sock, &mode, sizeof(mode), -1);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    fd = ipc_semaphore_fd(k, line);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_send(peer.sock, NULL, 0, fence_fd);
    close(fence_fd);
    ipc_meet(peer.sock, 1);
    if (how == DEATH_PENDING) {
        submit(k, binary, 0, VK_NULL_HANDLE, 0, f);
        CHECK(k, !ipc_done_in(k, f, IPC_SECOND / 5), "a living process has not signalled yet");
    }
    const double start = ipc_seconds();
    ipc_kill(&peer);
    if (how == DEATH_PENDING) {
        CHECK(k, ipc_done_in(k, f, 5 * IPC_SECOND), "the wait hangs on a dead process");
        CHECK(k, ipc_host_wait(k, line, 7, 5 * IPC_SECOND) == VK_SUCCESS, "the timeline hangs on a dead process");
        CHECK(k, ipc_done_in(k, fence, 5 * IPC_SECOND), "the fence hangs on a dead process");
        CHECK(k, ipc_seconds() - start < 2, "%.2f s until the death was noticed", ipc_seconds() - start);
    } else { /* nothing was promised: timeouts, as asked */
        CHECK(k, ipc_host_wait(k, line, 7, IPC_SECOND / 5) == VK_TIMEOUT, "a signal out of nothing");
        CHECK(k, !ipc_done_in(k, fence, IPC_SECOND / 5), "a signal out of nothing");
    }
    CHECK(k, ipc_host_wait(k, line, 8, IPC_SECOND / 5) == VK_TIMEOUT, "more than was promised");
    ipc_host_signal(k, line, 100); /* the device goes on */
    CHECK(k, ipc_host_wait(k, line, 100, IPC_SECOND) == VK_SUCCESS, "the timeline is dead, too");
    submit(k, VK_NULL_HANDLE, 0, binary, 0, VK_NULL_HANDLE);
    MUST(vkResetFences(k->device, 1, &f));
    submit(k, binary, 0, VK_NULL_HANDLE, 0, f);
    CHECK(k, ipc_done_in(k, f, IPC_SECOND), "the semaphore is dead, too");
}

static void
s19_peer_dies(struct kit *k)
{
    if (!can_play(k)) {
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
    const VkSemaphore line = ipc_semaphore_received(k, true), gate = ipc_semaphore(k, true, 0);
    submit(k, gate, 1, line, 50, VK_NULL_HANDLE); /* a promise of its own */
    ipc_meet(ipc_parent, 1);
    ipc_meet(ipc_parent, 2);
    ipc_host_signal(k, gate, 1);
}

static void
s19_third_holder(struct kit *k)
{
    if (!can_play(k)) {
        return;
    }
    const VkSemaphore binary = ipc_semaphore(k, false, OPAQUE), line = ipc_semaphore(k, true, OPAQUE);
    int fd;
    (void)shared_fence(k, &fd);
    const int fence_fd = fd;
    struct ipc_peer by = ipc_spawn("bystander"), dead = ipc_spawn("victim");
    fd = ipc_semaphore_fd(k, line);
    ipc_send(by.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(by.sock, 1);
    const int mode = DEATH_PENDING;
    ipc_send(dead.sock, &mode, sizeof(mode), -1);
    fd = ipc_semaphore_fd(k, binary);
    ipc_send(dead.sock, NULL, 0, fd);
    close(fd);
    fd = ipc_semaphore_fd(k, line);
    ipc_send(dead.sock, NULL, 0, fd);
    close(fd);
    ipc_send(dead.sock, NULL, 0, fence_fd);
    close(fence_fd);
    ipc_meet(dead.sock, 1);
    ipc_kill(&dead);
    CHECK(k, ipc_host_wait(k, line, 7, 5 * IPC_SECOND) == VK_SUCCESS, "the promise of the dead one is not kept");
    CHECK(k, ipc_host_wait(k, line, 50, IPC_SECOND / 4) == VK_TIMEOUT, "the promise of the living one was kept for it");
    ipc_meet(by.sock, 2);
    CHECK(k, ipc_host_wait(k, line, 50, 10 * IPC_SECOND) == VK_SUCCESS, "the living one does not signal");
    ipc_join(k, &by);
}

/* A peer killed at any time, again and again. */
static void
busy_victim(struct kit *k)
{
    const VkSemaphore line = ipc_semaphore_received(k, true);
    ipc_meet(ipc_parent, 1);
    for (uint64_t v = 1;; v++) {
        submit(k, VK_NULL_HANDLE, 0, line, v, VK_NULL_HANDLE);
        submit(k, line, v, VK_NULL_HANDLE, 0, VK_NULL_HANDLE);
    }
}

static void
s19_killed_often(struct kit *k)
{
    if (!can_play(k)) {
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
        const int fd = ipc_semaphore_fd(k, line);
        ipc_send(peer.sock, NULL, 0, fd);
        close(fd);
        ipc_meet(peer.sock, 1);
        usleep((useconds_t)(i * 131 % 3000));
        ipc_kill(&peer);
        uint64_t v = 0;
        MUST(k->vk.GetSemaphoreCounterValue(k->device, line, &v));
        REQUIRE(k, ipc_host_wait(k, line, v, IPC_SECOND) == VK_SUCCESS, "kill %ld", i);
        ipc_host_signal(k, line, v + 1000000);
        REQUIRE(k, ipc_host_wait(k, line, v + 1000000, IPC_SECOND) == VK_SUCCESS, "kill %ld: the semaphore is dead, too", i);
        vkDestroySemaphore(k->device, line, NULL);
    }
    CHECK(k, ipc_open_fds() == fds, "%d descriptors leaked", ipc_open_fds() - fds);
    printf("  %ld peers killed\n", n);
}

/* ---- 20: the producer is killed while it draws ---- */

static void
endless_producer(struct kit *k)
{
    const struct ipc_image img = ipc_image(k, ipc_rgba(512, 512), IPC_KHR, -1);
    const int fd = ipc_get_fd(k, img.memory);
    ipc_send(ipc_parent, &img.size_B, sizeof(img.size_B), fd);
    close(fd);
    for (uint32_t i = 0;; i++) {
        VkCommandBuffer cmd = kit_begin(k);
        ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
        const VkClearColorValue color = {.float32 = {(float)(i % 200) / 255.0f, 1, 1, 1}};
        const VkImageSubresourceRange r = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &r);
        kit_submit(k, cmd);
    }
}

static void
s20_producer_killed(struct kit *k)
{
    if (!can_play(k)) {
        return;
    }
    for (int i = 0; i < ipc_count(5, 100); i++) {
        struct ipc_peer peer = ipc_spawn("endless_producer");
        VkDeviceSize size_B;
        int fd;
        REQUIRE(k, ipc_recv(peer.sock, &size_B, sizeof(size_B), &fd), "nothing came");
        const struct ipc_image img = ipc_image(k, ipc_rgba(512, 512), IPC_KHR, fd);
        void *p;
        MUST(vkMapMemory(k->device, img.memory, 0, VK_WHOLE_SIZE, 0, &p));
        usleep((useconds_t)(i * 777 % 5000));
        ipc_kill(&peer);
        const uint8_t *b = p;
        uint64_t sum = 0;
        for (uint64_t at = 0; at < size_B; at++) { /* perhaps half a picture, never a fault */
            sum += b[at];
        }
        CHECK(k, sum != 1, "%llu", (unsigned long long)sum);
    }
}

/* ---- 19, 20: killed inside a vkQueueSubmit that draws ---- */

#define DRAW_PX 512
#define DRAW_TIMES 100

struct control { /* in memory that both see */
    uint32_t inside;    /* atomic: vkQueueSubmit has been called and has not returned */
    uint64_t submitted; /* atomic: the value that the last call was to signal */
};

static struct control *
control_map(int fd)
{
    struct control *c = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (c == MAP_FAILED) {
        kit_die("mmap: %s", strerror(errno));
    }
    return c;
}

/* Draws again and again over its own image, or over one that it was given. */
static void
drawer(struct kit *k)
{
    int control_fd, image_fd, line_fd, own;
    if (!ipc_recv(ipc_parent, &own, sizeof(own), &control_fd) || !ipc_recv(ipc_parent, NULL, 0, &image_fd) ||
        !ipc_recv(ipc_parent, NULL, 0, &line_fd)) {
        kit_die("no descriptors");
    }
    struct control *c = control_map(control_fd);
    const struct ipc_image img = ipc_image(k, ipc_rgba(DRAW_PX, DRAW_PX), IPC_KHR, image_fd);
    const struct ipc_fan fan = ipc_fan(k, &img.info, img.view);
    const VkSemaphore line = ipc_semaphore(k, true, OPAQUE);
    if (own) {
        int fd = ipc_get_fd(k, img.memory);
        ipc_send(ipc_parent, NULL, 0, fd);
        close(fd);
        fd = ipc_semaphore_fd(k, line);
        ipc_send(ipc_parent, NULL, 0, fd);
        close(fd);
    } else {
        MUST(ipc_semaphore_import(k, line, OPAQUE, 0, line_fd));
    }
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    ipc_fan_draw(cmd, &fan, DRAW_TIMES);
    ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
    MUST(vkEndCommandBuffer(cmd));
    for (uint64_t v = 1;; v++) {
        __atomic_store_n(&c->submitted, v, __ATOMIC_SEQ_CST);
        __atomic_store_n(&c->inside, 1, __ATOMIC_SEQ_CST);
        ipc_submit(k, k->queue, cmd, VK_NULL_HANDLE, 0, line, v, VK_NULL_HANDLE);
        __atomic_store_n(&c->inside, 0, __ATOMIC_SEQ_CST);
        MUST(ipc_host_wait(k, line, v, 20 * IPC_SECOND));
        MUST(vkQueueWaitIdle(k->queue));
    }
}

/* The image after the fan, drawn by whoever is left, is the fan over zeros or over itself. */
static void
draw_again(struct kit *k, const struct ipc_image *img, const uint8_t *want)
{
    const struct ipc_fan fan = ipc_fan(k, &img->info, img->view);
    const struct kit_image view = {.image = img->image, .info = img->info, .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, img->image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_EXTERNAL, 0);
    ipc_fan_draw(cmd, &fan, 1);
    kit_submit(k, cmd);
    kit_same(k, "the image drawn after the death", kit_read(k, &view, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want, DRAW_PX * DRAW_PX, 4, DRAW_PX);
}

static void
killed_drawing(struct kit *k, int own)
{
    if (!can_play(k)) {
        return;
    }
    const int rounds = (int)ipc_count(8, 200);
    const struct kit_image flat = kit_image(k, ipc_rgba(DRAW_PX, DRAW_PX));
    const struct ipc_fan fan = ipc_fan(k, &flat.info, flat.view);
    VkCommandBuffer cmd = kit_begin(k);
    const VkClearColorValue zero = {{0}};
    const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdClearColorImage(cmd, flat.image, VK_IMAGE_LAYOUT_GENERAL, &zero, 1, &all);
    kit_barrier(cmd);
    ipc_fan_draw(cmd, &fan, 1);
    kit_submit(k, cmd);
    const uint8_t *want = kit_read(k, &flat, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    int inside = 0, kept = 0;
    double slowest = 0;
    for (int i = 0; i < rounds; i++) {
        const int control_fd = memfd_create("control", MFD_CLOEXEC);
        REQUIRE(k, ftruncate(control_fd, 4096) == 0, "ftruncate");
        struct control *c = control_map(control_fd);
        setenv("PUMICE_DEBUG", "sync", 1); /* the work is done inside vkQueueSubmit */
        struct ipc_peer peer = ipc_spawn("drawer");
        unsetenv("PUMICE_DEBUG");
        ipc_send(peer.sock, &own, sizeof(own), control_fd);
        close(control_fd);
        struct ipc_image img;
        VkSemaphore line = ipc_semaphore(k, true, own ? 0 : OPAQUE);
        if (own) {
            int fd;
            ipc_send(peer.sock, NULL, 0, -1);
            ipc_send(peer.sock, NULL, 0, -1);
            REQUIRE(k, ipc_recv(peer.sock, NULL, 0, &fd), "no image");
            img = ipc_image(k, ipc_rgba(DRAW_PX, DRAW_PX), IPC_KHR, fd);
            REQUIRE(k, ipc_recv(peer.sock, NULL, 0, &fd), "no semaphore");
            MUST(ipc_semaphore_import(k, line, OPAQUE, 0, fd));
        } else {
            img = ipc_image(k, ipc_rgba(DRAW_PX, DRAW_PX), IPC_NV, -1);
            const int fds[2] = {ipc_get_fd(k, img.memory), ipc_semaphore_fd(k, line)};
            for (int n = 0; n < 2; n++) {
                ipc_send(peer.sock, NULL, 0, fds[n]);
                close(fds[n]);
            }
        }
        VkCommandBuffer first = kit_begin(k); /* what we think of its layout to begin with */
        ipc_image_barrier(first, img.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
        kit_submit(k, first);
        const uint8_t *bytes;
        MUST(vkMapMemory(k->device, img.memory, 0, VK_WHOLE_SIZE, 0, (void **)(uintptr_t)&bytes));
        REQUIRE(k, ipc_host_wait(k, line, 2, 30 * IPC_SECOND) == VK_SUCCESS, "it does not draw");
        for (int n = 0; n < 100000 && !__atomic_load_n(&c->inside, __ATOMIC_SEQ_CST); n++) {
            usleep(10);
        }
        usleep((useconds_t)(i * 777 % 3000));
        ipc_kill(&peer);
        const uint64_t last = c->submitted;
        const double start = ipc_seconds();
        const bool came = ipc_host_wait(k, line, last, IPC_SECOND) == VK_SUCCESS;
        slowest = came && ipc_seconds() - start > slowest ? ipc_seconds() - start : slowest;
        inside += c->inside != 0;
        kept += came && c->inside;
        CHECK(k, ipc_host_wait(k, line, last + 1, IPC_SECOND / 50) == VK_TIMEOUT, "more than was promised");
        for (uint64_t t = 0; t < (uint64_t)DRAW_PX * DRAW_PX; t++) { /* each texel is as it was or as drawn; no fault */
            if (memcmp(bytes + 4 * t, want + 4 * t, 4) != 0 && memcmp(bytes + 4 * t, "\0\0\0", 4) != 0) {
                REQUIRE(k, 0, "texel %llu is neither", (unsigned long long)t);
            }
        }
        draw_again(k, &img, want);
        ipc_host_signal(k, line, last + 5);
        CHECK(k, ipc_host_wait(k, line, last + 5, IPC_SECOND) == VK_SUCCESS, "the timeline is dead, too");
        munmap(c, 4096);
        vkDeviceWaitIdle(k->device);
    }
    printf("  %d of %d killed inside vkQueueSubmit; %d signals given in their place, after %.3f s at most\n", inside, rounds, kept, slowest);
    CHECK(k, inside * 2 > rounds, "a test that tests little");
    CHECK(k, kept + 1 >= inside, "%d waits hang on a dead process", inside - kept); /* one may have died before it promised */
}

static void
s19_killed_drawing(struct kit *k)
{
    killed_drawing(k, 0);
}

static void
s20_killed_drawing(struct kit *k)
{
    killed_drawing(k, 1);
}

static const struct kit_case cases[] = {
    {"s19_peer_dies", s19_peer_dies},           {"s19_third_holder", s19_third_holder},     {"s19_killed_often", s19_killed_often},
    {"s19_killed_drawing", s19_killed_drawing}, {"s20_producer_killed", s20_producer_killed}, {"s20_killed_drawing", s20_killed_drawing},
};
static const struct ipc_role roles[] = {
    {"victim", victim, NULL},         {"bystander", bystander, NULL}, {"busy_victim", busy_victim, NULL}, {"endless_producer", endless_producer, NULL},
    {"drawer", drawer, NULL},
};
IPC_MAIN(cases, roles)

#include "ipc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ipc_fan_frag.h"
#include "ipc_fan_vert.h"

int ipc_parent = -1;
const size_t ipc_fan_vert_B = sizeof(ipc_fan_vert), ipc_fan_frag_B = sizeof(ipc_fan_frag);

long
ipc_count(long quick, long full)
{
    const char *e = getenv("PUMICE_TEST_FULL");
    return e && *e == '1' ? full : quick;
}

/* Goes on in a child; the parent ends as the child does, without looking for leaks, which takes a thread that it may not make here. */
static void
go_on_in_child(void)
{
    const pid_t pid = fork();
    if (pid != 0) {
        int status = 0;
        close(ipc_parent);
        waitpid(pid, &status, 0);
        _exit(pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
}

/* Goes on in a PID namespace of its own, whose setting this is, with a /proc of its own. */
static void
set_memfd_noexec(const char *value)
{
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) != 0) {
        _exit(77);
    }
    go_on_in_child();
    const bool mounted = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("proc", "/proc", "proc", 0, NULL) == 0;
    const int f = mounted ? open("/proc/sys/vm/memfd_noexec", O_WRONLY | O_CLOEXEC) : -1;
    if (f < 0 || write(f, value, 1) != 1) {
        _exit(77);
    }
    close(f);
    go_on_in_child(); /* process 1 cannot be traced, which the leak checker does */
}

int
ipc_main(int argc, char **argv, const struct kit_case *cases, size_t n, const struct ipc_role *roles, size_t n_roles)
{
    alarm((unsigned)ipc_count(60, 10800));
    signal(SIGPIPE, SIG_IGN);
    if (argc < 3 || strncmp(argv[1], "--role=", 7) != 0) {
        return kit_main(argc, argv, cases, n);
    }
    ipc_parent = atoi(argv[2]);
    fcntl(ipc_parent, F_SETFD, FD_CLOEXEC);
    const char *group = getenv("IPC_JOIN_GROUP"); /* before the driver looks at its limits */
    const int f = group ? open(group, O_WRONLY | O_CLOEXEC) : -1;
    if (f >= 0) {
        if (write(f, "0", 1) != 1) {
            kit_die("%s: %s", group, strerror(errno));
        }
        close(f);
    }
    if (getenv("IPC_MEMFD_NOEXEC")) {
        set_memfd_noexec(getenv("IPC_MEMFD_NOEXEC"));
        alarm((unsigned)ipc_count(60, 10800)); /* children have none */
    }
    for (size_t i = 0; i < n_roles; i++) {
        if (strcmp(roles[i].name, argv[1] + 7) == 0) {
            if (roles[i].plain) {
                return roles[i].plain();
            }
            const struct kit_case c = {roles[i].name, roles[i].vulkan};
            return kit_main(1, argv, &c, 1);
        }
    }
    kit_die("no role %s", argv[1]);
}

struct ipc_peer
ipc_spawn(const char *role)
{
    int socks[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0) {
        kit_die("socketpair: %s", strerror(errno));
    }
    char arg[64], fd[16];
    snprintf(arg, sizeof(arg), "--role=%s", role);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid < 0) {
        kit_die("fork: %s", strerror(errno));
    }
    if (pid == 0) {
        snprintf(fd, sizeof(fd), "%d", socks[1]);
        fcntl(socks[1], F_SETFD, 0);
        execl("/proc/self/exe", "ipc", arg, fd, (char *)NULL);
        _exit(99);
    }
    close(socks[1]);
    return (struct ipc_peer){pid, socks[0]};
}

bool
ipc_join_or_skip(struct kit *k, struct ipc_peer *peer)
{
    int status = 0;
    close(peer->sock);
    waitpid(peer->pid, &status, 0);
    const bool skipped = WIFEXITED(status) && WEXITSTATUS(status) == 77;
    CHECK(k, skipped || (WIFEXITED(status) && WEXITSTATUS(status) == 0), "the other process ended with status 0x%x", status);
    return !skipped;
}

void
ipc_join(struct kit *k, struct ipc_peer *peer)
{
    CHECK(k, ipc_join_or_skip(k, peer), "the other process skipped its part");
}

void
ipc_kill(struct ipc_peer *peer)
{
    int status;
    kill(peer->pid, SIGKILL);
    waitpid(peer->pid, &status, 0);
    close(peer->sock);
}

void
ipc_send(int sock, const void *data, size_t n, int fd)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    char copy[1024] = {0};
    if (n > sizeof(copy)) {
        kit_die("a message of %zu B", n);
    }
    if (n) {
        memcpy(copy, data, n);
    }
    struct iovec iov = {.iov_base = copy, .iov_len = n ? n : 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof(control);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    }
    if (sendmsg(sock, &m, 0) < 0) {
        kit_die("sendmsg: %s", strerror(errno));
    }
}

bool
ipc_recv(int sock, void *data, size_t n, int *fd)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    char nothing;
    struct iovec iov = {.iov_base = n ? data : &nothing, .iov_len = n ? n : 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t got;
    do {
        got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)iov.iov_len || (m.msg_flags & MSG_CTRUNC)) {
        return false;
    }
    int received = -1;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_type == SCM_RIGHTS) {
        memcpy(&received, CMSG_DATA(c), sizeof(received));
    }
    if (fd) {
        *fd = received;
    } else if (received >= 0) {
        close(received);
    }
    return true;
}

void
ipc_meet(int sock, int step)
{
    int theirs = -1;
    ipc_send(sock, &step, sizeof(step), -1);
    if (!ipc_recv(sock, &theirs, sizeof(theirs), NULL) || theirs != step) {
        kit_die("at step %d the other process is at %d", step, theirs);
    }
}

int
ipc_open_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    while (d && readdir(d)) {
        n++;
    }
    if (d) {
        closedir(d);
    }
    return n;
}

long
ipc_mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    long n = 0;
    for (int c; f && (c = fgetc(f)) != EOF;) {
        n += c == '\n';
    }
    if (f) {
        fclose(f);
    }
    return n;
}

static double
seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double
ipc_seconds(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double
ipc_cpu_seconds(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* ---- memory ---- */

VkResult
ipc_import(struct kit *k, VkDeviceSize size_B, int fd, const void *next, VkDeviceMemory *memory)
{
    const VkImportMemoryFdInfoKHR import = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, .pNext = next,
                                            .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = fd};
    const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &import, .allocationSize = size_B};
    *memory = VK_NULL_HANDLE;
    return vkAllocateMemory(k->device, &info, NULL, memory);
}

VkDeviceMemory
ipc_export(struct kit *k, VkDeviceSize size_B, enum ipc_spelling how)
{
    const VkExportMemoryAllocateInfoNV nv = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV,
                                             .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV};
    const VkExportMemoryAllocateInfo khr = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                            .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = size_B,
                                       .pNext = how == IPC_NV ? (const void *)&nv : how == IPC_KHR ? (const void *)&khr : NULL};
    VkDeviceMemory memory;
    MUST(vkAllocateMemory(k->device, &info, NULL, &memory));
    return memory;
}

int
ipc_get_fd(struct kit *k, VkDeviceMemory memory)
{
    const VkMemoryGetFdInfoKHR info = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = memory,
                                       .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    int fd = -2;
    MUST(k->vk.GetMemoryFdKHR(k->device, &info, &fd));
    if (fd < 3) {
        kit_die("vkGetMemoryFdKHR gave descriptor %d", fd);
    }
    return fd;
}

uint8_t *
ipc_map(int fd, uint64_t *size_B)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        kit_die("no descriptor");
    }
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        kit_die("mmap: %s", strerror(errno));
    }
    close(fd);
    *size_B = (uint64_t)st.st_size;
    return p;
}

VkImageCreateInfo
ipc_rgba(uint32_t width, uint32_t height)
{
    return (VkImageCreateInfo){.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                               .imageType = VK_IMAGE_TYPE_2D,
                               .format = VK_FORMAT_R8G8B8A8_UNORM,
                               .extent = {width, height, 1},
                               .mipLevels = 1,
                               .arrayLayers = 1,
                               .samples = VK_SAMPLE_COUNT_1_BIT,
                               .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                                        VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
}

struct ipc_image
ipc_image(struct kit *k, VkImageCreateInfo info, enum ipc_spelling how, int import_fd)
{
    const VkExternalMemoryImageCreateInfoNV nv = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO_NV,
                                                  .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV};
    const VkExternalMemoryImageCreateInfo khr = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
                                                 .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    struct ipc_image img = {.info = info};
    info.pNext = how == IPC_NV ? (const void *)&nv : (const void *)&khr;
    MUST(vkCreateImage(k->device, &info, NULL, &img.image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
    VkMemoryRequirements reqs;
    vkGetImageMemoryRequirements(k->device, img.image, &reqs);
    img.size_B = reqs.size;
    if (import_fd >= 0) {
        MUST(ipc_import(k, reqs.size, import_fd, NULL, &img.memory));
    } else {
        img.memory = ipc_export(k, reqs.size, how);
    }
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, img.memory);
    MUST(vkBindImageMemory(k->device, img.image, img.memory, 0));
    if (info.usage & ~(VkImageUsageFlags)(VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT)) {
        const VkImageViewCreateInfo view = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                            .image = img.image,
                                            .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                            .format = info.format,
                                            .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
        MUST(vkCreateImageView(k->device, &view, NULL, &img.view));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, img.view);
    }
    return img;
}

void
ipc_image_barrier(VkCommandBuffer cmd, VkImage image, VkImageLayout from, VkImageLayout to, uint32_t src_family, uint32_t dst_family)
{
    const VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                                    .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                    .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
                                    .oldLayout = from,
                                    .newLayout = to,
                                    .srcQueueFamilyIndex = src_family,
                                    .dstQueueFamilyIndex = dst_family,
                                    .image = image,
                                    .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS}};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
}

struct ipc_fan
ipc_fan(struct kit *k, const VkImageCreateInfo *info, VkImageView view)
{
    struct ipc_fan fan = {.width = info->extent.width, .height = info->extent.height};
    struct kit_target t = {.width = fan.width, .height = fan.height, .layers = 1, .n = 1, .formats = {info->format}, .samples = info->samples};
    const VkAttachmentDescription att = {.format = info->format, .samples = info->samples, .loadOp = VK_ATTACHMENT_LOAD_OP_LOAD,
                                         .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
    const VkAttachmentReference ref = {0, VK_IMAGE_LAYOUT_GENERAL};
    const VkSubpassDescription sub = {.colorAttachmentCount = 1, .pColorAttachments = &ref};
    const VkRenderPassCreateInfo rp = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 1, .pAttachments = &att,
                                       .subpassCount = 1, .pSubpasses = &sub};
    MUST(vkCreateRenderPass(k->device, &rp, NULL, &fan.pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, fan.pass);
    const VkFramebufferCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = fan.pass, .attachmentCount = 1,
                                        .pAttachments = &view, .width = fan.width, .height = fan.height, .layers = 1};
    MUST(vkCreateFramebuffer(k->device, &fb, NULL, &fan.framebuffer));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fan.framebuffer);
    t.pass = fan.pass;
    t.framebuffer = fan.framebuffer;
    struct kit_graphics *g = kit_alloc(k, sizeof(*g));
    kit_graphics_init(k, g, &t, kit_layout(k, 0, NULL, 0), KIT_CODE(ipc_fan_vert), KIT_CODE(ipc_fan_frag));
    g->samples.rasterizationSamples = info->samples;
    fan.pipe = kit_graphics_create(k, g);
    return fan;
}

void
ipc_fan_draw(VkCommandBuffer cmd, const struct ipc_fan *fan, uint32_t times)
{
    const VkRenderPassBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = fan->pass, .framebuffer = fan->framebuffer,
                                         .renderArea = {{0, 0}, {fan->width, fan->height}}};
    vkCmdBeginRenderPass(cmd, &begin, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, fan->pipe);
    vkCmdDraw(cmd, 3, times, 0, 0);
    vkCmdEndRenderPass(cmd);
}

/* ---- semaphores ---- */

VkSemaphore
ipc_semaphore(struct kit *k, bool timeline, VkExternalSemaphoreHandleTypeFlags export)
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

int
ipc_semaphore_fd(struct kit *k, VkSemaphore sem)
{
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = sem,
                                         .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    int fd = -1;
    MUST(k->vk.GetSemaphoreFdKHR(k->device, &get, &fd));
    return fd;
}

VkResult
ipc_semaphore_import(struct kit *k, VkSemaphore sem, VkExternalSemaphoreHandleTypeFlagBits type, VkSemaphoreImportFlags flags, int fd)
{
    const VkImportSemaphoreFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, .semaphore = sem, .flags = flags,
                                            .handleType = type, .fd = fd};
    return k->vk.ImportSemaphoreFdKHR(k->device, &imp);
}

VkSemaphore
ipc_semaphore_received(struct kit *k, bool timeline)
{
    int fd;
    const VkSemaphore s = ipc_semaphore(k, timeline, 0);
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        kit_die("no descriptor");
    }
    MUST(ipc_semaphore_import(k, s, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT, 0, fd));
    return s;
}

void
ipc_submit(struct kit *k, VkQueue queue, VkCommandBuffer cmd, VkSemaphore wait, uint64_t wait_value, VkSemaphore signal, uint64_t signal_value,
           VkFence fence)
{
    const VkTimelineSemaphoreSubmitInfo tl = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, .waitSemaphoreValueCount = wait ? 1 : 0,
                                              .pWaitSemaphoreValues = &wait_value, .signalSemaphoreValueCount = signal ? 1 : 0,
                                              .pSignalSemaphoreValues = &signal_value};
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &tl, .waitSemaphoreCount = wait ? 1 : 0, .pWaitSemaphores = &wait,
                             .pWaitDstStageMask = &stage, .commandBufferCount = cmd ? 1 : 0, .pCommandBuffers = &cmd,
                             .signalSemaphoreCount = signal ? 1 : 0, .pSignalSemaphores = &signal};
    (void)k;
    MUST(vkQueueSubmit(queue, 1, &si, fence));
}

VkResult
ipc_host_wait(struct kit *k, VkSemaphore sem, uint64_t value, uint64_t timeout_ns)
{
    const VkSemaphoreWaitInfo wi = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &sem, .pValues = &value};
    return k->vk.WaitSemaphores(k->device, &wi, timeout_ns);
}

void
ipc_host_signal(struct kit *k, VkSemaphore sem, uint64_t value)
{
    const VkSemaphoreSignalInfo si = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, .semaphore = sem, .value = value};
    MUST(k->vk.SignalSemaphore(k->device, &si));
}

bool
ipc_done_in(struct kit *k, VkFence fence, uint64_t timeout_ns)
{
    return vkWaitForFences(k->device, 1, &fence, VK_TRUE, timeout_ns) == VK_SUCCESS;
}

static uint64_t
up(uint64_t v, uint64_t to)
{
    return (v + to - 1) / to * to;
}

static uint64_t
extent(uint32_t e, uint32_t level)
{
    return e >> level ? e >> level : 1;
}

struct level {
    uint64_t row, slice, size;
};

static struct level
level_of(const VkImageCreateInfo *info, uint32_t texel_B, uint32_t bw, uint32_t bh, uint32_t l)
{
    const uint64_t w = extent(info->extent.width, l), h = extent(info->extent.height, l), d = extent(info->extent.depth, l);
    const uint64_t row = up(up(w, bw) / bw * texel_B, 64), slice = row * (up(h, bh) / bh);
    return (struct level){row, slice, slice * d};
}

static uint64_t
layer_size(const VkImageCreateInfo *info, uint32_t texel_B, uint32_t bw, uint32_t bh, uint32_t levels)
{
    uint64_t size = 0;
    for (uint32_t l = 0; l < levels; l++) {
        size += level_of(info, texel_B, bw, bh, l).size;
    }
    return size;
}

uint64_t
ipc_texel_offset(const VkImageCreateInfo *info, uint32_t texel_B, uint32_t bw, uint32_t bh, uint32_t level, uint32_t layer, uint32_t x, uint32_t y,
                 uint32_t z)
{
    const struct level l = level_of(info, texel_B, bw, bh, level);
    return layer * layer_size(info, texel_B, bw, bh, info->mipLevels) + layer_size(info, texel_B, bw, bh, level) + z * l.slice + y * l.row +
           x * (uint64_t)texel_B;
}

uint64_t
ipc_layout_size(const VkImageCreateInfo *info, uint32_t texel_B, uint32_t bw, uint32_t bh)
{
    return up(layer_size(info, texel_B, bw, bh, info->mipLevels) * info->arrayLayers * (uint32_t)info->samples, 64);
}

/* A stream of frames from one process to another without a copy.
 *
 *   share_frame [--frames N] [--size WxH] [--consumer c|python|vulkan] [--socket] [--clear] [--png FILE]
 *
 * The producer draws into a ring of three images whose memory is exported; descriptors travel once, over a socket. Two exported timeline
 * semaphores order everything else: `ready` counts frames that are drawn, `done` counts frames that the consumer no longer needs, and the
 * producer's queue waits for it before it draws over an image (back-pressure). A consumer with Vulkan waits and signals in its own queue.
 * The others are told by a message when a frame is ready and answer when they are done; the producer then signals for them.
 * --socket does that for the Vulkan consumer, too: for drivers that cannot share semaphores. --clear draws nothing but a clear: the rate
 * of handing over. Both sides compute a sum over the last frame; they must agree. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/common.h"
#include "layers_frag.h"
#include "layers_vert.h"

#define RING 3
#define END 0xffffffffu

struct setup {
    uint32_t width, height, row_pitch_B, count;
    uint64_t size_B; /* of each file */
};

struct options {
    uint32_t frames, width, height;
    const char *consumer, *png;
    bool socket, clear;
};

static void
send_fds(int sock, const void *data, size_t size, const int *fds, int n)
{
    union {
        char room[CMSG_SPACE(8 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    char copy[64];
    memcpy(copy, data, size);
    struct iovec iov = {copy, size};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN((size_t)n * sizeof(int))};
    memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
    if (sendmsg(sock, &m, 0) < 0) {
        ex_die("sendmsg", 0);
    }
}

static int
receive_fds(int sock, void *data, size_t size, int *fds)
{
    union {
        char room[CMSG_SPACE(8 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {data, size};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != (ssize_t)size || !CMSG_FIRSTHDR(&m)) {
        ex_die("recvmsg", 0);
    }
    const size_t bytes = CMSG_FIRSTHDR(&m)->cmsg_len - CMSG_LEN(0);
    memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&m)), bytes);
    return (int)(bytes / sizeof(int));
}

static void
tell(int sock, uint32_t word)
{
    if (send(sock, &word, sizeof(word), 0) != (ssize_t)sizeof(word)) {
        ex_die("send", 0);
    }
}

static uint32_t
hear(int sock)
{
    uint32_t word;
    if (recv(sock, &word, sizeof(word), 0) != (ssize_t)sizeof(word)) {
        ex_die("recv", 0);
    }
    return word;
}

static uint64_t
sum_rows(const uint8_t *p, uint64_t pitch_B, uint32_t width, uint32_t height)
{
    uint64_t total = 0;
    for (uint32_t y = 0; y < height; y++) {
        uint64_t row = 0;
        for (uint32_t x = 0; x < width * 4; x++) {
            row += p[y * pitch_B + x];
        }
        total += (y + 1) * row;
    }
    return total;
}

/* ---- a consumer in C: mmap ---- */

static void
consume_c(int sock, const char *png)
{
    struct setup s;
    int fds[8];
    receive_fds(sock, &s, sizeof(s), fds);
    const uint8_t *images[RING];
    for (uint32_t i = 0; i < s.count; i++) {
        void *p = mmap(NULL, s.size_B, PROT_READ, MAP_SHARED, fds[i], 0);
        if (p == MAP_FAILED) {
            ex_die("mmap", 0);
        }
        images[i] = p;
        close(fds[i]);
    }
    const uint8_t *last = images[0];
    for (uint32_t frame; (frame = hear(sock)) != END;) {
        last = images[frame % s.count];
        tell(sock, frame);
    }
    const uint64_t total = sum_rows(last, s.row_pitch_B, s.width, s.height);
    send(sock, &total, sizeof(total), 0);
    if (png) {
        ex_write_png(png, last, s.width, s.height, s.row_pitch_B);
    }
}

/* ---- Vulkan on both sides ---- */

struct shared {
    VkImage image;
    VkDeviceMemory memory;
    VkDeviceSize size_B;
};

static void
open_gpu(struct ex_gpu *gpu, bool timelines)
{
    static const char *const inst[] = {"VK_KHR_get_physical_device_properties2", "VK_KHR_external_memory_capabilities",
                                       "VK_KHR_external_semaphore_capabilities"};
    static const char *const names[] = {"VK_KHR_external_memory", "VK_KHR_external_memory_fd", "VK_KHR_timeline_semaphore",
                                        "VK_KHR_external_semaphore", "VK_KHR_external_semaphore_fd"};
    const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_0};
    const VkInstanceCreateInfo ici = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app, .enabledExtensionCount = 3,
                                      .ppEnabledExtensionNames = inst};
    CHECK(vkCreateInstance(&ici, NULL, &gpu->instance));
    uint32_t n = 1;
    if (vkEnumeratePhysicalDevices(gpu->instance, &n, &gpu->physical) < 0 || n == 0) {
        ex_die("finding a device", 0);
    }
    VkPhysicalDeviceTimelineSemaphoreFeatures tl = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES,
                                                    .timelineSemaphore = VK_TRUE};
    const float priority = 1;
    const VkDeviceQueueCreateInfo qci = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo dci = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &tl, .queueCreateInfoCount = 1, .pQueueCreateInfos = &qci,
                                    .enabledExtensionCount = timelines ? 5 : 3, .ppEnabledExtensionNames = names};
    CHECK(vkCreateDevice(gpu->physical, &dci, NULL, &gpu->device));
    vkGetDeviceQueue(gpu->device, 0, 0, &gpu->queue);
    const VkCommandPoolCreateInfo pci = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT};
    CHECK(vkCreateCommandPool(gpu->device, &pci, NULL, &gpu->pool));
    const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1};
    const VkDescriptorPoolCreateInfo dpi = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 1, .poolSizeCount = 1, .pPoolSizes = &size};
    CHECK(vkCreateDescriptorPool(gpu->device, &dpi, NULL, &gpu->descriptors));
}

/* fd -1: exports. */
static struct shared
shared_image(const struct ex_gpu *gpu, uint32_t width, uint32_t height, int fd)
{
    struct shared s = {0};
    const VkExternalMemoryImageCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
                                                 .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkImageCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .pNext = &ext, .imageType = VK_IMAGE_TYPE_2D,
                                  .format = VK_FORMAT_R8G8B8A8_UNORM, .extent = {width, height, 1}, .mipLevels = 1, .arrayLayers = 1,
                                  .samples = VK_SAMPLE_COUNT_1_BIT, .tiling = VK_IMAGE_TILING_LINEAR,
                                  .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
    CHECK(vkCreateImage(gpu->device, &ci, NULL, &s.image));
    VkMemoryRequirements reqs;
    vkGetImageMemoryRequirements(gpu->device, s.image, &reqs);
    const VkExportMemoryAllocateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                           .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkImportMemoryFdInfoKHR im = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
                                        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = fd};
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = fd < 0 ? (const void *)&ex : (const void *)&im,
                                     .allocationSize = reqs.size, .memoryTypeIndex = (uint32_t)__builtin_ctz(reqs.memoryTypeBits)};
    CHECK(vkAllocateMemory(gpu->device, &ai, NULL, &s.memory));
    CHECK(vkBindImageMemory(gpu->device, s.image, s.memory, 0));
    s.size_B = reqs.size;
    return s;
}

static VkSemaphore
timeline(const struct ex_gpu *gpu, bool export, int fd)
{
    const VkExportSemaphoreCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                                            .handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, .pNext = export ? &ex : NULL,
                                            .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    const VkSemaphoreCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    VkSemaphore s;
    CHECK(vkCreateSemaphore(gpu->device, &ci, NULL, &s));
    if (fd >= 0) {
        const PFN_vkImportSemaphoreFdKHR import = (PFN_vkImportSemaphoreFdKHR)vkGetDeviceProcAddr(gpu->device, "vkImportSemaphoreFdKHR");
        const VkImportSemaphoreFdInfoKHR info = {.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, .semaphore = s,
                                                 .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = fd};
        CHECK(import(gpu->device, &info));
    }
    return s;
}

static int
semaphore_fd(const struct ex_gpu *gpu, VkSemaphore s)
{
    const PFN_vkGetSemaphoreFdKHR get = (PFN_vkGetSemaphoreFdKHR)vkGetDeviceProcAddr(gpu->device, "vkGetSemaphoreFdKHR");
    const VkSemaphoreGetFdInfoKHR info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = s,
                                          .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    int fd;
    CHECK(get(gpu->device, &info, &fd));
    return fd;
}

static void
submit(const struct ex_gpu *gpu, VkCommandBuffer cmd, VkSemaphore wait, uint64_t wait_value, VkSemaphore signal, uint64_t signal_value)
{
    const VkTimelineSemaphoreSubmitInfo tl = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, .waitSemaphoreValueCount = 1,
                                              .pWaitSemaphoreValues = &wait_value, .signalSemaphoreValueCount = 1, .pSignalSemaphoreValues = &signal_value};
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &tl, .waitSemaphoreCount = 1, .pWaitSemaphores = &wait,
                             .pWaitDstStageMask = &stage, .commandBufferCount = 1, .pCommandBuffers = &cmd, .signalSemaphoreCount = 1,
                             .pSignalSemaphores = &signal};
    CHECK(vkQueueSubmit(gpu->queue, 1, &si, VK_NULL_HANDLE));
}

/* Gives up when the other process is gone: then nobody may ever signal. */
static void
host_wait(const struct ex_gpu *gpu, int sock, VkSemaphore s, uint64_t value)
{
    const PFN_vkWaitSemaphoresKHR wait = (PFN_vkWaitSemaphoresKHR)vkGetDeviceProcAddr(gpu->device, "vkWaitSemaphoresKHR");
    const VkSemaphoreWaitInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &s, .pValues = &value};
    VkResult r;
    while ((r = wait(gpu->device, &info, 500000000)) == VK_TIMEOUT) {
        char byte;
        if (recv(sock, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
            ex_die("waiting for a process that has ended", 0);
        }
    }
    CHECK(r);
}

static void
host_signal(const struct ex_gpu *gpu, VkSemaphore s, uint64_t value)
{
    const PFN_vkSignalSemaphoreKHR signal = (PFN_vkSignalSemaphoreKHR)vkGetDeviceProcAddr(gpu->device, "vkSignalSemaphoreKHR");
    const VkSemaphoreSignalInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, .semaphore = s, .value = value};
    CHECK(signal(gpu->device, &info));
}

static void
barrier(VkCommandBuffer cmd, VkImage image, VkImageLayout from, uint32_t src, uint32_t dst)
{
    const VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                    .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT, .oldLayout = from,
                                    .newLayout = VK_IMAGE_LAYOUT_GENERAL, .srcQueueFamilyIndex = src, .dstQueueFamilyIndex = dst, .image = image,
                                    .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
}

/* ---- a consumer with Vulkan: copies each frame into a buffer of its own ---- */

static void
consume_vulkan(int sock, uint32_t frames, bool by_socket)
{
    struct setup s;
    int fds[8];
    struct ex_gpu gpu;
    struct shared img[RING];
    const int n = receive_fds(sock, &s, sizeof(s), fds);
    open_gpu(&gpu, n == RING + 2);
    for (int i = 0; i < RING; i++) {
        img[i] = shared_image(&gpu, s.width, s.height, fds[i]);
    }
    const VkSemaphore ready = timeline(&gpu, false, n == RING + 2 ? fds[RING] : -1), done = timeline(&gpu, false, n == RING + 2 ? fds[RING + 1] : -1);
    struct ex_buffer buf = ex_buffer_create(&gpu, (VkDeviceSize)s.width * s.height * 4, NULL);
    VkCommandBuffer cmds[RING];
    for (int i = 0; i < RING; i++) {
        cmds[i] = ex_begin(&gpu);
        CHECK(vkEndCommandBuffer(cmds[i]));
        const VkCommandBufferBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
        CHECK(vkBeginCommandBuffer(cmds[i], &bi));
        const VkBufferImageCopy copy = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {s.width, s.height, 1}};
        barrier(cmds[i], img[i].image, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_EXTERNAL, 0);
        vkCmdCopyImageToBuffer(cmds[i], img[i].image, VK_IMAGE_LAYOUT_GENERAL, buf.buffer, 1, &copy);
        CHECK(vkEndCommandBuffer(cmds[i]));
    }
    for (uint32_t f = 0; f < frames; f++) {
        if (by_socket) {
            hear(sock);
            host_signal(&gpu, ready, f + 1);
        }
        submit(&gpu, cmds[f % RING], ready, f + 1, done, f + 1);
        if (by_socket || f % RING == 0) { /* not too far ahead of ourselves */
            host_wait(&gpu, sock, done, by_socket ? f + 1 : f);
        }
        if (by_socket) {
            tell(sock, f);
        }
    }
    host_wait(&gpu, sock, done, frames);
    CHECK(vkQueueWaitIdle(gpu.queue));
    if (hear(sock) != END) {
        ex_die("the end of the stream", 0);
    }
    const uint64_t total = sum_rows(buf.data, (uint64_t)s.width * 4, s.width, s.height);
    send(sock, &total, sizeof(total), 0);
    ex_buffer_destroy(&gpu, &buf);
    vkDestroySemaphore(gpu.device, ready, NULL);
    vkDestroySemaphore(gpu.device, done, NULL);
    for (int i = 0; i < RING; i++) {
        vkDestroyImage(gpu.device, img[i].image, NULL);
        vkFreeMemory(gpu.device, img[i].memory, NULL);
    }
    ex_gpu_finish(&gpu);
}

/* ---- the producer ---- */

struct painter {
    VkRenderPass pass;
    VkPipelineLayout layout;
    VkPipeline pipe;
    VkImageView view[RING];
    VkFramebuffer fb[RING];
};

static void
painter_init(const struct ex_gpu *gpu, struct painter *p, const struct shared *img, uint32_t w, uint32_t h)
{
    p->pass = ex_render_pass(gpu, false);
    const VkPushConstantRange range = {VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32};
    const VkPipelineLayoutCreateInfo li = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .pushConstantRangeCount = 1, .pPushConstantRanges = &range};
    CHECK(vkCreatePipelineLayout(gpu->device, &li, NULL, &p->layout));
    const struct ex_pipeline_info pi = {layers_vert, layers_frag, sizeof(layers_vert), sizeof(layers_frag), NULL, p->layout, p->pass, w, h, false, false, NULL};
    p->pipe = ex_pipeline(gpu, &pi);
    for (int i = 0; i < RING; i++) {
        const VkImageViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = img[i].image, .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                          .format = VK_FORMAT_R8G8B8A8_UNORM, .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
        CHECK(vkCreateImageView(gpu->device, &vi, NULL, &p->view[i]));
        const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = p->pass, .attachmentCount = 1,
                                            .pAttachments = &p->view[i], .width = w, .height = h, .layers = 1};
        CHECK(vkCreateFramebuffer(gpu->device, &fi, NULL, &p->fb[i]));
    }
}

static void
painter_finish(const struct ex_gpu *gpu, struct painter *p)
{
    for (int i = 0; i < RING; i++) {
        vkDestroyFramebuffer(gpu->device, p->fb[i], NULL);
        vkDestroyImageView(gpu->device, p->view[i], NULL);
    }
    vkDestroyPipeline(gpu->device, p->pipe, NULL);
    vkDestroyPipelineLayout(gpu->device, p->layout, NULL);
    vkDestroyRenderPass(gpu->device, p->pass, NULL);
}

static void
paint(const struct painter *p, VkCommandBuffer cmd, const struct options *o, VkImage image, uint32_t frame)
{
    const float t = (float)frame * 0.05f;
    if (o->clear) {
        const VkClearColorValue color = {.float32 = {0.5f + 0.5f * sinf(t), 0.3f, 0.6f, 1}};
        const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        barrier(cmd, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
        vkCmdClearColorImage(cmd, image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &all);
        barrier(cmd, image, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
        return;
    }
    const VkClearValue clear = {.color.float32 = {0.08f, 0.1f, 0.14f, 1}};
    const VkRenderPassBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = p->pass, .framebuffer = p->fb[frame % RING],
                                      .renderArea = {{0, 0}, {o->width, o->height}}, .clearValueCount = 1, .pClearValues = &clear};
    const float aspect = (float)o->height / (float)o->width;
    vkCmdBeginRenderPass(cmd, &bi, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, p->pipe);
    for (int i = 0; i < 12; i++) {
        const float a = (float)i * 0.5235988f + t;
        const float push[8] = {0.6f * cosf(a) * aspect, 0.6f * sinf(a), 0.22f * aspect, 0.22f, 0.5f + 0.5f * cosf(a), 0.5f + 0.5f * cosf(a + 2.1f),
                               0.5f + 0.5f * cosf(a + 4.2f), 1};
        vkCmdPushConstants(cmd, p->layout, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32, push);
        vkCmdDraw(cmd, 6, 1, 0, 0);
    }
    vkCmdEndRenderPass(cmd);
    barrier(cmd, image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
}

static double
seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
produce(int sock, const struct options *o)
{
    struct ex_gpu gpu;
    struct shared img[RING];
    struct painter painter = {0};
    const bool vulkan = strcmp(o->consumer, "vulkan") == 0, by_socket = !vulkan || o->socket, share = !o->socket;
    open_gpu(&gpu, share);
    int fds[RING + 2];
    const PFN_vkGetMemoryFdKHR get_fd = (PFN_vkGetMemoryFdKHR)vkGetDeviceProcAddr(gpu.device, "vkGetMemoryFdKHR");
    for (int i = 0; i < RING; i++) {
        img[i] = shared_image(&gpu, o->width, o->height, -1);
        const VkMemoryGetFdInfoKHR gi = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = img[i].memory,
                                         .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
        CHECK(get_fd(gpu.device, &gi, &fds[i]));
    }
    const VkSemaphore ready = timeline(&gpu, share, -1), done = timeline(&gpu, share, -1);
    const int n_fds = share && vulkan ? RING + 2 : RING;
    if (n_fds > RING) {
        fds[RING] = semaphore_fd(&gpu, ready);
        fds[RING + 1] = semaphore_fd(&gpu, done);
    }
    struct stat st;
    fstat(fds[0], &st);
    const VkImageSubresource sub = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0};
    VkSubresourceLayout sl;
    vkGetImageSubresourceLayout(gpu.device, img[0].image, &sub, &sl);
    const struct setup s = {o->width, o->height, (uint32_t)sl.rowPitch, RING, (uint64_t)st.st_size};
    send_fds(sock, &s, sizeof(s), fds, n_fds);
    for (int i = 0; i < n_fds; i++) {
        close(fds[i]);
    }
    if (!o->clear) {
        painter_init(&gpu, &painter, img, o->width, o->height);
    }
    VkCommandBuffer cmds[RING];
    for (int i = 0; i < RING; i++) {
        cmds[i] = ex_begin(&gpu);
        CHECK(vkEndCommandBuffer(cmds[i]));
    }
    const double start = seconds();
    for (uint32_t f = 0; f < o->frames; f++) {
        const uint64_t free_at = f >= RING ? f - RING + 1 : 0;
        if (f >= RING) { /* the command buffer is the older frame's; with a queue that waits, this is where back-pressure is felt */
            if (by_socket) {
                host_signal(&gpu, done, hear(sock) + 1);
            }
            host_wait(&gpu, sock, ready, f - RING + 1);
        }
        const VkCommandBufferBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
        CHECK(vkBeginCommandBuffer(cmds[f % RING], &bi));
        paint(&painter, cmds[f % RING], o, img[f % RING].image, f);
        CHECK(vkEndCommandBuffer(cmds[f % RING]));
        submit(&gpu, cmds[f % RING], done, free_at, ready, f + 1);
        if (by_socket) {
            host_wait(&gpu, sock, ready, f + 1);
            tell(sock, f);
        }
    }
    for (uint32_t f = 0; by_socket && f < (o->frames < RING ? o->frames : RING); f++) {
        hear(sock);
    }
    if (!by_socket) {
        host_wait(&gpu, sock, done, o->frames);
    }
    const double took = seconds() - start;
    tell(sock, END);
    uint64_t theirs = 0, mine;
    if (recv(sock, &theirs, sizeof(theirs), 0) != (ssize_t)sizeof(theirs)) {
        ex_die("the consumer's answer", 0);
    }
    CHECK(vkQueueWaitIdle(gpu.queue));
    void *p;
    CHECK(vkMapMemory(gpu.device, img[(o->frames - 1) % RING].memory, 0, VK_WHOLE_SIZE, 0, &p));
    mine = sum_rows((const uint8_t *)p + sl.offset, sl.rowPitch, o->width, o->height);
    printf("%u frames of %ux%u to a consumer in %s%s: %.1f frames/s; sums %s\n", o->frames, o->width, o->height, o->consumer,
           by_socket ? " (told by messages)" : " (ordered by shared timelines)", o->frames / took, mine == theirs ? "agree" : "DIFFER");
    if (!o->clear) {
        painter_finish(&gpu, &painter);
    }
    vkDestroySemaphore(gpu.device, ready, NULL);
    vkDestroySemaphore(gpu.device, done, NULL);
    for (int i = 0; i < RING; i++) {
        vkDestroyImage(gpu.device, img[i].image, NULL);
        vkFreeMemory(gpu.device, img[i].memory, NULL);
    }
    ex_gpu_finish(&gpu);
    return mine == theirs ? 0 : 1;
}

static _Noreturn void
usage(void)
{
    fputs("usage: share_frame [--frames N] [--size WxH] [--consumer c|python|vulkan] [--socket] [--clear] [--png FILE]\n", stderr);
    exit(2);
}

int
main(int argc, char **argv)
{
    struct options o = {.frames = 60, .width = 640, .height = 360, .consumer = "c"};
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--frames") == 0) {
            o.frames = (uint32_t)atoi(next);
            i++;
        } else if (strcmp(argv[i], "--size") == 0) {
            if (sscanf(next, "%ux%u", &o.width, &o.height) != 2) {
                usage();
            }
            i++;
        } else if (strcmp(argv[i], "--consumer") == 0) {
            o.consumer = next;
            i++;
        } else if (strcmp(argv[i], "--png") == 0) {
            o.png = next;
            i++;
        } else if (strcmp(argv[i], "--socket") == 0) {
            o.socket = true;
        } else if (strcmp(argv[i], "--clear") == 0) {
            o.clear = true;
        } else {
            usage();
        }
    }
    const bool python = strcmp(o.consumer, "python") == 0, vulkan = strcmp(o.consumer, "vulkan") == 0;
    int socks[2];
    if (o.frames == 0 || o.width == 0 || o.height == 0 || (!python && !vulkan && strcmp(o.consumer, "c") != 0) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks) != 0) {
        usage();
    }
    const pid_t child = fork();
    if (child < 0) {
        ex_die("fork", 0);
    }
    if (child == 0) {
        close(socks[0]);
        if (python) {
            char fd[16];
            snprintf(fd, sizeof(fd), "%d", socks[1]);
            execlp("python3", "python3", SHARE_FRAME_PY, fd, (char *)NULL);
            _exit(9);
        }
        if (vulkan) {
            consume_vulkan(socks[1], o.frames, o.socket);
        } else {
            consume_c(socks[1], o.png);
        }
        return 0;
    }
    close(socks[1]);
    const int mine = produce(socks[0], &o);
    close(socks[0]);
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? mine : 1;
}

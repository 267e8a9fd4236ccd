/* A frame crosses a process border: one process renders into memory that it allocated with VK_NV_external_memory, another one, which
 * never touches Vulkan, maps the descriptor and writes the picture.
 *
 *   share_memory FILE.png
 *
 * The producer passes the descriptor over a socket (SCM_RIGHTS) with the layout of the image: width, height, row pitch, offset. The
 * image was created with VkExternalMemoryImageCreateInfoNV, so its rows stand in memory in the documented way whatever the tiling.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/common.h"
#include "layers_frag.h"
#include "layers_vert.h"

#define WIDTH 640u
#define HEIGHT 480u

struct frame { /* what travels beside the descriptor */
    uint32_t width, height, row_pitch_B;
    uint64_t offset_B, size_B;
};

static void
send_frame(int sock, const struct frame *f, int fd)
{
    struct iovec iov = {(void *)(uintptr_t)f, sizeof(*f)};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof(control));
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    if (sendmsg(sock, &msg, 0) != (ssize_t)sizeof(*f)) {
        ex_die("sendmsg", 0);
    }
}

static int
receive_frame(int sock, struct frame *f)
{
    struct iovec iov = {f, sizeof(*f)};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    if (recvmsg(sock, &msg, 0) != (ssize_t)sizeof(*f) || !CMSG_FIRSTHDR(&msg)) {
        return -1;
    }
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
    return fd;
}

/* The consumer: sockets, mmap, a PNG writer. */
static int
consume(int sock, const char *path)
{
    struct frame f;
    const int fd = receive_frame(sock, &f);
    if (fd < 0) {
        fprintf(stderr, "consumer: no descriptor came\n");
        return 1;
    }
    const uint8_t *p = mmap(NULL, f.size_B, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        perror("consumer: mmap");
        return 1;
    }
    ex_write_png(path, p + f.offset_B, f.width, f.height, f.row_pitch_B);
    printf("consumer (process %d): mapped %llu bytes, wrote %s\n", (int)getpid(), (unsigned long long)f.size_B, path);
    return 0;
}

static void
produce(int sock)
{
    static const char *const instance_ext[] = {"VK_KHR_get_physical_device_properties2", "VK_KHR_external_memory_capabilities",
                                               "VK_NV_external_memory_capabilities"};
    static const char *const device_ext[] = {"VK_KHR_external_memory", "VK_KHR_external_memory_fd", "VK_NV_external_memory"};
    struct ex_gpu gpu;
    ex_gpu_init(&gpu, instance_ext, 3, device_ext, 3);
    const VkExternalMemoryImageCreateInfoNV ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO_NV,
                                                   .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV};
    const VkImageCreateInfo ici = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .pNext = &ext, .imageType = VK_IMAGE_TYPE_2D,
                                   .format = VK_FORMAT_R8G8B8A8_UNORM, .extent = {WIDTH, HEIGHT, 1}, .mipLevels = 1, .arrayLayers = 1,
                                   .samples = VK_SAMPLE_COUNT_1_BIT, .tiling = VK_IMAGE_TILING_LINEAR, .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT};
    VkImage image;
    CHECK(vkCreateImage(gpu.device, &ici, NULL, &image));
    VkMemoryRequirements reqs;
    vkGetImageMemoryRequirements(gpu.device, image, &reqs);
    const VkExportMemoryAllocateInfoNV ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV,
                                             .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV};
    const VkMemoryAllocateInfo mai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &ex, .allocationSize = reqs.size};
    VkDeviceMemory memory;
    CHECK(vkAllocateMemory(gpu.device, &mai, NULL, &memory));
    CHECK(vkBindImageMemory(gpu.device, image, memory, 0));
    const VkImageViewCreateInfo vci = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = image, .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                       .format = ici.format, .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    VkImageView view;
    CHECK(vkCreateImageView(gpu.device, &vci, NULL, &view));
    VkRenderPass pass = ex_render_pass(&gpu, false);
    const VkFramebufferCreateInfo fci = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = pass, .attachmentCount = 1,
                                         .pAttachments = &view, .width = WIDTH, .height = HEIGHT, .layers = 1};
    VkFramebuffer fb;
    CHECK(vkCreateFramebuffer(gpu.device, &fci, NULL, &fb));
    const VkPushConstantRange range = {VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32};
    const VkPipelineLayoutCreateInfo plci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .pushConstantRangeCount = 1, .pPushConstantRanges = &range};
    VkPipelineLayout layout;
    CHECK(vkCreatePipelineLayout(gpu.device, &plci, NULL, &layout));
    const struct ex_pipeline_info pi = {layers_vert, layers_frag, sizeof(layers_vert), sizeof(layers_frag), NULL, layout, pass, WIDTH, HEIGHT, false, false, NULL};
    VkPipeline pipe = ex_pipeline(&gpu, &pi);
    VkCommandBuffer cmd = ex_begin(&gpu);
    const VkClearValue clear = {.color.float32 = {0.1f, 0.2f, 0.3f, 1.0f}};
    const VkRenderPassBeginInfo rbi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = fb,
                                       .renderArea = {{0, 0}, {WIDTH, HEIGHT}}, .clearValueCount = 1, .pClearValues = &clear};
    vkCmdBeginRenderPass(cmd, &rbi, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    for (int i = 0; i < 12; i++) {
        const float a = (float)i * 0.5235988f;
        const float push[8] = {0.6f * cosf(a) * 0.75f, 0.6f * sinf(a), 0.2f * 0.75f, 0.2f, 0.5f + 0.5f * cosf(a), 0.5f + 0.5f * cosf(a + 2.1f),
                               0.5f + 0.5f * cosf(a + 4.2f), 1.0f};
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32, push);
        vkCmdDraw(cmd, 6, 1, 0, 0);
    }
    vkCmdEndRenderPass(cmd);
    /* Ready for readers outside of Vulkan: GENERAL layout, released to the external queue family. */
    const VkImageMemoryBarrier release = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                                          .oldLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, .newLayout = VK_IMAGE_LAYOUT_GENERAL,
                                          .srcQueueFamilyIndex = 0, .dstQueueFamilyIndex = VK_QUEUE_FAMILY_EXTERNAL, .image = image,
                                          .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0, NULL, 0, NULL, 1, &release);
    ex_submit(&gpu, cmd);

    const PFN_vkGetMemoryFdKHR get_fd = (PFN_vkGetMemoryFdKHR)vkGetDeviceProcAddr(gpu.device, "vkGetMemoryFdKHR");
    const VkMemoryGetFdInfoKHR gi = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = memory,
                                     .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    int fd;
    CHECK(get_fd(gpu.device, &gi, &fd));
    const VkImageSubresource sub = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0};
    VkSubresourceLayout sl;
    vkGetImageSubresourceLayout(gpu.device, image, &sub, &sl);
    const struct frame f = {WIDTH, HEIGHT, (uint32_t)sl.rowPitch, sl.offset, reqs.size};
    send_frame(sock, &f, fd);
    printf("producer (process %d): sent descriptor %d, row pitch %u\n", (int)getpid(), fd, f.row_pitch_B);
    fflush(stdout);
    close(fd);
    vkDestroyPipeline(gpu.device, pipe, NULL);
    vkDestroyPipelineLayout(gpu.device, layout, NULL);
    vkDestroyFramebuffer(gpu.device, fb, NULL);
    vkDestroyRenderPass(gpu.device, pass, NULL);
    vkDestroyImageView(gpu.device, view, NULL);
    vkDestroyImage(gpu.device, image, NULL);
    vkFreeMemory(gpu.device, memory, NULL);
    ex_gpu_finish(&gpu);
}

int
main(int argc, char **argv)
{
    int socks[2];
    if (argc != 2 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks) != 0) {
        fprintf(stderr, "usage: share_memory FILE.png\n");
        return 2;
    }
    const pid_t child = fork();
    if (child < 0) {
        ex_die("fork", 0);
    }
    if (child == 0) {
        close(socks[0]);
        return consume(socks[1], argv[1]);
    }
    close(socks[1]);
    produce(socks[0]);
    close(socks[0]);
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

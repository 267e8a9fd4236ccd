/* Conformance of VK_NV_external_memory_capabilities and VK_NV_external_memory on any driver, through the loader.
 *
 * usage: nv_external_memory [--device N]
 *
 * One line per rule: pass, fail or not supported; where the rule stands (a VUID or a section of the specification); the rule. Exit code: 0
 * nothing failed, 1 something failed, 2 no device. Rules that need a way to carry a handle use vkGetMemoryFdKHR, which the NV extensions
 * leave to others; they say "not supported" where that does not go together. Two processes take part: the program starts itself again. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vulkan/vulkan.h>

#define WIDTH 33
#define HEIGHT 9
#define USAGE (VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT)

struct gpu {
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    VkCommandPool pool;
    bool has_caps, has_nv, has_fd;
    PFN_vkGetPhysicalDeviceExternalImageFormatPropertiesNV query;
    PFN_vkGetMemoryFdKHR get_fd;
};

enum verdict { PASS, FAIL, NOT_SUPPORTED };
static uint32_t counts[3];
static uint32_t device_number;

static enum verdict
report(enum verdict v, const char *where, const char *rule)
{
    static const char *const names[] = {"pass", "fail", "not supported"};
    printf("%-13s  %-60s  %s\n", names[v], where, rule);
    counts[v]++;
    return v;
}

static enum verdict
verdict(bool ok)
{
    return ok ? PASS : FAIL;
}

/* ---- set-up ---- */

static bool
listed(const VkExtensionProperties *list, uint32_t n, const char *name, uint32_t *version)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(list[i].extensionName, name) == 0) {
            if (version) {
                *version = list[i].specVersion;
            }
            return true;
        }
    }
    return false;
}

static uint32_t caps_version, nv_version;
static bool has_win32;

static bool
open_instance(struct gpu *g, bool enable)
{
    VkExtensionProperties list[256];
    uint32_t n = 256, k = 0;
    const char *names[4];
    if (vkEnumerateInstanceExtensionProperties(NULL, &n, list) < 0) {
        return false;
    }
    g->has_caps = listed(list, n, VK_NV_EXTERNAL_MEMORY_CAPABILITIES_EXTENSION_NAME, &caps_version);
    if (g->has_caps && enable) {
        names[k++] = VK_NV_EXTERNAL_MEMORY_CAPABILITIES_EXTENSION_NAME;
    }
    static const char *const others[] = {VK_KHR_GET_PHYSICAL_DEVICE_PROPERTIES_2_EXTENSION_NAME, VK_KHR_EXTERNAL_MEMORY_CAPABILITIES_EXTENSION_NAME};
    for (int i = 0; i < 2; i++) {
        if (listed(list, n, others[i], NULL)) {
            names[k++] = others[i];
        }
    }
    const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_0};
    const VkInstanceCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app, .enabledExtensionCount = k,
                                     .ppEnabledExtensionNames = names};
    if (vkCreateInstance(&ci, NULL, &g->instance) != VK_SUCCESS) {
        return false;
    }
    VkPhysicalDevice all[16];
    n = 16;
    if (vkEnumeratePhysicalDevices(g->instance, &n, all) < 0 || device_number >= n) {
        vkDestroyInstance(g->instance, NULL);
        return false;
    }
    g->physical = all[device_number];
    g->query = (PFN_vkGetPhysicalDeviceExternalImageFormatPropertiesNV)vkGetInstanceProcAddr(g->instance,
                                                                                           "vkGetPhysicalDeviceExternalImageFormatPropertiesNV");
    return true;
}

static bool
open_device(struct gpu *g)
{
    VkExtensionProperties list[512];
    uint32_t n = 512, k = 0;
    const char *names[4];
    if (vkEnumerateDeviceExtensionProperties(g->physical, NULL, &n, list) < 0) {
        return false;
    }
    g->has_nv = listed(list, n, VK_NV_EXTERNAL_MEMORY_EXTENSION_NAME, &nv_version);
    has_win32 = listed(list, n, "VK_NV_external_memory_win32", NULL);
    const bool has_khr = listed(list, n, VK_KHR_EXTERNAL_MEMORY_EXTENSION_NAME, NULL);
    g->has_fd = has_khr && listed(list, n, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME, NULL);
    if (g->has_nv) {
        names[k++] = VK_NV_EXTERNAL_MEMORY_EXTENSION_NAME;
    }
    if (g->has_fd) {
        names[k++] = VK_KHR_EXTERNAL_MEMORY_EXTENSION_NAME;
        names[k++] = VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME;
    }
    const float priority = 1;
    const VkDeviceQueueCreateInfo qci = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &qci,
                                   .enabledExtensionCount = k, .ppEnabledExtensionNames = names};
    if (vkCreateDevice(g->physical, &ci, NULL, &g->device) != VK_SUCCESS) {
        return false;
    }
    vkGetDeviceQueue(g->device, 0, 0, &g->queue);
    const VkCommandPoolCreateInfo pci = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    if (vkCreateCommandPool(g->device, &pci, NULL, &g->pool) != VK_SUCCESS) {
        return false;
    }
    g->get_fd = g->has_fd ? (PFN_vkGetMemoryFdKHR)vkGetDeviceProcAddr(g->device, "vkGetMemoryFdKHR") : NULL;
    return true;
}

static void
close_gpu(struct gpu *g)
{
    vkDestroyCommandPool(g->device, g->pool, NULL);
    vkDestroyDevice(g->device, NULL);
    vkDestroyInstance(g->instance, NULL);
}

/* ---- queries ---- */

static const VkImageTiling tilings[] = {VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_TILING_LINEAR};
static const VkImageUsageFlags usages[] = {VK_IMAGE_USAGE_TRANSFER_SRC_BIT, VK_IMAGE_USAGE_SAMPLED_BIT, VK_IMAGE_USAGE_STORAGE_BIT,
                                           VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT};

typedef bool (*check_fn)(const struct gpu *g, VkFormat f, VkImageType type, VkImageTiling tiling, VkImageUsageFlags usage);

static bool
for_all(const struct gpu *g, check_fn check)
{
    for (int f = 1; f <= VK_FORMAT_ASTC_12x12_SRGB_BLOCK; f++) {
        for (int type = 0; type < 3; type++) {
            for (int t = 0; t < 2; t++) {
                for (int u = 0; u < 5; u++) {
                    if (!check(g, (VkFormat)f, (VkImageType)type, tilings[t], usages[u])) {
                        printf("  at format %d, type %d, tiling %d, usage 0x%x\n", f, type, t, usages[u]);
                        return false;
                    }
                }
            }
        }
    }
    return true;
}

static bool
type_0(const struct gpu *g, VkFormat f, VkImageType type, VkImageTiling tiling, VkImageUsageFlags usage)
{
    VkImageFormatProperties base = {0};
    VkExternalImageFormatPropertiesNV p;
    memset(&p, 0x5a, sizeof(p));
    const VkResult want = vkGetPhysicalDeviceImageFormatProperties(g->physical, f, type, tiling, usage, 0, &base);
    const VkResult got = g->query(g->physical, f, type, tiling, usage, 0, 0, &p);
    return got == want && (want != VK_SUCCESS || (memcmp(&base, &p.imageFormatProperties, sizeof(base)) == 0 && p.externalMemoryFeatures == 0 &&
                                                 p.exportFromImportedHandleTypes == 0 && p.compatibleHandleTypes == 0));
}

static bool
each_type(const struct gpu *g, VkFormat f, VkImageType type, VkImageTiling tiling, VkImageUsageFlags usage)
{
    for (uint32_t bit = 1; bit <= 8; bit *= 2) {
        VkExternalImageFormatPropertiesNV p;
        memset(&p, 0x5a, sizeof(p));
        const VkResult r = g->query(g->physical, f, type, tiling, usage, 0, bit, &p);
        if (r != VK_SUCCESS && r != VK_ERROR_FORMAT_NOT_SUPPORTED) {
            return false;
        }
        if (r == VK_SUCCESS && (!(p.compatibleHandleTypes & bit) || (p.externalMemoryFeatures & ~7u) || (p.compatibleHandleTypes & ~15u) ||
                                (p.exportFromImportedHandleTypes & ~15u))) {
            return false;
        }
        /* What cannot be made at all cannot be shared either. */
        VkImageFormatProperties base;
        if (r == VK_SUCCESS && vkGetPhysicalDeviceImageFormatProperties(g->physical, f, type, tiling, usage, 0, &base) != VK_SUCCESS) {
            return false;
        }
    }
    return true;
}

/* The first type that can be exported for a colour image, 0 = none. */
static uint32_t
exportable(const struct gpu *g, VkExternalImageFormatPropertiesNV *p)
{
    for (uint32_t bit = 1; g->query && bit <= 8; bit *= 2) {
        if (g->query(g->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL, USAGE, 0, bit, p) == VK_SUCCESS &&
            p->externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT_NV) {
            return bit;
        }
    }
    return 0;
}

/* ---- objects ---- */

static VkResult
make_image(const struct gpu *g, const void *next, VkImage *image)
{
    const VkImageCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .pNext = next, .imageType = VK_IMAGE_TYPE_2D,
                                  .format = VK_FORMAT_R8G8B8A8_UNORM, .extent = {WIDTH, HEIGHT, 1}, .mipLevels = 1, .arrayLayers = 1,
                                  .samples = VK_SAMPLE_COUNT_1_BIT, .usage = USAGE};
    *image = VK_NULL_HANDLE;
    return vkCreateImage(g->device, &ci, NULL, image);
}

static VkResult
allocate(const struct gpu *g, const void *next, VkDeviceSize size, uint32_t bits, VkDeviceMemory *memory)
{
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = next, .allocationSize = size,
                                     .memoryTypeIndex = (uint32_t)__builtin_ctz(bits)};
    *memory = VK_NULL_HANDLE;
    return vkAllocateMemory(g->device, &ai, NULL, memory);
}

/* Fills the image with a colour of its own per texel (write), or compares (else). */
static bool
transfer(const struct gpu *g, VkImage image, bool write)
{
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = WIDTH * HEIGHT * 4,
                                   .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    VkBuffer buf;
    VkMemoryRequirements reqs;
    VkPhysicalDeviceMemoryProperties mp;
    VkDeviceMemory m;
    uint8_t *p;
    if (vkCreateBuffer(g->device, &bi, NULL, &buf) != VK_SUCCESS) {
        return false;
    }
    vkGetBufferMemoryRequirements(g->device, buf, &reqs);
    vkGetPhysicalDeviceMemoryProperties(g->physical, &mp);
    uint32_t bits = 0;
    for (uint32_t i = 0; i < mp.memoryTypeCount; i++) {
        const VkMemoryPropertyFlags want = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
        bits |= (mp.memoryTypes[i].propertyFlags & want) == want ? reqs.memoryTypeBits & 1u << i : 0;
    }
    if (!bits || allocate(g, NULL, reqs.size, bits, &m) != VK_SUCCESS || vkBindBufferMemory(g->device, buf, m, 0) != VK_SUCCESS ||
        vkMapMemory(g->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&p) != VK_SUCCESS) {
        return false;
    }
    for (uint32_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
        p[i] = write ? (uint8_t)(i * 7 + i / 251) : 0;
    }
    VkCommandBuffer cmd;
    const VkCommandBufferAllocateInfo cai = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = g->pool, .commandBufferCount = 1};
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    const VkBufferImageCopy copy = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {WIDTH, HEIGHT, 1}};
    VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                              .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
                              .oldLayout = write ? VK_IMAGE_LAYOUT_UNDEFINED : VK_IMAGE_LAYOUT_GENERAL, .newLayout = VK_IMAGE_LAYOUT_GENERAL,
                              .srcQueueFamilyIndex = write ? VK_QUEUE_FAMILY_IGNORED : VK_QUEUE_FAMILY_EXTERNAL,
                              .dstQueueFamilyIndex = write ? VK_QUEUE_FAMILY_IGNORED : 0, .image = image,
                              .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    vkAllocateCommandBuffers(g->device, &cai, &cmd);
    vkBeginCommandBuffer(cmd, &begin);
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
    if (write) {
        vkCmdCopyBufferToImage(cmd, buf, image, VK_IMAGE_LAYOUT_GENERAL, 1, &copy);
        b.oldLayout = VK_IMAGE_LAYOUT_GENERAL;
        b.srcQueueFamilyIndex = 0;
        b.dstQueueFamilyIndex = VK_QUEUE_FAMILY_EXTERNAL;
        vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
    } else {
        vkCmdCopyImageToBuffer(cmd, image, VK_IMAGE_LAYOUT_GENERAL, buf, 1, &copy);
    }
    vkEndCommandBuffer(cmd);
    const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    bool ok = vkQueueSubmit(g->queue, 1, &si, VK_NULL_HANDLE) == VK_SUCCESS && vkQueueWaitIdle(g->queue) == VK_SUCCESS;
    for (uint32_t i = 0; i < WIDTH * HEIGHT * 4 && !write && ok; i++) {
        ok = p[i] == (uint8_t)(i * 7 + i / 251);
    }
    vkDestroyBuffer(g->device, buf, NULL);
    vkFreeMemory(g->device, m, NULL);
    return ok;
}

/* ---- the other process ---- */

static bool
pass_fd(int sock, int fd)
{
    char byte = 0;
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec iov = {&byte, 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    return sendmsg(sock, &m, 0) == 1;
}

static int
take_fd(int sock)
{
    char byte;
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {&byte, 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    int fd = -1;
    if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&m)) {
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
    }
    return fd;
}

static VkResult
import(const struct gpu *g, VkImage image, int fd, VkDeviceMemory *memory)
{
    VkMemoryRequirements reqs;
    vkGetImageMemoryRequirements(g->device, image, &reqs);
    const VkImportMemoryFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                                         .fd = fd};
    return allocate(g, &imp, reqs.size, reqs.memoryTypeBits, memory);
}

static int
importer(int sock)
{
    struct gpu g = {0};
    const int fd = take_fd(sock);
    const VkExternalMemoryImageCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
                                                 .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    VkImage image;
    VkDeviceMemory m;
    if (fd < 0 || !open_instance(&g, true) || !open_device(&g) || make_image(&g, &ext, &image) != VK_SUCCESS ||
        import(&g, image, fd, &m) != VK_SUCCESS || vkBindImageMemory(g.device, image, m, 0) != VK_SUCCESS) {
        return 3;
    }
    const bool ok = transfer(&g, image, false);
    vkDestroyImage(g.device, image, NULL);
    vkFreeMemory(g.device, m, NULL);
    close_gpu(&g);
    return ok ? 0 : 4;
}

/* 0: the other process read the same texels. */
static int
in_another_process(int fd)
{
    int socks[2], status = -1;
    char arg[16], number[16];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks) != 0) {
        return -1;
    }
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        close(socks[0]);
        snprintf(arg, sizeof(arg), "%d", socks[1]);
        snprintf(number, sizeof(number), "%u", device_number);
        execl("/proc/self/exe", "nv_external_memory", "--importer", arg, number, (char *)NULL);
        _exit(9);
    }
    close(socks[1]);
    if (pid > 0 && pass_fd(socks[0], fd)) {
        waitpid(pid, &status, 0);
    }
    close(socks[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the rules ---- */

static void
rules_of_names(const struct gpu *with)
{
    struct gpu without = {0};
    report(!with->has_caps ? NOT_SUPPORTED : verdict(caps_version == 1), "VK_NV_external_memory_capabilities", "listed with version 1");
    report(!with->has_nv ? NOT_SUPPORTED : verdict(nv_version == 1), "VK_NV_external_memory", "listed with version 1");
    report(!with->has_nv ? NOT_SUPPORTED : verdict(with->has_caps), "VK_NV_external_memory, dependencies",
           "the device extension comes with the instance extension");
    report(verdict(!has_win32), "VK_NV_external_memory_win32, platform", "not listed outside Windows");
    if (!with->has_caps || !open_instance(&without, false)) {
        report(NOT_SUPPORTED, "initialization, vkGetInstanceProcAddr", "the query is there only when its extension is enabled");
        return;
    }
    report(verdict(with->query && !without.query), "initialization, vkGetInstanceProcAddr", "the query is there only when its extension is enabled");
    vkDestroyInstance(without.instance, NULL);
}

static void
rules_of_query(const struct gpu *g)
{
    const bool has = g->has_caps && g->query;
    report(!has ? NOT_SUPPORTED : verdict(for_all(g, type_0)), "vkGetPhysicalDeviceExternalImageFormatPropertiesNV, type 0",
           "result and limits are those of the core query, the other members 0");
    report(!has ? NOT_SUPPORTED : verdict(for_all(g, each_type)), "VkExternalImageFormatPropertiesNV",
           "each type: FORMAT_NOT_SUPPORTED, or itself among the compatible ones and only known bits");
    VkExternalImageFormatPropertiesNV p;
    const uint32_t type = exportable(g, &p);
    report(!has || !type ? NOT_SUPPORTED
                         : verdict(g->query(g->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
                                            VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, 0, type, &p) == VK_SUCCESS &&
                                   p.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT_NV),
           "VK_NV_external_memory_win32, example", "a sampled colour target of optimal tiling can be exported");
}

static void
rules_of_objects(const struct gpu *g)
{
    const char *no_type = "no type can be exported";
    VkExternalImageFormatPropertiesNV p;
    const uint32_t type = g->has_nv ? exportable(g, &p) : 0;
    VkExternalMemoryImageCreateInfoNV ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO_NV};
    VkExportMemoryAllocateInfoNV ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV};
    VkImage image = VK_NULL_HANDLE, plain, khr;
    VkDeviceMemory m = VK_NULL_HANDLE;
    VkMemoryRequirements reqs;
    if (!g->has_nv) {
        report(NOT_SUPPORTED, "VkExternalMemoryImageCreateInfoNV", "handleTypes 0 changes nothing");
        report(NOT_SUPPORTED, "VkExportMemoryAllocateInfoNV", "handleTypes 0 changes nothing");
    } else {
        bool ok = make_image(g, &ext, &image) == VK_SUCCESS;
        report(verdict(ok), "VkExternalMemoryImageCreateInfoNV", "handleTypes 0 changes nothing");
        vkGetImageMemoryRequirements(g->device, image, &reqs);
        ok = ok && allocate(g, &ex, reqs.size, reqs.memoryTypeBits, &m) == VK_SUCCESS;
        ok = ok && vkBindImageMemory(g->device, image, m, 0) == VK_SUCCESS && transfer(g, image, true);
        report(verdict(ok), "VkExportMemoryAllocateInfoNV", "handleTypes 0 changes nothing");
        vkDestroyImage(g->device, image, NULL);
        vkFreeMemory(g->device, m, NULL);
    }
    static const char *const rules[][2] = {
        {"VUID-VkImageCreateInfo-pNext-00991", "an image with a type that the query allows is made"},
        {"VkExportMemoryAllocateInfoNV", "memory with that type is allocated"},
        {"resources-association", "an image with the NV struct binds to it and works"},
        {"resources-association", "an image without a struct binds to it"},
        {"VUID-vkBindImageMemory-memory-02728 (KHR only)", "an image with the KHR struct binds to it"},
    };
    if (!type) {
        printf("  %s\n", no_type);
        for (int i = 0; i < 5; i++) {
            report(NOT_SUPPORTED, rules[i][0], rules[i][1]);
        }
        report(NOT_SUPPORTED, "vkGetMemoryFdKHR", "success always comes with a descriptor");
        report(NOT_SUPPORTED, "VkMemoryGetFdInfoKHR", "each call gives a descriptor of its own, closed on exec");
        report(NOT_SUPPORTED, "VkExternalMemoryFeatureFlagBitsNV, IMPORTABLE", "another process imports the memory and reads the texels");
        report(NOT_SUPPORTED, "memory-device, external handles", "the payload outlives the memory object that it came from");
        return;
    }
    ext.handleTypes = ex.handleTypes = type;
    VkMemoryDedicatedAllocateInfo dedicated = {.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO};
    bool ok = make_image(g, &ext, &image) == VK_SUCCESS;
    report(verdict(ok), rules[0][0], rules[0][1]);
    vkGetImageMemoryRequirements(g->device, image, &reqs);
    dedicated.image = image;
    ex.pNext = p.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT_NV ? &dedicated : NULL;
    ok = allocate(g, &ex, reqs.size, reqs.memoryTypeBits, &m) == VK_SUCCESS;
    report(verdict(ok), rules[1][0], rules[1][1]);
    if (!ok) {
        vkDestroyImage(g->device, image, NULL);
        return;
    }
    report(verdict(vkBindImageMemory(g->device, image, m, 0) == VK_SUCCESS && transfer(g, image, true)), rules[2][0], rules[2][1]);
    ok = make_image(g, NULL, &plain) == VK_SUCCESS && vkBindImageMemory(g->device, plain, m, 0) == VK_SUCCESS;
    report(verdict(ok), rules[3][0], rules[3][1]);
    const VkExternalMemoryImageCreateInfo kext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
                                                  .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    if (!g->has_fd || type != 1) {
        report(NOT_SUPPORTED, rules[4][0], rules[4][1]);
    } else {
        ok = make_image(g, &kext, &khr) == VK_SUCCESS && vkBindImageMemory(g->device, khr, m, 0) == VK_SUCCESS;
        report(verdict(ok), rules[4][0], rules[4][1]);
        vkDestroyImage(g->device, khr, NULL);
    }
    vkDestroyImage(g->device, plain, NULL);
    int fd[2] = {-2, -2};
    VkResult r[2] = {VK_ERROR_UNKNOWN, VK_ERROR_UNKNOWN};
    const VkMemoryGetFdInfoKHR gi = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = m,
                                     .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    for (int i = 0; i < 2 && g->get_fd; i++) {
        r[i] = g->get_fd(g->device, &gi, &fd[i]);
    }
    report(!g->get_fd ? NOT_SUPPORTED : verdict(r[0] != VK_SUCCESS || fcntl(fd[0], F_GETFD) >= 0), "vkGetMemoryFdKHR",
           "success always comes with a descriptor");
    const bool have = r[0] == VK_SUCCESS && r[1] == VK_SUCCESS && fd[0] >= 0 && fd[1] >= 0;
    report(!have ? NOT_SUPPORTED : verdict(fd[0] != fd[1] && fcntl(fd[0], F_GETFD) & FD_CLOEXEC), "VkMemoryGetFdInfoKHR",
           "each call gives a descriptor of its own, closed on exec");
    const bool importable = have && p.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT_NV;
    report(!importable ? NOT_SUPPORTED : verdict(in_another_process(fd[0]) == 0), "VkExternalMemoryFeatureFlagBitsNV, IMPORTABLE",
           "another process imports the memory and reads the texels");
    vkDestroyImage(g->device, image, NULL);
    vkFreeMemory(g->device, m, NULL);
    report(!importable ? NOT_SUPPORTED : verdict(in_another_process(fd[1]) == 0), "memory-device, external handles",
           "the payload outlives the memory object that it came from");
    for (int i = 0; i < 2; i++) {
        if (fd[i] >= 0) {
            close(fd[i]);
        }
    }
}

int
main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--importer") == 0) {
        device_number = (uint32_t)atoi(argv[3]);
        return importer(atoi(argv[2]));
    }
    if (argc == 3 && strcmp(argv[1], "--device") == 0) {
        device_number = (uint32_t)atoi(argv[2]);
    } else if (argc != 1) {
        fputs("usage: nv_external_memory [--device N]\n", stderr);
        return 2;
    }
    struct gpu g = {0};
    if (!open_instance(&g, true) || !open_device(&g)) {
        fputs("no Vulkan device\n", stderr);
        return 2;
    }
    VkPhysicalDeviceProperties props;
    vkGetPhysicalDeviceProperties(g.physical, &props);
    printf("device: %s\n", props.deviceName);
    rules_of_names(&g);
    rules_of_query(&g);
    rules_of_objects(&g);
    close_gpu(&g);
    printf("%u passed, %u failed, %u not supported\n", counts[PASS], counts[FAIL], counts[NOT_SUPPORTED]);
    return counts[FAIL] != 0;
}

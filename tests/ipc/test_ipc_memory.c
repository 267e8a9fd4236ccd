/* Memory that other processes map: what is promised. */
#include "ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ipc_mix_comp.h"

#define WIDTH 201
#define HEIGHT 117

static bool
can_share(struct kit *k)
{
    if (!kit_has(k, "VK_NV_external_memory") || !kit_has(k, "VK_KHR_external_memory_fd")) {
        kit_skip(k, "needs VK_NV_external_memory and VK_KHR_external_memory_fd");
        return false;
    }
    return true;
}

/* ---- 1, 2: an image leaves, a process without Vulkan reads every texel ---- */

struct frame {
    uint32_t width, height;
    uint64_t size_B; /* what the exporter believes */
    uint64_t hash;   /* of tight rows */
};

static uint64_t
hash_rows(const uint8_t *rows, uint64_t pitch_B, uint32_t width, uint32_t height)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width * 4; x++) {
            h = (h ^ rows[y * pitch_B + x]) * 0x100000001b3u;
        }
    }
    return h;
}

static int
raw_reader(void)
{
    struct frame f;
    int fd;
    while (ipc_recv(ipc_parent, &f, sizeof(f), &fd)) {
        struct stat st;
        const VkImageCreateInfo info = ipc_rgba(f.width, f.height);
        const uint64_t want_B = (ipc_layout_size(&info, 4, 1, 1) + 4095) / 4096 * 4096;
        if (fd < 0 || fstat(fd, &st) != 0 || (uint64_t)st.st_size != want_B) {
            fprintf(stderr, "reader: the file has not the published size %llu\n", (unsigned long long)want_B);
            return 1;
        }
        const uint8_t *p = mmap(NULL, want_B, PROT_READ, MAP_SHARED, fd, 0);
        if (p == MAP_FAILED) {
            return 1;
        }
        const uint64_t pitch_B = ipc_texel_offset(&info, 4, 1, 1, 0, 0, 0, 1, 0);
        if (hash_rows(p, pitch_B, f.width, f.height) != f.hash) {
            fprintf(stderr, "reader: other texels than the driver's own copy\n");
            return 1;
        }
        close(fd);
        ipc_meet(ipc_parent, 1);
    }
    return 0;
}

static void
draw_scene(struct kit *k, VkCommandBuffer cmd, VkImage image, VkImageView view, VkSampleCountFlagBits samples)
{
    VkImageCreateInfo info = ipc_rgba(WIDTH, HEIGHT);
    info.samples = samples;
    const struct ipc_fan fan = ipc_fan(k, &info, view);
    ipc_image_barrier(cmd, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    const VkClearColorValue color = {.float32 = {0.2f, 0.4f, 0.6f, 0.8f}};
    const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdClearColorImage(cmd, image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &all);
    kit_barrier(cmd);
    ipc_fan_draw(cmd, &fan, 1);
}

/* What a private image, in the driver's own layout, holds after the same commands; tight rows. */
static const uint8_t *
reference(struct kit *k)
{
    const struct kit_image own = kit_image(k, ipc_rgba(WIDTH, HEIGHT));
    VkCommandBuffer cmd = kit_begin(k);
    draw_scene(k, cmd, own.image, own.view, VK_SAMPLE_COUNT_1_BIT);
    kit_submit(k, cmd);
    return kit_read(k, &own, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
}

static uint64_t
share_scene(struct kit *k, enum ipc_spelling how, VkImageTiling tiling, struct ipc_peer *peer)
{
    VkImageCreateInfo info = ipc_rgba(WIDTH, HEIGHT);
    info.tiling = tiling;
    const struct ipc_image img = ipc_image(k, info, how, -1);
    VkCommandBuffer cmd = kit_begin(k);
    draw_scene(k, cmd, img.image, img.view, VK_SAMPLE_COUNT_1_BIT);
    ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
    kit_submit(k, cmd);
    const struct frame f = {WIDTH, HEIGHT, img.size_B, hash_rows(reference(k), WIDTH * 4, WIDTH, HEIGHT)};
    const int fd = ipc_get_fd(k, img.memory);
    CHECK(k, fcntl(fd, F_GETFD) & FD_CLOEXEC, "the descriptor would survive exec");
    CHECK(k, (fcntl(fd, F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_WRITE)) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
          "seals 0x%x", (unsigned)fcntl(fd, F_GET_SEALS));
    struct stat st;
    fstat(fd, &st);
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        kit_die("mmap: %s", strerror(errno));
    }
    const uint64_t h = hash_rows(p, (uint64_t)st.st_size, (uint32_t)st.st_size / 4, 1);
    munmap(p, (size_t)st.st_size);
    ipc_send(peer->sock, &f, sizeof(f), fd);
    close(fd);
    ipc_meet(peer->sock, 1);
    return h;
}

/* 7: samples are whole images one after the other; their mean is what resolving gives. */
static void
s07_samples(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    uint32_t played = 0;
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        VkImageCreateInfo info = ipc_rgba(WIDTH, HEIGHT);
        info.usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
        VkExternalImageFormatPropertiesNV p;
        if (k->vk.GetPhysicalDeviceExternalImageFormatPropertiesNV(k->physical, info.format, info.imageType, info.tiling, info.usage, 0, 1, &p) !=
                VK_SUCCESS ||
            !(p.imageFormatProperties.sampleCounts & samples)) {
            continue;
        }
        const struct kit_image flat = kit_image(k, info);
        info.samples = (VkSampleCountFlagBits)samples;
        const struct ipc_image img = ipc_image(k, info, IPC_NV, -1);
        VkCommandBuffer cmd = kit_begin(k);
        draw_scene(k, cmd, img.image, img.view, info.samples);
        kit_barrier(cmd);
        const VkImageSubresourceLayers layer = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
        const VkImageResolve r = {layer, {0, 0, 0}, layer, {0, 0, 0}, {WIDTH, HEIGHT, 1}};
        vkCmdResolveImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, flat.image, VK_IMAGE_LAYOUT_GENERAL, 1, &r);
        kit_submit(k, cmd);
        const uint8_t *want = kit_read(k, &flat, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        const int fd = ipc_get_fd(k, img.memory);
        struct stat st;
        fstat(fd, &st);
        info.samples = VK_SAMPLE_COUNT_1_BIT;
        const uint64_t stride = ipc_layout_size(&info, 4, 1, 1);
        CHECK(k, (uint64_t)st.st_size == (stride * samples + 4095) / 4096 * 4096, "%u samples: %lld B", samples, (long long)st.st_size);
        const uint8_t *raw = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
        uint32_t edges = 0;
        for (uint32_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
            const uint64_t at = ipc_texel_offset(&info, 4, 1, 1, 0, 0, i / 4 % WIDTH, i / 4 / WIDTH, 0) + i % 4;
            uint32_t sum = 0;
            for (uint32_t n = 0; n < samples; n++) {
                sum += raw[at + n * stride];
                edges += raw[at + n * stride] != raw[at];
            }
            const int off = (int)(sum / samples) - want[i];
            REQUIRE(k, off >= -1 && off <= 1, "%u samples, byte %u: mean %u, resolved %u", samples, i, sum / samples, want[i]);
        }
        CHECK(k, edges > 100, "%u samples: a picture without edges", samples);
        munmap((void *)(uintptr_t)raw, (size_t)st.st_size);
        played++;
    }
    SKIP_UNLESS(k, played, "no images with samples can be shared");
}

static void
s01_nv_image(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    VkExternalImageFormatPropertiesNV p;
    CHECK_VK(k, k->vk.GetPhysicalDeviceExternalImageFormatPropertiesNV(
                    k->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
                    VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, 0, VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV, &p));
    CHECK(k, p.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT_NV, "not exportable");
    struct ipc_peer peer = ipc_spawn("raw_reader");
    share_scene(k, IPC_NV, VK_IMAGE_TILING_OPTIMAL, &peer);
    ipc_join(k, &peer);
}

static void
s02_khr_image(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    struct ipc_peer peer = ipc_spawn("raw_reader");
    const uint64_t nv = share_scene(k, IPC_NV, VK_IMAGE_TILING_OPTIMAL, &peer), khr = share_scene(k, IPC_KHR, VK_IMAGE_TILING_OPTIMAL, &peer),
                   linear = share_scene(k, IPC_KHR, VK_IMAGE_TILING_LINEAR, &peer);
    CHECK(k, nv == khr && nv == linear, "the files of the two spellings and tilings differ");
    ipc_join(k, &peer);
}

/* ---- 3: the whole matrix of the NV query ---- */

static bool
is_zero(const void *p, size_t n)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i++) {
        if (b[i]) {
            return false;
        }
    }
    return true;
}

static void
s03_nv_matrix(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    static const VkExternalMemoryHandleTypeFlagsNV types[] = {0, 1, 2, 4, 8, 3, 0x200};
    static const VkImageTiling tilings[] = {VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_TILING_LINEAR, VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT};
    static const VkImageUsageFlags usages[] = {1, 4, 8, 16, 4 | 16, 32, 1 | 2 | 4 | 8 | 16, 0x80};
    static const VkImageCreateFlags flags[] = {0, VK_IMAGE_CREATE_SPARSE_BINDING_BIT, VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT, VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT,
                                               VK_IMAGE_CREATE_ALIAS_BIT};
    uint64_t n = 0, ok = 0;
    for (uint32_t f = 0; f <= (uint32_t)VK_FORMAT_ASTC_12x12_SRGB_BLOCK + 4; f++) {
        const VkFormat format = f <= VK_FORMAT_ASTC_12x12_SRGB_BLOCK ? (VkFormat)f : (VkFormat)(1000156000 + (int)(f - VK_FORMAT_ASTC_12x12_SRGB_BLOCK) * 5);
        for (uint32_t i = 0; i < 3 * ARRAY_LEN(tilings) * ARRAY_LEN(usages) * ARRAY_LEN(flags); i++) {
            const VkImageType type = (VkImageType)(i % 3);
            const VkImageTiling tiling = tilings[i / 3 % ARRAY_LEN(tilings)];
            const VkImageUsageFlags usage = usages[i / 9 % ARRAY_LEN(usages)];
            const VkImageCreateFlags flag = flags[i / 9 / ARRAY_LEN(usages)];
            VkImageFormatProperties base = {0};
            const VkResult want = tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT
                                      ? VK_ERROR_FORMAT_NOT_SUPPORTED
                                      : vkGetPhysicalDeviceImageFormatProperties(k->physical, format, type, tiling, usage, flag, &base);
            for (uint32_t t = 0; t < ARRAY_LEN(types); t++) {
                VkExternalImageFormatPropertiesNV p;
                memset(&p, 0xAA, sizeof(p));
                const VkResult r =
                    k->vk.GetPhysicalDeviceExternalImageFormatPropertiesNV(k->physical, format, type, tiling, usage, flag, types[t], &p);
                /* sparse images have no memory of their own to share */
                const bool takes = types[t] == 0 || (types[t] == 1 && !(flag & VK_IMAGE_CREATE_SPARSE_BINDING_BIT));
                n++;
                if (r != (takes ? want : VK_ERROR_FORMAT_NOT_SUPPORTED)) {
                    CHECK(k, 0, "format %d type %d tiling %d usage 0x%x flags 0x%x handle 0x%x: %s", (int)format, type, (int)tiling, usage, flag, types[t],
                          kit_result_name(r));
                } else if (r != VK_SUCCESS) {
                    CHECK(k, is_zero(&p, sizeof(p)), "format %d handle 0x%x: the output is not zero", (int)format, types[t]);
                } else {
                    ok++;
                    const uint32_t features = types[t] ? VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT_NV | VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT_NV : 0;
                    CHECK(k, memcmp(&p.imageFormatProperties, &base, sizeof(base)) == 0 && p.externalMemoryFeatures == features &&
                                 p.exportFromImportedHandleTypes == types[t] && p.compatibleHandleTypes == types[t],
                          "format %d handle 0x%x: features 0x%x, compatible 0x%x", (int)format, types[t], p.externalMemoryFeatures,
                          p.compatibleHandleTypes);
                }
            }
        }
    }
    printf("  %llu queries, %llu supported\n", (unsigned long long)n, (unsigned long long)ok);
}

/* KHR queries: unknown types, types of one bit, output without input. */
static void
s03_khr_queries(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    for (uint32_t bit = 0; bit < 32; bit++) {
        const VkExternalMemoryHandleTypeFlagBits type = (VkExternalMemoryHandleTypeFlagBits)(1u << bit);
        const bool opaque = type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                   host = type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT ||
                          type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_MAPPED_FOREIGN_MEMORY_BIT_EXT,
                   dma = type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
        const VkPhysicalDeviceExternalImageFormatInfo in = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO, .handleType = type};
        const VkPhysicalDeviceImageFormatInfo2 info = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
                                                       .pNext = &in, .format = VK_FORMAT_R8G8B8A8_UNORM, .type = VK_IMAGE_TYPE_2D,
                                                       .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
        VkExternalImageFormatProperties out = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES};
        VkImageFormatProperties2 props = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2, .pNext = &out};
        const VkResult r = k->vk.GetPhysicalDeviceImageFormatProperties2(k->physical, &info, &props);
        CHECK(k, r == (opaque || host || dma ? VK_SUCCESS : VK_ERROR_FORMAT_NOT_SUPPORTED), "image query of 0x%x: %s", type, kit_result_name(r));
        const VkPhysicalDeviceExternalBufferInfo binfo = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
                                                          .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, .handleType = type};
        VkExternalBufferProperties bp = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
        k->vk.GetPhysicalDeviceExternalBufferProperties(k->physical, &binfo, &bp);
        const VkExternalMemoryProperties *m = &bp.externalMemoryProperties;
        CHECK(k, m->compatibleHandleTypes & type, "buffer query of 0x%x: compatible 0x%x", type, m->compatibleHandleTypes);
        CHECK(k, !(m->externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT), "0x%x wants dedicated memory", type);
        if (opaque) {
            CHECK(k, m->externalMemoryFeatures == (VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT),
                  "opaque: 0x%x", m->externalMemoryFeatures);
        } else if (host) {
            CHECK(k, m->externalMemoryFeatures == VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT && m->exportFromImportedHandleTypes == 0 &&
                         m->compatibleHandleTypes == (VkExternalMemoryHandleTypeFlags)type, "host 0x%x: 0x%x", type, m->externalMemoryFeatures);
        } else if (!dma) {
            CHECK(k, m->externalMemoryFeatures == 0 && m->exportFromImportedHandleTypes == 0, "0x%x: 0x%x", type, m->externalMemoryFeatures);
        }
    }
    const VkPhysicalDeviceImageFormatInfo2 info = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2, .format = VK_FORMAT_R8G8B8A8_UNORM,
                                                   .type = VK_IMAGE_TYPE_2D, .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
    VkExternalImageFormatProperties out = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES};
    VkImageFormatProperties2 props = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2, .pNext = &out};
    CHECK_VK(k, k->vk.GetPhysicalDeviceImageFormatProperties2(k->physical, &info, &props));
}

/* ---- 4: types that do not exist ---- */

static void
s04_nv_refusals(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    const int before = ipc_open_fds();
    static const uint32_t bad[] = {2, 4, 8, 3, 0x200, 0x80};
    for (uint32_t i = 0; i < 2 * ARRAY_LEN(bad); i++) {
        const uint32_t types = bad[i / 2];
        const VkExportMemoryAllocateInfoNV nv = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV, .handleTypes = types};
        const VkExportMemoryAllocateInfo khr = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, .handleTypes = types};
        if (i % 2 && types == 0x200) {
            continue; /* DMA_BUF in the KHR struct depends on the machine */
        }
        const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = i % 2 ? (const void *)&khr : (const void *)&nv,
                                           .allocationSize = 4096};
        VkDeviceMemory memory;
        CHECK_RESULT(k, vkAllocateMemory(k->device, &info, NULL, &memory), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    }
    const VkExportMemoryAllocateInfoNV none = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV};
    const VkExportMemoryAllocateInfo khr_none = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO};
    for (int i = 0; i < 2; i++) {
        const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = i ? (const void *)&khr_none : (const void *)&none,
                                           .allocationSize = 4096};
        VkDeviceMemory memory;
        CHECK_VK(k, vkAllocateMemory(k->device, &info, NULL, &memory));
        const VkMemoryGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = memory,
                                          .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
        int fd = 7;
        CHECK_RESULT(k, k->vk.GetMemoryFdKHR(k->device, &get, &fd), VK_ERROR_UNKNOWN);
        CHECK(k, fd == -1, "descriptor %d", fd);
        vkFreeMemory(k->device, memory, NULL);
    }
    /* Both structs at once is invalid usage: the union of the two. */
    const VkExportMemoryAllocateInfoNV nv = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV, .handleTypes = 1};
    const VkExportMemoryAllocateInfo khr = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, .pNext = &nv};
    const VkMemoryAllocateInfo both = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &khr, .allocationSize = 4096};
    VkDeviceMemory memory;
    CHECK_VK(k, vkAllocateMemory(k->device, &both, NULL, &memory));
    close(ipc_get_fd(k, memory));
    vkFreeMemory(k->device, memory, NULL);
    CHECK(k, ipc_open_fds() == before, "%d descriptors leaked", ipc_open_fds() - before);
}

/* ---- 5: frames to and fro, ordered by timelines ---- */

#define PING 64

struct ping {
    VkSemaphore sem;
    struct ipc_image a, b; /* a: producer to consumer; b: back */
    VkSampler sampler;
    VkDescriptorSet set;
    VkPipelineLayout layout;
    VkPipeline pipe;
};

static void
mix_init(struct kit *k, struct ping *p, VkImageView src, VkImageView dst)
{
    static const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    p->layout = kit_layout(k, 1, &sl, 4);
    p->set = kit_set(k, sl);
    kit_write_image(k, p->set, 0, 0, types[0], src, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    kit_write_image(k, p->set, 1, 0, types[1], dst, VK_NULL_HANDLE);
    p->pipe = kit_compute(k, p->layout, KIT_CODE(ipc_mix_comp), NULL);
}

/* Each side has its own idea of a layout to begin with. */
static void
ping_layouts(struct kit *k, const struct ping *p)
{
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, p->a.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    ipc_image_barrier(cmd, p->b.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    kit_submit(k, cmd);
}

static void
mix_record(const struct ping *p, VkCommandBuffer cmd, uint32_t frame)
{
    ipc_image_barrier(cmd, p->a.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_EXTERNAL, 0);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p->pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p->layout, 0, 1, &p->set, 0, NULL);
    vkCmdPushConstants(cmd, p->layout, VK_SHADER_STAGE_ALL, 0, 4, &frame);
    vkCmdDispatch(cmd, PING / 8, PING / 8, 1);
    ipc_image_barrier(cmd, p->b.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
}

static void
ping_consumer(struct kit *k)
{
    struct ping p = {0};
    int fa, fb, fs;
    uint32_t frames;
    if (!ipc_recv(ipc_parent, &frames, 4, &fa) || !ipc_recv(ipc_parent, NULL, 0, &fb) || !ipc_recv(ipc_parent, NULL, 0, &fs)) {
        kit_die("no descriptors");
    }
    p.a = ipc_image(k, ipc_rgba(PING, PING), IPC_KHR, fa);
    p.b = ipc_image(k, ipc_rgba(PING, PING), IPC_KHR, fb);
    p.sem = ipc_semaphore(k, true, 0);
    MUST(ipc_semaphore_import(k, p.sem, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT, 0, fs));
    mix_init(k, &p, p.a.view, p.b.view);
    ping_layouts(k, &p);
    ipc_meet(ipc_parent, 1);
    VkCommandBuffer cmd = kit_begin(k);
    vkEndCommandBuffer(cmd);
    for (uint32_t f = 0; f < frames; f++) {
        const VkCommandBufferBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
        MUST(vkBeginCommandBuffer(cmd, &bi));
        mix_record(&p, cmd, f);
        MUST(vkEndCommandBuffer(cmd));
        ipc_submit(k, k->queue, cmd, p.sem, 2 * f + 1, p.sem, 2 * f + 2, VK_NULL_HANDLE);
        MUST(ipc_host_wait(k, p.sem, 2 * f + 2, 20 * IPC_SECOND));
    }
    ipc_meet(ipc_parent, 2);
}

static void
s05_ping_pong(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    SKIP_UNLESS(k, k->vk.GetSemaphoreFdKHR && k->vk.WaitSemaphores, "needs timelines and VK_KHR_external_semaphore_fd");
    const uint32_t frames = (uint32_t)ipc_count(100, 1000);
    struct ping p = {0};
    p.a = ipc_image(k, ipc_rgba(PING, PING), IPC_NV, -1);
    p.b = ipc_image(k, ipc_rgba(PING, PING), IPC_NV, -1);
    p.sem = ipc_semaphore(k, true, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT);
    ping_layouts(k, &p);
    const int fs = ipc_semaphore_fd(k, p.sem), fa = ipc_get_fd(k, p.a.memory), fb = ipc_get_fd(k, p.b.memory);
    struct ipc_peer peer = ipc_spawn("ping_consumer");
    ipc_send(peer.sock, &frames, 4, fa);
    ipc_send(peer.sock, NULL, 0, fb);
    ipc_send(peer.sock, NULL, 0, fs);
    close(fa);
    close(fb);
    close(fs);
    ipc_meet(peer.sock, 1);
    void *back;
    MUST(vkMapMemory(k->device, p.b.memory, 0, VK_WHOLE_SIZE, 0, &back));
    struct kit_buffer up = kit_buffer(k, PING * PING * 4, NULL);
    VkCommandBuffer cmd = kit_begin(k);
    const VkBufferImageCopy copy = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {PING, PING, 1}};
    vkCmdCopyBufferToImage(cmd, up.buffer, p.a.image, VK_IMAGE_LAYOUT_GENERAL, 1, &copy);
    ipc_image_barrier(cmd, p.a.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
    vkEndCommandBuffer(cmd);
    const double start = ipc_seconds();
    for (uint32_t f = 0; f < frames; f++) {
        kit_noise(up.data, PING * PING * 4, f + 1);
        ipc_submit(k, k->queue, cmd, p.sem, 2 * f, p.sem, 2 * f + 1, VK_NULL_HANDLE);
        REQUIRE(k, ipc_host_wait(k, p.sem, 2 * f + 2, 20 * IPC_SECOND) == VK_SUCCESS, "frame %u did not come back", f);
        const uint8_t *src = up.data, *got = back;
        for (uint32_t i = 0; i < PING * PING; i++) {
            static const uint32_t from[4] = {1, 2, 3, 0}; /* c.gbar */
            const uint64_t at = ipc_texel_offset(&p.b.info, 4, 1, 1, 0, 0, i % PING, i / PING, 0);
            for (uint32_t c = 0; c < 4; c++) {
                if (got[at + c] != ((src[i * 4 + from[c]] + f) & 255)) {
                    REQUIRE(k, 0, "frame %u, texel %u, channel %u: %u", f, i, c, got[at + c]);
                }
            }
        }
    }
    printf("  %u frames there and back, %.1f per second\n", frames, frames / (ipc_seconds() - start));
    ipc_meet(peer.sock, 2);
    ipc_join(k, &peer);
}

/* ---- 10: the payload outlives who made it ---- */

static void
exporter(struct kit *k)
{
    int kill_me;
    ipc_recv(ipc_parent, &kill_me, sizeof(kill_me), NULL);
    const VkDeviceMemory m = ipc_export(k, 10000, IPC_NV);
    void *p;
    MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, &p));
    kit_noise(p, 10000, 77);
    const int fd = ipc_get_fd(k, m);
    ipc_send(ipc_parent, &fd, sizeof(fd), fd);
    if (kill_me) {
        pause();
    }
    close(fd);
    vkFreeMemory(k->device, m, NULL);
}

static void
s10_outlives(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    uint8_t want[10000];
    kit_noise(want, sizeof(want), 77);
    for (int kill_it = 0; kill_it < 2; kill_it++) {
        struct ipc_peer peer = ipc_spawn("exporter");
        ipc_send(peer.sock, &kill_it, sizeof(kill_it), -1);
        int fd, number;
        REQUIRE(k, ipc_recv(peer.sock, &number, sizeof(number), &fd) && fd >= 0, "nothing came");
        if (kill_it) { /* the other way to get it: out of the living process, where that is allowed */
            const int process = (int)syscall(SYS_pidfd_open, peer.pid, 0), taken = (int)syscall(SYS_pidfd_getfd, process, number, 0);
            if (taken >= 0) {
                close(fd);
                fd = taken;
            }
            close(process);
            ipc_kill(&peer);
        } else {
            ipc_join(k, &peer);
        }
        VkDeviceMemory m;
        REQUIRE(k, ipc_import(k, 10000, fd, NULL, &m) == VK_SUCCESS, "cannot import");
        void *p;
        MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, &p));
        kit_same(k, "payload", p, want, sizeof(want), 1, 0);
        vkFreeMemory(k->device, m, NULL);
    }
}

/* ---- 11: many imports of one payload ---- */

static void
s11_many_imports(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    enum { N = 4096 };
    VkDeviceMemory *m = kit_alloc(k, N * sizeof(*m));
    const VkDeviceMemory owner = ipc_export(k, 4096, IPC_KHR);
    const int fds = ipc_open_fds();
    for (uint32_t i = 0; i < N; i++) {
        REQUIRE(k, ipc_import(k, 4096, ipc_get_fd(k, owner), NULL, &m[i]) == VK_SUCCESS, "import %u", i);
        REQUIRE(k, i == 0 || m[i] != m[i - 1], "the same object again");
    }
    CHECK(k, ipc_open_fds() == fds, "imports keep %d descriptors", ipc_open_fds() - fds);
    vkFreeMemory(k->device, owner, NULL);
    uint32_t *first, *other;
    MUST(vkMapMemory(k->device, m[0], 0, VK_WHOLE_SIZE, 0, (void **)&first));
    for (uint32_t i = 1; i < N; i += 511) {
        MUST(vkMapMemory(k->device, m[i], 0, VK_WHOLE_SIZE, 0, (void **)&other));
        first[5] = i;
        CHECK(k, other[5] == i, "import %u does not alias", i);
    }
    for (uint32_t i = 0; i < N; i++) { /* odd ones first */
        vkFreeMemory(k->device, m[i < N / 2 ? 2 * i + 1 : 2 * (i - N / 2)], NULL);
    }
}

/* ---- 12, 13: dma-bufs ---- */

static void
s12_no_dma_device(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    SKIP_UNLESS(k, access("/dev/udmabuf", F_OK) != 0 && access("/dev/dma_heap/system", F_OK) != 0, "this machine can make dma-bufs");
    kit_messages_expected(k);
    const VkPhysicalDeviceExternalBufferInfo info = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
                                                     .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                                                     .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
    VkExternalBufferProperties p = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
    k->vk.GetPhysicalDeviceExternalBufferProperties(k->physical, &info, &p);
    CHECK(k, p.externalMemoryProperties.externalMemoryFeatures == VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT &&
                 p.externalMemoryProperties.exportFromImportedHandleTypes == 0,
          "features 0x%x", p.externalMemoryProperties.externalMemoryFeatures);
    const VkExportMemoryAllocateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                           .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &ex, .allocationSize = 4096};
    VkDeviceMemory m;
    CHECK_RESULT(k, vkAllocateMemory(k->device, &ai, NULL, &m), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    const VkDeviceMemory memfd = ipc_export(k, 4096, IPC_KHR);
    const int fd = ipc_get_fd(k, memfd);
    VkMemoryFdPropertiesKHR fp = {.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR, .memoryTypeBits = 99};
    CHECK_RESULT(k, k->vk.GetMemoryFdPropertiesKHR(k->device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, fd, &fp), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK(k, fp.memoryTypeBits == 0, "types 0x%x", fp.memoryTypeBits);
    CHECK_RESULT(k, k->vk.GetMemoryFdPropertiesKHR(k->device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT, fd, &fp), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK_RESULT(k, k->vk.GetMemoryFdPropertiesKHR(k->device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, 9999, &fp),
                 VK_ERROR_INVALID_EXTERNAL_HANDLE);
    close(fd);
    vkFreeMemory(k->device, memfd, NULL);
}

/* ---- 18: identity ---- */

static void
identity(struct kit *k, uint8_t id[2 * VK_UUID_SIZE])
{
    VkPhysicalDeviceIDProperties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    memcpy(id, p.deviceUUID, VK_UUID_SIZE);
    memcpy(id + VK_UUID_SIZE, p.driverUUID, VK_UUID_SIZE);
    CHECK(k, !p.deviceLUIDValid, "a LUID on Linux");
}

static void
tells_identity(struct kit *k)
{
    uint8_t id[2 * VK_UUID_SIZE];
    identity(k, id);
    ipc_send(ipc_parent, id, sizeof(id), -1);
}

static void
s18_identity(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    uint8_t mine[2 * VK_UUID_SIZE], theirs[2 * VK_UUID_SIZE];
    identity(k, mine);
    CHECK(k, !is_zero(mine, VK_UUID_SIZE) && !is_zero(mine + VK_UUID_SIZE, VK_UUID_SIZE), "an identity of zeros");
    static const char *const settings[] = {"PUMICE_ISA", "PUMICE_THREADS", "PUMICE_INTERP"};
    static const char *const values[] = {"v2", "3", "1"};
    for (int i = 0; i < 3; i++) { /* how it runs does not matter */
        setenv(settings[i], values[i], 1);
        struct ipc_peer peer = ipc_spawn("tells_identity");
        REQUIRE(k, ipc_recv(peer.sock, theirs, sizeof(theirs), NULL), "nothing came");
        ipc_join(k, &peer);
        CHECK(k, memcmp(mine, theirs, sizeof(mine)) == 0, "another process has another identity with %s=%s", settings[i], values[i]);
        unsetenv(settings[i]);
    }
    /* A copy of the library elsewhere, as after a reinstall: another file, the same build. */
    const char *manifest = getenv("VK_DRIVER_FILES"), *copy = getenv("IPC_DRIVER_COPY");
    if (copy && manifest) {
        char *old = strdup(manifest);
        setenv("VK_DRIVER_FILES", copy, 1);
        setenv("VK_ICD_FILENAMES", copy, 1);
        struct ipc_peer peer = ipc_spawn("tells_identity");
        REQUIRE(k, ipc_recv(peer.sock, theirs, sizeof(theirs), NULL), "nothing came");
        ipc_join(k, &peer);
        CHECK(k, memcmp(mine, theirs, sizeof(mine)) == 0, "a copy of the library has another identity");
        setenv("VK_DRIVER_FILES", old, 1);
        setenv("VK_ICD_FILENAMES", old, 1);
        free(old);
    }
}

static const struct kit_case cases[] = {
    {"s01_nv_image", s01_nv_image},       {"s02_khr_image", s02_khr_image},       {"s03_nv_matrix", s03_nv_matrix},
    {"s03_khr_queries", s03_khr_queries}, {"s04_nv_refusals", s04_nv_refusals},   {"s05_ping_pong", s05_ping_pong},
    {"s07_samples", s07_samples},
    {"s10_outlives", s10_outlives},       {"s11_many_imports", s11_many_imports}, {"s12_no_dma_device", s12_no_dma_device},
    {"s18_identity", s18_identity},
};
static const struct ipc_role roles[] = {
    {"raw_reader", NULL, raw_reader},
    {"ping_consumer", ping_consumer, NULL},
    {"exporter", exporter, NULL},
    {"tells_identity", tells_identity, NULL},
};
IPC_MAIN(cases, roles)

/* What stands where in shared memory, and other ways in: placed maps, host pointers, DRM modifiers. */
#include "ipc.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
can_share(struct kit *k)
{
    if (!kit_has(k, "VK_NV_external_memory") || !kit_has(k, "VK_KHR_external_memory_fd")) {
        kit_skip(k, "needs VK_NV_external_memory and VK_KHR_external_memory_fd");
        return false;
    }
    return true;
}

/* ---- 6: the same bytes whatever the settings, and the machine ---- */

#define CHECKER_HASH UINT64_C(0x98a18ad86421b1bd) /* of all bytes of the file */

static struct ipc_image
checker(struct kit *k, VkImageUsageFlags usage)
{
    VkImageCreateInfo info = ipc_rgba(201, 117);
    info.usage = usage;
    info.mipLevels = 8;
    const struct ipc_image img = ipc_image(k, info, IPC_NV, -1);
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    for (uint32_t l = 0; l < 8; l++) {
        const VkClearColorValue color = {.float32 = {0.11f * (float)l, 0.5f, 0.9f, 1}};
        const VkImageSubresourceRange r = {VK_IMAGE_ASPECT_COLOR_BIT, l, 1, 0, 1};
        vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &r);
    }
    kit_barrier(cmd);
    for (uint32_t l = 1; l < 8; l++) {
        const VkImageBlit b = {{VK_IMAGE_ASPECT_COLOR_BIT, l - 1, 0, 1}, {{0, 0, 0}, {9, 7, 1}}, {VK_IMAGE_ASPECT_COLOR_BIT, l, 0, 1},
                               {{0, 0, 0}, {1, 1, 1}}};
        vkCmdBlitImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, img.image, VK_IMAGE_LAYOUT_GENERAL, 1, &b, VK_FILTER_LINEAR);
    }
    ipc_image_barrier(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
    kit_submit(k, cmd);
    return img;
}

static void
checker_writer(struct kit *k)
{
    const VkImageUsageFlags most = ipc_rgba(1, 1).usage;
    const struct ipc_image img = checker(k, getenv("PUMICE_INTERP") ? most & ~(VkImageUsageFlags)VK_IMAGE_USAGE_STORAGE_BIT : most);
    const int fd = ipc_get_fd(k, img.memory);
    ipc_send(ipc_parent, &img.size_B, sizeof(img.size_B), fd);
    close(fd);
}

static void
s06_settings(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    const struct ipc_image mine = checker(k, VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT);
    uint64_t mine_B, theirs_B;
    const uint8_t *a = ipc_map(ipc_get_fd(k, mine.memory), &mine_B);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint64_t i = 0; i < mine_B; i++) {
        hash = (hash ^ a[i]) * UINT64_C(0x100000001b3);
    }
    printf("  %llu bytes, hash 0x%016llx\n", (unsigned long long)mine_B, (unsigned long long)hash);
    CHECK(k, hash == CHECKER_HASH || strncmp(k->properties.deviceName, "Pumice", 6) != 0, "other bytes than on other machines");
    static const char *const settings[][2] = {{"PUMICE_ISA", "v2"}, {"PUMICE_THREADS", "1"}, {"PUMICE_THREADS", "16"}, {"PUMICE_INTERP", "1"},
                                              {"PUMICE_DEBUG", "sync"}};
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        VkDeviceSize size_B;
        int fd;
        setenv(settings[i][0], settings[i][1], 1);
        struct ipc_peer peer = ipc_spawn("checker_writer");
        unsetenv(settings[i][0]);
        REQUIRE(k, ipc_recv(peer.sock, &size_B, sizeof(size_B), &fd), "nothing came");
        ipc_join(k, &peer);
        uint8_t *b = ipc_map(fd, &theirs_B);
        CHECK(k, size_B == mine.size_B && mine_B == theirs_B, "%s=%s: another size", settings[i][0], settings[i][1]);
        CHECK(k, mine_B == theirs_B && memcmp(a, b, mine_B) == 0, "%s=%s: other bytes", settings[i][0], settings[i][1]);
        munmap(b, theirs_B);
    }
}

/* ---- 7: every kind of image, read by a process without Vulkan ---- */

struct shape {
    int32_t format, type;
    uint32_t w, h, d, levels, layers, flags;
};
static const struct shape shapes[] = {
    {VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_1D, 100, 1, 1, 7, 3, 0},
    {VK_FORMAT_R8_UNORM, VK_IMAGE_TYPE_2D, 67, 31, 1, 7, 1, 0},
    {VK_FORMAT_R16G16_SFLOAT, VK_IMAGE_TYPE_2D, 65, 40, 1, 3, 5, 0},
    {VK_FORMAT_R32G32B32A32_SFLOAT, VK_IMAGE_TYPE_2D, 19, 23, 1, 5, 2, 0},
    {VK_FORMAT_B10G11R11_UFLOAT_PACK32, VK_IMAGE_TYPE_2D, 33, 9, 1, 1, 1, 0},
    {VK_FORMAT_R8G8B8A8_SRGB, VK_IMAGE_TYPE_2D, 32, 32, 1, 6, 6, VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT},
    {VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_3D, 33, 17, 9, 6, 1, 0},
    {VK_FORMAT_R5G6B5_UNORM_PACK16, VK_IMAGE_TYPE_2D, 77, 13, 1, 1, 1, 0},
    {VK_FORMAT_D16_UNORM, VK_IMAGE_TYPE_2D, 61, 27, 1, 1, 2, 0},
    {VK_FORMAT_X8_D24_UNORM_PACK32, VK_IMAGE_TYPE_2D, 61, 27, 1, 1, 2, 0},
    {VK_FORMAT_D32_SFLOAT, VK_IMAGE_TYPE_2D, 61, 27, 1, 3, 1, 0},
    {VK_FORMAT_S8_UINT, VK_IMAGE_TYPE_2D, 61, 27, 1, 3, 1, 0},
    {VK_FORMAT_D24_UNORM_S8_UINT, VK_IMAGE_TYPE_2D, 61, 27, 1, 2, 3, 0},
    {VK_FORMAT_D32_SFLOAT_S8_UINT, VK_IMAGE_TYPE_2D, 61, 27, 1, 2, 3, 0},
    {VK_FORMAT_BC7_UNORM_BLOCK, VK_IMAGE_TYPE_2D, 30, 18, 1, 3, 2, 0},
    {VK_FORMAT_ETC2_R8G8B8_UNORM_BLOCK, VK_IMAGE_TYPE_2D, 30, 18, 1, 3, 2, 0},
    {VK_FORMAT_ASTC_6x5_UNORM_BLOCK, VK_IMAGE_TYPE_2D, 31, 18, 1, 3, 2, 0},
};

static VkImageCreateInfo
info_of(const struct shape *s)
{
    return (VkImageCreateInfo){.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .flags = s->flags, .imageType = (VkImageType)s->type,
                               .format = (VkFormat)s->format, .extent = {s->w, s->h, s->d}, .mipLevels = s->levels, .arrayLayers = s->layers,
                               .samples = VK_SAMPLE_COUNT_1_BIT, .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
}

static void
block_of(VkFormat format, uint32_t *bw, uint32_t *bh)
{
    *bw = *bh = 1;
    if (format == VK_FORMAT_BC7_UNORM_BLOCK || format == VK_FORMAT_ETC2_R8G8B8_UNORM_BLOCK) {
        *bw = *bh = 4;
    } else if (format == VK_FORMAT_ASTC_6x5_UNORM_BLOCK) {
        *bw = 6;
        *bh = 5;
    }
}

/* Contents of one level of one layer, tight. */
static uint8_t *
contents(const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer)
{
    const size_t n = kit_level_B(img, aspect, level);
    uint8_t *data = malloc(n);
    if (!data) {
        kit_die("out of memory");
    }
    uint32_t bw, bh;
    block_of(img->info.format, &bw, &bh);
    const uint32_t seed = 1 + level * 64 + layer * 8 + (uint32_t)aspect;
    if (aspect == VK_IMAGE_ASPECT_DEPTH_BIT && kit_texel_B(img->info.format, aspect) == 4) {
        for (size_t i = 0; i < n / 4; i++) {
            uint32_t s = seed + (uint32_t)i * 77, v = kit_random(&s) & 0xffffff;
            const float f = (float)v / 16777216.0f;
            if (img->info.format == VK_FORMAT_D32_SFLOAT || img->info.format == VK_FORMAT_D32_SFLOAT_S8_UINT) {
                memcpy(&v, &f, 4);
            }
            memcpy(data + 4 * i, &v, 4);
        }
    } else if (aspect == VK_IMAGE_ASPECT_COLOR_BIT && bw == 1) { /* no NaNs: copies keep them, but why ask for trouble */
        kit_noise_texels(img->info.format, data, n / kit_texel_B(img->info.format, aspect), seed);
    } else {
        kit_noise(data, n, seed);
    }
    return data;
}

static int
shape_reader(void)
{
    struct shape s;
    int fd;
    while (ipc_recv(ipc_parent, &s, sizeof(s), &fd)) {
        const struct kit_image img = {.info = info_of(&s)};
        const VkImageAspectFlags aspects = kit_aspects(img.info.format);
        uint64_t size_B, plane_B = 0;
        uint32_t bw, bh;
        block_of(img.info.format, &bw, &bh);
        const uint8_t *p = ipc_map(fd, &size_B);
        static const VkImageAspectFlagBits order[] = {VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_ASPECT_DEPTH_BIT, VK_IMAGE_ASPECT_STENCIL_BIT};
        for (int a = 0; a < 3; a++) {
            if (!(aspects & order[a])) {
                continue;
            }
            const uint32_t B = kit_texel_B(img.info.format, order[a]);
            plane_B = (plane_B + 4095) / 4096 * 4096;
            for (uint32_t i = 0; i < s.levels * s.layers; i++) {
                const uint32_t level = i % s.levels, layer = i / s.levels;
                uint8_t *want = contents(&img, order[a], level, layer);
                const VkExtent3D e = kit_level_extent(&img, level);
                const uint32_t w = (e.width + bw - 1) / bw, h = (e.height + bh - 1) / bh;
                for (uint32_t row = 0; row < h * e.depth; row++) {
                    const uint64_t at = plane_B + ipc_texel_offset(&img.info, B, bw, bh, level, layer, 0, row % h, row / h);
                    if (at + (uint64_t)w * B > size_B || memcmp(p + at, want + (size_t)row * w * B, (size_t)w * B) != 0) {
                        fprintf(stderr, "reader: format %d aspect 0x%x level %u layer %u row %u at %llu\n", s.format, order[a], level, layer, row,
                                (unsigned long long)at);
                        return 1;
                    }
                }
                free(want);
            }
            plane_B += ipc_layout_size(&img.info, B, bw, bh);
        }
        if (size_B != (plane_B + 4095) / 4096 * 4096) {
            fprintf(stderr, "reader: format %d has %llu B, not %llu\n", s.format, (unsigned long long)size_B, (unsigned long long)plane_B);
            return 1;
        }
        ipc_meet(ipc_parent, 1);
    }
    return 0;
}

static void
s07_all_shapes(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    struct ipc_peer peer = ipc_spawn("shape_reader");
    uint32_t n = 0;
    for (size_t i = 0; i < 2 * ARRAY_LEN(shapes); i++) {
        const struct shape *s = &shapes[i / 2];
        VkImageCreateInfo info = info_of(s);
        info.tiling = i % 2 ? VK_IMAGE_TILING_LINEAR : VK_IMAGE_TILING_OPTIMAL;
        VkExternalImageFormatPropertiesNV p;
        if (k->vk.GetPhysicalDeviceExternalImageFormatPropertiesNV(k->physical, info.format, info.imageType, info.tiling, info.usage, info.flags, 1,
                                                                   &p) != VK_SUCCESS ||
            p.imageFormatProperties.maxMipLevels < s->levels || p.imageFormatProperties.maxArrayLayers < s->layers) {
            printf("  format %d is not offered\n", s->format);
            continue;
        }
        const struct ipc_image img = ipc_image(k, info, i % 3 ? IPC_NV : IPC_KHR, -1);
        const struct kit_image view = {.image = img.image, .memory = img.memory, .info = info, .aspects = kit_aspects(info.format)};
        VkCommandBuffer cmd = kit_begin(k);
        VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                  .newLayout = VK_IMAGE_LAYOUT_GENERAL, .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                  .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .image = img.image,
                                  .subresourceRange = {view.aspects, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS}};
        vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
        kit_submit(k, cmd);
        for (uint32_t a = 1; a <= 4; a *= 2) {
            for (uint32_t j = 0; view.aspects & a && j < s->levels * s->layers; j++) {
                const uint32_t level = j % s->levels, layer = j / s->levels;
                uint8_t *data = contents(&view, (VkImageAspectFlagBits)a, level, layer);
                kit_upload(k, &view, (VkImageAspectFlagBits)a, level, layer, data);
                free(data);
                /* What the driver says about it, for tilings that one may ask about. */
                const VkImageSubresource sub = {a, level, layer};
                VkSubresourceLayout l;
                if (info.tiling == VK_IMAGE_TILING_LINEAR) {
                    uint32_t bw, bh;
                    block_of(info.format, &bw, &bh);
                    const uint32_t B = kit_texel_B(info.format, (VkImageAspectFlagBits)a);
                    vkGetImageSubresourceLayout(k->device, img.image, &sub, &l);
                    const uint64_t at = ipc_texel_offset(&info, B, bw, bh, level, layer, 0, 0, 0);
                    CHECK(k, a == 4 && view.aspects == 6 ? l.offset % 64 == 0 && l.offset > at : l.offset == at, "offset %llu", (unsigned long long)l.offset);
                    CHECK(k, l.rowPitch == ipc_texel_offset(&info, B, bw, bh, level, 0, 0, 1, 0) - ipc_texel_offset(&info, B, bw, bh, level, 0, 0, 0, 0),
                          "row pitch %llu", (unsigned long long)l.rowPitch);
                }
            }
        }
        const int fd = ipc_get_fd(k, img.memory);
        ipc_send(peer.sock, s, sizeof(*s), fd);
        close(fd);
        ipc_meet(peer.sock, 1);
        n++;
    }
    printf("  %u images read from outside\n", n);
    ipc_join(k, &peer);
}

/* Luma and chroma: planes of their own, each from a multiple of 4096, or each in memory of its own. */
struct rows {
    uint64_t file_B, offset_B, pitch_B, row_B, rows;
    uint32_t seed;
};

static int
rows_reader(void)
{
    struct rows r;
    int fd;
    while (ipc_recv(ipc_parent, &r, sizeof(r), &fd)) {
        uint64_t size_B;
        const uint8_t *p = ipc_map(fd, &size_B);
        uint8_t *want = malloc(r.row_B * r.rows);
        kit_noise(want, r.row_B * r.rows, r.seed);
        for (uint64_t y = 0; y < r.rows; y++) {
            if (size_B != r.file_B || memcmp(p + r.offset_B + y * r.pitch_B, want + y * r.row_B, r.row_B) != 0) {
                fprintf(stderr, "reader: row %llu, file of %llu B\n", (unsigned long long)y, (unsigned long long)size_B);
                return 1;
            }
        }
        free(want);
        munmap((void *)(uintptr_t)p, size_B);
        ipc_meet(ipc_parent, 1);
    }
    return 0;
}

static void
s07_planes(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    enum { W = 70, H = 34 };
    static const struct {
        VkFormat format;
        uint32_t planes, texel_B[3];
    } formats[] = {{VK_FORMAT_G8_B8R8_2PLANE_420_UNORM, 2, {1, 2}}, {VK_FORMAT_G8_B8_R8_3PLANE_420_UNORM, 3, {1, 1, 1}},
                   {VK_FORMAT_G16_B16R16_2PLANE_420_UNORM, 2, {2, 4}}};
    static const VkImageAspectFlagBits aspects[3] = {VK_IMAGE_ASPECT_PLANE_0_BIT, VK_IMAGE_ASPECT_PLANE_1_BIT, VK_IMAGE_ASPECT_PLANE_2_BIT};
    struct ipc_peer peer = ipc_spawn("rows_reader");
    uint32_t n = 0;
    for (uint32_t i = 0; i < 4 * ARRAY_LEN(formats); i++) {
        const uint32_t f = i / 4, planes = formats[f].planes;
        const bool disjoint = i & 1, linear = i & 2;
        const VkImageTiling tiling = linear ? VK_IMAGE_TILING_LINEAR : VK_IMAGE_TILING_OPTIMAL;
        const VkFormatFeatureFlags features = kit_format_features(k, formats[f].format, tiling);
        if (!(features & VK_FORMAT_FEATURE_TRANSFER_DST_BIT) || (disjoint && !(features & VK_FORMAT_FEATURE_DISJOINT_BIT))) {
            continue;
        }
        const VkExternalMemoryImageCreateInfoNV ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO_NV, .handleTypes = 1};
        VkImageCreateInfo info = ipc_rgba(W, H);
        info.pNext = &ext;
        info.format = formats[f].format;
        info.tiling = tiling;
        info.flags = disjoint ? VK_IMAGE_CREATE_DISJOINT_BIT : 0;
        info.usage = VK_IMAGE_USAGE_TRANSFER_DST_BIT;
        VkImage image;
        MUST(vkCreateImage(k->device, &info, NULL, &image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, image);
        VkDeviceMemory memory[3];
        VkBindImagePlaneMemoryInfo plane[3];
        VkBindImageMemoryInfo bind[3];
        uint64_t size_B[3];
        for (uint32_t p = 0; p < (disjoint ? planes : 1); p++) {
            const VkImagePlaneMemoryRequirementsInfo pi = {.sType = VK_STRUCTURE_TYPE_IMAGE_PLANE_MEMORY_REQUIREMENTS_INFO, .planeAspect = aspects[p]};
            const VkImageMemoryRequirementsInfo2 ri = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2, .pNext = disjoint ? &pi : NULL,
                                                       .image = image};
            VkMemoryRequirements2 reqs = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
            k->vk.GetImageMemoryRequirements2(k->device, &ri, &reqs);
            size_B[p] = (reqs.memoryRequirements.size + 4095) / 4096 * 4096;
            memory[p] = ipc_export(k, reqs.memoryRequirements.size, IPC_NV);
            KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, memory[p]);
            plane[p] = (VkBindImagePlaneMemoryInfo){.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_PLANE_MEMORY_INFO, .planeAspect = aspects[p]};
            bind[p] = (VkBindImageMemoryInfo){.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO, .pNext = disjoint ? &plane[p] : NULL, .image = image,
                                              .memory = memory[p]};
        }
        MUST(k->vk.BindImageMemory2(k->device, disjoint ? planes : 1, bind));
        struct kit_buffer src = kit_buffer(k, 65536, NULL);
        VkBufferImageCopy copies[3];
        struct rows rows[3];
        uint64_t end_B = 0;
        for (uint32_t p = 0; p < planes; p++) {
            const uint32_t w = p ? W / 2 : W, h = p ? H / 2 : H;
            rows[p] = (struct rows){.row_B = w * formats[f].texel_B[p], .rows = h, .seed = 100 * i + p};
            rows[p].pitch_B = (rows[p].row_B + 63) / 64 * 64;
            rows[p].offset_B = disjoint ? 0 : (end_B + 4095) / 4096 * 4096;
            end_B = rows[p].offset_B + rows[p].pitch_B * h;
            kit_noise((uint8_t *)src.data + 16384 * p, rows[p].row_B * h, rows[p].seed);
            copies[p] = (VkBufferImageCopy){.bufferOffset = 16384 * p, .imageSubresource = {aspects[p], 0, 0, 1}, .imageExtent = {w, h, 1}};
        }
        VkCommandBuffer cmd = kit_begin(k);
        ipc_image_barrier(cmd, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
        vkCmdCopyBufferToImage(cmd, src.buffer, image, VK_IMAGE_LAYOUT_GENERAL, planes, copies);
        ipc_image_barrier(cmd, image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL, 0, VK_QUEUE_FAMILY_EXTERNAL);
        kit_submit(k, cmd);
        for (uint32_t p = 0; p < planes; p++) {
            const uint32_t m = disjoint ? p : 0;
            rows[p].file_B = disjoint ? (rows[p].pitch_B * rows[p].rows + 4095) / 4096 * 4096 : (end_B + 4095) / 4096 * 4096;
            CHECK(k, rows[p].file_B == size_B[m], "format %d plane %u: %llu B", (int)info.format, p, (unsigned long long)size_B[m]);
            const int fd = ipc_get_fd(k, memory[m]);
            ipc_send(peer.sock, &rows[p], sizeof(rows[p]), fd);
            close(fd);
            ipc_meet(peer.sock, 1);
            n++;
        }
    }
    printf("  %u planes read from outside\n", n);
    SKIP_UNLESS(k, n, "no formats with planes");
    ipc_join(k, &peer);
}

/* ---- 14: placed maps ---- */

static void
s14_placed(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_map_memory_placed") && k->vk.MapMemory2, "needs VK_EXT_map_memory_placed");
    const size_t span = 1 << 20;
    for (int shared = 0; shared < 2; shared++) {
        const VkDeviceMemory m = shared ? ipc_export(k, span, IPC_KHR) : kit_memory(k, span, 1, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT, NULL);
        const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = span,
                                       .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
        VkBuffer buf;
        MUST(vkCreateBuffer(k->device, &bi, NULL, &buf));
        MUST(vkBindBufferMemory(k->device, buf, m, 0));
        uint8_t *room = mmap(NULL, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int part = 0; part < 2; part++) {
            const uint64_t offset = part ? 64 * 4096 : 0, size = part ? 16 * 4096 : VK_WHOLE_SIZE;
            const VkMemoryMapPlacedInfoEXT at = {.sType = VK_STRUCTURE_TYPE_MEMORY_MAP_PLACED_INFO_EXT, .pPlacedAddress = room + offset};
            const VkMemoryMapInfo mi = {.sType = VK_STRUCTURE_TYPE_MEMORY_MAP_INFO, .pNext = &at, .flags = VK_MEMORY_MAP_PLACED_BIT_EXT, .memory = m,
                                        .offset = offset, .size = size};
            void *p = NULL;
            CHECK_VK(k, k->vk.MapMemory2(k->device, &mi, &p));
            REQUIRE(k, p == room + offset, "mapped at %p, not %p", p, (void *)(room + offset));
            VkCommandBuffer cmd = kit_begin(k);
            vkCmdFillBuffer(cmd, buf, 0, VK_WHOLE_SIZE, 0xabcd0000u + (uint32_t)part);
            kit_submit(k, cmd);
            const uint32_t *words = p;
            CHECK(k, words[0] == 0xabcd0000u + (uint32_t)part && words[16 * 1024 - 1] == words[0], "the mapping shows 0x%08x", words[0]);
            ((uint32_t *)p)[1] = 42; /* and back */
            struct kit_buffer back = kit_buffer(k, 64, NULL);
            cmd = kit_begin(k);
            const VkBufferCopy c = {offset, 0, 64};
            vkCmdCopyBuffer(cmd, buf, back.buffer, 1, &c);
            /* Unmapped while the queue works on it; the addresses stay reserved. */
            const VkMemoryUnmapInfo ui = {.sType = VK_STRUCTURE_TYPE_MEMORY_UNMAP_INFO, .flags = VK_MEMORY_UNMAP_RESERVE_BIT_EXT, .memory = m};
            MUST(vkEndCommandBuffer(cmd));
            const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
            MUST(vkQueueSubmit(k->queue, 1, &si, VK_NULL_HANDLE));
            CHECK_VK(k, k->vk.UnmapMemory2(k->device, &ui));
            vkQueueWaitIdle(k->queue);
            CHECK(k, ((uint32_t *)back.data)[1] == 42, "a write through the mapping is not seen");
            unsigned char resident;
            CHECK(k, mincore(room + offset, 4096, &resident) == 0, "the addresses are not reserved");
            void *again = mmap(room + offset, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            CHECK(k, again == room + offset && *(uint32_t *)again == 0, "cannot map over it");
        }
        /* Nonsense is refused, and the memory stays unmapped. */
        const VkMemoryMapPlacedInfoEXT at = {.sType = VK_STRUCTURE_TYPE_MEMORY_MAP_PLACED_INFO_EXT, .pPlacedAddress = room + 1};
        const VkMemoryMapInfo mi = {.sType = VK_STRUCTURE_TYPE_MEMORY_MAP_INFO, .pNext = &at, .flags = VK_MEMORY_MAP_PLACED_BIT_EXT, .memory = m,
                                    .size = VK_WHOLE_SIZE};
        void *p;
        kit_messages_expected(k);
        CHECK_RESULT(k, k->vk.MapMemory2(k->device, &mi, &p), VK_ERROR_MEMORY_MAP_FAILED);
        MUST(vkMapMemory(k->device, m, 4096, VK_WHOLE_SIZE, 0, &p));
        vkUnmapMemory(k->device, m);
        vkDestroyBuffer(k->device, buf, NULL);
        if (shared) {
            vkFreeMemory(k->device, m, NULL);
        }
        munmap(room, span);
    }
}

/* ---- 15: host pointers ---- */

static void
s15_host_pointer(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_external_memory_host"), "needs VK_EXT_external_memory_host");
    const size_t size = 16 * 4096;
    int fd = memfd_create("host", MFD_CLOEXEC);
    REQUIRE(k, ftruncate(fd, (off_t)size) == 0, "ftruncate");
    for (int kind = 0; kind < 2; kind++) {
        uint8_t *p = kind ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : aligned_alloc(4096, size);
        const VkExternalMemoryHandleTypeFlagBits type = kind ? VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_MAPPED_FOREIGN_MEMORY_BIT_EXT
                                                             : VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;
        VkMemoryHostPointerPropertiesEXT props = {.sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT};
        CHECK_VK(k, k->vk.GetMemoryHostPointerPropertiesEXT(k->device, type, p, &props));
        CHECK(k, props.memoryTypeBits != 0, "no memory type");
        const VkImportMemoryHostPointerInfoEXT imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT, .handleType = type, .pHostPointer = p};
        VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &imp, .allocationSize = size};
        VkDeviceMemory m;
        REQUIRE(k, vkAllocateMemory(k->device, &ai, NULL, &m) == VK_SUCCESS, "import");
        void *mapped;
        MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, &mapped));
        CHECK(k, mapped == p, "a copy was made");
        vkUnmapMemory(k->device, m);
        if (k->vk.MapMemory2 && !kit_under_validation(k)) { /* never mapped a second time, elsewhere */
            const VkMemoryMapPlacedInfoEXT at = {.sType = VK_STRUCTURE_TYPE_MEMORY_MAP_PLACED_INFO_EXT, .pPlacedAddress = p};
            const VkMemoryMapInfo mi = {.sType = VK_STRUCTURE_TYPE_MEMORY_MAP_INFO, .pNext = &at, .flags = VK_MEMORY_MAP_PLACED_BIT_EXT, .memory = m,
                                        .size = VK_WHOLE_SIZE};
            CHECK_RESULT(k, k->vk.MapMemory2(k->device, &mi, &mapped), VK_ERROR_MEMORY_MAP_FAILED);
        }
        const VkExternalMemoryBufferCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
                                                      .handleTypes = (VkExternalMemoryHandleTypeFlags)type};
        const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &ext, .size = size, .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT};
        VkBuffer buf;
        MUST(vkCreateBuffer(k->device, &bi, NULL, &buf));
        MUST(vkBindBufferMemory(k->device, buf, m, 0));
        VkCommandBuffer cmd = kit_begin(k);
        vkCmdFillBuffer(cmd, buf, 0, VK_WHOLE_SIZE, 0x0badcafe);
        kit_submit(k, cmd);
        CHECK(k, ((uint32_t *)(void *)p)[size / 4 - 1] == 0x0badcafe, "not written in place");
        vkDestroyBuffer(k->device, buf, NULL);
        vkFreeMemory(k->device, m, NULL);
        CHECK(k, p[5] == 0xca, "freeing the import took the pages"); /* still ours */
        p[5] = 1;
        kit_messages_expected(k);
        VkImportMemoryHostPointerInfoEXT bad = imp;
        bad.pHostPointer = p + 16;
        ai.pNext = &bad;
        CHECK_RESULT(k, vkAllocateMemory(k->device, &ai, NULL, &m), VK_ERROR_INVALID_EXTERNAL_HANDLE);
        CHECK_RESULT(k, k->vk.GetMemoryHostPointerPropertiesEXT(k->device, type, p + 16, &props), VK_ERROR_INVALID_EXTERNAL_HANDLE);
        CHECK_RESULT(k, k->vk.GetMemoryHostPointerPropertiesEXT(k->device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT, p, &props),
                     VK_ERROR_INVALID_EXTERNAL_HANDLE);
        if (kind) { /* pages that are not there */
            munmap(p, size);
            ai.pNext = &imp;
            CHECK_RESULT(k, vkAllocateMemory(k->device, &ai, NULL, &m), VK_ERROR_INVALID_EXTERNAL_HANDLE);
        } else {
            free(p);
        }
    }
    close(fd);
}

/* ---- 32: explicit layouts of DRM modifiers ---- */

static VkResult
drm_image(struct kit *k, VkFormat format, uint32_t w, uint32_t h, uint32_t layers, uint64_t modifier, VkSubresourceLayout layout, VkImage *image)
{
    const VkImageDrmFormatModifierExplicitCreateInfoEXT ex = {.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
                                                              .drmFormatModifier = modifier, .drmFormatModifierPlaneCount = 1, .pPlaneLayouts = &layout};
    const VkExternalMemoryImageCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, .pNext = &ex, .handleTypes = 1};
    VkImageCreateInfo info = ipc_rgba(w, h);
    info.pNext = &ext;
    info.format = format;
    info.arrayLayers = layers;
    info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
    info.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    return vkCreateImage(k->device, &info, NULL, image);
}

static void
s32_drm(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_image_drm_format_modifier"), "needs VK_EXT_image_drm_format_modifier");
    kit_messages_expected(k);
    /* Lists, with the count protocol; the same features as linear tiling. */
    for (int f = 1; f <= VK_FORMAT_D32_SFLOAT_S8_UINT; f++) {
        VkDrmFormatModifierPropertiesListEXT list = {.sType = VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT};
        VkFormatProperties2 p = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, .pNext = &list};
        k->vk.GetPhysicalDeviceFormatProperties2(k->physical, (VkFormat)f, &p);
        VkDrmFormatModifierPropertiesEXT m[3];
        memset(m, 0xAA, sizeof(m));
        list.pDrmFormatModifierProperties = m;
        const uint32_t n = list.drmFormatModifierCount;
        list.drmFormatModifierCount = 0;
        k->vk.GetPhysicalDeviceFormatProperties2(k->physical, (VkFormat)f, &p);
        CHECK(k, m[0].drmFormatModifier == UINT64_C(0xAAAAAAAAAAAAAAAA), "format %d: written beyond the count", f);
        list.drmFormatModifierCount = 3;
        k->vk.GetPhysicalDeviceFormatProperties2(k->physical, (VkFormat)f, &p);
        CHECK(k, list.drmFormatModifierCount == n && n <= 1, "format %d: %u modifiers", f, n);
        if (n) {
            CHECK(k, m[0].drmFormatModifier == 0 && m[0].drmFormatModifierPlaneCount == 1 &&
                         m[0].drmFormatModifierTilingFeatures == p.formatProperties.linearTilingFeatures && p.formatProperties.linearTilingFeatures,
                  "format %d: features 0x%x", f, m[0].drmFormatModifierTilingFeatures);
        }
    }
    /* A list without a modifier that we have. */
    VkImage image;
    static const uint64_t unknown[] = {1, UINT64_C(0x00ffffffffffffff), UINT64_MAX};
    const VkImageDrmFormatModifierListCreateInfoEXT none = {.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT,
                                                            .drmFormatModifierCount = 3, .pDrmFormatModifiers = unknown};
    VkImageCreateInfo info = ipc_rgba(16, 16);
    info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
    info.pNext = &none;
    CHECK(k, vkCreateImage(k->device, &info, NULL, &image) < 0, "unknown modifiers");
    /* Random layouts: refused, or rendered inside the bytes that they claim. */
    const VkDeviceMemory memory = ipc_export(k, 1 << 20, IPC_KHR);
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, memory);
    uint32_t seed = 3, taken = 0, refused = 0, bound = 0;
    const uint32_t rounds = (uint32_t)ipc_count(1500, 50000);
    uint8_t *bytes;
    MUST(vkMapMemory(k->device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&bytes));
    for (uint32_t i = 0; i < rounds; i++) {
        static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8_UNORM, VK_FORMAT_R16G16B16A16_SFLOAT, VK_FORMAT_R32G32B32A32_SFLOAT};
        static const uint32_t texel_B[] = {4, 1, 8, 16};
        const uint32_t f = kit_random(&seed) % 4, w = 1 + kit_random(&seed) % 70, h = 1 + kit_random(&seed) % 40, layers = 1 + kit_random(&seed) % 3;
        const uint64_t row = (uint64_t)w * texel_B[f];
        VkSubresourceLayout l = {.offset = (uint64_t)(kit_random(&seed) % 4096) * texel_B[f], .rowPitch = row + kit_random(&seed) % 8 * texel_B[f]};
        l.arrayPitch = l.rowPitch * h + kit_random(&seed) % 4 * texel_B[f];
        l.size = kit_random(&seed);
        bool valid = true;
        switch (kit_random(&seed) % 8) {
        case 0: l.rowPitch = kit_random(&seed); break;
        case 1: l.offset = (uint64_t)kit_random(&seed) << 32 | kit_random(&seed); break;
        case 2: l.arrayPitch = (uint64_t)kit_random(&seed) << (kit_random(&seed) % 33); break;
        case 3: l.rowPitch = row - 1; break;
        case 4: l.offset = UINT64_MAX - kit_random(&seed) % 64; break;
        default: break;
        }
        valid = l.rowPitch >= row && l.rowPitch % texel_B[f] == 0 && l.offset % texel_B[f] == 0 && l.rowPitch <= UINT32_MAX;
        const VkResult r = drm_image(k, formats[f], w, h, layers, kit_random(&seed) % 16 ? 0 : 1, l, &image);
        if (r != VK_SUCCESS) {
            CHECK(k, r == VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT, "%s", kit_result_name(r));
            refused++;
            continue;
        }
        taken++;
        CHECK(k, valid, "row pitch %llu, offset %llu taken for %u texels of %u B", (unsigned long long)l.rowPitch, (unsigned long long)l.offset, w,
              texel_B[f]);
        const VkImageSubresource sub = {VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT, 0, 0};
        VkSubresourceLayout got;
        vkGetImageSubresourceLayout(k->device, image, &sub, &got);
        CHECK(k, got.offset == l.offset && got.rowPitch == l.rowPitch, "another layout than was asked for");
        VkMemoryRequirements reqs;
        vkGetImageMemoryRequirements(k->device, image, &reqs);
        const uint64_t last = l.offset + (layers - 1) * (layers > 1 ? l.arrayPitch : 0) + (h - 1) * l.rowPitch + row;
        CHECK(k, reqs.size >= last, "size %llu", (unsigned long long)reqs.size);
        if (vkBindImageMemory(k->device, image, memory, 0) == VK_SUCCESS) {
            REQUIRE(k, last <= 1 << 20, "bound beyond the memory");
            bound++;
            memset(bytes, 0, 1 << 20);
            VkCommandBuffer cmd = kit_begin(k);
            ipc_image_barrier(cmd, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
            const VkClearColorValue color = {.float32 = {1, 1, 1, 1}};
            const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, layers};
            vkCmdClearColorImage(cmd, image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &range);
            kit_submit(k, cmd);
            uint64_t set = 0;
            for (uint64_t b = 0; b < 1 << 20; b += texel_B[f]) {
                set += bytes[b + texel_B[f] - 1] != 0;
            }
            CHECK(k, set == (uint64_t)w * h * layers, "%llu texels written, not %u", (unsigned long long)set, w * h * layers);
            CHECK(k, bytes[last - 1] != 0 && (last == 1 << 20 || bytes[last] == 0), "the last texel is elsewhere");
        }
        vkDestroyImage(k->device, image, NULL);
    }
    printf("  %u layouts taken (%u bound), %u refused\n", taken, bound, refused);
    CHECK(k, bound > rounds / 8 && refused > rounds / 8, "a test that tests little");
}

/* Luma and chroma at places and pitches of somebody else's choice, as a video decoder has them. */
static void
s32_drm_planes(struct kit *k)
{
    const VkFormat format = VK_FORMAT_G8_B8R8_2PLANE_420_UNORM;
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_image_drm_format_modifier"), "needs VK_EXT_image_drm_format_modifier");
    SKIP_UNLESS(k, kit_format_features(k, format, VK_IMAGE_TILING_LINEAR) & VK_FORMAT_FEATURE_TRANSFER_DST_BIT, "needs NV12");
    enum { W = 38, H = 22, LUMA = 50, CHROMA = 44, OFFSET = 1200 };
    VkSubresourceLayout planes[2] = {{.rowPitch = LUMA}, {.offset = OFFSET, .rowPitch = CHROMA}};
    const VkImageDrmFormatModifierExplicitCreateInfoEXT ex = {.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
                                                              .drmFormatModifierPlaneCount = 2, .pPlaneLayouts = planes};
    VkImageCreateInfo info = ipc_rgba(W, H);
    info.pNext = &ex;
    info.format = format;
    info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
    info.usage = VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    VkImage image;
    MUST(vkCreateImage(k->device, &info, NULL, &image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, image);
    VkMemoryRequirements reqs;
    vkGetImageMemoryRequirements(k->device, image, &reqs);
    const uint64_t end = OFFSET + (H / 2 - 1) * CHROMA + W;
    CHECK(k, reqs.size >= end, "size %llu", (unsigned long long)reqs.size);
    const VkDeviceMemory m = ipc_export(k, 4096, IPC_KHR);
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, m);
    MUST(vkBindImageMemory(k->device, image, m, 0));
    struct kit_buffer src = kit_buffer(k, 4096, NULL);
    memset(src.data, 0x11, W * H);
    memset((uint8_t *)src.data + 2048, 0x22, W * H / 2);
    const VkBufferImageCopy copies[2] = {
        {.imageSubresource = {VK_IMAGE_ASPECT_PLANE_0_BIT, 0, 0, 1}, .imageExtent = {W, H, 1}},
        {.bufferOffset = 2048, .imageSubresource = {VK_IMAGE_ASPECT_PLANE_1_BIT, 0, 0, 1}, .imageExtent = {W / 2, H / 2, 1}},
    };
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    vkCmdCopyBufferToImage(cmd, src.buffer, image, VK_IMAGE_LAYOUT_GENERAL, 2, copies);
    kit_submit(k, cmd);
    uint8_t *p;
    MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&p));
    for (uint32_t at = 0; at < 4096; at++) {
        const uint32_t c = at - OFFSET;
        const uint8_t want = at < OFFSET && at / LUMA < H && at % LUMA < W ? 0x11 : at >= OFFSET && c / CHROMA < H / 2 && c % CHROMA < W ? 0x22 : 0;
        REQUIRE(k, p[at] == want, "byte %u is 0x%02x, not 0x%02x", at, p[at], want);
    }
    kit_messages_expected(k);
    planes[1].offset = (H - 1) * LUMA; /* into the last row of luma */
    VkImage none;
    CHECK_RESULT(k, vkCreateImage(k->device, &info, NULL, &none), VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT);
}

static const struct kit_case cases[] = {
    {"s06_settings", s06_settings}, {"s07_all_shapes", s07_all_shapes}, {"s07_planes", s07_planes},
    {"s14_placed", s14_placed},     {"s15_host_pointer", s15_host_pointer}, {"s32_drm", s32_drm},
    {"s32_drm_planes", s32_drm_planes},
};
static const struct ipc_role roles[] = {
    {"checker_writer", checker_writer, NULL},
    {"shape_reader", NULL, shape_reader},
    {"rows_reader", NULL, rows_reader},
};
IPC_MAIN(cases, roles)

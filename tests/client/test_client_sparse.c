/* Sparse buffers and images: bindings in pieces and in any order, aliases, mip tails, semaphores of vkQueueBindSparse. SPEC: sparsememory. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_tri_vert.h"
#include "probe_2d_comp.h"
#include "sparse_codes_comp.h"

#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define BLOCK ((VkDeviceSize)65536)

static void
bind(struct kit *k, const VkBindSparseInfo *info)
{
    const VkFence f = kit_fence(k, false);
    CHECK_VK(k, vkQueueBindSparse(k->queue, 1, info, f));
    CHECK_VK(k, vkWaitForFences(k->device, 1, &f, VK_TRUE, KIT_TIMEOUT_NS));
}

static void
bind_buffer(struct kit *k, VkBuffer buf, uint32_t n, const VkSparseMemoryBind *binds)
{
    const VkSparseBufferMemoryBindInfo b = {buf, n, binds};
    const VkBindSparseInfo info = {.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO, .bufferBindCount = 1, .pBufferBinds = &b};
    bind(k, &info);
}

static VkBuffer
make_buffer(struct kit *k, VkDeviceSize size_B, VkBufferCreateFlags flags, VkMemoryRequirements *r)
{
    const VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .flags = VK_BUFFER_CREATE_SPARSE_BINDING_BIT | flags,
                                     .size = size_B, .usage = KIT_BUFFER_ANY};
    VkBuffer b;
    MUST(vkCreateBuffer(k->device, &info, NULL, &b));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, b);
    vkGetBufferMemoryRequirements(k->device, b, r);
    return b;
}

/* Blocks stand in memory as they were bound; the same block may stand in two places. */
static void
case_buffer(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseResidencyBuffer && k->features.sparseResidencyAliased, "no sparse buffers");
    VkMemoryRequirements r;
    const VkBuffer buf = make_buffer(k, 5 * BLOCK, VK_BUFFER_CREATE_SPARSE_RESIDENCY_BIT | VK_BUFFER_CREATE_SPARSE_ALIASED_BIT, &r);
    REQUIRE(k, r.alignment <= BLOCK && BLOCK % r.alignment == 0 && r.size >= 5 * BLOCK, "requirements");
    const VkDeviceMemory mem = kit_memory(k, 4 * BLOCK, r.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
                                          NULL);
    uint32_t *data = NULL;
    MUST(vkMapMemory(k->device, mem, 0, VK_WHOLE_SIZE, 0, (void **)&data));
    const VkSparseMemoryBind binds[4] = {{0, BLOCK, mem, BLOCK, 0}, {2 * BLOCK, BLOCK, mem, 0, 0}, {4 * BLOCK, BLOCK, mem, 3 * BLOCK, 0},
                                         {3 * BLOCK, BLOCK, mem, BLOCK, 0}};
    memset(data, 0, 4 * BLOCK);
    bind_buffer(k, buf, 4, binds);
    VkCommandBuffer cmd = kit_begin(k);
    vkCmdFillBuffer(cmd, buf, 0, BLOCK, 10);
    vkCmdFillBuffer(cmd, buf, BLOCK, BLOCK, 11); /* nobody's */
    vkCmdFillBuffer(cmd, buf, 2 * BLOCK, BLOCK, 12);
    vkCmdFillBuffer(cmd, buf, 4 * BLOCK, BLOCK, 14);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t n = BLOCK / 4;
    CHECK(k, data[0] == 12 && data[n - 1] == 12 && data[n] == 10 && data[2 * n - 1] == 10, "%u, %u", data[0], data[n]);
    CHECK(k, data[2 * n] == 0 && data[3 * n] == 14 && data[4 * n - 1] == 14, "%u, %u", data[2 * n], data[3 * n]);
    data[n] = 77; /* block 0 is block 3 as well */
    const struct kit_buffer out = kit_buffer(k, 5 * BLOCK, NULL);
    cmd = kit_begin(k);
    kit_barrier(cmd);
    const VkBufferCopy whole = {0, 0, 5 * BLOCK};
    vkCmdCopyBuffer(cmd, buf, out.buffer, 1, &whole);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = out.data;
    CHECK(k, got[0] == 77 && got[3 * n] == 77 && got[3 * n + 1] == 10 && got[2 * n] == 12 && got[5 * n - 1] == 14, "%u, %u", got[0], got[3 * n]);
    /* One block moves, one goes. */
    const VkSparseMemoryBind later[2] = {{0, BLOCK, mem, 2 * BLOCK, 0}, {2 * BLOCK, BLOCK, VK_NULL_HANDLE, 0, 0}};
    bind_buffer(k, buf, 2, later);
    cmd = kit_begin(k);
    vkCmdFillBuffer(cmd, buf, 0, BLOCK, 20);
    vkCmdFillBuffer(cmd, buf, 2 * BLOCK, BLOCK, 22);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    CHECK(k, data[0] == 12 && data[n] == 77 && data[2 * n] == 20 && data[3 * n] == 14, "%u, %u, %u", data[0], data[n], data[2 * n]);
}

/* Bindings wait for a timeline that comes later, and signal one. */
static void
case_semaphores(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseBinding && k->vk.SignalSemaphore, "no sparse binding");
    VkMemoryRequirements r;
    const VkBuffer buf = make_buffer(k, BLOCK, 0, &r);
    const VkDeviceMemory mem = kit_memory(k, BLOCK, r.memoryTypeBits, 0, NULL);
    const VkSparseMemoryBind b = {0, BLOCK, mem, 0, 0};
    const VkSparseBufferMemoryBindInfo bi = {buf, 1, &b};
    const VkSemaphore before = kit_timeline(k, 0), after = kit_timeline(k, 0);
    const uint64_t wait = 3, signal = 5;
    const VkTimelineSemaphoreSubmitInfo tl = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, .waitSemaphoreValueCount = 1,
                                              .pWaitSemaphoreValues = &wait, .signalSemaphoreValueCount = 1, .pSignalSemaphoreValues = &signal};
    const VkBindSparseInfo info = {.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO, .pNext = &tl, .waitSemaphoreCount = 1, .pWaitSemaphores = &before,
                                   .bufferBindCount = 1, .pBufferBinds = &bi, .signalSemaphoreCount = 1, .pSignalSemaphores = &after};
    const VkFence f = kit_fence(k, false), empty = kit_fence(k, false);
    CHECK_VK(k, vkQueueBindSparse(k->queue, 1, &info, f));
    CHECK_VK(k, vkQueueBindSparse(k->queue, 0, NULL, empty));
    CHECK_RESULT(k, vkGetFenceStatus(k->device, f), VK_NOT_READY);
    const VkSemaphoreSignalInfo si = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, .semaphore = before, .value = 3};
    CHECK_VK(k, k->vk.SignalSemaphore(k->device, &si));
    const VkSemaphoreWaitInfo wi = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &after, .pValues = &signal};
    CHECK_VK(k, k->vk.WaitSemaphores(k->device, &wi, KIT_TIMEOUT_NS));
    const VkFence both[2] = {f, empty};
    CHECK_VK(k, vkWaitForFences(k->device, 2, both, VK_TRUE, KIT_TIMEOUT_NS));
}

static struct kit_image
make_image(struct kit *k, VkImageCreateFlags flags, VkFormat format, uint32_t w, uint32_t h, uint32_t levels, uint32_t layers, VkMemoryRequirements *r)
{
    struct kit_image img = {
        .info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .flags = VK_IMAGE_CREATE_SPARSE_BINDING_BIT | flags, .imageType = VK_IMAGE_TYPE_2D,
                 .format = format, .extent = {w, h, 1}, .mipLevels = levels, .arrayLayers = layers, .samples = VK_SAMPLE_COUNT_1_BIT,
                 .tiling = VK_IMAGE_TILING_OPTIMAL,
                 .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                          VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT},
        .aspects = COLOR,
    };
    MUST(vkCreateImage(k->device, &img.info, NULL, &img.image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
    vkGetImageMemoryRequirements(k->device, img.image, r);
    return img;
}

static void
to_general(struct kit *k, const struct kit_image *img)
{
    const VkCommandBuffer cmd = kit_begin(k);
    kit_image_barrier(cmd, img, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    kit_submit(k, cmd);
}

/* All levels and layers: noise goes in and comes out. */
static void
round_trip(struct kit *k, const struct kit_image *img, uint32_t seed)
{
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t level = 0; level < img->info.mipLevels; level++) {
            for (uint32_t layer = 0; layer < img->info.arrayLayers; layer++) {
                const size_t n_B = kit_level_B(img, COLOR, level);
                uint8_t *noise = kit_alloc(k, n_B);
                kit_noise(noise, n_B, seed + level * 16 + layer);
                if (pass == 0) {
                    kit_upload(k, img, COLOR, level, layer, noise);
                } else {
                    kit_same(k, "level", kit_read(k, img, COLOR, level, layer), noise, n_B / 4, 4, kit_level_extent(img, level).width);
                }
            }
        }
    }
}

/* An image without residency, its blocks in reverse order. */
static void
case_image_opaque(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseBinding, "no sparse binding");
    VkMemoryRequirements r;
    const struct kit_image img = make_image(k, 0, VK_FORMAT_R8G8B8A8_UNORM, 200, 150, 5, 3, &r);
    const uint32_t n = (uint32_t)(r.size / r.alignment);
    const VkDeviceMemory mem = kit_memory(k, r.size, r.memoryTypeBits, 0, NULL);
    VkSparseMemoryBind *binds = kit_alloc(k, n * sizeof(*binds));
    for (uint32_t i = 0; i < n; i++) {
        binds[i] = (VkSparseMemoryBind){i * r.alignment, r.alignment, mem, (n - 1 - i) * r.alignment, 0};
    }
    const VkSparseImageOpaqueMemoryBindInfo ob = {img.image, n, binds};
    const VkBindSparseInfo info = {.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO, .imageOpaqueBindCount = 1, .pImageOpaqueBinds = &ob};
    bind(k, &info);
    to_general(k, &img);
    round_trip(k, &img, 1);
}

/* Blocks of levels one by one, tails of layers; then one block moves and the rest stays. */
static void
case_image_residency(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseResidencyImage2D, "no sparse images");
    VkMemoryRequirements r;
    VkSparseImageFormatProperties fp;
    uint32_t n = 1;
    vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT,
                                                   VK_IMAGE_USAGE_TRANSFER_SRC_BIT, VK_IMAGE_TILING_OPTIMAL, &n, &fp);
    REQUIRE(k, n == 1, "no properties");
    const uint32_t w = fp.imageGranularity.width * 2 + 188, h = fp.imageGranularity.height * 4 + 44; /* partial blocks at the edges */
    const struct kit_image img = make_image(k, VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT, VK_FORMAT_R8G8B8A8_UNORM, w, h, 7, 2, &r);
    VkSparseImageMemoryRequirements s[4];
    vkGetImageSparseMemoryRequirements(k->device, img.image, &n, NULL);
    REQUIRE(k, n == 1, "%u requirements", n);
    vkGetImageSparseMemoryRequirements(k->device, img.image, &n, s);
    const VkExtent3D g = s[0].formatProperties.imageGranularity;
    REQUIRE(k, s[0].imageMipTailFirstLod >= 1 && s[0].imageMipTailSize % BLOCK == 0, "level %u, tail of %llu B", s[0].imageMipTailFirstLod,
            (unsigned long long)s[0].imageMipTailSize);
    const VkDeviceMemory mem = kit_memory(k, 256 * BLOCK, r.memoryTypeBits, 0, NULL);
    VkDeviceSize next = 200 * BLOCK;
    VkSparseImageMemoryBind *binds = kit_alloc(k, 256 * sizeof(*binds));
    uint32_t n_binds = 0;
    VkSparseMemoryBind tails[2];
    for (uint32_t layer = 0; layer < 2; layer++) {
        for (uint32_t level = 0; level < s[0].imageMipTailFirstLod; level++) {
            const VkExtent3D e = kit_level_extent(&img, level);
            for (uint32_t y = 0; y < e.height; y += g.height) {
                for (uint32_t x = 0; x < e.width; x += g.width) {
                    const VkExtent3D part = {e.width - x < g.width ? e.width - x : g.width, e.height - y < g.height ? e.height - y : g.height, 1};
                    next -= BLOCK;
                    binds[n_binds++] = (VkSparseImageMemoryBind){{COLOR, level, layer}, {(int32_t)x, (int32_t)y, 0}, part, mem, next, 0};
                }
            }
        }
        next -= s[0].imageMipTailSize;
        tails[layer] = (VkSparseMemoryBind){s[0].imageMipTailOffset + layer * s[0].imageMipTailStride, s[0].imageMipTailSize, mem, next, 0};
    }
    const VkSparseImageMemoryBindInfo ib = {img.image, n_binds, binds};
    const VkSparseImageOpaqueMemoryBindInfo ob = {img.image, 2, tails};
    VkBindSparseInfo info = {.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO, .imageOpaqueBindCount = 1, .pImageOpaqueBinds = &ob, .imageBindCount = 1,
                             .pImageBinds = &ib};
    bind(k, &info);
    to_general(k, &img);
    round_trip(k, &img, 2);

    /* A whole row of blocks in one bind, over other memory, and back: the row is another one meanwhile, the next row stays. */
    uint32_t *before = kit_read(k, &img, COLOR, 0, 1);
    const VkSparseImageMemoryBind row = {{COLOR, 0, 1}, {0, 0, 0}, {w, g.height, 1}, mem, 220 * BLOCK, 0};
    VkSparseImageMemoryBindInfo rb = {img.image, 1, &row};
    info.imageOpaqueBindCount = 0;
    info.pImageBinds = &rb;
    bind(k, &info);
    uint32_t *other = kit_alloc(k, (size_t)w * h * 4);
    for (uint32_t i = 0; i < w * h; i++) {
        other[i] = ~before[i];
    }
    kit_upload(k, &img, COLOR, 0, 1, other);
    kit_same(k, "with another row", kit_read(k, &img, COLOR, 0, 1), other, w * h, 4, w);
    for (uint32_t i = 0; i < n_binds; i++) {
        if (binds[i].subresource.mipLevel == 0 && binds[i].subresource.arrayLayer == 1 && binds[i].offset.y == 0) {
            rb.pBinds = &binds[i];
            bind(k, &info);
        }
    }
    const uint32_t *after = kit_read(k, &img, COLOR, 0, 1);
    kit_same(k, "the row again", after, before, w * g.height, 4, w);
    kit_same(k, "other rows", after + w * g.height, other + w * g.height, w * (h - g.height), 4, w);
    round_trip(k, &img, 3);
}

/* Drawing goes where the blocks are. */
static void
case_draw(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseResidencyImage2D, "no sparse images");
    VkMemoryRequirements r;
    enum { W = 520, H = 130 };
    const struct kit_image img = make_image(k, VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT, VK_FORMAT_R8G8B8A8_UNORM, W, H, 1, 1, &r);
    const VkDeviceMemory mem = kit_memory(k, 64 * BLOCK, r.memoryTypeBits, 0, NULL);
    const VkSparseImageMemoryBind all = {{COLOR, 0, 0}, {0, 0, 0}, {W, H, 1}, mem, 0, 0};
    const VkSparseImageMemoryBindInfo ib = {img.image, 1, &all};
    const VkBindSparseInfo info = {.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO, .imageBindCount = 1, .pImageBinds = &ib};
    struct kit_target t;
    kit_target_rgba(k, &t, W, H);
    const VkImageView view = kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 0, 1, 0, 1);
    const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = t.pass, .attachmentCount = 1,
                                        .pAttachments = &view, .width = W, .height = H, .layers = 1};
    VkFramebuffer fb;
    MUST(vkCreateFramebuffer(k->device, &fi, NULL, &fb));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
    bind(k, &info); /* after the view and the framebuffer were made */
    to_general(k, &img);
    t.framebuffer = fb;
    struct kit_graphics g;
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    g.scissors[0] = (VkRect2D){{3, 5}, {W - 9, H - 11}};
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float color[4] = {0, 1, 0, 1};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(color), color);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    uint32_t *want = kit_alloc(k, W * H * 4);
    for (uint32_t i = 0; i < W * H; i++) {
        const uint32_t x = i % W, y = i / W;
        want[i] = x >= 3 && x < W - 6 && y >= 5 && y < H - 6 ? 0xff00ff00u : 0;
    }
    kit_same(k, "drawn", kit_read(k, &img, COLOR, 0, 0), want, W * H, 4, W);
}

/* Every colour format whose texels are a power of two has residency, with blocks of 64 KiB. */
static void
case_formats(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseResidencyImage2D, "no sparse images");
    uint32_t checked = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        const VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
        if (f->compressed || f->chroma || f->block_B & (f->block_B - 1) || f->block_B > 16 || kit_aspects(f->format) != COLOR ||
            !(kit_format_features(k, f->format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT)) {
            continue;
        }
        VkSparseImageFormatProperties p[4];
        uint32_t n = 4;
        vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, f->format, VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT, usage,
                                                       VK_IMAGE_TILING_OPTIMAL, &n, p);
        REQUIRE(k, n == 1 && p[0].aspectMask == COLOR, "%s: %u properties", f->name, n);
        const VkExtent3D g = p[0].imageGranularity;
        CHECK(k, (VkDeviceSize)g.width * g.height * g.depth * f->block_B == BLOCK, "%s: %ux%u", f->name, g.width, g.height);
        n = 4;
        vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, f->format, VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT, usage,
                                                       VK_IMAGE_TILING_LINEAR, &n, p);
        CHECK(k, n == 0 || !kit_ours(k), "%s: linear", f->name);
        checked++;
    }
    CHECK(k, checked > 20, "%u formats", checked);
}

static void
bind_image(struct kit *k, VkImage image, uint32_t n, const VkSparseImageMemoryBind *binds, uint32_t n_opaque, const VkSparseMemoryBind *opaque)
{
    const VkSparseImageMemoryBindInfo ib = {image, n, binds};
    const VkSparseImageOpaqueMemoryBindInfo ob = {image, n_opaque, opaque};
    const VkBindSparseInfo info = {.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO, .imageOpaqueBindCount = n_opaque ? 1 : 0, .pImageOpaqueBinds = &ob,
                                   .imageBindCount = n ? 1 : 0, .pImageBinds = &ib};
    bind(k, &info);
}

/* ---- what shaders are told of unbound parts ---- */

enum { CODES_W = 512, CODES_H = 384, CODES_POINTS = 1024 };

struct codes {
    struct kit_image img;
    VkDeviceMemory memory;
    VkExtent3D block;
    VkDeviceSize next;
    bool bound[2][16][16]; /* block at level, y, x */
    uint32_t *texels[2];
    VkPipeline pipeline;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer points, results;
};

static void
codes_bind(struct kit *k, struct codes *c, uint32_t level, uint32_t x, uint32_t y, bool on)
{
    const VkExtent3D e = kit_level_extent(&c->img, level), g = c->block;
    const VkExtent3D part = {e.width - x * g.width < g.width ? e.width - x * g.width : g.width,
                             e.height - y * g.height < g.height ? e.height - y * g.height : g.height, 1};
    const VkSparseImageMemoryBind b = {{COLOR, level, 0}, {(int32_t)(x * g.width), (int32_t)(y * g.height), 0}, part,
                                       on ? c->memory : VK_NULL_HANDLE, on ? c->next : 0, 0};
    c->next += on ? BLOCK : 0;
    c->bound[level][y][x] = on;
    bind_image(k, c->img.image, 1, &b, 0, NULL);
}

static bool
codes_resident(const struct codes *c, uint32_t level, uint32_t x, uint32_t y)
{
    const uint32_t w = CODES_W >> level, h = CODES_H >> level;
    x = x < w ? x : w - 1;
    y = y < h ? y : h - 1;
    return c->bound[level][y / c->block.height][x / c->block.width];
}

static bool
codes_square(const struct codes *c, uint32_t level, uint32_t x, uint32_t y)
{
    return codes_resident(c, level, x, y) && codes_resident(c, level, x + 1, y) && codes_resident(c, level, x, y + 1) && codes_resident(c, level, x + 1, y + 1);
}

static void
codes_check(struct kit *k, const struct codes *c)
{
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, c->pipeline);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, c->layout, 0, 1, &c->set, 0, NULL);
    vkCmdDispatch(cmd, CODES_POINTS / 16, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *at = c->points.data, *got = c->results.data;
    uint32_t resident = 0;
    for (uint32_t i = 0; i < CODES_POINTS; i++, at += 4, got += 4) {
        const uint32_t x = at[0], y = at[1], level = at[2];
        const bool in = codes_resident(c, level, x, y);
        uint32_t want = (in ? 1 | 8 | 32 : 0) | (codes_square(c, level, x, y) ? 4 : 0) | (codes_resident(c, 0, x, y) ? 2 : 0);
        /* Gathers are from level 0, where the point of level 1 lies between texels 2x + 1 and 2x + 2. */
        want |= codes_square(c, 0, level ? 2 * x + 1 : x, level ? 2 * y + 1 : y) ? 16 : 0;
        REQUIRE(k, got[0] == want, "point %u, %u of level %u: codes 0x%x, not 0x%x", x, y, level, got[0], want);
        if (in) {
            const uint32_t texel = c->texels[level][y * (CODES_W >> level) + x];
            REQUIRE(k, got[1] == texel && got[2] == texel && got[3] == texel, "point %u, %u of level %u: 0x%08x, 0x%08x, 0x%08x, not 0x%08x", x, y,
                    level, got[1], got[2], got[3], texel);
            resident++;
        }
    }
    CHECK(k, resident > 50 && resident < CODES_POINTS - 50, "%u of the points", resident); /* or the case shows nothing */
}

/* Fetches, loads, filters and gathers say whether each of their texels has memory, before and after blocks come and go. */
static void
case_codes(struct kit *k)
{
    SKIP_UNLESS(k, k->features.shaderResourceResidency && k->features.shaderResourceMinLod && k->features.sparseResidencyImage2D, "no residency codes");
    struct codes *c = kit_alloc(k, sizeof(*c));
    VkMemoryRequirements r;
    VkSparseImageMemoryRequirements s[4];
    uint32_t n = 4;
    c->img = make_image(k, VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT, VK_FORMAT_R8G8B8A8_UNORM, CODES_W, CODES_H, 2, 1, &r);
    vkGetImageSparseMemoryRequirements(k->device, c->img.image, &n, s);
    c->block = s[0].formatProperties.imageGranularity;
    REQUIRE(k, n == 1 && s[0].imageMipTailFirstLod == 2, "level %u", s[0].imageMipTailFirstLod);
    REQUIRE(k, c->block.width >= 32 && c->block.height >= 32, "blocks of %ux%u", c->block.width, c->block.height);
    c->memory = kit_memory(k, 256 * BLOCK, r.memoryTypeBits, 0, NULL);
    to_general(k, &c->img);
    for (uint32_t level = 0; level < 2; level++) { /* bound all at first, so that texels are known, then every other one */
        const VkExtent3D e = kit_level_extent(&c->img, level);
        for (uint32_t y = 0; y * c->block.height < e.height; y++) {
            for (uint32_t x = 0; x * c->block.width < e.width; x++) {
                codes_bind(k, c, level, x, y, true);
            }
        }
        c->texels[level] = kit_alloc(k, (size_t)e.width * e.height * 4);
        kit_noise(c->texels[level], (size_t)e.width * e.height * 4, 7 + level);
        kit_upload(k, &c->img, COLOR, level, 0, c->texels[level]);
        for (uint32_t y = 0; y * c->block.height < e.height; y++) {
            for (uint32_t x = (y + level) & 1; x * c->block.width < e.width; x += 2) {
                codes_bind(k, c, level, x, y, false);
            }
        }
    }
    uint32_t *at = kit_alloc(k, CODES_POINTS * 16), seed = 5;
    for (uint32_t i = 0; i < CODES_POINTS; i++) {
        const uint32_t level = kit_random(&seed) & 1, w = CODES_W >> level, h = CODES_H >> level;
        at[4 * i] = kit_random(&seed) % w;
        at[4 * i + 1] = kit_random(&seed) % h;
        if (i & 2) { /* near the edges of blocks */
            at[4 * i] = (at[4 * i] / c->block.width * c->block.width + w - 2 + kit_random(&seed) % 4) % w;
            at[4 * i + 1] = (at[4 * i + 1] / c->block.height * c->block.height + h - 2 + kit_random(&seed) % 4) % h;
        }
        at[4 * i + 2] = level;
    }
    c->points = kit_buffer(k, CODES_POINTS * 16, at);
    c->results = kit_buffer(k, CODES_POINTS * 16, NULL);
    const VkDescriptorType types[5] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
                                       VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 5, types);
    c->layout = kit_layout(k, 1, &sl, 0);
    c->set = kit_set(k, sl);
    const VkImageView all = kit_view(k, &c->img, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 0, 2, 0, 1), first = kit_view(k, &c->img, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 0, 1, 0, 1);
    kit_write_image(k, c->set, 0, 0, types[0], all, kit_sampler(k, VK_FILTER_LINEAR, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    kit_write_image(k, c->set, 1, 0, types[1], all, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    kit_write_image(k, c->set, 2, 0, types[2], first, VK_NULL_HANDLE);
    kit_write_buffer(k, c->set, 3, 0, types[3], c->points.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, c->set, 4, 0, types[4], c->results.buffer, 0, VK_WHOLE_SIZE);
    c->pipeline = kit_compute(k, c->layout, KIT_CODE(sparse_codes_comp), NULL);
    codes_check(k, c);
    for (uint32_t x = 0; x * c->block.width < CODES_W; x++) { /* a row of blocks the other way round; what it holds must be written again */
        codes_bind(k, c, 0, x, 1, !c->bound[0][1][x]);
    }
    kit_upload(k, &c->img, COLOR, 0, 0, c->texels[0]);
    codes_check(k, c);
}

/* ---- kinds of images ---- */

struct image_kind {
    const char *what;
    VkImageType type;
    VkFormat format;
    VkExtent3D extent;
    uint32_t levels, layers;
};
static const struct image_kind image_kinds[] = {
    {"3D", VK_IMAGE_TYPE_3D, VK_FORMAT_R8G8B8A8_UNORM, {300, 170, 5}, 4, 1},
    {"3D of 16 bytes", VK_IMAGE_TYPE_3D, VK_FORMAT_R32G32B32A32_UINT, {65, 130, 3}, 1, 1},
    {"bytes", VK_IMAGE_TYPE_2D, VK_FORMAT_R8_UNORM, {517, 259, 1}, 10, 2},
    {"halves", VK_IMAGE_TYPE_2D, VK_FORMAT_R16_UINT, {300, 300, 1}, 2, 1},
    {"8 bytes", VK_IMAGE_TYPE_2D, VK_FORMAT_R16G16B16A16_UINT, {260, 140, 1}, 9, 1},
    {"BC1", VK_IMAGE_TYPE_2D, VK_FORMAT_BC1_RGB_UNORM_BLOCK, {1030, 516, 1}, 11, 1},
    {"BC7", VK_IMAGE_TYPE_2D, VK_FORMAT_BC7_UNORM_BLOCK, {520, 300, 1}, 3, 2},
    {"depth", VK_IMAGE_TYPE_2D, VK_FORMAT_D16_UNORM, {300, 200, 1}, 3, 1},
    {"depth and stencil", VK_IMAGE_TYPE_2D, VK_FORMAT_D32_SFLOAT_S8_UINT, {520, 300, 1}, 4, 2},
    {"smaller than a block", VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, {20, 90, 1}, 3, 2},
};

/* Sparse blocks and tails of all aspects, each bound by itself to a place in mem, in an order that is not the memory's. */
static void
bind_kind_to(struct kit *k, const struct kit_image *img, const VkMemoryRequirements *r, VkDeviceMemory mem)
{
    VkSparseImageMemoryRequirements s[4];
    uint32_t n = 4, n_binds = 0, n_tails = 0;
    vkGetImageSparseMemoryRequirements(k->device, img->image, &n, s);
    const uint32_t blocks = (uint32_t)(r->size / r->alignment);
    VkDeviceSize next = r->size;
    VkSparseImageMemoryBind *binds = kit_alloc(k, blocks * sizeof(*binds));
    VkSparseMemoryBind tails[16];
    for (uint32_t i = 0; i < n; i++) {
        const VkExtent3D g = s[i].formatProperties.imageGranularity;
        for (uint32_t layer = 0; layer < img->info.arrayLayers; layer++) {
            for (uint32_t level = 0; level < s[i].imageMipTailFirstLod && level < img->info.mipLevels; level++) {
                const VkExtent3D e = kit_level_extent(img, level);
                for (uint32_t z = 0; z < e.depth; z += g.depth) {
                    for (uint32_t y = 0; y < e.height; y += g.height) {
                        for (uint32_t x = 0; x < e.width; x += g.width) {
                            REQUIRE(k, next >= r->alignment && n_binds < blocks, "more blocks than the image has memory");
                            next -= r->alignment;
                            binds[n_binds++] = (VkSparseImageMemoryBind){
                                {s[i].formatProperties.aspectMask, level, layer}, {(int32_t)x, (int32_t)y, (int32_t)z},
                                {e.width - x < g.width ? e.width - x : g.width, e.height - y < g.height ? e.height - y : g.height,
                                 e.depth - z < g.depth ? e.depth - z : g.depth}, mem, next, 0};
                        }
                    }
                }
            }
            if (s[i].imageMipTailFirstLod < img->info.mipLevels) {
                REQUIRE(k, s[i].imageMipTailSize % r->alignment == 0 && next >= s[i].imageMipTailSize, "tail of %llu B",
                        (unsigned long long)s[i].imageMipTailSize);
                next -= s[i].imageMipTailSize;
                tails[n_tails++] = (VkSparseMemoryBind){s[i].imageMipTailOffset + layer * s[i].imageMipTailStride, s[i].imageMipTailSize, mem, next, 0};
            }
        }
    }
    bind_image(k, img->image, n_binds, binds, n_tails, tails);
}

static void
bind_kind(struct kit *k, const struct kit_image *img, const VkMemoryRequirements *r)
{
    bind_kind_to(k, img, r, kit_memory(k, r->size, r->memoryTypeBits, 0, NULL));
}

/* Levels that are bound block by block are seen alike through another image that is bound to the same memory: nothing of them stands elsewhere. */
static void
check_twin(struct kit *k, const char *what, const struct kit_image *img, const VkMemoryRequirements *r, VkDeviceMemory mem)
{
    static const VkImageAspectFlagBits aspects[3] = {COLOR, VK_IMAGE_ASPECT_DEPTH_BIT, VK_IMAGE_ASPECT_STENCIL_BIT};
    struct kit_image twin = *img;
    VkSparseImageMemoryRequirements s[4];
    uint32_t n = 4;
    MUST(vkCreateImage(k->device, &twin.info, NULL, &twin.image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, twin.image);
    VkMemoryRequirements same;
    vkGetImageMemoryRequirements(k->device, twin.image, &same);
    vkGetImageSparseMemoryRequirements(k->device, twin.image, &n, s);
    REQUIRE(k, same.size == r->size, "%s: another size", what);
    bind_kind_to(k, &twin, r, mem);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_image_barrier(cmd, &twin, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL); /* as the other image's texels are */
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t a = 0; a < 3; a++) {
            for (uint32_t j = 0; j < s[i].imageMipTailFirstLod * img->info.arrayLayers && s[i].formatProperties.aspectMask & aspects[a]; j++) {
                const uint32_t level = j % s[i].imageMipTailFirstLod, layer = j / s[i].imageMipTailFirstLod;
                REQUIRE(k, kit_same(k, what, kit_read(k, &twin, aspects[a], level, layer), kit_read(k, img, aspects[a], level, layer),
                                    kit_level_B(img, aspects[a], level), 1, 0), "twin: level %u, layer %u", level, layer);
            }
        }
    }
}

static void
case_kinds(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseResidencyImage2D, "no sparse images");
    uint32_t tried = 0;
    for (size_t i = 0; i < ARRAY_LEN(image_kinds); i++) {
        const struct image_kind *kind = &image_kinds[i];
        struct kit_image img = {
            .info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                     .flags = VK_IMAGE_CREATE_SPARSE_BINDING_BIT | VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT |
                              (k->features.sparseResidencyAliased ? VK_IMAGE_CREATE_SPARSE_ALIASED_BIT : 0), .imageType = kind->type,
                     .format = kind->format, .extent = kind->extent, .mipLevels = kind->levels, .arrayLayers = kind->layers,
                     .samples = VK_SAMPLE_COUNT_1_BIT, .tiling = VK_IMAGE_TILING_OPTIMAL,
                     .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT},
            .aspects = kit_aspects(kind->format),
        };
        uint32_t n = 0;
        vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, kind->format, kind->type, VK_SAMPLE_COUNT_1_BIT, img.info.usage,
                                                       VK_IMAGE_TILING_OPTIMAL, &n, NULL);
        if (n == 0 || (kind->type == VK_IMAGE_TYPE_3D && !k->features.sparseResidencyImage3D) ||
            (n > 1 && kit_under_validation(k))) { /* some layers hold one aspect's blocks against the other's */
            continue;
        }
        MUST(vkCreateImage(k->device, &img.info, NULL, &img.image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
        VkMemoryRequirements r;
        vkGetImageMemoryRequirements(k->device, img.image, &r);
        const VkDeviceMemory mem = kit_memory(k, r.size, r.memoryTypeBits, 0, NULL);
        bind_kind_to(k, &img, &r, mem);
        to_general(k, &img);
        tried++;
        for (uint32_t pass = 0; pass < 2; pass++) {
            for (uint32_t j = 0; j < kind->levels * kind->layers * 2; j++) {
                const VkImageAspectFlagBits aspect = img.aspects == COLOR ? COLOR : j & 1 ? VK_IMAGE_ASPECT_STENCIL_BIT : VK_IMAGE_ASPECT_DEPTH_BIT;
                const uint32_t level = j / 2 % kind->levels, layer = j / 2 / kind->levels;
                if (!(img.aspects & aspect) || (aspect == COLOR && j & 1)) {
                    continue;
                }
                const size_t n_B = kit_level_B(&img, aspect, level);
                uint8_t *noise = kit_alloc(k, n_B);
                kit_noise(noise, n_B, 100 + j);
                if (pass == 0) {
                    kit_upload(k, &img, aspect, level, layer, noise);
                } else {
                    REQUIRE(k, kit_same(k, kind->what, kit_read(k, &img, aspect, level, layer), noise, n_B, 1, 0), "level %u, layer %u", level, layer);
                }
            }
        }
        if (k->features.sparseResidencyAliased && !kit_under_validation(k)) { /* a layer can't know that the twin has a layout already */
            check_twin(k, kind->what, &img, &r, mem);
        }
    }
    CHECK(k, tried >= 4, "%u kinds", tried);
}

/* The same texels in sparse blocks and in an image that is not sparse are sampled alike, bit for bit: all classes of formats, levels below and
 * above the tail, coordinates all around. */
static void
case_filters(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_B8G8R8A8_SRGB, VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM, VK_FORMAT_R16G16B16A16_SFLOAT,
                                       VK_FORMAT_R32_SFLOAT, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R5G6B5_UNORM_PACK16, VK_FORMAT_BC7_UNORM_BLOCK,
                                       VK_FORMAT_D16_UNORM};
    enum { POINTS = 512 };
    SKIP_UNLESS(k, k->features.sparseResidencyImage2D, "no sparse images");
    float place[POINTS][4];
    uint32_t seed = 11;
    for (uint32_t i = 0; i < POINTS; i++) {
        for (uint32_t c = 0; c < 4; c++) {
            place[i][c] = (float)(kit_random(&seed) & 0xffff) / 65536.0f * (c == 3 ? 4.0f : 3.0f) - (c == 3 ? 0.5f : 1.0f);
        }
    }
    const VkDescriptorType types[3] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(probe_2d_comp), NULL);
    const struct kit_buffer places = kit_buffer(k, sizeof(place), place);
    uint32_t tried = 0;
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        const VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT;
        uint32_t n = 0;
        vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, formats[f], VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT, usage,
                                                       VK_IMAGE_TILING_OPTIMAL, &n, NULL);
        if (n == 0 || !(kit_format_features(k, formats[f], VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT)) {
            continue;
        }
        const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = formats[f],
                                        .extent = {300, 280, 1}, .mipLevels = 4, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .usage = usage};
        struct kit_image img[2] = {kit_image(k, info), {.info = info, .aspects = kit_aspects(formats[f])}};
        img[1].info.flags = VK_IMAGE_CREATE_SPARSE_BINDING_BIT | VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT;
        MUST(vkCreateImage(k->device, &img[1].info, NULL, &img[1].image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img[1].image);
        VkMemoryRequirements r;
        vkGetImageMemoryRequirements(k->device, img[1].image, &r);
        bind_kind(k, &img[1], &r);
        to_general(k, &img[1]);
        float *got[2];
        for (uint32_t i = 0; i < 2; i++) {
            for (uint32_t level = 0; level < 4; level++) {
                const size_t n_B = kit_level_B(&img[i], (VkImageAspectFlagBits)img[i].aspects, level), B = kit_texel_B(formats[f], (VkImageAspectFlagBits)img[i].aspects);
                uint8_t *noise = kit_alloc(k, n_B);
                kit_noise(noise, n_B, 40 + level);
                if (img[i].aspects == COLOR && formats[f] != VK_FORMAT_BC7_UNORM_BLOCK) {
                    kit_noise_texels(formats[f], noise, n_B / B, 40 + level);
                }
                kit_upload(k, &img[i], (VkImageAspectFlagBits)img[i].aspects, level, 0, noise);
            }
            const struct kit_buffer out = kit_buffer(k, sizeof(place), NULL);
            const VkDescriptorSet set = kit_set(k, sl);
            kit_write_image(k, set, 0, 0, types[0], kit_view(k, &img[i], VK_IMAGE_VIEW_TYPE_2D, 0, 0, 0, 4, 0, 1),
                            kit_sampler(k, VK_FILTER_LINEAR, VK_SAMPLER_ADDRESS_MODE_REPEAT));
            kit_write_buffer(k, set, 1, 0, types[1], places.buffer, 0, VK_WHOLE_SIZE);
            kit_write_buffer(k, set, 2, 0, types[2], out.buffer, 0, VK_WHOLE_SIZE);
            const VkCommandBuffer cmd = kit_begin(k);
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
            vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
            vkCmdDispatch(cmd, POINTS / 16, 1, 1);
            kit_barrier(cmd);
            kit_submit(k, cmd);
            got[i] = out.data;
        }
        char what[32];
        snprintf(what, sizeof(what), "format %d", formats[f]);
        kit_same(k, what, got[1], got[0], POINTS * 4, 4, 4);
        tried++;
    }
    CHECK(k, tried >= 5, "%u formats", tried);
}

/* Clears fill what is bound and take no memory for what is not. */
static void
case_clear(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseResidencyImage2D, "no sparse images");
    enum { W = 520, H = 300 };
    VkMemoryRequirements r;
    VkSparseImageMemoryRequirements s[4];
    uint32_t n = 4;
    const struct kit_image img = make_image(k, VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT, VK_FORMAT_R8G8B8A8_UNORM, W, H, 1, 1, &r);
    vkGetImageSparseMemoryRequirements(k->device, img.image, &n, s);
    const VkExtent3D g = s[0].formatProperties.imageGranularity;
    REQUIRE(k, g.width * 2 < W && g.height * 2 < H, "blocks of %ux%u", g.width, g.height);
    const VkDeviceMemory mem = kit_memory(k, BLOCK, r.memoryTypeBits, 0, NULL);
    const VkSparseImageMemoryBind b = {{COLOR, 0, 0}, {(int32_t)g.width, (int32_t)g.height, 0}, {g.width, g.height, 1}, mem, 0, 0};
    bind_image(k, img.image, 1, &b, 0, NULL);
    to_general(k, &img);
    const VkImageSubresourceRange whole = {COLOR, 0, 1, 0, 1};
    const VkClearColorValue red = {.float32 = {1, 0, 0, 1}};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &red, 1, &whole);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &img, COLOR, 0, 0);
    for (uint32_t i = 0; i < g.width * g.height; i++) {
        const uint32_t x = g.width + i % g.width, y = g.height + i / g.width;
        REQUIRE(k, got[y * W + x] == 0xff0000ffu, "%u, %u is 0x%08x", x, y, got[y * W + x]);
    }
}

/* Depth and stencil in sparse blocks: cleared, tested and written by a pass. */
static void
case_depth(struct kit *k)
{
    static const VkFormat formats[3] = {VK_FORMAT_D32_SFLOAT, VK_FORMAT_D16_UNORM, VK_FORMAT_D32_SFLOAT_S8_UINT};
    enum { W = 300, H = 270 };
    uint32_t tried = 0;
    for (uint32_t f = 0; f < 3 && k->features.sparseResidencyImage2D; f++) {
        const VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT;
        uint32_t n = 0;
        vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, formats[f], VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT, usage,
                                                       VK_IMAGE_TILING_OPTIMAL, &n, NULL);
        if (n == 0 || (n > 1 && kit_under_validation(k))) {
            continue;
        }
        struct kit_image img = {
            .info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                     .flags = VK_IMAGE_CREATE_SPARSE_BINDING_BIT | VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT, .imageType = VK_IMAGE_TYPE_2D,
                     .format = formats[f], .extent = {W, H, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .usage = usage},
            .aspects = kit_aspects(formats[f]),
        };
        MUST(vkCreateImage(k->device, &img.info, NULL, &img.image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
        VkMemoryRequirements r;
        vkGetImageMemoryRequirements(k->device, img.image, &r);
        bind_kind(k, &img, &r);
        to_general(k, &img);
        struct kit_target t;
        const VkFormat color = VK_FORMAT_R8G8B8A8_UNORM;
        kit_target_init(k, &t, W, H, 1, 1, &color, formats[f]);
        const VkImageView views[2] = {t.color[0].view, kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 0, 1, 0, 1)};
        const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = t.pass, .attachmentCount = 2,
                                            .pAttachments = views, .width = W, .height = H, .layers = 1};
        MUST(vkCreateFramebuffer(k->device, &fi, NULL, &t.framebuffer));
        KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, t.framebuffer);
        t.clears[1].depthStencil = (VkClearDepthStencilValue){0.75f, 9};
        struct kit_graphics g;
        const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
        g.scissors[0] = (VkRect2D){{59, 7}, {190, 202}};
        g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
        g.depth.depthCompareOp = VK_COMPARE_OP_LESS; /* 0.5, the triangle's */
        g.depth.stencilTestEnable = (img.aspects & VK_IMAGE_ASPECT_STENCIL_BIT) != 0;
        g.depth.front = g.depth.back = (VkStencilOpState){.passOp = VK_STENCIL_OP_INCREMENT_AND_CLAMP, .compareOp = VK_COMPARE_OP_EQUAL,
                                                          .compareMask = 0xff, .writeMask = 0xff, .reference = 9};
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const float white[4] = {1, 1, 1, 1};
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(white), white);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        const uint8_t *depth = kit_read(k, &img, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        const uint8_t *stencil = img.aspects & VK_IMAGE_ASPECT_STENCIL_BIT ? kit_read(k, &img, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0) : NULL;
        for (uint32_t i = 0; i < W * H; i++) {
            const uint32_t x = i % W, y = i / W;
            const bool drawn = x >= 59 && x < 249 && y >= 7 && y < 209;
            float z;
            uint16_t z16;
            memcpy(&z16, depth + (size_t)2 * i, 2);
            memcpy(&z, depth + (size_t)(formats[f] == VK_FORMAT_D16_UNORM ? 0 : 4 * i), 4);
            z = formats[f] == VK_FORMAT_D16_UNORM ? (float)z16 / 65535.0f : z;
            REQUIRE(k, fabsf(z - (drawn ? 0.5f : 0.75f)) < 1.0f / 65000.0f && (!stencil || stencil[i] == (drawn ? 10 : 9)), "format %d: %u, %u is %f, %u",
                    formats[f], x, y, (double)z, stencil ? stencil[i] : 0);
        }
        tried++;
    }
    SKIP_UNLESS(k, tried > 0, "no sparse depth");
}

/* Blocks of the shapes that the properties promise, for every format of that size. */
static void
case_shapes(struct kit *k)
{
    static const VkExtent3D standard[5] = {{256, 256, 1}, {256, 128, 1}, {128, 128, 1}, {128, 64, 1}, {64, 64, 1}};
    SKIP_UNLESS(k, k->properties.sparseProperties.residencyStandard2DBlockShape, "no standard shapes");
    uint32_t checked = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        VkSparseImageFormatProperties p[4];
        uint32_t n = 4;
        if (!kit_format_defined(k, f) || f->chroma) {
            continue;
        }
        vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, f->format, VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT,
                                                       VK_IMAGE_USAGE_TRANSFER_SRC_BIT, VK_IMAGE_TILING_OPTIMAL, &n, p);
        for (uint32_t a = 0; a < n; a++) {
            const uint32_t B = kit_texel_B(f->format, (VkImageAspectFlagBits)p[a].aspectMask);
            const VkExtent3D e = standard[__builtin_ctz(B)], g = p[a].imageGranularity;
            const uint32_t w = f->compressed ? f->block_px[0] : 1, h = f->compressed ? f->block_px[1] : 1;
            CHECK(k, g.width == e.width * w && g.height == e.height * h && g.depth == 1, "%s: %ux%u", f->name, g.width, g.height);
            checked++;
        }
    }
    CHECK(k, checked > 30, "%u aspects", checked);
}

/* Drawing and clearing with several samples in sparse blocks, then a resolve. */
static void
case_samples(struct kit *k)
{
    const VkBool32 offered[3] = {k->features.sparseResidency2Samples, k->features.sparseResidency4Samples, k->features.sparseResidency8Samples};
    static const VkFormat formats[3] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R8_UNORM};
    enum { W = 300, H = 140 };
    uint32_t tried = 0;
    for (uint32_t i = 0; i < 9; i++) {
        const VkSampleCountFlagBits samples = (VkSampleCountFlagBits)(2u << i / 3);
        const VkFormat format = formats[i % 3];
        VkImageFormatProperties p;
        struct kit_image img = {
            .info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                     .flags = VK_IMAGE_CREATE_SPARSE_BINDING_BIT | VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT, .imageType = VK_IMAGE_TYPE_2D,
                     .format = format, .extent = {W, H, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = samples, .tiling = VK_IMAGE_TILING_OPTIMAL,
                     .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT},
            .aspects = COLOR,
        };
        if (!offered[i / 3] || vkGetPhysicalDeviceImageFormatProperties(k->physical, format, img.info.imageType, img.info.tiling, img.info.usage,
                                                                        img.info.flags, &p) != VK_SUCCESS || !(p.sampleCounts & samples)) {
            continue;
        }
        MUST(vkCreateImage(k->device, &img.info, NULL, &img.image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
        VkMemoryRequirements r;
        vkGetImageMemoryRequirements(k->device, img.image, &r);
        bind_kind(k, &img, &r);
        to_general(k, &img);
        struct kit_target t;
        kit_target_init(k, &t, W, H, 1, 1, &format, VK_FORMAT_UNDEFINED);
        const struct kit_image one = t.color[0];
        const VkImageSubresourceRange whole = {COLOR, 0, 1, 0, 1};
        const VkClearColorValue red = {.float32 = {1, 0, 0, 1}};
        VkCommandBuffer cmd = kit_begin(k);
        vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &red, 1, &whole);
        kit_barrier(cmd);
        /* Clears of rectangles inside a pass that keeps the rest. */
        const VkAttachmentDescription a = {.format = format, .samples = samples, .loadOp = VK_ATTACHMENT_LOAD_OP_LOAD,
                                           .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                           .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
        const VkAttachmentReference ar = {0, VK_IMAGE_LAYOUT_GENERAL};
        const VkSubpassDescription sub = {.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS, .colorAttachmentCount = 1, .pColorAttachments = &ar};
        const VkRenderPassCreateInfo pi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 1, .pAttachments = &a,
                                           .subpassCount = 1, .pSubpasses = &sub};
        VkRenderPass pass;
        MUST(vkCreateRenderPass(k->device, &pi, NULL, &pass));
        KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
        const VkImageView view = kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 0, 1, 0, 1);
        const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = pass, .attachmentCount = 1,
                                            .pAttachments = &view, .width = W, .height = H, .layers = 1};
        VkFramebuffer fb;
        MUST(vkCreateFramebuffer(k->device, &fi, NULL, &fb));
        KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
        t.pass = pass;
        t.samples = samples;
        struct kit_graphics g;
        const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
        g.scissors[0] = (VkRect2D){{61, 5}, {131, 129}};
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const float black[4] = {0, 0, 0, 1};
        const VkRenderPassBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = fb,
                                          .renderArea = {{0, 0}, {W, H}}};
        const VkClearAttachment ca = {COLOR, 0, {.color = {.float32 = {0, 0, 0, 1}}}};
        const VkClearRect cr = {{{250, 63}, {7, 70}}, 0, 1};
        vkCmdBeginRenderPass(cmd, &bi, VK_SUBPASS_CONTENTS_INLINE);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(black), black);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdClearAttachments(cmd, 1, &ca, 1, &cr);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        const VkImageResolve rs = {{COLOR, 0, 0, 1}, {0, 0, 0}, {COLOR, 0, 0, 1}, {0, 0, 0}, {W, H, 1}};
        vkCmdResolveImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, one.image, VK_IMAGE_LAYOUT_GENERAL, 1, &rs);
        kit_submit(k, cmd);
        const uint32_t B = kit_texel_B(format, COLOR);
        const uint8_t *got = kit_read(k, &one, COLOR, 0, 0);
        for (uint32_t j = 0; j < W * H; j++) {
            const uint32_t x = j % W, y = j / W;
            const bool hole = (x >= 61 && x < 192 && y >= 5 && y < 134) || (x >= 250 && x < 257 && y >= 63 && y < 133);
            const union kit_texel v = kit_unpack(format, got + (size_t)j * B);
            REQUIRE(k, v.f[0] == (hole ? 0.0 : 1.0) && v.f[1] == 0.0, "%u samples, format %d: %u, %u is %f", samples, format, x, y, v.f[0]);
        }
        tried++;
    }
    SKIP_UNLESS(k, tried > 0, "no sparse images with samples");
}

/* Binds that no application may ask for leave everything as it is. */
static void
case_misuse(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sparseResidencyImage2D && k->features.sparseResidencyBuffer && !kit_under_validation(k), "a layer watches");
    kit_messages_expected(k);
    VkMemoryRequirements r, br;
    const struct kit_image img = make_image(k, VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT, VK_FORMAT_R8G8B8A8_UNORM, 300, 300, 9, 2, &r);
    const struct kit_image whole = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 300, 300); /* bound in the usual way */
    const VkBuffer buf = make_buffer(k, 3 * BLOCK, VK_BUFFER_CREATE_SPARSE_RESIDENCY_BIT, &br);
    const struct kit_buffer plain = kit_buffer(k, BLOCK, NULL);
    const VkDeviceMemory mem = kit_memory(k, 2 * BLOCK, r.memoryTypeBits, 0, NULL);
    const VkDeviceSize huge = UINT64_MAX - 4095;
    const VkSparseMemoryBind ranges[] = {
        {1, BLOCK, mem, 0, 0}, {4096, BLOCK, mem, 0, 0}, {0, BLOCK, mem, 1, 0}, {0, BLOCK, mem, huge, 0}, {huge, BLOCK, mem, 0, 0},
        {huge, huge, VK_NULL_HANDLE, 0, 0}, {0, huge, mem, BLOCK, 0}, {BLOCK, 0, mem, 0, 0}, {64 * BLOCK, BLOCK, mem, 0, 0},
        {0, BLOCK, mem, 0, VK_SPARSE_MEMORY_BIND_METADATA_BIT}, {0, 7, VK_NULL_HANDLE, 0, 0},
    };
    const VkSparseImageMemoryBind parts[] = {
        {{COLOR, 40, 0}, {0, 0, 0}, {128, 128, 1}, mem, 0, 0},          {{COLOR, 0, 99}, {0, 0, 0}, {128, 128, 1}, mem, 0, 0},
        {{COLOR, 8, 0}, {0, 0, 0}, {1, 1, 1}, mem, 0, 0},               {{COLOR, 0, 0}, {-128, -1, 0}, {128, 128, 1}, mem, 0, 0},
        {{COLOR, 0, 0}, {0, 0, -5}, {128, 128, 1}, mem, 0, 0},          {{COLOR, 0, 0}, {0, 0, 0}, {UINT32_MAX, UINT32_MAX, UINT32_MAX}, mem, 0, 0},
        {{COLOR, 0, 0}, {INT32_MAX, INT32_MAX, 0}, {UINT32_MAX, 1, 1}, mem, 0, 0}, {{COLOR, 0, 0}, {0, 0, 0}, {0, 0, 0}, mem, 0, 0},
        {{COLOR, 0, 0}, {0, 0, 0}, {128, 128, 1}, mem, huge, 0},        {{VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0}, {0, 0, 0}, {128, 128, 1}, mem, 0, 0},
        {{0, 0, 0}, {0, 0, 0}, {128, 128, 1}, VK_NULL_HANDLE, huge, 0}, {{COLOR, 0, 0}, {0, 0, 7}, {128, 128, 1}, mem, 0, 0},
    };
    bind_buffer(k, buf, ARRAY_LEN(ranges), ranges);
    bind_buffer(k, plain.buffer, ARRAY_LEN(ranges), ranges);
    bind_image(k, img.image, ARRAY_LEN(parts), parts, ARRAY_LEN(ranges), ranges);
    bind_image(k, whole.image, ARRAY_LEN(parts), parts, ARRAY_LEN(ranges), ranges);
    CHECK(k, vkBindImageMemory(k->device, img.image, mem, 0) != VK_SUCCESS && vkBindBufferMemory(k->device, buf, mem, 0) != VK_SUCCESS, "bound twice");
    /* Everything still works; memory may go before what it was bound to. */
    const VkSparseMemoryBind good = {0, 2 * BLOCK, mem, 0, 0};
    bind_buffer(k, buf, 1, &good);
    VkDeviceMemory gone;
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = BLOCK,
                                     .memoryTypeIndex = kit_memory_type(k, br.memoryTypeBits, 0)};
    MUST(vkAllocateMemory(k->device, &ai, NULL, &gone));
    const VkSparseMemoryBind last = {2 * BLOCK, BLOCK, gone, 0, 0};
    bind_buffer(k, buf, 1, &last);
    vkFreeMemory(k->device, gone, NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdFillBuffer(cmd, buf, 0, VK_WHOLE_SIZE, 9);
    kit_barrier(cmd);
    const VkBufferCopy c = {BLOCK, 0, BLOCK};
    vkCmdCopyBuffer(cmd, buf, plain.buffer, 1, &c);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    CHECK(k, ((const uint32_t *)plain.data)[5] == 9, "%u", ((const uint32_t *)plain.data)[5]);
}

static const struct kit_case cases[] = {
    {"codes", case_codes}, {"kinds", case_kinds}, {"filters", case_filters}, {"clear", case_clear}, {"shapes", case_shapes}, {"samples", case_samples}, {"misuse", case_misuse},
    {"buffer", case_buffer}, {"semaphores", case_semaphores}, {"image_opaque", case_image_opaque}, {"image_residency", case_image_residency},
    {"draw", case_draw}, {"depth", case_depth}, {"formats", case_formats},
};
KIT_MAIN(cases)

/* Sparse buffers and images: bindings in pieces and in any order, aliases, mip tails, semaphores of vkQueueBindSparse. SPEC: sparsememory. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_tri_vert.h"

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
                 .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT},
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
        CHECK(k, n == 0, "%s: linear", f->name);
        checked++;
    }
    CHECK(k, checked > 20, "%u formats", checked);
}

static const struct kit_case cases[] = {
    {"buffer", case_buffer}, {"semaphores", case_semaphores}, {"image_opaque", case_image_opaque}, {"image_residency", case_image_residency},
    {"draw", case_draw}, {"formats", case_formats},
};
KIT_MAIN(cases)

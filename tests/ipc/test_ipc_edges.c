/* Memory of others has no padding: host pointers between pages that fault when they are touched, and resources that reach from the first byte
 * to the last. Everything is done twice, also with memory of the driver's own, and must come out the same. */
#include "ipc.h"

#include <sys/mman.h>

#include "ipc_edge_buffer_comp.h"
#include "ipc_edge_comp.h"
#include "ipc_edge_vert.h"

#define PAGE ((size_t)4096)

struct fenced {
    uint8_t *all; /* a page that faults, the memory, a page that faults */
    size_t size_B;
    VkDeviceMemory memory;
};

static bool
fence_in(struct kit *k, struct fenced *f, size_t size_B)
{
    f->size_B = (size_B + PAGE - 1) / PAGE * PAGE;
    f->all = mmap(NULL, f->size_B + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (f->all == MAP_FAILED || mprotect(f->all + PAGE, f->size_B, PROT_READ | PROT_WRITE) != 0) {
        kit_die("no pages");
    }
    const VkImportMemoryHostPointerInfoEXT imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
                                                  .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT, .pHostPointer = f->all + PAGE};
    VkMemoryHostPointerPropertiesEXT props = {.sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT};
    if (k->vk.GetMemoryHostPointerPropertiesEXT(k->device, imp.handleType, imp.pHostPointer, &props) != VK_SUCCESS || !props.memoryTypeBits) {
        return false;
    }
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &imp, .allocationSize = f->size_B,
                                     .memoryTypeIndex = (uint32_t)__builtin_ctz(props.memoryTypeBits)};
    MUST(vkAllocateMemory(k->device, &ai, NULL, &f->memory));
    return true;
}

static void
fence_out(struct kit *k, struct fenced *f)
{
    vkFreeMemory(k->device, f->memory, NULL);
    munmap(f->all, f->size_B + 2 * PAGE);
}

/* ---- images ---- */

struct shape {
    VkFormat format;
    uint32_t w, h, texel_B, extra_B; /* of a row, beyond its texels */
    bool end;                        /* the last byte of the memory is its last, else the first is its first */
};

/* Rows as tight as they can be. */
static struct kit_image
fenced_image(struct kit *k, const struct shape *s, struct fenced *f, VkImageCreateInfo info)
{
    const uint64_t pitch_B = s->w * s->texel_B + s->extra_B, span_B = (s->h - 1) * pitch_B + s->w * s->texel_B;
    if (!fence_in(k, f, span_B)) {
        kit_die("host pointers are refused");
    }
    const VkSubresourceLayout plane = {.offset = s->end ? f->size_B - span_B : 0, .rowPitch = pitch_B};
    const VkImageDrmFormatModifierExplicitCreateInfoEXT ex = {.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
                                                              .drmFormatModifierPlaneCount = 1, .pPlaneLayouts = &plane};
    const VkExternalMemoryImageCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, .pNext = &ex,
                                                 .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT};
    info.pNext = &ext;
    info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
    struct kit_image img = {.info = info, .aspects = VK_IMAGE_ASPECT_COLOR_BIT, .memory = f->memory};
    MUST(vkCreateImage(k->device, &info, NULL, &img.image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
    MUST(vkBindImageMemory(k->device, img.image, f->memory, 0));
    const VkImageViewCreateInfo view = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = img.image, .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                        .format = info.format, .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    MUST(vkCreateImageView(k->device, &view, NULL, &img.view));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, img.view);
    VkCommandBuffer cmd = kit_begin(k);
    kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    kit_submit(k, cmd);
    return img;
}

/* All that can be done with a colour image; `other` is a helper of the same kind. What it leaves behind is read by the caller. */
static void
exercise(struct kit *k, const struct kit_image *img, const struct kit_image *other, const struct kit_buffer *result, bool storage, bool linear)
{
    const uint32_t w = img->info.extent.width, h = img->info.extent.height;
    const VkImageSubresourceLayers layer = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    uint8_t *texels = kit_alloc(k, kit_level_B(img, VK_IMAGE_ASPECT_COLOR_BIT, 0));
    kit_noise_texels(img->info.format, texels, (size_t)w * h, 7);
    kit_upload(k, other, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
    kit_upload(k, img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
    /* Draws, blended where the format can, over all of it; the viewport goes beyond it. */
    const VkFormatFeatureFlags features = kit_format_features(k, img->info.format, VK_IMAGE_TILING_LINEAR);
    struct ipc_fan fan = ipc_fan(k, &img->info, img->view);
    struct kit_target t = {.width = w, .height = h, .layers = 1, .n = 1, .formats = {img->info.format}, .samples = VK_SAMPLE_COUNT_1_BIT, .pass = fan.pass};
    struct kit_graphics *g = kit_alloc(k, sizeof(*g));
    kit_graphics_init(k, g, &t, kit_layout(k, 0, NULL, 0), KIT_CODE(ipc_edge_vert), ipc_fan_frag, ipc_fan_frag_B);
    kit_graphics_vertices(g, VK_FORMAT_R32G32B32_SFLOAT, 12);
    g->viewports[0] = (VkViewport){-(float)w, -(float)h, 3 * (float)w, 3 * (float)h, 0, 1};
    if (features & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT) {
        g->targets[0].blendEnable = VK_TRUE;
        g->targets[0].srcColorBlendFactor = g->targets[0].dstColorBlendFactor = VK_BLEND_FACTOR_CONSTANT_COLOR;
        g->targets[0].srcAlphaBlendFactor = g->targets[0].dstAlphaBlendFactor = VK_BLEND_FACTOR_CONSTANT_COLOR;
        for (int c = 0; c < 4; c++) {
            g->blend.blendConstants[c] = 0.5f;
        }
    }
    const VkPipeline pipe = kit_graphics_create(k, g);
    static const float corners[18] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0};
    const struct kit_buffer vertices = kit_buffer(k, sizeof(corners), corners);
    VkCommandBuffer cmd = kit_begin(k);
    const VkRenderPassBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = fan.pass, .framebuffer = fan.framebuffer,
                                         .renderArea = {{0, 0}, {w, h}}};
    vkCmdBeginRenderPass(cmd, &begin, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindVertexBuffers(cmd, 0, 1, &vertices.buffer, &(VkDeviceSize){0});
    vkCmdDraw(cmd, 6, 3, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    /* Read in every way, written as storage. */
    static const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 8);
    const int32_t size[2] = {(int32_t)w, (int32_t)h};
    cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(ipc_edge_comp), NULL));
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 8, size);
    for (int back = 0; back < (storage ? 2 : 0); back++) {
        const VkDescriptorSet set = kit_set(k, sl);
        kit_write_image(k, set, 0, 0, types[0], back ? other->view : img->view,
                        kit_sampler(k, linear ? VK_FILTER_LINEAR : VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
        kit_write_image(k, set, 1, 0, types[1], back ? img->view : other->view, VK_NULL_HANDLE);
        kit_write_buffer(k, set, 2, 0, types[2], result->buffer, 0, VK_WHOLE_SIZE);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdDispatch(cmd, (w + 7) / 8, (h + 7) / 8, 1);
        kit_barrier(cmd);
    }
    /* Blits there and back (mirrored), a copy of a part, a clear of a rectangle. */
    if ((features & VK_FORMAT_FEATURE_BLIT_SRC_BIT) && (features & VK_FORMAT_FEATURE_BLIT_DST_BIT)) {
        const VkImageBlit b = {layer, {{0, 0, 0}, {(int32_t)w, (int32_t)h, 1}}, layer, {{(int32_t)w, (int32_t)h, 0}, {0, 0, 1}}};
        vkCmdBlitImage(cmd, img->image, VK_IMAGE_LAYOUT_GENERAL, other->image, VK_IMAGE_LAYOUT_GENERAL, 1, &b, linear ? VK_FILTER_LINEAR : VK_FILTER_NEAREST);
        kit_barrier(cmd);
        vkCmdBlitImage(cmd, other->image, VK_IMAGE_LAYOUT_GENERAL, img->image, VK_IMAGE_LAYOUT_GENERAL, 1, &b, linear ? VK_FILTER_LINEAR : VK_FILTER_NEAREST);
        kit_barrier(cmd);
    }
    const VkImageCopy c = {layer, {0, 0, 0}, layer, {1, 1, 0}, {w - 1, h - 1, 1}};
    vkCmdCopyImage(cmd, img->image, VK_IMAGE_LAYOUT_GENERAL, other->image, VK_IMAGE_LAYOUT_GENERAL, 1, &c);
    kit_barrier(cmd);
    vkCmdCopyImage(cmd, other->image, VK_IMAGE_LAYOUT_GENERAL, img->image, VK_IMAGE_LAYOUT_GENERAL, 1, &c);
    kit_barrier(cmd);
    vkCmdBeginRenderPass(cmd, &begin, VK_SUBPASS_CONTENTS_INLINE);
    const VkClearAttachment ca = {VK_IMAGE_ASPECT_COLOR_BIT, 0, {.color.float32 = {0.5f, 0.25f, 0.75f, 1}}};
    const VkClearRect rect = {{{(int32_t)w - 1, (int32_t)h - 1}, {1, 1}}, 0, 1};
    vkCmdClearAttachments(cmd, 1, &ca, 1, &rect);
    vkCmdEndRenderPass(cmd);
    const VkClearColorValue color = {.float32 = {0.125f, 0.5f, 0.5f, 0.5f}};
    vkCmdClearColorImage(cmd, other->image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &range);
    kit_submit(k, cmd);
}

static void
s15_edges_images(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_external_memory_host") && kit_has(k, "VK_EXT_image_drm_format_modifier"),
                "needs VK_EXT_external_memory_host and VK_EXT_image_drm_format_modifier");
    SKIP_UNLESS(k, k->features.shaderStorageImageWriteWithoutFormat, "needs shaderStorageImageWriteWithoutFormat");
    static const struct {
        VkFormat format;
        uint32_t texel_B;
    } formats[] = {{VK_FORMAT_R8_UNORM, 1},           {VK_FORMAT_R8G8_UNORM, 2},           {VK_FORMAT_R5G6B5_UNORM_PACK16, 2},
                   {VK_FORMAT_R8G8B8A8_UNORM, 4},     {VK_FORMAT_B8G8R8A8_SRGB, 4},        {VK_FORMAT_R16G16B16A16_SFLOAT, 8},
                   {VK_FORMAT_R32G32B32A32_SFLOAT, 16}, {VK_FORMAT_A2B10G10R10_UNORM_PACK32, 4}};
    static const uint32_t sizes[][2] = {{67, 35}, {3, 2}, {64, 64}, {130, 5}};
    uint32_t n = 0;
    for (uint32_t i = 0; i < ARRAY_LEN(formats) * ARRAY_LEN(sizes) * 2; i++) {
        struct shape s = {.format = formats[i / 2 / ARRAY_LEN(sizes)].format, .texel_B = formats[i / 2 / ARRAY_LEN(sizes)].texel_B,
                          .w = sizes[i / 2 % ARRAY_LEN(sizes)][0], .h = sizes[i / 2 % ARRAY_LEN(sizes)][1], .end = i & 1};
        s.extra_B = i % 3 * s.texel_B;
        const VkFormatFeatureFlags features = kit_format_features(k, s.format, VK_IMAGE_TILING_LINEAR);
        if (!(features & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT) || !(features & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT)) {
            continue;
        }
        const bool storage = features & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT, linear = features & VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT;
        VkImageCreateInfo info = ipc_rgba(s.w, s.h);
        info.format = s.format;
        info.usage &= storage ? ~(VkImageUsageFlags)0 : ~(VkImageUsageFlags)VK_IMAGE_USAGE_STORAGE_BIT;
        struct fenced a, b;
        const struct kit_image img = fenced_image(k, &s, &a, info), other = fenced_image(k, &s, &b, info);
        const struct kit_image own = kit_image(k, info), own_other = kit_image(k, info);
        struct kit_buffer result[2];
        for (int r = 0; r < 2; r++) {
            result[r] = kit_buffer(k, (VkDeviceSize)s.w * s.h * 16, NULL);
        }
        exercise(k, &img, &other, &result[0], storage, linear);
        exercise(k, &own, &own_other, &result[1], storage, linear);
        char what[96];
        snprintf(what, sizeof(what), "format %d, %ux%u at the %s", (int)s.format, s.w, s.h, s.end ? "end" : "start");
        kit_same(k, what, kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), kit_read(k, &own, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), (size_t)s.w * s.h, s.texel_B,
                 s.w);
        kit_same(k, what, kit_read(k, &other, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), kit_read(k, &own_other, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), (size_t)s.w * s.h,
                 s.texel_B, s.w);
        kit_same(k, what, result[0].data, result[1].data, (size_t)s.w * s.h, 16, s.w);
        fence_out(k, &a);
        fence_out(k, &b);
        n++;
    }
    printf("  %u images without padding\n", n);
}

/* ---- buffers ---- */

#define WORDS 1024u

static void
use_buffer(struct kit *k, VkBuffer buf, uint32_t *sums, uint8_t *picture)
{
    static const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
                                             VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    struct kit_buffer noise = kit_buffer(k, 4 * WORDS, NULL), result = kit_buffer(k, 4 * WORDS, NULL);
    kit_noise(noise.data, 4 * WORDS, 12);
    VkCommandBuffer cmd = kit_begin(k);
    const VkBufferCopy parts[2] = {{0, 0, 4 * WORDS - 5}, {4 * WORDS - 5, 4 * WORDS - 5, 5}}; /* odd sizes, to the last byte */
    vkCmdCopyBuffer(cmd, noise.buffer, buf, 2, parts);
    vkCmdFillBuffer(cmd, buf, 4 * WORDS - 8, VK_WHOLE_SIZE, 0x0a0b0c0d);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 5, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, types[0], buf, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 1, 0, types[1], buf, 0, VK_WHOLE_SIZE);
    kit_write_texels(k, set, 2, 0, types[2], kit_buffer_view(k, buf, VK_FORMAT_R8_UINT, 0, VK_WHOLE_SIZE));
    kit_write_texels(k, set, 3, 0, types[3], kit_buffer_view(k, buf, VK_FORMAT_R32_UINT, 0, VK_WHOLE_SIZE));
    kit_write_buffer(k, set, 4, 0, types[4], result.buffer, 0, VK_WHOLE_SIZE);
    cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(ipc_edge_buffer_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, WORDS / 64, 1, 1);
    kit_submit(k, cmd);
    memcpy(sums, result.data, 4 * WORDS);
    /* Vertices and indices whose last bytes are the buffer's. */
    static const struct {
        VkFormat format;
        uint32_t stride_B;
    } attributes[] = {{VK_FORMAT_R32G32B32_SFLOAT, 12}, {VK_FORMAT_R8G8B8_UNORM, 3}, {VK_FORMAT_R16G16B16_UNORM, 6}, {VK_FORMAT_R8G8_UNORM, 2},
                      {VK_FORMAT_R16G16B16A16_SFLOAT, 8}};
    struct kit_target t;
    kit_target_rgba(k, &t, 40, 40);
    for (size_t a = 0; a < ARRAY_LEN(attributes); a++) {
        VkFormatProperties fp;
        vkGetPhysicalDeviceFormatProperties(k->physical, attributes[a].format, &fp);
        if (!(fp.bufferFeatures & VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT)) {
            continue;
        }
        struct kit_graphics *g = kit_alloc(k, sizeof(*g));
        kit_graphics_init(k, g, &t, kit_layout(k, 0, NULL, 0), KIT_CODE(ipc_edge_vert), ipc_fan_frag, ipc_fan_frag_B);
        kit_graphics_vertices(g, attributes[a].format, attributes[a].stride_B);
        const VkPipeline pipe = kit_graphics_create(k, g);
        static const uint8_t index_B[] = {1, 2, 4};
        static const VkIndexType index_types[] = {VK_INDEX_TYPE_UINT8_EXT, VK_INDEX_TYPE_UINT16, VK_INDEX_TYPE_UINT32};
        for (size_t x = kit_has(k, "VK_EXT_index_type_uint8") ? 0 : 1; x < 3; x++) {
            const VkDeviceSize vertices_B = 9 * attributes[a].stride_B, indices_B = 9 * index_B[x];
            uint8_t bytes[128];
            for (int part = 0; part < 2; part++) { /* vertices, indices: one of them at the end, the other in the middle */
                memset(bytes, 0, sizeof(bytes));
                kit_noise_texels(attributes[a].format, bytes, 9, 3 + (uint32_t)a);
                const VkDeviceSize v_at = part ? 2048 : 4 * WORDS - vertices_B, i_at = part ? 4 * WORDS - indices_B : 1024;
                struct kit_buffer up = kit_buffer(k, 256, NULL);
                memcpy(up.data, bytes, vertices_B);
                for (uint32_t i = 0; i < 9; i++) {
                    ((uint8_t *)up.data)[128 + i * index_B[x]] = (uint8_t)(8 - i);
                }
                cmd = kit_begin(k);
                const VkBufferCopy c[2] = {{0, v_at, vertices_B}, {128, i_at, indices_B}};
                vkCmdCopyBuffer(cmd, up.buffer, buf, 2, c);
                kit_barrier(cmd);
                if (a || x || part) {
                    kit_target_resume(cmd, &t);
                } else {
                    kit_target_begin(cmd, &t);
                }
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
                vkCmdBindVertexBuffers(cmd, 0, 1, &buf, &v_at);
                vkCmdBindIndexBuffer(cmd, buf, i_at, index_types[x]);
                vkCmdDrawIndexed(cmd, 9, 1, 0, 0, 0);
                vkCmdEndRenderPass(cmd);
                kit_submit(k, cmd);
            }
        }
    }
    memcpy(picture, kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), 40 * 40 * 4);
}

static void
s15_edges_buffers(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_external_memory_host"), "needs VK_EXT_external_memory_host");
    const VkExternalMemoryBufferCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
                                                  .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT};
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &ext, .size = 4 * WORDS, .usage = KIT_BUFFER_ANY};
    struct fenced f;
    VkBuffer buf;
    SKIP_UNLESS(k, fence_in(k, &f, 4 * WORDS), "host pointers are refused");
    MUST(vkCreateBuffer(k->device, &bi, NULL, &buf));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, buf);
    MUST(vkBindBufferMemory(k->device, buf, f.memory, 0));
    uint32_t *sums = kit_alloc(k, 8 * WORDS);
    uint8_t *pictures = kit_alloc(k, 2 * 40 * 40 * 4);
    use_buffer(k, buf, sums, pictures);
    use_buffer(k, kit_buffer(k, 4 * WORDS, NULL).buffer, sums + WORDS, pictures + 40 * 40 * 4);
    kit_same(k, "sums", sums, sums + WORDS, WORDS, 4, 0);
    kit_same(k, "picture", pictures, pictures + 40 * 40 * 4, 40 * 40, 4, 40);
    uint32_t drawn = 0;
    for (uint32_t i = 1; i < 40 * 40; i++) {
        drawn += memcmp(pictures, pictures + 4 * i, 4) != 0;
    }
    CHECK(k, drawn > 20, "a picture of %u texels", drawn);
    fence_out(k, &f);
}

static const struct kit_case cases[] = {{"s15_edges_images", s15_edges_images}, {"s15_edges_buffers", s15_edges_buffers}};
static const struct ipc_role roles[] = {{"none", NULL, NULL}};
IPC_MAIN(cases, roles)

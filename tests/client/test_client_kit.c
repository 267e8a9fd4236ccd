/* The kit itself: its reference code for texels, and one small case of each kind to copy from. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_double_comp.h"
#include "kit_tri_vert.h"

/* Every texel of 8 and 16 bits survives unpack and pack. */
static void
case_texels_round_trip(struct kit *k)
{
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (f->compressed || f->chroma || f->block_B > 2 || strstr(f->name, "X6") || strstr(f->name, "X4") ||
            !(kit_aspects(f->format) & VK_IMAGE_ASPECT_COLOR_BIT)) {
            continue;
        }
        unsigned bits = 0;
        for (unsigned c = 0; c < f->n; c++) {
            bits += f->c[c].bits;
        }
        for (uint32_t v = 0; v < 1u << bits; v++) {
            const union kit_texel t = kit_unpack(f->format, &v);
            uint32_t again = 0;
            kit_pack(f->format, t, &again);
            /* two codes mean -1 in SNORM; NaNs have many */
            const bool many = f->c[0].numeric == KIT_SNORM || isnan(t.f[0]) || isnan(t.f[1]);
            REQUIRE(k, again == v || many, "%s: %#x became %#x", f->name, v, again);
        }
    }
}

static void
case_texels_known(struct kit *k)
{
    uint32_t v = 0x3c00;
    CHECK(k, kit_unpack(VK_FORMAT_R16_SFLOAT, &v).f[0] == 1.0, "half 1.0");
    v = 0xc1080000u; /* -8.5 */
    CHECK(k, kit_unpack(VK_FORMAT_R32_SFLOAT, &v).f[0] == -8.5, "float -8.5");
    v = 0x000007e0;
    CHECK(k, kit_unpack(VK_FORMAT_R5G6B5_UNORM_PACK16, &v).f[1] == 1.0, "green of 565");
    v = 0x80000000u | 256; /* exponent 16, red half of the mantissa's range: 256 / 512 * 2 */
    CHECK(k, kit_unpack(VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, &v).f[0] == 1.0, "shared exponent");
    uint32_t packed = 0;
    kit_pack(VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, (union kit_texel){.f = {1.0, 0, 0, 1}}, &packed);
    CHECK(k, packed == v, "shared exponent packed: %#x", packed);
    kit_pack(VK_FORMAT_A2B10G10R10_UNORM_PACK32, (union kit_texel){.f = {1, 0, 0.5, 1}}, &packed);
    CHECK(k, packed == (3u << 30 | 512u << 20 | 1023u), "2:10:10:10 packed: %#x", packed);
}

static void
case_draw(struct kit *k)
{
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 33, 17);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float color[4] = {1, 0, 0.2f, 1};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(color), color);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    uint32_t want[33 * 17];
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        want[i] = 0xff3300ffu;
    }
    kit_same(k, "colour", got, want, ARRAY_LEN(want), 4, 33);
}

static void
case_compute(struct kit *k)
{
    uint32_t data[256], want[256];
    for (uint32_t i = 0; i < ARRAY_LEN(data); i++) {
        data[i] = i * 7919u;
        want[i] = data[i] * 2;
    }
    const struct kit_buffer b = kit_buffer(k, sizeof(data), data);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(kit_double_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, ARRAY_LEN(data) / 64, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "data", b.data, want, ARRAY_LEN(want), 4, 0);
}

/* What kit_upload writes, kit_read reads, level by level and layer by layer. */
static void
case_upload_read(struct kit *k)
{
    const struct kit_image img =
        kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D,
                                         .format = VK_FORMAT_R8G8B8A8_UNORM,
                                         .extent = {19, 11, 1},
                                         .mipLevels = 4,
                                         .arrayLayers = 3,
                                         .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    uint8_t data[4][3][19 * 11 * 4];
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t level = 0; level < 4; level++) {
            for (uint32_t layer = 0; layer < 3; layer++) {
                if (pass == 0) {
                    kit_noise(data[level][layer], sizeof(data[level][layer]), level * 3 + layer);
                    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, layer, data[level][layer]);
                } else {
                    kit_same(k, "level", kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, layer), data[level][layer],
                             kit_level_B(&img, VK_IMAGE_ASPECT_COLOR_BIT, level) / 4, 4, kit_level_extent(&img, level).width);
                }
            }
        }
    }
}

static const struct kit_case cases[] = {
    {"texels_round_trip", case_texels_round_trip},
    {"texels_known", case_texels_known},
    {"draw", case_draw},
    {"compute", case_compute},
    {"upload_read", case_upload_read},
};
KIT_MAIN(cases)

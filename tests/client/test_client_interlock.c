/* Sections of fragment shaders that invocations of one pixel or sample enter one after the other, in the order of primitives: what they read
 * and write there without atomic operations. Everything that comes to a place leaves its number; the sum over them depends on their order.
 * SPEC: fragops-shader-interlock. */
#include "kit.h"

#include "interlock_pixel_ordered_frag.h"
#include "interlock_pixel_unordered_frag.h"
#include "interlock_sample_ordered_frag.h"
#include "interlock_sample_unordered_frag.h"
#include "interlock_vert.h"

#define PX 40u /* interlock.glsl */
#define PLACE 200u
#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER

struct run {
    const uint32_t *code;
    size_t code_B;
    bool ordered, by_sample, anywhere;
    uint32_t samples, views, draws, triangles; /* of a draw */
};

static uint32_t
index_of(uint32_t who, const struct run *r)
{
    return r->by_sample || r->samples == 1 ? who : who / r->samples;
}

/* One place: everybody was there alone; in order; where triangles cover everything, all of them. */
static bool
check_place(struct kit *k, const struct run *r, const uint32_t *data, uint32_t count, uint32_t place)
{
    const uint32_t n = data[0], per = r->by_sample || r->samples == 1 ? 1 : r->samples;
    uint32_t sum = 0, seen = 0;
    if (n != count || n > PLACE - 2) {
        CHECK(k, false, "place %u: %u of %u invocations have counted", place, n, count);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t who = index_of(data[2 + i], r);
        sum = sum * 5 + data[2 + i] + 1;
        if (r->ordered && i && who < index_of(data[1 + i], r)) {
            CHECK(k, false, "place %u: primitive %u after %u", place, who, index_of(data[1 + i], r));
            return false;
        }
        if (r->ordered && !r->anywhere && who != i / per) {
            CHECK(k, false, "place %u: primitive %u in the place of %u", place, who, i / per);
            return false;
        }
        seen |= 1u << (data[2 + i] % per);
    }
    if (sum != data[1] || (!r->anywhere && n != r->draws * r->triangles * per) || (n && !r->anywhere && seen != (1u << per) - 1)) {
        CHECK(k, false, "place %u: %u invocations have left %#x, not %#x", place, n, data[1], sum);
        return false;
    }
    return true;
}

static void
run(struct kit *k, const struct run *r)
{
    const uint32_t places = PX * PX * r->views * (r->by_sample ? r->samples : 1);
    const VkDescriptorType types[2] = {STORAGE, STORAGE};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 8);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer data = kit_buffer(k, (VkDeviceSize)places * PLACE * 4, NULL), count = kit_buffer(k, (VkDeviceSize)places * 4, NULL);
    kit_write_buffer(k, set, 0, 0, STORAGE, data.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 1, 0, STORAGE, count.buffer, 0, VK_WHOLE_SIZE);
    const struct kit_target t = {.width = PX, .height = PX, .layers = 1, .samples = (VkSampleCountFlagBits)r->samples};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(interlock_vert), r->code, r->code_B);
    const uint32_t view_mask = r->views > 1 ? (1u << r->views) - 1 : 0;
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .viewMask = view_mask};
    const struct {
        uint32_t samples;
        VkBool32 by_sample;
    } constants = {r->samples, r->by_sample};
    const VkSpecializationMapEntry entries[2] = {{0, 0, 4}, {1, 4, 4}};
    const VkSpecializationInfo spec = {2, entries, sizeof(constants), &constants};
    g.stages[1].pSpecializationInfo = &spec;
    g.info.pNext = &rendering;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {PX, PX}}, .layerCount = 1, .viewMask = view_mask};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &info);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    for (uint32_t d = 0; d < r->draws; d++) {
        const uint32_t push[2] = {d * r->triangles, r->anywhere};
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
        vkCmdDraw(cmd, r->triangles * 3, 1, 0, 0);
    }
    k->vk.CmdEndRendering(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    uint64_t all = 0;
    for (uint32_t p = 0; p < places; p++) {
        all += ((const uint32_t *)count.data)[p];
        if (!check_place(k, r, (const uint32_t *)data.data + p * PLACE, ((const uint32_t *)count.data)[p], p)) {
            return;
        }
    }
    CHECK(k, all > places, "%llu invocations", (unsigned long long)all);
}

static bool
offered(struct kit *k, bool by_sample)
{
    const VkPhysicalDeviceFragmentShaderInterlockFeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FRAGMENT_SHADER_INTERLOCK_FEATURES_EXT);
    const VkPhysicalDeviceMultiviewFeatures *m = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MULTIVIEW_FEATURES);
    if (!(by_sample ? f->fragmentShaderSampleInterlock : f->fragmentShaderPixelInterlock) || k->version < VK_API_VERSION_1_3 || !m->multiview ||
        !k->features.fragmentStoresAndAtomics || !k->features.sampleRateShading ||
        !(k->properties.limits.framebufferNoAttachmentsSampleCounts & VK_SAMPLE_COUNT_4_BIT)) {
        kit_skip(k, "no interlock");
        return false;
    }
    return true;
}

static void
case_pixels(struct kit *k)
{
    if (!offered(k, false)) {
        return;
    }
    run(k, &(struct run){KIT_CODE(interlock_pixel_ordered_frag), true, false, false, 1, 1, 3, 50});
    run(k, &(struct run){KIT_CODE(interlock_pixel_ordered_frag), true, false, true, 1, 1, 4, 150});
    run(k, &(struct run){KIT_CODE(interlock_pixel_unordered_frag), false, false, false, 1, 1, 3, 50});
    run(k, &(struct run){KIT_CODE(interlock_pixel_unordered_frag), false, false, true, 1, 1, 2, 200});
}

/* The samples of a pixel come one after the other, too. */
static void
case_pixels_of_samples(struct kit *k)
{
    if (!offered(k, false)) {
        return;
    }
    run(k, &(struct run){KIT_CODE(interlock_pixel_ordered_frag), true, false, false, 4, 1, 2, 20});
    run(k, &(struct run){KIT_CODE(interlock_pixel_ordered_frag), true, false, true, 4, 1, 2, 60});
}

static void
case_samples(struct kit *k)
{
    if (!offered(k, true)) {
        return;
    }
    run(k, &(struct run){KIT_CODE(interlock_sample_ordered_frag), true, true, false, 4, 1, 2, 30});
    run(k, &(struct run){KIT_CODE(interlock_sample_ordered_frag), true, true, true, 4, 1, 3, 100});
    run(k, &(struct run){KIT_CODE(interlock_sample_unordered_frag), false, true, true, 4, 1, 2, 100});
}

static void
case_views(struct kit *k)
{
    if (!offered(k, false)) {
        return;
    }
    run(k, &(struct run){KIT_CODE(interlock_pixel_ordered_frag), true, false, false, 1, 3, 2, 40});
    run(k, &(struct run){KIT_CODE(interlock_pixel_ordered_frag), true, false, true, 1, 3, 2, 120});
}

static const struct kit_case cases[] = {
    {"pixels", case_pixels},
    {"pixels_of_samples", case_pixels_of_samples},
    {"samples", case_samples},
    {"views", case_views},
};
KIT_MAIN(cases)

/* Descriptors in buffers: sizes and places, every type, blocks of constants, embedded samplers, push descriptors, descriptors that the device
 * copies, null descriptors, offsets that lead nowhere. SPEC: VK_EXT_descriptor_buffer. */
#include "kit.h"

#include "desc_all_comp.h"
#include "desc_bindless_comp.h"
#include "desc_corner_vert.h"
#include "desc_embedded_comp.h"
#include "desc_inline_comp.h"
#include "desc_pick_frag.h"
#include "desc_split_comp.h"
#include "state_sets_frag.h"
#include "state_sets_vert.h"

#define COMPUTE VK_PIPELINE_BIND_POINT_COMPUTE
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS
#define IN_BUFFER VK_DESCRIPTOR_SET_LAYOUT_CREATE_DESCRIPTOR_BUFFER_BIT_EXT
#define DATA_USAGE (KIT_BUFFER_ANY | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT)
#define DESCRIPTOR_USAGE                                                                                               \
    (VK_BUFFER_USAGE_RESOURCE_DESCRIPTOR_BUFFER_BIT_EXT | VK_BUFFER_USAGE_SAMPLER_DESCRIPTOR_BUFFER_BIT_EXT | \
     VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT)
#define TYPES 11

static const VkDescriptorType types[TYPES] = {
    VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,       VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
    VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,       VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
    VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE,  VK_DESCRIPTOR_TYPE_SAMPLER,              VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,
    VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER,
};

static VkPhysicalDeviceDescriptorBufferPropertiesEXT
properties(struct kit *k)
{
    VkPhysicalDeviceDescriptorBufferPropertiesEXT d = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DESCRIPTOR_BUFFER_PROPERTIES_EXT};
    VkPhysicalDeviceProperties2 p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &d};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p);
    return d;
}

static bool
offered(struct kit *k)
{
    const VkPhysicalDeviceDescriptorBufferFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DESCRIPTOR_BUFFER_FEATURES_EXT);
    return f->descriptorBuffer;
}
#define SKIP_UNLESS_OFFERED(k) SKIP_UNLESS(k, offered(k), "no descriptor buffers")

static size_t
size_of(struct kit *k, VkDescriptorType type)
{
    const VkPhysicalDeviceDescriptorBufferPropertiesEXT p = properties(k);
    const bool robust = k->features.robustBufferAccess;
    switch ((int)type) {
    case VK_DESCRIPTOR_TYPE_SAMPLER: return p.samplerDescriptorSize;
    case VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER: return p.combinedImageSamplerDescriptorSize;
    case VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE: return p.sampledImageDescriptorSize;
    case VK_DESCRIPTOR_TYPE_STORAGE_IMAGE: return p.storageImageDescriptorSize;
    case VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER: return robust ? p.robustUniformTexelBufferDescriptorSize : p.uniformTexelBufferDescriptorSize;
    case VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER: return robust ? p.robustStorageTexelBufferDescriptorSize : p.storageTexelBufferDescriptorSize;
    case VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER: return robust ? p.robustUniformBufferDescriptorSize : p.uniformBufferDescriptorSize;
    case VK_DESCRIPTOR_TYPE_STORAGE_BUFFER: return robust ? p.robustStorageBufferDescriptorSize : p.storageBufferDescriptorSize;
    default: return p.inputAttachmentDescriptorSize;
    }
}

/* ---- sets in a buffer ---- */

struct place { /* where a set's descriptors go */
    VkDescriptorSetLayout layout;
    uint8_t *data;
};

static void
put(struct kit *k, const struct place *p, uint32_t binding, uint32_t element, VkDescriptorType type, VkDescriptorDataEXT data)
{
    VkDeviceSize offset;
    k->vk.GetDescriptorSetLayoutBindingOffsetEXT(k->device, p->layout, binding, &offset);
    const size_t size = size_of(k, type);
    const VkDescriptorGetInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_GET_INFO_EXT, .type = type, .data = data};
    k->vk.GetDescriptorEXT(k->device, &info, size, p->data + offset + element * size);
}

static void
put_buffer(struct kit *k, const struct place *p, uint32_t binding, uint32_t element, VkDescriptorType type, VkDeviceAddress address, VkDeviceSize range,
           VkFormat format)
{
    const VkDescriptorAddressInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_ADDRESS_INFO_EXT, .address = address, .range = range, .format = format};
    put(k, p, binding, element, type, (VkDescriptorDataEXT){.pStorageBuffer = &info}); /* all kinds of buffers are such a pointer */
}

static void
put_image(struct kit *k, const struct place *p, uint32_t binding, uint32_t element, VkDescriptorType type, VkImageView view, VkSampler sampler)
{
    const VkDescriptorImageInfo info = {sampler, view, VK_IMAGE_LAYOUT_GENERAL};
    put(k, p, binding, element, type,
        type == VK_DESCRIPTOR_TYPE_SAMPLER ? (VkDescriptorDataEXT){.pSampler = &sampler} : (VkDescriptorDataEXT){.pSampledImage = &info});
}

static VkPipeline
compute(struct kit *k, VkPipelineLayout layout, const uint32_t *code, size_t size_B)
{
    const VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = VK_PIPELINE_CREATE_DESCRIPTOR_BUFFER_BIT_EXT,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = kit_module(k, code, size_B), .pName = "main"},
        .layout = layout,
    };
    VkPipeline pipe;
    MUST(vkCreateComputePipelines(k->device, k->cache, 1, &info, NULL, &pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    return pipe;
}

static VkDeviceSize
aligned(struct kit *k, VkDeviceSize size)
{
    const VkDeviceSize a = properties(k).descriptorBufferOffsetAlignment;
    return (size + a - 1) / a * a;
}

static VkDeviceSize
layout_size(struct kit *k, VkDescriptorSetLayout layout)
{
    VkDeviceSize size;
    k->vk.GetDescriptorSetLayoutSizeEXT(k->device, layout, &size);
    return size;
}

static void
bind_buffers(struct kit *k, VkCommandBuffer cmd, uint32_t n, const VkDeviceAddress *addresses)
{
    VkDescriptorBufferBindingInfoEXT infos[4];
    for (uint32_t i = 0; i < n; i++) {
        infos[i] = (VkDescriptorBufferBindingInfoEXT){.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_BUFFER_BINDING_INFO_EXT, .address = addresses[i],
                                                      .usage = DESCRIPTOR_USAGE};
    }
    k->vk.CmdBindDescriptorBuffersEXT(cmd, n, infos);
}

static void
dispatch(struct kit *k, VkCommandBuffer cmd, uint32_t n)
{
    vkCmdDispatch(cmd, n, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* ---- cases ---- */

static void
case_sizes(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const VkPhysicalDeviceDescriptorBufferPropertiesEXT p = properties(k);
    const size_t sizes[] = {p.samplerDescriptorSize, p.combinedImageSamplerDescriptorSize, p.sampledImageDescriptorSize, p.storageImageDescriptorSize,
                            p.uniformTexelBufferDescriptorSize, p.robustUniformTexelBufferDescriptorSize, p.storageTexelBufferDescriptorSize,
                            p.robustStorageTexelBufferDescriptorSize, p.uniformBufferDescriptorSize, p.robustUniformBufferDescriptorSize,
                            p.storageBufferDescriptorSize, p.robustStorageBufferDescriptorSize, p.inputAttachmentDescriptorSize};
    size_t most = 0;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        CHECK(k, sizes[i] > 0 && sizes[i] <= 256, "size %zu is %zu", i, sizes[i]);
        most = sizes[i] > most ? sizes[i] : most;
    }
    CHECK(k, p.descriptorBufferOffsetAlignment <= 256 && (p.descriptorBufferOffsetAlignment & (p.descriptorBufferOffsetAlignment - 1)) == 0,
          "alignment %llu", (unsigned long long)p.descriptorBufferOffsetAlignment);
    CHECK(k, p.maxDescriptorBufferBindings >= 3 && p.maxResourceDescriptorBufferBindings >= 1 && p.maxSamplerDescriptorBufferBindings >= 1, "bindings");
    CHECK(k, p.maxEmbeddedImmutableSamplerBindings >= 1 && p.maxEmbeddedImmutableSamplers >= 2032, "embedded samplers");
    CHECK(k, p.maxSamplerDescriptorBufferRange >= 2048 * p.samplerDescriptorSize && p.maxResourceDescriptorBufferRange >= ((1u << 20) - (1u << 15)) * (uint64_t)most,
          "ranges");
    CHECK(k, p.samplerDescriptorBufferAddressSpaceSize >= 1u << 27 && p.resourceDescriptorBufferAddressSpaceSize >= 1u << 27 &&
                 p.descriptorBufferAddressSpaceSize >= 1u << 27, "address space");
    /* Bindings of all types, in any order, don't overlap and lie inside the set. */
    VkDescriptorSetLayoutBinding b[TYPES];
    for (uint32_t i = 0; i < TYPES; i++) {
        b[i] = (VkDescriptorSetLayoutBinding){(i * 7) % TYPES * 3, types[i], 1 + i % 4, VK_SHADER_STAGE_ALL, NULL};
    }
    const VkDescriptorSetLayout layout = kit_set_layout(k, TYPES, b, IN_BUFFER);
    const VkDeviceSize size = layout_size(k, layout);
    VkDeviceSize at[TYPES], end[TYPES];
    for (uint32_t i = 0; i < TYPES; i++) {
        k->vk.GetDescriptorSetLayoutBindingOffsetEXT(k->device, layout, b[i].binding, &at[i]);
        end[i] = at[i] + b[i].descriptorCount * size_of(k, types[i]);
        CHECK(k, end[i] <= size, "binding %u ends at %llu of %llu", b[i].binding, (unsigned long long)end[i], (unsigned long long)size);
        for (uint32_t j = 0; j < i; j++) {
            CHECK(k, end[j] <= at[i] || end[i] <= at[j], "bindings %u and %u overlap", b[j].binding, b[i].binding);
        }
    }
}

struct all {
    struct kit_buffer out, data; /* data: words i * 10, slots of 256 bytes */
    struct kit_image image[2], storage;
    VkSampler sampler;
};

static void
all_init(struct kit *k, struct all *a)
{
    uint32_t words[8 * 64], texels[4] = {100, 101, 102, 103};
    for (uint32_t i = 0; i < ARRAY_LEN(words); i++) {
        words[i] = i * 10;
    }
    a->out = kit_buffer_for(k, DATA_USAGE, 16 * 16, NULL);
    a->data = kit_buffer_for(k, DATA_USAGE, sizeof(words), words);
    struct kit_image *const images[3] = {&a->image[0], &a->image[1], &a->storage};
    for (int i = 0; i < 3; i++) {
        *images[i] = kit_image_2d(k, VK_FORMAT_R32_UINT, 2, 2);
        kit_upload(k, images[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
        for (int t = 0; t < 4; t++) {
            texels[t] += 100;
        }
    }
    a->sampler = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
}

/* null: all but the output are null descriptors. */
static void
all_put(struct kit *k, const struct all *a, const struct place *p, bool null)
{
    const VkDeviceAddress data = null ? 0 : kit_address(k, a->data.buffer), B = 256;
    put_buffer(k, p, 0, 0, types[0], kit_address(k, a->out.buffer), a->out.size_B, VK_FORMAT_UNDEFINED);
    for (uint32_t i = 1; i < 5; i++) {
        put_buffer(k, p, i, 0, types[i], null ? 0 : data + (i - 1) * B, null ? VK_WHOLE_SIZE : 16, VK_FORMAT_UNDEFINED);
    }
    put_image(k, p, 5, 0, types[5], null ? VK_NULL_HANDLE : a->image[0].view, a->sampler);
    put_image(k, p, 6, 0, types[6], null ? VK_NULL_HANDLE : a->image[1].view, VK_NULL_HANDLE);
    put_image(k, p, 7, 0, types[7], VK_NULL_HANDLE, a->sampler);
    put_image(k, p, 8, 0, types[8], null ? VK_NULL_HANDLE : a->storage.view, VK_NULL_HANDLE);
    for (uint32_t i = 0; i < 2; i++) {
        put_buffer(k, p, 9 + i, 0, types[9 + i], null ? 0 : data + (5 + i) * B, null ? VK_WHOLE_SIZE : 64, null ? VK_FORMAT_UNDEFINED : VK_FORMAT_R32_UINT);
    }
}

static void
all_check(struct kit *k, const struct all *a)
{
    static const uint32_t first[9] = {0, 640, 1280, 1920, 101, 202, 303, 5 * 640 + 30, 6 * 640 + 20};
    const uint32_t *got = a->out.data;
    for (uint32_t i = 0; i < 9; i++) {
        CHECK(k, got[i * 4] == first[i], "result %u: %u, not %u", i, got[i * 4], first[i]);
    }
    const uint32_t *words = a->data.data, *texel = kit_read(k, &a->storage, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    CHECK(k, texel[0] == 4711 && words[6 * 64] == 4712 && words[64] == 4713 && words[3 * 64 + 1] == 4714, "stores: %u %u %u %u", texel[0],
          words[6 * 64], words[64], words[3 * 64 + 1]);
}

enum way { PLAIN, COPIED, SECOND_FORM, OBJECT, WAYS };

/* Descriptors written by the host, copied by the device; bound by either form of the commands; shaders of pipelines and objects. */
static void
case_every_type(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    for (enum way way = PLAIN; way < WAYS; way++) {
        if ((way == SECOND_FORM && !k->vk.CmdSetDescriptorBufferOffsets2EXT) || (way == OBJECT && !k->vk.CreateShadersEXT)) {
            continue;
        }
        struct all a;
        all_init(k, &a);
        VkDescriptorSetLayoutBinding b[TYPES];
        for (uint32_t i = 0; i < TYPES; i++) {
            b[i] = (VkDescriptorSetLayoutBinding){i, types[i], 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
        }
        const VkDescriptorSetLayout sl = kit_set_layout(k, TYPES, b, IN_BUFFER);
        const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
        const VkDeviceSize size = layout_size(k, sl), skip = aligned(k, 300);
        const struct kit_buffer buf = kit_buffer_for(k, DESCRIPTOR_USAGE, skip + size, NULL), staging = kit_buffer_for(k, DESCRIPTOR_USAGE, size, NULL);
        all_put(k, &a, &(struct place){sl, way == COPIED ? staging.data : (uint8_t *)buf.data + skip}, false);
        const VkCommandBuffer cmd = kit_begin(k);
        if (way == COPIED) {
            const VkBufferCopy region = {0, skip, size};
            vkCmdCopyBuffer(cmd, staging.buffer, buf.buffer, 1, &region);
            kit_barrier(cmd);
        }
        VkShaderEXT object = VK_NULL_HANDLE;
        if (way == OBJECT) {
            const VkShaderCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                .codeType = VK_SHADER_CODE_TYPE_SPIRV_EXT, .codeSize = sizeof(desc_all_comp), .pCode = desc_all_comp,
                                                .pName = "main", .setLayoutCount = 1, .pSetLayouts = &sl};
            const VkShaderStageFlagBits stage = VK_SHADER_STAGE_COMPUTE_BIT;
            MUST(k->vk.CreateShadersEXT(k->device, 1, &info, NULL, &object));
            k->vk.CmdBindShadersEXT(cmd, 1, &stage, &object);
        } else {
            vkCmdBindPipeline(cmd, COMPUTE, compute(k, layout, KIT_CODE(desc_all_comp)));
        }
        const VkDeviceAddress addresses[2] = {kit_address(k, staging.buffer), kit_address(k, buf.buffer)};
        bind_buffers(k, cmd, 2, addresses);
        const uint32_t index = 1;
        if (way == SECOND_FORM) {
            const VkSetDescriptorBufferOffsetsInfoEXT info = {.sType = VK_STRUCTURE_TYPE_SET_DESCRIPTOR_BUFFER_OFFSETS_INFO_EXT,
                                                              .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .layout = layout, .setCount = 1,
                                                              .pBufferIndices = &index, .pOffsets = &skip};
            k->vk.CmdSetDescriptorBufferOffsets2EXT(cmd, &info);
        } else {
            k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, COMPUTE, layout, 0, 1, &index, &skip);
        }
        dispatch(k, cmd, 1);
        all_check(k, &a);
        if (object) {
            k->vk.DestroyShaderEXT(k->device, object, NULL);
        }
    }
}

/* The same descriptors, pushed. */
static void
case_push(struct kit *k)
{
    const VkPhysicalDeviceDescriptorBufferFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DESCRIPTOR_BUFFER_FEATURES_EXT);
    SKIP_UNLESS(k, f->descriptorBufferPushDescriptors && properties(k).bufferlessPushDescriptors, "no push descriptors beside descriptor buffers");
    struct all a;
    all_init(k, &a);
    VkDescriptorSetLayoutBinding b[TYPES];
    VkWriteDescriptorSet w[TYPES];
    VkDescriptorBufferInfo buffers[TYPES];
    VkDescriptorImageInfo images[TYPES];
    const VkBufferView views[2] = {kit_buffer_view(k, a.data.buffer, VK_FORMAT_R32_UINT, 5 * 256, 64),
                                   kit_buffer_view(k, a.data.buffer, VK_FORMAT_R32_UINT, 6 * 256, 64)};
    const VkImageView seen[4] = {a.image[0].view, a.image[1].view, VK_NULL_HANDLE, a.storage.view};
    for (uint32_t i = 0; i < TYPES; i++) {
        b[i] = (VkDescriptorSetLayoutBinding){i, types[i], 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
        buffers[i] = i ? (VkDescriptorBufferInfo){a.data.buffer, (i - 1) * 256, 16} : (VkDescriptorBufferInfo){a.out.buffer, 0, VK_WHOLE_SIZE};
        images[i] = (VkDescriptorImageInfo){a.sampler, i >= 5 && i < 9 ? seen[i - 5] : VK_NULL_HANDLE, VK_IMAGE_LAYOUT_GENERAL};
        w[i] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstBinding = i, .descriptorCount = 1, .descriptorType = types[i],
                                      .pBufferInfo = &buffers[i], .pImageInfo = &images[i], .pTexelBufferView = i >= 9 ? &views[i - 9] : NULL};
    }
    const VkDescriptorSetLayout sl = kit_set_layout(k, TYPES, b, IN_BUFFER | VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, COMPUTE, compute(k, layout, KIT_CODE(desc_all_comp)));
    k->vk.CmdPushDescriptorSet(cmd, COMPUTE, layout, 0, TYPES, w);
    dispatch(k, cmd, 1);
    all_check(k, &a);
}

static void
case_null(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const VkPhysicalDeviceRobustness2FeaturesEXT *r = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT);
    SKIP_UNLESS(k, r->nullDescriptor, "no null descriptors");
    struct all a;
    all_init(k, &a);
    memset(a.out.data, 0xee, a.out.size_B);
    VkDescriptorSetLayoutBinding b[TYPES];
    for (uint32_t i = 0; i < TYPES; i++) {
        b[i] = (VkDescriptorSetLayoutBinding){i, types[i], 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
    }
    const VkDescriptorSetLayout sl = kit_set_layout(k, TYPES, b, IN_BUFFER);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const struct kit_buffer buf = kit_buffer_for(k, DESCRIPTOR_USAGE, layout_size(k, sl), NULL);
    memset(buf.data, 0xcd, buf.size_B);
    all_put(k, &a, &(struct place){sl, buf.data}, true);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, COMPUTE, compute(k, layout, KIT_CODE(desc_all_comp)));
    const VkDeviceAddress address = kit_address(k, buf.buffer);
    bind_buffers(k, cmd, 1, &address);
    k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, COMPUTE, layout, 0, 1, &(uint32_t){0}, &(VkDeviceSize){0});
    dispatch(k, cmd, 1);
    for (uint32_t i = 0; i < 9; i++) {
        CHECK(k, ((uint32_t *)a.out.data)[i * 4] == 0, "result %u: %u", i, ((uint32_t *)a.out.data)[i * 4]);
    }
}

/* A block's bytes stand in the buffer; what lies beyond it is not there. */
static void
case_inline_block(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    for (uint32_t size_B = 64; size_B >= 32; size_B -= 16) {
        const VkDescriptorSetLayoutBinding b[2] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                                   {1, VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK, size_B, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
        if (size_B < 64 && (!kit_ours(k) || kit_under_validation(k))) {
            break;
        }
        const VkDescriptorSetLayout sl = kit_set_layout(k, 2, b, IN_BUFFER);
        const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
        const struct kit_buffer out = kit_buffer_for(k, DATA_USAGE, 64, NULL);
        const VkDeviceSize stride = aligned(k, layout_size(k, sl) + 64);
        const struct kit_buffer buf = kit_buffer_for(k, DESCRIPTOR_USAGE, stride * 2, NULL);
        memset(buf.data, 0x11, buf.size_B);
        const VkPipeline pipe = compute(k, layout, KIT_CODE(desc_inline_comp));
        for (uint32_t set = 0; set < 2; set++) {
            const struct place p = {sl, (uint8_t *)buf.data + set * stride};
            put_buffer(k, &p, 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kit_address(k, out.buffer), 64, VK_FORMAT_UNDEFINED);
            VkDeviceSize offset;
            k->vk.GetDescriptorSetLayoutBindingOffsetEXT(k->device, sl, 1, &offset);
            uint32_t want[16] = {0};
            for (uint32_t i = 0; i < size_B / 4; i++) {
                want[i] = i * 3 + 1 + set * 100;
            }
            memcpy(p.data + offset, want, size_B);
            const VkCommandBuffer cmd = kit_begin(k);
            vkCmdBindPipeline(cmd, COMPUTE, pipe);
            const VkDeviceAddress address = kit_address(k, buf.buffer);
            bind_buffers(k, cmd, 1, &address);
            k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, COMPUTE, layout, 0, 1, &(uint32_t){0}, &(VkDeviceSize){set * stride});
            dispatch(k, cmd, 1);
            kit_same(k, "block", out.data, want, 16, 4, 4);
        }
    }
}

/* Arrays, the last of them shorter than its layout says, at the very end of the buffer's memory. */
static void
case_bindless(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const VkPhysicalDeviceDescriptorIndexingFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DESCRIPTOR_INDEXING_FEATURES);
    SKIP_UNLESS(k, f->runtimeDescriptorArray && f->descriptorBindingVariableDescriptorCount && f->shaderStorageBufferArrayNonUniformIndexing &&
                       f->shaderSampledImageArrayNonUniformIndexing, "no descriptor indexing");
    enum { USED = 40 };
    const struct kit_buffer out = kit_buffer_for(k, DATA_USAGE, 4096, NULL), data = kit_buffer_for(k, DATA_USAGE, 256 * 64, NULL);
    const VkDescriptorSetLayoutBinding first = {0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
    const VkDescriptorSetLayoutBinding b[2] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 64, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                               {1, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 1000, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
    const VkDescriptorBindingFlags flags[2] = {0, VK_DESCRIPTOR_BINDING_VARIABLE_DESCRIPTOR_COUNT_BIT};
    const VkDescriptorSetLayoutBindingFlagsCreateInfo flag_info = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO, NULL, 2, flags};
    const VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .pNext = &flag_info, .flags = IN_BUFFER,
                                                  .bindingCount = 2, .pBindings = b};
    VkDescriptorSetLayout sl[2] = {kit_set_layout(k, 1, &first, IN_BUFFER), VK_NULL_HANDLE};
    MUST(vkCreateDescriptorSetLayout(k->device, &info, NULL, &sl[1]));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, sl[1]);
    const VkPipelineLayout layout = kit_layout(k, 2, sl, 8);
    VkDeviceSize images_at;
    k->vk.GetDescriptorSetLayoutBindingOffsetEXT(k->device, sl[1], 1, &images_at);
    const struct kit_buffer small = kit_buffer_for(k, DESCRIPTOR_USAGE, layout_size(k, sl[0]), NULL),
                            large = kit_buffer_for(k, DESCRIPTOR_USAGE, images_at + USED * size_of(k, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER), NULL);
    const struct place set0 = {sl[0], small.data}, set1 = {sl[1], large.data};
    put_buffer(k, &set0, 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kit_address(k, out.buffer), 4096, VK_FORMAT_UNDEFINED);
    const VkSampler sampler = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
    for (uint32_t i = 0; i < 64; i++) {
        ((uint32_t *)data.data)[i * 64] = i + 1;
        put_buffer(k, &set1, 0, i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kit_address(k, data.buffer) + i * 256, 16, VK_FORMAT_UNDEFINED);
    }
    for (uint32_t i = 0; i < USED; i++) {
        const uint32_t texel = 500 + i;
        const struct kit_image img = kit_image_2d(k, VK_FORMAT_R32_UINT, 1, 1);
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, &texel);
        put_image(k, &set1, 1, i, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, img.view, sampler);
    }
    const uint32_t push[2] = {37, USED}, indices[2] = {1, 0};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, COMPUTE, compute(k, layout, KIT_CODE(desc_bindless_comp)));
    const VkDeviceAddress addresses[2] = {kit_address(k, large.buffer), kit_address(k, small.buffer)};
    bind_buffers(k, cmd, 2, addresses);
    k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, COMPUTE, layout, 0, 2, indices, (const VkDeviceSize[2]){0, 0});
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 8, push);
    dispatch(k, cmd, 4);
    for (uint32_t i = 0; i < 256; i++) {
        const uint32_t at = i * 37 % 64, want = (at + 1) * 1000 + 500 + at % USED, got = ((uint32_t *)out.data)[i];
        CHECK(k, got == want, "invocation %u: %u, not %u", i, got, want);
    }
}

static void
case_embedded_samplers(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    for (uint32_t form = 0; form < 1 + (k->vk.CmdBindDescriptorBufferEmbeddedSamplers2EXT != NULL); form++) {
        const VkSampler samplers[2] = {kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE),
                                       kit_sampler(k, VK_FILTER_LINEAR, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE)};
        const VkDescriptorSetLayoutBinding own[2] = {{0, VK_DESCRIPTOR_TYPE_SAMPLER, 1, VK_SHADER_STAGE_ALL, &samplers[0]},
                                                     {2, VK_DESCRIPTOR_TYPE_SAMPLER, 1, VK_SHADER_STAGE_ALL, &samplers[1]}};
        const VkDescriptorSetLayoutBinding b[2] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                                   {1, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
        const VkDescriptorSetLayout sl[2] = {kit_set_layout(k, 2, own, IN_BUFFER | VK_DESCRIPTOR_SET_LAYOUT_CREATE_EMBEDDED_IMMUTABLE_SAMPLERS_BIT_EXT),
                                             kit_set_layout(k, 2, b, IN_BUFFER)};
        const VkPipelineLayout layout = kit_layout(k, 2, sl, 0);
        static const float texels[2] = {1.0f, 3.0f};
        const struct kit_image img = kit_image_2d(k, VK_FORMAT_R32_SFLOAT, 2, 1);
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
        const struct kit_buffer out = kit_buffer_for(k, DATA_USAGE, 16, NULL), buf = kit_buffer_for(k, DESCRIPTOR_USAGE, layout_size(k, sl[1]), NULL);
        const struct place p = {sl[1], buf.data};
        put_buffer(k, &p, 0, 0, b[0].descriptorType, kit_address(k, out.buffer), 16, VK_FORMAT_UNDEFINED);
        put_image(k, &p, 1, 0, b[1].descriptorType, img.view, VK_NULL_HANDLE);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, COMPUTE, compute(k, layout, KIT_CODE(desc_embedded_comp)));
        const VkDeviceAddress address = kit_address(k, buf.buffer);
        bind_buffers(k, cmd, 1, &address);
        k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, COMPUTE, layout, 1, 1, &(uint32_t){0}, &(VkDeviceSize){0});
        if (form) {
            const VkBindDescriptorBufferEmbeddedSamplersInfoEXT info = {.sType = VK_STRUCTURE_TYPE_BIND_DESCRIPTOR_BUFFER_EMBEDDED_SAMPLERS_INFO_EXT,
                                                                        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .layout = layout};
            k->vk.CmdBindDescriptorBufferEmbeddedSamplers2EXT(cmd, &info);
        } else {
            k->vk.CmdBindDescriptorBufferEmbeddedSamplersEXT(cmd, COMPUTE, layout, 0);
        }
        dispatch(k, cmd, 1);
        kit_same(k, "samples", out.data, (const float[4]){3, 2, 0, 1}, 4, 4, 4);
    }
}

/* Images and samplers of combined bindings as variables of their own; bindings whose type may change. */
static void
case_split_mutable(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    static const uint8_t texels[2][8] = {{0, 0, 0, 0, 255, 0, 0, 0}, {128, 0, 0, 0, 64, 0, 0, 0}};
    static const float want[4] = {1.0f, 127.5f / 255, 64.0f / 255, 96.0f / 255};
    static const VkDescriptorType kinds[3] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    static const VkDescriptorType own[2] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE};
    for (uint32_t is_mutable = 0; is_mutable < 1 + (uint32_t)kit_has(k, "VK_EXT_mutable_descriptor_type"); is_mutable++) {
        const VkMutableDescriptorTypeListEXT lists[3] = {{0, NULL}, {0, NULL}, {2, own}};
        const VkMutableDescriptorTypeCreateInfoEXT list_info = {VK_STRUCTURE_TYPE_MUTABLE_DESCRIPTOR_TYPE_CREATE_INFO_EXT, NULL, 3, lists};
        VkDescriptorSetLayoutBinding b[3];
        for (uint32_t i = 0; i < 3; i++) {
            b[i] = (VkDescriptorSetLayoutBinding){i, i == 2 && is_mutable ? VK_DESCRIPTOR_TYPE_MUTABLE_EXT : kinds[i], 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
        }
        const VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .pNext = is_mutable ? &list_info : NULL,
                                                      .flags = IN_BUFFER, .bindingCount = 3, .pBindings = b};
        VkDescriptorSetLayout sl;
        MUST(vkCreateDescriptorSetLayout(k->device, &info, NULL, &sl));
        KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, sl);
        const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
        const struct kit_buffer out = kit_buffer_for(k, DATA_USAGE, sizeof(want), NULL), buf = kit_buffer_for(k, DESCRIPTOR_USAGE, layout_size(k, sl), NULL);
        const struct place p = {sl, buf.data};
        for (uint32_t i = 0; i < 2; i++) {
            const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 2, 1);
            kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels[i]);
            put_image(k, &p, i, 0, kinds[i], img.view, kit_sampler(k, i ? VK_FILTER_LINEAR : VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
        }
        put_buffer(k, &p, 2, 0, kinds[2], kit_address(k, out.buffer), sizeof(want), VK_FORMAT_UNDEFINED);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, COMPUTE, compute(k, layout, KIT_CODE(desc_split_comp)));
        const VkDeviceAddress address = kit_address(k, buf.buffer);
        bind_buffers(k, cmd, 1, &address);
        k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, COMPUTE, layout, 0, 1, &(uint32_t){0}, &(VkDeviceSize){0});
        dispatch(k, cmd, 1);
        kit_close(k, "split", out.data, want, 4, 0.004f);
    }
}

/* Two sets of a pass that move between draws. */
static void
case_draws(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    kit_target_init(k, &t, 16, 4, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkDescriptorSetLayoutBinding b = {0, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 1, VK_SHADER_STAGE_ALL_GRAPHICS, NULL};
    const VkDescriptorSetLayout one = kit_set_layout(k, 1, &b, IN_BUFFER), sl[2] = {one, one};
    const VkPipelineLayout layout = kit_layout(k, 2, sl, 0);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(state_sets_vert), KIT_CODE(state_sets_frag));
    g.info.flags |= VK_PIPELINE_CREATE_DESCRIPTOR_BUFFER_BIT_EXT;
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_SCISSOR);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkDeviceSize stride = aligned(k, layout_size(k, one));
    const struct kit_buffer buf = kit_buffer_for(k, DESCRIPTOR_USAGE, stride * 4, NULL), data = kit_buffer_for(k, DATA_USAGE, 4 * 256, NULL);
    for (uint32_t i = 0; i < 4; i++) {
        const float v[4] = {(float)i + 1, (float)i * 10, 0, 1};
        memcpy((uint8_t *)data.data + i * 256, v, sizeof(v));
        put_buffer(k, &(struct place){one, (uint8_t *)buf.data + i * stride}, 0, 0, b.descriptorType, kit_address(k, data.buffer) + i * 256, 16, VK_FORMAT_UNDEFINED);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    const VkDeviceAddress address = kit_address(k, buf.buffer);
    bind_buffers(k, cmd, 1, &address);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    for (uint32_t i = 0; i < 4; i++) {
        const VkRect2D r = {{(int32_t)i * 4, 0}, {4, 4}};
        vkCmdSetScissor(cmd, 0, 1, &r);
        k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, GRAPHICS, layout, 0, 2, (const uint32_t[2]){0, 0}, (const VkDeviceSize[2]){i * stride, (3 - i) * stride});
        vkCmdDraw(cmd, 3, 1, 0, 0);
    }
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const float *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t i = 0; i < 64; i++) {
        CHECK(k, got[i * 4] == 5 && got[i * 4 + 1] == 30 && got[i * 4 + 3] == 2, "pixel %u: %g %g %g", i, (double)got[i * 4], (double)got[i * 4 + 1],
              (double)got[i * 4 + 3]);
    }
}

/* Pixels choose their images; where the triangle's edge cuts a block, nobody looks at the others' descriptors. */
static void
case_pixels(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const VkPhysicalDeviceDescriptorIndexingFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DESCRIPTOR_INDEXING_FEATURES);
    SKIP_UNLESS(k, f->shaderSampledImageArrayNonUniformIndexing, "no descriptor indexing");
    enum { W = 37 };
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    kit_target_init(k, &t, W, W, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkDescriptorSetLayoutBinding b = {0, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 4, VK_SHADER_STAGE_FRAGMENT_BIT, NULL};
    const VkDescriptorSetLayout sl = kit_set_layout(k, 1, &b, IN_BUFFER);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(desc_corner_vert), KIT_CODE(desc_pick_frag));
    g.info.flags |= VK_PIPELINE_CREATE_DESCRIPTOR_BUFFER_BIT_EXT;
    const struct kit_buffer buf = kit_buffer_for(k, DESCRIPTOR_USAGE, layout_size(k, sl), NULL);
    const VkSampler sampler = kit_sampler(k, VK_FILTER_LINEAR, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
    for (uint32_t i = 0; i < 4; i++) {
        const float texel[4] = {(float)i + 1, 0, 0, 1};
        const struct kit_image img = kit_image_2d(k, format, 1, 1);
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texel);
        put_image(k, &(struct place){sl, buf.data}, 0, i, b.descriptorType, img.view, sampler);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    const VkDeviceAddress address = kit_address(k, buf.buffer);
    bind_buffers(k, cmd, 1, &address);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, kit_graphics_create(k, &g));
    k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, GRAPHICS, layout, 0, 1, &(uint32_t){0}, &(VkDeviceSize){0});
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const float *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t y = 0; y < W; y++) {
        for (uint32_t x = 0; x + y < W - 1; x++) { /* inside for certain */
            CHECK(k, got[(y * W + x) * 4] == (float)((x + 2 * y) % 4 + 1), "%u, %u: %g", x, y, (double)got[(y * W + x) * 4]);
        }
    }
    CHECK(k, got[(W * W - 1) * 4] == 0, "the other corner: %g", (double)got[(W * W - 1) * 4]);
}

/* What is not offered is refused; addresses and offsets that lead nowhere bind nothing. */
static void
case_nowhere(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    kit_messages_expected(k);
    struct all a;
    all_init(k, &a);
    const VkDescriptorSetLayoutBinding b[2] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                               {1, VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK, 64, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
    const VkDescriptorSetLayout sl = kit_set_layout(k, 2, b, IN_BUFFER);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const struct kit_buffer buf = kit_buffer_for(k, DESCRIPTOR_USAGE, 4096, NULL);
    memset(buf.data, 0xab, buf.size_B);
    const VkDeviceAddress address = kit_address(k, buf.buffer);
    const struct {
        VkDeviceAddress address;
        VkDeviceSize offset;
        uint32_t index;
        bool bound;
    } tries[] = {{0, 0, 0, true},     {8, 0, 0, true},          {UINT64_MAX - 63, 0, 0, true}, {address, UINT64_MAX - 63, 0, true}, {address, 4096, 0, true},
                 {address, 4032, 0, true}, {address, 1u << 30, 0, true}, {address, 8, 0, true},    {address, 0, 5, true},     {address, 0, UINT32_MAX, true},
                 {address, 0, 0, false}};
    const VkPipeline pipe = compute(k, layout, KIT_CODE(desc_inline_comp));
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, COMPUTE, pipe);
        if (tries[i].bound) {
            bind_buffers(k, cmd, 1, &tries[i].address);
        }
        k->vk.CmdSetDescriptorBufferOffsetsEXT(cmd, COMPUTE, layout, 0, 1, &tries[i].index, &tries[i].offset);
        dispatch(k, cmd, 1); /* stores into nothing */
    }
    uint64_t data[8];
    const VkBufferCaptureDescriptorDataInfoEXT capture = {.sType = VK_STRUCTURE_TYPE_BUFFER_CAPTURE_DESCRIPTOR_DATA_INFO_EXT, .buffer = buf.buffer};
    CHECK_RESULT(k, k->vk.GetBufferOpaqueCaptureDescriptorDataEXT(k->device, &capture, data), VK_ERROR_FEATURE_NOT_PRESENT);
    VkDescriptorSetLayoutBinding many[40];
    for (uint32_t i = 0; i < 40; i++) {
        many[i] = (VkDescriptorSetLayoutBinding){i, VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK, 16, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
    }
    const VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .flags = IN_BUFFER, .bindingCount = 40,
                                                  .pBindings = many};
    VkDescriptorSetLayoutSupport support = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_SUPPORT};
    k->vk.GetDescriptorSetLayoutSupport(k->device, &info, &support);
    CHECK(k, !support.supported, "40 inline uniform blocks");
}

static const struct kit_case cases[] = {
    {"sizes", case_sizes},
    {"every_type", case_every_type},
    {"push", case_push},
    {"null", case_null},
    {"inline_block", case_inline_block},
    {"bindless", case_bindless},
    {"embedded_samplers", case_embedded_samplers},
    {"split_mutable", case_split_mutable},
    {"draws", case_draws},
    {"pixels", case_pixels},
    {"nowhere", case_nowhere},
};
KIT_MAIN(cases)

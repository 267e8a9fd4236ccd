/* Descriptors: every type, arrays, sets, dynamic offsets, copies, templates, push descriptors, inline uniform blocks, update after bind,
 * partly bound arrays, variable counts. SPEC: descriptorsets. */
#include "kit.h"

#include "desc_all_comp.h"
#include "desc_array_comp.h"
#include "desc_bindless_comp.h"
#include "desc_inline_comp.h"
#include "desc_sets_comp.h"
#include "desc_split_comp.h"

#define TYPES 11

/* In the order of the shader's bindings. */
static const VkDescriptorType types[TYPES] = {
    VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,         VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
    VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,         VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC,
    VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
    VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE,          VK_DESCRIPTOR_TYPE_SAMPLER,
    VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,          VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
    VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER,
};

struct all {
    struct kit_buffer out, data; /* data: words i * 10, slots of 256 bytes */
    struct kit_image image[2], storage;
    VkSampler sampler;
    VkBufferView view[2];
    VkDescriptorBufferInfo buffers[TYPES];
    VkDescriptorImageInfo images[TYPES];
};

static void
all_init(struct kit *k, struct all *a)
{
    uint32_t words[8 * 64], texels[4] = {100, 101, 102, 103};
    for (uint32_t i = 0; i < ARRAY_LEN(words); i++) {
        words[i] = i * 10;
    }
    memset(a, 0, sizeof(*a));
    a->out = kit_buffer(k, 16 * 16, NULL);
    a->data = kit_buffer(k, sizeof(words), words);
    for (int i = 0; i < 2; i++) {
        a->image[i] = kit_image_2d(k, VK_FORMAT_R32_UINT, 2, 2);
        kit_upload(k, &a->image[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
        for (int t = 0; t < 4; t++) {
            texels[t] += 100;
        }
    }
    a->storage = kit_image_2d(k, VK_FORMAT_R32_UINT, 2, 2);
    kit_upload(k, &a->storage, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
    a->sampler = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
    for (int i = 0; i < 2; i++) {
        a->view[i] = kit_buffer_view(k, a->data.buffer, VK_FORMAT_R32_UINT, (VkDeviceSize)(5 + i) * 256, 64);
    }
    a->buffers[0] = (VkDescriptorBufferInfo){a->out.buffer, 0, VK_WHOLE_SIZE};
    for (uint32_t i = 1; i < 5; i++) {
        a->buffers[i] = (VkDescriptorBufferInfo){a->data.buffer, (i - 1) * 256, 16};
    }
    a->images[5] = (VkDescriptorImageInfo){a->sampler, a->image[0].view, VK_IMAGE_LAYOUT_GENERAL};
    a->images[6] = (VkDescriptorImageInfo){VK_NULL_HANDLE, a->image[1].view, VK_IMAGE_LAYOUT_GENERAL};
    a->images[7] = (VkDescriptorImageInfo){a->sampler, VK_NULL_HANDLE, VK_IMAGE_LAYOUT_UNDEFINED};
    a->images[8] = (VkDescriptorImageInfo){VK_NULL_HANDLE, a->storage.view, VK_IMAGE_LAYOUT_GENERAL};
}

static void
fill_writes(struct all *a, VkDescriptorSet set, VkWriteDescriptorSet *w)
{
    for (uint32_t i = 0; i < TYPES; i++) {
        w[i] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                      .dstSet = set,
                                      .dstBinding = i,
                                      .descriptorCount = 1,
                                      .descriptorType = types[i],
                                      .pBufferInfo = &a->buffers[i],
                                      .pImageInfo = &a->images[i],
                                      .pTexelBufferView = i >= 9 ? &a->view[i - 9] : NULL};
    }
}

/* Dynamic offsets move the third and fourth buffer by d0 and d1 slots. */
static void
all_check(struct kit *k, struct all *a, uint32_t d0, uint32_t d1)
{
    const uint32_t *got = a->out.data;
    const uint32_t first[9] = {0, 64 * 10, (2 + d0) * 640, (3 + d1) * 640, 101, 202, 303, 5 * 640 + 30, 6 * 640 + 20};
    for (uint32_t i = 0; i < 9; i++) {
        CHECK(k, got[i * 4] == first[i], "result %u: %u, not %u", i, got[i * 4], first[i]);
        if (i < 4) {
            CHECK(k, got[i * 4 + 3] == first[i] + 30, "result %u, last component: %u", i, got[i * 4 + 3]);
        }
    }
    const uint32_t *words = a->data.data, *texel = kit_read(k, &a->storage, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    CHECK(k, texel[0] == 4711 && words[6 * 64] == 4712 && words[64] == 4713 && words[(3 + d1) * 64 + 1] == 4714, "stores: %u %u %u %u",
          texel[0], words[6 * 64], words[64], words[(3 + d1) * 64 + 1]);
}

static void
dispatch(struct kit *k, VkCommandBuffer cmd)
{
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static void
case_every_type(struct kit *k)
{
    for (uint32_t d = 0; d < 3; d++) {
        struct all a;
        VkWriteDescriptorSet w[TYPES];
        all_init(k, &a);
        const VkDescriptorSetLayout sl = kit_set_layout_of(k, TYPES, types);
        const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
        const VkDescriptorSet set = kit_set(k, sl);
        fill_writes(&a, set, w);
        vkUpdateDescriptorSets(k->device, TYPES, w, 0, NULL);
        const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_all_comp), NULL);
        const uint32_t offsets[2] = {d * 256, d * 512};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 2, offsets);
        dispatch(k, cmd);
        all_check(k, &a, d, d * 2);
    }
}

/* The sampler comes with the layout; the set is filled by copies from another set. */
static void
case_copies_immutable(struct kit *k)
{
    struct all a;
    VkWriteDescriptorSet w[TYPES];
    all_init(k, &a);
    VkDescriptorSetLayoutBinding b[TYPES];
    for (uint32_t i = 0; i < TYPES; i++) {
        b[i] = (VkDescriptorSetLayoutBinding){i, types[i], 1, VK_SHADER_STAGE_COMPUTE_BIT, i == 5 || i == 7 ? &a.sampler : NULL};
    }
    const VkDescriptorSetLayout sl = kit_set_layout(k, TYPES, b, 0);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet from = kit_set(k, sl), set = kit_set(k, sl);
    a.images[5].sampler = VK_NULL_HANDLE; /* ignored */
    fill_writes(&a, from, w);
    w[7] = w[6]; /* nothing to write for an immutable sampler */
    vkUpdateDescriptorSets(k->device, TYPES, w, 0, NULL);
    VkCopyDescriptorSet c[TYPES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < TYPES; i++) {
        if (i != 7) {
            c[n++] = (VkCopyDescriptorSet){.sType = VK_STRUCTURE_TYPE_COPY_DESCRIPTOR_SET,
                                           .srcSet = from,
                                           .srcBinding = i,
                                           .dstSet = set,
                                           .dstBinding = i,
                                           .descriptorCount = 1};
        }
    }
    vkUpdateDescriptorSets(k->device, 0, NULL, n, c);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_all_comp), NULL);
    const uint32_t offsets[2] = {0, 0};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 2, offsets);
    dispatch(k, cmd);
    all_check(k, &a, 0, 0);
}

/* ---- templates and push descriptors ---- */

struct packed { /* what a template reads: anywhere, in any order */
    VkBufferView view[2];
    uint32_t junk;
    VkDescriptorImageInfo images[TYPES];
    VkDescriptorBufferInfo buffers[TYPES];
};

static VkDescriptorUpdateTemplate
make_template(struct kit *k, VkDescriptorUpdateTemplateType kind, VkDescriptorSetLayout sl, VkPipelineLayout layout, uint32_t skip_mask)
{
    VkDescriptorUpdateTemplateEntry e[TYPES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < TYPES; i++) {
        if (skip_mask >> i & 1) {
            continue;
        }
        const size_t offset = i >= 9   ? offsetof(struct packed, view) + (i - 9) * sizeof(VkBufferView)
                              : i >= 5 ? offsetof(struct packed, images) + i * sizeof(VkDescriptorImageInfo)
                                       : offsetof(struct packed, buffers) + i * sizeof(VkDescriptorBufferInfo);
        e[n++] = (VkDescriptorUpdateTemplateEntry){i, 0, 1, types[i], offset, 0};
    }
    const VkDescriptorUpdateTemplateCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_UPDATE_TEMPLATE_CREATE_INFO,
                                                       .descriptorUpdateEntryCount = n,
                                                       .pDescriptorUpdateEntries = e,
                                                       .templateType = kind,
                                                       .descriptorSetLayout = sl,
                                                       .pipelineBindPoint = VK_PIPELINE_BIND_POINT_COMPUTE,
                                                       .pipelineLayout = layout,
                                                       .set = 0};
    VkDescriptorUpdateTemplate t;
    MUST(k->vk.CreateDescriptorUpdateTemplate(k->device, &info, NULL, &t));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_UPDATE_TEMPLATE, t);
    return t;
}

static void
pack_all(const struct all *a, struct packed *p)
{
    memcpy(p->view, a->view, sizeof(p->view));
    memcpy(p->images, a->images, sizeof(p->images));
    memcpy(p->buffers, a->buffers, sizeof(p->buffers));
}

static void
case_template(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CreateDescriptorUpdateTemplate, "no update templates");
    struct all a;
    struct packed p;
    all_init(k, &a);
    pack_all(&a, &p);
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, TYPES, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    k->vk.UpdateDescriptorSetWithTemplate(k->device, set,
                                          make_template(k, VK_DESCRIPTOR_UPDATE_TEMPLATE_TYPE_DESCRIPTOR_SET, sl, VK_NULL_HANDLE, 0), &p);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_all_comp), NULL);
    const uint32_t offsets[2] = {256, 0};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 2, offsets);
    dispatch(k, cmd);
    all_check(k, &a, 1, 0);
}

/* The same shader; dynamic buffers can't be pushed, so the layout has plain ones there. */
static void
case_push(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdPushDescriptorSet, "no push descriptors");
    VkDescriptorSetLayoutBinding b[TYPES];
    for (int with_template = 0; with_template < 1 + (k->vk.CmdPushDescriptorSetWithTemplate != NULL); with_template++) {
        struct all a;
        VkWriteDescriptorSet w[TYPES];
        all_init(k, &a);
        for (uint32_t i = 0; i < TYPES; i++) {
            const VkDescriptorType t = i == 3 ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER : i == 4 ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER : types[i];
            b[i] = (VkDescriptorSetLayoutBinding){i, t, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
        }
        const VkDescriptorSetLayout sl = kit_set_layout(k, TYPES, b, VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT);
        const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
        const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_all_comp), NULL);
        fill_writes(&a, VK_NULL_HANDLE, w);
        for (uint32_t i = 0; i < TYPES; i++) {
            w[i].descriptorType = b[i].descriptorType;
        }
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        /* In two steps: what was pushed first stays. */
        k->vk.CmdPushDescriptorSet(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, TYPES - 6, w + 6);
        if (with_template) {
            struct packed p;
            pack_all(&a, &p);
            VkDescriptorUpdateTemplateEntry e[6];
            for (uint32_t i = 0; i < 6; i++) {
                e[i] = (VkDescriptorUpdateTemplateEntry){i,
                                                         0,
                                                         1,
                                                         b[i].descriptorType,
                                                         i == 5 ? offsetof(struct packed, images) + 5 * sizeof(VkDescriptorImageInfo)
                                                                : offsetof(struct packed, buffers) + i * sizeof(VkDescriptorBufferInfo),
                                                         0};
            }
            const VkDescriptorUpdateTemplateCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_UPDATE_TEMPLATE_CREATE_INFO,
                                                               .descriptorUpdateEntryCount = 6,
                                                               .pDescriptorUpdateEntries = e,
                                                               .templateType = VK_DESCRIPTOR_UPDATE_TEMPLATE_TYPE_PUSH_DESCRIPTORS,
                                                               .pipelineBindPoint = VK_PIPELINE_BIND_POINT_COMPUTE,
                                                               .pipelineLayout = layout};
            VkDescriptorUpdateTemplate t;
            MUST(k->vk.CreateDescriptorUpdateTemplate(k->device, &info, NULL, &t));
            KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_UPDATE_TEMPLATE, t);
            k->vk.CmdPushDescriptorSetWithTemplate(cmd, t, layout, 0, &p);
        } else {
            k->vk.CmdPushDescriptorSet(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 6, w);
        }
        dispatch(k, cmd);
        all_check(k, &a, 0, 0);
    }
}

/* ---- arrays and sets ---- */

struct many {
    struct kit_buffer out, data; /* word 0 of each 256-byte slot i: i + 1 */
    struct kit_image images[64];
    VkSampler sampler;
};

static void
many_init(struct kit *k, struct many *m, uint32_t n)
{
    m->out = kit_buffer(k, 4096, NULL);
    m->data = kit_buffer(k, 256 * 64, NULL);
    m->sampler = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
    for (uint32_t i = 0; i < 64; i++) {
        ((uint32_t *)m->data.data)[i * 64] = i + 1;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t texel = 500 + i;
        m->images[i] = kit_image_2d(k, VK_FORMAT_R32_UINT, 1, 1);
        kit_upload(k, &m->images[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, &texel);
    }
}

static void
case_arrays(struct kit *k)
{
    struct many m;
    many_init(k, &m, 8);
    const VkDescriptorSetLayoutBinding b[4] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                               {1, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 8, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                               {2, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 8, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                               {3, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 8, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
    const VkDescriptorSetLayout sl = kit_set_layout(k, 4, b, 0);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 4);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, m.out.buffer, 0, VK_WHOLE_SIZE);
    VkDescriptorBufferInfo infos[8];
    VkDescriptorImageInfo images[8];
    for (uint32_t i = 0; i < 8; i++) {
        infos[i] = (VkDescriptorBufferInfo){m.data.buffer, i * 256, 16};
        images[i] = (VkDescriptorImageInfo){m.sampler, m.images[i].view, VK_IMAGE_LAYOUT_GENERAL};
    }
    /* Three elements from the fifth; the rest singly, and the whole array of images at once. */
    const VkWriteDescriptorSet w[3] = {{.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                        .dstSet = set,
                                        .dstBinding = 1,
                                        .dstArrayElement = 4,
                                        .descriptorCount = 3,
                                        .descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
                                        .pBufferInfo = infos + 4},
                                       {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                        .dstSet = set,
                                        .dstBinding = 2,
                                        .descriptorCount = 8,
                                        .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                        .pBufferInfo = infos},
                                       {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                        .dstSet = set,
                                        .dstBinding = 3,
                                        .descriptorCount = 8,
                                        .descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
                                        .pImageInfo = images}};
    vkUpdateDescriptorSets(k->device, 3, w, 0, NULL);
    for (uint32_t i = 0; i < 8; i++) {
        if (i < 4 || i == 7) {
            kit_write_buffer(k, set, 1, i, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, m.data.buffer, i * 256, 16);
        }
    }
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_array_comp), NULL);
    const uint32_t first = 3;
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &first);
    dispatch(k, cmd);
    const uint32_t *got = m.out.data;
    for (uint32_t i = 0; i < 8; i++) {
        const uint32_t at = (first + i) % 8;
        CHECK(k, got[i * 4] == at + 1 && got[i * 4 + 1] == at + 1 && got[i * 4 + 2] == 500 + at, "element %u: %u %u %u", at, got[i * 4],
              got[i * 4 + 1], got[i * 4 + 2]);
    }
}

/* Sets are bound singly and keep their places; a later bind of one leaves the others. */
static void
case_sets(struct kit *k)
{
    struct many m;
    many_init(k, &m, 0);
    const VkDescriptorSetLayoutBinding out = {0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                       uniform = {0, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                       third = {3, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
    const VkDescriptorSetLayout sl[4] = {kit_set_layout(k, 1, &out, 0), kit_set_layout(k, 1, &uniform, 0), kit_set_layout(k, 1, &third, 0),
                                         kit_set_layout(k, 1, &uniform, 0)};
    const VkPipelineLayout layout = kit_layout(k, 4, sl, 4);
    VkDescriptorSet sets[5];
    for (uint32_t i = 0; i < 4; i++) {
        sets[i] = kit_set(k, sl[i]);
    }
    sets[4] = kit_set(k, sl[1]);
    kit_write_buffer(k, sets[0], 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, m.out.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, sets[1], 0, 0, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, m.data.buffer, 0, 16);
    kit_write_buffer(k, sets[2], 3, 0, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC, m.data.buffer, 256, 16);
    kit_write_buffer(k, sets[3], 0, 0, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, m.data.buffer, 512, 16);
    kit_write_buffer(k, sets[4], 0, 0, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, m.data.buffer, 2560, 16);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_sets_comp), NULL);
    const uint32_t offsets[2] = {1024, 2048};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 2, 2, sets + 2, 1, &offsets[0]);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 2, sets, 0, NULL);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    for (uint32_t i = 0; i < 3; i++) {
        if (i == 1) {
            vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 1, 1, &sets[4], 0, NULL);
        } else if (i == 2) {
            vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 2, 1, &sets[2], 1, &offsets[1]);
        }
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &i);
        vkCmdDispatch(cmd, 1, 1, 1);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    static const uint32_t want[9] = {1, 6, 3, 11, 6, 3, 11, 10, 3};
    kit_same(k, "values of sets", m.out.data, want, 9, 4, 3);
}

/* ---- descriptor indexing ---- */

static void
case_bindless(struct kit *k)
{
    const VkPhysicalDeviceDescriptorIndexingFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DESCRIPTOR_INDEXING_FEATURES);
    SKIP_UNLESS(k,
                f->runtimeDescriptorArray && f->descriptorBindingVariableDescriptorCount && f->descriptorBindingPartiallyBound &&
                    f->shaderStorageBufferArrayNonUniformIndexing && f->shaderSampledImageArrayNonUniformIndexing &&
                    f->descriptorBindingStorageBufferUpdateAfterBind && f->descriptorBindingSampledImageUpdateAfterBind,
                "no descriptor indexing");
    enum { USED = 40, ROOM = 50 };
    struct many m;
    many_init(k, &m, 64);
    const VkDescriptorSetLayoutBinding first = {0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
    const VkDescriptorSetLayoutBinding b[2] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 64, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                               {1, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 1000, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
    const VkDescriptorBindingFlags flags[2] = {VK_DESCRIPTOR_BINDING_UPDATE_AFTER_BIND_BIT | VK_DESCRIPTOR_BINDING_PARTIALLY_BOUND_BIT,
                                               VK_DESCRIPTOR_BINDING_UPDATE_AFTER_BIND_BIT | VK_DESCRIPTOR_BINDING_PARTIALLY_BOUND_BIT |
                                                   VK_DESCRIPTOR_BINDING_VARIABLE_DESCRIPTOR_COUNT_BIT};
    const VkDescriptorSetLayoutBindingFlagsCreateInfo flag_info = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO, NULL,
                                                                   2, flags};
    const VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                                  .pNext = &flag_info,
                                                  .flags = VK_DESCRIPTOR_SET_LAYOUT_CREATE_UPDATE_AFTER_BIND_POOL_BIT,
                                                  .bindingCount = 2,
                                                  .pBindings = b};
    if (k->vk.GetDescriptorSetLayoutSupport) {
        VkDescriptorSetVariableDescriptorCountLayoutSupport variable = {
            .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_VARIABLE_DESCRIPTOR_COUNT_LAYOUT_SUPPORT};
        VkDescriptorSetLayoutSupport support = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_SUPPORT, .pNext = &variable};
        k->vk.GetDescriptorSetLayoutSupport(k->device, &info, &support);
        CHECK(k, support.supported && variable.maxVariableDescriptorCount >= 1000, "layout support: %u, %u", support.supported,
              variable.maxVariableDescriptorCount);
    }
    VkDescriptorSetLayout sl[2] = {kit_set_layout(k, 1, &first, 0), VK_NULL_HANDLE};
    MUST(vkCreateDescriptorSetLayout(k->device, &info, NULL, &sl[1]));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, sl[1]);
    const VkPipelineLayout layout = kit_layout(k, 2, sl, 8);
    const VkDescriptorPoolSize sizes[2] = {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 64}, {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, ROOM}};
    const VkDescriptorPoolCreateInfo pool_info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                                  .flags = VK_DESCRIPTOR_POOL_CREATE_UPDATE_AFTER_BIND_BIT,
                                                  .maxSets = 1,
                                                  .poolSizeCount = 2,
                                                  .pPoolSizes = sizes};
    VkDescriptorPool pool;
    MUST(vkCreateDescriptorPool(k->device, &pool_info, NULL, &pool));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_POOL, pool);
    const uint32_t count = ROOM;
    const VkDescriptorSetVariableDescriptorCountAllocateInfo variable = {
        VK_STRUCTURE_TYPE_DESCRIPTOR_SET_VARIABLE_DESCRIPTOR_COUNT_ALLOCATE_INFO, NULL, 1, &count};
    const VkDescriptorSetAllocateInfo alloc = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, &variable, pool, 1, &sl[1]};
    VkDescriptorSet sets[2] = {kit_set(k, sl[0]), VK_NULL_HANDLE};
    MUST(vkAllocateDescriptorSets(k->device, &alloc, &sets[1]));
    kit_write_buffer(k, sets[0], 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, m.out.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_bindless_comp), NULL);
    const uint32_t push[2] = {37, USED};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 2, sets, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 8, push);
    vkCmdDispatch(cmd, 4, 1, 1);
    kit_barrier(cmd);
    /* The descriptors come after they were bound; those that nobody reads never. */
    for (uint32_t i = 0; i < 64; i++) {
        kit_write_buffer(k, sets[1], 0, i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, m.data.buffer, i * 256, 16);
    }
    for (uint32_t i = 0; i < USED; i++) {
        kit_write_image(k, sets[1], 1, i, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, m.images[i].view, m.sampler);
    }
    kit_submit(k, cmd);
    const uint32_t *got = m.out.data;
    for (uint32_t i = 0; i < 256; i++) {
        const uint32_t at = i * 37 % 64, want = (at + 1) * 1000 + 500 + at % USED;
        CHECK(k, got[i] == want, "invocation %u: %u, not %u", i, got[i], want);
    }
}

static void
case_inline_block(struct kit *k)
{
    const VkPhysicalDeviceInlineUniformBlockFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_INLINE_UNIFORM_BLOCK_FEATURES);
    SKIP_UNLESS(k, f->inlineUniformBlock, "no inlineUniformBlock");
    const VkDescriptorSetLayoutBinding b[2] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                               {1, VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK, 64, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
    const VkDescriptorSetLayout sl = kit_set_layout(k, 2, b, 0);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorPoolSize sizes[2] = {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2}, {VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK, 128}};
    const VkDescriptorPoolInlineUniformBlockCreateInfo blocks = {VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_INLINE_UNIFORM_BLOCK_CREATE_INFO, NULL,
                                                                 2};
    const VkDescriptorPoolCreateInfo pool_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .pNext = &blocks, .maxSets = 2, .poolSizeCount = 2, .pPoolSizes = sizes};
    VkDescriptorPool pool;
    MUST(vkCreateDescriptorPool(k->device, &pool_info, NULL, &pool));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_POOL, pool);
    const VkDescriptorSetLayout layouts[2] = {sl, sl};
    const VkDescriptorSetAllocateInfo alloc = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, NULL, pool, 2, layouts};
    VkDescriptorSet sets[2];
    MUST(vkAllocateDescriptorSets(k->device, &alloc, sets));
    uint32_t data[16];
    for (uint32_t i = 0; i < 16; i++) {
        data[i] = i * 3 + 1;
    }
    /* In two pieces into one set, then by a copy into the other. */
    const VkWriteDescriptorSetInlineUniformBlock parts[2] = {
        {VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_INLINE_UNIFORM_BLOCK, NULL, 24, data},
        {VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_INLINE_UNIFORM_BLOCK, NULL, 40, data + 6}};
    for (uint32_t i = 0; i < 2; i++) {
        const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                        .pNext = &parts[i],
                                        .dstSet = sets[0],
                                        .dstBinding = 1,
                                        .dstArrayElement = i * 24,
                                        .descriptorCount = parts[i].dataSize,
                                        .descriptorType = VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK};
        vkUpdateDescriptorSets(k->device, 1, &w, 0, NULL);
    }
    const VkCopyDescriptorSet c = {.sType = VK_STRUCTURE_TYPE_COPY_DESCRIPTOR_SET,
                                   .srcSet = sets[0],
                                   .srcBinding = 1,
                                   .dstSet = sets[1],
                                   .dstBinding = 1,
                                   .descriptorCount = 64};
    vkUpdateDescriptorSets(k->device, 0, NULL, 1, &c);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_inline_comp), NULL);
    for (uint32_t i = 0; i < 2; i++) {
        const struct kit_buffer out = kit_buffer(k, 64, NULL);
        kit_write_buffer(k, sets[i], 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, out.buffer, 0, VK_WHOLE_SIZE);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &sets[i], 0, NULL);
        dispatch(k, cmd);
        kit_same(k, "inline block", out.data, data, 16, 4, 4);
    }
}

/* ---- pools ---- */

static void
case_pools(struct kit *k)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkDescriptorPoolSize size = {type, 4};
    const VkDescriptorPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                             .flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT,
                                             .maxSets = 4,
                                             .poolSizeCount = 1,
                                             .pPoolSizes = &size};
    VkDescriptorPool pool;
    MUST(vkCreateDescriptorPool(k->device, &info, NULL, &pool));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_POOL, pool);
    const VkDescriptorSetLayout layouts[5] = {sl, sl, sl, sl, sl};
    VkDescriptorSet sets[5];
    const bool maintenance1 = k->version >= VK_API_VERSION_1_1 || kit_has(k, "VK_KHR_maintenance1");
    for (int round = 0; round < 100; round++) {
        VkDescriptorSetAllocateInfo alloc = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, NULL, pool, 5, layouts};
        if (maintenance1 && !kit_under_validation(k)) {
            memset(sets, 0xff, sizeof(sets));
            const VkResult r = vkAllocateDescriptorSets(k->device, &alloc, sets); /* may fail, and then only so */
            CHECK(k, r == VK_ERROR_OUT_OF_POOL_MEMORY || (r == VK_SUCCESS && !kit_ours(k)), "%s", kit_result_name(r));
            for (int i = 0; i < 5 && r != VK_SUCCESS; i++) {
                CHECK(k, sets[i] == VK_NULL_HANDLE, "a failed allocation left set %d", i);
            }
            MUST(vkResetDescriptorPool(k->device, pool, 0));
        }
        alloc.descriptorSetCount = 4;
        CHECK_VK(k, vkAllocateDescriptorSets(k->device, &alloc, sets));
        sets[4] = VK_NULL_HANDLE;
        CHECK_VK(k, vkFreeDescriptorSets(k->device, pool, 1, &sets[1]));
        alloc.descriptorSetCount = 1;
        CHECK_VK(k, vkAllocateDescriptorSets(k->device, &alloc, &sets[1]));
        if (round % 2) {
            CHECK_VK(k, vkFreeDescriptorSets(k->device, pool, 5, sets)); /* NULL among them */
        } else {
            CHECK_VK(k, vkResetDescriptorPool(k->device, pool, 0));
        }
    }
}

static void
case_split(struct kit *k)
{
    static const uint8_t texels[2][8] = {{0, 0, 0, 0, 255, 0, 0, 0}, {128, 0, 0, 0, 64, 0, 0, 0}};
    static const float want[4] = {1.0f, 127.5f / 255, 64.0f / 255, 96.0f / 255};
    const VkDescriptorType kinds[3] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
                                       VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, kinds);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_split_comp), NULL);
    const VkDescriptorSet set = kit_set(k, sl);
    for (uint32_t i = 0; i < 2; i++) {
        const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 2, 1);
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels[i]);
        kit_write_image(k, set, i, 0, kinds[i], img.view,
                        kit_sampler(k, i ? VK_FILTER_LINEAR : VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    }
    const struct kit_buffer out = kit_buffer(k, sizeof(want), NULL);
    kit_write_buffer(k, set, 2, 0, kinds[2], out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_close(k, "split", out.data, want, 4, 0.004f);
}

/* What the driver says the last binding may hold, it takes beside the others; the answer doesn't depend on what was asked for. */
static void
case_layout_support(struct kit *k)
{
    const VkPhysicalDeviceDescriptorIndexingFeatures *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DESCRIPTOR_INDEXING_FEATURES);
    SKIP_UNLESS(k, f->descriptorBindingVariableDescriptorCount && k->vk.GetDescriptorSetLayoutSupport, "no variable descriptor counts");
    for (uint32_t others = 0; others < 3; others++) {
        VkDescriptorSetLayoutBinding b[3] = {{0, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 3, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                             {1, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, 5, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
        b[others] = (VkDescriptorSetLayoutBinding){7, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
        VkDescriptorBindingFlags flags[3] = {0};
        flags[others] = VK_DESCRIPTOR_BINDING_VARIABLE_DESCRIPTOR_COUNT_BIT;
        const VkDescriptorSetLayoutBindingFlagsCreateInfo flag_info = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO, NULL,
                                                                       others + 1, flags};
        const VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                                      .pNext = &flag_info,
                                                      .bindingCount = others + 1,
                                                      .pBindings = b};
        uint32_t room = 0;
        for (uint32_t round = 0; round < 3; round++) { /* 1, then none, then all */
            VkDescriptorSetVariableDescriptorCountLayoutSupport variable = {
                .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_VARIABLE_DESCRIPTOR_COUNT_LAYOUT_SUPPORT};
            VkDescriptorSetLayoutSupport support = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_SUPPORT, .pNext = &variable};
            b[others].descriptorCount = round == 0 ? 1 : round == 1 ? 0 : room;
            k->vk.GetDescriptorSetLayoutSupport(k->device, &info, &support);
            CHECK(k, support.supported, "%u others, round %u: no support", others, round);
            CHECK(k, round == 0 || variable.maxVariableDescriptorCount == room, "%u others: %u, then %u", others, room,
                  variable.maxVariableDescriptorCount);
            room = variable.maxVariableDescriptorCount;
        }
        CHECK(k, room > 0, "no room");
        VkDescriptorSetLayout layout;
        CHECK_VK(k, vkCreateDescriptorSetLayout(k->device, &info, NULL, &layout));
        KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, layout);
    }
}

/* ---- descriptors that change their type ---- */

/* Every binding but the dynamic ones is mutable; the sets are written with other types first, then with the shader's, in a set for the host
 * only that is copied into the one that is used, whose own descriptors had other types as well. */
static void
case_mutable(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_mutable_descriptor_type"), "no mutable descriptor types");
    static const VkDescriptorType other[] = {
        VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,  VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
        VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE,
    };
    struct all a;
    all_init(k, &a);
    VkDescriptorSetLayoutBinding b[TYPES];
    VkDescriptorType own[TYPES][ARRAY_LEN(other) + 1];
    VkMutableDescriptorTypeListEXT lists[TYPES];
    uint32_t n_mutable = 0;
    for (uint32_t i = 0; i < TYPES; i++) {
        const bool is_dynamic = types[i] == VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC || types[i] == VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC;
        n_mutable += !is_dynamic;
        b[i] = (VkDescriptorSetLayoutBinding){i, is_dynamic ? types[i] : VK_DESCRIPTOR_TYPE_MUTABLE_EXT, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
        memcpy(own[i], other, sizeof(other));
        own[i][ARRAY_LEN(other)] = types[i];
        const bool has = types[i] != VK_DESCRIPTOR_TYPE_SAMPLER && types[i] != VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        lists[i] = (VkMutableDescriptorTypeListEXT){is_dynamic ? 0 : has ? ARRAY_LEN(other) : ARRAY_LEN(other) + 1, is_dynamic ? NULL : own[i]};
    }
    const VkMutableDescriptorTypeCreateInfoEXT list_info = {VK_STRUCTURE_TYPE_MUTABLE_DESCRIPTOR_TYPE_CREATE_INFO_EXT, NULL, TYPES, lists};
    VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .pNext = &list_info, .bindingCount = TYPES, .pBindings = b};
    VkDescriptorSetLayout layouts[2]; /* used, host only */
    VkDescriptorSet sets[2];
    for (uint32_t i = 0; i < 2; i++) {
        info.flags = i ? VK_DESCRIPTOR_SET_LAYOUT_CREATE_HOST_ONLY_POOL_BIT_EXT : 0;
        VkDescriptorSetLayoutSupport support = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_SUPPORT};
        k->vk.GetDescriptorSetLayoutSupport(k->device, &info, &support);
        CHECK(k, support.supported, "no support");
        MUST(vkCreateDescriptorSetLayout(k->device, &info, NULL, &layouts[i]));
        KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, layouts[i]);
        /* The pools have room for exactly one set: the first is not told which types there will be. */
        const VkDescriptorPoolSize sizes[3] = {{VK_DESCRIPTOR_TYPE_MUTABLE_EXT, n_mutable},
                                               {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC, 1},
                                               {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC, 1}};
        VkDescriptorType every[ARRAY_LEN(other) + 2];
        memcpy(every, other, sizeof(other));
        every[ARRAY_LEN(other)] = VK_DESCRIPTOR_TYPE_SAMPLER;
        every[ARRAY_LEN(other) + 1] = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        const VkMutableDescriptorTypeListEXT every_list = {ARRAY_LEN(every), every};
        const VkMutableDescriptorTypeCreateInfoEXT pool_list = {VK_STRUCTURE_TYPE_MUTABLE_DESCRIPTOR_TYPE_CREATE_INFO_EXT, NULL, 1, &every_list};
        const VkDescriptorPoolCreateInfo pool_info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                                      .pNext = i ? &pool_list : NULL,
                                                      .flags = i ? VK_DESCRIPTOR_POOL_CREATE_HOST_ONLY_BIT_EXT : 0,
                                                      .maxSets = 1,
                                                      .poolSizeCount = ARRAY_LEN(sizes),
                                                      .pPoolSizes = sizes};
        VkDescriptorPool pool;
        MUST(vkCreateDescriptorPool(k->device, &pool_info, NULL, &pool));
        KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_POOL, pool);
        const VkDescriptorSetAllocateInfo alloc = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, NULL, pool, 1, &layouts[i]};
        MUST(vkAllocateDescriptorSets(k->device, &alloc, &sets[i]));
    }
    const VkPipelineLayout layout = kit_layout(k, 1, &layouts[0], 0);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(desc_all_comp), NULL);
    for (uint32_t turn = 0; turn < ARRAY_LEN(other); turn++) {
        VkWriteDescriptorSet w[TYPES];
        VkCopyDescriptorSet c[TYPES];
        const VkDescriptorImageInfo image = {a.sampler, a.storage.view, VK_IMAGE_LAYOUT_GENERAL};
        const VkDescriptorBufferInfo buffer = {a.data.buffer, 7 * 256, 256};
        for (uint32_t s = 0; s < 2; s++) {
            fill_writes(&a, sets[s], w);
            for (uint32_t i = 0; i < TYPES; i++) {
                if (b[i].descriptorType == VK_DESCRIPTOR_TYPE_MUTABLE_EXT) {
                    w[i].descriptorType = other[(turn + i) % ARRAY_LEN(other)];
                    w[i].pImageInfo = &image;
                    w[i].pBufferInfo = &buffer;
                    w[i].pTexelBufferView = &a.view[0];
                }
            }
            vkUpdateDescriptorSets(k->device, TYPES, w, 0, NULL);
        }
        fill_writes(&a, sets[1], w);
        for (uint32_t i = 0; i < TYPES; i++) {
            c[i] = (VkCopyDescriptorSet){VK_STRUCTURE_TYPE_COPY_DESCRIPTOR_SET, NULL, sets[1], i, 0, sets[0], i, 0, 1};
        }
        vkUpdateDescriptorSets(k->device, TYPES, w, TYPES, c);
        const uint32_t offsets[2] = {0, 0};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &sets[0], 2, offsets);
        memset(a.out.data, 0, 16 * 16);
        dispatch(k, cmd);
        if (turn == 0) { /* the shader's own stores change what it reads later */
            all_check(k, &a, 0, 0);
        }
        CHECK(k, ((const uint32_t *)a.out.data)[4 * 7] == 5 * 640 + 30, "turn %u: texel %u", turn, ((const uint32_t *)a.out.data)[4 * 7]);
    }
}

static const struct kit_case cases[] = {
    {"every_type", case_every_type}, {"copies_immutable", case_copies_immutable},
    {"template", case_template},     {"push", case_push},
    {"arrays", case_arrays},         {"sets", case_sets},
    {"bindless", case_bindless},     {"inline_block", case_inline_block},
    {"pools", case_pools},           {"layout_support", case_layout_support},
    {"split", case_split},           {"mutable", case_mutable},
};
KIT_MAIN(cases)

#include "descriptor/descriptor_set.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "object/limits.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/acceleration_structure.h"
#include "resource/buffer.h"
#include "resource/image_view.h"
#include "resource/sampler.h"

uint32_t
pum_descriptor_record_B(VkDescriptorType type, bool in_buffer)
{
    switch (type) {
    case VK_DESCRIPTOR_TYPE_SAMPLER:
        return PUM_DESC_SAMPLER_B;
    case VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER:
        return in_buffer ? PUM_DESC_COMBINED_REF_B : PUM_DESC_COMBINED_B;
    case VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE:
    case VK_DESCRIPTOR_TYPE_STORAGE_IMAGE:
    case VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT:
    case VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER:
    case VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER:
        return PUM_DESC_IMAGE_B;
    case VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR:
        return PUM_DESC_ACCEL_B;
    default:
        return PUM_DESC_BUFFER_B;
    }
}

/* The record of entry i of a layout or pool: of its type, or, if that can change, of the largest type in its list. Without a list (pools
 * only) any type may come. SPEC: VkMutableDescriptorTypeListEXT */
static uint32_t
entry_record_B(VkDescriptorType type, const VkMutableDescriptorTypeCreateInfoEXT *lists, uint32_t i, bool in_buffer)
{
    if (type != VK_DESCRIPTOR_TYPE_MUTABLE_EXT) {
        return pum_descriptor_record_B(type, in_buffer);
    }
    if (!lists || i >= lists->mutableDescriptorTypeListCount) {
        return PUM_DESC_COMBINED_B;
    }
    uint32_t size_B = PUM_DESC_BUFFER_B;
    for (uint32_t k = 0; k < lists->pMutableDescriptorTypeLists[i].descriptorTypeCount; k++) {
        size_B = PUM_MAX(size_B, pum_descriptor_record_B(lists->pMutableDescriptorTypeLists[i].pDescriptorTypes[k], in_buffer));
    }
    return size_B;
}

static bool
is_inline(VkDescriptorType type)
{
    return type == VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK;
}

/* A binding's place in set memory: the record of an inline uniform block stands before its bytes and points at them, but for descriptor
 * buffers, where the application puts the bytes. */
static uint32_t
binding_B(const struct pum_set_layout *layout, const struct pum_set_binding *b, uint32_t count)
{
    return is_inline(b->type) ? (layout->in_buffer ? 0 : PUM_DESC_BUFFER_B) + PUM_ALIGN_UP(count, 16u) : count * b->stride_B;
}

static bool
is_dynamic(VkDescriptorType type)
{
    return type == VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC || type == VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC;
}

/* ---- set layouts ---- */

void
pum_set_layout_ref(struct pum_set_layout *layout)
{
    __atomic_fetch_add(&layout->refs, 1, __ATOMIC_RELAXED);
}

/* References outlive the handle and its allocator: layouts come from malloc. */
void
pum_set_layout_unref(struct pum_device_base *dev, struct pum_set_layout *layout)
{
    (void)dev;
    if (layout && __atomic_sub_fetch(&layout->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        pum_object_finish(&layout->base);
        free(layout);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateDescriptorSetLayout(VkDevice _dev, const VkDescriptorSetLayoutCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator,
                              VkDescriptorSetLayout *pLayout)
{
    (void)pAllocator;
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkDescriptorSetLayoutBindingFlagsCreateInfo *flags =
        pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO);
    const VkMutableDescriptorTypeCreateInfoEXT *lists = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_MUTABLE_DESCRIPTOR_TYPE_CREATE_INFO_EXT);
    uint32_t n = 0, immutable = 0;
    for (uint32_t i = 0; i < pInfo->bindingCount; i++) {
        const VkDescriptorSetLayoutBinding *b = &pInfo->pBindings[i];
        if (b->binding >= 65536 || b->descriptorCount > (1u << 20)) {
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateDescriptorSetLayout: binding %u with %u descriptors", b->binding,
                             b->descriptorCount);
        }
        n = PUM_MAX(n, b->binding + 1);
        const bool samplers = b->descriptorType == VK_DESCRIPTOR_TYPE_SAMPLER || b->descriptorType == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        immutable += samplers && b->pImmutableSamplers ? b->descriptorCount : 0;
    }
    const size_t bindings_B = PUM_ALIGN_UP(sizeof(struct pum_set_layout) + n * sizeof(struct pum_set_binding), (size_t)64);
    struct pum_set_layout *layout = calloc(1, bindings_B + immutable * sizeof(struct pum_desc_sampler));
    if (!layout) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateDescriptorSetLayout");
    }
    layout->base.type = VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT;
    layout->base.dev = dev;
    layout->refs = 1;
    layout->n_bindings = n;
    layout->in_buffer = pInfo->flags & VK_DESCRIPTOR_SET_LAYOUT_CREATE_DESCRIPTOR_BUFFER_BIT_EXT &&
                        !(pInfo->flags & VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT); /* those are written as in any other set */
    struct pum_desc_sampler *samplers = (struct pum_desc_sampler *)(void *)((uint8_t *)layout + bindings_B);
    for (uint32_t i = 0; i < pInfo->bindingCount; i++) {
        const VkDescriptorSetLayoutBinding *b = &pInfo->pBindings[i];
        struct pum_set_binding *out = &layout->bindings[b->binding];
        *out = (struct pum_set_binding){.type = b->descriptorType, .binding = b->binding, .count = b->descriptorCount,
                                        .stride_B = is_inline(b->descriptorType) ? 1 : entry_record_B(b->descriptorType, lists, i, layout->in_buffer),
                                        .dynamic_first = UINT32_MAX};
        if (layout->in_buffer && (b->descriptorType == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER || b->descriptorType == VK_DESCRIPTOR_TYPE_MUTABLE_EXT)) {
            out->by_reference = b->descriptorType == VK_DESCRIPTOR_TYPE_MUTABLE_EXT ? PUM_BY_REFERENCE_MUTABLE : PUM_BY_REFERENCE_COMBINED;
        }
        if (flags && i < flags->bindingCount && flags->pBindingFlags[i] & VK_DESCRIPTOR_BINDING_VARIABLE_DESCRIPTOR_COUNT_BIT) {
            layout->variable_count = true;
        }
        const bool sampled = b->descriptorType == VK_DESCRIPTOR_TYPE_SAMPLER || b->descriptorType == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        if (sampled && b->pImmutableSamplers) {
            out->immutable = samplers;
            for (uint32_t k = 0; k < b->descriptorCount; k++) {
                *samplers++ = pum_sampler_from_handle(b->pImmutableSamplers[k])->desc;
            }
        }
    }
    for (uint32_t i = 0; i < n; i++) { /* by binding number, whatever order the application chose */
        struct pum_set_binding *b = &layout->bindings[i];
        b->offset_B = layout->size_B;
        layout->size_B += b->count ? binding_B(layout, b, b->count) : 0;
        const bool block = layout->in_buffer && is_inline(b->type);
        if (b->count && (block || is_dynamic(b->type))) {
            b->dynamic_first = layout->dynamic_count;
            layout->dynamic_count += block ? 1 : b->count;
        }
    }
    *pLayout = pum_set_layout_to_handle(layout);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyDescriptorSetLayout(VkDevice _dev, VkDescriptorSetLayout _layout, const VkAllocationCallbacks *pAllocator)
{
    (void)pAllocator;
    pum_set_layout_unref(pum_device_base_from_handle(_dev), pum_set_layout_from_handle(_layout));
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDescriptorSetLayoutSupport(VkDevice _dev, const VkDescriptorSetLayoutCreateInfo *pInfo, VkDescriptorSetLayoutSupport *pSupport)
{
    (void)_dev;
    uint64_t total = 0, dynamic = 0, blocks = 0;
    const VkDescriptorSetLayoutBinding *open = NULL; /* of variable size */
    bool fits = true;
    VkDescriptorSetVariableDescriptorCountLayoutSupport *variable =
        pum_pnext_find_out(pSupport->pNext, VK_STRUCTURE_TYPE_DESCRIPTOR_SET_VARIABLE_DESCRIPTOR_COUNT_LAYOUT_SUPPORT);
    const VkDescriptorSetLayoutBindingFlagsCreateInfo *flags =
        pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO);
    if (variable) {
        variable->maxVariableDescriptorCount = 0;
    }
    for (uint32_t i = 0; i < pInfo->bindingCount; i++) {
        const VkDescriptorSetLayoutBinding *b = &pInfo->pBindings[i];
        const bool block = is_inline(b->descriptorType); /* counts bytes */
        if (flags && i < flags->bindingCount && flags->pBindingFlags[i] & VK_DESCRIPTOR_BINDING_VARIABLE_DESCRIPTOR_COUNT_BIT) {
            open = b;
        }
        total += block ? 1 : b->descriptorCount;
        blocks += block && b->descriptorCount;
        dynamic += is_dynamic(b->descriptorType) ? b->descriptorCount : 0;
        fits = fits && (!block || b->descriptorCount <= PUM_MAX_INLINE_B);
    }
    pSupport->supported = fits && total <= PUM_MAX_DESCRIPTORS && dynamic <= PUM_MAX_DYNAMIC_BUFFERS && blocks <= PUM_MAX_INLINE_BLOCKS;
    if (variable && open) { /* what the others leave */
        const uint64_t others = total - (is_inline(open->descriptorType) ? 1 : open->descriptorCount);
        variable->maxVariableDescriptorCount = is_inline(open->descriptorType) ? PUM_MAX_INLINE_B
                                               : others < PUM_MAX_DESCRIPTORS  ? (uint32_t)(PUM_MAX_DESCRIPTORS - others)
                                                                               : 0;
    }
}

/* ---- pipeline layouts ---- */

void
pum_pipeline_layout_ref(struct pum_pipeline_layout *layout)
{
    __atomic_fetch_add(&layout->refs, 1, __ATOMIC_RELAXED);
}

void
pum_pipeline_layout_unref(struct pum_device_base *dev, struct pum_pipeline_layout *layout)
{
    if (layout && __atomic_sub_fetch(&layout->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        for (uint32_t i = 0; i < layout->n_sets; i++) {
            pum_set_layout_unref(dev, layout->sets[i]);
        }
        pum_object_finish(&layout->base);
        free(layout);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreatePipelineLayout(VkDevice _dev, const VkPipelineLayoutCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator,
                         VkPipelineLayout *pLayout)
{
    (void)pAllocator;
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_pipeline_layout *layout = calloc(1, sizeof(*layout));
    if (!layout || pInfo->setLayoutCount > PUM_MAX_SETS) {
        free(layout);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreatePipelineLayout: %u sets", pInfo->setLayoutCount);
    }
    layout->base.type = VK_OBJECT_TYPE_PIPELINE_LAYOUT;
    layout->base.dev = dev;
    layout->refs = 1;
    layout->n_sets = pInfo->setLayoutCount;
    uint32_t dynamic = 0;
    for (uint32_t i = 0; i < layout->n_sets; i++) {
        layout->sets[i] = pum_set_layout_from_handle(pInfo->pSetLayouts[i]);
        if (layout->sets[i]) {
            pum_set_layout_ref(layout->sets[i]);
            dynamic += layout->sets[i]->dynamic_count;
        }
    }
    if (dynamic > PUM_MAX_DYNAMIC_BUFFERS) {
        pum_pipeline_layout_unref(dev, layout);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreatePipelineLayout: %u dynamic buffers", dynamic);
    }
    for (uint32_t i = 0; i < pInfo->pushConstantRangeCount; i++) {
        layout->push_B = PUM_MAX(layout->push_B, pInfo->pPushConstantRanges[i].offset + pInfo->pPushConstantRanges[i].size);
    }
    *pLayout = pum_pipeline_layout_to_handle(layout);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyPipelineLayout(VkDevice _dev, VkPipelineLayout _layout, const VkAllocationCallbacks *pAllocator)
{
    (void)pAllocator;
    pum_pipeline_layout_unref(pum_device_base_from_handle(_dev), pum_pipeline_layout_from_handle(_layout));
}

/* ---- pools ---- */

struct pum_descriptor_pool {
    struct pum_object base;
    uint8_t *memory;
    uint32_t size_B, max_sets, n_sets;
    struct pum_descriptor_set *sets; /* by address */
    struct pum_descriptor_set *tail; /* the last of them */
    bool holes;                      /* sets have been freed since the last reset */
};
PUM_DEFINE_HANDLE_CASTS(pum_descriptor_pool, VkDescriptorPool)

static void
free_set(struct pum_device_base *dev, struct pum_descriptor_set *set)
{
    pum_set_layout_unref(dev, set->layout);
    pum_object_free(dev, NULL, set);
}

static void
reset_pool(struct pum_device_base *dev, struct pum_descriptor_pool *pool)
{
    while (pool->sets) {
        struct pum_descriptor_set *next = pool->sets->next;
        free_set(dev, pool->sets);
        pool->sets = next;
    }
    pool->n_sets = 0;
    pool->tail = NULL;
    pool->holes = false;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateDescriptorPool(VkDevice _dev, const VkDescriptorPoolCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator,
                         VkDescriptorPool *pPool)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkMutableDescriptorTypeCreateInfoEXT *lists = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_MUTABLE_DESCRIPTOR_TYPE_CREATE_INFO_EXT);
    uint64_t size_B = 0;
    for (uint32_t i = 0; i < pInfo->poolSizeCount; i++) {
        const bool bytes = is_inline(pInfo->pPoolSizes[i].type);
        size_B += (uint64_t)pInfo->pPoolSizes[i].descriptorCount * (bytes ? 1 : entry_record_B(pInfo->pPoolSizes[i].type, lists, i, false));
    }
    const VkDescriptorPoolInlineUniformBlockCreateInfo *blocks =
        pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_INLINE_UNIFORM_BLOCK_CREATE_INFO);
    size_B += blocks ? (uint64_t)blocks->maxInlineUniformBlockBindings * (PUM_DESC_BUFFER_B + 15) : 0; /* records and rounding */
    struct pum_descriptor_pool *pool = size_B < (1u << 30) ? pum_object_zalloc(dev, pAllocator, sizeof(*pool), VK_OBJECT_TYPE_DESCRIPTOR_POOL) : NULL;
    if (pool && size_B) {
        pool->memory = pum_host_zalloc(&dev->alloc, pAllocator, size_B, 64, VK_SYSTEM_ALLOCATION_SCOPE_OBJECT);
    }
    if (!pool || (size_B && !pool->memory)) {
        pum_object_free(dev, pAllocator, pool);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateDescriptorPool: %llu B", (unsigned long long)size_B);
    }
    pool->size_B = (uint32_t)size_B;
    pool->max_sets = pInfo->maxSets;
    *pPool = pum_descriptor_pool_to_handle(pool);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyDescriptorPool(VkDevice _dev, VkDescriptorPool _pool, const VkAllocationCallbacks *pAllocator)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_descriptor_pool *pool = pum_descriptor_pool_from_handle(_pool);
    if (pool) {
        reset_pool(dev, pool);
        pum_host_free(&dev->alloc, pAllocator, pool->memory);
        pum_object_free(dev, pAllocator, pool);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_ResetDescriptorPool(VkDevice _dev, VkDescriptorPool _pool, VkDescriptorPoolResetFlags flags)
{
    (void)flags;
    reset_pool(pum_device_base_from_handle(_dev), pum_descriptor_pool_from_handle(_pool));
    return VK_SUCCESS;
}

/* First gap that fits; sets are kept by address. NULL *link is the end of the list. */
static uint8_t *
find_gap(struct pum_descriptor_pool *pool, uint32_t size_B, struct pum_descriptor_set ***link)
{
    uint8_t *at = pool->memory;
    struct pum_descriptor_set **l = &pool->sets;
    if (!pool->holes && pool->tail) { /* the usual pool only grows */
        at = pool->tail->data ? pool->tail->data + pool->tail->size_B : at;
        l = &pool->tail->next;
    }
    for (; *l; l = &(*l)->next) {
        if ((*l)->data && (size_t)((*l)->data - at) >= size_B) {
            break;
        }
        at = (*l)->data ? (*l)->data + (*l)->size_B : at;
    }
    *link = l;
    if (!*l && (size_t)(pool->memory + pool->size_B - at) < size_B) {
        return NULL;
    }
    return at;
}

/* What stands in a set before the first write; size_B: of its memory. */
static void
init_records(const struct pum_set_layout *layout, uint8_t *data, uint32_t size_B)
{
    for (uint32_t i = 0; i < layout->n_bindings; i++) {
        const struct pum_set_binding *b = &layout->bindings[i];
        uint8_t *at = data + b->offset_B;
        if (b->count && is_inline(b->type) && b->offset_B + PUM_DESC_BUFFER_B <= size_B) {
            const uint32_t room_B = size_B - b->offset_B - PUM_DESC_BUFFER_B;
            const struct pum_desc_buffer d = {(uintptr_t)(at + PUM_DESC_BUFFER_B), PUM_MIN(b->count, room_B), 0};
            memcpy(at, &d, sizeof(d));
        }
        for (uint32_t k = 0; b->immutable && k < b->count && b->offset_B + (k + 1) * b->stride_B <= size_B; k++, at += b->stride_B) {
            memcpy(b->type == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER ? at + PUM_DESC_IMAGE_B : at, &b->immutable[k], PUM_DESC_SAMPLER_B);
        }
    }
}

/* last_count: of a binding of variable count. */
static VkResult
allocate_set(struct pum_device_base *dev, struct pum_descriptor_pool *pool, struct pum_set_layout *layout, uint32_t last_count,
             VkDescriptorSet *out)
{
    struct pum_descriptor_set **link;
    uint32_t size_B = layout->size_B;
    if (layout->variable_count) {
        const struct pum_set_binding *last = &layout->bindings[layout->n_bindings - 1];
        size_B = last->offset_B + binding_B(layout, last, PUM_MIN(last_count, last->count));
    }
    uint8_t *data = pool->n_sets < pool->max_sets ? find_gap(pool, size_B, &link) : NULL;
    if (pool->n_sets >= pool->max_sets || (!data && size_B)) {
        return VK_ERROR_OUT_OF_POOL_MEMORY; /* expected by applications that grow their pools: no message */
    }
    struct pum_descriptor_set *set = pum_object_zalloc(dev, NULL, sizeof(*set), VK_OBJECT_TYPE_DESCRIPTOR_SET);
    if (!set) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkAllocateDescriptorSets");
    }
    set->layout = layout;
    set->pool = pool;
    set->data = data;
    set->size_B = size_B;
    set->next = *link;
    *link = set;
    pool->n_sets++;
    pool->tail = set->next ? pool->tail : set;
    pum_set_layout_ref(layout);
    if (size_B) {
        memset(data, 0, size_B);
        init_records(layout, data, size_B);
    }
    *out = pum_descriptor_set_to_handle(set);
    return VK_SUCCESS;
}

static void
remove_set(struct pum_device_base *dev, struct pum_descriptor_pool *pool, struct pum_descriptor_set *set)
{
    struct pum_descriptor_set *before = NULL;
    for (struct pum_descriptor_set **l = &pool->sets; *l; before = *l, l = &(*l)->next) {
        if (*l == set) {
            *l = set->next;
            pool->holes = pool->holes || set->next;
            pool->tail = set->next ? pool->tail : before;
            pool->n_sets--;
            free_set(dev, set);
            return;
        }
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_AllocateDescriptorSets(VkDevice _dev, const VkDescriptorSetAllocateInfo *pInfo, VkDescriptorSet *pSets)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_descriptor_pool *pool = pum_descriptor_pool_from_handle(pInfo->descriptorPool);
    const VkDescriptorSetVariableDescriptorCountAllocateInfo *counts =
        pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_DESCRIPTOR_SET_VARIABLE_DESCRIPTOR_COUNT_ALLOCATE_INFO);
    for (uint32_t i = 0; i < pInfo->descriptorSetCount; i++) {
        const uint32_t last_count = counts && i < counts->descriptorSetCount ? counts->pDescriptorCounts[i] : 0;
        const VkResult r = allocate_set(dev, pool, pum_set_layout_from_handle(pInfo->pSetLayouts[i]), last_count, &pSets[i]);
        if (r != VK_SUCCESS) {
            while (i > 0) {
                remove_set(dev, pool, pum_descriptor_set_from_handle(pSets[--i]));
            }
            for (i = 0; i < pInfo->descriptorSetCount; i++) {
                pSets[i] = VK_NULL_HANDLE;
            }
            return r;
        }
    }
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_FreeDescriptorSets(VkDevice _dev, VkDescriptorPool _pool, uint32_t count, const VkDescriptorSet *pSets)
{
    for (uint32_t i = 0; i < count; i++) {
        if (pSets[i]) {
            remove_set(pum_device_base_from_handle(_dev), pum_descriptor_pool_from_handle(_pool), pum_descriptor_set_from_handle(pSets[i]));
        }
    }
    return VK_SUCCESS;
}

/* ---- updates ---- */

void
pum_descriptor_init(const struct pum_set_layout *layout, uint8_t *data)
{
    init_records(layout, data, layout->size_B);
}

static void
write_image(uint8_t *at, const struct pum_image_view *view, bool storage)
{
    static const struct pum_desc_image null;
    memcpy(at, view ? storage ? &view->storage : &view->sampled : &null, PUM_DESC_IMAGE_B);
}

/* One element; the arrays are those of VkWriteDescriptorSet. */
static void
write_element(const struct pum_set_binding *b, uint8_t *at, VkDescriptorType type, const VkDescriptorImageInfo *image,
              const VkDescriptorBufferInfo *buffer, const VkBufferView *texel, const VkAccelerationStructureKHR *accel)
{
    if (b->type == VK_DESCRIPTOR_TYPE_MUTABLE_EXT) {
        memset(at, 0, b->stride_B); /* whatever type a shader takes it for, nothing of the last one is left */
    }
    switch (type) {
    case VK_DESCRIPTOR_TYPE_SAMPLER:
        if (!b->immutable && image->sampler) {
            memcpy(at, &pum_sampler_from_handle(image->sampler)->desc, PUM_DESC_SAMPLER_B);
        }
        break;
    case VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER:
        write_image(at, pum_image_view_from_handle(image->imageView), false);
        if (!b->immutable && image->sampler) {
            memcpy(at + PUM_DESC_IMAGE_B, &pum_sampler_from_handle(image->sampler)->desc, PUM_DESC_SAMPLER_B);
        }
        break;
    case VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE:
        write_image(at, pum_image_view_from_handle(image->imageView), false);
        break;
    case VK_DESCRIPTOR_TYPE_STORAGE_IMAGE:
    case VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT:
        write_image(at, pum_image_view_from_handle(image->imageView), true);
        break;
    case VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER:
    case VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER: {
        static const struct pum_desc_image null;
        memcpy(at, *texel ? &pum_buffer_view_from_handle(*texel)->desc : &null, PUM_DESC_IMAGE_B);
        break;
    }
    case VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR: {
        struct pum_acceleration_structure *as = accel ? pum_acceleration_structure_from_handle(*accel) : NULL;
        const struct pum_desc_accel d = {.address = as ? (uintptr_t)pum_accel_data(as) : 0};
        memcpy(at, &d, sizeof(d));
        break;
    }
    default: {
        const struct pum_buffer *buf = pum_buffer_from_handle(buffer->buffer);
        struct pum_desc_buffer d = {0};
        if (buf && buf->data) {
            const uint64_t range_B = pum_buffer_range_B(buf, buffer->offset, buffer->range);
            d.address = range_B ? (uintptr_t)(buf->data + buffer->offset) : 0;
            d.range_B = (uint32_t)PUM_MIN(range_B, (uint64_t)UINT32_MAX);
            /* Dynamic offsets move the window: keep what lies behind it in sight. */
        }
        memcpy(at, &d, sizeof(d));
        break;
    }
    }
}

/* Steps through the elements of consecutive bindings (SPEC: descriptorsets-updates-consecutive). */
static uint8_t *
element(const struct pum_set_layout *layout, uint8_t *data, uint32_t *binding, uint32_t *index, const struct pum_set_binding **b)
{
    while (*binding < layout->n_bindings && *index >= layout->bindings[*binding].count) {
        *index -= layout->bindings[*binding].count;
        ++*binding;
    }
    if (*binding >= layout->n_bindings) {
        return NULL;
    }
    *b = &layout->bindings[*binding];
    return data + (*b)->offset_B + (*index)++ * (*b)->stride_B;
}

/* Bytes of an inline uniform block; NULL if they are not all inside it. */
static uint8_t *
inline_bytes(const struct pum_set_layout *layout, uint8_t *data, uint32_t binding, uint32_t first_B, uint32_t size_B)
{
    const struct pum_set_binding *b = binding < layout->n_bindings ? &layout->bindings[binding] : NULL;
    if (!b || !is_inline(b->type) || first_B > b->count || size_B > b->count - first_B) {
        return NULL;
    }
    return data + b->offset_B + PUM_DESC_BUFFER_B + first_B;
}

static void
write_inline(const struct pum_set_layout *layout, uint8_t *data, uint32_t binding, uint32_t first_B, uint32_t size_B, const void *from)
{
    uint8_t *at = inline_bytes(layout, data, binding, first_B, size_B);
    if (at) {
        memcpy(at, from, size_B);
    }
}

void
pum_descriptor_write(const struct pum_set_layout *layout, uint8_t *data, const VkWriteDescriptorSet *w)
{
    if (is_inline(w->descriptorType)) {
        const VkWriteDescriptorSetInlineUniformBlock *block =
            pum_pnext_find(w->pNext, VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_INLINE_UNIFORM_BLOCK);
        if (block) {
            write_inline(layout, data, w->dstBinding, w->dstArrayElement, w->descriptorCount, block->pData);
        }
        return;
    }
    const VkWriteDescriptorSetAccelerationStructureKHR *accels =
        w->descriptorType == VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR
            ? pum_pnext_find(w->pNext, VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_ACCELERATION_STRUCTURE_KHR)
            : NULL;
    uint32_t binding = w->dstBinding, index = w->dstArrayElement;
    for (uint32_t i = 0; i < w->descriptorCount; i++) {
        const struct pum_set_binding *b = NULL;
        uint8_t *at = element(layout, data, &binding, &index, &b);
        if (!at) {
            return;
        }
        write_element(b, at, w->descriptorType, w->pImageInfo ? &w->pImageInfo[i] : NULL, w->pBufferInfo ? &w->pBufferInfo[i] : NULL,
                      w->pTexelBufferView ? &w->pTexelBufferView[i] : NULL,
                      accels && i < accels->accelerationStructureCount ? &accels->pAccelerationStructures[i] : NULL);
    }
}

static void
copy_descriptors(const VkCopyDescriptorSet *c)
{
    const struct pum_descriptor_set *src = pum_descriptor_set_from_handle(c->srcSet), *dst = pum_descriptor_set_from_handle(c->dstSet);
    uint32_t sb = c->srcBinding, si = c->srcArrayElement, db = c->dstBinding, di = c->dstArrayElement;
    const uint8_t *block = inline_bytes(src->layout, src->data, sb, si, c->descriptorCount);
    if (block) {
        write_inline(dst->layout, dst->data, db, di, c->descriptorCount, block);
        return;
    }
    for (uint32_t i = 0; i < c->descriptorCount; i++) {
        const struct pum_set_binding *b = NULL, *b2 = NULL;
        const uint8_t *from = element(src->layout, src->data, &sb, &si, &b);
        uint8_t *to = element(dst->layout, dst->data, &db, &di, &b2);
        if (!from || !to) {
            return;
        }
        if (b2->type == VK_DESCRIPTOR_TYPE_MUTABLE_EXT && from != to) {
            memset(to, 0, b2->stride_B);
        }
        const bool keep_sampler = b2->immutable && b2->type == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        memmove(to, from, keep_sampler ? PUM_DESC_IMAGE_B : PUM_MIN(b->stride_B, b2->stride_B));
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_UpdateDescriptorSets(VkDevice _dev, uint32_t writeCount, const VkWriteDescriptorSet *pWrites, uint32_t copyCount,
                         const VkCopyDescriptorSet *pCopies)
{
    (void)_dev;
    for (uint32_t i = 0; i < writeCount; i++) {
        const struct pum_descriptor_set *set = pum_descriptor_set_from_handle(pWrites[i].dstSet);
        pum_descriptor_write(set->layout, set->data, &pWrites[i]);
    }
    for (uint32_t i = 0; i < copyCount; i++) {
        copy_descriptors(&pCopies[i]);
    }
}

/* ---- templates ---- */

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateDescriptorUpdateTemplate(VkDevice _dev, const VkDescriptorUpdateTemplateCreateInfo *pInfo,
                                   const VkAllocationCallbacks *pAllocator, VkDescriptorUpdateTemplate *pTemplate)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const uint32_t n = pInfo->descriptorUpdateEntryCount;
    struct pum_update_template *t =
        n < (1u << 20) ? pum_object_zalloc(dev, pAllocator, sizeof(*t) + n * sizeof(t->entries[0]), VK_OBJECT_TYPE_DESCRIPTOR_UPDATE_TEMPLATE) : NULL;
    if (!t) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateDescriptorUpdateTemplate");
    }
    t->count = n;
    if (pInfo->templateType == VK_DESCRIPTOR_UPDATE_TEMPLATE_TYPE_PUSH_DESCRIPTORS) {
        t->bind_point = pInfo->pipelineBindPoint;
        t->set = pInfo->set;
        t->layout = pum_pipeline_layout_from_handle(pInfo->pipelineLayout);
        pum_pipeline_layout_ref(t->layout);
    }
    memcpy(t->entries, pInfo->pDescriptorUpdateEntries, n * sizeof(t->entries[0]));
    *pTemplate = pum_update_template_to_handle(t);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyDescriptorUpdateTemplate(VkDevice _dev, VkDescriptorUpdateTemplate _t, const VkAllocationCallbacks *pAllocator)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_update_template *t = pum_update_template_from_handle(_t);
    if (t) {
        pum_pipeline_layout_unref(dev, t->layout);
        pum_object_free(dev, pAllocator, t);
    }
}

void
pum_descriptor_write_template(const struct pum_set_layout *layout, uint8_t *data, VkDescriptorUpdateTemplate _t, const void *pData)
{
    const struct pum_update_template *t = pum_update_template_from_handle(_t);
    for (uint32_t e = 0; e < t->count; e++) {
        const VkDescriptorUpdateTemplateEntry *en = &t->entries[e];
        uint32_t binding = en->dstBinding, index = en->dstArrayElement;
        if (is_inline(en->descriptorType)) {
            write_inline(layout, data, binding, index, en->descriptorCount, (const uint8_t *)pData + en->offset);
            continue;
        }
        for (uint32_t i = 0; i < en->descriptorCount; i++) {
            const struct pum_set_binding *b = NULL;
            const void *src = (const uint8_t *)pData + en->offset + i * en->stride;
            uint8_t *at = element(layout, data, &binding, &index, &b);
            if (at) {
                write_element(b, at, en->descriptorType, src, src, src, src);
            }
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_UpdateDescriptorSetWithTemplate(VkDevice _dev, VkDescriptorSet _set, VkDescriptorUpdateTemplate t, const void *pData)
{
    (void)_dev;
    const struct pum_descriptor_set *set = pum_descriptor_set_from_handle(_set);
    pum_descriptor_write_template(set->layout, set->data, t, pData);
}

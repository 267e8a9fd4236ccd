#include "pipeline/pipeline_binary.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "object/pnext.h"
#include "pipeline/cache_entry.h"
#include "pipeline/disk_cache.h"
#include "pipeline/pipeline.h"
#include "pipeline/shader_source.h"
#include "registry/vk_entrypoints.h"

#define MAGIC 0x626d7570u /* "pumb" */

struct head {
    uint32_t magic, version;
    struct pum_hash128 key;
    uint64_t build_id;
    uint32_t stage; /* VkShaderStageFlagBits */
    uint32_t code;  /* 1: machine code, 0: source */
    uint32_t isa, zero;
};
_Static_assert(sizeof(struct head) == 48, "pipeline binary head");

static struct head
make_head(const struct pum_device_base *dev, VkShaderStageFlagBits stage, struct pum_hash128 key, bool code)
{
    return (struct head){.magic = MAGIC, .version = PUM_SHADER_SOURCE_VERSION, .key = key, .build_id = dev->build_id, .stage = stage, .code = code,
                         .isa = (uint32_t)dev->isa};
}

/* ---- keys ---- */

static void
put_key(struct pum_hash128 key, VkPipelineBinaryKeyKHR *out)
{
    out->keySize = sizeof(key);
    memset(out->key, 0, sizeof(out->key));
    memcpy(out->key, &key, sizeof(key));
}

/* Stages that a create info describes, and its libraries. */
struct parts {
    const VkPipelineShaderStageCreateInfo *stages;
    uint32_t n;
    const struct pum_pipeline_layout *layout;
    const VkPipelineLibraryCreateInfoKHR *libraries;
};

static bool
parts_of(const void *chain, struct parts *out)
{
    const VkGraphicsPipelineCreateInfo *g = pum_pnext_find(chain, VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO);
    const VkComputePipelineCreateInfo *c = pum_pnext_find(chain, VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
    const VkRayTracingPipelineCreateInfoKHR *r = pum_pnext_find(chain, VK_STRUCTURE_TYPE_RAY_TRACING_PIPELINE_CREATE_INFO_KHR);
    *out = (struct parts){0};
    if (r) {
        *out = (struct parts){r->pStages, r->stageCount, pum_pipeline_layout_from_handle(r->layout), r->pLibraryInfo};
    } else if (c) {
        *out = (struct parts){&c->stage, 1, pum_pipeline_layout_from_handle(c->layout), NULL};
    } else if (g) {
        *out = (struct parts){g->pStages, g->stageCount, pum_pipeline_layout_from_handle(g->layout),
                              pum_pnext_find(g->pNext, VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR)};
    }
    return c || g || r;
}

static bool
stage_key(struct pum_device_base *dev, const struct parts *p, uint32_t i, struct pum_hash128 *key)
{
    static const struct pum_pipeline_layout none;
    return pum_shader_key(dev, &p->stages[i], p->layout ? p->layout : &none, key);
}

static struct pum_hash128
global_key(const struct pum_device_base *dev)
{
    const uint64_t words[4] = {MAGIC | (uint64_t)PUM_SHADER_SOURCE_VERSION << 32, dev->build_id, dev->isa, dev->interp};
    return pum_hash(words, sizeof(words));
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPipelineKeyKHR(VkDevice _dev, const VkPipelineCreateInfoKHR *pInfo, VkPipelineBinaryKeyKHR *pKey)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_hash128 key = global_key(dev);
    struct parts p;
    if (pInfo && !parts_of(pInfo->pNext, &p)) {
        return pum_error(dev, NULL, VK_ERROR_INITIALIZATION_FAILED, "vkGetPipelineKeyKHR: no pipeline is described");
    }
    for (uint32_t i = 0; pInfo && i < p.n; i++) {
        struct pum_hash128 k;
        if (!stage_key(dev, &p, i, &k)) {
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkGetPipelineKeyKHR");
        }
        key = pum_hash_combine(key, k);
    }
    for (uint32_t i = 0; pInfo && p.libraries && i < p.libraries->libraryCount; i++) {
        const struct pum_pipeline *library = pum_pipeline_from_handle(p.libraries->pLibraries[i]);
        VkShaderStageFlagBits stage;
        const struct pum_shader *s;
        for (uint32_t k = 0; (s = pum_pipeline_shader(library, k, &stage)) != NULL; k++) {
            key = pum_hash_combine(key, s->key);
        }
    }
    put_key(key, pKey);
    return VK_SUCCESS;
}

/* ---- making them ---- */

static VkResult
new_binary(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, const struct head *head, size_t payload_B, struct pum_pipeline_binary **out)
{
    struct pum_pipeline_binary *b = pum_object_zalloc(dev, alloc, sizeof(*b), VK_OBJECT_TYPE_PIPELINE_BINARY_KHR);
    uint8_t *data = b ? malloc(sizeof(*head) + payload_B) : NULL;
    if (!data) {
        pum_object_free(dev, alloc, b);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreatePipelineBinariesKHR");
    }
    memcpy(data, head, sizeof(*head));
    b->stage = (VkShaderStageFlagBits)head->stage;
    b->key = head->key;
    b->data = data;
    b->data_B = sizeof(*head) + payload_B;
    *out = b;
    return VK_SUCCESS;
}

static VkResult
from_entry(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, VkShaderStageFlagBits stage, const struct pum_cache_entry *e,
           struct pum_pipeline_binary **out)
{
    const struct head head = make_head(dev, stage, e->key, true);
    const VkResult r = new_binary(dev, alloc, &head, pum_cache_entry_bytes(e), out);
    if (r == VK_SUCCESS) {
        pum_cache_entry_write(e, (*out)->data + sizeof(head));
    }
    return r;
}

static VkResult
from_shader(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, VkShaderStageFlagBits stage, const struct pum_shader *s,
            struct pum_pipeline_binary **out)
{
    if (!s->interp) {
        const struct pum_cache_entry e = {s->key, s->info, pum_jit_image_of(&s->jit, s->info.scratch_B, dev->isa)};
        return from_entry(dev, alloc, stage, &e, out);
    }
    if (!s->source) {
        return pum_error(dev, NULL, VK_ERROR_INITIALIZATION_FAILED, "vkCreatePipelineBinariesKHR: the pipeline was not captured");
    }
    const struct head head = make_head(dev, stage, s->key, false);
    const VkResult r = new_binary(dev, alloc, &head, s->source_B, out);
    if (r == VK_SUCCESS) {
        memcpy((*out)->data + sizeof(head), s->source, s->source_B);
    }
    return r;
}

/* Whether the bytes are such as this device makes. What stands behind the head is checked again when it is used. */
static bool
is_valid(const struct pum_device_base *dev, const uint8_t *data, size_t size_B)
{
    struct head h;
    if (size_B < sizeof(h)) {
        return false;
    }
    memcpy(&h, data, sizeof(h));
    const struct head want = make_head(dev, (VkShaderStageFlagBits)h.stage, h.key, !dev->interp);
    if (memcmp(&h, &want, sizeof(h)) != 0 || pum_stage_from_vk((VkShaderStageFlagBits)h.stage) == PUM_STAGE_COUNT) {
        return false;
    }
    if (h.code) {
        struct pum_cache_entry e;
        size_t used_B;
        const bool ok = pum_cache_entry_read(&e, data + sizeof(h), size_B - sizeof(h), &used_B);
        const bool same = ok && used_B == size_B - sizeof(h) && e.key.lo == h.key.lo && e.key.hi == h.key.hi;
        if (ok) {
            pum_jit_image_free(&e.image);
        }
        return same;
    }
    struct pum_shader_source s;
    uint8_t *copy = malloc(size_B - sizeof(h) + 1); /* aligned */
    bool ok = copy != NULL;
    if (ok) {
        memcpy(copy, data + sizeof(h), size_B - sizeof(h));
        ok = pum_shader_source_read(copy, size_B - sizeof(h), &s);
    }
    if (ok) {
        ok = s.stage == (VkShaderStageFlagBits)h.stage;
        free(s.entries);
    }
    free(copy);
    return ok;
}

static VkResult
from_data(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, const VkPipelineBinaryKeyKHR *key, const VkPipelineBinaryDataKHR *data,
          struct pum_pipeline_binary **out)
{
    struct head h;
    if (!is_valid(dev, data->pData, data->dataSize)) {
        return pum_error(dev, NULL, VK_ERROR_INITIALIZATION_FAILED, "vkCreatePipelineBinariesKHR: %zu bytes that are no binary of this device",
                         data->dataSize);
    }
    memcpy(&h, data->pData, sizeof(h));
    if (key->keySize != sizeof(h.key) || memcmp(key->key, &h.key, sizeof(h.key)) != 0) {
        return pum_error(dev, NULL, VK_ERROR_INITIALIZATION_FAILED, "vkCreatePipelineBinariesKHR: the key belongs to another binary");
    }
    const VkResult r = new_binary(dev, alloc, &h, data->dataSize - sizeof(h), out);
    if (r == VK_SUCCESS) {
        memcpy((*out)->data + sizeof(h), (const uint8_t *)data->pData + sizeof(h), data->dataSize - sizeof(h));
    }
    return r;
}

/* From the files of machine code, if they have it. */
static VkResult
from_files(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, const struct parts *p, uint32_t i, struct pum_pipeline_binary **out)
{
    struct pum_hash128 key;
    struct pum_cache_entry e;
    if (dev->interp || !dev->build_id || dev->no_disk_cache || !stage_key(dev, p, i, &key) || !pum_disk_cache_load(&key, &e)) {
        return VK_PIPELINE_BINARY_MISSING_KHR;
    }
    const VkResult r = from_entry(dev, alloc, p->stages[i].stage, &e, out);
    pum_jit_image_free(&e.image);
    return r;
}

/* Number i of a pipeline's shaders. */
static VkResult
from_pipeline(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, const struct pum_pipeline *pipe, uint32_t i, struct pum_pipeline_binary **out)
{
    VkShaderStageFlagBits stage;
    const struct pum_shader *s = pum_pipeline_shader(pipe, i, &stage);
    return s ? from_shader(dev, alloc, stage, s, out) : VK_ERROR_INITIALIZATION_FAILED;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreatePipelineBinariesKHR(VkDevice _dev, const VkPipelineBinaryCreateInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator,
                              VkPipelineBinaryHandlesInfoKHR *pBinaries)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkPipelineBinaryKeysAndDataKHR *kept = pInfo->pKeysAndDataInfo;
    const struct pum_pipeline *pipe = pum_pipeline_from_handle(pInfo->pipeline);
    struct parts p = {0};
    if (!kept && !pipe && (!pInfo->pPipelineCreateInfo || !parts_of(pInfo->pPipelineCreateInfo->pNext, &p))) {
        return pum_error(dev, NULL, VK_ERROR_INITIALIZATION_FAILED, "vkCreatePipelineBinariesKHR: no pipeline is described");
    }
    uint32_t n = kept ? kept->binaryCount : p.n;
    VkShaderStageFlagBits stage;
    while (pipe && pum_pipeline_shader(pipe, n, &stage)) {
        n++;
    }
    if (!pBinaries->pPipelineBinaries) {
        pBinaries->pipelineBinaryCount = n;
        return VK_SUCCESS;
    }
    const uint32_t room = PUM_MIN(pBinaries->pipelineBinaryCount, n);
    VkResult result = VK_SUCCESS;
    for (uint32_t i = 0; i < room; i++) {
        struct pum_pipeline_binary *b = NULL;
        const VkResult r = kept   ? from_data(dev, pAllocator, &kept->pPipelineBinaryKeys[i], &kept->pPipelineBinaryData[i], &b)
                           : pipe ? from_pipeline(dev, pAllocator, pipe, i, &b)
                                  : from_files(dev, pAllocator, &p, i, &b);
        pBinaries->pPipelineBinaries[i] = r == VK_SUCCESS ? pum_pipeline_binary_to_handle(b) : VK_NULL_HANDLE;
        result = result == VK_SUCCESS ? r : result;
    }
    pBinaries->pipelineBinaryCount = room;
    return result == VK_SUCCESS && room < n ? VK_INCOMPLETE : result;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyPipelineBinaryKHR(VkDevice _dev, VkPipelineBinaryKHR _b, const VkAllocationCallbacks *pAllocator)
{
    struct pum_pipeline_binary *b = pum_pipeline_binary_from_handle(_b);
    if (b) {
        free(b->data);
        pum_object_free(pum_device_base_from_handle(_dev), pAllocator, b);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPipelineBinaryDataKHR(VkDevice _dev, const VkPipelineBinaryDataInfoKHR *pInfo, VkPipelineBinaryKeyKHR *pKey, size_t *pSize, void *pData)
{
    (void)_dev;
    const struct pum_pipeline_binary *b = pum_pipeline_binary_from_handle(pInfo->pipelineBinary);
    const size_t room_B = *pSize;
    *pSize = b->data_B;
    if (pData && room_B < b->data_B) {
        return VK_ERROR_NOT_ENOUGH_SPACE_KHR;
    }
    put_key(b->key, pKey);
    if (pData) {
        memcpy(pData, b->data, b->data_B);
    }
    return VK_SUCCESS;
}

/* Captured are references to what the pipeline has anyway. */
VKAPI_ATTR VkResult VKAPI_CALL
pum_ReleaseCapturedPipelineDataKHR(VkDevice _dev, const VkReleaseCapturedPipelineDataInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator)
{
    (void)_dev, (void)pInfo, (void)pAllocator;
    return VK_SUCCESS;
}

/* ---- using them ---- */

const struct pum_pipeline_binary *
pum_pipeline_binary_find(const void *chain, VkShaderStageFlagBits stage, uint32_t nth, bool *any)
{
    const VkPipelineBinaryInfoKHR *info = pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_BINARY_INFO_KHR);
    *any = info && info->binaryCount;
    for (uint32_t i = 0; *any && i < info->binaryCount; i++) {
        const struct pum_pipeline_binary *b = pum_pipeline_binary_from_handle(info->pPipelineBinaries[i]);
        if (b && b->stage == stage && nth-- == 0) {
            return b;
        }
    }
    return NULL;
}

VkResult
pum_shader_from_binary(struct pum_device_base *dev, const struct pum_pipeline_binary *b, const struct pum_pipeline_layout *layout, struct pum_shader **out)
{
    *out = NULL;
    if (!b) {
        return pum_error(dev, NULL, VK_ERROR_INITIALIZATION_FAILED, "no pipeline binary for a stage");
    }
    const uint8_t *payload = b->data + sizeof(struct head);
    const size_t payload_B = b->data_B - sizeof(struct head);
    if (!dev->interp) {
        struct pum_cache_entry e;
        size_t used_B;
        if (pum_cache_entry_read(&e, payload, payload_B, &used_B)) {
            *out = pum_shader_from_entry(&e);
            pum_jit_image_free(&e.image);
        }
        return *out ? VK_SUCCESS : pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "pipeline binary");
    }
    struct pum_shader_source s;
    if (!pum_shader_source_read(payload, payload_B, &s)) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "pipeline binary");
    }
    const VkShaderModuleCreateInfo module = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = s.n_words * 4, .pCode = s.words};
    const VkSpecializationInfo spec = {s.n_entries, s.entries, s.constants_B, s.constants};
    const VkPipelineShaderStageCreateInfo stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .pNext = &module, .stage = s.stage,
                                                   .pName = s.name, .pSpecializationInfo = &spec};
    bool cached;
    const VkResult r = pum_shader_compile(dev, &stage, layout, NULL, VK_PIPELINE_CREATE_2_CAPTURE_DATA_BIT_KHR, out, &cached);
    free(s.entries);
    return r;
}

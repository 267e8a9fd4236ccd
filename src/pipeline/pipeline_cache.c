#include "pipeline/pipeline_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "object/limits.h"
#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "util/arena.h"

struct pum_pipeline_cache {
    struct pum_object base;
    pthread_mutex_t lock; /* guards the rest */
    struct pum_cache_entry *entries;
    uint32_t n, cap;
};

#define HEADER_B 32u

void
pum_pipeline_cache_uuid(uint64_t build_id, enum pum_isa isa, uint8_t uuid[VK_UUID_SIZE])
{
    const uint64_t words[2] = {build_id, isa};
    const struct pum_hash128 h = pum_hash(words, sizeof(words));
    memcpy(uuid, &h, VK_UUID_SIZE);
}

static struct pum_cache_entry *
find(struct pum_pipeline_cache *c, const struct pum_hash128 *key)
{
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->entries[i].key.lo == key->lo && c->entries[i].key.hi == key->hi) {
            return &c->entries[i];
        }
    }
    return NULL;
}

bool
pum_pipeline_cache_load(struct pum_pipeline_cache *c, const struct pum_hash128 *key, struct pum_shader_info *info, struct pum_jit_code *code)
{
    pthread_mutex_lock(&c->lock);
    const struct pum_cache_entry *e = find(c, key);
    const bool ok = e && pum_jit_load(&e->image, code);
    if (ok) {
        *info = e->info;
    }
    pthread_mutex_unlock(&c->lock);
    return ok;
}

void
pum_pipeline_cache_add(struct pum_pipeline_cache *c, const struct pum_cache_entry *e)
{
    uint8_t *copy = malloc(e->image.size_B);
    if (!copy) {
        return;
    }
    memcpy(copy, e->image.data, e->image.size_B);
    pthread_mutex_lock(&c->lock);
    if (!find(c, &e->key) && pum_grow((void **)&c->entries, &c->cap, c->n + 1, sizeof(c->entries[0]))) {
        c->entries[c->n] = *e;
        c->entries[c->n++].image.data = copy;
        copy = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    free(copy);
}

static void
read_blob(struct pum_pipeline_cache *c, const struct pum_device_base *dev, const uint8_t *data, size_t size_B)
{
    VkPipelineCacheHeaderVersionOne head;
    uint8_t uuid[VK_UUID_SIZE];
    if (size_B < HEADER_B) {
        return;
    }
    memcpy(&head, data, sizeof(head));
    pum_pipeline_cache_uuid(dev->build_id, dev->isa, uuid);
    if (head.headerSize != HEADER_B || head.headerVersion != VK_PIPELINE_CACHE_HEADER_VERSION_ONE || head.vendorID != PUM_VENDOR_ID ||
        head.deviceID != PUM_DEVICE_ID || memcmp(head.pipelineCacheUUID, uuid, sizeof(uuid)) != 0) {
        return;
    }
    struct pum_cache_entry e;
    for (size_t at = HEADER_B, used_B; pum_cache_entry_read(&e, data + at, size_B - at, &used_B); at += used_B) {
        pum_pipeline_cache_add(c, &e);
        pum_jit_image_free(&e.image);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreatePipelineCache(VkDevice _dev, const VkPipelineCacheCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator,
                        VkPipelineCache *pCache)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_pipeline_cache *c = pum_object_zalloc(dev, pAllocator, sizeof(*c), VK_OBJECT_TYPE_PIPELINE_CACHE);
    if (!c) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreatePipelineCache");
    }
    pthread_mutex_init(&c->lock, NULL);
    if (pInfo->initialDataSize && pInfo->pInitialData) {
        read_blob(c, dev, pInfo->pInitialData, pInfo->initialDataSize);
    }
    *pCache = pum_pipeline_cache_to_handle(c);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyPipelineCache(VkDevice _dev, VkPipelineCache _c, const VkAllocationCallbacks *pAllocator)
{
    struct pum_pipeline_cache *c = pum_pipeline_cache_from_handle(_c);
    if (c) {
        for (uint32_t i = 0; i < c->n; i++) {
            free(c->entries[i].image.data);
        }
        free(c->entries);
        pthread_mutex_destroy(&c->lock);
        pum_object_free(pum_device_base_from_handle(_dev), pAllocator, c);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPipelineCacheData(VkDevice _dev, VkPipelineCache _c, size_t *pSize, void *pData)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_pipeline_cache *c = pum_pipeline_cache_from_handle(_c);
    pthread_mutex_lock(&c->lock);
    size_t need = HEADER_B, done = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        need += pum_cache_entry_bytes(&c->entries[i]);
    }
    VkResult result = VK_SUCCESS;
    if (pData) {
        const size_t room = *pSize;
        if (room >= HEADER_B) {
            VkPipelineCacheHeaderVersionOne head = {HEADER_B, VK_PIPELINE_CACHE_HEADER_VERSION_ONE, PUM_VENDOR_ID, PUM_DEVICE_ID, {0}};
            pum_pipeline_cache_uuid(dev->build_id, dev->isa, head.pipelineCacheUUID);
            memcpy(pData, &head, sizeof(head));
            done = HEADER_B;
        }
        for (uint32_t i = 0; i < c->n && done; i++) {
            const size_t entry_B = pum_cache_entry_bytes(&c->entries[i]);
            if (room - done < entry_B) {
                break;
            }
            pum_cache_entry_write(&c->entries[i], (uint8_t *)pData + done);
            done += entry_B;
        }
        result = done < need ? VK_INCOMPLETE : VK_SUCCESS;
        *pSize = done;
    } else {
        *pSize = need;
    }
    pthread_mutex_unlock(&c->lock);
    return result;
}

/* Entries are never changed or taken away. */
static bool
entry_at(struct pum_pipeline_cache *c, uint32_t i, struct pum_cache_entry *e)
{
    pthread_mutex_lock(&c->lock);
    const bool there = i < c->n;
    if (there) {
        *e = c->entries[i];
    }
    pthread_mutex_unlock(&c->lock);
    return there;
}

/* Others may be making pipelines with all of these caches, or merging them the other way round. SPEC: VK_KHR_maintenance8. */
VKAPI_ATTR VkResult VKAPI_CALL
pum_MergePipelineCaches(VkDevice _dev, VkPipelineCache _dst, uint32_t count, const VkPipelineCache *pSrc)
{
    (void)_dev;
    struct pum_cache_entry e;
    for (uint32_t s = 0; s < count; s++) {
        for (uint32_t i = 0; entry_at(pum_pipeline_cache_from_handle(pSrc[s]), i, &e); i++) {
            pum_pipeline_cache_add(pum_pipeline_cache_from_handle(_dst), &e);
        }
    }
    return VK_SUCCESS;
}

#include "pipeline/pipeline_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "object/limits.h"
#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "util/arena.h"

struct entry {
    struct pum_hash128 key;
    struct pum_shader_info info;
    struct pum_jit_image image;
};

struct pum_pipeline_cache {
    struct pum_object base;
    pthread_mutex_t lock; /* guards the rest */
    struct entry *entries;
    uint32_t n, cap;
};

struct blob_entry {
    struct pum_hash128 check; /* over everything that follows, image included */
    struct pum_hash128 key;
    struct pum_shader_info info;
    struct pum_hash128 image_hash;
    uint32_t size_B, text_B, entry_B, scratch_B, isa, zero;
};

#define HEADER_B 32u
#define ENTRY_ALIGN 16u

void
pum_pipeline_cache_uuid(uint64_t build_id, enum pum_isa isa, uint8_t uuid[VK_UUID_SIZE])
{
    const uint64_t words[2] = {build_id, isa};
    const struct pum_hash128 h = pum_hash(words, sizeof(words));
    memcpy(uuid, &h, VK_UUID_SIZE);
}

static struct entry *
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
    const struct entry *e = find(c, key);
    const bool ok = e && pum_jit_load(&e->image, code);
    if (ok) {
        *info = e->info;
    }
    pthread_mutex_unlock(&c->lock);
    return ok;
}

void
pum_pipeline_cache_add(struct pum_pipeline_cache *c, const struct pum_hash128 *key, const struct pum_shader_info *info,
                       const struct pum_jit_image *image)
{
    uint8_t *copy = malloc(image->size_B);
    if (!copy) {
        return;
    }
    memcpy(copy, image->data, image->size_B);
    pthread_mutex_lock(&c->lock);
    if (!find(c, key) && pum_grow((void **)&c->entries, &c->cap, c->n + 1, sizeof(c->entries[0]))) {
        c->entries[c->n] = (struct entry){*key, *info, *image};
        c->entries[c->n++].image.data = copy;
        copy = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    free(copy);
}

static struct pum_hash128
check_of(const struct blob_entry *b, const uint8_t *image)
{
    const struct pum_hash128 head = pum_hash(&b->key, sizeof(*b) - offsetof(struct blob_entry, key));
    return pum_hash_combine(head, pum_hash(image, b->size_B));
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
    for (size_t at = HEADER_B; size_B - at >= sizeof(struct blob_entry);) {
        struct blob_entry b;
        memcpy(&b, data + at, sizeof(b));
        at += sizeof(b);
        if (b.size_B > size_B - at) {
            return;
        }
        const struct pum_hash128 check = check_of(&b, data + at);
        if (check.lo != b.check.lo || check.hi != b.check.hi) {
            return;
        }
        struct pum_jit_image image = {.size_B = b.size_B, .text_B = b.text_B, .entry_B = b.entry_B, .scratch_B = b.scratch_B,
                                      .isa = b.isa, .hash = b.image_hash};
        image.data = malloc(b.size_B ? b.size_B : 1);
        if (!image.data) {
            return;
        }
        memcpy(image.data, data + at, b.size_B);
        pum_pipeline_cache_add(c, &b.key, &b.info, &image);
        free(image.data);
        const size_t step = PUM_ALIGN_UP((size_t)b.size_B, (size_t)ENTRY_ALIGN);
        if (step > size_B - at) {
            return;
        }
        at += step;
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
        need += sizeof(struct blob_entry) + PUM_ALIGN_UP((size_t)c->entries[i].image.size_B, (size_t)ENTRY_ALIGN);
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
            const struct entry *e = &c->entries[i];
            const size_t image_B = PUM_ALIGN_UP((size_t)e->image.size_B, (size_t)ENTRY_ALIGN);
            if (room - done < sizeof(struct blob_entry) + image_B) {
                break;
            }
            struct blob_entry b;
            memset(&b, 0, sizeof(b));
            b.key = e->key;
            b.info = e->info;
            b.size_B = e->image.size_B;
            b.text_B = e->image.text_B;
            b.entry_B = e->image.entry_B;
            b.scratch_B = e->image.scratch_B;
            b.isa = e->image.isa;
            b.image_hash = e->image.hash;
            b.check = check_of(&b, e->image.data);
            uint8_t *at = (uint8_t *)pData + done;
            memcpy(at, &b, sizeof(b));
            memset(at + sizeof(b), 0, image_B);
            memcpy(at + sizeof(b), e->image.data, e->image.size_B);
            done += sizeof(b) + image_B;
        }
        result = done < need ? VK_INCOMPLETE : VK_SUCCESS;
        *pSize = done;
    } else {
        *pSize = need;
    }
    pthread_mutex_unlock(&c->lock);
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_MergePipelineCaches(VkDevice _dev, VkPipelineCache _dst, uint32_t count, const VkPipelineCache *pSrc)
{
    (void)_dev;
    struct pum_pipeline_cache *dst = pum_pipeline_cache_from_handle(_dst);
    for (uint32_t s = 0; s < count; s++) {
        struct pum_pipeline_cache *src = pum_pipeline_cache_from_handle(pSrc[s]);
        for (uint32_t i = 0; i < src->n; i++) { /* dst is externally synchronised; src must not be one of two threads' destinations */
            pum_pipeline_cache_add(dst, &src->entries[i].key, &src->entries[i].info, &src->entries[i].image);
        }
    }
    return VK_SUCCESS;
}

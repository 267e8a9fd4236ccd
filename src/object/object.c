#include "object/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vulkan/vk_icd.h>

#include "object/device_base.h"
#include "registry/vk_strings.h"
#include "util/log.h"

static void *VKAPI_PTR
default_allocate(void *user, size_t size_B, size_t align, VkSystemAllocationScope scope)
{
    (void)user;
    (void)scope;
    if (align <= _Alignof(max_align_t)) {
        return malloc(size_B);
    }
    return size_B > SIZE_MAX - align ? NULL : aligned_alloc(align, PUM_ALIGN_UP(size_B, align));
}

static void VKAPI_PTR
default_free(void *user, void *memory)
{
    (void)user;
    free(memory);
}

const VkAllocationCallbacks pum_default_allocator = {.pfnAllocation = default_allocate, .pfnFree = default_free};

void *
pum_host_zalloc(const VkAllocationCallbacks *parent, const VkAllocationCallbacks *alloc, size_t size_B, size_t align,
                VkSystemAllocationScope scope)
{
    const VkAllocationCallbacks *a = alloc ? alloc : parent ? parent : &pum_default_allocator;
    void *p = a->pfnAllocation(a->pUserData, size_B, align, scope);
    if (p) {
        memset(p, 0, size_B);
    }
    return p;
}

void
pum_host_free(const VkAllocationCallbacks *parent, const VkAllocationCallbacks *alloc, void *memory)
{
    if (memory) {
        const VkAllocationCallbacks *a = alloc ? alloc : parent ? parent : &pum_default_allocator;
        a->pfnFree(a->pUserData, memory);
    }
}

void *
pum_object_zalloc(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, size_t size_B, VkObjectType type)
{
    struct pum_object *o = pum_host_zalloc(&dev->alloc, alloc, size_B, 64, VK_SYSTEM_ALLOCATION_SCOPE_OBJECT);
    if (o) {
        o->loader_data = ICD_LOADER_MAGIC;
        o->type = type;
        o->dev = dev;
    }
    return o;
}

void
pum_object_finish(struct pum_object *o)
{
    free(o->name);
    free(o->private_data);
    o->name = NULL;
    o->private_data = NULL;
}

void
pum_object_free(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, void *object)
{
    struct pum_object *o = object;
    if (o) {
        pum_object_finish(o);
        o->type = VK_OBJECT_TYPE_MAX_ENUM; /* poison: a use after free is told from a live object */
        pum_host_free(&dev->alloc, alloc, o);
    }
}

VkResult
pum_error(struct pum_device_base *dev, const void *object, VkResult result, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    pum_log(PUM_LOG_ERROR, "%s: %s", pum_result_name(result), text);
    if (dev && dev->ops) {
        dev->ops->message(dev, VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT, VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT, object,
                          pum_result_name(result), text);
    }
    return result;
}

/* Shader objects. Their binary holds the SPIR-V with entry point and constants (shader_source.h), not machine code: it fits every machine and
 * build, and compiling it again finds the code in the cache on disk. SPEC: shaders-objects, shaders-objects-binary-compatibility. */
#include "pipeline/shader_object.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "util/worker_pool.h"

static VkResult
get_source(struct pum_device_base *dev, const VkShaderCreateInfoEXT *info, struct pum_shader_source *out)
{
    if (info->codeType == VK_SHADER_CODE_TYPE_BINARY_EXT) {
        return pum_shader_source_read(info->pCode, info->codeSize, out) && out->stage == info->stage
                   ? VK_SUCCESS
                   : (VkResult)VK_INCOMPATIBLE_SHADER_BINARY_EXT; /* not an error: the application compiles SPIR-V instead */
    }
    const VkSpecializationInfo *spec = info->pSpecializationInfo;
    if (info->codeSize % 4 != 0 || info->codeSize < 20 || info->codeSize > (64u << 20)) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_SHADER_NV, "vkCreateShadersEXT: %zu bytes", info->codeSize);
    }
    *out = (struct pum_shader_source){.stage = info->stage, .words = info->pCode, .n_words = info->codeSize / 4, .name = info->pName,
                           .n_entries = spec ? spec->mapEntryCount : 0, .constants = spec ? spec->pData : NULL,
                           .constants_B = spec ? spec->dataSize : 0};
    out->entries = calloc((size_t)out->n_entries + 1, sizeof(*out->entries));
    if (!out->entries) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateShadersEXT");
    }
    if (out->n_entries) {
        memcpy(out->entries, spec->pMapEntries, out->n_entries * sizeof(*out->entries));
    }
    return VK_SUCCESS;
}

struct job {
    struct pum_device_base *dev;
    const VkShaderCreateInfoEXT *info;
    struct pum_shader_object *object;
    VkResult result;
};

static VkResult
make(struct job *j)
{
    struct pum_shader_source s = {0};
    VkResult r = get_source(j->dev, j->info, &s);
    if (r != VK_SUCCESS) {
        free(s.entries);
        return r;
    }
    if (pum_stage_from_vk(s.stage) == PUM_STAGE_COUNT || pum_stage_is_ray(pum_stage_from_vk(s.stage))) {
        free(s.entries);
        return pum_error(j->dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateShadersEXT: stage 0x%x", s.stage);
    }
    struct pum_pipeline_layout layout = {.n_sets = PUM_MIN(j->info->setLayoutCount, (uint32_t)PUM_MAX_SETS)};
    for (uint32_t i = 0; i < layout.n_sets; i++) {
        layout.sets[i] = pum_set_layout_from_handle(j->info->pSetLayouts[i]);
    }
    const VkShaderModuleCreateInfo module = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = s.n_words * 4, .pCode = s.words};
    const VkSpecializationInfo spec = {s.n_entries, s.entries, s.constants_B, s.constants};
    const VkPipelineShaderStageCreateInfo stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .pNext = &module, .stage = s.stage,
                                                   .pName = s.name, .pSpecializationInfo = &spec};
    bool cached;
    j->object->stage = pum_stage_from_vk(s.stage);
    r = pum_shader_compile(j->dev, &stage, &layout, NULL, 0, &j->object->shader, &cached);
    if (r == VK_SUCCESS && !pum_shader_source_write(&s, &j->object->binary, &j->object->binary_B)) {
        r = pum_error(j->dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateShadersEXT");
    }
    free(s.entries);
    return r;
}

static void
run_job(void *arg, uint32_t index, uint32_t worker)
{
    (void)worker;
    struct job *j = &((struct job *)arg)[index];
    j->result = make(j);
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyShaderEXT(VkDevice _dev, VkShaderEXT _o, const VkAllocationCallbacks *pAllocator)
{
    struct pum_shader_object *o = pum_shader_object_from_handle(_o);
    if (o) {
        pum_shader_unref(o->shader);
        free(o->binary);
        pum_object_free(pum_device_base_from_handle(_dev), pAllocator, o);
    }
}

/* All of them at once on all cores; the first failure and what follows it are not made. */
VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateShadersEXT(VkDevice _dev, uint32_t count, const VkShaderCreateInfoEXT *pInfos, const VkAllocationCallbacks *pAllocator,
                     VkShaderEXT *pShaders)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct job *jobs = calloc((size_t)count + 1, sizeof(*jobs));
    VkResult result = jobs ? VK_SUCCESS : pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateShadersEXT");
    uint32_t n = 0;
    memset(pShaders, 0, count * sizeof(*pShaders));
    for (; jobs && n < count; n++) {
        struct pum_shader_object *o = pum_object_zalloc(dev, pAllocator, sizeof(*o), VK_OBJECT_TYPE_SHADER_EXT);
        if (!o) {
            result = pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateShadersEXT");
            break;
        }
        jobs[n] = (struct job){dev, &pInfos[n], o, VK_SUCCESS};
    }
    if (n) {
        pum_pool_run(dev->pool, n, 1, run_job, jobs);
    }
    bool failed = false;
    for (uint32_t i = 0; i < n; i++) {
        const VkShaderEXT handle = pum_shader_object_to_handle(jobs[i].object);
        if (!failed && jobs[i].result != VK_SUCCESS) {
            failed = true;
            result = jobs[i].result;
        }
        if (failed) {
            pum_DestroyShaderEXT(_dev, handle, pAllocator);
        } else {
            pShaders[i] = handle;
        }
    }
    free(jobs);
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetShaderBinaryDataEXT(VkDevice _dev, VkShaderEXT _o, size_t *pSize, void *pData)
{
    (void)_dev;
    const struct pum_shader_object *o = pum_shader_object_from_handle(_o);
    if (!pData) {
        *pSize = o->binary_B;
        return VK_SUCCESS;
    }
    if (*pSize < o->binary_B) { /* SPEC: nothing is written: a part of a binary is of no use */
        *pSize = 0;
        return VK_INCOMPLETE;
    }
    memcpy(pData, o->binary, o->binary_B);
    *pSize = o->binary_B;
    return VK_SUCCESS;
}

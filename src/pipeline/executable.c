/* VK_KHR_pipeline_executable_properties: each stage of a pipeline is one executable. Its representations are the optimised IR and the machine
 * code as text. SPEC: pipelines-executables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "object/outarray.h"
#include "pipeline/pipeline.h"
#include "registry/vk_entrypoints.h"

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPipelineExecutablePropertiesKHR(VkDevice _dev, const VkPipelineInfoKHR *pInfo, uint32_t *pCount, VkPipelineExecutablePropertiesKHR *pProps)
{
    (void)_dev;
    const struct pum_pipeline *pipe = pum_pipeline_from_handle(pInfo->pipeline);
    struct pum_outarray out = pum_outarray_begin(pCount, pProps);
    VkShaderStageFlagBits stage;
    const struct pum_shader *s;
    for (uint32_t i = 0, k; (s = pum_pipeline_shader(pipe, i, &stage)) != NULL; i++) {
        if (pum_outarray_next(&out, &k)) {
            const char *name = pum_stage_info(pum_stage_from_vk(stage))->name;
            pProps[k].stages = stage;
            pProps[k].subgroupSize = PUM_LANES;
            snprintf(pProps[k].name, sizeof(pProps[k].name), "%s shader", name);
            snprintf(pProps[k].description, sizeof(pProps[k].description), "%s shader, %s", name, s->interp ? "interpreted" : "machine code");
        }
    }
    return pum_outarray_end(&out);
}

static const struct pum_shader *
shader_of(const VkPipelineExecutableInfoKHR *info)
{
    VkShaderStageFlagBits stage;
    return pum_pipeline_shader(pum_pipeline_from_handle(info->pipeline), info->executableIndex, &stage);
}

static void
statistic(struct pum_outarray *out, VkPipelineExecutableStatisticKHR *stats, const char *name, const char *description,
          VkPipelineExecutableStatisticFormatKHR format, uint64_t value)
{
    uint32_t k;
    if (pum_outarray_next(out, &k)) {
        snprintf(stats[k].name, sizeof(stats[k].name), "%s", name);
        snprintf(stats[k].description, sizeof(stats[k].description), "%s", description);
        stats[k].format = format;
        if (format == VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR) {
            stats[k].value.b32 = value != 0;
        } else {
            stats[k].value.u64 = value;
        }
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPipelineExecutableStatisticsKHR(VkDevice _dev, const VkPipelineExecutableInfoKHR *pInfo, uint32_t *pCount, VkPipelineExecutableStatisticKHR *pStats)
{
    (void)_dev;
    const VkPipelineExecutableStatisticFormatKHR number = VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR,
                                                 boolean = VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR;
    const struct pum_shader *s = shader_of(pInfo);
    struct pum_outarray out = pum_outarray_begin(pCount, pStats);
    if (s) {
        if (!s->interp) {
            statistic(&out, pStats, "code", "bytes of machine code", number, pum_jit_code_B(&s->jit));
            statistic(&out, pStats, "data", "bytes of constants beside the code", number, s->jit.size_B - PUM_MIN((size_t)s->jit.text_B, s->jit.size_B));
        }
        statistic(&out, pStats, "private", "bytes of arrays that an invocation indexes at run time", number, s->info.private_B);
        statistic(&out, pStats, "scratch", "bytes of memory that each worker needs beside the stack", number, s->info.scratch_B);
        statistic(&out, pStats, "workgroup", "bytes of workgroup memory", number, s->info.shared_B);
        statistic(&out, pStats, "loops", "it has loops, so that a watchdog looks after it", boolean, s->info.has_loop);
        statistic(&out, pStats, "side effects", "it stores or changes memory", boolean, s->info.has_side_effects);
    }
    return pum_outarray_end(&out);
}

/* False: there was not room for all of it. */
static bool
give_text(VkPipelineExecutableInternalRepresentationKHR *r, const char *name, const char *description, const char *text)
{
    const size_t size_B = strlen(text) + 1, room_B = r->dataSize;
    snprintf(r->name, sizeof(r->name), "%s", name);
    snprintf(r->description, sizeof(r->description), "%s", description);
    r->isText = VK_TRUE;
    r->dataSize = size_B;
    if (r->pData) {
        r->dataSize = PUM_MIN(size_B, room_B);
        memcpy(r->pData, text, r->dataSize);
        if (r->dataSize && r->dataSize < size_B) {
            ((char *)r->pData)[r->dataSize - 1] = 0;
        }
    }
    return !r->pData || room_B >= size_B;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPipelineExecutableInternalRepresentationsKHR(VkDevice _dev, const VkPipelineExecutableInfoKHR *pInfo, uint32_t *pCount,
                                                    VkPipelineExecutableInternalRepresentationKHR *pReps)
{
    const struct pum_shader *s = shader_of(pInfo);
    struct pum_outarray out = pum_outarray_begin(pCount, pReps);
    bool all = true;
    uint32_t k;
    if (s && s->ir_text && pum_outarray_next(&out, &k)) {
        all = give_text(&pReps[k], "IR", "the optimised intermediate representation (ir/ir_ops.h)", s->ir_text);
    }
    if (s && s->ir_text && !s->interp && pum_outarray_next(&out, &k)) {
        char *text = pum_jit_disassemble(&s->jit);
        if (!text) {
            return pum_error(pum_device_base_from_handle(_dev), NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "no disassembly");
        }
        all = give_text(&pReps[k], "assembly", "the machine code, AT&T syntax", text) && all;
        free(text);
    }
    const VkResult r = pum_outarray_end(&out);
    return r == VK_SUCCESS && !all ? VK_INCOMPLETE : r;
}

#include "pipeline/shader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/interp.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "pipeline/disk_cache.h"
#include "jit/perf_map.h"
#include "pipeline/pipeline_cache.h"
#include "pipeline/shader_check.h"
#include "pipeline/shader_debug.h"
#include "pipeline/shader_source.h"
#include "registry/vk_entrypoints.h"
#include "spirv/spirv.h"
#include "util/env.h"
#include "util/futex.h"
#include "util/log.h"
#include "util/names.h"
#include "util/trace.h"

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateShaderModule(VkDevice _dev, const VkShaderModuleCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator,
                       VkShaderModule *pModule)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    if (pInfo->codeSize % 4 != 0 || pInfo->codeSize < 20 || pInfo->codeSize > (64u << 20)) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_SHADER_NV, "vkCreateShaderModule: %zu bytes", pInfo->codeSize);
    }
    struct pum_shader_module *m = pum_object_zalloc(dev, pAllocator, sizeof(*m) + pInfo->codeSize, VK_OBJECT_TYPE_SHADER_MODULE);
    if (!m) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateShaderModule");
    }
    m->n_words = pInfo->codeSize / 4;
    memcpy(m->words, pInfo->pCode, pInfo->codeSize);
    m->hash = pum_hash(m->words, pInfo->codeSize);
    *pModule = pum_shader_module_to_handle(m);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyShaderModule(VkDevice _dev, VkShaderModule _m, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_shader_module_from_handle(_m));
}

/* ---- VK_EXT_shader_module_identifier: the hash of the words ---- */

static void
put_identifier(const struct pum_hash128 *hash, VkShaderModuleIdentifierEXT *out)
{
    out->identifierSize = sizeof(*hash);
    memset(out->identifier, 0, sizeof(out->identifier));
    memcpy(out->identifier, hash, sizeof(*hash));
}

VKAPI_ATTR void VKAPI_CALL
pum_GetShaderModuleIdentifierEXT(VkDevice _dev, VkShaderModule _m, VkShaderModuleIdentifierEXT *pIdentifier)
{
    (void)_dev;
    put_identifier(&pum_shader_module_from_handle(_m)->hash, pIdentifier);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetShaderModuleCreateInfoIdentifierEXT(VkDevice _dev, const VkShaderModuleCreateInfo *pInfo, VkShaderModuleIdentifierEXT *pIdentifier)
{
    (void)_dev;
    const struct pum_hash128 hash = pum_hash(pInfo->pCode, pInfo->codeSize);
    put_identifier(&hash, pIdentifier);
}

const struct pum_stage_info pum_stages[] = {
    {PUM_STAGE_VERTEX, VK_SHADER_STAGE_VERTEX_BIT, "vertex", "vert"},
    {PUM_STAGE_TESS_CONTROL, VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, "tessellation control", "tesc"},
    {PUM_STAGE_TESS_EVALUATION, VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, "tessellation evaluation", "tese"},
    {PUM_STAGE_GEOMETRY, VK_SHADER_STAGE_GEOMETRY_BIT, "geometry", "geom"},
    {PUM_STAGE_TASK, VK_SHADER_STAGE_TASK_BIT_EXT, "task", "task"},
    {PUM_STAGE_MESH, VK_SHADER_STAGE_MESH_BIT_EXT, "mesh", "mesh"},
    {PUM_STAGE_FRAGMENT, VK_SHADER_STAGE_FRAGMENT_BIT, "fragment", "frag"},
    {PUM_STAGE_COMPUTE, VK_SHADER_STAGE_COMPUTE_BIT, "compute", "comp"},
    {PUM_STAGE_RAYGEN, VK_SHADER_STAGE_RAYGEN_BIT_KHR, "ray generation", "rgen"},
    {PUM_STAGE_MISS, VK_SHADER_STAGE_MISS_BIT_KHR, "miss", "rmiss"},
    {PUM_STAGE_CLOSEST_HIT, VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR, "closest-hit", "rchit"},
    {PUM_STAGE_ANY_HIT, VK_SHADER_STAGE_ANY_HIT_BIT_KHR, "any-hit", "rahit"},
    {PUM_STAGE_INTERSECTION, VK_SHADER_STAGE_INTERSECTION_BIT_KHR, "intersection", "rint"},
    {PUM_STAGE_CALLABLE, VK_SHADER_STAGE_CALLABLE_BIT_KHR, "callable", "rcall"},
};

const struct pum_stage_info *
pum_stage_info(enum pum_stage stage)
{
    uint32_t i = 0;
    while (i + 1 < PUM_ARRAY_LEN(pum_stages) && pum_stages[i].stage != stage) {
        i++;
    }
    return &pum_stages[i];
}

enum pum_stage
pum_stage_from_vk(VkShaderStageFlagBits bit)
{
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(pum_stages); i++) {
        if (pum_stages[i].bit == bit) {
            return pum_stages[i].stage;
        }
    }
    return PUM_STAGE_COUNT;
}

void
pum_shader_ref(struct pum_shader *shader)
{
    __atomic_fetch_add(&shader->refs, 1, __ATOMIC_RELAXED);
}

void
pum_shader_unref(struct pum_shader *shader)
{
    if (shader && __atomic_sub_fetch(&shader->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        pum_jit_unload(&shader->jit);
        pum_interp_destroy(shader->interp);
        free(shader->ir_text);
        free(shader->source);
        pum_shader_check_destroy(shader->check);
        free(shader);
    }
}

/* Bindings of all sets as spirv/ wants them; malloc'd. */
static struct pum_spirv_binding *
collect_bindings(const struct pum_pipeline_layout *layout, uint32_t *count)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < layout->n_sets; s++) {
        n += layout->sets[s] ? layout->sets[s]->n_bindings : 0;
    }
    struct pum_spirv_binding *out = calloc(n ? n : 1, sizeof(*out));
    *count = 0;
    for (uint32_t s = 0; out && s < layout->n_sets; s++) {
        for (uint32_t i = 0; layout->sets[s] && i < layout->sets[s]->n_bindings; i++) {
            const struct pum_set_binding *b = &layout->sets[s]->bindings[i];
            if (b->count) {
                out[(*count)++] = (struct pum_spirv_binding){
                    .set = s, .binding = i, .offset_B = b->offset_B, .stride_B = b->stride_B, .count = b->count,
                    .dynamic_index = b->dynamic_first == UINT32_MAX ? UINT32_MAX : s * PUM_MAX_DYNAMIC_BUFFERS + b->dynamic_first,
                    .by_reference = b->by_reference};
            }
        }
    }
    return out;
}

static struct pum_hash128
compile_key(const struct pum_device_base *dev, struct pum_hash128 module, const VkPipelineShaderStageCreateInfo *stage,
            const struct pum_spirv_binding *bindings, uint32_t n_bindings)
{
    const uint64_t head[4] = {dev->build_id, dev->isa, stage->stage, n_bindings};
    struct pum_hash128 key = pum_hash_combine(module, pum_hash(head, sizeof(head)));
    key = pum_hash_combine(key, pum_hash(bindings, n_bindings * sizeof(*bindings)));
    key = pum_hash_combine(key, pum_hash(stage->pName, strlen(stage->pName)));
    const VkSpecializationInfo *spec = stage->pSpecializationInfo;
    for (uint32_t i = 0; spec && i < spec->mapEntryCount; i++) {
        const VkSpecializationMapEntry *e = &spec->pMapEntries[i];
        key = pum_hash_combine(key, pum_hash(&e->constantID, sizeof(e->constantID)));
        key = pum_hash_combine(key, pum_hash((const uint8_t *)spec->pData + e->offset, e->size));
    }
    return key;
}

static VkResult
translate(struct pum_device_base *dev, const uint32_t *words, size_t n_words, const VkPipelineShaderStageCreateInfo *stage,
          const struct pum_spirv_binding *bindings, uint32_t n_bindings, struct pum_ir_shader **out)
{
    const VkSpecializationInfo *spec = stage->pSpecializationInfo;
    const uint32_t n_specs = spec ? spec->mapEntryCount : 0;
    struct pum_spirv_spec *specs = calloc(n_specs ? n_specs : 1, sizeof(*specs));
    if (!specs) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    for (uint32_t i = 0; i < n_specs; i++) {
        specs[i] = (struct pum_spirv_spec){spec->pMapEntries[i].constantID, (uint32_t)spec->pMapEntries[i].size,
                                           (const uint8_t *)spec->pData + spec->pMapEntries[i].offset};
    }
    const struct pum_spirv_options options = {
        .stage = pum_stage_from_vk(stage->stage),
        .entry_point = stage->pName,
        .bindings = bindings,
        .n_bindings = n_bindings,
        .specs = specs,
        .n_specs = n_specs,
        .calls = pum_env_get()->debug & PUM_DEBUG_GDB_BIT,
    };
    struct pum_spirv_error error;
    const enum pum_spirv_result r = pum_spirv_translate(words, n_words, &options, out, &error);
    free(specs);
    if (r != PUM_SPIRV_OK) {
        return pum_error(dev, NULL, r == PUM_SPIRV_OOM ? VK_ERROR_OUT_OF_HOST_MEMORY : VK_ERROR_INVALID_SHADER_NV, "%s", error.text);
    }
    if (pum_env_get()->debug & PUM_DEBUG_IR_BIT) {
        pum_ir_print(*out, stderr);
    }
    if (pum_env_get()->debug & PUM_DEBUG_CHECK_BIT) {
        return VK_SUCCESS; /* what is undefined shows only before the passes */
    }
    if (!pum_ir_optimize(*out)) {
        pum_ir_shader_destroy(*out);
        *out = NULL;
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "shader optimisation");
    }
    if (pum_env_get()->debug & PUM_DEBUG_IR_BIT) {
        pum_ir_print(*out, stderr);
    }
    return VK_SUCCESS;
}

/* Machine code or interpreter program; fills shader. */
static VkResult
generate(struct pum_device_base *dev, struct pum_ir_shader *ir, struct pum_shader *shader, struct pum_pipeline_cache *cache,
         const struct pum_hash128 *key, bool disk)
{
    shader->info = ir->info;
    if (dev->interp) {
        const struct pum_interp_check *check = shader->check ? pum_shader_check_of(shader->check) : NULL;
        if (!pum_interp_create_checked(ir, dev->rt, check, &shader->interp)) {
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "interpreter program");
        }
        shader->info.scratch_B = pum_interp_scratch_B(shader->interp);
        shader->code = pum_interp_code(shader->interp);
        return VK_SUCCESS;
    }
    struct pum_jit_image image;
    char msg[256] = "";
    const uint64_t t0 = pum_now_ns();
    const enum pum_jit_result r = pum_jit_compile(ir, dev->isa, &image, msg);
    if (r != PUM_JIT_OK) {
        return pum_error(dev, NULL, r == PUM_JIT_OOM ? VK_ERROR_OUT_OF_HOST_MEMORY : VK_ERROR_INITIALIZATION_FAILED, "code generation: %s", msg);
    }
    if (pum_env_get()->debug & PUM_DEBUG_STATS_BIT) {
        fprintf(stderr, "pumice: stage %u: %u instructions, %u B of code, %.2f ms\n", ir->info.stage, ir->n_insts, image.text_B,
                (double)(pum_now_ns() - t0) * 1e-6);
    }
    shader->info.scratch_B = image.scratch_B;
    const bool ok = pum_jit_load(&image, &shader->jit);
    struct pum_cache_entry entry = {*key, shader->info, image};
    entry.image.object = NULL; /* no cache has what debuggers see */
    entry.image.object_B = 0;
    if (ok && cache) {
        pum_pipeline_cache_add(cache, &entry);
    }
    if (ok && disk) {
        pum_disk_cache_add(&entry);
    }
    pum_jit_image_free(&image);
    shader->code = &shader->jit.code;
    return ok ? VK_SUCCESS : pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "code pages");
}

/* What the code was made of, translated again: it may have come from a cache. */
static VkResult
capture_ir(struct pum_device_base *dev, const uint32_t *words, size_t n_words, const VkPipelineShaderStageCreateInfo *stage,
           const struct pum_spirv_binding *bindings, uint32_t n_bindings, struct pum_shader *shader)
{
    struct pum_ir_shader *ir = NULL;
    const VkResult r = translate(dev, words, n_words, stage, bindings, n_bindings, &ir);
    if (r != VK_SUCCESS) {
        return r;
    }
    size_t size_B;
    FILE *f = open_memstream(&shader->ir_text, &size_B);
    if (f) {
        pum_ir_print(ir, f);
    }
    pum_ir_shader_destroy(ir);
    if (!f || fclose(f) != 0) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "text of a shader");
    }
    return VK_SUCCESS;
}

/* From the application's cache (*hit), else from a file. */
static bool
load_cached(struct pum_shader *shader, struct pum_pipeline_cache *cache, const struct pum_hash128 *key, bool disk, bool *hit)
{
    struct pum_cache_entry e;
    *hit = cache && pum_pipeline_cache_load(cache, key, &shader->info, &shader->jit);
    if (*hit) {
        return true;
    }
    if (!disk || !pum_disk_cache_load(key, &e)) {
        return false;
    }
    const bool ok = pum_jit_load(&e.image, &shader->jit);
    shader->info = e.info;
    if (ok && cache) {
        pum_pipeline_cache_add(cache, &e);
    }
    pum_jit_image_free(&e.image);
    return ok;
}

/* "fragment main blur.frag a1b2c3d4": stage, entry point, the module's name or the start of its hash. */
static uint32_t
shader_name(const VkPipelineShaderStageCreateInfo *stage, struct pum_hash128 hash)
{
    const enum pum_stage s = pum_stage_from_vk(stage->stage);
    const struct pum_shader_module *module = pum_shader_module_from_handle(stage->module);
    const char *name = module && module->base.name ? module->base.name : "";
    return pum_name_print("%s %.40s %.40s%s%016llx", s < PUM_STAGE_COUNT ? pum_stage_info(s)->name : "?", stage->pName, name, *name ? " " : "", (unsigned long long)hash.lo);
}

static void
show_code(const struct pum_shader *shader, struct pum_shader_debug *about, struct pum_hash128 hash)
{
    if (pum_env_get()->debug & PUM_DEBUG_PERF_BIT && shader->jit.pages) {
        char title[200];
        pum_shader_debug_title(about, hash, title);
        pum_perf_map_add(shader->jit.pages, shader->jit.size_B, title);
    }
    pum_shader_debug_finish(about);
}

/* The module of a stage: a handle, a struct in the chain, or only its name (no words; a cache may have what is meant). */
struct module {
    const uint32_t *words;
    size_t n_words;
    struct pum_hash128 hash;
};

static bool
find_module(const VkPipelineShaderStageCreateInfo *stage, struct module *out)
{
    const struct pum_shader_module *module = pum_shader_module_from_handle(stage->module);
    const VkPipelineShaderStageModuleIdentifierCreateInfoEXT *named =
        pum_pnext_find(stage->pNext, VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_MODULE_IDENTIFIER_CREATE_INFO_EXT);
    const VkShaderModuleCreateInfo *inlined = pum_pnext_find(stage->pNext, VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
    *out = (struct module){0};
    if (module) {
        *out = (struct module){module->words, module->n_words, module->hash};
    } else if (inlined) {
        *out = (struct module){inlined->pCode, inlined->codeSize / 4, pum_hash(inlined->pCode, inlined->codeSize / 4 * 4)};
    } else if (named && named->identifierSize == sizeof(out->hash)) {
        memcpy(&out->hash, named->pIdentifier, sizeof(out->hash));
    } else {
        return false;
    }
    return true;
}

static VkResult
capture_source(struct pum_device_base *dev, const VkPipelineShaderStageCreateInfo *stage, const struct module *m, struct pum_shader *shader)
{
    const VkSpecializationInfo *spec = stage->pSpecializationInfo;
    VkSpecializationMapEntry *entries = NULL;
    if (spec) {
        memcpy(&entries, &spec->pMapEntries, sizeof(entries)); /* they are only read */
    }
    const struct pum_shader_source s = {.stage = stage->stage, .words = m->words, .n_words = m->n_words, .name = stage->pName, .entries = entries,
                                        .n_entries = spec ? spec->mapEntryCount : 0, .constants = spec ? spec->pData : NULL,
                                        .constants_B = spec ? spec->dataSize : 0};
    return pum_shader_source_write(&s, &shader->source, &shader->source_B) ? VK_SUCCESS
                                                                           : pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "capture of a shader");
}

bool
pum_shader_key(struct pum_device_base *dev, const VkPipelineShaderStageCreateInfo *stage, const struct pum_pipeline_layout *layout,
               struct pum_hash128 *key)
{
    struct module m;
    uint32_t n_bindings;
    struct pum_spirv_binding *bindings = find_module(stage, &m) ? collect_bindings(layout, &n_bindings) : NULL;
    if (bindings) {
        *key = compile_key(dev, m.hash, stage, bindings, n_bindings);
    }
    free(bindings);
    return bindings != NULL;
}

struct pum_shader *
pum_shader_from_entry(const struct pum_cache_entry *e)
{
    struct pum_shader *s = calloc(1, sizeof(*s));
    if (s && !pum_jit_load(&e->image, &s->jit)) {
        free(s);
        return NULL;
    }
    if (s) {
        s->refs = 1;
        s->info = e->info;
        s->key = e->key;
        s->code = &s->jit.code;
    }
    return s;
}

VkResult
pum_shader_compile(struct pum_device_base *dev, const VkPipelineShaderStageCreateInfo *stage, const struct pum_pipeline_layout *layout,
                   struct pum_pipeline_cache *cache, VkPipelineCreateFlags2 flags, struct pum_shader **out, bool *cached)
{
    *out = NULL;
    *cached = false;
    struct module m;
    if (!find_module(stage, &m)) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_SHADER_NV, "stage without a shader module");
    }
    uint32_t n_bindings;
    struct pum_spirv_binding *bindings = collect_bindings(layout, &n_bindings);
    struct pum_shader *shader = calloc(1, sizeof(*shader));
    if (!bindings || !shader) {
        free(bindings);
        free(shader);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "shader");
    }
    shader->refs = 1;
    const uint64_t t0 = pum_trace_begin();
    const struct pum_hash128 key = shader->key = compile_key(dev, m.hash, stage, bindings, n_bindings);
    /* Who wants to see compiles gets them; a driver that does not know its own build shares nothing. */
    const uint32_t shows = PUM_DEBUG_IR_BIT | PUM_DEBUG_LLVM_BIT | PUM_DEBUG_ASM_BIT | PUM_DEBUG_STATS_BIT | PUM_DEBUG_VERIFY_BIT |
                           PUM_DEBUG_GDB_BIT;
    const bool disk = dev->build_id && !dev->no_disk_cache && !(pum_env_get()->debug & shows);
    VkResult result = VK_SUCCESS;
    const bool refuse = flags & VK_PIPELINE_CREATE_2_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT || !m.words;
    const bool checks = pum_env_get()->debug & PUM_DEBUG_CHECK_BIT && m.words;
    const bool debug = checks || (pum_env_get()->debug & (PUM_DEBUG_GDB_BIT | PUM_DEBUG_PERF_BIT) && !dev->interp);
    struct pum_shader_debug about = {0};
    if (PUM_UNLIKELY(debug)) {
        pum_shader_debug_init(&about, m.words, m.n_words, m.hash, pum_stage_from_vk(stage->stage), stage->pName,
                              pum_env_get()->debug & PUM_DEBUG_GDB_BIT && !checks);
    }
    const bool lines = pum_env_get()->debug & PUM_DEBUG_GDB_BIT && !refuse; /* no cache has them */
    if (PUM_UNLIKELY(checks)) {
        shader->check = pum_shader_check_create(dev, &about, pum_stage_from_vk(stage->stage)); /* NULL: no checks */
    }
    if (dev->interp || lines || !load_cached(shader, cache, &key, disk, cached)) {
        struct pum_ir_shader *ir = NULL;
        result = refuse ? VK_PIPELINE_COMPILE_REQUIRED : translate(dev, m.words, m.n_words, stage, bindings, n_bindings, &ir);
        if (result == VK_SUCCESS) {
            if (lines && !checks) {
                ir->lines = about.lines;
                ir->file_paths = about.paths;
                ir->name = about.name;
            }
            result = generate(dev, ir, shader, cache, &key, disk);
            pum_ir_shader_destroy(ir);
        }
    } else {
        shader->code = &shader->jit.code;
    }
    if (result == VK_SUCCESS && m.words && flags & VK_PIPELINE_CREATE_2_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR) {
        result = capture_ir(dev, m.words, m.n_words, stage, bindings, n_bindings, shader);
    }
    if (result == VK_SUCCESS && dev->interp && m.words && flags & VK_PIPELINE_CREATE_2_CAPTURE_DATA_BIT_KHR) {
        result = capture_source(dev, stage, &m, shader);
    }
    free(bindings);
    if (PUM_UNLIKELY(debug)) {
        show_code(shader, &about, m.hash);
    }
    if (PUM_UNLIKELY(t0)) {
        pum_trace_end(t0, &(struct pum_trace_event){.kind = *cached ? "load shader" : "compile shader", .name = shader_name(stage, m.hash), .args = "bytes",
                                                    .value = {shader->jit.size_B}});
    }
    if (result != VK_SUCCESS) {
        pum_shader_unref(shader);
        return result;
    }
    *out = shader;
    return VK_SUCCESS;
}

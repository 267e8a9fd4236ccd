#include "spirv_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spirv/unified1/spirv.h>

static bool
ends_with(const char *s, const char *tail)
{
    const size_t n = strlen(s), m = strlen(tail);
    return n >= m && strcmp(s + n - m, tail) == 0;
}

bool
kit_have_tools(void)
{
    return system("glslangValidator --version >/dev/null 2>&1 && spirv-as --version >/dev/null 2>&1") == 0;
}

enum pum_stage
kit_stage(const char *path)
{
    if (strstr(path, ".vert")) {
        return PUM_STAGE_VERTEX;
    }
    if (strstr(path, ".geom")) {
        return PUM_STAGE_GEOMETRY;
    }
    if (strstr(path, ".tesc") || strstr(path, ".tese")) {
        return strstr(path, ".tesc") ? PUM_STAGE_TESS_CONTROL : PUM_STAGE_TESS_EVALUATION;
    }
    if (strstr(path, ".mesh") || strstr(path, ".task")) {
        return strstr(path, ".mesh") ? PUM_STAGE_MESH : PUM_STAGE_TASK;
    }
    static const char *const rays[] = {".rgen", ".rmiss", ".rchit", ".rahit", ".rint", ".rcall"}; /* in the order of the stages */
    for (int i = 0; i < 6; i++) {
        if (strstr(path, rays[i])) {
            return (enum pum_stage)(PUM_STAGE_RAYGEN + i);
        }
    }
    return strstr(path, ".frag") ? PUM_STAGE_FRAGMENT : PUM_STAGE_COMPUTE;
}

static uint32_t *
read_words(const char *path, size_t *n_words)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return NULL;
    }
    size_t cap = 1u << 22, n;
    uint32_t *w = malloc(cap * sizeof(*w));
    n = w ? fread(w, sizeof(*w), cap, f) : 0;
    fclose(f);
    *n_words = n;
    uint32_t *exact = w ? realloc(w, (n + 1) * sizeof(*w)) : NULL;
    return exact ? exact : w;
}

uint32_t *
kit_module(const char *path, size_t *n_words)
{
    if (ends_with(path, ".spv")) {
        return read_words(path, n_words);
    }
    char out[] = "/tmp/pumice-shader-XXXXXX", cmd[1024];
    const int fd = mkstemp(out);
    if (fd < 0) {
        return NULL;
    }
    close(fd);
    const bool newer = strstr(path, ".v13.") || strstr(path, ".mesh") || strstr(path, ".task") || pum_stage_is_ray(kit_stage(path));
    const char *env = newer ? "vulkan1.3" : "vulkan1.1";
    if (ends_with(path, ".spvasm")) {
        snprintf(cmd, sizeof(cmd), "spirv-as --preserve-numeric-ids --target-env %s -o %s '%s'", env, out, path);
    } else {
        snprintf(cmd, sizeof(cmd), "glslangValidator --target-env %s -V -o %s '%s' >%s.log || { cat %s.log >&2; false; }", env, out, path, out,
                 out);
    }
    uint32_t *w = system(cmd) == 0 ? read_words(out, n_words) : NULL;
    unlink(out);
    snprintf(cmd, sizeof(cmd), "%s.log", out);
    unlink(cmd);
    return w;
}

uint32_t
kit_bindings(const uint32_t *words, size_t n_words, struct pum_spirv_binding *out, uint32_t max)
{
    uint32_t n = 0;
    for (size_t i = 5; i < n_words;) {
        const uint32_t len = words[i] >> 16;
        if (len == 0 || len > n_words - i) {
            break;
        }
        if ((words[i] & 0xffff) == SpvOpDecorate && len == 4 && words[i + 2] == SpvDecorationBinding && n < max) {
            uint32_t set = 0;
            for (size_t k = 5; k < n_words && words[k] >> 16 && words[k] >> 16 <= n_words - k; k += words[k] >> 16) {
                if ((words[k] & 0xffff) == SpvOpDecorate && words[k] >> 16 == 4 && words[k + 1] == words[i + 1] &&
                    words[k + 2] == SpvDecorationDescriptorSet) {
                    set = words[k + 3];
                }
            }
            const uint32_t b = words[i + 3] % KIT_MAX_BINDINGS;
            out[n++] = (struct pum_spirv_binding){.set = set % PUM_MAX_SETS, .binding = words[i + 3], .offset_B = b * 16 * PUM_DESC_COMBINED_STRIDE_B,
                                                  .stride_B = PUM_DESC_COMBINED_STRIDE_B, .count = 16, .dynamic_index = UINT32_MAX};
            out[n - 1].set = set;
        }
        i += len;
    }
    return n;
}

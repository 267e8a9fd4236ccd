#include "pipeline/shader_check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/lines.h"
#include "object/device_base.h"

#define SAID 512u /* lines; what comes later is not told */

struct pum_shader_check {
    struct pum_interp_check check; /* its arg is this */
    struct pum_device_base *dev;
    struct pum_shader_debug about;
    pthread_mutex_t lock; /* guards the rest */
    uint32_t n_said;
    struct {
        uint32_t file, line; /* without lines: UINT32_MAX and the word */
        enum pum_interp_finding kind;
    } said[SAID];
};

static bool
is_new(struct pum_shader_check *c, uint32_t file, uint32_t line, enum pum_interp_finding kind)
{
    pthread_mutex_lock(&c->lock);
    bool known = c->n_said == SAID;
    for (uint32_t i = 0; i < c->n_said; i++) {
        known = known || (c->said[i].file == file && c->said[i].line == line && c->said[i].kind == kind);
    }
    if (!known) {
        c->said[c->n_said].file = file;
        c->said[c->n_said].line = line;
        c->said[c->n_said++].kind = kind;
    }
    pthread_mutex_unlock(&c->lock);
    return !known;
}

static void
report(void *arg, enum pum_interp_finding kind, uint32_t loc, const char *text)
{
    static const char *const ids[] = {
        [PUM_INTERP_BOUNDS] = "check-bounds", [PUM_INTERP_UNDEFINED] = "check-undefined", [PUM_INTERP_NAN] = "check-nan", [PUM_INTERP_RACE] = "check-race"};
    struct pum_shader_check *c = arg;
    const struct pum_ir_line *l = pum_ir_line_of(c->about.lines, loc);
    if (!is_new(c, l ? l->file : UINT32_MAX, l ? l->line : loc, kind)) {
        return;
    }
    char line[512];
    if (l) {
        snprintf(line, sizeof(line), "%.200s:%u: %s: %s", c->about.lines->files[l->file].name, l->line, c->about.name, text);
    } else {
        snprintf(line, sizeof(line), "SPIR-V word %u: %s: %s", loc, c->about.name, text);
    }
    fprintf(stderr, "pumice: check: %s\n", line);
    c->dev->ops->message(c->dev, VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT, VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT, NULL, ids[kind], line);
}

struct pum_shader_check *
pum_shader_check_create(struct pum_device_base *dev, struct pum_shader_debug *about, enum pum_stage stage)
{
    struct pum_shader_check *c = calloc(1, sizeof(*c));
    if (c) {
        c->check = (struct pum_interp_check){report, c, stage == PUM_STAGE_COMPUTE};
        c->dev = dev;
        c->about = *about;
        memset(about, 0, sizeof(*about));
        pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

void
pum_shader_check_destroy(struct pum_shader_check *c)
{
    if (c) {
        pum_shader_debug_finish(&c->about);
        pthread_mutex_destroy(&c->lock);
        free(c);
    }
}

const struct pum_interp_check *
pum_shader_check_of(const struct pum_shader_check *c)
{
    return &c->check;
}

/* What shaders may do, for the physical device. */
#ifndef PUM_DEVICE_SHADER_FEATURES_H
#define PUM_DEVICE_SHADER_FEATURES_H

#include <stdbool.h>

#include "registry/vk_extensions.h"
#include "registry/vk_features.h"
#include "registry/vk_properties.h"

void pum_shader_extensions(bool offered[PUM_EXT_COUNT]); /* adds to what is offered */
void pum_shader_features(struct pum_features *f);
void pum_shader_properties(struct pum_properties *p);

#endif

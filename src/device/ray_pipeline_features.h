/* What the device says about ray tracing pipelines. */
#ifndef PUM_DEVICE_RAY_PIPELINE_FEATURES_H
#define PUM_DEVICE_RAY_PIPELINE_FEATURES_H

#include <stdbool.h>

#include "registry/vk_extensions.h"
#include "registry/vk_features.h"
#include "registry/vk_properties.h"

void pum_ray_pipeline_extensions(bool offered[PUM_EXT_COUNT]);
void pum_ray_pipeline_features(struct pum_features *f);
void pum_ray_pipeline_properties(struct pum_properties *p);

#endif

/* Acceleration structures and ray queries, for the physical device. */
#ifndef PUM_DEVICE_RAY_FEATURES_H
#define PUM_DEVICE_RAY_FEATURES_H

#include <stdbool.h>

#include "registry/vk_extensions.h"
#include "registry/vk_features.h"
#include "registry/vk_properties.h"

void pum_ray_extensions(bool offered[PUM_EXT_COUNT]); /* adds to what is offered */
void pum_ray_features(struct pum_features *f);
void pum_ray_properties(struct pum_properties *p);

#endif

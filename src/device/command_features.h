/* Features, properties and extensions of descriptors, commands and debugging beyond the core. SPEC: features, limits. */
#ifndef PUM_DEVICE_COMMAND_FEATURES_H
#define PUM_DEVICE_COMMAND_FEATURES_H

#include <stdbool.h>

#include "registry/vk_extensions.h"
#include "registry/vk_features.h"
#include "registry/vk_properties.h"

void pum_command_extensions(bool offered[PUM_EXT_COUNT]);
void pum_command_features(struct pum_features *f);
void pum_command_properties(struct pum_properties *p);

#endif

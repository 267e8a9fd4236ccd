/* A small Vulkan program that gives up at the first error and takes everything down again: the body of the allocation-failure sweeps. */
#ifndef PUM_TESTS_SWEEP_SCENE_H
#define PUM_TESTS_SWEEP_SCENE_H

#include <vulkan/vulkan.h>

/* VK_SUCCESS, or what the first failing call returned; *where is its text. The picture is checked when all calls succeed
 * (VK_ERROR_VALIDATION_FAILED_EXT: wrong). Nothing is left either way. */
VkResult sweep_scene(const VkAllocationCallbacks *alloc, const char **where);

#endif

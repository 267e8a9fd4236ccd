/* Limits that several folders must agree on. They are reported by physical_device.c. No Vulkan, no state. */
#ifndef PUM_OBJECT_LIMITS_H
#define PUM_OBJECT_LIMITS_H

#include <stdint.h>

#define PUM_VENDOR_ID 0x5055u /* "PU": a software device has no PCI vendor; no Khronos id is assigned yet */
#define PUM_DEVICE_ID 1u

#define PUM_MAX_IMAGE_2D_PX 16384u
#define PUM_MAX_IMAGE_3D_PX 2048u
#define PUM_MAX_IMAGE_LAYERS 2048u
#define PUM_MAX_FRAMEBUFFER_PX 16384u
#define PUM_MAX_BUFFER_B ((uint64_t)1 << 40)
#define PUM_MAX_ALLOCATION_B ((uint64_t)1 << 40)
#define PUM_MAX_TEXEL_BUFFER_EL (1u << 27)
#define PUM_MAX_DESCRIPTORS (1u << 20)
#define PUM_MAX_QUEUES 4u /* of the one family; each runs its submissions on a thread of its own */
#define PUM_MAX_COMMAND_NESTING 64u /* secondaries in secondaries */
#define PUM_MAX_RAY_LAUNCH (1u << 30) /* rays of a launch */
#define PUM_MAX_INLINE_B (1u << 16) /* of an inline uniform block */

#define PUM_SAMPLE_COUNTS 0xfu /* 1, 2, 4, 8; VkSampleCountFlags */

#endif

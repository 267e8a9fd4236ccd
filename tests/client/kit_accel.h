/* Acceleration structures for client tests: buffers with addresses, structures, builds in every way there is. Objects end with the case. */
#ifndef CLIENT_KIT_ACCEL_H
#define CLIENT_KIT_ACCEL_H

#include "kit.h"

/* Commands of a queue, with ranges known when they are recorded or read when they run; the host, at once or deferred. */
enum kit_how { KIT_BY_COMMANDS, KIT_BY_INDIRECT, KIT_BY_HOST, KIT_BY_DEFERRED, KIT_BY_COUNT };

struct kit_place { /* mapped memory of a buffer */
    struct kit_buffer buffer;
    VkDeviceAddress address;
};
struct kit_place kit_place(struct kit *k, VkDeviceSize size_B, const void *data);
VkDeviceOrHostAddressConstKHR kit_at(enum kit_how how, const struct kit_place *p); /* NULL: nothing */

bool kit_can_build(const struct kit *k, enum kit_how how);

VkAccelerationStructureGeometryKHR kit_triangles(enum kit_how how, VkGeometryFlagsKHR flags, const struct kit_place *vertices, VkFormat format, uint32_t stride_B,
                                                 uint32_t n_vertices, const struct kit_place *indices, VkIndexType type, const struct kit_place *transform);
VkAccelerationStructureGeometryKHR kit_boxes(enum kit_how how, VkGeometryFlagsKHR flags, const struct kit_place *boxes, uint32_t stride_B);
VkAccelerationStructureGeometryKHR kit_instances(enum kit_how how, const struct kit_place *instances, bool pointers);

/* What a build takes. */
struct kit_accel_input {
    VkAccelerationStructureTypeKHR type;
    VkBuildAccelerationStructureFlagsKHR flags;
    uint32_t n;
    const VkAccelerationStructureGeometryKHR *geometries;
    const VkAccelerationStructureBuildRangeInfoKHR *ranges;
};
VkAccelerationStructureKHR kit_accel(struct kit *k, VkAccelerationStructureTypeKHR type, VkDeviceSize size_B);
VkDeviceAddress kit_accel_address(struct kit *k, VkAccelerationStructureKHR as);
/* What instances refer to a structure by. */
uint64_t kit_accel_reference(struct kit *k, enum kit_how how, VkAccelerationStructureKHR as);
/* The same in a buffer that gets its memory last. */
VkAccelerationStructureKHR kit_accel_early(struct kit *k, VkAccelerationStructureTypeKHR type, VkDeviceSize size_B);
VkAccelerationStructureKHR kit_accel_build(struct kit *k, enum kit_how how, const struct kit_accel_input *in);
/* dst may be src. */
void kit_accel_update(struct kit *k, enum kit_how how, const struct kit_accel_input *in, VkAccelerationStructureKHR src, VkAccelerationStructureKHR dst);
/* Joins until it is complete; its result. Destroys nothing. */
VkResult kit_join(struct kit *k, VkDeferredOperationKHR op);
VkDeferredOperationKHR kit_deferred(struct kit *k);

void kit_write_accel(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkAccelerationStructureKHR as);

#endif

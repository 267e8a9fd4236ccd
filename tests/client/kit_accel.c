#include "kit_accel.h"

static struct kit_place
unbound(struct kit *k, VkDeviceSize size_B)
{
    struct kit_place p = {.buffer.size_B = size_B};
    const VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = size_B + 256,
                                     .usage = KIT_BUFFER_ANY | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT |
                                              VK_BUFFER_USAGE_ACCELERATION_STRUCTURE_BUILD_INPUT_READ_ONLY_BIT_KHR |
                                              VK_BUFFER_USAGE_ACCELERATION_STRUCTURE_STORAGE_BIT_KHR |
                                              (kit_has(k, VK_KHR_RAY_TRACING_PIPELINE_EXTENSION_NAME) ? VK_BUFFER_USAGE_SHADER_BINDING_TABLE_BIT_KHR : 0)};
    MUST(vkCreateBuffer(k->device, &info, NULL, &p.buffer.buffer));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, p.buffer.buffer);
    return p;
}

static void
bind(struct kit *k, struct kit_place *p)
{
    VkMemoryRequirements req;
    vkGetBufferMemoryRequirements(k->device, p->buffer.buffer, &req);
    const VkMemoryAllocateFlagsInfo flags = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT};
    p->buffer.memory = kit_memory(k, req.size, req.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, &flags);
    MUST(vkBindBufferMemory(k->device, p->buffer.buffer, p->buffer.memory, 0));
    MUST(vkMapMemory(k->device, p->buffer.memory, 0, VK_WHOLE_SIZE, 0, &p->buffer.data));
    const VkBufferDeviceAddressInfo ai = {.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = p->buffer.buffer};
    p->address = k->vk.GetBufferDeviceAddress(k->device, &ai);
}

struct kit_place
kit_place(struct kit *k, VkDeviceSize size_B, const void *data)
{
    struct kit_place p = unbound(k, size_B);
    bind(k, &p);
    if (data) {
        memcpy(p.buffer.data, data, size_B);
    } else {
        memset(p.buffer.data, 0, size_B);
    }
    return p;
}

static bool
on_host(enum kit_how how)
{
    return how == KIT_BY_HOST || how == KIT_BY_DEFERRED;
}

VkDeviceOrHostAddressConstKHR
kit_at(enum kit_how how, const struct kit_place *p)
{
    VkDeviceOrHostAddressConstKHR a = {.deviceAddress = 0};
    if (p && on_host(how)) {
        a.hostAddress = p->buffer.data;
    } else if (p) {
        a.deviceAddress = p->address;
    }
    return a;
}

bool
kit_can_build(const struct kit *k, enum kit_how how)
{
    const VkPhysicalDeviceAccelerationStructureFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ACCELERATION_STRUCTURE_FEATURES_KHR);
    return f->accelerationStructure && (how != KIT_BY_INDIRECT || f->accelerationStructureIndirectBuild) && (!on_host(how) || f->accelerationStructureHostCommands);
}

VkAccelerationStructureGeometryKHR
kit_triangles(enum kit_how how, VkGeometryFlagsKHR flags, const struct kit_place *vertices, VkFormat format, uint32_t stride_B, uint32_t n_vertices,
              const struct kit_place *indices, VkIndexType type, const struct kit_place *transform)
{
    return (VkAccelerationStructureGeometryKHR){
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_KHR, .geometryType = VK_GEOMETRY_TYPE_TRIANGLES_KHR, .flags = flags,
        .geometry.triangles = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_TRIANGLES_DATA_KHR, .vertexFormat = format,
                               .vertexData = kit_at(how, vertices), .vertexStride = stride_B, .maxVertex = n_vertices - 1, .indexType = type,
                               .indexData = kit_at(how, indices), .transformData = kit_at(how, transform)}};
}

VkAccelerationStructureGeometryKHR
kit_boxes(enum kit_how how, VkGeometryFlagsKHR flags, const struct kit_place *boxes, uint32_t stride_B)
{
    return (VkAccelerationStructureGeometryKHR){
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_KHR, .geometryType = VK_GEOMETRY_TYPE_AABBS_KHR, .flags = flags,
        .geometry.aabbs = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_AABBS_DATA_KHR, .data = kit_at(how, boxes), .stride = stride_B}};
}

VkAccelerationStructureGeometryKHR
kit_instances(enum kit_how how, const struct kit_place *instances, bool pointers)
{
    return (VkAccelerationStructureGeometryKHR){
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_KHR, .geometryType = VK_GEOMETRY_TYPE_INSTANCES_KHR,
        .geometry.instances = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_INSTANCES_DATA_KHR, .arrayOfPointers = pointers,
                               .data = kit_at(how, instances)}};
}

VkAccelerationStructureKHR
kit_accel(struct kit *k, VkAccelerationStructureTypeKHR type, VkDeviceSize size_B)
{
    const struct kit_place p = kit_place(k, size_B, NULL);
    memset(p.buffer.data, 0xcd, size_B);
    const VkAccelerationStructureCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_CREATE_INFO_KHR, .buffer = p.buffer.buffer,
                                                       .size = size_B, .type = type};
    VkAccelerationStructureKHR as;
    static uint32_t turn;
    const VkPhysicalDeviceDeviceAddressCommandsFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEVICE_ADDRESS_COMMANDS_FEATURES_KHR);
    if (f->deviceAddressCommands && turn++ % 2 && !kit_under_validation(k)) { /* by its address; older layers lose such */
        const VkAccelerationStructureCreateInfo2KHR info2 = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_CREATE_INFO_2_KHR,
                                                             .addressRange = {p.address, size_B}, .type = type};
        MUST(k->vk.CreateAccelerationStructure2KHR(k->device, &info2, NULL, &as));
    } else {
        MUST(k->vk.CreateAccelerationStructureKHR(k->device, &info, NULL, &as));
    }
    KIT_OWN(k, VK_OBJECT_TYPE_ACCELERATION_STRUCTURE_KHR, as);
    return as;
}

VkAccelerationStructureKHR
kit_accel_early(struct kit *k, VkAccelerationStructureTypeKHR type, VkDeviceSize size_B)
{
    struct kit_place p = unbound(k, size_B);
    const VkAccelerationStructureCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_CREATE_INFO_KHR, .buffer = p.buffer.buffer,
                                                       .size = size_B, .type = type};
    VkAccelerationStructureKHR as;
    MUST(k->vk.CreateAccelerationStructureKHR(k->device, &info, NULL, &as));
    KIT_OWN(k, VK_OBJECT_TYPE_ACCELERATION_STRUCTURE_KHR, as);
    bind(k, &p);
    return as;
}

VkDeviceAddress
kit_accel_address(struct kit *k, VkAccelerationStructureKHR as)
{
    const VkAccelerationStructureDeviceAddressInfoKHR info = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_DEVICE_ADDRESS_INFO_KHR,
                                                              .accelerationStructure = as};
    return k->vk.GetAccelerationStructureDeviceAddressKHR(k->device, &info);
}

uint64_t
kit_accel_reference(struct kit *k, enum kit_how how, VkAccelerationStructureKHR as)
{
    return on_host(how) ? (uint64_t)as : kit_accel_address(k, as);
}

VkDeferredOperationKHR
kit_deferred(struct kit *k)
{
    VkDeferredOperationKHR op;
    MUST(k->vk.CreateDeferredOperationKHR(k->device, NULL, &op));
    KIT_OWN(k, VK_OBJECT_TYPE_DEFERRED_OPERATION_KHR, op);
    return op;
}

VkResult
kit_join(struct kit *k, VkDeferredOperationKHR op)
{
    VkResult r = k->vk.DeferredOperationJoinKHR(k->device, op);
    while (r == VK_THREAD_IDLE_KHR) {
        r = k->vk.DeferredOperationJoinKHR(k->device, op);
    }
    CHECK(k, r == VK_SUCCESS, "joining alone: %s", kit_result_name(r));
    return k->vk.GetDeferredOperationResultKHR(k->device, op);
}

static VkAccelerationStructureBuildGeometryInfoKHR
geometry_info(const struct kit_accel_input *in)
{
    return (VkAccelerationStructureBuildGeometryInfoKHR){.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_GEOMETRY_INFO_KHR, .type = in->type,
                                                         .flags = in->flags, .geometryCount = in->n, .pGeometries = in->geometries};
}

static VkAccelerationStructureBuildSizesInfoKHR
sizes_of(struct kit *k, enum kit_how how, const struct kit_accel_input *in)
{
    uint32_t counts[64] = {0};
    const VkAccelerationStructureBuildGeometryInfoKHR info = geometry_info(in);
    VkAccelerationStructureBuildSizesInfoKHR sizes = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_SIZES_INFO_KHR};
    for (uint32_t i = 0; i < in->n; i++) {
        counts[i] = in->ranges[i].primitiveCount;
    }
    k->vk.GetAccelerationStructureBuildSizesKHR(
        k->device, on_host(how) ? VK_ACCELERATION_STRUCTURE_BUILD_TYPE_HOST_KHR : VK_ACCELERATION_STRUCTURE_BUILD_TYPE_DEVICE_KHR, &info, counts, &sizes);
    return sizes;
}

static void
run(struct kit *k, enum kit_how how, const struct kit_accel_input *in, VkAccelerationStructureKHR src, VkAccelerationStructureKHR dst, VkDeviceSize scratch_B)
{
    const struct kit_place scratch = kit_place(k, scratch_B + 1, NULL);
    VkAccelerationStructureBuildGeometryInfoKHR info = geometry_info(in);
    info.mode = src ? VK_BUILD_ACCELERATION_STRUCTURE_MODE_UPDATE_KHR : VK_BUILD_ACCELERATION_STRUCTURE_MODE_BUILD_KHR;
    info.srcAccelerationStructure = src;
    info.dstAccelerationStructure = dst;
    if (on_host(how)) {
        info.scratchData.hostAddress = scratch.buffer.data;
        const VkDeferredOperationKHR op = how == KIT_BY_DEFERRED ? kit_deferred(k) : VK_NULL_HANDLE;
        const VkResult r = k->vk.BuildAccelerationStructuresKHR(k->device, op, 1, &info, &in->ranges);
        if (how == KIT_BY_HOST) {
            CHECK_VK(k, r);
        } else if (r == VK_OPERATION_DEFERRED_KHR) {
            CHECK(k, k->vk.GetDeferredOperationMaxConcurrencyKHR(k->device, op) > 0, "a pending operation wants no threads");
            CHECK_RESULT(k, k->vk.GetDeferredOperationResultKHR(k->device, op), VK_NOT_READY);
            CHECK_VK(k, kit_join(k, op));
            CHECK(k, k->vk.GetDeferredOperationMaxConcurrencyKHR(k->device, op) == 0, "a complete operation wants threads");
            CHECK_VK(k, k->vk.DeferredOperationJoinKHR(k->device, op));
        } else {
            CHECK_RESULT(k, r, VK_OPERATION_NOT_DEFERRED_KHR);
        }
        return;
    }
    info.scratchData.deviceAddress = scratch.address;
    const VkCommandBuffer cmd = kit_begin(k);
    if (how == KIT_BY_INDIRECT) {
        uint32_t counts[64];
        const uint32_t *const list = counts, stride_B = 24;
        const struct kit_place ranges = kit_place(k, 24 * 64, NULL);
        for (uint32_t i = 0; i < in->n; i++) {
            counts[i] = in->ranges[i].primitiveCount;
            memcpy((uint8_t *)ranges.buffer.data + 24 * i, &in->ranges[i], sizeof(in->ranges[i]));
        }
        k->vk.CmdBuildAccelerationStructuresIndirectKHR(cmd, 1, &info, &ranges.address, &stride_B, &list);
    } else {
        k->vk.CmdBuildAccelerationStructuresKHR(cmd, 1, &info, &in->ranges);
    }
    kit_submit(k, cmd);
}

VkAccelerationStructureKHR
kit_accel_build(struct kit *k, enum kit_how how, const struct kit_accel_input *in)
{
    const VkAccelerationStructureBuildSizesInfoKHR sizes = sizes_of(k, how, in);
    const VkAccelerationStructureKHR dst = kit_accel(k, in->type, sizes.accelerationStructureSize);
    run(k, how, in, VK_NULL_HANDLE, dst, sizes.buildScratchSize);
    return dst;
}

void
kit_accel_update(struct kit *k, enum kit_how how, const struct kit_accel_input *in, VkAccelerationStructureKHR src, VkAccelerationStructureKHR dst)
{
    run(k, how, in, src, dst, sizes_of(k, how, in).updateScratchSize);
}

void
kit_write_accel(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkAccelerationStructureKHR as)
{
    const VkWriteDescriptorSetAccelerationStructureKHR list = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_ACCELERATION_STRUCTURE_KHR,
                                                               .accelerationStructureCount = 1, .pAccelerationStructures = &as};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .pNext = &list, .dstSet = set, .dstBinding = binding,
                                    .dstArrayElement = element, .descriptorCount = 1, .descriptorType = VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR};
    vkUpdateDescriptorSets(k->device, 1, &w, 0, NULL);
}

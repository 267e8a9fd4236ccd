/* Control flow that compilers of source languages do not write: SPIR-V in assembler. SPEC: shaders; SPIR-V 2.11 Structured Control Flow. */
#include "kit.h"

#include "flow_quantize_comp_spvasm.h"
#include "flow_switch_comp_spvasm.h"

#define N 64u

static uint32_t
switch_model(uint32_t v)
{
    uint32_t acc = v;
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t m = acc, pb = acc + 100, pd = acc + 1, pc = acc ^ 85u, qc = 0;
        switch ((v + i) % 8) {
        case 0: pb = acc * 3; __attribute__((fallthrough));
        case 1: pd = pb + 7; __attribute__((fallthrough));
        default:
            pc = pd * 5;
            qc = pc + i;
            __attribute__((fallthrough));
        case 2: m = pc + qc; break;
        case 3: continue;
        case 4: acc += 7; goto done;
        case 5: break;
        }
        acc = m + 1;
    }
done:
    return acc + (acc & 1 ? 2000 : 0);
}

static void
case_switch(struct kit *k)
{
    uint32_t in[N], want[N];
    for (uint32_t i = 0; i < N; i++) {
        in[i] = i * 5 + i / 16; /* neighbours take different ways, and each way together with each other */
        want[i] = switch_model(in[i]);
    }
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(flow_switch_comp_spvasm), NULL);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer data = kit_buffer(k, sizeof(in), in);
    kit_write_buffer(k, set, 0, 0, type, data.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, N / 16, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "switch", data.data, want, N, 4, 0);
}

/* Small values become zeros of the same sign, large ones infinite; ties go to even. */
static void
case_quantize(struct kit *k)
{
    enum { VALUES = 8 };
    static const float in[VALUES] = {1.0f, -5.0e-5f, 6.0e-8f, -3.0e-8f, 1.00048828125f, -70000.0f, 6.103515625e-05f, 0.1f};
    static const float want[2 * VALUES] = {1.0f, -0.0f, 0.0f, -0.0f, 1.0f, -INFINITY, 6.103515625e-05f, 0.0999755859375f,
                                           1.0f, -0.0f, 0.0f, -0.0f, 1.0f, -INFINITY, 6.103515625e-05f, 0.0999755859375f};
    VkSpecializationMapEntry map[VALUES];
    for (uint32_t i = 0; i < VALUES; i++) {
        map[i] = (VkSpecializationMapEntry){i, i * 4, 4};
    }
    const VkSpecializationInfo spec = {VALUES, map, sizeof(in), in};
    float data[2 * VALUES] = {0};
    memcpy(data, in, sizeof(in));
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(flow_quantize_comp_spvasm), &spec);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, sizeof(data), data);
    kit_write_buffer(k, set, 0, 0, type, out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "quantize", out.data, want, ARRAY_LEN(want), 4, 0);
}

static const struct kit_case cases[] = {{"switch", case_switch}, {"quantize", case_quantize}};
KIT_MAIN(cases)

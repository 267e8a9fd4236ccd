/* Which cooperative matrices there are: what src/spirv/cooperative.c multiplies at a good speed, with the types that are in use. */
#include "device/instance.h"
#include "object/outarray.h"
#include "registry/vk_entrypoints.h"

static const struct {
    VkComponentTypeKHR a, b, c, result;
    uint32_t k_size;
} rows[] = {
    {VK_COMPONENT_TYPE_FLOAT16_KHR, VK_COMPONENT_TYPE_FLOAT16_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, 16},
    {VK_COMPONENT_TYPE_FLOAT16_KHR, VK_COMPONENT_TYPE_FLOAT16_KHR, VK_COMPONENT_TYPE_FLOAT16_KHR, VK_COMPONENT_TYPE_FLOAT16_KHR, 16},
    {VK_COMPONENT_TYPE_FLOAT32_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, 16},
    {VK_COMPONENT_TYPE_BFLOAT16_KHR, VK_COMPONENT_TYPE_BFLOAT16_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, 16},
    {VK_COMPONENT_TYPE_BFLOAT16_KHR, VK_COMPONENT_TYPE_BFLOAT16_KHR, VK_COMPONENT_TYPE_BFLOAT16_KHR, VK_COMPONENT_TYPE_BFLOAT16_KHR, 16},
    {VK_COMPONENT_TYPE_FLOAT8_E4M3_EXT, VK_COMPONENT_TYPE_FLOAT8_E4M3_EXT, VK_COMPONENT_TYPE_FLOAT32_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, 16},
    {VK_COMPONENT_TYPE_FLOAT8_E5M2_EXT, VK_COMPONENT_TYPE_FLOAT8_E5M2_EXT, VK_COMPONENT_TYPE_FLOAT32_KHR, VK_COMPONENT_TYPE_FLOAT32_KHR, 16},
    {VK_COMPONENT_TYPE_SINT8_KHR, VK_COMPONENT_TYPE_SINT8_KHR, VK_COMPONENT_TYPE_SINT32_KHR, VK_COMPONENT_TYPE_SINT32_KHR, 16},
    {VK_COMPONENT_TYPE_SINT8_KHR, VK_COMPONENT_TYPE_SINT8_KHR, VK_COMPONENT_TYPE_SINT32_KHR, VK_COMPONENT_TYPE_SINT32_KHR, 32},
    {VK_COMPONENT_TYPE_UINT8_KHR, VK_COMPONENT_TYPE_UINT8_KHR, VK_COMPONENT_TYPE_UINT32_KHR, VK_COMPONENT_TYPE_UINT32_KHR, 16},
    {VK_COMPONENT_TYPE_UINT8_KHR, VK_COMPONENT_TYPE_UINT8_KHR, VK_COMPONENT_TYPE_UINT32_KHR, VK_COMPONENT_TYPE_UINT32_KHR, 32},
    {VK_COMPONENT_TYPE_UINT8_KHR, VK_COMPONENT_TYPE_SINT8_KHR, VK_COMPONENT_TYPE_SINT32_KHR, VK_COMPONENT_TYPE_SINT32_KHR, 32},
};

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceCooperativeMatrixPropertiesKHR(VkPhysicalDevice _pdev, uint32_t *pCount, VkCooperativeMatrixPropertiesKHR *pProps)
{
    (void)_pdev;
    struct pum_outarray out = pum_outarray_begin(pCount, pProps);
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(rows); i++) {
        uint32_t k;
        if (pum_outarray_next(&out, &k)) {
            VkCooperativeMatrixPropertiesKHR *p = &pProps[k];
            p->MSize = p->NSize = 16;
            p->KSize = rows[i].k_size;
            p->AType = rows[i].a;
            p->BType = rows[i].b;
            p->CType = rows[i].c;
            p->ResultType = rows[i].result;
            p->saturatingAccumulation = VK_FALSE;
            p->scope = VK_SCOPE_SUBGROUP_KHR;
        }
    }
    return pum_outarray_end(&out);
}

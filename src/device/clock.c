/* VK_KHR_calibrated_timestamps: the device's clock is CLOCK_MONOTONIC. SPEC: fundamentals of timestamps. */
#include <time.h>

#include "object/outarray.h"
#include "registry/vk_entrypoints.h"
#include "util/futex.h"

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceCalibrateableTimeDomainsKHR(VkPhysicalDevice _pdev, uint32_t *pCount, VkTimeDomainKHR *pDomains)
{
    (void)_pdev;
    static const VkTimeDomainKHR domains[] = {VK_TIME_DOMAIN_DEVICE_KHR, VK_TIME_DOMAIN_CLOCK_MONOTONIC_KHR,
                                              VK_TIME_DOMAIN_CLOCK_MONOTONIC_RAW_KHR};
    struct pum_outarray out = pum_outarray_begin(pCount, pDomains);
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(domains); i++) {
        uint32_t k;
        if (pum_outarray_next(&out, &k)) {
            pDomains[k] = domains[i];
        }
    }
    return pum_outarray_end(&out);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetCalibratedTimestampsKHR(VkDevice _dev, uint32_t count, const VkCalibratedTimestampInfoKHR *pInfos, uint64_t *pTimestamps,
                               uint64_t *pMaxDeviation)
{
    (void)_dev;
    const uint64_t begin = pum_now_ns();
    for (uint32_t i = 0; i < count; i++) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC_RAW, &t);
        pTimestamps[i] = pInfos[i].timeDomain == VK_TIME_DOMAIN_CLOCK_MONOTONIC_RAW_KHR
                             ? (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec
                             : pum_now_ns();
    }
    *pMaxDeviation = pum_now_ns() - begin + 1;
    return VK_SUCCESS;
}

/* Labels in command buffers: who shows work to people (traces, captures) finds them at the packets. SPEC: debugging-command-buffer-labels */
#include "command/cmd_buffer.h"
#include "registry/vk_entrypoints.h"

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginDebugUtilsLabelEXT(VkCommandBuffer _cmd, const VkDebugUtilsLabelEXT *pLabel)
{
    pum_labels_begin(&pum_cmd_buffer_from_handle(_cmd)->labels, pLabel->pLabelName);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndDebugUtilsLabelEXT(VkCommandBuffer _cmd)
{
    pum_labels_end(&pum_cmd_buffer_from_handle(_cmd)->labels); /* it may have begun in another command buffer */
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdInsertDebugUtilsLabelEXT(VkCommandBuffer _cmd, const VkDebugUtilsLabelEXT *pLabel)
{
    (void)_cmd, (void)pLabel; /* names a moment of recording, nothing that runs */
}

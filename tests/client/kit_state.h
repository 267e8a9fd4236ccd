/* What the kit's files share with each other. */
#ifndef CLIENT_KIT_STATE_H
#define CLIENT_KIT_STATE_H

#include <pthread.h>

#include "kit.h"

#define KIT_MAX_MESSAGES 256
#define KIT_MAX_FAILURES 12 /* printed per case */

struct kit_owned {
    VkObjectType type;
    uint64_t handle;
};

struct kit_state {
    /* of the case */
    const char *name;
    uint32_t failures;
    bool skipped, misuse_expected;
    struct kit_owned *owned;
    size_t n_owned, have_owned;
    VkDescriptorPool sets;
    /* guarded by lock */
    pthread_mutex_t lock;
    char *messages[KIT_MAX_MESSAGES];
    uint32_t n_messages, n_misuse;
    VkDebugUtilsMessengerEXT messenger;
};

void kit_release_all(struct kit *k);

#endif

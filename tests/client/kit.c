/* Instance, device, messages, verdicts, the loop over cases. */
#include "kit.h"

#include "kit_state.h"

void
kit_die(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

const char *
kit_result_name(VkResult r)
{
    static const struct {
        VkResult r;
        const char *name;
    } names[] = {
        {VK_SUCCESS, "VK_SUCCESS"}, {VK_NOT_READY, "VK_NOT_READY"}, {VK_TIMEOUT, "VK_TIMEOUT"}, {VK_EVENT_SET, "VK_EVENT_SET"},
        {VK_EVENT_RESET, "VK_EVENT_RESET"}, {VK_INCOMPLETE, "VK_INCOMPLETE"}, {VK_SUBOPTIMAL_KHR, "VK_SUBOPTIMAL_KHR"},
        {VK_ERROR_OUT_OF_HOST_MEMORY, "VK_ERROR_OUT_OF_HOST_MEMORY"}, {VK_ERROR_OUT_OF_DEVICE_MEMORY, "VK_ERROR_OUT_OF_DEVICE_MEMORY"},
        {VK_ERROR_INITIALIZATION_FAILED, "VK_ERROR_INITIALIZATION_FAILED"}, {VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST"},
        {VK_ERROR_MEMORY_MAP_FAILED, "VK_ERROR_MEMORY_MAP_FAILED"}, {VK_ERROR_LAYER_NOT_PRESENT, "VK_ERROR_LAYER_NOT_PRESENT"},
        {VK_ERROR_EXTENSION_NOT_PRESENT, "VK_ERROR_EXTENSION_NOT_PRESENT"}, {VK_ERROR_FEATURE_NOT_PRESENT, "VK_ERROR_FEATURE_NOT_PRESENT"},
        {VK_ERROR_TOO_MANY_OBJECTS, "VK_ERROR_TOO_MANY_OBJECTS"}, {VK_ERROR_FORMAT_NOT_SUPPORTED, "VK_ERROR_FORMAT_NOT_SUPPORTED"},
        {VK_ERROR_FRAGMENTED_POOL, "VK_ERROR_FRAGMENTED_POOL"}, {VK_ERROR_UNKNOWN, "VK_ERROR_UNKNOWN"},
        {VK_ERROR_OUT_OF_POOL_MEMORY, "VK_ERROR_OUT_OF_POOL_MEMORY"}, {VK_ERROR_INVALID_EXTERNAL_HANDLE, "VK_ERROR_INVALID_EXTERNAL_HANDLE"},
        {VK_ERROR_OUT_OF_DATE_KHR, "VK_ERROR_OUT_OF_DATE_KHR"}, {VK_ERROR_INVALID_SHADER_NV, "VK_ERROR_INVALID_SHADER_NV"},
        {VK_PIPELINE_COMPILE_REQUIRED, "VK_PIPELINE_COMPILE_REQUIRED"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].r == r) {
            return names[i].name;
        }
    }
    return "another VkResult";
}

/* ---- verdicts ---- */

void
kit_fail(struct kit *k, const char *file, int line, const char *fmt, ...)
{
    if (k->state->failures++ < KIT_MAX_FAILURES) {
        const char *base = strrchr(file, '/');
        printf("  %s:%d: ", base ? base + 1 : file, line);
        va_list args;
        va_start(args, fmt);
        vprintf(fmt, args);
        va_end(args);
        putchar('\n');
    }
}

void
kit_skip(struct kit *k, const char *why)
{
    k->state->skipped = true;
    printf("  skipped: %s\n", why);
}

static void
print_element(const uint8_t *p, size_t el_B)
{
    for (size_t i = el_B; i-- > 0;) { /* as a number: highest byte first */
        printf("%02x", p[i]);
    }
}

bool
kit_same(struct kit *k, const char *what, const void *got, const void *want, size_t n, size_t el_B, size_t row_el)
{
    if (memcmp(got, want, n * el_B) == 0) {
        return true;
    }
    const uint8_t *g = got, *w = want;
    size_t first = n, bad = 0;
    for (size_t i = 0; i < n; i++) {
        if (memcmp(g + i * el_B, w + i * el_B, el_B) != 0) {
            first = bad++ == 0 ? i : first;
        }
    }
    const size_t row = row_el ? row_el : n;
    if (k->state->failures++ < KIT_MAX_FAILURES) {
        printf("  %s: %zu of %zu differ; first at %zu,%zu: got ", what, bad, n, first % row, first / row);
        print_element(g + first * el_B, el_B);
        printf(", want ");
        print_element(w + first * el_B, el_B);
        putchar('\n');
    }
    return false;
}

bool
kit_close(struct kit *k, const char *what, const float *got, const float *want, size_t n, float tolerance)
{
    for (size_t i = 0; i < n; i++) {
        const float scale = fmaxf(1.0f, fabsf(want[i]));
        const bool same = got[i] == want[i] || (isnan(got[i]) && isnan(want[i])) || fabsf(got[i] - want[i]) <= tolerance * scale;
        if (!same) {
            if (k->state->failures++ < KIT_MAX_FAILURES) {
                printf("  %s[%zu]: got %.9g, want %.9g\n", what, i, (double)got[i], (double)want[i]);
            }
            return false;
        }
    }
    return true;
}

static bool
has(const VkExtensionProperties *list, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(list[i].extensionName, name) == 0) {
            return true;
        }
    }
    return false;
}

bool
kit_has(const struct kit *k, const char *extension)
{
    return has(k->extensions, k->n_extensions, extension);
}

bool
kit_has_instance(const struct kit *k, const char *extension)
{
    return has(k->instance_extensions, k->n_instance_extensions, extension);
}

const void *
kit_feature(const struct kit *k, VkStructureType type)
{
    static const uint64_t none[64];
    for (const VkBaseOutStructure *s = k->feature_chain; s; s = s->pNext) {
        if (s->sType == type) {
            return s;
        }
    }
    return none;
}

/* ---- messages ---- */

static VKAPI_ATTR VkBool32 VKAPI_CALL
on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
           const VkDebugUtilsMessengerCallbackDataEXT *data, void *user)
{
    (void)types;
    struct kit_state *s = user;
    const bool misuse = severity & VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT && data->pMessageIdName &&
                        (strncmp(data->pMessageIdName, "VUID", 4) == 0 || strncmp(data->pMessageIdName, "UNASSIGNED", 10) == 0);
    pthread_mutex_lock(&s->lock);
    /* Before the first case the device is made, with extensions that an older layer does not know. */
    if (misuse && s->n_misuse++ < KIT_MAX_FAILURES && !s->misuse_expected && s->name) {
        printf("  %.700s\n", data->pMessage);
    }
    char **slot = &s->messages[s->n_messages++ % KIT_MAX_MESSAGES];
    free(*slot);
    *slot = strdup(data->pMessage ? data->pMessage : "");
    pthread_mutex_unlock(&s->lock);
    return VK_FALSE;
}

void
kit_messages_clear(struct kit *k)
{
    pthread_mutex_lock(&k->state->lock);
    k->state->n_messages = 0;
    pthread_mutex_unlock(&k->state->lock);
}

uint32_t
kit_messages(struct kit *k)
{
    pthread_mutex_lock(&k->state->lock);
    const uint32_t n = k->state->n_messages;
    pthread_mutex_unlock(&k->state->lock);
    return n;
}

bool
kit_message_has(struct kit *k, const char *text)
{
    bool found = false;
    pthread_mutex_lock(&k->state->lock);
    for (uint32_t i = 0; i < k->state->n_messages && i < KIT_MAX_MESSAGES; i++) {
        found = found || strstr(k->state->messages[i], text);
    }
    pthread_mutex_unlock(&k->state->lock);
    return found;
}

void
kit_messages_expected(struct kit *k)
{
    k->state->misuse_expected = true;
}

bool
kit_ours(const struct kit *k)
{
    return k->properties.vendorID == 0x5055;
}

bool
kit_under_validation(const struct kit *k)
{
    (void)k;
    const char *layers = getenv("VK_INSTANCE_LAYERS");
    return layers && strstr(layers, "validation");
}

/* ---- device ---- */

static void
load_commands(struct kit *k, enum kit_kind kind)
{
    for (size_t i = 0; i < kit_n_command_loaders; i++) {
        const struct kit_command_loader *l = &kit_command_loaders[i];
        PFN_vkVoidFunction f = NULL;
        if ((l->kind == KIT_DEVICE) != (kind == KIT_DEVICE)) {
            continue;
        }
        for (size_t n = 0; n < ARRAY_LEN(l->names) && l->names[n] && !f; n++) {
            f = kind == KIT_DEVICE ? vkGetDeviceProcAddr(k->device, l->names[n]) : vkGetInstanceProcAddr(k->instance, l->names[n]);
        }
        memcpy((char *)&k->vk + l->offset, &f, sizeof(f));
    }
}

static void
make_instance(struct kit *k)
{
    /* Surfaces need a display, which the tests that use one bring along. */
    static const char *const wanted[] = {
        "VK_EXT_debug_utils", "VK_KHR_get_physical_device_properties2", "VK_KHR_external_memory_capabilities",
        "VK_KHR_external_semaphore_capabilities", "VK_KHR_external_fence_capabilities", "VK_NV_external_memory_capabilities",
        "VK_KHR_device_group_creation", "VK_KHR_surface", "VK_KHR_get_surface_capabilities2", "VK_EXT_headless_surface",
        "VK_EXT_surface_maintenance1", "VK_KHR_surface_maintenance1", "VK_EXT_swapchain_colorspace",
        "VK_KHR_surface_protected_capabilities", "VK_EXT_debug_report", "VK_KHR_wayland_surface", "VK_KHR_xcb_surface", "VK_KHR_xlib_surface",
    };
    uint32_t n = 0;
    MUST(vkEnumerateInstanceExtensionProperties(NULL, &n, NULL));
    VkExtensionProperties *all = calloc(n, sizeof(*all));
    MUST(vkEnumerateInstanceExtensionProperties(NULL, &n, all));
    const char *names[ARRAY_LEN(wanted)];
    k->instance_extensions = calloc(ARRAY_LEN(wanted), sizeof(*all));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        if (has(all, n, wanted[i])) {
            names[k->n_instance_extensions] = wanted[i];
            strcpy(k->instance_extensions[k->n_instance_extensions++].extensionName, wanted[i]);
        }
    }
    free(all);
    const VkDebugUtilsMessengerCreateInfoEXT messenger = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
        .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                       VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT,
        .pfnUserCallback = on_message,
        .pUserData = k->state,
    };
    const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .pApplicationName = "client tests", .apiVersion = VK_API_VERSION_1_4};
    const VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = kit_has_instance(k, "VK_EXT_debug_utils") ? &messenger : NULL,
        .pApplicationInfo = &app,
        .enabledExtensionCount = k->n_instance_extensions,
        .ppEnabledExtensionNames = names,
    };
    MUST(vkCreateInstance(&info, NULL, &k->instance));
    load_commands(k, KIT_INSTANCE);
    if (k->vk.CreateDebugUtilsMessengerEXT) {
        MUST(k->vk.CreateDebugUtilsMessengerEXT(k->instance, &messenger, NULL, &k->state->messenger));
    }
}

/* Every feature struct of the offered extensions, filled by the device. */
static void
make_feature_chain(struct kit *k)
{
    VkBaseOutStructure **tail = &k->feature_chain;
    for (size_t i = 0; i < kit_n_feature_structs; i++) {
        const struct kit_feature_struct *f = &kit_feature_structs[i];
        bool known = !kit_has(k, f->extension);
        for (const VkBaseOutStructure *s = k->feature_chain; s && !known; s = s->pNext) {
            known = s->sType == f->type; /* by another name of the extension */
        }
        if (!known) {
            *tail = calloc(1, f->size_B);
            (*tail)->sType = f->type;
            tail = &(*tail)->pNext;
        }
    }
    VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = k->feature_chain};
    k->vk.GetPhysicalDeviceFeatures2(k->physical, &features);
    k->features = features.features;
}

static void
make_device(struct kit *k)
{
    uint32_t n = 1;
    const VkResult r = vkEnumeratePhysicalDevices(k->instance, &n, &k->physical);
    if ((r != VK_SUCCESS && r != VK_INCOMPLETE) || n == 0) {
        kit_die("vkEnumeratePhysicalDevices: %s, %u devices", kit_result_name(r), n);
    }
    vkGetPhysicalDeviceProperties(k->physical, &k->properties);
    vkGetPhysicalDeviceMemoryProperties(k->physical, &k->memory);
    k->version = k->properties.apiVersion < VK_MAKE_API_VERSION(0, 1, 5, 0) ? k->properties.apiVersion : VK_API_VERSION_1_4;
    n = 1;
    vkGetPhysicalDeviceQueueFamilyProperties(k->physical, &n, &k->family_properties);
    MUST(vkEnumerateDeviceExtensionProperties(k->physical, NULL, &k->n_extensions, NULL));
    k->extensions = calloc(k->n_extensions + 1, sizeof(*k->extensions));
    MUST(vkEnumerateDeviceExtensionProperties(k->physical, NULL, &k->n_extensions, k->extensions));
    const char **names = calloc(k->n_extensions + 1, sizeof(*names));
    uint32_t n_names = 0;
    for (uint32_t i = 0; i < k->n_extensions; i++) {
        const char *name = k->extensions[i].extensionName;
        /* One of the two, says the specification. */
        if (strcmp(name, "VK_EXT_buffer_device_address") != 0 || !kit_has(k, "VK_KHR_buffer_device_address")) {
            names[n_names++] = name;
        }
    }
    if (k->vk.GetPhysicalDeviceFeatures2) {
        make_feature_chain(k);
    } else {
        vkGetPhysicalDeviceFeatures(k->physical, &k->features);
    }
    static const float priorities[KIT_MAX_QUEUES];
    k->n_queues = k->family_properties.queueCount < KIT_MAX_QUEUES ? k->family_properties.queueCount : KIT_MAX_QUEUES;
    const VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = k->n_queues, .pQueuePriorities = priorities};
    const VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = k->feature_chain,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
        .enabledExtensionCount = n_names,
        .ppEnabledExtensionNames = names,
        .pEnabledFeatures = &k->features,
    };
    MUST(vkCreateDevice(k->physical, &info, NULL, &k->device));
    free(names);
    load_commands(k, KIT_DEVICE);
    for (uint32_t i = 0; i < k->n_queues; i++) {
        vkGetDeviceQueue(k->device, 0, i, &k->queues[i]);
    }
    k->queue = k->queues[0];
    const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT};
    MUST(vkCreateCommandPool(k->device, &pool, NULL, &k->pool));
    const VkPipelineCacheCreateInfo cache = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    MUST(vkCreatePipelineCache(k->device, &cache, NULL, &k->cache));
}

static void
finish(struct kit *k)
{
    vkDestroyPipelineCache(k->device, k->cache, NULL);
    vkDestroyCommandPool(k->device, k->pool, NULL);
    vkDestroyDevice(k->device, NULL);
    if (k->vk.DestroyDebugUtilsMessengerEXT) {
        k->vk.DestroyDebugUtilsMessengerEXT(k->instance, k->state->messenger, NULL);
    }
    vkDestroyInstance(k->instance, NULL);
    while (k->feature_chain) {
        VkBaseOutStructure *next = k->feature_chain->pNext;
        free(k->feature_chain);
        k->feature_chain = next;
    }
    for (size_t i = 0; i < KIT_MAX_MESSAGES; i++) {
        free(k->state->messages[i]);
    }
    free(k->state->owned);
    free(k->extensions);
    free(k->instance_extensions);
}

/* 0, 1 or 77 */
static int
run_case(struct kit *k, const struct kit_case *c)
{
    struct kit_state *s = k->state;
    s->name = c->name;
    s->failures = 0;
    s->skipped = s->misuse_expected = false;
    s->n_misuse = 0;
    kit_messages_clear(k);
    printf("%s\n", c->name);
    fflush(stdout);
    c->run(k);
    vkDeviceWaitIdle(k->device);
    kit_release_all(k);
    if (s->n_misuse && !s->misuse_expected) {
        printf("  %u messages of the validation layer\n", s->n_misuse);
        s->failures++;
    }
    if (s->failures) {
        printf("  FAILED: %s, %u failures\n", c->name, s->failures);
        return 1;
    }
    return s->skipped ? 77 : 0;
}

int
kit_main(int argc, char **argv, const struct kit_case *cases, size_t n)
{
    if (argc > 1 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < n; i++) {
            printf("%s\n", cases[i].name);
        }
        return 0;
    }
    struct kit_state state = {0};
    struct kit k = {.state = &state};
    pthread_mutex_init(&state.lock, NULL);
    make_instance(&k);
    make_device(&k);
    printf("device: %s, %u device extensions\n", k.properties.deviceName, k.n_extensions);
    size_t passed = 0, failed = 0, skipped = 0;
    for (size_t i = 0; i < n; i++) {
        bool wanted = argc < 2;
        for (int a = 1; a < argc; a++) {
            wanted = wanted || strncmp(cases[i].name, argv[a], strlen(argv[a])) == 0;
        }
        if (wanted) {
            const int r = run_case(&k, &cases[i]);
            passed += r == 0;
            failed += r == 1;
            skipped += r == 77;
        }
    }
    finish(&k);
    pthread_mutex_destroy(&state.lock);
    printf("%zu passed, %zu failed, %zu skipped\n", passed, failed, skipped);
    return failed || passed + skipped == 0 ? 1 : passed ? 0 : 77;
}

#include "exec/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "exec/fault.h"
#include "object/device_base.h"
#include "util/env.h"
#include "util/futex.h"
#include "util/worker_pool.h"

#define LOOKS 8 /* in a row at the same task that does not move */

struct pum_watchdog {
    struct pum_device_base *dev;
    pthread_t thread;
    uint32_t stop; /* atomic, futex word */
    struct pum_pool_seen seen;
};

static void
lose(struct pum_device_base *dev)
{
    char reason[128];
    snprintf(reason, sizeof(reason), "a shader has run for %u seconds without an end in sight (PUMICE_TIMEOUT sets the limit, 0 is none)",
             pum_env_get()->timeout_s);
    pum_device_lose(dev, true, reason);
}

static void *
watch(void *arg)
{
    struct pum_watchdog *w = arg;
    const uint64_t period_ns = (uint64_t)pum_env_get()->timeout_s * 1000000000u / LOOKS;
    while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
        const uint64_t deadline_ns = pum_deadline_ns(period_ns);
        while (pum_futex_wait(&w->stop, 0, deadline_ns) && !__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
        }
        if (pum_pool_look(w->dev->pool, w->dev, &w->seen) >= LOOKS && !__atomic_load_n(&w->dev->lost, __ATOMIC_ACQUIRE)) {
            lose(w->dev);
        }
    }
    return NULL;
}

static void
start(struct pum_device_base *dev)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    struct pum_watchdog *w = dev->watchdog ? NULL : calloc(1, sizeof(*w));
    if (w) {
        sigset_t all, old;
        w->dev = dev;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old); /* the application's signals are not ours */
        if (pthread_create(&w->thread, NULL, watch, w) == 0) {
            pthread_setname_np(w->thread, "pumice-watch");
            __atomic_store_n(&dev->watchdog, w, __ATOMIC_RELEASE);
        } else {
            free(w); /* the next submission tries again */
        }
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    pthread_mutex_unlock(&lock);
}

void
pum_watchdog_attend(struct pum_device_base *dev)
{
    if (!__atomic_load_n(&dev->watchdog, __ATOMIC_ACQUIRE) && pum_env_get()->timeout_s) {
        start(dev);
    }
    pum_pool_set_owner(dev);
}

void
pum_watchdog_destroy(struct pum_device_base *dev)
{
    struct pum_watchdog *w = dev->watchdog;
    if (w) {
        __atomic_store_n(&w->stop, 1, __ATOMIC_RELEASE);
        pum_futex_wake(&w->stop, 1);
        pthread_join(w->thread, NULL);
        free(w);
        dev->watchdog = NULL;
    }
}

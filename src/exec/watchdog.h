/* A thread that watches the workers of a device: a task that gets nowhere for PUMICE_TIMEOUT seconds is a shader without an end, and loses the
 * device. Loops that may be endless look at the device's word `lost` and leave. SPEC: devsandqueues-lost-device.
 *
 * It looks a few times per timeout. What counts are looks, not time: a process that is stopped, or a debugger's, loses nothing.
 */
#ifndef PUM_EXEC_WATCHDOG_H
#define PUM_EXEC_WATCHDOG_H

struct pum_device_base;

/* Before the work of a submission, on the thread that does it: from now on it works for the device. The first one starts the watch. */
void pum_watchdog_attend(struct pum_device_base *dev);
/* When nothing runs any more. */
void pum_watchdog_destroy(struct pum_device_base *dev);

#endif

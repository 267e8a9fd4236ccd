/* Runs commands that the device generates. */
#ifndef PUM_EXEC_GENERATED_H
#define PUM_EXEC_GENERATED_H

#include "command/generated.h"

/* run: some of the packets; they are gone when it returns. False: it failed, or memory is lacking. */
bool pum_exec_generated(struct pum_device_base *dev, const struct pum_packet_generated *p, bool (*run)(void *arg, const struct pum_packet *first),
                        void *arg) PUM_MUST_CHECK;

#endif

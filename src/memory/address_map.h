/* Which addresses of the process are memory of the device: what the application says as a raw address is looked up here before the driver itself
 * goes there. Thread-safety: any thread. */
#ifndef PUM_MEMORY_ADDRESS_MAP_H
#define PUM_MEMORY_ADDRESS_MAP_H

#include "object/device_base.h"

struct pum_sparse_pages;

/* sparse: of a sparse buffer, else NULL. False: out of memory. */
bool pum_address_map_add(struct pum_device_base *dev, const void *base, uint64_t size_B, const struct pum_sparse_pages *sparse) PUM_MUST_CHECK;
bool pum_address_map_remove(struct pum_device_base *dev, const void *base, uint64_t size_B); /* once for each add; false: it wasn't there */
/* Bytes from the address to the end of the memory it lies in; 0: it lies in none. sparse: as in the add, may be NULL. */
uint64_t pum_address_room_B(struct pum_device_base *dev, uint64_t address, const struct pum_sparse_pages **sparse);
void pum_address_map_finish(struct pum_device_base *dev);

#endif

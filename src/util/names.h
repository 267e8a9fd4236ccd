/* Names that the application gave to what it does (VK_EXT_debug_utils), as small numbers that packets can carry. For those who debug: while nobody
 * asked for names, nobody calls this.
 *
 * Names stay until the process ends and there is room for PUM_NAMES_MAX; who comes later has none. Thread-safety: all functions.
 */
#ifndef PUM_UTIL_NAMES_H
#define PUM_UTIL_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "util/compiler.h"

#define PUM_NAMES_MAX 8192u
#define PUM_NAME_B 112u /* of a name, its end included; what is longer is cut */

/* Set once, before there are devices: somebody shows names. */
extern bool pum_names_wanted;

/* The number of a name, the same one for equal text; 0: none (NULL, empty, no room). */
uint32_t pum_name_of(const char *text);
uint32_t pum_name_print(const char *fmt, ...) PUM_PRINTF(1, 2);
/* "outer / text". */
uint32_t pum_name_inside(uint32_t outer, const char *text);
/* Labels that are open around something, the innermost last in its name. Nothing happens while pum_names_wanted is false. */
#define PUM_LABELS 16u /* deeper ones have no names */
struct pum_labels {
    uint32_t name, n;
    uint32_t outer[PUM_LABELS]; /* names before each of them */
};
void pum_labels_begin(struct pum_labels *l, const char *text);
void pum_labels_end(struct pum_labels *l); /* nothing, if none is open */
/* Never NULL; "" for 0. Valid UTF-8. */
const char *pum_name_text(uint32_t name);

#endif

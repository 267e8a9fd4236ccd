/* PUMICE_CAPTURE=folder: pictures of the attachments after each pass, or after each draw, and a page that shows them.
 *
 * Passes run in order then, and what they draw to is kept whatever their store operations say. While nobody asked, pum_capture_on is false and nothing here is called.
 * Thread-safety: all functions but start.
 */
#ifndef PUM_EXEC_FRAME_CAPTURE_H
#define PUM_EXEC_FRAME_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

struct pum_draw_call;
struct pum_draw_state;
struct pum_raster_targets;

extern bool pum_capture_on, pum_capture_draws;

/* Makes the folder and the page, once. */
void pum_capture_start(void);
/* What follows belongs to the next frame. */
void pum_capture_present(void);
/* A number for a pass. */
uint32_t pum_capture_pass(void);

struct pum_capture {
    uint32_t pass, draw; /* draw: from 1; 0: the end of the pass */
    uint32_t name;       /* util/names.h */
    uint32_t n_draws;    /* so far */
    const struct pum_raster_targets *targets;
    const struct pum_draw_state *state; /* of a draw; NULL: none, or a clear */
    const struct pum_draw_call *call;
};
/* The attachments as they are in memory now. */
void pum_capture_take(const struct pum_capture *c);

#endif

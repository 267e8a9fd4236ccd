/* Which primitives the mesh workgroups of a task draw: six runs of up to five. */
struct Run { uint16_t n; uint first; };
struct Payload { uint draw; Run run[6]; vec2 unused; };

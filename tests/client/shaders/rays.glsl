// What the rays of a scene bring back; one of them is RESULT_WORDS words of the output.
#define HIT_NOTHING 0u
#define HIT_MISS 1u
#define HIT_TRIANGLE 2u
#define HIT_BALL 3u
struct Result {
    uint what, record, primitive, instance, custom, geometry, kind, flags;
    uint cull_mask, asked; /* asked: any-hit shaders */
    float t, t_min;
    float place[4];
    vec3 world_origin, world_direction, object_origin, object_direction;
    mat4x3 to_world, to_object;
};
